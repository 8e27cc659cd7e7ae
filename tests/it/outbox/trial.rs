//! The test message that platform admins send: what the mail server says to the settings in force (contract 32).

use reqwest::Method;
use serde_json::json;

use crate::audit::events;
use crate::harness::{Reply, Setup, TestServer};
use crate::plans::platform_admin;
use crate::smtp_sink::{Behaviour, Phase, SmtpSink};

async fn send(server: &TestServer, admin: &str, to: &str) -> Reply {
    server.call(Method::POST, "/admin/mail/test", admin, json!({"to": to})).await
}

#[tokio::test]
async fn a_test_message_tells_by_its_kind_what_the_mail_server_answered() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let before = events(&server).await.len();
    let sent = send(&server, &admin, " Jane@Example.COM ").await.expect(200);
    let address = server.mail.address();
    let message = format!("{address} took the message to jane@example.com.");
    assert_eq!(sent, json!({"ok": true, "reason": null, "message": message}));
    assert_eq!(server.mail.next_mail_to("jane@example.com").await.from, "noreply@trueport.example");

    let cases = [
        (Behaviour::RefuseRecipient(550), "recipient", "refused the recipient: 550"),
        (Behaviour::RefuseRecipient(530), "sign_in", "530"),
        (Behaviour::RefuseData(554), "refused", "refused the message: 554"),
        (Behaviour::RefuseConnection421, "unreachable", "421"),
        (Behaviour::CloseAt(Phase::Sender), "interrupted", "naming the sender"),
        (Behaviour::AcceptThenCloseBeforeReplyToData, "interrupted", "may have been delivered"),
    ];
    for (behaviour, reason, text) in cases {
        server.mail.behave(behaviour);
        let failed = send(&server, &admin, "jane@example.com").await.expect(200);
        assert_eq!((&failed["ok"], &failed["reason"]), (&json!(false), &json!(reason)), "{failed}");
        let message = failed["message"].as_str().unwrap();
        assert!(message.contains(text) && message.starts_with("The ") && message.ends_with('.'), "{message}");
    }
    // What was accepted before the connection broke.
    server.mail.next_mail_to("jane@example.com").await;
    server.mail.stop().await;
    assert_eq!(send(&server, &admin, "jane@example.com").await.expect(200)["reason"], "unreachable");

    // It goes past the outbox, and each leaves its trace.
    let waiting = server.get("/admin/outbox", &admin).await.expect(200);
    assert!(!waiting.to_string().contains("jane@example.com"), "{waiting}");
    let left = events(&server).await.split_off(before);
    assert_eq!(left.len(), 8);
    for event in &left {
        assert_eq!((event.action.as_str(), event.target_kind.as_str()), ("mail.tested", "installation"));
        assert_eq!(event.changes["recipient"], "jane@example.com");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_test_message_heeds_the_settings_and_shows_no_password() {
    let server = TestServer::start_with(Setup { smtp: false, ..Setup::default() }).await;
    let admin = platform_admin(&server).await;
    for to in ["", "nobody", "jané@example.com", "a@b\r\nRCPT TO:<x@y.z>"] {
        assert_eq!(send(&server, &admin, to).await.invalid_fields(), ["to"], "{to:?}");
    }
    let unset = send(&server, &admin, "jane@example.com").await.expect(200);
    assert_eq!(unset, json!({"ok": false, "reason": "not_set", "message": "No mail server is set."}));

    // Another server in the body is none: it is asked at no other address.
    let other = SmtpSink::start().await;
    let password = "hunter2-and-more";
    for (key, value) in [
        ("smtp.port", json!(server.mail.address().port())),
        ("smtp.security", json!("none")),
        ("smtp.username", json!("mailer")),
        ("smtp.host", json!("127.0.0.1")),
    ] {
        server.set_config(key, value).await;
    }
    let body = json!({"to": "jane@example.com", "host": "127.0.0.1", "port": other.address().port()});
    let failed = server.call(Method::POST, "/admin/mail/test", &admin, body).await.expect(200);
    assert_eq!(failed["reason"], "settings", "{failed}");
    server.set_config("smtp.password", json!(password)).await;
    server.mail.require_login("mailer", "another one");
    let failed = send(&server, &admin, "jane@example.com").await.expect(200);
    assert_eq!(failed["reason"], "sign_in", "{failed}");
    assert!(failed["message"].as_str().unwrap().ends_with("AUTH PLAIN [left out]."), "{failed}");
    server.mail.require_login("mailer", password);
    assert_eq!(send(&server, &admin, "jane@example.com").await.expect(200)["ok"], true);
    server.mail.next_mail_to("jane@example.com").await;
    server.set_config("smtp.security", json!("starttls")).await;
    assert_eq!(send(&server, &admin, "jane@example.com").await.expect(200)["reason"], "encryption");
    server.set_config("smtp.security", json!("tls")).await;
    assert_eq!(send(&server, &admin, "jane@example.com").await.expect(200)["reason"], "encryption");
    assert_eq!(other.connections(), 0);
    let left = format!("{:?}", events(&server).await);
    assert!(!left.contains(password) && !failed.to_string().contains(password));
    server.finish().await;
}

#[tokio::test]
async fn nobody_has_the_server_send_test_messages_without_end() {
    let server = TestServer::start_with(Setup { smtp: false, ..Setup::default() }).await;
    let admin = platform_admin(&server).await;
    for _ in 0..60 {
        send(&server, &admin, "jane@example.com").await.expect(200);
    }
    let refused = send(&server, &admin, "jane@example.com").await;
    refused.expect_problem(429, "too_many_attempts");
    assert_eq!(refused.header("retry-after"), Some("3600"));
    server.advance(60 * 60);
    let admin = server.sign_in("admin@trueport.example").await.access;
    send(&server, &admin, "jane@example.com").await.expect(200);
    server.finish().await;
}
