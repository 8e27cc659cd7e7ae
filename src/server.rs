//! The running server: its listeners and jobs, started and stopped together.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::app::App;
use crate::{http, jobs};

/// Longest time for which a stop waits for requests under way.
const GRACE: Duration = Duration::from_secs(10);

/// A running server.
pub struct Server {
    address: SocketAddr,
    metrics_address: Option<SocketAddr>,
    stop: axum_server::Handle<SocketAddr>,
    serving: JoinSet<std::io::Result<()>>,
    jobs: jobs::Jobs,
}

impl Server {
    /// Serves on a listener that is bound already, binds the one for metrics if they are wanted, and starts the jobs.
    pub fn start(app: &App, listener: std::net::TcpListener) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let stop = axum_server::Handle::new();
        let mut serving = JoinSet::new();
        let mut metrics_address = None;
        if let Some(wanted) = app.config().metrics_listen {
            let listener = std::net::TcpListener::bind(wanted)?;
            metrics_address = Some(listener.local_addr()?);
            serving.spawn(http::metrics::serve(app.clone(), listener, stop.clone())?);
        }
        serving.spawn(http::serve(app.clone(), listener, stop.clone())?);
        Ok(Self { address, metrics_address, stop, serving, jobs: jobs::start(app) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it serves metrics.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// Stops accepting, and lets requests and jobs under way finish for ten seconds at most.
    pub async fn stop(self) {
        self.stop.graceful_shutdown(Some(GRACE));
        tokio::join!(drain(self.serving), self.jobs.stop());
    }

    /// Waits until serving ends by itself, which it does only when something is broken.
    pub async fn failed(&mut self) -> String {
        match self.serving.join_next().await {
            Some(Ok(Err(error))) => error.to_string(),
            Some(Err(error)) => error.to_string(),
            Some(Ok(Ok(()))) | None => "a listener ended".to_owned(),
        }
    }
}

async fn drain(mut serving: JoinSet<std::io::Result<()>>) {
    while let Some(ended) = serving.join_next().await {
        match ended {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!("a listener failed: {error}"),
            Err(error) => tracing::error!("a server task failed: {error}"),
        }
    }
}
