//! Deletes what is of no use any more.

use std::time::Duration;

use super::stop::Stop;
use crate::app::App;
use crate::db::Tx;
use crate::domain::caller::System;
use crate::domain::{invites as invitations, throttle, usage as usage_rules};
use crate::error::Result;
use crate::store::{address_windows, attempts, invites, one_time_tokens, otp_codes, outbox, sessions, totals, usage};

const INTERVAL: Duration = Duration::from_secs(10 * 60);
const FORGET_AT_ONCE: i64 = 5_000;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) async fn run(app: App, mut stop: Stop) -> Result<()> {
    loop {
        let kept_days = app.installation().settings().integer("usage.retention_days").unsigned_abs();
        let mut deleted = app.write(&System, |tx, _| sweep(tx)).await?;
        // In bites: there may be millions, and whoever else writes waits meanwhile.
        loop {
            let forgotten = app.write(&System, move |tx, _| forget_usage(tx, kept_days)).await?;
            deleted += forgotten;
            if forgotten == 0 {
                break;
            }
        }
        tracing::debug!(deleted, "old rows deleted");
        tokio::select! {
            () = stop.requested() => return Ok(()),
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
}

fn forget_usage(tx: &mut Tx<'_>, kept_days: u64) -> Result<u64> {
    let now = tx.now();
    let forgotten = usage::operator_forget(tx, now - usage_rules::REMEMBERED, FORGET_AT_ONCE)?;
    let kept = DAY * u32::try_from(kept_days).unwrap_or(u32::MAX);
    let deleted = usage::operator_delete_old(tx, now - kept, FORGET_AT_ONCE)?;
    Ok(forgotten + deleted + totals::operator_delete_old(tx, now - kept)?)
}

fn sweep(tx: &mut Tx<'_>) -> Result<u64> {
    let now = tx.now();
    let mut deleted = attempts::delete_old(tx, now - throttle::LONGEST_WINDOW)?;
    deleted += address_windows::delete_old(tx, now - Duration::from_secs(120))?;
    deleted += one_time_tokens::delete_old(tx, now)?;
    deleted += otp_codes::delete_old(tx, now)?;
    deleted += invites::operator_delete_old(tx, now - invitations::KEPT)?;
    // Ended sessions stay a while, so that an operator can look what happened.
    deleted += sessions::delete_old(tx, now - 30 * DAY)?;
    deleted += sessions::delete_old_addresses(tx, now - throttle::KNOWN_ADDRESS)?;
    deleted += outbox::delete_old(tx, now - 30 * DAY)?;
    // Usage may still be reported for hours that are remembered.
    deleted += totals::operator_fold(tx, now - usage_rules::REMEMBERED)?;
    Ok(deleted)
}
