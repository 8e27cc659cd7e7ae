//! How a job learns that it shall end, and tells that it ran.

use tokio::sync::watch;

use crate::job_runs::JobRuns;

/// Tells a job when to end, and takes note of its runs.
#[derive(Clone)]
pub(super) struct Stop {
    pub(super) stop: watch::Receiver<bool>,
    pub(super) job: &'static str,
    pub(super) runs: JobRuns,
}

impl Stop {
    /// Whether the job shall end.
    pub(super) fn is_requested(&self) -> bool {
        *self.stop.borrow()
    }

    /// Waits until the job shall end.
    pub(super) async fn requested(&mut self) {
        // A sender that is gone means that the program ends.
        let _ = self.stop.wait_for(|stop| *stop).await;
    }

    /// Notes that the job has done all there was to do.
    pub(super) fn ran(&self) {
        self.runs.ran(self.job);
    }
}
