//! Accounts and organizations that a platform admin makes for others (contract 36 and 43). No mail is sent: the link with
//! which the person sets a password is handed over, and what was given without it is of no use to anybody.

use crate::clock::Time;
use crate::db::Tx;
use crate::domain::accounts;
use crate::domain::admin_tenants::{self, TenantDetail};
use crate::domain::audit::{self, Target};
use crate::domain::caller::PlatformAdmin;
use crate::domain::fields::{Email, Name};
use crate::domain::installation::Installation;
use crate::domain::operators;
use crate::domain::otp;
use crate::domain::passwords::RESET_LIFETIME;
use crate::domain::tenants::{self, Founding};
use crate::error::{Code, Error, Result};
use crate::secret::Secret;
use crate::store::users::{self, User};

/// Somebody for whom an account is made.
#[derive(Clone, Debug)]
pub struct Person {
    /// Address.
    pub email: Email,
    /// Given name; made of the address where there is none.
    pub first_name: Option<Name>,
    /// Family name.
    pub last_name: Option<Name>,
}

/// A link with which a person sets a password, once.
pub struct SetPasswordLink {
    /// The link.
    pub url: Secret,
    /// From when on it does not work.
    pub expires_at: Time,
}

/// Makes an account.
pub fn create_user(
    tx: &mut Tx<'_>,
    by: &PlatformAdmin,
    installation: &Installation,
    person: &Person,
) -> Result<(User, SetPasswordLink)> {
    let names = (person.first_name.as_ref(), person.last_name.as_ref());
    let user = accounts::create_without_password(tx, by, &person.email, names)?;
    let link = set_password_link(tx, by, installation, &user)?;
    Ok((user, link))
}

fn set_password_link(
    tx: &mut Tx<'_>,
    by: &PlatformAdmin,
    installation: &Installation,
    user: &User,
) -> Result<SetPasswordLink> {
    let url = operators::reset_link_of(tx, by, installation, user)?;
    Ok(SetPasswordLink { url, expires_at: tx.now() + RESET_LIFETIME })
}

/// Makes an organization, and an account for its owner unless there is one whose address is proved; then there is no link
/// either. Whoever holds an account with that address that was never proved is put out of it.
pub fn create_tenant(
    tx: &mut Tx<'_>,
    by: &PlatformAdmin,
    installation: &Installation,
    owner: &Person,
    founding: &Founding,
) -> Result<(TenantDetail, Option<SetPasswordLink>)> {
    let (owner, link) = match users::by_email(tx, owner.email.as_ref())? {
        Some(known) if known.is_disabled => return Err(Error::new(Code::AccountDisabled)),
        Some(known) if known.email_verified_at.is_some() => (known, None),
        // Whoever made it may be somebody else, who must not be waiting in it (contract 16).
        Some(known) => {
            let changes = otp::put_out(tx, &known, "provisioned")?;
            audit::record(tx, by, "user.put_out", &Target::new("user", &known.id), changes)?;
            let link = set_password_link(tx, by, installation, &known)?;
            (known, Some(link))
        }
        None => {
            let (made, link) = create_user(tx, by, installation, owner)?;
            (made, Some(link))
        }
    };
    let tenant = tenants::found(tx, by, &owner, founding)?;
    Ok((admin_tenants::describe(tx, tenant)?, link))
}
