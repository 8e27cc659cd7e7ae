//! Sign-ins, their refresh tokens, and the addresses they came from.

use super::mfa_challenges;
use super::users::{User, user_columns};
use crate::args;
use crate::clock::Time;
use crate::db::{Result, Row, Tx};
use crate::id::{KeyId, SessionId, UserId};

/// A sign-in.
#[derive(Clone, Debug)]
pub struct Session {
    /// Its id, the `sid` of its tokens.
    pub id: SessionId,
    /// When the person signed in.
    pub created_at: Time,
    /// The last refresh, or the sign-in.
    pub refreshed_at: Time,
    /// Its end whatever happens.
    pub expires_at: Time,
    /// Where the person signed in from.
    pub address: Option<String>,
    /// What the client called itself.
    pub user_agent: Option<String>,
}

fn read_session(row: &Row<'_>) -> Result<Session> {
    Ok(Session {
        id: row.get(0)?,
        created_at: row.get(1)?,
        refreshed_at: row.get(2)?,
        expires_at: row.get(3)?,
        address: row.get(4)?,
        user_agent: row.get(5)?,
    })
}

/// Stores a new session; `proven_by` is what a second factor was proved with at the sign-in.
pub fn insert(tx: &mut Tx<'_>, user_id: &UserId, session: &Session, proven_by: Option<&'static str>) -> Result<()> {
    tx.execute(
        "INSERT INTO sessions (id, user_id, created_at, refreshed_at, expires_at, address, user_agent, \
         proven_at, proven_by) VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8)",
        args![
            &session.id,
            user_id,
            session.created_at,
            session.expires_at,
            session.address.as_ref(),
            session.user_agent.as_ref(),
            proven_by.map(|_| session.created_at),
            proven_by
        ],
    )?;
    Ok(())
}

/// A session that has not ended, with its person.
pub struct Live {
    /// Who signed in.
    pub user: User,
    /// Its end whatever happens.
    pub expires_at: Time,
    /// Whether a second factor was proved in it.
    pub is_proven: bool,
}

/// The person of a session, if the session has not ended. This runs on every request.
pub fn live(tx: &mut Tx<'_>, id: &SessionId, user_id: &UserId) -> Result<Option<Live>> {
    let now = tx.now();
    tx.optional(
        concat!(
            "SELECT ",
            user_columns!(),
            ", s.expires_at, s.proven_at IS NOT NULL FROM sessions s JOIN users u ON u.id = s.user_id \
             WHERE s.id = ?1 AND s.user_id = ?2 AND s.ended_at IS NULL AND s.expires_at > ?3"
        ),
        args![id, user_id, now],
        |row| Ok(Live { user: User::read(row)?, expires_at: row.get(9)?, is_proven: row.get(10)? }),
    )
}

/// Sessions of a person that still work, newest first: neither ended nor idle for too long.
pub fn list_live(tx: &mut Tx<'_>, user_id: &UserId) -> Result<Vec<Session>> {
    let now = tx.now();
    tx.all(
        "SELECT s.id, s.created_at, s.refreshed_at, s.expires_at, s.address, s.user_agent FROM sessions s \
         WHERE s.user_id = ?1 AND s.ended_at IS NULL AND s.expires_at > ?2 AND EXISTS (SELECT 1 FROM refresh_tokens r \
         WHERE r.session_id = s.id AND r.spent_at IS NULL AND r.expires_at > ?2) \
         ORDER BY s.created_at DESC, s.id DESC",
        args![user_id, now],
        read_session,
    )
}

/// Ends one session of a person; `false` if there is no such session or it has ended.
pub fn end(tx: &mut Tx<'_>, id: &SessionId, user_id: &UserId, reason: &str) -> Result<bool> {
    let now = tx.now();
    let changed = tx.execute(
        "UPDATE sessions SET ended_at = ?3, end_reason = ?4 \
         WHERE id = ?1 AND user_id = ?2 AND ended_at IS NULL AND expires_at > ?3",
        args![id, user_id, now, reason],
    )?;
    Ok(changed == 1)
}

/// Ends the sessions of a person, but for one, and the sign-ins that wait for a second factor. Returns how many sessions.
pub fn end_all(tx: &mut Tx<'_>, user_id: &UserId, except: Option<&SessionId>, reason: &str) -> Result<u64> {
    mfa_challenges::delete_of_user(tx, user_id)?;
    let now = tx.now();
    tx.execute(
        "UPDATE sessions SET ended_at = ?2, end_reason = ?3 \
         WHERE user_id = ?1 AND ended_at IS NULL AND expires_at > ?2 AND id <> ?4",
        args![user_id, now, reason, except.map_or("", AsRef::as_ref)],
    )
}

/// Ends the sessions of everybody, and the sign-ins that wait for a second factor. Returns how many sessions.
pub fn operator_end_all(tx: &mut Tx<'_>, reason: &str) -> Result<u64> {
    mfa_challenges::operator_delete_all(tx)?;
    let now = tx.now();
    tx.execute(
        "UPDATE sessions SET ended_at = ?1, end_reason = ?2 WHERE ended_at IS NULL AND expires_at > ?1",
        args![now, reason],
    )
}

/// Notes that a second factor was proved in a session.
pub fn set_proven(tx: &mut Tx<'_>, id: &SessionId, proven_by: &'static str) -> Result<()> {
    let now = tx.now();
    tx.execute("UPDATE sessions SET proven_at = ?2, proven_by = ?3 WHERE id = ?1", args![id, now, proven_by])?;
    Ok(())
}

/// Notes that what was proved in the sessions of a person counts no more.
pub fn forget_proofs(tx: &mut Tx<'_>, user_id: &UserId) -> Result<()> {
    let sql = "UPDATE sessions SET proven_at = NULL, proven_by = NULL WHERE user_id = ?1 AND proven_at IS NOT NULL";
    tx.execute(sql, args![user_id])?;
    Ok(())
}

/// Notes a refresh.
pub fn set_refreshed(tx: &mut Tx<'_>, id: &SessionId) -> Result<()> {
    let now = tx.now();
    tx.execute("UPDATE sessions SET refreshed_at = ?2 WHERE id = ?1", args![id, now])?;
    Ok(())
}

/// Deletes sessions that ended, whichever way, before `before`, with their refresh tokens.
pub fn delete_old(tx: &mut Tx<'_>, before: Time) -> Result<u64> {
    tx.execute("DELETE FROM sessions WHERE expires_at < ?1 OR ended_at < ?1", args![before])
}

/// What it takes to sign a refresh token again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    /// Its `jti`.
    pub jti: String,
    /// The key that signs it.
    pub kid: KeyId,
    /// Its `iat`.
    pub issued_at: Time,
    /// Its `exp`.
    pub expires_at: Time,
    /// When it was exchanged for its child.
    pub spent_at: Option<Time>,
    /// The token it was exchanged for.
    pub child_jti: Option<String>,
}

/// Stores a new refresh token.
pub fn insert_refresh_token(tx: &mut Tx<'_>, session_id: &SessionId, token: &RefreshToken) -> Result<()> {
    tx.execute(
        "INSERT INTO refresh_tokens (jti, session_id, kid, issued_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        args![&token.jti, session_id, &token.kid, token.issued_at, token.expires_at],
    )?;
    Ok(())
}

/// A refresh token of a session.
pub fn refresh_token(tx: &mut Tx<'_>, session_id: &SessionId, jti: &str) -> Result<Option<RefreshToken>> {
    tx.optional(
        "SELECT jti, kid, issued_at, expires_at, spent_at, child_jti FROM refresh_tokens \
         WHERE jti = ?1 AND session_id = ?2",
        args![jti, session_id],
        |row| {
            Ok(RefreshToken {
                jti: row.get(0)?,
                kid: row.get(1)?,
                issued_at: row.get(2)?,
                expires_at: row.get(3)?,
                spent_at: row.get(4)?,
                child_jti: row.get(5)?,
            })
        },
    )
}

/// Marks a refresh token as exchanged.
pub fn spend_refresh_token(tx: &mut Tx<'_>, jti: &str, child_jti: &str) -> Result<()> {
    let now = tx.now();
    tx.execute("UPDATE refresh_tokens SET spent_at = ?2, child_jti = ?3 WHERE jti = ?1", args![jti, now, child_jti])?;
    Ok(())
}

/// Notes that a person signed in from an address.
pub fn remember_address(tx: &mut Tx<'_>, user_id: &UserId, address: &str) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "INSERT INTO sign_in_addresses (user_id, address, last_used_at) VALUES (?1, ?2, ?3) \
         ON CONFLICT (user_id, address) DO UPDATE SET last_used_at = excluded.last_used_at",
        args![user_id, address, now],
    )?;
    Ok(())
}

/// Whether a person signed in from an address since `since`.
pub fn knows_address(tx: &mut Tx<'_>, user_id: &UserId, address: &str, since: Time) -> Result<bool> {
    let found = tx.optional(
        "SELECT last_used_at FROM sign_in_addresses WHERE user_id = ?1 AND address = ?2 AND last_used_at > ?3",
        args![user_id, address, since],
        |row| row.get::<Time>(0),
    )?;
    Ok(found.is_some())
}

/// Forgets addresses not used since `before`.
pub fn delete_old_addresses(tx: &mut Tx<'_>, before: Time) -> Result<u64> {
    tx.execute("DELETE FROM sign_in_addresses WHERE last_used_at < ?1", args![before])
}
