//! Signing in with a password: reserve the attempt, hash elsewhere, settle (contract 17 and 18).

use crate::db::Tx;
use crate::domain::audit::{self, Changes, Target};
use crate::domain::caller::Anonymous;
use crate::domain::fields::Email;
use crate::domain::installation::Installation;
use crate::domain::sessions::{self, TokenPair};
use crate::domain::throttle::{self, Attempt};
use crate::error::{Code, Outcome, Result};
use crate::secret::Secret;
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

/// Counts the attempt and reads what to check the password against.
pub fn reserve(tx: &mut Tx<'_>, by: &Anonymous, email: &Email) -> Result<Reservation> {
    let password = users::password_by_email(tx, email.as_ref())?;
    let user_id = password.as_ref().map(|password| &password.user_id);
    let attempt = throttle::reserve_password(tx, email.as_ref(), user_id, &by.origin)?;
    Ok(Reservation { attempt, email: email.clone(), password })
}

/// Starts the session if the password was right and nothing changed meanwhile; else records the failure. Unknown
/// address, wrong password and disabled account look the same from outside.
pub fn settle(
    tx: &mut Tx<'_>,
    by: &Anonymous,
    installation: &Installation,
    reservation: &Reservation,
    checked: &Checked,
    user_agent: Option<&str>,
) -> Result<Outcome<TokenPair>> {
    let user = match &reservation.password {
        Some(reserved) => {
            let current = users::password_by_id(tx, &reserved.user_id)?.map(|password| password.version);
            users::by_id(tx, &reserved.user_id)?
                .filter(|user| user.email == reservation.email.as_ref())
                .map(|user| (user, current == Some(reserved.version)))
        }
        None => None,
    };
    match user {
        Some((user, true)) if checked.is_right && !user.is_disabled => {
            reservation.attempt.give_back(tx)?;
            if let Some(hash) = &checked.rehashed {
                users::set_rehashed_password(tx, &user.id, hash)?;
            }
            sessions::start(tx, by, installation, &user, user_agent, "password").map(Outcome::Granted)
        }
        found => {
            let changes = Changes::none().with("email", reservation.email.as_ref()).with("method", "password");
            let target = match &found {
                Some((user, _)) => Target::new("user", &user.id),
                None => Target::unknown("user"),
            };
            audit::record(tx, by, "session.denied", &target, changes)?;
            Ok(Outcome::denied(Code::InvalidCredentials))
        }
    }
}
