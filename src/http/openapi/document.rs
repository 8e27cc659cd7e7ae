//! The parts of the document that no single operation has.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::http::Method;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use super::super::problem::{Problem, kind};
use super::super::webhook_events;
use super::{BASE_PATH, Operation, to_json};
use crate::error::Code;

const DESCRIPTION: &str = include_str!("description.md");

/// An example of the specification. Members that this program adds are in it, so that it fits its schema.
#[derive(Deserialize)]
struct Example {
    /// Method and path below [`BASE_PATH`].
    operation: String,
    #[serde(default)]
    name: String,
    request: Option<Json>,
    status: Option<u16>,
    reply: Option<Json>,
}

static EXAMPLES: LazyLock<Vec<Example>> = LazyLock::new(|| {
    // A test reads the document, which is made from it.
    serde_json::from_str(include_str!("examples.json")).unwrap_or_default()
});

/// Puts the examples of the specification where they belong.
pub(super) fn add_examples(operation: &Operation, described: &mut Json) {
    let name = format!("{} {}", operation.method, operation.path.strip_prefix(BASE_PATH).unwrap_or_default());
    for example in EXAMPLES.iter().filter(|example| example.operation == name) {
        let label = if example.name.is_empty() { "specified" } else { &example.name };
        if let Some(request) = &example.request {
            described["requestBody"]["content"]["application/json"]["examples"][label] = json!({"value": request});
        }
        if let Some((status, reply)) = example.status.zip(example.reply.as_ref()) {
            let media = &mut described["responses"][status.to_string()]["content"]["application/json"];
            media["examples"][label] = json!({"value": reply});
        }
    }
}

/// Areas by the start of a path, the first that fits; each with what it is about.
const AREAS: &[(&str, &str)] = &[
    ("/global/auth/select-tenant", "Organizations"),
    ("/global/auth/", "Accounts"),
    ("/global/tenants", "Organizations"),
    ("/global/invites", "Members"),
    ("/service/members", "Members"),
    ("/service/invites", "Members"),
    ("/service/ownership-transfer", "Members"),
    ("/internal/", "Services"),
    ("/audit-events", "Audit"),
    ("/configs", "Configuration"),
    ("/service/storage", "Storage"),
    ("/service/webhooks", "Webhooks"),
    ("/admin/service-keys", "Services"),
    ("/service/usage", "Usage"),
    ("/service/entitlements", "Usage"),
    ("/service/catalog", "Billing"),
    ("/service/subscriptions", "Billing"),
    ("/admin/plans", "Billing"),
    ("/admin/", "Administration"),
    ("/service/", "Organizations"),
];

/// The areas in the order in which they are shown.
const TAGS: &[(&str, &str)] = &[
    ("Accounts", "Registering, signing in, the own account and its sessions."),
    ("Organizations", "Making organizations, and tokens to work in one of them."),
    ("Members", "Who belongs to an organization and as what, and who is invited."),
    ("Billing", "Plans, and the subscription of an organization to one of them."),
    ("Usage", "What an organization may use and what it has used."),
    ("Configuration", "Values in force, who set them, and at which level."),
    ("Audit", "What happened, who did it, and whether the record of it is whole."),
    ("Storage", "Where an organization keeps the exports of its audit."),
    ("Webhooks", "Who is told what happens in an organization, and what became of it."),
    ("Services", "What the gateway and other services of the platform use, and the keys they hold."),
    ("Administration", "The whole installation, for platform admins."),
    ("Server", "What the server tells of itself."),
];

/// The area of a path.
pub(super) fn tag(path: &str) -> &'static str {
    AREAS.iter().find(|(area, _)| path.contains(area)).map_or("Server", |(_, tag)| tag)
}

/// Headers that many replies carry.
fn headers() -> Json {
    let number = json!({"type": "integer", "minimum": 0});
    let header = |description: &str, schema: &Json| json!({"description": description, "schema": schema});
    json!({
        "X-Request-Id": header("Names the request, in the server's log too.", &json!({"type": "string"})),
        "WWW-Authenticate": header("How to say who calls.", &json!({"type": "string", "enum": ["Bearer"]})),
        "Upgrade": header("What would be taken.", &json!({"type": "string", "enum": ["HTTP/1.1"]})),
        "Idempotency-Replayed": header(
            "`true` where the reply is that of an earlier request.",
            &json!({"type": "string", "enum": ["true"]}),
        ),
        "Retry-After": header("Seconds after which another try makes sense.", &number),
        "RateLimit-Limit": header("What the limit allows in its window.", &number),
        "RateLimit-Remaining": header("How much of it is left.", &number),
        "RateLimit-Reset": header("Seconds until there is more.", &number),
    })
}

const RATE_LIMIT: &[&str] = &["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"];

/// Says which of the [`headers`] a reply carries.
pub(super) fn add_headers(operation: &Operation, status: &str, reply: &mut Json) {
    let mut names = vec!["X-Request-Id"];
    match status {
        "401" => names.push("WWW-Authenticate"),
        "426" => names.push("Upgrade"),
        "429" | "503" => names.push("Retry-After"),
        "200" | "201" | "204" | "400" | "403" | "404" | "409" if operation.is_replayed => {
            names.push("Idempotency-Replayed");
        }
        _ => {}
    }
    if status == "409" && operation.is_replayed {
        names.push("Retry-After");
    }
    if operation.is_limited || status == "429" {
        names.extend(RATE_LIMIT);
    }
    for name in names {
        reply["headers"][name] = json!({"$ref": format!("#/components/headers/{name}")});
    }
}

/// A problem of each kind.
fn problems() -> Map<String, Json> {
    let example = |code: &Code| {
        let mut value = json!({
            "type": kind(*code),
            "title": code.title(),
            "status": code.status(),
            "detail": code.detail(),
            "code": code.as_str(),
            "request_id": "019ab1f0-7c4b-7e0e-8f0a-3b1d2c4e5f60",
        });
        if code.status() == 422 {
            value["errors"] = json!([{"field": "email", "message": "must be an email address"}]);
        }
        (code.as_str().to_owned(), json!({"summary": code.title(), "value": value}))
    };
    Code::ALL.iter().map(example).collect()
}

/// The document of these operations.
pub(in super::super) fn document(operations: &[&Operation]) -> Json {
    let mut paths: BTreeMap<&str, Map<String, Json>> = BTreeMap::new();
    let mut problem = Operation::new(Method::GET, String::new(), "");
    problem.schema::<Problem<'_>>();
    let mut schemas: BTreeMap<&str, Json> = BTreeMap::new();
    for (name, schema) in operations.iter().copied().chain([&problem]).flat_map(|operation| &operation.schemas) {
        schemas.insert(name, to_json(schema));
    }
    let (webhooks, event) = webhook_events::documentation();
    schemas.insert("WebhookEvent", event);
    if let Some(problem) = schemas.get_mut("Problem") {
        problem["properties"]["code"]["enum"] = Code::ALL.iter().map(|code| code.as_str()).collect();
    }
    for operation in operations {
        let method = operation.method.as_str().to_ascii_lowercase();
        paths.entry(&operation.path).or_default().insert(method, operation.to_json());
    }
    let scheme = |description: &str| json!({"type": "http", "scheme": "bearer", "description": description});
    let mut schemes = json!({
        "global_token": scheme("A global access token: who somebody is."),
        "scoped_token": scheme("An access token for one organization: who somebody is, where, and in which environment."),
        "service_key": scheme("A key `tpk_…` of a service of the platform."),
    });
    for name in ["global_token", "scoped_token"] {
        schemes[name]["bearerFormat"] = json!("JWT");
    }
    let tags: Vec<Json> = TAGS.iter().map(|(name, text)| json!({"name": name, "description": text})).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "TruePort Platform API",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Accounts, organizations, billing and configuration of a TruePort installation.",
            "description": DESCRIPTION.trim(),
            "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "This installation."}],
        "tags": tags,
        "paths": paths,
        "webhooks": webhooks,
        "components": {
            "schemas": schemas,
            "headers": headers(),
            "examples": problems(),
            "securitySchemes": schemes,
        },
    })
}
