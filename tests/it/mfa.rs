//! Second factors: setting them up, signing in with them, and where they must be proved (contract 23, 42 and 45).

mod admins;
mod challenges;
mod enforcement;
mod limits;
mod set_up;
mod sign_in;
mod spared;

use aws_lc_rs::hmac;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value as Json, json};
use trueport::clock::Time;

use crate::harness::{PASSWORD, Reply, TestServer, Tokens};
use crate::inspect::{login, post_request};

const DEV: &str = "dev@acme.com";
const MINUTE: u64 = 60;
const STEP: u64 = 30;

const TOTP: &str = "/global/auth/mfa/totp";
const CONFIRM: &str = "/global/auth/mfa/totp/confirm";
const VERIFY: &str = "/global/auth/mfa/verify";
const RECOVERY_CODES: &str = "/global/auth/mfa/recovery-codes";

/// The app on somebody's telephone, as the RFC describes it.
#[derive(Clone, Debug)]
pub(crate) struct Phone {
    seed: Vec<u8>,
    pub(crate) recovery_codes: Vec<String>,
}

impl Phone {
    pub(crate) fn of(secret: &str) -> Self {
        let (mut bits, mut length, mut seed) = (0_u32, 0, Vec::new());
        for letter in secret.bytes() {
            let value = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|known| *known == letter);
            bits = (bits << 5) | u32::try_from(value.expect("base32")).unwrap();
            length += 5;
            if length >= 8 {
                length -= 8;
                seed.push(u8::try_from((bits >> length) & 0xff).unwrap());
            }
        }
        Self { seed, recovery_codes: Vec::new() }
    }

    /// The code of the step that is so many steps away from now.
    pub(crate) fn code_near(&self, server: &TestServer, steps: i64) -> String {
        self.code_at(Time::from_seconds(server.clock.now().seconds() + steps * 30))
    }

    /// The code of a moment.
    pub(crate) fn code_at(&self, moment: Time) -> String {
        let counter = moment.seconds() / 30;
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.seed);
        let tag = hmac::sign(&key, &counter.to_be_bytes());
        let bytes = tag.as_ref();
        let start = usize::from(bytes[19] & 15);
        let number = u32::from_be_bytes(bytes[start..start + 4].try_into().unwrap()) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }

    /// A code that was not used yet: half a minute later.
    pub(crate) fn code(&self, server: &TestServer) -> String {
        server.advance(STEP);
        self.code_near(server, 0)
    }

    /// Six digits that are no code now.
    pub(crate) fn wrong(&self, server: &TestServer, index: u32) -> String {
        let near: Vec<String> = (-2..=2).map(|steps| self.code_near(server, steps)).collect();
        let mut candidates = (0..).map(|number| format!("{number:06}")).filter(|code| !near.contains(code));
        candidates.nth(usize::try_from(index).unwrap()).unwrap()
    }
}

fn post(server: &TestServer, path: &str, token: &str, body: Json) -> impl Future<Output = Reply> {
    server.call(Method::POST, path, token, body)
}

/// Begins to set a factor up and returns its app.
async fn begin(server: &TestServer, token: &str) -> Phone {
    let begun = post(server, TOTP, token, json!({"current_password": PASSWORD})).await.expect(200);
    Phone::of(begun["secret"].as_str().unwrap())
}

async fn confirm(server: &TestServer, token: &str, code: &str) -> Reply {
    post(server, CONFIRM, token, json!({"code": code})).await
}

/// Sets a factor up in the session of a token. Takes the mail of it.
pub(crate) async fn set_up(server: &TestServer, token: &str, email: &str) -> Phone {
    let mut phone = begin(server, token).await;
    let confirmed = confirm(server, token, &phone.code_near(server, 0)).await.expect(200);
    let codes = confirmed["recovery_codes"].as_array().expect("codes");
    phone.recovery_codes = codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect();
    if server.setup.smtp {
        server.mail.next_mail_to(email).await;
    }
    phone
}

/// Somebody with a factor, and the session in which it was set up.
async fn with_phone(server: &TestServer, email: &str) -> (Tokens, Phone) {
    let tokens = server.person(email).await;
    let phone = set_up(server, &tokens.access, email).await;
    (tokens, phone)
}

/// The first step of a sign-in with the password; returns the token for the second one.
pub(crate) async fn challenge(server: &TestServer, email: &str) -> String {
    challenge_of(&login(server, email, PASSWORD).await)
}

/// The token in the reply to a first step, which holds nothing else that opens anything.
#[track_caller]
fn challenge_of(reply: &Reply) -> String {
    let body = reply.expect(200);
    let names: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(names, ["expires_in", "mfa_required", "mfa_token"]);
    assert_eq!((&body["mfa_required"], &body["expires_in"]), (&json!(true), &json!(300)));
    assert_eq!(reply.header("set-cookie"), None);
    body["mfa_token"].as_str().unwrap().to_owned()
}

fn verify_request(server: &TestServer, token: &str, code: &str) -> RequestBuilder {
    post_request(server, VERIFY, &json!({"mfa_token": token, "code": code}))
}

pub(crate) async fn verify(server: &TestServer, token: &str, code: &str) -> Reply {
    crate::harness::send(verify_request(server, token, code)).await
}

/// Both steps of a sign-in.
pub(crate) async fn sign_in_with(server: &TestServer, email: &str, phone: &Phone) -> Tokens {
    let token = challenge(server, email).await;
    let code = phone.code(server);
    Tokens::of(&verify(server, &token, &code).await.expect(200))
}

async fn state(server: &TestServer, token: &str) -> Json {
    server.get("/global/auth/mfa", token).await.expect(200)
}

/// Removes the factor with the password and a code.
async fn remove(server: &TestServer, token: &str, code: &str) -> Reply {
    let body = json!({"current_password": PASSWORD, "code": code});
    server.call(Method::DELETE, TOTP, token, body).await
}
