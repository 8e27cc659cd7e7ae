//! A test message: sent at once, past the outbox, to learn what the mail server says to the settings in force.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, SystemTime};

use super::failure::{Reason, SendError, TransportError};
use super::message::{self, Outgoing, RenderError};
use super::settings::SmtpSettings;
use super::transport::Transport;
use crate::clock::Time;
use crate::domain::installation::Installation;

/// Longest trial: somebody waits for it, and a request may take 30 seconds.
const LONGEST: Duration = Duration::from_secs(20);

/// Why a test message was not delivered. The text is for the operator and holds no password.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialFailure {
    /// What it failed at.
    pub reason: Reason,
    text: String,
}

impl fmt::Display for TrialFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl std::error::Error for TrialFailure {}

impl From<TransportError> for TrialFailure {
    fn from(error: TransportError) -> Self {
        Self { reason: Reason::Settings, text: error.to_string() }
    }
}

impl From<RenderError> for TrialFailure {
    fn from(error: RenderError) -> Self {
        Self { reason: Reason::Settings, text: error.to_string() }
    }
}

impl From<(Reason, SendError)> for TrialFailure {
    fn from((reason, error): (Reason, SendError)) -> Self {
        Self { reason, text: error.to_string() }
    }
}

/// Sends a test message to `to` by the settings in force and answers which server took it, as `host:port`. It speaks with
/// no other host than that server.
pub async fn send_test(installation: &Installation, to: &str, now: Time) -> Result<String, TrialFailure> {
    let settings = SmtpSettings::of(installation)
        .ok_or_else(|| TrialFailure { reason: Reason::NotSet, text: "no mail server is set".to_owned() })?;
    let variables = BTreeMap::from([
        ("first_name".to_owned(), String::new()),
        ("base_url".to_owned(), installation.base_url().to_owned()),
        ("when".to_owned(), now.to_string()),
    ]);
    let rendered = message::render("test", &variables)?;
    let transport = Transport::new(&settings)?;
    let date = SystemTime::UNIX_EPOCH + now.since(Time::from_millis(0));
    let message_id = format!("<test-{}@{}>", now.millis(), installation.mail_host());
    let outgoing = Outgoing { to, message_id: &message_id, date, rendered: &rendered };
    let server = settings.server();
    let sent = tokio::time::timeout(LONGEST, transport.hand_over(&outgoing)).await;
    transport.close().await;
    sent.map_err(|_| TrialFailure {
        reason: Reason::Timeout,
        text: format!("the server at {server} did not answer in time; the mail may have been delivered"),
    })??;
    Ok(server)
}
