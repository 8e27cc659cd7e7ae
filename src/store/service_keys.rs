//! Keys of the platform's own services. Only their digests.

use crate::args;
use crate::clock::Time;
use crate::db::{Result, Row, Tx};
use crate::id::ServiceKeyId;
use crate::secret::TokenDigest;

/// A key without its secret.
#[derive(Clone, Debug)]
pub struct ServiceKey {
    /// Its id.
    pub id: ServiceKeyId,
    /// What people call it.
    pub name: String,
    /// Names of what it may do.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: Time,
    /// Since when it does not work any more.
    pub revoked_at: Option<Time>,
}

fn read_key(row: &Row<'_>) -> Result<ServiceKey> {
    Ok(ServiceKey {
        id: row.get(0)?,
        name: row.get(1)?,
        scopes: row.get::<String>(2)?.split(' ').map(str::to_owned).collect(),
        created_at: row.get(3)?,
        revoked_at: row.get(4)?,
    })
}

/// Stores a new key.
pub fn insert(tx: &mut Tx<'_>, key: &ServiceKey, digest: &TokenDigest) -> Result<()> {
    tx.execute(
        "INSERT INTO service_keys (id, name, digest, scopes, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        args![&key.id, &key.name, digest.as_bytes(), &key.scopes.join(" "), key.created_at],
    )?;
    Ok(())
}

/// The key with this digest, if it was not revoked. This runs on every request of a service.
pub fn live(tx: &mut Tx<'_>, digest: &TokenDigest) -> Result<Option<ServiceKey>> {
    tx.optional(
        "SELECT id, name, scopes, created_at, revoked_at FROM service_keys WHERE digest = ?1 AND revoked_at IS NULL",
        args![digest.as_bytes()],
        read_key,
    )
}

/// Part of the keys, revoked ones too, newest first, and how many there are.
pub fn list(tx: &mut Tx<'_>, limit: i64, offset: i64) -> Result<(Vec<ServiceKey>, i64)> {
    let found = tx.all(
        "SELECT id, name, scopes, created_at, revoked_at FROM service_keys \
         ORDER BY created_at DESC, id DESC LIMIT ?1 OFFSET ?2",
        args![limit, offset],
        read_key,
    )?;
    let total = tx.one("SELECT count(*) FROM service_keys", args![], |row| row.get(0))?;
    Ok((found, total))
}

/// Revokes a key; `false` if there is no such key or it was revoked before.
pub fn revoke(tx: &mut Tx<'_>, id: &ServiceKeyId) -> Result<bool> {
    let now = tx.now();
    let changed =
        tx.execute("UPDATE service_keys SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL", args![id, now])?;
    Ok(changed == 1)
}
