//! Links the events of the audit, and seals the chains (see [`crate::domain::audit_chain`]).

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::stop::Stop;
use crate::app::App;
use crate::db::Topic;
use crate::domain::audit_chain::{self, BATCH};
use crate::domain::caller::System;
use crate::error::Result;

/// How often to look for events that another process wrote.
const INTERVAL: Duration = Duration::from_millis(500);

/// How long events gather once one was written: many together cost less than each alone.
const GATHER: Duration = Duration::from_millis(200);

/// Until a seal that was found broken is looked at, and complained about, again.
const COMPLAINT: Duration = Duration::from_secs(60 * 60);

pub(super) async fn run(app: App, mut stop: Stop) -> Result<()> {
    let mut sealing_from = Instant::now();
    while !stop.is_requested() {
        if link(&app).await? {
            continue;
        }
        if Instant::now() >= sealing_from && !seal(&app).await? {
            sealing_from = Instant::now() + COMPLAINT;
        }
        stop.ran();
        tokio::select! {
            () = stop.requested() => {}
            () = app.db().changed(Topic::Audit) => tokio::time::sleep(GATHER).await,
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
    Ok(())
}

/// Links some events; whether there may be more.
async fn link(app: &App) -> Result<bool> {
    let installation = app.installation();
    let read = app.read(move |tx| audit_chain::next_batch(tx, installation.vault().audit_key()));
    let batch = Arc::new(read.await?);
    if batch.is_empty() {
        return Ok(false);
    }
    let is_full = batch.len() as i64 == BATCH;
    let stored = app.write(&System, move |tx, by| audit_chain::store(tx, by, &batch)).await?;
    // Where another server was first, that one goes on.
    Ok(stored && is_full)
}

/// Seals the chains if it is time; `false` if the seal is broken.
async fn seal(app: &App) -> Result<bool> {
    let Some(found) = app.read(audit_chain::due_seal).await? else { return Ok(true) };
    let installation = app.installation();
    if !app.read(move |tx| audit_chain::seal_holds(tx, installation.vault().audit_key())).await? {
        tracing::error!("a chain of the audit was changed behind the server's back; see 'trueport audit verify'");
        return Ok(false);
    }
    let installation = app.installation();
    app.write(&System, move |tx, by| audit_chain::seal(tx, by, installation.vault().audit_key(), found.as_ref()))
        .await?;
    Ok(true)
}
