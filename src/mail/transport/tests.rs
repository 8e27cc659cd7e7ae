//! Every way a mail server can fail, and what is told about it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use super::*;
use crate::secret::Secret;

/// What the server does instead of its duty: answer this, answer and close (or only close), or fall silent.
#[derive(Clone, Copy)]
enum Act {
    Say(&'static str),
    Close(&'static str),
    Hang,
}
use Act::{Close, Hang, Say};

type Log = Arc<Mutex<Vec<String>>>;

fn count(log: &Log, verb: &str) -> usize {
    log.lock().unwrap().iter().filter(|seen| *seen == verb).count()
}

/// A server that misbehaves the `nth` time it meets `at`: a verb, `CONNECT`, or `.` for the end of a message.
fn serve(at: &'static str, nth: usize, act: Act) -> (u16, Log) {
    let (listener, log) = (TcpListener::bind("127.0.0.1:0").unwrap(), Log::default());
    let (port, shared) = (listener.local_addr().unwrap().port(), log.clone());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, log) = (stream.unwrap(), shared.clone());
            thread::spawn(move || talk(stream, &log, (at, nth, act)));
        }
    });
    (port, log)
}

fn talk(mut stream: TcpStream, log: &Log, (at, nth, act): (&str, usize, Act)) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines().map_while(Result::ok);
    let mut verb = "CONNECT".to_owned();
    loop {
        log.lock().unwrap().push(verb.clone());
        let usual = match verb.as_str() {
            "DATA" => "354 go on",
            "EHLO" => "250-fake\r\n250-STARTTLS\r\n250 AUTH PLAIN",
            _ => "250 fine",
        };
        let (answer, close) = match act {
            _ if verb != at || count(log, at) != nth => (usual, false),
            Say(answer) => (answer, false),
            Close(answer) => (answer, true),
            Hang => ("", false),
        };
        if !answer.is_empty() {
            write!(stream, "{answer}\r\n").ok()?;
        }
        if close {
            return None;
        }
        verb = match answer.starts_with("354 go") {
            true => lines.find(|line| line == ".")?,
            false => lines.next()?.split(' ').next()?.to_owned(),
        };
    }
}

fn transport(port: u16, security: Security, idle: u64) -> Transport {
    let settings = SmtpSettings {
        host: "127.0.0.1".into(),
        port,
        security,
        username: Some("trueport".into()),
        password: Some(Secret::new("swordfish")),
        from_address: "no-reply@acme.example".into(),
        from_name: "TruePort".into(),
    };
    let second = Duration::from_secs(1);
    let patience = Patience { step: second, message: second, idle: Duration::from_millis(idle) };
    Transport::with_patience(&settings, patience).unwrap()
}

async fn send(transport: &Transport) -> Result<(), SendError> {
    let variables = [("first_name", ""), ("base_url", "https://a.example"), ("when", "2026-02-03")];
    let variables: BTreeMap<_, _> = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let rendered = crate::mail::render("test", &variables).unwrap();
    let (to, date) = ("ada@acme.example", std::time::SystemTime::UNIX_EPOCH);
    transport.send(&Outgoing { to, message_id: "<msg_a@acme.example>", date, rendered: &rendered }).await
}

/// Sends two mails and gives both outcomes, the connections made and the messages handed over.
async fn two_mails(at: &'static str, nth: usize, act: Act) -> (String, usize, usize) {
    let (port, log) = serve(at, nth, act);
    let transport = transport(port, Security::None, 60_000);
    let mut outcomes = String::new();
    for _ in 0..2 {
        outcomes.push_str(match send(&transport).await {
            Ok(()) => "sent ",
            Err(SendError::Transient(_)) => "transient ",
            Err(SendError::Permanent(_)) => "permanent ",
            Err(SendError::Unknown(_)) => "unknown ",
        });
    }
    (outcomes.trim_end().to_owned(), count(&log, "CONNECT"), count(&log, "."))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_to_fail_is_told_apart() {
    let cases = [
        ("none", 1, Hang, "sent sent", 1, 2),
        ("CONNECT", 1, Say("554 go away"), "transient sent", 2, 1),
        ("CONNECT", 1, Hang, "transient sent", 2, 1),
        ("EHLO", 1, Close(""), "transient sent", 2, 1),
        ("AUTH", 1, Say("535 wrong"), "transient sent", 2, 1),
        ("MAIL", 1, Say("550 not you"), "transient sent", 2, 1),
        ("RCPT", 1, Say("421 closing"), "transient sent", 2, 1),
        ("RCPT", 1, Say("450 later"), "transient sent", 2, 1),
        ("RCPT", 1, Say("530 sign in"), "transient sent", 2, 1),
        ("RCPT", 1, Say("550 no such user"), "permanent sent", 2, 1),
        ("DATA", 1, Say("554 no"), "permanent sent", 2, 1),
        ("DATA", 1, Close(""), "transient sent", 2, 1),
        (".", 1, Say("451 later"), "transient sent", 2, 2),
        (".", 1, Say("552 too big"), "permanent sent", 2, 2),
        (".", 1, Close(""), "unknown sent", 2, 2),
        (".", 1, Hang, "unknown sent", 2, 2),
        // A kept connection that went stale is replaced at once, unless the message may have left on it.
        (".", 1, Close("250 fine"), "sent sent", 2, 2),
        ("MAIL", 2, Say("421 idle too long"), "sent sent", 2, 2),
        ("MAIL", 2, Hang, "sent sent", 2, 2),
        ("DATA", 2, Close(""), "sent sent", 2, 2),
        ("RCPT", 2, Say("450 later"), "sent transient", 1, 1),
        (".", 2, Close(""), "sent unknown", 1, 2),
    ];
    let running = cases.map(|(at, nth, act, ..)| tokio::spawn(two_mails(at, nth, act)));
    for ((at, nth, _, outcomes, connections, messages), found) in cases.into_iter().zip(running) {
        assert_eq!(found.await.unwrap(), (outcomes.to_owned(), connections, messages), "{at} {nth}");
    }
}

#[tokio::test]
async fn the_operator_learns_what_happened_and_no_secret() {
    let (port, _) = serve("AUTH", 1, Say("535 trueport with swordfish is wrong"));
    let error = send(&transport(port, Security::None, 0)).await.unwrap_err().to_string();
    let wanted = "refused the sign-in: 535 trueport with [left out] is wrong";
    assert_eq!(error, format!("the server at 127.0.0.1:{port} {wanted}"));
    let (port, _) = serve(".", 1, Say("550 bad word (2026-02-03)"));
    let error = send(&transport(port, Security::None, 0)).await.unwrap_err().to_string();
    assert_eq!(error, format!("the server at 127.0.0.1:{port} refused the message: 550 bad word [left out]"));
}

#[tokio::test]
async fn nothing_is_sent_in_the_clear_where_tls_is_wanted() {
    for answer in ["454 no", "220 go\r\n250-injected\r\n250 AUTH PLAIN"] {
        let (port, log) = serve("STARTTLS", 1, Say(answer));
        let error = send(&transport(port, Security::StartTls, 0)).await.unwrap_err();
        assert!(matches!(error, SendError::Transient(_)), "{error}");
        assert_eq!(count(&log, "AUTH") + count(&log, "MAIL"), 0);
        assert!(error.to_string().contains("encryption"), "{error}");
    }
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let (port, log) = serve("none", 1, Hang);
    let transport = transport(port, Security::None, 10);
    send(&transport).await.unwrap();
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(count(&log, "QUIT"), 1);
    send(&transport).await.unwrap();
    assert_eq!(count(&log, "CONNECT"), 2);
}
