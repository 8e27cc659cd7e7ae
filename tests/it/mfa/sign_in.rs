//! The two steps of a sign-in.

use reqwest::header::SET_COOKIE;
use serde_json::{Value as Json, json};

use super::{DEV, MINUTE, STEP, challenge, challenge_of, sign_in_with, state, verify, verify_request, with_phone};
use crate::audit::events;
use crate::harness::{PASSWORD, Reply, TestServer, Tokens, send};
use crate::inspect::{audited_changes, count, login, password_hash, send_together};

/// Signs in with an emailed code, as far as that goes.
async fn otp(server: &TestServer, email: &str) -> Reply {
    server.advance(MINUTE);
    server.post("/global/auth/otp/request", json!({"email": email})).await.expect(200);
    let code = server.mail.next_mail_to(email).await.six_digit_code();
    server.post("/global/auth/otp/verify", json!({"email": email, "code": code})).await
}

#[tokio::test]
async fn a_password_and_an_emailed_code_are_one_factor_only() {
    let server = TestServer::start().await;
    let link = server.register(DEV).await;
    server.post("/global/auth/verify-email", json!({"token": link})).await.expect(200);
    let tokens = server.sign_in(DEV).await;
    let phone = super::set_up(&server, &tokens.access, DEV).await;
    let last_login = server.get("/global/auth/me", &tokens.access).await.expect(200)["last_login_at"].clone();
    server.advance(MINUTE);
    let waiting = challenge(&server, DEV).await;
    let me = server.get("/global/auth/me", &tokens.access).await.expect(200);
    assert_eq!(me["last_login_at"], last_login, "half a sign-in is none");
    let code = phone.code_near(&server, 0);
    let by_password = Tokens::of(&verify(&server, &waiting, &code).await.expect(200));

    let waiting = challenge_of(&otp(&server, DEV).await);
    let by_otp = Tokens::of(&verify(&server, &waiting, &phone.code(&server)).await.expect(200));
    for tokens in [&by_password, &by_otp] {
        assert_eq!(state(&server, &tokens.access).await["session_proven"], true);
        let refreshed = server.post("/global/auth/refresh", json!({"refresh_token": tokens.refresh})).await;
        assert_eq!(state(&server, &Tokens::of(&refreshed.expect(200)).access).await["session_proven"], true);
    }
    let audit = audited_changes(&server).await;
    let of_sign_ins = audit.iter().filter(|event| event.starts_with("session."));
    let expected = [
        r#"session.created {"method":"password"}"#,
        r#"session.challenged {"method":"password"}"#,
        r#"session.created {"method":"password","second_factor":"totp"}"#,
        r#"session.challenged {"method":"otp"}"#,
        r#"session.created {"method":"otp","second_factor":"totp"}"#,
    ];
    assert_eq!(of_sign_ins.collect::<Vec<_>>(), expected);
    server.finish().await;
}

/// Contract 14: what kind of client it is counts where the tokens are handed out.
#[tokio::test]
async fn the_second_step_decides_on_the_cookie() {
    let server = TestServer::start().await;
    let (_, phone) = with_phone(&server, DEV).await;
    let (token, code) = (challenge(&server, DEV).await, phone.code(&server));
    let reply = send(verify_request(&server, &token, &code).header("X-Trueport-Session", "cookie")).await;
    assert!(reply.expect(200).get("refresh_token").is_none());
    let cookie = reply.headers[SET_COOKIE].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    // The first step sets none, whatever it is asked for: see `challenge_of`.
    let request = crate::inspect::login_request(&server, DEV, PASSWORD).header("X-Trueport-Session", "cookie");
    let token = challenge_of(&send(request).await);
    assert!(verify(&server, &token, &phone.code(&server)).await.expect(200)["refresh_token"].is_string());
    server.finish().await;
}

#[tokio::test]
async fn a_code_is_taken_once() {
    let mut server = TestServer::start().await;
    let (_, phone) = with_phone(&server, DEV).await;
    let refused = async |server: &TestServer, code: &str| {
        let token = challenge(server, DEV).await;
        verify(server, &token, code).await.expect_problem(401, "invalid_code");
    };
    // The one that finished the setting up, and the one before it.
    for steps in [0, -1] {
        refused(&server, &phone.code_near(&server, steps)).await;
    }
    // A clock may be a step ahead; then the step in between is gone.
    let ahead = phone.code_near(&server, 1);
    verify(&server, &challenge(&server, DEV).await, &ahead).await.expect(200);
    refused(&server, &ahead).await;
    refused(&server, &phone.code_near(&server, 2)).await;
    server.advance(STEP);
    server.restart().await;
    refused(&server, &ahead).await;
    // Or a step behind, and no more.
    server.advance(4 * STEP);
    refused(&server, &phone.code_near(&server, -2)).await;
    let behind = phone.code_near(&server, -1);
    verify(&server, &challenge(&server, DEV).await, &behind).await.expect(200);
    let now = phone.code_near(&server, 0);
    verify(&server, &challenge(&server, DEV).await, &now).await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn of_parallel_second_steps_with_one_code_one_succeeds() {
    let server = TestServer::start().await;
    let (_, phone) = with_phone(&server, DEV).await;
    let (token, code) = (challenge(&server, DEV).await, phone.code(&server));
    let replies = send_together((0..20).map(|_| verify_request(&server, &token, &code))).await;
    assert_eq!((count(&replies, 200), count(&replies, 401)), (1, 19), "{replies:?}");
    // However many sign-ins wait.
    let mut tokens = Vec::new();
    for _ in 0..8 {
        tokens.push(challenge(&server, DEV).await);
    }
    let code = phone.code(&server);
    let replies = send_together(tokens.iter().map(|token| verify_request(&server, token, &code))).await;
    assert_eq!((count(&replies, 200), count(&replies, 401)), (1, 7), "{replies:?}");
    let replies = send_together(tokens.iter().map(|token| verify_request(&server, token, &phone.recovery_codes[0])));
    let replies = replies.await;
    assert_eq!((count(&replies, 200), count(&replies, 401)), (1, 7), "{replies:?}");
    server.mail.next_mail_to(DEV).await;
    let sessions = events(&server).await.iter().filter(|event| event.action == "session.created").count();
    assert_eq!(sessions, 4);
    server.finish().await;
}

#[tokio::test]
async fn a_recovery_code_stands_in_once() {
    let server = TestServer::start().await;
    let (tokens, phone) = with_phone(&server, DEV).await;
    let (_, stranger) = with_phone(&server, "other@acme.com").await;
    let typed = |index: usize| phone.recovery_codes[index].clone();
    let forms =
        [typed(0), typed(1).replace('-', ""), typed(2).to_uppercase(), format!(" {} ", typed(3).replace('-', " "))];
    for (index, form) in forms.iter().enumerate() {
        let token = challenge(&server, DEV).await;
        verify(&server, &token, &stranger.recovery_codes[index]).await.expect_problem(401, "invalid_code");
        let signed_in = Tokens::of(&verify(&server, &token, form).await.expect(200));
        let mail = server.mail.next_mail_to(DEV).await;
        assert_eq!(mail.subject, "A recovery code of your TruePort account was used");
        assert!(mail.text.contains(&format!("Recovery codes left: {}", 9 - index)), "{}", mail.text);
        assert_eq!(state(&server, &signed_in.access).await["session_proven"], true);
        assert_eq!(state(&server, &tokens.access).await["recovery_codes_left"], 9 - index);
        let token = challenge(&server, DEV).await;
        for again in [form.clone(), typed(index), typed(index).to_uppercase()] {
            verify(&server, &token, &again).await.expect_problem(401, "invalid_code");
        }
    }
    let audit = audited_changes(&server).await;
    assert!(audit.contains(&r#"user.recovery_code_used {"left":6}"#.to_owned()));
    assert!(audit.contains(&r#"session.created {"method":"password","second_factor":"recovery_code"}"#.to_owned()));
    server.finish().await;
}

/// Contract 16: the code proves the address at once, so whoever waits inside is out; it opens nothing by itself.
#[tokio::test]
async fn the_first_proof_of_the_address_comes_with_the_emailed_code() {
    let server = TestServer::start().await;
    let (waiting, phone) = with_phone(&server, DEV).await;
    let half = challenge(&server, DEV).await;
    let token = challenge_of(&otp(&server, DEV).await);
    server.get("/global/auth/me", &waiting.access).await.expect_problem(401, "unauthorized");
    assert_eq!(password_hash(&server, DEV).await, "");
    login(&server, DEV, PASSWORD).await.expect_problem(401, "invalid_credentials");
    let code = phone.code(&server);
    verify(&server, &half, &code).await.expect_problem(401, "invalid_code");
    let tokens = Tokens::of(&verify(&server, &token, &code).await.expect(200));
    let me = server.get("/global/auth/me", &tokens.access).await.expect(200);
    assert!(me["email_verified_at"].is_string());
    server.finish().await;
}

/// Contract 23: a reset neither takes a factor away nor counts as one.
#[tokio::test]
async fn a_reset_leaves_the_factor_alone() {
    let server = TestServer::start().await;
    let (_, phone) = with_phone(&server, DEV).await;
    server.post("/global/auth/forgot-password", json!({"email": DEV})).await.expect(200);
    let token = server.mail.next_mail_to(DEV).await.link_token();
    let body = json!({"token": token, "new_password": PASSWORD});
    let reply: Json = server.post("/global/auth/reset-password", body).await.expect(200);
    assert!(reply.get("access_token").is_none());
    server.mail.next_mail_to(DEV).await;
    sign_in_with(&server, DEV, &phone).await;
    server.finish().await;
}
