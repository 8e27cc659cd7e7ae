//! One delivery to the configured SMTP server, and what became of it.
//!
//! lettre's pooled transport answers "network error" whether the connection broke before or after the message was handed
//! over, so this file drives lettre's connection step by step. A mail counts as possibly delivered only when the final
//! dot may have left and no answer to it came; everything before is safe to repeat, and a kept connection that
//! turns out to be dead is replaced at once.

use std::error::Error as _;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use lettre::Address;
use lettre::message::Mailbox;
use lettre::transport::smtp;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Severity;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use super::failure::{Cause, Failure, Reason, SendError, Step, TransportError};
use super::message::Outgoing;
use super::settings::{Security, SmtpSettings};

/// Connections at one time, busy and kept together.
const CONNECTIONS: usize = 4;
/// Addresses of one host name that are tried in turn.
const ADDRESSES: usize = 4;

/// Delivers over at most four connections and keeps each for half a minute after its last mail. Cheap to clone; belongs to
/// the tokio runtime it is first used on.
#[derive(Clone)]
pub struct Transport(Arc<Shared>);

struct Shared {
    settings: SmtpSettings,
    from: Mailbox,
    credentials: Option<Credentials>,
    tls: Option<TlsParameters>,
    hello: ClientId,
    patience: Patience,
    permits: Semaphore,
    kept: Mutex<Kept>,
}

/// Idle connections. The serial number tells the task that closes one whether it was used again meanwhile.
#[derive(Default)]
struct Kept {
    serial: u64,
    connections: Vec<(u64, AsyncSmtpConnection)>,
}

#[derive(Clone, Copy)]
struct Patience {
    /// For each step but the last.
    step: Duration,
    /// For the message and its answer. Servers scan before they answer, and giving up early means a second copy.
    message: Duration,
    /// For an idle connection, below what servers allow.
    idle: Duration,
}

const PATIENCE: Patience =
    Patience { step: Duration::from_secs(10), message: Duration::from_secs(300), idle: Duration::from_secs(30) };

struct Letter {
    to: Address,
    bytes: Vec<u8>,
}

impl Transport {
    /// Checks the settings and, where TLS is wanted, reads the system's certificates from disk. Does not connect.
    pub fn new(settings: &SmtpSettings) -> Result<Self, TransportError> {
        Self::with_patience(settings, PATIENCE)
    }

    /// Tests are not as patient.
    fn with_patience(settings: &SmtpSettings, patience: Patience) -> Result<Self, TransportError> {
        let mut settings = settings.clone();
        settings.host = settings.host.trim_matches(['[', ']', ' ']).to_owned();
        if settings.host.is_empty() {
            return Err(TransportError("the mail server has no host name".into()));
        }
        let address = address(&settings.from_address)
            .ok_or_else(|| TransportError(format!("the sender {:?} is not a mail address", settings.from_address)))?;
        let name = Some(settings.from_name.trim().to_owned()).filter(|name| !name.is_empty());
        let username = settings.username.clone().filter(|name| !name.is_empty());
        let credentials = match (username, &settings.password) {
            (None, _) => None,
            (Some(username), Some(password)) => Some(Credentials::new(username, password.expose().to_owned())),
            (Some(_), None) => {
                let text = "the mail server has a user name but no password";
                return Err(TransportError(text.into()));
            }
        };
        let tls = match settings.security {
            Security::None => None,
            Security::StartTls | Security::Tls => {
                let built = TlsParameters::new(settings.host.clone());
                Some(built.map_err(|error| TransportError(format!("TLS cannot start: {error}")))?)
            }
        };
        Ok(Self(Arc::new(Shared {
            settings,
            from: Mailbox::new(name, address),
            credentials,
            tls,
            hello: ClientId::default(),
            patience,
            permits: Semaphore::new(CONNECTIONS),
            kept: Mutex::default(),
        })))
    }

    /// Makes one delivery, waiting for a free connection first. Dropping the future before it is done leaves the
    /// outcome unknown, as [`SendError::Unknown`] does.
    pub async fn send(&self, outgoing: &Outgoing<'_>) -> Result<(), SendError> {
        self.hand_over(outgoing).await.map_err(|(_, error)| error)
    }

    /// The same, and at what it failed.
    pub(super) async fn hand_over(&self, outgoing: &Outgoing<'_>) -> Result<(), (Reason, SendError)> {
        let shared = &self.0;
        let unfit = |text: String| (Reason::Recipient, SendError::Permanent(text));
        let to = address(outgoing.to).ok_or_else(|| unfit("the recipient is not a mail address".to_owned()))?;
        let bytes = outgoing
            .to_wire(shared.from.clone(), to.clone())
            .map_err(|error| unfit(format!("no message could be made: {error}")))?;
        // The semaphore is never closed; without a permit the mail would only miss the limit.
        let _permit = shared.permits.acquire().await.ok();
        let outcome = shared.deliver(&Letter { to, bytes }).await;
        outcome.map_err(|failure| (Reason::of(&failure), failure.judge(&shared.settings, &outgoing.rendered.text)))
    }

    /// Says goodbye on every idle connection; for a graceful stop.
    pub async fn close(&self) {
        let connections = std::mem::take(&mut self.0.kept().connections);
        for (_, connection) in connections {
            self.0.part(connection).await;
        }
    }
}

fn address(text: &str) -> Option<Address> {
    text.parse().ok().filter(|_| text.is_ascii())
}

/// Whether the TLS of a connection failed, which hides in an error of the system.
fn is_of_encryption(error: &smtp::Error) -> bool {
    let mut cause = error.source();
    while let Some(inner) = cause {
        let hidden = inner.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if hidden.is_some_and(|hidden| hidden.is::<rustls::Error>()) {
            return true;
        }
        cause = inner.source();
    }
    false
}

async fn within<T, E: Into<Cause>>(
    limit: Duration,
    step: Step,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, Failure> {
    let outcome = tokio::time::timeout(limit, work).await;
    let outcome = outcome.map_or(Err(Cause::Late), |done| done.map_err(Into::into));
    outcome.map_err(|cause| Failure { step, cause })
}

impl Shared {
    async fn deliver(self: &Arc<Self>, letter: &Letter) -> Result<(), Failure> {
        let kept = self.kept().connections.pop();
        if let Some((_, connection)) = kept {
            match self.deliver_over(connection, letter).await {
                // The server gave the kept connection up, and the message had not left: a fresh one, now.
                Err(Failure { step, cause }) if step != Step::Answer && cause.is_of_connection() => {}
                outcome => return outcome,
            }
        }
        let connection = self.connect().await?;
        self.deliver_over(connection, letter).await
    }

    async fn deliver_over(
        self: &Arc<Self>,
        mut connection: AsyncSmtpConnection,
        letter: &Letter,
    ) -> Result<(), Failure> {
        let outcome = self.converse(&mut connection, letter).await;
        match &outcome {
            Ok(()) => self.keep(connection),
            Err(Failure { cause: Cause::Refused(..), .. }) => self.part(connection).await,
            Err(_) => drop(connection),
        }
        outcome
    }

    async fn converse(&self, connection: &mut AsyncSmtpConnection, letter: &Letter) -> Result<(), Failure> {
        let limit = self.patience.step;
        let sender = Mail::new(Some(self.from.email.clone()), Vec::new());
        within(limit, Step::Sender, connection.command(sender)).await?;
        let recipient = Rcpt::new(letter.to.clone(), Vec::new());
        within(limit, Step::Recipient, connection.command(recipient)).await?;
        within(limit, Step::Announce, connection.command(Data)).await?;

        // lettre asks for the next piece once the one before is written, and sends the final dot when there is none.
        let all_written = AtomicBool::new(false);
        let pieces = std::iter::once(letter.bytes.as_slice()).chain(std::iter::from_fn(|| {
            all_written.store(true, Ordering::Relaxed);
            None
        }));
        let sending = connection.message_iter(pieces);
        let outcome = within(self.patience.message, Step::Body, sending).await;
        let cause = match outcome {
            Ok(answer) if answer.code().severity == Severity::PositiveCompletion => return Ok(()),
            Ok(answer) => Cause::Broken(format!("unexpected answer {}", answer.code())),
            Err(failure) => failure.cause,
        };
        let step = match all_written.load(Ordering::Relaxed) {
            true => Step::Answer,
            false => Step::Body,
        };
        Err(Failure { step, cause })
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Failure> {
        let limit = self.patience.step;
        let target = (self.settings.host.as_str(), self.settings.port);
        let found = within(limit, Step::Connect, tokio::net::lookup_host(target)).await?;
        let mut outcome =
            Err(Failure { step: Step::Connect, cause: Cause::Broken("the host name has no address".into()) });
        for address in found.take(ADDRESSES) {
            outcome = self.greet(address).await;
            if !matches!(&outcome, Err(Failure { cause: Cause::Broken(_) | Cause::Late, .. })) {
                break;
            }
        }
        let mut connection = outcome?;
        if let (Security::StartTls, Some(tls)) = (self.settings.security, &self.tls) {
            let encrypting = connection.starttls(tls.clone(), &self.hello);
            within(limit, Step::Encrypt, encrypting).await?;
        }
        if let Some(credentials) = &self.credentials {
            let signing_in = connection.auth(DEFAULT_MECHANISMS, credentials);
            within(limit, Step::SignIn, signing_in).await?;
        }
        Ok(connection)
    }

    async fn greet(&self, address: SocketAddr) -> Result<AsyncSmtpConnection, Failure> {
        let limit = self.patience.step;
        if self.settings.security == Security::Tls {
            let (tls, hello) = (self.tls.clone(), &self.hello);
            let connecting = AsyncSmtpConnection::connect_tokio1(address, Some(limit), hello, tls, None);
            let connected = tokio::time::timeout(limit * 2, connecting).await;
            return connected.map_or(Err(Failure { step: Step::Connect, cause: Cause::Late }), |connected| {
                connected.map_err(|error| {
                    let step = if is_of_encryption(&error) { Step::Encrypt } else { Step::Connect };
                    Failure { step, cause: error.into() }
                })
            });
        }
        let stream = within(limit, Step::Connect, TcpStream::connect(address)).await?;
        let stream = Box::new(ByteWise { stream, encrypted: false });
        let greeting = AsyncSmtpConnection::connect_with_transport(stream, &self.hello);
        within(limit, Step::Connect, greeting).await
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Nothing panics while it is held, and a list of connections is whole after any step.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(self: &Arc<Self>, connection: AsyncSmtpConnection) {
        let mut kept = self.kept();
        kept.serial += 1;
        let serial = kept.serial;
        kept.connections.push((serial, connection));
        drop(kept);
        let (shared, idle) = (Arc::downgrade(self), self.patience.idle);
        tokio::spawn(async move {
            tokio::time::sleep(idle).await;
            let Some(shared) = shared.upgrade() else { return };
            let expired = {
                let mut kept = shared.kept();
                let found = kept.connections.iter().position(|(number, _)| *number == serial);
                found.map(|index| kept.connections.remove(index).1)
            };
            if let Some(connection) = expired {
                shared.part(connection).await;
            }
        });
    }

    async fn part(&self, mut connection: AsyncSmtpConnection) {
        let limit = self.patience.step.min(Duration::from_secs(2));
        // A goodbye that fails changes nothing: the connection ends either way.
        let _ = tokio::time::timeout(limit, connection.quit()).await;
    }
}

/// Reads one byte at a time until TLS starts. lettre keeps its read buffer over STARTTLS, so whatever somebody on the way
/// appended to the answer in the clear would pass for encrypted answers; unread, it breaks the TLS handshake instead.
#[derive(Debug)]
struct ByteWise {
    stream: TcpStream,
    encrypted: bool,
}

impl AsyncTokioStream for ByteWise {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }
}

impl AsyncRead for ByteWise {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.encrypted || buffer.remaining() == 0 {
            return Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        let mut byte = [0];
        let mut single = ReadBuf::new(&mut byte);
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut single))?;
        buffer.put_slice(single.filled());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for ByteWise {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        // A TLS handshake record starts with 22, which no SMTP command and no message of ours does.
        self.encrypted |= bytes.first() == Some(&22);
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests;
