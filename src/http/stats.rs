//! Figures of the whole installation.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::access::PlatformAdmin;
use super::reply::Reply;
use crate::app::App;
use crate::domain::stats;
use crate::error::Result;

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
