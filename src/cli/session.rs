//! What commands on the data share: finding the folder, acting as its owner, opening and closing it.

use std::fs::{self, File};
use std::future::Future;
use std::io::{BufRead as _, IsTerminal as _};
use std::os::unix::fs::MetadataExt as _;

use nix::unistd::{Gid, Uid, User};

use super::failure::Failure;
use super::output;
use crate::app::{App, Options};
use crate::config::{Config, Flags, LogFormat};
use crate::db::Db;
use crate::domain::fields::NewPassword;
use crate::error::Error;
use crate::secret::Secret;

/// Reads the settings, acts as the owner of the data folder, and says which folder it is.
pub(super) fn prepare(flags: &Flags) -> Result<Config, Failure> {
    let config = Config::load(flags)?;
    become_owner(&config)?;
    output::note(&format!("Data folder: {}", config.data_dir.display()));
    Ok(config)
}

/// Run as root on somebody else's data folder, goes on as that somebody, so that no file becomes root's.
pub(super) fn become_owner(config: &Config) -> Result<(), Failure> {
    let Ok(folder) = fs::metadata(&config.data_dir) else { return Ok(()) };
    if !Uid::effective().is_root() || folder.uid() == 0 {
        return Ok(());
    }
    let (uid, gid) = (Uid::from_raw(folder.uid()), Gid::from_raw(folder.gid()));
    let failed = |error| Failure::Failed(format!("cannot act as the owner of {}: {error}", config.data_dir.display()));
    let name = User::from_uid(uid).map_err(failed)?.and_then(|user| std::ffi::CString::new(user.name).ok());
    match name {
        Some(name) => nix::unistd::initgroups(&name, gid).map_err(failed)?,
        None => nix::unistd::setgroups(&[gid]).map_err(failed)?,
    }
    nix::unistd::setgid(gid).map_err(failed)?;
    nix::unistd::setuid(uid).map_err(failed)
}

/// Opens the data, runs `work` on it and closes it again. A database that does not exist yet is made.
pub(super) fn with_app<W, F>(flags: &Flags, work: W) -> Result<F::Output, Failure>
where
    W: FnOnce(App) -> F,
    F: Future,
{
    with_opened(prepare(flags)?, work)
}

/// The same where no server may run on the data meanwhile.
pub(super) fn with_app_alone<W, F>(flags: &Flags, work: W) -> Result<F::Output, Failure>
where
    W: FnOnce(App) -> F,
    F: Future,
{
    let config = prepare(flags)?;
    let _lock = lock_alone(&config)?;
    with_opened(config, work)
}

/// The same with settings that [`prepare`] has read.
pub(super) fn with_opened<W, F>(config: Config, work: W) -> Result<F::Output, Failure>
where
    W: FnOnce(App) -> F,
    F: Future,
{
    start_log(&config, Some("warn"))?;
    let runtime = runtime()?;
    runtime.block_on(async {
        let (app, threads) = App::open(config, Options { migrate: false, ..Options::default() }).await?;
        let result = work(app).await;
        // The work has dropped the last handle; its threads may run to their end.
        tokio::task::spawn_blocking(|| threads.join()).await.map_err(std::io::Error::other)?;
        Ok(result)
    })
}

pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

/// Starts the log on standard error: at `level` if it is given, else as set.
pub(super) fn start_log(config: &Config, level: Option<&str>) -> Result<(), Failure> {
    let directives = level.unwrap_or(&config.log);
    // refinery says what the schema's own line says, tokio_postgres says what is stored; who sets more may ask for it.
    let filter = tracing_subscriber::EnvFilter::try_new(format!("refinery_core=warn,tokio_postgres=warn,{directives}"))
        .map_err(|error| Failure::Config(format!("log: {directives:?} is not a level or directives: {error}")))?;
    let builder = tracing_subscriber::fmt()
        // A log that cannot be written must not end the thread that writes it.
        .log_internal_errors(false)
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let is_text = match config.log_format {
        LogFormat::Text => true,
        LogFormat::Json => false,
        LogFormat::Auto => std::io::stderr().is_terminal() || level.is_some(),
    };
    let started = if is_text {
        builder.with_ansi(std::io::stderr().is_terminal()).with_target(false).try_init()
    } else {
        builder.json().flatten_event(true).with_span_list(false).try_init()
    };
    started.map_err(|error| Failure::Failed(format!("the log could not be started: {error}")))
}

/// Holds the data folder for one server, or for a command that must not run beside one.
pub(super) fn lock(config: &Config) -> Result<File, Failure> {
    crate::config::prepare_data_dir(config)?;
    let path = config.data_dir.join("serve.lock");
    let file = fs::OpenOptions::new().create(true).truncate(false).write(true).open(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(Failure::Failed(format!(
            "a trueport server is running on the data folder {}; stop it first",
            config.data_dir.display()
        ))),
        Err(fs::TryLockError::Error(error)) => Err(error.into()),
    }
}

/// The same for a command that must not run beside any server: on PostgreSQL one may serve from another data folder.
pub(super) fn lock_alone(config: &Config) -> Result<File, Failure> {
    let file = lock(config)?;
    if Db::is_in_use(&config.location).map_err(Error::from)? {
        return Err(Failure::Failed(
            "another trueport server or command is connected to the database; stop it first".to_owned(),
        ));
    }
    Ok(file)
}

/// Reads a password: from standard input if told so, else by asking twice on the terminal. Never from the arguments.
pub(super) fn read_password(from_stdin: bool) -> Result<Secret, Failure> {
    if from_stdin {
        return read_line();
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::Usage("there is no terminal to ask for the password; use --password-stdin".to_owned()));
    }
    let first = rpassword::prompt_password("Password: ")?;
    let second = rpassword::prompt_password("The same again: ")?;
    if first != second {
        return Err(Failure::Usage("the two passwords differ".to_owned()));
    }
    Ok(Secret::new(first))
}

/// One line of standard input without its end.
pub(super) fn read_line() -> Result<Secret, Failure> {
    let mut text = String::new();
    std::io::stdin().lock().read_line(&mut text)?;
    Ok(Secret::new(text.trim_end_matches(['\r', '\n'])))
}

/// Checks a password against the rules and hashes it.
pub(super) async fn hash_password(app: &App, password: &Secret, email: &str) -> Result<Secret, Failure> {
    let min_length = app.installation().settings().password_min_length();
    let new = NewPassword::parse(password, email, min_length)
        .map_err(|message| Failure::Usage(format!("the password {message}")))?;
    Ok(app.hasher().seat()?.hash(new.secret()).await?)
}
