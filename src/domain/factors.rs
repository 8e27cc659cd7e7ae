//! Second factors of people: setting them up, proving them, taking them away (contract 23 and 42).
//!
//! What was decided:
//! - A person has one TOTP factor and a set of ten recovery codes with it. The table is a list, so that other kinds fit.
//! - Setting one up needs the password, and a code within 15 minutes. Until then nothing is different: no mail, no session
//!   ends. With the code the session counts as proven, every other one ends, and the person is told.
//! - A code is taken once. The step of the last one is kept in the transaction that checks it, from the confirmation on;
//!   a recovery code is deleted as it is used.
//! - Every wrong code of whatever route counts, twenty an hour for the person. Then no code of the app is taken for an hour,
//!   the right one neither, and that looks like any wrong code; a mail says so. A right code forgives nothing, and a new
//!   password neither: else whoever reads the person's mail could guess on and on.
//! - Recovery codes are counted apart, twenty wrong ones an hour for the person and the address they come from. Else whoever
//!   knows the password could keep the person out for as long as he likes; and 80 bits are not guessed from however many
//!   addresses. So they are the way in while the app's codes are locked.
//! - Without the factor the proofs of all sessions count no more: what they proved is gone.

use std::time::Duration;

use crate::db::Tx;
use crate::domain::audit::{self, Changes, Target};
use crate::domain::caller::{Acting, Caller};
use crate::domain::installation::Installation;
use crate::domain::outbox::Mail;
use crate::domain::passwords::{self, Reservation};
use crate::domain::recovery;
use crate::domain::throttle;
use crate::domain::totp::TotpSeed;
use crate::error::{Code, Error, Outcome, Result};
use crate::id::{FactorId, UserId};
use crate::secret::{Place, Secret};
use crate::store::factors::{self, Factor, TotpFactor};
use crate::store::one_time_tokens::{self, Purpose};
use crate::store::users::User;
use crate::store::{mfa_challenges, recovery_codes, sessions};

/// How long somebody may take to set a factor up.
pub const SETUP_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// What a second factor was proved with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A code of the app.
    Totp,
    /// A recovery code.
    RecoveryCode,
}

impl Proof {
    /// Its name in the audit and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::RecoveryCode => "recovery_code",
        }
    }
}

/// What the caller has.
pub struct OwnFactors {
    /// Factors that are set up, oldest first.
    pub factors: Vec<Factor>,
    /// Recovery codes that were not used.
    pub recovery_codes_left: i64,
    /// Whether one was proved in this session.
    pub is_proven: bool,
}

/// What the caller has.
pub fn show(tx: &mut Tx<'_>, caller: &Caller) -> Result<OwnFactors> {
    let user_id = &caller.user.id;
    Ok(OwnFactors {
        factors: factors::list(tx, user_id)?,
        recovery_codes_left: recovery_codes::count(tx, user_id)?,
        is_proven: caller.is_proven,
    })
}

/// What somebody puts into an app.
pub struct NewTotp {
    /// The seed, in base32.
    pub secret: Secret,
    /// The same with names, as an address.
    pub otpauth_uri: Secret,
}

/// Counts an attempt at the caller's password, unless there is a factor already.
pub fn reserve_setup(tx: &mut Tx<'_>, caller: &Caller) -> Result<Reservation> {
    match factors::has_any(tx, &caller.user.id)? {
        true => Err(Error::new(Code::MfaAlreadyEnabled)),
        false => passwords::reserve(tx, caller),
    }
}

/// Begins to set a factor up, in place of one that was begun before, after the password was checked.
pub fn begin_totp(
    tx: &mut Tx<'_>,
    caller: &Caller,
    installation: &Installation,
    reservation: &Reservation,
) -> Result<Outcome<NewTotp>> {
    reservation.settle(tx)?;
    let user = &caller.user;
    let id: FactorId = tx.new_id();
    let seed = TotpSeed::from_random(tx.random());
    let nonce = tx.random();
    let sealed = installation.vault().seal(place(&id), seed.as_bytes(), &nonce);
    // From here on a refusal is a value: the password was right, so its attempt stays given back.
    if !factors::begin_totp(tx, &id, &user.id, &sealed)? {
        return Ok(Outcome::denied(Code::MfaAlreadyEnabled));
    }
    let changes = Changes::none().with("kind", "totp");
    audit::record(tx, caller, "user.second_factor_begun", &Target::new("user", &user.id), changes)?;
    let otpauth_uri = seed.otpauth_uri(installation.name(), &user.email)?;
    Ok(Outcome::Granted(NewTotp { secret: seed.to_base32(), otpauth_uri }))
}

/// Finishes setting a factor up with its first code; returns the recovery codes, which are shown this once.
pub fn confirm_totp(
    tx: &mut Tx<'_>,
    caller: &Caller,
    installation: &Installation,
    code: &str,
) -> Result<Outcome<Vec<Secret>>> {
    let user = &caller.user;
    let now = tx.now();
    let begun =
        factors::totp(tx, &user.id)?.filter(|begun| !begun.is_confirmed && begun.created_at + SETUP_LIFETIME > now);
    // Where no code could be right none counts as wrong: else a token alone would lock the factor that there is.
    let Some(begun) = begun else { return Ok(Outcome::denied(Code::InvalidCode)) };
    let Some(attempt) = throttle::reserve_factor(tx, &user.id, &caller.origin)? else {
        return Ok(Outcome::denied(Code::InvalidCode));
    };
    let matching = matching_step(tx, installation, &begun, code)?.map(|step| (begun.id, step));
    let Some((id, step)) = matching else {
        lock_if_spent(tx, caller, installation, user)?;
        return Ok(Outcome::denied(Code::InvalidCode));
    };
    attempt.give_back(tx)?;
    factors::set_proved(tx, &id, step)?;
    let codes = new_recovery_codes(tx, &user.id)?;
    let ended = sessions::end_all(tx, &user.id, Some(&caller.session_id), "second_factor_added")?;
    // Nor may whoever had one of them take the account with a change of address asked for before.
    one_time_tokens::delete_of_user(tx, &user.id, Purpose::ChangeEmail)?;
    sessions::set_proven(tx, &caller.session_id, Proof::Totp.as_str())?;
    let changes = Changes::none().with("kind", "totp").with("sessions_ended", ended);
    audit::record(tx, caller, "user.second_factor_added", &Target::new("user", &user.id), changes)?;
    notice(tx, caller, user, "second_factor_added").send(tx, installation)?;
    Ok(Outcome::Granted(codes))
}

/// Counts an attempt at the caller's password for a change of the factor; 404 where there is none.
pub fn reserve_change(tx: &mut Tx<'_>, caller: &Caller) -> Result<Reservation> {
    match factors::has_any(tx, &caller.user.id)? {
        true => passwords::reserve(tx, caller),
        false => Err(Error::new(Code::NotFound).with_detail("You have no second factor.")),
    }
}

/// Takes the caller's factor away, after the password was checked, with a code of it.
pub fn remove_totp(
    tx: &mut Tx<'_>,
    caller: &Caller,
    installation: &Installation,
    reservation: &Reservation,
    code: &str,
) -> Result<Outcome<()>> {
    reservation.settle(tx)?;
    let user = &caller.user;
    if prove(tx, caller, installation, user, code)?.is_none() {
        return Ok(Outcome::denied(Code::InvalidCode));
    }
    end(tx, &user.id)?;
    let changes = Changes::none().with("kind", "totp");
    audit::record(tx, caller, "user.second_factor_removed", &Target::new("user", &user.id), changes)?;
    notice(tx, caller, user, "second_factor_removed").send(tx, installation)?;
    Ok(Outcome::Granted(()))
}

/// Makes a new set of recovery codes, after the password was checked, with a code; those before are dead.
pub fn renew_recovery_codes(
    tx: &mut Tx<'_>,
    caller: &Caller,
    installation: &Installation,
    reservation: &Reservation,
    code: &str,
) -> Result<Outcome<Vec<Secret>>> {
    reservation.settle(tx)?;
    let user = &caller.user;
    if prove(tx, caller, installation, user, code)?.is_none() {
        return Ok(Outcome::denied(Code::InvalidCode));
    }
    let codes = new_recovery_codes(tx, &user.id)?;
    audit::record(tx, caller, "user.recovery_codes_renewed", &Target::new("user", &user.id), Changes::none())?;
    notice(tx, caller, user, "recovery_codes_renewed").send(tx, installation)?;
    Ok(Outcome::Granted(codes))
}

/// Takes every factor of a person away at somebody's word who may say so; returns how many there were.
pub fn reset(tx: &mut Tx<'_>, by: &impl Acting, installation: &Installation, user: &User) -> Result<u64> {
    let removed = end(tx, &user.id)?;
    let changes = Changes::none().with("factors", removed);
    audit::record(tx, by, "user.second_factor_reset", &Target::new("user", &user.id), changes)?;
    if removed > 0 {
        notice(tx, by, user, "second_factor_reset").send(tx, installation)?;
    }
    Ok(removed)
}

/// Checks a code of a person in the transaction that counts it, and uses it up.
pub fn prove(
    tx: &mut Tx<'_>,
    by: &impl Acting,
    installation: &Installation,
    user: &User,
    code: &str,
) -> Result<Option<Proof>> {
    let origin = by.origin().cloned().unwrap_or_default();
    if let Some(digest) = recovery::digest(&user.id, code) {
        let Some(attempt) = throttle::reserve_recovery_code(tx, &user.id, &origin)? else { return Ok(None) };
        if !recovery_codes::take(tx, &user.id, &digest)? {
            return Ok(None);
        }
        attempt.give_back(tx)?;
        let left = recovery_codes::count(tx, &user.id)?;
        let changes = Changes::none().with("left", left);
        audit::record(tx, by, "user.recovery_code_used", &Target::new("user", &user.id), changes)?;
        notice(tx, by, user, "recovery_code_used").with("left", left.to_string()).send(tx, installation)?;
        return Ok(Some(Proof::RecoveryCode));
    }
    let Some(attempt) = throttle::reserve_factor(tx, &user.id, &origin)? else { return Ok(None) };
    if !take_totp(tx, installation, &user.id, code)? {
        lock_if_spent(tx, by, installation, user)?;
        return Ok(None);
    }
    attempt.give_back(tx)?;
    Ok(Some(Proof::Totp))
}

fn take_totp(tx: &mut Tx<'_>, installation: &Installation, user_id: &UserId, code: &str) -> Result<bool> {
    let Some(factor) = factors::totp(tx, user_id)?.filter(|factor| factor.is_confirmed) else { return Ok(false) };
    let Some(step) = matching_step(tx, installation, &factor, code)? else { return Ok(false) };
    factors::set_proved(tx, &factor.id, step)?;
    Ok(true)
}

fn matching_step(tx: &mut Tx<'_>, installation: &Installation, factor: &TotpFactor, code: &str) -> Result<Option<i64>> {
    let stored = installation.vault().unseal(place(&factor.id), &factor.secret_sealed).map_err(Error::internal)?;
    // Apps show codes with a gap in the middle.
    let digits: String = code.split_whitespace().collect();
    TotpSeed::from_stored(&stored)?.matching_step(&digits, tx.now(), factor.last_step)
}

fn new_recovery_codes(tx: &mut Tx<'_>, user_id: &UserId) -> Result<Vec<Secret>> {
    let codes = recovery::generate(tx);
    let digests: Vec<_> = codes.iter().filter_map(|code| recovery::digest(user_id, code.expose())).collect();
    recovery_codes::replace(tx, user_id, &digests)?;
    Ok(codes)
}

/// Takes every factor of a person away, with the wrong codes that were counted against it; returns how many there were.
/// Whatever it opened is closed: sign-ins that wait for it, sessions that it was proved in.
pub(super) fn end(tx: &mut Tx<'_>, user_id: &UserId) -> Result<u64> {
    throttle::forgive_factor(tx, user_id)?;
    recovery_codes::delete_of_user(tx, user_id)?;
    mfa_challenges::delete_of_user(tx, user_id)?;
    sessions::forget_proofs(tx, user_id)?;
    Ok(factors::delete_of_user(tx, user_id)?)
}

fn lock_if_spent(tx: &mut Tx<'_>, by: &impl Acting, installation: &Installation, user: &User) -> Result<()> {
    if !throttle::lock_factor_if_spent(tx, &user.id)? {
        return Ok(());
    }
    audit::record(tx, by, "user.second_factor_locked", &Target::new("user", &user.id), Changes::none())?;
    notice(tx, by, user, "second_factor_locked").send(tx, installation)?;
    Ok(())
}

fn notice<'a>(tx: &Tx<'_>, by: &impl Acting, user: &'a User, template: &'static str) -> Mail<'a> {
    let address = by.origin().and_then(|origin| origin.address).map(|address| address.to_string());
    Mail::to(user, template)
        .with("when", tx.now().to_string())
        .with("address", address.unwrap_or_else(|| "the operator's command line".to_owned()))
}

fn place(id: &FactorId) -> Place<'_> {
    Place { table: "factors", row: id.as_ref(), column: "secret_sealed" }
}
