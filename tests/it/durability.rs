//! What was acknowledged is stored: through a kill at any moment, and on a disk that fills up.
#![allow(clippy::unwrap_used)] // in helpers as in the tests themselves

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::BuildHasher as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sys::signal::Signal;
use nix::unistd::Pid;
use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::executable::{Installation, Running, eventually, together};
use crate::harness::{PASSWORD, Reply, TestServer, Tokens};
use crate::postgres::TestDatabase;

/// What a client knows of its account from replies that it received completely.
#[derive(Default)]
struct Acknowledged {
    registered: bool,
    refresh_token: Option<String>,
    first_name: u64,
    /// The name in the request that was never answered, if any.
    first_name_asked_for: u64,
}

struct Client {
    email: String,
    acknowledged: Mutex<Acknowledged>,
}

impl Client {
    fn new(round: usize, index: usize) -> Self {
        Self { email: format!("round{round}-{index}@example.com"), acknowledged: Mutex::default() }
    }

    fn note(&self, what: impl FnOnce(&mut Acknowledged)) {
        what(&mut self.acknowledged.lock().unwrap());
    }

    /// Works until the server is gone. Calls `acknowledge` after each reply.
    async fn work(&self, server: &Running, acknowledge: impl Fn()) -> Option<()> {
        let names = json!({"email": self.email, "password": PASSWORD, "first_name": "0", "last_name": "Doe"});
        answer(server, Method::POST, "register", "", &names).await?;
        self.note(|known| known.registered = true);
        acknowledge();
        let login = json!({"email": self.email, "password": PASSWORD});
        let mut tokens = Tokens::of(&answer(server, Method::POST, "login", "", &login).await?);
        for number in 1.. {
            self.note(|known| {
                known.refresh_token = Some(tokens.refresh.clone());
                known.first_name_asked_for = number;
            });
            acknowledge();
            let name = json!({"first_name": number.to_string()});
            answer(server, Method::PATCH, "me", &tokens.access, &name).await?;
            self.note(|known| known.first_name = number);
            acknowledge();
            let refresh = json!({"refresh_token": tokens.refresh});
            tokens = Tokens::of(&answer(server, Method::POST, "refresh", "", &refresh).await?);
        }
        None
    }

    /// Everything that was acknowledged is there. Returns the address if there is an account.
    async fn check(self, server: &Running) -> Option<String> {
        let known = self.acknowledged.into_inner().unwrap();
        if !known.registered {
            return None;
        }
        let tokens = Tokens::of(&server.login(&self.email).await.expect(200));
        let me = server.get("/global/auth/me", &tokens.access).await.expect(200);
        let name: u64 = me["first_name"].as_str().unwrap().parse().unwrap();
        assert!((known.first_name..=known.first_name_asked_for).contains(&name), "{} is {name}", self.email);
        let Some(refresh_token) = known.refresh_token else { return Some(self.email) };
        // It may have been exchanged for another one by a request whose answer never came.
        let body = json!({"refresh_token": refresh_token});
        let tokens = Tokens::of(&server.post("/global/auth/refresh", body).await.expect(200));
        let body = json!({"refresh_token": tokens.refresh});
        server.post("/global/auth/refresh", body).await.expect(200);
        Some(self.email)
    }
}

/// The body of a reply that arrived completely; nothing once the server is gone.
async fn answer(server: &Running, method: Method, route: &str, token: &str, body: &Json) -> Option<Json> {
    let request = server.request(method, &format!("/global/auth/{route}")).bearer_auth(token).json(body);
    let response = request.send().await.ok()?;
    let status = response.status();
    let text = response.text().await.ok()?;
    assert!(status.is_success(), "{route}: {status} {text}");
    serde_json::from_str(&text).ok()
}

#[tokio::test]
async fn every_acknowledged_change_survives_a_kill() {
    const ROUNDS: usize = 4;
    const CLIENTS: usize = 12;
    let installation = Installation::new();
    installation.run(&["config", "set", "auth.anonymous_requests_per_minute", "1000000"]).await.expect(0);
    for round in 0..ROUNDS {
        let mut server = installation.serve().await;
        let clients: Vec<Client> = (0..CLIENTS).map(|index| Client::new(round, index)).collect();
        // From the first registrations to the middle of the refreshes.
        let last = 1 + RandomState::new().hash_one(round) % 200;
        let acknowledged = AtomicU64::new(0);
        let acknowledge = || {
            if acknowledged.fetch_add(1, Ordering::SeqCst) + 1 == last {
                server.signal(Signal::SIGKILL);
            }
        };
        together(clients.iter().map(|client| client.work(&server, acknowledge))).await;
        assert!(acknowledged.load(Ordering::SeqCst) >= last);
        assert_eq!(server.ended().await.code(), None, "it was killed");

        let server = installation.serve().await;
        let checked = together(clients.into_iter().map(|client| client.check(&server))).await;
        let listed = installation.run(&["mail", "list", "--json", "--limit", "1000"]).await.expect(0).json();
        let accounts: Vec<String> = checked.into_iter().flatten().collect();
        assert!(!accounts.is_empty());
        for email in accounts {
            let is_there = listed.as_array().unwrap().iter().any(|mail| mail["recipient"] == email.as_str());
            assert!(is_there, "the welcome mail to {email} is lost");
        }
        // Killed once more, at rest.
        server.kill().await;
    }
    if installation.database.is_none() {
        let database = rusqlite::Connection::open(installation.data_dir().join("trueport.db")).unwrap();
        let check = |sql| database.query_row(sql, [], |row| row.get::<_, String>(0));
        assert_eq!(check("PRAGMA integrity_check").unwrap(), "ok");
        assert_eq!(check("PRAGMA foreign_key_check"), Err(rusqlite::Error::QueryReturnedNoRows));
    }
}

/// A way to make the server's disk full, and to make room again.
enum Disk<'a> {
    /// A file system of its own that a file fills up; mounting it needs privileges.
    Mounted(Mount),
    /// The limit on the size of files, which the system counts down to nothing for the running process.
    SizeLimit,
    /// The PostgreSQL server says what it says on a full disk: its files are not ours to fill up.
    Postgres(&'a TestDatabase),
}

struct Mount(PathBuf);

impl Mount {
    /// `None` where the process may not mount.
    fn new(path: PathBuf) -> Option<Self> {
        fs::create_dir(&path).unwrap();
        match mount(Some("tmpfs"), &path, Some("tmpfs"), MsFlags::empty(), Some("size=16m,mode=700")) {
            Ok(()) => Some(Self(path)),
            Err(nix::Error::EPERM) => None,
            Err(error) => panic!("a small disk cannot be mounted: {error}"),
        }
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Also while something has files open there, as after a test that failed.
        let _ = umount2(&self.0, MntFlags::MNT_DETACH);
    }
}

impl Disk<'_> {
    fn fill(&self, server: Pid) {
        match self {
            Self::Mounted(disk) => {
                let mut filler = fs::File::create(disk.0.join("filler")).unwrap();
                // Page by page, so that no room is left.
                while filler.write_all(&[1; 4096]).is_ok() {}
            }
            Self::SizeLimit => set_size_limit(server, "0"),
            Self::Postgres(database) => database.run(
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION \
                 'could not extend file \"base/1/2\": No space left on device' USING ERRCODE = 'disk_full'; END $$; \
                 DO $$ DECLARE name text; BEGIN FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' \
                 LOOP EXECUTE format('CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON %I EXECUTE FUNCTION \
                 full_disk()', name); END LOOP; END $$",
            ),
        }
    }

    /// What the server says of it.
    fn reason(&self) -> &'static str {
        match self {
            Self::Mounted(_) | Self::Postgres(_) => "The server's disk is full. Nothing was changed.",
            Self::SizeLimit => "The server's disk fails",
        }
    }

    fn make_room(&self, server: Pid) {
        match self {
            Self::Mounted(disk) => fs::remove_file(disk.0.join("filler")).unwrap(),
            Self::SizeLimit => set_size_limit(server, "unlimited"),
            Self::Postgres(database) => database.run("DROP FUNCTION full_disk() CASCADE"),
        }
    }
}

fn set_size_limit(server: Pid, soft: &str) {
    let status = Command::new("prlimit").args([&format!("--pid={server}"), &format!("--fsize={soft}:")]).status();
    assert!(status.expect("prlimit, of util-linux, is needed").success());
}

/// With the signal ignored that would end the process at the limit.
const IGNORE_SIZE_SIGNAL: &[&str] = &["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"];

#[tokio::test]
async fn on_a_full_disk_writes_fail_and_reads_go_on_until_there_is_room() {
    let installation = Installation::new();
    if let Some(database) = &installation.database {
        return a_disk_fills_up(&installation, &Disk::Postgres(database)).await;
    }
    a_disk_fills_up(&installation.with_wrapper(IGNORE_SIZE_SIGNAL), &Disk::SizeLimit).await;
}

#[tokio::test]
async fn a_small_disk_of_its_own_fills_up_like_any_other() {
    let installation = Installation::new();
    let path = installation.folder.path().join("disk");
    let mounted = if installation.database.is_some() { None } else { Mount::new(path.clone()) };
    match mounted {
        Some(mounted) => {
            let installation = installation.with_data_dir(path.join("data"));
            a_disk_fills_up(&installation, &Disk::Mounted(mounted)).await;
        }
        // Without the privilege to mount, or where the data is PostgreSQL's: the other test's way is the one there is.
        None => println!("the disk is filled in another way here, see the test above"),
    }
}

async fn a_disk_fills_up(installation: &Installation, disk: &Disk<'_>) {
    let server = installation.serve().await;
    let jane = server.person("jane@example.com").await;
    server.get("/readyz", "").await.expect(200);
    disk.fill(server.pid());

    // There may be some room in the database's own files.
    let (refused, refusal) = first_refusal(&server).await;
    let is_refused = |reply: &Reply| is_refused(reply, disk.reason());
    is_refused(&refusal);
    is_refused(&server.register(&refused).await);
    is_refused(&server.login("jane@example.com").await);
    is_refused(&server.post("/global/auth/refresh", json!({"refresh_token": jane.refresh})).await);
    let not_ready = eventually("readyz notices", || async {
        let reply = server.get("/readyz", "").await;
        (reply.status != 200).then_some(reply)
    })
    .await;
    is_refused(&not_ready);
    let health = installation.run(&["health", "--url", &server.url]).await.expect(4);
    assert!(health.stderr.contains(disk.reason()), "{health}");
    for path in ["/global/auth/me", "/global/auth/sessions"] {
        server.get(path, &jane.access).await.expect(200);
    }
    server.get("/healthz", "").await.expect(200);
    // Anonymous requests are counted in the database; that must not stop those that only read.
    let keys = format!("{}/.well-known/jwks.json", trueport::http::BASE_PATH);
    for _ in 0..100 {
        server.get(&keys, "").await.expect(200);
    }

    disk.make_room(server.pid());
    eventually("readyz notices that there is room", || async {
        (server.get("/readyz", "").await.status == 200).then_some(())
    })
    .await;
    // Nothing is left of what was refused, and nothing is lost of what was not.
    server.register(&refused).await.expect(201);
    let body = json!({"refresh_token": jane.refresh});
    Tokens::of(&server.post("/global/auth/refresh", body).await.expect(200));
    server.login("jane@example.com").await.expect(200);
    let log = server.stop().await;
    assert!(!log.contains("broke down") && !log.contains("panic"), "{log}");
    let again = installation.serve().await;
    again.login(&refused).await.expect(200);
    again.stop().await;
}

async fn first_refusal(server: &Running) -> (String, Reply) {
    for index in 0..200 {
        let email = format!("john{index}@example.com");
        let reply = server.register(&email).await;
        if reply.status != 201 {
            return (email, reply);
        }
    }
    panic!("two hundred registrations found room on a full disk");
}

#[track_caller]
fn is_refused(reply: &Reply, reason: &str) {
    let problem = reply.expect_problem(503, "unavailable");
    assert!(reply.header("retry-after").is_some());
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.starts_with(reason), "{detail}");
    for word in ["SQL", "disk I/O", "base/", "extend", "/"] {
        assert!(!detail.contains(word), "{detail}");
    }
}

/// As after a restart of the PostgreSQL server: every connection is gone, and new ones are taken.
#[tokio::test]
async fn lost_connections_to_the_database_are_replaced_without_a_failed_request() {
    let server = TestServer::start().await;
    let Some(database) = server.database() else { return server.finish().await };
    let tokens = server.person("jane@example.com").await;
    for round in 0..3 {
        database.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
        let reading = (0..20).map(|_| server.get("/global/auth/me", &tokens.access));
        for reply in together(reading).await {
            reply.expect(200);
        }
        let name = json!({"first_name": round.to_string()});
        let writing = (0..20).map(|_| server.call(Method::PATCH, "/global/auth/me", &tokens.access, name.clone()));
        for reply in together(writing).await {
            reply.expect(200);
        }
    }
    server.finish().await;
}
