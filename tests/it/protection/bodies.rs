//! Bodies: what is no JSON, has another shape, is too large, or ends too soon.

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::domain::service_keys::SCOPES;

use super::{LIMIT, concrete, patient_server, with_body};
use crate::harness::{PASSWORD, Reply, Setup, TestServer, send};
use crate::inspect::{make_service_key, set_platform_admin};
use crate::openapi::{DOCUMENT, example, is_of_type, required_scope, resolve};
use crate::organization::{Organization, Person};
use crate::raw::{exchange, head};

/// Must not come back from anywhere: it stands where a password might.
const MARKER: &str = "Marker9f3c";

/// What opens a route.
enum Access {
    Nothing,
    Token,
    ServiceKey,
}

/// A route that takes a body, as the documentation describes it.
struct BodyRoute {
    method: Method,
    path: String,
    access: Access,
    is_required: bool,
    /// A body that is as it should be.
    example: Json,
    fields: Vec<BodyField>,
}

/// A field of a body, of an object in it, or of the one item of a list; or that item itself.
struct BodyField {
    /// As a 422 names it, with points between the parts and the number of an item in brackets.
    name: String,
    /// Where it stands (RFC 6901).
    pointer: String,
    is_required: bool,
    is_item: bool,
    schema: &'static Json,
}

impl BodyField {
    fn new(name: String, is_required: bool, is_item: bool, schema: &'static Json) -> Self {
        let pointer = format!("/{}", name.replace(']', "").replace(['.', '['], "/"));
        Self { name, pointer, is_required, is_item, schema }
    }
}

fn fields_of(schema: &'static Json, name: &str) -> Vec<BodyField> {
    let mut found = Vec::new();
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    for (own, property) in schema["properties"].as_object().into_iter().flatten() {
        let name = if name.is_empty() { own.clone() } else { format!("{name}.{own}") };
        let schema = resolve(property);
        found.extend(fields_of(schema, &name));
        // A list of plain values has an example of its own, which may be empty.
        if let Some(item) = schema.get("items").map(resolve).filter(|item| item["properties"].is_object()) {
            let name = format!("{name}[0]");
            found.extend(fields_of(item, &name));
            found.push(BodyField::new(name, false, true, item));
        }
        found.push(BodyField::new(name, required.contains(&own.as_str()), false, schema));
    }
    found
}

fn body_routes() -> Vec<BodyRoute> {
    let mut found = Vec::new();
    for (path, methods) in DOCUMENT["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let body = &operation["requestBody"];
            if body.is_null() {
                continue;
            }
            let schema = resolve(&body["content"]["application/json"]["schema"]);
            found.push(BodyRoute {
                method: method.to_uppercase().parse().unwrap(),
                path: concrete(path),
                access: match required_scope(operation) {
                    Some(_) => Access::ServiceKey,
                    None if operation["security"] == json!([]) => Access::Nothing,
                    None => Access::Token,
                },
                is_required: body["required"] == true,
                example: example(schema),
                fields: fields_of(schema, ""),
            });
        }
    }
    found
}

/// An owner who is a platform admin too, and a service, so that no route with a body is closed.
struct BodyCheck {
    server: TestServer,
    owner: Person,
    service_key: String,
}

impl BodyCheck {
    async fn start() -> Self {
        Self::on(patient_server().await).await
    }

    async fn on(server: TestServer) -> Self {
        let owner = Organization::of(&server, "jane@acme.com", "body-check").await.owner;
        set_platform_admin(&server, &owner.email, true).await;
        let (_, service_key) = make_service_key(&server, SCOPES).await;
        Self { server, owner, service_key }
    }

    async fn send(&self, route: &BodyRoute, body: impl Into<Vec<u8>>) -> Reply {
        let mut request = self.server.request(route.method.clone(), &route.path);
        request = match route.access {
            Access::Nothing => request,
            Access::ServiceKey => request.bearer_auth(&self.service_key),
            Access::Token if route.path.starts_with("/service") => request.bearer_auth(&self.owner.scoped),
            Access::Token => request.bearer_auth(&self.owner.access),
        };
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

    /// Sends the good body with one field missing, twice, of another type, or odd.
    async fn wrong_values(&self, route: &BodyRoute, field: &BodyField) {
        let name = &field.name;
        let with = |value: Json| {
            let mut body = route.example.clone();
            *body.pointer_mut(&field.pointer).unwrap() = value;
            body.to_string()
        };
        let refused = async |body: String, what: &str| {
            let reply = self.expect(route, body, 422, "validation_error").await;
            assert_eq!(reply.invalid_fields(), [name.as_str()], "{} {name} {what:.60}", route.path);
        };
        // The values of an object must not pass for it in a list.
        let example = route.example.pointer(&field.pointer).unwrap();
        let values = example.as_object().map(|example| json!(example.values().collect::<Vec<_>>()));
        let mut wrong = vec![json!(1), json!(1.5), json!(true), json!([]), json!([MARKER]), json!({MARKER: MARKER})];
        wrong.extend(values);
        wrong.extend(field.is_required.then_some(Json::Null));
        wrong.retain(|value| !is_of_type(field.schema, value));
        assert!(wrong.len() >= 4, "{} {name}: {wrong:?}", route.path);
        for value in wrong {
            refused(with(value.clone()), &value.to_string()).await;
        }
        if field.is_item {
            return;
        }
        let (parent, own) = field.pointer.rsplit_once('/').unwrap();
        let mut without = route.example.clone();
        without.pointer_mut(parent).and_then(Json::as_object_mut).unwrap().remove(own);
        if field.is_required {
            refused(without.to_string(), "missing").await;
        }
        let changed: Json = serde_json::from_str(&with(json!(MARKER))).unwrap();
        let twice = format!("{{\"{own}\": {example}, {}", &changed.pointer(parent).unwrap().to_string()[1..]);
        let mut body = route.example.clone();
        *body.pointer_mut(parent).unwrap() = json!("TWICE");
        refused(body.to_string().replace("\"TWICE\"", &twice), "twice").await;
        // In a list, it is the item that is wrong.
        let nested = (0..60).fold(json!(MARKER), |inner, _| json!([inner]));
        let reply = self.expect(route, with(nested), 422, "validation_error").await;
        let named = reply.invalid_fields();
        let is_item = field.schema["items"].is_object() && named == [format!("{name}[0]")];
        assert!(is_item || named == [name.as_str()], "{} {name}: {named:?}", route.path);
        // Half of a surrogate pair is well-formed by the letter, and no text.
        for lone in ["\\ud800", "\\udc00", "\\ud800\\ud800"] {
            self.expect(route, with(json!("LONE")).replace("LONE", lone), 400, "malformed_json").await;
        }
        for odd in ["\\u0000", "a\\u0000b@acme.com", "\\uffff", "\\u202e", "\\ud83d\\ude00", "' OR 1=1 --", "{{7*7}}"] {
            self.send(route, with(json!("ODD")).replace("ODD", odd)).await;
        }
        self.send(route, with(json!("x".repeat(60_000)))).await;
    }
}

#[tokio::test]
async fn what_is_no_json_is_malformed() {
    let check = BodyCheck::start().await;
    let routes = body_routes();
    assert!(routes.len() >= 25, "the routes with a body are not found");
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
    let routes = body_routes();
    let mut names = routes.iter().flat_map(|route| &route.fields).map(|field| field.name.as_str());
    assert!(names.any(|name| name == "events[0].tenant_id"), "the fields of items are not found");
    for route in &routes {
        let values: Vec<Json> = route.example.as_object().unwrap().values().cloned().collect();
        let wholes = [json!(null), json!(true), json!(1), json!(MARKER), json!([]), json!([MARKER]), json!(values)];
        for whole in wholes {
            let reply = check.expect(route, whole.to_string(), 422, "validation_error").await;
            assert_eq!(reply.invalid_fields(), ["body"], "{} {whole}", route.path);
        }
        for field in &route.fields {
            check.wrong_values(route, field).await;
        }
    }
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
