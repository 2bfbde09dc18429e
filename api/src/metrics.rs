//! Figures for those who watch over the server. Labels are closed sets: nobody outside can invent
//! another one.

use axum::extract::{MatchedPath, Request};
use axum::http::{Method, StatusCode};
use dashmap::DashMap;
use metrics::{Counter, Histogram};
use metrics_exporter_prometheus::{
    BuildError, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::pin;
use std::time::{Duration, Instant};

/// How long a task may hold the worker that it runs on.
const HELD_MAX: Duration = Duration::from_millis(10);
/// The bounds of what is measured, in seconds: from a read in memory to a wait for the disk.
const BUCKETS: [f64; 12] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

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

impl Metrics {
    pub fn new() -> Result<Self, BuildError> {
        let recorder = PrometheusBuilder::new().set_buckets(&BUCKETS)?.build_recorder();
        let handle = recorder.handle();
        let (request_seconds, command_seconds) = metrics::with_local_recorder(&recorder, || {
            let requests = metrics::histogram!("greffe_request_seconds");
            (requests, metrics::histogram!("greffe_command_seconds"))
        });
        let requests = DashMap::new();
        Ok(Self { recorder, handle, requests, request_seconds, command_seconds })
    }

    pub fn command(&self, took: Duration, outcome: &'static str) {
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

    /// Does some work, and notes each time that it held its worker for too long: others wait then.
    pub async fn watch<F: Future>(&self, what: &'static str, work: F) -> F::Output {
        let mut work = pin!(work);
        poll_fn(|context| {
            let began = Instant::now();
            let polled = work.as_mut().poll(context);
            let held = began.elapsed();
            if held > HELD_MAX {
                let milliseconds = u64::try_from(held.as_millis()).unwrap_or(u64::MAX);
                tracing::debug!(what, milliseconds, "a worker was held");
                metrics::with_local_recorder(&self.recorder, || {
                    metrics::counter!("greffe_workers_held_total", "by" => what).increment(1);
                });
            }
            polled
        })
        .await
    }

    /// Measurements of histograms are kept one by one until somebody sums them up.
    pub fn sum_up(&self) {
        self.handle.run_upkeep();
    }

    /// Sets figures that are looked up when somebody asks.
    pub fn set(&self, figures: impl FnOnce()) {
        metrics::with_local_recorder(&self.recorder, figures);
    }

    pub fn render(&self) -> String {
        self.handle.render()
    }
}

pub fn records(position: Option<store::Position>) -> u64 {
    position.map_or(0, |position| position.0 + 1)
}
