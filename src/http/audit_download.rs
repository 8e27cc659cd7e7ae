//! The audit as a file: a stream of every event, in batches, so that neither memory nor the database holds it whole.

use std::io;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, State};
use axum::http::Version;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::json;

use super::access::{PlatformAdmin, Scoped};
use super::audit_events::OfTenant;
use super::openapi::{Describe, DescribeReply, Operation};
use super::query::{FromQuery, Query, Values};
use crate::app::App;
use crate::db::{Authority, Tx};
use crate::domain::audit_events::{self, Download, Reader};
use crate::domain::audit_lines;
use crate::domain::caller::Acting;
use crate::domain::fields::Fields;
use crate::domain::tenant_caller::Admin;
use crate::error::{Code, Error, Result};
use crate::store::audit_search::{Filter, Found};

const COLUMNS: [&str; 15] = [
    "id",
    "number",
    "at",
    "actor_kind",
    "actor_id",
    "actor_email",
    "actor_name",
    "impersonator_id",
    "action",
    "target_kind",
    "target_id",
    "tenant_id",
    "request_id",
    "address",
    "changes",
];

/// Form of the file.
#[derive(Clone, Copy)]
enum Format {
    Csv,
    Ndjson,
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    fn head(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Csv => records([COLUMNS.map(str::to_owned)]),
            Self::Ndjson => Ok(Vec::new()),
        }
    }

    fn write(self, found: &[Found]) -> io::Result<Vec<u8>> {
        match self {
            Self::Csv => records(found.iter().map(record)),
            Self::Ndjson => {
                let lines = found.iter().map(|found| audit_lines::write(&found.linked) + "\n");
                Ok(lines.collect::<String>().into_bytes())
            }
        }
    }
}

fn records(records: impl IntoIterator<Item = [String; 15]>) -> io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for record in records {
        writer.write_record(record.map(harmless))?;
    }
    writer.into_inner().map_err(|error| io::Error::other(error.to_string()))
}

/// What a program for tables would take for a formula gets an apostrophe in front, which it shows as text.
fn harmless(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}

fn record(Found { linked, actor_email, actor_name, .. }: &Found) -> [String; 15] {
    let event = &linked.event;
    let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        event.id.to_string(),
        event.place.as_ref().map(|place| place.number.to_string()).unwrap_or_default(),
        event.at.to_string(),
        event.actor_kind.clone(),
        or_empty(&event.actor_id),
        or_empty(actor_email),
        or_empty(actor_name),
        or_empty(&event.impersonator_id),
        event.action.clone(),
        event.target_kind.clone(),
        or_empty(&event.target_id),
        or_empty(&event.tenant_id),
        or_empty(&event.request_id),
        or_empty(&event.address),
        or_empty(&event.changes),
    ]
}

/// Events that are wanted, and in which form.
pub(super) struct DownloadQuery {
    filter: Filter,
    format: Format,
}

fn parse_format(text: &str) -> std::result::Result<Format, &'static str> {
    let found = [Format::Csv, Format::Ndjson].into_iter().find(|format| format.name() == text);
    found.ok_or("must be csv or ndjson")
}

impl FromQuery for DownloadQuery {
    fn take(query: &Values, fields: &mut Fields) -> Option<Self> {
        let format = fields.take("format", parse_format(query.get("format").unwrap_or_default()));
        Some(Self { filter: Filter::take(query, fields)?, format: format? })
    }

    fn describe(operation: &mut Operation) {
        let schema = json!({"type": "string", "enum": ["csv", "ndjson"]});
        let text = "Form of the file. Lines of NDJSON hold all that `trueport audit verify` needs.";
        operation.has_query("format", true, text, schema);
        Filter::describe(operation);
    }
}

/// Over HTTP/1.0 the end of a reply without a length is the end of the connection, whatever it ended by.
pub(super) struct Chunked;

impl FromRequestParts<App> for Chunked {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self> {
        if parts.version < Version::HTTP_11 { Err(Error::new(Code::HttpVersion)) } else { Ok(Self) }
    }
}

impl Describe for Chunked {
    fn describe(operation: &mut Operation) {
        operation.refuses(&[Code::HttpVersion]);
    }
}

/// 200 with a file that is made while it is sent. Where that fails the connection breaks off: a part must not look whole.
pub(super) struct Streamed {
    format: Format,
    day: String,
    body: Body,
}

impl IntoResponse for Streamed {
    fn into_response(self) -> Response {
        let disposition = format!("attachment; filename=\"audit-{}.{}\"", self.day, self.format.name());
        let headers = [(CONTENT_TYPE, self.format.media_type().to_owned()), (CONTENT_DISPOSITION, disposition)];
        (headers, self.body).into_response()
    }
}

impl DescribeReply for Streamed {
    // It is on its way before anybody knows all of it, so it can have no tag.
    const IS_CONFIDENTIAL: bool = true;
    fn describe(operation: &mut Operation) {
        operation.replies_file(200, "The file, oldest events first.", &["text/csv", "application/x-ndjson"]);
        operation.replies_header("Content-Disposition", "Names the file.", json!({"type": "string"}));
    }
}

/// What remains to be sent.
struct Rest<A> {
    app: App,
    reader: Arc<Reader<A>>,
    download: Download,
    format: Format,
    head: Option<Vec<u8>>,
}

impl<A: Authority + Sync> Rest<A> {
    async fn next(mut self) -> io::Result<Option<(Bytes, Self)>> {
        if let Some(head) = self.head.take().filter(|head| !head.is_empty()) {
            return Ok(Some((head.into(), self)));
        }
        let (reader, so_far) = (Arc::clone(&self.reader), self.download.clone());
        let read = move |tx: &mut Tx<'_>| {
            let mut download = so_far.clone();
            let found = download.go_on(tx, &reader)?;
            Ok((found, download))
        };
        let (found, download) = self.app.read(read).await.map_err(|error| {
            tracing::warn!(cause = error.cause().unwrap_or_default(), "a download of the audit broke off: {error}");
            io::Error::other(error.to_string())
        })?;
        if found.is_empty() {
            return Ok(None);
        }
        self.download = download;
        Ok(Some((self.format.write(&found)?.into(), self)))
    }
}

async fn stream<A>(app: App, reader: Reader<A>, DownloadQuery { filter, format }: DownloadQuery) -> Result<Streamed>
where
    A: Authority + Acting + Sync,
{
    let begin = move |tx: &mut Tx<'_>, by: &Reader<A>| audit_events::begin_download(tx, by, &filter, format.name());
    let download = app.write(&reader, begin).await?;
    let day = app.clock().now().to_string().chars().take(10).collect();
    let head = Some(format.head().map_err(Error::internal)?);
    let rest = Rest { app, reader: Arc::new(reader), download, format, head };
    Ok(Streamed { format, day, body: Body::from_stream(stream::try_unfold(rest, Rest::next)) })
}

pub(super) async fn download_own(
    Scoped(caller): Scoped<Admin>,
    _: Chunked,
    State(app): State<App>,
    Query(query): Query<DownloadQuery>,
) -> Result<Streamed> {
    stream(app, Reader::of_tenant(caller), query).await
}

pub(super) async fn download_all(
    PlatformAdmin(admin): PlatformAdmin,
    _: Chunked,
    State(app): State<App>,
    Query(OfTenant { tenant_id, query }): Query<OfTenant<DownloadQuery>>,
) -> Result<Streamed> {
    let find = move |tx: &mut Tx<'_>| Reader::of_installation(tx, admin.clone(), tenant_id.as_ref());
    let reader = app.read(find).await?;
    stream(app, reader, query).await
}
