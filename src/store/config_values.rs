//! Stored configuration values.

use crate::args;
use crate::db::{Result, Tx};

/// A stored global value.
#[derive(Clone, Debug)]
pub struct StoredValue {
    /// Its key.
    pub key: String,
    /// JSON of the value; none for a secret.
    pub value: Option<String>,
    /// The sealed text of a secret.
    pub value_sealed: Option<Vec<u8>>,
    /// Whether levels below may not override it.
    pub is_locked: bool,
}

/// Every stored global value.
pub fn list_global(tx: &mut Tx<'_>) -> Result<Vec<StoredValue>> {
    tx.all(
        "SELECT key, value, value_sealed, is_locked FROM config_values WHERE tenant_id = '' AND environment = ''",
        args![],
        |row| {
            Ok(StoredValue { key: row.get(0)?, value: row.get(1)?, value_sealed: row.get(2)?, is_locked: row.get(3)? })
        },
    )
}

/// Stores a global value; its lock stays.
pub fn set_global(
    tx: &mut Tx<'_>,
    key: &str,
    value: Option<&str>,
    value_sealed: Option<&[u8]>,
    updated_by: Option<&str>,
) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "INSERT INTO config_values (key, value, value_sealed, updated_at, updated_by) VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT (key, tenant_id, environment) DO UPDATE SET value = excluded.value, \
         value_sealed = excluded.value_sealed, updated_at = excluded.updated_at, updated_by = excluded.updated_by",
        args![key, value, value_sealed, now, updated_by],
    )?;
    Ok(())
}
