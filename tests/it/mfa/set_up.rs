//! Setting a factor up, and taking it away.

use reqwest::Method;
use serde_json::json;

use super::{
    CONFIRM, DEV, MINUTE, Phone, RECOVERY_CODES, TOTP, begin, challenge, confirm, post, remove, set_up, sign_in_with,
    state, verify, with_phone,
};
use crate::harness::{PASSWORD, TestServer, Tokens};
use crate::inspect::{attempts, audited_changes, count, login, outbox, send_together};

#[tokio::test]
async fn an_app_is_set_up_as_the_contract_says() {
    let server = TestServer::start().await;
    let here = server.person(DEV).await;
    let elsewhere = server.sign_in(DEV).await;
    let nothing = json!({"enabled": false, "factors": [], "recovery_codes_left": 0, "session_proven": false});
    assert_eq!(state(&server, &here.access).await, nothing);

    let reply = post(&server, TOTP, &here.access, json!({"current_password": PASSWORD})).await;
    let begun = reply.expect(200);
    let (secret, uri) = (begun["secret"].as_str().unwrap(), begun["otpauth_uri"].as_str().unwrap());
    assert!(secret.len() == 32 && secret.bytes().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit()));
    let parsed: reqwest::Url = uri.parse().unwrap();
    assert_eq!((parsed.scheme(), parsed.host_str()), ("otpauth", Some("totp")));
    assert!(parsed.query_pairs().any(|pair| pair == ("secret".into(), secret.into())), "{uri}");
    assert!(parsed.query_pairs().any(|pair| pair == ("issuer".into(), "TruePort".into())), "{uri}");
    assert!(parsed.path().replace("%3A", ":").replace("%40", "@").ends_with("TruePort:dev@acme.com"), "{uri}");
    let svg = begun["qr_svg"].as_str().unwrap();
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>"), "{svg}");
    assert!(!svg.contains("script") && !svg.contains("href") && !svg.contains("style"), "{svg}");
    assert_eq!(svg.matches('<').count(), 4, "a rectangle and a path: {svg}");

    // Nothing is different before the first code.
    assert_eq!(state(&server, &here.access).await, nothing);
    server.sign_in(DEV).await;
    let phone = Phone::of(secret);
    confirm(&server, &here.access, &phone.wrong(&server, 0)).await.expect_problem(401, "invalid_code");
    server.get("/global/auth/me", &elsewhere.access).await.expect(200);
    assert_eq!(outbox(&server).await.len(), 1);

    let code = phone.code_near(&server, 0);
    let spaced = format!(" {} {} ", &code[..3], &code[3..]);
    let codes = confirm(&server, &here.access, &spaced).await.expect(200)["recovery_codes"].clone();
    let codes: Vec<&str> = codes.as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
    assert_eq!(codes.len(), 10);
    assert!(codes.iter().all(|code| code.len() == 19 && code.split('-').all(|group| group.len() == 4)), "{codes:?}");
    assert_eq!(codes.iter().collect::<std::collections::BTreeSet<_>>().len(), 10);
    let mail = server.mail.next_mail_to(DEV).await;
    assert_eq!(mail.subject, "A second factor was added to your TruePort account");

    server.get("/global/auth/me", &elsewhere.access).await.expect_problem(401, "unauthorized");
    let state = state(&server, &here.access).await;
    assert_eq!((&state["enabled"], &state["session_proven"]), (&json!(true), &json!(true)));
    assert_eq!(state["recovery_codes_left"], 10);
    assert_eq!(state["factors"][0]["kind"], "totp");
    assert!(state["factors"][0]["id"].as_str().unwrap().starts_with("fac_"), "{state}");
    let events = audited_changes(&server).await;
    let own: Vec<&String> = events.iter().filter(|event| event.starts_with("user.second_factor")).collect();
    assert_eq!(
        own,
        [
            r#"user.second_factor_begun {"kind":"totp"}"#,
            r#"user.second_factor_added {"kind":"totp","sessions_ended":2}"#
        ]
    );
    server.finish().await;
}

#[tokio::test]
async fn it_needs_the_password() {
    let server = TestServer::start().await;
    let tokens = server.person(DEV).await;
    let (other, phone) = with_phone(&server, "other@acme.com").await;
    let wrong = json!({"current_password": "Not The Password 1"});
    post(&server, TOTP, &tokens.access, wrong.clone()).await.expect_problem(400, "wrong_password");
    assert_eq!(attempts(&server).await, 1);
    begin(&server, &tokens.access).await;
    assert_eq!(attempts(&server).await, 1, "only the wrong one counts");
    for body in [json!({}), json!({"current_password": null}), json!({"current_password": 5})] {
        assert_eq!(post(&server, TOTP, &tokens.access, body).await.invalid_fields(), ["current_password"]);
    }
    for body in [json!({}), json!({"code": 123456})] {
        assert_eq!(post(&server, CONFIRM, &tokens.access, body).await.invalid_fields(), ["code"]);
    }
    // So does taking it away, and so do new recovery codes; whoever has none is told so.
    for (method, path) in [(Method::DELETE, TOTP), (Method::POST, RECOVERY_CODES)] {
        let mut body = json!({"current_password": "Not The Password 1", "code": phone.code(&server)});
        let call = async |token: &str, body| server.call(method.clone(), path, token, body).await;
        call(&other.access, body.clone()).await.expect_problem(400, "wrong_password");
        call(&tokens.access, body.clone()).await.expect_problem(404, "not_found");
        body["current_password"] = json!(PASSWORD);
        body["code"] = json!(phone.wrong(&server, 0));
        call(&other.access, body.clone()).await.expect_problem(401, "invalid_code");
        call("", body.clone()).await.expect_problem(401, "unauthorized");
        body.as_object_mut().unwrap().remove("code");
        assert_eq!(call(&other.access, body).await.invalid_fields(), ["code"]);
    }
    for _ in 0..9 {
        post(&server, TOTP, &tokens.access, wrong.clone()).await.expect_problem(400, "wrong_password");
    }
    let right = json!({"current_password": PASSWORD});
    post(&server, TOTP, &tokens.access, right).await.expect_problem(429, "too_many_attempts");
    server.finish().await;
}

/// One app for each account: the newest that was begun, for a quarter of an hour.
#[tokio::test]
async fn only_the_newest_beginning_can_be_finished_and_in_time() {
    let server = TestServer::start().await;
    let (tokens, stranger) = (server.person(DEV).await, server.person("other@acme.com").await);
    let (older, newer) = (begin(&server, &tokens.access).await, begin(&server, &tokens.access).await);
    for (token, phone) in [(&tokens.access, &older), (&stranger.access, &newer)] {
        confirm(&server, token, &phone.code_near(&server, 0)).await.expect_problem(401, "invalid_code");
    }
    server.advance(15 * MINUTE);
    confirm(&server, &tokens.access, &newer.code_near(&server, 0)).await.expect_problem(401, "invalid_code");

    let right = json!({"current_password": PASSWORD});
    let request = || server.request(Method::POST, TOTP).bearer_auth(&tokens.access).json(&right);
    let begun = send_together((0..6).map(|_| request())).await;
    assert_eq!(count(&begun, 200), 6);
    let phones: Vec<Phone> = begun.iter().map(|reply| Phone::of(reply.json()["secret"].as_str().unwrap())).collect();
    let confirmations = phones.iter().map(|phone| {
        let body = json!({"code": phone.code_near(&server, 0)});
        server.request(Method::POST, CONFIRM).bearer_auth(&tokens.access).json(&body)
    });
    let confirmed = send_together(confirmations).await;
    assert_eq!((count(&confirmed, 200), count(&confirmed, 401)), (1, 5));
    server.mail.next_mail_to(DEV).await;

    // There is one now.
    post(&server, TOTP, &tokens.access, right).await.expect_problem(409, "mfa_already_enabled");
    server.finish().await;
}

#[tokio::test]
async fn without_the_app_a_sign_in_is_as_before() {
    let server = TestServer::start().await;
    let (tokens, phone) = with_phone(&server, DEV).await;
    let other = sign_in_with(&server, DEV, &phone).await;
    let waiting = challenge(&server, DEV).await;
    let code = phone.code(&server);
    remove(&server, &tokens.access, &code).await.expect(204);
    let mail = server.mail.next_mail_to(DEV).await;
    assert_eq!(mail.subject, "The second factor of your TruePort account was removed");
    for token in [&tokens.access, &other.access] {
        let nothing = json!({"enabled": false, "factors": [], "recovery_codes_left": 0, "session_proven": false});
        assert_eq!(state(&server, token).await, nothing);
    }
    // What it had opened by half is closed.
    let code = phone.code(&server);
    verify(&server, &waiting, &code).await.expect_problem(401, "invalid_code");
    verify(&server, &waiting, &phone.recovery_codes[0]).await.expect_problem(401, "invalid_code");
    server.sign_in(DEV).await;
    remove(&server, &tokens.access, &phone.code(&server)).await.expect_problem(404, "not_found");

    // Another one is another one, and takes no token of the time before.
    let next = set_up(&server, &tokens.access, DEV).await;
    let code = next.code(&server);
    verify(&server, &waiting, &code).await.expect_problem(401, "invalid_code");
    verify(&server, &challenge(&server, DEV).await, &phone.code(&server)).await.expect_problem(401, "invalid_code");
    sign_in_with(&server, DEV, &next).await;
    // A recovery code takes it away, too.
    remove(&server, &tokens.access, &next.recovery_codes[3]).await.expect(204);
    for _ in 0..2 {
        server.mail.next_mail_to(DEV).await;
    }
    Tokens::of(&login(&server, DEV, PASSWORD).await.expect(200));
    server.finish().await;
}

#[tokio::test]
async fn new_recovery_codes_kill_those_before() {
    let server = TestServer::start().await;
    let (tokens, phone) = with_phone(&server, DEV).await;
    let body = json!({"current_password": PASSWORD, "code": phone.code(&server)});
    let renewed = post(&server, RECOVERY_CODES, &tokens.access, body.clone()).await.expect(200);
    let new: Vec<&str> =
        renewed["recovery_codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
    assert!(new.len() == 10 && new.iter().all(|code| !phone.recovery_codes.iter().any(|old| old == code)));
    let mail = server.mail.next_mail_to(DEV).await;
    assert_eq!(mail.subject, "New recovery codes for your TruePort account");
    assert!(!new.iter().any(|code| mail.text.contains(code) || mail.html.contains(code)), "{}", mail.text);
    post(&server, RECOVERY_CODES, &tokens.access, body).await.expect_problem(401, "invalid_code");
    let token = challenge(&server, DEV).await;
    verify(&server, &token, &phone.recovery_codes[0]).await.expect_problem(401, "invalid_code");
    verify(&server, &token, new[0]).await.expect(200);
    server.mail.next_mail_to(DEV).await;
    assert!(audited_changes(&server).await.contains(&"user.recovery_codes_renewed ".to_owned()));
    server.finish().await;
}

/// Whoever had a session before could else take the account with it, past the factor.
#[tokio::test]
async fn a_change_of_address_that_was_asked_for_before_is_void() {
    let server = TestServer::start().await;
    let tokens = server.person(DEV).await;
    let body = json!({"email": "other@acme.com", "current_password": PASSWORD});
    post(&server, "/global/auth/me/email", &tokens.access, body).await.expect(200);
    let link = server.mail.next_mail_to("other@acme.com").await.link_token();
    server.mail.next_mail_to(DEV).await;
    set_up(&server, &tokens.access, DEV).await;
    post(&server, "/global/auth/verify-email", "", json!({"token": link})).await.expect_problem(400, "invalid_token");
    server.finish().await;
}
