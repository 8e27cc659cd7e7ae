//! Figures of the whole installation.

use std::time::Duration;

use crate::clock::Time;
use crate::db::Tx;
use crate::domain::caller::PlatformAdmin;
use crate::domain::usage::{HOUR, hour_of};
use crate::error::Result;
use crate::store::Page;
use crate::store::tenants::{self, TenantStatus};
use crate::store::usage::{self, Counts};
use crate::store::users;

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
    let all = Page::default();
    Ok(Stats {
        tenants: tenants::operator_count(tx, None, &all)?,
        active_tenants: tenants::operator_count(tx, Some(TenantStatus::Active), &all)?,
        users: users::operator_count(tx, &all)?,
        last_day: usage::operator_total(tx, from, to)?,
    })
}
