//! Acting as a member of an organization, for platform admins.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::access::PlatformAdmin;
use super::admin_tenants::parse_reason;
use super::body::{Body, PathId};
use super::reply::{Confidential, Reply};
use super::scoped_tokens::TenantToken;
use crate::app::App;
use crate::domain::fields::Fields;
use crate::domain::impersonation;
use crate::error::Result;
use crate::id::{Id as _, TenantId, UserId};

/// Where to act, and why.
#[derive(Deserialize, ToSchema)]
pub(super) struct ImpersonateRequest {
    /// An organization of which the person is an active member.
    #[schema(example = "ten_01h455vb4pex5vsknk084sn02q")]
    tenant_id: String,
    /// For the organization, which finds it in its audit; 1 to 500 characters.
    #[schema(example = "Ticket 4711: invitations do not arrive")]
    reason: String,
}

pub(super) async fn start(
    PlatformAdmin(admin): PlatformAdmin,
    State(app): State<App>,
    id: PathId<UserId>,
    Body(request): Body<ImpersonateRequest>,
) -> Result<Confidential<Reply<TenantToken>>> {
    let mut fields = Fields::default();
    let parsed = parse_reason(&request.reason).and_then(|reason| match reason.is_empty() {
        true => Err("must be a text of 1 to 500 characters"),
        false => Ok(reason),
    });
    let reason = fields.take("reason", parsed);
    let reason = fields.finish(reason)?;
    let (id, tenant_id, installation) = (id.get()?, TenantId::parse(&request.tenant_id), app.installation());
    let token =
        app.write(&admin, move |tx, by| impersonation::start(tx, by, &installation, &id, tenant_id.as_ref(), &reason));
    Ok(Confidential(Reply(token.await?.into())))
}
