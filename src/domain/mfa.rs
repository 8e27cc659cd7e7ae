//! The second step of a sign-in (contract 23).
//!
//! What was decided:
//! - Who has a second factor gets a challenge in place of tokens, after the password as after the emailed code: a token of 256
//!   random bits that says which account, good for five minutes and one use, kept as its digest in a table of its own. It is
//!   no JWT, so no other route can take it for one.
//! - A wrong code counts against the challenge and the person in the transaction that checks it; five end the challenge.
//! - Whatever ends all sessions of a person ends the challenges too, since both stand in one function of the store: a new
//!   password, a disabled account, the first proof of the address, "end sessions". So does a new address or the end of the
//!   factor.
//! - An emailed code proves the address when it is given, whether the second step follows or not (contract 16): whoever made
//!   the account in advance is out at that moment. Their factor stays, as after a reset, and a platform admin takes it away.
//! - The session, the sign-in's event, the known address and the moment of the last sign-in come with the second step. The
//!   first one leaves an event of its own.
//! - Cookie or body is decided where the tokens are handed out, by the header of that request.

use std::time::Duration;

use crate::db::Tx;
use crate::domain::audit::{self, Changes, Target};
use crate::domain::caller::Anonymous;
use crate::domain::factors;
use crate::domain::installation::Installation;
use crate::domain::sessions::{self, TokenPair};
use crate::error::{Code, Outcome, Result};
use crate::secret::{OneTimeToken, TokenDigest};
use crate::store::factors as factor_rows;
use crate::store::mfa_challenges::{self, MfaChallenge, SignInMethod};
use crate::store::users::{self, User};

/// How long the second step may take.
pub const CHALLENGE_LIFETIME: Duration = Duration::from_secs(5 * 60);
const WRONG_TRIES: i64 = 5;

/// What comes after the first factor.
pub enum SignIn {
    /// Tokens: the person has no second factor.
    Complete(TokenPair),
    /// The token with which the second step is made.
    Challenged(OneTimeToken),
}

/// Goes on with the sign-in of a person who has just proved the first factor.
pub fn proceed(
    tx: &mut Tx<'_>,
    by: &Anonymous,
    installation: &Installation,
    user: &User,
    user_agent: Option<&str>,
    method: SignInMethod,
) -> Result<SignIn> {
    if !factor_rows::has_any(tx, &user.id)? {
        return sessions::start(tx, by, installation, user, user_agent, (method, None)).map(SignIn::Complete);
    }
    let token = OneTimeToken::from_random(&tx.random());
    let expires_at = tx.now() + CHALLENGE_LIFETIME;
    mfa_challenges::insert(tx, &token.digest(), &user.id, method, expires_at)?;
    let changes = Changes::none().with("method", method.as_str());
    audit::record(tx, by, "session.challenged", &Target::new("user", &user.id), changes)?;
    Ok(SignIn::Challenged(token))
}

/// Signs in with a challenge and a code of the app or a recovery code. Every failure is the same 401.
pub fn verify(
    tx: &mut Tx<'_>,
    by: &Anonymous,
    installation: &Installation,
    token: &TokenDigest,
    code: &str,
    user_agent: Option<&str>,
) -> Result<Outcome<TokenPair>> {
    let waiting = waiting(tx, token)?;
    if let Some((challenge, user)) = &waiting {
        if let Some(proof) = factors::prove(tx, by, installation, user, code)? {
            mfa_challenges::delete(tx, token)?;
            let method = (challenge.method, Some(proof));
            return sessions::start(tx, by, installation, user, user_agent, method).map(Outcome::Granted);
        }
        let wrong_tries = challenge.wrong_tries + 1;
        match wrong_tries < WRONG_TRIES {
            true => mfa_challenges::set_wrong_tries(tx, token, wrong_tries)?,
            false => mfa_challenges::delete(tx, token)?,
        }
    }
    let target = waiting.as_ref().map_or(Target::unknown("user"), |(_, user)| Target::new("user", &user.id));
    audit::record(tx, by, "session.denied", &target, Changes::none().with("method", "mfa"))?;
    Ok(Outcome::denied(Code::InvalidCode))
}

fn waiting(tx: &mut Tx<'_>, token: &TokenDigest) -> Result<Option<(MfaChallenge, User)>> {
    let Some(challenge) = mfa_challenges::find(tx, token)? else { return Ok(None) };
    let user = users::by_id(tx, &challenge.user_id)?.filter(|user| !user.is_disabled);
    Ok(user.map(|user| (challenge, user)))
}
