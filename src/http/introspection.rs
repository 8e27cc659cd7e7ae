//! Token introspection for services (RFC 7662).

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::Service;
use super::body::Body;
use super::reply::{Confidential, Reply};
use crate::app::App;
use crate::domain::introspection;
use crate::domain::service_keys::TokensRead;
use crate::domain::tokens::TokenType;
use crate::error::Result;
use crate::secret::Secret;

/// A token that somebody showed to a service.
#[derive(Deserialize, ToSchema)]
pub(super) struct IntrospectRequest {
    #[schema(value_type = String, example = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9...")]
    token: Secret,
}

/// Who acts as somebody else.
#[derive(Serialize, ToSchema)]
pub(super) struct Actor {
    #[schema(example = "usr_01h455vb4pex5vsknk084sn02q")]
    sub: String,
}

/// Whether an access token is good at this moment. Of one that is not, nothing else is said.
#[derive(Default, Serialize, ToSchema)]
pub(super) struct Introspection {
    /// Whether the platform itself would accept it now.
    #[schema(example = true)]
    active: bool,
    /// The person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "usr_01h455vb4pex5vsknk084sn02q")]
    sub: Option<String>,
    /// The person's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "dev@acme.com")]
    username: Option<String>,
    /// `global` or `scoped`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "scoped")]
    typ: Option<&'static str>,
    /// Always `bearer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "bearer")]
    token_type: Option<&'static str>,
    /// The organization of a scoped token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "ten_01h455vb4pex5vsknk084sn02q")]
    tid: Option<String>,
    /// What the person is in it now, whatever the token says.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "admin")]
    role: Option<&'static str>,
    /// The environment of a scoped token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "prod")]
    env: Option<&'static str>,
    /// The session.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "ses_01h455vb4pex5vsknk084sn02q")]
    sid: Option<String>,
    /// Id of the token itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "3a66eb8e862746c2af49a776165ddb52")]
    jti: Option<String>,
    /// Id of the installation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "be203af3-9fb3-40aa-8492-7273aae14c02")]
    iss: Option<String>,
    /// Always `trueport`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "trueport")]
    aud: Option<String>,
    /// The platform admin who acts as the person (RFC 8693, section 4.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<Actor>,
    /// Seconds since the Unix epoch at which it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 1_705_314_600)]
    iat: Option<i64>,
    /// Seconds since the Unix epoch from which on it does not work.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 1_705_316_400)]
    exp: Option<i64>,
}

pub(super) async fn introspect(
    Service(service): Service<TokensRead>,
    State(app): State<App>,
    Body(request): Body<IntrospectRequest>,
) -> Result<Confidential<Reply<Introspection>>> {
    let Some(claims) = app.installation().keys().verify(request.token.expose()) else {
        return Ok(Confidential(Reply(Introspection::default())));
    };
    let checked = claims.clone();
    let holder = app.read(move |tx| introspection::introspect(tx, &service, &checked)).await?;
    let Some(holder) = holder else { return Ok(Confidential(Reply(Introspection::default()))) };
    let (tid, role, env) = match holder.tenant {
        Some((tid, role, env)) => (Some(tid.to_string()), Some(role.as_str()), Some(env.as_str())),
        None => (None, None, None),
    };
    Ok(Confidential(Reply(Introspection {
        active: true,
        sub: Some(holder.user.id.to_string()),
        username: Some(holder.user.email),
        typ: Some(if claims.typ == TokenType::Scoped { "scoped" } else { "global" }),
        token_type: Some("bearer"),
        tid,
        role,
        env,
        sid: Some(claims.sid.clone()),
        jti: Some(claims.jti.clone()),
        iss: Some(claims.iss.clone()),
        aud: Some(claims.aud.clone()),
        act: claims.act.as_ref().map(|actor| Actor { sub: actor.sub.clone() }),
        iat: Some(claims.iat),
        exp: Some(claims.exp),
    })))
}
