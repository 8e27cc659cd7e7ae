//! People with an account.

use super::fold;
use super::page::{Page, Span};
use super::search::{Search, pieces};
use super::totals;
use crate::args;
use crate::clock::Time;
use crate::db::{DbError, Result, Row, Tx};
use crate::id::UserId;
use crate::secret::Secret;

/// An account without its password.
#[derive(Clone, Debug)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// Address, normalized (contract 16).
    pub email: String,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// When the address was proved; `None` until then.
    pub email_verified_at: Option<Time>,
    /// Whether the person administers the whole installation.
    pub is_platform_admin: bool,
    /// Whether the account is disabled: no sign-in, no session works.
    pub is_disabled: bool,
    /// When it was made.
    pub created_at: Time,
    /// The last sign-in.
    pub last_login_at: Option<Time>,
}

/// Columns of [`User`], in the order that [`User::read`] expects, from an alias `u`.
macro_rules! user_columns {
    () => {
        "u.id, u.email, u.first_name, u.last_name, u.email_verified_at, u.is_platform_admin, u.status, u.created_at, \
         u.last_login_at"
    };
}
pub(super) use user_columns;

impl User {
    /// Reads the columns of `user_columns!` from the row's start.
    pub(super) fn read(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            email: row.get(1)?,
            first_name: row.get(2)?,
            last_name: row.get(3)?,
            email_verified_at: row.get(4)?,
            is_platform_admin: row.get(5)?,
            is_disabled: row.get::<String>(6)? == "disabled",
            created_at: row.get(7)?,
            last_login_at: row.get(8)?,
        })
    }
}

/// What a password is checked against.
#[derive(Clone, Debug)]
pub struct Password {
    /// Whose it is.
    pub user_id: UserId,
    /// PHC string; `None` for an account without a password.
    pub hash: Option<Secret>,
    /// Grows with every change.
    pub version: i64,
}

/// A new account.
pub struct NewUser<'a> {
    /// Normalized address.
    pub email: &'a str,
    /// Given name.
    pub first_name: &'a str,
    /// Family name.
    pub last_name: &'a str,
    /// PHC string; none for an account without a password.
    pub password_hash: Option<&'a Secret>,
    /// Whether the person administers the whole installation.
    pub is_platform_admin: bool,
    /// When the address was proved, if it is.
    pub email_verified_at: Option<Time>,
}

/// Stores a new account; a taken address is a violation of `users__email`.
pub fn insert(tx: &mut Tx<'_>, new: &NewUser<'_>) -> Result<User> {
    let id: UserId = tx.new_id();
    let now = tx.now();
    tx.execute(
        "INSERT INTO users (id, email, first_name, last_name, password_hash, is_platform_admin, email_verified_at, \
         created_at, updated_at, search_text) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9)",
        args![
            &id,
            new.email,
            new.first_name,
            new.last_name,
            new.password_hash.map(Secret::expose),
            new.is_platform_admin,
            new.email_verified_at,
            now,
            &search_text(new.first_name, new.last_name, new.email)
        ],
    )?;
    by_id(tx, &id)?.ok_or(DbError::Missing)
}

pub(super) fn search_text(first_name: &str, last_name: &str, email: &str) -> String {
    fold(&format!("{first_name} {last_name}\n{email}"))
}

/// The account with this id.
pub fn by_id(tx: &mut Tx<'_>, id: &UserId) -> Result<Option<User>> {
    tx.optional(concat!("SELECT ", user_columns!(), " FROM users u WHERE u.id = ?1"), args![id], User::read)
}

/// The account with this normalized address.
pub fn by_email(tx: &mut Tx<'_>, email: &str) -> Result<Option<User>> {
    tx.optional(concat!("SELECT ", user_columns!(), " FROM users u WHERE u.email = ?1"), args![email], User::read)
}

/// A page of accounts from the ids of a page: found in an index alone, then looked up, so that what is skipped is not read.
macro_rules! page_of_users {
    ($ids:literal) => {
        concat!(
            "SELECT ",
            user_columns!(),
            " FROM (",
            $ids,
            ") p JOIN users u ON u.id = p.page_id ORDER BY u.created_at DESC, u.id DESC"
        )
    };
}

/// Accounts whose address holds the page's needle, newest first, and how many there are on all pages.
pub fn operator_list(tx: &mut Tx<'_>, page: &Page) -> Result<(Vec<User>, i64)> {
    let search = Search::of(tx, page, pieces)?;
    let all = totals::operator_current(tx)?.of("users");
    let total = match &search {
        Search::All => all,
        Search::Index(phrase) => {
            tx.one("SELECT count(*) FROM users_search WHERE users_search MATCH ?1", args![phrase], |row| row.get(0))?
        }
        Search::Scan(pattern) => {
            let sql = "SELECT count(*) FROM users_search WHERE email LIKE ?1 ESCAPE '\\'";
            tx.one(sql, args![pattern], |row| row.get(0))?
        }
    };
    let Some(span) = page.span(total) else { return Ok((Vec::new(), total)) };
    let found = match &search {
        Search::All => list_all(tx, span)?,
        Search::Index(phrase) => list_indexed(tx, phrase, page, span)?,
        Search::Scan(pattern) if span.is_dense(total, all) => list_dense(tx, pattern, span)?,
        Search::Scan(pattern) => list_sparse(tx, pattern, page)?,
    };
    Ok((found, total))
}

fn list_all(tx: &mut Tx<'_>, span: Span) -> Result<Vec<User>> {
    let sql = if span.is_backwards {
        page_of_users!("SELECT id AS page_id FROM users ORDER BY created_at, id LIMIT ?1 OFFSET ?2")
    } else {
        page_of_users!("SELECT id AS page_id FROM users ORDER BY created_at DESC, id DESC LIMIT ?1 OFFSET ?2")
    };
    tx.all(sql, args![span.limit, span.offset], User::read)
}

fn list_indexed(tx: &mut Tx<'_>, phrase: &str, page: &Page, span: Span) -> Result<Vec<User>> {
    let any_late = "SELECT EXISTS (SELECT 1 FROM users_search_rows WHERE is_late)";
    if tx.one(any_late, args![], |row| row.get(0))? {
        let sql = page_of_users!(
            "SELECT c.id AS page_id FROM users_search f JOIN users_search_rows r ON r.position = f.rowid \
             JOIN users c ON c.id = r.user_id WHERE f.users_search MATCH ?3 \
             ORDER BY c.created_at DESC, c.id DESC LIMIT ?1 OFFSET ?2"
        );
        return tx.all(sql, args![page.limit(), page.offset, phrase], User::read);
    }
    let sql = if span.is_backwards {
        page_of_users!(
            "SELECT r.user_id AS page_id FROM (SELECT rowid AS position FROM users_search \
             WHERE users_search MATCH ?3 ORDER BY rowid LIMIT ?1 OFFSET ?2) f \
             JOIN users_search_rows r ON r.position = f.position"
        )
    } else {
        page_of_users!(
            "SELECT r.user_id AS page_id FROM (SELECT rowid AS position FROM users_search \
             WHERE users_search MATCH ?3 ORDER BY rowid DESC LIMIT ?1 OFFSET ?2) f \
             JOIN users_search_rows r ON r.position = f.position"
        )
    };
    tx.all(sql, args![span.limit, span.offset, phrase], User::read)
}

/// Goes through the list until the page is full. The inner `OFFSET` keeps PostgreSQL, which knows less of how much
/// matches, from sorting instead.
fn list_dense(tx: &mut Tx<'_>, pattern: &str, span: Span) -> Result<Vec<User>> {
    let sql = if span.is_backwards {
        page_of_users!(
            "SELECT user_id AS page_id FROM (SELECT * FROM users_search ORDER BY created_at, user_id OFFSET 0) walked \
             WHERE email LIKE ?3 ESCAPE '\\' ORDER BY created_at, user_id LIMIT ?1 OFFSET ?2"
        )
    } else {
        page_of_users!(
            "SELECT user_id AS page_id \
             FROM (SELECT * FROM users_search ORDER BY created_at DESC, user_id DESC OFFSET 0) walked \
             WHERE email LIKE ?3 ESCAPE '\\' ORDER BY created_at DESC, user_id DESC LIMIT ?1 OFFSET ?2"
        )
    };
    tx.all(sql, args![span.limit, span.offset, pattern], User::read)
}

/// Finds everything that matches and puts it in order. The sign keeps the engine from going through the list instead.
fn list_sparse(tx: &mut Tx<'_>, pattern: &str, page: &Page) -> Result<Vec<User>> {
    let sql = page_of_users!(
        "SELECT user_id AS page_id FROM users_search WHERE email LIKE ?3 ESCAPE '\\' \
         ORDER BY +created_at DESC, user_id DESC LIMIT ?1 OFFSET ?2"
    );
    tx.all(sql, args![page.limit(), page.offset, pattern], User::read)
}

/// Every platform admin, oldest first.
pub fn operator_list_admins(tx: &mut Tx<'_>) -> Result<Vec<User>> {
    tx.all(
        concat!("SELECT ", user_columns!(), " FROM users u WHERE u.is_platform_admin ORDER BY u.created_at, u.id"),
        args![],
        User::read,
    )
}

/// Number of platform admins who can sign in.
pub fn count_active_admins(tx: &mut Tx<'_>) -> Result<i64> {
    tx.one("SELECT count(*) FROM users WHERE is_platform_admin AND status = 'active'", args![], |row| row.get(0))
}

/// The password of the account with this normalized address.
pub fn password_by_email(tx: &mut Tx<'_>, email: &str) -> Result<Option<Password>> {
    tx.optional("SELECT id, password_hash, password_version FROM users WHERE email = ?1", args![email], read_password)
}

/// The password of this account.
pub fn password_by_id(tx: &mut Tx<'_>, id: &UserId) -> Result<Option<Password>> {
    tx.optional("SELECT id, password_hash, password_version FROM users WHERE id = ?1", args![id], read_password)
}

fn read_password(row: &Row<'_>) -> Result<Password> {
    let hash: Option<String> = row.get(1)?;
    Ok(Password { user_id: row.get(0)?, hash: hash.map(Secret::new), version: row.get(2)? })
}

/// Changes the password, or takes it away, and counts its version up.
pub fn set_password(tx: &mut Tx<'_>, id: &UserId, hash: Option<&Secret>) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE users SET password_hash = ?2, password_version = password_version + 1, updated_at = ?3 WHERE id = ?1",
        args![id, hash.map(Secret::expose), now],
    )?;
    Ok(())
}

/// Stores the same password under a new hash; its version stays.
pub fn set_rehashed_password(tx: &mut Tx<'_>, id: &UserId, hash: &Secret) -> Result<()> {
    tx.execute("UPDATE users SET password_hash = ?2 WHERE id = ?1", args![id, hash.expose()])?;
    Ok(())
}

/// Stores the names.
pub fn set_names(tx: &mut Tx<'_>, user: &User, first_name: &str, last_name: &str) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE users SET first_name = ?2, last_name = ?3, updated_at = ?4, search_text = ?5 WHERE id = ?1",
        args![&user.id, first_name, last_name, now, &search_text(first_name, last_name, &user.email)],
    )?;
    Ok(())
}

/// Stores a new, proved address; a taken one is a violation of `users__email`.
pub fn set_email(tx: &mut Tx<'_>, user: &User, email: &str) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE users SET email = ?2, email_verified_at = ?3, updated_at = ?3, search_text = ?4 WHERE id = ?1",
        args![&user.id, email, now, &search_text(&user.first_name, &user.last_name, email)],
    )?;
    Ok(())
}

/// Notes that the address is proved, if it was not before.
pub fn set_email_verified(tx: &mut Tx<'_>, id: &UserId) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE users SET email_verified_at = ?2, updated_at = ?2 WHERE id = ?1 AND email_verified_at IS NULL",
        args![id, now],
    )?;
    Ok(())
}

/// Disables or enables the account.
pub fn set_disabled(tx: &mut Tx<'_>, id: &UserId, is_disabled: bool) -> Result<()> {
    let now = tx.now();
    let status = if is_disabled { "disabled" } else { "active" };
    tx.execute("UPDATE users SET status = ?2, updated_at = ?3 WHERE id = ?1", args![id, status, now])?;
    Ok(())
}

/// Gives or takes the administration of the installation.
pub fn set_platform_admin(tx: &mut Tx<'_>, id: &UserId, is_platform_admin: bool) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE users SET is_platform_admin = ?2, updated_at = ?3 WHERE id = ?1",
        args![id, is_platform_admin, now],
    )?;
    Ok(())
}

/// Deletes an account with its sessions, codes, links, invitations and memberships. The database refuses that for whoever
/// owns a tenant.
pub fn delete(tx: &mut Tx<'_>, id: &UserId) -> Result<()> {
    tx.execute("DELETE FROM users WHERE id = ?1", args![id])?;
    Ok(())
}

/// Notes a sign-in.
pub fn set_last_login(tx: &mut Tx<'_>, id: &UserId) -> Result<()> {
    let now = tx.now();
    tx.execute("UPDATE users SET last_login_at = ?2 WHERE id = ?1", args![id, now])?;
    Ok(())
}
