//! Another role or status for a member.

use serde_json::{Value as Json, json};

use super::{MALFORMED, NOBODY, members, roster, two_organizations};
use crate::harness::TestServer;
use crate::inspect::{audited_changes, outbox};
use crate::organization::{Organization, change};

#[tokio::test]
async fn a_role_is_given_and_told_to_the_member_alone() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let admin = org.join(&server, "admin@acme.com", "admin").await;
    let mut role = "viewer";
    let member = org.join(&server, "member@acme.com", role).await;
    let mut expected = members(&server, &org.owner.scoped).await[2].clone();
    for new in ["member", "admin", "viewer", "admin", "member", "viewer"] {
        let (mails, events) = (outbox(&server).await.len(), audited_changes(&server).await.len());
        let changed = change(&server, &admin.scoped, &member.user_id, json!({"role": new})).await.expect(200);
        expected["role"] = json!(new);
        assert_eq!(changed, expected, "{role} to {new}");
        assert_eq!(members(&server, &org.owner.scoped).await[2], expected, "{role} to {new}");

        assert_eq!(outbox(&server).await[mails..], ["role_changed member@acme.com"]);
        let mail = server.mail.next_mail_to("member@acme.com").await;
        assert_eq!(mail.to, ["member@acme.com"]);
        assert_eq!(mail.subject, "Your role in The acme has changed");
        for body in [&mail.text, &mail.html] {
            assert!(body.contains(&format!("The acme is now {new}.")) && body.contains("admin@acme.com"), "{body}");
        }
        let [event] = &audited_changes(&server).await[events..] else { panic!("not one event") };
        let changes: Json = serde_json::from_str(event.strip_prefix("membership.role_changed ").unwrap()).unwrap();
        assert_eq!((&changes["role"], &changes["old_role"]), (&json!(new), &json!(role)), "{event}");
        role = new;
    }
    server.finish().await;
}

#[tokio::test]
async fn status_and_role_change_apart_or_together() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let member = org.join(&server, "member@acme.com", "member").await;
    // What is sent, what the member is then, and what was done for it.
    let cases: [(Json, &str, &[&str], usize); 12] = [
        (json!({"status": "disabled"}), "member disabled", &["membership.disabled"], 0),
        (json!({"status": "disabled"}), "member disabled", &[], 0),
        (json!({"role": "admin"}), "admin disabled", &["membership.role_changed"], 1),
        (json!({"status": "active"}), "admin active", &["membership.enabled"], 0),
        (json!({"role": "admin", "status": "active"}), "admin active", &[], 0),
        (
            json!({"role": "viewer", "status": "disabled"}),
            "viewer disabled",
            &["membership.role_changed", "membership.disabled"],
            1,
        ),
        (
            json!({"role": "member", "status": "active"}),
            "member active",
            &["membership.role_changed", "membership.enabled"],
            1,
        ),
        (json!({}), "member active", &[], 0),
        (json!({"role": null, "status": null}), "member active", &[], 0),
        (json!({"email": "eve@evil.example", "user_id": NOBODY, "id": "x", "unknown": [1]}), "member active", &[], 0),
        (json!({"is_platform_admin": true, "joined_at": null}), "member active", &[], 0),
        (json!({"role": "member"}), "member active", &[], 0),
    ];
    for (body, expected, actions, mails) in cases {
        let (before, events) = (outbox(&server).await.len(), audited_changes(&server).await.len());
        let changed = change(&server, &org.owner.scoped, &member.user_id, body.clone()).await.expect(200);
        let listed = members(&server, &org.owner.scoped).await;
        assert_eq!(changed, listed[1], "{body}");
        assert_eq!(roster(&server, &org.owner.scoped).await[1], format!("member@acme.com {expected}"), "{body}");
        let audit = audited_changes(&server).await;
        let done: Vec<&str> = audit[events..].iter().map(|event| event.split(' ').next().unwrap()).collect();
        assert_eq!(done, actions, "{body}");
        assert_eq!(outbox(&server).await.len() - before, mails, "{body}");
        for _ in 0..mails {
            server.mail.next_mail_to("member@acme.com").await;
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn nobody_else_can_be_changed_and_nothing_but_roles_be_given() {
    let server = TestServer::start().await;
    let (org, other) = two_organizations(&server).await;
    let admin = org.join(&server, "admin@acme.com", "admin").await;
    let member = org.join(&server, "member@acme.com", "member").await;
    let before = roster(&server, &org.owner.scoped).await;
    let (mails, events) = (outbox(&server).await.len(), audited_changes(&server).await.len());

    let (owner, member) = (org.owner.user_id.as_str(), member.user_id.as_str());
    let refused = [
        (owner, json!({"role": "admin"}), 403, "owner_protected"),
        (owner, json!({"role": "viewer"}), 403, "owner_protected"),
        (owner, json!({"status": "disabled"}), 403, "owner_protected"),
        (owner, json!({}), 403, "owner_protected"),
        (NOBODY, json!({"role": "admin"}), 404, "not_found"),
        (NOBODY, json!({}), 404, "not_found"),
        (&other.owner.user_id, json!({"role": "viewer"}), 404, "not_found"),
        (&org.id, json!({"role": "viewer"}), 404, "not_found"),
    ];
    for token in [&org.owner.scoped, &admin.scoped] {
        for (user_id, body, status, code) in &refused {
            change(&server, token, user_id, body.clone()).await.expect_problem(*status, code);
        }
        for user_id in MALFORMED {
            change(&server, token, user_id, json!({"role": "admin"})).await.expect_problem(404, "not_found");
        }
        let invalid = [
            (json!({"role": "owner"}), &["role"][..]),
            (json!({"role": "OWNER"}), &["role"]),
            (json!({"role": "Admin"}), &["role"]),
            (json!({"role": " admin"}), &["role"]),
            (json!({"role": ""}), &["role"]),
            (json!({"role": 1}), &["role"]),
            (json!({"role": ["admin"]}), &["role"]),
            (json!({"status": "suspended"}), &["status"]),
            (json!({"status": "Active"}), &["status"]),
            (json!({"status": true}), &["status"]),
            (json!({"role": "superuser", "status": "gone"}), &["role", "status"]),
            (json!({"role": "admin", "status": "gone"}), &["status"]),
            (json!([]), &["body"]),
        ];
        for (body, fields) in invalid {
            // The shape is looked at before the person, so that it tells nothing of who is a member.
            for user_id in [member, owner, NOBODY, "nobody"] {
                let reply = change(&server, token, user_id, body.clone()).await;
                assert_eq!(reply.invalid_fields(), fields, "{body} for {user_id}");
            }
        }
    }
    assert_eq!(roster(&server, &org.owner.scoped).await, before);
    assert_eq!(outbox(&server).await.len(), mails);
    assert_eq!(audited_changes(&server).await.len(), events);
    server.finish().await;
}

#[tokio::test]
async fn an_admin_changes_other_admins_and_himself() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let first = org.join(&server, "first@acme.com", "admin").await;
    let second = org.join(&server, "second@acme.com", "admin").await;
    change(&server, &first.scoped, &second.user_id, json!({"role": "member"})).await.expect(200);
    server.mail.next_mail_to("second@acme.com").await;
    change(&server, &second.scoped, &first.user_id, json!({"role": "viewer"}))
        .await
        .expect_problem(403, "insufficient_role");
    change(&server, &second.scoped, &second.user_id, json!({"role": "admin"}))
        .await
        .expect_problem(403, "insufficient_role");
    // Himself too, and then he is none any more.
    let changed = change(&server, &first.scoped, &first.user_id, json!({"role": "viewer"})).await.expect(200);
    assert_eq!(changed["role"], "viewer");
    server.mail.next_mail_to("first@acme.com").await;
    change(&server, &first.scoped, &first.user_id, json!({"role": "admin"}))
        .await
        .expect_problem(403, "insufficient_role");
    change(&server, &org.owner.scoped, &second.user_id, json!({"role": "admin"})).await.expect(200);
    server.mail.next_mail_to("second@acme.com").await;
    let disabled = change(&server, &second.scoped, &second.user_id, json!({"status": "disabled"})).await.expect(200);
    assert_eq!(disabled["status"], "disabled");
    change(&server, &second.scoped, &second.user_id, json!({"status": "active"}))
        .await
        .expect_problem(403, "membership_ended");
    let expected = ["owner@acme.com owner active", "first@acme.com viewer active", "second@acme.com admin disabled"];
    assert_eq!(roster(&server, &org.owner.scoped).await, expected);
    server.finish().await;
}
