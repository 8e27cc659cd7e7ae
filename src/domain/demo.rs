//! Made-up people and organizations, to look at and to measure with.

mod words;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::clock::Time;
use crate::db::Tx;
use crate::domain::accounts;
use crate::domain::audit::{self, Changes, Target};
use crate::domain::caller::Operator;
use crate::domain::fields::{Email, Name};
use crate::domain::periods;
use crate::domain::usage::{HOUR, hour_of};
use crate::error::{Code, Error, Result};
use crate::id::{Id, UserId};
use crate::secret::Secret;
use crate::store::demo::{self, DemoEvent, DemoInvite, DemoMember, DemoTenant, DemoUser};
use crate::store::plans::{self, Plan};
use crate::store::roles::Role;
use crate::store::subscriptions::{Subscription, SubscriptionStatus};
use crate::store::tenants::TenantStatus;
use crate::store::totals::{self, Metric};
use crate::store::usage::Counts;
use words::{FIRST_NAMES, KINDS, LAST_NAMES, MAIL_DOMAINS, TRADES};

/// Address of the platform admin.
pub const ADMIN: &str = "admin@demo.example";

/// Accounts that one transaction makes: on SQLite a statement in a large one takes longer, the more it has changed.
const USERS_AT_ONCE: i64 = 1_000;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Over so many days the installation has grown.
const GROWN_FOR: u32 = 730;

/// Hours for which every organization that can be worked in has usage.
const USAGE_HOURS: i64 = 48;

/// What is to be made.
#[derive(Clone, Debug)]
pub struct Demo {
    tenants: i64,
    users: i64,
    password_hash: Secret,
    /// When everything ends up.
    now: Time,
    plans: Vec<Plan>,
}

/// A random password that every account gets.
pub fn new_password(tx: &mut Tx<'_>) -> Secret {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789";
    let letters = (0..20).map(|_| char::from(pick(tx, LETTERS).to_owned()));
    Secret::new(letters.collect::<String>())
}

/// Fails unless the database has nobody yet.
pub fn begin(tx: &mut Tx<'_>, tenants: i64, users: i64, password_hash: &Secret) -> Result<Demo> {
    if totals::operator_current(tx)?.of("users") > 0 {
        return Err(Error::new(Code::Conflict).with_detail(
            "There are accounts already. All accounts of a demonstration share one password, so it is made in an empty \
             data folder only.",
        ));
    }
    Ok(Demo { tenants, users, password_hash: password_hash.clone(), now: tx.now(), plans: plans::list(tx)? })
}

/// Makes the platform admin, which kills the setup link: the last one to come, as search expects it of what is stored last.
pub fn finish(tx: &mut Tx<'_>, by: &Operator, demo: &Demo) -> Result<()> {
    let email = Email::parse(ADMIN).map_err(Error::internal)?;
    let [first_name, last_name] = ["Demo", "Admin"].map(|name| Name::parse(name).map_err(Error::internal));
    let admin = accounts::create_admin(tx, by, &email, (&first_name?, &last_name?), &demo.password_hash)?;
    let changes = Changes::none().with("tenants", demo.tenants).with("users", demo.users);
    Ok(audit::record(tx, by, "demo.seeded", &Target::new("user", &admin.id), changes)?)
}

impl Demo {
    /// How many parts there are.
    pub fn parts(&self) -> i64 {
        (self.users + USERS_AT_ONCE - 1) / USERS_AT_ONCE
    }

    /// How many of `all` are made before this part.
    fn before(&self, all: i64, part: i64) -> i64 {
        all * part / self.parts()
    }

    /// How many accounts are made before this part.
    pub fn users_before(&self, part: i64) -> i64 {
        self.before(self.users, part)
    }

    /// When the person of this number came: one after the other, more than an hour before now.
    fn came_at(&self, tx: &mut Tx<'_>, number: i64) -> Time {
        let span = i64::try_from((DAY * GROWN_FOR).as_millis()).unwrap_or(i64::MAX) - 2 * HOUR;
        let step = span / self.users;
        let jitter = i64::from(tx.random_below(u32::try_from(step).unwrap_or(u32::MAX).max(1)));
        Time::from_millis((self.now - DAY * GROWN_FOR).millis() + HOUR + number * step + jitter)
    }

    fn plan(&self, name: &str) -> Result<&Plan> {
        let found = self.plans.iter().find(|plan| plan.id.as_ref() == name);
        found.ok_or_else(|| Error::internal("a built-in plan is missing"))
    }
}

fn pick<'a, T>(tx: &mut Tx<'_>, from: &'a [T]) -> &'a T {
    &from[tx.random_below(u32::try_from(from.len()).unwrap_or(u32::MAX)) as usize]
}

/// Whether it comes to pass, so many times in a hundred.
fn happens(tx: &mut Tx<'_>, percent: u32) -> bool {
    tx.random_below(100) < percent
}

fn id_at<I: Id>(tx: &mut Tx<'_>, at: Time) -> I {
    I::generate(at, &tx.random())
}

/// Makes one part: people, their organizations, and what goes on in them.
pub fn make(tx: &mut Tx<'_>, _: &Operator, demo: &Demo, part: i64) -> Result<()> {
    let numbers = demo.users_before(part)..demo.users_before(part + 1);
    let arrivals: Vec<Time> = numbers.clone().map(|number| demo.came_at(tx, number)).collect();
    let people: Vec<UserId> = arrivals.iter().map(|at| id_at(tx, *at)).collect();
    let tenants = make_tenants(tx, demo, part, &people, &arrivals);
    let homes = homes(tx, &tenants, people.len());
    let accounts: Vec<DemoUser> = (numbers.start..)
        .zip(people.iter().zip(&arrivals).zip(&homes))
        .map(|(number, ((id, at), home))| person(tx, demo, number, id, *at, home.first().map(|at| &tenants[*at])))
        .collect();
    demo::operator_insert_users(tx, &accounts, &demo.password_hash)?;
    let members = members(tx, &accounts, &tenants, &homes);
    demo::operator_insert_members(tx, &members)?;
    demo::operator_insert_tenants(tx, &tenants)?;
    let subscriptions = tenants.iter().map(|tenant| subscriptions(tx, demo, tenant)).collect::<Result<Vec<_>>>()?;
    let of_tenants = tenants.iter().zip(subscriptions);
    let subscriptions: Vec<_> =
        of_tenants.flat_map(|(tenant, had)| had.into_iter().map(|each| (tenant.id.clone(), each))).collect();
    demo::operator_insert_subscriptions(tx, &subscriptions)?;
    make_invites(tx, demo, &tenants)?;
    make_usage(tx, demo, &tenants)?;
    make_events(tx, demo, &accounts, &tenants)
}

fn make_tenants(tx: &mut Tx<'_>, demo: &Demo, part: i64, people: &[UserId], arrivals: &[Time]) -> Vec<DemoTenant> {
    let (first, end) = (demo.before(demo.tenants, part), demo.before(demo.tenants, part + 1));
    let count = usize::try_from(end - first).unwrap_or(0);
    let mut made = Vec::with_capacity(count);
    for (index, number) in (first..end).enumerate() {
        let owner = index * people.len() / count;
        let (kind, trade) = (pick(tx, KINDS), pick(tx, TRADES));
        let slug = format!("{}-{}-{}", kind.to_lowercase(), trade.to_lowercase(), number + 1);
        let status = match tx.random_below(100) {
            0..3 => TenantStatus::Suspended,
            3..5 => TenantStatus::Archived,
            _ => TenantStatus::Active,
        };
        made.push(DemoTenant {
            id: id_at(tx, arrivals[owner]),
            name: format!("{kind} {trade}"),
            billing_email: format!("billing@{slug}.example"),
            slug,
            status,
            owner_id: people[owner].clone(),
            created_at: arrivals[owner],
        });
    }
    made
}

/// For each person the places of their organizations, the own one first. One in ten is in the largest of the part.
fn homes(tx: &mut Tx<'_>, tenants: &[DemoTenant], people: usize) -> Vec<Vec<usize>> {
    let mut homes = vec![Vec::new(); people];
    if tenants.is_empty() {
        return homes;
    }
    for place in 0..tenants.len() {
        homes[place * people / tenants.len()].push(place);
    }
    for home in &mut homes {
        let count = if happens(tx, 4) { 3 } else { 1 + usize::from(happens(tx, 20)) };
        while home.len() < count.min(tenants.len()) {
            let place = if happens(tx, 10) { 0 } else { tx.random_below(tenants.len() as u32) as usize };
            if home.contains(&place) {
                break;
            }
            home.push(place);
        }
    }
    homes
}

fn person(
    tx: &mut Tx<'_>,
    demo: &Demo,
    number: i64,
    id: &UserId,
    created_at: Time,
    home: Option<&DemoTenant>,
) -> DemoUser {
    let ((first_name, first), (last_name, last)) = (*pick(tx, FIRST_NAMES), *pick(tx, LAST_NAMES));
    let mut chance = tx.random_below(100);
    let private = MAIL_DOMAINS.iter().find(|(_, percent)| {
        let is_this = chance < *percent;
        chance = chance.saturating_sub(*percent);
        is_this
    });
    let domain = match (private, home) {
        (None, Some(home)) => format!("{}.example", home.slug),
        (private, _) => private.map_or("example.com", |(domain, _)| domain).to_owned(),
    };
    // Three in five signed in during the last month.
    let ago = Duration::from_millis(60_000 + u64::from(tx.random_below(30 * 24 * 60 * 60)) * 1_000);
    let last_login_at = happens(tx, 60).then(|| (demo.now - ago).max(created_at));
    DemoUser {
        id: id.clone(),
        email: format!("{first}.{last}{}@{domain}", number + 1),
        first_name,
        last_name,
        is_platform_admin: false,
        email_verified_at: happens(tx, 95).then_some(created_at),
        created_at,
        last_login_at,
    }
}

fn members(tx: &mut Tx<'_>, people: &[DemoUser], tenants: &[DemoTenant], homes: &[Vec<usize>]) -> Vec<DemoMember> {
    let mut members = Vec::with_capacity(people.len() * 5 / 4);
    for (user, home) in people.iter().zip(homes) {
        for tenant in home.iter().map(|place| &tenants[*place]) {
            let role = if tenant.owner_id == user.id {
                Role::Admin
            } else {
                *pick(tx, &[Role::Admin, Role::Member, Role::Member, Role::Member, Role::Member, Role::Viewer])
            };
            let joined_at = user.created_at.max(tenant.created_at);
            members.push(DemoMember {
                id: id_at(tx, joined_at),
                tenant_id: tenant.id.clone(),
                user_id: user.id.clone(),
                role,
                joined_at,
            });
        }
    }
    members
}

/// What an organization has had: most are on the first plan, some have gone on to another one since.
fn subscriptions(tx: &mut Tx<'_>, demo: &Demo, tenant: &DemoTenant) -> Result<Vec<Subscription>> {
    let second = match tx.random_below(100) {
        0..10 => Some("plan_pro"),
        10..13 => Some("plan_enterprise"),
        _ => None,
    };
    let begun_at = tenant.created_at;
    let first = subscription(tx, demo, "plan_dev", begun_at)?;
    let Some(second) = second else { return Ok(vec![first]) };
    let changed_at = Time::from_millis(begun_at.millis() + (demo.now.millis() - begun_at.millis()) / 2);
    let over = Subscription {
        status: SubscriptionStatus::Cancelled,
        ended_at: Some(changed_at),
        periods: 1,
        start_at: begun_at,
        end_at: periods::end(begun_at, first.terms.billing_cycle, 1)?,
        ..first
    };
    Ok(vec![over, subscription(tx, demo, second, changed_at)?])
}

fn subscription(tx: &mut Tx<'_>, demo: &Demo, plan: &str, anchor_at: Time) -> Result<Subscription> {
    let plan = demo.plan(plan)?;
    let end = |periods| periods::end(anchor_at, plan.terms.billing_cycle, periods);
    let mut periods = 1;
    // So long that no subscription is due before the demonstration is over.
    while end(periods)? <= demo.now + DAY {
        periods += 1;
    }
    Ok(Subscription {
        id: id_at(tx, anchor_at),
        plan_id: plan.id.clone(),
        status: SubscriptionStatus::Active,
        terms: plan.terms.clone(),
        anchor_at,
        periods,
        start_at: if periods == 1 { anchor_at } else { end(periods - 1)? },
        end_at: end(periods)?,
        auto_renew: true,
        created_at: anchor_at,
        ended_at: None,
    })
}

fn make_invites(tx: &mut Tx<'_>, demo: &Demo, tenants: &[DemoTenant]) -> Result<()> {
    let mut invites = Vec::new();
    for tenant in tenants.iter().filter(|tenant| tenant.status == TenantStatus::Active) {
        let count = if happens(tx, 10) { 1 + tx.random_below(3) } else { 0 };
        for number in 0..count {
            let created_at = demo.now - Duration::from_secs(u64::from(tx.random_below(5 * 24 * 60 * 60)));
            invites.push(DemoInvite {
                id: id_at(tx, created_at),
                tenant_id: tenant.id.clone(),
                email: format!("{}.new{}@{}.example", pick(tx, FIRST_NAMES).1, number + 1, tenant.slug),
                role: *pick(tx, &[Role::Admin, Role::Member, Role::Viewer]),
                token_digest: tx.random::<32>().to_vec(),
                invited_by: tenant.owner_id.clone(),
                created_at,
                expires_at: created_at + DAY * 7,
            });
        }
    }
    Ok(demo::operator_insert_invites(tx, &invites)?)
}

/// Usage of the last hours, more by day than by night, and what it adds up to.
fn make_usage(tx: &mut Tx<'_>, demo: &Demo, tenants: &[DemoTenant]) -> Result<()> {
    let last = hour_of(demo.now).millis();
    let mut hours = Vec::with_capacity(tenants.len() * USAGE_HOURS as usize);
    let mut totals: BTreeMap<Time, Counts> = BTreeMap::new();
    for tenant in tenants.iter().filter(|tenant| tenant.status == TenantStatus::Active) {
        let size = 1 + i64::from(tx.random_below(20)).pow(2);
        for hour_at in (0..USAGE_HOURS).rev().map(|ago| Time::from_millis(last - ago * HOUR)) {
            let busy = 12 - (hour_at.millis() / HOUR % 24 - 13).abs();
            let requests = size * busy.max(1) + i64::from(tx.random_below(10));
            let violations = if happens(tx, 20) { 1 + requests / 300 } else { 0 };
            let total = totals.entry(hour_at).or_default();
            total.requests += requests;
            total.violations += violations;
            hours.push((&tenant.id, hour_at, Counts { requests, violations }));
        }
    }
    demo::operator_insert_usage(tx, &hours)?;
    let of_metrics = |(hour_at, total): (Time, Counts)| {
        [(Metric::Requests, hour_at, total.requests), (Metric::Violations, hour_at, total.violations)]
    };
    Ok(totals::operator_add(tx, &totals.into_iter().flat_map(of_metrics).collect::<Vec<_>>())?)
}

/// The making of each organization, and the sign-ins of the last week.
fn make_events(tx: &mut Tx<'_>, demo: &Demo, people: &[DemoUser], tenants: &[DemoTenant]) -> Result<()> {
    let mut events: Vec<DemoEvent> = tenants
        .iter()
        .map(|tenant| DemoEvent {
            id: id_at(tx, tenant.created_at),
            at: tenant.created_at,
            user_id: tenant.owner_id.clone(),
            action: "tenant.created",
            target_kind: "tenant",
            target_id: tenant.id.to_string(),
            tenant_id: Some(tenant.id.clone()),
        })
        .collect();
    let mut sign_ins: BTreeMap<Time, i64> = BTreeMap::new();
    for (user, at) in people.iter().filter_map(|user| Some((user, user.last_login_at?))) {
        if at < demo.now - DAY * 7 {
            continue;
        }
        *sign_ins.entry(hour_of(at)).or_default() += 1;
        events.push(DemoEvent {
            id: id_at(tx, at),
            at,
            user_id: user.id.clone(),
            action: "session.created",
            target_kind: "session",
            target_id: id_at::<crate::id::SessionId>(tx, at).to_string(),
            tenant_id: None,
        });
    }
    events.sort_by_key(|event| event.at);
    demo::operator_insert_events(tx, &events)?;
    let sign_ins: Vec<_> = sign_ins.into_iter().map(|(hour_at, count)| (Metric::SignIns, hour_at, count)).collect();
    Ok(totals::operator_add(tx, &sign_ins)?)
}
