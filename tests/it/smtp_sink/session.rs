//! One SMTP conversation, and what all conversations share with the test.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::mail::Mail;

/// What the server does from the next command on, also on connections that are open already.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Behaviour {
    /// Takes every mail.
    Accept,
    /// Answers a new connection, or the next command on an open one, with 421 and closes it.
    RefuseConnection421,
    /// Answers every RCPT with this code.
    RefuseRecipient(u16),
    /// Takes the whole message, then answers with this code and keeps nothing.
    RefuseData(u16),
    /// Closes the connection instead of answering.
    CloseAt(Phase),
    /// Never answers; the connection stays open until the client gives up or the server stops.
    Hang(Phase),
    /// Takes every mail, and waits this long before each reply.
    SlowReplies(Duration),
    /// Keeps the message, but closes the connection before the client can know it.
    AcceptThenCloseBeforeReplyToData,
}

/// The point of the conversation that has been reached: a command was read and is not answered yet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Phase {
    /// The connection was accepted, nothing was said.
    Connect,
    /// EHLO or HELO.
    Hello,
    /// AUTH.
    Login,
    /// MAIL.
    Sender,
    /// RCPT.
    Recipient,
    /// DATA, before the message.
    Data,
    /// The whole message was read, and not kept.
    Message,
    /// NOOP, RSET, or anything unknown.
    Other,
    /// QUIT.
    Quit,
}

/// What the conversations and the test have in common.
pub(super) struct Shared {
    state: Mutex<State>,
    /// Told after each kept mail.
    pub(super) arrived: Notify,
}

/// What a test sets and reads.
pub(super) struct State {
    pub(super) behaviour: Behaviour,
    /// Each with whether a test has taken it.
    pub(super) mails: Vec<(Mail, bool)>,
    pub(super) connections: usize,
    /// The user name and password without which no mail is taken.
    pub(super) login: Option<(String, String)>,
    pub(super) logins_tried: Vec<(String, String)>,
}

impl Shared {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                behaviour: Behaviour::Accept,
                mails: Vec::new(),
                connections: 0,
                login: None,
                logins_tried: Vec::new(),
            }),
            arrived: Notify::new(),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic while the lock was held")
    }

    fn keep(&self, mail: Mail) {
        self.state().mails.push((mail, false));
        self.arrived.notify_waiters();
    }
}

/// One connection. Every method that fails ends it: the client has gone, or the behaviour asks for it.
pub(super) struct Session {
    stream: BufReader<TcpStream>,
    shared: Arc<Shared>,
    greeted: bool,
    logged_in: bool,
    /// The recipients so far, once there is a sender.
    recipients: Option<Vec<String>>,
}

impl Session {
    pub(super) fn new(stream: TcpStream, shared: Arc<Shared>) -> Self {
        Self { stream: BufReader::new(stream), shared, greeted: false, logged_in: false, recipients: None }
    }

    pub(super) async fn serve(mut self) -> io::Result<()> {
        self.enter(Phase::Connect).await?;
        self.reply("220 sink.test ESMTP").await?;
        loop {
            let line = self.read_line().await?;
            let line = String::from_utf8_lossy(&line);
            let (verb, argument) = line.split_once(' ').unwrap_or((&line, ""));
            match verb.to_ascii_uppercase().as_str() {
                "EHLO" | "HELO" => self.hello().await?,
                "AUTH" => self.login(argument).await?,
                "MAIL" => self.sender(argument).await?,
                "RCPT" => self.recipient(argument).await?,
                "DATA" => self.data().await?,
                "RSET" => {
                    self.enter(Phase::Other).await?;
                    self.recipients = None;
                    self.reply("250 reset").await?;
                }
                "NOOP" => {
                    self.enter(Phase::Other).await?;
                    self.reply("250 here").await?;
                }
                "QUIT" => {
                    self.enter(Phase::Quit).await?;
                    return self.reply("221 bye").await;
                }
                _ => {
                    self.enter(Phase::Other).await?;
                    self.reply("500 unknown command").await?;
                }
            }
        }
    }

    async fn hello(&mut self) -> io::Result<()> {
        self.enter(Phase::Hello).await?;
        self.greeted = true;
        self.recipients = None;
        if self.shared.state().login.is_some() {
            self.reply("250-sink.test\r\n250-AUTH PLAIN\r\n250 8BITMIME").await
        } else {
            self.reply("250-sink.test\r\n250 8BITMIME").await
        }
    }

    async fn login(&mut self, argument: &str) -> io::Result<()> {
        self.enter(Phase::Login).await?;
        let Some(expected) = self.shared.state().login.clone() else {
            return self.reply("502 no login here").await;
        };
        let (mechanism, initial) = argument.split_once(' ').unwrap_or((argument, ""));
        if !mechanism.eq_ignore_ascii_case("PLAIN") {
            return self.reply("504 only PLAIN").await;
        }
        let encoded = if initial.is_empty() {
            self.reply("334 ").await?;
            self.read_line().await?
        } else {
            initial.as_bytes().to_vec()
        };
        // RFC 4616: authorization identity, user name and password, with NUL between.
        let decoded = BASE64.decode(&encoded).unwrap_or_default();
        let decoded = String::from_utf8_lossy(&decoded);
        let [_, username, password] = decoded.split('\0').collect::<Vec<_>>()[..] else {
            return self.reply("501 not a PLAIN response").await;
        };
        let tried = (username.to_owned(), password.to_owned());
        self.logged_in = tried == expected;
        self.shared.state().logins_tried.push(tried);
        if self.logged_in {
            self.reply("235 welcome").await
        } else {
            // Some servers quote what they were given.
            let quoted = String::from_utf8_lossy(&encoded);
            self.reply(&format!("535 wrong user name or password: AUTH PLAIN {quoted}")).await
        }
    }

    async fn sender(&mut self, argument: &str) -> io::Result<()> {
        self.enter(Phase::Sender).await?;
        let needs_login = self.shared.state().login.is_some() && !self.logged_in;
        if !self.greeted {
            self.reply("503 EHLO first").await
        } else if needs_login {
            self.reply("530 log in first").await
        } else if path(argument, "FROM").is_none() {
            self.reply("501 no sender").await
        } else {
            self.recipients = Some(Vec::new());
            self.reply("250 sender taken").await
        }
    }

    async fn recipient(&mut self, argument: &str) -> io::Result<()> {
        let behaviour = self.enter(Phase::Recipient).await?;
        let Some(recipients) = &mut self.recipients else {
            return self.reply("503 MAIL first").await;
        };
        if let Behaviour::RefuseRecipient(code) = behaviour {
            return self.reply(&format!("{code} recipient refused")).await;
        }
        let Some(recipient) = path(argument, "TO").filter(|recipient| !recipient.is_empty()) else {
            return self.reply("501 no recipient").await;
        };
        recipients.push(recipient.to_owned());
        self.reply("250 recipient taken").await
    }

    async fn data(&mut self) -> io::Result<()> {
        self.enter(Phase::Data).await?;
        let Some(recipients) = self.recipients.take_if(|recipients| !recipients.is_empty()) else {
            return self.reply("503 RCPT first").await;
        };
        self.reply("354 go on, end with a dot").await?;
        let message = self.read_message().await?;
        match self.enter(Phase::Message).await? {
            Behaviour::RefuseData(code) => self.reply(&format!("{code} message refused")).await,
            Behaviour::AcceptThenCloseBeforeReplyToData => {
                self.shared.keep(Mail::parse(recipients, message));
                closed()
            }
            _ => {
                self.shared.keep(Mail::parse(recipients, message));
                self.reply("250 message taken").await
            }
        }
    }

    /// Does what the behaviour in force asks for at this point, unless it is a matter of the reply.
    async fn enter(&mut self, phase: Phase) -> io::Result<Behaviour> {
        let behaviour = self.shared.state().behaviour;
        match behaviour {
            Behaviour::RefuseConnection421 => {
                self.reply("421 not now").await?;
                closed()
            }
            Behaviour::CloseAt(at) if at == phase => closed(),
            Behaviour::Hang(at) if at == phase => loop {
                self.read_line().await?;
            },
            _ => Ok(behaviour),
        }
    }

    async fn reply(&mut self, reply: &str) -> io::Result<()> {
        let behaviour = self.shared.state().behaviour;
        if let Behaviour::SlowReplies(delay) = behaviour {
            tokio::time::sleep(delay).await;
        }
        self.stream.write_all(format!("{reply}\r\n").as_bytes()).await
    }

    /// One line without its end.
    async fn read_line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        self.stream.read_until(b'\n', &mut line).await?;
        if line.pop() != Some(b'\n') {
            return closed();
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(line)
    }

    async fn read_message(&mut self) -> io::Result<Vec<u8>> {
        let mut message = Vec::new();
        loop {
            let line = self.read_line().await?;
            if line == b"." {
                return Ok(message);
            }
            message.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
            message.extend_from_slice(b"\r\n");
        }
    }
}

fn closed<T>() -> io::Result<T> {
    Err(io::ErrorKind::ConnectionAborted.into())
}

/// The address in `FROM:<address> PARAMETER=value`, empty for the null sender.
fn path<'argument>(argument: &'argument str, keyword: &str) -> Option<&'argument str> {
    let (word, rest) = argument.split_once(':')?;
    let (address, _parameters) = rest.trim_start().strip_prefix('<')?.split_once('>')?;
    word.eq_ignore_ascii_case(keyword).then_some(address)
}
