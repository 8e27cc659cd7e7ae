//! A platform admin acts as a member of a tenant, to help (contract 36).
//!
//! There is a scoped token and nothing else: it names the member, the admin in its `act` claim (RFC 8693) and the admin's own
//! session, so it ends with that. It is good for the tenant only, and not for what its owner alone may do.

use std::time::Duration;

use crate::clock::Time;
use crate::db::Tx;
use crate::domain::audit::{self, Changes, Target};
use crate::domain::caller::{Caller, PlatformAdmin};
use crate::domain::enforcement;
use crate::domain::installation::Installation;
use crate::domain::scoped_tokens::{self, ScopedToken};
use crate::domain::tenant_caller::check_open;
use crate::domain::tokens::Environment;
use crate::error::{Code, Error, Result};
use crate::id::{TenantId, UserId};
use crate::store::memberships::{self, Standing};

/// Life of the token.
const LIFETIME: Duration = Duration::from_secs(15 * 60);

/// Makes a token with which the admin acts as an active member of a tenant, and tells the tenant in its audit. Never of
/// another platform admin.
pub fn start(
    tx: &mut Tx<'_>,
    by: &PlatformAdmin,
    installation: &Installation,
    user_id: &UserId,
    tenant_id: Option<&TenantId>,
    reason: &str,
) -> Result<ScopedToken> {
    let missing = |text| Error::new(Code::NotFound).with_detail(text);
    let standing = match tenant_id {
        Some(tenant_id) => memberships::operator_standing(tx, user_id, tenant_id)?,
        None => None,
    };
    let Standing { user, asking, membership } =
        standing.ok_or_else(|| missing("Account or organization not found."))?;
    if user.is_platform_admin {
        return Err(Error::new(Code::ImpersonationForbidden));
    }
    if user.is_disabled {
        return Err(Error::new(Code::AccountDisabled));
    }
    let (tenant, role) = membership.ok_or_else(|| missing("The person is no active member of this organization."))?;
    check_open(&tenant)?;
    let admin = by.caller();
    let caller = Caller { user, impersonator_id: Some(admin.user.id.clone()), ..admin.clone() };
    let mut expires_at = (tx.now() + LIFETIME).min(admin.session_expires_at);
    if let Some(unproven) = admin.unproven() {
        let as_member = enforcement::check_member(tx, &unproven, tenant.scope(), asking)?;
        let as_admin = enforcement::check_admin(tx, &unproven)?;
        expires_at = as_member.into_iter().chain(as_admin).fold(expires_at, Time::min);
    }
    let changes = Changes::none()
        .with("tenant_id", tenant.id().as_ref())
        .with("reason", reason)
        .with("session_id", admin.session_id.as_ref())
        .with("expires_at", expires_at.to_string());
    let target = Target::new("user", &caller.user.id).of(tenant.scope());
    audit::record(tx, by, "user.impersonated", &target, changes)?;
    scoped_tokens::sign(tx, &caller, installation, &tenant, role, Environment::Prod, expires_at)
}
