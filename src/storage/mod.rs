//! Objects kept outside: S3 and what speaks its protocol, Azure Blob Storage, and a folder that the operator allowed.

mod failure;
mod local;

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::{FutureExt as _, TryStreamExt as _};
use http_body_util::{BodyExt as _, Limited};
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody, HttpService,
};
use object_store::path::Path as ObjectPath;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt as _, RetryConfig};

pub use failure::{Failure, FailureKind};

use crate::domain::storage::{Provider, StorageSettings};
use crate::id::TenantId;
use crate::targets::TargetPolicy;

/// Longest time that a test takes, whatever the other side does; also what writing an object may take beyond its size.
const TIMEOUT: Duration = Duration::from_secs(15);

/// The least speed at which an object is written, in bytes a second, and the longest time whatever its size.
const SLOWEST: u64 = 64 * 1024;
const LONGEST: Duration = Duration::from_secs(8 * 60);

/// Largest reply that is read, in bytes: nothing that is read is larger, whatever the other side sends.
const REPLY_MAX: usize = 1024 * 1024;

/// Where the operator allows stores to be.
#[derive(Clone, Debug)]
pub struct StorePolicy {
    /// Which addresses may be called.
    pub targets: TargetPolicy,
    /// The folder below which each tenant has one.
    pub local_root: Option<PathBuf>,
}

/// A tenant's store.
pub struct Store {
    objects: Arc<dyn ObjectStore>,
    /// The tenant's folder, where it is one.
    folder: Option<local::Folder>,
}

impl Store {
    /// Makes ready to use a tenant's store; nothing is called yet.
    pub fn open(settings: &StorageSettings, tenant_id: &TenantId, policy: &StorePolicy) -> Result<Self, Failure> {
        let connector = CheckedConnector(policy.targets);
        let retry = RetryConfig { max_retries: 0, retry_timeout: TIMEOUT, ..RetryConfig::default() };
        let options = ClientOptions::new().with_allow_http(true);
        let objects: Arc<dyn ObjectStore> = match &settings.provider {
            Provider::S3 { bucket, region, endpoint, keys } => {
                let (id, secret) = keys.as_ref().ok_or_else(Failure::no_credentials)?;
                let mut builder = AmazonS3Builder::new()
                    .with_bucket_name(bucket)
                    .with_region(region)
                    .with_access_key_id(id.expose())
                    .with_secret_access_key(secret.expose())
                    // Not every store that speaks the protocol knows how to delete several at once.
                    .with_disable_bulk_delete(true)
                    .with_client_options(options)
                    .with_retry(retry)
                    .with_http_connector(connector);
                if let Some(endpoint) = endpoint {
                    builder = builder.with_endpoint(endpoint).with_virtual_hosted_style_request(false);
                }
                Arc::new(builder.build().map_err(|error| Failure::of(&error))?)
            }
            Provider::Azure { container, connection } => {
                let connection = connection.as_ref().ok_or_else(Failure::no_credentials)?;
                let mut builder = MicrosoftAzureBuilder::new()
                    .with_container_name(container)
                    .with_account(connection.account())
                    .with_access_key(connection.key().expose())
                    .with_client_options(options)
                    .with_retry(retry)
                    .with_http_connector(connector);
                if let Some(endpoint) = connection.endpoint() {
                    builder = builder.with_endpoint(endpoint.to_owned());
                }
                Arc::new(builder.build().map_err(|error| Failure::of(&error))?)
            }
            Provider::Local => {
                let root = policy.local_root.as_ref().ok_or_else(Failure::local_not_allowed)?;
                let folder = local::Folder::open(root, tenant_id)?;
                return Ok(Self { objects: folder.store()?, folder: Some(folder) });
            }
        };
        Ok(Self { objects, folder: None })
    }

    /// Writes an object, in place of one with the same name.
    pub async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), Failure> {
        let path = self.path(name)?;
        let limit = TIMEOUT + Duration::from_secs(bytes.len() as u64 / SLOWEST);
        within(limit.min(LONGEST), async { self.objects.put(&path, bytes.into()).await.map(drop) }).await
    }

    /// Writes an object, reads it again and deletes it, also when it cannot be read.
    pub async fn probe(&self, name: &str, content: &[u8]) -> Result<(), Failure> {
        let path = self.path(name)?;
        within(TIMEOUT, async {
            self.objects.put(&path, content.to_vec().into()).await?;
            let read = self.read(&path, content.len()).await;
            // Whatever came back, nothing stays behind.
            let deleted = self.objects.delete(&path).await;
            let is_same = read? == content;
            deleted.map(|()| is_same)
        })
        .await
        .and_then(|is_same| if is_same { Ok(()) } else { Err(Failure::other_content()) })
    }

    /// Reads an object as far as `length` and one piece beyond it, whatever the other side announces or sends.
    async fn read(&self, path: &ObjectPath, length: usize) -> object_store::Result<Vec<u8>> {
        let mut pieces = self.objects.get(path).await?.into_stream();
        let mut read = Vec::new();
        while let Some(piece) = pieces.try_next().await? {
            read.extend_from_slice(&piece);
            if read.len() > length {
                break;
            }
        }
        Ok(read)
    }

    fn path(&self, name: &str) -> Result<ObjectPath, Failure> {
        if let Some(folder) = &self.folder {
            folder.check(name)?;
        }
        ObjectPath::parse(name).map_err(|error| Failure::of(&error.into()))
    }
}

/// Does the work within a time. The library takes some answers for impossible, and what it then does must stay here.
async fn within<T>(limit: Duration, work: impl Future<Output = object_store::Result<T>>) -> Result<T, Failure> {
    match tokio::time::timeout(limit, AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(done)) => done.map_err(|error| Failure::of(&error)),
        Ok(Err(_)) => Err(Failure::invalid_reply()),
        Err(_) => Err(Failure::timeout()),
    }
}

/// Makes clients that connect to allowed addresses only.
#[derive(Debug)]
struct CheckedConnector(TargetPolicy);

impl HttpConnector for CheckedConnector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = self.0.client();
        let client = client.map_err(|error| object_store::Error::Generic { store: "HTTP", source: error.into() })?;
        Ok(HttpClient::new(CheckedClient { policy: self.0, client }))
    }
}

#[derive(Debug)]
struct CheckedClient {
    policy: TargetPolicy,
    client: reqwest::Client,
}

#[async_trait]
impl HttpService for CheckedClient {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let url = reqwest::Url::parse(&request.uri().to_string());
        let url = url.map_err(|error| HttpError::new(HttpErrorKind::Unknown, error))?;
        self.policy.check_url(&url).map_err(|error| HttpError::new(HttpErrorKind::Unknown, error))?;
        let reply = HttpService::call(&self.client, request).await?;
        let announced =
            reply.headers().get("content-length").and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        if announced.is_some_and(|length| length > REPLY_MAX as u64) {
            // The library would set so much memory aside.
            return Err(HttpError::new(HttpErrorKind::Decode, TooLarge));
        }
        Ok(reply.map(|body| {
            let limited = Limited::new(body, REPLY_MAX);
            HttpResponseBody::new(limited.map_err(|error| match error.downcast::<HttpError>() {
                Ok(failed) => *failed,
                Err(too_long) => HttpError::new_boxed(HttpErrorKind::Decode, too_long),
            }))
        }))
    }
}

/// A reply that announces more than is ever read.
#[derive(Debug)]
struct TooLarge;

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the reply is too large")
    }
}

impl std::error::Error for TooLarge {}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("folder", &self.folder).finish_non_exhaustive()
    }
}
