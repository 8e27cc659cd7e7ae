//! Codes that an app makes from a seed and the time (RFC 6238): SHA-1, six digits, steps of 30 seconds, which is what every
//! app understands. A code of the step before and of the step after is taken too, for clocks that differ.

use totp_rs::{Builder, Secret as Seed, Totp};
use zeroize::Zeroizing;

use crate::clock::Time;
use crate::error::{Error, Result};
use crate::secret::Secret;

/// Bytes of a seed, as RFC 4226 recommends.
const SEED_BYTES: usize = 20;

/// Letters of the issuer that an app is told: a QR code holds only so much.
const ISSUER_MAX: usize = 40;

/// The seed that an app and this installation share.
pub struct TotpSeed(Zeroizing<[u8; SEED_BYTES]>);

impl TotpSeed {
    /// From random bytes.
    pub fn from_random(bytes: [u8; SEED_BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// From what was stored.
    pub fn from_stored(bytes: &[u8]) -> Result<Self> {
        let bytes = bytes.try_into().map_err(|_| Error::internal("a stored TOTP seed has another length"))?;
        Ok(Self::from_random(bytes))
    }

    /// What is stored, sealed.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0[..]
    }

    fn totp(&self, issuer: &str, account: &str) -> Result<Totp> {
        // A colon would end the name in the address.
        let name = |text: &str| text.replace(':', " ");
        let issuer: String = issuer.chars().take(ISSUER_MAX).collect();
        let builder = Builder::new().with_secret(Seed::new_stack(*self.0));
        let named = builder.with_issuer(Some(name(&issuer))).with_account_name(name(account));
        named.build().map_err(Error::internal)
    }

    /// The seed as people type it into an app: base32 without padding.
    pub fn to_base32(&self) -> Secret {
        Secret::new(Seed::new_stack(*self.0).to_base32())
    }

    /// The address by which an app takes the seed, with the names that it shows.
    pub fn otpauth_uri(&self, issuer: &str, account: &str) -> Result<Secret> {
        self.totp(issuer, account)?.to_url().map(Secret::new).map_err(Error::internal)
    }

    /// The step whose code this is, if it is one of the three around `now` and later than `last_step`. Compares in constant
    /// time.
    pub fn matching_step(&self, code: &str, now: Time, last_step: Option<i64>) -> Result<Option<i64>> {
        let found = self.totp("", "")?.check(code, now.seconds().unsigned_abs());
        let step = found.and_then(|step| i64::try_from(step).ok());
        Ok(step.filter(|step| last_step.is_none_or(|last| *step > last)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, for SHA-1; its codes have eight digits, of which an app shows the last six.
    #[test]
    fn the_vectors_of_the_rfc_hold() {
        let seed = TotpSeed::from_random(*b"12345678901234567890");
        let vectors = [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ];
        for (seconds, code) in vectors {
            let (now, code) = (Time::from_seconds(seconds), &code[2..]);
            let step = seconds / 30;
            assert_eq!(seed.matching_step(code, now, None).unwrap(), Some(step), "{seconds}");
            // A clock that is a step behind or ahead, and no more.
            for (shift, expected) in [(-60, None), (-30, Some(step)), (30, Some(step)), (60, None)] {
                let now = Time::from_seconds(seconds + shift);
                if now.seconds() >= 0 {
                    assert_eq!(seed.matching_step(code, now, None).unwrap(), expected, "{seconds} {shift}");
                }
            }
            // Once taken, neither its code nor an older one is taken again.
            for (last, expected) in [(step - 1, Some(step)), (step, None), (step + 1, None)] {
                assert_eq!(seed.matching_step(code, now, Some(last)).unwrap(), expected, "{seconds} {last}");
            }
        }
    }

    #[test]
    fn what_is_no_code_matches_nothing() {
        let seed = TotpSeed::from_random(*b"12345678901234567890");
        for code in ["", "28708", "2870822", "94287082", "287 082", "+87082", "28708２", "287082\0", "abcdef"] {
            assert_eq!(seed.matching_step(code, Time::from_seconds(59), None).unwrap(), None, "{code:?}");
        }
    }

    #[test]
    fn an_app_can_take_the_address() {
        let seed = TotpSeed::from_random(*b"12345678901234567890");
        let uri = seed.otpauth_uri("Müller & Söhne: 100%?", "a+b&c=d@acme.com").unwrap();
        let parsed = url::Url::parse(uri.expose()).unwrap();
        assert_eq!((parsed.scheme(), parsed.host_str()), ("otpauth", Some("totp")));
        let query: Vec<(String, String)> = parsed.query_pairs().into_owned().collect();
        let value = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        assert_eq!(value("secret"), Some("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"));
        assert_eq!(value("issuer"), Some("Müller & Söhne  100%?"));
        // What an app does not find it takes to be as everywhere.
        for (name, usual) in [("algorithm", "SHA1"), ("digits", "6"), ("period", "30")] {
            assert!(value(name).is_none_or(|value| value == usual), "{}", uri.expose());
        }
        assert!(!uri.expose().contains('+') || uri.expose().contains("%20"), "{}", uri.expose());
        assert!(parsed.path().starts_with("/M%C3%BCller%20%26%20S%C3%B6hne"), "{}", uri.expose());
        assert_eq!(seed.to_base32().expose(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }
}
