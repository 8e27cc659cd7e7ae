//! Stored configuration values of every level, and who changed them.

use super::scope::Scope;
use crate::args;
use crate::clock::Time;
use crate::db::{Result, Row, Tx};
use crate::id::{EventId, SessionId};

/// Which stored value: the global one, a tenant's, or a tenant's for one environment.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// Of the installation.
    Global,
    /// Of a tenant.
    Tenant(&'a Scope),
    /// Of a tenant, for one environment.
    Environment(&'a Scope, &'static str),
}

impl Place<'_> {
    /// What `tenant_id` and `environment` hold.
    fn columns(&self) -> (&str, &'static str) {
        match self {
            Self::Global => ("", ""),
            Self::Tenant(scope) => (scope.tenant_id().as_ref(), ""),
            Self::Environment(scope, environment) => (scope.tenant_id().as_ref(), environment),
        }
    }
}

/// What is stored in one place.
#[derive(Clone, Debug)]
pub struct StoredValue {
    /// Its key.
    pub key: String,
    /// Its environment; empty for all.
    pub environment: String,
    /// JSON of the value; none for a secret.
    pub value: Option<String>,
    /// The sealed text of a secret.
    pub value_sealed: Option<Vec<u8>>,
    /// Whether levels below may not override it.
    pub is_locked: bool,
}

fn read_value(row: &Row<'_>) -> Result<StoredValue> {
    Ok(StoredValue {
        key: row.get(0)?,
        environment: row.get(1)?,
        value: row.get(2)?,
        value_sealed: row.get(3)?,
        is_locked: row.get(4)?,
    })
}

/// A stored value.
pub fn find(tx: &mut Tx<'_>, place: Place<'_>, key: &str) -> Result<Option<StoredValue>> {
    let (tenant_id, environment) = place.columns();
    tx.optional(
        "SELECT key, environment, value, value_sealed, is_locked FROM config_values \
         WHERE key = ?1 AND tenant_id = ?2 AND environment = ?3",
        args![key, tenant_id, environment],
        read_value,
    )
}

/// Every stored value of the installation or of a tenant, whatever its environment.
pub fn list(tx: &mut Tx<'_>, scope: Option<&Scope>) -> Result<Vec<StoredValue>> {
    tx.all(
        "SELECT key, environment, value, value_sealed, is_locked FROM config_values WHERE tenant_id = ?1",
        args![scope.map_or("", |scope| scope.tenant_id().as_ref())],
        read_value,
    )
}

/// Stores a value.
pub fn put(
    tx: &mut Tx<'_>,
    place: Place<'_>,
    key: &str,
    value: Option<&str>,
    value_sealed: Option<&[u8]>,
    is_locked: bool,
) -> Result<()> {
    let now = tx.now();
    let (tenant_id, environment) = place.columns();
    tx.execute(
        "INSERT INTO config_values (key, tenant_id, environment, value, value_sealed, is_locked, updated_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (key, tenant_id, environment) DO UPDATE SET \
         value = excluded.value, value_sealed = excluded.value_sealed, is_locked = excluded.is_locked, \
         updated_at = excluded.updated_at",
        args![key, tenant_id, environment, value, value_sealed, is_locked, now],
    )?;
    Ok(())
}

/// Spares the tokens of a session that expire by `until` from what the value asks for; nobody's without a session.
pub fn spare(tx: &mut Tx<'_>, place: Place<'_>, key: &str, session_id: Option<&SessionId>, until: Time) -> Result<()> {
    let (tenant_id, environment) = place.columns();
    tx.execute(
        "UPDATE config_values SET spared_session_id = ?4, spared_until = ?5 \
         WHERE key = ?1 AND tenant_id = ?2 AND environment = ?3",
        args![key, tenant_id, environment, session_id, until],
    )?;
    Ok(())
}

/// Until when the tokens of a session are spared from what a value asks for, if they are.
pub fn spared_until(tx: &mut Tx<'_>, place: Place<'_>, key: &str, session_id: &SessionId) -> Result<Option<Time>> {
    let (tenant_id, environment) = place.columns();
    let found = tx.optional(
        "SELECT spared_until FROM config_values \
         WHERE key = ?1 AND tenant_id = ?2 AND environment = ?3 AND spared_session_id = ?4",
        args![key, tenant_id, environment, session_id],
        |row| row.get::<Option<Time>>(0),
    )?;
    Ok(found.flatten())
}

/// Deletes a value; `false` if there was none.
pub fn delete(tx: &mut Tx<'_>, place: Place<'_>, key: &str) -> Result<bool> {
    let (tenant_id, environment) = place.columns();
    let deleted = tx.execute(
        "DELETE FROM config_values WHERE key = ?1 AND tenant_id = ?2 AND environment = ?3",
        args![key, tenant_id, environment],
    )?;
    Ok(deleted == 1)
}

/// A change of a value.
#[derive(Clone, Debug)]
pub struct Change {
    /// When.
    pub at: Time,
    /// The environment; empty for all.
    pub environment: String,
    /// Whether the value was taken away.
    pub is_reset: bool,
    /// JSON of the value; none for a secret and after a reset.
    pub value: Option<String>,
    /// Whether levels below could not override it from then on.
    pub is_locked: bool,
    /// `user` or `operator`.
    pub actor_kind: String,
    /// The user's id, where a user changed it.
    pub actor_id: Option<String>,
    /// The user's address, while there is an account and, for a tenant's value, a membership.
    pub actor_email: Option<String>,
    /// The platform admin who acted as that user.
    pub impersonator_id: Option<String>,
}

/// Appends a change; `at` is now, and the address is read when changes are listed.
pub fn insert_change(tx: &mut Tx<'_>, place: Place<'_>, key: &str, change: &Change) -> Result<()> {
    let id: EventId = tx.new_id();
    let (tenant_id, environment) = place.columns();
    tx.execute(
        "INSERT INTO config_changes (id, key, tenant_id, environment, is_reset, value, is_locked, actor_kind, actor_id, at, \
         impersonator_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        args![
            &id,
            key,
            tenant_id,
            environment,
            change.is_reset,
            change.value.as_ref(),
            change.is_locked,
            &change.actor_kind,
            change.actor_id.as_ref(),
            change.at,
            change.impersonator_id.as_ref()
        ],
    )?;
    Ok(())
}

/// Part of the changes of a key in the installation or in a tenant, newest first, and how many there are.
pub fn changes(
    tx: &mut Tx<'_>,
    scope: Option<&Scope>,
    key: &str,
    limit: i64,
    offset: i64,
) -> Result<(Vec<Change>, i64)> {
    let tenant_id = scope.map_or("", |scope| scope.tenant_id().as_ref());
    let found = tx.all(
        "SELECT c.at, c.environment, c.is_reset, c.value, c.is_locked, c.actor_kind, c.actor_id, u.email, \
         c.impersonator_id \
         FROM config_changes c LEFT JOIN memberships m ON m.tenant_id = c.tenant_id AND m.user_id = c.actor_id \
         LEFT JOIN users u ON u.id = c.actor_id AND (c.tenant_id = '' OR m.id IS NOT NULL) \
         WHERE c.tenant_id = ?1 AND c.key = ?2 \
         ORDER BY c.at DESC, c.id DESC LIMIT ?3 OFFSET ?4",
        args![tenant_id, key, limit, offset],
        |row| {
            Ok(Change {
                at: row.get(0)?,
                environment: row.get(1)?,
                is_reset: row.get(2)?,
                value: row.get(3)?,
                is_locked: row.get(4)?,
                actor_kind: row.get(5)?,
                actor_id: row.get(6)?,
                actor_email: row.get(7)?,
                impersonator_id: row.get(8)?,
            })
        },
    )?;
    let total = tx.one(
        "SELECT count(*) FROM config_changes WHERE tenant_id = ?1 AND key = ?2",
        args![tenant_id, key],
        |row| row.get(0),
    )?;
    Ok((found, total))
}
