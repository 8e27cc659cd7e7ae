//! Requests that were sent under a key, and their first replies.

use crate::args;
use crate::clock::Time;
use crate::db::{Result, Tx};

/// A request that was sent under a key.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Digest of what was asked for.
    pub request_sealed: Vec<u8>,
    /// When the key was first used.
    pub created_at: Time,
    /// When the run that counts began.
    pub started_at: Time,
    /// When that run changed something for the last time.
    pub changed_at: Option<Time>,
    /// Its reply, once there is one.
    pub reply: Option<StoredReply>,
}

/// A reply as it is stored.
#[derive(Clone, Debug)]
pub struct StoredReply {
    /// Its HTTP status.
    pub status: i64,
    /// Name of what was refused, if it is a refusal.
    pub code: Option<String>,
    /// Its body, or the text of the refusal.
    pub sealed: Vec<u8>,
}

/// What is stored under a key.
pub fn find(tx: &mut Tx<'_>, id: &str) -> Result<Option<Stored>> {
    tx.optional(
        "SELECT request_sealed, created_at, started_at, changed_at, status, code, reply_sealed \
         FROM idempotency_keys WHERE id = ?1",
        args![id],
        |row| {
            let (status, sealed): (Option<i64>, Option<Vec<u8>>) = (row.get(4)?, row.get(6)?);
            let code = row.get(5)?;
            Ok(Stored {
                request_sealed: row.get(0)?,
                created_at: row.get(1)?,
                started_at: row.get(2)?,
                changed_at: row.get(3)?,
                reply: status.zip(sealed).map(|(status, sealed)| StoredReply { status, code, sealed }),
            })
        },
    )
}

/// How many keys a caller has used since `since`, and when the first of them was.
pub fn count(tx: &mut Tx<'_>, caller: &str, since: Time) -> Result<(u64, Option<Time>)> {
    let (count, oldest) = tx.one(
        "SELECT count(*), min(created_at) FROM idempotency_keys WHERE caller = ?1 AND created_at > ?2",
        args![caller, since],
        |row| Ok((row.get::<i64>(0)?, row.get(1)?)),
    )?;
    Ok((count.unsigned_abs(), oldest))
}

/// Begins the first run of a request under a key; `false` if something is stored under it.
pub fn insert(tx: &mut Tx<'_>, id: &str, caller: &str, run: &str, request_sealed: &[u8]) -> Result<bool> {
    let now = tx.now();
    let inserted = tx.execute(
        "INSERT INTO idempotency_keys (id, caller, run, request_sealed, created_at, started_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?5) ON CONFLICT (id) DO NOTHING",
        args![id, caller, run, request_sealed, now],
    )?;
    Ok(inserted == 1)
}

/// Begins another run of a request under a key, in place of whatever is stored under it.
pub fn begin_again(tx: &mut Tx<'_>, id: &str, run: &str, request_sealed: &[u8], created_at: Time) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE idempotency_keys SET run = ?2, request_sealed = ?3, created_at = ?4, started_at = ?5, \
         changed_at = NULL, status = NULL, code = NULL, reply_sealed = NULL WHERE id = ?1",
        args![id, run, request_sealed, created_at, now],
    )?;
    Ok(())
}

/// Notes that a run changes something; `false` if it is not the one that counts any more.
pub fn set_changed(tx: &mut Tx<'_>, id: &str, run: &str) -> Result<bool> {
    let now = tx.now();
    let changed =
        tx.execute("UPDATE idempotency_keys SET changed_at = ?3 WHERE id = ?1 AND run = ?2", args![id, run, now])?;
    Ok(changed == 1)
}

/// Stores the reply of a run.
pub fn set_reply(tx: &mut Tx<'_>, id: &str, run: &str, reply: &StoredReply) -> Result<()> {
    tx.execute(
        "UPDATE idempotency_keys SET status = ?3, code = ?4, reply_sealed = ?5 WHERE id = ?1 AND run = ?2",
        args![id, run, reply.status, reply.code.as_ref(), &reply.sealed],
    )?;
    Ok(())
}

/// Forgets a run.
pub fn delete(tx: &mut Tx<'_>, id: &str, run: &str) -> Result<()> {
    tx.execute("DELETE FROM idempotency_keys WHERE id = ?1 AND run = ?2", args![id, run])?;
    Ok(())
}

/// Forgets a run unless it changed something.
pub fn delete_unchanged(tx: &mut Tx<'_>, id: &str, run: &str) -> Result<()> {
    tx.execute("DELETE FROM idempotency_keys WHERE id = ?1 AND run = ?2 AND changed_at IS NULL", args![id, run])?;
    Ok(())
}

/// Deletes at most `limit` of what was first used before `before`.
pub fn delete_old(tx: &mut Tx<'_>, before: Time, limit: i64) -> Result<u64> {
    tx.execute(
        "DELETE FROM idempotency_keys WHERE id IN (SELECT id FROM idempotency_keys WHERE created_at <= ?1 LIMIT ?2)",
        args![before, limit],
    )
}
