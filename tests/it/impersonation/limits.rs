//! What the token is, what it is good for, and of whom there is none.

use reqwest::Method;
use serde_json::json;
use trueport::clock::Time;
use trueport::store::tenants::TenantStatus;

use super::{impersonate, supporter, try_impersonate};
use crate::audit::{Event, events};
use crate::harness::{TestServer, Tokens};
use crate::inspect::{set_disabled, set_platform_admin};
use crate::introspection::introspect;
use crate::members::{NOBODY, transfer};
use crate::organization::{Organization, change, invite, set_status};
use crate::service_keys::{NO_TENANT, service_key};
use crate::sessions::{A_MOMENT, refresh, wait_until, wait_until_expired};
use crate::tokens::claims;

const QUARTER: i64 = 15 * 60;
const DAY: u64 = 24 * 60 * 60;

async fn switch(server: &TestServer, token: &str, environment: &str) -> String {
    let body = json!({"environment": environment});
    let switched = server.call(Method::POST, "/service/auth/switch-environment", token, body).await.expect(200);
    switched["access_token"].as_str().expect("a token").to_owned()
}

#[tokio::test]
async fn the_token_names_both_and_lasts_a_quarter_of_an_hour() {
    let server = TestServer::start().await;
    let admin = supporter(&server).await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let member = org.join(&server, "member@acme.com", "member").await;
    let key = service_key(&server, &["tokens:read"]).await;
    let body = json!({"tenant_id": org.id, "reason": " Ticket 4711\n"});
    let reply = try_impersonate(&server, &admin.access, &member.user_id, body).await.expect(200);
    let token = reply["access_token"].as_str().unwrap();
    let expected = json!({
        "access_token": token, "token_type": "bearer", "expires_in": QUARTER, "tenant_id": org.id, "role": "member",
        "environment": "prod",
    });
    assert_eq!(reply, expected, "no refresh token, nor anything else");
    let said = claims(token);
    assert_eq!(said["sub"], json!(member.user_id));
    assert_eq!(said["act"], json!({"sub": admin.user_id}));
    assert_eq!(said["sid"], claims(&admin.access)["sid"]);
    assert_eq!((&said["tid"], &said["typ"]), (&json!(org.id), &json!("scoped")));
    assert_eq!(said["exp"].as_i64().unwrap() - said["iat"].as_i64().unwrap(), QUARTER);
    // A refresh with it is no way out.
    refresh(&server, token).await.expect(401);

    server.advance(60);
    let staging = switch(&server, token, "staging").await;
    let switched = claims(&staging);
    for name in ["sub", "act", "sid", "tid", "exp"] {
        assert_eq!(switched[name], said[name], "{name}");
    }
    for (token, environment) in [(token, "prod"), (&*staging, "staging")] {
        let told = introspect(&server, &key, token).await.expect(200);
        let own = claims(token);
        let expected = json!({
            "active": true, "sub": member.user_id, "username": "member@acme.com", "typ": "scoped", "token_type": "bearer",
            "tid": org.id, "role": "member", "env": environment, "sid": own["sid"], "jti": own["jti"], "iss": own["iss"],
            "aud": "trueport", "act": {"sub": admin.user_id}, "iat": own["iat"], "exp": own["exp"],
        });
        assert_eq!(told, expected);
    }
    // The member's own tokens have no part in it.
    assert_eq!(claims(&member.scoped).get("act"), None);
    server.get("/global/auth/me", &member.access).await.expect(200);
    assert_eq!(server.get("/global/auth/sessions", &member.access).await.expect(200).as_array().unwrap().len(), 1);

    wait_until(&server, said["exp"].as_i64().unwrap(), A_MOMENT);
    server.get("/service/info", token).await.expect(200);
    wait_until_expired(&server, &staging);
    for token in [token, &staging] {
        for path in ["/service/info", "/global/auth/me", "/admin/stats"] {
            server.get(path, token).await.expect_problem(401, "unauthorized");
        }
        assert_eq!(introspect(&server, &key, token).await.expect(200), json!({"active": false}));
    }
    server.get("/admin/stats", &admin.access).await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn it_does_not_outlast_the_admins_session() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let admin = supporter(&server).await;
    let mut pair = server.sign_in(&admin.email).await;
    let ends_at = claims(&pair.access)["iat"].as_i64().unwrap() + 30 * 24 * 60 * 60;
    for _ in 0..4 {
        server.advance(6 * DAY);
        pair = Tokens::of(&refresh(&server, &pair.refresh).await.expect(200));
    }
    wait_until(&server, ends_at - 300, A_MOMENT);
    pair = Tokens::of(&refresh(&server, &pair.refresh).await.expect(200));
    let token = impersonate(&server, &pair.access, &org.owner.user_id, &org.id).await;
    assert_eq!(claims(&token)["exp"], json!(ends_at));
    let staging = switch(&server, &token, "staging").await;
    assert_eq!(claims(&staging)["exp"], json!(ends_at));
    server.get("/service/info", &token).await.expect(200);
    wait_until_expired(&server, &token);
    server.get("/service/info", &token).await.expect_problem(401, "unauthorized");
    server.finish().await;
}

#[tokio::test]
async fn what_is_done_by_it_stands_in_the_organizations_audit_with_both_names() {
    let server = TestServer::start().await;
    let admin = supporter(&server).await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let other = org.join(&server, "other@acme.com", "viewer").await;
    let before = events(&server).await.len();
    let token = impersonate(&server, &admin.access, &org.owner.user_id, &org.id).await;
    let expires_at = Time::from_seconds(claims(&token)["exp"].as_i64().unwrap()).to_string();
    server.call(Method::PATCH, "/service/info", &token, json!({"name": "Renamed"})).await.expect(200);
    invite(&server, &token, "new@acme.com", "viewer").await.expect(201);
    change(&server, &token, &other.user_id, json!({"role": "member"})).await.expect(200);
    let key = "/service/configs/gateway.violation_action";
    server.call(Method::PUT, key, &token, json!({"value": "warn"})).await.expect(200);
    let history = server.get(&format!("{key}/history"), &org.owner.scoped).await.expect(200);
    let changed = &history["items"][0];
    assert_eq!((&changed["user_id"], &changed["email"]), (&json!(org.owner.user_id), &json!("owner@acme.com")));
    assert_eq!(changed["impersonator_id"], json!(admin.user_id));
    let staging = switch(&server, &token, "staging").await;
    // What is refused to it stands in the platform's.
    server.get("/admin/users", &staging).await.expect_problem(403, "impersonation_forbidden");
    for email in ["new@acme.com", "other@acme.com"] {
        server.mail.next_mail_to(email).await;
    }
    let left = events(&server).await.split_off(before);
    let shown = |event: &Event| {
        let who = match (event.actor_id.as_deref(), event.impersonator_id.as_deref()) {
            (Some(actor), None) if actor == admin.user_id => "admin",
            (Some(actor), Some(by)) if actor == org.owner.user_id && by == admin.user_id => "admin as owner",
            _ => "somebody else",
        };
        let place = if event.tenant_id.as_deref() == Some(&org.id) { "organization" } else { "platform" };
        format!("{} by {who} in the {place}", event.action)
    };
    let expected = [
        "user.impersonated by admin in the organization",
        "tenant.updated by admin as owner in the organization",
        "invite.created by admin as owner in the organization",
        "membership.role_changed by admin as owner in the organization",
        "config.updated by admin as owner in the organization",
        "session.environment_switched by admin as owner in the organization",
        "admin.denied by admin as owner in the platform",
    ];
    assert_eq!(left.iter().map(shown).collect::<Vec<_>>(), expected);
    assert_eq!(left[0].target_id.as_deref(), Some(&*org.owner.user_id));
    let changes = json!({
        "tenant_id": org.id, "reason": "Ticket 4711", "session_id": claims(&admin.access)["sid"], "expires_at": expires_at,
    });
    assert_eq!(left[0].changes, changes);
    for event in &left {
        assert!(!format!("{event:?}").contains(&token) && !format!("{event:?}").contains(&staging), "{event:?}");
    }
    server.finish().await;
}

/// What the member may is what may be done in their name, at every moment; what the owner alone may is not.
#[tokio::test]
async fn it_is_worth_what_the_member_is_and_never_the_owner() {
    let server = TestServer::start().await;
    let admin = supporter(&server).await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let member = org.join(&server, "member@acme.com", "viewer").await;
    let token = impersonate(&server, &admin.access, &member.user_id, &org.id).await;
    let as_owner = impersonate(&server, &admin.access, &org.owner.user_id, &org.id).await;
    for role in ["admin", "viewer", "admin"] {
        change(&server, &org.owner.scoped, &member.user_id, json!({"role": role})).await.expect(200);
        server.mail.next_mail_to("member@acme.com").await;
        let reply = server.get("/service/invites", &token).await;
        match role {
            "admin" => drop(reply.expect(200)),
            _ => drop(reply.expect_problem(403, "insufficient_role")),
        }
    }
    let owners = [
        ("/service/ownership-transfer", json!({"user_id": member.user_id})),
        ("/service/archive", json!({"slug": "acme"})),
    ];
    for (path, body) in &owners {
        let denied = server.call(Method::POST, path, &token, body.clone()).await;
        denied.expect_problem(403, "insufficient_role");
        let denied = server.call(Method::POST, path, &as_owner, body.clone()).await;
        denied.expect_problem(403, "impersonation_forbidden");
    }
    // Not even where the member has become the owner meanwhile.
    change_owner(&server, &org, &member.user_id).await;
    server.get("/service/invites", &token).await.expect(200);
    for (path, body) in owners {
        let denied = server.call(Method::POST, path, &token, body).await;
        denied.expect_problem(403, "impersonation_forbidden");
    }
    server.finish().await;
}

#[tokio::test]
async fn who_and_where_and_why_must_be_right() {
    let server = TestServer::start().await;
    let admin = supporter(&server).await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let other = Organization::of(&server, "owner@other.com", "other").await;
    let member = org.join(&server, "member@acme.com", "member").await;
    let colleague = org.join(&server, "colleague@acme.com", "admin").await;
    set_platform_admin(&server, "colleague@acme.com", true).await;
    let before = events(&server).await.len();
    let reason = "Ticket 4711";
    let cases = [
        (&*member.user_id, json!(org.id), json!(""), 422, "validation_error"),
        (&member.user_id, json!(org.id), json!(" \n "), 422, "validation_error"),
        (&member.user_id, json!(org.id), json!("x".repeat(501)), 422, "validation_error"),
        (&member.user_id, json!(org.id), json!("a\u{7}b"), 422, "validation_error"),
        (&member.user_id, json!(org.id), json!(null), 422, "validation_error"),
        (&member.user_id, json!(null), json!(reason), 422, "validation_error"),
        (&member.user_id, json!("ten_1"), json!(reason), 404, "not_found"),
        (&member.user_id, json!(NO_TENANT), json!(reason), 404, "not_found"),
        (&member.user_id, json!(other.id), json!(reason), 404, "not_found"),
        (NOBODY, json!(org.id), json!(reason), 404, "not_found"),
        ("usr_1", json!(org.id), json!(reason), 404, "not_found"),
        (&org.id, json!(org.id), json!(reason), 404, "not_found"),
        (&colleague.user_id, json!(org.id), json!(reason), 403, "impersonation_forbidden"),
        (&admin.user_id, json!(org.id), json!(reason), 403, "impersonation_forbidden"),
    ];
    for (user_id, tenant_id, reason, status, code) in cases {
        let what = format!("{user_id} {tenant_id} {reason:.20}");
        let reply =
            try_impersonate(&server, &admin.access, user_id, json!({"tenant_id": tenant_id, "reason": reason})).await;
        assert_eq!((reply.status.as_u16(), &reply.json()["code"]), (status, &json!(code)), "{what}");
    }
    let body = |reason: &str| json!({"tenant_id": org.id, "reason": reason});
    let missing = try_impersonate(&server, &admin.access, &member.user_id, json!({"tenant_id": org.id})).await;
    assert_eq!(missing.invalid_fields(), ["reason"]);
    change(&server, &org.owner.scoped, &member.user_id, json!({"status": "disabled"})).await.expect(200);
    let reply = try_impersonate(&server, &admin.access, &member.user_id, body(reason)).await;
    reply.expect_problem(404, "not_found");
    change(&server, &org.owner.scoped, &member.user_id, json!({"status": "active"})).await.expect(200);
    set_disabled(&server, "member@acme.com", true).await;
    let reply = try_impersonate(&server, &admin.access, &member.user_id, body(reason)).await;
    reply.expect_problem(409, "account_disabled");
    set_disabled(&server, "member@acme.com", false).await;
    for (status, code) in [(TenantStatus::Suspended, "tenant_suspended"), (TenantStatus::Archived, "tenant_archived")] {
        set_status(&server, "acme", status).await;
        let reply = try_impersonate(&server, &admin.access, &member.user_id, body(reason)).await;
        reply.expect_problem(403, code);
    }
    set_status(&server, "acme", TenantStatus::Active).await;
    let impersonated = |events: &[Event]| events.iter().filter(|event| event.action == "user.impersonated").count();
    assert_eq!(impersonated(&events(&server).await.split_off(before)), 0);
    for reason in ["x".to_owned(), "x".repeat(500), "é".repeat(500)] {
        try_impersonate(&server, &admin.access, &member.user_id, body(&reason)).await.expect(200);
    }
    assert_eq!(impersonated(&events(&server).await.split_off(before)), 3);
    // Nor is anybody's but an admin's word enough, and not the word of one who acts for somebody.
    let token = impersonate(&server, &admin.access, &org.owner.user_id, &org.id).await;
    for (token, code) in [(&org.owner.access, "platform_admin_required"), (&token, "impersonation_forbidden")] {
        try_impersonate(&server, token, &member.user_id, body(reason)).await.expect_problem(403, code);
    }
    server.finish().await;
}

async fn change_owner(server: &TestServer, org: &Organization, user_id: &str) {
    transfer(server, &org.owner.scoped, user_id).await.expect(200);
    for email in ["member@acme.com", "owner@acme.com"] {
        server.mail.next_mail_to(email).await;
    }
}
