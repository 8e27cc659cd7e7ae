//! Delivers the outbox: takes what is due, sends it, settles it (contract 22).
//!
//! A message is taken for some minutes at a time, so that two processes never send it at once; if this process dies
//! meanwhile, the message is due again when that time is over.

use std::time::{Duration, SystemTime};

use tokio::task::{JoinError, JoinSet};

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
/// Longest delivery. After it, and before the claim ends, what became of the message is noted.
const LONGEST: Duration = Duration::from_secs(7 * 60);
/// How often to look for messages that another process put in.
const INTERVAL: Duration = Duration::from_millis(500);
/// Messages on their way at once.
const AT_ONCE: usize = 4;
/// Tries whose outcome stayed unknown after which a message is given up: it was probably delivered each time.
const UNKNOWN_TRIES: i64 = 3;

pub(super) async fn run(app: App, mut stop: Stop) -> Result<()> {
    let mut sender = Sender::default();
    // Dropped with this job: nothing is on its way that no job knows of.
    let mut sending = JoinSet::new();
    if app.db().is_exclusive() {
        // No other process delivers, so what was taken before this start is on nobody's way.
        app.write(&System, |tx, _| Ok(store::release(tx)?)).await?;
    }
    while !stop.is_requested() {
        match deliver(&app, &mut sender, &mut sending, &stop).await {
            Ok(()) => stop.ran(),
            // Not a reason to break off what is on its way.
            Err(error) => {
                tracing::error!(cause = error.cause().unwrap_or_default(), "the outbox could not be read: {error}");
            }
        }
        tokio::select! {
            () = stop.requested() => {}
            Some(sent) = sending.join_next(), if !sending.is_empty() => report(sent),
            () = app.db().changed(Topic::Mail), if sending.len() < AT_ONCE => {}
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
    while let Some(sent) = sending.join_next().await {
        report(sent);
    }
    if let Some((_, transport)) = sender.made {
        transport.close().await;
    }
    Ok(())
}

fn report(sent: std::result::Result<Result<()>, JoinError>) {
    if let Err(error) = sent.map_err(Error::internal).flatten() {
        tracing::error!(cause = error.cause().unwrap_or_default(), "a delivery broke down: {error}");
    }
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

/// Takes what is due, as far as there is room, and starts sending it.
async fn deliver(app: &App, sender: &mut Sender, sending: &mut JoinSet<Result<()>>, stop: &Stop) -> Result<()> {
    if app.read(|tx| Ok(store::has_expired(tx)?)).await? {
        app.write(&System, |tx, _| Ok(store::expire(tx)?)).await?;
    }
    let installation = app.installation();
    let Some(settings) = SmtpSettings::of(&installation) else { return Ok(()) };
    let (transport, is_new) = match sender.transport(settings) {
        Ok(made) => made,
        Err(error) => {
            let complaint = Some(error.to_string());
            if sender.complaint != complaint {
                tracing::warn!("mails wait because of the smtp settings: {error}");
                sender.complaint = complaint;
            }
            return Ok(());
        }
    };
    if is_new {
        // Other settings may work where the old ones failed.
        app.write(&System, |tx, _| Ok(store::hasten(tx)?)).await?;
    }
    let room = AT_ONCE.saturating_sub(sending.len());
    if room == 0 || !app.read(|tx| Ok(store::next_due(tx)?.is_some_and(|due| due <= tx.now()))).await? {
        return Ok(());
    }
    let claim = move |tx: &mut Tx<'_>, _: &System| {
        let until = tx.now() + CLAIM;
        Ok(store::claim(tx, i64::try_from(room).unwrap_or(1), until)?)
    };
    for message in app.write(&System, claim).await? {
        sending.spawn(send(app.clone(), transport.clone(), message, stop.clone()));
    }
    Ok(())
}

async fn send(app: App, transport: Transport, due: Due, stop: Stop) -> Result<()> {
    let rendered = match outbox::variables(app.installation().vault(), &due.id, &due.variables_sealed) {
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
            let late = || SendError::Unknown("the mail server did not answer in time".to_owned());
            tokio::time::timeout(LONGEST, transport.send(&outgoing)).await.unwrap_or_else(|_| Err(late()))
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
        Err(SendError::Unknown(error)) if due.unknown_outcomes + 1 < UNKNOWN_TRIES => {
            postpone(app, due, error, true).await?;
        }
        Err(SendError::Transient(error)) => postpone(app, due, error, false).await?,
        Err(SendError::Permanent(error) | SendError::Unknown(error)) => {
            let text = error.clone();
            app.write(&System, move |tx, _| Ok(store::settle(tx, &id, Status::Failed, Some(&text))?)).await?;
            tracing::error!(mail = %due.id, template = due.template, "mail failed for good: {error}");
        }
    }
    Ok(())
}

async fn postpone(app: &App, due: &Due, error: &str, is_unknown: bool) -> Result<()> {
    let (id, text, delay) = (due.id.clone(), error.to_owned(), outbox::backoff(due.attempts));
    app.write(&System, move |tx, _| {
        let due_at = tx.now() + delay;
        Ok(store::postpone(tx, &id, due_at, &text, is_unknown)?)
    })
    .await?;
    tracing::warn!(mail = %due.id, template = due.template, "mail not delivered yet: {error}");
    Ok(())
}
