//! Writes each tenant's audit of the day before to the tenant's store.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::stop::Stop;
use crate::app::App;
use crate::domain::caller::System;
use crate::domain::exports::{self, Job};
use crate::error::{Error, Result};
use crate::storage::Store;

const INTERVAL: Duration = Duration::from_secs(1);

/// A store that is slow must not hold up the others.
pub(super) async fn run(app: App, stop: Stop) -> Result<()> {
    let worker = || work(app.clone(), stop.clone());
    tokio::try_join!(worker(), worker(), worker(), worker()).map(drop)
}

async fn work(app: App, mut stop: Stop) -> Result<()> {
    loop {
        let job = match app.read(exports::is_due).await? {
            true => {
                let installation = app.installation();
                app.write(&System, move |tx, by| exports::claim(tx, by, &installation)).await?
            }
            false => None,
        };
        let Some(job) = job.map(Arc::new) else {
            stop.ran();
            tokio::select! {
                () = stop.requested() => return Ok(()),
                () = tokio::time::sleep(INTERVAL) => continue,
            }
        };
        tokio::select! {
            () = stop.requested() => return Ok(()),
            done = export(&app, &job) => done?,
        }
    }
}

async fn export(app: &App, job: &Arc<Job>) -> Result<()> {
    let done = Arc::clone(job);
    match write(app, job).await {
        Ok((events, size)) => app.write(&System, move |tx, by| exports::finish(tx, by, &done, events, size)).await,
        Err(error) => {
            tracing::warn!(tenant_id = job.tenant.id().as_ref(), error, "an export of the audit failed");
            let installation = app.installation();
            app.write(&System, move |tx, by| exports::fail(tx, by, &installation, &done, &error)).await
        }
    }
}

/// Writes the day to the store and answers how many events and bytes it has, or in words why it could not.
async fn write(app: &App, job: &Arc<Job>) -> std::result::Result<(i64, i64), String> {
    let (bytes, events) = pack(app, job).await.map_err(|error| {
        tracing::error!(tenant_id = job.tenant.id().as_ref(), %error, "a day of the audit cannot be read");
        "The audit of the day cannot be read. Ask the operator.".to_owned()
    })?;
    let size = bytes.len() as i64;
    let store =
        Store::open(&job.settings, job.tenant.id(), app.store_policy()).map_err(|failure| failure.to_string())?;
    store.put(&job.object(), bytes).await.map_err(|failure| failure.to_string())?;
    Ok((events, size))
}

/// The day's events as gzipped lines, and how many there are.
async fn pack(app: &App, job: &Arc<Job>) -> Result<(Vec<u8>, i64)> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    let (mut events, mut after) = (0, None);
    loop {
        let (reading, from) = (Arc::clone(job), after.clone());
        let (lines, last) = app.read(move |tx| exports::lines(tx, &reading, from.as_ref())).await?;
        if last.is_none() {
            break;
        }
        for line in &lines {
            writeln!(packed, "{line}").map_err(Error::internal)?;
        }
        events += lines.len() as i64;
        after = last;
    }
    Ok((packed.finish().map_err(Error::internal)?, events))
}
