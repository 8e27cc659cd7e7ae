//! Two engines, one schema: the same migrations, tables, columns, keys and indexes in both, named by one convention.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use trueport::args;
use trueport::clock::Clock;
use trueport::db::{Db, Location, Row, Threads};
use trueport::secret::Secret;

use crate::postgres::TestDatabase;

/// The migrations' own table belongs to the library that runs them; search is the one thing each engine does its own way.
fn is_compared(table: &str) -> bool {
    table != "refinery_schema_history" && !table.contains("_search")
}

#[test]
fn each_migration_exists_for_both_engines() {
    let names = |engine: &str| -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine);
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    let sqlite = names("sqlite");
    assert_eq!(sqlite, names("postgres"));
    for (index, name) in sqlite.iter().enumerate() {
        assert!(name.starts_with(&format!("V{:04}__", index + 1)), "{name} is not number {}", index + 1);
    }
}

/// What is compared: a line for each fact, the same on both engines.
type Facts = BTreeSet<String>;

async fn query(db: &Db, sql: &'static str) -> Vec<Vec<String>> {
    let columns = |row: &Row<'_>| (0..4).map(|index| row.get(index)).collect::<Result<Vec<String>, _>>();
    db.read(move |tx| Ok(tx.all(sql, args![], columns)?)).await.unwrap()
}

/// Rows of table, and three more texts; of the tables that are compared.
async fn facts(db: &Db, kind: &str, sql: &'static str) -> Facts {
    let rows = query(db, sql).await;
    rows.iter()
        .filter(|row| is_compared(&row[0]) && is_compared(&row[1]))
        .map(|row| format!("{kind} {}", row.join(" ")))
        .collect()
}

fn open(location: Location) -> (Db, Threads) {
    // The PostgreSQL client must not be used on a thread of tokio's.
    std::thread::spawn(move || Db::open(&location, &Clock::manual(), true).unwrap()).join().unwrap()
}

async fn sqlite_facts(db: &Db) -> Facts {
    let columns = "SELECT t.name, c.name, c.type, CASE c.\"notnull\" WHEN 1 THEN 'required' ELSE 'optional' END \
         FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'";
    let indexes = "SELECT t.name, i.name, CASE i.\"unique\" WHEN 1 THEN 'unique' ELSE 'plain' END, \
         (SELECT group_concat(name, ',') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)) \
         FROM sqlite_master t JOIN pragma_index_list(t.name) i WHERE t.type = 'table' AND i.origin = 'c'";
    let references = "SELECT t.name, f.\"from\", f.\"table\", lower(f.on_delete) \
         FROM sqlite_master t JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table'";
    let mut found = facts(db, "column", columns).await;
    found.extend(facts(db, "index", indexes).await);
    found.extend(facts(db, "reference", references).await);
    found.extend(sqlite_keys(db).await);
    found
}

/// SQLite does not tell what a primary key was named, its statement does.
async fn sqlite_keys(db: &Db) -> Facts {
    let keys = "SELECT t.name, t.sql, (SELECT coalesce(group_concat(name, ','), '') FROM \
         (SELECT name FROM pragma_table_info(t.name) WHERE pk > 0 ORDER BY pk)), '' \
         FROM sqlite_master t WHERE t.type = 'table' AND t.name <> 'sqlite_sequence'";
    let mut found = Facts::new();
    for row in query(db, keys).await.into_iter().filter(|row| is_compared(&row[0])) {
        let [table, statement, columns, _] = row.as_slice() else { unreachable!() };
        assert!(statement.trim_end().ends_with("STRICT"), "{table} is not STRICT");
        let name = format!("{table}__{}", columns.replace(',', "__"));
        assert!(statement.contains(&format!("CONSTRAINT {name} PRIMARY KEY")), "{table}: its key is not named {name}");
        found.insert(format!("key {table} {name}"));
    }
    found
}

async fn postgres_facts(db: &Db) -> Facts {
    let columns = "SELECT table_name::text, column_name::text, CASE data_type WHEN 'text' THEN 'TEXT' \
         WHEN 'bytea' THEN 'BLOB' WHEN 'bigint' THEN 'INTEGER' WHEN 'boolean' THEN 'INTEGER' ELSE data_type::text END, \
         CASE is_nullable WHEN 'NO' THEN 'required' ELSE 'optional' END \
         FROM information_schema.columns WHERE table_schema = 'public'";
    let indexes = "SELECT t.relname::text, n.relname::text, CASE WHEN i.indisunique THEN 'unique' ELSE 'plain' END, \
         (SELECT string_agg(a.attname::text, ',' ORDER BY k.position) \
         FROM unnest(i.indkey::int2[]) WITH ORDINALITY k (number, position) \
         JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number) \
         FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_class n ON n.oid = i.indexrelid \
         JOIN pg_namespace s ON s.oid = t.relnamespace WHERE s.nspname = 'public' AND NOT i.indisprimary";
    let references = "SELECT t.relname::text, a.attname::text, o.relname::text, \
         CASE c.confdeltype WHEN 'c' THEN 'cascade' WHEN 'a' THEN 'no action' ELSE c.confdeltype::text END \
         FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class o ON o.oid = c.confrelid \
         JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (c.conkey) WHERE c.contype = 'f'";
    let keys = "SELECT t.relname::text, c.conname::text, '', '' FROM pg_constraint c \
         JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace s ON s.oid = t.relnamespace \
         WHERE s.nspname = 'public' AND c.contype = 'p'";
    let mut found = facts(db, "column", columns).await;
    found.extend(facts(db, "index", indexes).await);
    found.extend(facts(db, "reference", references).await);
    found.extend(facts(db, "key", keys).await.iter().map(|fact| fact.trim_end().to_owned()));
    found
}

/// A violated unique index is known by its name, which on SQLite is made from its columns.
#[tokio::test]
async fn unique_indexes_are_named_by_their_columns() {
    let folder = tempfile::tempdir().unwrap();
    let (db, threads) = open(Location::Sqlite(folder.path().join("trueport.db")));
    let facts = sqlite_facts(&db).await;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for fact in &facts {
        let words: Vec<&str> = fact.split(' ').collect();
        *counts.entry(words[0]).or_default() += 1;
        if let ["index", table, name, _, columns] = words[..] {
            assert_eq!(name, format!("{table}__{}", columns.replace(',', "__")));
        }
    }
    assert!(["column", "index", "key", "reference"].iter().all(|kind| counts.contains_key(kind)), "{counts:?}");
    drop(db);
    threads.join();
}

#[tokio::test]
async fn both_engines_have_the_same_tables() {
    let Some(database) = TestDatabase::create() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (sqlite, sqlite_threads) = open(Location::Sqlite(folder.path().join("trueport.db")));
    let (postgres, postgres_threads) = open(Location::Postgres(Secret::new(database.url.as_str())));
    let (on_sqlite, on_postgres) = (sqlite_facts(&sqlite).await, postgres_facts(&postgres).await);
    let only = |left: &Facts, right: &Facts| left.difference(right).cloned().collect::<Vec<_>>();
    let differences = (only(&on_sqlite, &on_postgres), only(&on_postgres, &on_sqlite));
    assert!(
        differences.0.is_empty() && differences.1.is_empty(),
        "only on SQLite, only on PostgreSQL: {differences:#?}"
    );

    // Text sorts by its bytes on SQLite; the language of a PostgreSQL server must not change that.
    let collations = "SELECT table_name::text, column_name::text, coalesce(collation_name::text, 'none'), '' \
         FROM information_schema.columns WHERE table_schema = 'public' AND data_type = 'text'";
    let sorted_otherwise: Vec<_> =
        query(&postgres, collations).await.into_iter().filter(|row| is_compared(&row[0]) && row[2] != "C").collect();
    assert!(sorted_otherwise.is_empty(), "{sorted_otherwise:?}");
    drop((sqlite, postgres));
    tokio::task::spawn_blocking(|| (sqlite_threads.join(), postgres_threads.join())).await.unwrap();
}
