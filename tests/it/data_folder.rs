//! The data folder: who may use it and when, what keeps it from harm, and what the first start leaves in it
//! (contract 9, 37, 38 and 40).
#![allow(clippy::unwrap_used)] // in helpers as in the tests themselves

use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::PathBuf;
use std::process::Stdio;

use nix::pty::openpty;
use nix::unistd::{Uid, User, chown};
use serde_json::{Value as Json, json};
use trueport::domain::caller::System;
use trueport::domain::setup;

use crate::executable::{Installation, Running, mode};
use crate::harness::{PASSWORD, Reply, TestServer};

const EMAIL: &str = "admin@example.com";

fn entries(folder: &std::path::Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

#[tokio::test]
async fn a_second_server_on_the_same_folder_refuses() {
    let installation = Installation::new();
    let server = installation.serve().await;
    let alias = installation.folder.path().join("alias");
    std::os::unix::fs::symlink(installation.data_dir(), &alias).unwrap();
    for more in [&[][..], &["--data-dir", alias.to_str().unwrap()]] {
        let refused = installation.run(&[&["serve"], more].concat()).await.expect(1);
        assert!(refused.stderr.contains("a trueport server is running on the data folder"), "{refused}");
    }
    server.get("/readyz", "").await.expect(200);
    // What the first one holds ends with its process, however that ends.
    server.kill().await;
    installation.serve().await.stop().await;
}

#[tokio::test]
async fn a_port_that_is_taken_is_told_in_plain_words() {
    let (installation, other) = (Installation::new(), Installation::new());
    let server = other.serve().await;
    let refused = installation.run(&["serve", "--listen", server.address()]).await.expect(1);
    assert!(refused.stderr.contains(&format!("cannot listen on {}", server.address())), "{refused}");
    server.stop().await;
}

#[tokio::test]
async fn migrations_are_shown_and_applied_and_not_beside_a_server() {
    let installation = Installation::new();
    let applied = async || {
        let rows = installation.run(&["migrate", "status", "--json"]).await.expect(0).json();
        rows.as_array().unwrap().iter().filter(|row| row["applied"] == true).count()
    };
    // Looking changes nothing.
    assert_eq!(applied().await, 0);
    assert!(!installation.data_dir().exists());
    let up = installation.run(&["migrate", "up"]).await.expect(0);
    let all = applied().await;
    assert!(all > 0 && up.stderr.contains(&format!("{all} migrations applied")), "{up}");
    let again = installation.run(&["migrate", "up"]).await.expect(0);
    assert!(again.stderr.contains("0 migrations applied"), "{again}");
    assert!(again.stderr.contains(&format!("The database is at version {all}, this program at {all}.")), "{again}");

    let server = installation.serve().await;
    let refused = installation.run(&["migrate", "up"]).await.expect(1);
    assert!(refused.stderr.contains("stop it first"), "{refused}");
    assert_eq!(applied().await, all);
    server.stop().await;
    installation.run(&["migrate", "up"]).await.expect(0);
}

/// Runs statements in the database, past the program.
fn in_database(installation: &Installation, statements: &str) {
    match &installation.database {
        Some(database) => database.run(statements),
        None => rusqlite::Connection::open(installation.data_dir().join("trueport.db"))
            .and_then(|database| database.execute_batch(statements))
            .unwrap(),
    }
}

#[tokio::test]
async fn a_database_of_another_version_is_refused_in_plain_words() {
    let installation = Installation::new();
    installation.create_admin(EMAIL).await.expect(0);
    let newer = "INSERT INTO refinery_schema_history (version, name, applied_on, checksum) \
                 VALUES (999, 'from_the_future', '2030-01-01T00:00:00Z', '1')";
    in_database(&installation, newer);
    for arguments in [&["serve"][..], &["admin", "list"], &["migrate", "up"], &["config", "set", "smtp.host", "x"]] {
        let refused = installation.run(arguments).await.expect(1);
        assert!(
            refused.stderr.contains("schema version 999") && refused.stderr.contains("newer trueport"),
            "{refused}"
        );
    }
    let status = installation.run(&["migrate", "status"]).await.expect(0);
    assert!(status.stderr.contains("The database is at version 999"), "{status}");

    // One that is older: only a server or 'migrate up' changes it.
    in_database(&installation, "DELETE FROM refinery_schema_history WHERE version = 999");
    let listed = installation.run(&["admin", "list"]).await.expect(0);
    assert!(listed.stdout.contains(EMAIL), "nothing was lost: {listed}");
    in_database(
        &installation,
        "DELETE FROM refinery_schema_history WHERE version = (SELECT max(version) FROM refinery_schema_history)",
    );
    let refused = installation.run(&["admin", "list"]).await.expect(1);
    assert!(refused.stderr.contains("migrate up"), "{refused}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let installation = Installation::new();
    if installation.database.is_some() {
        return;
    }
    let file = installation.data_dir().join("trueport.db");
    fs::create_dir(installation.data_dir()).unwrap();
    let garbage = [b'x'; 8192];
    fs::write(&file, garbage).unwrap();
    for arguments in [&["serve"][..], &["admin", "list"], &["migrate", "status"], &["migrate", "up"]] {
        let refused = installation.run(arguments).await.expect(1);
        assert!(refused.stderr.contains("not a database"), "{refused}");
    }
    assert_eq!(fs::read(&file).unwrap(), garbage);
}

#[tokio::test]
async fn without_its_master_key_the_data_is_refused_and_left_alone() {
    let installation = Installation::new();
    installation.create_admin(EMAIL).await.expect(0);
    let key = installation.data_dir().join("master.key");
    let right = fs::read_to_string(&key).unwrap();
    assert_eq!(right.trim_end().len(), 43, "32 bytes in base64url");

    let other = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n";
    let truncated = &right[..20];
    for (text, expected) in [
        (None, "cannot be read"),
        (Some(other), "is not the one this database was made with"),
        (Some(truncated), "is not a master key"),
        (Some(""), "is not a master key"),
    ] {
        match text {
            None => fs::remove_file(&key).unwrap(),
            Some(text) => fs::write(&key, text).unwrap(),
        }
        for arguments in [&["serve"][..], &["admin", "list"], &["config", "set", "smtp.host", "x"]] {
            let refused = installation.run(arguments).await.expect(78);
            assert!(refused.stderr.contains(expected), "{expected:?} is not in {refused}");
            assert!(!refused.stderr.contains(right.trim_end()), "{refused}");
        }
        match text {
            None => assert!(!key.exists(), "no other key is put in its place"),
            Some(text) => assert_eq!(fs::read_to_string(&key).unwrap(), text),
        }
    }

    fs::write(&key, &right).unwrap();
    let host = installation.run(&["config", "get", "smtp.host"]).await.expect(0);
    assert_eq!(host.stdout, "\n", "nothing was stored meanwhile");
    let server = installation.serve().await;
    server.login(EMAIL).await.expect(200);
    server.stop().await;
}

#[tokio::test]
async fn what_is_written_is_for_its_owner_only() {
    // Whatever the caller's own mask says.
    let installation = Installation::new().with_wrapper(&["sh", "-c", "umask 000; exec \"$@\"", "sh"]);
    let server = installation.serve().await;
    server.register("jane@example.com").await.expect(201);
    assert_eq!(mode(&installation.data_dir()), 0o700);
    let files = entries(&installation.data_dir());
    for name in ["master.key", "setup-link", "serve.lock"] {
        assert!(files.iter().any(|path| path.ends_with(name)), "{name} is not among {files:?}");
    }
    for path in files {
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    server.stop().await;
}

/// Only root can act as somebody else, and only root leaves files that the service cannot open.
#[tokio::test]
async fn run_as_root_it_acts_as_the_owner_of_the_folder() {
    if !Uid::effective().is_root() {
        println!("nothing to show here: the tests do not run as root");
        return;
    }
    // One that may enter the folder of the tests' PostgreSQL server, if that is used.
    let user = |name| User::from_name(name).unwrap();
    let owner = user("postgres").or_else(|| user("nobody")).expect("a user that is not root");
    let installation = Installation::new();
    fs::set_permissions(installation.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let data_dir = installation.data_dir();
    fs::create_dir(&data_dir).unwrap();
    chown(&data_dir, Some(owner.uid), Some(owner.gid)).unwrap();

    installation.run(&["migrate", "up"]).await.expect(0);
    installation.run(&["config", "set", "auth.password_min_length", "8"]).await.expect(0);
    let server = installation.serve().await;
    installation.create_admin(EMAIL).await.expect(0);
    server.login(EMAIL).await.expect(200);
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let ids = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().skip(1).map(|id| id.parse::<u32>().unwrap()).collect::<Vec<_>>()
    };
    // Real, effective, saved and for files: nothing of root is left to go back to.
    assert_eq!(ids("Uid:"), [owner.uid.as_raw(); 4]);
    assert_eq!(ids("Gid:"), [owner.gid.as_raw(); 4]);
    assert!(!ids("Groups:").contains(&0), "{status}");
    let check = || {
        for path in entries(&data_dir) {
            let metadata = fs::metadata(&path).unwrap();
            let ids = (metadata.uid(), metadata.gid());
            assert_eq!(ids, (owner.uid.as_raw(), owner.gid.as_raw()), "{}", path.display());
        }
    };
    check();
    server.stop().await;
    check();
}

fn setup_token(installation: &Installation) -> String {
    let link = fs::read_to_string(installation.data_dir().join("setup-link")).unwrap();
    token_of(link.trim_end())
}

fn token_of(link: &str) -> String {
    link.strip_prefix("https://trueport.example/#/setup?token=").expect("a link to the page").to_owned()
}

fn first_admin(token: &str) -> Json {
    json!({"token": token, "email": EMAIL, "password": PASSWORD, "first_name": "Ada", "last_name": "Lovelace"})
}

async fn set_up(server: &Running, token: &str) -> Reply {
    server.post("/global/auth/setup", first_admin(token)).await
}

#[tokio::test]
async fn the_setup_link_makes_the_first_admin_once() {
    let installation = Installation::new();
    let server = installation.serve().await;
    let file = installation.data_dir().join("setup-link");
    assert_eq!(mode(&file), 0o600);
    let old = setup_token(&installation);
    assert!(!server.log_text().contains(&old), "the log names the file, not the link");
    server.stop().await;

    // Each start makes a new one.
    let server = installation.serve().await;
    let token = setup_token(&installation);
    set_up(&server, &old).await.expect_problem(400, "invalid_token");
    let mut short = first_admin(&token);
    short["password"] = json!("short");
    assert_eq!(server.post("/global/auth/setup", short).await.invalid_fields(), ["password"]);
    let account = set_up(&server, &token).await.expect(201);
    assert_eq!(account["email"], EMAIL);
    set_up(&server, &token).await.expect_problem(400, "invalid_token");
    server.login(EMAIL).await.expect(200);
    let admins = installation.run(&["admin", "list", "--json"]).await.expect(0).json();
    assert_eq!((admins[0]["email"].as_str(), admins.as_array().unwrap().len()), (Some(EMAIL), 1));
    server.stop().await;

    let server = installation.serve().await;
    assert!(!file.exists(), "there is an admin");
    server.stop().await;
}

#[tokio::test]
async fn the_setup_link_dies_with_an_admin_made_on_the_command_line() {
    let mut left = Vec::new();
    for promote in [false, true] {
        let installation = Installation::new();
        let server = installation.serve().await;
        let token = setup_token(&installation);
        if promote {
            server.register("jane@example.com").await.expect(201);
            installation.run(&["admin", "promote", "--email", "jane@example.com"]).await.expect(0);
        } else {
            installation.create_admin("jane@example.com").await.expect(0);
        }
        set_up(&server, &token).await.expect_problem(400, "invalid_token");
        server.login(EMAIL).await.expect_problem(401, "invalid_credentials");
        server.stop().await;
        installation.serve().await.stop().await;
        left.push(installation.data_dir().join("setup-link").exists());
    }
    assert_eq!(left, [false, false]);
}

#[tokio::test]
async fn the_setup_link_is_good_for_a_day() {
    let server = TestServer::start().await;
    let link = async || {
        let installation = server.app.installation();
        let link = server.app.write(&System, move |tx, by| setup::link(tx, by, &installation)).await.unwrap();
        token_of(link.unwrap().expose())
    };
    let token = link().await;
    server.advance(24 * 60 * 60);
    server.post("/global/auth/setup", first_admin(&token)).await.expect_problem(400, "invalid_token");
    let token = link().await;
    server.advance(24 * 60 * 60 - 10);
    server.post("/global/auth/setup", first_admin(&token)).await.expect(201);
    server.finish().await;
}

#[tokio::test]
async fn on_a_terminal_the_setup_link_is_shown_and_not_written() {
    let installation = Installation::new();
    let pair = openpty(None, None).unwrap();
    let terminal = |end: OwnedFd| Stdio::from(end);
    let mut command = installation.command(&["serve"]);
    command.stdout(terminal(pair.slave));
    let server = Running::start(command).await;
    assert!(!installation.data_dir().join("setup-link").exists());
    let shown = tokio::task::spawn_blocking(move || {
        use std::io::{BufRead as _, BufReader};
        let mut shown = String::new();
        for line in BufReader::new(fs::File::from(pair.master)).lines().map_while(Result::ok) {
            shown += &line;
            shown.push('\n');
            if line.contains("/#/setup?token=") {
                break;
            }
        }
        shown
    });
    let shown = shown.await.unwrap();
    for part in [&server.url, "https://trueport.example", installation.data_dir().to_str().unwrap(), "within 24 hours"]
    {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
    let link = shown.lines().last().unwrap().trim();
    set_up(&server, &token_of(link)).await.expect(201);
    server.stop().await;
}
