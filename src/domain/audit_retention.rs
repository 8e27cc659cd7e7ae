//! How long the audit is kept (contract 35): old events are cut off from the begin of their chain, whole days at a time.
//!
//! Only the installation says how long: an admin of a tenant who could shorten it could take away the traces of what he
//! did, and one who could lengthen it would fill the operator's disk.

use std::time::Duration;

use crate::clock::Time;
use crate::db::Tx;
use crate::domain::audit::{self, Changes, Target};
use crate::domain::audit_chain::{self, PLATFORM};
use crate::domain::caller::System;
use crate::domain::storage::day_of;
use crate::error::Result;
use crate::id::{Id as _, TenantId};
use crate::secret::MacKey;
use crate::store::audit_chains::{self, Head};
use crate::store::audit_events;
use crate::store::storage_settings;
use crate::store::tenants::{self, Tenant};

/// Events cut off at once.
pub const AT_ONCE: i64 = 1_000;

/// Begin of the first day that is kept; none where everything is.
pub fn kept_from(now: Time, days: i64) -> Option<Time> {
    let days = u32::try_from(days).ok().filter(|days| *days > 0)?;
    Some(day_of(now - Duration::from_secs(24 * 60 * 60) * days))
}

/// What became of a chain.
pub struct Cut {
    /// Its name, to go on from.
    pub chain: String,
    /// How many events were cut off; the chain may have more.
    pub events: i64,
}

/// Cuts events before `kept_from` off the first chain behind `after` that has any. Never what is not whole, what no seal
/// covers yet, or what the tenant's nightly export has not written yet.
pub fn cut_next(tx: &mut Tx<'_>, by: &System, key: &MacKey, after: &str, kept_from: Time) -> Result<Option<Cut>> {
    let Some(head) = audit_chains::next_with_older(tx, after, kept_from)? else { return Ok(None) };
    let chain = head.chain.clone();
    let tenant = match TenantId::parse(&chain) {
        Some(id) => tenants::operator_by_id(tx, &id)?,
        None => None,
    };
    let kept_from = match &tenant {
        Some(tenant) => kept_from.min(exported_until(tx, tenant)?.unwrap_or(kept_from)),
        None => kept_from,
    };
    let (number, link) = prefix(tx, key, &head, kept_from)?;
    let events = number - head.cut_number;
    if events > 0 {
        audit_events::operator_delete(tx, &chain, number)?;
        audit_chains::delete_checkpoints(tx, &chain, number)?;
        let mut cut = Head { cut_number: number, cut_link: link, ..head };
        cut.mac = audit_chain::head_mac(key, &cut).to_vec();
        audit_chains::put(tx, &cut)?;
        let changes = Changes::none().with("up_to_number", number).with("events", events);
        let target = match &tenant {
            Some(tenant) => Target::tenant(tenant.scope()),
            None => Target::new("audit", PLATFORM),
        };
        audit::record(tx, by, "audit.cut", &target, changes)?;
    }
    Ok(Some(Cut { chain, events }))
}

/// Begin of the day that the tenant's export writes next, where one is set.
fn exported_until(tx: &mut Tx<'_>, tenant: &Tenant) -> Result<Option<Time>> {
    Ok(storage_settings::find(tx, tenant.scope())?.map(|stored| stored.next_day_at))
}

/// Number and link of the last event that may be cut off now.
fn prefix(tx: &mut Tx<'_>, key: &MacKey, head: &Head, kept_from: Time) -> Result<(i64, Vec<u8>)> {
    let (mut number, mut link) = (head.cut_number, head.cut_link.clone());
    if !audit_chain::is_authentic(key, head) {
        return Ok((number, link));
    }
    for event in audit_events::operator_of_chain(tx, &head.chain, number, AT_ONCE)? {
        let next = audit_chain::link(key, &head.chain, number + 1, &link, &event);
        let is_whole = event.place.is_some_and(|place| place.number == number + 1 && place.link == next);
        if event.at >= kept_from || number >= head.sealed_number || !is_whole {
            break;
        }
        (number, link) = (number + 1, next.to_vec());
    }
    Ok((number, link))
}
