//! Health, readiness and figures.

use crate::app::App;
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dashmap::DashMap;
use metrics::{Counter, Histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use projections::runner::{Progress, stopped};
use serde_json::json;
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::watch;

const SUM_UP: Duration = Duration::from_secs(5);

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
    /// What is counted with every request, found without asking the recorder.
    requests: DashMap<String, RouteFigures>,
    request_seconds: Histogram,
    command_seconds: Histogram,
}

/// The requests of one route, by method and status.
type RouteFigures = HashMap<(Method, StatusCode), Counter>;

/// Which request it is that is counted.
pub struct Asked {
    method: Method,
    route: Option<MatchedPath>,
}

impl Asked {
    pub fn of(request: &Request) -> Self {
        let method = request.method().clone();
        Self { method, route: request.extensions().get().cloned() }
    }

    /// By route, never by address: addresses hold ids.
    fn route(&self) -> &str {
        self.route.as_ref().map_or("unmatched", MatchedPath::as_str)
    }

    /// Anybody can invent a method; no more than the usual ones are counted apart.
    fn method(&self) -> Method {
        let usual = [
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            Method::OPTIONS,
        ];
        usual.into_iter().find(|usual| *usual == self.method).unwrap_or(Method::TRACE)
    }
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
        let (request_seconds, command_seconds) = metrics::with_local_recorder(&recorder, || {
            let requests = metrics::histogram!("greffe_request_seconds");
            (requests, metrics::histogram!("greffe_command_seconds"))
        });
        Self { recorder, handle, requests: DashMap::new(), request_seconds, command_seconds }
    }

    pub fn command(&self, took: Duration, was_accepted: bool) {
        let outcome = if was_accepted { "accepted" } else { "refused" };
        metrics::with_local_recorder(&self.recorder, || {
            metrics::counter!("greffe_commands_total", "outcome" => outcome).increment(1);
        });
        self.command_seconds.record(took.as_secs_f64());
    }

    pub fn request(&self, asked: &Asked, status: StatusCode, took: Duration) {
        self.request_seconds.record(took.as_secs_f64());
        let key = (asked.method(), status);
        let known = self.requests.get(asked.route());
        if let Some(counter) = known.as_ref().and_then(|known| known.get(&key)) {
            return counter.increment(1);
        }
        drop(known);
        let counter = self.counter(asked.route(), &key);
        counter.increment(1);
        self.requests.entry(asked.route().to_owned()).or_default().insert(key, counter);
    }

    fn counter(&self, route: &str, (method, status): &(Method, StatusCode)) -> Counter {
        let method = if *method == Method::TRACE { "other" } else { method.as_str() };
        let labels = [
            ("method", method.to_owned()),
            ("route", route.to_owned()),
            ("status", status.as_u16().to_string()),
        ];
        metrics::with_local_recorder(&self.recorder, || {
            metrics::counter!("greffe_requests_total", &labels)
        })
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

/// Measurements are kept one by one until they are summed up: somebody must, whether or not anybody
/// asks for the figures.
pub async fn sum_up(app: App, mut stop: watch::Receiver<bool>) {
    let mut tick = tokio::time::interval(SUM_UP);
    loop {
        tokio::select! {
            _ = tick.tick() => app.metrics.handle.run_upkeep(),
            () = stopped(&mut stop) => return,
        }
    }
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
