//! Which check comes first, and methods that a path does not have.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use trueport::http::routes;

use super::{LIMIT, concrete, patient_server, with_body};
use crate::harness::{PASSWORD, TestServer, send};
use crate::inspect::set_platform_admin;

fn huge(start: &str) -> String {
    format!("{start}{}", " ".repeat(2 * LIMIT))
}

/// A request and its refusal: method, path, token, content type, body, status and code.
pub(super) type Case<'a> = (&'a str, &'a str, &'a str, &'a str, String, u16, &'a str);

/// Sends each request and fails unless it is refused as it should be.
pub(super) async fn assert_refused(server: &TestServer, cases: &[Case<'_>]) {
    for (method, path, token, content_type, body, status, code) in cases {
        let mut request = server.request(method.parse().unwrap(), path);
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        let reply = send(with_body(request, content_type, body.clone())).await;
        let what = format!("{method} {path} {content_type} {body:.40}");
        assert_eq!((reply.status.as_u16(), &reply.json()["code"]), (*status, &json!(code)), "{what}");
        reply.expect_problem(*status, code);
    }
}

#[tokio::test]
async fn checks_come_in_one_order() {
    let server = patient_server().await;
    let tokens = server.person("jane@acme.com").await;
    let (access, refresh) = (tokens.access.as_str(), tokens.refresh.as_str());
    let admin = server.person("admin@acme.com").await.access;
    set_platform_admin(&server, "admin@acme.com", true).await;
    let admin = admin.as_str();
    let wrong = json!({"current_password": "wrong password", "new_password": "short"}).to_string();
    let login = |password: &str| json!({"email": "locked@acme.com", "password": password}).to_string();
    for _ in 0..10 {
        let body = json!({"email": "locked@acme.com", "password": "wrong password"});
        server.post("/global/auth/login", body).await.expect_problem(401, "invalid_credentials");
    }
    let (json, text) = ("application/json", "text/plain");
    let (password, session) = ("/global/auth/password", "/global/auth/sessions/x");
    let (login_path, refresh_path) = ("/global/auth/login", "/global/auth/refresh");
    let (plans, plan) = ("/admin/plans", "/admin/plans/x");
    // What is wrong with each request, from the check that comes first to the one that comes last.
    let cases: &[Case<'_>] = &[
        ("POST", "/global/auth/nowhere", "garbage", text, huge("{"), 404, "unknown_route"),
        ("PATCH", "/global/auth/nowhere", refresh, json, huge("{"), 404, "unknown_route"),
        ("PATCH", password, "garbage", text, huge("{"), 405, "method_not_allowed"),
        ("DELETE", login_path, "", text, huge("{"), 405, "method_not_allowed"),
        ("PUT", password, "", text, huge("{"), 401, "unauthorized"),
        ("PUT", password, "garbage", json, huge("{"), 401, "unauthorized"),
        ("DELETE", session, "", json, String::new(), 401, "unauthorized"),
        ("PUT", password, refresh, text, huge("{"), 403, "wrong_token_scope"),
        ("DELETE", session, refresh, json, String::new(), 403, "wrong_token_scope"),
        ("POST", plans, "", text, huge("{"), 401, "unauthorized"),
        ("POST", plans, refresh, text, huge("{"), 403, "wrong_token_scope"),
        ("POST", plans, access, text, huge("{"), 403, "platform_admin_required"),
        ("DELETE", plan, access, json, String::new(), 403, "platform_admin_required"),
        ("PATCH", plan, admin, text, huge("{"), 415, "unsupported_media_type"),
        ("PATCH", plan, admin, json, huge("{"), 413, "body_too_large"),
        ("PATCH", plan, admin, json, "{".into(), 400, "malformed_json"),
        ("PATCH", plan, admin, json, "{\"price\": -1}".into(), 422, "validation_error"),
        ("PATCH", plan, admin, json, "{}".into(), 404, "not_found"),
        ("PUT", password, access, text, huge("{"), 415, "unsupported_media_type"),
        ("PUT", password, access, "", huge("{"), 415, "unsupported_media_type"),
        ("POST", login_path, "", text, huge("{"), 415, "unsupported_media_type"),
        ("POST", refresh_path, "", text, huge("{"), 415, "unsupported_media_type"),
        ("POST", refresh_path, "", "", huge("{"), 415, "unsupported_media_type"),
        ("PUT", password, access, json, huge("{"), 413, "body_too_large"),
        ("POST", login_path, "", json, huge("{"), 413, "body_too_large"),
        ("POST", refresh_path, "", json, huge("{"), 413, "body_too_large"),
        ("PUT", password, access, json, "{\"new_password\": 1, ".into(), 400, "malformed_json"),
        ("POST", login_path, "", json, "{\"email\": 1, ".into(), 400, "malformed_json"),
        ("PUT", password, access, json, wrong, 422, "validation_error"),
        ("POST", login_path, "", json, "{\"email\": \"locked@acme.com\"}".into(), 422, "validation_error"),
        ("POST", login_path, "", json, login("wrong password"), 429, "too_many_attempts"),
        ("POST", login_path, "", json, login(PASSWORD), 429, "too_many_attempts"),
        ("DELETE", session, access, json, String::new(), 404, "not_found"),
    ];
    assert_refused(&server, cases).await;
    server.finish().await;
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let server = patient_server().await;
    let mut by_path: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for route in routes::table() {
        by_path.entry(route.operation.path().to_owned()).or_default().insert(route.operation.method().to_string());
    }
    for (path, mut allowed) in by_path {
        if allowed.contains("GET") {
            allowed.insert("HEAD".to_owned());
        }
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE"] {
            if allowed.contains(method) {
                continue;
            }
            let reply = send(server.request(method.parse().unwrap(), &concrete(&path))).await;
            assert_eq!(reply.status.as_u16(), 405, "{method} {path}");
            if method != "HEAD" {
                reply.expect_problem(405, "method_not_allowed");
            }
            let told: BTreeSet<String> =
                reply.header("allow").unwrap_or_default().split(',').map(|name| name.trim().to_owned()).collect();
            assert_eq!(told, allowed, "{method} {path}");
        }
    }
    server.finish().await;
}
