//! What this installation is at the moment: identity, master key, signing keys, settings. Replaced as a whole when
//! something of it changes.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::clock::Time;
use crate::db::Tx;
use crate::domain::caller::{PlatformAdmin, System};
use crate::domain::keys::KeyRing;
use crate::domain::settings::{Overrides, Settings, TenantSettings};
use crate::domain::tokens::Environment;
use crate::error::{Error, Result};
use crate::id::TenantId;
use crate::secret::{Place, UnsealError, Vault};
use crate::store::installation::{self, Identity};
use crate::store::outbox;
use crate::store::tenants::Tenant;

const KEY_CHECK: Place<'static> = Place { table: "installation", row: "1", column: "key_check" };

/// A snapshot of the installation, shared by everything that runs.
#[derive(Clone, Debug)]
pub struct Installation {
    id: String,
    vault: Vault,
    keys: KeyRing,
    settings: Settings,
    revision: i64,
    tenant_settings: Arc<RwLock<HashMap<(TenantId, Environment), Remembered>>>,
}

/// Settings of a tenant and environment, and the tenant's revision that they were read at or after.
type Remembered = (i64, Arc<TenantSettings>);

/// Tenants and environments whose settings are remembered at most.
const REMEMBERED: usize = 10_000;

impl Installation {
    /// Reads the installation, or makes it at the first start. Fails in plain words under a wrong master key.
    pub fn establish(tx: &mut Tx<'_>, by: &System, vault: &Vault, overrides: &Overrides) -> Result<Self> {
        let identity = match installation::identity(tx)? {
            Some(identity) => identity,
            None => {
                let id = uuid::Builder::from_random_bytes(tx.random()).into_uuid().to_string();
                let nonce = tx.random();
                let key_check = vault.seal(KEY_CHECK, id.as_bytes(), &nonce);
                let identity = Identity { id, key_check };
                installation::insert(tx, &identity)?;
                identity
            }
        };
        check_master_key(vault, &identity).map_err(Error::internal)?;
        let settings = Settings::load(tx, vault, overrides)?;
        KeyRing::ensure(tx, by, vault, settings.token_algorithm())?;
        Self::load(tx, vault, overrides)
    }

    /// Reads the installation after its first start.
    pub fn load(tx: &mut Tx<'_>, vault: &Vault, overrides: &Overrides) -> Result<Self> {
        let Some(identity) = installation::identity(tx)? else {
            return Err(Error::internal("the installation has no identity yet"));
        };
        check_master_key(vault, &identity).map_err(Error::internal)?;
        let revision = installation::revision(tx)?;
        let settings = Settings::load(tx, vault, overrides)?;
        let keys = KeyRing::load(tx, vault, &identity.id)?;
        let tenant_settings = Arc::default();
        Ok(Self { id: identity.id, vault: vault.clone(), keys, settings, revision, tenant_settings })
    }

    /// The installation's id, `iss` of its tokens.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What seals and opens stored secrets.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// The signing keys.
    pub fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The settings of a tenant as they are, if they are remembered. Whoever asks has just read the tenant, whose revision
    /// tells what is old; a change of a global value replaces the whole snapshot and what it remembers.
    pub fn remembered_settings(&self, tenant: &Tenant, environment: Environment) -> Option<Arc<TenantSettings>> {
        // Nothing that holds the lock can leave it half changed.
        let remembered = self.tenant_settings.read().unwrap_or_else(PoisonError::into_inner);
        let (revision, settings) = remembered.get(&(tenant.id().clone(), environment))?;
        (*revision == tenant.config_revision).then(|| Arc::clone(settings))
    }

    /// The settings of a tenant, read unless they are remembered.
    pub fn tenant_settings(
        &self,
        tx: &mut Tx<'_>,
        tenant: &Tenant,
        environment: Environment,
    ) -> Result<Arc<TenantSettings>> {
        if let Some(remembered) = self.remembered_settings(tenant, environment) {
            return Ok(remembered);
        }
        let settings = Arc::new(TenantSettings::load(tx, &self.settings, tenant.scope(), environment)?);
        let mut remembered = self.tenant_settings.write().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= REMEMBERED {
            remembered.clear();
        }
        remembered.insert((tenant.id().clone(), environment), (tenant.config_revision, Arc::clone(&settings)));
        Ok(settings)
    }

    /// Number of changes so far; another number in the database means that this snapshot is old.
    pub fn revision(&self) -> i64 {
        self.revision
    }

    /// What links in mails start with; no slash at its end.
    pub fn base_url(&self) -> &str {
        self.settings.base_url()
    }

    /// A link to a page of the bundled web page that takes a one-time token (contract 21).
    pub fn link(&self, page: &str, token: &str) -> String {
        format!("{}/#/{page}?token={token}", self.base_url())
    }

    /// What the installation calls itself towards people, as in the sender of its mails.
    pub fn name(&self) -> &str {
        let name = self.settings.text("smtp.from_name");
        if name.is_empty() { "TruePort" } else { name }
    }

    /// Whether people reach this installation through TLS.
    pub fn is_https(&self) -> bool {
        self.base_url().starts_with("https://")
    }

    /// The host that message ids and the default sender are made of.
    pub fn mail_host(&self) -> &str {
        let rest = self.base_url().split_once("://").map_or("localhost", |(_, rest)| rest);
        let host = rest.split(['/', ':']).next().unwrap_or_default();
        if host.is_empty() || host.starts_with('[') { "localhost" } else { host }
    }
}

/// How the installation is.
pub struct State {
    /// When it was first started.
    pub created_at: Time,
    /// What the database takes.
    pub database_bytes: i64,
    /// Mails that are not delivered yet.
    pub mails_waiting: u64,
}

/// How the installation is now.
pub fn state(tx: &mut Tx<'_>, _: &PlatformAdmin) -> Result<State> {
    Ok(State {
        created_at: installation::created_at(tx)?,
        database_bytes: tx.database_bytes()?,
        mails_waiting: outbox::count_waiting(tx)?,
    })
}

/// Fails, with what is wrong in plain words, unless this is the master key that the installation was made with.
pub fn check_master_key(vault: &Vault, identity: &Identity) -> std::result::Result<(), &'static str> {
    match vault.unseal(KEY_CHECK, &identity.key_check) {
        Ok(text) if *text == identity.id.as_bytes() => Ok(()),
        Ok(_) | Err(UnsealError::Damaged) => Err("the installation's key check is damaged"),
        Err(UnsealError::OtherKey) => {
            Err("the master key is not the one this database was made with; put the right key back \
             (master.key in the data folder, or what --master-key-file names)")
        }
    }
}
