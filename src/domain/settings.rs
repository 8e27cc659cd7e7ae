//! Configuration: a registry that declares every key, and the values in force (contract 30 to 32).
//!
//! Order of precedence: default, then the stored global value, then a tenant's, then a tenant's for one environment. What
//! the operator gives by flag, environment or file for the keys that allow it wins over all of them, and shows as locked
//! with the source `operator`. A lock on the global value hides what is under it.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value as Json;

use crate::db::Tx;
use crate::domain::fields::Email;
use crate::domain::keys::TokenAlgorithm;
use crate::error::{Error, Result};
use crate::secret::{Place, Secret, Vault};
use crate::store::config_values::{self, StoredValue};

mod keys;
mod registry;
mod tenant;

pub use keys::{TREE, entries, entry};
pub use registry::{ConfigValue, Entry, GenType, Group, Level, Reader, Resource, Section};
pub use tenant::{OwnValues, TenantSettings};

/// Where a value in force comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The registry.
    Default,
    /// The stored global value.
    Global,
    /// A tenant's value.
    Tenant,
    /// A tenant's value for one environment.
    Environment,
    /// A flag, environment variable or entry of the configuration file.
    Operator,
}

impl Source {
    /// The name that is shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Global => "global",
            Self::Tenant => "tenant",
            Self::Environment => "environment",
            Self::Operator => "operator",
        }
    }
}

/// Values that the operator gives and that win over stored ones; and the base URL to use when nobody set one.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// By key.
    pub values: BTreeMap<&'static str, ConfigValue>,
    /// Made from the listening address.
    pub default_base_url: String,
}

/// A value in force.
#[derive(Clone, Debug)]
pub struct InForce {
    /// The value.
    pub value: ConfigValue,
    /// Where it comes from.
    pub source: Source,
    /// Whether levels below may not override it.
    pub is_locked: bool,
}

/// What a stored global row holds; `None` for what is no value of the key any more.
pub fn read_stored(vault: &Vault, entry: &'static Entry, stored: &StoredValue) -> Result<Option<ConfigValue>> {
    let Some(sealed) = &stored.value_sealed else { return Ok(read_open(entry, stored)) };
    let plain = vault.unseal(secret_place(entry.key), sealed).map_err(Error::internal)?;
    Ok(Some(ConfigValue::Secret(Secret::new(String::from_utf8_lossy(&plain)))))
}

/// What a stored row that is no secret holds; `None` for what is no value of the key any more.
fn read_open(entry: &Entry, stored: &StoredValue) -> Option<ConfigValue> {
    let json: Json = serde_json::from_str(stored.value.as_deref()?).ok()?;
    entry.parse(&json).ok()
}

/// Where a global secret is sealed.
pub fn secret_place(key: &'static str) -> Place<'static> {
    Place { table: "config_values", row: key, column: "value_sealed" }
}

/// The global values in force.
#[derive(Clone, Debug)]
pub struct Settings {
    in_force: HashMap<&'static str, InForce>,
    default_base_url: String,
}

fn default_of(entry: &Entry, default_base_url: &str) -> ConfigValue {
    match entry.key {
        "base_url" => ConfigValue::Text(default_base_url.to_owned()),
        _ => entry.default_value(),
    }
}

/// Who may register (`auth.registration`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// Everybody.
    Open,
    /// Addresses of the domains in `auth.registration_domains`.
    Domains,
    /// Invited people only.
    InviteOnly,
}

impl Settings {
    /// Reads the stored values and puts them between the defaults and the operator's.
    pub fn load(tx: &mut Tx<'_>, vault: &Vault, overrides: &Overrides) -> Result<Self> {
        let mut values: HashMap<&'static str, InForce> = entries()
            .map(|entry| {
                let value = default_of(entry, &overrides.default_base_url);
                (entry.key, InForce { value, source: Source::Default, is_locked: false })
            })
            .collect();
        for stored in config_values::list(tx, None)? {
            let Some(entry) = entry(&stored.key) else { continue };
            if let Some(value) = read_stored(vault, entry, &stored)? {
                values.insert(entry.key, InForce { value, source: Source::Global, is_locked: stored.is_locked });
            }
        }
        for (key, value) in &overrides.values {
            values.insert(key, InForce { value: value.clone(), source: Source::Operator, is_locked: true });
        }
        Ok(Self { in_force: values, default_base_url: overrides.default_base_url.clone() })
    }

    /// The value of a key while nobody sets one.
    pub fn default_of(&self, entry: &Entry) -> ConfigValue {
        default_of(entry, &self.default_base_url)
    }

    /// The value in force of a registered key.
    pub fn get(&self, key: &str) -> Option<&InForce> {
        self.in_force.get(key)
    }

    /// The value of a text or secret key, empty for any other.
    pub fn text(&self, key: &'static str) -> &str {
        match self.in_force.get(key).map(|in_force| &in_force.value) {
            Some(ConfigValue::Text(text)) => text,
            Some(ConfigValue::Secret(secret)) => secret.expose(),
            _ => "",
        }
    }

    /// The value of an integer key, 0 for any other.
    pub fn integer(&self, key: &'static str) -> i64 {
        match self.in_force.get(key).map(|in_force| &in_force.value) {
            Some(ConfigValue::Int(number)) => *number,
            _ => 0,
        }
    }

    /// What links in mails start with.
    pub fn base_url(&self) -> &str {
        self.text("base_url")
    }

    /// Least length of a new password, in characters.
    pub fn password_min_length(&self) -> usize {
        usize::try_from(self.integer("auth.password_min_length")).unwrap_or(0)
    }

    /// Anonymous requests an address may make in a minute.
    pub fn anonymous_requests_per_minute(&self) -> u64 {
        u64::try_from(self.integer("auth.anonymous_requests_per_minute")).unwrap_or(0)
    }

    /// Origins of web pages that may use the API from a browser.
    pub fn cors_origins(&self) -> impl Iterator<Item = &str> {
        self.text("api.cors_origins").split(", ").filter(|origin| !origin.is_empty())
    }

    /// How new tokens are signed.
    pub fn token_algorithm(&self) -> TokenAlgorithm {
        TokenAlgorithm::parse(self.text("auth.token_algorithm")).unwrap_or(TokenAlgorithm::Hs256)
    }

    /// Who may register.
    pub fn registration(&self) -> Registration {
        match self.text("auth.registration") {
            "domains" => Registration::Domains,
            "invite_only" => Registration::InviteOnly,
            _ => Registration::Open,
        }
    }

    /// Whether everybody may create tenants, and not platform admins only.
    pub fn is_tenant_creation_open(&self) -> bool {
        self.text("tenants.creation") == "anyone"
    }

    /// Whether somebody with this address may register. An invitation opens what is for invited people only; it does
    /// not open a domain that the platform admin has closed.
    pub fn may_register(&self, email: &Email, is_invited: bool) -> bool {
        match self.registration() {
            Registration::Open => true,
            Registration::InviteOnly => is_invited,
            Registration::Domains => self
                .text("auth.registration_domains")
                .split([',', ' '])
                .any(|domain| !domain.is_empty() && domain.eq_ignore_ascii_case(email.domain())),
        }
    }
}
