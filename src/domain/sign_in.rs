//! Signing in with a password: reserve the attempt, hash elsewhere, settle (contract 17 and 18).

use crate::db::Tx;
use crate::domain::audit::{self, Changes, Target};
use crate::domain::caller::Anonymous;
use crate::domain::fields::Email;
use crate::domain::installation::Installation;
use crate::domain::mfa::{self, SignIn};
use crate::domain::throttle::{self, Attempt};
use crate::error::{Code, Outcome, Result};
use crate::id::UserId;
use crate::secret::Secret;
use crate::store::mfa_challenges::SignInMethod;
use crate::store::users::{self, Password};

/// A sign-in on its way: counted, not yet checked.
#[derive(Clone, Debug)]
pub struct Reservation {
    attempt: Attempt,
    email: Email,
    password: Option<Password>,
}

impl Reservation {
    /// What the given password is to be checked against; `None` where there is nothing, which must take as long.
    pub fn password_hash(&self) -> Option<&Secret> {
        self.password.as_ref()?.hash.as_ref()
    }
}

/// How the check of the password went.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Whether it is the right one.
    pub is_right: bool,
    /// The same password under today's parameters, where the stored hash has older ones.
    pub rehashed: Option<Secret>,
}

/// Counts the attempt and reads what to check the password against. Denied, and recorded, when too many failed.
pub fn reserve(tx: &mut Tx<'_>, by: &Anonymous, email: &Email) -> Result<Outcome<Reservation>> {
    let password = users::password_by_email(tx, email.as_ref())?;
    let user_id = password.as_ref().map(|password| &password.user_id);
    match throttle::reserve_password(tx, email.as_ref(), user_id, &by.origin)? {
        Outcome::Granted(attempt) => Ok(Outcome::Granted(Reservation { attempt, email: email.clone(), password })),
        Outcome::Denied(error) => {
            record_denial(tx, by, email, user_id, error.code())?;
            Ok(Outcome::Denied(error))
        }
    }
}

fn record_denial(tx: &mut Tx<'_>, by: &Anonymous, email: &Email, user_id: Option<&UserId>, code: Code) -> Result<()> {
    let changes =
        Changes::none().with("email", email.as_ref()).with("method", "password").with("reason", code.as_str());
    let target = user_id.map_or(Target::unknown("user"), |id| Target::new("user", id));
    Ok(audit::record(tx, by, "session.denied", &target, changes)?)
}

/// Goes on with the sign-in if the password was right and nothing changed meanwhile; else records the failure. Unknown
/// address, wrong password and disabled account look the same from outside.
pub fn settle(
    tx: &mut Tx<'_>,
    by: &Anonymous,
    installation: &Installation,
    reservation: &Reservation,
    checked: &Checked,
    user_agent: Option<&str>,
) -> Result<Outcome<SignIn>> {
    // The same two queries whether the address is known or not, so that their time does not tell.
    let user = users::by_email(tx, reservation.email.as_ref())?;
    let current = users::password_by_email(tx, reservation.email.as_ref())?;
    let unchanged = match (&reservation.password, &current) {
        (Some(reserved), Some(current)) => reserved.user_id == current.user_id && reserved.version == current.version,
        _ => false,
    };
    match user {
        Some(user) if checked.is_right && unchanged && !user.is_disabled => {
            reservation.attempt.give_back(tx)?;
            if let Some(hash) = &checked.rehashed {
                users::set_rehashed_password(tx, &user.id, hash)?;
            }
            mfa::proceed(tx, by, installation, &user, user_agent, SignInMethod::Password).map(Outcome::Granted)
        }
        user => {
            let user_id = user.map(|user| user.id);
            record_denial(tx, by, &reservation.email, user_id.as_ref(), Code::InvalidCredentials)?;
            Ok(Outcome::denied(Code::InvalidCredentials))
        }
    }
}
