//! The ways in which a delivery fails. The transport only says at which step it did.

use std::{fmt, io};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::transport::smtp;
use lettre::transport::smtp::response::{Code, Severity};

use super::settings::SmtpSettings;
use crate::secret::Secret;

/// The settings cannot work, whatever the server says. For the operator; holds no password.
#[derive(Debug, Clone, PartialEq)]
pub struct TransportError(pub(super) String);

/// What became of a mail that was not accepted. The text is for the operator and holds neither password nor body.
#[derive(Debug, Clone, PartialEq)]
pub enum SendError {
    /// Nothing was delivered and another try may work. Refusals that concern the settings (sign-in, sender address) are
    /// among them even with 5xx: the operator can mend those, and no mail shall be lost to them.
    Transient(String),
    /// Nothing was delivered and the server refuses this recipient or this message for good (5xx).
    Permanent(String),
    /// The final dot may have left and no answer came: it may have been delivered, a repeat may be a second copy.
    Unknown(String),
}

/// What a delivery failed at, for who sets the mail server up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// No mail server is set.
    NotSet,
    /// The settings cannot work, whatever the server says.
    Settings,
    /// There is no connection to the server.
    Unreachable,
    /// The server did not answer in time.
    Timeout,
    /// The connection cannot be encrypted.
    Encryption,
    /// The server does not accept user name and password, or wants some.
    SignIn,
    /// The server refuses the sender.
    Sender,
    /// The server refuses the recipient.
    Recipient,
    /// The server refuses the message.
    Refused,
    /// The connection broke; the message may have been delivered.
    Interrupted,
}

impl Reason {
    /// Its name in the API and the audit.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotSet => "not_set",
            Self::Settings => "settings",
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::Encryption => "encryption",
            Self::SignIn => "sign_in",
            Self::Sender => "sender",
            Self::Recipient => "recipient",
            Self::Refused => "refused",
            Self::Interrupted => "interrupted",
        }
    }

    pub(super) fn of(failure: &Failure) -> Self {
        match (&failure.cause, failure.step) {
            (Cause::Late, _) => Self::Timeout,
            // 530: the server wants a sign-in first.
            (Cause::Refused(code, _), _) if code.to_string() == "530" => Self::SignIn,
            (_, Step::Connect) => Self::Unreachable,
            (_, Step::Encrypt) => Self::Encryption,
            (_, Step::SignIn) => Self::SignIn,
            (Cause::Broken(_), _) => Self::Interrupted,
            (Cause::Refused(..), Step::Sender) => Self::Sender,
            (Cause::Refused(..), Step::Recipient) => Self::Recipient,
            (Cause::Refused(..), Step::Announce | Step::Body | Step::Answer) => Self::Refused,
        }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for TransportError {}

impl fmt::Display for SendError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Transient(text) | Self::Permanent(text) | Self::Unknown(text)) = self;
        formatter.write_str(text)
    }
}

impl std::error::Error for SendError {}

/// In the order of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
pub(super) enum Step {
    Connect,
    Encrypt,
    SignIn,
    Sender,
    Recipient,
    Announce,
    Body,
    /// The final dot may have left.
    Answer,
}

#[derive(Debug)]
pub(super) enum Cause {
    Refused(Code, String),
    Broken(String),
    Late,
}

#[derive(Debug)]
pub(super) struct Failure {
    pub(super) step: Step,
    pub(super) cause: Cause,
}

impl From<smtp::Error> for Cause {
    fn from(error: smtp::Error) -> Self {
        let mut innermost: &dyn std::error::Error = &error;
        while let Some(source) = innermost.source() {
            innermost = source;
        }
        let text = innermost.to_string();
        match error.status() {
            Some(code) => Self::Refused(code, text),
            None if error.is_timeout() => Self::Late,
            None if text == "incomplete response" => Self::Broken("closed by the server".into()),
            None => Self::Broken(text),
        }
    }
}

impl From<io::Error> for Cause {
    fn from(error: io::Error) -> Self {
        Self::Broken(error.to_string())
    }
}

impl Cause {
    /// Whether another connection may fare better at once; 421 is how a server closes one.
    pub(super) fn is_of_connection(&self) -> bool {
        match self {
            Self::Refused(code, _) => code.to_string() == "421",
            Self::Broken(_) | Self::Late => true,
        }
    }
}

impl Step {
    /// What is refused here, and what goes on here.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Connect => ("the connection", "connecting"),
            Self::Encrypt => ("encryption", "starting encryption"),
            Self::SignIn => ("the sign-in", "signing in"),
            Self::Sender => ("the sender address", "naming the sender"),
            Self::Recipient => ("the recipient", "naming the recipient"),
            Self::Announce => ("the message", "announcing the message"),
            Self::Body => ("the message", "sending the message"),
            Self::Answer => ("the message", "waiting for the answer to the message"),
        }
    }
}

impl Failure {
    /// Says what happened in the operator's words and whether a repeat is safe.
    pub(super) fn judge(&self, settings: &SmtpSettings, body: &str) -> SendError {
        let Self { step, cause } = self;
        let server = settings.server();
        let (noun, activity) = step.words();
        let text = match cause {
            Cause::Refused(code, reply) => {
                format!("the server at {server} refused {noun}: {code} {}", harmless(reply, settings, body))
            }
            Cause::Broken(detail) => {
                format!("the connection to {server} failed while {activity}: {}", harmless(detail, settings, body))
            }
            Cause::Late => format!("the server at {server} did not answer in time while {activity}"),
        };
        match cause {
            // 530: the server wants a sign-in first, a matter of the settings at any step.
            Cause::Refused(code, _)
                if *step >= Step::Recipient
                    && code.severity == Severity::PermanentNegativeCompletion
                    && code.to_string() != "530" =>
            {
                SendError::Permanent(text)
            }
            Cause::Broken(_) | Cause::Late if *step == Step::Answer => {
                SendError::Unknown(format!("{text}; the mail may have been delivered"))
            }
            _ => SendError::Transient(text),
        }
    }
}

/// A server may quote what it was given. Leaves out the password, also as it travels in a sign-in (RFC 4616, and LOGIN), and
/// every word of the body that holds a digit, as links and codes do.
fn harmless(reply: &str, settings: &SmtpSettings, body: &str) -> String {
    let mut reply = reply.to_owned();
    if let Some(password) = settings.password.as_ref().map(Secret::expose).filter(|password| !password.is_empty()) {
        let username = settings.username.as_deref().unwrap_or_default();
        let plain = STANDARD.encode(format!("\0{username}\0{password}"));
        for secret in [plain.as_str(), &STANDARD.encode(password), password] {
            reply = reply.replace(secret, "[left out]");
        }
    }
    let words = reply.split_whitespace().map(|word| {
        let core = word.trim_matches(|letter: char| !letter.is_alphanumeric());
        let holds_digit = core.contains(|letter: char| letter.is_ascii_digit());
        if core.len() >= 6 && holds_digit && body.contains(core) { "[left out]" } else { word }
    });
    let line: String = words.collect::<Vec<_>>().join(" ");
    line.chars().filter(|letter| !letter.is_control()).take(300).collect()
}
