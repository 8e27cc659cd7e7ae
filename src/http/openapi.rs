//! The OpenAPI 3.1 document, made from the route table: extractors describe what a route takes, reply types what it
//! answers, and the error table how it refuses.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::State;
use axum::http::Method;
use serde_json::{Value as Json, json};
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

mod document;

use crate::error::Code;
pub(super) use document::document;

/// Where the API starts.
pub const BASE_PATH: &str = "/platform/api";

/// Largest body of most routes, in bytes.
pub(super) const BODY_LIMIT: usize = 64 * 1024;

/// An extractor that says what it takes from a request.
pub(super) trait Describe {
    /// Adds it to the operation.
    fn describe(operation: &mut Operation);
}

/// A reply that says what it looks like.
pub(super) trait DescribeReply {
    /// Whether it holds what nobody may keep or guess at: a secret, or what is true at this moment only.
    const IS_CONFIDENTIAL: bool = false;
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
    who: &'static str,
    is_limited: bool,
    is_replayed: bool,
    schemas: Vec<(String, RefOr<Schema>)>,
    body_limit: usize,
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
            who: "Anybody may call it.",
            is_limited: false,
            is_replayed: false,
            schemas: Vec::new(),
            body_limit: BODY_LIMIT,
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

    /// Takes a token of any of these schemes.
    pub(super) fn needs(&mut self, schemes: &[&str]) {
        self.security = schemes.iter().map(|scheme| json!({*scheme: []})).collect();
    }

    /// Says in a sentence who may call it.
    pub(super) fn is_for(&mut self, who: &'static str) {
        self.who = who;
    }

    /// Says that its replies are kept for requests that are sent again.
    pub(super) fn is_replayed(&mut self) {
        self.is_replayed = true;
    }

    /// Says that every reply tells how far the limit of the address is used up.
    pub(super) fn is_limited(&mut self) {
        self.is_limited = true;
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

    /// Refusals described so far.
    pub(super) fn codes(&self) -> &[Code] {
        &self.codes
    }

    /// Largest body, in bytes.
    pub(super) fn body_limit(&self) -> usize {
        self.body_limit
    }

    pub(super) fn takes<T: ToSchema>(&mut self, required: bool, limit: usize) {
        self.body_limit = limit;
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

    pub(super) fn replies_file(&mut self, status: u16, description: &str, media_types: &[&str]) {
        let schema = json!({"schema": {"type": "string"}});
        let content: BTreeMap<&str, Json> = media_types.iter().map(|name| (*name, schema.clone())).collect();
        self.replies.insert(status, json!({"description": description, "content": content}));
    }

    pub(super) fn replies_nothing(&mut self, status: u16, description: &str) {
        self.replies.insert(status, json!({"description": description}));
    }

    /// Adds a reply without a body that has the headers of another one.
    pub(super) fn repeats(&mut self, status: u16, repeated: u16, description: &str) {
        let headers = self.replies.get(&status).map_or(Json::Null, |reply| reply["headers"].clone());
        self.replies.insert(repeated, json!({"description": description, "headers": headers}));
    }

    pub(super) fn has_path_id(&mut self, pattern: &str) {
        let schema = json!({"type": "string", "pattern": pattern});
        // The first one that is not described yet.
        let described = self.parameters.iter().filter(|parameter| parameter["in"] == "path").count();
        let name = self.path.split(['{', '}']).nth(2 * described + 1).unwrap_or_default();
        self.parameters.push(json!({"name": name, "in": "path", "required": true, "schema": schema}));
    }

    pub(super) fn has_query(&mut self, name: &str, required: bool, description: &str, schema: Json) {
        let parameter =
            json!({"name": name, "in": "query", "required": required, "description": description, "schema": schema});
        self.parameters.push(parameter);
    }

    /// Says that the replies so far carry a header.
    pub(super) fn replies_header(&mut self, name: &str, description: &str, schema: Json) {
        let header = json!({"description": description, "schema": schema});
        for reply in self.replies.values_mut() {
            reply["headers"][name] = header.clone();
        }
    }

    pub(super) fn has_header(&mut self, name: &str, description: &str, schema: Json) {
        self.parameters.push(json!({"name": name, "in": "header", "description": description, "schema": schema}));
    }

    /// Remembers the schema and what it refers to; a type with a name of its own becomes a reference to it.
    fn schema<T: ToSchema>(&mut self) -> Json {
        T::schemas(&mut self.schemas);
        let schema = T::schema();
        let has_properties = matches!(&schema, RefOr::T(Schema::Object(_) | Schema::AllOf(_)));
        if !has_properties {
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
            let examples: Json = codes
                .iter()
                .map(|code| {
                    (code.as_str().to_owned(), json!({"$ref": format!("#/components/examples/{}", code.as_str())}))
                })
                .collect();
            let content = json!({"application/problem+json": {"schema": schema, "examples": examples}});
            responses.insert(status.to_string(), json!({"description": lines.join("\n\n"), "content": content}));
        }
        for (status, reply) in &mut responses {
            document::add_headers(self, status, reply);
        }
        let mut operation = json!({
            "operationId": self.id(),
            "summary": self.summary,
            "description": self.who,
            "tags": [document::tag(&self.path)],
            "parameters": self.parameters,
            "responses": responses,
            "security": self.security,
        });
        if let Some(body) = &self.body {
            operation["requestBody"] = body.clone();
        }
        document::add_examples(self, &mut operation);
        operation
    }
}

fn to_json(value: &impl serde::Serialize) -> Json {
    // Schemas are plain data with text keys, which always serialize.
    serde_json::to_value(value).unwrap_or_default()
}
