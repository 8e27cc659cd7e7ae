//! The reference page: all of the document, for people, and nothing from elsewhere.

use std::collections::BTreeSet;

use reqwest::Method;

use crate::harness::{TestServer, send};
use crate::openapi::DOCUMENT;

/// What stands between two texts, each time.
fn between<'a>(html: &'a str, start: &str, end: char) -> Vec<&'a str> {
    html.split(start).skip(1).filter_map(|rest| rest.split(end).next()).collect()
}

#[tokio::test]
async fn the_page_shows_every_operation_and_every_code() {
    let server = TestServer::start().await;
    let page = server.get("/docs/api", "").await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    // Slashes are written so that they close nothing.
    let html = &page.text.replace("&#x2f;", "/");
    let ids: BTreeSet<&str> = between(html, " id=\"", '"').into_iter().collect();
    assert_eq!(ids.len(), between(html, " id=\"", '"').len(), "no id is there twice");
    for (path, methods) in DOCUMENT["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            let start = html.find(&format!("<article class=\"operation\" id=\"{id}\"")).expect(id);
            let article = html[start..].split("</article>").next().unwrap();
            assert!(article.contains(&format!("<code>{path}</code>")), "{path}");
            assert!(article.contains(&format!(">{}</span>", method.to_uppercase())), "{method} {path}");
            for parameter in operation["parameters"].as_array().unwrap() {
                let name = parameter["name"].as_str().unwrap();
                assert!(article.contains(&format!("<code>{name}</code>")), "{method} {path}: {name}");
            }
            for status in operation["responses"].as_object().unwrap().keys() {
                assert!(article.contains(&format!(">{status}</span>")), "{method} {path}: {status}");
            }
        }
    }
    for code in trueport::error::Code::ALL {
        assert!(ids.contains(&*format!("error-{}", code.as_str())), "{}", code.as_str());
    }
    for target in between(html, "href=\"#", '"') {
        assert!(ids.contains(target), "a link leads to {target}, which is not there");
    }
    // The specification's own words.
    for text in
        ["usr_a1b2c3d4", "Payment overdue", "smtp.sendgrid.com", "DefaultEndpointsProtocol=https;AccountName=..."]
    {
        assert!(html.contains(text), "{text}");
    }
    server.finish().await;
}

#[tokio::test]
async fn it_needs_neither_scripts_nor_anybody_else() {
    let server = TestServer::start().await;
    let page = server.get("/docs/api", "").await;
    let root = server.get("/", "").await;
    for name in ["content-security-policy", "referrer-policy", "x-content-type-options"] {
        assert!(page.header(name).is_some() && page.header(name) == root.header(name), "{name}");
    }
    let html = &page.text.replace("&#x2f;", "/");
    for forbidden in ["<script", " style=", " onclick", "src=\"http", "href=\"http", "src=\"//", "href=\"//"] {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
    for path in ["href=\"/", "src=\"/"].iter().flat_map(|start| between(html, start, '"')) {
        let reply = send(server.request(Method::GET, &format!("/{path}"))).await;
        assert_eq!(reply.status.as_u16(), 200, "{path}");
    }
    let tag = page.header("etag").expect("a tag");
    let known = send(server.request(Method::GET, "/docs/api").header("if-none-match", tag)).await;
    assert_eq!((known.status.as_u16(), known.text.as_str()), (304, ""));
    let packed = server.request(Method::HEAD, "/docs/api").header("accept-encoding", "br");
    assert_eq!(send(packed).await.header("content-encoding"), Some("br"));
    server.call(Method::POST, "/docs/api", "", serde_json::json!({})).await.expect_problem(405, "method_not_allowed");
    server.get("/docs", "").await.expect_problem(404, "unknown_route");
    server.finish().await;
}
