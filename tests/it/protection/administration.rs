//! What platform admins send about organizations and accounts: the order of checks.

use serde_json::json;

use super::order::{Case, assert_refused};
use super::{LIMIT, concrete, patient_server};
use crate::inspect::set_platform_admin;

#[tokio::test]
async fn checks_come_in_one_order_for_platform_admins_too() {
    let server = patient_server().await;
    let tokens = server.person("jane@acme.com").await;
    let (access, refresh) = (tokens.access.as_str(), tokens.refresh.as_str());
    let admin = server.person("admin@acme.com").await.access;
    set_platform_admin(&server, "admin@acme.com", true).await;
    let admin = admin.as_str();
    let huge = || format!("{{{}", " ".repeat(2 * LIMIT));
    let (json, text) = ("application/json", "text/plain");
    let path = |path: &str| concrete(path);
    // Of nothing, and with a value that would be refused if there were something.
    let changes = [
        ("PUT", path("/admin/tenants/{id}/status"), json!({"status": "closed"}), json!({"status": "suspended"})),
        ("POST", path("/admin/tenants/{id}/ownership-transfer"), json!({"user_id": 1}), json!({"user_id": "usr_1"})),
        ("PATCH", path("/admin/users/{id}"), json!({"status": "closed"}), json!({"status": "disabled"})),
        (
            "POST",
            path("/admin/users/{id}/impersonate"),
            json!({"tenant_id": "x"}),
            json!({"tenant_id": "x", "reason": "y"}),
        ),
        ("PUT", "/admin/tenants/x/status".to_owned(), json!({}), json!({"status": "active"})),
        ("PATCH", "/admin/users/x".to_owned(), json!({"is_platform_admin": 1}), json!({})),
    ];
    for (method, path, wrong, right) in &changes {
        let cases: &[Case<'_>] = &[
            ("DELETE", path, "garbage", text, huge(), 405, "method_not_allowed"),
            (method, path, "garbage", text, huge(), 401, "unauthorized"),
            (method, path, refresh, text, huge(), 403, "wrong_token_scope"),
            (method, path, access, text, huge(), 403, "platform_admin_required"),
            (method, path, admin, text, huge(), 415, "unsupported_media_type"),
            (method, path, admin, json, huge(), 413, "body_too_large"),
            (method, path, admin, json, "{".into(), 400, "malformed_json"),
            (method, path, admin, json, "[]".into(), 422, "validation_error"),
            (method, path, admin, json, wrong.to_string(), 422, "validation_error"),
            (method, path, admin, json, right.to_string(), 404, "not_found"),
        ];
        // DELETE is a method of accounts.
        let known = cases
            .iter()
            .filter(|case| case.0 != "DELETE" || !path.starts_with("/admin/users/") || path.ends_with("/impersonate"));
        assert_refused(&server, &known.cloned().collect::<Vec<_>>()).await;
    }
    // What is made anew is refused last for what is there already.
    for (path, wrong, right) in [
        ("/admin/users", json!({"email": 1}), json!({"email": "jane@acme.com"})),
        ("/admin/tenants", json!({"name": "X", "slug": "a", "owner_email": "x"}), json!({})),
    ] {
        let (status, code) = if path == "/admin/users" { (400, "email_taken") } else { (422, "validation_error") };
        let cases: &[Case<'_>] = &[
            ("DELETE", path, "garbage", text, huge(), 405, "method_not_allowed"),
            ("POST", path, "garbage", text, huge(), 401, "unauthorized"),
            ("POST", path, refresh, text, huge(), 403, "wrong_token_scope"),
            ("POST", path, access, text, huge(), 403, "platform_admin_required"),
            ("POST", path, admin, text, huge(), 415, "unsupported_media_type"),
            ("POST", path, admin, json, huge(), 413, "body_too_large"),
            ("POST", path, admin, json, "{".into(), 400, "malformed_json"),
            ("POST", path, admin, json, wrong.to_string(), 422, "validation_error"),
            ("POST", path, admin, json, right.to_string(), status, code),
        ];
        assert_refused(&server, cases).await;
    }
    // Without a body.
    for (method, path) in [
        ("DELETE", path("/admin/users/{id}")),
        ("POST", path("/admin/outbox/{id}/retry")),
        ("POST", path("/admin/outbox/{id}/reveal")),
    ] {
        let cases: &[Case<'_>] = &[
            ("PUT", &path, "garbage", json, String::new(), 405, "method_not_allowed"),
            (method, &path, "", json, String::new(), 401, "unauthorized"),
            (method, &path, refresh, json, String::new(), 403, "wrong_token_scope"),
            (method, &path, access, json, String::new(), 403, "platform_admin_required"),
            (method, &path, admin, json, String::new(), 404, "not_found"),
        ];
        assert_refused(&server, cases).await;
    }
    for path in ["/admin/tenants", "/admin/users", "/admin/outbox"] {
        let list = format!("{path}?limit=0");
        let cases: &[Case<'_>] = &[
            ("GET", &list, "", json, String::new(), 401, "unauthorized"),
            ("GET", &list, access, json, String::new(), 403, "platform_admin_required"),
            ("GET", &list, admin, json, String::new(), 422, "validation_error"),
        ];
        assert_refused(&server, cases).await;
    }
    server.finish().await;
}
