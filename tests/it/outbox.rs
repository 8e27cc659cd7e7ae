//! The outbox: mails that wait for a mail server that fails, and go out once (contract 22).
#![allow(clippy::unwrap_used)] // in helpers as in the tests themselves

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_json::json;
use trueport::args;
use trueport::clock::Time;
use trueport::domain::caller::System;
use trueport::domain::settings::ConfigValue;
use trueport::secret::Secret;
use trueport::store::outbox;

use crate::executable::{Installation, Running, eventually, together};
use crate::harness::{PASSWORD, Reply, Setup, TestServer};
use crate::smtp_sink::{Behaviour, Phase, SmtpSink};

/// A row of the outbox.
#[derive(Debug, PartialEq)]
struct Row {
    status: String,
    attempts: i64,
    due_at: Time,
    /// Whether it still says something, sealed.
    says_something: bool,
    error: Option<String>,
}

async fn rows(server: &TestServer, recipient: &str) -> Vec<Row> {
    let recipient = recipient.to_owned();
    let read = move |tx: &mut trueport::db::Tx<'_>| {
        let rows = tx.all(
            "SELECT status, attempts, due_at, variables_sealed, last_error FROM outbox WHERE recipient = ?1 \
             ORDER BY created_at, id",
            args![&recipient],
            |row| {
                let sealed: Option<Vec<u8>> = row.get(3)?;
                if let Some(sealed) = &sealed {
                    assert!(
                        !sealed.windows(4).any(|word| word == b"Jane" || word == b"http"),
                        "what a mail says is sealed"
                    );
                }
                Ok(Row {
                    status: row.get(0)?,
                    attempts: row.get(1)?,
                    due_at: row.get(2)?,
                    says_something: sealed.is_some(),
                    error: row.get(4)?,
                })
            },
        )?;
        Ok(rows)
    };
    server.app.read(read).await.expect("the outbox can be read")
}

/// The newest mail to `recipient`, once it is as `wanted` says.
async fn row_when(server: &TestServer, recipient: &str, what: &str, wanted: impl Fn(&Row) -> bool) -> Row {
    let ask = || async { rows(server, recipient).await.pop().filter(&wanted) };
    eventually(&format!("the mail to {recipient} is {what}"), ask).await
}

async fn settled(server: &TestServer, recipient: &str, status: &str) -> Row {
    let row = row_when(server, recipient, status, |row| row.status == status).await;
    assert!(!row.says_something, "what the mail said is erased");
    row
}

/// The newest mail to `recipient` after its try number `attempts` has failed.
async fn failed_try(server: &TestServer, recipient: &str, attempts: i64) -> Row {
    let claim = Duration::from_secs(200);
    let row = row_when(server, recipient, &format!("back after {attempts} tries"), |row| {
        row.attempts == attempts && row.error.is_some() && row.due_at < server.clock.now() + claim
    })
    .await;
    assert_eq!((row.status.as_str(), row.says_something), ("waiting", true));
    row
}

async fn register(server: &TestServer, email: &str) -> Reply {
    let body = json!({"email": email, "password": PASSWORD, "first_name": "Jane", "last_name": "Doe"});
    server.post("/global/auth/register", body).await
}

fn copies_to(mail: &SmtpSink, recipient: &str) -> usize {
    mail.mails().iter().filter(|mail| mail.to == [recipient]).count()
}

/// Longer than the first waiting time, shorter than the time for which a worker holds a mail.
const FIRST_BACKOFF: u64 = 6;

#[tokio::test]
async fn a_mail_waits_while_the_mail_server_fails_and_goes_out_once() {
    let server = TestServer::start().await;
    let failures = [
        Behaviour::RefuseConnection421,
        Behaviour::RefuseRecipient(421),
        Behaviour::RefuseRecipient(450),
        // The server wants a sign-in: a matter of the settings, not of the mail.
        Behaviour::RefuseRecipient(530),
        Behaviour::RefuseData(451),
        Behaviour::CloseAt(Phase::Connect),
        Behaviour::CloseAt(Phase::Hello),
        Behaviour::CloseAt(Phase::Sender),
        Behaviour::CloseAt(Phase::Recipient),
        Behaviour::CloseAt(Phase::Data),
        Behaviour::CloseAt(Phase::Message),
    ];
    for (index, failure) in failures.into_iter().enumerate() {
        // A connection from the case before would hide what happens at the start of one.
        server.mail.stop().await;
        server.mail.behave(failure);
        server.mail.restart().await;
        let email = format!("jane{index}@example.com");
        register(&server, &email).await.expect(201);
        let row = failed_try(&server, &email, 1).await;
        assert_eq!(copies_to(&server.mail, &email), 0, "{failure:?}");
        let error = row.error.unwrap_or_default();
        assert!(error.contains("127.0.0.1"), "{failure:?} is told as {error:?}");

        server.mail.behave(Behaviour::Accept);
        server.advance(FIRST_BACKOFF);
        server.mail.next_mail_to(&email).await;
        assert_eq!(settled(&server, &email, "sent").await.attempts, 2, "{failure:?}");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_mail_server_that_hangs_or_is_away_holds_up_no_request() {
    let server = TestServer::start().await;
    let hanging = [Phase::Connect, Phase::Hello, Phase::Sender, Phase::Recipient, Phase::Data, Phase::Message];
    for (index, phase) in hanging.into_iter().enumerate() {
        server.mail.stop().await;
        server.mail.behave(Behaviour::Hang(phase));
        server.mail.restart().await;
        let email = format!("jane{index}@example.com");
        let connections = server.mail.connections();
        register(&server, &email).await.expect(201);
        let asked = || async { (server.mail.connections() > connections).then_some(()) };
        eventually("the server has connected to the mail server", asked).await;
        // It hangs now, and everything that sends a mail is answered all the same.
        server.post("/global/auth/otp/request", json!({"email": email})).await.expect(200);
        server.post("/global/auth/forgot-password", json!({"email": email})).await.expect(200);
        server.sign_in(&email).await;
        let row = rows(&server, &email).await.swap_remove(0);
        assert_eq!((row.attempts, row.error), (1, None), "the first try is still under way");

        server.mail.stop().await;
        let waiting = || async {
            let rows = rows(&server, &email).await;
            rows.iter().all(|row| row.status == "waiting" && row.error.is_some()).then_some(rows.len())
        };
        assert_eq!(eventually("every mail has failed", waiting).await, 3);
        server.mail.behave(Behaviour::Accept);
        server.mail.restart().await;
        server.advance(FIRST_BACKOFF);
        for _ in 0..3 {
            server.mail.next_mail_to(&email).await;
        }
        assert_eq!(copies_to(&server.mail, &email), 3, "{phase:?}");
        // The address may take part in the next case again.
        server.advance(60);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_slow_mail_server_gets_every_mail_once() {
    let server = TestServer::start().await;
    server.mail.behave(Behaviour::SlowReplies(Duration::from_millis(100)));
    let emails: Vec<String> = (0..6).map(|index| format!("jane{index}@example.com")).collect();
    for email in &emails {
        register(&server, email).await.expect(201);
    }
    for email in &emails {
        server.mail.next_mail_to(email).await;
        assert_eq!(settled(&server, email, "sent").await.attempts, 1);
    }
    server.finish().await;
}

#[tokio::test]
async fn the_waiting_time_doubles_up_to_half_an_hour() {
    let server = TestServer::start().await;
    server.mail.stop().await;
    register(&server, "jane@example.com").await.expect(201);
    for (index, seconds) in [5, 10, 20, 40, 80].into_iter().enumerate() {
        let attempts = i64::try_from(index).unwrap() + 1;
        let row = failed_try(&server, "jane@example.com", attempts).await;
        assert_eq!(row.due_at.since(server.clock.now()), Duration::from_secs(seconds), "after try {attempts}");
        server.advance(seconds);
    }
    server.mail.restart().await;
    server.advance(30 * 60);
    server.mail.next_mail_to("jane@example.com").await;
    settled(&server, "jane@example.com", "sent").await;
    server.finish().await;
}

#[tokio::test]
async fn a_mail_whose_outcome_is_unknown_is_repeated_under_the_same_message_id() {
    let mut server = TestServer::start().await;
    server.mail.behave(Behaviour::AcceptThenCloseBeforeReplyToData);
    register(&server, "jane@example.com").await.expect(201);
    let first = server.mail.next_mail_to("jane@example.com").await;
    let row = failed_try(&server, "jane@example.com", 1).await;
    assert!(row.error.unwrap_or_default().contains("may have been delivered"));

    // The id outlives the process.
    server.mail.behave(Behaviour::Accept);
    server.restart().await;
    server.advance(FIRST_BACKOFF);
    let second = server.mail.next_mail_to("jane@example.com").await;
    assert_eq!(first.message_id, second.message_id);
    assert!(first.message_id.ends_with("@trueport.example"), "{}", first.message_id);
    assert_eq!(first.text, second.text);
    settled(&server, "jane@example.com", "sent").await;

    register(&server, "john@example.com").await.expect(201);
    let other = server.mail.next_mail_to("john@example.com").await;
    assert_ne!(first.message_id, other.message_id);
    server.finish().await;
}

#[tokio::test]
async fn a_mail_that_is_refused_for_good_is_given_up() {
    let server = TestServer::start().await;
    let refusals = [Behaviour::RefuseRecipient(550), Behaviour::RefuseRecipient(553), Behaviour::RefuseData(554)];
    for (index, refusal) in refusals.into_iter().enumerate() {
        let email = format!("jane{index}@example.com");
        server.mail.behave(refusal);
        register(&server, &email).await.expect(201);
        let row = settled(&server, &email, "failed").await;
        assert_eq!(row.attempts, 1);
        assert!(row.error.unwrap_or_default().contains("refused"), "{refusal:?}");

        // Nor is it tried later: a mail that is due after it arrives first.
        server.mail.behave(Behaviour::Accept);
        server.advance(60 * 60);
        let barrier = format!("john{index}@example.com");
        server.register(&barrier).await;
        assert_eq!(settled(&server, &email, "failed").await.attempts, 1);
        assert_eq!(copies_to(&server.mail, &email), 0, "{refusal:?}");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_mail_that_has_expired_is_never_sent() {
    let server = TestServer::start().await;
    server.register("jane@example.com").await;
    server.mail.stop().await;
    server.post("/global/auth/otp/request", json!({"email": "jane@example.com"})).await.expect(200);
    failed_try(&server, "jane@example.com", 1).await;
    // Due again, and of no use any more, at the same look.
    server.advance(10 * 60 + 1);
    server.mail.restart().await;
    settled(&server, "jane@example.com", "expired").await;
    server.register("john@example.com").await;
    assert_eq!(copies_to(&server.mail, "jane@example.com"), 1, "the welcome mail only");
    server.finish().await;
}

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

/// What is left of a worker that died: a mail that is taken, and nobody sends it.
#[tokio::test]
async fn a_mail_taken_by_a_worker_that_died_is_sent_when_its_time_is_over() {
    let server = TestServer::start_with(Setup { smtp: false, ..Setup::default() }).await;
    register(&server, "jane@example.com").await.expect(201);
    let claim = |tx: &mut trueport::db::Tx<'_>, _: &System| {
        let until = tx.now() + Duration::from_secs(300);
        Ok(outbox::claim(tx, 10, until)?)
    };
    let taken = server.app.write(&System, claim).await.unwrap();
    assert_eq!(taken.len(), 1);
    assert!(server.app.write(&System, claim).await.unwrap().is_empty(), "nobody takes it twice");

    server.set_config("smtp.port", json!(server.mail.address().port())).await;
    server.set_config("smtp.security", json!("none")).await;
    server.set_config("smtp.host", json!("127.0.0.1")).await;
    register(&server, "john@example.com").await.expect(201);
    server.mail.next_mail_to("john@example.com").await;
    assert_eq!(copies_to(&server.mail, "jane@example.com"), 0);
    server.advance(300);
    let mail = server.mail.next_mail_to("jane@example.com").await;
    assert_eq!(format!("<{}>", mail.message_id), taken[0].message_id);
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

/// Two processes on one database, which only PostgreSQL allows.
#[tokio::test]
async fn two_servers_on_one_database_send_nothing_twice() {
    let mail = SmtpSink::start().await;
    let installation = Installation::new().with_smtp(&mail);
    if installation.database.is_none() {
        return;
    }
    installation.create_admin("admin@example.com").await.expect(0);
    installation.run(&["config", "set", "auth.anonymous_requests_per_minute", "100000"]).await.expect(0);
    let key = installation.data_dir().join("master.key");
    let first = installation.serve().await;
    let other_folder = installation.folder.path().join("other");
    let mut second = installation.command(&["serve", "--data-dir", other_folder.to_str().unwrap()]);
    second.env("TRUEPORT_MASTER_KEY_FILE", &key);
    let second = Running::start(second).await;

    let emails: Vec<String> = (0..24).map(|index| format!("jane{index}@example.com")).collect();
    let registering = emails.iter().enumerate().map(|(index, email)| {
        let server = if index % 2 == 0 { &first } else { &second };
        server.register(email)
    });
    for reply in together(registering).await {
        reply.expect(201);
    }
    for email in &emails {
        mail.next_mail_to(email).await;
    }
    let both = [first.stop().await, second.stop().await];
    assert_eq!(mail.mails().len(), emails.len());
    for (index, log) in both.iter().enumerate() {
        assert!(log.contains("mail delivered"), "server {index} took part:\n{log}");
    }
}

/// Contract 22: a mail is sent by one try at a time, also when other settings make waiting mails due at once.
#[tokio::test]
async fn what_is_on_its_way_is_not_made_due_again() {
    let server = TestServer::start().await;
    server.mail.behave(Behaviour::RefuseRecipient(450));
    let body = json!({"email": "dev@acme.com", "password": PASSWORD, "first_name": "Jane", "last_name": "Doe"});
    server.post("/global/auth/register", body).await.expect(201);
    let hasten = || async { server.app.write(&System, |tx, _| Ok(outbox::hasten(tx)?)).await.unwrap() };
    eventually("the first try fails", || async { rows(&server, "dev@acme.com").await[0].error.clone() }).await;

    server.mail.behave(Behaviour::Hang(Phase::Recipient));
    assert_eq!(hasten().await, 1);
    eventually("the second try is under way", || async {
        let row = rows(&server, "dev@acme.com").await.swap_remove(0);
        (row.attempts == 2).then_some(())
    })
    .await;
    assert_eq!(hasten().await, 0);
    server.mail.stop().await;
    server.finish().await;
}
