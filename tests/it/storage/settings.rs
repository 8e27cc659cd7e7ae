//! What is set, shown, kept and refused.

use serde_json::{Value as Json, json};

use super::{azure_at, put, s3_at, show, with};
use crate::harness::{Setup, TestServer};
use crate::inspect::audited_changes;
use crate::organization::Organization;

/// S3 as in the specification, without its secrets.
fn s3() -> Json {
    json!({"provider": "S3", "bucket": "acme-corp-audit-logs", "region": "us-east-1"})
}

fn s3_keys() -> Json {
    json!({
        "aws_access_key_id": "AKIAIOSFODNN7EXAMPLE",
        "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    })
}

/// Azure as in the specification, without its secret.
fn azure() -> Json {
    json!({"provider": "AZURE", "container_name": "acme-audit-logs"})
}

fn azure_connection() -> Json {
    json!({"azure_connection_string": "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=c2VjcmV0"})
}

/// Both make the server call an address of the organization's choice.
#[tokio::test]
async fn a_store_is_changed_and_tested_so_often_an_hour() {
    let server = TestServer::start_with(Setup { local_storage: true, ..Setup::default() }).await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let scoped = &organization.owner.scoped;
    let local = json!({"provider": "LOCAL"});
    let test = async || server.call(reqwest::Method::POST, "/service/storage/test", scoped, Json::Null).await;
    for _ in 0..120 {
        put(&server, scoped, &local).await.expect(200);
        test().await.expect(200);
    }
    put(&server, scoped, &s3()).await.expect_problem(429, "too_many_attempts");
    test().await.expect_problem(429, "too_many_attempts");
    assert_eq!(show(&server, scoped).await["provider"], "LOCAL");
    let other = Organization::of(&server, "other@acme.com", "other").await;
    put(&server, &other.owner.scoped, &local).await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn what_is_set_is_shown_without_the_secrets_and_the_same_provider_keeps_them() {
    let mut server = TestServer::start_with(Setup { local_storage: true, ..Setup::default() }).await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let scoped = &organization.owner.scoped;
    assert_eq!(show(&server, scoped).await, json!({"provider": null, "credentials_set": false}));
    server
        .call(reqwest::Method::POST, "/service/storage/test", scoped, Json::Null)
        .await
        .expect_problem(409, "storage_not_set");

    let endpoint = json!({"endpoint": "https://s3.example.com:9000"});
    let region = json!({"region": "eu-central-1"});
    let container = json!({"container_name": "other-logs"});
    let (none, set) = (json!({"credentials_set": false}), json!({"credentials_set": true}));
    let local = json!({"provider": "LOCAL"});
    // What is sent, and what is shown then; one after the other.
    let steps = [
        (s3(), with(&s3(), &none)),
        (with(&s3(), &s3_keys()), with(&s3(), &set)),
        (with(&s3(), &region), with(&with(&s3(), &region), &set)),
        (with(&s3(), &endpoint), with(&with(&s3(), &endpoint), &set)),
        (
            with(&s3(), &json!({"endpoint": "http://s3.example.com/"})),
            with(&with(&s3(), &json!({"endpoint": "http://s3.example.com"})), &set),
        ),
        (with(&s3(), &json!({"aws_access_key_id": null, "endpoint": null})), with(&s3(), &set)),
        (azure(), with(&azure(), &none)),
        (s3(), with(&s3(), &none)),
        (with(&azure(), &azure_connection()), with(&azure(), &set)),
        (with(&azure(), &container), with(&with(&azure(), &container), &set)),
        (local.clone(), with(&local, &none)),
        (azure(), with(&azure(), &none)),
        // What belongs to another provider is not looked at, and nobody sets whether there are credentials.
        (with(&with(&s3(), &azure_connection()), &set), with(&s3(), &none)),
        (with(&with(&local, &s3_keys()), &json!({"path": "/etc", "bucket": "../.."})), with(&local, &none)),
        (with(&s3(), &s3_keys()), with(&s3(), &set)),
    ];
    for (sent, shown) in steps {
        assert_eq!(put(&server, scoped, &sent).await.expect(200), shown, "{sent}");
        assert_eq!(show(&server, scoped).await, shown, "{sent}");
    }
    let last = audited_changes(&server).await.pop().unwrap();
    let changes: Json = serde_json::from_str(last.strip_prefix("storage.updated ").expect(&last)).unwrap();
    assert_eq!((&changes["provider"], &changes["bucket"]), (&json!("S3"), &json!("acme-corp-audit-logs")));

    // One tenant's settings are not another's.
    let other = Organization::of(&server, "owner@other.com", "other").await;
    assert_eq!(show(&server, &other.owner.scoped).await["provider"], Json::Null);
    server.restart().await;
    assert_eq!(show(&server, scoped).await, with(&s3(), &set));
    server.finish().await;
}

#[tokio::test]
async fn what_cannot_be_a_store_is_refused_and_changes_nothing() {
    let server = TestServer::start().await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let scoped = &organization.owner.scoped;
    let before = put(&server, scoped, &with(&s3(), &s3_keys())).await.expect(200);
    let events = audited_changes(&server).await.len();
    let long = "a".repeat(64);
    let mut cases: Vec<(Json, &str)> = Vec::new();
    for name in ["", "ab", &long, "Acme", "a_b", "a/b", "a b", "-ab", "ab-", "a..b", ".ab", "acmé", "a%2fb", "../x"] {
        cases.push((with(&s3(), &json!({"bucket": name})), "bucket"));
        cases.push((with(&azure(), &json!({"container_name": name})), "container_name"));
    }
    cases.push((with(&azure(), &json!({"container_name": "a.b"})), "container_name"));
    for region in ["", "evil.com/x", "evil.com", "us east", "US-EAST-1", "x@y", "a#b", &long] {
        cases.push((with(&s3(), &json!({"region": region})), "region"));
    }
    for endpoint in [
        "",
        "s3.example.com",
        "ftp://s3.example.com",
        "https://",
        "https://user:password@s3.example.com",
        "https://user@s3.example.com",
        "https://s3.example.com/path",
        "https://s3.example.com?query",
        "https://s3.example.com#fragment",
        "https://s3.example.com\\@evil.com",
        "https://s3.example.com%2f",
        "https://s3 example.com",
        "https://s3.example.com:99999",
        "https://s3.example.com:",
        "https://s3.example.com:80:80",
        "https://:443",
        "https://[::1",
        "https://[nonsense]",
        "https://a..b",
        "file:///etc/passwd",
    ] {
        cases.push((with(&s3(), &json!({"endpoint": endpoint})), "endpoint"));
    }
    for connection in [
        "",
        "nonsense",
        "AccountName=acme",
        "AccountKey=c2VjcmV0",
        "AccountName=ACME;AccountKey=c2VjcmV0",
        "AccountName=acme.evil.com/;AccountKey=c2VjcmV0",
        "AccountName=acme;AccountKey=not base64",
        "AccountName=acme;AccountKey=",
        "AccountName=acme;AccountKey=c2VjcmV0;DefaultEndpointsProtocol=ftp",
        "AccountName=acme;AccountKey=c2VjcmV0;EndpointSuffix=evil.com/x",
        "AccountName=acme;AccountKey=c2VjcmV0;EndpointSuffix=u@evil.com",
        "AccountName=acme;AccountKey=c2VjcmV0;BlobEndpoint=evil.com",
        "AccountName=acme;AccountKey=c2VjcmV0;BlobEndpoint=http://u:p@evil.com",
        "AccountName=acme;AccountKey=c2VjcmV0;BlobEndpoint=http://evil.com?x",
        "AccountName=acme;AccountKey=c2VjcmV0;BlobEndpoint=http://evil.com:99999/acme",
        "UseDevelopmentStorage=true",
        "BlobEndpoint=https://acme.blob.core.windows.net;SharedAccessSignature=sv=2022-11-02",
    ] {
        cases.push((with(&azure(), &json!({"azure_connection_string": connection})), "azure_connection_string"));
    }
    let half = |name: &str| with(&s3(), &json!({name: "something"}));
    cases.extend([
        (json!({"provider": "S3", "region": "us-east-1"}), "bucket"),
        (json!({"provider": "S3", "bucket": "acme-logs"}), "region"),
        (json!({"provider": "AZURE"}), "container_name"),
        (half("aws_access_key_id"), "aws_secret_access_key"),
        (half("aws_secret_access_key"), "aws_access_key_id"),
        (with(&with(&s3(), &s3_keys()), &json!({"aws_access_key_id": ""})), "aws_access_key_id"),
        (with(&with(&s3(), &s3_keys()), &json!({"aws_access_key_id": "two\nlines"})), "aws_access_key_id"),
        (with(&with(&s3(), &s3_keys()), &json!({"aws_secret_access_key": "é"})), "aws_secret_access_key"),
        (json!({"provider": "LOCAL"}), "provider"),
        (json!({"provider": "s3"}), "provider"),
        (json!({"provider": "GCS"}), "provider"),
        (json!({"provider": ""}), "provider"),
        (json!({}), "provider"),
        (json!({"provider": null}), "provider"),
        (with(&s3(), &json!({"bucket": 7})), "bucket"),
        (with(&s3(), &json!({"aws_access_key_id": {"nested": "AKIA"}})), "aws_access_key_id"),
    ]);
    for (sent, field) in cases {
        let reply = put(&server, scoped, &sent).await;
        assert_eq!(reply.status, 422, "{sent}");
        assert_eq!(reply.invalid_fields(), [field], "{sent}");
    }
    let several = json!({"provider": "S3", "bucket": "A", "region": "B", "endpoint": "C", "aws_access_key_id": "D"});
    let fields = put(&server, scoped, &several).await.invalid_fields();
    assert_eq!(fields, ["bucket", "region", "endpoint", "aws_secret_access_key"]);
    assert_eq!(show(&server, scoped).await, before);
    assert_eq!(audited_changes(&server).await.len(), events);
    // What looks like the above and can be a store.
    for good in [
        s3_at("http://127.0.0.1:9000"),
        s3_at("https://[::1]:9000"),
        s3_at("https://minio"),
        with(&s3(), &json!({"bucket": "a.b-c.1", "region": "auto"})),
        azure_at("http://127.0.0.1:10000/acme"),
        with(
            &azure(),
            &json!({"azure_connection_string": "AccountName=acme;AccountKey=c2VjcmV0;EndpointSuffix=core.chinacloudapi.cn"}),
        ),
    ] {
        put(&server, scoped, &good).await.expect(200);
    }
    server.finish().await;
}
