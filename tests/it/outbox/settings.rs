//! Mails and the settings of the mail server: none, other ones, and its password.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;
use trueport::domain::settings::ConfigValue;
use trueport::secret::Secret;

use super::{FIRST_BACKOFF, failed_try, register, rows, settled};
use crate::executable::Installation;
use crate::harness::{Setup, TestServer};
use crate::smtp_sink::SmtpSink;

#[tokio::test]
async fn without_a_mail_server_mails_wait_until_there_is_one() {
    let mut server = TestServer::start_with(Setup { smtp: false, ..Setup::default() }).await;
    register(&server, "jane@example.com").await.expect(201);
    server.restart().await;
    server.advance(24 * 60 * 60);
    register(&server, "john@example.com").await.expect(201);
    for email in ["jane@example.com", "john@example.com"] {
        let row = rows(&server, email).await.pop().unwrap();
        assert_eq!((row.status.as_str(), row.attempts, row.says_something), ("waiting", 0, true));
    }
    holds_nothing_of(server.folder(), &["token=", "verify-email"]);

    server.set_config("smtp.port", json!(server.mail.address().port())).await;
    server.set_config("smtp.security", json!("none")).await;
    server.set_config("smtp.host", json!("127.0.0.1")).await;
    let mail = server.mail.next_mail_to("jane@example.com").await;
    assert_eq!(mail.from, "trueport@trueport.example");
    server.mail.next_mail_to("john@example.com").await;
    settled(&server, "john@example.com", "sent").await;
    server.finish().await;
}

#[tokio::test]
async fn other_settings_are_tried_at_once() {
    let server = TestServer::start_with(Setup { smtp: false, ..Setup::default() }).await;
    // A port on which nobody listens, as long as the sink that has it is stopped.
    let nobody = SmtpSink::start().await;
    nobody.stop().await;
    server.set_config("smtp.security", json!("none")).await;
    server.set_config("smtp.port", json!(nobody.address().port())).await;
    server.set_config("smtp.host", json!("127.0.0.1")).await;
    register(&server, "jane@example.com").await.expect(201);
    let row = failed_try(&server, "jane@example.com", 1).await;
    assert!(row.due_at > server.clock.now());
    // The clock stands still: it goes out although its time has not come.
    server.set_config("smtp.port", json!(server.mail.address().port())).await;
    server.mail.next_mail_to("jane@example.com").await;
    settled(&server, "jane@example.com", "sent").await;
    server.finish().await;
}

#[tokio::test]
async fn mails_are_signed_in_for_where_the_mail_server_wants_it() {
    let password = "hunter2-and-more";
    let values = BTreeMap::from([
        ("smtp.username", ConfigValue::Text("mailer".into())),
        ("smtp.password", ConfigValue::Secret(Secret::new(password))),
    ]);
    let server = TestServer::start_with(Setup { values, ..Setup::default() }).await;
    server.mail.require_login("mailer", "another one");
    register(&server, "jane@example.com").await.expect(201);
    // 535 is a 5xx, but the mail is not at fault and is kept.
    let error = failed_try(&server, "jane@example.com", 1).await.error.unwrap_or_default();
    assert!(error.contains("sign-in") && !error.contains(password), "{error}");

    server.mail.require_login("mailer", password);
    server.advance(FIRST_BACKOFF);
    server.mail.next_mail_to("jane@example.com").await;
    settled(&server, "jane@example.com", "sent").await;
    let tried = ("mailer".to_owned(), password.to_owned());
    assert_eq!(server.mail.logins_tried(), [tried.clone(), tried]);
    server.finish().await;
}

#[tokio::test]
async fn the_stored_password_of_the_mail_server_is_seen_nowhere() {
    let mail = SmtpSink::start().await;
    mail.require_login("mailer", "the right password 1");
    let wrong = "hunter2-wrong-password";
    let installation = Installation::new();
    let port = mail.address().port().to_string();
    let values =
        [("smtp.security", "none"), ("smtp.port", &port), ("smtp.username", "mailer"), ("smtp.host", "127.0.0.1")];
    for (key, value) in values {
        installation.run(&["config", "set", key, value]).await.expect(0);
    }
    let set = ["config", "set", "smtp.password", "--value-stdin"];
    let mut shown = installation.run_with_input(&set, wrong).await.expect(0).to_string();

    let server = installation.serve().await;
    server.register("jane@example.com").await.expect(201);
    server.logged("mail not delivered yet").await;
    for arguments in
        [&["mail", "list"][..], &["mail", "list", "--json"], &["config", "list"], &["config", "get", "smtp.password"]]
    {
        shown += &installation.run(arguments).await.expect(0).to_string();
    }
    shown += &installation.run(&["mail", "test", "--to", "jane@example.com"]).await.expect(4).to_string();
    assert!(mail.logins_tried().iter().all(|(_, password)| password == wrong));

    // A running server takes the new one within a second, and sends what waits.
    installation.run_with_input(&set, "the right password 1\n").await.expect(0);
    mail.next_mail_to("jane@example.com").await;
    shown += &server.stop().await;
    assert!(!shown.contains("hunter2") && !shown.contains("right password"), "{shown}");
    holds_nothing_of(&installation.data_dir(), &["hunter2", "right password"]);
}

/// No file of this folder holds one of these texts in the clear.
fn holds_nothing_of(folder: &Path, texts: &[&str]) {
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for text in texts {
            let found = bytes.windows(text.len()).any(|window| window == text.as_bytes());
            assert!(!found, "{text} is in {}", path.display());
        }
    }
}
