//! Which door a key opens, and that a person's token opens none of a service's.

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::http::routes;

use super::{NO_TENANT, SCOPES, create, platform_admin, revoke, service_key};
use crate::harness::{Reply, Setup, TestServer, call, send};
use crate::organization::Organization;
use crate::protection::concrete;
use crate::sessions::wait_until_expired;

/// Every route for services with the scope that the document says it needs.
fn service_routes() -> Vec<(Method, String, String)> {
    let document = routes::document();
    let routes = routes::table().into_iter().filter(|route| route.access == "Service").map(|route| {
        let (method, path) = (route.operation.method().clone(), route.operation.path().to_owned());
        let security = &document["paths"][&path][method.as_str().to_lowercase()]["security"];
        let scope = security[0]["service_key"][0].as_str().expect("a scope").to_owned();
        let path = path.strip_prefix(trueport::http::BASE_PATH).expect("a path of the API");
        (method, path.to_owned(), scope)
    });
    routes.collect()
}

/// Calls a route of services, with nothing in the body.
async fn enter(server: &TestServer, method: &Method, path: &str, key: &str) -> Reply {
    let body = if *method == Method::GET { Json::Null } else { json!({}) };
    server.call(method.clone(), &path.replace("{id}", NO_TENANT), key, body).await
}

#[tokio::test]
async fn each_route_asks_for_its_scope() {
    let server = TestServer::start().await;
    let routes = service_routes();
    for (method, path, scope) in [
        (Method::POST, "/internal/usage", "usage:write"),
        (Method::POST, "/internal/introspect", "tokens:read"),
        (Method::GET, "/internal/tenants/{id}/entitlements", "entitlements:read"),
    ] {
        let route = (method, path.to_owned(), scope.to_owned());
        assert!(routes.contains(&route), "{route:?} is not in {routes:?}");
    }
    let mut keys = Vec::new();
    for scope in SCOPES {
        let others: Vec<&str> = SCOPES.into_iter().filter(|other| *other != scope).collect();
        let all_but = service_key(&server, &others).await;
        keys.push((scope, service_key(&server, &[scope]).await, all_but));
    }
    for (method, path, needed) in routes {
        for (scope, key, all_but) in &keys {
            let (with, without) = if needed == *scope { (key, all_but) } else { (all_but, key) };
            let what = format!("{method} {path} with {scope}");
            let allowed = enter(&server, &method, &path, with).await;
            assert!([404, 422].contains(&allowed.status.as_u16()), "{what}: {}", allowed.text);
            let refused = enter(&server, &method, &path, without).await;
            assert_eq!(refused.json()["code"], "missing_scope", "{what}: {}", refused.text);
            refused.expect_problem(403, "missing_scope");
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn the_routes_of_services_take_no_token_of_a_person_and_no_key_that_there_is_not() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server, "admin@acme.com").await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let pair = server.sign_in("owner@acme.com").await;
    let key = service_key(&server, &SCOPES).await;
    let made = create(&server, &admin, json!({"name": "old", "scopes": SCOPES})).await.expect(201);
    revoke(&server, &admin, made["id"].as_str().unwrap()).await.expect(204);
    let (bare, flipped) = (key.trim_start_matches("tpk_"), if key.ends_with('A') { "B" } else { "A" });
    let unknown = [
        made["key"].as_str().unwrap().to_owned(),
        "tpk_".to_owned(),
        format!("tpk_{}", "A".repeat(43)),
        format!("{key}A"),
        format!("{}{flipped}", &key[..key.len() - 1]),
        key[..key.len() - 1].to_owned(),
        key.to_uppercase(),
        format!("tpk_{key}"),
        bare.to_owned(),
        "garbage".to_owned(),
        "a.b.c".to_owned(),
    ];
    for (method, path, _) in service_routes() {
        for token in [&org.owner.access, &org.owner.scoped, &pair.refresh, &admin] {
            enter(&server, &method, &path, token).await.expect_problem(403, "wrong_token_scope");
        }
        for token in &unknown {
            let reply = enter(&server, &method, &path, token).await;
            assert_eq!(reply.status.as_u16(), 401, "{method} {path} {token}: {}", reply.text);
            reply.expect_problem(401, "unauthorized");
        }
        for authorization in [None, Some(key.clone()), Some(format!("Basic {key}")), Some("Bearer".to_owned())] {
            let mut request = server.request(method.clone(), &path.replace("{id}", NO_TENANT));
            if let Some(value) = authorization {
                request = request.header("Authorization", value);
            }
            send(request.json(&json!({}))).await.expect_problem(401, "unauthorized");
        }
    }
    wait_until_expired(&server, &org.owner.access);
    for (method, path, _) in service_routes() {
        enter(&server, &method, &path, &org.owner.access).await.expect_problem(401, "unauthorized");
        let allowed = enter(&server, &method, &path, &key).await;
        assert!([404, 422].contains(&allowed.status.as_u16()), "a key does not expire: {}", allowed.text);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_key_opens_no_route_of_people() {
    let server = TestServer::start_with(Setup { smtp: false, ..Setup::default() }).await;
    let admin = platform_admin(&server, "admin@acme.com").await;
    let live = service_key(&server, &SCOPES).await;
    let made = create(&server, &admin, json!({"name": "old", "scopes": SCOPES})).await.expect(201);
    revoke(&server, &admin, made["id"].as_str().unwrap()).await.expect(204);
    let (revoked, made_up) = (made["key"].as_str().unwrap(), format!("tpk_{}", "A".repeat(43)));
    let mut areas = std::collections::BTreeSet::new();
    for route in routes::table() {
        if ["Anonymous", "Probe", "Service"].contains(&route.access) {
            continue;
        }
        let (method, path) = (route.operation.method(), concrete(route.operation.path()));
        areas.insert(path.split('/').nth(1).unwrap().to_owned());
        let body = if [Method::GET, Method::DELETE].contains(method) { Json::Null } else { json!({}) };
        for (key, status, code) in [
            (live.as_str(), 403, "wrong_token_scope"),
            (revoked, 401, "unauthorized"),
            (&made_up, 401, "unauthorized"),
            ("tpk_", 401, "unauthorized"),
        ] {
            let reply = call(server.request(method.clone(), &path), key, &body).await;
            assert_eq!(reply.status.as_u16(), status, "{method} {path}: {}", reply.text);
            reply.expect_problem(status, code);
        }
    }
    assert_eq!(areas.into_iter().collect::<Vec<_>>(), ["admin", "global", "service"]);
    server.finish().await;
}
