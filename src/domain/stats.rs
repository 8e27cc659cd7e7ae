//! Figures of the whole installation.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::clock::Time;
use crate::db::Tx;
use crate::domain::caller::PlatformAdmin;
use crate::domain::usage::{HOUR, Span, hour_of};
use crate::error::Result;
use crate::store::totals::{self, Metric};
use crate::store::usage::Counts;

/// The figures.
pub struct Stats {
    /// All tenants, archived ones too.
    pub tenants: i64,
    /// Those that can be worked in.
    pub active_tenants: i64,
    /// All accounts.
    pub users: i64,
    /// Usage in the running hour of UTC and the 23 before it (contract 34).
    pub last_day: Counts,
}

/// Counts everything.
pub fn of_installation(tx: &mut Tx<'_>, _: &PlatformAdmin) -> Result<Stats> {
    let hour_at = hour_of(tx.now());
    let (from, to) = (hour_at - Duration::from_secs(23 * 60 * 60), Time::from_millis(hour_at.millis() + HOUR));
    let current = totals::operator_current(tx)?;
    let mut of_last_day = |metric| Ok::<_, crate::error::Error>(sum(&totals::operator_hours(tx, metric, from, to)?));
    Ok(Stats {
        tenants: current.of("tenants"),
        active_tenants: current.of("tenants.active"),
        users: current.of("users"),
        last_day: Counts { requests: of_last_day(Metric::Requests)?, violations: of_last_day(Metric::Violations)? },
    })
}

fn sum(columns: &[(Time, i64)]) -> i64 {
    columns.iter().map(|(_, amount)| amount).sum()
}

/// A figure over time.
pub struct Series {
    /// A column for each step, empty ones too, by its begin.
    pub columns: Vec<(Time, i64)>,
    /// Of all columns together.
    pub total: i64,
}

/// A figure over time. Of accounts and organizations a column tells how many there were at its end, of those that there
/// are today, and the total is that of the last one; of everything else, how often it happened.
pub fn series(tx: &mut Tx<'_>, _: &PlatformAdmin, metric: Metric, span: &Span) -> Result<Series> {
    let start = span.start_of_step(span.from);
    let mut amounts: BTreeMap<Time, i64> = span.columns().map(|at| (at, 0)).collect();
    for (hour_at, amount) in totals::operator_hours(tx, metric, start, span.end())? {
        if let Some(column) = amounts.get_mut(&span.start_of_step(hour_at)) {
            *column += amount;
        }
    }
    let mut columns: Vec<(Time, i64)> = amounts.into_iter().collect();
    if !matches!(metric, Metric::Users | Metric::Tenants) {
        return Ok(Series { total: sum(&columns), columns });
    }
    let mut total = totals::operator_sum_before(tx, metric, start)?;
    for (_, amount) in &mut columns {
        total += *amount;
        *amount = total;
    }
    Ok(Series { columns, total })
}
