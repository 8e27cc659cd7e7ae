//! Where an organization keeps its exports.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::Scoped;
use super::body::Body;
use super::query::{Query, Window};
use super::reply::Reply;
use crate::app::App;
use crate::domain::exports;
use crate::domain::fields::Fields;
use crate::domain::storage::{self, AzureConnection, Provider, StorageSettings, parse_endpoint};
use crate::domain::tenant_caller::Admin;
use crate::error::{Code, Error, Result};
use crate::secret::Secret;
use crate::storage::Store;
use crate::store::storage_settings::Export;

/// Where exports are kept. Credentials are never shown.
#[derive(Default, Serialize, ToSchema)]
pub(super) struct StorageReply {
    /// `S3`, `AZURE`, `LOCAL`, or null while nothing is set.
    #[schema(example = "S3")]
    provider: Option<&'static str>,
    /// Of S3: name of the bucket.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "acme-corp-audit-logs")]
    bucket: Option<String>,
    /// Of S3: the bucket's region.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "us-east-1")]
    region: Option<String>,
    /// Of S3: address of another service with the same protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "https://s3.example.com")]
    endpoint: Option<String>,
    /// Of AZURE: name of the container.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "acme-audit-logs")]
    container_name: Option<String>,
    /// Whether there are credentials.
    #[schema(example = true)]
    credentials_set: bool,
}

impl From<Option<StorageSettings>> for StorageReply {
    fn from(settings: Option<StorageSettings>) -> Self {
        let Some(StorageSettings { provider, .. }) = settings else { return Self::default() };
        let shown =
            Self { provider: Some(provider.name()), credentials_set: provider.has_credentials(), ..Self::default() };
        match provider {
            Provider::S3 { bucket, region, endpoint, .. } => {
                Self { bucket: Some(bucket), region: Some(region), endpoint, ..shown }
            }
            Provider::Azure { container, .. } => Self { container_name: Some(container), ..shown },
            Provider::Local => shown,
        }
    }
}

pub(super) async fn show(Scoped(caller): Scoped<Admin>, State(app): State<App>) -> Result<Reply<StorageReply>> {
    let installation = app.installation();
    let settings = app.read(move |tx| storage::show(tx, &caller, &installation)).await?;
    Ok(Reply(settings.into()))
}

/// Where to keep exports. The same provider without credentials keeps those that are set.
#[derive(Deserialize, ToSchema)]
pub(super) struct StorageRequest {
    /// `S3`, `AZURE`, or `LOCAL` where the operator allows it.
    #[schema(example = "S3")]
    provider: String,
    /// Of S3: name of the bucket.
    #[schema(example = "acme-corp-audit-logs")]
    bucket: Option<String>,
    /// Of S3: the bucket's region.
    #[schema(example = "us-east-1")]
    region: Option<String>,
    /// Of S3: address of another service with the same protocol.
    #[schema(example = "https://s3.example.com")]
    endpoint: Option<String>,
    /// Of S3.
    #[schema(value_type = Option<String>, format = Password, example = "AKIAIOSFODNN7EXAMPLE")]
    aws_access_key_id: Option<Secret>,
    /// Of S3.
    #[schema(value_type = Option<String>, format = Password, example = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")]
    aws_secret_access_key: Option<Secret>,
    /// Of AZURE.
    #[schema(value_type = Option<String>, format = Password, example = "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=a2V5")]
    azure_connection_string: Option<Secret>,
    /// Of AZURE: name of the container.
    #[schema(example = "acme-audit-logs")]
    container_name: Option<String>,
}

/// Lower-case letters and digits, with these characters between them.
fn parse_name(text: Option<&str>, between: &str) -> std::result::Result<String, &'static str> {
    let text = text.ok_or("is missing")?;
    let is_end = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let fits = (3..=63).contains(&text.len())
        && text.starts_with(is_end)
        && text.ends_with(is_end)
        && text.chars().all(|letter| is_end(letter) || between.contains(letter))
        && !text.contains("..");
    if fits { Ok(text.to_owned()) } else { Err("must be 3 to 63 lower-case letters, digits and hyphens") }
}

fn parse_region(text: Option<&str>) -> std::result::Result<String, &'static str> {
    let text = text.ok_or("is missing")?;
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let fits = (1..=40).contains(&text.len()) && text.bytes().all(is_word);
    if fits { Ok(text.to_owned()) } else { Err("must be a region such as us-east-1") }
}

fn parse_key(key: &Secret) -> std::result::Result<Secret, &'static str> {
    let text = key.expose().trim();
    let fits = (1..=256).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(Secret::new(text)) } else { Err("must be 1 to 256 characters of ASCII") }
}

impl StorageRequest {
    fn parse(&self, is_local_allowed: bool) -> Result<Provider> {
        let mut fields = Fields::default();
        let provider = match self.provider.as_str() {
            "S3" => self.parse_s3(&mut fields),
            "AZURE" => self.parse_azure(&mut fields),
            "LOCAL" if is_local_allowed => Some(Provider::Local),
            "LOCAL" => fields.take("provider", Err("LOCAL is not allowed here; the operator has set no folder for it")),
            _ => fields.take("provider", Err("must be S3, AZURE or LOCAL")),
        };
        fields.finish(provider)
    }

    fn parse_s3(&self, fields: &mut Fields) -> Option<Provider> {
        let bucket = fields.take("bucket", parse_name(self.bucket.as_deref(), "-."));
        let region = fields.take("region", parse_region(self.region.as_deref()));
        let endpoint = match self.endpoint.as_deref() {
            Some(text) => fields.take("endpoint", parse_endpoint(text, false)).map(Some),
            None => Some(None),
        };
        let keys = match (&self.aws_access_key_id, &self.aws_secret_access_key) {
            (Some(id), Some(secret)) => {
                let id = fields.take("aws_access_key_id", parse_key(id));
                id.zip(fields.take("aws_secret_access_key", parse_key(secret))).map(Some)
            }
            (None, None) => Some(None),
            (Some(_), None) => fields.take("aws_secret_access_key", Err("is missing")),
            (None, Some(_)) => fields.take("aws_access_key_id", Err("is missing")),
        };
        Some(Provider::S3 { bucket: bucket?, region: region?, endpoint: endpoint?, keys: keys? })
    }

    fn parse_azure(&self, fields: &mut Fields) -> Option<Provider> {
        let container = fields.take("container_name", parse_name(self.container_name.as_deref(), "-"));
        let connection = match &self.azure_connection_string {
            Some(text) => fields.take("azure_connection_string", AzureConnection::parse(text)).map(Some),
            None => Some(None),
        };
        Some(Provider::Azure { container: container?, connection: connection? })
    }
}

pub(super) async fn set(
    Scoped(caller): Scoped<Admin>,
    State(app): State<App>,
    Body(request): Body<StorageRequest>,
) -> Result<Reply<StorageReply>> {
    let provider = request.parse(app.store_policy().local_root.is_some())?;
    let installation = app.installation();
    let settings = app.write(&caller, move |tx, by| storage::set(tx, by, &installation, &provider)).await?;
    Ok(Reply(Some(settings).into()))
}

/// How the test of a store went.
#[derive(Serialize, ToSchema)]
pub(super) struct StorageTest {
    /// Whether an object could be written, read and deleted.
    #[schema(example = false)]
    ok: bool,
    /// What failed: `no_credentials`, `refused`, `unreachable`, `timeout`, `not_found`, `wrong_region`, `bad_credentials`,
    /// `denied`, `invalid_reply` or `folder`; null if nothing did.
    #[schema(example = "not_found")]
    reason: Option<&'static str>,
    /// The same for a person.
    #[schema(example = "There is no bucket or container with this name. Check the name and the region.")]
    message: String,
}

pub(super) async fn test(Scoped(caller): Scoped<Admin>, State(app): State<App>) -> Result<Reply<StorageTest>> {
    let (installation, asking) = (app.installation(), caller.clone());
    let read = app.read(move |tx| Ok((storage::show(tx, &asking, &installation)?, u64::from_be_bytes(tx.random()))));
    let (found, random) = read.await?;
    let settings = found.ok_or_else(|| Error::new(Code::StorageNotSet))?;
    // Two tests at once must not take each other's object.
    let name = format!("trueport-test-{random:016x}");
    let probed = match Store::open(&settings, caller.tenant.id(), app.store_policy()) {
        Ok(store) => store.probe(&name, b"Written by trueport to test this store. It may be deleted.\n").await,
        Err(failure) => Err(failure),
    };
    let test = match &probed {
        Ok(()) => {
            StorageTest { ok: true, reason: None, message: "An object was written, read and deleted.".to_owned() }
        }
        Err(failure) => StorageTest { ok: false, reason: Some(failure.kind.as_str()), message: failure.to_string() },
    };
    let outcome = test.reason.unwrap_or("ok");
    app.write(&caller, move |tx, by| storage::record_test(tx, by, outcome)).await?;
    Ok(Reply(test))
}

/// A day of the audit that was exported.
#[derive(Serialize, ToSchema)]
pub(super) struct ExportItem {
    /// The day of UTC.
    #[schema(example = "2024-01-15")]
    day: String,
    /// Name of the object.
    #[schema(example = "audit/ten_01h455vb4pex5vsknk084sn02q/2024-01-15.ndjson.gz")]
    object: String,
    /// How many events are in it.
    #[schema(example = 240)]
    events: i64,
    /// Its size in bytes.
    #[schema(example = 5_120)]
    size: i64,
    #[schema(format = DateTime, example = "2024-01-16T00:10:01Z")]
    exported_at: String,
}

impl From<Export> for ExportItem {
    fn from(export: Export) -> Self {
        Self {
            day: exports::day_name(export.day_at),
            object: export.object,
            events: export.events,
            size: export.size,
            exported_at: export.exported_at.to_string(),
        }
    }
}

/// The day that is exported next, and how that goes.
#[derive(Serialize, ToSchema)]
pub(super) struct NextExport {
    /// The day of UTC.
    #[schema(example = "2024-01-16")]
    day: String,
    /// When it is tried.
    #[schema(format = DateTime, example = "2024-01-17T00:10:00Z")]
    at: String,
    /// How often it failed.
    #[schema(example = 0)]
    attempts: i64,
    /// Why it failed the last time.
    #[schema(example = "Nobody answers at this address.")]
    last_error: Option<String>,
}

/// Part of the days of the audit that were exported, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct ExportList {
    items: Vec<ExportItem>,
    /// How many there are on all pages.
    #[schema(example = 30)]
    total: i64,
    /// Null while no store is set.
    next: Option<NextExport>,
}

pub(super) async fn exports(
    Scoped(caller): Scoped<Admin>,
    State(app): State<App>,
    Query(window): Query<Window>,
) -> Result<Reply<ExportList>> {
    let installation = app.installation();
    let listed = app.read(move |tx| exports::list(tx, &caller, &installation, window.limit, window.offset));
    let (found, total, settings) = listed.await?;
    let next = settings.map(|settings| NextExport {
        day: exports::day_name(settings.export.next_day_at),
        at: settings.export.next_try_at.to_string(),
        attempts: settings.export.attempts,
        last_error: settings.export.last_error,
    });
    Ok(Reply(ExportList { items: found.into_iter().map(ExportItem::from).collect(), total, next }))
}
