//! Where a tenant keeps its exports (contract 33).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

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
            Self::Azure { connection, .. } => connection.as_ref().map(|connection| connection.text.clone()),
            Self::Local => None,
        }
    }
}

/// A connection string of Azure, taken apart. Its `Debug` form shows nothing of it.
#[derive(Clone)]
pub struct AzureConnection {
    text: Secret,
    account: String,
    key: Secret,
    endpoint: Option<String>,
}

impl fmt::Debug for AzureConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AzureConnection([redacted])")
    }
}

impl AzureConnection {
    /// Takes a connection string apart: `AccountName` and `AccountKey`, and where it is no public Azure
    /// `BlobEndpoint` or `EndpointSuffix`.
    pub fn parse(text: &Secret) -> std::result::Result<Self, &'static str> {
        let mut fields = std::collections::HashMap::new();
        for part in text.expose().split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) =
                part.split_once('=').ok_or("must be fields such as AccountName=… with ; between them")?;
            fields.insert(name, value);
        }
        let account = *fields.get("AccountName").ok_or("must hold AccountName")?;
        if !(3..=24).contains(&account.len())
            || !account.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        {
            return Err("must hold an AccountName of 3 to 24 lower-case letters and digits");
        }
        let key = *fields.get("AccountKey").ok_or("must hold AccountKey")?;
        if STANDARD.decode(key).is_err() || key.is_empty() {
            return Err("must hold an AccountKey in base64");
        }
        let protocol = fields.get("DefaultEndpointsProtocol").copied().unwrap_or("https");
        if !["http", "https"].contains(&protocol) {
            return Err("must hold https or http as DefaultEndpointsProtocol");
        }
        let endpoint = match (fields.get("BlobEndpoint"), fields.get("EndpointSuffix")) {
            (Some(endpoint), _) => {
                Some(parse_endpoint(endpoint, true).map_err(|_| "must hold an address as BlobEndpoint")?)
            }
            (None, Some(suffix)) => {
                let text = format!("{protocol}://{account}.blob.{suffix}");
                Some(parse_endpoint(&text, false).map_err(|_| "must hold the end of a host name as EndpointSuffix")?)
            }
            (None, None) => None,
        };
        Ok(Self { text: text.clone(), account: account.to_owned(), key: Secret::new(key), endpoint })
    }

    /// Name of the account.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// Its key, in base64.
    pub fn key(&self) -> &Secret {
        &self.key
    }

    /// Address of the service, where it is not the public one.
    pub fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }
}

/// Checks the address of a store: `http` or `https`, a host, and no more than that, or a path where one may be.
pub fn parse_endpoint(text: &str, may_have_path: bool) -> std::result::Result<String, &'static str> {
    const WRONG: &str = "must be an address such as https://s3.example.com";
    let trimmed = text.trim().trim_end_matches('/');
    let rest = ["https://", "http://"].iter().find_map(|scheme| trimmed.strip_prefix(scheme)).ok_or(WRONG)?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let is_path_letter = |letter: char| letter.is_ascii_alphanumeric() || ".-_/".contains(letter);
    if trimmed.len() > 300 || !is_host_and_port(authority) {
        return Err(WRONG);
    }
    if !path.chars().all(is_path_letter) || (!path.is_empty() && !may_have_path) {
        return Err(WRONG);
    }
    // What calls the address later must be able to read it, too: 256.1.1.1 looks like a host.
    let url = url::Url::parse(trimmed).map_err(|_| WRONG)?;
    if url.has_host() { Ok(trimmed.to_owned()) } else { Err(WRONG) }
}

/// Whether this is a host, and perhaps a port behind it.
fn is_host_and_port(text: &str) -> bool {
    let is_port = |text: &str| text.starts_with(|first: char| first.is_ascii_digit()) && text.parse::<u16>().is_ok();
    if let Some(rest) = text.strip_prefix('[') {
        let Some((address, port)) = rest.split_once(']') else { return false };
        let fits = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        return address.parse::<std::net::Ipv6Addr>().is_ok() && fits;
    }
    let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    let is_label = |label: &str| !label.is_empty() && label.chars().all(is_letter);
    host.split('.').all(is_label) && port.is_none_or(is_port)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_strings_are_taken_apart() {
        let parse = |text: &str| AzureConnection::parse(&Secret::new(text));
        let public = parse("DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=a2V5;").expect("good");
        assert_eq!((public.account(), public.key().expose(), public.endpoint()), ("acme", "a2V5", None));
        let suffix = parse("AccountName=acme;AccountKey=a2V5;EndpointSuffix=core.chinacloudapi.cn").expect("good");
        assert_eq!(suffix.endpoint(), Some("https://acme.blob.core.chinacloudapi.cn"));
        let own = parse("AccountName=acme;AccountKey=a2V5==;BlobEndpoint=http://127.0.0.1:10000/acme");
        assert!(own.is_err(), "that is no base64");
        let own = parse("AccountName=acme;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:10000/acme").expect("good");
        assert_eq!(own.endpoint(), Some("http://127.0.0.1:10000/acme"));
        for bad in [
            "",
            "nonsense",
            "AccountName=acme",
            "AccountKey=a2V5",
            "AccountName=ACME;AccountKey=a2V5",
            "AccountName=a/b;AccountKey=a2V5",
            "AccountName=acme;AccountKey=",
            "UseDevelopmentStorage=true",
            "AccountName=acme;AccountKey=a2V5;EndpointSuffix=evil/path",
            "AccountName=acme;AccountKey=a2V5;BlobEndpoint=ftp://x",
        ] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
        assert!(!format!("{public:?}").contains("a2V5"));
    }

    #[test]
    fn endpoints_hold_a_host_and_nothing_that_leads_elsewhere() {
        for good in ["https://s3.example.com", "http://127.0.0.1:9000", "https://s3.example.com/", "http://[::1]:9000"]
        {
            assert!(parse_endpoint(good, false).is_ok(), "{good}");
        }
        for bad in [
            "http://256.1.1.1",
            "http://a:99999",
            "http://:80",
            "http://[::",
            "http://1.2.3.4.5:9",
            "",
            "s3.example.com",
            "ftp://a",
            "https://",
            "https://u:p@a",
            "https://a/b",
            "https://a?q",
            "https://a#b",
            "https://a b",
            "https://:443",
            "https://a:",
            "https://a:+1",
            "https://a:65536",
            "https://a:1:2",
            "https://a..b",
            "https://a.",
            "https://a\\b",
            "https://a%2f",
            "https://[::1",
            "https://[::1]1",
            "https://[::1]:x",
            "https://[a]",
            "https://a]",
            "https://::1",
            "https://é",
        ] {
            assert!(parse_endpoint(bad, false).is_err(), "{bad:?}");
        }
        assert_eq!(parse_endpoint(" https://a:65535/\n", false), Ok("https://a:65535".to_owned()));
        assert_eq!(parse_endpoint("http://a_b.c-d/account/", true), Ok("http://a_b.c-d/account".to_owned()));
        for bad in ["http://a/b?c", "http://a/b#c", "http://a/b c", "http://a/%2e", "http://a/b\\c"] {
            assert!(parse_endpoint(bad, true).is_err(), "{bad:?}");
        }
    }
}
