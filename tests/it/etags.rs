//! Reads carry entity tags, and are not sent to who has them (RFC 9110, section 13).

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::domain::service_keys::SCOPES;
use trueport::http::{BASE_PATH, routes};

use crate::harness::{Reply, TestServer, send};
use crate::inspect::{make_service_key, set_platform_admin};
use crate::organization::{Organization, change};
use crate::protection::concrete;

/// A token for each access rule, of somebody who may do everything.
async fn tokens(server: &TestServer) -> (Organization, BTreeMap<&'static str, String>) {
    let acme = Organization::of(server, "jane@acme.com", "acme").await;
    set_platform_admin(server, "jane@acme.com", true).await;
    let (_, service) = make_service_key(server, SCOPES).await;
    let (global, scoped) = (acme.owner.access.clone(), acme.owner.scoped.clone());
    let by_rule = BTreeMap::from([
        ("Anonymous", String::new()),
        ("Global", global.clone()),
        ("SignedIn", global.clone()),
        ("PlatformAdmin", global),
        ("Service", service),
        ("Scoped", scoped),
    ]);
    (acme, by_rule)
}

async fn get(server: &TestServer, method: Method, path: &str, token: &str, known: &str) -> Reply {
    let request = server.request(method, path).header("If-None-Match", known);
    send(if token.is_empty() { request } else { request.bearer_auth(token) }).await
}

#[tokio::test]
async fn every_read_has_a_tag_and_is_not_sent_twice() {
    let server = TestServer::start().await;
    let (acme, tokens) = tokens(&server).await;
    let mut tagged = 0;
    for route in routes::table() {
        let path = route.operation.path();
        // A download is on its way before anybody knows what is in it.
        let is_download = path.ends_with("/audit-events/export");
        if route.operation.method() != Method::GET || !path.starts_with(BASE_PATH) || is_download {
            continue;
        }
        let token = &tokens[route.access.split('<').next().unwrap()];
        // What is there, where it is asked for by an id.
        let path = concrete(path)
            .replace("ten_01h455vb4pex5vsknk084sn02q", &acme.id)
            .replace("usr_01h455vb4pex5vsknk084sn02q", &acme.owner.user_id)
            .replace("check-availability", "check-availability?slug=acme")
            .replace("stats/series", "stats/series?metric=users");
        let first = get(&server, Method::GET, &path, token, "\"another\"").await;
        if first.status == 404 {
            assert_eq!(first.header("etag"), None, "{path}");
            continue;
        }
        first.expect(200);
        let tag = first.header("etag").unwrap_or_else(|| panic!("{path} has no tag"));
        assert!(tag.len() > 20 && tag.starts_with('"') && tag.ends_with('"'), "{path}: {tag}");
        assert!(first.header("cache-control").is_some_and(|text| text.contains("no-cache")), "{path}");
        // Jobs run and events are linked meanwhile.
        if path.contains("/audit-events") || path.ends_with("/admin/installation") {
            continue;
        }
        let known = get(&server, Method::GET, &path, token, tag).await;
        assert_eq!((known.status.as_u16(), known.text.as_str()), (304, ""), "{path}");
        assert_eq!((known.header("etag"), known.header("content-type")), (Some(tag), None), "{path}");
        let head = get(&server, Method::HEAD, &path, token, "").await;
        assert_eq!((head.status.as_u16(), head.header("etag")), (200, Some(tag)), "{path}");
        assert_eq!(head.header("content-length"), Some(&*first.text.len().to_string()), "{path}");
        tagged += 1;
    }
    assert!(tagged >= 25, "{tagged}");
    server.finish().await;
}

#[tokio::test]
async fn a_change_changes_the_tag() {
    let server = TestServer::start().await;
    let (acme, _) = tokens(&server).await;
    let viewer = acme.join(&server, "vic@acme.com", "viewer").await;
    let tag = |reply: &Reply| reply.header("etag").expect("a tag").to_owned();
    let mut seen = vec![tag(&server.get("/service/members", &viewer.scoped).await)];
    for role in ["member", "admin", "viewer"] {
        change(&server, &acme.owner.scoped, &viewer.user_id, json!({"role": role})).await.expect(200);
        let known = seen.join(", ");
        let reply = get(&server, Method::GET, "/service/members", &viewer.scoped, &known).await;
        if role == "viewer" {
            // As it was at first.
            assert_eq!((reply.status.as_u16(), tag(&reply)), (304, seen[0].clone()));
        } else {
            assert_eq!(reply.expect(200).as_array().map(Vec::len), Some(2));
            assert!(!seen.contains(&tag(&reply)));
        }
        seen.push(tag(&reply));
        server.mail.next_mail_to("vic@acme.com").await;
    }
    // Who may not see it any more is not told that nothing has changed.
    change(&server, &acme.owner.scoped, &viewer.user_id, json!({"status": "disabled"})).await.expect(200);
    let refused = get(&server, Method::GET, "/service/members", &viewer.scoped, "*").await;
    refused.expect_problem(403, "membership_ended");
    assert_eq!(refused.header("etag"), None);
    server.finish().await;
}

/// A change is always answered in full.
#[tokio::test]
async fn a_change_is_never_known_already() {
    let server = TestServer::start().await;
    let access = server.person("jane@acme.com").await.access;
    let request = server.request(Method::PATCH, "/global/auth/me").header("If-None-Match", "*").bearer_auth(&access);
    let reply = send(request.json(&json!({"first_name": "Janet"}))).await;
    assert_eq!(reply.expect(200)["first_name"], "Janet");
    assert_eq!((reply.header("etag"), reply.header("cache-control")), (None, Some("no-store")));
    let login = crate::inspect::login(&server, "jane@acme.com", crate::harness::PASSWORD).await;
    assert_eq!((login.header("etag"), login.header("cache-control")), (None, Some("no-store")));
    assert_ne!(login.expect(200), Json::Null);
    server.finish().await;
}
