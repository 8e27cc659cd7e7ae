//! Where `auth.mfa_enforced` holds (contract 23 and 45).

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::{remove, set_up, sign_in_with};
use crate::configs::item;
use crate::harness::TestServer;
use crate::inspect::{make_service_key, set_platform_admin};
use crate::liveness::{HeldWriter, request};
use crate::organization::{Organization, Person, select, try_select};
use crate::plans::platform_admin;

const KEY: &str = "/service/configs/auth.mfa_enforced";
const GLOBAL: &str = "/admin/configs/auth.mfa_enforced";

async fn put(server: &TestServer, path: &str, token: &str, body: Json) {
    server.call(Method::PUT, path, token, body).await.expect(200);
}

/// An owner with a factor, and a member.
async fn company(server: &TestServer, slug: &str) -> (Organization, Person) {
    let org = Organization::of(server, &format!("owner@{slug}.com"), slug).await;
    set_up(server, &org.owner.access, &org.owner.email).await;
    let member = org.join(server, &format!("member@{slug}.com"), "member").await;
    (org, member)
}

#[track_caller]
fn assert_refused(reply: &crate::harness::Reply) {
    reply.expect_problem(403, "mfa_enrollment_required");
}

#[tokio::test]
async fn a_switch_is_felt_by_tokens_that_are_out() {
    let server = TestServer::start().await;
    let (org, member) = company(&server, "acme").await;
    let (other, _) = company(&server, "other").await;
    let invite = other.invite(&server, &member.email, "viewer").await;
    crate::organization::accept(&server, &member.access, &invite).await.expect(200);
    server.mail.next_mail_to("owner@other.com").await;
    let elsewhere = select(&server, &member.access, &other.id).await;
    let (_, key) = make_service_key(&server, &["tokens:read"]).await;
    let is_active = async |token: &str| {
        let body = json!({"token": token});
        server.call(Method::POST, "/internal/introspect", &key, body).await.expect(200)["active"] == true
    };
    assert!(is_active(&member.scoped).await);

    put(&server, KEY, &org.owner.scoped, json!({"value": true})).await;
    for (method, path, body) in [
        (Method::GET, "/service/info", Json::Null),
        (Method::GET, "/service/members", Json::Null),
        // Before the role is looked at.
        (Method::GET, "/service/invites", Json::Null),
        (Method::POST, "/service/auth/switch-environment", json!({"environment": "dev"})),
        (Method::POST, "/service/members/leave", Json::Null),
    ] {
        assert_refused(&server.call(method, path, &member.scoped, body).await);
    }
    assert_refused(&try_select(&server, &member.access, &org.id).await);
    assert!(!is_active(&member.scoped).await);
    // Nothing else is closed, and what tells strangers from members comes first.
    assert!(is_active(&member.access).await);
    for path in ["/global/auth/me", "/global/auth/mfa", "/global/tenants"] {
        server.get(path, &member.access).await.expect(200);
    }
    server.get("/service/info", &elsewhere).await.expect(200);
    select(&server, &member.access, &other.id).await;
    server.get("/service/info", &org.owner.scoped).await.expect(200);
    try_select(&server, &other.owner.access, &org.id).await.expect_problem(403, "not_a_member");

    // In the session in which a factor is set up everything works again, with the tokens that are out.
    let phone = set_up(&server, &member.scoped, &member.email).await;
    server.get("/service/info", &member.scoped).await.expect(200);
    assert!(is_active(&member.scoped).await);
    select(&server, &member.access, &org.id).await;
    let signed_in = sign_in_with(&server, &member.email, &phone).await;
    let scoped = select(&server, &signed_in.access, &org.id).await;
    server.get("/service/info", &scoped).await.expect(200);

    // Without the factor it is over, for every session that it was proved in.
    let code = phone.code(&server);
    remove(&server, &member.access, &code).await.expect(204);
    server.mail.next_mail_to(&member.email).await;
    for token in [&member.scoped, &scoped] {
        assert_refused(&server.get("/service/info", token).await);
    }
    put(&server, KEY, &org.owner.scoped, json!({"value": false})).await;
    server.get("/service/info", &scoped).await.expect(200);
    server.finish().await;
}

/// A session without a proof of a person who has a factor is asked for it, and not to set one up.
#[tokio::test]
async fn who_has_a_factor_is_asked_for_it() {
    let server = TestServer::start().await;
    let (org, member) = company(&server, "acme").await;
    put(&server, KEY, &org.owner.scoped, json!({"value": true})).await;
    set_up(&server, &member.access, &member.email).await;
    // As after a restore of older data: no way through the API leads here.
    let forget = |tx: &mut trueport::db::Tx<'_>, _: &trueport::domain::caller::System| {
        tx.execute("UPDATE sessions SET proven_at = NULL, proven_by = NULL", trueport::args![])?;
        Ok(())
    };
    server.app.write(&trueport::domain::caller::System, forget).await.unwrap();
    server.get("/service/info", &member.scoped).await.expect_problem(403, "mfa_required");
    try_select(&server, &member.access, &org.id).await.expect_problem(403, "mfa_required");
    server.finish().await;
}

#[tokio::test]
async fn the_installation_binds_every_organization() {
    let mut server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let (org, member) = company(&server, "acme").await;
    let is_open = async |server: &TestServer| {
        let reply = server.get("/service/info", &member.scoped).await;
        let selected = try_select(server, &member.access, &org.id).await;
        assert_eq!(reply.status, selected.status, "{}", selected.text);
        if !reply.status.is_success() {
            assert_refused(&reply);
        }
        reply.status.is_success()
    };
    let own = &org.owner.scoped;
    // What the installation says, locked or not, and what the organization says under it.
    for (global, is_locked, tenant, expected) in [
        (json!(true), false, None, false),
        (json!(true), false, Some(false), false),
        (json!(true), false, Some(true), false),
        (json!(false), false, Some(true), false),
        (json!(false), true, Some(true), true),
        (json!(true), true, Some(true), false),
        (json!(false), false, Some(false), true),
    ] {
        put(&server, GLOBAL, &admin, json!({"value": global, "is_locked": false})).await;
        match tenant {
            Some(value) => put(&server, KEY, own, json!({"value": value})).await,
            None => drop(server.call(Method::DELETE, KEY, own, Json::Null).await.expect(200)),
        }
        put(&server, GLOBAL, &admin, json!({"value": global, "is_locked": is_locked})).await;
        let shown = server.get("/service/configs", own).await.expect(200);
        assert_eq!(item(&shown, "auth.mfa_enforced")["val"], !expected, "what is shown is what holds");
        assert_eq!(is_open(&server).await, expected, "{global} {is_locked} {tenant:?}");
    }
    // At the command line it holds as well.
    server.set_config("auth.mfa_enforced", json!(true)).await;
    assert!(!is_open(&server).await);
    server.restart().await;
    assert!(!is_open(&server).await);
    // The administration is another matter.
    server.get("/admin/stats", &admin).await.expect(200);
    server.call(Method::DELETE, GLOBAL, &admin, Json::Null).await.expect(200);
    assert!(is_open(&server).await);
    server.finish().await;
}

#[tokio::test]
async fn the_administration_asks_where_it_is_told_to() {
    let server = TestServer::start().await;
    let first = platform_admin(&server).await;
    let (org, member) = company(&server, "acme").await;
    set_platform_admin(&server, &member.email, true).await;
    put(&server, "/admin/configs/auth.mfa_required_for_admins", &first, json!({"value": true})).await;
    for token in [&member.access, &member.scoped] {
        assert_refused(&server.get("/admin/stats", token).await);
        assert_refused(&server.call(Method::POST, "/admin/plans", token, json!({})).await);
    }
    let denials = server.audit().await.iter().filter(|event| event.contains("admin.denied")).count();
    assert_eq!(denials, 4, "a denied call is recorded");
    // Organizations are another matter, and who is no admin is told so.
    server.get("/service/info", &member.scoped).await.expect(200);
    server.get("/admin/stats", &org.owner.access).await.expect_problem(403, "platform_admin_required");
    set_up(&server, &member.access, &member.email).await;
    for token in [&member.access, &member.scoped] {
        server.get("/admin/stats", token).await.expect(200);
    }
    server.finish().await;
}

/// What allowed a write is read again inside it.
#[tokio::test]
async fn a_write_that_waits_feels_the_switch() {
    let server = TestServer::start().await;
    if server.database().is_some() {
        return server.finish().await;
    }
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let admin = platform_admin(&server).await;
    let mut writer = HeldWriter::of(&server).await;
    let switch = writer.queue(request(&server, Method::PUT, GLOBAL, &admin, json!({"value": true}))).await;
    let body = json!({"name": "Too Late"});
    let late = writer.queue(request(&server, Method::PATCH, "/service/info", &org.owner.scoped, body)).await;
    writer.release().await;
    switch.await.unwrap().expect(200);
    assert_refused(&late.await.unwrap());
    server.finish().await;
}
