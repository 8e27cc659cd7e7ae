//! The installation itself, for platform admins.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::access::PlatformAdmin;
use super::reply::{NoContent, Reply};
use crate::app::App;
use crate::data_folder;
use crate::domain::{exports, installation, operators};
use crate::error::{Error, Result};
use crate::job_runs::JobRun;
use crate::mail::SmtpSettings;

/// What one of the jobs beside the requests last did, in the process that answers.
#[derive(Serialize, ToSchema)]
pub(super) struct JobItem {
    #[schema(example = "outbox")]
    name: &'static str,
    /// When it last did all there was to do; null if it has not yet.
    #[schema(format = DateTime, example = "2024-01-15T10:30:00Z")]
    ran_at: Option<String>,
    /// When it last failed and was started again.
    #[schema(format = DateTime, example = "2024-01-14T02:00:00Z")]
    failed_at: Option<String>,
    /// Why it failed then.
    #[schema(example = "The server cannot store or read its data at the moment. Try again later.")]
    failure: Option<String>,
}

impl From<(&'static str, JobRun)> for JobItem {
    fn from((name, run): (&'static str, JobRun)) -> Self {
        Self {
            name,
            ran_at: run.ran_at.map(|at| at.to_string()),
            failed_at: run.failed_at.map(|at| at.to_string()),
            failure: run.failure,
        }
    }
}

/// What runs here, and how it is.
#[derive(Serialize, ToSchema)]
pub(super) struct InstallationReply {
    /// Also the `iss` of its tokens.
    #[schema(example = "be203af3-9fb3-40aa-8492-7273aae14c02")]
    id: String,
    /// When it was first started.
    #[schema(format = DateTime, example = "2024-01-15T10:30:00Z")]
    created_at: String,
    /// Of the program.
    #[schema(example = "1.0.0")]
    version: &'static str,
    /// What links in mails begin with.
    #[schema(example = "https://platform.acme.com")]
    base_url: String,
    /// `sqlite` or `postgresql`.
    #[schema(example = "sqlite")]
    engine: &'static str,
    /// The newest migration of the database.
    #[schema(example = 19)]
    schema_version: i64,
    /// What the database takes.
    #[schema(example = 73_400_320)]
    database_bytes: i64,
    /// What is free where the data folder is; null where that cannot be told.
    #[schema(example = 53_687_091_200_u64)]
    free_bytes: Option<u64>,
    /// When the process that answers was started.
    #[schema(format = DateTime, example = "2024-02-01T06:00:00Z")]
    started_at: String,
    /// Where mails go out, as host and port; null while no mail server is set.
    #[schema(example = "mail.acme.com:587")]
    mail_server: Option<String>,
    /// Mails that are not delivered yet.
    #[schema(example = 0)]
    mails_waiting: u64,
    /// Organizations whose nightly export of the audit has failed for a day or more. What was not exported is kept, past
    /// `audit.retention_days` too.
    #[schema(example = 0)]
    exports_failing: i64,
    /// When the newest file in the data folder's `backups` was written; null if there is none.
    #[schema(format = DateTime, example = "2024-01-15T03:00:00Z")]
    last_backup_at: Option<String>,
    /// By name.
    jobs: Vec<JobItem>,
}

pub(super) async fn show(
    PlatformAdmin(admin): PlatformAdmin,
    State(app): State<App>,
) -> Result<Reply<InstallationReply>> {
    let read = app.read(move |tx| Ok((installation::state(tx, &admin)?, exports::count_failing(tx, &admin)?)));
    let (state, exports_failing) = read.await?;
    let data_dir = app.config().data_dir.clone();
    let look = move || (data_folder::free_bytes(&data_dir), data_folder::last_backup_at(&data_dir));
    let (free_bytes, last_backup_at) = tokio::task::spawn_blocking(look).await.map_err(Error::internal)?;
    let installation = app.installation();
    Ok(Reply(InstallationReply {
        id: installation.id().to_owned(),
        created_at: state.created_at.to_string(),
        version: env!("CARGO_PKG_VERSION"),
        base_url: installation.base_url().to_owned(),
        engine: app.db().engine(),
        schema_version: app.db().schema().database_version,
        database_bytes: state.database_bytes,
        free_bytes,
        started_at: app.started_at().to_string(),
        mail_server: SmtpSettings::of(&installation).map(|settings| settings.server()),
        mails_waiting: state.mails_waiting,
        exports_failing,
        last_backup_at: last_backup_at.map(|at| at.to_string()),
        jobs: app.job_runs().list().into_iter().map(JobItem::from).collect(),
    }))
}

pub(super) async fn end_sessions(PlatformAdmin(admin): PlatformAdmin, State(app): State<App>) -> Result<NoContent> {
    let installation = app.installation();
    app.write(&admin, move |tx, by| operators::end_every_session(tx, by, &installation)).await?;
    Ok(NoContent)
}
