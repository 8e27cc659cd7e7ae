//! What is no store, may not be called, or answers what no store should.

use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use super::fake::{Answer, Fake, reply, stored};
use super::{azure_at, expect_outcome, permissive_server, probe, put, s3_at, with};
use crate::executable::together;
use crate::harness::{Setup, TestServer};
use crate::organization::Organization;

/// Stands in everything that the fake stores say.
const SAID: &str = "said-by-the-other-side";

/// An error as S3 says it; Azure's differs in what nobody looks at.
fn error(status: &str, code: &str) -> Answer {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{SAID}</Message>\
         <Resource>/acme-corp-audit-logs</Resource></Error>"
    );
    reply(status, "content-type: application/xml\r\n", &body)
}

/// Fails if the words for a person hold anything of the store's side or of the settings.
fn assert_plain(message: &str, fake: &Fake) {
    let port = fake.address.port().to_string();
    for said in [SAID, "127.0.0.1", "localhost", &port, "acme", "AKIA", "wJalr", "c2Vj", "/", "<", "trueport-test"] {
        assert!(!message.contains(said), "{said}: {message}");
    }
}

#[tokio::test]
async fn each_answer_is_told_in_plain_words() {
    let server = permissive_server().await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let scoped = &organization.owner.scoped;
    let elsewhere = Fake::start(|_| stored()).await;
    let to = |location: &str| reply("307 Temporary Redirect", &format!("location: {location}\r\n"), SAID);
    let head = "HTTP/1.1 403 Forbidden\r\ntransfer-encoding: identity\r\nconnection: close\r\n\r\n";
    let cases = [
        (error("404 Not Found", "NoSuchBucket"), "not_found"),
        (error("404 Not Found", "ContainerNotFound"), "not_found"),
        (reply("404 Not Found", "", SAID), "not_found"),
        (error("403 Forbidden", "AccessDenied"), "denied"),
        (error("403 Forbidden", "AuthorizationPermissionMismatch"), "denied"),
        (reply("403 Forbidden", "", ""), "denied"),
        (error("403 Forbidden", "SignatureDoesNotMatch"), "bad_credentials"),
        (error("403 Forbidden", "InvalidAccessKeyId"), "bad_credentials"),
        (error("403 Forbidden", "AuthenticationFailed"), "bad_credentials"),
        (reply("401 Unauthorized", "", SAID), "bad_credentials"),
        (error("301 Moved Permanently", "PermanentRedirect"), "wrong_region"),
        (error("400 Bad Request", "AuthorizationHeaderMalformed"), "wrong_region"),
        (error("500 Internal Server Error", "InternalError"), "invalid_reply"),
        (error("503 Slow Down", "SlowDown"), "invalid_reply"),
        (reply("200 OK", "content-type: text/html\r\n", &format!("<html>{SAID}</html>")), "invalid_reply"),
        (Answer::Bytes(format!("SSH-2.0-OpenSSH_9.2 {SAID}\r\n")), "invalid_reply"),
        (Answer::Bytes("\0\u{1}\u{2}".repeat(5_000)), "invalid_reply"),
        (Answer::Bytes(String::new()), "unreachable"),
        (Answer::Endless(head.to_owned()), "invalid_reply"),
        (Answer::Endless("HTTP/1.1 200 OK\r\netag: \"1\"\r\n\r\n".to_owned()), "invalid_reply"),
        (to("http://169.254.169.254/latest/meta-data/"), "invalid_reply"),
        (to(&elsewhere.url()), "invalid_reply"),
        (to("file:///etc/passwd"), "invalid_reply"),
    ];
    for (answer, outcome) in cases {
        let is_endless_success = matches!(&answer, Answer::Endless(head) if head.contains("200"));
        let given = answer.clone();
        let fake = Fake::start(move |_| given.clone()).await;
        for settings in [s3_at(&fake.url()), azure_at(&format!("{}/acme", fake.url()))] {
            put(&server, scoped, &settings).await.expect(200);
            let (reason, message) = probe(&server, scoped).await;
            assert_eq!(reason, outcome, "{answer:?} {message}");
            assert_plain(&message, &fake);
        }
        assert!(!fake.requests().is_empty());
        // Each of both was asked once, or until the body that never ended.
        assert!(is_endless_success || fake.requests().len() <= 4, "{answer:?} {:?}", fake.requests());
    }
    assert!(elsewhere.requests().is_empty(), "{:?}", elsewhere.requests());

    // Names that look like errors change nothing.
    let fake = Fake::start(|_| error("500 Internal Server Error", "InternalError")).await;
    for bucket in ["timeout-logs", "deadline", "timed-out"] {
        let settings = with(&s3_at(&fake.url()), &json!({"bucket": bucket}));
        expect_outcome(&server, scoped, &settings, "invalid_reply").await;
    }
    server.finish().await;
}

#[tokio::test]
async fn what_was_written_is_deleted_also_when_it_cannot_be_read() {
    let server = permissive_server().await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let scoped = &organization.owner.scoped;
    for (got, outcome) in [
        (error("403 Forbidden", "AccessDenied"), "denied"),
        (reply("200 OK", "etag: \"1\"\r\nlast-modified: Tue, 15 Jan 2024 10:30:00 GMT\r\n", SAID), "invalid_reply"),
    ] {
        let fake = Fake::start(move |line| match line.split(' ').next() {
            Some("GET") => got.clone(),
            Some("PUT") => stored(),
            _ => reply("204 No Content", "", ""),
        })
        .await;
        let message = expect_outcome(&server, scoped, &s3_at(&fake.url()), outcome).await;
        assert_plain(&message, &fake);
        let methods: Vec<String> =
            fake.requests().iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect();
        assert_eq!(methods, ["PUT", "GET", "DELETE"], "{outcome}");
    }
    server.finish().await;
}

#[tokio::test]
async fn nobody_waits_long_for_a_store_that_says_nothing() {
    let server = permissive_server().await;
    let silent = [
        Answer::Silence,
        Answer::Drip("HTTP/1.1 403 Forbidden\r\n\r\n".to_owned()),
        Answer::Drip("HTTP/1.1 200 ".to_owned()),
    ];
    let mut waiting = Vec::new();
    for (index, answer) in silent.into_iter().enumerate() {
        let fake = Fake::start(move |_| answer.clone()).await;
        let slug = format!("acme-{index}");
        let scoped = Organization::of(&server, &format!("{slug}@acme.com"), &slug).await.owner.scoped;
        put(&server, &scoped, &s3_at(&fake.url())).await.expect(200);
        waiting.push((scoped, fake));
    }
    let began = Instant::now();
    let told = together(waiting.iter().map(|(scoped, _)| probe(&server, scoped))).await;
    for ((reason, message), (_, fake)) in told.iter().zip(&waiting) {
        assert_eq!(reason, "timeout", "{message}");
        assert_plain(message, fake);
    }
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());

    // A port on which nobody listens.
    let (scoped, fake) = waiting.pop().unwrap();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for address in [format!("http://{nobody}"), format!("https://{nobody}"), "http://nobody.invalid".to_owned()] {
        for settings in [s3_at(&address), azure_at(&address)] {
            let message = expect_outcome(&server, &scoped, &settings, "unreachable").await;
            assert_plain(&message, &fake);
        }
    }
    server.finish().await;
}

/// Both providers at each of these addresses are refused, and nobody is called.
async fn assert_refused(setup: Setup, addresses: &[&str], fake: &Fake) {
    let server = TestServer::start_with(setup).await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let scoped = &organization.owner.scoped;
    let port = fake.address.port();
    for address in addresses {
        let address = format!("{address}:{port}");
        let suffixed: Json = json!({
            "provider": "AZURE", "container_name": "acme-audit-logs",
            "azure_connection_string": format!("AccountName=acme;AccountKey=c2VjcmV0;BlobEndpoint={address}/acme"),
        });
        for settings in [s3_at(&address), azure_at(&address), suffixed] {
            let message = expect_outcome(&server, scoped, &settings, "refused").await;
            assert_eq!(message, "The address is refused: only public addresses may be used here. Ask the operator.");
        }
    }
    assert!(fake.requests().is_empty(), "{:?}", fake.requests());
    server.finish().await;
}

#[tokio::test]
async fn addresses_inside_are_not_called_however_they_are_written() {
    let fake = Fake::start(|_| stored()).await;
    let inside = [
        "http://127.0.0.1",
        "https://127.0.0.1",
        "http://localhost",
        "http://LOCALHOST",
        "http://[::1]",
        "http://[::ffff:127.0.0.1]",
        "http://2130706433",
        "http://0x7f000001",
        "http://0177.0.0.1",
        "http://127.1",
        "http://10.0.0.1",
        "http://172.16.0.1",
        "http://192.168.0.1",
        "http://100.64.0.1",
        "http://[fd00::1]",
    ];
    // Link-local, where clouds keep their metadata, and what stands for any address of this machine.
    let never = [
        "http://169.254.169.254",
        "http://[fe80::1]",
        "http://[fd00:ec2::254]",
        "http://0.0.0.0",
        "http://0",
        "http://[::]",
    ];
    assert_refused(Setup::default(), &[&inside[..], &never[..]].concat(), &fake).await;
    assert_refused(Setup { private_targets: true, ..Setup::default() }, &never, &fake).await;
}
