//! What the operator does to accounts and organizations from the command line.

use crate::db::Tx;
use crate::domain::accounts;
use crate::domain::audit::{self, Changes, Target};
use crate::domain::caller::{Acting, Operator};
use crate::domain::fields::{Email, Name};
use crate::domain::installation::Installation;
use crate::domain::invites as invitations;
use crate::domain::tenants::{self as domain_tenants, Founding};
use crate::domain::{factors, otp, passwords, setup, throttle};
use crate::error::{Code, Error, Result};
use crate::id::{Id as _, TenantId};
use crate::secret::Secret;
use crate::store::one_time_tokens::{self, Purpose};
use crate::store::tenants::{self, Tenant, TenantStatus};
use crate::store::users::{self, User};
use crate::store::{invites, memberships, sessions};

/// The account with this address, or an error that says so.
pub fn find(tx: &mut Tx<'_>, email: &Email) -> Result<User> {
    users::by_email(tx, email.as_ref())?
        .ok_or_else(|| Error::new(Code::NotFound).with_detail(format!("there is no account with the address {email}")))
}

/// Makes a platform admin, whose address counts as proved.
pub fn create_admin(
    tx: &mut Tx<'_>,
    by: &Operator,
    email: &Email,
    names: &(Name, Name),
    password_hash: &Secret,
) -> Result<User> {
    accounts::create_admin(tx, by, email, (&names.0, &names.1), password_hash).map_err(|error| match error.code() {
        Code::EmailTaken => Error::new(Code::Conflict).with_detail(format!(
            "an account with the address {email} exists already; 'trueport admin promote' makes it a platform admin"
        )),
        _ => error,
    })
}

/// Makes a person a platform admin, or takes it away; the last one stays.
pub fn set_platform_admin(tx: &mut Tx<'_>, by: &Operator, email: &Email, is_platform_admin: bool) -> Result<User> {
    let user = find(tx, email)?;
    change_platform_admin(tx, by, user, is_platform_admin)
}

/// The same at anybody's word who may say so.
pub fn change_platform_admin(tx: &mut Tx<'_>, by: &impl Acting, user: User, is_platform_admin: bool) -> Result<User> {
    if !is_platform_admin {
        keep_one_admin(tx, &user)?;
    }
    users::set_platform_admin(tx, &user.id, is_platform_admin)?;
    if is_platform_admin {
        setup::revoke(tx)?;
        // Another admin may have read the link of a mail that waited, and must not become this one.
        one_time_tokens::delete_of_user(tx, &user.id, Purpose::ResetPassword)?;
    }
    let action = if is_platform_admin { "user.promoted" } else { "user.demoted" };
    let changes = Changes::none().with("is_platform_admin", is_platform_admin);
    audit::record(tx, by, action, &Target::new("user", &user.id), changes)?;
    Ok(User { is_platform_admin, ..user })
}

/// Disables a person, whose sessions end, or enables them again; the last platform admin stays.
pub fn set_disabled(tx: &mut Tx<'_>, by: &Operator, email: &Email, is_disabled: bool) -> Result<User> {
    let user = find(tx, email)?;
    change_disabled(tx, by, user, is_disabled)
}

/// The same at anybody's word who may say so.
pub fn change_disabled(tx: &mut Tx<'_>, by: &impl Acting, user: User, is_disabled: bool) -> Result<User> {
    let mut revoked = Vec::new();
    if is_disabled {
        keep_one_admin(tx, &user)?;
        sessions::end_all(tx, &user.id, None, "user_disabled")?;
        one_time_tokens::delete_of_user(tx, &user.id, Purpose::ChangeEmail)?;
        revoked = invites::operator_delete_of_person(tx, &user.id, &user.email)?;
    }
    users::set_disabled(tx, &user.id, is_disabled)?;
    let action = if is_disabled { "user.disabled" } else { "user.enabled" };
    audit::record(tx, by, action, &Target::new("user", &user.id), Changes::none())?;
    invitations::record_revoked(tx, by, &revoked)?;
    Ok(User { is_disabled, ..user })
}

fn keep_one_admin(tx: &mut Tx<'_>, user: &User) -> Result<()> {
    if user.is_platform_admin && !user.is_disabled && users::count_active_admins(tx)? <= 1 {
        return Err(Error::new(Code::LastAdmin));
    }
    Ok(())
}

/// Deletes a person for good, with their sessions, memberships and invitations; the last platform admin stays, and so does
/// whoever owns an organization that is not archived.
pub fn delete_user(tx: &mut Tx<'_>, by: &impl Acting, user: &User) -> Result<()> {
    keep_one_admin(tx, user)?;
    if tenants::operator_count_owned_open(tx, &user.id)? > 0 {
        return Err(Error::new(Code::OwnsTenants));
    }
    tenants::operator_release_archived(tx, &user.id)?;
    let revoked = invites::operator_delete_of_person(tx, &user.id, &user.email)?;
    invitations::record_revoked(tx, by, &revoked)?;
    for (id, tenant) in memberships::operator_of_user(tx, &user.id)? {
        let changes = Changes::none().with("user_id", user.id.as_ref()).with("reason", "account deleted");
        audit::record(tx, by, "membership.removed", &Target::new("membership", &id).of(tenant.scope()), changes)?;
    }
    users::delete(tx, &user.id)?;
    let changes = Changes::none().with("email", user.email.as_str());
    audit::record(tx, by, "user.deleted", &Target::new("user", &user.id), changes).map_err(Into::into)
}

/// Forgets the failed attempts of a person; returns how many there were.
pub fn unlock(tx: &mut Tx<'_>, by: &Operator, email: &Email) -> Result<u64> {
    let user = find(tx, email)?;
    unlock_user(tx, by, &user)
}

/// The same at anybody's word who may say so.
pub fn unlock_user(tx: &mut Tx<'_>, by: &impl Acting, user: &User) -> Result<u64> {
    let forgiven = throttle::forgive(tx, &user.id, &user.email)? + throttle::forgive_factor(tx, &user.id)?;
    let changes = Changes::none().with("attempts_forgotten", forgiven);
    audit::record(tx, by, "user.unlocked", &Target::new("user", &user.id), changes)?;
    Ok(forgiven)
}

/// Ends every session of a person; returns how many there were.
pub fn end_sessions(tx: &mut Tx<'_>, by: &Operator, email: &Email) -> Result<u64> {
    let user = find(tx, email)?;
    end_sessions_of(tx, by, &user)
}

/// The same at anybody's word who may say so.
pub fn end_sessions_of(tx: &mut Tx<'_>, by: &impl Acting, user: &User) -> Result<u64> {
    let ended = sessions::end_all(tx, &user.id, None, "ended_by_operator")?;
    one_time_tokens::delete_of_user(tx, &user.id, Purpose::ChangeEmail)?;
    let changes = Changes::none().with("sessions_ended", ended);
    audit::record(tx, by, "user.sessions_ended", &Target::new("user", &user.id), changes)?;
    Ok(ended)
}

/// Ends every session of the installation, the caller's too, as after the leak of a key; returns how many there were.
pub fn end_every_session(tx: &mut Tx<'_>, by: &impl Acting, installation: &Installation) -> Result<u64> {
    let ended = sessions::operator_end_all(tx, "ended_by_operator")?;
    one_time_tokens::delete_all(tx, Purpose::ChangeEmail)?;
    let changes = Changes::none().with("sessions_ended", ended);
    audit::record(tx, by, "installation.sessions_ended", &Target::new("installation", installation.id()), changes)?;
    Ok(ended)
}

/// Makes a reset link for a person, to hand over.
pub fn reset_link(tx: &mut Tx<'_>, by: &Operator, installation: &Installation, email: &Email) -> Result<Secret> {
    let user = find(tx, email)?;
    if user.is_disabled {
        return Err(Error::new(Code::AccountDisabled));
    }
    reset_link_of(tx, by, installation, &user)
}

/// The same at anybody's word who may say so.
pub fn reset_link_of(tx: &mut Tx<'_>, by: &impl Acting, installation: &Installation, user: &User) -> Result<Secret> {
    let token = passwords::new_reset_token(tx, user)?;
    audit::record(tx, by, "user.reset_link_made", &Target::new("user", &user.id), Changes::none())?;
    Ok(Secret::new(installation.link("reset-password", token.expose())))
}

/// Takes every second factor of a person away; returns how many there were.
pub fn reset_factors(tx: &mut Tx<'_>, by: &Operator, installation: &Installation, email: &Email) -> Result<u64> {
    let user = find(tx, email)?;
    factors::reset(tx, by, installation, &user)
}

/// The tenant with this slug or id, or an error that says so.
pub fn find_tenant(tx: &mut Tx<'_>, name: &str) -> Result<Tenant> {
    let found = match TenantId::parse(name) {
        Some(id) => tenants::operator_by_id(tx, &id)?,
        None => tenants::operator_by_slug(tx, name)?,
    };
    found.ok_or_else(|| {
        Error::new(Code::NotFound).with_detail(format!("there is no organization with the slug or id {name:?}"))
    })
}

/// Makes a tenant for a person with an account. Returns the link with which they set a password, if they have to.
pub fn create_tenant(
    tx: &mut Tx<'_>,
    by: &Operator,
    installation: &Installation,
    owner: &Email,
    founding: &Founding,
) -> Result<(Tenant, Option<Secret>)> {
    let owner = find(tx, owner)?;
    let link = clear_for_owner(tx, by, installation, &owner)?;
    Ok((domain_tenants::found(tx, by, &owner, founding)?, link))
}

/// Makes sure that an account is of the person whose address it has, before it is given an organization. Unless the address
/// is proved, whoever made the account may be somebody else, who must not be waiting in it (contract 16): they are put out,
/// and there is a link with which the person sets a password.
pub fn clear_for_owner(
    tx: &mut Tx<'_>,
    by: &impl Acting,
    installation: &Installation,
    owner: &User,
) -> Result<Option<Secret>> {
    if owner.is_disabled {
        return Err(Error::new(Code::AccountDisabled));
    }
    if owner.email_verified_at.is_some() {
        return Ok(None);
    }
    // Nobody becomes a platform admin by a link that is handed to them (contract 22).
    if owner.is_platform_admin {
        return Err(Error::new(Code::AddressUnproved));
    }
    otp::put_out(tx, owner, "provisioned")?;
    let factors = factors::end(tx, &owner.id)?;
    let changes = Changes::none().with("password", "removed").with("sessions", "ended").with("factors", factors);
    audit::record(tx, by, "user.put_out", &Target::new("user", &owner.id), changes)?;
    reset_link_of(tx, by, installation, owner).map(Some)
}

/// Gives a tenant another status.
pub fn set_tenant_status(
    tx: &mut Tx<'_>,
    by: &Operator,
    name: &str,
    status: TenantStatus,
    reason: Option<&str>,
) -> Result<Tenant> {
    let tenant = find_tenant(tx, name)?;
    domain_tenants::set_status(tx, by, &tenant, status, reason)
}
