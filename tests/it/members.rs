//! Who is in an organization: the list, roles, removal, leaving, ownership (contract 6, 24 and 26).

mod change;
mod ends;
mod list;
mod names;
mod ownership;

use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::harness::{Reply, TestServer};
use crate::organization::Organization;

/// Well-formed, and of nobody.
pub(crate) const NOBODY: &str = "usr_01h455vb4pex5vsknk084sn02q";

/// Texts in the place of an id that are none.
const MALFORMED: [&str; 6] = [
    "usr_1",
    "nobody",
    "USR_01h455vb4pex5vsknk084sn02q",
    "mem_01h455vb4pex5vsknk084sn02q",
    "usr_01h455vb4pex5vsknk084sn02q0",
    "%27%20OR%201=1",
];

/// The members as the list shows them.
pub(crate) async fn members(server: &TestServer, scoped: &str) -> Vec<Json> {
    let listed = server.get("/service/members", scoped).await.expect(200);
    listed.as_array().expect("a bare array").clone()
}

/// The members in the order of the list, each as `address role status`.
pub(crate) async fn roster(server: &TestServer, scoped: &str) -> Vec<String> {
    let text = |member: &Json, name: &str| member[name].as_str().expect("a text").to_owned();
    let line = |member| ["email", "role", "status"].map(|name| text(member, name)).join(" ");
    members(server, scoped).await.iter().map(line).collect()
}

pub(crate) async fn leave(server: &TestServer, scoped: &str) -> Reply {
    server.call(Method::POST, "/service/members/leave", scoped, Json::Null).await
}

pub(crate) async fn transfer(server: &TestServer, scoped: &str, user_id: &str) -> Reply {
    server.call(Method::POST, "/service/ownership-transfer", scoped, json!({"user_id": user_id})).await
}

pub(crate) async fn rename(server: &TestServer, scoped: &str, name: &str) -> Reply {
    server.call(Method::PATCH, "/service/info", scoped, json!({"name": name})).await
}

/// `acme`, its owner `owner@acme.com`, and a second organization of somebody else.
async fn two_organizations(server: &TestServer) -> (Organization, Organization) {
    let acme = Organization::of(server, "owner@acme.com", "acme").await;
    (acme, Organization::of(server, "owner@other.com", "other").await)
}
