//! Web pages of other origins: none may use the API, unless the platform admin names them.

use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::harness::{PASSWORD, Reply, TestServer, call, send};

const ORIGIN: &str = "https://app.example";

async fn preflight(server: &TestServer, path: &str, origin: &str) -> Reply {
    let request = server.request(Method::OPTIONS, path).header("origin", origin);
    let asked = request.header("access-control-request-method", "POST");
    send(asked.header("access-control-request-headers", "authorization,content-type")).await
}

fn cors_headers(reply: &Reply) -> Vec<&str> {
    let names = reply.headers.keys().map(|name| name.as_str());
    names.filter(|name| name.starts_with("access-control-") || *name == "vary").collect()
}

#[tokio::test]
async fn it_is_off_by_default() {
    let server = TestServer::start().await;
    for origin in [ORIGIN, "null", "*", server.url.as_str()] {
        let reply = preflight(&server, "/global/auth/login", origin).await;
        reply.expect_problem(405, "method_not_allowed");
        assert_eq!((cors_headers(&reply), reply.header("allow")), (vec![], Some("POST")));
        let reply = send(server.request(Method::GET, "/.well-known/jwks.json").header("origin", origin)).await;
        reply.expect(200);
        assert_eq!(cors_headers(&reply), Vec::<&str>::new());
    }
    server.finish().await;
}

#[tokio::test]
async fn an_origin_that_is_named_may_use_the_api_without_cookies() {
    let server = TestServer::start().await;
    server.register("jane@acme.com").await;
    server.set_config("api.cors_origins", json!("http://localhost:5173 https://APP.example/")).await;

    for path in ["/global/auth/login", "/service/configs/base_url", "/global/auth/nowhere"] {
        let asked = preflight(&server, path, ORIGIN).await;
        assert_eq!((asked.status.as_u16(), asked.text.as_str()), (204, ""), "{path}");
        assert_eq!(asked.header("access-control-allow-origin"), Some(ORIGIN));
        assert_eq!(asked.header("access-control-allow-methods"), Some("GET, POST, PUT, PATCH, DELETE"));
        let allowed = asked.header("access-control-allow-headers").unwrap();
        for name in ["authorization", "content-type", "idempotency-key", "if-none-match", "x-request-id"] {
            assert!(allowed.split(", ").any(|own| own == name), "{name}");
        }
        // With this one a page would ask for the cookie.
        assert!(!allowed.contains("x-trueport-session"));
        assert_eq!(asked.header("vary"), Some("origin"));
        assert!(asked.header("x-request-id").is_some());
    }

    let login = json!({"email": "jane@acme.com", "password": PASSWORD});
    let request = server.request(Method::POST, "/global/auth/login").header("origin", "http://localhost:5173");
    let signed_in = call(request, "", &login).await;
    let access = signed_in.expect(200)["access_token"].as_str().unwrap().to_owned();
    assert_eq!(signed_in.header("access-control-allow-origin"), Some("http://localhost:5173"));
    assert_eq!(signed_in.header("access-control-allow-credentials"), None);
    assert_eq!(signed_in.header("vary"), Some("origin"));
    let exposed = signed_in.header("access-control-expose-headers").unwrap();
    for name in ["etag", "x-request-id", "x-total-count", "retry-after", "idempotency-replayed", "ratelimit-remaining"]
    {
        assert!(exposed.split(", ").any(|own| own == name), "{name}");
    }
    // A page must be able to read why it was refused, and what it has already.
    let refused = send(server.request(Method::GET, "/global/auth/me").header("origin", ORIGIN)).await;
    refused.expect_problem(401, "unauthorized");
    assert_eq!(refused.header("access-control-allow-origin"), Some(ORIGIN));
    let mine = server.get("/global/auth/me", &access).await;
    let request = server.request(Method::GET, "/global/auth/me").header("if-none-match", mine.header("etag").unwrap());
    let known = call(request.header("origin", ORIGIN), &access, &Json::Null).await;
    assert_eq!((known.status.as_u16(), known.header("access-control-allow-origin")), (304, Some(ORIGIN)));
    // A cache must not hand out to one origin what another one was told.
    assert_eq!((mine.header("access-control-allow-origin"), mine.header("vary")), (None, Some("origin")));
    let tree = server.request(Method::GET, "/openapi.json");
    let vary: Vec<String> =
        send(tree).await.headers.get_all("vary").iter().map(|v| v.to_str().unwrap().into()).collect();
    assert_eq!(vary.join(", "), "accept-encoding, origin");

    for origin in ["https://app.example.evil", "https://other.example", "http://app.example", "null", "*", ""] {
        let reply = preflight(&server, "/global/auth/login", origin).await;
        reply.expect_problem(405, "method_not_allowed");
        assert_eq!(cors_headers(&reply), ["vary"], "{origin}");
    }
    // Neither the page of this server nor its probes are part of the API.
    for path in ["/", "/healthz"] {
        let reply = send(server.request(Method::GET, path).header("origin", ORIGIN)).await;
        assert_eq!(reply.header("access-control-allow-origin"), None, "{path}");
    }
    // It is a question only with the method that is meant.
    let plain = send(server.request(Method::OPTIONS, "/global/auth/login").header("origin", ORIGIN)).await;
    plain.expect_problem(405, "method_not_allowed");

    server.set_config("api.cors_origins", json!("")).await;
    preflight(&server, "/global/auth/login", ORIGIN).await.expect_problem(405, "method_not_allowed");
    server.finish().await;
}

#[tokio::test]
async fn what_is_no_origin_is_refused() {
    let server = TestServer::start().await;
    let admin = crate::plans::platform_admin(&server).await;
    let put = async |value: Json| {
        server.call(Method::PUT, "/admin/configs/api.cors_origins", &admin, json!({"value": value})).await
    };
    for value in [
        json!("*"),
        json!("null"),
        json!("app.example"),
        json!("https://*.example"),
        json!("https://app.example/path"),
        json!("https://app.example?x"),
        json!("https://jane@app.example"),
        json!("ftp://app.example"),
        json!("https://app.example, *"),
        json!(format!("https://{}.example", "a".repeat(5_000))),
        json!(true),
        json!(["https://app.example"]),
    ] {
        assert_eq!(put(value.clone()).await.invalid_fields(), ["value"], "{value}");
    }
    for (value, taken) in [
        ("HTTPS://App.Example:443/", "https://app.example"),
        (" http://localhost:5173,https://b\u{fc}cher.example", "http://localhost:5173, https://xn--bcher-kva.example"),
        ("http://[::1]:80", "http://[::1]"),
        ("", ""),
    ] {
        assert_eq!(put(json!(value)).await.expect(200)["val"], taken);
    }
    server.finish().await;
}
