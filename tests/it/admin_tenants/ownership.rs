//! Another owner, where the old one is gone.

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::{NO_IDS, detail, set_status};
use crate::harness::{Reply, TestServer};
use crate::inspect::{audited_changes, outbox, set_disabled};
use crate::members::{NOBODY, roster};
use crate::organization::{Organization, change};
use crate::plans::platform_admin;

async fn transfer(server: &TestServer, admin: &str, id: &str, body: Json) -> Reply {
    server.call(Method::POST, &format!("/admin/tenants/{id}/ownership-transfer"), admin, body).await
}

#[tokio::test]
async fn an_organization_whose_owner_is_gone_gets_another_one() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let viewer = org.join(&server, "viewer@acme.com", "viewer").await;
    let member = org.join(&server, "member@acme.com", "member").await;
    set_disabled(&server, "owner@acme.com", true).await;
    let mut owner = org.owner.clone();
    // A closed organization can be repaired too: somebody must be there to open it for.
    for (new, status) in [(&viewer, "active"), (&member, "suspended"), (&viewer, "archived")] {
        if status != "active" {
            set_status(&server, &admin, &org.id, json!({"status": status})).await.expect(200);
            server.mail.next_mail_to(&owner.email).await;
        }
        let mut expected = detail(&server, &admin, &org.id).await;
        assert_eq!(expected["owner"], json!({"user_id": owner.user_id, "email": owner.email}));
        expected["owner"] = json!({"user_id": new.user_id, "email": new.email});
        let (mails, events) = (outbox(&server).await.len(), audited_changes(&server).await.len());
        let reply = transfer(&server, &admin, &org.id, json!({"user_id": new.user_id})).await;
        assert_eq!(reply.expect(200), expected);
        assert_eq!(detail(&server, &admin, &org.id).await, expected);
        let mut told = outbox(&server).await.split_off(mails);
        told.sort();
        let mut both = [&owner.email, &new.email].map(|email| format!("ownership_transferred {email}"));
        both.sort();
        assert_eq!(told, both);
        for email in [&owner.email, &new.email] {
            let mail = server.mail.next_mail_to(email).await;
            assert!(mail.text.contains(&format!("{} is now the owner", new.email)), "{}", mail.text);
        }
        let changes = json!({"owner_id": new.user_id, "old_owner_id": owner.user_id});
        assert_eq!(audited_changes(&server).await[events..], [format!("tenant.ownership_transferred {changes}")]);
        owner = new.clone();
    }
    set_status(&server, &admin, &org.id, json!({"status": "active"})).await.expect(200);
    server.mail.next_mail_to(&owner.email).await;
    // Whoever owned it is an admin; the token of the new owner opens what only an owner may do.
    let mut members = roster(&server, &owner.scoped).await;
    members.sort();
    assert_eq!(
        members,
        ["member@acme.com admin active", "owner@acme.com admin active", "viewer@acme.com owner active"]
    );
    let reply = crate::members::transfer(&server, &owner.scoped, &member.user_id).await;
    reply.expect(200);
    for email in [&owner.email, &member.email] {
        server.mail.next_mail_to(email).await;
    }
    server.finish().await;
}

#[tokio::test]
async fn only_an_active_member_whose_account_works_becomes_the_owner() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let other = Organization::of(&server, "owner@other.com", "other").await;
    let disabled = org.join(&server, "disabled@acme.com", "admin").await;
    change(&server, &org.owner.scoped, &disabled.user_id, json!({"status": "disabled"})).await.expect(200);
    let locked = org.join(&server, "locked@acme.com", "admin").await;
    set_disabled(&server, "locked@acme.com", true).await;
    let before = detail(&server, &admin, &org.id).await;
    let (mails, events) = (outbox(&server).await.len(), audited_changes(&server).await.len());
    for person in [&disabled, &locked] {
        let reply = transfer(&server, &admin, &org.id, json!({"user_id": person.user_id})).await;
        reply.expect_problem(409, "member_disabled");
    }
    for user_id in [NOBODY, &other.owner.user_id, &org.id, "usr_1", ""] {
        let reply = transfer(&server, &admin, &org.id, json!({"user_id": user_id})).await;
        reply.expect_problem(404, "not_found");
    }
    for id in NO_IDS {
        let reply = transfer(&server, &admin, id, json!({"user_id": org.owner.user_id})).await;
        reply.expect_problem(404, "not_found");
    }
    for user_id in [json!(org.owner.user_id), json!(null), json!(1)] {
        let reply = transfer(&server, &admin, &org.id, json!({"user_id": user_id})).await;
        assert_eq!(reply.invalid_fields(), ["user_id"], "{user_id}");
    }
    assert_eq!(transfer(&server, &admin, &org.id, json!({})).await.invalid_fields(), ["user_id"]);
    assert_eq!(detail(&server, &admin, &org.id).await, before);
    assert_eq!((outbox(&server).await.len(), audited_changes(&server).await.len()), (mails, events));
    server.finish().await;
}
