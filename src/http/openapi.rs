//! The OpenAPI 3.1 document, made from the route table: extractors describe what a route takes, reply types what it
//! answers, and the error table how it refuses.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::State;
use axum::http::Method;
use serde_json::{Value as Json, json};
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use super::problem::Problem;
use crate::error::Code;

/// Where the API starts.
pub const BASE_PATH: &str = "/platform/api";

/// An extractor that says what it takes from a request.
pub(super) trait Describe {
    /// Adds it to the operation.
    fn describe(operation: &mut Operation);
}

/// A reply that says what it looks like.
pub(super) trait DescribeReply {
    /// Adds it to the operation.
    fn describe(operation: &mut Operation);
}

impl<S> Describe for State<S> {
    fn describe(_: &mut Operation) {}
}

/// What the document says of one route.
pub struct Operation {
    method: Method,
    path: String,
    summary: &'static str,
    parameters: Vec<Json>,
    body: Option<Json>,
    replies: BTreeMap<u16, Json>,
    refusals: BTreeSet<&'static str>,
    codes: Vec<Code>,
    security: Json,
    schemas: Vec<(String, RefOr<Schema>)>,
}

impl Operation {
    pub(super) fn new(method: Method, path: String, summary: &'static str) -> Self {
        Self {
            method,
            path,
            summary,
            parameters: Vec::new(),
            body: None,
            replies: BTreeMap::new(),
            refusals: BTreeSet::new(),
            codes: Vec::new(),
            security: json!([]),
            schemas: Vec::new(),
        }
    }

    /// Its method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Its path with `{name}` for parameters.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Statuses it may answer with.
    pub fn statuses(&self) -> BTreeSet<u16> {
        self.replies.keys().copied().chain(self.codes.iter().map(|code| code.status())).collect()
    }

    pub(super) fn needs_bearer(&mut self) {
        self.security = json!([{"bearer": []}]);
    }

    pub(super) fn needs_service_key(&mut self, scope: &str) {
        self.security = json!([{"service_key": [scope]}]);
    }

    pub(super) fn refuses(&mut self, codes: &[Code]) {
        for code in codes {
            if self.refusals.insert(code.as_str()) {
                self.codes.push(*code);
            }
        }
    }

    pub(super) fn takes<T: ToSchema>(&mut self, required: bool) {
        let schema = self.schema::<T>();
        self.body = Some(json!({"required": required, "content": {"application/json": {"schema": schema}}}));
    }

    pub(super) fn replies<T: ToSchema>(&mut self, status: u16, description: &str) {
        let schema = self.schema::<T>();
        let content = json!({"application/json": {"schema": schema}});
        self.replies.insert(status, json!({"description": description, "content": content}));
    }

    /// The same for a reply of one of two shapes.
    pub(super) fn replies_one_of<T: ToSchema, U: ToSchema>(&mut self, status: u16, description: &str) {
        let schema = json!({"oneOf": [self.schema::<T>(), self.schema::<U>()]});
        let content = json!({"application/json": {"schema": schema}});
        self.replies.insert(status, json!({"description": description, "content": content}));
    }

    pub(super) fn replies_object(&mut self, status: u16, description: &str) {
        let content = json!({"application/json": {"schema": {"type": "object"}}});
        self.replies.insert(status, json!({"description": description, "content": content}));
    }

    pub(super) fn replies_nothing(&mut self, status: u16, description: &str) {
        self.replies.insert(status, json!({"description": description}));
    }

    pub(super) fn has_path_id(&mut self, pattern: &str) {
        let schema = json!({"type": "string", "pattern": pattern});
        let name = self.path.split(['{', '}']).nth(1).unwrap_or_default();
        self.parameters.push(json!({"name": name, "in": "path", "required": true, "schema": schema}));
    }

    pub(super) fn has_query(&mut self, name: &str, required: bool, description: &str, schema: Json) {
        let parameter =
            json!({"name": name, "in": "query", "required": required, "description": description, "schema": schema});
        self.parameters.push(parameter);
    }

    /// Says that the replies so far carry a header.
    pub(super) fn replies_header(&mut self, name: &str, description: &str, kind: &str) {
        let header = json!({"description": description, "schema": {"type": kind}});
        for reply in self.replies.values_mut() {
            reply["headers"][name] = header.clone();
        }
    }

    pub(super) fn has_header(&mut self, name: &str, description: &str, values: &[&str]) {
        let schema = match values {
            [] => json!({"type": "string"}),
            values => json!({"type": "string", "enum": values}),
        };
        self.parameters.push(json!({"name": name, "in": "header", "description": description, "schema": schema}));
    }

    /// Remembers the schema and what it refers to; a type with a name of its own becomes a reference to it.
    fn schema<T: ToSchema>(&mut self) -> Json {
        T::schemas(&mut self.schemas);
        let schema = T::schema();
        let is_object = matches!(&schema, RefOr::T(Schema::Object(_)));
        if !is_object {
            return to_json(&schema);
        }
        let name = T::name().into_owned();
        let reference = json!({"$ref": format!("#/components/schemas/{name}")});
        self.schemas.push((name, schema));
        reference
    }

    /// Such as `post_global_auth_login`.
    fn id(&self) -> String {
        let path = self.path.strip_prefix(BASE_PATH).unwrap_or(&self.path);
        let words = path.split(|character: char| !character.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let words: Vec<&str> = words.collect();
        format!("{}_{}", self.method.as_str().to_ascii_lowercase(), words.join("_"))
    }

    fn to_json(&self) -> Json {
        let mut responses: BTreeMap<String, Json> =
            self.replies.iter().map(|(status, reply)| (status.to_string(), reply.clone())).collect();
        let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
        let always = [Code::HeadTooLarge, Code::Internal, Code::Overloaded, Code::Unavailable];
        for code in self.codes.iter().chain(&always) {
            by_status.entry(code.status()).or_default().push(*code);
        }
        for (status, codes) in by_status {
            let lines: Vec<String> =
                codes.iter().map(|code| format!("`{}`: {}", code.as_str(), code.detail())).collect();
            let schema = json!({"$ref": "#/components/schemas/Problem"});
            let content = json!({"application/problem+json": {"schema": schema}});
            responses.insert(status.to_string(), json!({"description": lines.join("\n\n"), "content": content}));
        }
        let mut operation = json!({
            "operationId": self.id(),
            "summary": self.summary,
            "tags": [tag(&self.path)],
            "parameters": self.parameters,
            "responses": responses,
            "security": self.security,
        });
        if let Some(body) = &self.body {
            operation["requestBody"] = body.clone();
        }
        operation
    }
}

fn tag(path: &str) -> &'static str {
    let areas = [
        ("/global/auth/select-tenant", "Organizations"),
        ("/global/auth/", "Global auth"),
        ("/global/tenants", "Organizations"),
        ("/global/invites", "Members"),
        ("/service/members", "Members"),
        ("/service/invites", "Members"),
        ("/service/ownership-transfer", "Members"),
        ("/internal/", "Services"),
        ("/configs", "Configuration"),
        ("/service/storage", "Storage"),
        ("/admin/service-keys", "Services"),
        ("/service/usage", "Usage"),
        ("/service/entitlements", "Usage"),
        ("/service/catalog", "Billing"),
        ("/service/subscriptions", "Billing"),
        ("/admin/plans", "Billing"),
        ("/admin/", "Administration"),
        ("/service/", "Organizations"),
    ];
    areas.iter().find(|(area, _)| path.contains(area)).map_or("Server", |(_, tag)| tag)
}

fn to_json(value: &impl serde::Serialize) -> Json {
    // Schemas are plain data with text keys, which always serialize.
    serde_json::to_value(value).unwrap_or_default()
}

/// The document of these operations.
pub(super) fn document(operations: &[&Operation]) -> Json {
    let mut paths: BTreeMap<&str, serde_json::Map<String, Json>> = BTreeMap::new();
    let mut problem = Operation::new(Method::GET, String::new(), "");
    problem.schema::<Problem<'_>>();
    let mut schemas: BTreeMap<&str, Json> = BTreeMap::new();
    for (name, schema) in operations.iter().copied().chain([&problem]).flat_map(|operation| &operation.schemas) {
        schemas.insert(name, to_json(schema));
    }
    for operation in operations {
        let method = operation.method.as_str().to_ascii_lowercase();
        paths.entry(&operation.path).or_default().insert(method, operation.to_json());
    }
    let schemes = json!({
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "service_key": {"type": "http", "scheme": "bearer", "description": "A key `tpk_…` of a service."},
    });
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "TruePort Platform API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Accounts, organizations, members and tokens of a TruePort installation.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": schemes},
    })
}
