//! Large replies are compressed for clients that ask for it.

use std::io::Read as _;

use flate2::read::GzDecoder;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value as Json, json};

use crate::harness::{TestServer, call};
use crate::organization::Organization;

const CONFIGS: &str = "/platform/api/service/configs";

/// Status, headers and the bytes of the body as they travelled.
async fn fetch(server: &TestServer, path: &str, token: &str, encodings: &str) -> (u16, HeaderMap, Vec<u8>) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.get(format!("{}{path}", server.url)).bearer_auth(token);
    let request = if encodings.is_empty() { request } else { request.header("accept-encoding", encodings) };
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    (status, headers, response.bytes().await.unwrap().to_vec())
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_large_reply_is_compressed_as_the_client_likes() {
    let server = TestServer::start().await;
    let acme = Organization::of(&server, "jane@acme.com", "acme").await;
    let (_, plain_headers, plain) = fetch(&server, CONFIGS, &acme.owner.scoped, "").await;
    let tag = text(&plain_headers, "etag").unwrap();
    assert!(plain.len() > 2_000, "{}", plain.len());
    assert_eq!(
        (text(&plain_headers, "content-encoding"), text(&plain_headers, "vary")),
        (None, Some("accept-encoding"))
    );
    for (encodings, chosen) in [
        ("gzip", Some("gzip")),
        ("br", Some("br")),
        ("gzip, deflate, br", Some("br")),
        ("gzip, br;q=0.5", Some("gzip")),
        ("br;q=0, gzip;q=0.1", Some("gzip")),
        ("deflate, zstd", None),
        ("identity", None),
        ("gzip;q=0", None),
        ("nonsense;;q=x", None),
    ] {
        let (status, headers, bytes) = fetch(&server, CONFIGS, &acme.owner.scoped, encodings).await;
        assert_eq!((status, text(&headers, "content-encoding")), (200, chosen), "{encodings}");
        assert_eq!(text(&headers, "vary"), Some("accept-encoding"), "{encodings}");
        assert_eq!(text(&headers, "content-type"), Some("application/json"), "{encodings}");
        match chosen {
            None => assert!(bytes == plain && text(&headers, "etag") == Some(tag), "{encodings}"),
            Some(_) => {
                assert!(bytes.len() < plain.len() / 2, "{encodings}: {} of {}", bytes.len(), plain.len());
                // The same state of things in other bytes.
                assert_eq!(text(&headers, "etag"), Some(&*format!("W/{tag}")), "{encodings}");
            }
        }
        if chosen == Some("gzip") {
            let mut unpacked = Vec::new();
            GzDecoder::new(bytes.as_slice()).read_to_end(&mut unpacked).unwrap();
            assert_eq!(unpacked, plain);
        }
    }
    let head = server.request(Method::HEAD, "/service/configs").header("accept-encoding", "gzip");
    let head = call(head, &acme.owner.scoped, &Json::Null).await;
    assert_eq!((head.status.as_u16(), head.header("content-encoding")), (200, Some("gzip")));
    assert_eq!((head.header("etag"), head.header("content-length")), (Some(&*format!("W/{tag}")), None));
    // Whoever knows one form knows the other.
    for known in [tag.to_owned(), format!("W/{tag}")] {
        for encodings in ["gzip", "identity"] {
            let request = server.request(Method::GET, "/service/configs").header("accept-encoding", encodings);
            let reply = call(request.header("if-none-match", &known), &acme.owner.scoped, &Json::Null).await;
            assert_eq!((reply.status.as_u16(), reply.text.as_str()), (304, ""), "{known} {encodings}");
            assert_eq!((reply.header("content-encoding"), reply.header("content-length")), (None, None));
            assert_eq!(reply.header("vary"), Some("accept-encoding"));
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn small_replies_refusals_and_secrets_are_not_compressed() {
    let server = TestServer::start().await;
    let acme = Organization::of(&server, "jane@acme.com", "acme").await;
    let long = "x".repeat(3_000);
    let select = json!({"tenant_id": acme.id});
    let cases = [
        (Method::GET, "/global/auth/me".to_owned(), Json::Null),
        (Method::GET, format!("/global/tenants?q={long}"), Json::Null),
        (Method::POST, "/global/auth/select-tenant".to_owned(), select),
        (
            Method::POST,
            "/global/auth/login".to_owned(),
            json!({"email": "jane@acme.com", "password": "SecurePassword123!"}),
        ),
    ];
    for (method, path, body) in cases {
        let request = server.request(method, &path).header("accept-encoding", "gzip, br");
        let reply = call(request, &acme.owner.access, &body).await;
        assert_eq!(reply.header("content-encoding"), None, "{path}");
    }
    server.finish().await;
}
