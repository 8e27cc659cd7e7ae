//! Values from outside, parsed once: what has one of these types is valid.

use std::fmt;
use std::str::FromStr as _;

use crate::error::{Error, FieldError, Result};
use crate::secret::Secret;

/// A normalized email address: trimmed, lower case, ASCII, at most 254 characters (contract 16).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// Parses and normalizes an address.
    pub fn parse(text: &str) -> std::result::Result<Self, &'static str> {
        let normalized = text.trim().to_ascii_lowercase();
        if !normalized.is_ascii() || normalized.chars().any(|character| character.is_ascii_control()) {
            return Err("must be an email address in ASCII");
        }
        if normalized.len() > 254 {
            return Err("must be at most 254 characters");
        }
        let options = email_address::Options::default().without_display_text().without_domain_literal();
        match email_address::EmailAddress::parse_with_options(&normalized, options) {
            // With a slash a mail program shows an address as a link to a page.
            Ok(address) if !address.local_part().contains(['"', '/']) => Ok(Self(normalized)),
            _ => Err("must be an email address"),
        }
    }

    /// The part behind the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl AsRef<str> for Email {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A name of a person or an organization: trimmed, 1 to 100 characters, no control characters.
#[derive(Clone, Debug)]
pub struct Name(String);

impl Name {
    /// Parses a name.
    pub fn parse(text: &str) -> std::result::Result<Self, &'static str> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err("must not be empty");
        }
        if trimmed.chars().count() > 100 {
            return Err("must be at most 100 characters");
        }
        if trimmed.chars().any(|letter| letter.is_control() || turns_direction(letter)) {
            return Err("must not hold control characters");
        }
        Ok(Self(trimmed.to_owned()))
    }
}

/// Whether a character turns the direction of what follows it: a name could make the text around it read otherwise.
fn turns_direction(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// A password that somebody wants to set and that the rules allow (contract 17).
#[derive(Clone, Debug)]
pub struct NewPassword(Secret);

/// Longest password, in characters.
pub const PASSWORD_MAX: usize = 128;

impl NewPassword {
    /// Checks a password against the rules for an account with this address.
    pub fn parse(password: &Secret, email: &str, min_length: usize) -> std::result::Result<Self, String> {
        let text = password.expose();
        let length = text.chars().count();
        if length < min_length {
            return Err(format!("must be at least {min_length} characters"));
        }
        if length > PASSWORD_MAX {
            return Err(format!("must be at most {PASSWORD_MAX} characters"));
        }
        let lower = text.to_lowercase();
        if lower == email || Some(lower.as_str()) == email.split('@').next() {
            return Err("must not be the email address".to_owned());
        }
        if is_common(&lower) {
            return Err("is one of the most used passwords; choose another one".to_owned());
        }
        Ok(Self(password.clone()))
    }

    /// The password, to be hashed.
    pub fn secret(&self) -> &Secret {
        &self.0
    }
}

/// Sorted, lower case, one a line.
static COMMON_PASSWORDS: &str = include_str!("../../assets/common-passwords.txt");

fn is_common(lower: &str) -> bool {
    static SORTED: std::sync::LazyLock<Vec<&str>> = std::sync::LazyLock::new(|| COMMON_PASSWORDS.lines().collect());
    SORTED.binary_search(&lower).is_ok()
}

/// Collects what is wrong with the fields of one request, so that a person is told all of it at once.
#[derive(Default)]
pub struct Fields(Vec<FieldError>);

impl Fields {
    /// Keeps the value, or notes what is wrong with the field.
    pub fn take<T, M: Into<std::borrow::Cow<'static, str>>>(
        &mut self,
        field: &str,
        parsed: std::result::Result<T, M>,
    ) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(message) => {
                self.0.push(FieldError { field: field.to_owned(), message: message.into() });
                None
            }
        }
    }

    /// Fails with every field that is wrong.
    pub fn check(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::validation(self.0)) }
    }

    /// The values taken, or everything that is wrong. `values` is `None` only where a field was noted.
    pub fn finish<T>(self, values: Option<T>) -> Result<T> {
        self.check()?;
        values.ok_or_else(|| Error::internal("a field is missing although none was wrong"))
    }
}

/// An `http` or `https` address with a host and without query, fragment or credentials; no slash at its end.
pub fn parse_base_url(text: &str) -> std::result::Result<String, &'static str> {
    const MESSAGE: &str = "must be an address such as https://trueport.example.com";
    let uri = plain_address(text.trim()).ok_or(MESSAGE)?;
    Ok(uri.trim_end_matches('/').to_owned())
}

fn plain_address(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let host = rest.split('/').next()?;
    let plain = |character: char| character.is_ascii_graphic() && !"?#@\\\"'<>".contains(character);
    (!host.is_empty() && !host.starts_with(':') && text.len() <= 255 && rest.chars().all(plain)).then_some(text)
}

/// Parses an IP address or network such as `10.0.0.0/8`.
pub fn parse_network(text: &str) -> Option<ipnet::IpNet> {
    let text = text.trim();
    ipnet::IpNet::from_str(text).ok().or_else(|| std::net::IpAddr::from_str(text).ok().map(ipnet::IpNet::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails_are_normalized_or_refused() {
        assert_eq!(Email::parse("  Dev+tag@ACME.com ").expect("good").as_ref(), "dev+tag@acme.com");
        assert_eq!(Email::parse("admin@localhost").expect("good").domain(), "localhost");
        let long = format!("{}@acme.com", "a".repeat(250));
        for bad in [
            "",
            "a",
            "a@",
            "@b.c",
            "a b@c.d",
            "ü@acme.com",
            "a@b\0.c",
            "a@b\r\nBcc: c@d",
            "\"a b\"@c.d",
            "a@[::1]",
            "X <a@b.c>",
            &long,
        ] {
            assert!(Email::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn passwords_follow_the_rules() {
        let check = |text: &str| NewPassword::parse(&Secret::new(text), "someone.long@acme.com", 10);
        assert!(check("correct horse").is_ok());
        assert!(check("äöüäöüäöüä").is_ok());
        for bad in ["short", "someone.long@acme.com", "Someone.Long", "1234567890", "QWERTYUIOP", &"x".repeat(129)] {
            assert!(check(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_list_of_common_passwords_is_sorted() {
        let lines: Vec<&str> = COMMON_PASSWORDS.lines().collect();
        assert!(lines.len() > 1_000);
        assert!(lines.is_sorted());
    }

    #[test]
    fn base_urls_hold_a_host_and_nothing_else() {
        assert_eq!(parse_base_url("https://a.example/").expect("good"), "https://a.example");
        assert_eq!(parse_base_url("http://127.0.0.1:8787").expect("good"), "http://127.0.0.1:8787");
        for bad in
            ["", "a.example", "ftp://a", "https://", "https://u:p@a", "https://a/?q", "https://a/#b", "https://a b"]
        {
            assert!(parse_base_url(bad).is_err(), "{bad:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn parsing_never_panics_and_normalizes_once(text in ".*") {
            if let Ok(email) = Email::parse(&text) {
                let again = Email::parse(email.as_ref());
                proptest::prop_assert_eq!(again, Ok(email));
            }
            let _ = Name::parse(&text);
            let _ = parse_base_url(&text);
        }

        // What any text seldom is: an address, however it is typed.
        #[test]
        fn an_address_is_the_same_however_it_is_typed(
            local in "[A-Za-z0-9!#$%&'*+=?^_`{|}~-]{1,20}(\\.[A-Za-z0-9+_-]{1,10}){0,3}",
            domain in "[A-Za-z0-9]([A-Za-z0-9-]{0,20}[A-Za-z0-9])?(\\.[A-Za-z]{2,10}){0,3}",
            before in "[ \t\r\n\u{a0}\u{2003}]{0,3}",
            after in "[ \t\r\n\u{a0}\u{2003}]{0,3}",
        ) {
            let plain = format!("{local}@{domain}").to_ascii_lowercase();
            for typed in [plain.clone(), plain.to_ascii_uppercase(), format!("{before}{local}@{domain}{after}")] {
                let parsed = Email::parse(&typed);
                proptest::prop_assert!(parsed.is_ok(), "{typed:?}");
                let parsed = parsed.expect("good");
                proptest::prop_assert_eq!(parsed.as_ref(), plain.as_str());
                proptest::prop_assert_eq!(parsed.domain(), domain.to_ascii_lowercase());
            }
        }

        #[test]
        fn whatever_passes_for_an_address_is_plain(
            text in "[A-Za-zäÄßİı\u{212a}@.+_ \"<>(),;:\\\\\\[\\]\t\r\n\0\u{7f}-]{0,40}|.{1,20}@.{1,20}|[a-z.]{1,200}@[a-z.-]{1,200}",
        ) {
            if let Ok(email) = Email::parse(&text) {
                let email = email.as_ref();
                proptest::prop_assert_eq!(email, text.trim().to_ascii_lowercase());
                proptest::prop_assert!((3..=254).contains(&email.len()), "{email}");
                proptest::prop_assert!(email.bytes().all(|byte| byte.is_ascii_graphic()), "{email:?}");
                proptest::prop_assert!(!email.contains(['"', '<', '>', '[', ',', ';', ':', '(']), "{email}");
                proptest::prop_assert_eq!(email.matches('@').count(), 1);
            }
        }

        #[test]
        fn one_character_that_is_not_ascii_is_one_too_many(
            other in "[^\\x00-\\x7f]", place in 0_usize..=12,
        ) {
            let mut text = "jane@acme.com".to_owned();
            text.insert_str(place, &other);
            // Blanks at the start are cut off; there is none at the end.
            let is_cut_off = place == 0 && other.trim().is_empty();
            proptest::prop_assert_eq!(Email::parse(&text).is_ok(), is_cut_off, "{:?}", text);
        }

        #[test]
        fn an_address_ends_at_254_characters(length in 194_usize..=256) {
            let labels = ["a".repeat(63), "b".repeat(63), "c".repeat(63)].join(".");
            // At most 64 in front of the @, so that nothing else is wrong with it.
            let local = "l".repeat(length - labels.len() - 1);
            let text = format!("{local}@{labels}");
            proptest::prop_assert_eq!(text.len(), length);
            proptest::prop_assert_eq!(Email::parse(&text).is_ok(), length <= 254);
        }
    }
}
