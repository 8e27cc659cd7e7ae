//! The one-time link with which the first platform admin is made (contract 40).

use std::time::Duration;

use crate::db::Tx;
use crate::domain::accounts::{self, Registration};
use crate::domain::caller::{Anonymous, System};
use crate::domain::installation::Installation;
use crate::error::{Code, Error, Result};
use crate::secret::{OneTimeToken, Secret, TokenDigest};
use crate::store::one_time_tokens::{self, Grant, Purpose};
use crate::store::users::{self, User};

const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// A fresh setup link in place of the one before, or `None` once there is a platform admin.
pub fn link(tx: &mut Tx<'_>, _by: &System, installation: &Installation) -> Result<Option<Secret>> {
    revoke(tx)?;
    if !users::operator_list_admins(tx)?.is_empty() {
        return Ok(None);
    }
    let token = OneTimeToken::from_random(&tx.random());
    let expires_at = tx.now() + LIFETIME;
    let grant = Grant { user_id: None, email: None };
    one_time_tokens::insert(tx, &token.digest(), Purpose::Setup, &grant, expires_at)?;
    Ok(Some(Secret::new(installation.link("setup", token.expose()))))
}

/// Kills the setup link.
pub fn revoke(tx: &mut Tx<'_>) -> Result<()> {
    Ok(one_time_tokens::delete_all(tx, Purpose::Setup)?)
}

/// Whether a setup token is good, before the costly hash is made. None is, once there is a platform admin.
pub fn check(tx: &mut Tx<'_>, token: &TokenDigest) -> Result<()> {
    match one_time_tokens::find(tx, token, Purpose::Setup)? {
        Some(_) => Ok(()),
        None => Err(Error::new(Code::InvalidToken)),
    }
}

/// Makes the first platform admin and kills the link.
pub fn complete(
    tx: &mut Tx<'_>,
    by: &Anonymous,
    token: &TokenDigest,
    new: &Registration,
    password_hash: &Secret,
) -> Result<User> {
    check(tx, token)?;
    accounts::create_admin(tx, by, &new.email, (&new.first_name, &new.last_name), password_hash)
}
