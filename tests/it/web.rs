//! The files of the web page, as a browser gets them. What the page does is tested in `tests/web`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use reqwest::Method;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::harness::{TestServer, send};

/// As architecture demands it, word for word.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

#[tokio::test]
async fn the_page_comes_with_its_policy_and_is_asked_about_each_time() {
    let server = TestServer::start().await;
    for (path, content_type) in [
        ("/", "text/html; charset=utf-8"),
        ("/index.html", "text/html; charset=utf-8"),
        ("/vendor/preact.js", "text/javascript; charset=utf-8"),
        ("/vendor/uPlot.css", "text/css; charset=utf-8"),
        ("/icon.svg", "image/svg+xml"),
    ] {
        let plain = server.get(path, "").await;
        assert_eq!(plain.status.as_u16(), 200, "{path}");
        assert_eq!(plain.header("content-type"), Some(content_type), "{path}");
        let is_page = !path.starts_with("/vendor");
        assert_eq!(plain.header("content-security-policy"), is_page.then_some(POLICY), "{path}");
        assert_eq!(plain.header("referrer-policy"), is_page.then_some("no-referrer"), "{path}");
        assert_eq!(plain.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(plain.header("cache-control"), Some("no-cache"), "{path}");
        assert_eq!((plain.header("content-encoding"), plain.header("vary")), (None, Some("accept-encoding")), "{path}");
        assert_eq!(plain.header("ratelimit-limit"), None, "{path}: files are not counted");

        let packed = send(server.request(Method::GET, path).header("accept-encoding", "br, gzip;q=0.5")).await;
        assert_eq!(packed.header("content-encoding"), Some("gzip"), "{path}");
        let refused = send(server.request(Method::GET, path).header("accept-encoding", "gzip;q=0, identity")).await;
        assert_eq!(refused.header("content-encoding"), None, "{path}");

        let (plain_tag, packed_tag) = (plain.header("etag").unwrap(), packed.header("etag").unwrap());
        assert_ne!(plain_tag, packed_tag, "{path}: two forms, two tags");
        for (tag, encoding) in [(plain_tag, "identity"), (packed_tag, "gzip")] {
            let request = server.request(Method::GET, path).header("accept-encoding", encoding);
            let known = send(request.header("if-none-match", tag)).await;
            assert_eq!((known.status.as_u16(), known.text.as_str()), (304, ""), "{path}");
            assert_eq!((known.header("etag"), known.header("content-encoding")), (Some(tag), None), "{path}");
        }
        let head = server.call(Method::HEAD, path, "", json!(null)).await;
        assert_eq!((head.status.as_u16(), head.header("content-type")), (200, Some(content_type)), "{path}");
        let post = server.call(Method::POST, path, "", json!({})).await;
        post.expect_problem(405, "method_not_allowed");
        assert_eq!(post.header("allow"), Some("GET, HEAD"), "{path}");
    }
    server.finish().await;
}

#[tokio::test]
async fn nothing_but_the_page_is_served() {
    let server = TestServer::start().await;
    for path in [
        "/README.md",
        "/common-passwords.txt",
        "/mail/welcome.html",
        "/mail/layout.txt",
        "/vendor/VENDOR.md",
        "/vendor/update.sh",
        "/vendor/preact.d.ts",
        "/vendor",
        "/pages/",
        "/index",
        "//index.html",
        "/vendor//preact.js",
        "/vendor/%70react.js",
        "/..%2fsrc/web.rs",
        "/platform/api",
        "/platform/api/",
        "/platform/api/index.html",
    ] {
        server.get(path, "").await.expect_problem(404, "unknown_route");
    }
    server.finish().await;
}

/// A library that somebody changed by hand would not be what its version says.
#[test]
fn libraries_are_as_their_list_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/vendor");
    let list = fs::read_to_string(folder.join("VENDOR.md")).unwrap();
    let rows = list.lines().filter_map(|line| line.strip_prefix("| `"));
    let listed: BTreeSet<(String, String)> = rows
        .map(|row| {
            let (name, rest) = row.split_once("` |").unwrap();
            (name.to_owned(), rest.rsplit('`').nth(1).unwrap().to_owned())
        })
        .collect();
    let entries = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let served = entries.filter(|path| {
        let name = path.to_string_lossy();
        [".js", ".css", ".html", ".svg"].iter().any(|end| name.ends_with(end))
    });
    let found: BTreeSet<(String, String)> = served
        .map(|path| {
            let sum = Sha256::digest(fs::read(&path).unwrap());
            let sum = sum.iter().map(|byte| format!("{byte:02x}")).collect();
            (path.file_name().unwrap().to_string_lossy().into_owned(), sum)
        })
        .collect();
    assert!(found.len() > 5, "the libraries are not found");
    assert_eq!(found, listed);
}
