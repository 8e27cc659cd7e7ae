//! Contract 45: twenty wrong codes an hour for the person, wherever they are given.

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::challenges::wrong_codes;
use super::{
    DEV, MINUTE, Phone, RECOVERY_CODES, begin, challenge, confirm, post, remove, set_up, sign_in_with, verify,
    verify_request, with_phone,
};
use crate::audit::events;
use crate::harness::{PASSWORD, Setup, TestServer, Tokens, send};
use crate::inspect::{count, look, send_together};
use crate::plans::platform_admin;
use crate::sessions::refresh;
use crate::tokens::claims;

/// Gives wrong codes, four with each token.
async fn guess(server: &TestServer, phone: &Phone, times: u32) {
    let mut token = String::new();
    for index in 0..times {
        if index % 4 == 0 {
            token = challenge(server, DEV).await;
        }
        verify(server, &token, &phone.wrong(server, index)).await.expect_problem(401, "invalid_code");
    }
}

async fn locked_mail(server: &TestServer) {
    let mail = server.mail.next_mail_to(DEV).await;
    assert_eq!(mail.subject, "The second factor of your TruePort account is locked");
}

#[tokio::test]
async fn twenty_wrong_codes_lock_the_factor_for_an_hour() {
    let mut server = TestServer::start().await;
    let (mut tokens, phone) = with_phone(&server, DEV).await;
    // A right one in between forgives nothing.
    guess(&server, &phone, 10).await;
    sign_in_with(&server, DEV, &phone).await;
    server.advance(29 * MINUTE);
    guess(&server, &phone, 9).await;
    sign_in_with(&server, DEV, &phone).await;
    let wrong = verify(&server, &challenge(&server, DEV).await, &phone.wrong(&server, 0)).await;
    locked_mail(&server).await;

    let refused = async |server: &TestServer, tokens: &Tokens| {
        let token = challenge(server, DEV).await;
        let code = phone.code(server);
        assert_eq!(look(&verify(server, &token, &code).await), look(&wrong), "locked looks like wrong");
        remove(server, &tokens.access, &code).await.expect_problem(401, "invalid_code");
        let body = json!({"current_password": PASSWORD, "code": code});
        post(server, RECOVERY_CODES, &tokens.access, body).await.expect_problem(401, "invalid_code");
    };
    for pause in [0, 20 * MINUTE, 38 * MINUTE] {
        server.advance(pause);
        server.restart().await;
        tokens = Tokens::of(&refresh(&server, &tokens.refresh).await.expect(200));
        refused(&server, &tokens).await;
    }
    // What was tried meanwhile does not make it longer.
    server.advance(2 * MINUTE);
    sign_in_with(&server, DEV, &phone).await;
    assert_eq!(wrong_codes(&server).await, 0);
    let locked = events(&server).await.iter().filter(|event| event.action == "user.second_factor_locked").count();
    assert_eq!(locked, 1);
    server.finish().await;
}

#[tokio::test]
async fn every_route_that_takes_a_code_counts_it() {
    let server = TestServer::start().await;
    let tokens = server.person(DEV).await;
    let phone = begin(&server, &tokens.access).await;
    for index in 0..5 {
        confirm(&server, &tokens.access, &phone.wrong(&server, index)).await.expect_problem(401, "invalid_code");
    }
    let phone = set_up(&server, &tokens.access, DEV).await;
    for index in 0..5 {
        remove(&server, &tokens.access, &phone.wrong(&server, index)).await.expect_problem(401, "invalid_code");
        let body = json!({"current_password": PASSWORD, "code": phone.wrong(&server, index)});
        post(&server, RECOVERY_CODES, &tokens.access, body).await.expect_problem(401, "invalid_code");
    }
    assert_eq!(wrong_codes(&server).await, 15);
    // The rest at once, with a token each.
    let mut waiting = Vec::new();
    for _ in 0..20 {
        waiting.push(challenge(&server, DEV).await);
    }
    let guesses = waiting.iter().map(|token| verify_request(&server, token, &phone.wrong(&server, 9)));
    assert_eq!(count(&send_together(guesses).await, 401), 20);
    locked_mail(&server).await;
    let token = challenge(&server, DEV).await;
    verify(&server, &token, &phone.code(&server)).await.expect_problem(401, "invalid_code");
    server.finish().await;
}

/// Whoever knows the password locks the app's codes as often as he likes, and keeps nobody out with it.
#[tokio::test]
async fn recovery_codes_are_counted_apart_and_by_address() {
    let server = TestServer::start_with(Setup { trusted_proxies: vec!["127.0.0.1/32"], ..Setup::default() }).await;
    let (_, phone) = with_phone(&server, DEV).await;
    let (_, stranger) = with_phone(&server, "other@acme.com").await;
    let from = async |address: &str, code: &str| {
        let token = challenge(&server, DEV).await;
        send(verify_request(&server, &token, code).header("x-forwarded-for", address)).await
    };
    let (attacker, owner) = ("192.0.2.1", "198.51.100.7");
    for index in 0..20 {
        from(attacker, &phone.wrong(&server, index)).await.expect_problem(401, "invalid_code");
    }
    locked_mail(&server).await;
    from(owner, &phone.code(&server)).await.expect_problem(401, "invalid_code");
    let wrong = from(attacker, &stranger.recovery_codes[0]).await;
    for index in 1..20 {
        from(attacker, &stranger.recovery_codes[index % 10]).await.expect_problem(401, "invalid_code");
    }
    // Right or wrong, nothing more comes from there.
    let refused = from(attacker, &phone.recovery_codes[0]).await;
    refused.expect_problem(401, "invalid_code");
    assert_eq!(look(&refused), look(&wrong));
    let tokens = Tokens::of(&from(owner, &phone.recovery_codes[0]).await.expect(200));
    server.mail.next_mail_to(DEV).await;

    // The person can have another app at once: the lock was that of the factor which is gone.
    remove(&server, &tokens.access, &phone.recovery_codes[1]).await.expect(204);
    for _ in 0..2 {
        server.mail.next_mail_to(DEV).await;
    }
    let phone = set_up(&server, &tokens.access, DEV).await;
    from(owner, &phone.code(&server)).await.expect(200);

    for index in 0..20 {
        from(attacker, &stranger.recovery_codes[index % 10]).await.expect_problem(401, "invalid_code");
    }
    from(attacker, &phone.recovery_codes[0]).await.expect_problem(401, "invalid_code");
    server.advance(60 * MINUTE);
    from(attacker, &phone.recovery_codes[0]).await.expect(200);
    server.mail.next_mail_to(DEV).await;
    server.finish().await;
}

/// A token alone must not lock the factor of whoever it was taken from.
#[tokio::test]
async fn a_code_for_what_was_not_begun_does_not_count() {
    let server = TestServer::start().await;
    let (tokens, phone) = with_phone(&server, DEV).await;
    for index in 0..21 {
        confirm(&server, &tokens.access, &phone.wrong(&server, index)).await.expect_problem(401, "invalid_code");
    }
    assert_eq!(wrong_codes(&server).await, 0);
    sign_in_with(&server, DEV, &phone).await;
    server.finish().await;
}

/// Whoever reads the person's mail could else guess on and on.
#[tokio::test]
async fn a_new_password_opens_no_lock_and_an_administrator_does() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let (tokens, phone) = with_phone(&server, DEV).await;
    guess(&server, &phone, 20).await;
    locked_mail(&server).await;
    server.post("/global/auth/forgot-password", json!({"email": DEV})).await.expect(200);
    let token = server.mail.next_mail_to(DEV).await.link_token();
    let body = json!({"token": token, "new_password": PASSWORD});
    server.post("/global/auth/reset-password", body).await.expect(200);
    server.mail.next_mail_to(DEV).await;
    let token = challenge(&server, DEV).await;
    verify(&server, &token, &phone.code(&server)).await.expect_problem(401, "invalid_code");

    let path = format!("/admin/users/{}/unlock", claims(&tokens.access)["sub"].as_str().unwrap());
    server.call(Method::POST, &path, &admin, Json::Null).await.expect(204);
    Tokens::of(&verify(&server, &token, &phone.code(&server)).await.expect(200));
    server.finish().await;
}
