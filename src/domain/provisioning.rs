//! Accounts and organizations that a platform admin makes for others (contract 36 and 43). No mail is sent: the link with
//! which the person sets a password is handed over, and what was given without it is of no use to anybody.

use crate::clock::Time;
use crate::db::Tx;
use crate::domain::accounts;
use crate::domain::admin_tenants::{self, TenantDetail};
use crate::domain::caller::PlatformAdmin;
use crate::domain::fields::{Email, Name};
use crate::domain::installation::Installation;
use crate::domain::operators;
use crate::domain::passwords::RESET_LIFETIME;
use crate::domain::tenants::{self, Founding};
use crate::error::Result;
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
    let url = operators::reset_link_of(tx, by, installation, &user)?;
    let link = hand_over(tx, url);
    Ok((user, link))
}

fn hand_over(tx: &Tx<'_>, url: Secret) -> SetPasswordLink {
    SetPasswordLink { url, expires_at: tx.now() + RESET_LIFETIME }
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
        Some(known) => {
            let url = operators::clear_for_owner(tx, by, installation, &known)?;
            (known, url.map(|url| hand_over(tx, url)))
        }
        None => {
            let (made, link) = create_user(tx, by, installation, owner)?;
            (made, Some(link))
        }
    };
    let tenant = tenants::found(tx, by, &owner, founding)?;
    Ok((admin_tenants::describe(tx, tenant)?, link))
}
