//! The plans that tenants can have.

use serde_json::{Map, Value as Json};

use crate::args;
use crate::clock::Time;
use crate::db::{Column, DbError, Result, Row, Tx, Value};
use crate::id::PlanId;

/// How long a period is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BillingCycle {
    /// A calendar month.
    Monthly,
    /// A calendar year.
    Yearly,
}

impl BillingCycle {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Monthly, Self::Yearly];

    /// Its name in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Monthly => "MONTHLY",
            Self::Yearly => "YEARLY",
        }
    }
}

impl Column for BillingCycle {
    fn read(row: &Row<'_>, index: usize) -> Result<Self> {
        let text: String = row.get(index)?;
        let found = Self::ALL.into_iter().find(|cycle| cycle.as_str() == text);
        found.ok_or_else(|| DbError::Other("an unknown billing cycle".to_owned()))
    }
}

impl From<BillingCycle> for Value<'_> {
    fn from(cycle: BillingCycle) -> Self {
        cycle.as_str().into()
    }
}

/// What a plan allows, for machines. A number that is not there is no limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Requests through the gateway in a calendar month of the subscription.
    pub requests_per_month: Option<i64>,
    /// Keys for the gateway.
    pub api_keys: Option<i64>,
    /// Days for which the gateway keeps its logs.
    pub log_retention_days: Option<i64>,
    /// Whether the gateway looks for violations by models.
    pub ml_violation_detection: bool,
    /// Whether the tenant may bring models of its own.
    pub custom_ml_models: bool,
}

impl Limits {
    fn to_text(&self) -> String {
        let mut object = Map::new();
        let numbers = [
            ("requests_per_month", self.requests_per_month),
            ("api_keys", self.api_keys),
            ("log_retention_days", self.log_retention_days),
        ];
        for (name, number) in numbers {
            if let Some(number) = number {
                object.insert(name.to_owned(), number.into());
            }
        }
        object.insert("ml_violation_detection".to_owned(), self.ml_violation_detection.into());
        object.insert("custom_ml_models".to_owned(), self.custom_ml_models.into());
        Json::Object(object).to_string()
    }
}

impl Column for Limits {
    fn read(row: &Row<'_>, index: usize) -> Result<Self> {
        let object: Json = parse(&row.get::<String>(index)?)?;
        let flag = |name: &str| object[name].as_bool().unwrap_or(false);
        Ok(Self {
            requests_per_month: object["requests_per_month"].as_i64(),
            api_keys: object["api_keys"].as_i64(),
            log_retention_days: object["log_retention_days"].as_i64(),
            ml_violation_detection: flag("ml_violation_detection"),
            custom_ml_models: flag("custom_ml_models"),
        })
    }
}

fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| DbError::Other(format!("a plan's column is damaged: {error}")))
}

/// What a plan costs and gives. A subscription keeps the terms that its plan had when it began.
#[derive(Clone, Debug)]
pub struct Terms {
    /// What people call the plan.
    pub name: String,
    /// Hundredths of the currency's unit for each period.
    pub price_minor: i64,
    /// How long a period is.
    pub billing_cycle: BillingCycle,
    /// What the plan gives, for people.
    pub features: Vec<String>,
    /// What the plan gives, for machines.
    pub limits: Limits,
}

impl Terms {
    /// Reads name, price, cycle, features and limits from index `start` of the row on.
    pub(super) fn read(row: &Row<'_>, start: usize) -> Result<Self> {
        Ok(Self {
            name: row.get(start)?,
            price_minor: row.get(start + 1)?,
            billing_cycle: row.get(start + 2)?,
            features: parse(&row.get::<String>(start + 3)?)?,
            limits: row.get(start + 4)?,
        })
    }

    pub(super) fn features_text(&self) -> String {
        Json::from(self.features.as_slice()).to_string()
    }

    pub(super) fn limits_text(&self) -> String {
        self.limits.to_text()
    }
}

/// A plan.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its id.
    pub id: PlanId,
    /// What it costs and gives.
    pub terms: Terms,
    /// Whether a tenant may choose it by itself.
    pub is_self_service: bool,
    /// Since when it is not offered any more.
    pub retired_at: Option<Time>,
    /// When it was made.
    pub created_at: Time,
}

/// Columns of [`Plan`], in the order that [`read_plan`] expects.
macro_rules! plan_columns {
    () => {
        "id, name, price_minor, billing_cycle, features, limits, self_service, retired_at, created_at"
    };
}

fn read_plan(row: &Row<'_>) -> Result<Plan> {
    Ok(Plan {
        id: row.get(0)?,
        terms: Terms::read(row, 1)?,
        is_self_service: row.get(6)?,
        retired_at: row.get(7)?,
        created_at: row.get(8)?,
    })
}

/// Plans in the order in which they were made, retired ones too.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<Plan>> {
    tx.all(concat!("SELECT ", plan_columns!(), " FROM plans ORDER BY created_at, id"), args![], read_plan)
}

/// The plan with this id, retired or not.
pub fn by_id(tx: &mut Tx<'_>, id: &PlanId) -> Result<Option<Plan>> {
    tx.optional(concat!("SELECT ", plan_columns!(), " FROM plans WHERE id = ?1"), args![id], read_plan)
}

/// Stores a plan, or what changed in it.
pub fn put(tx: &mut Tx<'_>, plan: &Plan) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "INSERT INTO plans (id, name, price_minor, billing_cycle, features, limits, self_service, retired_at, \
         created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (id) DO UPDATE SET \
         name = excluded.name, price_minor = excluded.price_minor, billing_cycle = excluded.billing_cycle, \
         features = excluded.features, limits = excluded.limits, self_service = excluded.self_service, \
         retired_at = excluded.retired_at, updated_at = excluded.updated_at",
        args![
            &plan.id,
            &plan.terms.name,
            plan.terms.price_minor,
            plan.terms.billing_cycle,
            &plan.terms.features_text(),
            &plan.terms.limits_text(),
            plan.is_self_service,
            plan.retired_at,
            plan.created_at,
            now
        ],
    )?;
    Ok(())
}
