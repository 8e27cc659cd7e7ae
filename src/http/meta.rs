//! What the server tells of itself.

use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use utoipa::ToSchema;

use super::access::{Anonymous, Probe};
use super::reply::Reply;
use crate::app::App;
use crate::error::Result;

/// A JSON Web Key Set.
#[derive(Serialize, ToSchema)]
pub(super) struct KeySet {
    keys: Vec<PublicKey>,
}

/// A public Ed25519 key (RFC 8037).
#[derive(Serialize, ToSchema)]
pub(super) struct PublicKey {
    #[schema(example = "OKP")]
    kty: &'static str,
    #[schema(example = "Ed25519")]
    crv: &'static str,
    #[schema(example = "EdDSA")]
    alg: &'static str,
    #[serde(rename = "use")]
    #[schema(example = "sig")]
    usage: &'static str,
    #[schema(example = "key_01h455vb4pex5vsknk084sn02q")]
    kid: String,
    /// The key in base64url.
    #[schema(example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")]
    x: String,
}

pub(super) async fn jwks(_: Anonymous, State(app): State<App>) -> Result<Reply<KeySet>> {
    let installation = app.installation();
    let keys = installation.keys().public_keys().map(|(kid, key)| PublicKey {
        kty: "OKP",
        crv: "Ed25519",
        alg: "EdDSA",
        usage: "sig",
        kid: kid.to_string(),
        x: URL_SAFE_NO_PAD.encode(key),
    });
    Ok(Reply(KeySet { keys: keys.collect() }))
}

/// How the server is.
#[derive(Serialize, ToSchema)]
pub(super) struct Health {
    #[schema(example = "ok")]
    status: &'static str,
}

pub(super) async fn healthz(_: Probe) -> Result<Reply<Health>> {
    Ok(Reply(Health { status: "ok" }))
}

pub(super) async fn readyz(_: Probe, State(app): State<App>) -> Result<Reply<Health>> {
    app.check_writable().await?;
    Ok(Reply(Health { status: "ok" }))
}
