//! Changed settings show in the audit with what they are now, and no secret does (contract 35).

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::{Event, events};
use crate::harness::{Reply, Setup, TestServer};
use crate::inspect::{set_platform_admin, whole_audit};
use crate::organization::Organization;

/// Must not show anywhere.
const SECRETS: [&str; 4] = ["smtp-secret-1", "AKIASECRET2", "aws-secret-3", "YXp1cmUtc2VjcmV0LTQ="];

/// The one event of a request.
fn event_of<'a>(events: &'a [Event], reply: &Reply) -> &'a Event {
    let mut own = events.iter().filter(|event| event.request_id.as_deref() == reply.header("x-request-id"));
    let event = own.next().expect("an event");
    assert!(own.next().is_none(), "more than one event: {event:?}");
    event
}

#[tokio::test]
async fn what_is_configured_shows_in_the_audit_and_no_secret_does() {
    let server = TestServer::start_with(Setup { local_storage: true, ..Setup::default() }).await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    set_platform_admin(&server, "owner@acme.com", true).await;
    let [password, aws_id, aws_secret, azure_key] = SECRETS;
    let azure = format!("AccountName=acme;AccountKey={azure_key}");
    let s3 = json!({
        "provider": "S3", "bucket": "acme-exports", "region": "eu-central-1", "endpoint": "https://s3.example.com",
        "aws_access_key_id": aws_id, "aws_secret_access_key": aws_secret,
    });
    let of_s3 = |changed: bool| {
        json!({
            "provider": "S3", "bucket": "acme-exports", "region": "eu-central-1", "endpoint": "https://s3.example.com",
            "credentials_changed": changed,
        })
    };
    let mut without_keys = s3.clone();
    without_keys.as_object_mut().unwrap().retain(|name, _| !name.starts_with("aws_"));
    let store = |provider: &str, bucket: &str, changed: bool| json!({"provider": provider, "bucket": bucket, "region": "", "endpoint": null, "credentials_changed": changed});
    let (put, post, delete) = (Method::PUT, Method::POST, Method::DELETE);
    let own = "/service/configs/gateway.violation_action";
    let in_environment = "/service/configs/gateway.violation_action?scope=ENVIRONMENT";
    // Each request with what it leaves: the action, what it was done to, and what changed.
    let cases: Vec<(&Method, &str, Json, &str, &str, Json)> = vec![
        (
            &put,
            own,
            json!({"value": "log"}),
            "config.updated",
            "gateway.violation_action",
            json!({"value": "log", "environment": null}),
        ),
        (
            &put,
            own,
            json!({"value": "warn", "scope": "ENVIRONMENT"}),
            "config.updated",
            "gateway.violation_action",
            json!({"value": "warn", "environment": "prod"}),
        ),
        (
            &delete,
            in_environment,
            Json::Null,
            "config.reset",
            "gateway.violation_action",
            json!({"value": null, "environment": "prod"}),
        ),
        (
            &delete,
            own,
            Json::Null,
            "config.reset",
            "gateway.violation_action",
            json!({"value": null, "environment": null}),
        ),
        (
            &put,
            "/admin/configs/usage.retention_days",
            json!({"value": 40, "is_locked": true}),
            "config.updated",
            "usage.retention_days",
            json!({"value": 40, "is_locked": true}),
        ),
        (
            &delete,
            "/admin/configs/usage.retention_days",
            Json::Null,
            "config.reset",
            "usage.retention_days",
            json!({"value": null, "is_locked": false}),
        ),
        (
            &put,
            "/admin/configs/smtp.password",
            json!({"value": password}),
            "config.updated",
            "smtp.password",
            json!({"value": null, "is_locked": false}),
        ),
        (&put, "/service/storage", s3, "storage.updated", &organization.id, of_s3(true)),
        (&put, "/service/storage", without_keys, "storage.updated", &organization.id, of_s3(false)),
        (
            &put,
            "/service/storage",
            json!({"provider": "AZURE", "container_name": "acme", "azure_connection_string": azure}),
            "storage.updated",
            &organization.id,
            store("AZURE", "acme", true),
        ),
        (
            &put,
            "/service/storage",
            json!({"provider": "LOCAL"}),
            "storage.updated",
            &organization.id,
            // Another provider drops them.
            store("LOCAL", "", true),
        ),
        (&post, "/service/storage/test", Json::Null, "storage.tested", &organization.id, json!({"outcome": "ok"})),
    ];
    for (method, path, body, action, target, changes) in cases {
        let is_own = path.starts_with("/service");
        let token = if is_own { &organization.owner.scoped } else { &organization.owner.access };
        let reply = server.call(method.clone(), path, token, body).await;
        reply.expect(200);
        let events = events(&server).await;
        let event = event_of(&events, &reply);
        assert_eq!((event.action.as_str(), event.target_id.as_deref()), (action, Some(target)), "{method} {path}");
        assert_eq!(event.changes, changes, "{method} {path}");
        let user_id = organization.owner.user_id.as_str();
        assert_eq!((event.actor_kind.as_str(), event.actor_id.as_deref()), ("user", Some(user_id)), "{method} {path}");
        let tenant_id = is_own.then_some(organization.id.as_str());
        assert_eq!(event.tenant_id.as_deref(), tenant_id, "{method} {path}");
        let shown = server.get("/service/storage", &organization.owner.scoped).await.text;
        assert!(!SECRETS.iter().any(|secret| reply.text.contains(secret) || shown.contains(secret)), "{}", reply.text);
    }
    for key in ["smtp.password", "usage.retention_days"] {
        for part in ["explain", "history"] {
            let shown = server.get(&format!("/admin/configs/{key}/{part}"), &organization.owner.access).await;
            shown.expect(200);
            assert!(!shown.text.contains(password), "{}", shown.text);
        }
    }
    for event in whole_audit(&server).await {
        assert!(!SECRETS.iter().any(|secret| event.contains(secret)), "{event}");
    }
    server.finish().await;
}
