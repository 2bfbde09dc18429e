//! Health, readiness and figures.

use crate::app::App;
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use projections::runner::Progress;
use serde_json::json;
use std::time::{Duration, Instant};

pub fn router() -> Router<App> {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics_page))
}

/// A recorder of our own, so that several servers in one process count apart.
pub struct Metrics {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    pub fn new() -> Self {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        Self { recorder, handle }
    }

    pub fn command(&self, took: Duration, was_accepted: bool) {
        let outcome = if was_accepted { "accepted" } else { "refused" };
        metrics::with_local_recorder(&self.recorder, || {
            metrics::counter!("greffe_commands_total", "outcome" => outcome).increment(1);
            metrics::histogram!("greffe_command_seconds").record(took.as_secs_f64());
        });
    }

    fn request(&self, method: String, route: String, status: u16, took: Duration) {
        metrics::with_local_recorder(&self.recorder, || {
            let labels = [("method", method), ("route", route), ("status", status.to_string())];
            metrics::counter!("greffe_requests_total", &labels).increment(1);
            metrics::histogram!("greffe_request_seconds").record(took.as_secs_f64());
        });
    }

    pub fn message(&self, medium: &'static str, outcome: &'static str) {
        metrics::with_local_recorder(&self.recorder, || {
            metrics::counter!("greffe_messages_total", "medium" => medium, "outcome" => outcome)
                .increment(1);
        });
    }

    fn positions(&self, engine: &'static str, head: u64, reached: u64) {
        metrics::with_local_recorder(&self.recorder, || {
            metrics::gauge!("greffe_ledger_info", "engine" => engine).set(1.0);
            metrics::gauge!("greffe_ledger_records").set(head as f64);
            metrics::gauge!("greffe_read_models_lag_records")
                .set(head.saturating_sub(reached) as f64);
        });
    }
}

/// Counts by route, never by address: addresses hold ids.
pub async fn measure(State(app): State<App>, request: Request, next: Next) -> Response {
    let method = request.method().as_str().to_owned();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("unmatched".to_owned(), |path| path.as_str().to_owned());
    let started = Instant::now();
    let response = next.run(request).await;
    app.metrics.request(method, route, response.status().as_u16(), started.elapsed());
    response
}

async fn healthz() -> impl IntoResponse {
    axum::Json(json!({"status": "ok"}))
}

/// Ready means: the ledger answers, the read models follow it, and nothing has stopped writing.
async fn readyz(State(app): State<App>) -> Response {
    let head = app.store.ledger.head().await;
    let stopped = app.store.ledger.stopped().or_else(|| app.store.vault.stopped());
    let problem = match (&head, app.projections.progress()) {
        (Ok(_), Progress::Reached(_)) => stopped,
        (Err(error), _) => Some(error.to_string()),
        (Ok(_), Progress::Stopped(reason)) => Some(reason),
    };
    let is_ready = problem.is_none();
    let body = json!({
        "status": if is_ready { "ready" } else { "not_ready" },
        "engine": app.store.ledger.engine(),
        "records": records(head.ok().flatten()),
        "problem": problem,
    });
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, axum::Json(body)).into_response()
}

fn records(position: Option<store::Position>) -> u64 {
    position.map_or(0, |position| position.0 + 1)
}

async fn metrics_page(State(app): State<App>) -> Response {
    let ledger = &app.store.ledger;
    if let (Ok(head), Progress::Reached(reached)) =
        (ledger.head().await, app.projections.progress())
    {
        app.metrics.positions(ledger.engine(), records(head), records(reached));
    }
    ([("content-type", "text/plain; version=0.0.4")], app.metrics.handle.render()).into_response()
}
