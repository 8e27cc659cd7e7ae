//! Sign-ins that wait for the second factor: only the digests of their tokens.

use crate::args;
use crate::clock::Time;
use crate::db::{Column, DbError, Result, Row, Tx, Value};
use crate::id::UserId;
use crate::secret::TokenDigest;

/// How the first factor was proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInMethod {
    /// With the password.
    Password,
    /// With an emailed code.
    Otp,
}

impl SignInMethod {
    /// Its name in the audit and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Otp => "otp",
        }
    }
}

impl Column for SignInMethod {
    fn read(row: &Row<'_>, index: usize) -> Result<Self> {
        match row.get::<String>(index)?.as_str() {
            "password" => Ok(Self::Password),
            "otp" => Ok(Self::Otp),
            _ => Err(DbError::Other("an unknown way to sign in".to_owned())),
        }
    }
}

impl From<SignInMethod> for Value<'_> {
    fn from(method: SignInMethod) -> Self {
        method.as_str().into()
    }
}

/// A sign-in that waits.
pub struct MfaChallenge {
    /// Who signs in.
    pub user_id: UserId,
    /// How the first factor was proved.
    pub method: SignInMethod,
    /// Wrong codes tried with its token.
    pub wrong_tries: i64,
}

/// Stores a sign-in that waits.
pub fn insert(
    tx: &mut Tx<'_>,
    digest: &TokenDigest,
    user_id: &UserId,
    method: SignInMethod,
    expires_at: Time,
) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "INSERT INTO mfa_challenges (digest, user_id, method, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        args![digest.as_bytes(), user_id, method, now, expires_at],
    )?;
    Ok(())
}

/// The sign-in whose token has this digest, if it has not expired.
pub fn find(tx: &mut Tx<'_>, digest: &TokenDigest) -> Result<Option<MfaChallenge>> {
    let now = tx.now();
    tx.optional(
        "SELECT user_id, method, wrong_tries FROM mfa_challenges WHERE digest = ?1 AND expires_at > ?2",
        args![digest.as_bytes(), now],
        |row| Ok(MfaChallenge { user_id: row.get(0)?, method: row.get(1)?, wrong_tries: row.get(2)? }),
    )
}

/// Stores how often a code was tried in vain.
pub fn set_wrong_tries(tx: &mut Tx<'_>, digest: &TokenDigest, wrong_tries: i64) -> Result<()> {
    tx.execute("UPDATE mfa_challenges SET wrong_tries = ?2 WHERE digest = ?1", args![digest.as_bytes(), wrong_tries])?;
    Ok(())
}

/// Deletes one.
pub fn delete(tx: &mut Tx<'_>, digest: &TokenDigest) -> Result<()> {
    tx.execute("DELETE FROM mfa_challenges WHERE digest = ?1", args![digest.as_bytes()])?;
    Ok(())
}

/// Deletes those of a person.
pub fn delete_of_user(tx: &mut Tx<'_>, user_id: &UserId) -> Result<()> {
    tx.execute("DELETE FROM mfa_challenges WHERE user_id = ?1", args![user_id])?;
    Ok(())
}

/// Ends the sign-ins of everybody that wait.
pub fn operator_delete_all(tx: &mut Tx<'_>) -> Result<()> {
    tx.execute("DELETE FROM mfa_challenges", args![])?;
    Ok(())
}

/// Deletes those that expired before `before`.
pub fn delete_old(tx: &mut Tx<'_>, before: Time) -> Result<u64> {
    tx.execute("DELETE FROM mfa_challenges WHERE expires_at < ?1", args![before])
}
