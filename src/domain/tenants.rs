//! Organizations: made, listed, renamed, closed (contract 24 and 36).

use crate::db::Tx;
use crate::domain::audit::{self, Changes, Target};
use crate::domain::caller::{Acting, Caller};
use crate::domain::fields::{Email, Name};
use crate::domain::installation::Installation;
use crate::domain::plans;
use crate::domain::slugs::{self, Slug};
use crate::domain::subscriptions::begin_first;
use crate::domain::tenant_caller::{Admin, Owner, TenantCaller, Viewer};
use crate::error::{Code, Error, Result};
use crate::id::TenantId;
use crate::store::Page;
use crate::store::memberships;
use crate::store::subscriptions::{self, Subscription};
use crate::store::tenants::{self, NewTenant, OwnTenant, Tenant, TenantStatus};
use crate::store::users::User;

/// An organization that somebody wants to make.
#[derive(Clone, Debug)]
pub struct Founding {
    /// What people call it.
    pub name: Name,
    /// Its name in addresses; made from the name if there is none.
    pub slug: Option<Slug>,
    /// Where invoices go; the owner's address if there is none.
    pub billing_email: Option<Email>,
}

/// Makes a tenant whose owner is the caller.
pub fn create(tx: &mut Tx<'_>, caller: &Caller, installation: &Installation, founding: &Founding) -> Result<Tenant> {
    let settings = installation.settings();
    if !settings.is_tenant_creation_open() && !caller.user.is_platform_admin {
        return Err(Error::new(Code::TenantCreationClosed));
    }
    if tenants::operator_count_owned(tx, &caller.user.id)? >= settings.integer("tenants.max_owned_per_user") {
        return Err(Error::new(Code::TenantLimitReached));
    }
    found(tx, caller, &caller.user, founding)
}

/// Makes a tenant for somebody, on the first plan.
pub fn found(tx: &mut Tx<'_>, by: &impl Acting, owner: &User, founding: &Founding) -> Result<Tenant> {
    let slug = available_slug(tx, founding)?;
    let id: TenantId = tx.new_id();
    let billing_email = founding.billing_email.as_ref().map_or(owner.email.as_str(), AsRef::as_ref);
    memberships::operator_insert_first(tx, &id, &owner.id)?;
    let new =
        NewTenant { id: &id, name: founding.name.as_ref(), slug: slug.as_ref(), billing_email, owner_id: &owner.id };
    let tenant = match tenants::operator_insert(tx, &new) {
        Err(error) if error.is_unique("tenants__slug") && founding.slug.is_some() => {
            return Err(Error::new(Code::SlugTaken));
        }
        // Another transaction took the slug that was made; the next run makes another one.
        Err(error) if error.is_unique("tenants__slug") => return Err(crate::db::DbError::Serialization.into()),
        inserted => inserted?,
    };
    let now = tx.now();
    begin_first(tx, &tenant, now)?;
    let changes = Changes::none()
        .with("name", new.name)
        .with("slug", new.slug)
        .with("billing_email", billing_email)
        .with("owner_id", owner.id.as_ref())
        .with("plan_id", plans::FIRST);
    audit::record(tx, by, "tenant.created", &Target::tenant(tenant.scope()), changes)?;
    Ok(tenant)
}

fn available_slug(tx: &mut Tx<'_>, founding: &Founding) -> Result<Slug> {
    match &founding.slug {
        Some(slug) if slugs::is_available(tx, slug)? => Ok(slug.clone()),
        Some(_) => Err(Error::new(Code::SlugTaken)),
        None => slugs::make(tx, founding.name.as_ref())?
            .ok_or_else(|| Error::field("slug", "cannot be made from the name; give one of 3 to 63 characters")),
    }
}

/// The caller's tenants, by name.
pub fn list(tx: &mut Tx<'_>, caller: &Caller, page: &Page) -> Result<(Vec<OwnTenant>, i64)> {
    Ok(tenants::of_user(tx, &caller.user.id, page)?)
}

/// The plan that the tenant has now.
pub fn subscription(tx: &mut Tx<'_>, by: &TenantCaller<Viewer>) -> Result<Subscription> {
    Ok(subscriptions::active(tx, by.scope())?)
}

/// What an admin wants to change; `None` leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct TenantChange {
    /// What people call it.
    pub name: Option<Name>,
    /// Where invoices go.
    pub billing_email: Option<Email>,
}

/// Changes name and billing address, and returns the tenant as it is then.
pub fn update(tx: &mut Tx<'_>, by: &TenantCaller<Admin>, change: &TenantChange) -> Result<(Tenant, Subscription)> {
    let tenant = &by.tenant;
    let name = change.name.as_ref().map_or(tenant.name.as_str(), AsRef::as_ref);
    let billing_email = change.billing_email.as_ref().map_or(tenant.billing_email.as_str(), AsRef::as_ref);
    if name != tenant.name || billing_email != tenant.billing_email {
        tenants::update(tx, tenant, name, billing_email)?;
        let changes = Changes::none().with("name", name).with("billing_email", billing_email);
        audit::record(tx, by, "tenant.updated", &Target::tenant(by.scope()), changes)?;
    }
    let mut updated = tenant.clone();
    (updated.name, updated.billing_email) = (name.to_owned(), billing_email.to_owned());
    Ok((updated, subscriptions::active(tx, by.scope())?))
}

/// Closes the tenant at its owner's word, who typed its slug again.
pub fn archive(tx: &mut Tx<'_>, by: &TenantCaller<Owner>, typed_slug: &str) -> Result<(Tenant, Subscription)> {
    if typed_slug != by.tenant.slug {
        return Err(Error::field("slug", "is not the slug of this organization"));
    }
    let tenant = set_status(tx, by, &by.tenant, TenantStatus::Archived, None)?;
    Ok((tenant, subscriptions::active(tx, by.scope())?))
}

/// Gives the tenant another status. The same again changes nothing but the reason, if there is a new one.
pub fn set_status(
    tx: &mut Tx<'_>,
    by: &impl Acting,
    tenant: &Tenant,
    status: TenantStatus,
    reason: Option<&str>,
) -> Result<Tenant> {
    let action = match (tenant.status, status) {
        (old, new) if old == new && (reason.is_none() || reason == tenant.status_reason.as_deref()) => {
            return Ok(tenant.clone());
        }
        (TenantStatus::Archived, TenantStatus::Suspended) => return Err(Error::new(Code::InvalidTransition)),
        (_, TenantStatus::Active) if tenant.owner_id.is_none() => {
            return Err(
                Error::new(Code::InvalidTransition).with_detail("The organization has no owner. Give it one first.")
            );
        }
        (_, TenantStatus::Active) => "tenant.activated",
        (_, TenantStatus::Suspended) => "tenant.suspended",
        (_, TenantStatus::Archived) => "tenant.archived",
    };
    tenants::set_status(tx, tenant.scope(), status, reason)?;
    let changes = Changes::none().with("old_status", tenant.status.as_str()).with("reason", reason);
    audit::record(tx, by, action, &Target::tenant(tenant.scope()), changes)?;
    let mut changed = tenant.clone();
    (changed.status, changed.status_reason) = (status, reason.map(str::to_owned));
    Ok(changed)
}
