//! What must not be seen: in the audit, in replies, in the log, in the stored data (contract 2, 9, 22, 33 and 35).

mod life;

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use trueport::args;

use crate::harness::{Reply, TestServer};
use crate::inspect::whole_audit;
use life::Life;

const NEW_EMAIL: &str = "new@acme.com";
const SERVICE_KEYS: &str = "/admin/service-keys";
const WEBHOOKS: &str = "/service/webhooks";
const SEED: &str = "mfa/totp";
const CODES: &str = "mfa/totp/confirm";

/// Fails if `text` holds any of these. For tokens of sessions the signature is what matters.
#[track_caller]
fn holds_none<'a>(place: &str, text: &[u8], secrets: impl IntoIterator<Item = &'a String>) {
    for secret in secrets {
        let part = secret.rsplit('.').next().unwrap_or(secret);
        assert!(part.len() >= 6, "too short to look for: {part}");
        let hex: String = part.bytes().map(|byte| format!("{byte:02X}")).collect();
        for form in [part, &hex] {
            let found = text.windows(form.len()).any(|window| window == form.as_bytes());
            assert!(!found, "{secret} stands in {place}");
        }
    }
}

#[tokio::test]
async fn no_secret_is_shown_logged_audited_or_stored() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter("trueport=trace")
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    // For every thread, those of the database among them. Where tests share a process, theirs is logged too.
    tracing::subscriber::set_global_default(subscriber).expect("no other test takes the log");
    let mut server = TestServer::start().await;
    let life = Life::live(&server).await;
    assert_eq!((life.secrets.len(), life.tokens.len()), (39, 19));
    let everything = || life.secrets.iter().chain(&life.tokens);

    let audit = whole_audit(&server).await;
    assert!(audit.len() > 10, "{audit:?}");
    holds_none("the audit", audit.join("\n").as_bytes(), everything());
    for (path, reply) in &life.replies {
        let shown = format!("{:?}\n{}", reply.headers, reply.text);
        holds_none(path, shown.as_bytes(), life.secrets.iter().filter(|secret| !is_shown_by(path, reply, secret)));
        let makes_tokens = ["login", "refresh", "otp/verify", "mfa/verify", "select-tenant"].contains(&path.as_str());
        if !reply.status.is_success() || !makes_tokens {
            holds_none(path, shown.as_bytes(), &life.tokens);
        }
    }
    let logged = log.0.lock().unwrap().clone();
    assert!(String::from_utf8_lossy(&logged).contains("mail delivered"));
    holds_none("the log", &logged, everything());

    // A hash has to be stored; nothing else has.
    let stored = || everything().filter(|secret| !secret.starts_with('$'));
    match server.app.db().engine() {
        "sqlite" => {
            files_hold_none(server.folder(), &stored);
            server.restart().await;
            files_hold_none(server.folder(), &stored);
        }
        _ => holds_none("the database", dump(&server).await.as_bytes(), stored()),
    }
    // What was looked for is what goes out in the end.
    server.mail.restart().await;
    // A server that starts tries again at once.
    server.restart().await;
    assert_eq!(Some(&server.mail.next_mail_to("late@acme.com").await.link_token()), life.secrets.last());
    server.finish().await;
}

/// Whether the reply is the one that makes the secret, and shows it never again.
fn is_shown_by(path: &str, reply: &Reply, secret: &str) -> bool {
    let member = match path {
        SERVICE_KEYS => "key",
        WEBHOOKS => "secret",
        path if path.ends_with("/rotate-secret") => "secret",
        SEED => "secret",
        CODES => "recovery_codes",
        "login" => "mfa_token",
        _ => return false,
    };
    reply.status.is_success() && reply.json()[member].to_string().contains(secret)
}

/// Looks through every file of the data folder.
fn files_hold_none<'a, I: Iterator<Item = &'a String>>(folder: &Path, secrets: &impl Fn() -> I) {
    let mut holds_address = false;
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let file = entry.expect("a file").path();
        let bytes = std::fs::read(&file).expect("the file can be read");
        holds_address |= bytes.windows(NEW_EMAIL.len()).any(|window| window == NEW_EMAIL.as_bytes());
        holds_none(&file.display().to_string(), &bytes, secrets());
    }
    assert!(holds_address, "what is stored in the clear would be found");
}

/// The whole database as PostgreSQL writes it, bytes in hexadecimal digits.
async fn dump(server: &TestServer) -> String {
    let read = |tx: &mut trueport::db::Tx<'_>| {
        tx.execute("SET LOCAL xmlbinary = 'hex'", args![])?;
        let sql = "SELECT CAST(schema_to_xml('public', true, false, '') AS TEXT)";
        Ok(tx.one(sql, args![], |row| row.get::<String>(0))?)
    };
    let dump = server.app.read(read).await.expect("the database can be written out");
    assert!(dump.contains("<email>new@acme.com</email>") && dump.contains("code_sealed"), "{dump}");
    dump
}

/// Lines of the log.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no test fails meanwhile").write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
