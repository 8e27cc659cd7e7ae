//! `Idempotency-Key`: a request that is sent again under the same key is answered with the first reply (contract 7).

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::handler::Handler;
use axum::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use serde_json::json;
use tracing::Instrument as _;

use super::access::Access;
use super::body::buffer;
use super::openapi::Operation;
use super::problem::{IDEMPOTENCY_REPLAYED, Refusal};
use crate::app::App;
use crate::domain::caller::System;
use crate::domain::idempotency::{self, Asked, Ending, Kept, Reserved, Run};
use crate::error::{Code, Error, Result};

static IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Longest key.
const KEY_MAX: usize = 255;

/// Adds the header to the documentation.
pub(super) fn describe(operation: &mut Operation) {
    let text = "A name for this request, chosen by the client. Whatever is sent under it again within 24 hours is \
                answered with the first reply, if the body is the same byte for byte. Kept are successes and refusals \
                by the state of things (400, 403, 404 and 409); after any other reply the request can be sent again.";
    let schema = json!({"type": "string", "minLength": 1, "maxLength": KEY_MAX, "pattern": "^[!-~]+$"});
    operation.has_header("Idempotency-Key", text, schema);
    operation.is_replayed();
    operation.refuses(&[
        Code::IdempotencyInProgress,
        Code::IdempotencyOutcomeUnknown,
        Code::IdempotencyKeyReused,
        Code::TooManyAttempts,
        Code::BodyTooLarge,
        Code::RequestTimeout,
        Code::Validation,
    ]);
}

/// A handler that heeds the header. Who calls is checked before anything is looked up, each time anew.
pub(super) fn heeding<A, H, T>(
    filter: MethodFilter,
    handler: H,
    body_limit: usize,
    access_refusals: &[Code],
) -> MethodRouter<App>
where
    A: Access,
    H: Handler<T, App>,
    T: 'static,
{
    let access_refusals: Arc<[Code]> = access_refusals.into();
    let heeding = move |State(app): State<App>, request: Request| {
        let (handler, access_refusals) = (handler.clone(), Arc::clone(&access_refusals));
        async move {
            if !request.headers().contains_key(&IDEMPOTENCY_KEY) {
                return handler.call(request, app).await;
            }
            let replied = async {
                let (mut parts, body) = request.into_parts();
                let caller = A::from_request_parts(&mut parts, &app).await?.caller_name();
                let (parts, body) = buffer(Request::from_parts(parts, body), body_limit).await?;
                let asked = asked(&parts, &caller, &body)?;
                let request = Request::from_parts(parts, Body::from(body));
                if !A::IS_SERVICE {
                    let asked = asked.clone();
                    app.read(move |tx| idempotency::check_room(tx, &asked)).await?;
                }
                let work = async move {
                    match reserve(&app, asked).await? {
                        Reserved::Replay(kept) => replay(kept),
                        Reserved::Run(run) => Ok(run_once(app, run, handler, request, access_refusals).await),
                    }
                };
                // Whoever asked may leave: a key that is taken is the key of a request under way.
                let ended = tokio::spawn(work.in_current_span()).await;
                ended.unwrap_or_else(|_| Err(Error::internal("a handler panicked")))
            };
            replied.await.unwrap_or_else(Error::into_response)
        }
    };
    on(filter, heeding)
}

/// What is asked for under which key.
fn asked(parts: &Parts, caller: &str, body: &[u8]) -> Result<Asked> {
    let key = key(&parts.headers).ok_or_else(|| {
        Error::field("Idempotency-Key", format!("must be one text of 1 to {KEY_MAX} visible ASCII characters"))
    })?;
    let route = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let address = parts.uri.path_and_query().map_or("", |address| address.as_str());
    Ok(Asked::new(caller, route, key, address, body))
}

fn key(headers: &HeaderMap) -> Option<&str> {
    let mut given = headers.get_all(&IDEMPOTENCY_KEY).iter();
    let key = given.next()?.to_str().ok()?;
    let is_well_formed = (1..=KEY_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    (is_well_formed && given.next().is_none()).then_some(key)
}

async fn reserve(app: &App, asked: Asked) -> Result<Reserved> {
    let installation = app.installation();
    app.write(&System, move |tx, _| idempotency::reserve(tx, installation.vault(), &asked)).await
}

fn replay(kept: Kept) -> Result<Response> {
    let mut response = match kept {
        Kept::Refused(code, detail) => Error::new(code).with_detail(detail).into_response(),
        Kept::Done { status, body } => {
            let status = StatusCode::from_u16(status).map_err(Error::internal)?;
            let mut response = (status, Body::from(body)).into_response();
            if status != StatusCode::NO_CONTENT {
                response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            }
            response
        }
    };
    response.headers_mut().insert(&IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

/// Runs the handler and keeps the reply.
async fn run_once<H, T>(app: App, run: Run, handler: H, request: Request, access_refusals: Arc<[Code]>) -> Response
where
    H: Handler<T, App>,
    T: 'static,
{
    let response = app.run(run.clone(), handler.call(request, app.clone())).await;
    let (response, ending) = match ending(response, &access_refusals).await {
        Ok(ended) => ended,
        Err(error) => (error.into_response(), Ending::Failed),
    };
    let installation = app.installation();
    let noted = app.write(&System, move |tx, _| idempotency::end(tx, installation.vault(), &run, &ending)).await;
    if let Err(error) = noted {
        let cause = error.cause().unwrap_or_default();
        tracing::error!(cause, "the reply to a request under an idempotency key was not kept: {error}");
    }
    response
}

/// How a run ended, by its reply.
async fn ending(response: Response, access_refusals: &[Code]) -> Result<(Response, Ending)> {
    let Some(Refusal(error)) = response.extensions().get::<Refusal>() else {
        let (parts, body) = response.into_parts();
        let body: Bytes = to_bytes(body, usize::MAX).await.map_err(Error::internal)?;
        let kept = Kept::Done { status: parts.status.as_u16(), body: body.to_vec() };
        return Ok((Response::from_parts(parts, Body::from(body)), Ending::Reply(kept)));
    };
    let code = error.code();
    // What was refused before anything was looked at, or because authority ended meanwhile, says nothing of the state.
    let is_by_state = matches!(code.status(), 400 | 403 | 404 | 409)
        && ![Code::MalformedJson, Code::IdempotencyInProgress].contains(&code)
        && !access_refusals.contains(&code);
    let ending = match code.status() {
        _ if is_by_state => Ending::Reply(Kept::Refused(code, error.detail().to_owned())),
        500.. => Ending::Failed,
        _ => Ending::NotDone,
    };
    Ok((response, ending))
}
