//! An SMTP server inside the test process: it keeps what it receives, and misbehaves when told to.

mod mail;
mod session;
#[cfg(test)]
mod tests;

use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{Mutex, oneshot};
use tokio::task::{JoinHandle, JoinSet};

pub(crate) use mail::Mail;
pub(crate) use session::{Behaviour, Phase};
use session::{Session, Shared};

/// How long a test waits for a mail.
const PATIENCE: Duration = Duration::from_secs(20);

/// The server; it ends with this value or with the test's runtime.
pub(crate) struct SmtpSink {
    address: SocketAddr,
    shared: Arc<Shared>,
    serving: Mutex<Serving>,
}

/// Either of the two is set.
struct Serving {
    listening: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
    /// Bound, not listening: keeps the port from others while connections to it are refused.
    stopped: Option<TcpSocket>,
}

impl SmtpSink {
    /// Starts it on a free port of the loopback address; it accepts everything and asks for no login.
    pub(crate) async fn start() -> Self {
        let socket = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let address = socket.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared::new());
        let listening = Some(listen(socket, &shared));
        let serving = Mutex::new(Serving { listening, stopped: None });
        Self { address, shared, serving }
    }

    /// Where it listens, also after a restart.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes what it does from the next command on. A connection that hangs already goes on hanging.
    pub(crate) fn behave(&self, behaviour: Behaviour) {
        self.shared.state().behaviour = behaviour;
    }

    /// From the next command on, offers AUTH PLAIN and takes mail only after a login with these.
    pub(crate) fn require_login(&self, username: &str, password: &str) {
        self.shared.state().login = Some((username.to_owned(), password.to_owned()));
    }

    /// User name and password of every AUTH so far, right or wrong.
    pub(crate) fn logins_tried(&self) -> Vec<(String, String)> {
        self.shared.state().logins_tried.clone()
    }

    /// Takes the oldest mail to this address that no test has taken, and waits for one if need be.
    pub(crate) async fn next_mail_to(&self, address: &str) -> Mail {
        let taken = tokio::time::timeout(PATIENCE, async {
            loop {
                let mut arrived = pin!(self.shared.arrived.notified());
                // Before looking, so that a mail between the look and the wait wakes it.
                arrived.as_mut().enable();
                if let Some(mail) = self.take_mail_to(address) {
                    return mail;
                }
                arrived.await;
            }
        });
        taken.await.unwrap_or_else(|_elapsed| {
            let state = self.shared.state();
            let describe = |(mail, taken): &(Mail, bool)| {
                let note = if *taken { " (taken)" } else { "" };
                format!("\n{} to {:?}{note}", mail.subject, mail.to)
            };
            let arrived: String = state.mails.iter().map(describe).collect();
            // Else the panic poisons the lock for the conversations that go on.
            drop(state);
            panic!("no mail to {address} within {PATIENCE:?}; arrived: {arrived}")
        })
    }

    fn take_mail_to(&self, address: &str) -> Option<Mail> {
        let mut state = self.shared.state();
        let (mail, taken) = state
            .mails
            .iter_mut()
            .find(|(mail, taken)| !taken && mail.to.iter().any(|recipient| recipient.eq_ignore_ascii_case(address)))?;
        *taken = true;
        Some(mail.clone())
    }

    /// Every mail so far, in the order of arrival.
    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.shared.state().mails.iter().map(|(mail, _)| mail.clone()).collect()
    }

    /// The mails that no [`Self::next_mail_to`] has returned.
    pub(crate) fn untaken(&self) -> Vec<Mail> {
        let state = self.shared.state();
        let untaken = state.mails.iter().filter(|(_, taken)| !taken);
        untaken.map(|(mail, _)| mail.clone()).collect()
    }

    /// How many connections it has accepted so far, the ended ones and the refused with 421 included.
    pub(crate) fn connections(&self) -> usize {
        self.shared.state().connections
    }

    /// Ends all connections and refuses new ones, until [`Self::restart`].
    pub(crate) async fn stop(&self) {
        let mut serving = self.serving.lock().await;
        if let Some((stop, task)) = serving.listening.take() {
            drop(stop);
            task.await.expect("the server task ends without a panic");
            serving.stopped = Some(bind(self.address));
        }
    }

    /// Listens on the same address again, with the mails and the behaviour it had.
    pub(crate) async fn restart(&self) {
        let mut serving = self.serving.lock().await;
        if let Some(socket) = serving.stopped.take() {
            serving.listening = Some(listen(socket, &self.shared));
        }
    }
}

fn bind(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().expect("a socket can be made");
    // Else connections that ended a minute ago keep a restart from the port.
    socket.set_reuseaddr(true).expect("the option exists");
    socket.bind(address).unwrap_or_else(|error| panic!("cannot bind {address}: {error}"));
    socket
}

fn listen(socket: TcpSocket, shared: &Arc<Shared>) -> (oneshot::Sender<()>, JoinHandle<()>) {
    let listener = socket.listen(1024).expect("a bound socket can listen");
    let (stop, stopped) = oneshot::channel();
    (stop, tokio::spawn(serve(listener, Arc::clone(shared), stopped)))
}

/// Accepts until the sender of `stopped` is gone.
async fn serve(listener: TcpListener, shared: Arc<Shared>, mut stopped: oneshot::Receiver<()>) {
    let mut sessions = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            accepted = listener.accept() => {
                let (stream, _) = accepted.expect("a listening socket accepts");
                shared.state().connections += 1;
                sessions.spawn(Session::new(stream, Arc::clone(&shared)).serve());
            }
        }
    }
    drop(listener);
    sessions.shutdown().await;
}
