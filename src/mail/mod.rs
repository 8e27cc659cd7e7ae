//! Mail: what it says (`assets/mail`, rendered by [`render`]) and how it leaves ([`Transport`]).
//!
//! Nothing here decides that a mail is due, keeps one or tries again: that is the outbox's work. Rendering is pure, and
//! [`Transport::send`] makes one delivery and answers whether a repeat could reach the reader twice ([`SendError`]).
//! Bodies hold links and codes, so neither a body nor the SMTP password reaches a log line or an error text from here.

mod failure;
mod message;
mod settings;
mod transport;
mod trial;

pub use failure::{Reason, SendError, TransportError};
pub use message::{Outgoing, RenderError, Rendered, render, templates};
pub use settings::{Security, SmtpSettings};
pub use transport::Transport;
pub use trial::{TrialFailure, send_test};
