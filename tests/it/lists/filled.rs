//! What a database of an earlier version holds is counted and found by the migration, and PostgreSQL without its extension.

use std::fs;
use std::path::Path;

use trueport::args;
use trueport::clock::Clock;
use trueport::db::{Db, Location, Threads, Tx};
use trueport::secret::Secret;
use trueport::store::{Page, tenants, totals, users};

use crate::postgres::TestDatabase;

/// The text of the migrations of an engine, those before this one or this one alone.
fn migrations(engine: &str, is_wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    files.iter().filter(|path| is_wanted(&name(path))).map(|path| fs::read_to_string(path).unwrap()).collect()
}

/// Two people and a tenant, its usage of two hours, and three sign-ins.
const ROWS: &str = "
    INSERT INTO users (id, email, first_name, last_name, created_at, updated_at, search_text) VALUES
        ('usr_1', 'anna@acme.com', 'Anna', 'A', 3600000, 0, 'x'), ('usr_2', 'ben@acme.com', 'Ben', 'B', 7200001, 0, 'x');
    BEGIN;
    INSERT INTO memberships (id, tenant_id, user_id, role, joined_at, updated_at)
        VALUES ('mem_1', 'ten_1', 'usr_1', 'admin', 0, 0);
    INSERT INTO tenants (id, name, slug, status, billing_email, owner_id, search_text, created_at, updated_at)
        VALUES ('ten_1', 'Acme', 'acme-corp', 'suspended', 'a@acme.com', 'usr_1', 'acme' || chr(10) || 'acme-corp', 7200000, 0);
    COMMIT;
    INSERT INTO usage_hours (tenant_id, environment, hour_at, requests, violations) VALUES
        ('ten_1', 'prod', 3600000, 10, 1), ('ten_1', 'dev', 3600000, 5, 0), ('ten_1', 'prod', 7200000, 7, 2);
    INSERT INTO audit_events (id, at, actor_kind, action, target_kind) VALUES
        ('evt_1', 3600000, 'user', 'session.created', 'session'), ('evt_2', 7199999, 'user', 'session.created', 'session'),
        ('evt_3', 7200000, 'user', 'session.created', 'session'), ('evt_4', 7200000, 'user', 'session.ended', 'session');";

const HOURS: &[&str] = &[
    "requests 3600000 15",
    "requests 7200000 7",
    "sign_ins 3600000 2",
    "sign_ins 7200000 1",
    "tenants 7200000 1",
    "users 3600000 1",
    "users 7200000 1",
    "violations 3600000 1",
    "violations 7200000 2",
];

#[test]
fn what_was_there_is_counted_and_found() {
    let is_this = |name: &str| name.starts_with("V0021__") || name.starts_with("V0027__");
    let is_before = |name: &str| name < "V0021__";
    let statements = |engine: &str| {
        let rows = if engine == "sqlite" { ROWS.replace("chr(10)", "char(10)") } else { ROWS.to_owned() };
        let mut all = migrations(engine, is_before);
        all.push(rows);
        all.extend(migrations(engine, is_this));
        all
    };
    let sql = "SELECT metric || ' ' || hour_at || ' ' || amount FROM hourly_totals ORDER BY 1";
    let totals = "SELECT name || ' ' || amount FROM totals ORDER BY 1";
    if let Some(database) = TestDatabase::create() {
        statements("postgres").iter().for_each(|text| database.run(text));
        let mut client = postgres::Client::connect(&database.url, postgres::NoTls).unwrap();
        let mut texts =
            |sql: &str| -> Vec<String> { client.query(sql, &[]).unwrap().iter().map(|row| row.get(0)).collect() };
        assert_eq!((texts(sql), texts(totals)), (own(HOURS), own(&["tenants.suspended 1", "users 2"])));
        return;
    }
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    statements("sqlite").iter().for_each(|text| connection.execute_batch(text).unwrap());
    let texts = |sql: &str| -> Vec<String> {
        let mut statement = connection.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    assert_eq!((texts(sql), texts(totals)), (own(HOURS), own(&["tenants.suspended 1", "users 2"])));
    for (found, expected) in [
        (
            "SELECT user_id FROM users_search JOIN users_search_rows ON position = users_search.rowid \
          WHERE users_search MATCH '\"acm e.c om\" *' ORDER BY position",
            &["usr_1", "usr_2"][..],
        ),
        (
            "SELECT tenant_id FROM tenants_search JOIN tenants_search_rows ON position = tenants_search.rowid \
          WHERE tenants_search MATCH 'search_text : \"me-co\" AND status : \"suspended\"'",
            &["ten_1"],
        ),
    ] {
        assert_eq!(texts(found), own(expected));
    }
}

fn own(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn open(url: &str) -> (Db, Threads) {
    // The PostgreSQL client must not be used on a thread of tokio's.
    let location = Location::Postgres(Secret::new(url));
    std::thread::spawn(move || Db::open(&location, &Clock::manual(), true).unwrap()).join().unwrap()
}

/// Whoever may not make the extension has search without an index, and the index as soon as somebody has made it.
#[tokio::test]
async fn postgresql_searches_without_its_extension_until_it_is_there() {
    let Some(database) = TestDatabase::create() else { return };
    let role = format!("limited_{}", database.url.rsplit('_').next().unwrap().split('?').next().unwrap());
    database.run(&format!("CREATE ROLE {role} LOGIN; GRANT ALL ON SCHEMA public TO {role}"));
    let url = format!("{}&user={role}", database.url.replace("&user=trueport", ""));
    let indexes = async |db: &Db| {
        let sql = "SELECT count(*) FROM pg_indexes WHERE indexdef LIKE '%gin_trgm_ops%'";
        db.read(move |tx| Ok(tx.one(sql, args![], |row| row.get::<i64>(0))?)).await.unwrap()
    };
    let search = |tx: &mut Tx<'_>| {
        let page = Page { needle: "acme".to_owned(), ..Page::default() };
        Ok((users::operator_list(tx, &page)?.1, tenants::operator_list(tx, None, &page)?.1))
    };
    for (extension, expected) in [
        ("", 0),
        (
            "CREATE SCHEMA \"Else\"; CREATE EXTENSION pg_trgm SCHEMA \"Else\"; \
         GRANT USAGE ON SCHEMA \"Else\" TO PUBLIC",
            2,
        ),
        ("", 2),
    ] {
        database.run(extension);
        let (db, threads) = open(&url);
        assert_eq!((indexes(&db).await, db.read(search).await.unwrap()), (expected, (0, 0)));
        drop(db);
        tokio::task::spawn_blocking(|| threads.join()).await.unwrap();
    }
    database.run(&format!("REASSIGN OWNED BY {role} TO CURRENT_USER; DROP OWNED BY {role}; DROP ROLE {role}"));
}

/// Rows of an hour are put together when nobody adds to it any more; the sum stays.
#[tokio::test]
async fn an_hour_that_is_over_is_folded() {
    let server = crate::harness::TestServer::start().await;
    let fold = |tx: &mut Tx<'_>, _: &trueport::domain::caller::System| {
        use trueport::clock::Time;
        use trueport::store::totals::Metric;
        for shard in 0..5_i64 {
            for hour_at in [3_600_000_i64, 7_200_000] {
                let sql = "INSERT INTO hourly_totals (metric, hour_at, shard, amount) VALUES ('requests', ?1, ?2, 10)";
                tx.execute(sql, args![hour_at, shard])?;
            }
        }
        let hours = |tx: &mut Tx<'_>| {
            totals::operator_hours(tx, Metric::Requests, Time::from_millis(0), Time::from_millis(10_800_000))
        };
        let rows = |tx: &mut Tx<'_>| {
            let sql = "SELECT count(*) FROM hourly_totals WHERE metric = 'requests'";
            tx.one(sql, args![], |row| row.get::<i64>(0))
        };
        let before = hours(tx)?;
        assert_eq!(totals::operator_fold(tx, Time::from_millis(7_200_000))?, 4);
        assert_eq!((rows(tx)?, hours(tx)?), (6, before.clone()));
        assert_eq!(before, [(Time::from_millis(3_600_000), 50), (Time::from_millis(7_200_000), 50)]);
        // Also where the first row is missing.
        tx.execute("DELETE FROM hourly_totals WHERE metric = 'requests' AND shard IN (0, 1)", args![])?;
        assert_eq!(totals::operator_fold(tx, Time::from_millis(10_800_000))?, 3);
        assert_eq!((rows(tx)?, hours(tx)?), (1, vec![(Time::from_millis(7_200_000), 30)]));
        Ok(())
    };
    server.app.write(&trueport::domain::caller::System, fold).await.unwrap();
    server.finish().await;
}
