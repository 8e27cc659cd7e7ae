//! Joining with the token of an invitation.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::store::tenants::TenantStatus;

use super::{DAY, invited, invites, me, next_request_at, revoke};
use crate::harness::{PASSWORD, TestServer};
use crate::inspect::{audited_changes, look, outbox};
use crate::members::{members, roster};
use crate::organization::{Organization, accept, invite, select, set_status, try_select};

#[tokio::test]
async fn whoever_accepts_is_a_member_at_once_and_the_inviter_is_told() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let admin = org.join(&server, "admin@acme.com", "admin").await;
    for role in ["viewer", "member", "admin"] {
        let email = format!("{role}2@acme.com");
        let access = server.person(&email).await.access;
        try_select(&server, &access, &org.id).await.expect_problem(403, "not_a_member");
        let sent = invite(&server, &admin.scoped, &email, role).await.expect(201);
        let token = server.mail.next_mail_to(&email).await.link_token();
        assert_eq!(me(&server, &access).await["email_verified_at"], Json::Null);
        // To be invited is nothing yet.
        try_select(&server, &access, &org.id).await.expect_problem(403, "not_a_member");

        let (mails, events) = (outbox(&server).await.len(), audited_changes(&server).await.len());
        let joined = accept(&server, &access, &token).await.expect(200);
        let joined_at = server.clock.now().to_string();
        let member = members(&server, &org.owner.scoped).await.pop().unwrap();
        assert_eq!(joined, json!({"tenant_id": org.id, "role": role, "membership_id": member["id"]}));
        assert_eq!(
            (&member["email"], &member["role"], &member["joined_at"]),
            (&json!(email), &json!(role), &json!(joined_at))
        );
        let scoped = select(&server, &access, &org.id).await;
        server.get("/service/info", &scoped).await.expect(200);
        assert_eq!(invited(&server, &org.owner.scoped).await, [""; 0]);

        // Who read the mail has the address.
        assert_eq!(me(&server, &access).await["email_verified_at"], joined_at);
        assert_eq!(outbox(&server).await[mails..], ["invitation_accepted admin@acme.com"]);
        let mail = server.mail.next_mail_to("admin@acme.com").await;
        assert_eq!(
            (mail.to, mail.subject),
            (vec!["admin@acme.com".to_owned()], format!("{email} has joined The acme"))
        );
        for body in [&mail.text, &mail.html] {
            assert!(body.contains(&email) && body.contains("The acme") && body.contains(role), "{body}");
        }
        let created = json!({"user_id": member["user_id"], "role": role, "invite_id": sent["id"]});
        let expected = [format!("membership.created {created}"), "user.email_verified ".to_owned()];
        assert_eq!(audited_changes(&server).await[events..events + 2], expected);
    }
    server.finish().await;
}

#[tokio::test]
async fn an_address_proved_before_is_not_proved_again() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let verify = server.register("new@acme.com").await;
    server.post("/global/auth/verify-email", json!({"token": verify})).await.expect(200);
    let verified_at = server.clock.now().to_string();
    server.advance(60);
    let access = server.sign_in("new@acme.com").await.access;
    let token = org.invite(&server, "new@acme.com", "viewer").await;
    accept(&server, &access, &token).await.expect(200);
    server.mail.next_mail_to("owner@acme.com").await;
    assert_eq!(me(&server, &access).await["email_verified_at"], verified_at);
    let verified = audited_changes(&server).await;
    assert_eq!(verified.iter().filter(|event| event.starts_with("user.email_verified")).count(), 1);
    server.finish().await;
}

#[tokio::test]
async fn an_invitation_is_for_its_address_alone() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let eve = server.person("eve@evil.example").await.access;
    let new = server.person("new@acme.com").await.access;
    let token = org.invite(&server, "new@acme.com", "admin").await;
    let (mails, events) = (outbox(&server).await.len(), audited_changes(&server).await.len());
    for access in [&eve, &org.owner.access] {
        let reply = accept(&server, access, &token).await;
        reply.expect_problem(403, "invite_for_another_address");
        // Whoever found the link learns neither where it leads nor whose it is.
        for word in ["acme", "new@", &org.id] {
            assert!(!reply.text.contains(word), "{word}: {}", reply.text);
        }
    }
    assert_eq!(me(&server, &eve).await["email_verified_at"], Json::Null);
    assert_eq!((outbox(&server).await.len(), audited_changes(&server).await.len()), (mails, events));
    assert_eq!(members(&server, &org.owner.scoped).await.len(), 1);
    // It still works for whom it is meant, and only with a global token.
    let foreign = Organization::of(&server, "owner@other.com", "other").await;
    let reply = accept(&server, &foreign.owner.scoped, &token).await;
    reply.expect_problem(403, "wrong_token_scope");
    accept(&server, "", &token).await.expect_problem(401, "unauthorized");
    accept(&server, &new, &token).await.expect(200);
    server.mail.next_mail_to("owner@acme.com").await;
    server.finish().await;
}

#[tokio::test]
async fn a_token_that_is_not_good_is_one_400_whatever_is_wrong_with_it() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let access = server.person("new@acme.com").await.access;
    let reused = org.invite(&server, "new@acme.com", "viewer").await;
    accept(&server, &access, &reused).await.expect(200);
    server.mail.next_mail_to("owner@acme.com").await;
    let other = Organization::of(&server, "owner@other.com", "other").await;
    let reissued = other.invite(&server, "new@acme.com", "viewer").await;
    let revoked = other.invite(&server, "new@acme.com", "viewer").await;
    let id = invites(&server, &other.owner.scoped).await[0]["id"].as_str().unwrap().to_owned();
    revoke(&server, &other.owner.scoped, &id).await.expect(204);
    let of_other_purpose = server.register("third@acme.com").await;
    let live = other.invite(&server, "new@acme.com", "viewer").await;

    let unknown = accept(&server, &access, "q3Jh0n1w0mY5v3c9b7Wm2dXr4kTz6sLf8gHj1pQa0uE").await;
    let problem = unknown.expect_problem(400, "invalid_token");
    for word in ["acme", "other", "new@", "expired", "revoked", "used"] {
        assert!(!problem["detail"].as_str().unwrap().contains(word), "{problem}");
    }
    let mut neighbour = live.clone();
    let last = neighbour.pop().unwrap();
    neighbour.push(if last == 'A' { 'B' } else { 'A' });
    let bad = [
        String::new(),
        " ".to_owned(),
        neighbour,
        live[..42].to_owned(),
        live[1..].to_owned(),
        format!("{live}A"),
        format!("{live}="),
        format!(" {live}"),
        live.to_lowercase(),
        "%".to_owned(),
        "' OR 1=1 --".to_owned(),
        "x".repeat(10_000),
        id,
        access.clone(),
        reused,
        reissued,
        revoked,
        of_other_purpose,
    ];
    for token in bad {
        let reply = accept(&server, &access, &token).await;
        assert_eq!(look(&reply), look(&unknown), "{token}");
        // The same without an account, where nothing tells them apart either.
        let registered = super::register(&server, "fourth@acme.com", &token).await;
        assert_eq!(look(&registered).1, look(&unknown).1, "{token}");
    }
    for body in [json!({}), json!({"token": null}), json!({"token": 1}), json!({"invite_token": live})] {
        let reply = server.call(Method::POST, "/global/invites/accept", &access, body.clone()).await;
        assert_eq!(reply.invalid_fields(), ["token"], "{body}");
    }
    // None of it harmed the one that is good.
    accept(&server, &access, &live).await.expect(200);
    server.mail.next_mail_to("owner@other.com").await;
    server.finish().await;
}

#[tokio::test]
async fn a_token_lives_seven_days() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    for (email, is_late) in [("early@acme.com", false), ("late@acme.com", true)] {
        server.register(email).await;
        let owner = super::signed_in_again(&server, &org, &org.owner).await;
        invite(&server, &owner.scoped, email, "viewer").await.expect(201);
        let end = server.clock.now() + Duration::from_secs(7 * DAY);
        let token = server.mail.next_mail_to(email).await.link_token();
        server.advance(7 * DAY - 60);
        let access = server.sign_in(email).await.access;
        let unknown = accept(&server, &access, "unknown").await;
        if is_late {
            next_request_at(&server, end);
            let reply = accept(&server, &access, &token).await;
            assert_eq!(look(&reply), look(&unknown));
        } else {
            next_request_at(&server, end - Duration::from_millis(1));
            accept(&server, &access, &token).await.expect(200);
            server.mail.next_mail_to("owner@acme.com").await;
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn a_closed_organization_takes_nobody_in() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let access = server.person("new@acme.com").await.access;
    let eve = server.person("eve@evil.example").await.access;
    let token = org.invite(&server, "new@acme.com", "viewer").await;
    for (status, code) in [(TenantStatus::Suspended, "tenant_suspended"), (TenantStatus::Archived, "tenant_archived")] {
        set_status(&server, "acme", status).await;
        accept(&server, &access, &token).await.expect_problem(403, code);
        // Somebody else does not learn that it is closed.
        accept(&server, &eve, &token).await.expect_problem(403, "invite_for_another_address");
        super::register(&server, "new@acme.com", &token).await.expect_problem(403, code);
        super::register(&server, "other@acme.com", &token).await.expect_problem(403, "invite_for_another_address");
    }
    set_status(&server, "acme", TenantStatus::Active).await;
    assert_eq!(roster(&server, &org.owner.scoped).await.len(), 1);
    accept(&server, &access, &token).await.expect(200);
    server.mail.next_mail_to("owner@acme.com").await;
    server.finish().await;
}

/// A member comes to an invitation by taking the address that was invited.
#[tokio::test]
async fn whoever_is_a_member_already_gets_a_conflict() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let member = org.join(&server, "member@acme.com", "viewer").await;
    let token = org.invite(&server, "next@acme.com", "admin").await;
    take_address(&server, &member.access, "member@acme.com", "next@acme.com").await;
    let (mails, events) = (outbox(&server).await.len(), audited_changes(&server).await.len());
    accept(&server, &member.access, &token).await.expect_problem(409, "already_member");
    assert_eq!(roster(&server, &org.owner.scoped).await[1], "next@acme.com viewer active");
    // What waits for a member cannot be sent again either, and stays until it is taken back.
    let id = invites(&server, &org.owner.scoped).await[0]["id"].as_str().unwrap().to_owned();
    super::resend(&server, &org.owner.scoped, &id).await.expect_problem(409, "already_member");
    assert_eq!((outbox(&server).await.len(), audited_changes(&server).await.len()), (mails, events));
    revoke(&server, &org.owner.scoped, &id).await.expect(204);
    server.finish().await;
}

/// Gives a person another address, and takes the mails of it.
pub(super) async fn take_address(server: &TestServer, access: &str, old: &str, new: &str) {
    let body = json!({"email": new, "current_password": PASSWORD});
    server.call(Method::POST, "/global/auth/me/email", access, body).await.expect(200);
    server.mail.next_mail_to(old).await;
    let token = server.mail.next_mail_to(new).await.link_token();
    server.post("/global/auth/verify-email", json!({"token": token})).await.expect(200);
    server.mail.next_mail_to(old).await;
}
