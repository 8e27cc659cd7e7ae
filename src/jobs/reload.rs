//! Notices settings and signing keys that another process changed, the command line for example.

use std::time::Duration;

use super::stop::Stop;
use crate::app::App;
use crate::db::Topic;
use crate::error::Result;

/// A running server heeds a change within a second (contract 38).
const INTERVAL: Duration = Duration::from_millis(500);

pub(super) async fn run(app: App, mut stop: Stop) -> Result<()> {
    loop {
        tokio::select! {
            () = stop.requested() => return Ok(()),
            () = app.db().changed(Topic::Settings) => {}
            () = tokio::time::sleep(INTERVAL) => {}
        }
        app.reload().await?;
        stop.ran();
    }
}
