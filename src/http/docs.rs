//! The reference page at `/docs/api`: the OpenAPI document for people, without scripts and without anything from elsewhere.

mod schemas;

use std::sync::LazyLock;

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};
use serde_json::Value as Json;

use super::access::Anonymous;
use super::openapi::BASE_PATH;
use super::routes::{self, Route};
use crate::error::{Code, Error, Result};
use crate::web;
use schemas::{Document, example, fields, highlight, prose};

/// Where the page is.
pub(super) const PATH: &str = "/docs/api";

const TEMPLATE: &str = include_str!("../../assets/docs/api.jinja");

/// The page as a reply.
pub(super) struct Page(&'static str);

pub(super) async fn show(_: Anonymous) -> Result<Page> {
    static PAGE: LazyLock<std::result::Result<String, minijinja::Error>> =
        LazyLock::new(|| render(&routes::document()));
    PAGE.as_deref().map(Page).map_err(Error::internal)
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let html: (HeaderName, HeaderValue) = (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        let mut response = ([html], self.0).into_response();
        web::protect(response.headers_mut());
        response
    }
}

fn render(document: &Json) -> std::result::Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_template("api", TEMPLATE)?;
    let document = Document(document);
    let info = &document.0["info"];
    let introduction = text(&info["description"]).split("\n\n").map(prose);
    let problems = Code::ALL
        .iter()
        .map(|code| context! { code => code.as_str(), status => code.status(), detail => prose(code.detail()) });
    environment.get_template("api")?.render(context! {
        title => text(&info["title"]),
        version => text(&info["version"]),
        base_path => BASE_PATH,
        introduction => introduction.collect::<Vec<_>>(),
        areas => areas(document),
        problems => problems.collect::<Vec<_>>(),
    })
}

fn text(value: &Json) -> &str {
    value.as_str().unwrap_or_default()
}

/// The areas in the order of the document's tags, with their operations in that of the route table.
fn areas(document: Document<'_>) -> Vec<Value> {
    let tags = document.0["tags"].as_array().into_iter().flatten();
    let routes = routes::table();
    let area = |tag: &Json| {
        let name = text(&tag["name"]);
        let shown = |route: &Route| {
            let (method, path) = (route.operation.method().as_str(), route.operation.path());
            let described = &document.0["paths"][path][method.to_ascii_lowercase()];
            (described["tags"][0] == name).then(|| operation(document, path, method, described))
        };
        let operations: Vec<Value> = routes.iter().filter_map(shown).collect();
        let anchor = format!("area-{}", name.to_lowercase());
        context! { name, anchor, text => prose(text(&tag["description"])), operations }
    };
    tags.map(area).collect()
}

fn operation(document: Document<'_>, path: &str, method: &str, operation: &Json) -> Value {
    let body = &operation["requestBody"]["content"]["application/json"];
    let replies = operation["responses"].as_object().into_iter().flatten();
    let (done, refused): (Vec<_>, Vec<_>) = replies.partition(|(status, _)| status.as_str() < "400");
    context! {
        id => text(&operation["operationId"]),
        method,
        path,
        summary => text(&operation["summary"]).trim_end_matches('.'),
        who => prose(text(&operation["description"])),
        parameters => parameters(operation),
        body => fields(document, &body["schema"]),
        examples => examples(document, body, "Request"),
        replies => done.into_iter().map(|(status, described)| reply(document, status, described)).collect::<Vec<_>>(),
        refusals => refused.into_iter().flat_map(|(status, described)| refusals(status, described)).collect::<Vec<_>>(),
    }
}

fn parameters(operation: &Json) -> Vec<Value> {
    let row = |parameter: &Json| {
        let place = text(&parameter["in"]);
        let required = parameter["required"] == true && place != "path";
        let kind = schemas::kind(&parameter["schema"]);
        let described = match parameter["description"].as_str() {
            Some(described) => described.to_owned(),
            None => format!("Matches `{}`.", text(&parameter["schema"]["pattern"])),
        };
        let kind = if place == "query" { kind } else { format!("{kind}, {place}") };
        context! { name => text(&parameter["name"]), type => kind, text => prose(&described), required }
    };
    operation["parameters"].as_array().into_iter().flatten().map(row).collect()
}

fn reply(document: Document<'_>, status: &str, described: &Json) -> Value {
    let media = &described["content"]["application/json"];
    context! {
        status,
        text => prose(text(&described["description"])),
        fields => fields(document, &media["schema"]),
        examples => examples(document, media, text(&described["description"])),
    }
}

/// The examples of a body: those that it has, or one put together from its parts.
fn examples(document: Document<'_>, media: &Json, title: &str) -> Vec<Value> {
    let Some(schema) = media.get("schema") else { return Vec::new() };
    let shown = |title: String, value: &Json| context! { title, text => highlight(value) };
    match media["examples"].as_object() {
        Some(examples) => {
            let titled = |name: &str| if name == "specified" { title.to_owned() } else { format!("{title}: {name}") };
            examples.iter().map(|(name, example)| shown(titled(name), &example["value"])).collect()
        }
        None => vec![shown(title.to_owned(), &example(document, schema))],
    }
}

fn refusals(status: &str, described: &Json) -> Vec<Value> {
    let codes = described["content"]["application/problem+json"]["examples"].as_object().into_iter().flatten();
    let known = |name: &str| Code::ALL.iter().find(|code| code.as_str() == name);
    let row = |code: &Code| context! { status, code => code.as_str(), detail => prose(code.detail()) };
    codes.filter_map(|(name, _)| known(name)).map(row).collect()
}
