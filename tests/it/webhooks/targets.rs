//! Which addresses are called (contract 33).

use serde_json::{Value as Json, json};

use super::{Hook, Sink, answer, move_to, permissive_server, try_make};
use crate::harness::{Setup, TestServer};
use crate::organization::Organization;
use crate::storage::fake::reply;

const REFUSED: &str = "The address is refused: only public https addresses may be used here. Ask the operator.";

/// Has a webhook told of a test, which fails for this reason without an answer.
async fn expect_refused(server: &TestServer, scoped: &str, hook: &Hook) {
    let delivery = hook.test(server, scoped).await;
    let detail = hook.tried(server, scoped, &delivery, 1).await;
    let attempt = &detail["attempts"][0];
    assert_eq!((&attempt["status"], &attempt["error"]), (&Json::Null, &json!(REFUSED)), "{detail}");
}

#[tokio::test]
async fn addresses_inside_are_refused_however_they_are_written() {
    let inside = [
        "127.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "[fd00::1]",
        "[64:ff9b::10.0.0.1]",
    ];
    let never = [
        "169.254.169.254",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::169.254.169.254]",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "100.100.100.200",
        "0.0.0.0",
        "0",
        "[::]",
    ];
    for (private_targets, allowed, hosts) in
        [(false, false, &inside[..]), (false, false, &never), (true, true, &inside), (true, false, &never)]
    {
        let server = TestServer::start_with(Setup { private_targets, ..Setup::default() }).await;
        let scoped = Organization::of(&server, "owner@acme.com", "acme").await.owner.scoped;
        for (index, host) in hosts.iter().enumerate() {
            let made = try_make(&server, &scoped, json!({"url": format!("https://{host}/a"), "events": ["*"]})).await;
            match allowed {
                true => drop(made.expect(201)),
                false => assert_eq!(made.invalid_fields(), ["url"], "{index} {host}"),
            }
        }
        let plain = try_make(&server, &scoped, json!({"url": "http://acme.example/", "events": ["*"]})).await;
        match private_targets {
            true => drop(plain.expect(201)),
            false => assert_eq!(plain.invalid_fields(), ["url"]),
        }
        server.finish().await;
    }
}

#[tokio::test]
async fn a_name_is_judged_by_what_it_leads_to_when_it_is_called() {
    let server = TestServer::start().await;
    let scoped = Organization::of(&server, "owner@acme.com", "acme").await.owner.scoped;
    let sink = Sink::start().await;
    let port = sink.fake.address.port();
    for name in ["localhost", "LOCALHOST"] {
        // The name itself says nothing.
        let hook = Hook::make(&server, &scoped, &format!("https://{name}:{port}/hooks")).await;
        expect_refused(&server, &scoped, &hook).await;
    }
    assert!(sink.fake.requests().is_empty(), "{:?}", sink.fake.requests());
    server.finish().await;
}

#[tokio::test]
async fn addresses_that_the_operator_allows_no_more_are_not_called() {
    let mut server = permissive_server().await;
    let scoped = Organization::of(&server, "owner@acme.com", "acme").await.owner.scoped;
    let sink = Sink::start().await;
    let port = sink.fake.address.port();
    let mut hooks = Vec::new();
    for url in [sink.url(), format!("https://127.0.0.1:{port}/hooks"), format!("http://localhost:{port}/hooks")] {
        hooks.push(Hook::make(&server, &scoped, &url).await);
    }
    hooks[0].test(&server, &scoped).await;
    sink.told_times(1).await;
    server.setup.private_targets = false;
    server.restart().await;
    for hook in &hooks {
        expect_refused(&server, &scoped, hook).await;
    }
    // Plain http is refused as such, wherever it leads.
    let plain = "http://acme.example/hooks";
    move_to(&server, &hooks[0].id, plain).await;
    expect_refused(&server, &scoped, &hooks[0]).await;
    assert_eq!(sink.told().len(), 1);
    server.finish().await;
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let server = permissive_server().await;
    let scoped = Organization::of(&server, "owner@acme.com", "acme").await.owner.scoped;
    let (sink, elsewhere) = (Sink::start().await, Sink::start().await);
    let hook = Hook::make(&server, &scoped, &sink.url()).await;
    let cases = [
        ("301 Moved Permanently", elsewhere.url()),
        ("302 Found", elsewhere.url()),
        ("303 See Other", elsewhere.url()),
        ("307 Temporary Redirect", elsewhere.url()),
        ("308 Permanent Redirect", "http://169.254.169.254/latest/meta-data/".to_owned()),
        ("307 Temporary Redirect", "file:///etc/passwd".to_owned()),
    ];
    for (index, (status, location)) in cases.iter().enumerate() {
        sink.answers(reply(status, &format!("location: {location}\r\n"), ""));
        let delivery = hook.test(&server, &scoped).await;
        let detail = hook.tried(&server, &scoped, &delivery, 1).await;
        let attempt = &detail["attempts"][0];
        assert_eq!(attempt["status"], status[..3].parse::<i64>().unwrap());
        assert!(attempt["error"].as_str().unwrap().contains("not followed"), "{attempt}");
        sink.told_times(index + 1).await;
    }
    assert!(elsewhere.told().is_empty());
    server.finish().await;
}

/// What a target says stays with it: its status and words of this program are all that is told of it.
#[tokio::test]
async fn nothing_can_be_read_through_a_webhook() {
    let server = permissive_server().await;
    let scoped = Organization::of(&server, "owner@acme.com", "acme").await.owner.scoped;
    let sink = Sink::start().await;
    let hook = Hook::make(&server, &scoped, &sink.url()).await;
    for status in [200, 404, 500] {
        sink.answers(answer(status));
        let delivery = hook.test(&server, &scoped).await;
        let detail = hook.tried(&server, &scoped, &delivery, 1).await.to_string();
        assert!(detail.contains(&status.to_string()), "{detail}");
        assert!(!detail.contains("Said by the other side") && !detail.contains("Whatever"), "{detail}");
    }
    server.finish().await;
}
