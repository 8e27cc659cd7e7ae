//! Closures in queues: how they get to the database's threads and how the answers come back.

use std::thread::{self, JoinHandle};

use crossbeam_channel::{Sender, TrySendError};
use tokio::sync::{Notify, oneshot};

use super::error::{DbError, Reason, Result};
use super::migrate::Schema;
use super::tx::{Topic, Tx};
use crate::error::{Code, Error};

/// Wakes jobs when a transaction that concerns them has committed.
#[derive(Default)]
pub(super) struct Wakers([Notify; Topic::COUNT]);

impl Wakers {
    pub(super) fn wake(&self, topics: u8) {
        for (index, notify) in self.0.iter().enumerate() {
            if topics & (1 << index) != 0 {
                notify.notify_one();
            }
        }
    }

    pub(super) async fn wait(&self, topic: Topic) {
        self.0[topic as usize].notified().await;
    }
}

/// Writes that may wait for the writer before further ones are refused; some seconds of work.
pub(super) const QUEUE: usize = 16_384;

/// An engine that runs.
pub(super) struct Opened {
    pub(super) reads: Sender<Box<dyn Job>>,
    pub(super) writes: Sender<Box<dyn Job>>,
    pub(super) threads: Vec<JoinHandle<()>>,
    pub(super) schema: Schema,
    pub(super) engine: &'static str,
}

/// Starts one of the database's threads. A panic in `body` is logged and `body` runs again, until it returns.
pub(super) fn spawn(name: &'static str, mut body: impl FnMut() + Send + 'static) -> Result<JoinHandle<()>> {
    let supervised = move || {
        while std::panic::catch_unwind(std::panic::AssertUnwindSafe(&mut body)).is_err() {
            tracing::error!(thread = name, "a database thread broke down and starts again");
        }
    };
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(supervised)
        .map_err(|error| DbError::Unavailable(Reason::Process, format!("no thread could be started: {error}")))
}

/// Queues a closure and waits for its answer.
pub(super) async fn submit<T, F>(queue: &Sender<Box<dyn Job>>, closure: F) -> crate::error::Result<T>
where
    T: Send + 'static,
    F: Fn(&mut Tx<'_>) -> crate::error::Result<T> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    let job = Task { closure, result: None, reply };
    queue.try_send(Box::new(job)).map_err(|refused| match refused {
        TrySendError::Full(_) => Error::new(Code::Overloaded).retry_after(std::time::Duration::from_secs(1)),
        TrySendError::Disconnected(_) => {
            Error::from(DbError::Unavailable(Reason::Process, "the database is closed".into()))
        }
    })?;
    match answer.await {
        Ok(result) => result,
        Err(_) => {
            Err(Error::from(DbError::Unavailable(Reason::Process, "the database closed before it answered".into())))
        }
    }
}

/// A closure in a queue, its type erased.
pub(super) trait Job: Send {
    /// Runs the closure and keeps its result. A panic in it becomes an internal error.
    fn run(&mut self, tx: &mut Tx<'_>) -> Verdict;
    /// Whether nobody waits for the answer any more.
    fn is_abandoned(&self) -> bool;
    /// Sends the result, or `fault` in its place when the transaction could not be committed.
    fn answer(self: Box<Self>, fault: Option<DbError>);
}

/// What to do with what a closure wrote.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Keep,
    Undo,
    RunAgain,
}

struct Task<F, T> {
    closure: F,
    result: Option<crate::error::Result<T>>,
    reply: oneshot::Sender<crate::error::Result<T>>,
}

impl<F, T> Job for Task<F, T>
where
    T: Send,
    F: Fn(&mut Tx<'_>) -> crate::error::Result<T> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> Verdict {
        let closure = &self.closure;
        let attempt = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| closure(tx)));
        let result = attempt.unwrap_or_else(|_| Err(Error::internal("a database closure panicked")));
        let verdict = match &result {
            Ok(_) => Verdict::Keep,
            Err(error) if error.is_serialization_failure() => Verdict::RunAgain,
            Err(_) => Verdict::Undo,
        };
        self.result = Some(result);
        verdict
    }

    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn answer(self: Box<Self>, fault: Option<DbError>) {
        // With a fault, an error of the closure's own counts as little as a success: it may rest on what was undone.
        let result = match (fault, self.result) {
            (Some(fault), _) => Err(fault.into()),
            (None, Some(result)) => result,
            (None, None) => Err(Error::internal("a database closure was answered before it ran")),
        };
        // The one who asked may have gone; then nobody is left to tell.
        let _ = self.reply.send(result);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_thread_that_breaks_down_starts_again_until_it_returns() {
        let (report, reports) = crossbeam_channel::unbounded();
        let mut runs = 0;
        let body = move || {
            runs += 1;
            report.send(runs).unwrap();
            assert!(runs == 3, "breaks down twice");
        };
        super::spawn("a-test", body).unwrap().join().unwrap();
        assert_eq!(reports.iter().collect::<Vec<i32>>(), [1, 2, 3]);
    }
}
