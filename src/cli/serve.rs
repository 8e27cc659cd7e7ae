//! The server.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::signal::unix::{SignalKind, signal};

use super::failure::{Failure, Outcome};
use super::{output, session};
use crate::app::{App, Options};
use crate::config::{Config, Flags};
use crate::domain::caller::System;
use crate::domain::setup;
use crate::server::Server;

/// Longest time for which a stop waits for the database to close, once nothing uses it any more.
const CLOSING: Duration = Duration::from_secs(5);

pub(super) fn run(flags: &Flags) -> Outcome {
    let config = Config::load(flags)?;
    session::become_owner(&config)?;
    session::start_log(&config, None)?;
    let _lock = session::lock(&config)?;
    let runtime = session::runtime()?;
    let outcome = runtime.block_on(serve(config));
    // Does not wait for a thread that hangs in a call to the system.
    runtime.shutdown_background();
    outcome
}

async fn serve(config: Config) -> Outcome {
    let address = config.listen;
    let (app, threads) = App::open(config, Options::default()).await?;
    let listener = std::net::TcpListener::bind(address)
        .map_err(|error| Failure::Failed(format!("cannot listen on {address}: {error}")))?;
    // Before anybody is told that it serves: from then on a signal means a graceful stop.
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let mut server = Server::start(&app, listener)?;
    offer_setup(&app, &server).await?;
    tell_service_manager(&[NotifyState::Ready]);
    let data_dir = app.config().data_dir.display();
    tracing::info!(
        address = %server.address(), %data_dir, engine = app.db().engine(), version = env!("CARGO_PKG_VERSION"), "serving"
    );
    let failure = tokio::select! {
        _ = terminate.recv() => None,
        _ = interrupt.recv() => None,
        cause = server.failed() => Some(cause),
    };
    if let Some(cause) = failure {
        return Err(Failure::Failed(format!("the server ended: {cause}")));
    }
    tracing::info!("stopping; requests under way may finish");
    tell_service_manager(&[NotifyState::Stopping]);
    let stop = async {
        server.stop().await;
        drop(app);
        let closing = tokio::task::spawn_blocking(|| threads.join());
        if tokio::time::timeout(CLOSING, closing).await.is_err() {
            tracing::warn!("the database did not close in time; what was acknowledged is stored all the same");
        }
    };
    tokio::select! {
        () = stop => {}
        _ = terminate.recv() => tracing::warn!("stopped at once, as asked twice"),
        _ = interrupt.recv() => tracing::warn!("stopped at once, as asked twice"),
    }
    tracing::info!("stopped");
    Ok(())
}

fn tell_service_manager(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!("the service manager could not be told: {error}");
    }
}

/// With no platform admin yet: a one-time link, on a terminal only, else in a file for its owner (contract 40).
async fn offer_setup(app: &App, server: &Server) -> Outcome {
    let installation = app.installation();
    let base_url = installation.base_url().to_owned();
    let link = app.write(&System, move |tx, by| setup::link(tx, by, &installation)).await?;
    let file = setup_file(&app.config().data_dir);
    let on_terminal = output::is_terminal();
    if on_terminal {
        output::line(&format!(
            "trueport {}\n  address      http://{}\n  base URL     {base_url}\n  data folder  {}\n  database     {}\n",
            env!("CARGO_PKG_VERSION"),
            server.address(),
            app.config().data_dir.display(),
            app.db().engine(),
        ));
    }
    remove_if_there(&file)?;
    match link {
        None => {}
        Some(link) if on_terminal => output::line(&format!(
            "There is no platform admin yet. This link makes the first one, once, within 24 hours:\n  {}\n",
            link.expose()
        )),
        Some(link) => {
            let mut written = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file)?;
            writeln!(written, "{}", link.expose())?;
            tracing::info!(file = %file.display(), "there is no platform admin yet; the file holds the link that makes one");
        }
    }
    Ok(())
}

fn setup_file(data_dir: &Path) -> PathBuf {
    data_dir.join("setup-link")
}

fn remove_if_there(file: &Path) -> std::io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
