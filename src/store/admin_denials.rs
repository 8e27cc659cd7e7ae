//! How often people called the administration in vain within the hour that they are in.

use crate::args;
use crate::clock::Time;
use crate::db::{Result, Row, Tx};

/// Calls of one person.
pub struct Denials {
    /// Whose; an account may be gone.
    pub user_id: String,
    /// When the first one was.
    pub since: Time,
    /// How many there were.
    pub calls: i64,
}

fn read(row: &Row<'_>) -> Result<Denials> {
    Ok(Denials { user_id: row.get(0)?, since: row.get(1)?, calls: row.get(2)? })
}

/// The calls of a person.
pub fn find(tx: &mut Tx<'_>, user_id: &str) -> Result<Option<Denials>> {
    tx.optional("SELECT user_id, since, calls FROM admin_denials WHERE user_id = ?1", args![user_id], read)
}

/// Counts one more and returns how many there are.
pub fn count(tx: &mut Tx<'_>, user_id: &str) -> Result<i64> {
    let now = tx.now();
    tx.one(
        "INSERT INTO admin_denials (user_id, since, calls) VALUES (?1, ?2, 1) \
         ON CONFLICT (user_id) DO UPDATE SET calls = admin_denials.calls + 1 RETURNING calls",
        args![user_id, now],
        |row| row.get(0),
    )
}

/// Those that began by `before`, the oldest first.
pub fn old(tx: &mut Tx<'_>, before: Time, limit: i64) -> Result<Vec<Denials>> {
    tx.all(
        "SELECT user_id, since, calls FROM admin_denials WHERE since <= ?1 ORDER BY since, user_id LIMIT ?2",
        args![before, limit],
        read,
    )
}

/// Forgets the calls of a person.
pub fn delete(tx: &mut Tx<'_>, user_id: &str) -> Result<()> {
    tx.execute("DELETE FROM admin_denials WHERE user_id = ?1", args![user_id])?;
    Ok(())
}
