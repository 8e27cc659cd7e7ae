//! Disabled, enabled, promoted, demoted.

use serde_json::json;

use super::{detail, patch};
use crate::harness::{PASSWORD, TestServer};
use crate::inspect::{login, prove_address, whole_audit};
use crate::organization::{Organization, invite};
use crate::plans::platform_admin;
use crate::sessions::refresh;

#[tokio::test]
async fn who_is_disabled_is_signed_out_and_their_invitations_end() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let acme = Organization::of(&server, "owner@acme.com", "acme").await;
    let beta = Organization::of(&server, "owner@beta.com", "beta").await;
    let jane = acme.join(&server, "jane@acme.com", "admin").await;
    let second = server.sign_in("jane@acme.com").await;
    invite(&server, &jane.scoped, "invited@acme.com", "viewer").await.expect(201);
    server.mail.next_mail_to("invited@acme.com").await;
    // Another's invitation to somebody else is not theirs.
    acme.invite(&server, "other@acme.com", "viewer").await;
    beta.invite(&server, "jane@acme.com", "viewer").await;
    let mut item = detail(&server, &admin, &jane.user_id).await;
    for name in ["email_verified_at", "memberships", "sessions", "factors"] {
        item.as_object_mut().unwrap().remove(name);
    }
    item["status"] = json!("disabled");
    for round in ["disabled", "disabled already"] {
        let events = whole_audit(&server).await.len();
        let reply = patch(&server, &admin, &jane.user_id, json!({"status": "disabled"})).await;
        assert_eq!(reply.expect(200), item, "{round}");
        assert_eq!(whole_audit(&server).await.len() > events, round == "disabled");
        for token in [&jane.access, &jane.scoped, &second.access] {
            server.get("/global/auth/me", token).await.expect_problem(401, "unauthorized");
        }
        refresh(&server, &second.refresh).await.expect(401);
        login(&server, "jane@acme.com", PASSWORD).await.expect_problem(401, "invalid_credentials");
        assert_eq!(detail(&server, &admin, &jane.user_id).await["sessions"], json!([]));
    }
    for (organization, pending) in [(&acme, &["other@acme.com"][..]), (&beta, &[])] {
        let listed = server.get("/service/invites", &organization.owner.scoped).await.expect(200);
        let emails: Vec<&str> =
            listed["items"].as_array().unwrap().iter().map(|item| item["email"].as_str().unwrap()).collect();
        assert_eq!(emails, pending);
    }
    item["status"] = json!("active");
    let reply = patch(&server, &admin, &jane.user_id, json!({"status": "active"})).await;
    assert_eq!(reply.expect(200), item);
    // What had ended stays so.
    server.get("/global/auth/me", &jane.access).await.expect_problem(401, "unauthorized");
    server.sign_in("jane@acme.com").await;
    server.finish().await;
}

#[tokio::test]
async fn who_is_promoted_or_demoted_is_so_at_the_next_request() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let jane = Organization::of(&server, "jane@acme.com", "acme").await.owner;
    // Somebody else may have made the account, and know its password.
    let promotion = json!({"is_platform_admin": true});
    patch(&server, &admin, &jane.user_id, promotion).await.expect_problem(409, "address_unproved");
    server.get("/admin/users", &jane.access).await.expect_problem(403, "platform_admin_required");
    prove_address(&server, &jane.user_id).await;
    // Whoever administers could have read this link, and must not become another admin with it.
    server.post("/global/auth/forgot-password", json!({"email": "jane@acme.com"})).await.expect(200);
    let link = server.mail.next_mail_to("jane@acme.com").await.link_token();
    for is_admin in [true, true, false, false, true] {
        let changed = patch(&server, &admin, &jane.user_id, json!({"is_platform_admin": is_admin})).await.expect(200);
        assert_eq!((&changed["is_platform_admin"], &changed["status"]), (&json!(is_admin), &json!("active")));
        for token in [&jane.access, &jane.scoped] {
            for path in ["/admin/users", "/admin/tenants", "/admin/stats"] {
                let reply = server.get(path, token).await;
                match is_admin {
                    true => drop(reply.expect(200)),
                    false => drop(reply.expect_problem(403, "platform_admin_required")),
                }
            }
            server.get("/global/auth/me", token).await.expect(200);
        }
    }
    let reset = json!({"token": link, "new_password": "AnotherPassword123!"});
    server.post("/global/auth/reset-password", reset).await.expect_problem(400, "invalid_token");
    // The new admin takes it from the old one.
    let old = super::user_id(&admin);
    patch(&server, &jane.access, &old, json!({"is_platform_admin": false})).await.expect(200);
    patch(&server, &admin, &old, json!({"is_platform_admin": true}))
        .await
        .expect_problem(403, "platform_admin_required");
    server.finish().await;
}

#[tokio::test]
async fn nothing_else_of_an_account_can_be_changed() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let jane = super::user_id(&server.person("jane@acme.com").await.access);
    let before = detail(&server, &admin, &jane).await;
    for (body, fields) in [
        (json!({"status": "suspended"}), &["status"][..]),
        (json!({"status": "DISABLED"}), &["status"]),
        (json!({"status": ""}), &["status"]),
        (json!({"status": true}), &["status"]),
        (json!({"is_platform_admin": "true"}), &["is_platform_admin"]),
        (json!({"is_platform_admin": 1}), &["is_platform_admin"]),
        (json!({"status": "x", "is_platform_admin": true}), &["status"]),
    ] {
        assert_eq!(patch(&server, &admin, &jane, body.clone()).await.invalid_fields(), fields, "{body}");
    }
    let events = whole_audit(&server).await.len();
    for body in [
        json!({}),
        json!({"status": "active", "is_platform_admin": false}),
        json!({"id": "usr_1", "email": "eve@acme.com", "first_name": "Eve", "created_at": "2020-01-01T00:00:00Z"}),
    ] {
        patch(&server, &admin, &jane, body).await.expect(200);
    }
    assert_eq!(detail(&server, &admin, &jane).await, before);
    assert_eq!(whole_audit(&server).await.len(), events);
    server.finish().await;
}
