//! Figures of the whole installation.

use axum::extract::State;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::access::PlatformAdmin;
use super::openapi::Operation;
use super::query::{FromQuery, Query, Values};
use super::reply::Reply;
use super::span::SpanQuery;
use crate::app::App;
use crate::domain::fields::Fields;
use crate::domain::stats;
use crate::error::Result;
use crate::store::totals::Metric;

/// Platform-wide statistics.
#[derive(Serialize, ToSchema)]
pub(super) struct StatsReply {
    /// Archived ones too.
    #[schema(example = 847)]
    total_tenants: i64,
    #[schema(example = 812)]
    active_tenants: i64,
    #[schema(example = 5_240)]
    total_users: i64,
    /// In the running hour of UTC and the 23 before it.
    #[schema(example = 1_847_200)]
    total_api_requests_24h: i64,
    /// In the same time.
    #[schema(example = 143)]
    total_violations_24h: i64,
}

pub(super) async fn show(PlatformAdmin(admin): PlatformAdmin, State(app): State<App>) -> Result<Reply<StatsReply>> {
    let stats = app.read(move |tx| stats::of_installation(tx, &admin)).await?;
    Ok(Reply(StatsReply {
        total_tenants: stats.tenants,
        active_tenants: stats.active_tenants,
        total_users: stats.users,
        total_api_requests_24h: stats.last_day.requests,
        total_violations_24h: stats.last_day.violations,
    }))
}

/// Which figure is wanted, and when.
pub(super) struct SeriesQuery {
    metric: Metric,
    span: SpanQuery,
}

fn parse_metric(text: &str) -> std::result::Result<Metric, &'static str> {
    Metric::parse(text).ok_or("must be tenants, users, requests, violations or sign_ins")
}

impl FromQuery for SeriesQuery {
    fn take(query: &Values, fields: &mut Fields) -> Option<Self> {
        let metric = fields.take("metric", parse_metric(query.get("metric").unwrap_or_default()));
        let span = SpanQuery::take(query, fields);
        Some(Self { metric: metric?, span: span? })
    }

    fn describe(operation: &mut Operation) {
        let metric = json!({"type": "string", "enum": Metric::ALL.map(Metric::as_str)});
        let meaning = "Of `tenants` and `users` a column tells how many there were at its end, of those that there are \
             today; of `requests`, `violations` and successful `sign_ins`, how many there were in it.";
        operation.has_query("metric", true, meaning, metric);
        SpanQuery::describe(operation);
    }
}

/// A figure in one step.
#[derive(Serialize, ToSchema)]
pub(super) struct SeriesColumn {
    /// Begin of the step.
    #[schema(format = DateTime, example = "2024-01-15T10:00:00Z")]
    at: String,
    #[schema(example = 1_200)]
    value: i64,
}

/// A figure of the whole installation, a column for each step, empty ones too.
#[derive(Serialize, ToSchema)]
pub(super) struct SeriesReply {
    #[schema(example = "requests")]
    metric: &'static str,
    items: Vec<SeriesColumn>,
    /// The sum of all columns; of `tenants` and `users` the last one.
    #[schema(example = 28_800)]
    total: i64,
}

pub(super) async fn series(
    PlatformAdmin(admin): PlatformAdmin,
    State(app): State<App>,
    Query(SeriesQuery { metric, span }): Query<SeriesQuery>,
) -> Result<Reply<SeriesReply>> {
    let span = span.resolve(app.clock().now())?;
    let series = app.read(move |tx| stats::series(tx, &admin, metric, &span)).await?;
    let items = series.columns.into_iter().map(|(at, value)| SeriesColumn { at: at.to_string(), value });
    Ok(Reply(SeriesReply { metric: metric.as_str(), items: items.collect(), total: series.total }))
}
