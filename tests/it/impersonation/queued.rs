//! A write in somebody's name that waits in the queue already when it may no longer be. On SQLite, whose writer a test can
//! hold.

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::{impersonate, supporter};
use crate::harness::TestServer;
use crate::inspect::{audited_changes, outbox, set_platform_admin};
use crate::liveness::{HeldWriter, request};
use crate::members::roster;
use crate::organization::Organization;

#[tokio::test]
async fn a_queued_write_in_somebodys_name_ends_with_the_right_to_it() {
    let demoted = json!({"is_platform_admin": false});
    let promoted = json!({"is_platform_admin": true});
    let signed_out = (401, "unauthorized");
    let cases = [
        ("admin", Method::PATCH, "", demoted, (403, "platform_admin_required")),
        ("admin", Method::PATCH, "", json!({"status": "disabled"}), signed_out),
        ("admin", Method::DELETE, "", Json::Null, signed_out),
        ("admin", Method::POST, "/end-sessions", Json::Null, signed_out),
        ("member", Method::PATCH, "", promoted, (403, "impersonation_forbidden")),
        ("member", Method::PATCH, "", json!({"status": "disabled"}), (409, "account_disabled")),
        ("member", Method::DELETE, "", Json::Null, (404, "not_found")),
    ];
    for (whose, method, what, body, start_again) in cases {
        let server = TestServer::start().await;
        if server.database().is_some() {
            return;
        }
        let admin = supporter(&server).await;
        let boss = server.person("boss@trueport.example").await.access;
        set_platform_admin(&server, "boss@trueport.example", true).await;
        let org = Organization::of(&server, "owner@acme.com", "acme").await;
        let member = org.join(&server, "member@acme.com", "admin").await;
        let token = impersonate(&server, &admin.access, &member.user_id, &org.id).await;
        let (mails, events) = (outbox(&server).await.len(), audited_changes(&server).await.len());

        let mut held = HeldWriter::of(&server).await;
        let subject = if whose == "admin" { &admin.user_id } else { &member.user_id };
        let path = format!("/admin/users/{subject}{what}");
        let cause = held.queue(request(&server, method, &path, &boss, body)).await;
        let mut late = Vec::new();
        for (method, path, body) in [
            (Method::PATCH, "/service/info", json!({"name": "Taken over"})),
            (Method::POST, "/service/invites", json!({"email": "eve@evil.example", "role": "admin"})),
            (Method::POST, "/service/auth/switch-environment", json!({"environment": "staging"})),
            (Method::POST, "/service/members/leave", Json::Null),
            // The denial of it is recorded in nobody's name.
            (Method::GET, "/admin/stats", Json::Null),
        ] {
            late.push(held.queue(request(&server, method, path, &token, body)).await);
        }
        let body = json!({"tenant_id": org.id, "reason": "Again"});
        let path = format!("/admin/users/{}/impersonate", member.user_id);
        let again = held.queue(request(&server, Method::POST, &path, &admin.access, body)).await;
        held.release().await;
        assert!(cause.await.unwrap().status.is_success(), "{whose} {what}");
        for late in late {
            late.await.unwrap().expect_problem(signed_out.0, signed_out.1);
        }
        again.await.unwrap().expect_problem(start_again.0, start_again.1);

        let name = server.get("/service/info", &org.owner.scoped).await.expect(200)["name"].clone();
        assert_eq!((name, outbox(&server).await.len()), (json!("The acme"), mails), "{whose} {what}");
        // What was caused left its own trace, more than one where an account goes with its membership.
        let left = audited_changes(&server).await.split_off(events);
        let causes = ["user.demoted", "user.promoted", "user.disabled", "user.deleted", "user.sessions_ended"];
        assert!(left.iter().filter(|line| causes.iter().any(|cause| line.starts_with(cause))).count() == 1, "{left:?}");
        assert!(left.len() == 1 || left.iter().any(|line| line.starts_with("membership.removed")), "{left:?}");
        let is_there = roster(&server, &org.owner.scoped).await.contains(&"member@acme.com admin active".to_owned());
        assert_eq!(is_there, left.len() == 1, "{left:?}");
        server.finish().await;
    }
}
