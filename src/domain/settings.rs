//! Configuration: a registry that declares every key, and the values in force (contract 30 to 32).
//!
//! Order of precedence: default, then the stored global value, then what the operator gives by flag, environment or file
//! for the keys that allow it; the last shows as locked with the source `operator`.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value as Json;

use crate::db::{Topic, Tx};
use crate::domain::audit::{self, Changes, Target};
use crate::domain::caller::Acting;
use crate::domain::fields::Email;
use crate::domain::keys::{KeyRing, TokenAlgorithm};
use crate::error::{Code, Error, Result};
use crate::secret::{Place, Secret, Vault};
use crate::store::{config_values, installation};

mod registry;

pub use registry::{ConfigValue, Entry, GenType, REGISTRY, entry};

/// Where a value in force comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The registry.
    Default,
    /// The stored global value.
    Global,
    /// A flag, environment variable or entry of the configuration file.
    Operator,
}

impl Source {
    /// The name that is shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Global => "global",
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

/// The global values in force.
#[derive(Clone, Debug)]
pub struct Settings(HashMap<&'static str, InForce>);

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
        let mut values: HashMap<&'static str, InForce> = REGISTRY
            .iter()
            .map(|entry| {
                let value = match entry.key {
                    "base_url" => ConfigValue::Text(overrides.default_base_url.clone()),
                    _ => entry.default_value(),
                };
                (entry.key, InForce { value, source: Source::Default, is_locked: false })
            })
            .collect();
        for stored in config_values::list_global(tx)? {
            let Some(entry) = entry(&stored.key) else { continue };
            let value = match (&stored.value, &stored.value_sealed) {
                (_, Some(sealed)) => {
                    let plain = vault.unseal(place(entry.key), sealed).map_err(Error::internal)?;
                    Some(ConfigValue::Secret(Secret::new(String::from_utf8_lossy(&plain))))
                }
                (Some(json), None) => serde_json::from_str(json).ok().and_then(|json: Json| entry.parse(&json).ok()),
                (None, None) => None,
            };
            if let Some(value) = value {
                values.insert(entry.key, InForce { value, source: Source::Global, is_locked: stored.is_locked });
            }
        }
        for (key, value) in &overrides.values {
            values.insert(key, InForce { value: value.clone(), source: Source::Operator, is_locked: true });
        }
        Ok(Self(values))
    }

    /// The value in force of a registered key.
    pub fn get(&self, key: &str) -> Option<&InForce> {
        self.0.get(key)
    }

    /// The value of a text or secret key, empty for any other.
    pub fn text(&self, key: &'static str) -> &str {
        match self.0.get(key).map(|in_force| &in_force.value) {
            Some(ConfigValue::Text(text)) => text,
            Some(ConfigValue::Secret(secret)) => secret.expose(),
            _ => "",
        }
    }

    /// The value of an integer key, 0 for any other.
    pub fn integer(&self, key: &'static str) -> i64 {
        match self.0.get(key).map(|in_force| &in_force.value) {
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

/// Stores a global value. A change of the signing algorithm makes the key it needs, in the same transaction.
pub fn set_global(
    tx: &mut Tx<'_>,
    by: &impl Acting,
    vault: &Vault,
    in_force: &Settings,
    key: &str,
    value: &Json,
) -> Result<()> {
    let entry = entry(key).ok_or_else(|| unknown_key(key))?;
    if in_force.get(entry.key).is_some_and(|in_force| in_force.source == Source::Operator) {
        return Err(Error::new(Code::ConfigLocked).with_detail(format!(
            "{key} is given by a flag, an environment variable or the configuration file, which wins over stored values"
        )));
    }
    let parsed = entry.parse(value).map_err(|message| Error::field("value", message))?;
    let updated_by = by.user_id().map(AsRef::as_ref);
    match &parsed {
        ConfigValue::Secret(secret) => {
            let nonce = tx.random();
            let sealed = vault.seal(place(entry.key), secret.expose().as_bytes(), &nonce);
            config_values::set_global(tx, key, None, Some(&sealed), updated_by)?;
        }
        open => config_values::set_global(tx, key, Some(&open.to_json().to_string()), None, updated_by)?,
    }
    if let ("auth.token_algorithm", ConfigValue::Text(name)) = (entry.key, &parsed)
        && let Some(algorithm) = TokenAlgorithm::parse(name)
    {
        KeyRing::ensure(tx, by, vault, algorithm)?;
    }
    installation::count_revision(tx)?;
    tx.announce(Topic::Settings);
    let changes = Changes::none().with("value", parsed.to_json());
    Ok(audit::record(tx, by, "config.updated", &Target::new("config", key), changes)?)
}

/// The error for a key that is not registered.
pub fn unknown_key(key: &str) -> Error {
    Error::new(Code::NotFound).with_detail(format!("there is no configuration key named {key:?}"))
}

fn place(key: &'static str) -> Place<'static> {
    Place { table: "config_values", row: key, column: "value_sealed" }
}
