//! What services send, and the settings that they and organizations live by: limits and the order of checks.

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::domain::service_keys::SCOPES;

use super::order::{Case, assert_refused};
use super::{LIMIT, patient_server};
use crate::harness::TestServer;
use crate::inspect::{make_service_key, set_platform_admin};
use crate::organization::Organization;
use crate::raw::{exchange, head};

/// Of a report of usage, which is larger than all others.
const REPORT_LIMIT: usize = 1024 * 1024;

/// Rows of a report that is as it should be.
fn rows(server: &TestServer, tenant_id: &str, count: usize) -> Vec<Json> {
    let at = server.clock.now().to_string();
    let row = |index: usize| {
        json!({
            "id": format!("a-row-of-the-gateway-{index}"), "tenant_id": tenant_id, "environment": "staging", "at": at,
            "requests": 1, "violations": 0,
        })
    };
    (0..count).map(row).collect()
}

#[tokio::test]
async fn a_report_of_usage_is_at_most_1_mib_and_1000_rows() {
    let server = patient_server().await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let (_, key) = make_service_key(&server, SCOPES).await;
    let report = json!({"events": rows(&server, &organization.id, 1_000)});
    assert!(report.to_string().len() > 2 * LIMIT, "the report would fit where the limit is the usual one");
    let taken = server.call(Method::POST, "/internal/usage", &key, report.clone()).await.expect(200);
    assert_eq!(taken, json!({"accepted": 1_000, "duplicates": 0}));
    let one_more = json!({"events": rows(&server, &organization.id, 1_001)});
    let refused = server.call(Method::POST, "/internal/usage", &key, one_more).await;
    assert_eq!(refused.invalid_fields(), ["events"]);

    let padded = |body: &Json, length: usize| format!("{}{body}", " ".repeat(length - body.to_string().len()));
    let chunked = |body: &str| {
        let parts = body.as_bytes().chunks(32 * 1024).map(|part| String::from_utf8(part.to_vec()).unwrap());
        parts.map(|part| format!("{:x}\r\n{part}\r\n", part.len())).collect::<String>() + "0\r\n\r\n"
    };
    let introspection = json!({"token": "x"});
    for (path, body, length, status) in [
        ("usage", &report, REPORT_LIMIT, 200),
        ("usage", &report, REPORT_LIMIT + 1, 413),
        // Everywhere else the limit is the usual one.
        ("introspect", &introspection, LIMIT, 200),
        ("introspect", &introspection, LIMIT + 1, 413),
    ] {
        let body = padded(body, length);
        for (fields, body) in [
            (format!("Content-Length: {}\r\n", body.len()), body.clone()),
            ("Transfer-Encoding: chunked\r\n".to_owned(), chunked(&body)),
        ] {
            let fields = format!("Content-Type: application/json\r\nAuthorization: Bearer {key}\r\n{fields}");
            let message = head("POST", &format!("/platform/api/internal/{path}"), &fields) + &body;
            let reply = exchange(&server, message.as_bytes(), false).await;
            assert_eq!(reply.status, status, "{path} {length} {reply:?}");
            assert!(status == 200 || reply.problem() == "body_too_large", "{reply:?}");
        }
    }
    // Sent again, in whatever form, the rows count once.
    let usage = server.get("/service/usage?environment=staging", &organization.owner.scoped).await.expect(200);
    assert_eq!(usage["requests"], 1_000);
    server.finish().await;
}

#[tokio::test]
async fn checks_come_in_one_order_for_services_too() {
    let server = patient_server().await;
    let tokens = server.person("jane@acme.com").await;
    let (_, key) = make_service_key(&server, SCOPES).await;
    let (_, lesser) = make_service_key(&server, &["tokens:read"]).await;
    let (access, refresh, key, lesser) =
        (tokens.access.as_str(), tokens.refresh.as_str(), key.as_str(), lesser.as_str());
    let (json, text) = ("application/json", "text/plain");
    let (usage, configs) = ("/internal/usage", "/internal/tenants/x/configs?environment=moon");
    let huge = || format!("{{{}", " ".repeat(2 * REPORT_LIMIT));
    let of_nobody = json!({"events": rows(&server, "ten_01h455vb4pex5vsknk084sn02q", 1)}).to_string();
    let cases: &[Case<'_>] = &[
        ("PATCH", usage, "garbage", text, huge(), 405, "method_not_allowed"),
        ("POST", "/internal/nowhere", key, text, huge(), 404, "unknown_route"),
        ("POST", usage, "", text, huge(), 401, "unauthorized"),
        ("POST", usage, "garbage", text, huge(), 401, "unauthorized"),
        ("POST", usage, "tpk_garbage", text, huge(), 401, "unauthorized"),
        ("POST", usage, refresh, text, huge(), 403, "wrong_token_scope"),
        ("POST", usage, access, text, huge(), 403, "wrong_token_scope"),
        ("POST", usage, lesser, text, huge(), 403, "missing_scope"),
        ("POST", usage, key, text, huge(), 415, "unsupported_media_type"),
        ("POST", usage, key, json, huge(), 413, "body_too_large"),
        ("POST", usage, key, json, "{".into(), 400, "malformed_json"),
        ("POST", usage, key, json, "{\"events\": {}}".into(), 422, "validation_error"),
        ("POST", usage, key, json, of_nobody, 422, "validation_error"),
        ("GET", configs, "", json, String::new(), 401, "unauthorized"),
        ("GET", configs, access, json, String::new(), 403, "wrong_token_scope"),
        ("GET", configs, lesser, json, String::new(), 403, "missing_scope"),
        ("GET", configs, key, json, String::new(), 422, "validation_error"),
        ("GET", "/internal/tenants/x/configs", key, json, String::new(), 404, "not_found"),
        ("GET", "/internal/tenants/x/entitlements", key, json, String::new(), 404, "not_found"),
    ];
    assert_refused(&server, cases).await;
    server.finish().await;
}

/// Contract 3: an unknown key is a 404 with any value, a key that is closed a 403 with a wrong one, and only then is the
/// value looked at.
#[tokio::test]
async fn checks_come_in_one_order_for_settings_too() {
    let server = patient_server().await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let viewer = organization.join(&server, "viewer@acme.com", "viewer").await;
    let admin = server.person("admin@acme.com").await.access;
    set_platform_admin(&server, "admin@acme.com", true).await;
    let lock = json!({"value": 64, "is_locked": true});
    server.call(Method::PUT, "/admin/configs/gateway.max_request_kib", &admin, lock).await.expect(200);
    let (access, owner) = (organization.owner.access.as_str(), organization.owner.scoped.as_str());
    let (viewer, admin) = (viewer.scoped.as_str(), admin.as_str());
    let (json, text) = ("application/json", "text/plain");
    let huge = || format!("{{{}", " ".repeat(2 * LIMIT));
    let wrong = || json!({"value": [1]}).to_string();
    let wrong_scope = || json!({"value": [1], "scope": "GALAXY"}).to_string();
    // The value is a good one: it is the level that this key does not have.
    let in_environment = json!({"value": "Hello", "scope": "ENVIRONMENT"}).to_string();
    let (unknown, locked) = ("/service/configs/gateway.nothing", "/service/configs/gateway.max_request_kib");
    let (of_platform, open) = ("/service/configs/auth.registration", "/service/configs/gateway.violation_action");
    let (storage, test) = ("/service/storage", "/service/storage/test");
    let (admin_unknown, admin_open) = ("/admin/configs/gateway.nothing", "/admin/configs/gateway.violation_action");
    let (keys, key) = ("/admin/service-keys", "/admin/service-keys/x");
    let none = String::new;
    let cases: &[Case<'_>] = &[
        ("PUT", unknown, "", text, huge(), 401, "unauthorized"),
        ("PUT", unknown, access, text, huge(), 403, "wrong_token_scope"),
        ("PUT", unknown, viewer, text, huge(), 403, "insufficient_role"),
        ("PUT", unknown, owner, text, huge(), 415, "unsupported_media_type"),
        ("PUT", unknown, owner, json, huge(), 413, "body_too_large"),
        ("PUT", unknown, owner, json, "{".into(), 400, "malformed_json"),
        ("PUT", unknown, owner, json, "{}".into(), 422, "validation_error"),
        ("PUT", unknown, owner, json, wrong_scope(), 422, "validation_error"),
        ("PUT", unknown, owner, json, wrong(), 404, "not_found"),
        ("PUT", of_platform, owner, json, wrong_scope(), 422, "validation_error"),
        ("PUT", of_platform, owner, json, wrong(), 403, "config_not_modifiable"),
        ("PUT", locked, owner, json, wrong(), 403, "config_locked"),
        ("PUT", "/service/configs/branding.notice", owner, json, in_environment, 422, "validation_error"),
        ("PUT", open, owner, json, wrong(), 422, "validation_error"),
        ("DELETE", "/service/configs/gateway.nothing?scope=GALAXY", viewer, json, none(), 403, "insufficient_role"),
        ("DELETE", "/service/configs/gateway.nothing?scope=GALAXY", owner, json, none(), 422, "validation_error"),
        ("DELETE", unknown, owner, json, none(), 404, "not_found"),
        ("DELETE", of_platform, owner, json, none(), 403, "config_not_modifiable"),
        ("DELETE", locked, owner, json, none(), 403, "config_locked"),
        ("GET", "/service/configs/gateway.nothing/history?limit=0", owner, json, none(), 422, "validation_error"),
        ("GET", "/service/configs/gateway.nothing/history", owner, json, none(), 404, "not_found"),
        ("GET", "/service/configs/gateway.nothing/explain", owner, json, none(), 404, "not_found"),
        ("GET", "/service/configs/smtp.password/explain", owner, json, none(), 404, "not_found"),
        ("GET", "/service/usage?step=moon", access, json, none(), 403, "wrong_token_scope"),
        ("GET", "/service/usage?step=moon", viewer, json, none(), 422, "validation_error"),
        ("PUT", storage, viewer, text, huge(), 403, "insufficient_role"),
        ("PUT", storage, owner, text, huge(), 415, "unsupported_media_type"),
        ("PUT", storage, owner, json, huge(), 413, "body_too_large"),
        ("PUT", storage, owner, json, "{".into(), 400, "malformed_json"),
        ("PUT", storage, owner, json, "{\"provider\": \"TAPE\"}".into(), 422, "validation_error"),
        ("POST", test, viewer, json, none(), 403, "insufficient_role"),
        ("POST", test, owner, json, none(), 409, "storage_not_set"),
        ("PUT", admin_unknown, owner, text, huge(), 403, "platform_admin_required"),
        ("PUT", admin_unknown, admin, text, huge(), 415, "unsupported_media_type"),
        ("PUT", admin_unknown, admin, json, huge(), 413, "body_too_large"),
        (
            "PUT",
            admin_unknown,
            admin,
            json,
            json!({"value": 1, "scope": "TENANT"}).to_string(),
            422,
            "validation_error",
        ),
        ("PUT", admin_unknown, admin, json, wrong(), 404, "not_found"),
        // The tests give it as an operator does.
        ("PUT", "/admin/configs/smtp.port", admin, json, wrong(), 403, "config_locked"),
        ("PUT", admin_open, admin, json, wrong(), 422, "validation_error"),
        ("DELETE", admin_unknown, admin, json, none(), 404, "not_found"),
        ("POST", keys, access, text, huge(), 403, "platform_admin_required"),
        ("POST", keys, admin, text, huge(), 415, "unsupported_media_type"),
        ("POST", keys, admin, json, json!({"name": "x", "scopes": ["moon"]}).to_string(), 422, "validation_error"),
        ("DELETE", key, access, json, none(), 403, "platform_admin_required"),
        ("DELETE", key, admin, json, none(), 404, "not_found"),
    ];
    assert_refused(&server, cases).await;
    server.finish().await;
}

/// What is no good text is refused, and what is taken is shown as it was given.
#[tokio::test]
async fn odd_texts_break_no_setting() {
    let server = patient_server().await;
    let owner = Organization::of(&server, "owner@acme.com", "acme").await.owner;
    set_platform_admin(&server, "owner@acme.com", true).await;
    for odd in
        ["\0", "a\0b@acme.com", "\u{ffff}", "\u{202e}", "\u{1f600}", "\n", "' OR 1=1 --", "{{7*7}}", "%s%n", "\\"]
    {
        for (path, token) in [
            ("/service/configs/gateway.default_model", &owner.scoped),
            ("/service/configs/branding.support_email", &owner.scoped),
            ("/admin/configs/branding.notice", &owner.access),
            ("/admin/configs/smtp.username", &owner.access),
            ("/admin/configs/smtp.password", &owner.access),
            ("/admin/configs/base_url", &owner.access),
        ] {
            let reply = server.call(Method::PUT, path, token, json!({"value": odd})).await;
            match reply.status.as_u16() {
                200 => assert!(reply.json()["val"].is_null() || reply.json()["val"] == odd, "{path} {odd:?} {reply:?}"),
                _ => assert_eq!(reply.invalid_fields(), ["value"], "{path} {odd:?}"),
            }
            assert!(reply.status == 422 || !odd.contains('\0'), "{path} {odd:?}");
            for part in ["explain", "history"] {
                server.get(&format!("{path}/{part}"), token).await.expect(200);
            }
        }
    }
    server.finish().await;
}
