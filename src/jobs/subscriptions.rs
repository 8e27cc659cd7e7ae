//! Renews subscriptions whose period is over, and ends those that were cancelled.

use std::time::Duration;

use super::stop::Stop;
use crate::app::App;
use crate::domain::caller::System;
use crate::domain::subscriptions;
use crate::error::Result;

const INTERVAL: Duration = Duration::from_secs(1);

pub(super) async fn run(app: App, mut stop: Stop) -> Result<()> {
    loop {
        loop {
            let (asking, installation) = (app.installation(), app.installation());
            if !app.read(move |tx| subscriptions::is_due(tx, &asking)).await? {
                break;
            }
            app.write(&System, move |tx, by| subscriptions::settle(tx, by, &installation)).await?;
        }
        stop.ran();
        tokio::select! {
            () = stop.requested() => return Ok(()),
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
}
