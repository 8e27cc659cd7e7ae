//! Calls of the administration by people who may not make them (contract 35). Each is an event of its own, up to so many an
//! hour; of the rest one event tells how many there were once the hour is over. Else anybody with an account could fill the
//! disk with the audit.

use std::time::Duration;

use crate::db::Tx;
use crate::domain::audit::{self, Changes, Target};
use crate::domain::caller::{Acting, System};
use crate::error::Result;
use crate::store::admin_denials::{self, Denials};

/// Calls of a person that are recorded one by one within [`WINDOW`].
const ONE_BY_ONE: i64 = 200;

const WINDOW: Duration = Duration::from_secs(60 * 60);

/// Hours that are closed at once.
const AT_ONCE: i64 = 500;

/// Records or counts that a person called a route of the administration and is no platform admin at that moment. What
/// somebody does in another's name counts as their own.
pub fn record(tx: &mut Tx<'_>, by: &impl Acting, route: &str) -> Result<()> {
    let person = by.impersonator_id().or(by.user_id()).map_or("", AsRef::as_ref);
    let now = tx.now();
    if let Some(denials) = admin_denials::find(tx, person)?.filter(|denials| denials.since + WINDOW <= now) {
        close(tx, &System, &denials)?;
    }
    if admin_denials::count(tx, person)? <= ONE_BY_ONE {
        let changes = Changes::none().with("route", route);
        audit::record(tx, by, "admin.denied", &Target::unknown("route"), changes)?;
    }
    Ok(())
}

/// Tells of what was counted within hours that are over; returns how many hours there were.
pub fn close_old(tx: &mut Tx<'_>, by: &System) -> Result<u64> {
    let before = tx.now() - WINDOW;
    let old = admin_denials::old(tx, before, AT_ONCE)?;
    for denials in &old {
        close(tx, by, denials)?;
    }
    Ok(old.len() as u64)
}

fn close(tx: &mut Tx<'_>, by: &System, denials: &Denials) -> Result<()> {
    admin_denials::delete(tx, &denials.user_id)?;
    let untold = denials.calls - ONE_BY_ONE;
    if untold > 0 {
        let changes = Changes::none().with("calls", untold).with("since", denials.since.to_string());
        audit::record(tx, by, "admin.denials_counted", &Target::new("user", &denials.user_id), changes)?;
    }
    Ok(())
}
