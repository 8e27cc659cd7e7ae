//! How many anonymous requests each address was granted in the current window.

use std::time::Duration;

use crate::args;
use crate::clock::Time;
use crate::db::{Result, Tx};

/// How far apart the clocks of two processes may be without one of them starting the other's window anew.
const SKEW: Duration = Duration::from_secs(60);

/// Adds up to `wanted` requests to what `address` was granted in the window that starts at `window_start`, never above
/// `limit`, and returns how many were granted before and after. Where somebody was a little ahead and has begun a
/// newer window, it counts there.
pub fn grant(tx: &mut Tx<'_>, address: &str, window_start: Time, wanted: u64, limit: u64) -> Result<(u64, u64)> {
    let stored: Option<(Time, i64)> =
        tx.optional("SELECT window_start, granted FROM address_windows WHERE address = ?1", args![address], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let (start, before) = match stored {
        Some((start, granted)) if (window_start..=window_start + SKEW).contains(&start) => {
            (start, u64::try_from(granted).unwrap_or(0))
        }
        _ => (window_start, 0),
    };
    let after = before.saturating_add(wanted).min(limit.max(before));
    tx.execute(
        "INSERT INTO address_windows (address, window_start, granted) VALUES (?1, ?2, ?3) \
         ON CONFLICT (address) DO UPDATE SET window_start = excluded.window_start, granted = excluded.granted",
        args![address, start, i64::try_from(after).unwrap_or(i64::MAX)],
    )?;
    Ok((before, after))
}

/// Deletes windows that started before `before`.
pub fn delete_old(tx: &mut Tx<'_>, before: Time) -> Result<u64> {
    tx.execute("DELETE FROM address_windows WHERE window_start < ?1", args![before])
}
