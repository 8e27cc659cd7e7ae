//! `GET /internal/tenants/{id}/configs`: what the gateway is to heed for an organization.

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::store::tenants::TenantStatus;

use super::{Stage, change};
use crate::harness::{Reply, send};
use crate::organization::{Organization, set_status};

const KEY: &str = "gateway.timeout_seconds";

/// The defaults of everything that the gateway heeds.
fn defaults() -> Json {
    json!({
        "gateway.requests_per_minute": 0,
        "gateway.max_request_kib": 4_096,
        "gateway.timeout_seconds": 120,
        "gateway.default_model": "",
        "gateway.allowed_models": "",
        "gateway.violation_action": "block",
        "gateway.redact_personal_data": false,
        "retention.log_contents": true,
        "retention.log_days": 0,
    })
}

impl Stage {
    /// Makes a key for a service with these scopes.
    pub(super) async fn service_key(&self, scopes: &[&str]) -> String {
        let body = json!({"name": "gateway", "scopes": scopes});
        let made = self.server.call(Method::POST, "/admin/service-keys", &self.admin, body).await.expect(201);
        made["key"].as_str().expect("a key").to_owned()
    }

    fn path(&self, environment: &str) -> String {
        format!("/internal/tenants/{}/configs?environment={environment}", self.acme.id)
    }

    /// What the gateway is told of an environment, and its entity tag.
    async fn told(&self, key: &str, environment: &str) -> (Json, String) {
        let reply = self.server.get(&self.path(environment), key).await;
        let tag = reply.header("etag").expect("an entity tag").to_owned();
        (reply.expect(200), tag)
    }

    /// The same question of somebody who has a reply with this tag.
    async fn asked_again(&self, key: &str, environment: &str, tag: &str) -> Reply {
        let request = self.server.request(Method::GET, &self.path(environment)).bearer_auth(key);
        send(request.header("If-None-Match", tag)).await
    }
}

#[tokio::test]
async fn the_gateway_is_told_its_keys_and_no_others() {
    let stage = Stage::new().await;
    let key = stage.service_key(&["configs:read"]).await;
    for environment in ["prod", "staging", "dev"] {
        let (told, tag) = stage.told(&key, environment).await;
        let expected = json!({
            "tenant_id": stage.acme.id, "tenant_status": "active", "environment": environment, "configs": defaults(),
        });
        assert_eq!(told, expected);
        assert!(tag.len() > 10 && tag.starts_with('"') && tag.ends_with('"'), "{tag}");
    }
    let path = format!("/internal/tenants/{}/configs", stage.acme.id);
    let reply = stage.server.get(&path, &key).await;
    assert_eq!(reply.expect(200)["environment"], "prod");
    assert_eq!(reply.header("content-type"), Some("application/json"));
    stage.server.finish().await;
}

#[tokio::test]
async fn each_change_reaches_the_environments_that_it_is_for() {
    let stage = Stage::new().await;
    let other = Organization::of(&stage.server, "owner@other.com", "other").await;
    let key = stage.service_key(&["tokens:read", "configs:read"]).await;
    let path = format!("/service/configs/{KEY}");
    let admin = format!("/admin/configs/{KEY}");
    let here = |value: i64| json!({"value": value, "scope": "ENVIRONMENT"});
    // Who changes what, and the value in prod, staging and dev then.
    let steps = [
        (stage.prod(), path.clone(), json!({"value": 10}), [10, 10, 10]),
        (&stage.staging, path.clone(), here(20), [10, 20, 10]),
        (&stage.dev, path.clone(), here(30), [10, 20, 30]),
        (&stage.admin, admin.clone(), json!({"value": 40}), [10, 20, 30]),
        (&stage.admin, admin.clone(), json!({"value": 40, "is_locked": true}), [40, 40, 40]),
        (&stage.admin, admin.clone(), json!({"value": 41}), [41, 41, 41]),
        (&stage.admin, admin.clone(), json!({"value": 41, "is_locked": false}), [10, 20, 30]),
        (&other.owner.scoped, path.clone(), json!({"value": 99}), [10, 20, 30]),
        (&stage.dev, format!("{path}?scope=ENVIRONMENT"), Json::Null, [10, 20, 10]),
        (stage.prod(), path.clone(), Json::Null, [41, 20, 41]),
        (&stage.admin, admin.clone(), Json::Null, [120, 20, 120]),
        // What the gateway does not heed changes nothing for it.
        (stage.prod(), "/service/configs/branding.notice".to_owned(), json!({"value": "x"}), [120, 20, 120]),
        (&stage.admin, "/admin/configs/tenants.creation".to_owned(), json!({"value": "anyone"}), [120, 20, 120]),
    ];
    let mut tags = Vec::new();
    let mut before = [120; 3];
    for environment in ["prod", "staging", "dev"] {
        tags.push(stage.told(&key, environment).await.1);
    }
    for (token, path, body, after) in steps {
        change(&stage.server, token, &path, body.clone()).await.expect(200);
        for (index, environment) in ["prod", "staging", "dev"].into_iter().enumerate() {
            let again = stage.asked_again(&key, environment, &tags[index]).await;
            let (told, tag) = stage.told(&key, environment).await;
            assert_eq!(told["configs"][KEY], after[index], "{environment} {path} {body}");
            assert_eq!(again.header("etag"), Some(tag.as_str()));
            if before[index] == after[index] {
                assert_eq!((again.expect(304), &tag), (Json::Null, &tags[index]), "{environment} {path} {body}");
            } else {
                assert_eq!((again.expect(200), tag != tags[index]), (told, true), "{environment} {path} {body}");
            }
            tags[index] = tag;
        }
        before = after;
    }
    // A tag among others, a weak one, any one, and one of another environment.
    let tag = &tags[0];
    for (sent, status) in [
        (format!("\"x\", {tag}"), 304),
        (format!("W/{tag}"), 304),
        ("*".to_owned(), 304),
        (tags[1].clone(), 200),
        ("\"x\"".to_owned(), 200),
        (String::new(), 200),
    ] {
        assert_eq!(stage.asked_again(&key, "prod", &sent).await.status.as_u16(), status, "{sent}");
    }
    stage.server.finish().await;
}

#[tokio::test]
async fn a_closed_organization_is_told_with_its_status() {
    let stage = Stage::new().await;
    let key = stage.service_key(&["configs:read"]).await;
    stage.own(stage.prod(), KEY, json!({"value": 10})).await;
    let (mut told, mut tag) = stage.told(&key, "prod").await;
    for (status, text) in [
        (TenantStatus::Suspended, "suspended"),
        (TenantStatus::Active, "active"),
        (TenantStatus::Suspended, "suspended"),
        (TenantStatus::Archived, "archived"),
    ] {
        set_status(&stage.server, "acme", status).await;
        let again = stage.asked_again(&key, "prod", &tag).await;
        told["tenant_status"] = json!(text);
        assert_eq!(again.expect(200), told);
        again.header("etag").expect("an entity tag").clone_into(&mut tag);
    }
    // The installation's values go on reaching it.
    stage.global(KEY, json!({"value": 15, "is_locked": true})).await;
    assert_eq!(stage.told(&key, "prod").await.0["configs"][KEY], 15);
    stage.server.finish().await;
}

#[tokio::test]
async fn a_service_needs_the_scope_and_an_organization_that_there_is() {
    let stage = Stage::new().await;
    let path = stage.path("prod");
    let none = stage.service_key(&["tokens:read", "usage:write", "entitlements:read"]).await;
    for (token, status, code) in [
        ("", 401, "unauthorized"),
        ("tpk_nothing", 401, "unauthorized"),
        (&*none, 403, "missing_scope"),
        (stage.prod(), 403, "wrong_token_scope"),
        (&stage.admin, 403, "wrong_token_scope"),
    ] {
        stage.server.get(&path, token).await.expect_problem(status, code);
        // Whoever may not ask does not learn what there is.
        let nobody = "/internal/tenants/ten_01h455vb4pex5vsknk084sn02q/configs?environment=x";
        stage.server.get(nobody, token).await.expect_problem(status, code);
    }
    let key = stage.service_key(&["configs:read"]).await;
    for id in ["ten_01h455vb4pex5vsknk084sn02q", "ten_1", "acme", &stage.acme.owner.user_id, "%27"] {
        let path = format!("/internal/tenants/{id}/configs");
        stage.server.get(&path, &key).await.expect_problem(404, "not_found");
        for environment in ["PROD", "production", "", "all"] {
            let reply = stage.server.get(&format!("{path}?environment={environment}"), &key).await;
            assert_eq!(reply.invalid_fields(), ["environment"], "{id} {environment}");
        }
    }
    // A key of a service opens nothing else of the configuration.
    for path in ["/service/configs", "/admin/configs"] {
        stage.server.get(path, &key).await.expect_problem(403, "wrong_token_scope");
    }
    stage.server.finish().await;
}
