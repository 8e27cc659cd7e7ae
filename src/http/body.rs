//! Bodies and path parameters of requests, refused in the contract's order: 415, 413, 400, 422.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use axum::body::{Bytes, HttpBody as _};
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor};
use utoipa::ToSchema;

use super::openapi::{BODY_LIMIT, Describe, Operation};
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::id::Id;

/// Longest time for a client to send a body.
const TIMEOUT: Duration = Duration::from_secs(15);

const REFUSALS: &[Code] =
    &[Code::UnsupportedMediaType, Code::BodyTooLarge, Code::RequestTimeout, Code::MalformedJson, Code::Validation];

/// A JSON body of at most so many bytes.
pub(super) struct Body<T, const MAX: usize = BODY_LIMIT>(pub(super) T);

impl<T: DeserializeOwned, const MAX: usize> FromRequest<App> for Body<T, MAX> {
    type Rejection = Error;
    async fn from_request(request: Request, _: &App) -> Result<Self> {
        if !is_json(request.headers()) {
            return Err(Error::new(Code::UnsupportedMediaType));
        }
        let (parts, body) = request.into_parts();
        parse(&read(&parts.headers, body, MAX).await?).map(Self)
    }
}

impl<T: ToSchema, const MAX: usize> Describe for Body<T, MAX> {
    fn describe(operation: &mut Operation) {
        operation.takes::<T>(true, MAX);
        operation.refuses(REFUSALS);
    }
}

/// A JSON body that may be left out.
pub(super) struct OptionalBody<T>(pub(super) T);

impl<T: DeserializeOwned + Default> FromRequest<App> for OptionalBody<T> {
    type Rejection = Error;
    async fn from_request(request: Request, _: &App) -> Result<Self> {
        if !request.headers().contains_key(CONTENT_TYPE) && request.body().is_end_stream() {
            return Ok(Self(T::default()));
        }
        if !is_json(request.headers()) {
            return Err(Error::new(Code::UnsupportedMediaType));
        }
        let (parts, body) = request.into_parts();
        let bytes = read(&parts.headers, body, BODY_LIMIT).await?;
        if bytes.is_empty() { Ok(Self(T::default())) } else { parse(&bytes).map(Self) }
    }
}

impl<T: ToSchema> Describe for OptionalBody<T> {
    fn describe(operation: &mut Operation) {
        operation.takes::<T>(false, BODY_LIMIT);
        operation.refuses(REFUSALS);
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    media_type.split(';').next().is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

/// The whole body, for what looks at it before the handler does.
pub(super) async fn buffer(request: Request, limit: usize) -> Result<(Parts, Bytes)> {
    let (parts, body) = request.into_parts();
    match read(&parts.headers, body, limit).await {
        Ok(bytes) => Ok((parts, bytes)),
        // The handler would have looked at this first.
        Err(_) if !is_json(&parts.headers) => Err(Error::new(Code::UnsupportedMediaType)),
        Err(error) => Err(error),
    }
}

async fn read(headers: &HeaderMap, body: axum::body::Body, limit: usize) -> Result<Bytes> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(Error::new(Code::BodyTooLarge));
    }
    match tokio::time::timeout(TIMEOUT, axum::body::to_bytes(body, limit)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if exceeds_limit(&error) => Err(Error::new(Code::BodyTooLarge)),
        Ok(Err(error)) => Err(Error::new(Code::MalformedJson).with_detail("The body was cut off.").caused_by(error)),
        Err(_) => Err(Error::new(Code::RequestTimeout)),
    }
}

fn exceeds_limit(error: &axum::Error) -> bool {
    let mut source = Some(error as &dyn std::error::Error);
    while let Some(error) = source {
        if error.to_string().contains("length limit exceeded") {
            return true;
        }
        source = error.source();
    }
    false
}

/// Well-formed first, then the shape: what is not JSON at all is a 400 wherever the fault stands.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let malformed = |position: &dyn std::fmt::Display| {
        Error::new(Code::MalformedJson).with_detail(format!("The body is not well-formed JSON in UTF-8: {position}."))
    };
    let text = std::str::from_utf8(bytes).map_err(|error| malformed(&error))?;
    serde_json::from_str::<IgnoredAny>(text)
        .map_err(|error| malformed(&format_args!("line {}, column {}", error.line(), error.column())))?;
    // The deserializer would take an array for an object, value by value.
    if !text.trim_start().starts_with('{') {
        return Err(Error::field("body", "must be an object"));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| wrong_shape(&error))
}

/// Says which field has which fault, without repeating the value, which may be a password.
fn wrong_shape(error: &serde_path_to_error::Error<serde_json::Error>) -> Error {
    let message = error.inner().to_string();
    if error.inner().is_syntax() {
        return Error::new(Code::MalformedJson);
    }
    let path = error.path();
    let quoted = |prefix: &str| {
        let field = message.strip_prefix(prefix)?.split('`').next()?;
        // The path leads to the object then, not to the field.
        Some(if path.iter().next().is_some() { format!("{path}.{field}") } else { field.to_owned() })
    };
    if let Some(field) = quoted("missing field `") {
        return Error::field(field, "is missing");
    }
    if let Some(field) = quoted("duplicate field `") {
        return Error::field(field, "is there twice");
    }
    let expected = message.rsplit_once("expected ").map_or("another value", |(_, expected)| expected);
    let expected = expected.split(" at line ").next().unwrap_or(expected);
    Error::field(path.to_string(), format!("has the wrong type: expected {expected}"))
}

/// An object inside a body. A type that derives its parsing would take an array for it, value by value.
#[derive(Default)]
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_map(Members(PhantomData))
    }
}

struct Members<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> std::result::Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(members)).map(Object)
    }
}

/// The `{id}` of a path. Anything that is no id of the kind is a 404, which comes after what is wrong with the body.
pub(super) struct PathId<I>(Option<I>);

impl<I> PathId<I> {
    pub(super) fn get(self) -> Result<I> {
        self.0.ok_or_else(|| Error::new(Code::NotFound))
    }
}

impl<I: Id + Send> FromRequestParts<App> for PathId<I> {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let text = Path::<String>::from_request_parts(parts, app).await;
        Ok(Self(text.ok().and_then(|Path(text)| I::parse(&text))))
    }
}

impl<I: Id> Describe for PathId<I> {
    fn describe(operation: &mut Operation) {
        operation.has_path_id(&I::pattern());
        operation.refuses(&[Code::NotFound]);
    }
}

/// Both ids of a path that names something and a part of it. As with [`PathId`], what is no id is a 404.
pub(super) struct PathIds<I, J>(Option<(I, J)>);

impl<I, J> PathIds<I, J> {
    pub(super) fn get(self) -> Result<(I, J)> {
        self.0.ok_or_else(|| Error::new(Code::NotFound))
    }
}

impl<I: Id + Send, J: Id + Send> FromRequestParts<App> for PathIds<I, J> {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let texts = Path::<(String, String)>::from_request_parts(parts, app).await;
        Ok(Self(texts.ok().and_then(|Path((whole, part))| I::parse(&whole).zip(J::parse(&part)))))
    }
}

impl<I: Id, J: Id> Describe for PathIds<I, J> {
    fn describe(operation: &mut Operation) {
        operation.has_path_id(&I::pattern());
        operation.has_path_id(&J::pattern());
        operation.refuses(&[Code::NotFound]);
    }
}

/// The `{key}` of a path: the name of something that may or may not exist.
pub(super) struct PathKey(pub(super) String);

impl FromRequestParts<App> for PathKey {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let text = Path::<String>::from_request_parts(parts, app).await;
        Ok(Self(text.map(|Path(text)| text).unwrap_or_default()))
    }
}

impl Describe for PathKey {
    fn describe(operation: &mut Operation) {
        operation.has_path_id("^[a-z_]+(?:\\.[a-z_]+)?$");
        operation.refuses(&[Code::NotFound]);
    }
}
