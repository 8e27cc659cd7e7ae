//! The limit on anonymous requests of an address (contract 18 and 45).

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use trueport::clock::Time;
use trueport::domain::caller::System;
use trueport::store::address_windows;

use crate::harness::{PASSWORD, Reply, Setup, TestServer, send};

const OPEN: &str = "/.well-known/jwks.json";

async fn limited(server: &TestServer, limit: u64) {
    server.set_config("auth.anonymous_requests_per_minute", json!(limit)).await;
}

async fn from(server: &TestServer, forwarded_for: &str) -> Reply {
    send(server.request(Method::GET, OPEN).header("X-Forwarded-For", forwarded_for)).await
}

fn number(reply: &Reply, name: &str) -> u64 {
    reply.header(name).unwrap_or_else(|| panic!("no {name}")).parse().unwrap()
}

/// Sends requests until one is refused, and returns how many were not.
async fn exhaust(server: &TestServer) -> u64 {
    for granted in 0..1_000 {
        let reply = server.get(OPEN, "").await;
        if reply.status.as_u16() != 200 {
            reply.expect_problem(429, "too_many_requests");
            return granted;
        }
    }
    panic!("a thousand requests and no end");
}

#[tokio::test]
async fn an_address_has_300_anonymous_requests_a_minute() {
    let server = TestServer::start().await;
    let tokens = server.person("jane@acme.com").await;
    server.advance(60);
    for count in 1..=300 {
        let reply = server.get(OPEN, "").await;
        reply.expect(200);
        assert_eq!((number(&reply, "ratelimit-limit"), number(&reply, "ratelimit-remaining")), (300, 300 - count));
        assert!((1..=60).contains(&number(&reply, "ratelimit-reset")));
    }
    let credentials = json!({"email": "jane@acme.com", "password": PASSWORD});
    let mut wait = 0;
    for (method, path, body) in [
        (Method::GET, OPEN, json!(null)),
        (Method::GET, "/openapi.json", json!(null)),
        (Method::POST, "/global/auth/login", credentials),
        (Method::POST, "/global/auth/login", json!(null)),
        (Method::POST, "/global/auth/otp/request", json!({"email": "jane@acme.com"})),
        (Method::POST, "/global/auth/forgot-password", json!({"email": "jane@acme.com"})),
        (Method::POST, "/global/auth/refresh", json!({"refresh_token": tokens.refresh})),
        (Method::GET, "/global/auth/nowhere", json!(null)),
        (Method::GET, "/nowhere", json!(null)),
        (Method::DELETE, "/global/auth/me", json!(null)),
    ] {
        let reply = server.call(method, path, "", body).await;
        reply.expect_problem(429, "too_many_requests");
        assert_eq!((number(&reply, "ratelimit-limit"), number(&reply, "ratelimit-remaining")), (300, 0), "{path}");
        wait = number(&reply, "retry-after");
        assert_eq!(number(&reply, "ratelimit-reset"), wait);
    }
    // Who is signed in and who watches the process are not counted, and not held up.
    for _ in 0..20 {
        let reply = server.get("/global/auth/me", &tokens.access).await;
        reply.expect(200);
        assert_eq!(reply.header("ratelimit-limit"), None);
        server.get("/global/auth/me", "").await.expect_problem(401, "unauthorized");
        for path in ["/healthz", "/readyz"] {
            let reply = server.get(path, "").await;
            reply.expect(200);
            assert_eq!(reply.header("ratelimit-limit"), None);
        }
    }
    server.advance(wait - 1);
    server.get(OPEN, "").await.expect_problem(429, "too_many_requests");
    server.advance(1);
    let reply = server.get(OPEN, "").await;
    reply.expect(200);
    assert_eq!(number(&reply, "ratelimit-remaining"), 299);
    server.finish().await;
}

#[tokio::test]
async fn a_restart_grants_nothing_twice() {
    let mut server = TestServer::start().await;
    limited(&server, 100).await;
    let mut granted = 0;
    for _ in 0..3 {
        for _ in 0..7 {
            server.get(OPEN, "").await.expect(200);
            granted += 1;
        }
        server.restart().await;
    }
    granted += exhaust(&server).await;
    // What the ended processes had reserved is lost, and that is little.
    assert!((80..=100).contains(&granted), "{granted} requests were granted");
    server.restart().await;
    assert_eq!(exhaust(&server).await, 0);
    server.advance(60);
    assert_eq!(exhaust(&server).await, 100);
    server.finish().await;
}

#[tokio::test]
async fn parallel_requests_do_not_slip_through() {
    let server = TestServer::start().await;
    limited(&server, 40).await;
    let waiting: Vec<_> = (0..120).map(|_| tokio::spawn(send(server.request(Method::GET, OPEN)))).collect();
    let mut granted = 0;
    for reply in waiting {
        match reply.await.unwrap().status.as_u16() {
            200 => granted += 1,
            status => assert_eq!(status, 429),
        }
    }
    assert_eq!(granted + exhaust(&server).await, 40);
    server.finish().await;
}

#[tokio::test]
async fn a_new_limit_holds_at_once() {
    let server = TestServer::start().await;
    limited(&server, 20).await;
    assert_eq!(exhaust(&server).await, 20);
    limited(&server, 30).await;
    assert_eq!(exhaust(&server).await, 10);
    limited(&server, 10).await;
    assert_eq!(exhaust(&server).await, 0);
    server.advance(60);
    assert_eq!(exhaust(&server).await, 10);
    server.finish().await;
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_client_counts_alone() {
    let setup = Setup { trusted_proxies: vec!["127.0.0.0/8", "10.0.0.0/8"], ..Setup::default() };
    let server = TestServer::start_with(setup).await;
    limited(&server, 10).await;
    // The addresses of a row are one client: the network of an IPv6 address, the last hop that no proxy is.
    let clients: &[&[&str]] = &[
        &["192.0.2.7", "::ffff:192.0.2.7", "203.0.113.9, 192.0.2.7", "192.0.2.7, 10.1.2.3"],
        &["192.0.2.8"],
        &["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:DB8:1:2:0:0:0:3"],
        &["2001:db8:1:3::1"],
        &["10.0.0.5", "garbage, 10.0.0.5"],
    ];
    for (index, client) in clients.iter().enumerate() {
        for count in 0..10 {
            let reply = from(&server, client[count % client.len()]).await;
            assert_eq!(reply.status.as_u16(), 200, "{client:?}");
        }
        for address in clients[..=index].iter().copied().flatten() {
            from(&server, address).await.expect_problem(429, "too_many_requests");
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn what_an_untrusted_client_says_of_its_address_is_ignored() {
    let server = TestServer::start_with(Setup { trusted_proxies: vec!["10.0.0.0/8"], ..Setup::default() }).await;
    limited(&server, 10).await;
    for count in 0..10 {
        from(&server, &format!("192.0.2.{count}")).await.expect(200);
    }
    from(&server, "192.0.2.200").await.expect_problem(429, "too_many_requests");
    server.get(OPEN, "").await.expect_problem(429, "too_many_requests");
    server.finish().await;
}

/// At a turn of the minute requests overtake each other, and the clocks of two nodes differ a little.
#[tokio::test]
async fn a_late_request_does_not_start_the_newer_window_anew() {
    let server = TestServer::start().await;
    let minute = Time::from_seconds(server.clock.now().seconds() / 60 * 60);
    let grant = async |window: Time, wanted: u64| {
        let granted =
            server.app.write(&System, move |tx, _| Ok(address_windows::grant(tx, "192.0.2.7", window, wanted, 10)?));
        let (before, after) = granted.await.unwrap();
        after - before
    };
    let (later, much_later) = (minute + Duration::from_secs(60), minute + Duration::from_secs(24 * 3600));
    assert_eq!(grant(minute, 4).await, 4);
    assert_eq!(grant(later, 8).await, 8);
    assert_eq!(grant(minute, 8).await, 2, "counted in the newer window");
    assert_eq!(grant(later, 8).await, 0);
    // A clock that was set right after it had run ahead locks nobody out.
    assert_eq!(grant(much_later, 10).await, 10);
    assert_eq!(grant(later, 10).await, 10);
    server.finish().await;
}
