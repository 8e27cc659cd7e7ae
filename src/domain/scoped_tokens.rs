//! Tokens for one tenant: choosing it, and switching between its environments (contract 25).

use crate::clock::Time;
use crate::db::Tx;
use crate::domain::audit::{self, Changes, Target};
use crate::domain::caller::Caller;
use crate::domain::enforcement;
use crate::domain::installation::Installation;
use crate::domain::sessions::new_jti;
use crate::domain::tenant_caller::{TenantCaller, Viewer, check_open};
use crate::domain::tokens::{ACCESS_LIFETIME, AUDIENCE, Actor, Claims, Environment, TokenType};
use crate::error::{Code, Error, Result};
use crate::id::TenantId;
use crate::secret::Secret;
use crate::store::memberships;
use crate::store::roles::Role;
use crate::store::tenants::Tenant;

/// An access token for one tenant.
pub struct ScopedToken {
    /// For requests.
    pub access_token: Secret,
    /// Its life in seconds.
    pub expires_in: i64,
    /// The tenant.
    pub tenant_id: TenantId,
    /// What the person is in it.
    pub role: Role,
    /// The environment.
    pub environment: Environment,
}

/// Makes a token for a tenant. What is no tenant of the caller is refused in one way, whether it exists or not.
pub fn select(
    tx: &mut Tx<'_>,
    caller: &Caller,
    installation: &Installation,
    tenant_id: Option<&TenantId>,
) -> Result<ScopedToken> {
    let refused = || Error::new(Code::NotAMember);
    let live = memberships::live(tx, &caller.session_id, &caller.user.id, tenant_id.ok_or_else(refused)?)?;
    let live = live.ok_or_else(refused)?;
    let (tenant, role) = live.membership.ok_or_else(refused)?;
    check_open(&tenant)?;
    let mut expires_at = (tx.now() + ACCESS_LIFETIME).min(caller.session_expires_at);
    if let Some(unproven) = caller.unproven() {
        let spared = enforcement::check_member(tx, &unproven, tenant.scope(), live.asking)?;
        expires_at = spared.map_or(expires_at, |until| expires_at.min(until));
    }
    let target = Target::tenant(tenant.scope());
    let changes = Changes::none().with("session_id", caller.session_id.as_ref());
    audit::record(tx, caller, "session.tenant_selected", &target, changes)?;
    sign(tx, caller, installation, &tenant, role, Environment::Prod, expires_at)
}

/// Makes a token of the same session, tenant and end for another environment.
pub fn switch_environment(
    tx: &mut Tx<'_>,
    by: &TenantCaller<Viewer>,
    installation: &Installation,
    environment: Environment,
) -> Result<ScopedToken> {
    let changes =
        Changes::none().with("session_id", by.caller.session_id.as_ref()).with("environment", environment.as_str());
    audit::record(tx, by, "session.environment_switched", &Target::tenant(by.scope()), changes)?;
    sign(tx, &by.caller, installation, &by.tenant, by.role, environment, by.caller.token_expires_at)
}

/// Signs a token for the caller, whose session is the impersonator's where there is one.
pub(super) fn sign(
    tx: &mut Tx<'_>,
    caller: &Caller,
    installation: &Installation,
    tenant: &Tenant,
    role: Role,
    environment: Environment,
    expires_at: Time,
) -> Result<ScopedToken> {
    let claims = Claims {
        iss: installation.id().to_owned(),
        aud: AUDIENCE.to_owned(),
        sub: caller.user.id.to_string(),
        iat: tx.now().seconds(),
        exp: expires_at.seconds(),
        jti: new_jti(tx),
        sid: caller.session_id.to_string(),
        typ: TokenType::Scoped,
        tid: Some(tenant.id().to_string()),
        role: Some(role.as_str().to_owned()),
        env: Some(environment),
        act: caller.impersonator_id.as_ref().map(|id| Actor { sub: id.to_string() }),
    };
    let key = installation.keys().active(installation.settings().token_algorithm())?;
    Ok(ScopedToken {
        access_token: Secret::new(key.sign(&claims)?),
        expires_in: claims.exp - claims.iat,
        tenant_id: tenant.id().clone(),
        role,
        environment,
    })
}
