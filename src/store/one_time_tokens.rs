//! One-time tokens of links: only their digests.

use crate::args;
use crate::clock::Time;
use crate::db::{Result, Tx};
use crate::id::UserId;
use crate::secret::TokenDigest;

/// What a token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Proves the address of an account.
    VerifyEmail,
    /// Sets a new password.
    ResetPassword,
    /// Proves a new address for an account.
    ChangeEmail,
    /// Makes the first platform admin.
    Setup,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::ChangeEmail => "change_email",
            Self::Setup => "setup",
        }
    }
}

/// A token that has not expired.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Whose account it concerns; none for the setup link.
    pub user_id: Option<UserId>,
    /// The address it was sent to.
    pub email: Option<String>,
}

/// Stores a token.
pub fn insert(tx: &mut Tx<'_>, digest: &TokenDigest, purpose: Purpose, grant: &Grant, expires_at: Time) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "INSERT INTO one_time_tokens (digest, purpose, user_id, email, created_at, expires_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        args![digest.as_bytes(), purpose.as_str(), grant.user_id.as_ref(), grant.email.as_ref(), now, expires_at],
    )?;
    Ok(())
}

/// The token with this digest and purpose, if it has not expired.
pub fn find(tx: &mut Tx<'_>, digest: &TokenDigest, purpose: Purpose) -> Result<Option<Grant>> {
    let now = tx.now();
    tx.optional(
        "SELECT user_id, email FROM one_time_tokens WHERE digest = ?1 AND purpose = ?2 AND expires_at > ?3",
        args![digest.as_bytes(), purpose.as_str(), now],
        |row| Ok(Grant { user_id: row.get(0)?, email: row.get(1)? }),
    )
}

/// Deletes one token.
pub fn delete(tx: &mut Tx<'_>, digest: &TokenDigest) -> Result<()> {
    tx.execute("DELETE FROM one_time_tokens WHERE digest = ?1", args![digest.as_bytes()])?;
    Ok(())
}

/// Deletes the tokens of a person with this purpose.
pub fn delete_of_user(tx: &mut Tx<'_>, user_id: &UserId, purpose: Purpose) -> Result<()> {
    tx.execute("DELETE FROM one_time_tokens WHERE user_id = ?1 AND purpose = ?2", args![user_id, purpose.as_str()])?;
    Ok(())
}

/// Deletes every token with this purpose.
pub fn delete_all(tx: &mut Tx<'_>, purpose: Purpose) -> Result<()> {
    tx.execute("DELETE FROM one_time_tokens WHERE purpose = ?1", args![purpose.as_str()])?;
    Ok(())
}

/// Deletes tokens that expired before `before`.
pub fn delete_old(tx: &mut Tx<'_>, before: Time) -> Result<u64> {
    tx.execute("DELETE FROM one_time_tokens WHERE expires_at < ?1", args![before])
}
