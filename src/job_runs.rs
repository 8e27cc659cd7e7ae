//! What the jobs of this process last did, for platform admins.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::{Clock, Time};

/// How a job of this process fared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobRun {
    /// When it last did all there was to do.
    pub ran_at: Option<Time>,
    /// When it last failed and was started again.
    pub failed_at: Option<Time>,
    /// Why it failed then.
    pub failure: Option<String>,
}

/// The runs of every job, by its name. Clones share them.
#[derive(Clone)]
pub struct JobRuns {
    clock: Clock,
    runs: Arc<Mutex<BTreeMap<&'static str, JobRun>>>,
}

impl JobRuns {
    /// No job has run yet.
    pub fn new(clock: Clock) -> Self {
        Self { clock, runs: Arc::default() }
    }

    /// Notes that a job did all there was to do.
    pub fn ran(&self, job: &'static str) {
        self.change(job, |run, now| run.ran_at = Some(now));
    }

    /// Notes that a job failed.
    pub fn failed(&self, job: &'static str, failure: &str) {
        self.change(job, |run, now| {
            run.failed_at = Some(now);
            run.failure = Some(failure.to_owned());
        });
    }

    fn change(&self, job: &'static str, change: impl FnOnce(&mut JobRun, Time)) {
        let now = self.clock.now();
        // Nothing that holds the lock can leave it half changed.
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        change(runs.entry(job).or_default(), now);
    }

    /// Every job that has run or failed, by name.
    pub fn list(&self) -> Vec<(&'static str, JobRun)> {
        let runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        runs.iter().map(|(job, run)| (*job, run.clone())).collect()
    }
}
