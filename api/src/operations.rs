//! Health, readiness and metrics: for whoever watches over the server.

use crate::app::App;
use crate::auth::sessions::CLOCKS_DIFFER;
use crate::http::sessions::authorization;
use crate::http::{Declared, Door, Problem};
use crate::limits::Limit;
use crate::metrics::records;
use crate::outbox::Unsent;
use crate::supervision::{TaskError, TaskState};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use projections::runner::Progress;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;
use store::follower::stopped;
use store::installation::OnDisk;
use subtle::ConstantTimeEq;
use tokio::sync::watch;

/// Overdue timers are counted up to here.
const OVERDUE_MAX: usize = 10_000;
/// How often measurements are summed up, and what is no longer needed is forgotten.
const SUM_UP: Duration = Duration::from_secs(5);

/// What everybody reaches. How the server is in detail is nobody's business who has no token.
pub fn router(app: &App) -> Router<App> {
    let routes = Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(public_readyz))
        .route("/metrics", get(public_metrics));
    let declared = Declared { limit: Limit::None, ..Declared::PUBLIC };
    Door::new(app, declared).before_plain(routes)
}

/// What is reached at an address of its own, by those who watch over the server.
pub fn router_of_operators() -> Router<App> {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(figures))
}

/// Measurements are kept one by one until they are summed up: somebody must, whether or not anybody
/// asks for the figures.
pub async fn sum_up(app: App, mut stop: watch::Receiver<bool>) -> Result<(), TaskError> {
    let mut tick = tokio::time::interval(SUM_UP);
    let mut was_wrong = false;
    loop {
        tokio::select! {
            _ = tick.tick() => {
                app.metrics.sum_up();
                app.sweep_limits();
                let wrong = wrong_clock(&app);
                if let Some(words) = wrong.as_ref().filter(|_| !was_wrong) {
                    tracing::error!("{words}");
                }
                was_wrong = wrong.is_some();
            }
            () = stopped(&mut stop) => return Ok(()),
        }
    }
}

async fn healthz() -> impl IntoResponse {
    Json(json!({"status": "ok"}))
}

#[derive(Serialize)]
struct Readiness {
    /// `ready` or `not_ready`.
    status: &'static str,
    engine: &'static str,
    records: u64,
    /// What somebody should look at, also while it does not keep anybody from being served.
    problems: Vec<String>,
    tasks: BTreeMap<&'static str, TaskState>,
}

/// Ready means: the ledger answers, the read models follow it, and nothing has stopped writing, nor is
/// being stopped.
async fn readiness(app: &App) -> Readiness {
    let head = app.store.ledger.head().await;
    let stopped = match app.projections.progress() {
        Progress::Reached(_) => None,
        Progress::Stopped(reason) => Some(format!("the read models have stopped: {reason}")),
    };
    let stopping = app.stopping.borrow().then(|| "it is being stopped".to_owned());
    let unreadable = head.as_ref().err().map(ToString::to_string);
    let damage = app.store.ends.damage().map(str::to_owned);
    let why_not = [app.store.stopped(), damage, unreadable, stopped, stopping];
    let mut problems: Vec<String> = why_not.into_iter().flatten().collect();
    let status = if problems.is_empty() { "ready" } else { "not_ready" };
    let tasks = app.tasks.states();
    for (task, state) in &tasks {
        if let TaskState::Waiting { why } | TaskState::Failed { why } = state {
            problems.push(format!("{task}: {why}"));
        }
    }
    problems.extend(wrong_clock(app));
    problems.extend(app.code_limits.problem());
    let unsent = app.unsent.borrow().clone();
    if let Unsent { since: Some(since), why: Some(why) } = unsent {
        problems.push(format!("messages have been waiting since {}: {why}", since.to_rfc3339()));
    }
    let records = records(head.ok().flatten());
    Readiness { status, engine: app.store.ledger.engine(), records, problems, tasks }
}

/// Records of the future: this clock is wrong, or was when they were written.
fn wrong_clock(app: &App) -> Option<String> {
    let (now, latest) = (app.clock.now(), app.projections.models().audit_trail.latest()?);
    (latest - now > CLOCKS_DIFFER).then(|| {
        format!(
            "the ledger has records of {}, but this clock says {}: it is slow, or was fast then. \
             Sessions, links and locks of that time do not count",
            latest.to_rfc3339(),
            now.to_rfc3339()
        )
    })
}

fn status_code(readiness: &Readiness) -> StatusCode {
    if readiness.status == "ready" { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

async fn readyz(State(app): State<App>) -> Response {
    let readiness = readiness(&app).await;
    (status_code(&readiness), Json(readiness)).into_response()
}

async fn public_readyz(State(app): State<App>, headers: HeaderMap) -> Response {
    let readiness = readiness(&app).await;
    if is_operator(&app, &headers) {
        return (status_code(&readiness), Json(readiness)).into_response();
    }
    (status_code(&readiness), Json(json!({"status": readiness.status}))).into_response()
}

/// Sets the figures that are looked up when somebody asks.
async fn look_around(app: &App) {
    let now = app.clock.now();
    let head = app.store.ledger.head().await;
    let directory = app.config.directory.clone();
    let files = tokio::task::spawn_blocking(move || OnDisk::of(&directory)).await;
    let overdue = app.projections.models().deadlines.due(now, OVERDUE_MAX, |_| true);
    app.metrics.set(|| {
        let age = |then: Option<DateTime<Utc>>| {
            then.map_or(0.0, |then| (now - then).as_seconds_f64().max(0.0))
        };
        metrics::gauge!("greffe_ledger_info", "engine" => app.store.ledger.engine()).set(1.0);
        // What is not known is no number: the last one would say that all is well.
        let head = head.ok().map(records);
        let lag = match app.projections.progress() {
            Progress::Reached(reached) => head.map(|head| head.saturating_sub(records(reached))),
            Progress::Stopped(_) => None,
        };
        let figure = |known: Option<u64>| known.map_or(f64::NAN, |known| known as f64);
        metrics::gauge!("greffe_ledger_records").set(figure(head));
        metrics::gauge!("greffe_read_models_lag_records").set(figure(lag));
        metrics::gauge!("greffe_timers_overdue").set(overdue.len() as f64);
        metrics::gauge!("greffe_timer_overdue_seconds_max")
            .set(age(overdue.first().map(|(due_at, ..)| *due_at)));
        metrics::gauge!("greffe_message_unsent_seconds_max").set(age(app.unsent.borrow().since));
        for (task, state) in app.tasks.states() {
            let is_running = matches!(state, TaskState::Running);
            metrics::gauge!("greffe_task_running", "task" => task)
                .set(f64::from(u8::from(is_running)));
        }
        if let Some(flushes) = app.store.ledger.flushes() {
            metrics::counter!("greffe_ledger_commits_total").absolute(flushes.commits);
            metrics::counter!("greffe_ledger_commit_microseconds_total").absolute(flushes.micros);
            metrics::gauge!("greffe_ledger_commit_microseconds_max")
                .set(flushes.slowest_micros as f64);
        }
        if let Ok(files) = files {
            metrics::gauge!("greffe_log_bytes", "of" => "ledger")
                .set(files.ledger_log_bytes as f64);
            metrics::gauge!("greffe_log_bytes", "of" => "vault").set(files.vault_log_bytes as f64);
            if let Some(backup) = files.last_backup {
                metrics::gauge!("greffe_backup_age_seconds").set(age(Some(backup)));
            }
        }
    });
}

async fn figures(State(app): State<App>) -> Response {
    look_around(&app).await;
    ([("content-type", "text/plain; version=0.0.4")], app.metrics.render()).into_response()
}

async fn public_metrics(State(app): State<App>, headers: HeaderMap) -> Response {
    if is_operator(&app, &headers) {
        figures(State(app)).await
    } else {
        Problem::not_found().into_response()
    }
}

/// Whether the request carries the operators' token, or there is nothing to hide.
fn is_operator(app: &App, headers: &HeaderMap) -> bool {
    let sent = authorization(headers, "Bearer").map(str::as_bytes);
    let expected = app.config.operations_token.as_ref().map(String::as_bytes);
    let is_right = sent.zip(expected).is_some_and(|(sent, expected)| sent.ct_eq(expected).into());
    app.config.is_open() || is_right
}
