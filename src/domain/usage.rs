//! Usage that the gateway reports, and what a tenant sees of it (contract 34).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::clock::Time;
use crate::db::Tx;
use crate::domain::service_keys::{ServiceCaller, UsageWrite};
use crate::domain::tenant_caller::{TenantCaller, Viewer};
use crate::domain::tokens::Environment;
use crate::error::{Error, FieldError, Result};
use crate::id::TenantId;
use crate::store::tenants;
use crate::store::totals::{self, Metric};
use crate::store::usage::{self, Counts, RowDigest};

/// Rows of one report at most.
pub const ROWS_MAX: usize = 1_000;

/// How long the ids of rows are remembered.
pub const REMEMBERED: Duration = Duration::from_secs(8 * 24 * 60 * 60);

const OLDEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);
const AHEAD: Duration = Duration::from_secs(5 * 60);

/// An hour, in milliseconds.
pub const HOUR: i64 = 60 * 60 * 1_000;

/// One row of a report.
#[derive(Clone, Debug)]
pub struct UsageRow {
    /// Start of the SHA-256 of the id that the service gave it.
    pub digest: RowDigest,
    /// Whose requests; `None` for what is no id.
    pub tenant_id: Option<TenantId>,
    /// In which environment.
    pub environment: Environment,
    /// When.
    pub at: Time,
    /// How many.
    pub counts: Counts,
}

/// The digest of a row's id.
pub fn digest(id: &str) -> RowDigest {
    let whole: [u8; 32] = Sha256::digest(id.as_bytes()).into();
    let mut start = RowDigest::default();
    start.copy_from_slice(&whole[..16]);
    start
}

/// How a report was taken.
pub struct Taken {
    /// Rows that were counted.
    pub accepted: usize,
    /// Rows that had been counted before.
    pub duplicates: usize,
}

/// Counts the rows of a report, each once however often it is sent; of two with the same id the first one counts. Nothing
/// is counted if any row is wrong.
pub fn report(tx: &mut Tx<'_>, _: &ServiceCaller<UsageWrite>, rows: &[UsageRow]) -> Result<Taken> {
    check(tx, rows)?;
    let mut seen = HashSet::with_capacity(rows.len());
    let unique: Vec<&UsageRow> = rows.iter().filter(|row| seen.insert(row.digest)).collect();
    // Digests and hours in one order, so that reports at the same time do not wait for each other in a circle.
    let mut digests: Vec<RowDigest> = unique.iter().map(|row| row.digest).collect();
    digests.sort_unstable();
    let fresh = usage::operator_remember(tx, &digests)?;
    let mut hours: BTreeMap<(&TenantId, &str, Time), Counts> = BTreeMap::new();
    for row in unique.iter().filter(|row| fresh.contains(&row.digest)) {
        let Some(tenant_id) = &row.tenant_id else { continue };
        let counts = hours.entry((tenant_id, row.environment.as_str(), hour_of(row.at))).or_default();
        counts.requests += row.counts.requests;
        counts.violations += row.counts.violations;
    }
    let mut totals: BTreeMap<Time, Counts> = BTreeMap::new();
    for ((tenant_id, environment, hour_at), counts) in hours {
        usage::operator_add(tx, tenant_id, environment, hour_at, counts)?;
        let total = totals.entry(hour_at).or_default();
        total.requests += counts.requests;
        total.violations += counts.violations;
    }
    let of_metrics = |(hour_at, total): (Time, Counts)| {
        [(Metric::Requests, hour_at, total.requests), (Metric::Violations, hour_at, total.violations)]
    };
    totals::operator_add(tx, &totals.into_iter().flat_map(of_metrics).collect::<Vec<_>>())?;
    Ok(Taken { accepted: fresh.len(), duplicates: rows.len() - fresh.len() })
}

/// Fails with every row that is too old, ahead of time, or of an unknown tenant.
fn check(tx: &mut Tx<'_>, rows: &[UsageRow]) -> Result<()> {
    let now = tx.now();
    let mut known: HashMap<&TenantId, bool> = HashMap::new();
    let mut wrong = Vec::new();
    let mut note = |index: usize, field: &str, message: &'static str| {
        wrong.push(FieldError { field: format!("events[{index}].{field}"), message: message.into() });
    };
    for (index, row) in rows.iter().enumerate() {
        if row.at < now - OLDEST || row.at > now + AHEAD {
            note(index, "at", "must be within the last 7 days and at most 5 minutes ahead");
        }
        let is_known = match &row.tenant_id {
            None => false,
            Some(tenant_id) => match known.get(tenant_id) {
                Some(is_known) => *is_known,
                None => {
                    let is_known = tenants::operator_by_id(tx, tenant_id)?.is_some();
                    known.insert(tenant_id, is_known);
                    is_known
                }
            },
        };
        if !is_known {
            note(index, "tenant_id", "is no organization");
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Error::validation(wrong)) }
}

/// Begin of the hour of UTC that a moment lies in.
pub fn hour_of(at: Time) -> Time {
    Time::from_millis(at.millis() - at.millis().rem_euclid(HOUR))
}

/// Width of a column of usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// An hour.
    Hour,
    /// A day of UTC.
    Day,
}

impl Step {
    const fn millis(self) -> i64 {
        match self {
            Self::Hour => HOUR,
            Self::Day => 24 * HOUR,
        }
    }
}

/// A span of time, in columns.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// From the begin of the step that holds this moment.
    pub from: Time,
    /// To the end of the step that holds the moment before this one.
    pub to: Time,
    /// Width of a column.
    pub step: Step,
}

impl Span {
    /// Begin of the column that a moment lies in.
    pub fn start_of_step(&self, at: Time) -> Time {
        Time::from_millis(at.millis() - at.millis().rem_euclid(self.step.millis()))
    }

    /// The begins of all columns; empty unless `from` is before `to`.
    pub fn columns(&self) -> impl ExactSizeIterator<Item = Time> + use<> {
        let (first, step) = (self.start_of_step(self.from).millis(), self.step.millis());
        let count = if self.from < self.to { (self.to.millis() - first + step - 1) / step } else { 0 };
        (0..usize::try_from(count).unwrap_or(0)).map(move |index| Time::from_millis(first + index as i64 * step))
    }

    /// End of the last column, which is no part of it.
    pub fn end(&self) -> Time {
        let first = self.start_of_step(self.from);
        let last = self.columns().last();
        last.map_or(first, |last| Time::from_millis(last.millis() + self.step.millis()))
    }
}

/// What somebody wants to see of a tenant's usage.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Of one environment, or of all together.
    pub environment: Option<Environment>,
    /// When.
    pub span: Span,
}

/// A tenant's usage, a column for each step, empty ones too.
pub fn series(tx: &mut Tx<'_>, by: &TenantCaller<Viewer>, wanted: &Wanted) -> Result<Vec<(Time, Counts)>> {
    let span = wanted.span;
    let mut columns: BTreeMap<Time, Counts> = span.columns().map(|at| (at, Counts::default())).collect();
    let environment = wanted.environment.map(Environment::as_str);
    let hours = usage::hours(tx, by.scope(), environment, span.start_of_step(span.from), span.end())?;
    for (hour_at, counts) in hours {
        if let Some(column) = columns.get_mut(&span.start_of_step(hour_at)) {
            column.requests += counts.requests;
            column.violations += counts.violations;
        }
    }
    Ok(columns.into_iter().collect())
}
