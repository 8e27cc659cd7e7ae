//! The server itself, driven over a bare socket.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use super::{Behaviour, Phase, SmtpSink};

const MESSAGE: &str = "From: Sender <from@a.test>\r\nTo: to@a.test\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\
    Message-ID: <1@a.test>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n\
    --b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n..stuffed\r\nhttps://a.test/#/invite?token=x-1\r\n\
    --b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hello\r\n--b--\r\n.";

struct Client(BufReader<TcpStream>);

impl Client {
    /// After the greeting.
    async fn connect(sink: &SmtpSink) -> Self {
        let mut client = Self::connect_silently(sink).await.expect("the sink listens");
        assert!(client.read().await.starts_with("220 "));
        client
    }

    async fn connect_silently(sink: &SmtpSink) -> io::Result<Self> {
        Ok(Self(BufReader::new(TcpStream::connect(sink.address()).await?)))
    }

    /// After EHLO.
    async fn greeted(sink: &SmtpSink) -> Self {
        let mut client = Self::connect(sink).await;
        assert!(client.say("EHLO client.test").await.starts_with("250"));
        client
    }

    /// The whole reply; empty when the connection was closed.
    async fn read(&mut self) -> String {
        let mut reply = String::new();
        loop {
            let start = reply.len();
            // The end of a connection is an error where the sink had not read everything.
            let read = self.0.read_line(&mut reply).await.unwrap_or(0);
            if read == 0 || reply.as_bytes().get(start + 3) != Some(&b'-') {
                return reply;
            }
        }
    }

    async fn say(&mut self, line: &str) -> String {
        let line = format!("{line}\r\n");
        self.0.write_all(line.as_bytes()).await.expect("the connection is open");
        self.read().await
    }

    /// Up to the reply to the message, or to the first command that is refused.
    async fn send(&mut self, recipient: &str) -> String {
        let recipient = format!("RCPT TO:<{recipient}>");
        for command in ["MAIL FROM:<from@a.test> BODY=8BITMIME", &recipient, "DATA"] {
            let reply = self.say(command).await;
            if !reply.starts_with(['2', '3']) {
                return reply;
            }
        }
        self.say(MESSAGE).await
    }
}

#[tokio::test]
async fn keeps_and_decodes_what_it_accepts() {
    let sink = SmtpSink::start().await;
    let (mail, ()) = tokio::join!(sink.next_mail_to("TO@a.test"), async {
        let mut client = Client::greeted(&sink).await;
        assert!(client.send("to@a.test").await.starts_with("250 "));
        assert!(client.say("NOOP").await.starts_with("250 "));
        assert!(client.send("other@a.test").await.starts_with("250 "));
        assert!(client.say("QUIT").await.starts_with("221 "));
        assert_eq!(client.read().await, "");
    });
    assert_eq!(mail.to, ["to@a.test"]);
    assert_eq!(mail.from, "from@a.test");
    assert_eq!(mail.message_id, "1@a.test");
    assert_eq!(mail.subject, "Grüße");
    assert_eq!(mail.text, ".stuffed\nhttps://a.test/#/invite?token=x-1");
    assert_eq!(mail.html, "<p>Hello");
    assert!(mail.raw.starts_with(b"From: Sender"));
    assert!(mail.raw.ends_with(b"--b--\r\n"));
    assert_eq!(sink.mails().len(), 2);
    let untaken = sink.untaken();
    assert_eq!(untaken.len(), 1);
    assert_eq!(untaken[0].to, ["other@a.test"]);
    assert_eq!(sink.connections(), 1);
}

#[tokio::test]
async fn insists_on_the_order_of_commands() {
    let sink = SmtpSink::start().await;
    let mut client = Client::connect(&sink).await;
    assert!(client.say("MAIL FROM:<from@a.test>").await.starts_with("503 "));
    assert!(client.say("HELO client.test").await.starts_with("250"));
    assert!(client.say("RCPT TO:<to@a.test>").await.starts_with("503 "));
    assert!(client.say("MAIL FROM:nobody").await.starts_with("501 "));
    assert!(client.say("MAIL FROM:<>").await.starts_with("250 "));
    assert!(client.say("DATA").await.starts_with("503 "));
    assert!(client.say("RSET").await.starts_with("250 "));
    assert!(client.say("RCPT TO:<to@a.test>").await.starts_with("503 "));
    assert!(client.say("EXPN list").await.starts_with("500 "));
    assert!(client.say("AUTH PLAIN AGEAYg==").await.starts_with("502 "));
}

#[tokio::test]
async fn takes_mail_only_after_the_right_login() {
    let sink = SmtpSink::start().await;
    sink.require_login("user", "secret");
    let mut client = Client::connect(&sink).await;
    let features = client.say("EHLO client.test").await;
    assert!(features.contains("AUTH PLAIN"), "{features}");
    assert!(client.send("to@a.test").await.starts_with("530 "));
    assert!(client.say("AUTH PLAIN AHVzZXIAd3Jvbmc=").await.starts_with("535 "));
    assert!(client.send("to@a.test").await.starts_with("530 "));
    assert!(client.say("AUTH PLAIN").await.starts_with("334 "));
    assert!(client.say("AHVzZXIAc2VjcmV0").await.starts_with("235 "));
    assert!(client.send("to@a.test").await.starts_with("250 "));
    let tried = [("user", "wrong"), ("user", "secret")].map(|(name, password)| (name.into(), password.into()));
    assert_eq!(sink.logins_tried(), tried);
}

#[tokio::test]
async fn refuses_as_told_also_on_an_open_connection() {
    let sink = SmtpSink::start().await;
    let mut client = Client::greeted(&sink).await;
    sink.behave(Behaviour::RefuseRecipient(550));
    assert!(client.send("to@a.test").await.starts_with("550 "));
    sink.behave(Behaviour::RefuseData(452));
    assert!(client.send("to@a.test").await.starts_with("452 "));
    sink.behave(Behaviour::SlowReplies(Duration::from_millis(5)));
    assert!(client.send("to@a.test").await.starts_with("250 "));
    sink.behave(Behaviour::RefuseConnection421);
    assert!(client.say("NOOP").await.starts_with("421 "));
    assert_eq!(client.read().await, "");
    let mut refused = Client::connect_silently(&sink).await.expect("the sink listens");
    assert!(refused.read().await.starts_with("421 "));
    sink.behave(Behaviour::Accept);
    assert!(Client::greeted(&sink).await.send("to@a.test").await.starts_with("250 "));
    assert_eq!(sink.mails().len(), 2);
    assert_eq!(sink.connections(), 3);
}

#[tokio::test]
async fn closes_where_told() {
    let sink = SmtpSink::start().await;
    for phase in [Phase::Sender, Phase::Recipient, Phase::Data, Phase::Message] {
        sink.behave(Behaviour::Accept);
        let mut client = Client::greeted(&sink).await;
        sink.behave(Behaviour::CloseAt(phase));
        assert_eq!(client.send("to@a.test").await, "", "{phase:?}");
    }
    assert!(sink.mails().is_empty());
    sink.behave(Behaviour::AcceptThenCloseBeforeReplyToData);
    assert_eq!(Client::greeted(&sink).await.send("to@a.test").await, "");
    assert_eq!(sink.next_mail_to("to@a.test").await.message_id, "1@a.test");
}

#[tokio::test]
async fn hangs_until_it_is_stopped() {
    let sink = SmtpSink::start().await;
    sink.behave(Behaviour::Hang(Phase::Message));
    let mut client = Client::greeted(&sink).await;
    let hanging = client.send("to@a.test");
    let mut hanging = std::pin::pin!(hanging);
    let answer = tokio::time::timeout(Duration::from_millis(100), hanging.as_mut()).await;
    assert!(answer.is_err(), "{answer:?}");
    sink.stop().await;
    assert_eq!(hanging.await, "");
    assert!(sink.mails().is_empty());
}

#[tokio::test]
async fn comes_back_on_the_same_port() {
    let sink = SmtpSink::start().await;
    let mut client = Client::greeted(&sink).await;
    for _ in 0..3 {
        sink.stop().await;
        assert_eq!(client.read().await, "");
        let refused = Client::connect_silently(&sink).await.err().map(|error| error.kind());
        assert_eq!(refused, Some(io::ErrorKind::ConnectionRefused));
        sink.restart().await;
        client = Client::greeted(&sink).await;
        assert!(client.send("to@a.test").await.starts_with("250 "));
    }
    assert_eq!(sink.mails().len(), 3);
}
