//! The values in force in one tenant and environment.

use std::collections::HashMap;

use super::registry::{ConfigValue, Entry, Level};
use super::{InForce, Settings, Source, entries, read_open};
use crate::db::Tx;
use crate::domain::tokens::Environment;
use crate::error::Result;
use crate::store::Scope;
use crate::store::config_values::{self, StoredValue};

/// What a tenant set for one key.
#[derive(Clone, Debug, Default)]
pub struct OwnValues {
    /// For all environments.
    pub tenant: Option<ConfigValue>,
    /// For the environment in question.
    pub environment: Option<ConfigValue>,
}

impl OwnValues {
    /// Takes them from the stored values of a tenant.
    pub fn of(entry: &Entry, environment: Environment, stored: &[StoredValue]) -> Self {
        let value_for = |wanted: &str| {
            let row = stored.iter().find(|row| row.key == entry.key && row.environment == wanted);
            row.and_then(|row| read_open(entry, row))
        };
        Self {
            tenant: value_for("").filter(|_| entry.level >= Level::Tenant),
            environment: value_for(environment.as_str()).filter(|_| entry.level >= Level::Environment),
        }
    }

    /// The value of a key in force under a global one.
    pub fn under(self, entry: &Entry, global: &InForce) -> InForce {
        let on = ConfigValue::Bool(true);
        let own = match self {
            _ if global.is_locked => None,
            Self { tenant: Some(value), .. } if entry.is_binding && global.value == on && value != on => None,
            Self { environment: Some(value), .. } => Some((value, Source::Environment)),
            Self { tenant: Some(value), .. } => Some((value, Source::Tenant)),
            _ => None,
        };
        match own {
            Some((value, source)) => InForce { value, source, is_locked: false },
            None => global.clone(),
        }
    }
}

/// The values in force in one tenant and environment, of the keys that a tenant may set.
#[derive(Debug)]
pub struct TenantSettings(HashMap<&'static str, InForce>);

impl TenantSettings {
    /// Reads what the tenant set and puts it under the global values.
    pub fn load(tx: &mut Tx<'_>, global: &Settings, scope: &Scope, environment: Environment) -> Result<Self> {
        let stored = config_values::list(tx, Some(scope))?;
        let of_tenants = entries().filter(|entry| entry.level >= Level::Tenant);
        let values = of_tenants.filter_map(|entry| {
            let own = OwnValues::of(entry, environment, &stored);
            Some((entry.key, own.under(entry, global.get(entry.key)?)))
        });
        Ok(Self(values.collect()))
    }

    /// The value in force of a key that a tenant may set.
    pub fn get(&self, key: &str) -> Option<&InForce> {
        self.0.get(key)
    }
}
