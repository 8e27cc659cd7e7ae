//! Registration with the token of an invitation.

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::{invited, me, register, registration};
use crate::harness::{Reply, TestServer};
use crate::inspect::{accounts, audited_changes, count, outbox, post_request, send_together};
use crate::members::roster;
use crate::organization::{Organization, invite, select};

#[tokio::test]
async fn an_invited_person_is_a_member_from_the_start() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    for role in ["viewer", "member", "admin"] {
        let email = format!("{role}@acme.com");
        let sent = invite(&server, &org.owner.scoped, &email, role).await.expect(201);
        let token = server.mail.next_mail_to(&email).await.link_token();
        let (mails, events) = (outbox(&server).await.len(), audited_changes(&server).await.len());
        let account = register(&server, &email.to_uppercase(), &token).await.expect(201);
        let created_at = server.clock.now().to_string();
        let id = &account["id"];
        let expected = json!({
            "id": id, "email": email, "first_name": "Jane", "last_name": "Doe", "created_at": created_at,
        });
        assert_eq!(account, expected);

        // The address is proved, so no mail asks for that.
        assert_eq!(outbox(&server).await[mails..], ["invitation_accepted owner@acme.com"]);
        let mail = server.mail.next_mail_to("owner@acme.com").await;
        assert_eq!(mail.subject, format!("{email} has joined The acme"));
        let access = server.sign_in(&email).await.access;
        assert_eq!(me(&server, &access).await["email_verified_at"], created_at);
        assert_eq!(
            server.get("/global/tenants", &access).await.expect(200),
            json!([{"id": org.id, "name": "The acme", "slug": "acme", "role": role, "status": "active"}])
        );
        let scoped = select(&server, &access, &org.id).await;
        assert_eq!(roster(&server, &scoped).await.pop().unwrap(), format!("{email} {role} active"));
        assert_eq!(invited(&server, &org.owner.scoped).await, [""; 0]);
        let joined = json!({"user_id": id, "role": role, "invite_id": sent["id"]});
        let created = json!({"email": email, "is_platform_admin": false});
        let expected = [
            format!("user.created {created}"),
            format!("membership.created {joined}"),
            "user.email_verified ".to_owned(),
        ];
        assert_eq!(audited_changes(&server).await[events..events + 3], expected);
        // The token is used up, also for somebody who has no account yet.
        register(&server, &format!("second-{email}"), &token).await.expect_problem(400, "invalid_token");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_bad_token_and_another_address_leave_no_account() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let token = org.invite(&server, "new@acme.com", "admin").await;
    server.register("taken@acme.com").await;
    let for_taken = org.invite(&server, "taken@acme.com", "admin").await;
    let (mails, events) = (outbox(&server).await.len(), audited_changes(&server).await.len());
    let people = accounts(&server).await;
    let mut longer = token.clone();
    longer.push('A');
    for bad in ["", "x", &token[1..], &longer, &token.to_lowercase()] {
        register(&server, "new@acme.com", bad).await.expect_problem(400, "invalid_token");
    }
    for email in ["eve@evil.example", "new@acme.co", "new+1@acme.com"] {
        let reply = register(&server, email, &token).await;
        reply.expect_problem(403, "invite_for_another_address");
        assert!(!reply.text.contains("acme") && !reply.text.contains(&org.id), "{}", reply.text);
    }
    register(&server, "taken@acme.com", &for_taken).await.expect_problem(400, "email_taken");
    for invalid in [json!(1), json!([token]), json!({"token": token}), json!(true)] {
        let reply = server.post("/global/auth/register", registration("new@acme.com", &invalid)).await;
        assert_eq!(reply.invalid_fields(), ["invite_token"], "{invalid}");
    }
    assert_eq!(accounts(&server).await, people);
    assert_eq!((outbox(&server).await.len(), audited_changes(&server).await.len()), (mails, events));
    assert_eq!(invited(&server, &org.owner.scoped).await, ["taken@acme.com", "new@acme.com"]);
    // Without one, or with none, it is a registration like any other, and the invitation still waits.
    server.post("/global/auth/register", registration("new@acme.com", &Json::Null)).await.expect(201);
    server.mail.next_mail_to("new@acme.com").await;
    assert_eq!(roster(&server, &org.owner.scoped).await.len(), 1);
    let access = server.sign_in("new@acme.com").await.access;
    crate::organization::accept(&server, &access, &token).await.expect(200);
    server.mail.next_mail_to("owner@acme.com").await;
    server.finish().await;
}

#[tokio::test]
async fn closed_registration_opens_to_the_invited_and_a_closed_domain_does_not() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let without =
        async |email: &str| -> Reply { server.post("/global/auth/register", registration(email, &Json::Null)).await };
    server.set_config("auth.registration", json!("invite_only")).await;
    let token = org.invite(&server, "first@partner.example", "viewer").await;
    without("first@partner.example").await.expect_problem(403, "registration_closed");
    register(&server, "first@partner.example", "x").await.expect_problem(400, "invalid_token");
    register(&server, "eve@evil.example", &token).await.expect_problem(403, "invite_for_another_address");
    register(&server, "first@partner.example", &token).await.expect(201);
    server.mail.next_mail_to("owner@acme.com").await;

    server.set_config("auth.registration_domains", json!("acme.com, acme.org")).await;
    server.set_config("auth.registration", json!("domains")).await;
    let (inside, outside) = (
        org.invite(&server, "in@acme.com", "viewer").await,
        org.invite(&server, "out@partner.example", "viewer").await,
    );
    register(&server, "out@partner.example", &outside).await.expect_problem(403, "registration_closed");
    without("out@partner.example").await.expect_problem(403, "registration_closed");
    register(&server, "in@acme.com", &inside).await.expect(201);
    server.mail.next_mail_to("owner@acme.com").await;
    assert_eq!(accounts(&server).await, ["first@partner.example", "in@acme.com", "owner@acme.com"]);
    // Whoever has an account already may accept all the same.
    server.set_config("auth.registration", json!("open")).await;
    let access = server.person("out@partner.example").await.access;
    server.set_config("auth.registration", json!("domains")).await;
    crate::organization::accept(&server, &access, &outside).await.expect(200);
    server.mail.next_mail_to("owner@acme.com").await;
    server.finish().await;
}

#[tokio::test]
async fn of_parallel_registrations_with_one_token_one_succeeds() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let token = org.invite(&server, "new@acme.com", "member").await;
    let body = registration("new@acme.com", &json!(token));
    let replies = send_together((0..20).map(|_| post_request(&server, "/global/auth/register", &body))).await;
    assert_eq!((count(&replies, 201), count(&replies, 400)), (1, 19), "{replies:?}");
    assert_eq!(accounts(&server).await, ["new@acme.com", "owner@acme.com"]);
    let expected = ["owner@acme.com owner active", "new@acme.com member active"];
    assert_eq!(roster(&server, &org.owner.scoped).await, expected);
    server.mail.next_mail_to("owner@acme.com").await;
    let audit = server.audit().await;
    assert_eq!(audit.iter().filter(|event| event.contains("membership.created")).count(), 1, "{audit:?}");
    server.call(Method::GET, "/service/invites", &org.owner.scoped, Json::Null).await.expect(200);
    server.finish().await;
}
