//! Accounts that are deleted for good.

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::args;
use trueport::db::Tx;

use super::{NO_IDS, user_id};
use crate::audit::events;
use crate::harness::{PASSWORD, Reply, TestServer};
use crate::inspect::{accounts, login, send_together, set_disabled, set_platform_admin};
use crate::members::{leave, roster, transfer};
use crate::organization::{Organization, accept, found, invite, select};
use crate::plans::platform_admin;
use crate::sessions::refresh;

async fn delete(server: &TestServer, admin: &str, id: &str) -> Reply {
    server.call(Method::DELETE, &format!("/admin/users/{id}"), admin, Json::Null).await
}

async fn set_status(server: &TestServer, admin: &str, id: &str, status: &str) -> Reply {
    let path = format!("/admin/tenants/{id}/status");
    server.call(Method::PUT, &path, admin, json!({"status": status})).await
}

/// How many rows of every kind still name an account, but the audit, which forgets nobody.
async fn traces(server: &TestServer, user_id: &str) -> Vec<(&'static str, i64)> {
    let user_id = user_id.to_owned();
    let read = move |tx: &mut Tx<'_>| {
        let mut found = Vec::new();
        for (table, sql) in [
            ("users", "SELECT count(*) FROM users WHERE id = ?1"),
            ("sessions", "SELECT count(*) FROM sessions WHERE user_id = ?1"),
            ("memberships", "SELECT count(*) FROM memberships WHERE user_id = ?1"),
            ("invites", "SELECT count(*) FROM invites WHERE invited_by = ?1"),
            ("one_time_tokens", "SELECT count(*) FROM one_time_tokens WHERE user_id = ?1"),
            ("otp_codes", "SELECT count(*) FROM otp_codes WHERE user_id = ?1"),
            ("tenants", "SELECT count(*) FROM tenants WHERE owner_id = ?1"),
        ] {
            found.push((table, tx.one(sql, args![&user_id], |row| row.get::<i64>(0))?));
        }
        Ok(found)
    };
    server.app.read(read).await.expect("the rows can be counted")
}

#[tokio::test]
async fn nothing_of_an_account_is_left_but_what_the_audits_tell() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let acme = Organization::of(&server, "owner@acme.com", "acme").await;
    let beta = Organization::of(&server, "owner@beta.com", "beta").await;
    let jane = acme.join(&server, "jane@acme.com", "admin").await;
    let second = server.sign_in("jane@acme.com").await;
    let token = beta.invite(&server, "jane@acme.com", "viewer").await;
    accept(&server, &jane.access, &token).await.expect(200);
    server.mail.next_mail_to("owner@beta.com").await;
    let gamma = Organization::of(&server, "owner@gamma.com", "gamma").await;
    // Made by the person, meant for the person, and neither.
    invite(&server, &jane.scoped, "guest@acme.com", "viewer").await.expect(201);
    let of_guest = server.mail.next_mail_to("guest@acme.com").await.link_token();
    let of_jane = gamma.invite(&server, "jane@acme.com", "admin").await;
    acme.invite(&server, "other@acme.com", "viewer").await;
    server.post("/global/auth/forgot-password", json!({"email": "jane@acme.com"})).await.expect(200);
    let reset = server.mail.next_mail_to("jane@acme.com").await.link_token();
    server.post("/global/auth/otp/request", json!({"email": "jane@acme.com"})).await.expect(200);
    let code = server.mail.next_mail_to("jane@acme.com").await.six_digit_code();
    let before = events(&server).await.len();

    assert_eq!(delete(&server, &admin, &jane.user_id).await.expect(204), Json::Null);
    for (table, count) in traces(&server, &jane.user_id).await {
        assert_eq!(count, 0, "{table}");
    }
    let mut told: Vec<(String, Option<String>)> =
        events(&server).await.split_off(before).into_iter().map(|event| (event.action, event.tenant_id)).collect();
    told.sort();
    let mut expected = [
        ("invite.revoked", Some(&acme.id)),
        ("invite.revoked", Some(&gamma.id)),
        ("membership.removed", Some(&acme.id)),
        ("membership.removed", Some(&beta.id)),
        ("user.deleted", None),
    ]
    .map(|(action, id)| (action.to_owned(), id.cloned()));
    expected.sort();
    assert_eq!(told, expected);
    for token in [&jane.access, &jane.scoped, &second.access] {
        for path in ["/global/auth/me", "/service/info", "/admin/users"] {
            server.get(path, token).await.expect_problem(401, "unauthorized");
        }
    }
    refresh(&server, &second.refresh).await.expect(401);
    login(&server, "jane@acme.com", PASSWORD).await.expect_problem(401, "invalid_credentials");
    for (path, body, status) in [
        ("/global/auth/reset-password", json!({"token": reset, "new_password": "Another Password 456"}), 400),
        ("/global/auth/otp/verify", json!({"email": "jane@acme.com", "code": code}), 401),
    ] {
        server.post(path, body).await.expect(status);
    }
    assert_eq!(roster(&server, &acme.owner.scoped).await, ["owner@acme.com owner active"]);
    let pending = server.get("/service/invites", &acme.owner.scoped).await.expect(200);
    assert_eq!((&pending["total"], &pending["items"][0]["email"]), (&json!(1), &json!("other@acme.com")));
    for id in [&*jane.user_id].iter().chain(&NO_IDS) {
        delete(&server, &admin, id).await.expect_problem(404, "not_found");
    }

    // Whoever registers the address next is somebody else.
    let next = server.person("jane@acme.com").await;
    assert_ne!(user_id(&next.access), jane.user_id);
    assert_eq!(server.get("/global/tenants", &next.access).await.expect(200), json!([]));
    assert_eq!(server.get("/global/auth/sessions", &next.access).await.expect(200).as_array().unwrap().len(), 1);
    for token in [&of_jane, &of_guest] {
        accept(&server, &next.access, token).await.expect_problem(400, "invalid_token");
    }
    server.get("/service/info", &jane.scoped).await.expect_problem(401, "unauthorized");
    server.finish().await;
}

#[tokio::test]
async fn who_owns_something_open_stays_and_what_is_archived_goes_on_without_an_owner() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let heir = org.join(&server, "heir@acme.com", "viewer").await;
    let lone = found(&server, &org.owner.access, "lone").await;
    set_status(&server, &admin, &lone, "archived").await.expect(200);
    server.mail.next_mail_to("owner@acme.com").await;
    for status in ["active", "suspended"] {
        if status == "suspended" {
            set_status(&server, &admin, &org.id, status).await.expect(200);
            server.mail.next_mail_to("owner@acme.com").await;
        }
        let people = accounts(&server).await;
        delete(&server, &admin, &org.owner.user_id).await.expect_problem(409, "owns_tenants");
        assert_eq!(accounts(&server).await, people);
        server.get("/global/auth/me", &org.owner.access).await.expect(200);
    }
    set_status(&server, &admin, &org.id, "archived").await.expect(200);
    server.mail.next_mail_to("owner@acme.com").await;
    delete(&server, &admin, &org.owner.user_id).await.expect(204);
    for (id, members) in [(&org.id, 1), (&lone, 0)] {
        let shown = server.get(&format!("/admin/tenants/{id}"), &admin).await.expect(200);
        assert_eq!((&shown["owner"], &shown["member_count"]), (&Json::Null, &json!(members)));
        set_status(&server, &admin, id, "active").await.expect_problem(409, "invalid_transition");
    }
    let repair = format!("/admin/tenants/{}/ownership-transfer", org.id);
    let body = json!({"user_id": heir.user_id});
    let repaired = server.call(Method::POST, &repair, &admin, body).await.expect(200);
    assert_eq!(repaired["owner"], json!({"user_id": heir.user_id, "email": heir.email}));
    set_status(&server, &admin, &org.id, "active").await.expect(200);
    server.mail.next_mail_to("heir@acme.com").await;
    let scoped = select(&server, &heir.access, &org.id).await;
    assert_eq!(roster(&server, &scoped).await, ["heir@acme.com owner active"]);
    server.finish().await;
}

#[tokio::test]
async fn the_last_platform_admin_stays_and_another_one_may_go() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    delete(&server, &admin, &user_id(&admin)).await.expect_problem(409, "last_platform_admin");
    let other = server.person("other@acme.com").await.access;
    set_platform_admin(&server, "other@acme.com", true).await;
    set_disabled(&server, "other@acme.com", true).await;
    // Somebody who cannot sign in does not count, and can go.
    delete(&server, &admin, &user_id(&admin)).await.expect_problem(409, "last_platform_admin");
    delete(&server, &admin, &user_id(&other)).await.expect(204);
    for round in 0..5 {
        let email = format!("second{round}@acme.com");
        let second = server.person(&email).await.access;
        set_platform_admin(&server, &email, true).await;
        let first = server.person(&format!("first{round}@acme.com")).await.access;
        set_platform_admin(&server, &format!("first{round}@acme.com"), true).await;
        // Each other at once; the very first admin keeps out of it and is no admin meanwhile.
        set_platform_admin(&server, "admin@trueport.example", false).await;
        let request =
            |token: &str, id: &str| server.request(Method::DELETE, &format!("/admin/users/{id}")).bearer_auth(token);
        let both = [request(&first, &user_id(&second)), request(&second, &user_id(&first))];
        let mut statuses: Vec<u16> = send_together(both).await.iter().map(|reply| reply.status.as_u16()).collect();
        statuses.sort_unstable();
        assert!([vec![204, 401], vec![204, 409]].contains(&statuses), "{statuses:?}");
        set_platform_admin(&server, "admin@trueport.example", true).await;
    }
    // One's own account is no exception.
    let own = server.person("own@acme.com").await.access;
    set_platform_admin(&server, "own@acme.com", true).await;
    delete(&server, &own, &user_id(&own)).await.expect(204);
    server.get("/admin/stats", &own).await.expect_problem(401, "unauthorized");
    server.finish().await;
}

/// Each would be allowed by itself: whoever comes second is refused, and no organization is without its owner.
#[tokio::test]
async fn nobody_becomes_an_owner_while_being_deleted() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    for round in 0..8 {
        let slug = format!("acme-{round}");
        let org = Organization::of(&server, &format!("owner{round}@acme.com"), &slug).await;
        let heir = org.join(&server, &format!("heir{round}@acme.com"), "admin").await;
        let deletion = server.request(Method::DELETE, &format!("/admin/users/{}", heir.user_id)).bearer_auth(&admin);
        let becoming = match round % 2 {
            0 => {
                let body = json!({"user_id": heir.user_id});
                server.request(Method::POST, "/service/ownership-transfer").bearer_auth(&org.owner.scoped).json(&body)
            }
            _ => {
                let body = json!({"name": "Own", "slug": format!("own-{round}")});
                server.request(Method::POST, "/global/tenants").bearer_auth(&heir.access).json(&body)
            }
        };
        let (deleted, became) = tokio::join!(crate::harness::send(deletion), crate::harness::send(becoming));
        let is_deleted = deleted.status == 204;
        if !is_deleted {
            deleted.expect_problem(409, "owns_tenants");
        }
        assert_eq!(became.status.is_success(), !is_deleted, "{} {}", became.status, became.text);
        assert!(became.status.as_u16() < 500, "{}", became.text);
        let listed = server.get("/admin/tenants?limit=200", &admin).await.expect(200);
        for item in listed["items"].as_array().unwrap() {
            let shown = server.get(&format!("/admin/tenants/{}", item["id"].as_str().unwrap()), &admin).await;
            assert!(shown.expect(200)["owner"].is_object(), "{item}");
        }
        if round % 2 == 0 && !is_deleted {
            for email in [&heir.email, &org.owner.email] {
                server.mail.next_mail_to(email).await;
            }
            transfer(&server, &heir.scoped, &org.owner.user_id).await.expect(200);
            for email in [&heir.email, &org.owner.email] {
                server.mail.next_mail_to(email).await;
            }
            leave(&server, &heir.scoped).await.expect(204);
            delete(&server, &admin, &heir.user_id).await.expect(204);
        }
    }
    server.finish().await;
}
