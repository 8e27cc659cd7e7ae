//! The caller's own sessions.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::access::SignedIn;
use super::body::PathId;
use super::reply::{NoContent, Reply};
use crate::app::App;
use crate::domain::sessions;
use crate::error::Result;
use crate::id::SessionId;

/// A sign-in that still works.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionItem {
    #[schema(example = "ses_01h455vb4pex5vsknk084sn02q")]
    id: String,
    #[schema(format = DateTime, example = "2024-01-15T10:30:00Z")]
    created_at: String,
    /// The last refresh, or the sign-in.
    #[schema(format = DateTime, example = "2024-01-15T11:00:00Z")]
    last_used_at: String,
    /// Its end at the latest.
    #[schema(format = DateTime, example = "2024-02-14T10:30:00Z")]
    expires_at: String,
    /// Where the person signed in from.
    #[schema(example = "192.0.2.7")]
    address: Option<String>,
    /// What the client called itself.
    #[schema(example = "curl/8.5.0")]
    user_agent: Option<String>,
    /// Whether it is the session of this request.
    #[schema(example = true)]
    is_current: bool,
}

pub(super) async fn list(SignedIn(caller): SignedIn, State(app): State<App>) -> Result<Reply<Vec<SessionItem>>> {
    let current = caller.session_id.clone();
    let found = app.read(move |tx| sessions::list(tx, &caller)).await?;
    let items = found.into_iter().map(|session| SessionItem {
        is_current: session.id == current,
        id: session.id.to_string(),
        created_at: session.created_at.to_string(),
        last_used_at: session.refreshed_at.to_string(),
        expires_at: session.expires_at.to_string(),
        address: session.address,
        user_agent: session.user_agent,
    });
    Ok(Reply(items.collect()))
}

pub(super) async fn end(
    SignedIn(caller): SignedIn,
    State(app): State<App>,
    id: PathId<SessionId>,
) -> Result<NoContent> {
    let id = id.get()?;
    app.write(&caller, move |tx, by| sessions::end(tx, by, &id)).await?;
    Ok(NoContent)
}
