//! What happened, who did it, to what.

use super::scope::Scope;
use crate::args;
use crate::clock::Time;
use crate::db::{Result, Tx};
use crate::id::{EventId, TenantId};

/// One event to be stored.
pub struct NewEvent<'a> {
    /// `user`, `anonymous`, `operator` or `system`.
    pub actor_kind: &'a str,
    /// The user's id, where a user acted.
    pub actor_id: Option<&'a str>,
    /// The platform admin who acted as this user.
    pub impersonator_id: Option<&'a str>,
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
         changes, tenant_id, impersonator_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
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
            event.tenant_id,
            event.impersonator_id
        ],
    )?;
    Ok(())
}

/// A stored event.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// When.
    pub at: Time,
    /// `user`, `anonymous`, `operator` or `system`.
    pub actor_kind: String,
    /// The user's id, where a user acted.
    pub actor_id: Option<String>,
    /// The platform admin who acted as this user.
    pub impersonator_id: Option<String>,
    /// What was done.
    pub action: String,
    /// Kind of thing it was done to.
    pub target_kind: String,
    /// Which one.
    pub target_id: Option<String>,
    /// Request that caused it.
    pub request_id: Option<String>,
    /// Client address.
    pub address: Option<String>,
    /// A JSON object without secrets.
    pub changes: Option<String>,
}

/// Events of a tenant in `[from, to)`, at most `limit`, in their order, behind the one that `after` names.
pub fn between(
    tx: &mut Tx<'_>,
    scope: &Scope,
    from: Time,
    to: Time,
    after: Option<&(Time, EventId)>,
    limit: i64,
) -> Result<Vec<Event>> {
    let (after_at, after_id) = after.map_or((from, ""), |(at, id)| (*at, id.as_ref()));
    tx.all(
        "SELECT id, at, actor_kind, actor_id, action, target_kind, target_id, request_id, address, changes, \
         impersonator_id FROM audit_events WHERE tenant_id = ?1 AND (at, id) > (?2, ?3) AND at < ?4 ORDER BY at, id LIMIT ?5",
        args![scope.tenant_id(), after_at, after_id, to, limit],
        |row| {
            Ok(Event {
                id: row.get(0)?,
                at: row.get(1)?,
                actor_kind: row.get(2)?,
                actor_id: row.get(3)?,
                action: row.get(4)?,
                target_kind: row.get(5)?,
                target_id: row.get(6)?,
                request_id: row.get(7)?,
                address: row.get(8)?,
                changes: row.get(9)?,
                impersonator_id: row.get(10)?,
            })
        },
    )
}
