//! A mail is sent by one worker at a time.

use std::time::Duration;

use serde_json::json;
use trueport::domain::caller::System;
use trueport::store::outbox;

use super::{copies_to, register, rows, settled};
use crate::executable::{Installation, Running, eventually, together};
use crate::harness::{PASSWORD, Setup, TestServer};
use crate::smtp_sink::{Behaviour, Phase, SmtpSink};

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

/// One connection that hangs holds up its own mail only.
#[tokio::test]
async fn a_mail_that_hangs_holds_up_no_other() {
    let server = TestServer::start().await;
    server.mail.behave(Behaviour::Hang(Phase::Message));
    register(&server, "first@acme.com").await.expect(201);
    eventually("the first mail hangs", || async {
        let row = rows(&server, "first@acme.com").await.swap_remove(0);
        (row.attempts == 1 && server.mail.connections() == 1).then_some(())
    })
    .await;
    register(&server, "second@acme.com").await.expect(201);
    eventually("the second one is on its way", || async { (server.mail.connections() == 2).then_some(()) }).await;
    assert_eq!(rows(&server, "first@acme.com").await[0].status, "waiting");
    server.mail.stop().await;
    server.finish().await;
}
