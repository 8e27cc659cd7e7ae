//! Who must have proved a second factor, and where (contract 23 and 45).
//!
//! What was decided:
//! - What is looked at is the session, whatever the token: was a factor proved at its sign-in or in it since? So a switch is
//!   felt by tokens that are out, and who sets a factor up in a session goes on with its tokens.
//! - Whether it is asked for stands in the row that is read for every request with a scoped token, and is read again in the
//!   transaction of every write. Nothing is remembered that another node could have changed.
//! - A tenant is bound by its own `auth.mfa_enforced` and by the installation's, whichever says yes. `/admin` is bound by
//!   `auth.mfa_required_for_admins` alone, `/global` by nothing but select-tenant, so that a factor can be set up.
//! - The session that switches one of them on is spared from that one value, with tokens that expire within the life of an
//!   access token from then on: those that it has, and what it gets in exchange for them, which lives no longer. It is kept
//!   with the value, so it holds on every node and after a restart, and for nobody once another one switches.

use crate::clock::Time;
use crate::db::Tx;
use crate::domain::settings::ConfigValue;
use crate::domain::tokens::ACCESS_LIFETIME;
use crate::error::{Code, Error, Result};
use crate::id::{SessionId, UserId};
use crate::store::Scope;
use crate::store::config_values::{self, Place, StoredValue};
use crate::store::factors;
use crate::store::memberships::Asking;

/// Asks members of tenants.
const MEMBERS: &str = "auth.mfa_enforced";
/// Asks platform admins.
const ADMINS: &str = "auth.mfa_required_for_admins";

/// A token of a session in which no second factor was proved.
pub struct Unproven<'a> {
    /// The person.
    pub user_id: &'a UserId,
    /// The session.
    pub session_id: &'a SessionId,
    /// Second from which on the token does not work.
    pub token_expires_at: Time,
}

/// Fails if somebody asks for a proof in a tenant, unless the token is spared; returns until when it is then.
pub fn check_member(tx: &mut Tx<'_>, unproven: &Unproven<'_>, scope: &Scope, asking: Asking) -> Result<Option<Time>> {
    let mut spared = None;
    let places = [asking.by_installation.then_some(Place::Global), asking.by_tenant.then_some(Place::Tenant(scope))];
    for place in places.into_iter().flatten() {
        let until = spared_until(tx, unproven, place, MEMBERS)?;
        spared = Some(spared.map_or(until, |before: Time| before.min(until)));
    }
    Ok(spared)
}

/// Fails unless the token of a platform admin may be used for the administration all the same; returns until when, where
/// it is spared.
pub fn check_admin(tx: &mut Tx<'_>, unproven: &Unproven<'_>) -> Result<Option<Time>> {
    let stored = config_values::find(tx, Place::Global, ADMINS)?;
    match is_on(stored.as_ref()) {
        true => spared_until(tx, unproven, Place::Global, ADMINS).map(Some),
        false => Ok(None),
    }
}

fn is_on(stored: Option<&StoredValue>) -> bool {
    stored.and_then(|stored| stored.value.as_deref()) == Some("true")
}

fn spared_until(tx: &mut Tx<'_>, unproven: &Unproven<'_>, place: Place<'_>, key: &str) -> Result<Time> {
    let until = config_values::spared_until(tx, place, key, unproven.session_id)?;
    if let Some(until) = until.filter(|until| unproven.token_expires_at <= *until) {
        return Ok(until);
    }
    Err(Error::new(match factors::has_any(tx, unproven.user_id)? {
        true => Code::MfaRequired,
        false => Code::MfaEnrollmentRequired,
    }))
}

/// Spares whoever has just stored a value, if that switched an obligation on; `before` is what was stored until then.
pub fn note_switch(
    tx: &mut Tx<'_>,
    session_id: Option<&SessionId>,
    place: Place<'_>,
    key: &str,
    before: Option<&StoredValue>,
    value: &ConfigValue,
) -> Result<()> {
    if [MEMBERS, ADMINS].contains(&key) && *value == ConfigValue::Bool(true) && !is_on(before) {
        let until = (tx.now() + ACCESS_LIFETIME).whole_second();
        config_values::spare(tx, place, key, session_id, until)?;
    }
    Ok(())
}
