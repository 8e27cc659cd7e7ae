//! Who is in a tenant: roles, removal, leaving, ownership (contract 26).

use crate::db::Tx;
use crate::domain::audit::{self, Changes, Target};
use crate::domain::caller::Acting;
use crate::domain::installation::Installation;
use crate::domain::invites as invitations;
use crate::domain::outbox::Mail;
use crate::domain::tenant_caller::{Admin, Owner, TenantCaller, Viewer};
use crate::domain::throttle;
use crate::error::{Code, Error, Result};
use crate::id::UserId;
use crate::store::memberships::{self, Member};
use crate::store::roles::Role;
use crate::store::tenants;
use crate::store::{Page, Scope, invites};

/// Everybody in the tenant, in the order in which they joined.
pub fn list(tx: &mut Tx<'_>, by: &TenantCaller<Viewer>, page: &Page) -> Result<(Vec<Member>, i64)> {
    Ok(memberships::list(tx, by.scope(), page)?)
}

/// What an admin wants to change; `None` leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct MemberChange {
    /// Never [`Role::Owner`].
    pub role: Option<Role>,
    /// Whether the membership is switched off.
    pub is_disabled: Option<bool>,
}

fn find(tx: &mut Tx<'_>, scope: &Scope, user_id: &UserId) -> Result<Member> {
    let found = memberships::find(tx, scope, user_id)?;
    found.ok_or_else(|| Error::new(Code::NotFound).with_detail("Member not found."))
}

/// Somebody in the tenant who is not its owner; 404 for a stranger, 403 for the owner.
fn find_unprotected(tx: &mut Tx<'_>, scope: &Scope, user_id: &UserId) -> Result<Member> {
    let member = find(tx, scope, user_id)?;
    if member.role == Role::Owner { Err(Error::new(Code::OwnerProtected)) } else { Ok(member) }
}

/// Changes role and status of a member, and returns them as they are then.
pub fn change(
    tx: &mut Tx<'_>,
    by: &TenantCaller<Admin>,
    installation: &Installation,
    user_id: &UserId,
    change: &MemberChange,
) -> Result<Member> {
    let mut member = find_unprotected(tx, by.scope(), user_id)?;
    if let Some(role) = change.role.filter(|role| *role != member.role) {
        set_role(tx, by, installation, &member, role)?;
        member.role = role;
    }
    if let Some(is_disabled) = change.is_disabled.filter(|is_disabled| *is_disabled != member.is_disabled) {
        set_disabled(tx, by, &member, is_disabled)?;
        member.is_disabled = is_disabled;
    }
    Ok(member)
}

fn set_role(
    tx: &mut Tx<'_>,
    by: &TenantCaller<Admin>,
    installation: &Installation,
    member: &Member,
    role: Role,
) -> Result<()> {
    memberships::set_role(tx, by.scope(), &member.user.id, role)?;
    let changes = about(member).with("role", role.as_str()).with("old_role", member.role.as_str());
    let target = Target::new("membership", &member.id).of(by.scope());
    audit::record(tx, by, "membership.role_changed", &target, changes)?;
    if role < member.role {
        revoke_invites(tx, by, by.scope(), member)?;
    }
    if throttle::may_notify(tx, member.id.as_ref())? {
        Mail::to(&member.user, "role_changed")
            .about(&by.tenant)
            .with("role", role.as_str())
            .with("changed_by", by.caller.user.email.as_str())
            .send(tx, installation)?;
    }
    Ok(())
}

fn set_disabled(tx: &mut Tx<'_>, by: &TenantCaller<Admin>, member: &Member, is_disabled: bool) -> Result<()> {
    memberships::set_disabled(tx, by.scope(), &member.user.id, is_disabled)?;
    let target = Target::new("membership", &member.id).of(by.scope());
    if !is_disabled {
        return Ok(audit::record(tx, by, "membership.enabled", &target, about(member))?);
    }
    audit::record(tx, by, "membership.disabled", &target, about(member))?;
    revoke_invites(tx, by, by.scope(), member)
}

/// Whoever loses power in a tenant must not come back by an invitation made or received before (contract 27).
fn revoke_invites(tx: &mut Tx<'_>, by: &impl Acting, scope: &Scope, member: &Member) -> Result<()> {
    let revoked = invites::delete_of_person(tx, scope, &member.user.id, &member.user.email)?;
    invitations::record_revoked(tx, by, &revoked)
}

fn about(member: &Member) -> Changes {
    Changes::none().with("user_id", member.user.id.as_ref())
}

/// Ends a membership at an admin's word.
pub fn remove(tx: &mut Tx<'_>, by: &TenantCaller<Admin>, installation: &Installation, user_id: &UserId) -> Result<()> {
    let member = find_unprotected(tx, by.scope(), user_id)?;
    end(tx, by, by.scope(), &member, "membership.removed")?;
    Mail::to(&member.user, "member_removed").about(&by.tenant).send(tx, installation)?;
    Ok(())
}

/// Ends the caller's own membership.
pub fn leave(tx: &mut Tx<'_>, by: &TenantCaller<Viewer>) -> Result<()> {
    let member = find_unprotected(tx, by.scope(), &by.caller.user.id)?;
    end(tx, by, by.scope(), &member, "membership.left")
}

fn end(tx: &mut Tx<'_>, by: &impl Acting, scope: &Scope, member: &Member, action: &'static str) -> Result<()> {
    memberships::delete(tx, scope, &member.user.id)?;
    let changes = about(member).with("role", member.role.as_str());
    audit::record(tx, by, action, &Target::new("membership", &member.id).of(scope), changes)?;
    revoke_invites(tx, by, scope, member)
}

/// Makes another active member the owner; the caller becomes an admin.
pub fn transfer_ownership(
    tx: &mut Tx<'_>,
    by: &TenantCaller<Owner>,
    installation: &Installation,
    user_id: &UserId,
) -> Result<()> {
    let member = find(tx, by.scope(), user_id)?;
    if member.role == Role::Owner {
        return Err(Error::field("user_id", "is the owner already"));
    }
    if member.is_disabled {
        return Err(Error::new(Code::MemberDisabled));
    }
    if member.user.is_disabled {
        let detail = "This person's account is disabled. Ask the platform's administrator.";
        return Err(Error::new(Code::MemberDisabled).with_detail(detail));
    }
    tenants::set_owner(tx, by.scope(), user_id)?;
    let former = &by.caller.user;
    memberships::set_role(tx, by.scope(), &former.id, Role::Admin)?;
    let changes = Changes::none().with("owner_id", user_id.as_ref()).with("old_owner_id", former.id.as_ref());
    audit::record(tx, by, "tenant.ownership_transferred", &Target::tenant(by.scope()), changes)?;
    if !throttle::may_notify(tx, by.tenant.id().as_ref())? {
        return Ok(());
    }
    for user in [&member.user, former] {
        Mail::to(user, "ownership_transferred")
            .about(&by.tenant)
            .with("owner_email", member.user.email.as_str())
            .with("old_owner_email", former.email.as_str())
            .send(tx, installation)?;
    }
    Ok(())
}
