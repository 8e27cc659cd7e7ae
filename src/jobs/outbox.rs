//! Delivers the outbox: takes what is due, sends it, settles it (contract 22).
//!
//! A message is taken for some minutes at a time, so that two processes never send it at once; if this process dies
//! meanwhile, the message is due again when that time is over.

use std::time::{Duration, SystemTime};

use super::stop::Stop;
use crate::app::App;
use crate::clock::Time;
use crate::db::{Topic, Tx};
use crate::domain::caller::System;
use crate::domain::outbox;
use crate::error::{Error, Result};
use crate::mail::{self, Outgoing, SendError, SmtpSettings, Transport};
use crate::store::outbox::{self as store, Due, Status};

/// Longer than the slowest delivery that may still succeed.
const CLAIM: Duration = Duration::from_secs(5 * 60);
/// How often to look for messages that another process put in.
const INTERVAL: Duration = Duration::from_millis(500);
/// Messages on their way at once.
const AT_ONCE: i64 = 4;

pub(super) async fn run(app: App, mut stop: Stop) -> Result<()> {
    let mut sender = Sender::default();
    loop {
        let sent = deliver(&app, &mut sender).await?;
        if sent > 0 && !stop.is_requested() {
            continue;
        }
        tokio::select! {
            () = stop.requested() => break,
            () = app.db().changed(Topic::Mail) => {}
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
    if let Some((_, transport)) = sender.0 {
        transport.close().await;
    }
    Ok(())
}

/// The transport and the settings it was made from.
#[derive(Default)]
struct Sender(Option<(SmtpSettings, Transport)>);

impl Sender {
    /// The transport for these settings, made anew when they changed.
    fn transport(&mut self, settings: SmtpSettings) -> std::result::Result<(Transport, bool), mail::TransportError> {
        if let Some((known, transport)) = &self.0
            && *known == settings
        {
            return Ok((transport.clone(), false));
        }
        let transport = Transport::new(&settings)?;
        self.0 = Some((settings, transport.clone()));
        Ok((transport, true))
    }
}

/// Sends what is due and returns how many messages that were.
async fn deliver(app: &App, sender: &mut Sender) -> Result<usize> {
    if app.read(|tx| Ok(store::has_expired(tx)?)).await? {
        app.write(&System, |tx, _| Ok(store::expire(tx)?)).await?;
    }
    let installation = app.installation();
    let Some(settings) = SmtpSettings::of(&installation) else { return Ok(0) };
    let (transport, is_new) = match sender.transport(settings) {
        Ok(made) => made,
        Err(error) => {
            tracing::warn!("mails wait because of the smtp settings: {error}");
            return Ok(0);
        }
    };
    if is_new {
        // Other settings may work where the old ones failed.
        app.write(&System, |tx, _| Ok(store::hasten(tx)?)).await?;
    }
    if !app.read(|tx| Ok(store::next_due(tx)?.is_some_and(|due| due <= tx.now()))).await? {
        return Ok(0);
    }
    let claim = |tx: &mut Tx<'_>, _: &System| {
        let until = tx.now() + CLAIM;
        Ok(store::claim(tx, AT_ONCE, until)?)
    };
    let due = app.write(&System, claim).await?;
    let count = due.len();
    let sending: Vec<_> = due.into_iter().map(|due| tokio::spawn(send(app.clone(), transport.clone(), due))).collect();
    for task in sending {
        task.await.map_err(Error::internal)??;
    }
    Ok(count)
}

async fn send(app: App, transport: Transport, due: Due) -> Result<()> {
    let rendered = match outbox::variables(app.installation().vault(), &due) {
        Ok(variables) => mail::render(&due.template, &variables).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    let result = match &rendered {
        Err(error) => Err(SendError::Permanent(format!("the mail could not be written: {error}"))),
        Ok(rendered) => {
            let outgoing = Outgoing {
                to: &due.recipient,
                message_id: &due.message_id,
                date: system_time(due.created_at),
                rendered,
            };
            transport.send(&outgoing).await
        }
    };
    settle(&app, due, result).await
}

fn system_time(time: Time) -> SystemTime {
    SystemTime::UNIX_EPOCH + time.since(Time::from_millis(0))
}

async fn settle(app: &App, due: Due, result: std::result::Result<(), SendError>) -> Result<()> {
    let id = due.id.clone();
    match result {
        Ok(()) => {
            tracing::info!(message = %id, template = due.template, "mail delivered");
            app.write(&System, move |tx, _| Ok(store::settle(tx, &id, Status::Sent, None)?)).await
        }
        Err(SendError::Permanent(error)) => {
            tracing::error!(message = %id, template = due.template, "mail failed for good: {error}");
            app.write(&System, move |tx, _| Ok(store::settle(tx, &id, Status::Failed, Some(&error))?)).await
        }
        Err(SendError::Transient(error) | SendError::Unknown(error)) => {
            tracing::warn!(message = %id, template = due.template, "mail not delivered yet: {error}");
            let delay = outbox::backoff(due.attempts);
            app.write(&System, move |tx, _| {
                let due_at = tx.now() + delay;
                Ok(store::postpone(tx, &id, due_at, &error)?)
            })
            .await
        }
    }
}
