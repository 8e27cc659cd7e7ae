//! Usage: reported by the gateway, shown to an organization.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::access::{Scoped, Service};
use super::body::{Body, Object};
use super::openapi::Operation;
use super::query::{FromQuery, Query, Values};
use super::reply::Reply;
use super::span::SpanQuery;
use crate::app::App;
use crate::clock::Time;
use crate::domain::fields::Fields;
use crate::domain::service_keys::UsageWrite;
use crate::domain::tenant_caller::Viewer;
use crate::domain::tokens::Environment;
use crate::domain::usage::{self, ROWS_MAX, UsageRow, Wanted};
use crate::error::{Error, Result};
use crate::id::{Id as _, TenantId};
use crate::store::usage::Counts;

/// Largest body of a report, in bytes.
const REPORT_LIMIT: usize = 1024 * 1024;

/// Longest id that a service may give a row, in characters.
const ROW_ID_MAX: usize = 200;

/// Greatest number in a row.
const COUNT_MAX: i64 = 1_000_000_000;

/// What was counted since the last report.
#[derive(Deserialize, ToSchema)]
pub(super) struct UsageReport {
    /// At most 1,000 rows.
    #[schema(value_type = Vec<UsageEvent>)]
    events: Vec<Object<UsageEvent>>,
}

/// One row of a report.
#[derive(Deserialize, ToSchema)]
pub(super) struct UsageEvent {
    /// The row's own id, at most 200 characters. A row that is sent again with the same id does not count again.
    #[schema(example = "gateway-1:0190f3a2")]
    id: String,
    #[schema(example = "ten_01h455vb4pex5vsknk084sn02q")]
    tenant_id: String,
    /// `prod`, `staging` or `dev`.
    #[schema(example = "prod")]
    environment: String,
    /// When it happened, at most 7 days ago.
    #[schema(format = DateTime, example = "2024-01-15T10:30:00Z")]
    at: String,
    /// Requests through the gateway.
    #[schema(example = 100)]
    requests: i64,
    /// Those that broke a rule.
    #[schema(example = 1)]
    violations: i64,
}

pub(super) fn parse_environment(text: &str) -> std::result::Result<Environment, &'static str> {
    let found = Environment::ALL.into_iter().find(|environment| environment.as_str() == text);
    found.ok_or("must be prod, staging or dev")
}

impl UsageReport {
    fn parse(&self) -> Result<Vec<UsageRow>> {
        if self.events.len() > ROWS_MAX {
            return Err(Error::field("events", "must be at most 1,000 rows"));
        }
        let mut fields = Fields::default();
        let rows: Vec<UsageRow> =
            self.events.iter().enumerate().filter_map(|(index, event)| event.0.parse(index, &mut fields)).collect();
        fields.check()?;
        Ok(rows)
    }
}

impl UsageEvent {
    fn parse(&self, index: usize, fields: &mut Fields) -> Option<UsageRow> {
        // Names are made for what is wrong only: there may be a thousand rows.
        let mut take = |field: &str, message: &'static str| {
            fields.take::<(), _>(&format!("events[{index}].{field}"), Err(message));
        };
        if self.id.is_empty() || self.id.chars().count() > ROW_ID_MAX {
            take("id", "must be 1 to 200 characters");
        }
        for (name, count) in [("requests", self.requests), ("violations", self.violations)] {
            if !(0..=COUNT_MAX).contains(&count) {
                take(name, "must be a whole number from 0 to 1,000,000,000");
            }
        }
        let environment = parse_environment(&self.environment).map_err(|message| take("environment", message)).ok();
        let at = Time::parse(&self.at).ok_or("must be a time such as 2024-01-15T10:30:00Z");
        let at = at.map_err(|message| take("at", message)).ok();
        Some(UsageRow {
            digest: usage::digest(&self.id),
            tenant_id: TenantId::parse(&self.tenant_id),
            environment: environment?,
            at: at?,
            counts: Counts { requests: self.requests, violations: self.violations },
        })
    }
}

/// How a report was taken.
#[derive(Serialize, ToSchema)]
pub(super) struct UsageTaken {
    /// Rows that were counted.
    #[schema(example = 998)]
    accepted: usize,
    /// Rows that had been counted before.
    #[schema(example = 2)]
    duplicates: usize,
}

pub(super) async fn report(
    Service(service): Service<UsageWrite>,
    State(app): State<App>,
    Body(request): Body<UsageReport, REPORT_LIMIT>,
) -> Result<Reply<UsageTaken>> {
    let rows = request.parse()?;
    let taken = app.write(&service, move |tx, by| usage::report(tx, by, &rows)).await?;
    Ok(Reply(UsageTaken { accepted: taken.accepted, duplicates: taken.duplicates }))
}

/// Which part of the usage is wanted.
pub(super) struct UsageQuery {
    span: SpanQuery,
    /// `None` for that of the token, `Some(None)` for all together.
    environment: Option<Option<Environment>>,
}

impl FromQuery for UsageQuery {
    fn take(query: &Values, fields: &mut Fields) -> Option<Self> {
        let span = SpanQuery::take(query, fields);
        let environment = match query.get("environment") {
            None => None,
            Some("all") => Some(None),
            Some(text) => fields.take("environment", parse_environment(text)).map(Some),
        };
        Some(Self { span: span?, environment })
    }

    fn describe(operation: &mut Operation) {
        SpanQuery::describe(operation);
        let environment = json!({"type": "string", "enum": ["prod", "staging", "dev", "all"]});
        operation.has_query("environment", false, "That of the token if left out.", environment);
    }
}

/// Usage in one step.
#[derive(Serialize, ToSchema)]
pub(super) struct UsageColumn {
    /// Begin of the step.
    #[schema(format = DateTime, example = "2024-01-15T10:00:00Z")]
    at: String,
    #[schema(example = 1_200)]
    requests: i64,
    #[schema(example = 3)]
    violations: i64,
}

/// Usage of an organization, a column for each step, empty ones too.
#[derive(Serialize, ToSchema)]
pub(super) struct UsageSeries {
    items: Vec<UsageColumn>,
    /// Requests in all columns.
    #[schema(example = 28_800)]
    requests: i64,
    /// Violations in all columns.
    #[schema(example = 72)]
    violations: i64,
}

pub(super) async fn series(
    Scoped(caller): Scoped<Viewer>,
    State(app): State<App>,
    Query(query): Query<UsageQuery>,
) -> Result<Reply<UsageSeries>> {
    let environment = query.environment.unwrap_or(Some(caller.environment));
    let wanted = Wanted { environment, span: query.span.resolve(app.clock().now())? };
    let found = app.read(move |tx| usage::series(tx, &caller, &wanted)).await?;
    let (requests, violations) = found.iter().fold((0, 0), |(requests, violations), (_, counts)| {
        (requests + counts.requests, violations + counts.violations)
    });
    let items = found.into_iter().map(|(at, counts)| UsageColumn {
        at: at.to_string(),
        requests: counts.requests,
        violations: counts.violations,
    });
    Ok(Reply(UsageSeries { items: items.collect(), requests, violations }))
}
