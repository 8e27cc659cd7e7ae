//! How a job learns that it shall end.

use tokio::sync::watch;

/// Tells a job when to end.
#[derive(Clone)]
pub(super) struct Stop(pub(super) watch::Receiver<bool>);

impl Stop {
    /// Whether the job shall end.
    pub(super) fn is_requested(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until the job shall end.
    pub(super) async fn requested(&mut self) {
        // A sender that is gone means that the program ends.
        let _ = self.0.wait_for(|stop| *stop).await;
    }
}
