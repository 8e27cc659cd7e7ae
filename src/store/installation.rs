//! The one row that says what this installation is.

use crate::args;
use crate::clock::Time;
use crate::db::{Result, Tx};

/// What was fixed at the first start.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The installation's id, the `iss` of its tokens.
    pub id: String,
    /// A known text sealed under the master key.
    pub key_check: Vec<u8>,
}

/// The identity, once there was a first start.
pub fn identity(tx: &mut Tx<'_>) -> Result<Option<Identity>> {
    tx.optional("SELECT id, key_check FROM installation", args![], |row| {
        Ok(Identity { id: row.get(0)?, key_check: row.get(1)? })
    })
}

/// Fixes the identity.
pub fn insert(tx: &mut Tx<'_>, identity: &Identity) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "INSERT INTO installation (singleton, id, created_at, key_check) VALUES (1, ?1, ?2, ?3)",
        args![&identity.id, now, &identity.key_check],
    )?;
    Ok(())
}

/// When the first start was.
pub fn created_at(tx: &mut Tx<'_>) -> Result<Time> {
    tx.one("SELECT created_at FROM installation", args![], |row| row.get(0))
}

/// Number of changes of configuration and signing keys so far.
pub fn revision(tx: &mut Tx<'_>) -> Result<i64> {
    tx.one("SELECT revision FROM installation", args![], |row| row.get(0))
}

/// Counts a change of configuration or signing keys.
pub fn count_revision(tx: &mut Tx<'_>) -> Result<()> {
    tx.execute("UPDATE installation SET revision = revision + 1", args![])?;
    Ok(())
}

/// Writes something, to find out whether writing works.
pub fn touch(tx: &mut Tx<'_>) -> Result<()> {
    let now = tx.now();
    tx.execute("UPDATE installation SET written_at = ?1", args![now])?;
    Ok(())
}
