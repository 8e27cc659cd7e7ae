//! What runs beside requests. Each job is supervised: if it fails or panics it is logged and started again.

mod cleanup;
mod outbox;
mod reload;
mod stop;

use std::future::Future;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::app::App;
use stop::Stop;

/// The running jobs.
pub struct Jobs {
    stop: watch::Sender<bool>,
    running: Vec<JoinHandle<()>>,
}

/// Waiting time before a job that ended is started again.
const RESTART: Duration = Duration::from_secs(1);

/// Longest time for which a stop waits for the jobs.
const GRACE: Duration = Duration::from_secs(10);

/// Starts every job.
pub fn start(app: &App) -> Jobs {
    let (stop, stopped) = watch::channel(false);
    let running = vec![
        supervise("outbox", app, &stopped, outbox::run),
        supervise("reload", app, &stopped, reload::run),
        supervise("cleanup", app, &stopped, cleanup::run),
    ];
    Jobs { stop, running }
}

impl Jobs {
    /// Asks every job to end and waits for it, ten seconds at most.
    pub async fn stop(mut self) {
        // Nobody listens any more where every job has ended by itself, which supervision rules out.
        let _ = self.stop.send(true);
        let all = async {
            for job in &mut self.running {
                let _ = job.await;
            }
        };
        if tokio::time::timeout(GRACE, all).await.is_err() {
            tracing::warn!("a job did not end in time; what it was doing is done again at the next start");
            self.running.iter().for_each(JoinHandle::abort);
        }
    }
}

fn supervise<F, R>(name: &'static str, app: &App, stopped: &watch::Receiver<bool>, job: F) -> JoinHandle<()>
where
    F: Fn(App, Stop) -> R + Send + 'static,
    R: Future<Output = crate::error::Result<()>> + Send + 'static,
{
    let (app, stopped) = (app.clone(), stopped.clone());
    tokio::spawn(async move {
        loop {
            // Dropped with the supervisor, so that an aborted job does not go on by itself.
            let mut attempt = JoinSet::new();
            attempt.spawn(job(app.clone(), Stop(stopped.clone())));
            let ended = attempt.join_next().await;
            if *stopped.borrow() {
                return;
            }
            match ended {
                None | Some(Ok(Ok(()))) => tracing::error!(job = name, "a job ended by itself and is started again"),
                Some(Ok(Err(error))) => {
                    let cause = error.cause().unwrap_or_default();
                    tracing::error!(job = name, cause, "a job failed and is started again: {error}");
                }
                Some(Err(error)) => tracing::error!(job = name, "a job broke down and is started again: {error}"),
            }
            let mut stop = Stop(stopped.clone());
            tokio::select! {
                () = stop.requested() => return,
                () = tokio::time::sleep(RESTART) => {}
            }
        }
    })
}
