//! Makes deliveries to webhooks: takes what is due, sends it, notes what became of it.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};

use super::stop::Stop;
use crate::app::App;
use crate::db::Topic;
use crate::domain::caller::System;
use crate::domain::webhook_deliveries::{self, Job, Outcome};
use crate::domain::webhooks::open_secrets;
use crate::error::{Error, Result};
use crate::store::webhooks as store;
use crate::webhooks::{Outgoing, Sender};

/// How often to look for what another process put in, and for what is due again.
const INTERVAL: Duration = Duration::from_millis(500);
/// Deliveries on their way at once, each to another webhook.
const AT_ONCE: usize = 64;
/// How long a stop waits for them. One that is cut off is made again after the next start.
const GRACE: Duration = Duration::from_secs(8);

pub(super) async fn run(app: App, mut stop: Stop) -> Result<()> {
    let sender = Arc::new(Sender::new(app.store_policy().targets).map_err(Error::internal)?);
    // Dropped with this job: nothing is on its way that no job knows of.
    let mut sending = JoinSet::new();
    if app.db().is_exclusive() {
        // No other process delivers, so what was taken before this start is on nobody's way.
        app.write(&System, |tx, _| Ok(store::operator_release(tx)?)).await?;
    }
    while !stop.is_requested() {
        match deliver(&app, &sender, &mut sending, &stop).await {
            Ok(()) => stop.ran(),
            // Not a reason to break off what is on its way.
            Err(error) => {
                tracing::error!(cause = error.cause().unwrap_or_default(), "webhooks could not be read: {error}");
            }
        }
        tokio::select! {
            () = stop.requested() => {}
            Some(sent) = sending.join_next(), if !sending.is_empty() => report(sent),
            () = app.db().changed(Topic::Webhooks), if sending.len() < AT_ONCE => {}
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
    let rest = async {
        while let Some(sent) = sending.join_next().await {
            report(sent);
        }
    };
    if tokio::time::timeout(GRACE, rest).await.is_err() {
        tracing::warn!("deliveries to webhooks are cut off and made again after the next start");
    }
    Ok(())
}

fn report(sent: std::result::Result<Result<()>, JoinError>) {
    if let Err(error) = sent.map_err(Error::internal).flatten() {
        tracing::error!(cause = error.cause().unwrap_or_default(), "a delivery to a webhook broke down: {error}");
    }
}

/// Takes what is due, as far as there is room, and starts sending it.
async fn deliver(app: &App, sender: &Arc<Sender>, sending: &mut JoinSet<Result<()>>, stop: &Stop) -> Result<()> {
    let room = AT_ONCE.saturating_sub(sending.len());
    if room == 0 || !app.read(webhook_deliveries::is_due).await? {
        return Ok(());
    }
    for job in app.write(&System, move |tx, by| webhook_deliveries::claim(tx, by, room)).await? {
        sending.spawn(send(app.clone(), Arc::clone(sender), job, stop.clone()));
    }
    Ok(())
}

async fn send(app: App, sender: Arc<Sender>, job: Job, stop: Stop) -> Result<()> {
    let at = app.clock().now();
    let outcome = match open_secrets(app.installation().vault(), &job.webhook.id, &job.secrets, at) {
        Ok(secrets) => {
            let outgoing = Outgoing {
                url: &job.webhook.url,
                message_id: job.delivery.message_id.as_ref(),
                at,
                body: &job.delivery.body,
                secrets: &secrets,
            };
            sender.send(&outgoing).await
        }
        Err(_) => Outcome {
            status: None,
            error: Some("The stored secret cannot be read. Rotate it.".to_owned()),
            needs_rest: false,
            took: Duration::ZERO,
        },
    };
    settle(&app, Arc::new(job), Arc::new(outcome), stop).await
}

/// Notes what became of a delivery. Tries until it is stored: one that is forgotten would be made again.
async fn settle(app: &App, job: Arc<Job>, outcome: Arc<Outcome>, mut stop: Stop) -> Result<()> {
    loop {
        let (noted, ended, installation) = (Arc::clone(&job), Arc::clone(&outcome), app.installation());
        let note = app.write(&System, move |tx, by| webhook_deliveries::settle(tx, by, &installation, &noted, &ended));
        let Err(error) = note.await else { break };
        tracing::error!(delivery = %job.delivery.id, "what became of a delivery could not be stored: {error}");
        tokio::select! {
            () = stop.requested() => return Err(error),
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
    let (delivery, error) = (&job.delivery.id, outcome.error.as_deref().unwrap_or("none"));
    tracing::debug!(%delivery, attempt = job.delivery.attempts, status = outcome.status, error, "webhook told");
    Ok(())
}
