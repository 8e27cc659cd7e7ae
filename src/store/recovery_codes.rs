//! Recovery codes: only their digests, until they are used.

use crate::args;
use crate::db::{Result, Tx};
use crate::id::UserId;
use crate::secret::TokenDigest;

/// Stores the codes of a person in place of those before.
pub fn replace(tx: &mut Tx<'_>, user_id: &UserId, digests: &[TokenDigest]) -> Result<()> {
    delete_of_user(tx, user_id)?;
    let now = tx.now();
    for digest in digests {
        tx.execute(
            "INSERT INTO recovery_codes (user_id, digest, created_at) VALUES (?1, ?2, ?3)",
            args![user_id, digest.as_bytes(), now],
        )?;
    }
    Ok(())
}

/// Uses a code up; `false` if the person has no such code.
pub fn take(tx: &mut Tx<'_>, user_id: &UserId, digest: &TokenDigest) -> Result<bool> {
    let deleted =
        tx.execute("DELETE FROM recovery_codes WHERE user_id = ?1 AND digest = ?2", args![user_id, digest.as_bytes()])?;
    Ok(deleted == 1)
}

/// How many codes of a person are left.
pub fn count(tx: &mut Tx<'_>, user_id: &UserId) -> Result<i64> {
    tx.one("SELECT count(*) FROM recovery_codes WHERE user_id = ?1", args![user_id], |row| row.get(0))
}

/// Deletes the codes of a person.
pub fn delete_of_user(tx: &mut Tx<'_>, user_id: &UserId) -> Result<()> {
    tx.execute("DELETE FROM recovery_codes WHERE user_id = ?1", args![user_id])?;
    Ok(())
}
