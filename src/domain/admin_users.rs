//! What platform admins do with accounts (contract 36 and 43).

use crate::db::Tx;
use crate::domain::caller::PlatformAdmin;
use crate::domain::installation::Installation;
use crate::domain::{factors, operators};
use crate::error::{Code, Error, Result};
use crate::id::UserId;
use crate::store::Page;
use crate::store::factors::{self as factor_rows, Factor};
use crate::store::sessions::{self, Session};
use crate::store::tenants::{self, OwnTenant};
use crate::store::users::{self, User};

/// Part of the accounts, newest first, and how many there are.
pub fn list(tx: &mut Tx<'_>, _: &PlatformAdmin, page: &Page) -> Result<(Vec<User>, i64)> {
    Ok(users::operator_list(tx, page)?)
}

/// An account with what platform admins see of it.
pub struct UserDetail {
    /// The account.
    pub user: User,
    /// Tenants in which the person is an active member.
    pub memberships: Vec<OwnTenant>,
    /// Sign-ins that still work, newest first.
    pub sessions: Vec<Session>,
    /// Second factors, oldest first.
    pub factors: Vec<Factor>,
}

fn find(tx: &mut Tx<'_>, id: &UserId) -> Result<User> {
    let found = users::by_id(tx, id)?;
    found.ok_or_else(|| Error::new(Code::NotFound).with_detail("Account not found."))
}

/// An account in detail.
pub fn show(tx: &mut Tx<'_>, _: &PlatformAdmin, id: &UserId) -> Result<UserDetail> {
    let user = find(tx, id)?;
    let (memberships, _) = tenants::of_user(tx, id, &Page::default())?;
    Ok(UserDetail { memberships, sessions: sessions::list_live(tx, id)?, factors: factor_rows::list(tx, id)?, user })
}

/// What is to be changed; `None` leaves it as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct UserChange {
    /// Whether the account is disabled.
    pub is_disabled: Option<bool>,
    /// Whether the person administers the whole installation.
    pub is_platform_admin: Option<bool>,
}

/// Disables, enables, promotes or demotes a person; the last platform admin who can sign in stays. Nobody is promoted whose
/// address is not proved: somebody else may have made the account, and know its password.
pub fn change(tx: &mut Tx<'_>, by: &PlatformAdmin, id: &UserId, change: UserChange) -> Result<User> {
    let mut user = find(tx, id)?;
    if let Some(is_platform_admin) = change.is_platform_admin.filter(|wanted| *wanted != user.is_platform_admin) {
        if is_platform_admin && user.email_verified_at.is_none() {
            return Err(Error::new(Code::AddressUnproved));
        }
        user = operators::change_platform_admin(tx, by, user, is_platform_admin)?;
    }
    if let Some(is_disabled) = change.is_disabled.filter(|wanted| *wanted != user.is_disabled) {
        user = operators::change_disabled(tx, by, user, is_disabled)?;
    }
    Ok(user)
}

/// Deletes a person for good.
pub fn delete(tx: &mut Tx<'_>, by: &PlatformAdmin, id: &UserId) -> Result<()> {
    let user = find(tx, id)?;
    operators::delete_user(tx, by, &user)
}

/// Ends every session of a person.
pub fn end_sessions(tx: &mut Tx<'_>, by: &PlatformAdmin, id: &UserId) -> Result<()> {
    let user = find(tx, id)?;
    operators::end_sessions_of(tx, by, &user).map(drop)
}

/// Forgets the failed attempts that lock an account.
pub fn unlock(tx: &mut Tx<'_>, by: &PlatformAdmin, id: &UserId) -> Result<()> {
    let user = find(tx, id)?;
    operators::unlock_user(tx, by, &user).map(drop)
}

/// Takes every second factor of a person away.
pub fn reset_mfa(tx: &mut Tx<'_>, by: &PlatformAdmin, installation: &Installation, id: &UserId) -> Result<()> {
    let user = find(tx, id)?;
    factors::reset(tx, by, installation, &user).map(drop)
}
