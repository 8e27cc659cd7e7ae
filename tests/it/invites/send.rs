//! Inviting, again too, and taking back.

use std::time::Duration;

use serde_json::json;

use super::{DAY, MALFORMED, NONE, invited, invites, resend, revoke};
use crate::harness::TestServer;
use crate::inspect::{accounts, audited_changes, look, outbox};
use crate::organization::{Organization, accept, change, invite};

#[tokio::test]
async fn an_invitation_answers_as_specified_and_goes_out_by_mail_alone() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let admin = org.join(&server, "admin@acme.com", "admin").await;
    let people = accounts(&server).await;
    for (inviter, role) in [(&org.owner, "admin"), (&admin, "member"), (&admin, "viewer"), (&admin, "admin")] {
        let (mails, events) = (outbox(&server).await.len(), audited_changes(&server).await.len());
        let email = format!("new-{role}{mails}@acme.com");
        let reply = invite(&server, &inviter.scoped, &format!(" {}\t", email.to_uppercase()), role).await;
        let sent = reply.expect(201);
        let id = sent["id"].as_str().unwrap();
        assert!(id.starts_with("inv_") && id.len() == 30, "{id}");
        let expires_at = (server.clock.now() + Duration::from_secs(7 * DAY)).to_string();
        assert_eq!(sent, json!({"id": id, "email": email, "role": role, "expires_at": expires_at}));

        assert_eq!(outbox(&server).await[mails..], [format!("invitation {email}")]);
        let mail = server.mail.next_mail_to(&email).await;
        let token = mail.link_token();
        let link = format!("https://trueport.example/#/invite?token={token}");
        assert_eq!((mail.to, mail.subject.as_str()), (vec![email.clone()], "Invitation to The acme on TruePort"));
        for body in [&mail.text, &mail.html] {
            assert!(body.contains(&link) && body.contains("Hello there,"), "{body}");
            for word in ["The acme", role, "7 days"] {
                assert!(body.contains(word), "no {word}: {body}");
            }
            // The owner never proved the address, the admin did by accepting: only that one may vouch for the mail.
            assert_eq!(body.contains(&inviter.email), inviter.email != org.owner.email, "{body}");
        }
        assert_eq!(token.len(), 43, "256 bits");
        assert!(!format!("{reply:?}").contains(&token));
        let changes = json!({"email": email, "role": role});
        assert_eq!(audited_changes(&server).await[events..], [format!("invite.created {changes}")]);
    }
    assert_eq!(accounts(&server).await, people, "inviting makes no account");
    server.finish().await;
}

#[tokio::test]
async fn somebody_with_an_account_is_greeted_by_name() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    server.register("known@acme.com").await;
    invite(&server, &org.owner.scoped, "known@acme.com", "viewer").await.expect(201);
    let mail = server.mail.next_mail_to("known@acme.com").await;
    assert!(mail.text.contains("Hello Jane,"), "{}", mail.text);
    server.finish().await;
}

#[tokio::test]
async fn what_is_no_invitation_is_refused() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let active = org.join(&server, "active@acme.com", "viewer").await;
    let disabled = org.join(&server, "disabled@acme.com", "viewer").await;
    change(&server, &org.owner.scoped, &disabled.user_id, json!({"status": "disabled"})).await.expect(200);
    let (mails, events) = (outbox(&server).await.len(), audited_changes(&server).await.len());
    for email in ["owner@acme.com", &active.email, &disabled.email, " ACTIVE@acme.com"] {
        invite(&server, &org.owner.scoped, email, "admin").await.expect_problem(409, "already_member");
    }
    let invalid = [
        (json!({"email": "new@acme.com", "role": "owner"}), &["role"][..]),
        (json!({"email": "new@acme.com", "role": "superuser"}), &["role"]),
        (json!({"email": "new@acme.com", "role": "Member"}), &["role"]),
        (json!({"email": "new@acme.com", "role": ""}), &["role"]),
        (json!({"email": "new@acme.com", "role": 1}), &["role"]),
        (json!({"email": "new@acme.com"}), &["role"]),
        (json!({"role": "member"}), &["email"]),
        (json!({"email": ["a@acme.com", "b@acme.com"], "role": "member"}), &["email"]),
        (json!({"email": "new", "role": "member"}), &["email"]),
        (json!({"email": "a@acme.com,b@acme.com", "role": "member"}), &["email"]),
        (json!({"email": "a@acme.com\r\nBcc: eve@evil.example", "role": "member"}), &["email"]),
        (json!({"email": "", "role": "root"}), &["email", "role"]),
        (json!({"email": "owner@acme.com", "role": "owner"}), &["role"]),
        (json!([]), &["body"]),
    ];
    for (body, fields) in invalid {
        let reply = server.call(reqwest::Method::POST, "/service/invites", &org.owner.scoped, body.clone()).await;
        assert_eq!(reply.invalid_fields(), fields, "{body}");
    }
    for role in ["viewer", "member"] {
        change(&server, &org.owner.scoped, &active.user_id, json!({"role": role})).await.expect(200);
        invite(&server, &active.scoped, "new@acme.com", "viewer").await.expect_problem(403, "insufficient_role");
    }
    server.mail.next_mail_to("active@acme.com").await;
    assert_eq!(invited(&server, &org.owner.scoped).await, [""; 0]);
    assert_eq!(outbox(&server).await[mails..], ["role_changed active@acme.com"]);
    assert_eq!(audited_changes(&server).await.len() - events, 1);
    server.finish().await;
}

#[tokio::test]
async fn an_address_that_waits_is_invited_anew_under_the_same_id() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let admin = org.join(&server, "admin@acme.com", "admin").await;
    let first = invite(&server, &org.owner.scoped, "new@acme.com", "admin").await.expect(201);
    let old = server.mail.next_mail_to("new@acme.com").await.link_token();
    let created_at = server.clock.now().to_string();
    server.advance(60);
    let second = invite(&server, &admin.scoped, "New@Acme.com", "viewer").await.expect(201);
    let expires_at = (server.clock.now() + Duration::from_secs(7 * DAY)).to_string();
    let expected = json!({"id": first["id"], "email": "new@acme.com", "role": "viewer", "expires_at": expires_at});
    assert_eq!(second, expected);
    assert_ne!(first["expires_at"], second["expires_at"]);
    let new = server.mail.next_mail_to("new@acme.com").await.link_token();
    let item = json!({
        "id": first["id"], "email": "new@acme.com", "role": "viewer", "status": "pending",
        "invited_by": "admin@acme.com", "created_at": created_at, "expires_at": expires_at,
    });
    assert_eq!(invites(&server, &org.owner.scoped).await, [item]);

    let access = server.person("new@acme.com").await.access;
    accept(&server, &access, &old).await.expect_problem(400, "invalid_token");
    let joined = accept(&server, &access, &new).await.expect(200);
    assert_eq!(joined["role"], "viewer");
    // Whoever invited last is told.
    server.mail.next_mail_to("admin@acme.com").await;
    server.finish().await;
}

#[tokio::test]
async fn sending_again_makes_a_new_link_and_kills_the_old_one() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let sent = invite(&server, &org.owner.scoped, "new@acme.com", "member").await.expect(201);
    let mut old = vec![server.mail.next_mail_to("new@acme.com").await.link_token()];
    let access = server.person("new@acme.com").await.access;
    for _ in 0..3 {
        server.advance(60);
        let (mails, events) = (outbox(&server).await.len(), audited_changes(&server).await.len());
        let again = resend(&server, &org.owner.scoped, sent["id"].as_str().unwrap()).await.expect(200);
        let mut expected = sent.clone();
        expected["expires_at"] = json!((server.clock.now() + Duration::from_secs(7 * DAY)).to_string());
        assert_eq!(again, expected);
        assert_eq!(outbox(&server).await[mails..], ["invitation new@acme.com"]);
        let changes = json!({"email": "new@acme.com", "role": "member"});
        assert_eq!(audited_changes(&server).await[events..], [format!("invite.resent {changes}")]);
        let token = server.mail.next_mail_to("new@acme.com").await.link_token();
        for old in &old {
            accept(&server, &access, old).await.expect_problem(400, "invalid_token");
        }
        old.push(token);
    }
    accept(&server, &access, &old[3]).await.expect(200);
    server.mail.next_mail_to("owner@acme.com").await;
    resend(&server, &org.owner.scoped, sent["id"].as_str().unwrap()).await.expect_problem(404, "not_found");
    server.finish().await;
}

#[tokio::test]
async fn a_revoked_invitation_is_gone() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let sent = invite(&server, &org.owner.scoped, "new@acme.com", "member").await.expect(201);
    let token = server.mail.next_mail_to("new@acme.com").await.link_token();
    let access = server.person("new@acme.com").await.access;
    let (id, mails) = (sent["id"].as_str().unwrap(), outbox(&server).await.len());
    let reply = revoke(&server, &org.owner.scoped, id).await;
    reply.expect(204);
    assert_eq!(reply.text, "");
    revoke(&server, &org.owner.scoped, id).await.expect_problem(404, "not_found");
    resend(&server, &org.owner.scoped, id).await.expect_problem(404, "not_found");
    accept(&server, &access, &token).await.expect_problem(400, "invalid_token");
    assert_eq!(invited(&server, &org.owner.scoped).await, [""; 0]);
    assert_eq!(outbox(&server).await.len(), mails, "nobody is told");
    let changes = json!({"email": "new@acme.com"});
    assert_eq!(audited_changes(&server).await.pop().unwrap(), format!("invite.revoked {changes}"));
    // The next one is another one.
    let next = invite(&server, &org.owner.scoped, "new@acme.com", "member").await.expect(201);
    assert_ne!(next["id"], sent["id"]);
    server.mail.next_mail_to("new@acme.com").await;
    server.finish().await;
}

#[tokio::test]
async fn what_is_not_there_or_anothers_is_not_found() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let other = Organization::of(&server, "owner@other.com", "other").await;
    let foreign = invite(&server, &other.owner.scoped, "new@acme.com", "member").await.expect(201);
    let token = server.mail.next_mail_to("new@acme.com").await.link_token();
    let foreign = foreign["id"].as_str().unwrap();
    let (mails, events) = (outbox(&server).await.len(), audited_changes(&server).await.len());
    let (again, gone) =
        (resend(&server, &org.owner.scoped, NONE).await, revoke(&server, &org.owner.scoped, NONE).await);
    for id in [NONE, foreign] {
        let resent = resend(&server, &org.owner.scoped, id).await;
        resent.expect_problem(404, "not_found");
        assert_eq!(look(&resent), look(&again), "{id}");
        let revoked = revoke(&server, &org.owner.scoped, id).await;
        revoked.expect_problem(404, "not_found");
        assert_eq!(look(&revoked), look(&gone), "{id}");
    }
    for id in MALFORMED {
        resend(&server, &org.owner.scoped, id).await.expect_problem(404, "not_found");
        revoke(&server, &org.owner.scoped, id).await.expect_problem(404, "not_found");
    }
    assert_eq!(invited(&server, &org.owner.scoped).await, [""; 0]);
    assert_eq!(outbox(&server).await.len(), mails);
    assert_eq!(audited_changes(&server).await.len(), events);
    // Two organizations may invite one address.
    let ours = org.invite(&server, "new@acme.com", "viewer").await;
    let access = server.person("new@acme.com").await.access;
    for (token, owner, role) in [(ours, &org.owner, "viewer"), (token, &other.owner, "member")] {
        assert_eq!(accept(&server, &access, &token).await.expect(200)["role"], role);
        server.mail.next_mail_to(&owner.email).await;
    }
    server.finish().await;
}
