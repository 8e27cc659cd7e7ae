//! Changing configuration, at every level, and telling where a value comes from (contract 30 to 32).

use serde_json::Value as Json;

use crate::db::{Topic, Tx};
use crate::domain::audit::{self, Changes, Target};
use crate::domain::caller::Acting;
use crate::domain::enforcement;
use crate::domain::installation::Installation;
use crate::domain::keys::{KeyRing, TokenAlgorithm};
use crate::domain::service_keys::{ConfigsRead, ServiceCaller};
use crate::domain::settings::{self, ConfigValue, Entry, InForce, Level, OwnValues, Source, secret_place};
use crate::domain::tenant_caller::{Admin, LeastRole, TenantCaller, Viewer};
use crate::domain::tokens::Environment;
use crate::error::{Code, Error, Result};
use crate::id::TenantId;
use crate::store::config_values::{self, Change, Place};
use crate::store::tenants::Tenant;
use crate::store::{installation, tenants};

/// The error for a key that is not registered.
pub fn unknown_key(key: &str) -> Error {
    Error::new(Code::NotFound).with_detail(format!("there is no configuration key named {key:?}"))
}

fn find(key: &str) -> Result<&'static Entry> {
    settings::entry(key).ok_or_else(|| unknown_key(key))
}

/// A key that the operator gives outside the database cannot be changed inside it.
fn check_operator(installation: &Installation, entry: &Entry) -> Result<()> {
    if installation.settings().get(entry.key).is_some_and(|in_force| in_force.source == Source::Operator) {
        return Err(Error::new(Code::ConfigLocked).with_detail(format!(
            "{} is given by a flag, an environment variable or the configuration file, which wins over stored values",
            entry.key
        )));
    }
    Ok(())
}

/// Stores a global value; the lock stays unless `is_locked` says otherwise. A change of the signing algorithm makes the
/// key it needs, in the same transaction.
pub fn set_global(
    tx: &mut Tx<'_>,
    by: &impl Acting,
    installation: &Installation,
    key: &str,
    value: &Json,
    is_locked: Option<bool>,
) -> Result<InForce> {
    let entry = find(key)?;
    check_operator(installation, entry)?;
    let value = entry.parse(value).map_err(|message| Error::field("value", message))?;
    let stored = config_values::find(tx, Place::Global, entry.key)?;
    let is_locked = is_locked.unwrap_or(stored.as_ref().is_some_and(|stored| stored.is_locked));
    match &value {
        ConfigValue::Secret(secret) => {
            let nonce = tx.random();
            let sealed = installation.vault().seal(secret_place(entry.key), secret.expose().as_bytes(), &nonce);
            config_values::put(tx, Place::Global, entry.key, None, Some(&sealed), is_locked)?;
        }
        open => {
            config_values::put(tx, Place::Global, entry.key, Some(&open.to_json().to_string()), None, is_locked)?;
        }
    }
    if let ("auth.token_algorithm", ConfigValue::Text(name)) = (entry.key, &value)
        && let Some(algorithm) = TokenAlgorithm::parse(name)
    {
        KeyRing::ensure(tx, by, installation.vault(), algorithm)?;
    }
    enforcement::note_switch(tx, by.session_id(), Place::Global, entry.key, stored.as_ref(), &value)?;
    record(tx, by, Place::Global, entry, Some((&value, is_locked)))?;
    Ok(InForce { value, source: Source::Global, is_locked })
}

/// Takes a global value and its lock away, so that the default counts again.
pub fn reset_global(tx: &mut Tx<'_>, by: &impl Acting, installation: &Installation, key: &str) -> Result<InForce> {
    let entry = find(key)?;
    check_operator(installation, entry)?;
    if config_values::delete(tx, Place::Global, entry.key)? {
        if entry.key == "auth.token_algorithm" {
            KeyRing::ensure(tx, by, installation.vault(), TokenAlgorithm::Hs256)?;
        }
        record(tx, by, Place::Global, entry, None)?;
    }
    let value = installation.settings().default_of(entry);
    Ok(InForce { value, source: Source::Default, is_locked: false })
}

/// Whether a tenant's value is for all environments or for the one of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnLevel {
    /// For all.
    Tenant,
    /// For that one.
    Environment,
}

/// A key that the tenant may change at this moment; 404, 403, and 422 for a level that the key does not have.
fn find_own(tx: &mut Tx<'_>, installation: &Installation, key: &str, level: OwnLevel) -> Result<&'static Entry> {
    let entry = find(key)?;
    if entry.level < Level::Tenant {
        return Err(Error::new(Code::ConfigNotModifiable));
    }
    check_operator(installation, entry)?;
    // The snapshot may be older than a lock that another server has set.
    if config_values::find(tx, Place::Global, entry.key)?.is_some_and(|stored| stored.is_locked) {
        return Err(Error::new(Code::ConfigLocked).with_detail("This value is locked by the platform's administrator."));
    }
    if level == OwnLevel::Environment && entry.level < Level::Environment {
        return Err(Error::field("scope", "is the whole organization for this key, not one environment"));
    }
    Ok(entry)
}

fn place<R>(by: &TenantCaller<R>, level: OwnLevel) -> Place<'_> {
    match level {
        OwnLevel::Tenant => Place::Tenant(by.tenant.scope()),
        OwnLevel::Environment => Place::Environment(by.tenant.scope(), by.environment.as_str()),
    }
}

/// Stores a tenant's value and returns what is in force in the token's environment then.
pub fn set_own(
    tx: &mut Tx<'_>,
    by: &TenantCaller<Admin>,
    installation: &Installation,
    key: &str,
    level: OwnLevel,
    value: &Json,
) -> Result<InForce> {
    let entry = find_own(tx, installation, key, level)?;
    let value = entry.parse(value).map_err(|message| Error::field("value", message))?;
    let stored = config_values::find(tx, place(by, level), entry.key)?;
    config_values::put(tx, place(by, level), entry.key, Some(&value.to_json().to_string()), None, false)?;
    enforcement::note_switch(tx, by.session_id(), place(by, level), entry.key, stored.as_ref(), &value)?;
    record(tx, by, place(by, level), entry, Some((&value, false)))?;
    own_in_force(tx, by, installation, entry)
}

/// Takes a tenant's value away, so that the one above counts again, and returns what is in force then.
pub fn reset_own(
    tx: &mut Tx<'_>,
    by: &TenantCaller<Admin>,
    installation: &Installation,
    key: &str,
    level: OwnLevel,
) -> Result<InForce> {
    let entry = find_own(tx, installation, key, level)?;
    if config_values::delete(tx, place(by, level), entry.key)? {
        record(tx, by, place(by, level), entry, None)?;
    }
    own_in_force(tx, by, installation, entry)
}

fn own_in_force<R: LeastRole>(
    tx: &mut Tx<'_>,
    by: &TenantCaller<R>,
    installation: &Installation,
    entry: &Entry,
) -> Result<InForce> {
    let stored = config_values::list(tx, Some(by.scope()))?;
    Ok(OwnValues::of(entry, by.environment, &stored).under(entry, global(installation, entry)?))
}

fn global<'a>(installation: &'a Installation, entry: &Entry) -> Result<&'a InForce> {
    installation.settings().get(entry.key).ok_or_else(|| unknown_key(entry.key))
}

/// Counts the change where it is cached, keeps it in the history of the key, and audits it. `set` is the new value and
/// whether it is locked; none for a value that was taken away.
fn record(
    tx: &mut Tx<'_>,
    by: &impl Acting,
    place: Place<'_>,
    entry: &Entry,
    set: Option<(&ConfigValue, bool)>,
) -> Result<()> {
    let value = set.map(|(value, _)| value.to_json()).filter(|json| !json.is_null());
    let is_locked = set.is_some_and(|(_, is_locked)| is_locked);
    let environment = match place {
        Place::Environment(_, environment) => environment,
        Place::Global | Place::Tenant(_) => "",
    };
    let change = Change {
        at: tx.now(),
        environment: environment.to_owned(),
        is_reset: set.is_none(),
        value: value.as_ref().map(Json::to_string),
        is_locked,
        actor_kind: by.kind().to_owned(),
        actor_id: by.user_id().map(ToString::to_string),
        actor_email: None,
        impersonator_id: by.impersonator_id().map(ToString::to_string),
    };
    config_values::insert_change(tx, place, entry.key, &change)?;
    let action = if set.is_some() { "config.updated" } else { "config.reset" };
    let changes = Changes::none().with("value", value);
    match place {
        Place::Global => {
            installation::count_revision(tx)?;
            tx.announce(Topic::Settings);
            let changes = changes.with("is_locked", is_locked);
            Ok(audit::record(tx, by, action, &Target::new("config", entry.key), changes)?)
        }
        Place::Tenant(scope) | Place::Environment(scope, _) => {
            tenants::count_config_revision(tx, scope)?;
            let changes = changes.with("environment", Some(environment).filter(|environment| !environment.is_empty()));
            Ok(audit::record(tx, by, action, &Target::new("config", entry.key).of(scope), changes)?)
        }
    }
}

/// One level of a key: what is set there, and whether it counts.
pub struct Layer {
    /// Which level.
    pub source: Source,
    /// What is set there, if anything.
    pub value: Option<ConfigValue>,
    /// Whether levels below may not override it.
    pub is_locked: bool,
    /// Whether it is in force.
    pub is_winner: bool,
}

/// Every level of a key from the default on, for a tenant and environment or for the installation alone.
pub fn explain(
    tx: &mut Tx<'_>,
    installation: &Installation,
    own: Option<(&TenantCaller<Viewer>, Environment)>,
    key: &str,
) -> Result<(&'static Entry, Vec<Layer>)> {
    let entry = find(key)?;
    if own.is_some() && entry.level < Level::Tenant {
        return Err(unknown_key(key));
    }
    let global = global(installation, entry)?;
    let stored = config_values::find(tx, Place::Global, entry.key)?;
    let operator = (global.source == Source::Operator).then(|| global.value.clone());
    let stored_value = match &stored {
        Some(stored) => settings::read_stored(installation.vault(), entry, stored)?,
        None => None,
    };
    let values = match own {
        Some((by, environment)) => OwnValues::of(entry, environment, &config_values::list(tx, Some(by.scope()))?),
        None => OwnValues::default(),
    };
    let winner = values.clone().under(entry, global).source;
    let mut layers = vec![
        (Source::Default, Some(installation.settings().default_of(entry)), false),
        (Source::Global, stored_value, stored.is_some_and(|stored| stored.is_locked)),
    ];
    if own.is_some() {
        layers.push((Source::Tenant, values.tenant, false));
    }
    if own.is_some() && entry.level >= Level::Environment {
        layers.push((Source::Environment, values.environment, false));
    }
    if entry.is_operator_key {
        let is_locked = operator.is_some();
        layers.push((Source::Operator, operator, is_locked));
    }
    let layers = layers.into_iter().map(|(source, value, is_locked)| Layer {
        source,
        value,
        is_locked,
        is_winner: source == winner,
    });
    Ok((entry, layers.collect()))
}

/// Part of the changes of a key, newest first, and how many there are.
pub fn history(
    tx: &mut Tx<'_>,
    own: Option<&TenantCaller<Viewer>>,
    key: &str,
    limit: i64,
    offset: i64,
) -> Result<(Vec<Change>, i64)> {
    let entry = find(key)?;
    if own.is_some() && entry.level < Level::Tenant {
        return Err(unknown_key(key));
    }
    Ok(config_values::changes(tx, own.map(TenantCaller::scope), entry.key, limit, offset)?)
}

/// The tenant whose configuration a service asks for.
pub fn tenant_for_service(tx: &mut Tx<'_>, _: &ServiceCaller<ConfigsRead>, id: &TenantId) -> Result<Tenant> {
    tenants::operator_by_id(tx, id)?.ok_or_else(|| Error::new(Code::NotFound))
}
