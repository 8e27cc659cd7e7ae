//! Removal of members, and leaving.

use serde_json::{Value as Json, json};

use super::{MALFORMED, NOBODY, leave, members, roster, two_organizations};
use crate::harness::TestServer;
use crate::inspect::{audited_changes, outbox};
use crate::organization::{Organization, change, remove, select, try_select};

#[tokio::test]
async fn a_removed_member_is_told_and_gone() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let admin = org.join(&server, "admin@acme.com", "admin").await;
    for (email, role, remover) in [
        ("one@acme.com", "viewer", &org.owner),
        ("two@acme.com", "member", &admin),
        ("three@acme.com", "admin", &admin),
    ] {
        let person = org.join(&server, email, role).await;
        let mails = outbox(&server).await.len();
        let reply = remove(&server, &remover.scoped, &person.user_id).await.expect(200);
        assert_eq!(reply, json!({"message": "Member removed"}));
        remove(&server, &remover.scoped, &person.user_id).await.expect_problem(404, "not_found");

        assert_eq!(outbox(&server).await[mails..], [format!("member_removed {email}")]);
        let mail = server.mail.next_mail_to(email).await;
        assert_eq!((mail.to, mail.subject.as_str()), (vec![email.to_owned()], "You are not in The acme any more"));
        assert!(mail.text.contains("The acme") && mail.html.contains("The acme"), "{}", mail.text);
        let event = audited_changes(&server).await.pop().unwrap();
        let changes: Json = serde_json::from_str(event.strip_prefix("membership.removed ").unwrap()).unwrap();
        assert_eq!((&changes["role"], &changes["user_id"]), (&json!(role), &json!(person.user_id)), "{event}");

        try_select(&server, &person.access, &org.id).await.expect_problem(403, "not_a_member");
        assert_eq!(server.get("/global/tenants", &person.access).await.expect(200), json!([]));
        // The account is none of the organization's business.
        server.get("/global/auth/me", &person.access).await.expect(200);
        let expected = ["owner@acme.com owner active", "admin@acme.com admin active"];
        assert_eq!(roster(&server, &org.owner.scoped).await, expected);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_disabled_member_and_oneself_can_be_removed() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let admin = org.join(&server, "admin@acme.com", "admin").await;
    let member = org.join(&server, "member@acme.com", "member").await;
    change(&server, &admin.scoped, &member.user_id, json!({"status": "disabled"})).await.expect(200);
    for person in [&member, &admin] {
        remove(&server, &admin.scoped, &person.user_id).await.expect(200);
        server.mail.next_mail_to(&person.email).await;
    }
    remove(&server, &admin.scoped, &admin.user_id).await.expect_problem(403, "membership_ended");
    assert_eq!(members(&server, &org.owner.scoped).await.len(), 1);
    server.finish().await;
}

#[tokio::test]
async fn whoever_is_removed_may_come_back_as_somebody_new() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let member = org.join(&server, "member@acme.com", "admin").await;
    let first = members(&server, &org.owner.scoped).await[1].clone();
    remove(&server, &org.owner.scoped, &member.user_id).await.expect(200);
    server.mail.next_mail_to("member@acme.com").await;
    let token = org.invite(&server, "member@acme.com", "viewer").await;
    crate::organization::accept(&server, &member.access, &token).await.expect(200);
    server.mail.next_mail_to("owner@acme.com").await;
    let second = members(&server, &org.owner.scoped).await[1].clone();
    assert_eq!((&second["user_id"], &second["role"]), (&first["user_id"], &json!("viewer")));
    assert_ne!(second["id"], first["id"]);
    // The old token counts again, as what the person is now.
    server.get("/service/info", &member.scoped).await.expect(200);
    server.get("/service/invites", &member.scoped).await.expect_problem(403, "insufficient_role");
    select(&server, &member.access, &org.id).await;
    server.finish().await;
}

#[tokio::test]
async fn the_owner_and_strangers_are_not_removed() {
    let server = TestServer::start().await;
    let (org, other) = two_organizations(&server).await;
    let admin = org.join(&server, "admin@acme.com", "admin").await;
    let (mails, events) = (outbox(&server).await.len(), audited_changes(&server).await.len());
    for token in [&org.owner.scoped, &admin.scoped] {
        remove(&server, token, &org.owner.user_id).await.expect_problem(403, "owner_protected");
        for stranger in [NOBODY, &other.owner.user_id, &org.id].into_iter().chain(MALFORMED) {
            remove(&server, token, stranger).await.expect_problem(404, "not_found");
        }
    }
    assert_eq!(members(&server, &org.owner.scoped).await.len(), 2);
    assert_eq!(members(&server, &other.owner.scoped).await.len(), 1);
    assert_eq!(outbox(&server).await.len(), mails);
    assert_eq!(audited_changes(&server).await.len(), events);
    server.finish().await;
}

#[tokio::test]
async fn everybody_but_the_owner_may_leave() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    for role in ["viewer", "member", "admin"] {
        let person = org.join(&server, &format!("{role}@acme.com"), role).await;
        let mails = outbox(&server).await.len();
        let reply = leave(&server, &person.scoped).await;
        reply.expect(204);
        assert_eq!(reply.text, "");
        leave(&server, &person.scoped).await.expect_problem(403, "membership_ended");
        try_select(&server, &person.access, &org.id).await.expect_problem(403, "not_a_member");
        // Whoever leaves knows it.
        assert_eq!(outbox(&server).await.len(), mails);
        let event = audited_changes(&server).await.pop().unwrap();
        assert!(event.starts_with("membership.left ") && event.contains(&person.user_id), "{event}");
    }
    leave(&server, &org.owner.scoped).await.expect_problem(403, "owner_protected");
    assert_eq!(roster(&server, &org.owner.scoped).await, ["owner@acme.com owner active"]);
    server.finish().await;
}
