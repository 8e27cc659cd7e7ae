//! Forgotten and changed passwords (contract 20).

use std::time::Duration;

use crate::db::Tx;
use crate::domain::audit::{self, Changes, Target};
use crate::domain::caller::{Acting, Anonymous, Caller};
use crate::domain::fields::{Email, NewPassword};
use crate::domain::installation::Installation;
use crate::domain::outbox::Mail;
use crate::domain::throttle::{self, Attempt};
use crate::error::{Code, Error, Outcome, Result};
use crate::secret::{OneTimeToken, Secret, TokenDigest};
use crate::store::attempts::Kind;
use crate::store::one_time_tokens::{self, Grant, Purpose};
use crate::store::users::{self, Password, User};
use crate::store::{otp_codes, sessions};

/// How long a reset link is good for.
pub const RESET_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// Sends a reset link, if the address belongs to an account that may sign in and none was sent within a minute.
pub fn forgot(tx: &mut Tx<'_>, by: &Anonymous, installation: &Installation, email: &Email) -> Result<()> {
    let asked = throttle::reserve_mail(tx, Kind::ResetMail, email.as_ref(), &by.origin)?;
    let user = users::by_email(tx, email.as_ref())?.filter(|user| !user.is_disabled);
    let (Outcome::Granted(()), Some(user)) = (asked, user) else { return Ok(()) };
    let token = new_reset_token(tx, &user)?;
    Mail::to(&user, "reset_password")
        .with("reset_url", installation.link("reset-password", token.expose()))
        .with("minutes", (RESET_LIFETIME.as_secs() / 60).to_string())
        .within(RESET_LIFETIME)
        .send(tx, installation)?;
    Ok(())
}

/// Makes a reset token for a person.
pub fn new_reset_token(tx: &mut Tx<'_>, user: &User) -> Result<OneTimeToken> {
    let token = OneTimeToken::from_random(&tx.random());
    let grant = Grant { user_id: Some(user.id.clone()), email: Some(user.email.clone()) };
    let expires_at = tx.now() + RESET_LIFETIME;
    one_time_tokens::insert(tx, &token.digest(), Purpose::ResetPassword, &grant, expires_at)?;
    Ok(token)
}

/// The person whose password a reset token may set, before the costly hash is made.
pub fn resetter(tx: &mut Tx<'_>, token: &TokenDigest) -> Result<User> {
    let invalid = || Error::new(Code::InvalidToken);
    let grant = one_time_tokens::find(tx, token, Purpose::ResetPassword)?.ok_or_else(invalid)?;
    let user = match &grant.user_id {
        Some(user_id) => users::by_id(tx, user_id)?,
        None => None,
    };
    user.filter(|user| !user.is_disabled && grant.email.as_deref() == Some(&user.email)).ok_or_else(invalid)
}

/// Sets a new password with a reset token, which proves the address too, and ends every session.
pub fn reset(
    tx: &mut Tx<'_>,
    by: &Anonymous,
    installation: &Installation,
    token: &TokenDigest,
    hash: &Secret,
) -> Result<()> {
    let user = resetter(tx, token)?;
    throttle::forgive(tx, &user.id, &user.email)?;
    replace(tx, by, installation, &user, hash, None, "user.password_reset")?;
    if user.email_verified_at.is_none() {
        users::set_email_verified(tx, &user.id)?;
        audit::record(tx, by, "user.email_verified", &Target::new("user", &user.id), Changes::none())?;
    }
    Ok(())
}

/// Sets the password of a person, at the operator's word, and ends every session.
pub fn set_by_operator(
    tx: &mut Tx<'_>,
    by: &impl Acting,
    installation: &Installation,
    user: &User,
    hash: &Secret,
) -> Result<()> {
    throttle::forgive(tx, &user.id, &user.email)?;
    replace(tx, by, installation, user, hash, None, "user.password_reset")
}

/// A check of the caller's current password on its way: counted, not yet done.
#[derive(Clone, Debug)]
pub struct Reservation {
    attempt: Attempt,
    password: Password,
}

impl Reservation {
    /// What the given password is to be checked against; `None` for an account without one.
    pub fn password_hash(&self) -> Option<&Secret> {
        self.password.hash.as_ref()
    }

    /// Gives the attempt back, unless the password was changed while it was checked: then it was a wrong one.
    pub fn settle(&self, tx: &mut Tx<'_>) -> Result<()> {
        self.attempt.give_back(tx)?;
        let current = users::password_by_id(tx, &self.password.user_id)?;
        if current.is_none_or(|current| current.version != self.password.version) {
            return Err(Error::new(Code::WrongPassword));
        }
        Ok(())
    }
}

/// Counts an attempt at the caller's own password, under the same limits as a sign-in.
pub fn reserve(tx: &mut Tx<'_>, caller: &Caller) -> Result<Reservation> {
    let user = &caller.user;
    let attempt = throttle::reserve_password(tx, &user.email, Some(&user.id), &caller.origin)?.granted()?;
    let password = users::password_by_id(tx, &user.id)?.ok_or_else(|| Error::new(Code::Unauthorized))?;
    Ok(Reservation { attempt, password })
}

/// Changes the caller's password after the current one was checked, and ends every other session.
pub fn change(
    tx: &mut Tx<'_>,
    caller: &Caller,
    installation: &Installation,
    reservation: &Reservation,
    new: &NewPassword,
    hash: &Secret,
) -> Result<()> {
    reservation.settle(tx)?;
    // The address may have changed since the rules were checked.
    NewPassword::parse(new.secret(), &caller.user.email, 0).map_err(|message| Error::field("new_password", message))?;
    replace(tx, caller, installation, &caller.user, hash, Some(caller), "user.password_changed")
}

fn replace(
    tx: &mut Tx<'_>,
    by: &impl Acting,
    installation: &Installation,
    user: &User,
    hash: &Secret,
    keep: Option<&Caller>,
    action: &'static str,
) -> Result<()> {
    users::set_password(tx, &user.id, Some(hash))?;
    // Whoever had the account until now must not take it with a change of address asked for before.
    for purpose in [Purpose::ResetPassword, Purpose::ChangeEmail] {
        one_time_tokens::delete_of_user(tx, &user.id, purpose)?;
    }
    otp_codes::delete(tx, &user.id)?;
    let ended = sessions::end_all(tx, &user.id, keep.map(|caller| &caller.session_id), "password_changed")?;
    let changes = Changes::none().with("sessions_ended", ended);
    audit::record(tx, by, action, &Target::new("user", &user.id), changes)?;
    let address = by.origin().and_then(|origin| origin.address).map(|address| address.to_string());
    Mail::to(user, "password_changed")
        .with("when", tx.now().to_string())
        .with("address", address.unwrap_or_else(|| "the operator's command line".to_owned()))
        .send(tx, installation)?;
    Ok(())
}
