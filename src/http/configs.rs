//! Configuration: an organization's, and the installation's.

use std::sync::Arc;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, Schema, SchemaType, Type};

use super::access::{PlatformAdmin, Scoped, Service};
use super::body::{Body, PathId, PathKey};
use super::openapi::Operation;
use super::query::{FromQuery, Query, Values};
use super::reply::Reply;
use super::usage::parse_environment;
use crate::app::App;
use crate::domain::configs::{self, OwnLevel};
use crate::domain::fields::Fields;
use crate::domain::service_keys::ConfigsRead;
use crate::domain::settings::{self, ConfigValue, Entry, GenType, InForce, Level, Reader, TREE, TenantSettings};
use crate::domain::tenant_caller::{Admin, Viewer};
use crate::domain::tokens::Environment;
use crate::error::{Code, Error, Result};
use crate::id::TenantId;
use crate::store::tenants::Tenant;

fn value_of(types: &[Type], description: &str) -> Object {
    let types = SchemaType::from_iter(types.iter().cloned());
    ObjectBuilder::new().schema_type(types).description(Some(description)).examples([json!(false)]).build()
}

/// A value of any type as it is shown.
pub(super) fn shown_value() -> Object {
    let types = [Type::Boolean, Type::Integer, Type::String, Type::Null];
    value_of(&types, "The value; null for a secret, and where none is set.")
}

/// A value of any type as it is set.
fn new_value() -> Object {
    value_of(&[Type::Boolean, Type::Integer, Type::String], "The value, of the type of its key.")
}

/// Values by key.
fn values_by_key() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("The value in force of each key that the gateway heeds."))
        .additional_properties(Some(Schema::Object(shown_value())))
        .examples([json!({"gateway.violation_action": "block", "gateway.timeout_seconds": 120})])
        .build()
}

/// A key and its value in force.
#[derive(Serialize, ToSchema)]
pub(super) struct ConfigItem {
    #[schema(example = "auth.mfa_enforced")]
    key: &'static str,
    /// What it does.
    #[schema(example = "Enforce MFA for all users")]
    lbl: &'static str,
    #[schema(schema_with = shown_value)]
    val: Json,
    /// `boolean`, `string`, `integer`, `select`, `secret`, `email` or `url`.
    #[schema(example = "boolean")]
    gen_type: &'static str,
    /// Whether an organization may set it.
    #[serde(rename = "mod")]
    #[schema(example = true)]
    modifiable: bool,
    /// Whether levels below may not override it.
    #[schema(example = false)]
    is_locked: bool,
    /// Of a secret: whether there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = true)]
    is_set: Option<bool>,
    /// Of a `select`: what can be chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(["log", "warn", "block"]))]
    options: Option<&'static [&'static str]>,
    /// Of an `integer`: the least value.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 1)]
    min: Option<i64>,
    /// Of an `integer`: the greatest value.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 3_600)]
    max: Option<i64>,
    /// Where the value comes from: `default`, `global`, `tenant`, `environment` or `operator`. Told after a change, and
    /// in the tree where it is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "tenant")]
    source: Option<&'static str>,
}

impl ConfigItem {
    fn new(entry: &Entry, in_force: &InForce) -> Self {
        let (min, max) = match entry.gen_type {
            GenType::Integer { min, max } => (Some(min), Some(max)),
            _ => (None, None),
        };
        Self {
            key: entry.key,
            lbl: entry.label,
            val: in_force.value.to_json(),
            gen_type: entry.gen_type.as_str(),
            modifiable: entry.level >= Level::Tenant,
            is_locked: in_force.is_locked,
            is_set: match &in_force.value {
                ConfigValue::Secret(secret) => Some(!secret.expose().is_empty()),
                _ => None,
            },
            options: match entry.gen_type {
                GenType::Select(options) => Some(options),
                _ => None,
            },
            min,
            max,
            source: None,
        }
    }

    fn with_source(entry: &Entry, in_force: &InForce) -> Self {
        Self { source: Some(in_force.source.as_str()), ..Self::new(entry, in_force) }
    }
}

/// Keys under one heading.
#[derive(Serialize, ToSchema)]
pub(super) struct ConfigSection {
    #[schema(example = "MFA Settings")]
    header_title: &'static str,
    configs: Vec<ConfigItem>,
}

/// Sections that belong together.
#[derive(Serialize, ToSchema)]
pub(super) struct ConfigGroup {
    #[schema(example = "Authentication")]
    grp_title: &'static str,
    /// `TENANT` in the configuration of an organization, `GLOBAL` in that of the installation.
    #[serde(rename = "type")]
    #[schema(example = "TENANT")]
    level: &'static str,
    sections: Vec<ConfigSection>,
}

/// A part of the configuration.
#[derive(Serialize, ToSchema)]
pub(super) struct ConfigResource {
    #[schema(example = "Security")]
    resrc_name: &'static str,
    config_groups: Vec<ConfigGroup>,
}

/// The whole configuration.
#[derive(Serialize, ToSchema)]
pub(super) struct ConfigTree {
    resources: Vec<ConfigResource>,
}

/// What is wanted beside the tree of the specification.
pub(super) struct TreeQuery {
    with_sources: bool,
}

impl FromQuery for TreeQuery {
    fn take(query: &Values, fields: &mut Fields) -> Option<Self> {
        let with_sources = match query.get("sources").unwrap_or("false") {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err("must be true or false"),
        };
        fields.take("sources", with_sources).map(|with_sources| Self { with_sources })
    }

    fn describe(operation: &mut Operation) {
        let text = "Whether each key tells where its value comes from.";
        operation.has_query("sources", false, text, json!({"type": "boolean", "default": false}));
    }
}

/// The tree of the keys for which there is a value. Parts without any are left out.
fn tree<'a>(level: &'static str, query: &TreeQuery, value: impl Fn(&str) -> Option<&'a InForce>) -> ConfigTree {
    let shown = if query.with_sources { ConfigItem::with_source } else { ConfigItem::new };
    let item = |entry: &Entry| value(entry.key).map(|in_force| shown(entry, in_force));
    let section = |section: &settings::Section| {
        let configs: Vec<ConfigItem> = section.entries.iter().filter_map(item).collect();
        (!configs.is_empty()).then_some(ConfigSection { header_title: section.title, configs })
    };
    let group = |group: &settings::Group| {
        let sections: Vec<ConfigSection> = group.sections.iter().filter_map(section).collect();
        (!sections.is_empty()).then_some(ConfigGroup { grp_title: group.title, level, sections })
    };
    let resource = |resource: &settings::Resource| {
        let config_groups: Vec<ConfigGroup> = resource.groups.iter().filter_map(group).collect();
        (!config_groups.is_empty()).then_some(ConfigResource { resrc_name: resource.name, config_groups })
    };
    ConfigTree { resources: TREE.iter().filter_map(resource).collect() }
}

/// The values in force in a tenant that has just been read, from memory where they are remembered.
async fn tenant_settings(app: &App, tenant: &Tenant, environment: Environment) -> Result<Arc<TenantSettings>> {
    let installation = app.installation();
    if let Some(remembered) = installation.remembered_settings(tenant, environment) {
        return Ok(remembered);
    }
    let tenant = tenant.clone();
    app.read(move |tx| installation.tenant_settings(tx, &tenant, environment)).await
}

pub(super) async fn list_own(
    Scoped(caller): Scoped<Viewer>,
    State(app): State<App>,
    Query(query): Query<TreeQuery>,
) -> Result<Reply<ConfigTree>> {
    let settings = tenant_settings(&app, &caller.tenant, caller.environment).await?;
    Ok(Reply(tree("TENANT", &query, |key| settings.get(key))))
}

pub(super) async fn list_global(
    _: PlatformAdmin,
    State(app): State<App>,
    Query(query): Query<TreeQuery>,
) -> Result<Reply<ConfigTree>> {
    let installation = app.installation();
    Ok(Reply(tree("GLOBAL", &query, |key| installation.settings().get(key))))
}

fn parse_own_level(text: &str) -> std::result::Result<OwnLevel, &'static str> {
    match text {
        "TENANT" => Ok(OwnLevel::Tenant),
        "ENVIRONMENT" => Ok(OwnLevel::Environment),
        _ => Err("must be TENANT or ENVIRONMENT"),
    }
}

fn item(key: &str, in_force: &InForce) -> Result<Reply<ConfigItem>> {
    let entry = settings::entry(key).ok_or_else(|| Error::new(Code::NotFound))?;
    Ok(Reply(ConfigItem::with_source(entry, in_force)))
}

/// A new value for an organization.
#[derive(Deserialize, ToSchema)]
pub(super) struct SetOwnRequest {
    #[schema(schema_with = new_value)]
    value: Json,
    /// `TENANT`, for all environments, or `ENVIRONMENT`, for that of the token; the former if left out.
    #[schema(example = "TENANT")]
    scope: Option<String>,
}

pub(super) async fn set_own(
    Scoped(caller): Scoped<Admin>,
    State(app): State<App>,
    PathKey(key): PathKey,
    Body(request): Body<SetOwnRequest>,
) -> Result<Reply<ConfigItem>> {
    let level = request.scope.as_deref().map_or(Ok(OwnLevel::Tenant), parse_own_level);
    let level = level.map_err(|message| Error::field("scope", message))?;
    let (installation, wanted) = (app.installation(), key.clone());
    let set = app.write(&caller, move |tx, by| configs::set_own(tx, by, &installation, &wanted, level, &request.value));
    item(&key, &set.await?)
}

/// Which value is taken away.
pub(super) struct ResetQuery(OwnLevel);

impl FromQuery for ResetQuery {
    fn take(query: &Values, fields: &mut Fields) -> Option<Self> {
        let level = query.get("scope").map_or(Ok(OwnLevel::Tenant), parse_own_level);
        fields.take("scope", level).map(Self)
    }

    fn describe(operation: &mut Operation) {
        let schema = json!({"type": "string", "enum": ["TENANT", "ENVIRONMENT"], "default": "TENANT"});
        operation.has_query("scope", false, "Which of the organization's values is taken away.", schema);
    }
}

pub(super) async fn reset_own(
    Scoped(caller): Scoped<Admin>,
    State(app): State<App>,
    PathKey(key): PathKey,
    Query(ResetQuery(level)): Query<ResetQuery>,
) -> Result<Reply<ConfigItem>> {
    let (installation, wanted) = (app.installation(), key.clone());
    let reset = app.write(&caller, move |tx, by| configs::reset_own(tx, by, &installation, &wanted, level));
    item(&key, &reset.await?)
}

/// A new value for the installation.
#[derive(Deserialize, ToSchema)]
pub(super) struct SetGlobalRequest {
    #[schema(schema_with = new_value)]
    value: Json,
    /// Always `GLOBAL`; may be left out.
    #[schema(example = "GLOBAL")]
    scope: Option<String>,
    /// Whether organizations may not override it; stays if left out.
    #[schema(example = false)]
    is_locked: Option<bool>,
}

pub(super) async fn set_global(
    PlatformAdmin(admin): PlatformAdmin,
    State(app): State<App>,
    PathKey(key): PathKey,
    Body(request): Body<SetGlobalRequest>,
) -> Result<Reply<ConfigItem>> {
    if request.scope.as_deref().is_some_and(|scope| scope != "GLOBAL") {
        return Err(Error::field("scope", "must be GLOBAL"));
    }
    let (installation, wanted) = (app.installation(), key.clone());
    let set = app.write(&admin, move |tx, by| {
        configs::set_global(tx, by, &installation, &wanted, &request.value, request.is_locked)
    });
    let set = set.await?;
    // Whoever is told that it is done must see it done.
    app.reload().await?;
    item(&key, &set)
}

pub(super) async fn reset_global(
    PlatformAdmin(admin): PlatformAdmin,
    State(app): State<App>,
    PathKey(key): PathKey,
) -> Result<Reply<ConfigItem>> {
    let (installation, wanted) = (app.installation(), key.clone());
    let reset = app.write(&admin, move |tx, by| configs::reset_global(tx, by, &installation, &wanted)).await?;
    app.reload().await?;
    item(&key, &reset)
}

/// The configuration that the gateway heeds for an organization.
#[derive(Serialize, ToSchema)]
pub(super) struct GatewayConfigs {
    #[schema(example = "ten_01h455vb4pex5vsknk084sn02q")]
    tenant_id: String,
    /// `active`, `suspended` or `archived`.
    #[schema(example = "active")]
    tenant_status: &'static str,
    /// `prod`, `staging` or `dev`.
    #[schema(example = "prod")]
    environment: &'static str,
    #[schema(schema_with = values_by_key)]
    configs: serde_json::Map<String, Json>,
}

/// The environment that a service asks for.
pub(super) struct EnvironmentQuery(Environment);

impl FromQuery for EnvironmentQuery {
    fn take(query: &Values, fields: &mut Fields) -> Option<Self> {
        let environment = query.get("environment").map_or(Ok(Environment::Prod), parse_environment);
        fields.take("environment", environment).map(Self)
    }

    fn describe(operation: &mut Operation) {
        let schema = json!({"type": "string", "enum": ["prod", "staging", "dev"], "default": "prod"});
        operation.has_query("environment", false, "Of which environment.", schema);
    }
}

pub(super) async fn for_gateway(
    Service(service): Service<ConfigsRead>,
    State(app): State<App>,
    tenant_id: PathId<TenantId>,
    Query(EnvironmentQuery(environment)): Query<EnvironmentQuery>,
) -> Result<Reply<GatewayConfigs>> {
    let tenant_id = tenant_id.get()?;
    let tenant = app.read(move |tx| configs::tenant_for_service(tx, &service, &tenant_id)).await?;
    let settings = tenant_settings(&app, &tenant, environment).await?;
    let of_gateway = settings::entries().filter(|entry| entry.reader == Reader::Gateway);
    let values = of_gateway.filter_map(|entry| Some((entry.key.to_owned(), settings.get(entry.key)?.value.to_json())));
    Ok(Reply(GatewayConfigs {
        tenant_id: tenant.id().to_string(),
        tenant_status: tenant.status.as_str(),
        environment: environment.as_str(),
        configs: values.collect(),
    }))
}
