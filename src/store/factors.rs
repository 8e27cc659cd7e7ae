//! Second factors of people.

use crate::args;
use crate::clock::Time;
use crate::db::{Column, DbError, Result, Row, Tx, Value};
use crate::id::{FactorId, UserId};

/// What kind of factor it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorKind {
    /// Codes that an app makes from a seed and the time (RFC 6238).
    Totp,
}

impl FactorKind {
    /// Its name in the API and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Totp => "totp",
        }
    }
}

impl Column for FactorKind {
    fn read(row: &Row<'_>, index: usize) -> Result<Self> {
        match row.get::<String>(index)?.as_str() {
            "totp" => Ok(Self::Totp),
            _ => Err(DbError::Other("an unknown kind of factor".to_owned())),
        }
    }
}

impl From<FactorKind> for Value<'_> {
    fn from(kind: FactorKind) -> Self {
        kind.as_str().into()
    }
}

/// A factor that is set up.
#[derive(Clone, Debug)]
pub struct Factor {
    /// Its id.
    pub id: FactorId,
    /// Its kind.
    pub kind: FactorKind,
    /// When it was proved for the first time.
    pub confirmed_at: Time,
    /// When it was proved last.
    pub last_used_at: Option<Time>,
}

/// Every factor of a person that is set up, oldest first.
pub fn list(tx: &mut Tx<'_>, user_id: &UserId) -> Result<Vec<Factor>> {
    tx.all(
        "SELECT id, kind, confirmed_at, last_used_at FROM factors WHERE user_id = ?1 AND confirmed_at IS NOT NULL \
         ORDER BY confirmed_at, id",
        args![user_id],
        |row| Ok(Factor { id: row.get(0)?, kind: row.get(1)?, confirmed_at: row.get(2)?, last_used_at: row.get(3)? }),
    )
}

/// Whether a person has a factor that is set up.
pub fn has_any(tx: &mut Tx<'_>, user_id: &UserId) -> Result<bool> {
    tx.one(
        "SELECT EXISTS (SELECT 1 FROM factors WHERE user_id = ?1 AND confirmed_at IS NOT NULL)",
        args![user_id],
        |row| row.get(0),
    )
}

/// The TOTP factor of a person, set up or being set up.
pub struct TotpFactor {
    /// Its id.
    pub id: FactorId,
    /// The seed, sealed.
    pub secret_sealed: Vec<u8>,
    /// When setting it up began.
    pub created_at: Time,
    /// Whether it is set up.
    pub is_confirmed: bool,
    /// The step of the last code that was taken.
    pub last_step: Option<i64>,
}

/// The TOTP factor of a person.
pub fn totp(tx: &mut Tx<'_>, user_id: &UserId) -> Result<Option<TotpFactor>> {
    tx.optional(
        "SELECT id, secret_sealed, created_at, confirmed_at, last_step FROM factors WHERE user_id = ?1 AND kind = ?2",
        args![user_id, FactorKind::Totp],
        |row| {
            Ok(TotpFactor {
                id: row.get(0)?,
                secret_sealed: row.get(1)?,
                created_at: row.get(2)?,
                is_confirmed: row.get::<Option<Time>>(3)?.is_some(),
                last_step: row.get(4)?,
            })
        },
    )
}

/// Begins to set a TOTP factor up, in place of one that was begun before; `false` if there is one that is set up.
pub fn begin_totp(tx: &mut Tx<'_>, id: &FactorId, user_id: &UserId, secret_sealed: &[u8]) -> Result<bool> {
    let now = tx.now();
    let stored = tx.execute(
        "INSERT INTO factors (id, user_id, kind, secret_sealed, created_at) VALUES (?1, ?2, 'totp', ?3, ?4) \
         ON CONFLICT (user_id, kind) WHERE kind = 'totp' DO UPDATE SET id = excluded.id, \
         secret_sealed = excluded.secret_sealed, created_at = excluded.created_at \
         WHERE factors.confirmed_at IS NULL",
        args![id, user_id, secret_sealed, now],
    )?;
    Ok(stored == 1)
}

/// Notes that a TOTP factor was proved, for the first time or once more, with the code of a step.
pub fn set_proved(tx: &mut Tx<'_>, id: &FactorId, step: i64) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE factors SET confirmed_at = COALESCE(confirmed_at, ?2), last_used_at = ?2, last_step = ?3 WHERE id = ?1",
        args![id, now, step],
    )?;
    Ok(())
}

/// Deletes the factors of a person, set up or not, and returns how many of them were set up.
pub fn delete_of_user(tx: &mut Tx<'_>, user_id: &UserId) -> Result<u64> {
    tx.execute("DELETE FROM factors WHERE user_id = ?1 AND confirmed_at IS NULL", args![user_id])?;
    tx.execute("DELETE FROM factors WHERE user_id = ?1", args![user_id])
}

/// Deletes what somebody began to set up before `before` and did not finish.
pub fn delete_old(tx: &mut Tx<'_>, before: Time) -> Result<u64> {
    tx.execute("DELETE FROM factors WHERE confirmed_at IS NULL AND created_at < ?1", args![before])
}
