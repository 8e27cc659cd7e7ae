//! Delivers the outbox: takes what is due, sends it, settles it (contract 22).
//!
//! A message is taken for some minutes at a time, so that two processes never send it at once; if this process dies
//! meanwhile, the message is due again when that time is over.

use std::time::{Duration, SystemTime};

use tokio::task::JoinSet;

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
const CLAIM: Duration = Duration::from_secs(8 * 60);
/// How often to look for messages that another process put in.
const INTERVAL: Duration = Duration::from_millis(500);
/// Messages on their way at once.
const AT_ONCE: i64 = 4;
/// Tries whose outcome stayed unknown after which a message is given up: it was probably delivered each time.
const UNKNOWN_TRIES: i64 = 3;

pub(super) async fn run(app: App, mut stop: Stop) -> Result<()> {
    let mut sender = Sender::default();
    if app.db().is_exclusive() {
        // No other process delivers, so what was taken before this start is on nobody's way.
        app.write(&System, |tx, _| Ok(store::release(tx)?)).await?;
    }
    loop {
        let sent = deliver(&app, &mut sender, &stop).await?;
        if sent > 0 && !stop.is_requested() {
            continue;
        }
        tokio::select! {
            () = stop.requested() => break,
            () = app.db().changed(Topic::Mail) => {}
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
    if let Some((_, transport)) = sender.made {
        transport.close().await;
    }
    Ok(())
}

/// The transport and the settings it was made from.
#[derive(Default)]
struct Sender {
    made: Option<(SmtpSettings, Transport)>,
    /// What is wrong with the settings, as it was logged.
    complaint: Option<String>,
}

impl Sender {
    /// The transport for these settings, made anew when they changed.
    fn transport(&mut self, settings: SmtpSettings) -> std::result::Result<(Transport, bool), mail::TransportError> {
        if let Some((known, transport)) = &self.made
            && *known == settings
        {
            return Ok((transport.clone(), false));
        }
        let transport = Transport::new(&settings)?;
        self.made = Some((settings, transport.clone()));
        self.complaint = None;
        Ok((transport, true))
    }
}

/// Sends what is due and returns how many messages that were.
async fn deliver(app: &App, sender: &mut Sender, stop: &Stop) -> Result<usize> {
    if app.read(|tx| Ok(store::has_expired(tx)?)).await? {
        app.write(&System, |tx, _| Ok(store::expire(tx)?)).await?;
    }
    let installation = app.installation();
    let Some(settings) = SmtpSettings::of(&installation) else { return Ok(0) };
    let (transport, is_new) = match sender.transport(settings) {
        Ok(made) => made,
        Err(error) => {
            let complaint = Some(error.to_string());
            if sender.complaint != complaint {
                tracing::warn!("mails wait because of the smtp settings: {error}");
                sender.complaint = complaint;
            }
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
    // Ended together with this job, so that a mail server that hangs does not hold up a stop.
    let mut sending: JoinSet<_> =
        due.into_iter().map(|due| send(app.clone(), transport.clone(), due, stop.clone())).collect();
    let mut outcome = Ok(count);
    while let Some(sent) = sending.join_next().await {
        // One that fails is no reason to break off the others.
        if let Err(error) = sent.map_err(Error::internal).flatten() {
            outcome = Err(error);
        }
    }
    outcome
}

async fn send(app: App, transport: Transport, due: Due, stop: Stop) -> Result<()> {
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
    settle(&app, &due, result, stop).await
}

fn system_time(time: Time) -> SystemTime {
    SystemTime::UNIX_EPOCH + time.since(Time::from_millis(0))
}

/// Notes what became of a message. Tries until it is stored: a delivery that is forgotten would be made again.
async fn settle(app: &App, due: &Due, result: std::result::Result<(), SendError>, mut stop: Stop) -> Result<()> {
    loop {
        let Err(error) = note(app, due, &result).await else { return Ok(()) };
        tracing::error!(mail = %due.id, "what became of a mail could not be stored: {error}");
        tokio::select! {
            () = stop.requested() => return Err(error),
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
}

async fn note(app: &App, due: &Due, result: &std::result::Result<(), SendError>) -> Result<()> {
    let id = due.id.clone();
    match result {
        Ok(()) => {
            app.write(&System, move |tx, _| Ok(store::settle(tx, &id, Status::Sent, None)?)).await?;
            tracing::info!(mail = %due.id, template = due.template, "mail delivered");
        }
        Err(SendError::Unknown(error)) if due.attempts + 1 < UNKNOWN_TRIES => postpone(app, due, error).await?,
        Err(SendError::Transient(error)) => postpone(app, due, error).await?,
        Err(SendError::Permanent(error) | SendError::Unknown(error)) => {
            let text = error.clone();
            app.write(&System, move |tx, _| Ok(store::settle(tx, &id, Status::Failed, Some(&text))?)).await?;
            tracing::error!(mail = %due.id, template = due.template, "mail failed for good: {error}");
        }
    }
    Ok(())
}

async fn postpone(app: &App, due: &Due, error: &str) -> Result<()> {
    let (id, text, delay) = (due.id.clone(), error.to_owned(), outbox::backoff(due.attempts));
    app.write(&System, move |tx, _| {
        let due_at = tx.now() + delay;
        Ok(store::postpone(tx, &id, due_at, &text)?)
    })
    .await?;
    tracing::warn!(mail = %due.id, template = due.template, "mail not delivered yet: {error}");
    Ok(())
}
