//! Migrations: embedded, forward only, the same names for both engines.

use refinery::Runner;

use super::error::{DbError, Result};

mod sqlite_files {
    refinery::embed_migrations!("migrations/sqlite");
}

mod postgres_files {
    refinery::embed_migrations!("migrations/postgres");
}

/// One migration of this program.
#[derive(Clone, Debug)]
pub struct Migration {
    /// Number; migrations run in this order.
    pub version: i64,
    /// Name of its file, without number and ending.
    pub name: String,
    /// Whether this database has it.
    pub applied: bool,
}

/// How a database stands to this program's migrations.
#[derive(Clone, Debug)]
pub struct Schema {
    /// This program's migrations in order.
    pub migrations: Vec<Migration>,
    /// The newest migration the database has, 0 when it is empty.
    pub database_version: i64,
}

impl Schema {
    /// The newest migration this program knows.
    pub fn program_version(&self) -> i64 {
        self.migrations.last().map_or(0, |migration| migration.version)
    }

    /// Migrations the database does not have yet.
    pub fn pending(&self) -> usize {
        self.migrations.iter().filter(|migration| !migration.applied).count()
    }

    /// An error in plain words unless the database may be used with this program.
    fn usable(&self, migrate: bool) -> Result<()> {
        let (database, program) = (self.database_version, self.program_version());
        if database > program {
            return Err(DbError::Other(format!(
                "the database is at schema version {database}, but this program knows versions up to {program} only; \
                 use the newer trueport that wrote it, or restore a backup from before the upgrade"
            )));
        }
        if self.pending() > 0 && database > 0 && !migrate {
            return Err(DbError::Other(format!(
                "the database is at schema version {database} and this program needs {program}; \
                 stop the server and run 'trueport migrate up', or start 'trueport serve', which does the same"
            )));
        }
        Ok(())
    }
}

/// Reads the schema of a SQLite database.
pub(super) fn sqlite_schema(connection: &mut rusqlite::Connection) -> Result<Schema> {
    let exists = connection
        .prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'refinery_schema_history'")?
        .exists([])?;
    let runner = sqlite_files::migrations::runner();
    schema(&runner, exists, |runner| runner.get_applied_migrations(connection))
}

/// Reads the schema of a PostgreSQL database.
pub(super) fn postgres_schema(client: &mut postgres::Client) -> Result<Schema> {
    let exists = client.query_one("SELECT to_regclass('refinery_schema_history') IS NOT NULL", &[])?.get(0);
    let runner = postgres_files::migrations::runner();
    schema(&runner, exists, |runner| runner.get_applied_migrations(client))
}

fn schema(
    runner: &Runner,
    exists: bool,
    applied: impl FnOnce(&Runner) -> std::result::Result<Vec<refinery::Migration>, refinery::Error>,
) -> Result<Schema> {
    let applied: Vec<i64> = if exists {
        applied(runner).map_err(failed)?.iter().map(|migration| i64::from(migration.version())).collect()
    } else {
        Vec::new()
    };
    let mut migrations: Vec<Migration> = runner
        .get_migrations()
        .iter()
        .map(|migration| {
            let version = i64::from(migration.version());
            Migration { version, name: migration.name().to_owned(), applied: applied.contains(&version) }
        })
        .collect();
    migrations.sort_by_key(|migration| migration.version);
    Ok(Schema { migrations, database_version: applied.into_iter().max().unwrap_or(0) })
}

/// Brings a SQLite database to this program's version, or says why it may not be used.
pub(super) fn sqlite_migrate(connection: &mut rusqlite::Connection, migrate: bool) -> Result<Schema> {
    let schema = sqlite_schema(connection)?;
    schema.usable(migrate)?;
    if schema.pending() == 0 {
        return Ok(schema);
    }
    sqlite_files::migrations::runner().run(connection).map_err(failed)?;
    sqlite_schema(connection)
}

/// Brings a PostgreSQL database to this program's version, or says why it may not be used.
pub(super) fn postgres_migrate(client: &mut postgres::Client, migrate: bool) -> Result<Schema> {
    // Two nodes that start at once must not run the same migration; the lock ends with the connection at the latest.
    client.execute("SELECT pg_advisory_lock(7263148915521)", &[])?;
    let result = locked_postgres_migrate(client, migrate);
    // What went wrong in between matters more than an unlock that fails after it.
    let unlocked = client.execute("SELECT pg_advisory_unlock(7263148915521)", &[]);
    let schema = result?;
    unlocked?;
    Ok(schema)
}

fn locked_postgres_migrate(client: &mut postgres::Client, migrate: bool) -> Result<Schema> {
    let mut schema = postgres_schema(client)?;
    schema.usable(migrate)?;
    if schema.pending() > 0 {
        postgres_files::migrations::runner().run(client).map_err(failed)?;
        schema = postgres_schema(client)?;
    }
    if migrate {
        make_search_indexes(client)?;
    }
    Ok(schema)
}

/// The extension may stand in any schema. Without a list of pending entries a search never has to read one.
const SEARCH_INDEXES: &str = "DO $$ DECLARE home TEXT; BEGIN \
     CREATE EXTENSION IF NOT EXISTS pg_trgm; \
     SELECT n.nspname INTO home FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace \
     WHERE e.extname = 'pg_trgm'; \
     EXECUTE format('CREATE INDEX IF NOT EXISTS users_search__email__search ON users_search \
     USING gin (email %I.gin_trgm_ops) WITH (fastupdate = off)', home); \
     EXECUTE format('CREATE INDEX IF NOT EXISTS tenants__search_text__search ON tenants \
     USING gin (search_text %I.gin_trgm_ops) WITH (fastupdate = off)', home); END $$";

/// Makes the indexes for substring search, unless they are there. They need an extension that may be missing, and search
/// finds the same without them; so this is no migration, and is tried again at every start.
fn make_search_indexes(client: &mut postgres::Client) -> Result<()> {
    let sql = "SELECT to_regclass('users_search__email__search') IS NOT NULL \
         AND to_regclass('tenants__search_text__search') IS NOT NULL";
    if !client.query_one(sql, &[])?.get::<_, bool>(0)
        && let Err(error) = client.batch_execute(SEARCH_INDEXES)
    {
        tracing::warn!(
            "substring search reads whole tables: PostgreSQL's extension pg_trgm cannot be used ({}); install it (it is in \
             the contrib package of PostgreSQL), or let a superuser run CREATE EXTENSION pg_trgm in this database, and \
             start trueport again",
            DbError::from(error)
        );
    }
    Ok(())
}

fn failed(error: refinery::Error) -> DbError {
    DbError::Other(format!("the migrations did not run: {error}"))
}
