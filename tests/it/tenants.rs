//! Organizations (specification "Organization Management" and "GET /info", contract 24 and 36).

mod creation;
mod info;
mod listing;
mod races;
mod slugs;

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::domain::caller::Operator;
use trueport::domain::fields::Email;
use trueport::domain::operators;
use trueport::http::routes;

use crate::harness::{Reply, TestServer};
use crate::protection::concrete;

/// Tries to make an organization.
async fn create(server: &TestServer, access: &str, body: Json) -> Reply {
    server.call(Method::POST, "/global/tenants", access, body).await
}

/// Makes an organization of this name, whose slug is made from it; returns the slug.
async fn create_named(server: &TestServer, access: &str, name: &str) -> String {
    let made = create(server, access, json!({"name": name})).await.expect(201);
    made["slug"].as_str().expect("a slug").to_owned()
}

/// What somebody without a token is told about a slug, which may be any text.
async fn availability(server: &TestServer, slug: &str) -> Reply {
    server.get(&format!("/global/tenants/check-availability?slug={}", encoded(slug)), "").await
}

/// The own organizations, with these parameters.
async fn listed(server: &TestServer, access: &str, query: &str) -> Reply {
    server.get(&format!("/global/tenants{query}"), access).await
}

/// The members called `name` of the objects in a list.
fn each(list: &Json, name: &str) -> Vec<String> {
    let items = list.as_array().expect("a list").iter();
    items.map(|item| item[name].as_str().expect("a text").to_owned()).collect()
}

/// Any text as the value of a parameter.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

async fn archive(server: &TestServer, scoped: &str, slug: &str) -> Reply {
    server.call(Method::POST, "/service/archive", scoped, json!({"slug": slug})).await
}

async fn make_platform_admin(server: &TestServer, email: &str) {
    let email = Email::parse(email).expect("an address");
    let write = move |tx: &mut trueport::db::Tx<'_>, by: &Operator| operators::set_platform_admin(tx, by, &email, true);
    server.app.write(&Operator, write).await.expect("the account is changed");
}

/// Fails unless every route that takes a scoped token refuses this one with a 403 of this code.
async fn assert_shut_out(server: &TestServer, scoped: &str, code: &str) {
    let scoped_routes = routes::table().into_iter().filter(|route| route.access.starts_with("Scoped"));
    let mut count = 0;
    for route in scoped_routes {
        let (method, path) = (route.operation.method().clone(), concrete(route.operation.path()));
        let body = if [Method::GET, Method::DELETE].contains(&method) { Json::Null } else { json!({}) };
        let reply = server.call(method.clone(), &path, scoped, body).await;
        assert_eq!(reply.json()["code"], code, "{method} {path}: {}", reply.text);
        reply.expect_problem(403, code);
        count += 1;
    }
    assert!(count >= 10, "the routes for scoped tokens are not found");
}
