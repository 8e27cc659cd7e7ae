//! Billing periods: `[start, end)`, counted in calendar months or years from an anchor (contract 28).

use jiff::{Span, Timestamp, tz::TimeZone};

use crate::clock::Time;
use crate::error::{Error, Result};
use crate::store::plans::BillingCycle;

/// The end of period number `count`, counted from 1: the anchor plus so many months or years, on the last day of the
/// month where that has no such day. The UTC time of day stays.
pub fn end(anchor: Time, cycle: BillingCycle, count: i64) -> Result<Time> {
    let months = match cycle {
        BillingCycle::Monthly => Some(count),
        BillingCycle::Yearly => count.checked_mul(12),
    };
    let span = months.and_then(|months| Span::new().try_months(months).ok());
    let span = span.ok_or_else(|| Error::internal("a period that no calendar holds"))?;
    let start = Timestamp::from_millisecond(anchor.millis()).map_err(Error::internal)?.to_zoned(TimeZone::UTC);
    let end = start.checked_add(span).map_err(Error::internal)?;
    Ok(Time::from_millis(end.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Time {
        Time::from_millis(text.parse::<Timestamp>().expect("a time").as_millisecond())
    }

    #[test]
    fn ends_are_counted_from_the_anchor() {
        use BillingCycle::{Monthly, Yearly};
        for (anchor, cycle, count, expected) in [
            ("2024-01-15T10:30:00Z", Monthly, 1, "2024-02-15T10:30:00Z"),
            ("2024-01-31T10:30:00Z", Monthly, 1, "2024-02-29T10:30:00Z"),
            ("2024-01-31T10:30:00Z", Monthly, 2, "2024-03-31T10:30:00Z"),
            ("2024-01-31T10:30:00Z", Monthly, 3, "2024-04-30T10:30:00Z"),
            ("2023-01-31T00:00:00Z", Monthly, 1, "2023-02-28T00:00:00Z"),
            ("2023-12-31T23:59:59Z", Monthly, 2, "2024-02-29T23:59:59Z"),
            ("2023-08-30T12:00:00Z", Monthly, 6, "2024-02-29T12:00:00Z"),
            ("2024-12-15T00:00:00Z", Monthly, 1, "2025-01-15T00:00:00Z"),
            ("2024-02-29T08:00:00Z", Yearly, 1, "2025-02-28T08:00:00Z"),
            ("2024-02-29T08:00:00Z", Yearly, 4, "2028-02-29T08:00:00Z"),
            ("2100-01-31T08:00:00Z", Monthly, 1, "2100-02-28T08:00:00Z"),
            ("2024-03-30T02:30:00Z", Monthly, 12, "2025-03-30T02:30:00Z"),
        ] {
            let end = end(time(anchor), cycle, count).expect("a period");
            assert_eq!(end.to_string(), expected, "{anchor} {cycle:?} {count}");
        }
        assert!(end(time("2024-01-01T00:00:00Z"), Yearly, i64::MAX).is_err());
    }

    proptest::proptest! {
        #[test]
        fn periods_follow_each_other(millis in 0_i64..4_102_444_800_000, count in 1_i64..600) {
            let anchor = Time::from_millis(millis);
            for cycle in [BillingCycle::Monthly, BillingCycle::Yearly] {
                let (this, next) = (end(anchor, cycle, count), end(anchor, cycle, count + 1));
                let (this, next) = (this.expect("a period"), next.expect("a period"));
                proptest::prop_assert!(this < next);
                proptest::prop_assert_eq!((next.millis() - millis) % 86_400_000, 0);
            }
        }
    }
}
