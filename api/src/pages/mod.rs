//! The few pages that links in messages lead to. They work without scripts.

mod bank_account;
mod contacts;
mod links;
mod page;
#[cfg(test)]
pub mod samples;
mod signing;
pub mod texts;

use crate::app::App;
use crate::auth::sessions::Audience;
use crate::http::{Declared, Door, Form};
use axum::Router;
use axum::http::header;
use axum::routing::get;

pub fn router(app: &App) -> Router<App> {
    let files = Router::new()
        .route("/", get(links::home))
        .route("/sign/contract", get(signing::read_contract))
        .route("/assets/page.css", get(stylesheet));
    let forms = Router::new()
        .route("/activate", get(links::ask_activation).post(links::activate))
        .route("/reset-password", get(links::ask_password).post(links::set_password))
        .route("/join", get(links::ask_to_join).post(links::join))
        .route("/confirm-email", get(contacts::ask_to_confirm).post(contacts::confirm))
        .route("/cancel-contact-change", get(contacts::ask_to_cancel).post(contacts::cancel))
        .route("/cancel-bank-account-change", get(bank_account::ask).post(bank_account::cancel))
        .route("/sign", get(signing::ask_to_sign).post(signing::sign));
    let declared = Declared::of(Audience::Portal);
    let pages = Declared { errors: Form::Page(page::failed), ..declared };
    let files = Door::new(app, declared).before_plain(files);
    files.merge(Door::new(app, pages).before_plain(forms))
}

async fn stylesheet() -> impl axum::response::IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "max-age=3600"),
    ];
    (headers, include_str!("../../assets/page.css"))
}
