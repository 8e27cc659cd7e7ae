//! What runs beside requests. Each job is supervised: if it fails or panics it is logged and started again.

mod audit_chain;
mod cleanup;
mod export;
mod outbox;
mod reload;
mod stop;
mod subscriptions;
mod webhooks;

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
const RESTART: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 1_000 });

/// Longest time for which a stop waits for the jobs.
const GRACE: Duration = Duration::from_secs(10);

/// Starts every job.
pub fn start(app: &App) -> Jobs {
    let (stop, stopped) = watch::channel(false);
    let stop_of = |job| Stop { stop: stopped.clone(), job, runs: app.job_runs().clone() };
    let running = vec![
        supervise(stop_of("audit_chain"), of(app, audit_chain::run)),
        supervise(stop_of("outbox"), of(app, outbox::run)),
        supervise(stop_of("reload"), of(app, reload::run)),
        supervise(stop_of("cleanup"), of(app, cleanup::run)),
        supervise(stop_of("export"), of(app, export::run)),
        supervise(stop_of("subscriptions"), of(app, subscriptions::run)),
        supervise(stop_of("webhooks"), of(app, webhooks::run)),
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
            // Each takes its job down with it, and so lets go of the database.
            self.running.iter().for_each(JoinHandle::abort);
        }
    }
}

/// A job on this app.
fn of<R, J: Fn(App, Stop) -> R>(app: &App, job: J) -> impl Fn(Stop) -> R + use<R, J> {
    let app = app.clone();
    move |stop| job(app.clone(), stop)
}

fn supervise<F, R>(mut stop: Stop, job: F) -> JoinHandle<()>
where
    F: Fn(Stop) -> R + Send + 'static,
    R: Future<Output = crate::error::Result<()>> + Send + 'static,
{
    tokio::spawn(async move {
        loop {
            // A task of its own catches a panic; the set ends it when this task is ended.
            let mut running = JoinSet::new();
            running.spawn(job(stop.clone()));
            let ended = running.join_next().await;
            if stop.is_requested() {
                return;
            }
            let (cause, failure) = match ended {
                Some(Ok(Err(error))) => (error.cause().unwrap_or_default().to_string(), error.to_string()),
                Some(Err(error)) => (error.to_string(), "the job broke down".to_owned()),
                Some(Ok(Ok(()))) | None => (String::new(), "the job ended by itself".to_owned()),
            };
            tracing::error!(job = stop.job, cause, "a job failed and is started again: {failure}");
            stop.runs.failed(stop.job, &failure);
            tokio::select! {
                () = stop.requested() => return,
                () = tokio::time::sleep(RESTART) => {}
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::mpsc;

    use super::*;
    use crate::clock::Clock;
    use crate::error::Error;
    use crate::job_runs::JobRuns;

    #[tokio::test]
    async fn a_job_that_panics_or_fails_or_ends_is_started_again() {
        let (stop, stopped) = watch::channel(false);
        let (starts, mut started) = mpsc::unbounded_channel();
        let count = AtomicUsize::new(0);
        let runs = JobRuns::new(Clock::system());
        let job = supervise(Stop { stop: stopped, job: "test", runs: runs.clone() }, move |mut stop| {
            let run = count.fetch_add(1, Ordering::SeqCst);
            starts.send(run).unwrap();
            async move {
                match run {
                    0 => panic!("on purpose"),
                    1 => Err(Error::internal("on purpose")),
                    2 => Ok(()),
                    _ => {
                        stop.ran();
                        stop.requested().await;
                        Ok(())
                    }
                }
            }
        });
        for run in 0..4 {
            assert_eq!(started.recv().await, Some(run));
        }
        stop.send(true).unwrap();
        job.await.unwrap();
        assert_eq!(started.recv().await, None, "it is not started again after the stop");
        let [(name, run)] = &runs.list()[..] else { panic!("one job ran") };
        assert_eq!((*name, run.failure.as_deref()), ("test", Some("the job ended by itself")));
        assert!(run.ran_at.is_some() && run.failed_at.is_some());
    }

    #[tokio::test]
    async fn a_job_ends_together_with_what_supervises_it() {
        let (_stop, stopped) = watch::channel(false);
        let (alive, mut ended) = mpsc::unbounded_channel::<()>();
        let (starts, mut started) = mpsc::unbounded_channel();
        let runs = JobRuns::new(Clock::system());
        let job = supervise(Stop { stop: stopped, job: "test", runs }, move |_| {
            let alive = alive.clone();
            starts.send(()).unwrap();
            async move {
                std::future::pending::<()>().await;
                drop(alive);
                Ok(())
            }
        });
        started.recv().await.unwrap();
        job.abort();
        assert_eq!(ended.recv().await, None, "everything that the job holds is dropped");
    }
}
