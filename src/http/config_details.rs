//! Where a configuration value comes from, and who changed it.

use axum::extract::State;
use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;

use super::access::{PlatformAdmin, Scoped};
use super::body::PathKey;
use super::configs::shown_value;
use super::query::{Query, Window};
use super::reply::Reply;
use crate::app::App;
use crate::domain::configs::{self, Layer};
use crate::domain::settings::{ConfigValue, Entry};
use crate::domain::tenant_caller::Viewer;
use crate::error::Result;
use crate::store::config_values::Change;

/// One level of a key.
#[derive(Serialize, ToSchema)]
pub(super) struct LayerItem {
    /// `default`, `global`, `tenant`, `environment` or `operator`.
    #[schema(example = "tenant")]
    source: &'static str,
    /// Whether a value is set at this level.
    #[schema(example = true)]
    is_set: bool,
    /// The value set there; null for none and for a secret.
    #[schema(schema_with = shown_value)]
    value: Json,
    /// Whether levels below may not override it.
    #[schema(example = false)]
    is_locked: bool,
    /// Whether this one is in force.
    #[schema(example = true)]
    is_winner: bool,
}

/// Every level of a key, from the default on.
#[derive(Serialize, ToSchema)]
pub(super) struct Explanation {
    #[schema(example = "auth.mfa_enforced")]
    key: &'static str,
    /// The value in force; null for a secret.
    #[schema(schema_with = shown_value)]
    val: Json,
    /// The level that it comes from.
    #[schema(example = "tenant")]
    source: &'static str,
    layers: Vec<LayerItem>,
}

/// Whether there is a value. An empty secret is none, as in the tree.
fn is_set(value: Option<&ConfigValue>) -> bool {
    match value {
        Some(ConfigValue::Secret(secret)) => !secret.expose().is_empty(),
        value => value.is_some(),
    }
}

impl From<(&'static Entry, Vec<Layer>)> for Explanation {
    fn from((entry, layers): (&'static Entry, Vec<Layer>)) -> Self {
        let winner = layers.iter().find(|layer| layer.is_winner);
        let shown = |value: Option<&ConfigValue>| value.map_or(Json::Null, ConfigValue::to_json);
        Self {
            key: entry.key,
            val: shown(winner.and_then(|layer| layer.value.as_ref())),
            source: winner.map_or("default", |layer| layer.source.as_str()),
            layers: layers
                .iter()
                .map(|layer| LayerItem {
                    source: layer.source.as_str(),
                    is_set: is_set(layer.value.as_ref()),
                    value: shown(layer.value.as_ref()),
                    is_locked: layer.is_locked,
                    is_winner: layer.is_winner,
                })
                .collect(),
        }
    }
}

pub(super) async fn explain_own(
    Scoped(caller): Scoped<Viewer>,
    State(app): State<App>,
    PathKey(key): PathKey,
) -> Result<Reply<Explanation>> {
    let installation = app.installation();
    let explained = app.read(move |tx| {
        let own = Some((&caller, caller.environment));
        configs::explain(tx, &installation, own, &key)
    });
    Ok(Reply(explained.await?.into()))
}

pub(super) async fn explain_global(
    _: PlatformAdmin,
    State(app): State<App>,
    PathKey(key): PathKey,
) -> Result<Reply<Explanation>> {
    let installation = app.installation();
    let explained = app.read(move |tx| configs::explain(tx, &installation, None, &key)).await?;
    Ok(Reply(explained.into()))
}

/// A change of a value.
#[derive(Serialize, ToSchema)]
pub(super) struct ChangeItem {
    #[schema(format = DateTime, example = "2024-01-15T10:30:00Z")]
    at: String,
    /// `user`, or `operator` at the command line.
    #[schema(example = "user")]
    actor: String,
    /// Who changed it.
    #[schema(example = "usr_01h455vb4pex5vsknk084sn02q")]
    user_id: Option<String>,
    /// That person's address, while there is an account.
    #[schema(example = "dev@acme.com")]
    email: Option<String>,
    /// The platform admin who did it in that person's name.
    #[schema(example = "usr_01h455vb4pex5vsknk084sn02r")]
    impersonator_id: Option<String>,
    /// `set`, or `reset` where the value was taken away.
    #[schema(example = "set")]
    action: &'static str,
    /// The environment that it was changed for; null for all.
    #[schema(example = "staging")]
    environment: Option<String>,
    /// The value set; null for a secret and after a reset.
    #[schema(schema_with = shown_value)]
    value: Json,
    /// Whether levels below could not override it from then on.
    #[schema(example = false)]
    is_locked: bool,
}

impl From<Change> for ChangeItem {
    fn from(change: Change) -> Self {
        let value = change.value.as_deref().and_then(|text| serde_json::from_str(text).ok());
        Self {
            at: change.at.to_string(),
            actor: change.actor_kind,
            user_id: change.actor_id,
            email: change.actor_email,
            impersonator_id: change.impersonator_id,
            action: if change.is_reset { "reset" } else { "set" },
            environment: Some(change.environment).filter(|environment| !environment.is_empty()),
            value: value.unwrap_or(Json::Null),
            is_locked: change.is_locked,
        }
    }
}

/// Part of the changes of a key.
#[derive(Serialize, ToSchema)]
pub(super) struct ChangeList {
    items: Vec<ChangeItem>,
    /// How many there are on all pages.
    #[schema(example = 4)]
    total: i64,
}

fn changes((found, total): (Vec<Change>, i64)) -> Reply<ChangeList> {
    Reply(ChangeList { items: found.into_iter().map(ChangeItem::from).collect(), total })
}

pub(super) async fn history_own(
    Scoped(caller): Scoped<Viewer>,
    State(app): State<App>,
    PathKey(key): PathKey,
    Query(window): Query<Window>,
) -> Result<Reply<ChangeList>> {
    let found = app.read(move |tx| configs::history(tx, Some(&caller), &key, window.limit, window.offset));
    Ok(changes(found.await?))
}

pub(super) async fn history_global(
    _: PlatformAdmin,
    State(app): State<App>,
    PathKey(key): PathKey,
    Query(window): Query<Window>,
) -> Result<Reply<ChangeList>> {
    let found = app.read(move |tx| configs::history(tx, None, &key, window.limit, window.offset));
    Ok(changes(found.await?))
}
