//! Keys of the platform's services: made, listed, revoked, and what they open (contract 9, 13, 15, 35 and 42).

mod access;
mod live;

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::db::Tx;
use trueport::domain::caller::Operator;
use trueport::domain::fields::{Email, Name};
use trueport::domain::{operators, service_keys};

use crate::audit::events;
use crate::harness::{Reply, TestServer};
use crate::inspect::whole_audit;
use crate::organization::Organization;
use crate::tokens::claims;

const PATH: &str = "/admin/service-keys";
const SCOPES: [&str; 4] = ["tokens:read", "usage:write", "configs:read", "entitlements:read"];
/// Well-formed ids of nothing.
const NO_KEY: &str = "key_01h455vb4pex5vsknk084sn02q";
pub(crate) const NO_TENANT: &str = "ten_01h455vb4pex5vsknk084sn02q";

/// Registers a person, makes a platform admin of them as the command line does, and returns an access token.
async fn platform_admin(server: &TestServer, email: &str) -> String {
    let access = server.person(email).await.access;
    let email = Email::parse(email).expect("an address");
    let write = move |tx: &mut Tx<'_>, by: &Operator| operators::set_platform_admin(tx, by, &email, true).map(drop);
    server.app.write(&Operator, write).await.expect("an admin is made");
    access
}

async fn create(server: &TestServer, admin: &str, body: Json) -> Reply {
    server.call(Method::POST, PATH, admin, body).await
}

async fn revoke(server: &TestServer, admin: &str, id: &str) -> Reply {
    server.call(Method::DELETE, &format!("{PATH}/{id}"), admin, Json::Null).await
}

/// A live key with these scopes, made as the command line makes it.
pub(crate) async fn service_key(server: &TestServer, scopes: &[&str]) -> String {
    let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    let name = Name::parse("gateway").expect("a name");
    let write = move |tx: &mut Tx<'_>, by: &Operator| {
        service_keys::create(tx, by, &name, &scopes).map(|(_, secret)| secret.expose().to_owned())
    };
    server.app.write(&Operator, write).await.expect("a key is made")
}

fn names(object: &Json) -> String {
    object.as_object().expect("an object").keys().map(String::as_str).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_key_is_shown_once_and_listed_without_it() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server, "admin@acme.com").await;
    assert_eq!(server.get(PATH, &admin).await.expect(200), json!({"items": [], "total": 0}));
    let mut expected = Vec::new();
    let mut keys = Vec::new();
    // What is asked for and what is made of it.
    for (name, scopes, taken_name, taken) in [
        ("gateway-1", json!(["usage:write", "tokens:read"]), "gateway-1", json!(["tokens:read", "usage:write"])),
        ("  Ørsted's gateway ", json!(["usage:write", "usage:write"]), "Ørsted's gateway", json!(["usage:write"])),
        ("gateway-1", json!(SCOPES), "gateway-1", json!(SCOPES)),
    ] {
        server.advance(1);
        let made = create(&server, &admin, json!({"name": name, "scopes": scopes, "id": "x", "key": "tpk_mine"})).await;
        let made = made.expect(201);
        assert_eq!(names(&made), "created_at id key name scopes");
        let id = made["id"].as_str().unwrap();
        assert!(id.len() == 30 && id.starts_with("key_"), "{id}");
        assert_eq!((&made["name"], &made["scopes"]), (&json!(taken_name), &taken));
        assert_eq!(made["created_at"], server.clock.now().to_string());
        let key = made["key"].as_str().unwrap();
        // 256 random bits in base64url.
        let random = key.strip_prefix("tpk_").expect("the prefix of keys");
        assert!(random.len() == 43 && random.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
        keys.push(key.to_owned());
        let mut item = made.clone();
        item.as_object_mut().unwrap().remove("key");
        item["revoked_at"] = Json::Null;
        expected.insert(0, item);
    }
    assert!(keys[0] != keys[1] && keys[1] != keys[2] && keys[0] != keys[2]);

    // Of any page, newest first.
    for (query, range) in [("", 0..3), ("?limit=2", 0..2), ("?limit=1&offset=1", 1..2), ("?offset=3", 3..3)] {
        let listed = server.get(&format!("{PATH}{query}"), &admin).await;
        assert_eq!(listed.expect(200), json!({"items": expected[range], "total": 3}), "{query}");
        for key in &keys {
            assert!(!listed.text.contains(key.trim_start_matches("tpk_")), "{}", listed.text);
        }
    }
    for (query, field) in [("limit=0", "limit"), ("limit=201", "limit"), ("limit=x", "limit"), ("offset=-1", "offset")]
    {
        assert_eq!(server.get(&format!("{PATH}?{query}"), &admin).await.invalid_fields(), [field]);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_key_needs_a_name_and_scopes_that_there_are() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server, "admin@acme.com").await;
    let good = json!(["tokens:read"]);
    let cases: &[(Json, &[&str])] = &[
        (json!({}), &["name"]),
        (json!({"name": "a"}), &["scopes"]),
        (json!({"scopes": good}), &["name"]),
        (json!({"name": "", "scopes": good}), &["name"]),
        (json!({"name": " \t ", "scopes": good}), &["name"]),
        (json!({"name": "n".repeat(101), "scopes": good}), &["name"]),
        (json!({"name": "two\nlines", "scopes": good}), &["name"]),
        (json!({"name": 1, "scopes": good}), &["name"]),
        (json!({"name": null, "scopes": good}), &["name"]),
        (json!({"name": "a", "scopes": []}), &["scopes"]),
        (json!({"name": "a", "scopes": ["admin"]}), &["scopes"]),
        (json!({"name": "a", "scopes": ["tokens:read", "tokens:write"]}), &["scopes"]),
        (json!({"name": "a", "scopes": ["TOKENS:READ"]}), &["scopes"]),
        (json!({"name": "a", "scopes": ["tokens:read usage:write"]}), &["scopes"]),
        (json!({"name": "a", "scopes": [""]}), &["scopes"]),
        (json!({"name": "a", "scopes": ["*"]}), &["scopes"]),
        (json!({"name": "a", "scopes": "tokens:read"}), &["scopes"]),
        (json!({"name": "a", "scopes": null}), &["scopes"]),
        (json!({"name": "a", "scopes": {"tokens:read": true}}), &["scopes"]),
        (json!({"name": "a", "scopes": ["tokens:read", 1]}), &["scopes[1]"]),
        (json!({"name": "", "scopes": []}), &["name", "scopes"]),
    ];
    for (body, fields) in cases {
        assert_eq!(create(&server, &admin, body.clone()).await.invalid_fields(), *fields, "{body}");
    }
    create(&server, &admin, json!({"name": "n".repeat(100), "scopes": good})).await.expect(201);
    assert_eq!(server.get(PATH, &admin).await.expect(200)["total"], 1, "what was refused is not there");
    server.finish().await;
}

#[tokio::test]
async fn only_platform_admins_handle_keys() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server, "admin@acme.com").await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let id = create(&server, &admin, json!({"name": "a", "scopes": ["usage:write"]})).await.expect(201)["id"].clone();
    let path = format!("{PATH}/{}", id.as_str().unwrap());
    // A body that would be refused comes after the person.
    for (method, path, body) in [
        (Method::GET, PATH, Json::Null),
        (Method::POST, PATH, json!({"name": "mine", "scopes": ["usage:write"]})),
        (Method::POST, PATH, json!({"scopes": 1})),
        (Method::DELETE, &path, Json::Null),
        (Method::DELETE, "/admin/service-keys/x", Json::Null),
    ] {
        let call = async |token: &str| server.call(method.clone(), path, token, body.clone()).await;
        for token in [&org.owner.access, &org.owner.scoped] {
            call(token).await.expect_problem(403, "platform_admin_required");
        }
        for token in ["", "garbage"] {
            call(token).await.expect_problem(401, "unauthorized");
        }
    }
    let denials: Vec<Json> =
        events(&server).await.into_iter().filter(|event| event.action == "admin.denied").map(|e| e.changes).collect();
    assert_eq!(denials.len(), 10, "{denials:?}");

    let email = Email::parse("owner@acme.com").unwrap();
    let promote = move |tx: &mut Tx<'_>, by: &Operator| operators::set_platform_admin(tx, by, &email, true).map(drop);
    server.app.write(&Operator, promote).await.unwrap();
    assert_eq!(server.get(PATH, &org.owner.access).await.expect(200)["total"], 1, "the live flag counts");
    revoke(&server, &org.owner.scoped, id.as_str().unwrap()).await.expect(204);
    server.finish().await;
}

#[tokio::test]
async fn the_audit_says_who_made_and_revoked_a_key_but_not_the_key() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server, "admin@acme.com").await;
    let made = create(&server, &admin, json!({"name": "gateway", "scopes": ["usage:write"]})).await;
    let (id, key) = (made.json()["id"].clone(), made.json()["key"].as_str().unwrap().to_owned());
    let revoked = revoke(&server, &admin, id.as_str().unwrap()).await;
    revoke(&server, &admin, id.as_str().unwrap()).await.expect_problem(404, "not_found");
    revoke(&server, &admin, NO_KEY).await.expect_problem(404, "not_found");
    let about_keys: Vec<_> =
        events(&server).await.into_iter().filter(|event| event.target_kind == "service_key").collect();
    let expected = [
        ("service_key.created", &made, json!({"name": "gateway", "scopes": ["usage:write"]})),
        ("service_key.revoked", &revoked, Json::Null),
    ];
    assert_eq!(about_keys.len(), expected.len(), "what changes nothing leaves nothing: {about_keys:?}");
    for (event, (action, reply, changes)) in about_keys.iter().zip(expected) {
        assert_eq!(event.action, action);
        assert_eq!((event.actor_kind.as_str(), event.actor_id.as_deref()), ("user", claims(&admin)["sub"].as_str()));
        assert_eq!((event.target_id.as_deref(), &event.tenant_id), (id.as_str(), &None), "{action}");
        assert_eq!(event.request_id.as_deref(), reply.header("x-request-id"), "{action}");
        assert!(event.address.is_some() && event.changes == changes, "{event:?}");
    }
    let audit = whole_audit(&server).await.join("\n");
    assert!(audit.contains("service_key.created") && !audit.contains(key.trim_start_matches("tpk_")), "{audit}");
    server.finish().await;
}
