//! The limit on anonymous requests of an address (contract 18 and 45).
//!
//! The database counts, so that neither a restart nor a second node starts anew. To spare it a write per request, a
//! process takes a few requests' worth at once and hands them out; what it took counts whether it is used or not, so the
//! limit is never passed. An address that used up its minute costs nothing more until the next one.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::Time;
use crate::db::Db;
use crate::domain::caller::{Origin, System};
use crate::error::{Code, Error, Quota, Result};
use crate::store::address_windows;

const WINDOW: Duration = Duration::from_secs(60);

/// Addresses remembered at once; beyond that the database is asked again.
const ADDRESSES: usize = 100_000;

/// What this process may still hand out in the current minute.
#[derive(Default)]
pub struct AddressLimit(Mutex<Leases>);

#[derive(Default)]
struct Leases {
    window_start: Option<Time>,
    by_address: HashMap<String, Lease>,
}

#[derive(Clone, Copy, Default)]
struct Lease {
    left: u64,
    /// Granted by the database so far, to all processes.
    granted: u64,
    /// The limit that was found used up, if it was.
    used_up: Option<u64>,
}

impl AddressLimit {
    /// Takes one request of the `limit` that the address has in a minute; 429 when none is left.
    pub async fn take(&self, db: &Db, limit: u64, now: Time, origin: &Origin) -> Result<Quota> {
        let window_start = Time::from_seconds(now.seconds() - now.seconds().rem_euclid(60));
        let quota = |lease: Lease| Quota {
            limit,
            remaining: (limit.saturating_sub(lease.granted)) + lease.left,
            reset: (window_start + WINDOW).since(now),
        };
        let address = origin.address_key();
        if let Some(settled) = self.lock(window_start).settle(&address, limit) {
            return settled.map(quota).map_err(|lease| Error::limited(Code::TooManyRequests, quota(lease)));
        }
        let (key, wanted) = (address.clone(), (limit / 30).clamp(1, 50));
        let granted =
            db.write(&System, move |tx, _| Ok(address_windows::grant(tx, &key, window_start, wanted, limit)?)).await;
        let mut leases = self.lock(window_start);
        let (before, after) = match granted {
            // Where nothing can be stored, this process counts alone: reads go on.
            Err(error) if error.code() == Code::Unavailable => {
                let known = leases.by_address.get(&address).map_or(0, |lease| lease.granted);
                (known, (known + wanted).min(limit).max(known))
            }
            granted => granted?,
        };
        leases.add(&address, before, after, limit);
        match leases.settle(&address, limit) {
            Some(Ok(lease)) => Ok(quota(lease)),
            Some(Err(lease)) => Err(Error::limited(Code::TooManyRequests, quota(lease))),
            // Others took what was granted in the meantime.
            None => Err(Error::limited(Code::TooManyRequests, quota(Lease { granted: after, ..Lease::default() }))),
        }
    }

    fn lock(&self, window_start: Time) -> MutexGuard<'_, Leases> {
        // Nothing that holds the lock can leave it half changed.
        let mut leases = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if leases.window_start != Some(window_start) || leases.by_address.len() >= ADDRESSES {
            leases.by_address.clear();
            leases.window_start = Some(window_start);
        }
        leases
    }
}

impl Leases {
    /// Hands one out, refuses, or answers `None` where the database must be asked.
    fn settle(&mut self, address: &str, limit: u64) -> Option<std::result::Result<Lease, Lease>> {
        let lease = self.by_address.get_mut(address)?;
        if lease.left > 0 {
            lease.left -= 1;
            return Some(Ok(*lease));
        }
        (lease.used_up == Some(limit)).then_some(Err(*lease))
    }

    fn add(&mut self, address: &str, before: u64, after: u64, limit: u64) {
        let lease = self.by_address.entry(address.to_owned()).or_default();
        lease.left += after - before;
        lease.granted = lease.granted.max(after);
        lease.used_up = (after >= limit).then_some(limit);
    }
}
