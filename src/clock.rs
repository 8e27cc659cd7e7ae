//! Time: one type for a moment, one place that asks the system for it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// A moment as milliseconds since the Unix epoch, UTC. Stored as such; shown as RFC 3339 in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

impl Time {
    /// From milliseconds since the Unix epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// From whole seconds since the Unix epoch (`NumericDate` of RFC 7519), saturating.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Whole seconds since the Unix epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The second it lies in, from its start: for what a token says too, which knows whole seconds only.
    pub const fn whole_second(self) -> Self {
        Self::from_seconds(self.seconds())
    }

    /// Reads RFC 3339 with any offset; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|moment| Self(moment.as_millisecond()))
    }

    /// Time from `earlier` to `self`; zero if `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl std::ops::Add<Duration> for Time {
    type Output = Self;
    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl std::ops::Sub<Duration> for Time {
    type Output = Self;
    fn sub(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }
}

/// RFC 3339 in UTC with whole seconds, e.g. `2024-01-15T10:30:00Z` (contract 1).
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limits = jiff::Timestamp::MIN.as_second()..=jiff::Timestamp::MAX.as_second();
        let seconds = self.seconds().clamp(*limits.start(), *limits.end());
        match jiff::Timestamp::from_second(seconds) {
            Ok(moment) => moment.fmt(f),
            Err(_) => Err(fmt::Error),
        }
    }
}

/// Where the program gets the time from. Clones share the same clock.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The clock of the operating system.
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that starts at the system's time, in whole minutes, and then moves only by [`Clock::advance`]; for tests.
    pub fn manual() -> Self {
        let now = Self::system().now().millis();
        Self(Source::Manual(Arc::new(AtomicI64::new(now - now.rem_euclid(60_000)))))
    }

    /// Moves a manual clock forward. Does nothing to the system's clock.
    pub fn advance(&self, span: Duration) {
        if let Source::Manual(millis) = &self.0 {
            let span = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
            millis.fetch_add(span, Ordering::SeqCst);
        }
    }

    /// The present moment.
    #[allow(clippy::disallowed_methods)] // the one place that reads the system's clock
    pub fn now(&self) -> Time {
        match &self.0 {
            Source::Manual(millis) => Time(millis.load(Ordering::SeqCst)),
            Source::System => {
                let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
                Time(since_epoch.map_or(0, |span| i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_in_whole_seconds_of_utc() {
        assert_eq!(Time::from_millis(1_705_314_600_999).to_string(), "2024-01-15T10:30:00Z");
        assert_eq!(Time::from_millis(-1).to_string(), "1969-12-31T23:59:59Z");
        assert!(Time::from_millis(i64::MAX).to_string().ends_with('Z'));
    }

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let clock = Clock::manual();
        let start = clock.now();
        clock.advance(Duration::from_secs(61));
        assert_eq!(clock.now().since(start), Duration::from_secs(61));
        assert_eq!(start.since(clock.now()), Duration::ZERO);
    }
}
