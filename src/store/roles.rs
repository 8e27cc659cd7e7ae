//! Roles in an organization.

use crate::db::{Column, DbError, Result, Row, Value};

/// What a person may do in an organization. The order is that of power: who is more may do all that who is less may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads.
    Viewer,
    /// Works with what is there.
    Member,
    /// Manages people, plan, configuration and storage.
    Admin,
    /// Does all of it, and alone transfers or archives the organization.
    Owner,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Member, Self::Admin, Self::Owner];

    /// Its name in tokens, the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
}

impl Column for Role {
    fn read(row: &Row<'_>, index: usize) -> Result<Self> {
        let text: String = row.get(index)?;
        let found = Self::ALL.into_iter().find(|role| role.as_str() == text);
        found.ok_or_else(|| DbError::Other("an unknown role".to_owned()))
    }
}

impl From<Role> for Value<'_> {
    fn from(role: Role) -> Self {
        role.as_str().into()
    }
}
