//! The servers of S3 (moto) and Azure Blob Storage (Azurite) that `tests/storage.sh` starts, called past trueport.

use std::collections::BTreeSet;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::Arc;

use axum::http::Request;
use futures_util::TryStreamExt as _;
use object_store::aws::{AmazonS3Builder, AwsAuthorizer, AwsCredential};
use object_store::azure::{AzureAccessKey, AzureAuthorizer, AzureCredential, MicrosoftAzureBuilder};
use object_store::client::{HttpClient, HttpRequest, HttpRequestBody};
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt as _};
use reqwest::Method;
use serde_json::{Value as Json, json};

/// Access key id and secret access key.
type Keys = (String, String);

/// Where the servers are and how they are used.
pub(crate) struct Servers {
    s3: String,
    keys: Keys,
    /// Of somebody who may only read.
    pub(super) reader_keys: Keys,
    azure: String,
    account: String,
    account_key: String,
}

/// A bucket or container that one test alone uses.
pub(crate) struct Place {
    pub(crate) name: String,
    /// What a tenant sets to keep its exports there.
    pub(crate) settings: Json,
    objects: Arc<dyn ObjectStore>,
}

impl Servers {
    /// Nothing where they were not started, as when somebody runs `cargo test` by hand; the test then passes over.
    #[allow(clippy::print_stdout)] // whoever runs the tests by hand
    pub(crate) fn find() -> Option<Self> {
        let get = |name: &str| {
            std::env::var(name).unwrap_or_else(|error| panic!("{name}: {error}; tests/storage.sh sets all or none"))
        };
        let keys = |name: &str| {
            let text = get(name);
            let (id, secret) = text.split_once(':').expect("an id and a secret");
            (id.to_owned(), secret.to_owned())
        };
        let Ok(s3) = std::env::var("TRUEPORT_TEST_S3_ENDPOINT") else {
            println!("passed over: tests/storage.sh starts the servers that this test needs");
            return None;
        };
        Some(Self {
            s3,
            keys: keys("TRUEPORT_TEST_S3_KEYS"),
            reader_keys: keys("TRUEPORT_TEST_S3_READER_KEYS"),
            azure: get("TRUEPORT_TEST_AZURE_ENDPOINT"),
            account: get("TRUEPORT_TEST_AZURE_ACCOUNT"),
            account_key: get("TRUEPORT_TEST_AZURE_KEY"),
        })
    }

    /// A new bucket.
    pub(crate) async fn bucket(&self) -> Place {
        let place = self.no_bucket();
        self.make_bucket(&place.name).await;
        place
    }

    /// A bucket that does not exist yet.
    pub(crate) fn no_bucket(&self) -> Place {
        let (name, (id, secret)) = (unique_name(), &self.keys);
        let objects = AmazonS3Builder::new()
            .with_bucket_name(&name)
            .with_region("us-east-1")
            .with_endpoint(&self.s3)
            .with_access_key_id(id)
            .with_secret_access_key(secret)
            .with_client_options(ClientOptions::new().with_allow_http(true))
            .build();
        let settings = json!({
            "provider": "S3", "bucket": name, "region": "us-east-1", "endpoint": self.s3,
            "aws_access_key_id": id, "aws_secret_access_key": secret,
        });
        Place { name, settings, objects: Arc::new(objects.expect("a bucket")) }
    }

    pub(crate) async fn make_bucket(&self, name: &str) {
        let mut request = empty_request(Method::PUT, &format!("{}/{name}", self.s3));
        let (key_id, secret_key) = self.keys.clone();
        let credential = AwsCredential { key_id, secret_key, token: None };
        AwsAuthorizer::new(&credential, "s3", "us-east-1").try_authorize(&mut request, None).expect("a signature");
        send(request).await;
    }

    /// A new container.
    pub(crate) async fn container(&self) -> Place {
        let place = self.no_container();
        let address = format!("{}/{}?restype=container", self.azure, place.name);
        let mut request = empty_request(Method::PUT, &address);
        request.headers_mut().insert("content-length", 0.into());
        let credential = AzureCredential::AccessKey(AzureAccessKey::try_new(&self.account_key).expect("a key"));
        AzureAuthorizer::new(&credential, &self.account).try_authorize(&mut request).expect("a signature");
        send(request).await;
        place
    }

    /// A container that does not exist.
    pub(crate) fn no_container(&self) -> Place {
        let name = unique_name();
        let objects = MicrosoftAzureBuilder::new()
            .with_container_name(&name)
            .with_endpoint(self.azure.clone())
            .with_account(&self.account)
            .with_access_key(&self.account_key)
            .with_client_options(ClientOptions::new().with_allow_http(true))
            .build();
        let settings = json!({
            "provider": "AZURE", "container_name": name, "azure_connection_string": self.connection(&self.account_key),
        });
        Place { name, settings, objects: Arc::new(objects.expect("a container")) }
    }

    /// A connection string with this key.
    pub(super) fn connection(&self, key: &str) -> String {
        let (account, endpoint) = (&self.account, &self.azure);
        format!("DefaultEndpointsProtocol=http;AccountName={account};AccountKey={key};BlobEndpoint={endpoint};")
    }
}

impl Place {
    /// The names of all objects.
    pub(crate) async fn names(&self) -> BTreeSet<String> {
        let listed: Vec<_> = self.objects.list(None).try_collect().await.expect("the objects can be listed");
        listed.into_iter().map(|object| object.location.to_string()).collect()
    }

    /// What an object holds.
    pub(crate) async fn content(&self, name: &str) -> Vec<u8> {
        let found = self.objects.get(&Path::from(name)).await.expect("the object is there");
        found.bytes().await.expect("the object can be read").to_vec()
    }
}

fn empty_request(method: Method, address: &str) -> HttpRequest {
    Request::builder().method(method).uri(address).body(HttpRequestBody::empty()).expect("a request")
}

async fn send(request: HttpRequest) {
    let client = reqwest::Client::builder().no_proxy().build().expect("an HTTP client");
    let reply = HttpClient::new(client).execute(request).await.expect("the server answers");
    assert!(reply.status().is_success(), "{reply:?}");
}

fn unique_name() -> String {
    format!("trueport-{:016x}", RandomState::new().hash_one(()))
}
