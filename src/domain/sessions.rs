//! Sessions: one for each sign-in, kept alive by rotating refresh tokens (contract 14).

use std::time::Duration;

use crate::clock::Time;
use crate::db::Tx;
use crate::domain::audit::{self, Changes, Target};
use crate::domain::caller::{Acting, Anonymous, Caller, Origin};
use crate::domain::factors::Proof;
use crate::domain::installation::Installation;
use crate::domain::tokens::{ACCESS_LIFETIME, AUDIENCE, Claims, TokenType};
use crate::domain::usage::hour_of;
use crate::error::{Code, Error, Outcome, Result};
use crate::id::{Id, SessionId, UserId};
use crate::secret::Secret;
use crate::store::mfa_challenges::SignInMethod;
use crate::store::sessions::{self, RefreshToken, Session};
use crate::store::totals::{self, Metric};
use crate::store::users::{self, User};

const IDLE_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);
const LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How long a spent token may be shown again by a client that did not get the answer.
const REPLAY: Duration = Duration::from_secs(60);

/// Longest part of a `User-Agent` that is kept, in characters.
const USER_AGENT_MAX: usize = 200;

/// An access token and the refresh token for the next one.
pub struct TokenPair {
    /// For requests.
    pub access_token: Secret,
    /// For `POST /global/auth/refresh`.
    pub refresh_token: Secret,
    /// Life of the access token in seconds.
    pub expires_in: i64,
    /// Moment from which on the refresh token does not work.
    pub refresh_expires_at: Time,
}

/// Starts a session for a person who has just proved who they are: how, and with what a second factor, if with any.
pub fn start(
    tx: &mut Tx<'_>,
    by: &impl Acting,
    installation: &Installation,
    user: &User,
    user_agent: Option<&str>,
    (method, proof): (SignInMethod, Option<Proof>),
) -> Result<TokenPair> {
    let now = tx.now();
    let origin = by.origin().cloned().unwrap_or_default();
    let session = Session {
        id: tx.new_id(),
        created_at: now,
        refreshed_at: now,
        expires_at: (now + LIFETIME).whole_second(),
        address: origin.address.map(|address| address.to_string()),
        user_agent: user_agent.map(|text| text.chars().filter(|c| !c.is_control()).take(USER_AGENT_MAX).collect()),
    };
    sessions::insert(tx, &user.id, &session, proof.map(Proof::as_str))?;
    sessions::remember_address(tx, &user.id, &origin.address_key())?;
    users::set_last_login(tx, &user.id)?;
    let actor = SignedIn { user_id: &user.id, origin: &origin };
    let mut changes = Changes::none().with("method", method.as_str());
    if let Some(proof) = proof {
        changes = changes.with("second_factor", proof.as_str());
    }
    audit::record(tx, &actor, "session.created", &Target::new("session", &session.id), changes)?;
    totals::operator_add(tx, &[(Metric::SignIns, hour_of(now), 1)])?;
    let refresh = new_refresh_token(tx, installation, &session.id, session.expires_at)?;
    pair(tx, installation, &user.id, &session.id, session.expires_at, &refresh)
}

/// The person who has just signed in, as the actor of it.
struct SignedIn<'a> {
    user_id: &'a UserId,
    origin: &'a Origin,
}

impl Acting for SignedIn<'_> {
    fn kind(&self) -> &'static str {
        "user"
    }
    fn user_id(&self) -> Option<&UserId> {
        Some(self.user_id)
    }
    fn origin(&self) -> Option<&Origin> {
        Some(self.origin)
    }
}

fn new_refresh_token(
    tx: &mut Tx<'_>,
    installation: &Installation,
    session_id: &SessionId,
    session_expires_at: Time,
) -> Result<RefreshToken> {
    let now = tx.now();
    let key = installation.keys().active(installation.settings().token_algorithm())?;
    let token = RefreshToken {
        jti: new_jti(tx),
        kid: key.id().clone(),
        issued_at: now,
        expires_at: (now + IDLE_LIFETIME).whole_second().min(session_expires_at),
        spent_at: None,
        child_jti: None,
    };
    sessions::insert_refresh_token(tx, session_id, &token)?;
    Ok(token)
}

/// An id for a token.
pub fn new_jti(tx: &mut Tx<'_>) -> String {
    uuid::Builder::from_random_bytes(tx.random()).into_uuid().simple().to_string()
}

fn pair(
    tx: &mut Tx<'_>,
    installation: &Installation,
    user_id: &UserId,
    session_id: &SessionId,
    session_expires_at: Time,
    refresh: &RefreshToken,
) -> Result<TokenPair> {
    let now = tx.now();
    let claims = Claims {
        iss: installation.id().to_owned(),
        aud: AUDIENCE.to_owned(),
        sub: user_id.to_string(),
        iat: now.seconds(),
        exp: (now + ACCESS_LIFETIME).min(session_expires_at).seconds(),
        jti: new_jti(tx),
        sid: session_id.to_string(),
        typ: TokenType::Global,
        tid: None,
        role: None,
        env: None,
        act: None,
    };
    let access_token = installation.keys().active(installation.settings().token_algorithm())?.sign(&claims)?;
    let expires_in = claims.exp - claims.iat;
    let refresh_claims = Claims {
        iat: refresh.issued_at.seconds(),
        exp: refresh.expires_at.seconds(),
        jti: refresh.jti.clone(),
        typ: TokenType::Refresh,
        ..claims
    };
    let key = installation.keys().get(&refresh.kid).ok_or_else(|| Error::new(Code::InvalidRefreshToken))?;
    Ok(TokenPair {
        access_token: Secret::new(access_token),
        refresh_token: Secret::new(key.sign(&refresh_claims)?),
        expires_in,
        refresh_expires_at: refresh.expires_at,
    })
}

/// Exchanges a refresh token, whose signature was checked, for a new pair. A token that was exchanged before ends the
/// session, unless the client plainly did not get the answer: within a minute and while the answer was not used.
pub fn refresh(
    tx: &mut Tx<'_>,
    by: &Anonymous,
    installation: &Installation,
    claims: &Claims,
) -> Result<Outcome<TokenPair>> {
    let now = tx.now();
    let refused = || Error::new(Code::InvalidRefreshToken);
    let (Some(user_id), Some(session_id)) = (UserId::parse(&claims.sub), SessionId::parse(&claims.sid)) else {
        return Err(refused());
    };
    if claims.typ != TokenType::Refresh {
        return Err(refused());
    }
    let live = sessions::live(tx, &session_id, &user_id)?.filter(|live| !live.user.is_disabled).ok_or_else(refused)?;
    let presented = sessions::refresh_token(tx, &session_id, &claims.jti)?.ok_or_else(refused)?;
    let child = match presented.spent_at {
        None if !claims.is_current(now) => return Err(refused()),
        None => {
            let child = new_refresh_token(tx, installation, &session_id, live.expires_at)?;
            sessions::spend_refresh_token(tx, &presented.jti, &child.jti)?;
            sessions::set_refreshed(tx, &session_id)?;
            child
        }
        Some(spent_at) => match unanswered_child(tx, &session_id, &presented, now.since(spent_at))? {
            Some(child) => child,
            None => {
                sessions::end(tx, &session_id, &user_id, "refresh_token_reused")?;
                let changes = Changes::none().with("reason", "refresh_token_reused").with("user_id", user_id.as_ref());
                audit::record(tx, by, "session.ended", &Target::new("session", &session_id), changes)?;
                return Ok(Outcome::denied(Code::InvalidRefreshToken));
            }
        },
    };
    pair(tx, installation, &user_id, &session_id, live.expires_at, &child).map(Outcome::Granted)
}

fn unanswered_child(
    tx: &mut Tx<'_>,
    session_id: &SessionId,
    presented: &RefreshToken,
    spent_for: Duration,
) -> Result<Option<RefreshToken>> {
    let Some(child_jti) = presented.child_jti.as_deref().filter(|_| spent_for <= REPLAY) else {
        return Ok(None);
    };
    Ok(sessions::refresh_token(tx, session_id, child_jti)?.filter(|child| child.spent_at.is_none()))
}

/// The sessions of a person that still work, newest first.
pub fn list(tx: &mut Tx<'_>, caller: &Caller) -> Result<Vec<Session>> {
    Ok(sessions::list_live(tx, &caller.user.id)?)
}

/// Ends one of the caller's sessions; 404 for anybody else's.
pub fn end(tx: &mut Tx<'_>, caller: &Caller, id: &SessionId) -> Result<()> {
    if !sessions::end(tx, id, &caller.user.id, "ended_by_user")? {
        return Err(Error::new(Code::NotFound).with_detail("You have no such session."));
    }
    let changes = Changes::none().with("reason", "ended_by_user");
    Ok(audit::record(tx, caller, "session.ended", &Target::new("session", id), changes)?)
}

/// Ends the session of a token, whose signature was checked: an access token or, in cookie mode, a refresh token.
/// Fails with 401 if the session has ended already.
pub fn sign_out(tx: &mut Tx<'_>, by: &Anonymous, claims: &Claims) -> Result<()> {
    let refused = || Error::new(Code::Unauthorized);
    if !claims.is_current(tx.now()) {
        return Err(refused());
    }
    let caller = Caller::load(tx, claims, &by.origin)?;
    if !sessions::end(tx, &caller.session_id, &caller.user.id, "signed_out")? {
        return Err(refused());
    }
    let changes = Changes::none().with("reason", "signed_out");
    Ok(audit::record(tx, &caller, "session.ended", &Target::new("session", &caller.session_id), changes)?)
}
