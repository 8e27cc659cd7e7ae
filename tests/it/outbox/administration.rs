//! The mails as platform admins see them: listed, hastened, and their links shown (contract 22).

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::{failed_try, register, settled};
use crate::audit::events;
use crate::harness::{Reply, Setup, TestServer};
use crate::inspect::set_platform_admin;
use crate::organization::{Organization, accept, invite, select};
use crate::plans::platform_admin;
use crate::smtp_sink::Behaviour;

const NO_IDS: [&str; 4] =
    ["msg_01h455vb4pex5vsknk084sn02q", "msg_1", "usr_01h455vb4pex5vsknk084sn02q", "%27%20OR%201=1"];

async fn without_mail_server() -> TestServer {
    TestServer::start_with(Setup { smtp: false, ..Setup::default() }).await
}

async fn act(server: &TestServer, admin: &str, id: &str, what: &str) -> Reply {
    server.call(Method::POST, &format!("/admin/outbox/{id}/{what}"), admin, Json::Null).await
}

async fn listed(server: &TestServer, admin: &str, query: &str) -> Vec<Json> {
    let listed = server.get(&format!("/admin/outbox?limit=200{query}"), admin).await.expect(200);
    assert_eq!(listed["total"], json!(listed["items"].as_array().unwrap().len()));
    listed["items"].as_array().unwrap().clone()
}

/// The id of the newest mail of this kind to this address.
async fn id_of(server: &TestServer, admin: &str, template: &str, recipient: &str) -> String {
    let items = listed(server, admin, "").await;
    let found = items.iter().find(|item| item["template"] == template && item["recipient"] == recipient);
    found.unwrap_or_else(|| panic!("no {template} to {recipient}"))["id"].as_str().unwrap().to_owned()
}

/// The token of a link that is shown.
async fn revealed(server: &TestServer, admin: &str, id: &str, page: &str) -> String {
    let link = act(server, admin, id, "reveal").await.expect(200)["link"].as_str().unwrap().to_owned();
    link.strip_prefix(&format!("https://trueport.example/#/{page}?token=")).expect("a link of this kind").to_owned()
}

#[tokio::test]
async fn without_a_mail_server_an_invitation_is_handed_over() {
    let server = without_mail_server().await;
    let admin = platform_admin(&server).await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let sent = invite(&server, &org.owner.scoped, "jane@acme.com", "viewer").await.expect(201);
    let created_at = server.clock.now().to_string();
    let items = listed(&server, &admin, "").await;
    let expected = json!({
        "id": items[0]["id"], "recipient": "jane@acme.com", "template": "invitation", "status": "waiting", "attempts": 0,
        "created_at": created_at, "due_at": created_at, "expires_at": sent["expires_at"], "settled_at": null,
        "last_error": null,
    });
    assert_eq!(items[0], expected);
    let id = items[0]["id"].as_str().unwrap();
    let before = events(&server).await.len();
    let shown = act(&server, &admin, id, "reveal").await.expect(200);
    let expected = json!({
        "recipient": "jane@acme.com", "template": "invitation", "link": shown["link"], "expires_at": sent["expires_at"],
    });
    assert_eq!(shown, expected);
    let token = revealed(&server, &admin, id, "invite").await;
    assert!(shown["link"].as_str().unwrap().ends_with(&token), "it is the same each time");
    let left = events(&server).await.split_off(before);
    for event in &left {
        let what = (event.action.as_str(), event.target_kind.as_str(), event.target_id.as_deref());
        assert_eq!(what, ("outbox.revealed", "message", Some(id)));
        assert_eq!(event.changes, json!({"recipient": "jane@acme.com", "template": "invitation"}));
        assert!(!format!("{event:?}").contains(&token));
    }
    assert_eq!(left.len(), 2);
    // It only shows what would have been sent: the address must fit as ever.
    accept(&server, &org.owner.access, &token).await.expect_problem(403, "invite_for_another_address");
    let access = server.person("jane@acme.com").await.access;
    accept(&server, &access, &token).await.expect(200);
    select(&server, &access, &org.id).await;
    server.finish().await;
}

/// One admin does not become another one, and nobody learns a code.
#[tokio::test]
async fn no_code_and_no_link_to_an_admins_password_is_shown() {
    let server = without_mail_server().await;
    let admin = platform_admin(&server).await;
    for email in ["jane@acme.com", "boss@acme.com"] {
        server.register(email).await;
    }
    set_platform_admin(&server, "boss@acme.com", true).await;
    for email in ["jane@acme.com", "boss@acme.com"] {
        for path in ["otp/request", "forgot-password"] {
            server.post(&format!("/global/auth/{path}"), json!({"email": email})).await.expect(200);
        }
        let code = id_of(&server, &admin, "otp", email).await;
        act(&server, &admin, &code, "reveal").await.expect_problem(403, "not_revealable");
        // The address of an admin can be proved for them; nothing is opened by it.
        let welcome = id_of(&server, &admin, "welcome", email).await;
        let token = revealed(&server, &admin, &welcome, "verify-email").await;
        server.post("/global/auth/verify-email", json!({"token": token})).await.expect(200);
    }
    let of_boss = id_of(&server, &admin, "reset_password", "boss@acme.com").await;
    act(&server, &admin, &of_boss, "reveal").await.expect_problem(403, "not_revealable");
    // What the person is now counts, not what they were when they asked.
    let of_jane = id_of(&server, &admin, "reset_password", "jane@acme.com").await;
    set_platform_admin(&server, "jane@acme.com", true).await;
    act(&server, &admin, &of_jane, "reveal").await.expect_problem(403, "not_revealable");
    // The two links that were shown, and nothing that was refused.
    assert_eq!(events(&server).await.iter().filter(|event| event.action == "outbox.revealed").count(), 2);
    set_platform_admin(&server, "jane@acme.com", false).await;
    // The promotion took the link away; whoever is no admin any more asks for another one.
    let reset = async |id: &str| {
        let token = revealed(&server, &admin, id, "reset-password").await;
        server
            .post("/global/auth/reset-password", json!({"token": token, "new_password": "Another Password 456"}))
            .await
    };
    reset(&of_jane).await.expect_problem(400, "invalid_token");
    server.advance(60);
    server.post("/global/auth/forgot-password", json!({"email": "jane@acme.com"})).await.expect(200);
    reset(&id_of(&server, &admin, "reset_password", "jane@acme.com").await).await.expect(200);
    // A notice has no link.
    let notice = id_of(&server, &admin, "password_changed", "jane@acme.com").await;
    act(&server, &admin, &notice, "reveal").await.expect_problem(403, "not_revealable");
    for id in NO_IDS {
        for what in ["reveal", "retry"] {
            act(&server, &admin, id, what).await.expect_problem(404, "not_found");
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn a_mail_that_waits_after_a_failure_is_sent_at_once() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    server.mail.stop().await;
    register(&server, "jane@acme.com").await.expect(201);
    register(&server, "other@acme.com").await.expect(201);
    failed_try(&server, "other@acme.com", 1).await;
    let failed = failed_try(&server, "jane@acme.com", 1).await;
    let id = id_of(&server, &admin, "welcome", "jane@acme.com").await;
    let item =
        listed(&server, &admin, "&status=waiting").await.into_iter().find(|item| item["id"] == json!(id)).unwrap();
    assert_eq!((&item["attempts"], &item["due_at"]), (&json!(1), &json!(failed.due_at.to_string())));
    assert_eq!(item["last_error"], json!(failed.error));
    server.mail.restart().await;
    act(&server, &admin, &id, "retry").await.expect(204);
    server.mail.next_mail_to("jane@acme.com").await;
    settled(&server, "jane@acme.com", "sent").await;
    assert!(server.mail.untaken().is_empty(), "only the one");
    // What is sent, refused for good or of no use any more stays so.
    server.mail.behave(Behaviour::RefuseRecipient(550));
    register(&server, "refused@acme.com").await.expect(201);
    settled(&server, "refused@acme.com", "failed").await;
    server.advance(8 * 24 * 60 * 60);
    settled(&server, "other@acme.com", "expired").await;
    let admin = server.sign_in("admin@trueport.example").await.access;
    let before = events(&server).await.len();
    for (email, status) in [("jane@acme.com", "sent"), ("refused@acme.com", "failed"), ("other@acme.com", "expired")] {
        let id = id_of(&server, &admin, "welcome", email).await;
        for what in ["retry", "reveal"] {
            act(&server, &admin, &id, what).await.expect_problem(409, "mail_settled");
        }
        let items = listed(&server, &admin, &format!("&status={status}")).await;
        let item = items.iter().find(|item| item["id"] == json!(id)).unwrap();
        assert_eq!((&item["status"], &item["due_at"]), (&json!(status), &Json::Null));
        assert!(item["settled_at"].is_string());
    }
    assert_eq!(events(&server).await.len(), before);
    server.finish().await;
}

/// Also before a job has looked at it.
#[tokio::test]
async fn what_has_expired_is_neither_shown_nor_tried() {
    let server = without_mail_server().await;
    let admin = platform_admin(&server).await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    invite(&server, &org.owner.scoped, "jane@acme.com", "viewer").await.expect(201);
    let id = id_of(&server, &admin, "invitation", "jane@acme.com").await;
    // Nothing has failed: it waits as it did.
    act(&server, &admin, &id, "retry").await.expect(204);
    server.advance(7 * 24 * 60 * 60);
    let admin = server.sign_in("admin@trueport.example").await.access;
    for what in ["reveal", "retry"] {
        act(&server, &admin, &id, what).await.expect_problem(409, "mail_settled");
    }
    server.finish().await;
}

#[tokio::test]
async fn the_list_has_pages_and_a_filter() {
    let server = without_mail_server().await;
    let admin = platform_admin(&server).await;
    for index in 0..3 {
        server.register(&format!("jane{index}@acme.com")).await;
    }
    for (query, expected, total) in [
        ("", &["jane2", "jane1", "jane0", "admin"][..], 4),
        ("?limit=1", &["jane2"], 4),
        ("?limit=2&offset=1", &["jane1", "jane0"], 4),
        ("?offset=4", &[], 4),
        ("?status=waiting&limit=1", &["jane2"], 4),
        ("?status=sent", &[], 0),
        ("?status=failed", &[], 0),
        ("?status=expired", &[], 0),
    ] {
        let listed = server.get(&format!("/admin/outbox{query}"), &admin).await.expect(200);
        let names = listed["items"].as_array().unwrap().iter().map(|item| item["recipient"].as_str().unwrap());
        assert_eq!(names.map(|email| email.split('@').next().unwrap()).collect::<Vec<_>>(), expected, "{query}");
        assert_eq!(listed["total"], total, "{query}");
        assert!(!listed.to_string().contains("token"), "{listed}");
    }
    for (query, fields) in [
        ("limit=0", &["limit"][..]),
        ("limit=201", &["limit"]),
        ("offset=-1", &["offset"]),
        ("status=", &["status"]),
        ("status=WAITING", &["status"]),
        ("status=waiting&status=sent", &["status"]),
    ] {
        assert_eq!(server.get(&format!("/admin/outbox?{query}"), &admin).await.invalid_fields(), fields, "{query}");
    }
    server.finish().await;
}
