//! Suspended, archived, and open again.

use serde_json::json;

use super::{detail, set_status};
use crate::harness::TestServer;
use crate::inspect::{audited_changes, outbox};
use crate::organization::{Organization, try_select};
use crate::plans::platform_admin;

#[tokio::test]
async fn each_change_bites_at_once_and_is_told_to_the_owner() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let member = org.join(&server, "member@acme.com", "member").await;
    let overdue = Some("Payment overdue");
    // From what it was, with which reason, to what; the reason that it has then; whether the owner is told.
    for (from, to, reason, kept, is_told) in [
        ("active", "active", None, None, false),
        ("active", "suspended", overdue, overdue, true),
        ("suspended", "suspended", overdue, overdue, false),
        ("suspended", "suspended", None, overdue, false),
        ("suspended", "suspended", Some("Still overdue"), Some("Still overdue"), false),
        ("suspended", "active", None, None, true),
        ("active", "archived", Some("  They left.\nFor good.  "), Some("They left.\nFor good."), true),
        ("archived", "archived", None, Some("They left.\nFor good."), false),
        ("archived", "active", Some("They are back"), Some("They are back"), true),
        ("active", "suspended", Some("  "), None, true),
        ("suspended", "archived", overdue, overdue, true),
    ] {
        let what = format!("{from} to {to} for {reason:?}");
        let mut expected = detail(&server, &admin, &org.id).await;
        assert_eq!(expected["status"], from, "{what}");
        let is_same = from == to && expected["status_reason"] == json!(kept);
        (expected["status"], expected["status_reason"]) = (json!(to), json!(kept));
        let (mails, events) = (outbox(&server).await.len(), audited_changes(&server).await.len());
        let reply = set_status(&server, &admin, &org.id, json!({"status": to, "reason": reason})).await;
        assert_eq!(reply.expect(200), expected, "{what}");
        assert_eq!(detail(&server, &admin, &org.id).await, expected, "{what}");

        let told = outbox(&server).await.split_off(mails);
        if is_told {
            assert_eq!(told, ["tenant_status_changed owner@acme.com"], "{what}");
            let mail = server.mail.next_mail_to("owner@acme.com").await;
            assert_eq!(mail.subject, format!("The acme is now {to}"));
            for body in [&mail.text, &mail.html] {
                assert_eq!(body.contains("Reason: "), kept.is_some(), "{what}: {body}");
                assert!(kept.is_none_or(|kept| kept.lines().all(|line| body.contains(line))), "{what}: {body}");
            }
        } else {
            assert!(told.is_empty(), "{what}: {told:?}");
        }
        let left = audited_changes(&server).await.split_off(events);
        assert_eq!(left.len(), usize::from(!is_same), "{what}: {left:?}");

        for person in [&org.owner, &member] {
            let info = server.get("/service/info", &person.scoped).await;
            let selected = try_select(&server, &person.access, &org.id).await;
            for reply in [info, selected] {
                match to {
                    "active" => drop(reply.expect(200)),
                    _ => drop(reply.expect_problem(403, &format!("tenant_{to}"))),
                }
            }
        }
    }
    let before = detail(&server, &admin, &org.id).await;
    let reply = set_status(&server, &admin, &org.id, json!({"status": "suspended", "reason": "Too late"})).await;
    reply.expect_problem(409, "invalid_transition");
    assert_eq!(detail(&server, &admin, &org.id).await, before);
    server.finish().await;
}

#[tokio::test]
async fn status_and_reason_have_bounds() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let before = detail(&server, &admin, &org.id).await;
    for (body, fields) in [
        (json!({}), &["status"][..]),
        (json!({"status": null}), &["status"]),
        (json!({"status": ""}), &["status"]),
        (json!({"status": "SUSPENDED"}), &["status"]),
        (json!({"status": "deleted"}), &["status"]),
        (json!({"status": 1}), &["status"]),
        (json!({"status": "suspended", "reason": "ä".repeat(501)}), &["reason"]),
        (json!({"status": "suspended", "reason": "a\u{0}b"}), &["reason"]),
        (json!({"status": "suspended", "reason": 1}), &["reason"]),
        (json!({"status": "closed", "reason": "a".repeat(501)}), &["reason", "status"]),
    ] {
        let mut named = set_status(&server, &admin, &org.id, body.clone()).await.invalid_fields();
        named.sort();
        assert_eq!(named, fields, "{body}");
    }
    assert_eq!(detail(&server, &admin, &org.id).await, before);
    let longest = "ä".repeat(500);
    let body = json!({"status": "suspended", "reason": longest, "id": "ten_1", "slug": "other", "plan": "plan_pro"});
    let changed = set_status(&server, &admin, &org.id, body).await.expect(200);
    assert_eq!((&changed["status_reason"], &changed["slug"]), (&json!(longest), &before["slug"]));
    server.mail.next_mail_to("owner@acme.com").await;
    server.finish().await;
}
