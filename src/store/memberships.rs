//! Who is in which organization, as what.

use super::page::Page;
use super::roles::Role;
use super::scope::Scope;
use super::tenants::{TENANT_COLUMNS, Tenant, tenant_columns};
use super::users::{User, user_columns};
use crate::args;
use crate::clock::Time;
use crate::db::{Result, Row, Tx};
use crate::id::{MembershipId, SessionId, TenantId, UserId};

/// A person in an organization.
#[derive(Clone, Debug)]
pub struct Member {
    /// Id of the membership.
    pub id: MembershipId,
    /// The person.
    pub user: User,
    /// What the person is.
    pub role: Role,
    /// Whether the membership is switched off.
    pub is_disabled: bool,
    /// Since when.
    pub joined_at: Time,
    /// Whether the person has a second factor.
    pub has_factor: bool,
}

/// Columns of [`Member`] behind those of its person, in the order that [`read_member`] expects, from aliases `m`, `t`.
macro_rules! membership_columns {
    () => {
        "m.id, CASE WHEN t.owner_id = m.user_id THEN 'owner' ELSE m.role END, m.status, m.joined_at, \
         EXISTS (SELECT 1 FROM factors f WHERE f.user_id = m.user_id AND f.confirmed_at IS NOT NULL)"
    };
}

fn read_member(row: &Row<'_>) -> Result<Member> {
    Ok(Member {
        user: User::read(row)?,
        id: row.get(9)?,
        role: row.get(10)?,
        is_disabled: row.get::<String>(11)? == "disabled",
        joined_at: row.get(12)?,
        has_factor: row.get(13)?,
    })
}

/// Who asks for a second factor (`auth.mfa_enforced`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asking {
    /// The installation, in every tenant.
    pub by_installation: bool,
    /// The tenant, for itself.
    pub by_tenant: bool,
}

/// Columns of [`Asking`]: the installation's `auth.mfa_enforced` binds every tenant, its lock hides the tenant's.
macro_rules! asking_columns {
    () => {
        "COALESCE(g.value = 'true', FALSE), COALESCE(c.value = 'true', FALSE) AND NOT COALESCE(g.is_locked, FALSE)"
    };
}

/// What [`asking_columns`] are read from, of the tenant that a parameter names.
macro_rules! asking_joins {
    ($tenant_id:literal) => {
        concat!(
            "LEFT JOIN config_values g ON g.key = 'auth.mfa_enforced' AND g.tenant_id = '' AND g.environment = '' \
             LEFT JOIN config_values c ON c.key = 'auth.mfa_enforced' AND c.environment = '' AND c.tenant_id = ",
            $tenant_id
        )
    };
}

fn read_asking(row: &Row<'_>, index: usize) -> Result<Asking> {
    Ok(Asking { by_installation: row.get(index)?, by_tenant: row.get(index + 1)? })
}

/// A session that has not ended, its person, and what that person is in a tenant.
pub struct Live {
    /// Who signed in.
    pub user: User,
    /// The session's end whatever happens.
    pub session_expires_at: Time,
    /// Whether a second factor was proved in the session.
    pub is_proven: bool,
    /// Who asks for one in the tenant.
    pub asking: Asking,
    /// The tenant, and the person's role in it; none without an active membership.
    pub membership: Option<(Tenant, Role)>,
}

/// The person of a session and the membership in one tenant, if the session has not ended. This runs on every request
/// with a scoped token. Whether a second factor is asked for is read here too, so that a switch is felt at once, on other
/// nodes and in writes that wait: the installation's `auth.mfa_enforced` binds every tenant, its lock hides the tenant's.
pub fn live(tx: &mut Tx<'_>, session_id: &SessionId, user_id: &UserId, tenant_id: &TenantId) -> Result<Option<Live>> {
    let now = tx.now();
    tx.optional(
        concat!(
            "SELECT ",
            user_columns!(),
            ", s.expires_at, CASE WHEN t.owner_id = m.user_id THEN 'owner' ELSE m.role END, ",
            tenant_columns!(),
            ", s.proven_at IS NOT NULL, ",
            asking_columns!(),
            " FROM sessions s JOIN users u ON u.id = s.user_id ",
            asking_joins!("?4"),
            " LEFT JOIN memberships m ON m.tenant_id = ?4 AND m.user_id = u.id AND m.status = 'active' \
             LEFT JOIN tenants t ON t.id = m.tenant_id \
             WHERE s.id = ?1 AND s.user_id = ?2 AND s.ended_at IS NULL AND s.expires_at > ?3"
        ),
        args![session_id, user_id, now, tenant_id],
        |row| {
            let membership = match row.get::<Option<Role>>(10)? {
                Some(role) => Some((Tenant::read(row, 11)?, role)),
                None => None,
            };
            let next = 11 + TENANT_COLUMNS;
            Ok(Live {
                user: User::read(row)?,
                session_expires_at: row.get(9)?,
                is_proven: row.get(next)?,
                asking: read_asking(row, next + 1)?,
                membership,
            })
        },
    )
}

/// A person and what they are in a tenant, whoever is signed in.
pub struct Standing {
    /// The person.
    pub user: User,
    /// Who asks for a second factor in the tenant.
    pub asking: Asking,
    /// The tenant, and the person's role in it; none without an active membership.
    pub membership: Option<(Tenant, Role)>,
}

/// How a person stands in a tenant.
pub fn operator_standing(tx: &mut Tx<'_>, user_id: &UserId, tenant_id: &TenantId) -> Result<Option<Standing>> {
    tx.optional(
        concat!(
            "SELECT ",
            user_columns!(),
            ", CASE WHEN t.owner_id = m.user_id THEN 'owner' ELSE m.role END, ",
            tenant_columns!(),
            ", ",
            asking_columns!(),
            " FROM users u ",
            asking_joins!("?2"),
            " LEFT JOIN memberships m ON m.tenant_id = ?2 AND m.user_id = u.id AND m.status = 'active' \
             LEFT JOIN tenants t ON t.id = m.tenant_id WHERE u.id = ?1"
        ),
        args![user_id, tenant_id],
        |row| {
            let membership = match row.get::<Option<Role>>(9)? {
                Some(role) => Some((Tenant::read(row, 10)?, role)),
                None => None,
            };
            Ok(Standing { user: User::read(row)?, asking: read_asking(row, 10 + TENANT_COLUMNS)?, membership })
        },
    )
}

/// Every membership of a person, disabled ones too.
pub fn operator_of_user(tx: &mut Tx<'_>, user_id: &UserId) -> Result<Vec<(MembershipId, Tenant)>> {
    tx.all(
        concat!(
            "SELECT m.id, ",
            tenant_columns!(),
            " FROM memberships m JOIN tenants t ON t.id = m.tenant_id WHERE m.user_id = ?1 ORDER BY m.joined_at, m.id"
        ),
        args![user_id],
        |row| Ok((row.get(0)?, Tenant::read(row, 1)?)),
    )
}

/// Stores the first membership of a tenant that is stored next; of its owner, who is an admin beside that.
pub fn operator_insert_first(tx: &mut Tx<'_>, tenant_id: &TenantId, user_id: &UserId) -> Result<MembershipId> {
    insert_row(tx, tenant_id, user_id, Role::Admin)
}

/// Stores a membership; a second one of the same person is a violation of `memberships__tenant_id__user_id`.
pub fn insert(tx: &mut Tx<'_>, scope: &Scope, user_id: &UserId, role: Role) -> Result<MembershipId> {
    insert_row(tx, scope.tenant_id(), user_id, role)
}

fn insert_row(tx: &mut Tx<'_>, tenant_id: &TenantId, user_id: &UserId, role: Role) -> Result<MembershipId> {
    let id: MembershipId = tx.new_id();
    let now = tx.now();
    tx.execute(
        "INSERT INTO memberships (id, tenant_id, user_id, role, joined_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
        args![&id, tenant_id, user_id, role, now],
    )?;
    Ok(id)
}

/// A person in the tenant.
pub fn find(tx: &mut Tx<'_>, scope: &Scope, user_id: &UserId) -> Result<Option<Member>> {
    tx.optional(
        concat!(
            "SELECT ",
            user_columns!(),
            ", ",
            membership_columns!(),
            " FROM memberships m JOIN tenants t ON t.id = m.tenant_id JOIN users u ON u.id = m.user_id \
             WHERE m.tenant_id = ?1 AND m.user_id = ?2"
        ),
        args![scope.tenant_id(), user_id],
        read_member,
    )
}

/// Everybody in the tenant, in the order in which they joined, and how many there are on all pages.
pub fn list(tx: &mut Tx<'_>, scope: &Scope, page: &Page) -> Result<(Vec<Member>, i64)> {
    let pattern = page.pattern();
    let found = tx.all(
        concat!(
            "SELECT ",
            user_columns!(),
            ", ",
            membership_columns!(),
            " FROM memberships m JOIN tenants t ON t.id = m.tenant_id JOIN users u ON u.id = m.user_id \
             WHERE m.tenant_id = ?1 AND u.search_text LIKE ?2 ESCAPE '\\' ORDER BY m.joined_at, m.id LIMIT ?3 OFFSET ?4"
        ),
        args![scope.tenant_id(), &pattern, page.limit(), page.offset],
        read_member,
    )?;
    let total = tx.one(
        "SELECT count(*) FROM memberships m JOIN users u ON u.id = m.user_id \
         WHERE m.tenant_id = ?1 AND u.search_text LIKE ?2 ESCAPE '\\'",
        args![scope.tenant_id(), &pattern],
        |row| row.get(0),
    )?;
    Ok((found, total))
}

/// How many there are in the tenant, active and disabled.
pub fn count(tx: &mut Tx<'_>, scope: &Scope) -> Result<i64> {
    let sql = "SELECT count(*) FROM memberships WHERE tenant_id = ?1";
    tx.one(sql, args![scope.tenant_id()], |row| row.get(0))
}

/// Stores another role, never that of the owner.
pub fn set_role(tx: &mut Tx<'_>, scope: &Scope, user_id: &UserId, role: Role) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE memberships SET role = ?3, updated_at = ?4 WHERE tenant_id = ?1 AND user_id = ?2",
        args![scope.tenant_id(), user_id, role, now],
    )?;
    Ok(())
}

/// Switches a membership off or on.
pub fn set_disabled(tx: &mut Tx<'_>, scope: &Scope, user_id: &UserId, is_disabled: bool) -> Result<()> {
    let now = tx.now();
    let status = if is_disabled { "disabled" } else { "active" };
    tx.execute(
        "UPDATE memberships SET status = ?3, updated_at = ?4 WHERE tenant_id = ?1 AND user_id = ?2",
        args![scope.tenant_id(), user_id, status, now],
    )?;
    Ok(())
}

/// Deletes a membership. The database refuses to delete the owner's.
pub fn delete(tx: &mut Tx<'_>, scope: &Scope, user_id: &UserId) -> Result<()> {
    tx.execute("DELETE FROM memberships WHERE tenant_id = ?1 AND user_id = ?2", args![scope.tenant_id(), user_id])?;
    Ok(())
}
