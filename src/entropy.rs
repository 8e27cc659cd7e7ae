//! Randomness: the one place that asks the system for it. Everything else draws from a generator made here.

use rand::SeedableRng as _;
use rand::rngs::{StdRng, SysRng};

/// A cryptographic generator, seeded by the system. Each thread has its own.
pub fn generator() -> Result<StdRng, String> {
    StdRng::try_from_rng(&mut SysRng).map_err(|error| format!("the system gives no randomness: {error}"))
}
