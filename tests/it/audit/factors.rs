//! What is done with second factors leaves its trace, and shows no seed and no code.

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::Deed;
use crate::harness::{PASSWORD, TestServer};
use crate::mfa::{Phone, challenge, set_up};

/// Calls a route so that it changes something, for a person with a session.
pub(super) async fn perform(server: &TestServer, method: &str, path: &str, email: &str, access: &str) -> Deed {
    let call = async |method: &str, path: &str, token: &str, body: Json| {
        server.call(Method::from_bytes(method.as_bytes()).unwrap(), path, token, body).await
    };
    let password = json!({"current_password": PASSWORD});
    let begin = async || {
        let begun = call("POST", "/global/auth/mfa/totp", access, password.clone()).await;
        let secret = begun.expect(200)["secret"].as_str().unwrap().to_owned();
        (begun, secret)
    };
    let mut secrets = vec![PASSWORD.to_owned(), access.to_owned()];
    let deed = |reply, actions, secrets| Deed { reply, actions, secrets, tenant_id: None };
    match (method, path) {
        ("POST", "/global/auth/mfa/totp") => {
            let (reply, secret) = begin().await;
            secrets.push(secret);
            return deed(reply, &["user user.second_factor_begun"], secrets);
        }
        ("POST", "/global/auth/mfa/totp/confirm") => {
            let (_, secret) = begin().await;
            let code = Phone::of(&secret).code_near(server, 0);
            secrets.push(secret);
            let reply = call(method, path, access, json!({"code": code})).await;
            server.mail.next_mail_to(email).await;
            let codes = reply.json()["recovery_codes"].as_array().unwrap().clone();
            secrets.extend(codes.iter().map(|code| code.as_str().unwrap().to_owned()));
            return deed(reply, &["user user.second_factor_added"], secrets);
        }
        _ => {}
    }
    let phone = set_up(server, access, email).await;
    secrets.extend(phone.recovery_codes.clone());
    let code = &phone.recovery_codes[0];
    let body = json!({"current_password": PASSWORD, "code": code});
    let (reply, actions): (_, &'static [&'static str]) = match (method, path) {
        ("POST", "/global/auth/mfa/verify") => {
            let token = challenge(server, email).await;
            let reply = call(method, path, "", json!({"mfa_token": token, "code": code})).await;
            secrets.push(token);
            (reply, &["anonymous user.recovery_code_used", "user session.created"])
        }
        ("DELETE", "/global/auth/mfa/totp") => {
            let reply = call(method, path, access, body).await;
            server.mail.next_mail_to(email).await;
            (reply, &["user user.recovery_code_used", "user user.second_factor_removed"])
        }
        ("POST", "/global/auth/mfa/recovery-codes") => {
            let reply = call(method, path, access, body).await;
            server.mail.next_mail_to(email).await;
            (reply, &["user user.recovery_code_used", "user user.recovery_codes_renewed"])
        }
        _ => panic!("{method} {path} is new: add a call that succeeds, and what it leaves in the audit"),
    };
    server.mail.next_mail_to(email).await;
    deed(reply, actions, secrets)
}
