//! Figures for Prometheus (contract 41).

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use metrics::{Label, counter, gauge, histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use crate::error::{Error, Result};

/// Bounds of the histogram of durations, in seconds.
const BUCKETS: &[f64] = &[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0];

/// Requests after which what was recorded is summed up.
const UPKEEP: u64 = 10_000;

/// What is counted. Exists only where metrics are served.
pub struct Metrics {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    counted: AtomicU64,
}

impl Metrics {
    /// Starts counting.
    pub fn new() -> Result<Self> {
        let recorder = PrometheusBuilder::new().set_buckets(BUCKETS).map_err(Error::internal)?.build_recorder();
        let handle = recorder.handle();
        Ok(Self { recorder, handle, counted: AtomicU64::new(0) })
    }

    /// Counts a request that was answered.
    pub fn count(&self, method: &str, route: &str, status: u16, took: Duration) {
        let labels = vec![
            Label::new("method", method.to_owned()),
            Label::new("route", route.to_owned()),
            Label::new("status", status.to_string()),
        ];
        metrics::with_local_recorder(&self.recorder, || {
            counter!("trueport_http_requests_total", labels.clone()).increment(1);
            histogram!("trueport_http_request_duration_seconds", labels).record(took.as_secs_f64());
        });
        // The exporter keeps every duration until somebody asks for the figures, which may be never.
        if self.counted.fetch_add(1, Ordering::Relaxed) % UPKEEP == UPKEEP - 1 {
            self.handle.run_upkeep();
        }
    }

    /// Sets how much waits at this moment.
    pub fn set(&self, name: &'static str, waiting: u64) {
        metrics::with_local_recorder(&self.recorder, || gauge!(name).set(waiting as f64));
    }

    /// Everything in Prometheus' text format.
    pub fn render(&self) -> String {
        self.handle.run_upkeep();
        self.handle.render()
    }
}
