//! Public ids: `<prefix>_<26 characters>`, the TypeID form of a UUIDv7 (contract 8).
//!
//! Crockford's base32 with the same alphabet and bit order as ULID, in lower case. An id is parsed only in its
//! canonical form, so that two texts never name the same thing.

use std::fmt;
use std::str::FromStr;

use crate::clock::Time;

/// An id of one kind. Made by [`crate::db::Tx::new_id`], which knows time and randomness.
pub trait Id: Sized + AsRef<str> {
    /// What stands before the underscore.
    const PREFIX: &'static str;

    /// The regular expression of the texts that [`Id::parse`] takes, for the documentation.
    fn pattern() -> String {
        format!("^{}_[0-9a-hjkmnp-tv-z]{{26}}$", Self::PREFIX)
    }

    /// Wraps a text that is known to have the form, such as one read from the database.
    fn from_stored(text: String) -> Self;

    /// A new id from a moment and 74 of these random bits (RFC 9562, section 5.7).
    fn generate(at: Time, random: &[u8; 10]) -> Self {
        let millis = u64::try_from(at.millis()).unwrap_or(0);
        let uuid = uuid::Builder::from_unix_timestamp_millis(millis, random).into_uuid();
        let suffix = ulid::Ulid::from_bytes(uuid.into_bytes()).to_string().to_ascii_lowercase();
        Self::from_stored(format!("{}_{suffix}", Self::PREFIX))
    }

    /// Parses the canonical form; `None` for anything else.
    fn parse(text: &str) -> Option<Self> {
        parse_typeid(text)
    }
}

fn parse_typeid<I: Id>(text: &str) -> Option<I> {
    let suffix = text.strip_prefix(I::PREFIX)?.strip_prefix('_')?;
    let value = ulid::Ulid::from_string(suffix).ok()?;
    (value.to_string().to_ascii_lowercase() == suffix).then(|| I::from_stored(text.to_owned()))
}

/// Keeps the ids that one thread makes in their order, also within a millisecond and when the clock steps back
/// (RFC 9562, section 6.2, method 1: the 12 bits behind the time count).
#[derive(Default)]
pub struct IdSequence {
    last: Option<(Time, u16)>,
}

impl IdSequence {
    /// The moment and the random bits of the next id.
    pub fn next(&mut self, now: Time, mut random: [u8; 10]) -> (Time, [u8; 10]) {
        // Starts in the lower half, so that there is room to count.
        let fresh = u16::from_be_bytes([random[0] & 0x07, random[1]]);
        let (at, count) = match self.last {
            Some((last, 0x0fff)) if now <= last => (Time::from_millis(last.millis() + 1), fresh),
            Some((last, count)) if now <= last => (last, count + 1),
            _ => (now, fresh),
        };
        self.last = Some((at, count));
        random[..2].copy_from_slice(&count.to_be_bytes());
        (at, random)
    }
}

/// The text is no id of the wanted kind.
#[derive(Debug)]
pub struct MalformedId;

impl fmt::Display for MalformedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this is not a well-formed id")
    }
}

impl std::error::Error for MalformedId {}

macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str { &self.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
        impl FromStr for $name {
            type Err = MalformedId;
            fn from_str(text: &str) -> Result<Self, MalformedId> { Self::parse(text).ok_or(MalformedId) }
        }
        impl crate::db::Column for $name {
            fn read(row: &crate::db::Row<'_>, index: usize) -> crate::db::Result<Self> {
                row.get::<String>(index).map(Self)
            }
        }
        impl<'a> From<&'a $name> for crate::db::Value<'a> {
            fn from(id: &'a $name) -> Self { crate::db::Value::Text(&id.0) }
        }
    };
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => { $(
        id_type! { $(#[$doc])* $name }
        impl Id for $name {
            const PREFIX: &'static str = $prefix;
            fn from_stored(text: String) -> Self { Self(text) }
        }
    )* };
}

ids! {
    /// A person with an account.
    UserId = "usr";
    /// A sign-in and everything that came from it.
    SessionId = "ses";
    /// A key of a service of the platform.
    ServiceKeyId = "key";
    /// A token signing key; also the `kid` of the tokens it signs.
    KeyId = "key";
    /// A message in the outbox, or one to webhooks.
    MessageId = "msg";
    /// An audit event.
    EventId = "evt";
    /// An organization.
    TenantId = "ten";
    /// A person's place in an organization.
    MembershipId = "mem";
    /// An invitation that waits.
    InviteId = "inv";
    /// A second factor of a person.
    FactorId = "fac";
    /// A tenant's plan over its periods.
    SubscriptionId = "sub";
    /// An address of a tenant that is told what happens in it.
    WebhookId = "whk";
    /// What a webhook is told.
    DeliveryId = "dlv";
}

id_type! {
    /// A plan. The built-in ones have the names of the specification.
    PlanId
}

/// Plans that every installation has.
const BUILT_IN_PLANS: [&str; 3] = ["plan_dev", "plan_pro", "plan_enterprise"];

impl Id for PlanId {
    const PREFIX: &'static str = "plan";

    fn pattern() -> String {
        format!("^(?:{}|plan_[0-9a-hjkmnp-tv-z]{{26}})$", BUILT_IN_PLANS.join("|"))
    }

    fn from_stored(text: String) -> Self {
        Self(text)
    }

    fn parse(text: &str) -> Option<Self> {
        if BUILT_IN_PLANS.contains(&text) { Some(Self(text.to_owned())) } else { parse_typeid(text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_id_parses_and_sorts_by_time() {
        let early = UserId::generate(Time::from_millis(1_000), &[255; 10]);
        let late = UserId::generate(Time::from_millis(1_001), &[0; 10]);
        assert!(early < late);
        assert_eq!(early.as_ref().len(), "usr_".len() + 26);
        assert_eq!(UserId::parse(early.as_ref()), Some(early));
    }

    #[test]
    fn a_sequence_keeps_its_order_whatever_the_clock_does() {
        let mut sequence = IdSequence::default();
        let moments = [5, 5, 5, 4, 6].into_iter().chain(std::iter::repeat_n(6, 10_000));
        let ids: Vec<UserId> = moments
            .map(|millis| {
                let (at, random) = sequence.next(Time::from_millis(millis), [0x5a; 10]);
                UserId::generate(at, &random)
            })
            .collect();
        assert!(ids.is_sorted_by(|left, right| left < right));
    }

    #[test]
    fn the_typeid_specifications_vectors_hold() {
        let uuid: uuid::Uuid = "01890a5d-ac96-774b-bcce-b302099a8057".parse().expect("a literal UUID");
        let text = ulid::Ulid::from_bytes(uuid.into_bytes()).to_string().to_ascii_lowercase();
        assert_eq!(text, "01h455vb4pex5vsknk084sn02q");
    }

    #[test]
    fn only_the_canonical_form_is_an_id() {
        let good = "usr_01h455vb4pex5vsknk084sn02q";
        assert!(UserId::parse(good).is_some());
        for bad in [
            "",
            "usr_",
            "usr",
            "ses_01h455vb4pex5vsknk084sn02q",
            "usr_01H455VB4PEX5VSKNK084SN02Q",
            "usr_01h455vb4pex5vsknk084sn02",
            "usr_01h455vb4pex5vsknk084sn02qq",
            "usr_81h455vb4pex5vsknk084sn02q",
            "usr_o1h455vb4pex5vsknk084sn02q",
            "usr_01h455vb4pex5vsknk084sn02\0",
            "usr_ü1h455vb4pex5vsknk084sn02",
        ] {
            assert_eq!(UserId::parse(bad), None, "{bad:?}");
        }
    }
}
