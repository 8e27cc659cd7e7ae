//! Deliveries to webhooks: what an admin sees of them, and how the job that makes them comes by them.
//!
//! One worker at a time is at a webhook, and makes one delivery of it after the other; so a target that is slow or dead
//! holds up nothing but what is meant for it. If that worker dies, the webhook is free again after some time and the
//! delivery is repeated with the same message id: a target may be told twice, and knows it by that id.

use std::time::Duration;

use url::Url;

use crate::clock::Time;
use crate::db::{Topic, Tx};
use crate::domain::audit::Changes;
use crate::domain::caller::System;
use crate::domain::installation::Installation;
use crate::domain::outbox::Mail;
use crate::domain::tenant_caller::{Admin, TenantCaller};
use crate::domain::throttle;
use crate::domain::webhooks as rules;
use crate::error::{Code, Error, Result};
use crate::id::{DeliveryId, WebhookId};
use crate::store::tenants::{Tenant, TenantStatus};
use crate::store::users;
use crate::store::webhook_deliveries::{self, Attempt, Delivery, DeliveryStatus};
use crate::store::webhooks::{self, Secrets, Webhook};

/// Waiting times after the first attempts; after one more the delivery is given up. The schedule of Standard Webhooks as
/// far as a day and a half goes.
const DELAYS: [Duration; 7] = [
    Duration::from_secs(5),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 60 * 60),
    Duration::from_secs(5 * 60 * 60),
    Duration::from_secs(10 * 60 * 60),
    Duration::from_secs(14 * 60 * 60),
];

/// How long a worker may be at a delivery before another one takes the webhook; longer than the slowest attempt.
const LEASE: Duration = Duration::from_secs(60);

/// How long a target that did not answer is left in peace. What waits for it must not keep workers busy.
const REST: Duration = Duration::from_secs(60);

/// Webhooks of one tenant that are told something at once.
const OF_TENANT_AT_ONCE: i64 = 4;

/// After so long without one success a webhook is disabled when a delivery is given up.
const FAILING_MAX: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// How long a settled delivery stays in the log, and how many of a webhook.
pub const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// See [`KEPT`].
pub const KEPT_OF_WEBHOOK: i64 = 5_000;

/// Part of the deliveries of a webhook, newest first, and how many there are.
pub fn list(
    tx: &mut Tx<'_>,
    by: &TenantCaller<Admin>,
    webhook_id: &WebhookId,
    status: Option<DeliveryStatus>,
    limit: i64,
    offset: i64,
) -> Result<(Vec<Delivery>, i64)> {
    rules::show(tx, by, webhook_id)?;
    Ok(webhook_deliveries::list(tx, by.scope(), webhook_id, status, limit, offset)?)
}

fn find(tx: &mut Tx<'_>, by: &TenantCaller<Admin>, webhook_id: &WebhookId, id: &DeliveryId) -> Result<Delivery> {
    let found = webhook_deliveries::by_id(tx, by.scope(), webhook_id, id)?;
    found.ok_or_else(|| Error::new(Code::NotFound).with_detail("Delivery not found."))
}

/// A delivery with its attempts, oldest first.
pub fn show(
    tx: &mut Tx<'_>,
    by: &TenantCaller<Admin>,
    webhook_id: &WebhookId,
    id: &DeliveryId,
) -> Result<(Delivery, Vec<Attempt>)> {
    let delivery = find(tx, by, webhook_id, id)?;
    Ok((delivery, webhook_deliveries::attempts(tx, by.scope(), id)?))
}

/// Has a delivery made again at once, whatever became of it, under the same message id.
pub fn redeliver(
    tx: &mut Tx<'_>,
    by: &TenantCaller<Admin>,
    webhook_id: &WebhookId,
    id: &DeliveryId,
) -> Result<Delivery> {
    throttle::reserve_webhook_call(tx, by.tenant.id(), &by.caller.origin)?;
    find(tx, by, webhook_id, id)?;
    rules::find_enabled(tx, by, webhook_id)?;
    webhook_deliveries::restart(tx, by.scope(), id)?;
    webhooks::wake(tx, by.scope(), webhook_id)?;
    tx.announce(Topic::Webhooks);
    let changes = Changes::none().with("delivery_id", id.as_ref());
    rules::record(tx, by, by.scope(), "webhook.redelivered", webhook_id, changes)?;
    find(tx, by, webhook_id, id)
}

/// A delivery that a worker has taken.
pub struct Job {
    /// Whose.
    pub tenant: Tenant,
    /// To which webhook.
    pub webhook: Webhook,
    /// What; with the attempt that begins already counted.
    pub delivery: Delivery,
    /// What signs it, sealed.
    pub secrets: Secrets,
    /// When it was taken.
    pub at: Time,
}

/// Whether something is due.
pub fn is_due(tx: &mut Tx<'_>) -> Result<bool> {
    Ok(webhooks::operator_due(tx, OF_TENANT_AT_ONCE)?.is_some())
}

/// Takes up to `limit` deliveries that are due, each of another webhook: those that have waited longest.
pub fn claim(tx: &mut Tx<'_>, _: &System, limit: usize) -> Result<Vec<Job>> {
    let now = tx.now();
    let mut jobs = Vec::new();
    while jobs.len() < limit
        && let Some((webhook, tenant)) = webhooks::operator_due(tx, OF_TENANT_AT_ONCE)?
    {
        let scope = tenant.scope();
        let Some(mut delivery) = webhook_deliveries::next(tx, scope, &webhook.id)? else {
            // What was due has been given up.
            let next_due_at = webhook_deliveries::next_due(tx, scope, &webhook.id)?;
            webhooks::set_next_due(tx, scope, &webhook.id, next_due_at)?;
            continue;
        };
        let secrets = webhooks::secrets(tx, scope, &webhook.id)?;
        webhooks::take(tx, scope, &webhook.id, now + LEASE)?;
        webhook_deliveries::count_attempt(tx, scope, &delivery.id)?;
        delivery.attempts += 1;
        jobs.push(Job { tenant, webhook, delivery, secrets, at: now });
    }
    Ok(jobs)
}

/// How an attempt ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The HTTP status of the answer, if there was one.
    pub status: Option<u16>,
    /// Why it failed, in words for the tenant's admins; none if it did not.
    pub error: Option<String>,
    /// Whether the target did not answer, or has too much to do.
    pub needs_rest: bool,
    /// How long it took.
    pub took: Duration,
}

/// An answer that takes so long is slow.
const SLOW: Duration = Duration::from_secs(2);

/// The status by which a target says that it wants no more.
const GONE: u16 = 410;

/// Notes how an attempt ended, and what is next for the delivery and its webhook.
pub fn settle(tx: &mut Tx<'_>, by: &System, installation: &Installation, job: &Job, outcome: &Outcome) -> Result<()> {
    let (scope, webhook_id, now) = (job.tenant.scope(), &job.webhook.id, tx.now());
    // Either may be deleted by now.
    let Some(webhook) = webhooks::by_id(tx, scope, webhook_id)? else { return Ok(()) };
    let delivery = webhook_deliveries::by_id(tx, scope, webhook_id, &job.delivery.id)?;
    let mut is_given_up = false;
    if let Some(delivery) = delivery {
        let attempt = Attempt {
            number: job.delivery.attempts,
            at: job.at,
            duration: i64::try_from(outcome.took.as_millis()).unwrap_or(i64::MAX),
            status: outcome.status.map(i64::from),
            error: outcome.error.clone(),
        };
        if !webhook_deliveries::insert_attempt(tx, scope, &delivery.id, &attempt)? {
            // It was noted by a commit whose answer got lost.
            return Ok(());
        }
        is_given_up = note(tx, job, &delivery, outcome)?;
    }
    // What an address answered that is not the webhook's any more says nothing of the new one.
    if webhook.url == job.webhook.url {
        judge(tx, by, installation, job, webhook, outcome, is_given_up)?;
    }
    let next_due_at = webhook_deliveries::next_due(tx, scope, webhook_id)?;
    // Who is slow is asked less often, so that nobody can keep every worker waiting.
    let rest = match outcome.took {
        _ if outcome.needs_rest => REST,
        took if took >= SLOW => took * 4,
        _ => Duration::ZERO,
    };
    let rests_until = now + rest;
    // Not before the present: a webhook with much that waits takes its turn behind the others.
    webhooks::set_next_due(tx, scope, webhook_id, next_due_at.map(|due_at| due_at.max(rests_until)))?;
    Ok(webhooks::give_back(tx, scope, webhook_id, job.at + LEASE, rests_until)?)
}

/// What is next for a delivery; returns whether it was given up.
fn note(tx: &mut Tx<'_>, job: &Job, delivery: &Delivery, outcome: &Outcome) -> Result<bool> {
    let scope = job.tenant.scope();
    let answer = (outcome.status.map(i64::from), outcome.error.as_deref());
    if outcome.error.is_none() {
        webhook_deliveries::note(tx, scope, &delivery.id, DeliveryStatus::Delivered, delivery.due_at, answer)?;
        return Ok(false);
    }
    // Whoever disabled the webhook meanwhile has given it up.
    if delivery.status != DeliveryStatus::Pending {
        return Ok(false);
    }
    let made = (delivery.attempts - delivery.earlier_attempts).max(1);
    let delay = usize::try_from(made - 1).ok().and_then(|index| DELAYS.get(index).copied());
    let least = if outcome.needs_rest { REST } else { Duration::ZERO };
    let delay = delay.filter(|_| outcome.status != Some(GONE)).map(|delay| delay.max(least));
    let status = if delay.is_some() { DeliveryStatus::Pending } else { DeliveryStatus::Failed };
    let due_at = tx.now() + delay.map_or(Duration::ZERO, |delay| delay + jitter(tx, delay));
    webhook_deliveries::note(tx, scope, &delivery.id, status, due_at, answer)?;
    Ok(delay.is_none())
}

/// Up to a fifth of a waiting time, so that what failed together is not tried again together.
fn jitter(tx: &mut Tx<'_>, delay: Duration) -> Duration {
    let bound = u32::try_from(delay.as_millis() / 5).unwrap_or(u32::MAX);
    Duration::from_millis(tx.random_below(bound.max(1)).into())
}

/// What an attempt means for its webhook: one whose target is gone, or has failed for days, is disabled.
fn judge(
    tx: &mut Tx<'_>,
    by: &System,
    installation: &Installation,
    job: &Job,
    mut webhook: Webhook,
    outcome: &Outcome,
    is_given_up: bool,
) -> Result<()> {
    let (scope, now) = (job.tenant.scope(), tx.now());
    let failing_since = outcome.error.as_ref().map(|_| webhook.failing_since.unwrap_or(now));
    let is_gone = outcome.status == Some(GONE);
    let is_failing = is_given_up && failing_since.is_some_and(|since| now.since(since) >= FAILING_MAX);
    let is_disabled = webhook.is_enabled && (is_gone || is_failing);
    if failing_since == webhook.failing_since && !is_disabled {
        return Ok(());
    }
    webhook.failing_since = failing_since;
    if is_disabled {
        let reason = if is_gone { "gone" } else { "failing" };
        (webhook.is_enabled, webhook.disabled_reason) = (false, Some(reason.to_owned()));
        webhook.updated_at = now;
        rules::give_up_pending(tx, scope, &webhook.id)?;
        rules::record(tx, by, scope, "webhook.disabled", &webhook.id, Changes::none().with("reason", reason))?;
        tell_owner(tx, installation, &job.tenant, &webhook, is_gone)?;
    }
    Ok(webhooks::update(tx, scope, &webhook)?)
}

fn tell_owner(
    tx: &mut Tx<'_>,
    installation: &Installation,
    tenant: &Tenant,
    webhook: &Webhook,
    is_gone: bool,
) -> Result<()> {
    let owner = match &tenant.owner_id {
        Some(owner_id) if tenant.status != TenantStatus::Archived => users::by_id(tx, owner_id)?,
        _ => None,
    };
    let Some(owner) = owner else { return Ok(()) };
    if throttle::may_notify(tx, webhook.id.as_ref())? {
        let host = Url::parse(&webhook.url).ok().and_then(|url| url.host_str().map(str::to_owned));
        let why = if is_gone { "it answered that it wants no more" } else { "every attempt has failed for days" };
        Mail::to(&owner, "webhook_disabled")
            .about(tenant)
            .with("host", host.unwrap_or_default())
            .with("why", why)
            .send(tx, installation)?;
    }
    Ok(())
}
