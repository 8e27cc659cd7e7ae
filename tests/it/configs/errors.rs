//! Who is refused what, and which refusal comes first (contract 3, 30 and 31).

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::{Stage, change};
use crate::harness::{Reply, Setup, send};
use crate::inspect::set_platform_admin;

const NO_KEYS: [&str; 7] = [
    "nothing.here",
    "gateway",
    "GATEWAY.TIMEOUT_SECONDS",
    "gateway.timeout_seconds%20",
    "gateway.timeout_seconds%00",
    "%27%20OR%201=1",
    "%FF",
];

/// A PUT of a text that need not be JSON.
async fn put_text(stage: &Stage, token: &str, path: &str, content_type: &str, text: &str) -> Reply {
    let request = stage.server.request(Method::PUT, path).bearer_auth(token).header("Content-Type", content_type);
    send(request.body(text.to_owned())).await
}

/// The two ways to a key, each with a token that may go it.
fn ways<'a>(stage: &'a Stage, key: &str) -> [(String, &'a str); 2] {
    [(format!("/service/configs/{key}"), stage.prod()), (format!("/admin/configs/{key}"), &stage.admin)]
}

#[tokio::test]
async fn an_unknown_key_is_not_found_whatever_the_value() {
    let stage = Stage::new().await;
    let values = [json!(true), json!(5), json!("x"), Json::Null, json!([1]), json!({"a": 1}), json!("\u{0}")];
    for key in NO_KEYS {
        for (path, token) in ways(&stage, key) {
            for value in &values {
                let body = json!({"value": value});
                change(&stage.server, token, &path, body).await.expect_problem(404, "not_found");
            }
            change(&stage.server, token, &path, Json::Null).await.expect_problem(404, "not_found");
            for detail in ["explain", "history"] {
                stage.server.get(&format!("{path}/{detail}"), token).await.expect_problem(404, "not_found");
            }
        }
    }
    stage.server.finish().await;
}

#[tokio::test]
async fn what_is_wrong_with_the_request_comes_before_what_is_wrong_with_the_key() {
    let stage = Stage::new().await;
    stage.global("gateway.timeout_seconds", json!({"value": 99, "is_locked": true})).await;
    for key in ["nothing.here", "gateway.timeout_seconds", "smtp.port"] {
        for (path, token) in ways(&stage, key) {
            let put = async |content_type: &str, text: &str| put_text(&stage, token, &path, content_type, text).await;
            put("text/plain", "{}").await.expect_problem(415, "unsupported_media_type");
            let long = format!(r#"{{"value": "{}"}}"#, "x".repeat(64 * 1024));
            put("application/json", &long).await.expect_problem(413, "body_too_large");
            for text in ["", "{", "{\"value\":}", "{\"value\": nan}", "\u{1}"] {
                put("application/json", text).await.expect_problem(400, "malformed_json");
            }
            for (text, field) in [
                ("{}", "value"),
                ("[true]", "body"),
                ("null", "body"),
                (r#"{"val": true}"#, "value"),
                (r#"{"scope": "GLOBAL"}"#, "value"),
                (r#"{"value": 1, "value": 2}"#, "value"),
                (r#"{"value": 1, "scope": 5}"#, "scope"),
                (r#"{"value": 1, "scope": "EVERYWHERE"}"#, "scope"),
                (r#"{"value": 1, "scope": ""}"#, "scope"),
                (r#"{"value": [], "scope": "tenant"}"#, "scope"),
            ] {
                let reply = put("application/json", text).await;
                assert_eq!(reply.invalid_fields(), [field], "{path} {text}");
            }
        }
        let history = stage.server.get(&format!("/service/configs/{key}/history?limit=0"), stage.prod()).await;
        assert_eq!(history.invalid_fields(), ["limit"]);
    }
    stage.server.finish().await;
}

#[tokio::test]
async fn each_side_takes_the_scopes_that_are_its_own() {
    let stage = Stage::new().await;
    let (of_tenants, key) = ("auth.mfa_enforced", "gateway.timeout_seconds");
    for scope in ["TENANT", "ENVIRONMENT", "global", ""] {
        for key in [key, "smtp.port", "nothing.here"] {
            let body = json!({"value": 5, "scope": scope});
            let reply = change(&stage.server, &stage.admin, &format!("/admin/configs/{key}"), body).await;
            assert_eq!(reply.invalid_fields(), ["scope"], "{scope} {key}");
        }
    }
    for scope in ["GLOBAL", "tenant", "PROD", ""] {
        for key in [key, of_tenants, "smtp.port", "nothing.here"] {
            let path = format!("/service/configs/{key}");
            let reply = change(&stage.server, stage.prod(), &path, json!({"value": 5, "scope": scope})).await;
            assert_eq!(reply.invalid_fields(), ["scope"], "{scope} {key}");
            let reply = change(&stage.server, stage.prod(), &format!("{path}?scope={scope}"), Json::Null).await;
            assert_eq!(reply.invalid_fields(), ["scope"], "{scope} {key}");
        }
    }
    // A level that this key does not have is known only once the key is found.
    for key in [of_tenants, "branding.notice", "branding.support_email"] {
        let path = format!("/service/configs/{key}");
        for value in [json!(true), json!("a@b.example"), json!([])] {
            let body = json!({"value": value, "scope": "ENVIRONMENT"});
            let reply = change(&stage.server, stage.prod(), &path, body).await;
            assert_eq!(reply.invalid_fields(), ["scope"], "{key} {value}");
        }
        let reply = change(&stage.server, stage.prod(), &format!("{path}?scope=ENVIRONMENT"), Json::Null).await;
        assert_eq!(reply.invalid_fields(), ["scope"], "{key}");
    }
    stage.server.finish().await;
}

#[tokio::test]
async fn a_key_of_the_installation_is_closed_to_organizations_whatever_the_value() {
    let stage = Stage::with(Setup { smtp: false, ..Setup::default() }).await;
    stage.global("smtp.host", json!({"value": "127.0.0.1", "is_locked": true})).await;
    for key in ["smtp.host", "smtp.port", "smtp.password", "base_url", "auth.registration", "billing.ends_soon_days"] {
        let path = format!("/service/configs/{key}");
        for body in [
            json!({"value": 5}),
            json!({"value": "x"}),
            json!({"value": null}),
            json!({"value": [], "scope": "ENVIRONMENT"}),
            Json::Null,
        ] {
            let reply = change(&stage.server, stage.prod(), &path, body).await;
            reply.expect_problem(403, "config_not_modifiable");
        }
    }
    stage.server.finish().await;
}

#[tokio::test]
async fn a_locked_key_is_refused_before_its_value_is_looked_at() {
    let stage = Stage::new().await;
    for (key, value) in [("auth.mfa_enforced", json!(false)), ("gateway.timeout_seconds", json!(60))] {
        stage.global(key, json!({"value": value, "is_locked": true})).await;
        let path = format!("/service/configs/{key}");
        for value in [json!("true"), json!(-1), json!(1.5), Json::Null, json!([]), json!({}), value.clone()] {
            for scope in ["TENANT", "ENVIRONMENT"] {
                let body = json!({"value": value, "scope": scope});
                let refused = change(&stage.server, stage.prod(), &path, body).await;
                refused.expect_problem(403, "config_locked");
            }
        }
        // The platform admin is judged by the value, as ever.
        let admin = change(&stage.server, &stage.admin, &format!("/admin/configs/{key}"), json!({"value": "x"})).await;
        assert_eq!(admin.invalid_fields(), ["value"]);
        assert_eq!(stage.shown_globally(key).await["val"], value);
    }
    stage.server.finish().await;
}

#[tokio::test]
async fn only_admins_of_the_organization_write_and_every_member_reads() {
    let stage = Stage::new().await;
    let key = "gateway.timeout_seconds";
    let path = format!("/service/configs/{key}");
    let admin = stage.acme.join(&stage.server, "admin@acme.com", "admin").await;
    for role in ["member", "viewer"] {
        let person = stage.acme.join(&stage.server, &format!("{role}@acme.com"), role).await;
        for path in ["/service/configs", &format!("{path}/explain"), &format!("{path}/history")] {
            let own = stage.server.get(path, &person.scoped).await.expect(200);
            assert_eq!(own, stage.server.get(path, stage.prod()).await.expect(200));
        }
        for body in [json!({"value": 5}), json!({"value": 5, "scope": "ENVIRONMENT"}), json!({}), Json::Null] {
            let refused = change(&stage.server, &person.scoped, &path, body).await;
            refused.expect_problem(403, "insufficient_role");
        }
        let elsewhere = change(&stage.server, &person.scoped, "/service/configs/nothing.here", json!([])).await;
        elsewhere.expect_problem(403, "insufficient_role");
        put_text(&stage, &person.scoped, &path, "text/plain", "{").await.expect_problem(403, "insufficient_role");
    }
    stage.own(&admin.scoped, key, json!({"value": 5})).await;
    assert_eq!(stage.values(key).await, [json!(5), json!(5), json!(5)]);
    stage.server.finish().await;
}

#[tokio::test]
async fn the_installation_is_for_platform_admins_whatever_their_token() {
    let stage = Stage::new().await;
    let key = "gateway.timeout_seconds";
    let path = format!("/admin/configs/{key}");
    for (token, status, code) in [
        ("", 401, "unauthorized"),
        (stage.prod(), 403, "platform_admin_required"),
        (&stage.acme.owner.access, 403, "platform_admin_required"),
    ] {
        for path in ["/admin/configs", &format!("{path}/explain"), &format!("{path}/history")] {
            stage.server.get(path, token).await.expect_problem(status, code);
        }
        for body in [json!({"value": 5}), json!({}), Json::Null] {
            change(&stage.server, token, &path, body).await.expect_problem(status, code);
        }
    }
    // And without an organization there is none to configure.
    for path in ["/service/configs".to_owned(), format!("/service/configs/{key}/explain")] {
        stage.server.get(&path, &stage.admin).await.expect_problem(403, "wrong_token_scope");
        stage.server.get(&path, "").await.expect_problem(401, "unauthorized");
    }
    // A platform admin in an organization may use the token for it, too.
    let person = stage.acme.join(&stage.server, "both@acme.com", "viewer").await;
    stage.server.get("/admin/configs", &person.scoped).await.expect_problem(403, "platform_admin_required");
    set_platform_admin(&stage.server, &person.email, true).await;
    change(&stage.server, &person.scoped, &path, json!({"value": 44})).await.expect(200);
    let own = change(&stage.server, &person.scoped, &format!("/service/configs/{key}"), json!({"value": 45})).await;
    own.expect_problem(403, "insufficient_role");
    assert_eq!(stage.values(key).await, [json!(44), json!(44), json!(44)]);
    stage.server.finish().await;
}
