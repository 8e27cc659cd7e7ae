//! Tries that fail, and how often and how long a mail is tried.

use std::time::Duration;

use serde_json::json;

use super::{FIRST_BACKOFF, copies_to, failed_try, register, rows, settled};
use crate::executable::eventually;
use crate::harness::TestServer;
use crate::smtp_sink::{Behaviour, Phase};

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

/// Contract 22: only tries whose outcome is unknown count towards giving a mail up, and three of them.
#[tokio::test]
async fn tries_that_failed_for_certain_give_no_mail_up() {
    let server = TestServer::start().await;
    server.mail.behave(Behaviour::RefuseRecipient(450));
    register(&server, "dev@acme.com").await.expect(201);
    let refused = Behaviour::RefuseRecipient(450);
    let unknown = Behaviour::AcceptThenCloseBeforeReplyToData;
    let tries = [refused, refused, refused, unknown, refused, unknown, unknown];
    for (index, behaviour) in tries.into_iter().enumerate() {
        server.mail.behave(behaviour);
        server.advance(if index == 0 { 0 } else { 1_800 });
        let row = eventually("the try has ended", || async {
            let row = rows(&server, "dev@acme.com").await.swap_remove(0);
            (row.attempts == index as i64 + 1 && row.error.is_some()).then_some(row)
        })
        .await;
        let status = if index == tries.len() - 1 { "failed" } else { "waiting" };
        assert_eq!(row.status, status, "after try {index}");
    }
    for _ in 0..3 {
        server.mail.next_mail_to("dev@acme.com").await;
    }
    server.finish().await;
}
