//! What platform admins do with tenants (contract 26 and 36).

use crate::db::Tx;
use crate::domain::audit::{self, Changes, Target};
use crate::domain::caller::PlatformAdmin;
use crate::domain::installation::Installation;
use crate::domain::outbox::Mail;
use crate::domain::tenants as rules;
use crate::error::{Code, Error, Result};
use crate::id::{TenantId, UserId};
use crate::store::Page;
use crate::store::memberships;
use crate::store::roles::Role;
use crate::store::subscriptions::{self, Subscription};
use crate::store::tenants::{self, Tenant, TenantStatus, TenantSummary};
use crate::store::users::{self, User};

/// A tenant with what platform admins see of it.
pub struct TenantDetail {
    /// The tenant.
    pub tenant: Tenant,
    /// Its owner; only an archived tenant may have none.
    pub owner: Option<User>,
    /// Its plan.
    pub subscription: Subscription,
    /// Active and disabled members.
    pub member_count: i64,
}

/// Part of the tenants, newest first, and how many there are.
pub fn list(
    tx: &mut Tx<'_>,
    _: &PlatformAdmin,
    status: Option<TenantStatus>,
    page: &Page,
) -> Result<(Vec<TenantSummary>, i64)> {
    Ok(tenants::operator_list(tx, status, page)?)
}

fn find(tx: &mut Tx<'_>, id: &TenantId) -> Result<Tenant> {
    let found = tenants::operator_by_id(tx, id)?;
    found.ok_or_else(|| Error::new(Code::NotFound).with_detail("Organization not found."))
}

/// A tenant with what platform admins see of it.
pub(super) fn describe(tx: &mut Tx<'_>, tenant: Tenant) -> Result<TenantDetail> {
    let owner = match &tenant.owner_id {
        Some(owner_id) => users::by_id(tx, owner_id)?,
        None => None,
    };
    let subscription = subscriptions::active(tx, tenant.scope())?;
    let (_, member_count) = memberships::list(tx, tenant.scope(), &Page { limit: Some(1), ..Page::default() })?;
    Ok(TenantDetail { tenant, owner, subscription, member_count })
}

/// A tenant in detail.
pub fn show(tx: &mut Tx<'_>, _: &PlatformAdmin, id: &TenantId) -> Result<TenantDetail> {
    let tenant = find(tx, id)?;
    describe(tx, tenant)
}

/// Gives a tenant another status and tells its owner.
pub fn set_status(
    tx: &mut Tx<'_>,
    by: &PlatformAdmin,
    installation: &Installation,
    id: &TenantId,
    status: TenantStatus,
    reason: Option<&str>,
) -> Result<TenantDetail> {
    let before = find(tx, id)?;
    let tenant = rules::set_status(tx, by, &before, status, reason)?;
    let detail = describe(tx, tenant)?;
    if let Some(owner) = detail.owner.as_ref().filter(|_| before.status != status) {
        Mail::to(owner, "tenant_status_changed")
            .about(&detail.tenant)
            .with("status", status.as_str())
            .with("reason", reason.unwrap_or_default())
            .send(tx, installation)?;
    }
    Ok(detail)
}

/// Gives a tenant an owner who can act: an active member whose account is not disabled. Whoever owned it stays as an
/// admin. This repairs a tenant whose owner is gone.
pub fn transfer_ownership(
    tx: &mut Tx<'_>,
    by: &PlatformAdmin,
    installation: &Installation,
    id: &TenantId,
    user_id: &UserId,
) -> Result<TenantDetail> {
    let tenant = find(tx, id)?;
    let member = memberships::find(tx, tenant.scope(), user_id)?;
    let member = member.ok_or_else(|| Error::new(Code::NotFound).with_detail("Member not found."))?;
    if tenant.owner_id.as_ref() == Some(user_id) {
        return Err(Error::field("user_id", "is the owner already"));
    }
    if member.is_disabled {
        return Err(Error::new(Code::MemberDisabled));
    }
    if member.user.is_disabled {
        let detail = "This person's account is disabled; enable it first.";
        return Err(Error::new(Code::MemberDisabled).with_detail(detail));
    }
    tenants::set_owner(tx, tenant.scope(), user_id)?;
    let old_owner = match &tenant.owner_id {
        Some(owner_id) => {
            memberships::set_role(tx, tenant.scope(), owner_id, Role::Admin)?;
            users::by_id(tx, owner_id)?
        }
        None => None,
    };
    let changes = Changes::none()
        .with("owner_id", user_id.as_ref())
        .with("old_owner_id", tenant.owner_id.as_ref().map(AsRef::<str>::as_ref));
    audit::record(tx, by, "tenant.ownership_transferred", &Target::tenant(tenant.scope()), changes)?;
    if let Some(old_owner) = &old_owner {
        for user in [&member.user, old_owner] {
            Mail::to(user, "ownership_transferred")
                .about(&tenant)
                .with("owner_email", member.user.email.as_str())
                .with("old_owner_email", old_owner.email.as_str())
                .send(tx, installation)?;
        }
    }
    let tenant = find(tx, id)?;
    describe(tx, tenant)
}
