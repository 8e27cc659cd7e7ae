//! Stores are tested with what speaks their protocols: moto and Azurite.

use serde_json::json;

use super::servers::Servers;
use super::{expect_outcome, permissive_server, probe, put, with};
use crate::executable::together;
use crate::inspect::audited_changes;
use crate::organization::Organization;

#[tokio::test]
async fn a_store_that_works_is_left_as_it_was() {
    let Some(servers) = Servers::find() else { return };
    let server = permissive_server().await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let scoped = &organization.owner.scoped;
    for place in [servers.bucket().await, servers.container().await] {
        let message = expect_outcome(&server, scoped, &place.settings, "ok").await;
        assert_eq!(message, "An object was written, read and deleted.");
        assert_eq!(audited_changes(&server).await.pop().unwrap(), r#"storage.tested {"outcome":"ok"}"#);
        // With the credentials that are kept.
        let mut kept = place.settings.clone();
        for name in ["aws_access_key_id", "aws_secret_access_key", "azure_connection_string"] {
            kept.as_object_mut().unwrap().remove(name);
        }
        expect_outcome(&server, scoped, &kept, "ok").await;
        // Several at once do not take each other's objects.
        let all = together((0..6).map(|_| probe(&server, scoped))).await;
        assert!(all.iter().all(|(reason, _)| reason == "ok"), "{all:?}");
        assert!(place.names().await.is_empty(), "{:?}", place.names().await);
    }
    server.finish().await;
}

#[tokio::test]
async fn what_is_wrong_is_told_by_its_kind() {
    let Some(servers) = Servers::find() else { return };
    let server = permissive_server().await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let scoped = &organization.owner.scoped;
    let (bucket, container) = (servers.bucket().await, servers.container().await);
    let (reader_id, reader_secret) = &servers.reader_keys;
    let other_key = servers.connection("b3RoZXIga2V5");
    let other_account = other_key.replace("AccountName=trueporttest", "AccountName=nobody");
    let cases = [
        (servers.no_bucket().settings, "not_found"),
        (servers.no_container().settings, "not_found"),
        (with(&bucket.settings, &json!({"aws_secret_access_key": "another"})), "bad_credentials"),
        (with(&bucket.settings, &json!({"aws_access_key_id": "AKIANOBODYKNOWSTHIS1"})), "bad_credentials"),
        (
            with(&bucket.settings, &json!({"aws_access_key_id": reader_id, "aws_secret_access_key": reader_secret})),
            "denied",
        ),
        // Azurite says AuthorizationFailure where Azure itself says AuthenticationFailed.
        (with(&container.settings, &json!({"azure_connection_string": other_key})), "denied"),
        (with(&container.settings, &json!({"azure_connection_string": other_account})), "denied"),
    ];
    for (settings, outcome) in cases {
        let message = expect_outcome(&server, scoped, &settings, outcome).await;
        for said in [&bucket.name, &container.name, "127.0.0.1", "AKIA", "another", "trueporttest", "Error", "<"] {
            assert!(!message.contains(said), "{message}");
        }
    }
    assert!(bucket.names().await.is_empty() && container.names().await.is_empty());
    // Another provider's credentials are dropped, and then there are none.
    for (first, second) in [(&bucket, &container), (&container, &bucket)] {
        put(&server, scoped, &first.settings).await.expect(200);
        let mut bare = second.settings.clone();
        bare.as_object_mut().unwrap().retain(|name, _| !name.starts_with("aws_") && !name.starts_with("azure_"));
        expect_outcome(&server, scoped, &bare, "no_credentials").await;
    }
    server.finish().await;
}
