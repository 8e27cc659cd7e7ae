//! Invitations that wait. Only the digests of their tokens.

use super::roles::Role;
use super::scope::Scope;
use super::tenants::{Tenant, tenant_columns};
use crate::args;
use crate::clock::Time;
use crate::db::{Result, Row, Tx};
use crate::id::{InviteId, UserId};
use crate::secret::TokenDigest;

/// An invitation that waits.
#[derive(Clone, Debug)]
pub struct Invite {
    /// Its id, which stays when it is issued again.
    pub id: InviteId,
    /// Whom it is meant for.
    pub email: String,
    /// What that person will be.
    pub role: Role,
    /// Who invited.
    pub invited_by: UserId,
    /// When it was made.
    pub created_at: Time,
    /// From when on its link does not work.
    pub expires_at: Time,
}

/// Columns of [`Invite`], in the order that [`read_invite`] expects, from an alias `i`.
macro_rules! invite_columns {
    () => {
        "i.id, i.email, i.role, i.invited_by, i.created_at, i.expires_at"
    };
}

fn read_invite(row: &Row<'_>) -> Result<Invite> {
    Ok(Invite {
        id: row.get(0)?,
        email: row.get(1)?,
        role: row.get(2)?,
        invited_by: row.get(3)?,
        created_at: row.get(4)?,
        expires_at: row.get(5)?,
    })
}

/// Stores an invitation. One that waits for the same address is issued again: it keeps its id and gets everything else.
/// Returns the stored id.
pub fn put(tx: &mut Tx<'_>, scope: &Scope, new: &Invite, token: &TokenDigest) -> Result<InviteId> {
    tx.one(
        "INSERT INTO invites (id, tenant_id, email, role, token_digest, invited_by, created_at, expires_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (tenant_id, email) DO UPDATE SET \
         role = excluded.role, token_digest = excluded.token_digest, invited_by = excluded.invited_by, \
         expires_at = excluded.expires_at RETURNING id",
        args![
            &new.id,
            scope.tenant_id(),
            &new.email,
            new.role,
            token.as_bytes(),
            &new.invited_by,
            new.created_at,
            new.expires_at
        ],
        |row| row.get(0),
    )
}

/// The invitation with this id.
pub fn by_id(tx: &mut Tx<'_>, scope: &Scope, id: &InviteId) -> Result<Option<Invite>> {
    let sql = concat!("SELECT ", invite_columns!(), " FROM invites i WHERE i.tenant_id = ?1 AND i.id = ?2");
    tx.optional(sql, args![scope.tenant_id(), id], read_invite)
}

/// The invitation that waits for this address.
pub fn by_email(tx: &mut Tx<'_>, scope: &Scope, email: &str) -> Result<Option<Invite>> {
    let sql = concat!("SELECT ", invite_columns!(), " FROM invites i WHERE i.tenant_id = ?1 AND i.email = ?2");
    tx.optional(sql, args![scope.tenant_id(), email], read_invite)
}

/// The invitation of a token that has not expired, and the tenant that its holder is invited to.
pub fn operator_by_token(tx: &mut Tx<'_>, token: &TokenDigest) -> Result<Option<(Invite, Tenant)>> {
    let now = tx.now();
    tx.optional(
        concat!(
            "SELECT ",
            invite_columns!(),
            ", ",
            tenant_columns!(),
            " FROM invites i JOIN tenants t ON t.id = i.tenant_id WHERE i.token_digest = ?1 AND i.expires_at > ?2"
        ),
        args![token.as_bytes(), now],
        |row| Ok((read_invite(row)?, Tenant::read(row, 6)?)),
    )
}

/// Part of the invitations that wait, newest first, each with the address of who invited; and how many there are.
pub fn list(tx: &mut Tx<'_>, scope: &Scope, limit: i64, offset: i64) -> Result<(Vec<(Invite, String)>, i64)> {
    let found = tx.all(
        concat!(
            "SELECT ",
            invite_columns!(),
            ", u.email FROM invites i JOIN users u ON u.id = i.invited_by WHERE i.tenant_id = ?1 \
             ORDER BY i.created_at DESC, i.id DESC LIMIT ?2 OFFSET ?3"
        ),
        args![scope.tenant_id(), limit, offset],
        |row| Ok((read_invite(row)?, row.get(6)?)),
    )?;
    let total =
        tx.one("SELECT count(*) FROM invites WHERE tenant_id = ?1", args![scope.tenant_id()], |row| row.get(0))?;
    Ok((found, total))
}

/// Deletes an invitation.
pub fn delete(tx: &mut Tx<'_>, scope: &Scope, id: &InviteId) -> Result<()> {
    tx.execute("DELETE FROM invites WHERE tenant_id = ?1 AND id = ?2", args![scope.tenant_id(), id])?;
    Ok(())
}

/// An invitation that was taken back.
pub struct Revoked {
    /// Whose it was.
    pub scope: Scope,
    /// Its id.
    pub id: InviteId,
    /// Whom it was meant for.
    pub email: String,
}

fn read_revoked(row: &Row<'_>) -> Result<Revoked> {
    Ok(Revoked { scope: Scope::new(row.get(0)?), id: row.get(1)?, email: row.get(2)? })
}

/// Deletes what a person invited to the tenant and what is addressed to them there.
pub fn delete_of_person(tx: &mut Tx<'_>, scope: &Scope, user_id: &UserId, email: &str) -> Result<Vec<Revoked>> {
    tx.all(
        "DELETE FROM invites WHERE tenant_id = ?1 AND (invited_by = ?2 OR email = ?3) RETURNING tenant_id, id, email",
        args![scope.tenant_id(), user_id, email],
        read_revoked,
    )
}

/// Deletes what a person invited to whatever tenant and what is addressed to them anywhere.
pub fn operator_delete_of_person(tx: &mut Tx<'_>, user_id: &UserId, email: &str) -> Result<Vec<Revoked>> {
    tx.all(
        "DELETE FROM invites WHERE invited_by = ?1 OR email = ?2 RETURNING tenant_id, id, email",
        args![user_id, email],
        read_revoked,
    )
}

/// Deletes invitations that expired before `before`.
pub fn operator_delete_old(tx: &mut Tx<'_>, before: Time) -> Result<u64> {
    tx.execute("DELETE FROM invites WHERE expires_at < ?1", args![before])
}
