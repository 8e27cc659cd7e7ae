//! Bad input and too much of it: the order of checks, bodies, headers, paths, request ids (contract 2, 3, 5).

use std::collections::{BTreeMap, BTreeSet};

use reqwest::{Method, RequestBuilder};
use serde_json::{Value as Json, json};
use trueport::args;
use trueport::db::Tx;
use trueport::domain::caller::System;
use trueport::http::routes;

use crate::audit::events;
use crate::harness::{PASSWORD, Reply, Setup, TestServer, Tokens, send};
use crate::raw::{exchange, head};

/// Must not come back from anywhere: it stands where a password might.
const MARKER: &str = "Marker9f3c";

const LIMIT: usize = 64 * 1024;

/// A server whose limit on anonymous requests is out of the way.
async fn patient_server() -> TestServer {
    let server = TestServer::start().await;
    server.set_config("auth.anonymous_requests_per_minute", json!(1_000_000)).await;
    server
}

/// A path of the table as [`TestServer::request`] takes it, with an id where one belongs.
pub(crate) fn concrete(path: &str) -> String {
    let path = path.strip_prefix(trueport::http::BASE_PATH).unwrap_or(path);
    path.replace("{id}", "ses_01h455vb4pex5vsknk084sn02q")
}

fn with_body(request: RequestBuilder, content_type: &str, body: impl Into<reqwest::Body>) -> RequestBuilder {
    let request = if content_type.is_empty() { request } else { request.header("Content-Type", content_type) };
    request.body(body)
}

fn huge(start: &str) -> String {
    format!("{start}{}", " ".repeat(2 * LIMIT))
}

#[tokio::test]
async fn checks_come_in_one_order() {
    let server = patient_server().await;
    let tokens = server.person("jane@acme.com").await;
    let (access, refresh) = (tokens.access.as_str(), tokens.refresh.as_str());
    let wrong = json!({"current_password": "wrong password", "new_password": "short"}).to_string();
    let login = |password: &str| json!({"email": "locked@acme.com", "password": password}).to_string();
    for _ in 0..10 {
        let body = json!({"email": "locked@acme.com", "password": "wrong password"});
        server.post("/global/auth/login", body).await.expect_problem(401, "invalid_credentials");
    }
    let (json, text) = ("application/json", "text/plain");
    let (password, session) = ("/global/auth/password", "/global/auth/sessions/x");
    let (login_path, refresh_path) = ("/global/auth/login", "/global/auth/refresh");
    // What is wrong with each request, from the check that comes first to the one that comes last.
    let cases: &[(&str, &str, &str, &str, String, u16, &str)] = &[
        ("POST", "/global/auth/nowhere", "garbage", text, huge("{"), 404, "unknown_route"),
        ("PATCH", "/global/auth/nowhere", refresh, json, huge("{"), 404, "unknown_route"),
        ("PATCH", password, "garbage", text, huge("{"), 405, "method_not_allowed"),
        ("DELETE", login_path, "", text, huge("{"), 405, "method_not_allowed"),
        ("PUT", password, "", text, huge("{"), 401, "unauthorized"),
        ("PUT", password, "garbage", json, huge("{"), 401, "unauthorized"),
        ("DELETE", session, "", json, String::new(), 401, "unauthorized"),
        ("PUT", password, refresh, text, huge("{"), 403, "wrong_token_scope"),
        ("DELETE", session, refresh, json, String::new(), 403, "wrong_token_scope"),
        ("PUT", password, access, text, huge("{"), 415, "unsupported_media_type"),
        ("PUT", password, access, "", huge("{"), 415, "unsupported_media_type"),
        ("POST", login_path, "", text, huge("{"), 415, "unsupported_media_type"),
        ("POST", refresh_path, "", text, huge("{"), 415, "unsupported_media_type"),
        ("POST", refresh_path, "", "", huge("{"), 415, "unsupported_media_type"),
        ("PUT", password, access, json, huge("{"), 413, "body_too_large"),
        ("POST", login_path, "", json, huge("{"), 413, "body_too_large"),
        ("POST", refresh_path, "", json, huge("{"), 413, "body_too_large"),
        ("PUT", password, access, json, "{\"new_password\": 1, ".into(), 400, "malformed_json"),
        ("POST", login_path, "", json, "{\"email\": 1, ".into(), 400, "malformed_json"),
        ("PUT", password, access, json, wrong, 422, "validation_error"),
        ("POST", login_path, "", json, "{\"email\": \"locked@acme.com\"}".into(), 422, "validation_error"),
        ("POST", login_path, "", json, login("wrong password"), 429, "too_many_attempts"),
        ("POST", login_path, "", json, login(PASSWORD), 429, "too_many_attempts"),
        ("DELETE", session, access, json, String::new(), 404, "not_found"),
    ];
    for (method, path, token, content_type, body, status, code) in cases {
        let mut request = server.request(method.parse().unwrap(), path);
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        let reply = send(with_body(request, content_type, body.clone())).await;
        let what = format!("{method} {path} {content_type} {body:.40}");
        assert_eq!((reply.status.as_u16(), &reply.json()["code"]), (*status, &json!(code)), "{what}");
        reply.expect_problem(*status, code);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let server = patient_server().await;
    let mut by_path: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for route in routes::table() {
        by_path.entry(route.operation.path().to_owned()).or_default().insert(route.operation.method().to_string());
    }
    for (path, mut allowed) in by_path {
        if allowed.contains("GET") {
            allowed.insert("HEAD".to_owned());
        }
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE"] {
            if allowed.contains(method) {
                continue;
            }
            let reply = send(server.request(method.parse().unwrap(), &concrete(&path))).await;
            assert_eq!(reply.status.as_u16(), 405, "{method} {path}");
            if method != "HEAD" {
                reply.expect_problem(405, "method_not_allowed");
            }
            let told: BTreeSet<String> =
                reply.header("allow").unwrap_or_default().split(',').map(|name| name.trim().to_owned()).collect();
            assert_eq!(told, allowed, "{method} {path}");
        }
    }
    server.finish().await;
}

/// A route that takes a body, as the documentation describes it.
struct BodyRoute {
    method: Method,
    path: String,
    needs_token: bool,
    is_required: bool,
    /// A body that is as it should be.
    example: Json,
    required: BTreeSet<String>,
}

fn body_routes() -> Vec<BodyRoute> {
    let document = trueport::http::routes::document();
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let body = &operation["requestBody"];
            let Some(reference) = body["content"]["application/json"]["schema"]["$ref"].as_str() else { continue };
            let schema = document.pointer(reference.trim_start_matches('#')).expect("a schema");
            let properties = schema["properties"].as_object().unwrap();
            let example = properties.iter().map(|(name, property)| (name.clone(), property["example"].clone()));
            let required = schema["required"].as_array().into_iter().flatten();
            found.push(BodyRoute {
                method: method.to_uppercase().parse().unwrap(),
                path: concrete(path),
                needs_token: !operation["security"].as_array().unwrap().is_empty(),
                is_required: body["required"] == true,
                example: Json::Object(example.collect()),
                required: required.map(|name| name.as_str().unwrap().to_owned()).collect(),
            });
        }
    }
    found
}

struct BodyCheck {
    server: TestServer,
    tokens: Tokens,
}

impl BodyCheck {
    async fn start() -> Self {
        Self::on(patient_server().await).await
    }

    async fn on(server: TestServer) -> Self {
        let tokens = server.person("jane@acme.com").await;
        Self { server, tokens }
    }

    async fn send(&self, route: &BodyRoute, body: impl Into<Vec<u8>>) -> Reply {
        let mut request = self.server.request(route.method.clone(), &route.path);
        if route.needs_token {
            request = request.bearer_auth(&self.tokens.access);
        }
        let body: Vec<u8> = body.into();
        let what = format!("{} {} {:.200}", route.method, route.path, String::from_utf8_lossy(&body));
        let reply = send(with_body(request, "application/json", body)).await;
        assert!(reply.status.as_u16() < 500, "{what}: {}", reply.text);
        assert!(!reply.text.contains(MARKER), "{what}: {}", reply.text);
        reply
    }

    async fn expect(&self, route: &BodyRoute, body: impl Into<Vec<u8>>, status: u16, code: &str) -> Reply {
        let body: Vec<u8> = body.into();
        let what = format!("{} {} {:.200}", route.method, route.path, String::from_utf8_lossy(&body));
        let reply = self.send(route, body).await;
        let problem = (reply.status.as_u16(), reply.json()["code"].clone());
        assert_eq!(problem, (status, json!(code)), "{what}: {}", reply.text);
        reply.expect_problem(status, code);
        reply
    }
}

#[tokio::test]
async fn what_is_no_json_is_malformed() {
    let check = BodyCheck::start().await;
    let routes = body_routes();
    assert!(routes.len() >= 11, "the routes with a body are not found");
    let utf16: Vec<u8> = "{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let invalid_utf8 = [b"{\"email\": \"".as_slice(), &[0xff, 0xfe], b"\"}"].concat();
    let overlong = [b"{\"email\": \"".as_slice(), &[0xc0, 0x80], b"\"}"].concat();
    let raw_nul = [b"{\"email\": \"a".as_slice(), &[0], b"b\"}"].concat();
    let bom = [[0xef, 0xbb, 0xbf].as_slice(), b"{}"].concat();
    let bytes = [utf16, invalid_utf8, overlong, raw_nul, bom, vec![0xff], vec![0]];
    let texts = [
        " ",
        "{",
        "}",
        "{]",
        "[",
        "nul",
        "NaN",
        "Infinity",
        "+1",
        "01",
        "0x10",
        "'a'",
        "{\"a\" 1}",
        "{\"a\": 1,}",
        "{'a': 1}",
        "{a: 1}",
        "{\"a\": tru}",
        "{\"a\": \"",
        "{\"a\": \"\\x41\"}",
        "{\"a\": \"\\u12\"}",
        "{\"a\": \"line\nbreak\"}",
        "{} {}",
        "{}x",
        "// comment\n{}",
        "{\"a\": 1}}",
        "<xml/>",
        "email=a%40b.c",
    ];
    let deep = "[".repeat(60_000);
    for route in &routes {
        for body in bytes.iter().cloned().chain(texts.iter().map(|text| text.as_bytes().to_vec())) {
            check.expect(route, body, 400, "malformed_json").await;
        }
        check.expect(route, format!("{{\"password\": \"{MARKER}"), 400, "malformed_json").await;
        check.expect(route, format!("{{\"password\": {MARKER}}}"), 400, "malformed_json").await;
        check.expect(route, deep.clone(), 400, "malformed_json").await;
        match route.is_required {
            true => check.expect(route, "", 400, "malformed_json").await,
            false => check.expect(route, "", 422, "validation_error").await,
        };
    }
    check.server.finish().await;
}

#[tokio::test]
async fn what_has_another_shape_names_the_field_and_not_the_value() {
    let check = BodyCheck::start().await;
    for route in &body_routes() {
        let values: Vec<Json> = route.example.as_object().unwrap().values().cloned().collect();
        let wholes = [json!(null), json!(true), json!(1), json!(MARKER), json!([]), json!([MARKER]), json!(values)];
        for whole in wholes {
            let reply = check.expect(route, whole.to_string(), 422, "validation_error").await;
            assert_eq!(reply.invalid_fields(), ["body"], "{} {whole}", route.path);
        }
        for name in route.example.as_object().unwrap().keys() {
            let with = |value: Json| {
                let mut body = route.example.clone();
                body[name] = value;
                body.to_string()
            };
            let nested = (0..60).fold(json!(MARKER), |inner, _| json!([inner]));
            let mut wrong =
                vec![json!(1), json!(1.5), json!(true), json!([]), json!([MARKER]), json!({MARKER: MARKER}), nested];
            if route.required.contains(name) {
                wrong.push(json!(null));
                let mut without = route.example.clone();
                without.as_object_mut().unwrap().remove(name);
                let reply = check.expect(route, without.to_string(), 422, "validation_error").await;
                assert_eq!(reply.invalid_fields(), [name.as_str()], "{} without {name}", route.path);
            }
            for value in wrong {
                let reply = check.expect(route, with(value.clone()), 422, "validation_error").await;
                assert_eq!(reply.invalid_fields(), [name.as_str()], "{} {name} {value:.60}", route.path);
            }
            let example = &route.example[name];
            let twice = format!("{{\"{name}\": {example}, {}", &with(json!(MARKER))[1..]);
            let reply = check.expect(route, twice, 422, "validation_error").await;
            assert_eq!(reply.invalid_fields(), [name.as_str()], "{} with {name} twice", route.path);
            // Half of a surrogate pair is well-formed by the letter, and no text.
            for lone in ["\\ud800", "\\udc00", "\\ud800\\ud800"] {
                let body = with(json!("LONE")).replace("LONE", lone);
                check.expect(route, body, 400, "malformed_json").await;
            }
            for odd in
                ["\\u0000", "a\\u0000b@acme.com", "\\uffff", "\\u202e", "\\ud83d\\ude00", "' OR 1=1 --", "{{7*7}}"]
            {
                check.send(route, with(json!("ODD")).replace("ODD", odd)).await;
            }
            check.send(route, with(json!("x".repeat(60_000)))).await;
        }
    }
    // A strange name is a name: that registration was good.
    check.server.mail.next_mail_to("dev@acme.com").await;
    check.server.finish().await;
}

/// Good bodies with one byte changed: some stay good, none breaks anything.
#[tokio::test]
async fn a_changed_byte_is_at_most_a_clients_fault() {
    // Some of these calls succeed, so that mails wait: they are not what is looked at.
    let server = TestServer::start_with(Setup { smtp: false, ..Setup::default() }).await;
    server.set_config("auth.anonymous_requests_per_minute", json!(1_000_000)).await;
    let check = BodyCheck::on(server).await;
    for route in &body_routes() {
        let good = route.example.to_string().into_bytes();
        for (index, byte) in good.iter().enumerate() {
            let mut changed = good.clone();
            match index % 4 {
                0 => changed[index] = byte.wrapping_add(1),
                1 => changed[index] = 0,
                2 => changed[index] |= 0x80,
                _ => drop(changed.remove(index)),
            }
            check.send(route, changed).await;
        }
    }
    check.server.finish().await;
}

#[tokio::test]
async fn unknown_fields_and_deep_ones_are_ignored() {
    let server = patient_server().await;
    server.register("jane@acme.com").await;
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    let body = format!(
        "{{\"x\": {deep}, \"email\": \"jane@acme.com\", \"x\": 1e999, \"password\": \"{PASSWORD}\", \"role\": \"owner\"}}"
    );
    let request = server.request(Method::POST, "/global/auth/login");
    send(with_body(request, "application/json", body)).await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn a_body_is_json_of_at_most_64_kib() {
    let server = patient_server().await;
    server.register("jane@acme.com").await;
    let login = json!({"email": "jane@acme.com", "password": PASSWORD}).to_string();
    let fitting = format!("{}{login}", " ".repeat(LIMIT - login.len()));
    let too_large = format!(" {fitting}");
    let chunked = |body: &str| {
        let parts: Vec<String> =
            body.as_bytes().chunks(8192).map(|part| String::from_utf8(part.to_vec()).unwrap()).collect();
        parts.iter().map(|part| format!("{:x}\r\n{part}\r\n", part.len())).collect::<String>() + "0\r\n\r\n"
    };
    let json_type = "Content-Type: application/json\r\n";
    let cases = [
        ("the limit", format!("{json_type}Content-Length: {}\r\n", fitting.len()), fitting.clone(), 200, ""),
        (
            "one more",
            format!("{json_type}Content-Length: {}\r\n", too_large.len()),
            too_large.clone(),
            413,
            "body_too_large",
        ),
        ("announced only", format!("{json_type}Content-Length: 99999999999\r\n"), String::new(), 413, "body_too_large"),
        ("the limit, in chunks", format!("{json_type}Transfer-Encoding: chunked\r\n"), chunked(&fitting), 200, ""),
        (
            "one more, in chunks",
            format!("{json_type}Transfer-Encoding: chunked\r\n"),
            chunked(&too_large),
            413,
            "body_too_large",
        ),
        ("no type", format!("Content-Length: {}\r\n", login.len()), login.clone(), 415, "unsupported_media_type"),
    ];
    for (what, fields, body, status, code) in cases {
        let message = head("POST", "/platform/api/global/auth/login", &fields) + &body;
        let reply = exchange(&server, message.as_bytes(), false).await;
        assert_eq!(reply.status, status, "{what}: {reply:?}");
        if !code.is_empty() {
            assert_eq!(reply.problem(), code, "{what}");
        }
    }
    // The reply to a body of many megabytes arrives too.
    let flood =
        send(with_body(server.request(Method::POST, "/global/auth/login"), "application/json", vec![b' '; 8 << 20]))
            .await;
    flood.expect_problem(413, "body_too_large");
    for (content_type, status) in [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("Application/JSON ; charset=UTF-8", 200),
        ("application/problem+json", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=application/json", 415),
        ("text/json", 415),
        ("application/jsonp", 415),
        ("json", 415),
    ] {
        let request = server.request(Method::POST, "/global/auth/login");
        let reply = send(with_body(request, content_type, login.clone())).await;
        assert_eq!(reply.status.as_u16(), status, "{content_type}");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_body_that_ends_too_soon_is_no_request() {
    let server = patient_server().await;
    let json_type = "Content-Type: application/json\r\n";
    for (fields, body) in [
        (format!("{json_type}Content-Length: 100\r\n"), "{\"email\": \"a@b.c\""),
        (format!("{json_type}Content-Length: 100\r\n"), ""),
        (format!("{json_type}Transfer-Encoding: chunked\r\n"), "10\r\n{\"email\""),
        (format!("{json_type}Transfer-Encoding: chunked\r\n"), "zz\r\n{}\r\n0\r\n\r\n"),
        (format!("{json_type}Transfer-Encoding: chunked\r\n"), ""),
    ] {
        for target in ["/platform/api/global/auth/login", "/platform/api/global/auth/refresh"] {
            let message = head("POST", target, &fields) + body;
            let reply = exchange(&server, message.as_bytes(), true).await;
            assert_eq!((reply.status, reply.problem()), (400, "malformed_json".to_owned()), "{fields} {body}");
        }
    }
    server.get("/healthz", "").await.expect(200);
    server.finish().await;
}

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
        "/".to_owned(),
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

#[tokio::test]
async fn every_reply_says_that_it_is_not_to_be_kept_or_guessed_at() {
    let server = patient_server().await;
    for path in ["/healthz", "/global/auth/me", "/global/auth/nowhere", "/.well-known/jwks.json"] {
        let reply = server.get(path, "").await;
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{path}");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_fault_inside_tells_nothing_of_the_inside() {
    let server = patient_server().await;
    let tokens = server.person("jane@acme.com").await;
    let break_it = |tx: &mut Tx<'_>, _: &System| Ok(tx.execute("ALTER TABLE sessions RENAME TO gone", args![])?);
    server.app.write(&System, break_it).await.unwrap();
    for (method, path, body) in [
        (Method::GET, "/global/auth/me", Json::Null),
        (Method::POST, "/global/auth/login", json!({"email": "jane@acme.com", "password": PASSWORD})),
    ] {
        let reply = server.call(method, path, &tokens.access, body).await;
        let body = reply.expect_problem(500, "internal_error");
        let members: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert_eq!(members, ["code", "detail", "request_id", "status", "title", "type"]);
        for inside in ["session", "gone", "table", "relation", "SELECT", "INSERT", "src/", "/tmp", "sqlite", "postgres"]
        {
            assert!(!reply.text.contains(inside), "{inside}: {}", reply.text);
        }
    }
    // What needs none of it goes on.
    server.get("/healthz", "").await.expect(200);
    server.finish().await;
}
