//! Keys that sign tokens.

use crate::args;
use crate::db::{Result, Tx};
use crate::id::KeyId;

/// A stored key.
pub struct StoredKey {
    /// Its id, the `kid` of its tokens.
    pub id: KeyId,
    /// `HS256` or `EdDSA`.
    pub algorithm: String,
    /// HMAC secret or Ed25519 seed, sealed.
    pub secret_sealed: Vec<u8>,
}

/// Every key, newest first.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<StoredKey>> {
    tx.all("SELECT id, algorithm, secret_sealed FROM signing_keys ORDER BY created_at DESC, id DESC", args![], |row| {
        Ok(StoredKey { id: row.get(0)?, algorithm: row.get(1)?, secret_sealed: row.get(2)? })
    })
}

/// Stores a key.
pub fn insert(tx: &mut Tx<'_>, key: &StoredKey) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "INSERT INTO signing_keys (id, algorithm, secret_sealed, created_at) VALUES (?1, ?2, ?3, ?4)",
        args![&key.id, &key.algorithm, &key.secret_sealed, now],
    )?;
    Ok(())
}
