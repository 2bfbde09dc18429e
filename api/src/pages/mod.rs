//! The few pages that links in messages lead to. They work without scripts.

mod links;

use crate::app::App;
use axum::Router;
use axum::http::header;
use axum::routing::get;

pub fn router() -> Router<App> {
    Router::new()
        .route("/", get(links::home))
        .route("/activate", get(links::ask_activation).post(links::activate))
        .route("/reset-password", get(links::ask_password).post(links::set_password))
        .route("/join", get(links::ask_to_join).post(links::join))
        .route("/sign", get(links::ask_to_sign).post(links::sign))
        .route("/sign/contract", get(links::read_contract))
        .route("/assets/page.css", get(stylesheet))
}

async fn stylesheet() -> impl axum::response::IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "max-age=3600"),
    ];
    (headers, include_str!("../../assets/page.css"))
}
