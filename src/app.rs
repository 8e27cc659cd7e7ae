//! What requests, jobs and commands share, and how it is opened.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;

use crate::address_limit::AddressLimit;
use crate::clock::{Clock, Time};
use crate::config::{self, Config, ConfigError};
use crate::db::{Authority, Db, Threads, Tx};
use crate::domain::caller::System;
use crate::domain::idempotency;
use crate::domain::installation::{Installation, check_master_key};
use crate::error::{Error, Result};
use crate::hasher::Hasher;
use crate::job_runs::JobRuns;
use crate::metrics::Metrics;
use crate::secret::Vault;
use crate::storage::StorePolicy;
use crate::targets::TargetPolicy;

/// Everything that requests, jobs and commands share. Clones share the same parts.
#[derive(Clone)]
pub struct App(Arc<Parts>);

struct Parts {
    db: Db,
    clock: Clock,
    started_at: Time,
    hasher: Hasher,
    installation: ArcSwap<Installation>,
    /// Held while the installation is read again.
    reloading: tokio::sync::Mutex<()>,
    vault: Vault,
    config: Config,
    store_policy: StorePolicy,
    address_limit: AddressLimit,
    writable: tokio::sync::Mutex<Option<Instant>>,
    metrics: Option<Metrics>,
    job_runs: JobRuns,
}

tokio::task_local! {
    /// The run that a task's writes belong to.
    static RUN: idempotency::Run;
}

/// Why the program could not open its data.
#[derive(Debug)]
pub enum OpenError {
    /// A setting is wrong.
    Config(ConfigError),
    /// Something failed.
    Failed(Error),
}

impl From<ConfigError> for OpenError {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl From<Error> for OpenError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// What the caller of [`App::open`] may choose; tests move the clock and hash faster.
pub struct Options {
    /// Where time comes from.
    pub clock: Clock,
    /// Argon2 memory in KiB and passes.
    pub hash_cost: (u32, u32),
    /// Whether pending migrations are applied.
    pub migrate: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { clock: Clock::system(), hash_cost: (crate::hasher::MEMORY_KIB, crate::hasher::PASSES), migrate: true }
    }
}

impl App {
    /// Opens data folder, master key and database, making what is missing at the first start.
    pub async fn open(config: Config, options: Options) -> std::result::Result<(Self, Threads), OpenError> {
        config::prepare_data_dir(&config)?;
        let (location, clock) = (config.location.clone(), options.clock.clone());
        let opened = tokio::task::spawn_blocking(move || Db::open(&location, &clock, options.migrate)).await;
        let (db, threads) = opened.map_err(Error::internal)?.map_err(Error::from)?;
        let schema = db.schema();
        if let Some(newest) = schema.migrations.last() {
            tracing::info!(version = schema.database_version, newest = newest.name, "the database's schema is current");
        }
        let identity = db.read(|tx| Ok(crate::store::installation::identity(tx)?)).await?;
        let (key, is_fresh) = config::master_key(&config, identity.is_none())?;
        let vault = Vault::new(&key);
        if let Some(identity) = identity {
            check_master_key(&vault, &identity).map_err(|text| ConfigError(text.to_owned()))?;
        }
        let (sealing, overrides) = (vault.clone(), config.overrides.clone());
        let established = db.write(&System, move |tx, by| Installation::establish(tx, by, &sealing, &overrides)).await;
        if established.is_err() && is_fresh && is_anothers(&db, &vault).await {
            config::discard_master_key(&config);
        }
        let installation = established?;
        let metrics = config.metrics_listen.map(|_| Metrics::new()).transpose()?;
        let app = Self(Arc::new(Parts {
            db,
            metrics,
            job_runs: JobRuns::new(options.clock.clone()),
            started_at: options.clock.now(),
            clock: options.clock,
            hasher: Hasher::start(options.hash_cost.0, options.hash_cost.1)?,
            installation: ArcSwap::from_pointee(installation),
            reloading: tokio::sync::Mutex::default(),
            vault,
            store_policy: StorePolicy {
                targets: TargetPolicy { allow_private: config.allow_private_targets },
                local_root: config.storage_local_root.clone(),
            },
            config,
            address_limit: AddressLimit::default(),
            writable: tokio::sync::Mutex::default(),
        }));
        Ok((app, threads))
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.0.db
    }

    /// The password hasher.
    pub fn hasher(&self) -> &Hasher {
        &self.0.hasher
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// When it was opened.
    pub fn started_at(&self) -> Time {
        self.0.started_at
    }

    /// The operator's settings.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Where tenants' stores may be.
    pub fn store_policy(&self) -> &StorePolicy {
        &self.0.store_policy
    }

    /// The limit on anonymous requests.
    pub fn address_limit(&self) -> &AddressLimit {
        &self.0.address_limit
    }

    /// What is counted, where metrics are served.
    pub fn metrics(&self) -> Option<&Metrics> {
        self.0.metrics.as_ref()
    }

    /// What the jobs of this process last did.
    pub fn job_runs(&self) -> &JobRuns {
        &self.0.job_runs
    }

    /// The installation as it is now.
    pub fn installation(&self) -> Arc<Installation> {
        self.0.installation.load_full()
    }

    /// See [`Db::read`].
    pub async fn read<T: Send + 'static>(
        &self,
        closure: impl Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.0.db.read(closure).await
    }

    /// Does what a request asks for under an idempotency key: each of its writes notes itself for the run.
    pub async fn run<T>(&self, run: idempotency::Run, work: impl Future<Output = T>) -> T {
        RUN.scope(run, work).await
    }

    /// See [`Db::write`].
    pub async fn write<A: Authority, T: Send + 'static>(
        &self,
        authority: &A,
        closure: impl Fn(&mut Tx<'_>, &A) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let Ok(run) = RUN.try_with(Clone::clone) else { return self.0.db.write(authority, closure).await };
        let noting = move |tx: &mut Tx<'_>, by: &A| {
            let done = closure(tx, by)?;
            idempotency::note_change(tx, &run)?;
            Ok(done)
        };
        self.0.db.write(authority, noting).await
    }

    /// Fails when nothing can be stored. Found out by writing, at most once a second however many ask.
    pub async fn check_writable(&self) -> Result<()> {
        let mut last = self.0.writable.lock().await;
        if last.is_some_and(|last| last.elapsed() < Duration::from_secs(1)) {
            return Ok(());
        }
        self.write(&System, |tx, _| Ok(crate::store::installation::touch(tx)?)).await?;
        *last = Some(Instant::now());
        Ok(())
    }

    /// Reads settings and signing keys again if they changed.
    pub async fn reload(&self) -> Result<()> {
        // One after the other: else one that read earlier could store later, and take back what it has not seen.
        let _reloading = self.0.reloading.lock().await;
        let revision = self.installation().revision();
        let (vault, overrides) = (self.0.vault.clone(), self.0.config.overrides.clone());
        let newer = self
            .read(move |tx| {
                if crate::store::installation::revision(tx)? == revision {
                    return Ok(None);
                }
                Installation::load(tx, &vault, &overrides).map(Some)
            })
            .await?;
        if let Some(newer) = newer {
            tracing::info!(revision = newer.revision(), "settings or signing keys changed");
            self.0.installation.store(Arc::new(newer));
        }
        Ok(())
    }
}

/// Whether the database was made under another key meanwhile: of two nodes at their first start, the other one won.
async fn is_anothers(db: &Db, vault: &Vault) -> bool {
    let identity = db.read(|tx| Ok(crate::store::installation::identity(tx)?)).await;
    matches!(identity, Ok(Some(identity)) if check_master_key(vault, &identity).is_err())
}
