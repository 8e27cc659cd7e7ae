//! What happened, who did it, to what.

use super::scope::Scope;
use crate::args;
use crate::clock::Time;
use crate::db::{Result, Row, Topic, Tx};
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
    tx.announce(Topic::Audit);
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
    /// Whose audit it belongs to, beside the installation's.
    pub tenant_id: Option<String>,
    /// Request that caused it.
    pub request_id: Option<String>,
    /// Client address.
    pub address: Option<String>,
    /// A JSON object without secrets.
    pub changes: Option<String>,
    /// Where it stands in its chain; none until it is linked.
    pub place: Option<Place>,
}

/// The place of an event in its chain.
#[derive(Clone, Debug)]
pub struct Place {
    /// Name of the chain.
    pub chain: String,
    /// Counted from 1.
    pub number: i64,
    /// Authenticates the event and all before it.
    pub link: Vec<u8>,
}

/// Columns of [`Event`], in the order that [`Event::read`] expects, from an alias `e`.
macro_rules! event_columns {
    () => {
        "e.id, e.at, e.actor_kind, e.actor_id, e.impersonator_id, e.action, e.target_kind, e.target_id, e.tenant_id, \
         e.request_id, e.address, e.changes, e.chain, e.number, e.link"
    };
}
pub(super) use event_columns;

/// Columns of [`Event`].
pub(super) const COLUMNS: usize = 15;

impl Event {
    /// Reads the columns of `event_columns!` from the row's start.
    pub(super) fn read(row: &Row<'_>) -> Result<Self> {
        let (number, link) = (row.get::<Option<i64>>(13)?, row.get::<Option<Vec<u8>>>(14)?);
        let place = |chain| Place { chain, number: number.unwrap_or_default(), link: link.unwrap_or_default() };
        Ok(Self {
            id: row.get(0)?,
            at: row.get(1)?,
            actor_kind: row.get(2)?,
            actor_id: row.get(3)?,
            impersonator_id: row.get(4)?,
            action: row.get(5)?,
            target_kind: row.get(6)?,
            target_id: row.get(7)?,
            tenant_id: row.get(8)?,
            request_id: row.get(9)?,
            address: row.get(10)?,
            changes: row.get(11)?,
            place: row.get::<Option<String>>(12)?.map(place),
        })
    }
}

/// An event with the link of the one before it in its chain.
#[derive(Clone, Debug)]
pub struct Linked {
    /// The event.
    pub event: Event,
    /// The link before it; none where there is none.
    pub previous: Option<Vec<u8>>,
}

impl Linked {
    /// Reads an event and the two columns of `previous_columns!` behind it.
    pub(super) fn read(row: &Row<'_>) -> Result<Self> {
        let before: Option<Vec<u8>> = row.get(COLUMNS)?;
        let previous = if before.is_some() { before } else { row.get(COLUMNS + 1)? };
        Ok(Self { event: Event::read(row)?, previous })
    }
}

/// The link before an event of the alias `e`: of the event before it, or of the last one that was cut off.
macro_rules! previous_columns {
    () => {
        ", (SELECT p.link FROM audit_events p WHERE p.chain = e.chain AND p.number = e.number - 1), \
         (SELECT c.cut_link FROM audit_chains c WHERE c.chain = e.chain AND c.cut_number = e.number - 1)"
    };
}
pub(super) use previous_columns;

/// Events of a tenant in `[from, to)`, at most `limit`, in their order, behind the one that `after` names.
pub fn between(
    tx: &mut Tx<'_>,
    scope: &Scope,
    from: Time,
    to: Time,
    after: Option<&(Time, EventId)>,
    limit: i64,
) -> Result<Vec<Linked>> {
    let (after_at, after_id) = after.map_or((from, ""), |(at, id)| (*at, id.as_ref()));
    tx.all(
        concat!(
            "SELECT ",
            event_columns!(),
            previous_columns!(),
            " FROM audit_events e WHERE e.tenant_id = ?1 AND (e.at, e.id) > (?2, ?3) AND e.at < ?4 \
             ORDER BY e.at, e.id LIMIT ?5"
        ),
        args![scope.tenant_id(), after_at, after_id, to, limit],
        Linked::read,
    )
}

/// Whether events of the tenant before `to` are not linked yet.
pub fn has_unlinked(tx: &mut Tx<'_>, scope: &Scope, to: Time) -> Result<bool> {
    let sql = "SELECT id FROM audit_events WHERE chain IS NULL AND tenant_id = ?1 AND at < ?2 LIMIT 1";
    Ok(tx.optional(sql, args![scope.tenant_id(), to], |_| Ok(()))?.is_some())
}

/// Some of the events that no chain has yet, the ones that were written first among the first.
pub fn operator_unlinked(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<Event>> {
    // The order is that of the index, in which these lie together and by when they were written.
    tx.all(
        concat!(
            "SELECT ",
            event_columns!(),
            " FROM audit_events e WHERE e.chain IS NULL ORDER BY e.chain, e.number LIMIT ?1"
        ),
        args![limit],
        Event::read,
    )
}

/// How many events no chain has yet.
pub fn operator_count_unlinked(tx: &mut Tx<'_>) -> Result<i64> {
    tx.one("SELECT count(*) FROM audit_events WHERE chain IS NULL", args![], |row| row.get(0))
}

/// Gives an event its place; `false` if it has one, or is gone.
pub fn operator_set_place(tx: &mut Tx<'_>, id: &EventId, chain: &str, number: i64, link: &[u8]) -> Result<bool> {
    let sql = "UPDATE audit_events SET chain = ?2, number = ?3, link = ?4 WHERE id = ?1 AND chain IS NULL";
    Ok(tx.execute(sql, args![id, chain, number, link])? == 1)
}

/// Events of a chain behind a number, in their order.
pub fn operator_of_chain(tx: &mut Tx<'_>, chain: &str, after: i64, limit: i64) -> Result<Vec<Event>> {
    tx.all(
        concat!(
            "SELECT ",
            event_columns!(),
            " FROM audit_events e WHERE e.chain = ?1 AND e.number > ?2 ORDER BY e.number LIMIT ?3"
        ),
        args![chain, after, limit],
        Event::read,
    )
}

/// An event that says it is of a chain and stands nowhere behind its begin, if there is one.
pub fn operator_outside_of_chain(tx: &mut Tx<'_>, chain: &str, cut_number: i64) -> Result<Option<Event>> {
    tx.optional(
        concat!(
            "SELECT ",
            event_columns!(),
            " FROM audit_events e WHERE e.chain = ?1 AND (e.number <= ?2 OR e.number IS NULL) LIMIT 1"
        ),
        args![chain, cut_number],
        Event::read,
    )
}

/// The greatest number in a chain, and the link there.
pub fn operator_last_place(tx: &mut Tx<'_>, chain: &str) -> Result<Option<(i64, Vec<u8>)>> {
    tx.optional(
        "SELECT number, link FROM audit_events WHERE chain = ?1 AND number IS NOT NULL ORDER BY number DESC LIMIT 1",
        args![chain],
        |row| Ok((row.get(0)?, row.get::<Option<Vec<u8>>>(1)?.unwrap_or_default())),
    )
}

/// The link of an event.
pub fn operator_link(tx: &mut Tx<'_>, chain: &str, number: i64) -> Result<Option<Vec<u8>>> {
    let sql = "SELECT link FROM audit_events WHERE chain = ?1 AND number = ?2 AND link IS NOT NULL";
    tx.optional(sql, args![chain, number], |row| row.get(0))
}

/// The name of the first chain behind `after` that has events.
pub fn operator_next_chain(tx: &mut Tx<'_>, after: &str) -> Result<Option<String>> {
    let sql = "SELECT chain FROM audit_events WHERE chain > ?1 ORDER BY chain LIMIT 1";
    tx.optional(sql, args![after], |row| row.get(0))
}

/// Names of the first chains whose last event is not there, or is another one.
pub fn operator_chains_without_end(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<String>> {
    let sql = "SELECT c.chain FROM audit_chains c WHERE c.number > c.cut_number AND NOT EXISTS \
               (SELECT 1 FROM audit_events e WHERE e.chain = c.chain AND e.number = c.number AND e.link = c.link) \
               ORDER BY c.chain LIMIT ?1";
    tx.all(sql, args![limit], |row| row.get(0))
}

/// Deletes events of a chain up to a number.
pub fn operator_delete(tx: &mut Tx<'_>, chain: &str, up_to: i64) -> Result<u64> {
    tx.execute("DELETE FROM audit_events WHERE chain = ?1 AND number <= ?2", args![chain, up_to])
}
