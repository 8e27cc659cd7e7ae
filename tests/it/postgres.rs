//! A database of its own for each test, on the PostgreSQL server that `TRUEPORT_TEST_POSTGRES_URL` names.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::thread;

use postgres::{Client, NoTls};

/// The variable that turns the tests from SQLite to PostgreSQL: the URL of any database in which the user may create others.
const SERVER_URL: &str = "TRUEPORT_TEST_POSTGRES_URL";

/// An empty database, dropped together with this value, whoever is still connected to it.
#[derive(Debug)]
pub(crate) struct TestDatabase {
    /// The URL to connect to it.
    pub(crate) url: String,
    name: String,
    server_url: String,
}

impl TestDatabase {
    /// Creates a database, or nothing where the tests run on SQLite.
    pub(crate) fn create() -> Option<Self> {
        let server_url = std::env::var(SERVER_URL).ok()?;
        let name = unique_name();
        // From template0: nobody can be connected to it, so that tests may create databases at the same time.
        execute(&server_url, format!("CREATE DATABASE {name} TEMPLATE template0"))
            .unwrap_or_else(|error| panic!("cannot create a database on {server_url}: {error}"));
        Some(Self { url: with_database(&server_url, &name), name, server_url })
    }

    /// Runs statements in it.
    pub(crate) fn run(&self, statements: &str) {
        execute(&self.url, statements.to_owned()).unwrap_or_else(|error| panic!("{statements}: {error}"));
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let dropped = execute(&self.server_url, format!("DROP DATABASE {} WITH (FORCE)", self.name));
        // A second panic would hide the one that ends the test.
        if !thread::panicking()
            && let Err(error) = dropped
        {
            panic!("cannot drop the database {}: {error}", self.name);
        }
    }
}

/// Runs one statement on a thread of its own: the client panics when it is used or dropped on a thread of tokio's.
fn execute(url: &str, statement: String) -> Result<(), postgres::Error> {
    let url = url.to_owned();
    thread::spawn(move || Client::connect(&url, NoTls)?.batch_execute(&statement))
        .join()
        .expect("the database thread ends without a panic")
}

/// Unique on a server that other test runs, perhaps of other machines, use at the same time.
fn unique_name() -> String {
    // The standard library's hash keys are the random numbers that need no further crate.
    let random = RandomState::new().hash_one(());
    format!("trueport_test_{}_{random:016x}", std::process::id())
}

/// The same URL with another database in its path.
fn with_database(url: &str, name: &str) -> String {
    let (scheme, rest) =
        url.split_once("://").unwrap_or_else(|| panic!("{SERVER_URL} is not a postgres:// URL: {url}"));
    let (before, parameters) = match rest.split_once('?') {
        Some((before, parameters)) => (before, format!("?{parameters}")),
        None => (rest, String::new()),
    };
    let server = before.split_once('/').map_or(before, |(server, _database)| server);
    format!("{scheme}://{server}/{name}{parameters}")
}

#[test]
fn only_the_database_changes_in_the_url() {
    for (url, expected) in [
        ("postgres://user@host:5/postgres", "postgres://user@host:5/name"),
        ("postgres://host", "postgres://host/name"),
        ("postgresql:///postgres?host=/a/b&user=c", "postgresql:///name?host=/a/b&user=c"),
        ("postgres://host?user=c/d", "postgres://host/name?user=c/d"),
    ] {
        assert_eq!(with_database(url, "name"), expected);
    }
}

/// On a thread of tokio's, as the tests that use it are.
#[tokio::test]
async fn a_database_lives_as_long_as_its_value() {
    let (Some(first), Some(second)) = (TestDatabase::create(), TestDatabase::create()) else {
        return;
    };
    assert_ne!(first.url, second.url);
    let create_table = "CREATE TABLE only_here (id INTEGER)";
    for database in [&first, &second] {
        execute(&database.url, create_table.to_owned()).expect("both are empty");
    }
    let url = first.url.clone();
    let still_connected = thread::spawn(move || Client::connect(&url, NoTls))
        .join()
        .expect("connecting does not panic")
        .expect("the database takes connections");
    let url = first.url.clone();
    drop(first);
    execute(&url, "SELECT 1".to_owned()).expect_err("the database is gone");
    execute(&second.url, "SELECT 1".to_owned()).expect("the other one is not");
    thread::spawn(|| drop(still_connected)).join().expect("closing a dead connection does not panic");
}
