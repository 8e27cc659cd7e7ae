//! Signing in with an emailed code (contract 19).

use std::time::Duration;

use crate::db::Tx;
use crate::domain::audit::{self, Changes, Target};
use crate::domain::caller::Anonymous;
use crate::domain::fields::Email;
use crate::domain::installation::Installation;
use crate::domain::mfa::{self, SignIn};
use crate::domain::outbox::Mail;
use crate::domain::throttle;
use crate::error::{Code, Error, Outcome, Result};
use crate::id::UserId;
use crate::secret::{Place, constant_time_equal};
use crate::store::attempts::Kind;
use crate::store::mfa_challenges::SignInMethod;
use crate::store::one_time_tokens::{self, Purpose};
use crate::store::users::{self, User};
use crate::store::{otp_codes, sessions};

const LIFETIME: Duration = Duration::from_secs(10 * 60);
const WRONG_TRIES: i64 = 5;

/// Sends a code, if the address belongs to an account that may sign in and none was sent within a minute. Whoever asked
/// is told the same in every case.
pub fn request(tx: &mut Tx<'_>, by: &Anonymous, installation: &Installation, email: &Email) -> Result<()> {
    let asked = throttle::reserve_mail(tx, Kind::OtpMail, email.as_ref(), &by.origin)?;
    let user = users::by_email(tx, email.as_ref())?.filter(|user| !user.is_disabled);
    let (Outcome::Granted(()), Some(user)) = (asked, user) else { return Ok(()) };
    let now = tx.now();
    let code = format!("{:06}", tx.random_below(1_000_000));
    let nonce = tx.random();
    let sealed = installation.vault().seal(place(&user.id), code.as_bytes(), &nonce);
    otp_codes::replace(tx, &user.id, &sealed, now + LIFETIME)?;
    let voids_password = user.email_verified_at.is_none();
    Mail::to(&user, "otp")
        .with("code", code)
        .with("minutes", (LIFETIME.as_secs() / 60).to_string())
        .with("voids_password", if voids_password { "true" } else { "" })
        .within(LIFETIME)
        .send(tx, installation)?;
    Ok(())
}

/// Signs in with a code. Every failure is the same 401; it is counted in the transaction that checks.
pub fn verify(
    tx: &mut Tx<'_>,
    by: &Anonymous,
    installation: &Installation,
    email: &Email,
    code: &str,
    user_agent: Option<&str>,
) -> Result<Outcome<SignIn>> {
    let user = users::by_email(tx, email.as_ref())?;
    if let Some(user) = user.as_ref().filter(|user| !user.is_disabled)
        && let Some(attempt) = throttle::reserve_code(tx, &user.id, &by.origin)?
        && is_right(tx, installation, &user.id, code)?
    {
        attempt.give_back(tx)?;
        throttle::forgive_codes(tx, &user.id)?;
        if user.email_verified_at.is_none() {
            prove_address(tx, by, user)?;
        }
        return mfa::proceed(tx, by, installation, user, user_agent, SignInMethod::Otp).map(Outcome::Granted);
    }
    let changes = Changes::none().with("email", email.as_ref()).with("method", "otp");
    let target = user.as_ref().map_or(Target::unknown("user"), |user| Target::new("user", &user.id));
    audit::record(tx, by, "session.denied", &target, changes)?;
    Ok(Outcome::denied(Code::InvalidCode))
}

/// Compares with the newest code and uses it up, or counts the wrong try against it.
fn is_right(tx: &mut Tx<'_>, installation: &Installation, user_id: &UserId, code: &str) -> Result<bool> {
    let now = tx.now();
    let Some(live) = otp_codes::newest(tx, user_id)?.filter(|code| !code.is_burnt && code.expires_at > now) else {
        return Ok(false);
    };
    let right = installation.vault().unseal(place(user_id), &live.code_sealed).map_err(Error::internal)?;
    if constant_time_equal(&right, code.as_bytes()) {
        otp_codes::set_tries(tx, user_id, live.wrong_tries, true)?;
        return Ok(true);
    }
    let wrong_tries = live.wrong_tries + 1;
    otp_codes::set_tries(tx, user_id, wrong_tries, wrong_tries >= WRONG_TRIES)?;
    Ok(false)
}

/// The first proof of an address ends what somebody else may have prepared in the account: sessions and password
/// (contract 16).
fn prove_address(tx: &mut Tx<'_>, by: &Anonymous, user: &User) -> Result<()> {
    users::set_email_verified(tx, &user.id)?;
    put_out(tx, user, "address_proved")?;
    let changes = Changes::none().with("password", "removed").with("sessions", "ended");
    Ok(audit::record(tx, by, "user.email_verified", &Target::new("user", &user.id), changes)?)
}

/// Ends whatever lets somebody into an account: sessions, password, links.
pub(super) fn put_out(tx: &mut Tx<'_>, user: &User, reason: &str) -> Result<()> {
    users::set_password(tx, &user.id, None)?;
    for purpose in [Purpose::ResetPassword, Purpose::VerifyEmail, Purpose::ChangeEmail] {
        one_time_tokens::delete_of_user(tx, &user.id, purpose)?;
    }
    sessions::end_all(tx, &user.id, None, reason)?;
    Ok(())
}

fn place(user_id: &UserId) -> Place<'_> {
    Place { table: "otp_codes", row: user_id.as_ref(), column: "code_sealed" }
}
