//! The nightly export of each tenant's audit: gzipped NDJSON, one object a day (contract 35).
//!
//! A day is exported once it is over and its events are linked, one after the other. A try takes a lease, writes the
//! object, and moves on in the transaction that notes the day; whatever goes wrong in between, the same object is written
//! again: no gap, no double.
//!
//! A day that was not exported is kept, however old it gets. So an export that has failed for about a day is told, and again
//! each week: in the tenant's audit and by mail to its owner, and in a figure to the operator, whose disk it fills.

use std::time::Duration;

use crate::clock::Time;
use crate::db::Tx;
use crate::domain::audit::{self, Changes, Target};
use crate::domain::audit_lines;
use crate::domain::caller::{PlatformAdmin, System};
use crate::domain::installation::Installation;
use crate::domain::outbox::Mail;
use crate::domain::storage::{self, DAY, StorageSettings};
use crate::domain::tenant_caller::{Admin, TenantCaller};
use crate::error::Result;
use crate::id::EventId;
use crate::store::audit_events;
use crate::store::storage_settings::{self, Export};
use crate::store::tenants::{Tenant, TenantStatus};
use crate::store::users;

/// How long after its end a day is exported: a transaction that began in it may commit a little later.
const MARGIN: Duration = Duration::from_secs(10 * 60);

/// How long a try may take before another server takes it over.
const LEASE: Duration = Duration::from_secs(10 * 60);

/// Longest wait after a try that failed.
const LONGEST_WAIT: Duration = Duration::from_secs(6 * 60 * 60);

/// Tries that fail within a little less than a day. After so many an export counts as failing.
const FAILING: i64 = 12;

/// Tries within a week, once the wait between them is the longest one.
const WEEK: i64 = 28;

/// Events read at once.
const BATCH: i64 = 2_000;

/// A day of a tenant's audit to be exported.
pub struct Job {
    /// Whose.
    pub tenant: Tenant,
    /// Where to.
    pub settings: StorageSettings,
    /// Begin of the day.
    pub day_at: Time,
}

impl Job {
    /// Name of the object: the same for every try.
    pub fn object(&self) -> String {
        format!("audit/{}/{}.ndjson.gz", self.tenant.id(), day_name(self.day_at))
    }
}

/// Such as `2024-01-15`.
pub fn day_name(day_at: Time) -> String {
    day_at.to_string().chars().take(10).collect()
}

fn end_of(day_at: Time) -> Time {
    Time::from_millis(day_at.millis() + DAY)
}

/// Whether an export is due.
pub fn is_due(tx: &mut Tx<'_>) -> Result<bool> {
    Ok(storage_settings::operator_due(tx)?.is_some())
}

/// Takes the export that has been due for the longest time, if one is. A day that is not over yet is put off.
pub fn claim(tx: &mut Tx<'_>, by: &System, installation: &Installation) -> Result<Option<Job>> {
    while let Some(tenant) = storage_settings::operator_due(tx)? {
        let now = tx.now();
        let Some(stored) = storage_settings::find(tx, tenant.scope())? else { break };
        let (stamp, attempts) = ((stored.next_day_at, stored.updated_at), stored.attempts);
        let Ok(settings) = storage::open(installation.vault(), tenant.id(), stored) else {
            // One tenant's damaged credentials must not hold up the others.
            let text = "The stored credentials cannot be read. Set them again.";
            note_failure(tx, by, installation, &tenant, stamp, text, attempts)?;
            continue;
        };
        let day_at = settings.export.next_day_at;
        let ready_at = end_of(day_at) + MARGIN;
        if ready_at > now {
            storage_settings::set_next_try(tx, tenant.scope(), ready_at)?;
            continue;
        }
        if audit_events::has_unlinked(tx, tenant.scope(), end_of(day_at))? {
            // Not for long; whoever else is due waits for the same job.
            return Ok(None);
        }
        storage_settings::set_next_try(tx, tenant.scope(), now + LEASE)?;
        return Ok(Some(Job { tenant, settings, day_at }));
    }
    Ok(None)
}

/// Where an event stands among the others.
pub type Position = (Time, EventId);

/// The next lines of a day's export, behind the event `after`; the last event, or none when there are no more.
pub fn lines(tx: &mut Tx<'_>, job: &Job, after: Option<&Position>) -> Result<(Vec<String>, Option<Position>)> {
    let events = audit_events::between(tx, job.tenant.scope(), job.day_at, end_of(job.day_at), after, BATCH)?;
    let last = events.last().map(|linked| (linked.event.at, linked.event.id.clone()));
    Ok((events.iter().map(audit_lines::write).collect(), last))
}

/// Notes that a day was exported, and moves on to the next one. A store that was set meanwhile gets the day, too.
pub fn finish(tx: &mut Tx<'_>, _: &System, job: &Job, events: i64, size: i64) -> Result<()> {
    let now = tx.now();
    let next = end_of(job.day_at);
    let next_try_at = (end_of(next) + MARGIN).max(now);
    let stamp = (job.day_at, job.settings.updated_at);
    if storage_settings::move_on(tx, job.tenant.scope(), stamp, next, next_try_at)? {
        let export = Export { day_at: job.day_at, object: job.object(), events, size, exported_at: now };
        storage_settings::insert_export(tx, job.tenant.scope(), &export)?;
    }
    Ok(())
}

/// Notes that a try failed.
pub fn fail(tx: &mut Tx<'_>, by: &System, installation: &Installation, job: &Job, error: &str) -> Result<()> {
    let stamp = (job.day_at, job.settings.updated_at);
    note_failure(tx, by, installation, &job.tenant, stamp, error, job.settings.export.attempts)
}

/// Notes that a try failed after so many others, and tells of it when it is the one that makes the export a failing one. The
/// next try is a minute later, then twice as long each time, six hours at most.
fn note_failure(
    tx: &mut Tx<'_>,
    by: &System,
    installation: &Installation,
    tenant: &Tenant,
    (day_at, updated_at): (Time, Time),
    error: &str,
    attempts: i64,
) -> Result<()> {
    let doublings = u32::try_from(attempts.clamp(0, 9)).unwrap_or(0);
    let next_try_at = tx.now() + Duration::from_secs(60_u64 << doublings).min(LONGEST_WAIT);
    let attempts = storage_settings::set_failed(tx, tenant.scope(), (day_at, updated_at), error, next_try_at)?;
    if attempts.is_none_or(|attempts| attempts < FAILING || (attempts - FAILING) % WEEK != 0) {
        return Ok(());
    }
    let changes = Changes::none().with("day", day_name(day_at)).with("reason", error);
    audit::record(tx, by, "storage.export_failing", &Target::tenant(tenant.scope()), changes)?;
    let owner = match &tenant.owner_id {
        Some(owner_id) if tenant.status != TenantStatus::Archived => users::by_id(tx, owner_id)?,
        _ => None,
    };
    if let Some(owner) = owner.filter(|owner| !owner.is_disabled) {
        let mail = Mail::to(&owner, "export_failing").about(tenant);
        mail.with("day", day_name(day_at)).with("reason", error).send(tx, installation)?;
    }
    Ok(())
}

/// Tenants whose export is failing.
pub fn count_failing(tx: &mut Tx<'_>, _: &PlatformAdmin) -> Result<i64> {
    Ok(storage_settings::operator_count_failing(tx, FAILING)?)
}

/// Part of the days that were exported, newest first, how many there are, and how far the export has come.
pub fn list(
    tx: &mut Tx<'_>,
    by: &TenantCaller<Admin>,
    installation: &Installation,
    limit: i64,
    offset: i64,
) -> Result<(Vec<Export>, i64, Option<StorageSettings>)> {
    let (found, total) = storage_settings::exports(tx, by.scope(), limit, offset)?;
    Ok((found, total, storage::show(tx, by, installation)?))
}
