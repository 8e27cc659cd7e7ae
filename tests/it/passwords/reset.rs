//! Forgotten passwords.

use serde_json::json;
use trueport::domain::caller::Operator;
use trueport::domain::fields::Email;
use trueport::domain::operators;
use trueport::error::Code;
use trueport::secret::Secret;

use super::{DEV, MINUTE, NEW, THIRD, WRONG, change, email_change, forgot, is_signed_in, reset, reset_token, told};
use crate::harness::{PASSWORD, Setup, TestServer, Tokens};
use crate::inspect::{
    audited_changes, count, login, look, outbox, post_request, send_together, set_disabled, set_password,
};

#[tokio::test]
async fn a_reset_link_sets_a_password_as_specified() {
    let server = TestServer::start().await;
    let person = server.person(DEV).await;
    let other = server.sign_in(DEV).await;
    let reply = forgot(&server, " DEV@acme.com ").await;
    assert_eq!(reply.expect(200), json!({"message": "If that email exists, a reset link has been sent"}));
    let mail = server.mail.next_mail_to(DEV).await;
    let token = mail.link_token();
    assert_eq!(token.len(), 43, "256 bits in base64url");
    assert!(mail.text.contains(&format!("https://trueport.example/#/reset-password?token={token}")), "{}", mail.text);
    // A link that is made, seen or followed changes nothing yet.
    server.get(&format!("/global/auth/reset-password?token={token}"), "").await.expect(405);
    assert!(is_signed_in(&server, &person).await);

    let reply = reset(&server, &token, NEW).await;
    assert_eq!(reply.expect(200), json!({"message": "Password updated successfully"}));
    told(&server, DEV).await;
    for tokens in [&person, &other] {
        assert!(!is_signed_in(&server, tokens).await);
    }
    login(&server, DEV, PASSWORD).await.expect_problem(401, "invalid_credentials");
    let tokens = Tokens::of(&login(&server, DEV, NEW).await.expect(200));
    reset(&server, &token, THIRD).await.expect_problem(400, "invalid_token");
    assert!(is_signed_in(&server, &tokens).await);
    assert!(audited_changes(&server).await.contains(&r#"user.password_reset {"sessions_ended":2}"#.to_owned()));
    server.finish().await;
}

#[tokio::test]
async fn nobody_learns_who_has_an_account_by_forgetting_a_password() {
    let server = TestServer::start().await;
    server.register(DEV).await;
    server.register("disabled@acme.com").await;
    set_disabled(&server, "disabled@acme.com", true).await;
    let before = server.audit().await.len();
    let unknown = forgot(&server, "unknown@acme.com").await;
    for email in [DEV, DEV, "disabled@acme.com", "unknown@acme.com"] {
        assert_eq!(look(&forgot(&server, email).await), look(&unknown), "{email}");
    }
    let expected = ["welcome dev@acme.com", "welcome disabled@acme.com", "reset_password dev@acme.com"];
    assert_eq!(outbox(&server).await, expected);
    assert_eq!(server.audit().await.len(), before, "such a request is not audited");
    server.mail.next_mail_to(DEV).await;
    for (path, body, fields) in [
        ("/global/auth/forgot-password", json!({}), vec!["email"]),
        ("/global/auth/forgot-password", json!({"email": "dev"}), vec!["email"]),
        ("/global/auth/reset-password", json!({"token": "x"}), vec!["new_password"]),
        ("/global/auth/reset-password", json!({"new_password": NEW}), vec!["token"]),
        ("/global/auth/reset-password", json!({"token": 1, "new_password": NEW}), vec!["token"]),
    ] {
        assert_eq!(server.post(path, body).await.invalid_fields(), fields);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_reset_link_works_once_within_an_hour() {
    let server = TestServer::start().await;
    server.register(DEV).await;
    let late = reset_token(&server, DEV).await;
    server.advance(60 * MINUTE);
    reset(&server, &late, NEW).await.expect_problem(400, "invalid_token");
    let in_time = reset_token(&server, DEV).await;
    server.advance(60 * MINUTE - 1);
    for wrong in ["", "x", &in_time[1..], &format!("{in_time}A"), &in_time.to_lowercase()] {
        reset(&server, wrong, NEW).await.expect_problem(400, "invalid_token");
    }
    let body = json!({"token": in_time, "new_password": NEW});
    let requests = (0..10).map(|_| post_request(&server, "/global/auth/reset-password", &body));
    let replies = send_together(requests).await;
    assert_eq!((count(&replies, 200), count(&replies, 400)), (1, 9), "{replies:?}");
    told(&server, DEV).await;
    assert_eq!(outbox(&server).await.iter().filter(|mail| mail.starts_with("password_changed")).count(), 1);
    server.finish().await;
}

/// What makes a reset link of before worthless.
#[derive(Clone, Copy, Debug)]
enum Event {
    Nothing,
    Change,
    OtherReset,
    OperatorReset,
    FirstProof,
    EmailChange,
    Disabled,
    WrongPassword,
    SignIn,
}

#[tokio::test]
async fn a_reset_link_is_dead_after_any_change_of_the_password_or_address() {
    let cases = [
        (Event::Nothing, true),
        (Event::WrongPassword, true),
        (Event::SignIn, true),
        (Event::Change, false),
        (Event::OtherReset, false),
        (Event::OperatorReset, false),
        (Event::FirstProof, false),
        (Event::EmailChange, false),
        (Event::Disabled, false),
    ];
    let server = TestServer::start().await;
    for (index, (event, works)) in cases.into_iter().enumerate() {
        let email = format!("dev{index}@acme.com");
        server.register(&email).await;
        let token = reset_token(&server, &email).await;
        server.advance(MINUTE);
        happen(&server, &email, event).await;
        let reply = reset(&server, &token, THIRD).await;
        if works {
            reply.expect(200);
            told(&server, &email).await;
        } else {
            reply.expect_problem(400, "invalid_token");
        }
    }
    server.finish().await;
}

async fn happen(server: &TestServer, email: &str, event: Event) {
    match event {
        Event::Nothing => {}
        Event::SignIn => drop(server.sign_in(email).await),
        Event::WrongPassword => {
            let tokens = server.sign_in(email).await;
            change(server, &tokens, WRONG, NEW).await.expect(400);
        }
        Event::Change => {
            let tokens = server.sign_in(email).await;
            change(server, &tokens, PASSWORD, NEW).await.expect(200);
            told(server, email).await;
        }
        Event::OtherReset => {
            let other = reset_token(server, email).await;
            reset(server, &other, NEW).await.expect(200);
            told(server, email).await;
        }
        Event::OperatorReset => {
            let hash = server.app.hasher().seat().unwrap().hash(&Secret::new(NEW)).await.expect("there is room");
            set_password(server, email, hash).await;
            let mail = server.mail.next_mail_to(email).await;
            assert!(mail.text.contains("command line"), "{}", mail.text);
        }
        Event::FirstProof => {
            server.post("/global/auth/otp/request", json!({"email": email})).await.expect(200);
            let code = server.mail.next_mail_to(email).await.six_digit_code();
            server.post("/global/auth/otp/verify", json!({"email": email, "code": code})).await.expect(200);
        }
        Event::EmailChange => {
            let tokens = server.sign_in(email).await;
            let new = format!("new-{email}");
            let token = email_change(server, &tokens, email, &new).await;
            server.post("/global/auth/verify-email", json!({"token": token})).await.expect(200);
            server.mail.next_mail_to(email).await;
        }
        Event::Disabled => set_disabled(server, email, true).await,
    }
}

/// Contract 16: the link went to the address, so whoever has it reads the mails there; who waits inside is out.
#[tokio::test]
async fn a_reset_proves_the_address_of_an_unverified_account() {
    let server = TestServer::start().await;
    let waiting = server.person(DEV).await;
    let token = reset_token(&server, DEV).await;
    reset(&server, &token, NEW).await.expect(200);
    told(&server, DEV).await;
    let verified_at = server.clock.now().to_string();
    assert!(!is_signed_in(&server, &waiting).await);
    let owner = Tokens::of(&login(&server, DEV, NEW).await.expect(200));
    let me = server.get("/global/auth/me", &owner.access).await.expect(200);
    assert_eq!(me["email_verified_at"], verified_at);

    // So a code is not the first proof any more, and leaves the password.
    server.advance(MINUTE);
    server.post("/global/auth/otp/request", json!({"email": DEV})).await.expect(200);
    let mail = server.mail.next_mail_to(DEV).await;
    assert!(!mail.text.contains("removes"), "{}", mail.text);
    let body = json!({"email": DEV, "code": mail.six_digit_code()});
    server.post("/global/auth/otp/verify", body).await.expect(200);
    login(&server, DEV, NEW).await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn a_reset_lets_in_who_was_locked_out() {
    let server = TestServer::start().await;
    server.register(DEV).await;
    for _ in 0..10 {
        login(&server, DEV, WRONG).await.expect(401);
    }
    login(&server, DEV, PASSWORD).await.expect(429);
    let token = reset_token(&server, DEV).await;
    reset(&server, &token, NEW).await.expect(200);
    told(&server, DEV).await;
    login(&server, DEV, NEW).await.expect(200);
    server.finish().await;
}

/// A link that could not work is not handed out.
#[tokio::test]
async fn the_operator_gets_no_link_for_a_disabled_account() {
    let server = TestServer::start_with(Setup { smtp: false, ..Setup::default() }).await;
    server.register("dev@acme.com").await;
    let link = || async {
        let (installation, email) = (server.app.installation(), Email::parse("dev@acme.com").unwrap());
        server.app.write(&Operator, move |tx, by| operators::reset_link(tx, by, &installation, &email)).await
    };
    set_disabled(&server, "dev@acme.com", true).await;
    assert_eq!(link().await.unwrap_err().code(), Code::AccountDisabled);
    set_disabled(&server, "dev@acme.com", false).await;
    assert!(link().await.unwrap().expose().starts_with("https://trueport.example/#/reset-password?token="));
    server.finish().await;
}
