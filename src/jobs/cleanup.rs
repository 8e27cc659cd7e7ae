//! Deletes what is of no use any more.

use std::time::Duration;

use super::stop::Stop;
use crate::app::App;
use crate::db::Tx;
use crate::domain::caller::System;
use crate::domain::{
    admin_denials, audit_retention, factors as factor_rules, idempotency as requests, invites as invitations, throttle,
    usage as usage_rules, webhook_deliveries as deliveries,
};
use crate::error::Result;
use crate::store::{
    address_windows, attempts, factors, idempotency, invites, mfa_challenges, one_time_tokens, otp_codes, outbox,
    sessions, totals, usage, webhook_deliveries, webhooks,
};

const INTERVAL: Duration = Duration::from_secs(10 * 60);
const FORGET_AT_ONCE: i64 = 5_000;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) async fn run(app: App, mut stop: Stop) -> Result<()> {
    loop {
        let kept_days = app.installation().settings().integer("usage.retention_days").unsigned_abs();
        let mut deleted = app.write(&System, sweep).await?;
        // In bites: there may be millions, and whoever else writes waits meanwhile.
        loop {
            let forgotten = app.write(&System, move |tx, _| forget_reports(tx, kept_days)).await?;
            deleted += forgotten;
            if forgotten == 0 {
                break;
            }
        }
        cut_audit(&app, &stop).await?;
        deleted += forget_deliveries(&app).await?;
        tracing::debug!(deleted, "old rows deleted");
        stop.ran();
        tokio::select! {
            () = stop.requested() => return Ok(()),
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
}

/// Cuts old events off every chain of the audit, also in bites.
async fn cut_audit(app: &App, stop: &Stop) -> Result<()> {
    let installation = app.installation();
    let days = installation.settings().integer("audit.retention_days");
    let Some(kept_from) = audit_retention::kept_from(app.clock().now(), days) else { return Ok(()) };
    let mut after = String::new();
    while !stop.is_requested() {
        let (key, behind) = (installation.vault().audit_key().clone(), after.clone());
        let cut = app.write(&System, move |tx, by| audit_retention::cut_next(tx, by, &key, &behind, kept_from)).await?;
        match cut {
            None => break,
            Some(cut) if cut.events == 0 => after = cut.chain,
            Some(cut) => {
                tracing::info!(chain = cut.chain, events = cut.events, "old events of the audit cut off");
                // Only a full bite leaves something, and chains that are done are not looked at again.
                if cut.events < audit_retention::AT_ONCE {
                    after = cut.chain;
                }
            }
        }
    }
    Ok(())
}

/// Forgets usage, and the keys of requests: services report with one each time.
fn forget_reports(tx: &mut Tx<'_>, kept_days: u64) -> Result<u64> {
    let now = tx.now();
    let forgotten = usage::operator_forget(tx, now - usage_rules::REMEMBERED, FORGET_AT_ONCE)?;
    let kept = DAY * u32::try_from(kept_days).unwrap_or(u32::MAX);
    let deleted = usage::operator_delete_old(tx, now - kept, FORGET_AT_ONCE)?;
    let keys = idempotency::delete_old(tx, now - requests::KEPT, FORGET_AT_ONCE)?;
    Ok(forgotten + deleted + keys + totals::operator_delete_old(tx, now - kept)?)
}

/// Shortens the logs of webhooks, in bites too.
async fn forget_deliveries(app: &App) -> Result<u64> {
    let (mut deleted, kept) = (0, deliveries::KEPT_OF_WEBHOOK);
    loop {
        let forget = |tx: &mut Tx<'_>, _: &System| {
            let before = tx.now() - deliveries::KEPT;
            Ok(webhook_deliveries::operator_delete_old(tx, before, FORGET_AT_ONCE)?)
        };
        let mut forgotten = app.write(&System, forget).await?;
        if let Some(webhook_id) = app.read(move |tx| Ok(webhook_deliveries::operator_overfull(tx, kept)?)).await? {
            let trim = move |tx: &mut Tx<'_>, _: &System| {
                Ok(webhook_deliveries::operator_trim(tx, &webhook_id, kept, FORGET_AT_ONCE)?)
            };
            forgotten += app.write(&System, trim).await?;
        }
        deleted += forgotten;
        if forgotten == 0 {
            return Ok(deleted);
        }
    }
}

fn sweep(tx: &mut Tx<'_>, by: &System) -> Result<u64> {
    let now = tx.now();
    let mut deleted = attempts::delete_old(tx, now - throttle::LONGEST_WINDOW)?;
    deleted += address_windows::delete_old(tx, now - Duration::from_secs(120))?;
    deleted += one_time_tokens::delete_old(tx, now)?;
    deleted += otp_codes::delete_old(tx, now)?;
    deleted += mfa_challenges::delete_old(tx, now)?;
    deleted += factors::delete_old(tx, now - factor_rules::SETUP_LIFETIME)?;
    deleted += invites::operator_delete_old(tx, now - invitations::KEPT)?;
    deleted += admin_denials::close_old(tx, by)?;
    // Ended sessions stay a while, so that an operator can look what happened.
    deleted += sessions::delete_old(tx, now - 30 * DAY)?;
    deleted += sessions::delete_old_addresses(tx, now - throttle::KNOWN_ADDRESS)?;
    deleted += outbox::delete_old(tx, now - 30 * DAY)?;
    webhooks::operator_forget_old_secrets(tx)?;
    // Usage may still be reported for hours that are remembered.
    deleted += totals::operator_fold(tx, now - usage_rules::REMEMBERED)?;
    Ok(deleted)
}
