//! Slugs: a tenant's name in addresses (contract 24).

use crate::db::Tx;
use crate::error::Result;
use crate::store::tenants;

const MIN: usize = 3;
const MAX: usize = 63;

/// The greatest number that stands behind a name that is taken.
const GREATEST_NUMBER: u32 = 1 << 20;

/// Names that paths and hosts of the platform use, or that look as if they spoke for it.
const RESERVED: &[&str] = &[
    "abuse",
    "account",
    "accounts",
    "admin",
    "administrator",
    "api",
    "app",
    "archive",
    "assets",
    "audit",
    "auth",
    "billing",
    "blog",
    "catalog",
    "cdn",
    "config",
    "configs",
    "console",
    "contact",
    "dashboard",
    "default",
    "demo",
    "dev",
    "docs",
    "email",
    "environment",
    "ftp",
    "gateway",
    "global",
    "guest",
    "health",
    "healthz",
    "help",
    "home",
    "host",
    "info",
    "internal",
    "invite",
    "invites",
    "legal",
    "localhost",
    "login",
    "logout",
    "mail",
    "members",
    "metrics",
    "new",
    "none",
    "null",
    "oauth",
    "openapi",
    "operator",
    "owner",
    "plans",
    "platform",
    "postmaster",
    "privacy",
    "prod",
    "production",
    "public",
    "readyz",
    "register",
    "root",
    "security",
    "service",
    "services",
    "session",
    "sessions",
    "settings",
    "setup",
    "signin",
    "signup",
    "smtp",
    "sso",
    "staging",
    "static",
    "status",
    "storage",
    "subscriptions",
    "support",
    "system",
    "team",
    "tenant",
    "tenants",
    "terms",
    "test",
    "trueport",
    "trueportai",
    "undefined",
    "usage",
    "user",
    "users",
    "webhooks",
    "well-known",
    "www",
];

/// A text with the form of a slug: `^[a-z0-9](?:[a-z0-9-]{1,61}[a-z0-9])$`. It may be reserved or taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slug(String);

impl Slug {
    /// Checks the form.
    pub fn parse(text: &str) -> std::result::Result<Self, &'static str> {
        if !(MIN..=MAX).contains(&text.len()) {
            return Err("must be 3 to 63 characters");
        }
        if !text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
            return Err("may hold lower-case letters, digits and hyphens only");
        }
        if text.starts_with('-') || text.ends_with('-') {
            return Err("must begin and end with a letter or digit");
        }
        Ok(Self(text.to_owned()))
    }

    /// Checks the form, and that the platform does not keep the word for itself.
    pub fn parse_unreserved(text: &str) -> std::result::Result<Self, &'static str> {
        let slug = Self::parse(text)?;
        if slug.is_reserved() { Err("is a reserved word; choose another one") } else { Ok(slug) }
    }

    /// Whether the platform keeps the word for itself.
    pub fn is_reserved(&self) -> bool {
        RESERVED.binary_search(&self.0.as_str()).is_ok()
    }

    /// Made from a name: letters without accents, everything else as hyphens. `None` if too little is left.
    fn from_name(name: &str) -> Option<Self> {
        let mut text = slug::slugify(name);
        text.truncate(MAX);
        Self::parse(text.trim_end_matches('-')).ok()
    }

    /// The same with a number behind it, cut where it would be too long.
    fn numbered(&self, number: u32) -> Option<Self> {
        let suffix = format!("-{number}");
        let kept = self.0.len().min(MAX - suffix.len());
        let stem = self.0[..kept].trim_end_matches('-');
        Self::parse(&format!("{stem}{suffix}")).ok()
    }
}

impl AsRef<str> for Slug {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// Whether a new tenant may have this slug.
pub fn is_available(tx: &mut Tx<'_>, slug: &Slug) -> Result<bool> {
    Ok(!slug.is_reserved() && !tenants::operator_has_slug(tx, slug.as_ref())?)
}

/// An available slug made from a name, with `-2`, `-3` … where it is taken; `None` if nothing usable can be made.
pub fn make(tx: &mut Tx<'_>, name: &str) -> Result<Option<Slug>> {
    let Some(stem) = Slug::from_name(name) else { return Ok(None) };
    if is_available(tx, &stem)? {
        return Ok(Some(stem));
    }
    let mut free = |number: u32| match stem.numbered(number) {
        Some(slug) => Ok(is_available(tx, &slug)?.then_some(slug)),
        None => Ok::<_, crate::error::Error>(None),
    };
    // However many there are of the name, a few looks find a free number behind one that is taken.
    let (mut taken, mut next) = (1, 2);
    let mut found = loop {
        match free(next)? {
            Some(slug) => break slug,
            None if next >= GREATEST_NUMBER => return Ok(None),
            None => (taken, next) = (next, next * 2),
        }
    };
    while next - taken > 1 {
        let middle = taken + (next - taken) / 2;
        match free(middle)? {
            Some(slug) => (next, found) = (middle, slug),
            None => taken = middle,
        }
    }
    Ok(Some(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_that_of_the_contract() {
        for good in ["abc", "a-b", "a--b", "123", "acme-corp", &"x".repeat(63)] {
            assert!(Slug::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "a",
            "ab",
            "-ab",
            "ab-",
            "---",
            "Abc",
            "a_b",
            "a b",
            "a.b",
            "äbc",
            "abc\n",
            "abc\0",
            "ab\u{ff41}",
            &"x".repeat(64),
        ] {
            assert!(Slug::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn reserved_words_are_sorted_slugs() {
        assert!(RESERVED.is_sorted());
        for word in RESERVED {
            assert!(Slug::parse(word).is_ok_and(|slug| slug.is_reserved()), "{word}");
            assert!(Slug::parse_unreserved(word).is_err());
        }
    }

    #[test]
    fn names_become_slugs() {
        for (name, expected) in [
            ("Acme Corp", Some("acme-corp")),
            ("  Größe & Söhne GmbH ", Some("grosse-sohne-gmbh")),
            ("O'Reilly", Some("o-reilly")),
            ("北京", Some("bei-jing")),
            ("AB", None),
            ("!!!", None),
        ] {
            assert_eq!(Slug::from_name(name).as_ref().map(AsRef::as_ref), expected, "{name}");
        }
        let long = Slug::from_name(&format!("{} b", "a".repeat(62))).expect("usable");
        assert_eq!(long.as_ref(), "a".repeat(62));
        assert_eq!(long.numbered(10).expect("usable").as_ref(), format!("{}-10", "a".repeat(60)));
    }

    proptest::proptest! {
        #[test]
        fn what_is_made_has_the_form(name in ".{0,100}", number in 2_u32..=GREATEST_NUMBER) {
            if let Some(slug) = Slug::from_name(&name) {
                proptest::prop_assert_eq!(Slug::parse(slug.as_ref()), Ok(slug.clone()));
                let numbered = slug.numbered(number).expect("a slug with a number is one");
                let suffix = format!("-{number}");
                proptest::prop_assert!(numbered.as_ref().ends_with(&suffix));
            }
        }

        #[test]
        fn parsing_agrees_with_the_expression(text in "[a-z0-9A-Z_.-]{0,70}|[a-z0-9-]{1,66}") {
            // The expression of the contract, read by hand: first, one to 61 in the middle, last.
            let inner = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
            let bytes = text.as_bytes();
            let fits = (3..=63).contains(&bytes.len())
                && bytes.first().is_some_and(inner)
                && bytes.last().is_some_and(inner)
                && bytes.iter().all(|byte| inner(byte) || *byte == b'-');
            proptest::prop_assert_eq!(Slug::parse(&text).is_ok(), fits);
        }
    }
}
