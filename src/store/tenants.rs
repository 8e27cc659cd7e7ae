//! Organizations.

use super::page::Page;
use super::roles::Role;
use super::scope::Scope;
use super::search::{Search, trigrams};
use super::totals;
use crate::args;
use crate::clock::Time;
use crate::db::{Column, DbError, Result, Row, Tx, Value};
use crate::id::{TenantId, UserId};

/// Whether a tenant can be worked in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TenantStatus {
    /// Yes.
    Active,
    /// Closed by a platform admin for a while.
    Suspended,
    /// Closed for good, unless a platform admin activates it again.
    Archived,
}

impl TenantStatus {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Active, Self::Suspended, Self::Archived];

    /// Its name in the API and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Archived => "archived",
        }
    }

    /// The status of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

impl Column for TenantStatus {
    fn read(row: &Row<'_>, index: usize) -> Result<Self> {
        Self::parse(&row.get::<String>(index)?).ok_or_else(|| DbError::Other("an unknown tenant status".to_owned()))
    }
}

impl From<TenantStatus> for Value<'_> {
    fn from(status: TenantStatus) -> Self {
        status.as_str().into()
    }
}

/// An organization. Whoever holds one holds its [`Scope`].
#[derive(Clone, Debug)]
pub struct Tenant {
    scope: Scope,
    /// What people call it.
    pub name: String,
    /// Its name in addresses.
    pub slug: String,
    /// Whether it can be worked in.
    pub status: TenantStatus,
    /// Why it has this status, if somebody said so.
    pub status_reason: Option<String>,
    /// Where invoices go.
    pub billing_email: String,
    /// Its owner. Only an archived tenant may have none.
    pub owner_id: Option<UserId>,
    /// When it was made.
    pub created_at: Time,
    /// Grows with every change of its configuration.
    pub config_revision: i64,
}

/// How many columns a [`Tenant`] has.
pub(super) const TENANT_COLUMNS: usize = 9;

/// Columns of [`Tenant`], in the order that [`Tenant::read`] expects, from an alias `t`.
macro_rules! tenant_columns {
    () => {
        "t.id, t.name, t.slug, t.status, t.status_reason, t.billing_email, t.owner_id, t.created_at, \
         t.config_revision"
    };
}
pub(super) use tenant_columns;

impl Tenant {
    /// Reads the columns of `tenant_columns!` from index `start` of the row on.
    pub(super) fn read(row: &Row<'_>, start: usize) -> Result<Self> {
        Ok(Self {
            scope: Scope::new(row.get(start)?),
            name: row.get(start + 1)?,
            slug: row.get(start + 2)?,
            status: row.get(start + 3)?,
            status_reason: row.get(start + 4)?,
            billing_email: row.get(start + 5)?,
            owner_id: row.get(start + 6)?,
            created_at: row.get(start + 7)?,
            config_revision: row.get(start + 8)?,
        })
    }

    /// Its id.
    pub fn id(&self) -> &TenantId {
        self.scope.tenant_id()
    }

    /// The right to touch its rows.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }
}

pub(super) fn search_text(name: &str, slug: &str) -> String {
    super::fold(&format!("{name}\n{slug}"))
}

/// A new organization.
pub struct NewTenant<'a> {
    /// Its id.
    pub id: &'a TenantId,
    /// What people call it.
    pub name: &'a str,
    /// Its name in addresses.
    pub slug: &'a str,
    /// Where invoices go.
    pub billing_email: &'a str,
    /// Whose it is. Their membership must be stored already.
    pub owner_id: &'a UserId,
}

/// Stores a new tenant; a taken slug is a violation of `tenants__slug`.
pub fn operator_insert(tx: &mut Tx<'_>, new: &NewTenant<'_>) -> Result<Tenant> {
    let now = tx.now();
    tx.execute(
        "INSERT INTO tenants (id, name, slug, billing_email, owner_id, search_text, created_at, updated_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)",
        args![new.id, new.name, new.slug, new.billing_email, new.owner_id, &search_text(new.name, new.slug), now],
    )?;
    operator_by_id(tx, new.id)?.ok_or(DbError::Missing)
}

/// The tenant with this id.
pub fn operator_by_id(tx: &mut Tx<'_>, id: &TenantId) -> Result<Option<Tenant>> {
    let sql = concat!("SELECT ", tenant_columns!(), " FROM tenants t WHERE t.id = ?1");
    tx.optional(sql, args![id], |row| Tenant::read(row, 0))
}

/// The tenant with this slug.
pub fn operator_by_slug(tx: &mut Tx<'_>, slug: &str) -> Result<Option<Tenant>> {
    let sql = concat!("SELECT ", tenant_columns!(), " FROM tenants t WHERE t.slug = ?1");
    tx.optional(sql, args![slug], |row| Tenant::read(row, 0))
}

/// Whether the slug was ever used.
pub fn operator_has_slug(tx: &mut Tx<'_>, slug: &str) -> Result<bool> {
    Ok(tx.optional("SELECT id FROM tenants WHERE slug = ?1", args![slug], |_| Ok(()))?.is_some())
}

/// How many tenants a person owns, archived ones too.
pub fn operator_count_owned(tx: &mut Tx<'_>, owner_id: &UserId) -> Result<i64> {
    tx.one("SELECT count(*) FROM tenants WHERE owner_id = ?1", args![owner_id], |row| row.get(0))
}

/// How many tenants that are not archived a person owns.
pub fn operator_count_owned_open(tx: &mut Tx<'_>, owner_id: &UserId) -> Result<i64> {
    let sql = "SELECT count(*) FROM tenants WHERE owner_id = ?1 AND status <> 'archived'";
    tx.one(sql, args![owner_id], |row| row.get(0))
}

/// Leaves the archived tenants of a person without an owner.
pub fn operator_release_archived(tx: &mut Tx<'_>, owner_id: &UserId) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE tenants SET owner_id = NULL, updated_at = ?2 WHERE owner_id = ?1 AND status = 'archived'",
        args![owner_id, now],
    )?;
    Ok(())
}

/// A tenant in the list of a person who is a member of it.
#[derive(Clone, Debug)]
pub struct OwnTenant {
    /// Its id.
    pub id: TenantId,
    /// What people call it.
    pub name: String,
    /// Its name in addresses.
    pub slug: String,
    /// What the person is in it.
    pub role: Role,
    /// Whether it can be worked in.
    pub status: TenantStatus,
}

/// Tenants in which a person is an active member, by name, and how many there are on all pages.
pub fn of_user(tx: &mut Tx<'_>, user_id: &UserId, page: &Page) -> Result<(Vec<OwnTenant>, i64)> {
    let pattern = page.pattern();
    let found = tx.all(
        "SELECT t.id, t.name, t.slug, CASE WHEN t.owner_id = m.user_id THEN 'owner' ELSE m.role END, t.status \
         FROM memberships m JOIN tenants t ON t.id = m.tenant_id \
         WHERE m.user_id = ?1 AND m.status = 'active' AND t.search_text LIKE ?2 ESCAPE '\\' \
         ORDER BY t.search_text, t.id LIMIT ?3 OFFSET ?4",
        args![user_id, &pattern, page.limit(), page.offset],
        |row| {
            Ok(OwnTenant {
                id: row.get(0)?,
                name: row.get(1)?,
                slug: row.get(2)?,
                role: row.get(3)?,
                status: row.get(4)?,
            })
        },
    )?;
    let total = tx.one(
        "SELECT count(*) FROM memberships m JOIN tenants t ON t.id = m.tenant_id \
         WHERE m.user_id = ?1 AND m.status = 'active' AND t.search_text LIKE ?2 ESCAPE '\\'",
        args![user_id, &pattern],
        |row| row.get(0),
    )?;
    Ok((found, total))
}

/// Stores name and billing address.
pub fn update(tx: &mut Tx<'_>, tenant: &Tenant, name: &str, billing_email: &str) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE tenants SET name = ?2, billing_email = ?3, search_text = ?4, updated_at = ?5 WHERE id = ?1",
        args![tenant.id(), name, billing_email, &search_text(name, &tenant.slug), now],
    )?;
    Ok(())
}

/// Stores the status and why.
pub fn set_status(tx: &mut Tx<'_>, scope: &Scope, status: TenantStatus, reason: Option<&str>) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE tenants SET status = ?2, status_reason = ?3, updated_at = ?4 WHERE id = ?1",
        args![scope.tenant_id(), status, reason, now],
    )?;
    Ok(())
}

/// Counts a change of the tenant's configuration.
pub fn count_config_revision(tx: &mut Tx<'_>, scope: &Scope) -> Result<()> {
    tx.execute("UPDATE tenants SET config_revision = config_revision + 1 WHERE id = ?1", args![scope.tenant_id()])?;
    Ok(())
}

/// Makes another member the owner.
pub fn set_owner(tx: &mut Tx<'_>, scope: &Scope, owner_id: &UserId) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE tenants SET owner_id = ?2, updated_at = ?3 WHERE id = ?1",
        args![scope.tenant_id(), owner_id, now],
    )?;
    Ok(())
}

/// A tenant in the operator's list.
#[derive(Clone, Debug)]
pub struct TenantSummary {
    /// The tenant.
    pub tenant: Tenant,
    /// Its owner's address.
    pub owner_email: Option<String>,
    /// Name of its plan.
    pub plan_name: Option<String>,
    /// Active and disabled members.
    pub member_count: i64,
}

/// A page of tenants from the ids of a page, as for users.
macro_rules! page_of_tenants {
    ($ids:literal) => {
        concat!(
            "SELECT ",
            tenant_columns!(),
            ", o.email, s.plan_name, (SELECT count(*) FROM memberships m WHERE m.tenant_id = t.id) FROM (",
            $ids,
            ") p JOIN tenants t ON t.id = p.page_id LEFT JOIN users o ON o.id = t.owner_id \
             LEFT JOIN subscriptions s ON s.tenant_id = t.id AND s.status = 'ACTIVE' \
             ORDER BY t.created_at DESC, t.id DESC"
        )
    };
}

fn read_summary(row: &Row<'_>) -> Result<TenantSummary> {
    Ok(TenantSummary {
        tenant: Tenant::read(row, 0)?,
        owner_email: row.get(TENANT_COLUMNS)?,
        plan_name: row.get(TENANT_COLUMNS + 1)?,
        member_count: row.get(TENANT_COLUMNS + 2)?,
    })
}

/// Tenants of the whole installation, of one status if one is given, newest first, and how many there are on all pages.
pub fn operator_list(tx: &mut Tx<'_>, status: Option<TenantStatus>, page: &Page) -> Result<(Vec<TenantSummary>, i64)> {
    match Search::of(tx, page, trigrams)? {
        Search::All => list_all(tx, status, page),
        Search::Index(needle) => {
            let found = match status {
                Some(status) => format!("search_text : {needle} AND status : \"{}\"", status.as_str()),
                None => format!("search_text : {needle}"),
            };
            list_indexed(tx, &found, page)
        }
        Search::Scan(pattern) => list_scanned(tx, &pattern, status, page),
    }
}

fn list_all(tx: &mut Tx<'_>, status: Option<TenantStatus>, page: &Page) -> Result<(Vec<TenantSummary>, i64)> {
    let name = status.map_or_else(|| "tenants".to_owned(), |status| format!("tenants.{}", status.as_str()));
    let total = totals::operator_current(tx)?.of(&name);
    let Some(span) = page.span(total) else { return Ok((Vec::new(), total)) };
    let (limit, offset) = (span.limit, span.offset);
    let found = match (status, span.is_backwards) {
        (None, false) => tx.all(
            page_of_tenants!("SELECT id AS page_id FROM tenants ORDER BY created_at DESC, id DESC LIMIT ?1 OFFSET ?2"),
            args![limit, offset],
            read_summary,
        ),
        (None, true) => tx.all(
            page_of_tenants!("SELECT id AS page_id FROM tenants ORDER BY created_at, id LIMIT ?1 OFFSET ?2"),
            args![limit, offset],
            read_summary,
        ),
        (Some(status), false) => tx.all(
            page_of_tenants!(
                "SELECT id AS page_id FROM tenants WHERE status = ?3 \
                 ORDER BY created_at DESC, id DESC LIMIT ?1 OFFSET ?2"
            ),
            args![limit, offset, status],
            read_summary,
        ),
        (Some(status), true) => tx.all(
            page_of_tenants!(
                "SELECT id AS page_id FROM tenants WHERE status = ?3 ORDER BY created_at, id LIMIT ?1 OFFSET ?2"
            ),
            args![limit, offset, status],
            read_summary,
        ),
    };
    Ok((found?, total))
}

fn list_indexed(tx: &mut Tx<'_>, found: &str, page: &Page) -> Result<(Vec<TenantSummary>, i64)> {
    let count = "SELECT count(*) FROM tenants_search WHERE tenants_search MATCH ?1";
    let total = tx.one(count, args![found], |row| row.get(0))?;
    let Some(span) = page.span(total) else { return Ok((Vec::new(), total)) };
    let any_late = "SELECT EXISTS (SELECT 1 FROM tenants_search_rows WHERE is_late)";
    if tx.one(any_late, args![], |row| row.get(0))? {
        let sql = page_of_tenants!(
            "SELECT c.id AS page_id FROM tenants_search f JOIN tenants_search_rows r ON r.position = f.rowid \
             JOIN tenants c ON c.id = r.tenant_id WHERE f.tenants_search MATCH ?3 \
             ORDER BY c.created_at DESC, c.id DESC LIMIT ?1 OFFSET ?2"
        );
        return Ok((tx.all(sql, args![page.limit(), page.offset, found], read_summary)?, total));
    }
    let sql = if span.is_backwards {
        page_of_tenants!(
            "SELECT r.tenant_id AS page_id FROM (SELECT rowid AS position FROM tenants_search \
             WHERE tenants_search MATCH ?3 ORDER BY rowid LIMIT ?1 OFFSET ?2) f \
             JOIN tenants_search_rows r ON r.position = f.position"
        )
    } else {
        page_of_tenants!(
            "SELECT r.tenant_id AS page_id FROM (SELECT rowid AS position FROM tenants_search \
             WHERE tenants_search MATCH ?3 ORDER BY rowid DESC LIMIT ?1 OFFSET ?2) f \
             JOIN tenants_search_rows r ON r.position = f.position"
        )
    };
    Ok((tx.all(sql, args![span.limit, span.offset, found], read_summary)?, total))
}

fn list_scanned(
    tx: &mut Tx<'_>,
    pattern: &str,
    status: Option<TenantStatus>,
    page: &Page,
) -> Result<(Vec<TenantSummary>, i64)> {
    let status = status.map_or("", TenantStatus::as_str);
    let total = tx.one(
        "SELECT count(*) FROM tenants WHERE search_text LIKE ?1 ESCAPE '\\' AND (?2 = '' OR status = ?2)",
        args![pattern, status],
        |row| row.get(0),
    )?;
    let found = tx.all(
        page_of_tenants!(
            "SELECT id AS page_id FROM tenants WHERE search_text LIKE ?3 ESCAPE '\\' AND (?4 = '' OR status = ?4) \
             ORDER BY +created_at DESC, id DESC LIMIT ?1 OFFSET ?2"
        ),
        args![page.limit(), page.offset, pattern, status],
        read_summary,
    )?;
    Ok((found, total))
}
