//! Where a tenant keeps its exports (contract 33).

use crate::clock::Time;
use crate::db::Tx;
use crate::domain::audit::{self, Changes, Target};
use crate::domain::installation::Installation;
use crate::domain::tenant_caller::{Admin, TenantCaller};
use crate::domain::throttle;
use crate::error::{Code, Error, Result};
use crate::id::TenantId;
use crate::secret::{Place, Secret, UnsealError, Vault};
use crate::store::storage_settings::{self, Stored};

mod connection;

pub use connection::{AzureConnection, parse_endpoint};

/// A day of UTC, in milliseconds.
pub const DAY: i64 = 24 * 60 * 60 * 1_000;

/// A store and what it takes to use it.
#[derive(Clone, Debug)]
pub enum Provider {
    /// S3, or what speaks its protocol.
    S3 {
        /// Name of the bucket.
        bucket: String,
        /// Its region.
        region: String,
        /// Address of what speaks the protocol; none for AWS.
        endpoint: Option<String>,
        /// Access key id and secret access key.
        keys: Option<(Secret, Secret)>,
    },
    /// Azure Blob Storage.
    Azure {
        /// Name of the container.
        container: String,
        /// Account, key and address.
        connection: Option<AzureConnection>,
    },
    /// A folder below the one that the operator allowed.
    Local,
}

impl Provider {
    /// Its name in the API and the database.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::S3 { .. } => "S3",
            Self::Azure { .. } => "AZURE",
            Self::Local => "LOCAL",
        }
    }

    /// Whether there are credentials.
    pub const fn has_credentials(&self) -> bool {
        match self {
            Self::S3 { keys, .. } => keys.is_some(),
            Self::Azure { connection, .. } => connection.is_some(),
            Self::Local => false,
        }
    }

    /// The secrets as one text, to be sealed.
    fn credentials(&self) -> Option<Secret> {
        match self {
            Self::S3 { keys, .. } => {
                keys.as_ref().map(|(id, secret)| Secret::new(format!("{}\n{}", id.expose(), secret.expose())))
            }
            Self::Azure { connection, .. } => connection.as_ref().map(|connection| connection.text().clone()),
            Self::Local => None,
        }
    }
}

/// Where a tenant keeps its exports, as it is stored.
#[derive(Clone, Debug)]
pub struct StorageSettings {
    /// The store.
    pub provider: Provider,
    /// How far the nightly export has come.
    pub export: ExportState,
    /// When the store was set.
    pub updated_at: Time,
}

/// How far the nightly export of a tenant's audit has come.
#[derive(Clone, Debug)]
pub struct ExportState {
    /// Begin of the day that is exported next.
    pub next_day_at: Time,
    /// When that is tried.
    pub next_try_at: Time,
    /// How often it failed.
    pub attempts: i64,
    /// Why it failed the last time.
    pub last_error: Option<String>,
}

fn place(tenant_id: &TenantId) -> Place<'_> {
    Place { table: "storage_settings", row: tenant_id.as_ref(), column: "credentials_sealed" }
}

/// Opens what is stored. Fails where the credentials were damaged or sealed under another key.
pub fn open(vault: &Vault, tenant_id: &TenantId, stored: Stored) -> std::result::Result<StorageSettings, UnsealError> {
    let credentials = match &stored.credentials_sealed {
        Some(sealed) => {
            let plain = vault.unseal(place(tenant_id), sealed)?;
            Some(Secret::new(String::from_utf8_lossy(&plain)))
        }
        None => None,
    };
    let provider = match stored.provider.as_str() {
        "S3" => Provider::S3 {
            bucket: stored.bucket,
            region: stored.region,
            endpoint: stored.endpoint,
            keys: credentials.as_ref().and_then(|text| {
                let (id, secret) = text.expose().split_once('\n')?;
                Some((Secret::new(id), Secret::new(secret)))
            }),
        },
        "AZURE" => Provider::Azure {
            container: stored.bucket,
            connection: credentials.as_ref().and_then(|text| AzureConnection::parse(text).ok()),
        },
        _ => Provider::Local,
    };
    let export = ExportState {
        next_day_at: stored.next_day_at,
        next_try_at: stored.next_try_at,
        attempts: stored.attempts,
        last_error: stored.last_error,
    };
    Ok(StorageSettings { provider, export, updated_at: stored.updated_at })
}

/// Where the tenant keeps its exports, if it said so.
pub fn show(tx: &mut Tx<'_>, by: &TenantCaller<Admin>, installation: &Installation) -> Result<Option<StorageSettings>> {
    match storage_settings::find(tx, by.scope())? {
        Some(stored) => open(installation.vault(), by.tenant.id(), stored).map(Some).map_err(Error::internal),
        None => Ok(None),
    }
}

/// Says where the tenant keeps its exports. The same provider without credentials keeps those it has; another one drops
/// them. The export goes on where it stands, or starts with the day on which the tenant was made.
pub fn set(
    tx: &mut Tx<'_>,
    by: &TenantCaller<Admin>,
    installation: &Installation,
    provider: &Provider,
) -> Result<StorageSettings> {
    let (scope, tenant_id) = (by.scope(), by.tenant.id());
    throttle::reserve_store_change(tx, tenant_id, &by.caller.origin)?;
    let before = storage_settings::find(tx, scope)?;
    let kept = before.as_ref().filter(|before| before.provider == provider.name());
    let had_credentials = before.as_ref().is_some_and(|before| before.credentials_sealed.is_some());
    let credentials_sealed = match provider.credentials() {
        Some(credentials) => {
            let nonce = tx.random();
            Some(installation.vault().seal(place(tenant_id), credentials.expose().as_bytes(), &nonce))
        }
        None => kept.and_then(|kept| kept.credentials_sealed.clone()),
    };
    let (bucket, region, endpoint) = match provider {
        Provider::S3 { bucket, region, endpoint, .. } => (bucket.as_str(), region.as_str(), endpoint.clone()),
        Provider::Azure { container, .. } => (container.as_str(), "", None),
        Provider::Local => ("", "", None),
    };
    let next_day_at = match &before {
        Some(before) => before.next_day_at,
        None => match storage_settings::last_export(tx, scope)? {
            Some(day_at) => Time::from_millis(day_at.millis() + DAY),
            None => day_of(by.tenant.created_at),
        },
    };
    let credentials_changed = provider.has_credentials() || had_credentials != credentials_sealed.is_some();
    let stored = Stored {
        provider: provider.name().to_owned(),
        bucket: bucket.to_owned(),
        region: region.to_owned(),
        endpoint,
        credentials_sealed,
        next_day_at,
        next_try_at: tx.now(),
        updated_at: tx.now(),
        attempts: 0,
        last_error: None,
    };
    storage_settings::put(tx, scope, &stored)?;
    let changes = Changes::none()
        .with("provider", provider.name())
        .with("bucket", bucket)
        .with("region", region)
        .with("endpoint", stored.endpoint.as_deref())
        .with("credentials_changed", credentials_changed);
    audit::record(tx, by, "storage.updated", &Target::tenant(scope), changes)?;
    open(installation.vault(), tenant_id, stored).map_err(Error::internal)
}

/// Forgets the store and its credentials; what was exported stays where it is, and the export ends.
pub fn delete(tx: &mut Tx<'_>, by: &TenantCaller<Admin>) -> Result<()> {
    if !storage_settings::delete(tx, by.scope())? {
        return Err(Error::new(Code::NotFound).with_detail("No storage is set."));
    }
    Ok(audit::record(tx, by, "storage.deleted", &Target::tenant(by.scope()), Changes::none())?)
}

/// Counts a test of the store before it is made, since it makes the server call somebody, and names its object.
pub fn begin_test(
    tx: &mut Tx<'_>,
    by: &TenantCaller<Admin>,
    installation: &Installation,
) -> Result<(StorageSettings, String)> {
    throttle::reserve_store_test(tx, by.tenant.id(), &by.caller.origin)?;
    let settings = show(tx, by, installation)?.ok_or_else(|| Error::new(Code::StorageNotSet))?;
    let random: String = tx.random::<8>().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((settings, format!("trueport-test-{random}")))
}

/// Begin of the day of UTC that a moment lies in.
pub fn day_of(at: Time) -> Time {
    Time::from_millis(at.millis() - at.millis().rem_euclid(DAY))
}

/// Records that somebody tested the store, and how it went.
pub fn record_test(tx: &mut Tx<'_>, by: &TenantCaller<Admin>, outcome: &str) -> Result<()> {
    let changes = Changes::none().with("outcome", outcome);
    Ok(audit::record(tx, by, "storage.tested", &Target::tenant(by.scope()), changes)?)
}
