//! Many rows at once, for a demonstration: made-up people and organizations in an empty database.

use std::sync::LazyLock;

use super::subscriptions::Subscription;
use super::tenants::{self, TenantStatus};
use super::usage::Counts;
use super::{roles::Role, users};
use crate::clock::Time;
use crate::db::{Result, Tx, Value};
use crate::id::{EventId, InviteId, MembershipId, TenantId, UserId};
use crate::secret::Secret;

/// Rows that one statement stores: on PostgreSQL each statement is a journey of its own.
const CHUNK: usize = 200;

/// A statement that stores many rows.
struct Bulk {
    columns: usize,
    chunk: &'static str,
    single: &'static str,
}

impl Bulk {
    fn new(head: &str, columns: usize) -> Self {
        let statement = |rows: usize| {
            let row = |row: usize| {
                let places: Vec<String> = (1..=columns).map(|column| format!("?{}", row * columns + column)).collect();
                format!("({})", places.join(", "))
            };
            let text = format!("{head} VALUES {}", (0..rows).map(row).collect::<Vec<_>>().join(", "));
            // Made once, for as long as the program runs, as statements are.
            &*Box::leak(text.into_boxed_str())
        };
        Self { columns, chunk: statement(CHUNK), single: statement(1) }
    }

    /// Stores rows whose columns stand one behind the other.
    fn store(&self, tx: &mut Tx<'_>, values: &[Value<'_>]) -> Result<()> {
        let chunks = values.chunks_exact(CHUNK * self.columns);
        let rest = chunks.remainder();
        for chunk in chunks {
            tx.execute(self.chunk, chunk)?;
        }
        for row in rest.chunks_exact(self.columns) {
            tx.execute(self.single, row)?;
        }
        Ok(())
    }
}

macro_rules! bulk {
    ($name:ident, $table:literal, $($column:literal)*) => {
        static $name: LazyLock<Bulk> = LazyLock::new(|| {
            let columns = [$($column),*];
            Bulk::new(&format!(concat!("INSERT INTO ", $table, " ({})"), columns.join(", ")), columns.len())
        });
    };
}

bulk!(USERS, "users", "id" "email" "first_name" "last_name" "password_hash" "is_platform_admin" "email_verified_at"
    "created_at" "updated_at" "last_login_at" "search_text");
bulk!(TENANTS, "tenants", "id" "name" "slug" "status" "billing_email" "owner_id" "search_text" "created_at" "updated_at");
bulk!(MEMBERSHIPS, "memberships", "id" "tenant_id" "user_id" "role" "joined_at" "updated_at");
bulk!(SUBSCRIPTIONS, "subscriptions", "id" "tenant_id" "plan_id" "status" "plan_name" "price_minor" "billing_cycle"
    "features" "limits" "anchor_at" "periods" "start_at" "end_at" "auto_renew" "created_at" "ended_at");
bulk!(INVITES, "invites", "id" "tenant_id" "email" "role" "token_digest" "invited_by" "created_at" "expires_at");
bulk!(USAGE_HOURS, "usage_hours", "tenant_id" "environment" "hour_at" "requests" "violations");
bulk!(AUDIT_EVENTS, "audit_events", "id" "at" "actor_kind" "actor_id" "action" "target_kind" "target_id" "tenant_id");

/// A made-up person.
pub struct DemoUser {
    /// Their id.
    pub id: UserId,
    /// Their address.
    pub email: String,
    /// Given name.
    pub first_name: &'static str,
    /// Family name.
    pub last_name: &'static str,
    /// Whether the person administers the whole installation.
    pub is_platform_admin: bool,
    /// When the address was proved.
    pub email_verified_at: Option<Time>,
    /// When the account was made.
    pub created_at: Time,
    /// The last sign-in.
    pub last_login_at: Option<Time>,
}

/// Stores people who share a password.
pub fn operator_insert_users(tx: &mut Tx<'_>, people: &[DemoUser], password_hash: &Secret) -> Result<()> {
    let texts: Vec<String> =
        people.iter().map(|user| users::search_text(user.first_name, user.last_name, &user.email)).collect();
    let mut values: Vec<Value<'_>> = Vec::with_capacity(people.len() * USERS.columns);
    for (user, text) in people.iter().zip(&texts) {
        values.extend([
            Value::from(&user.id),
            Value::from(&user.email),
            user.first_name.into(),
            user.last_name.into(),
            password_hash.expose().into(),
            user.is_platform_admin.into(),
            user.email_verified_at.into(),
            user.created_at.into(),
            user.created_at.into(),
            user.last_login_at.into(),
            text.into(),
        ]);
    }
    USERS.store(tx, &values)
}

/// A made-up organization.
pub struct DemoTenant {
    /// Its id.
    pub id: TenantId,
    /// What people call it.
    pub name: String,
    /// Its name in addresses.
    pub slug: String,
    /// Whether it can be worked in.
    pub status: TenantStatus,
    /// Where invoices go.
    pub billing_email: String,
    /// Whose it is.
    pub owner_id: UserId,
    /// When it was made.
    pub created_at: Time,
}

/// Stores organizations whose owners are members already.
pub fn operator_insert_tenants(tx: &mut Tx<'_>, made: &[DemoTenant]) -> Result<()> {
    let texts: Vec<String> = made.iter().map(|tenant| tenants::search_text(&tenant.name, &tenant.slug)).collect();
    let mut values: Vec<Value<'_>> = Vec::with_capacity(made.len() * TENANTS.columns);
    for (tenant, text) in made.iter().zip(&texts) {
        values.extend([
            Value::from(&tenant.id),
            Value::from(&tenant.name),
            Value::from(&tenant.slug),
            tenant.status.into(),
            Value::from(&tenant.billing_email),
            Value::from(&tenant.owner_id),
            text.into(),
            tenant.created_at.into(),
            tenant.created_at.into(),
        ]);
    }
    TENANTS.store(tx, &values)
}

/// Somebody in an organization.
pub struct DemoMember {
    /// Id of the membership.
    pub id: MembershipId,
    /// Where.
    pub tenant_id: TenantId,
    /// Who.
    pub user_id: UserId,
    /// As what.
    pub role: Role,
    /// Since when.
    pub joined_at: Time,
}

/// Stores memberships; their organizations may follow in the same transaction.
pub fn operator_insert_members(tx: &mut Tx<'_>, members: &[DemoMember]) -> Result<()> {
    let values: Vec<Value<'_>> = members
        .iter()
        .flat_map(|member| {
            let at = member.joined_at.into();
            let (tenant_id, user_id) = (Value::from(&member.tenant_id), Value::from(&member.user_id));
            [Value::from(&member.id), tenant_id, user_id, member.role.into(), at, at]
        })
        .collect();
    MEMBERSHIPS.store(tx, &values)
}

/// Stores subscriptions of these organizations.
pub fn operator_insert_subscriptions(tx: &mut Tx<'_>, made: &[(TenantId, Subscription)]) -> Result<()> {
    let texts: Vec<(String, String)> =
        made.iter().map(|(_, each)| (each.terms.features_text(), each.terms.limits_text())).collect();
    let mut values: Vec<Value<'_>> = Vec::with_capacity(made.len() * SUBSCRIPTIONS.columns);
    for ((tenant_id, each), (features, limits)) in made.iter().zip(&texts) {
        values.extend([
            Value::from(&each.id),
            Value::from(tenant_id),
            Value::from(&each.plan_id),
            each.status.into(),
            Value::from(&each.terms.name),
            each.terms.price_minor.into(),
            each.terms.billing_cycle.into(),
            features.into(),
            limits.into(),
            each.anchor_at.into(),
            each.periods.into(),
            each.start_at.into(),
            each.end_at.into(),
            each.auto_renew.into(),
            each.created_at.into(),
            each.ended_at.into(),
        ]);
    }
    SUBSCRIPTIONS.store(tx, &values)
}

/// An invitation whose link nobody has.
pub struct DemoInvite {
    /// Its id.
    pub id: InviteId,
    /// Into which organization.
    pub tenant_id: TenantId,
    /// Whom it is meant for.
    pub email: String,
    /// What that person will be.
    pub role: Role,
    /// Random.
    pub token_digest: Vec<u8>,
    /// Who invited.
    pub invited_by: UserId,
    /// When it was made.
    pub created_at: Time,
    /// From when on its link would not work.
    pub expires_at: Time,
}

/// Stores invitations.
pub fn operator_insert_invites(tx: &mut Tx<'_>, invites: &[DemoInvite]) -> Result<()> {
    let values: Vec<Value<'_>> = invites
        .iter()
        .flat_map(|invite| {
            [
                Value::from(&invite.id),
                Value::from(&invite.tenant_id),
                Value::from(&invite.email),
                invite.role.into(),
                Value::from(&invite.token_digest),
                Value::from(&invite.invited_by),
                invite.created_at.into(),
                invite.expires_at.into(),
            ]
        })
        .collect();
    INVITES.store(tx, &values)
}

/// Stores hours of usage in production, each of another organization or time.
pub fn operator_insert_usage(tx: &mut Tx<'_>, hours: &[(&TenantId, Time, Counts)]) -> Result<()> {
    let values: Vec<Value<'_>> = hours
        .iter()
        .flat_map(|(tenant_id, hour_at, counts)| {
            let (requests, violations) = (counts.requests.into(), counts.violations.into());
            [Value::from(*tenant_id), "prod".into(), (*hour_at).into(), requests, violations]
        })
        .collect();
    USAGE_HOURS.store(tx, &values)
}

/// Something that a person did.
pub struct DemoEvent {
    /// Its id.
    pub id: EventId,
    /// When.
    pub at: Time,
    /// Who.
    pub user_id: UserId,
    /// What.
    pub action: &'static str,
    /// Kind of thing it was done to.
    pub target_kind: &'static str,
    /// Which one.
    pub target_id: String,
    /// Whose audit it belongs to, beside the installation's.
    pub tenant_id: Option<TenantId>,
}

/// Stores events of the audit.
pub fn operator_insert_events(tx: &mut Tx<'_>, events: &[DemoEvent]) -> Result<()> {
    let values: Vec<Value<'_>> = events
        .iter()
        .flat_map(|event| {
            [
                Value::from(&event.id),
                event.at.into(),
                "user".into(),
                Value::from(&event.user_id),
                event.action.into(),
                event.target_kind.into(),
                Value::from(&event.target_id),
                event.tenant_id.as_ref().into(),
            ]
        })
        .collect();
    AUDIT_EVENTS.store(tx, &values)
}
