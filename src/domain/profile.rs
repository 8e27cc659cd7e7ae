//! The caller's own account: names, and the proof of an address (contract 16 and 20).

use std::time::Duration;

use crate::db::Tx;
use crate::domain::audit::{self, Changes, Target};
use crate::domain::caller::{Anonymous, Caller};
use crate::domain::fields::{Email, Name};
use crate::domain::installation::Installation;
use crate::domain::outbox::Mail;
use crate::domain::passwords::Reservation;
use crate::domain::throttle;
use crate::error::{Code, Error, Outcome, Result};
use crate::id::UserId;
use crate::secret::{OneTimeToken, TokenDigest};
use crate::store::attempts::Kind;
use crate::store::one_time_tokens::{self, Grant, Purpose};
use crate::store::users::{self, User};
use crate::store::{mfa_challenges, otp_codes};

/// How long the link to a new address is good for.
const CHANGE_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// What the caller wants to change; `None` leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    /// Given name.
    pub first_name: Option<Name>,
    /// Family name.
    pub last_name: Option<Name>,
}

/// Changes the caller's names.
pub fn update(tx: &mut Tx<'_>, caller: &Caller, change: &ProfileChange) -> Result<User> {
    let user = &caller.user;
    let first_name = change.first_name.as_ref().map_or(user.first_name.as_str(), AsRef::as_ref);
    let last_name = change.last_name.as_ref().map_or(user.last_name.as_str(), AsRef::as_ref);
    users::set_names(tx, user, first_name, last_name)?;
    let changes = Changes::none().with("first_name", first_name).with("last_name", last_name);
    audit::record(tx, caller, "user.updated", &Target::new("user", &user.id), changes)?;
    users::by_id(tx, &user.id)?.ok_or_else(|| Error::new(Code::Unauthorized))
}

/// Whether the caller may take this address.
fn check_new_email(tx: &mut Tx<'_>, caller: &Caller, email: &Email) -> Result<Outcome<()>> {
    if caller.user.email == email.as_ref() {
        return Ok(Outcome::Denied(Error::field("email", "is the address of the account already")));
    }
    Ok(match users::by_email(tx, email.as_ref())? {
        Some(_) => Outcome::denied(Code::EmailTaken),
        None => Outcome::Granted(()),
    })
}

/// Sends a link to the new address, and tells the old one, after the password was checked; once a minute at most.
pub fn request_email_change(
    tx: &mut Tx<'_>,
    caller: &Caller,
    installation: &Installation,
    reservation: &Reservation,
    email: &Email,
) -> Result<Outcome<()>> {
    reservation.settle(tx)?;
    // From here on a refusal is a value: the password was right, so its attempt stays given back.
    if let Outcome::Denied(error) = check_new_email(tx, caller, email)? {
        return Ok(Outcome::Denied(error));
    }
    let user = &caller.user;
    let asked = throttle::reserve_mail(tx, Kind::ChangeMail, user.id.as_ref(), &caller.origin)?;
    if let Outcome::Denied(error) = asked {
        return Ok(Outcome::Denied(error));
    }
    one_time_tokens::delete_of_user(tx, &user.id, Purpose::ChangeEmail)?;
    let token = OneTimeToken::from_random(&tx.random());
    let grant = Grant { user_id: Some(user.id.clone()), email: Some(email.to_string()) };
    let expires_at = tx.now() + CHANGE_LIFETIME;
    one_time_tokens::insert(tx, &token.digest(), Purpose::ChangeEmail, &grant, expires_at)?;
    let changes = Changes::none().with("email", email.as_ref());
    audit::record(tx, caller, "user.email_change_requested", &Target::new("user", &user.id), changes)?;
    Mail::to(user, "email_change_confirm")
        .at(email.as_ref())
        .with("verify_url", installation.link("verify-email", token.expose()))
        .with("new_email", email.as_ref())
        .within(CHANGE_LIFETIME)
        .send(tx, installation)?;
    Mail::to(user, "email_change_requested").with("new_email", email.as_ref()).send(tx, installation)?;
    Ok(Outcome::Granted(()))
}

/// Takes the token of a welcome mail or of a change of address; 400 if it is not good any more.
pub fn verify_email(tx: &mut Tx<'_>, by: &Anonymous, installation: &Installation, token: &TokenDigest) -> Result<()> {
    if let Some((user, _)) = holder(tx, token, Purpose::VerifyEmail, |user, email| user.email == email)? {
        one_time_tokens::delete_of_user(tx, &user.id, Purpose::VerifyEmail)?;
        users::set_email_verified(tx, &user.id)?;
        return Ok(audit::record(tx, by, "user.email_verified", &Target::new("user", &user.id), Changes::none())?);
    }
    match holder(tx, token, Purpose::ChangeEmail, |_, _| true)? {
        Some((user, email)) => change_email(tx, by, installation, &user, &email),
        None => Err(Error::new(Code::InvalidToken)),
    }
}

fn holder(
    tx: &mut Tx<'_>,
    token: &TokenDigest,
    purpose: Purpose,
    fits: impl Fn(&User, &str) -> bool,
) -> Result<Option<(User, String)>> {
    let Some(Grant { user_id: Some(user_id), email: Some(email) }) = one_time_tokens::find(tx, token, purpose)? else {
        return Ok(None);
    };
    let user = users::by_id(tx, &user_id)?.filter(|user| !user.is_disabled && fits(user, &email));
    Ok(user.map(|user| (user, email)))
}

fn change_email(tx: &mut Tx<'_>, by: &Anonymous, installation: &Installation, user: &User, email: &str) -> Result<()> {
    match users::set_email(tx, user, email) {
        Err(error) if error.is_unique("users__email") => return Err(Error::new(Code::EmailTaken)),
        changed => changed?,
    }
    forget_old_address(tx, &user.id)?;
    let changes = Changes::none().with("email", email).with("old_email", user.email.as_str());
    audit::record(tx, by, "user.email_changed", &Target::new("user", &user.id), changes)?;
    Mail::to(user, "email_changed").with("new_email", email).send(tx, installation)?;
    Ok(())
}

/// What was sent to the old address must not open the account any more.
fn forget_old_address(tx: &mut Tx<'_>, user_id: &UserId) -> Result<()> {
    for purpose in [Purpose::VerifyEmail, Purpose::ResetPassword, Purpose::ChangeEmail] {
        one_time_tokens::delete_of_user(tx, user_id, purpose)?;
    }
    mfa_challenges::delete_of_user(tx, user_id)?;
    Ok(otp_codes::delete(tx, user_id)?)
}
