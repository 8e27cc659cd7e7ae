//! Sessions and their tokens over time (contract 10, 11, 12 and 14).

mod cookie_mode;
mod ends;
mod lifetime;
mod refresh;

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::harness::{Reply, TestServer, Tokens};
use crate::tokens::claims;

const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60 * MINUTE;

pub(crate) async fn refresh(server: &TestServer, token: &str) -> Reply {
    server.post("/global/auth/refresh", json!({"refresh_token": token})).await
}

pub(crate) async fn logout(server: &TestServer, token: &str) -> Reply {
    server.call(Method::POST, "/global/auth/logout", token, Json::Null).await
}

/// Moves the clock so that the next request runs `before` ahead of this second.
pub(crate) fn wait_until(server: &TestServer, second: i64, before: Duration) {
    let target = second * 1000 - i64::try_from(before.as_millis()).unwrap();
    let span = target - server.clock.now().millis() - 1;
    server.clock.advance(Duration::from_millis(u64::try_from(span).expect("a moment to come")));
}

/// Moves the clock to the end of this token.
pub(crate) fn wait_until_expired(server: &TestServer, token: &str) {
    wait_until(server, claims(token)["exp"].as_i64().expect("an exp"), Duration::ZERO);
}

pub(crate) const A_MOMENT: Duration = Duration::from_millis(1);

/// Fails unless nothing of the session works any more.
async fn assert_ended(server: &TestServer, pairs: &[&Tokens]) {
    for pair in pairs {
        server.get("/global/auth/me", &pair.access).await.expect_problem(401, "unauthorized");
        refresh(server, &pair.refresh).await.expect_problem(401, "invalid_refresh_token");
        logout(server, &pair.access).await.expect_problem(401, "unauthorized");
    }
}
