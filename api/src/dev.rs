//! Development and demonstration only: the mailbox and the clock. In production these addresses
//! do not exist.

use crate::app::App;
use crate::clock::{Clock, SimulatedClock};
use crate::http::{Declared, Door, Json, Problem, Secret, accept};
use crate::processes::timers;
use axum::Extension;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use chrono::TimeDelta;
use serde::Deserialize;
use std::time::Duration;

/// How long the mailer has to deliver what a timer owes.
const DELIVERY: Duration = Duration::from_millis(20);

pub fn router(app: &App) -> Router<App> {
    if !app.config.is_open() {
        return Router::new();
    }
    let routes = Router::new()
        .route("/dev/mailbox", get(mailbox))
        .route("/dev/clock", get(read_clock))
        .route("/dev/clock/advance", post(advance_clock));
    Door::new(app, Declared::PUBLIC).before_plain(routes)
}

/// Every message, the newest first; JSON for programs, a page for people.
async fn mailbox(State(app): State<App>, headers: HeaderMap) -> Response {
    let posts = app.outbox.posts();
    if !accept::takes(&headers, header::ACCEPT, "text/html") {
        // Links that work once stand in it.
        return (Extension(Secret), axum::Json(posts)).into_response();
    }
    let mut page = String::from(
        "<!doctype html><html lang=\"fr\"><meta charset=\"utf-8\"><title>Mailbox</title>\
         <link rel=\"stylesheet\" href=\"/assets/page.css\"><main><h1>Mailbox</h1>",
    );
    for post in posts {
        page.push_str(&format!(
            "<article><h2>{}</h2><p>{} · {} · {}</p><pre>{}</pre></article>",
            escape(if post.subject.is_empty() { "SMS" } else { &post.subject }),
            post.at.format("%Y-%m-%d %H:%M:%S UTC"),
            escape(&post.to),
            post.template,
            escape(&post.body)
        ));
    }
    page.push_str("</main></html>");
    Html(page).into_response()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

async fn read_clock(State(app): State<App>) -> impl IntoResponse {
    axum::Json(serde_json::json!({
        "now": app.clock.now(),
        "is_simulated": app.simulated.is_some(),
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    hours: i64,
}

/// Turns the simulated clock forward; what falls due on the way happens at its time.
async fn advance_clock(
    State(app): State<App>,
    Json(body): Json<Advance>,
) -> Result<impl IntoResponse, Problem> {
    let clock = app.simulated.clone().ok_or_else(Problem::not_found)?;
    if !(1..=24 * 366 * 2).contains(&body.hours) {
        return Err(Problem::malformed(
            "hours is 1 to 17,568 (two years).",
            "hours va de 1 à 17 568 (deux ans).",
        ));
    }
    turn(&app, &clock, TimeDelta::hours(body.hours)).await;
    Ok(axum::Json(serde_json::json!({"now": app.clock.now()})))
}

/// Stops at each timer on the way, so that reminders go out before deadlines pass.
pub async fn turn(app: &App, clock: &SimulatedClock, by: TimeDelta) {
    let target = clock.now() + by;
    while let Some(due_at) = app.projections.models().deadlines.next(clock.now(), target) {
        clock.advance_to(due_at);
        timers::fire_due(app).await;
        // Messages are sent by the mailer in its own time; a deadline needs them delivered.
        tokio::time::sleep(DELIVERY).await;
    }
    clock.advance_to(target);
    timers::fire_due(app).await;
}
