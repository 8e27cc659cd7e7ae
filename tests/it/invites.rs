//! Invitations into an organization (contract 9, 16, 21, 22 and 27).

mod accept;
mod delivery;
mod limits;
mod listing;
mod register;
mod revoked;
mod send;

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::clock::Time;
use trueport::db::Tx;
use trueport::domain::caller::System;

use crate::harness::{PASSWORD, Reply, TestServer};
use crate::organization::{Organization, Person, select};

const DAY: u64 = 24 * 60 * 60;

/// Well-formed, and of no invitation.
const NONE: &str = "inv_01h455vb4pex5vsknk084sn02q";

/// Texts in the place of an id that are none.
const MALFORMED: [&str; 5] = [
    "inv_1",
    "INV_01h455vb4pex5vsknk084sn02q",
    "mem_01h455vb4pex5vsknk084sn02q",
    "inv_01h455vb4pex5vsknk084sn02q0",
    "%27%20OR%201=1",
];

/// The list as `limit=200` shows it.
async fn invites(server: &TestServer, scoped: &str) -> Vec<Json> {
    let listed = server.get("/service/invites?limit=200", scoped).await.expect(200);
    let items = listed["items"].as_array().expect("a list").clone();
    assert_eq!(listed["total"], items.len());
    items
}

/// The invited addresses, newest first.
async fn invited(server: &TestServer, scoped: &str) -> Vec<String> {
    let items = invites(server, scoped).await;
    items.iter().map(|item| item["email"].as_str().expect("an address").to_owned()).collect()
}

async fn resend(server: &TestServer, scoped: &str, id: &str) -> Reply {
    server.call(Method::POST, &format!("/service/invites/{id}/resend"), scoped, Json::Null).await
}

async fn revoke(server: &TestServer, scoped: &str, id: &str) -> Reply {
    server.call(Method::DELETE, &format!("/service/invites/{id}"), scoped, Json::Null).await
}

fn registration(email: &str, token: &Json) -> Json {
    json!({"email": email, "password": PASSWORD, "first_name": "Jane", "last_name": "Doe", "invite_token": token})
}

async fn register(server: &TestServer, email: &str, token: &str) -> Reply {
    server.post("/global/auth/register", registration(email, &json!(token))).await
}

async fn me(server: &TestServer, access: &str) -> Json {
    server.get("/global/auth/me", access).await.expect(200)
}

/// The person with new tokens: the old ones end long before an invitation does.
async fn signed_in_again(server: &TestServer, org: &Organization, person: &Person) -> Person {
    let access = server.sign_in(&person.email).await.access;
    let scoped = select(server, &access, &org.id).await;
    Person { access, scoped, ..person.clone() }
}

/// Moves the clock so that the next request runs at this moment.
fn next_request_at(server: &TestServer, moment: Time) {
    let span = moment.since(server.clock.now());
    server.clock.advance(span.checked_sub(std::time::Duration::from_millis(1)).expect("a moment to come"));
}

/// Stores what the API would not.
async fn store(server: &TestServer, sql: &'static str) {
    let write = move |tx: &mut Tx<'_>, _: &System| Ok(tx.execute(sql, trueport::args![])?);
    server.app.write(&System, write).await.expect("the statement is sound");
}
