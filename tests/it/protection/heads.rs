//! Heads of requests: their limits, paths, and request ids.

use std::collections::BTreeSet;

use super::patient_server;
use crate::audit::events;
use crate::harness::send;
use crate::raw::{exchange, head};

#[tokio::test]
async fn a_head_has_its_limits() {
    let server = patient_server().await;
    let me = "/platform/api/global/auth/me";
    let field = |length: usize| format!("X-Long: {}\r\n", "a".repeat(length));
    let query = |length: usize| format!("{me}?{}", "a".repeat(length));
    let too_large = (431, "head_too_large");
    for (what, message, (status, code)) in [
        ("a long field", head("GET", me, &field(30_000)), (401, "unauthorized")),
        ("a longer field", head("GET", me, &field(33_000)), too_large),
        ("fields that are long together", head("GET", me, &field(8_000).repeat(5)), too_large),
        ("many fields", head("GET", me, &"X-A: b\r\n".repeat(60)), (401, "unauthorized")),
        ("more fields", head("GET", me, &"X-A: b\r\n".repeat(63)), too_large),
        ("a long query", head("GET", &query(30_000), ""), (401, "unauthorized")),
        ("a longer query", head("GET", &query(33_000), ""), too_large),
        ("a long path", head("GET", &format!("/{}", "a".repeat(33_000)), ""), too_large),
        (
            "a long token",
            head("GET", me, &format!("Authorization: Bearer {}\r\n", "a.".repeat(10_000))),
            (401, "unauthorized"),
        ),
    ] {
        let reply = exchange(&server, message.as_bytes(), false).await;
        assert_eq!(reply.status, status, "{what}: {reply:?}");
        assert_eq!(reply.problem(), code, "{what}");
    }
    // Beyond that, and where it is no HTTP at all, nobody listens long enough to say more than a number.
    for (what, message, status) in [
        ("a huge field", head("GET", me, &field(500_000)), 431),
        ("hundreds of fields", head("GET", me, &"X-A: b\r\n".repeat(500)), 431),
        ("no HTTP", "hello\r\n\r\n".to_owned(), 400),
        ("HTTP/0.9", "GET /\r\n\r\n".to_owned(), 400),
        ("a length that is no number", head("POST", me, "Content-Length: x\r\n"), 400),
        ("two lengths", head("POST", me, "Content-Length: 1\r\nContent-Length: 2\r\n"), 400),
        ("an unknown encoding", head("POST", me, "Transfer-Encoding: gzip\r\n"), 400),
        ("a NUL in a field", head("GET", me, "X-A: a\0b\r\n"), 400),
        ("a field without a colon", head("GET", me, "X-A\r\n"), 400),
        ("a folded field", head("GET", me, "X-A: a\r\n b\r\n"), 400),
    ] {
        assert_eq!(exchange(&server, message.as_bytes(), false).await.status, status, "{what}");
    }
    server.get("/healthz", "").await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn only_the_path_as_it_is_written_is_a_route() {
    let server = patient_server().await;
    let auth = "/platform/api/global/auth";
    let unknown = [
        "//".to_owned(),
        "/vendor/".to_owned(),
        "*".to_owned(),
        "platform".to_owned(),
        "/platform/api".to_owned(),
        "/healthz/".to_owned(),
        "/..%2f..%2fetc/passwd".to_owned(),
        "/../../etc/passwd".to_owned(),
        format!("{auth}/me/"),
        format!("/{auth}/me"),
        "/platform/api/global//auth/me".to_owned(),
        format!("{auth}/../auth/me"),
        format!("{auth}/%2e%2e/auth/me"),
        format!("{auth}/me%00"),
        format!("{auth}/me%ff"),
        format!("{auth}/%6de"),
        format!("{auth}/m\u{e9}"),
        format!("{auth}/me;a=b"),
        "/PLATFORM/api/global/auth/me".to_owned(),
        format!("{auth}/sessions/"),
        format!("{auth}/sessions/a/b"),
    ];
    for target in unknown {
        for method in ["GET", "POST", "DELETE", "OPTIONS"] {
            let reply = exchange(&server, head(method, &target, "").as_bytes(), false).await;
            assert_eq!((reply.status, reply.problem()), (404, "unknown_route".to_owned()), "{method} {target}");
        }
    }
    for target in [format!("{auth}/me?x=%ff&%00"), format!("{auth}/me?"), format!("http://elsewhere{auth}/me")] {
        let reply = exchange(&server, head("GET", &target, "").as_bytes(), false).await;
        assert_eq!((reply.status, reply.problem()), (401, "unauthorized".to_owned()), "{target}");
    }
    let reply = exchange(&server, head("CONNECT", "elsewhere.example:443", "").as_bytes(), false).await;
    assert_eq!(reply.problem(), "unknown_route");
    server.finish().await;
}

#[tokio::test]
async fn a_request_keeps_its_well_formed_id() {
    let server = patient_server().await;
    let tokens = server.person("jane@acme.com").await;
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    let (longest, too_long) = ("x".repeat(128), "x".repeat(129));
    let me = async |id: &str| {
        let fields = format!("Authorization: Bearer {}\r\nX-Request-Id: {id}\r\n", tokens.access);
        exchange(&server, head("GET", "/platform/api/global/auth/me", &fields).as_bytes(), false).await
    };
    for id in ["1", ".", alphabet, &longest] {
        // The raw reply's head is in lower case.
        assert_eq!(me(id).await.header("x-request-id"), Some(id.to_ascii_lowercase().as_str()), "{id}");
    }
    let mut made = BTreeSet::new();
    for id in
        ["", " ", &too_long, "a b", "a/b", "a,b", "a\tb", "\u{e4}", "\u{ff}a", "<script>", "a\"b", "${jndi:ldap://a}"]
    {
        let reply = me(id).await;
        assert_eq!(reply.status, 200);
        let given = reply.header("x-request-id").expect("an id").to_owned();
        assert!(given.len() == 36 && given.parse::<uuid::Uuid>().is_ok(), "{id:?}: {given}");
        assert!(made.insert(given), "an id for each request");
    }
    // Whatever the reply, and in the audit.
    for (method, path, token, status) in [
        ("GET", "/global/auth/nowhere", "", 404),
        ("PUT", "/global/auth/me", "", 405),
        ("GET", "/global/auth/me", "", 401),
        ("GET", "/global/auth/me", tokens.refresh.as_str(), 403),
        ("POST", "/global/auth/login", "", 415),
        ("GET", "/healthz", "", 200),
        ("POST", "/global/auth/logout", tokens.access.as_str(), 204),
    ] {
        let request = server.request(method.parse().unwrap(), path).header("X-Request-Id", "Mine-1");
        let request = if token.is_empty() { request } else { request.bearer_auth(token) };
        let reply = send(request).await;
        assert_eq!((reply.status.as_u16(), reply.header("x-request-id")), (status, Some("Mine-1")), "{method} {path}");
        if status > 299 {
            assert_eq!(reply.json()["request_id"], "Mine-1");
        }
    }
    let end = events(&server).await.pop().expect("an event");
    assert_eq!((end.action.as_str(), end.request_id.as_deref()), ("session.ended", Some("Mine-1")));
    server.finish().await;
}
