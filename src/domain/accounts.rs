//! Registration.

use std::time::Duration;

use crate::db::Tx;
use crate::domain::audit::{self, Changes, Target};
use crate::domain::caller::{Acting, Anonymous};
use crate::domain::fields::{Email, Name, NewPassword};
use crate::domain::installation::Installation;
use crate::domain::invites::{self, Invitation};
use crate::domain::outbox::Mail;
use crate::error::{Code, Error, Result};
use crate::secret::{OneTimeToken, Secret, TokenDigest};
use crate::store::one_time_tokens::{self, Grant, Purpose};
use crate::store::users::{self, NewUser, User};

/// How long the link of the welcome mail is good for.
const VERIFY_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A person who wants an account.
#[derive(Clone, Debug)]
pub struct Registration {
    /// Address.
    pub email: Email,
    /// Password, within the rules.
    pub password: NewPassword,
    /// Given name.
    pub first_name: Name,
    /// Family name.
    pub last_name: Name,
    /// Of an invitation into a tenant.
    pub invite_token: Option<TokenDigest>,
}

/// Whether the person may register, and whether the address is free, before the costly hash is made. Returns the
/// invitation, if one was shown.
pub fn check(tx: &mut Tx<'_>, installation: &Installation, new: &Registration) -> Result<Option<Invitation>> {
    let invitation = match &new.invite_token {
        Some(token) => Some(invites::find(tx, token, new.email.as_ref())?),
        None => None,
    };
    if !installation.settings().may_register(&new.email, invitation.is_some()) {
        return Err(Error::new(Code::RegistrationClosed));
    }
    match users::by_email(tx, new.email.as_ref())? {
        Some(_) => Err(Error::new(Code::EmailTaken)),
        None => Ok(invitation),
    }
}

/// Makes the account, and its welcome mail or, with an invitation, its membership: then the address is proved already.
/// Of parallel registrations of one address exactly one succeeds.
pub fn register(
    tx: &mut Tx<'_>,
    by: &Anonymous,
    installation: &Installation,
    new: &Registration,
    password_hash: &Secret,
) -> Result<User> {
    let invitation = check(tx, installation, new)?;
    let user = insert(
        tx,
        by,
        &NewUser {
            email: new.email.as_ref(),
            first_name: new.first_name.as_ref(),
            last_name: new.last_name.as_ref(),
            password_hash: Some(password_hash),
            is_platform_admin: false,
            email_verified_at: None,
        },
    )?;
    if let Some(invitation) = invitation {
        invites::join(tx, by, installation, &user, &invitation)?;
        return Ok(user);
    }
    let token = OneTimeToken::from_random(&tx.random());
    let grant = Grant { user_id: Some(user.id.clone()), email: Some(user.email.clone()) };
    let expires_at = tx.now() + VERIFY_LIFETIME;
    one_time_tokens::insert(tx, &token.digest(), Purpose::VerifyEmail, &grant, expires_at)?;
    Mail::to(&user, "welcome")
        .with("verify_url", installation.link("verify-email", token.expose()))
        .within(VERIFY_LIFETIME)
        .send(tx, installation)?;
    Ok(user)
}

/// Stores an account and its audit event; a taken address is a 400.
fn insert(tx: &mut Tx<'_>, by: &impl Acting, new: &NewUser<'_>) -> Result<User> {
    let user = match users::insert(tx, new) {
        Err(error) if error.is_unique("users__email") => return Err(Error::new(Code::EmailTaken)),
        inserted => inserted?,
    };
    let changes = Changes::none().with("email", new.email).with("is_platform_admin", new.is_platform_admin);
    audit::record(tx, by, "user.created", &Target::new("user", &user.id), changes)?;
    Ok(user)
}

/// Makes an account without a password, whoever may register here. A name that is not known is made of the address.
pub fn create_without_password(
    tx: &mut Tx<'_>,
    by: &impl Acting,
    email: &Email,
    (first_name, last_name): (Option<&Name>, Option<&Name>),
) -> Result<User> {
    let local_part = email.as_ref().split('@').next().unwrap_or_default();
    let new = NewUser {
        email: email.as_ref(),
        first_name: first_name.map_or(local_part, AsRef::as_ref),
        last_name: last_name.map_or("", AsRef::as_ref),
        password_hash: None,
        is_platform_admin: false,
        email_verified_at: None,
    };
    insert(tx, by, &new)
}

/// Makes a platform admin, whose address counts as proved, and kills the setup link.
pub fn create_admin(
    tx: &mut Tx<'_>,
    by: &impl Acting,
    email: &Email,
    (first_name, last_name): (&Name, &Name),
    password_hash: &Secret,
) -> Result<User> {
    let new = NewUser {
        email: email.as_ref(),
        first_name: first_name.as_ref(),
        last_name: last_name.as_ref(),
        password_hash: Some(password_hash),
        is_platform_admin: true,
        email_verified_at: Some(tx.now()),
    };
    let user = insert(tx, by, &new)?;
    one_time_tokens::delete_all(tx, Purpose::Setup)?;
    Ok(user)
}
