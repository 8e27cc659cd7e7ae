//! Sign-in codes: at most one for each person.

use crate::args;
use crate::clock::Time;
use crate::db::{Result, Tx};
use crate::id::UserId;

/// The newest code of a person.
pub struct OtpCode {
    /// The code, sealed.
    pub code_sealed: Vec<u8>,
    /// When it was made.
    pub created_at: Time,
    /// When it stops working.
    pub expires_at: Time,
    /// Wrong codes tried against it.
    pub wrong_tries: i64,
    /// Used or tried too often.
    pub is_burnt: bool,
}

/// Stores the newest code in place of the one before.
pub fn replace(tx: &mut Tx<'_>, user_id: &UserId, code_sealed: &[u8], expires_at: Time) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "INSERT INTO otp_codes (user_id, code_sealed, created_at, expires_at, wrong_tries, burnt) \
         VALUES (?1, ?2, ?3, ?4, 0, ?5) ON CONFLICT (user_id) DO UPDATE SET code_sealed = excluded.code_sealed, \
         created_at = excluded.created_at, expires_at = excluded.expires_at, wrong_tries = 0, burnt = excluded.burnt",
        args![user_id, code_sealed, now, expires_at, false],
    )?;
    Ok(())
}

/// The newest code of a person, live or not.
pub fn newest(tx: &mut Tx<'_>, user_id: &UserId) -> Result<Option<OtpCode>> {
    tx.optional(
        "SELECT code_sealed, created_at, expires_at, wrong_tries, burnt FROM otp_codes WHERE user_id = ?1",
        args![user_id],
        |row| {
            Ok(OtpCode {
                code_sealed: row.get(0)?,
                created_at: row.get(1)?,
                expires_at: row.get(2)?,
                wrong_tries: row.get(3)?,
                is_burnt: row.get(4)?,
            })
        },
    )
}

/// Stores how often the code was tried in vain, and whether it is burnt.
pub fn set_tries(tx: &mut Tx<'_>, user_id: &UserId, wrong_tries: i64, is_burnt: bool) -> Result<()> {
    tx.execute(
        "UPDATE otp_codes SET wrong_tries = ?2, burnt = ?3 WHERE user_id = ?1",
        args![user_id, wrong_tries, is_burnt],
    )?;
    Ok(())
}

/// Deletes the code of a person.
pub fn delete(tx: &mut Tx<'_>, user_id: &UserId) -> Result<()> {
    tx.execute("DELETE FROM otp_codes WHERE user_id = ?1", args![user_id])?;
    Ok(())
}

/// Deletes codes that expired before `before`.
pub fn delete_old(tx: &mut Tx<'_>, before: Time) -> Result<u64> {
    tx.execute("DELETE FROM otp_codes WHERE expires_at < ?1", args![before])
}
