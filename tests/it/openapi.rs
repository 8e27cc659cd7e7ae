//! The OpenAPI document: what it says is there, and what is there it says (contract, head).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value as Json, json};
use trueport::domain::service_keys::SCOPES;
use trueport::http::routes;

use crate::harness::TestServer;

pub(crate) static DOCUMENT: LazyLock<Json> = LazyLock::new(routes::document);

/// Each operation of the document, by method and path.
fn operations() -> BTreeMap<(String, String), &'static Json> {
    let paths = DOCUMENT["paths"].as_object().expect("paths");
    let each = |path: &String, methods: &'static Json| -> Vec<_> {
        let methods = methods.as_object().expect("methods").iter();
        methods.map(|(method, operation)| ((method.to_uppercase(), path.clone()), operation)).collect()
    };
    paths.iter().flat_map(|(path, methods)| each(path, methods)).collect()
}

/// The scope that a service's key must have for an operation; none where a key does not open it.
pub(crate) fn required_scope(operation: &Json) -> Option<&str> {
    let scopes = operation["security"][0]["service_key"].as_array()?;
    assert_eq!((scopes.len(), operation["security"].as_array()?.len()), (1, 1), "{}", operation["security"]);
    scopes[0].as_str()
}

/// Fails unless the document knows this reply to a request for this path, and its body is as described. What is no
/// route is not documented. Every reply that a test sees comes through here, those of the access matrix too.
pub(crate) fn assert_documented(method: &Method, path: &str, status: u16, body: &str) {
    if let Some((template, operation)) = operation_of(method, path) {
        let documented = &operation["responses"][status.to_string()];
        assert!(documented.is_object(), "{method} {template} answered {status}, which is not documented");
        let Some(content) = documented["content"].as_object() else {
            assert!(body.is_empty(), "{method} {template} answered {status} with a body: {body}");
            return;
        };
        let (media_type, described) = content.iter().next().expect("a media type");
        if !["application/json", "application/problem+json"].contains(&media_type.as_str()) {
            return;
        }
        let schema = &described["schema"];
        let body = serde_json::from_str(body).unwrap_or_else(|error| panic!("{method} {template}: {error}: {body}"));
        let fault = fault(schema, &body);
        assert!(fault.is_none(), "{method} {template} answered {status}, and {}: {body}", fault.unwrap_or_default());
    }
}

/// Headers that say something of a reply, and not of how it travels.
const TELLING: [&str; 9] = [
    "etag",
    "idempotency-replayed",
    "ratelimit-limit",
    "ratelimit-remaining",
    "ratelimit-reset",
    "retry-after",
    "www-authenticate",
    "x-request-id",
    "x-total-count",
];

/// Fails unless the document knows the headers of this reply.
pub(crate) fn assert_headers_documented(method: &Method, path: &str, status: u16, headers: &HeaderMap) {
    let Some((template, operation)) = operation_of(method, path) else { return };
    let documented = operation["responses"][status.to_string()]["headers"].as_object().expect("headers");
    for name in TELLING.iter().filter(|name| headers.contains_key(**name)) {
        let is_known = documented.keys().any(|known| known.eq_ignore_ascii_case(name));
        assert!(is_known, "{method} {template} answered {status} with {name}, which is not documented");
    }
}

/// The operation that a request is for.
fn operation_of(method: &Method, path: &str) -> Option<(&'static str, &'static Json)> {
    static OPERATIONS: LazyLock<BTreeMap<(String, String), &'static Json>> = LazyLock::new(operations);
    let fits = |template: &str| {
        let (mut expected, mut given) = (template.split('/'), path.split('/'));
        let same = expected.by_ref().zip(given.by_ref()).all(|(name, part)| name == part || name.starts_with('{'));
        same && template.split('/').count() == path.split('/').count()
    };
    // A path of its own wins over one with a parameter, also where it does not have the method.
    let of_its_own = OPERATIONS.keys().any(|(_, template)| template == path);
    let wanted = OPERATIONS
        .iter()
        .find(|((name, template), _)| name == method.as_str() && fits(template) && (template == path || !of_its_own));
    wanted.map(|((_, template), operation)| (template.as_str(), *operation))
}

/// Whether a value has one of the types of a schema. A whole number is a number too.
pub(crate) fn is_of_type(schema: &Json, value: &Json) -> bool {
    let kinds: &[&str] = match value {
        Json::Null => &["null"],
        Json::Bool(_) => &["boolean"],
        Json::Number(number) if number.is_i64() => &["integer", "number"],
        Json::Number(_) => &["number"],
        Json::String(_) => &["string"],
        Json::Array(_) => &["array"],
        Json::Object(_) => &["object"],
    };
    match &schema["type"] {
        Json::String(only) => kinds.contains(&only.as_str()),
        types => types.as_array().into_iter().flatten().any(|kind| kinds.iter().any(|own| kind == own)),
    }
}

/// The schema itself, or the one that it is made of: by a reference, or by one that may be null.
pub(crate) fn resolve(schema: &'static Json) -> &'static Json {
    let choices = schema["oneOf"].as_array().into_iter().flatten();
    let reference = choices.chain([schema]).find_map(|choice| choice["$ref"].as_str());
    reference.map_or(schema, |found| DOCUMENT.pointer(found.trim_start_matches('#')).expect("a schema"))
}

/// The example that a schema gives itself; null if it gives none.
fn own_example(schema: &Json) -> &Json {
    if schema["example"].is_null() { &schema["examples"][0] } else { &schema["example"] }
}

/// The example of a schema, put together from those of its properties, or of an item, where it has none of its own.
pub(crate) fn example(schema: &'static Json) -> Json {
    let resolved = resolve(schema);
    let own = own_example(resolved);
    match (resolved["properties"].as_object(), resolved.get("items")) {
        (Some(properties), _) => properties.iter().map(|(name, property)| (name.clone(), example(property))).collect(),
        (None, Some(items)) if own.is_null() => json!([example(items)]),
        _ => own.clone(),
    }
}

/// One schema for an object with the properties of several.
fn merged(parts: &[Json]) -> Json {
    let (mut properties, mut required) = (serde_json::Map::new(), Vec::new());
    for part in parts {
        let reference = part["$ref"].as_str().map(|found| found.trim_start_matches('#'));
        let part = reference.map_or(part, |found| DOCUMENT.pointer(found).expect("a schema"));
        properties.extend(part["properties"].as_object().expect("an object").clone());
        required.extend(part["required"].as_array().into_iter().flatten().cloned());
    }
    json!({"type": "object", "properties": properties, "required": required})
}

/// How a value differs from its schema, as far as the document uses schemas.
fn fault(schema: &Json, value: &Json) -> Option<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return fault(DOCUMENT.pointer(reference.trim_start_matches('#')).expect("a schema"), value);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let faults: Option<Vec<String>> = choices.iter().map(|choice| fault(choice, value)).collect();
        return faults.map(|faults| faults.join(", and "));
    }
    if let Some(parts) = schema["allOf"].as_array() {
        return fault(&merged(parts), value);
    }
    if !is_of_type(schema, value) {
        return Some(format!("{value} is no {}", schema["type"]));
    }
    if let (Some(properties), Some(members)) = (schema["properties"].as_object(), value.as_object()) {
        let mut required = schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str);
        return match required.find(|name| !members.contains_key(*name)) {
            Some(missing) => Some(format!("{missing} is missing")),
            None => members.iter().find_map(|(name, member)| match properties.get(name) {
                Some(property) => fault(property, member),
                None => Some(format!("{name} is not described")),
            }),
        };
    }
    if let (Some(members), of_each @ Json::Object(_)) = (value.as_object(), &schema["additionalProperties"]) {
        return members.values().find_map(|member| fault(of_each, member));
    }
    value.as_array().into_iter().flatten().find_map(|item| fault(&schema["items"], item))
}

/// Every value in the document with the path to it.
fn each_value(value: &Json, path: String, visit: &mut impl FnMut(&str, &Json)) {
    visit(&path, value);
    match value {
        Json::Object(members) => {
            members.iter().for_each(|(name, member)| each_value(member, format!("{path}/{name}"), visit));
        }
        Json::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| each_value(item, format!("{path}/{index}"), visit));
        }
        _ => {}
    }
}

#[tokio::test]
async fn the_document_is_served() {
    let server = TestServer::start().await;
    let reply = server.get("/openapi.json", "").await;
    assert_eq!(reply.expect(200), *DOCUMENT);
    assert_eq!(reply.header("content-type"), Some("application/json"));
    server.finish().await;
}

#[test]
fn it_is_an_openapi_3_1_document() {
    assert_eq!(DOCUMENT["openapi"], "3.1.0");
    for name in ["title", "version", "description"] {
        assert!(DOCUMENT["info"][name].as_str().is_some_and(|text| !text.is_empty()), "info.{name}");
    }
    let mut ids = BTreeSet::new();
    for ((method, path), operation) in operations() {
        let what = format!("{method} {path}");
        assert!(path.starts_with('/'), "{what}");
        let id = operation["operationId"].as_str().unwrap_or_default();
        assert!(!id.is_empty() && ids.insert(id), "{what}: operationId {id:?}");
        assert!(operation["summary"].as_str().is_some_and(|text| text.ends_with('.')), "{what}: summary");
        assert!(operation["tags"].as_array().is_some_and(|tags| !tags.is_empty()), "{what}: tags");
        let parameters = operation["parameters"].as_array().unwrap();
        let in_path: BTreeSet<&str> = parameters
            .iter()
            .inspect(|parameter| assert!(parameter["schema"].is_object(), "{what}: {parameter}"))
            .filter(|parameter| parameter["in"] == "path" && parameter["required"] == true)
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        let in_template = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        assert_eq!(in_path, in_template, "{what}");
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{what} never succeeds");
        for (status, response) in responses {
            assert!(status.parse().is_ok_and(|status: u16| (200..600).contains(&status)), "{what}: {status}");
            assert!(response["description"].as_str().is_some_and(|text| !text.is_empty()), "{what}: {status}");
            let problem = &response["content"]["application/problem+json"]["schema"]["$ref"];
            let is_problem = problem == "#/components/schemas/Problem";
            let is_refusal = status.starts_with(['4', '5']);
            assert_eq!(is_problem, is_refusal, "{what}: {status}");
            // The one status of the threes says that a client has the reply already, and repeats nothing of it.
            assert!(!status.starts_with('3') || (status == "304" && response["content"].is_null()), "{what}: {status}");
        }
        let has_tag = responses.get("200").is_some_and(|reply| reply["headers"]["ETag"]["schema"].is_object());
        assert_eq!(responses.contains_key("304"), has_tag, "{what}: a tag and no use for it, or the other way round");
        let takes_tag = parameters.iter().any(|parameter| parameter["name"] == "If-None-Match");
        assert_eq!(takes_tag, has_tag, "{what}: If-None-Match");
        let service_scope = required_scope(operation);
        let tiers = [
            json!([{"global_token": []}]),
            json!([{"scoped_token": []}]),
            json!([{"global_token": []}, {"scoped_token": []}]),
        ];
        let needs_token = service_scope.is_some() || tiers.contains(&operation["security"]);
        assert!(needs_token || operation["security"] == json!([]), "{what}: security");
        assert!(operation["description"].as_str().is_some_and(|text| text.ends_with('.')), "{what}: description");
        assert_eq!(service_scope.is_some(), path.contains("/internal/"), "{what}: a key of a service");
        assert!(service_scope.is_none_or(|scope| SCOPES.contains(&scope)), "{what}: {service_scope:?}");
        assert_eq!(needs_token, responses.contains_key("401") && responses.contains_key("403"), "{what}");
        if let Some(body) = operation.get("requestBody") {
            assert!(body["required"].is_boolean() && !["GET", "DELETE"].contains(&method.as_str()), "{what}: body");
        }
    }
    // Both are a token in the same header; what kind of token tells them apart.
    for name in ["global_token", "scoped_token", "service_key"] {
        let scheme = &DOCUMENT["components"]["securitySchemes"][name];
        assert_eq!((&scheme["type"], &scheme["scheme"]), (&json!("http"), &json!("bearer")), "{name}");
    }
}

#[test]
fn it_has_the_routes_of_the_table_and_no_others() {
    let table: BTreeSet<(String, String)> = routes::table()
        .into_iter()
        .map(|route| (route.operation.method().to_string(), route.operation.path().to_owned()))
        .collect();
    assert!(table.len() >= 20);
    assert_eq!(operations().into_keys().collect::<BTreeSet<_>>(), table);
}

#[test]
fn every_reference_leads_somewhere_and_every_schema_is_used() {
    let mut used = BTreeSet::new();
    each_value(&DOCUMENT, String::new(), &mut |path, value| {
        if let Some(reference) = value["$ref"].as_str() {
            let target = DOCUMENT.pointer(reference.strip_prefix('#').expect("a place in the document"));
            assert!(target.is_some_and(Json::is_object), "{path} refers to {reference}, which is not there");
            used.extend(reference.strip_prefix("#/components/schemas/").map(str::to_owned));
        }
    });
    let schemas = DOCUMENT["components"]["schemas"].as_object().unwrap();
    assert_eq!(schemas.keys().cloned().collect::<BTreeSet<_>>(), used);
}

#[test]
fn every_property_has_a_type_and_an_example() {
    let mut count = 0;
    // The items of a bare array stand where they are used, all others among the components.
    each_value(&DOCUMENT, String::new(), &mut |name, schema| {
        let Some(properties) = schema["properties"].as_object().filter(|_| !name.ends_with("/properties")) else {
            return;
        };
        // What is added to another schema is described with the whole.
        let is_described = schema["description"].as_str().is_some_and(|text| !text.is_empty());
        assert!(is_described || name.contains("/allOf/"), "{name} is not described");
        for required in schema["required"].as_array().into_iter().flatten() {
            assert!(properties.contains_key(required.as_str().unwrap()), "{name}: {required}");
        }
        for (property, schema) in properties {
            let what = format!("{name}.{property}");
            count += 1;
            // What is made of other schemas has their examples.
            let choices = schema["oneOf"].as_array().into_iter().flatten();
            if choices.chain([schema, &schema["items"]]).any(|part| part.get("$ref").is_some()) {
                continue;
            }
            assert!(schema["type"].is_string() || schema["type"].is_array(), "{what} has no type");
            let example = own_example(schema);
            assert!(!example.is_null(), "{what} has no example");
            let fault = fault(schema, example);
            assert!(fault.is_none(), "{what}: of its example, {}", fault.unwrap_or_default());
            if schema["format"] == "date-time" {
                let is_time = example.as_str().is_some_and(|text| text.len() == 20 && text.ends_with('Z'));
                assert!(is_time, "{what}: {example}");
            }
        }
    });
    assert!(count > 100, "the properties are not found");
}

/// The specification's own examples, property by property.
#[test]
fn the_replies_of_the_specification_are_as_it_says() {
    let names = |schema: &str| -> BTreeSet<String> {
        DOCUMENT["components"]["schemas"][schema]["properties"].as_object().expect("a schema").keys().cloned().collect()
    };
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<String>>();
    assert_eq!(names("Registered"), set(&["id", "email", "first_name", "last_name", "created_at"]));
    assert_eq!(names("Tokens"), set(&["access_token", "refresh_token", "token_type", "expires_in"]));
    assert_eq!(names("Message"), set(&["message"]));
    let problem = set(&["type", "title", "status", "detail", "code", "request_id", "errors"]);
    assert_eq!(names("Problem"), problem);
    assert_eq!(names("ProblemField"), set(&["field", "message"]));
    assert_eq!(names("ConfigTree"), set(&["resources"]));
    assert_eq!(names("ConfigResource"), set(&["resrc_name", "config_groups"]));
    assert_eq!(names("ConfigGroup"), set(&["grp_title", "type", "sections"]));
    assert_eq!(names("ConfigSection"), set(&["header_title", "configs"]));
    let tenant = ["id", "name", "slug", "status", "subscription_plan", "member_count"];
    assert_eq!(names("AdminTenantItem"), set(&tenant));
    assert_eq!(names("AdminTenantList"), set(&["items", "total"]));
    let stats = ["total_tenants", "active_tenants", "total_users", "total_api_requests_24h", "total_violations_24h"];
    assert_eq!(names("StatsReply"), set(&stats));
    // These have more, for what the specification has no example of.
    assert!(names("ConfigItem").is_superset(&set(&["key", "lbl", "val", "gen_type", "mod", "is_locked"])));
    assert!(names("StorageReply").is_superset(&set(&["provider", "bucket", "region", "credentials_set"])));
}

/// The specification's own examples, as wholes: requests and replies of the routes that it describes.
#[test]
fn the_examples_of_the_specification_are_there_and_fit() {
    let mut count = BTreeMap::new();
    for ((method, path), operation) in operations() {
        let bodies = operation["responses"].as_object().unwrap().values().chain([&operation["requestBody"]]);
        for (kind, body) in bodies.filter_map(|body| body["content"].as_object()?.iter().next()) {
            for (name, example) in body["examples"].as_object().into_iter().flatten() {
                let example = match example["$ref"].as_str() {
                    Some(reference) => DOCUMENT.pointer(reference.trim_start_matches('#')).expect("an example"),
                    None => example,
                };
                let fault = fault(&body["schema"], &example["value"]);
                assert!(fault.is_none(), "{method} {path} {name}: {}", fault.unwrap_or_default());
                *count.entry(kind.as_str()).or_insert(0) += 1;
            }
        }
    }
    // Seventeen requests and twenty-one replies; refusals have one for each of their codes.
    assert_eq!(count["application/json"], 38, "{count:?}");
    let login = &DOCUMENT["paths"]["/platform/api/global/auth/login"]["post"];
    let request = &login["requestBody"]["content"]["application/json"]["examples"]["specified"]["value"];
    assert_eq!(*request, json!({"email": "dev@acme.com", "password": "SecurePassword123!"}));
}

/// Every tag is explained, and every header that replies share is known.
#[test]
fn tags_and_headers_are_described() {
    let tags = DOCUMENT["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap());
    let tags: BTreeSet<&str> = tags.collect();
    let mut used = BTreeSet::new();
    for ((method, path), operation) in operations() {
        used.extend(operation["tags"].as_array().unwrap().iter().filter_map(Json::as_str));
        for (status, reply) in operation["responses"].as_object().unwrap() {
            let headers = reply["headers"].as_object().unwrap_or_else(|| panic!("{method} {path} {status}"));
            for (name, is_due) in [
                ("X-Request-Id", true),
                ("WWW-Authenticate", status == "401"),
                ("Retry-After", ["429", "503"].contains(&status.as_str())),
                (
                    "RateLimit-Reset",
                    status == "429" || operation["responses"]["401"].is_null() && path.contains("/auth/"),
                ),
            ] {
                assert!(!is_due || headers.contains_key(name), "{method} {path} {status}: {name}");
            }
        }
    }
    assert_eq!(used, tags);
}

/// Every error code that the program knows is described somewhere, as the contract asks.
#[test]
fn every_code_is_described() {
    let mut described = String::new();
    for operation in operations().values() {
        for response in operation["responses"].as_object().unwrap().values() {
            described += response["description"].as_str().unwrap();
        }
    }
    // These answer where no route is, or to the command line only.
    let elsewhere = ["unknown_route", "method_not_allowed", "conflict"];
    for code in trueport::error::Code::ALL {
        let is_described = described.contains(&format!("`{}`", code.as_str()));
        assert_ne!(is_described, elsewhere.contains(&code.as_str()), "{}", code.as_str());
    }
}

#[test]
#[should_panic(expected = "which is not documented")]
fn an_unknown_status_is_noticed() {
    assert_documented(&Method::POST, "/platform/api/global/auth/login", 418, "{}");
}

#[test]
#[should_panic(expected = "expires_in is missing")]
fn a_reply_of_another_shape_is_noticed() {
    assert_documented(
        &Method::POST,
        "/platform/api/global/auth/login",
        200,
        r#"{"access_token": "a", "token_type": "b"}"#,
    );
}
