//! The catalogue of plans, and what platform admins do with it.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Number;
use utoipa::ToSchema;

use super::access::{PlatformAdmin, Scoped};
use super::body::{Body, Object, PathId};
use super::reply::{Created, NoContent, Reply};
use crate::app::App;
use crate::domain::fields::{Fields, Name};
use crate::domain::plans;
use crate::domain::tenant_caller::Viewer;
use crate::error::Result;
use crate::id::PlanId;
use crate::store::plans::{BillingCycle, Limits, Plan, Terms};

const FEATURES_MAX: usize = 50;
const PRICE_MAX_MINOR: i64 = 100_000_000_000;

/// A plan that can be chosen.
#[derive(Serialize, ToSchema)]
pub(super) struct CatalogItem {
    #[schema(example = "plan_pro")]
    id: String,
    #[schema(example = "Pro")]
    name: String,
    /// For each period, in major units.
    #[schema(value_type = f64, example = 299)]
    price: Number,
    /// `MONTHLY` or `YEARLY`.
    #[schema(example = "MONTHLY")]
    billing_cycle: &'static str,
    #[schema(example = json!(["500,000 req/month", "10 API keys"]))]
    features: Vec<String>,
}

/// Hundredths as major units: a whole number where it is one.
pub(super) fn price(minor: i64) -> Number {
    if minor % 100 == 0 {
        return Number::from(minor / 100);
    }
    // Prices are far below the greatest whole number that a float holds.
    Number::from_f64(minor as f64 / 100.0).unwrap_or_else(|| Number::from(minor / 100))
}

pub(super) async fn catalog(_: Scoped<Viewer>, State(app): State<App>) -> Result<Reply<Vec<CatalogItem>>> {
    let offered = app.read(plans::offered).await?;
    let items = offered.into_iter().map(|plan| CatalogItem {
        id: plan.id.to_string(),
        name: plan.terms.name,
        price: price(plan.terms.price_minor),
        billing_cycle: plan.terms.billing_cycle.as_str(),
        features: plan.terms.features,
    });
    Ok(Reply(items.collect()))
}

/// What a plan allows, for machines. A number that is null is no limit.
#[derive(Clone, Default, Serialize, Deserialize, ToSchema)]
pub(super) struct PlanLimits {
    /// Requests through the gateway in a month.
    #[schema(example = 500_000)]
    requests_per_month: Option<i64>,
    /// Keys for the gateway.
    #[schema(example = 10)]
    api_keys: Option<i64>,
    /// Days for which the gateway keeps its logs.
    #[schema(example = 90)]
    log_retention_days: Option<i64>,
    /// Whether the gateway looks for violations by models.
    #[serde(default)]
    #[schema(example = true)]
    ml_violation_detection: bool,
    /// Whether the tenant may bring models of its own.
    #[serde(default)]
    #[schema(example = false)]
    custom_ml_models: bool,
}

impl From<Limits> for PlanLimits {
    fn from(limits: Limits) -> Self {
        Self {
            requests_per_month: limits.requests_per_month,
            api_keys: limits.api_keys,
            log_retention_days: limits.log_retention_days,
            ml_violation_detection: limits.ml_violation_detection,
            custom_ml_models: limits.custom_ml_models,
        }
    }
}

impl PlanLimits {
    fn parse(&self, fields: &mut Fields) -> Limits {
        let numbers = [
            ("limits.requests_per_month", self.requests_per_month),
            ("limits.api_keys", self.api_keys),
            ("limits.log_retention_days", self.log_retention_days),
        ];
        for (name, number) in numbers {
            if number.is_some_and(|number| number < 0) {
                fields.take::<(), _>(name, Err("must not be negative; leave it out for no limit"));
            }
        }
        Limits {
            requests_per_month: self.requests_per_month,
            api_keys: self.api_keys,
            log_retention_days: self.log_retention_days,
            ml_violation_detection: self.ml_violation_detection,
            custom_ml_models: self.custom_ml_models,
        }
    }
}

/// A plan, with what platform admins see of it.
#[derive(Serialize, ToSchema)]
pub(super) struct PlanItem {
    #[schema(example = "plan_pro")]
    id: String,
    #[schema(example = "Pro")]
    name: String,
    /// For each period, in major units.
    #[schema(value_type = f64, example = 299)]
    price: Number,
    /// `MONTHLY` or `YEARLY`.
    #[schema(example = "MONTHLY")]
    billing_cycle: &'static str,
    #[schema(example = json!(["500,000 req/month", "10 API keys"]))]
    features: Vec<String>,
    limits: PlanLimits,
    /// Whether a tenant may choose it by itself.
    #[schema(example = true)]
    self_service: bool,
    /// Since when it is not offered any more; null while it is.
    #[schema(format = DateTime, example = "2024-06-01T00:00:00Z")]
    retired_at: Option<String>,
    #[schema(format = DateTime, example = "2024-01-15T10:30:00Z")]
    created_at: String,
}

impl From<Plan> for PlanItem {
    fn from(plan: Plan) -> Self {
        Self {
            id: plan.id.to_string(),
            name: plan.terms.name,
            price: price(plan.terms.price_minor),
            billing_cycle: plan.terms.billing_cycle.as_str(),
            features: plan.terms.features,
            limits: plan.terms.limits.into(),
            self_service: plan.is_self_service,
            retired_at: plan.retired_at.map(|at| at.to_string()),
            created_at: plan.created_at.to_string(),
        }
    }
}

/// Every plan.
#[derive(Serialize, ToSchema)]
pub(super) struct PlanList {
    items: Vec<PlanItem>,
    /// How many there are.
    #[schema(example = 3)]
    total: usize,
}

pub(super) async fn list(PlatformAdmin(admin): PlatformAdmin, State(app): State<App>) -> Result<Reply<PlanList>> {
    let found = app.read(move |tx| plans::list(tx, &admin)).await?;
    let items: Vec<PlanItem> = found.into_iter().map(PlanItem::from).collect();
    Ok(Reply(PlanList { total: items.len(), items }))
}

/// A new plan.
#[derive(Deserialize, ToSchema)]
pub(super) struct CreatePlanRequest {
    /// 1 to 100 characters.
    #[schema(example = "Team")]
    name: String,
    /// For each period, in major units, with at most two decimals.
    #[schema(value_type = f64, example = 99.5)]
    price: Number,
    /// `MONTHLY` or `YEARLY`.
    #[schema(example = "YEARLY")]
    billing_cycle: String,
    /// At most 50 lines for people.
    #[serde(default)]
    #[schema(example = json!(["100,000 req/month"]))]
    features: Vec<String>,
    #[serde(default)]
    #[schema(value_type = PlanLimits)]
    limits: Object<PlanLimits>,
    /// Whether a tenant may choose it by itself; yes if left out.
    #[schema(example = true)]
    self_service: Option<bool>,
}

/// What to change of a plan; a field left out stays. Who has the plan keeps its terms.
#[derive(Deserialize, ToSchema)]
pub(super) struct ChangePlanRequest {
    /// 1 to 100 characters.
    #[schema(example = "Team")]
    name: Option<String>,
    /// For each period, in major units, with at most two decimals.
    #[schema(value_type = Option<f64>, example = 99.5)]
    price: Option<Number>,
    /// `MONTHLY` or `YEARLY`.
    #[schema(example = "YEARLY")]
    billing_cycle: Option<String>,
    /// At most 50 lines for people.
    #[schema(example = json!(["100,000 req/month"]))]
    features: Option<Vec<String>>,
    #[schema(value_type = Option<PlanLimits>)]
    /// In place of all limits: what is left out of it is not limited.
    limits: Option<Object<PlanLimits>>,
    /// Whether a tenant may choose it by itself.
    #[schema(example = true)]
    self_service: Option<bool>,
}

fn parse_price(price: &Number) -> std::result::Result<i64, &'static str> {
    let price = price.as_f64().unwrap_or(f64::NAN);
    let whole = (price * 100.0).round();
    // The float next to a text of two decimals is the one next to its hundredths divided by 100.
    if !(0.0..=PRICE_MAX_MINOR as f64).contains(&whole) || whole / 100.0 != price {
        return Err("must be a price from 0 to 1,000,000,000 with at most two decimals");
    }
    Ok(whole as i64)
}

fn parse_cycle(text: &str) -> std::result::Result<BillingCycle, &'static str> {
    let found = BillingCycle::ALL.into_iter().find(|cycle| cycle.as_str() == text);
    found.ok_or("must be MONTHLY or YEARLY")
}

fn parse_features(features: &[String]) -> std::result::Result<Vec<String>, &'static str> {
    if features.len() > FEATURES_MAX {
        return Err("must be at most 50");
    }
    let parsed: std::result::Result<Vec<Name>, _> = features.iter().map(|feature| Name::parse(feature)).collect();
    Ok(parsed?.into_iter().map(|feature| feature.as_ref().to_owned()).collect())
}

impl ChangePlanRequest {
    fn parse(&self) -> Result<impl Fn(&mut Terms, &mut bool) + Send + Sync + use<>> {
        let mut fields = Fields::default();
        let name = self.name.as_deref().and_then(|name| fields.take("name", Name::parse(name)));
        let price = self.price.as_ref().and_then(|price| fields.take("price", parse_price(price)));
        let cycle = self.billing_cycle.as_deref().and_then(|text| fields.take("billing_cycle", parse_cycle(text)));
        let features = self.features.as_deref().and_then(|lines| fields.take("features", parse_features(lines)));
        let limits = self.limits.as_ref().map(|limits| limits.0.parse(&mut fields));
        let self_service = self.self_service;
        fields.check()?;
        Ok(move |terms: &mut Terms, is_self_service: &mut bool| {
            if let Some(name) = &name {
                terms.name = name.as_ref().to_owned();
            }
            terms.price_minor = price.unwrap_or(terms.price_minor);
            terms.billing_cycle = cycle.unwrap_or(terms.billing_cycle);
            if let Some(features) = &features {
                terms.features.clone_from(features);
            }
            if let Some(limits) = &limits {
                terms.limits.clone_from(limits);
            }
            *is_self_service = self_service.unwrap_or(*is_self_service);
        })
    }
}

impl CreatePlanRequest {
    fn parse(&self) -> Result<Terms> {
        let mut fields = Fields::default();
        let name = fields.take("name", Name::parse(&self.name));
        let price_minor = fields.take("price", parse_price(&self.price));
        let billing_cycle = fields.take("billing_cycle", parse_cycle(&self.billing_cycle));
        let features = fields.take("features", parse_features(&self.features));
        let limits = self.limits.0.parse(&mut fields);
        let values = name.zip(price_minor).zip(billing_cycle.zip(features));
        let ((name, price_minor), (billing_cycle, features)) = fields.finish(values)?;
        Ok(Terms { name: name.as_ref().to_owned(), price_minor, billing_cycle, features, limits })
    }
}

pub(super) async fn create(
    PlatformAdmin(admin): PlatformAdmin,
    State(app): State<App>,
    Body(request): Body<CreatePlanRequest>,
) -> Result<Created<PlanItem>> {
    let (terms, self_service) = (request.parse()?, request.self_service.unwrap_or(true));
    let plan = app.write(&admin, move |tx, by| plans::create(tx, by, &terms, self_service)).await?;
    Ok(Created(plan.into()))
}

pub(super) async fn change(
    PlatformAdmin(admin): PlatformAdmin,
    State(app): State<App>,
    id: PathId<PlanId>,
    Body(request): Body<ChangePlanRequest>,
) -> Result<Reply<PlanItem>> {
    let (change, id) = (request.parse()?, id.get()?);
    let plan = app.write(&admin, move |tx, by| plans::change(tx, by, &id, &change)).await?;
    Ok(Reply(plan.into()))
}

pub(super) async fn retire(
    PlatformAdmin(admin): PlatformAdmin,
    State(app): State<App>,
    id: PathId<PlanId>,
) -> Result<NoContent> {
    let id = id.get()?;
    app.write(&admin, move |tx, by| plans::retire(tx, by, &id)).await?;
    Ok(NoContent)
}
