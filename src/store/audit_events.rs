//! What happened, who did it, to what.

use crate::args;
use crate::db::{Result, Tx};
use crate::id::{EventId, TenantId};

/// One event to be stored.
pub struct NewEvent<'a> {
    /// `user`, `anonymous`, `operator` or `system`.
    pub actor_kind: &'a str,
    /// The user's id, where a user acted.
    pub actor_id: Option<&'a str>,
    /// What was done, e.g. `session.created`.
    pub action: &'a str,
    /// Kind of thing it was done to.
    pub target_kind: &'a str,
    /// Which one.
    pub target_id: Option<&'a str>,
    /// Whose audit it belongs to, beside the installation's.
    pub tenant_id: Option<&'a TenantId>,
    /// Request that caused it.
    pub request_id: Option<&'a str>,
    /// Client address.
    pub address: Option<&'a str>,
    /// A JSON object without secrets.
    pub changes: Option<&'a str>,
}

/// Appends an event.
pub fn insert(tx: &mut Tx<'_>, event: &NewEvent<'_>) -> Result<()> {
    let id: EventId = tx.new_id();
    let now = tx.now();
    tx.execute(
        "INSERT INTO audit_events (id, at, actor_kind, actor_id, action, target_kind, target_id, request_id, address, \
         changes, tenant_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        args![
            &id,
            now,
            event.actor_kind,
            event.actor_id,
            event.action,
            event.target_kind,
            event.target_id,
            event.request_id,
            event.address,
            event.changes,
            event.tenant_id
        ],
    )?;
    Ok(())
}
