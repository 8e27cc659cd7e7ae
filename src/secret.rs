//! Things that must not be seen: secret texts, the master key and what it seals, one-time tokens.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use hmac::{Hmac, Mac as _};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

/// A text that never appears in logs, replies or `Debug`; its memory is wiped when dropped.
#[derive(Clone, Default)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself. Each call is a place to look at in a review.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        constant_time_equal(self.0.as_bytes(), other.0.as_bytes())
    }
}

impl<'de> serde::Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// Compares in a time that depends on the lengths only.
pub fn constant_time_equal(left: &[u8], right: &[u8]) -> bool {
    subtle::ConstantTimeEq::ct_eq(left, right).into()
}

/// A one-time token of 256 random bits: handed out once, kept only as its digest (contract 9).
pub struct OneTimeToken(Secret);

impl OneTimeToken {
    /// From 32 random bytes.
    pub fn from_random(bytes: &[u8; 32]) -> Self {
        Self(Secret::new(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The text to hand out, 43 characters of base64url.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// What the database keeps.
    pub fn digest(&self) -> TokenDigest {
        TokenDigest::of(self.expose())
    }
}

/// SHA-256 of a one-time token's text. Looking up by it needs no constant time: it reveals nothing of the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    /// The digest of whatever text somebody presents as a token.
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// The raw digest.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Where a sealed value belongs. It is bound into the seal, so that a value moved to another row does not open.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// Table of the value.
    pub table: &'static str,
    /// The row's primary key.
    pub row: &'a str,
    /// Column of the value.
    pub column: &'static str,
}

impl Place<'_> {
    fn associated_data(&self) -> Vec<u8> {
        [self.table, "\0", self.row, "\0", self.column].concat().into_bytes()
    }
}

/// Why a sealed value does not open.
#[derive(Debug, PartialEq, Eq)]
pub enum UnsealError {
    /// It was sealed under another master key.
    OtherKey,
    /// It was changed, cut, or belongs to another row.
    Damaged,
}

impl fmt::Display for UnsealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherKey => "a stored secret was sealed under another master key",
            Self::Damaged => "a stored secret is damaged or was moved",
        })
    }
}

impl std::error::Error for UnsealError {}

const KEY_ID_BYTES: usize = 4;
const NONCE_BYTES: usize = 24;

/// Seals what must be read back, under the installation's master key (contract 9).
///
/// Layout of a sealed value: 4 bytes key id (start of the key's SHA-256), 24 bytes nonce, XChaCha20-Poly1305 text.
#[derive(Clone)]
pub struct Vault {
    cipher: XChaCha20Poly1305,
    key_id: [u8; KEY_ID_BYTES],
    audit_key: MacKey,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault([redacted])")
    }
}

impl Vault {
    /// A vault under this master key.
    pub fn new(key: &MasterKey) -> Self {
        let digest: [u8; 32] = Sha256::digest(&key.0[..]).into();
        let mut key_id = [0; KEY_ID_BYTES];
        key_id.copy_from_slice(&digest[..KEY_ID_BYTES]);
        let audit_key = MacKey::derive(key, "trueport audit 1");
        Self { cipher: XChaCha20Poly1305::new((&*key.0).into()), key_id, audit_key }
    }

    /// What the audit is authenticated with.
    pub fn audit_key(&self) -> &MacKey {
        &self.audit_key
    }

    /// Seals `plain` for `place` with a nonce that must be fresh and random.
    pub fn seal(&self, place: Place<'_>, plain: &[u8], nonce: &[u8; NONCE_BYTES]) -> Vec<u8> {
        let payload = Payload { msg: plain, aad: &place.associated_data() };
        // The cipher fails only for texts over 256 GiB, which no column holds.
        let text = self.cipher.encrypt(nonce.into(), payload).unwrap_or_default();
        [&self.key_id[..], nonce, &text].concat()
    }

    /// Opens what [`Vault::seal`] made for the same place.
    pub fn unseal(&self, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, UnsealError> {
        let (key_id, rest) = sealed.split_at_checked(KEY_ID_BYTES).ok_or(UnsealError::Damaged)?;
        let (nonce, text) = rest.split_at_checked(NONCE_BYTES).ok_or(UnsealError::Damaged)?;
        if key_id != self.key_id {
            return Err(UnsealError::OtherKey);
        }
        let nonce: &[u8; NONCE_BYTES] = nonce.try_into().map_err(|_| UnsealError::Damaged)?;
        let payload = Payload { msg: text, aad: &place.associated_data() };
        self.cipher.decrypt(nonce.into(), payload).map(Zeroizing::new).map_err(|_| UnsealError::Damaged)
    }
}

/// Authenticates what anybody may read: HMAC-SHA-256 under a key that is made from the master key for one purpose only.
#[derive(Clone)]
pub struct MacKey(Hmac<Sha256>);

impl MacKey {
    /// The key for the purpose that `label` names.
    fn derive(key: &MasterKey, label: &str) -> Self {
        let derived = Zeroizing::new(Self::under(&key.0[..]).of(label.as_bytes()));
        Self::under(&derived[..])
    }

    fn under(key: &[u8]) -> Self {
        Self(Hmac::new_from_slice(key).expect("HMAC takes keys of any length"))
    }

    /// The code of a message.
    pub fn of(&self, message: &[u8]) -> [u8; 32] {
        self.0.clone().chain_update(message).finalize().into_bytes().into()
    }
}

impl fmt::Debug for MacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// The installation's master key: 32 bytes, written as 43 characters of base64url.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl MasterKey {
    /// From 32 random bytes.
    pub fn from_random(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Parses the text form; white space around it is ignored.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = URL_SAFE_NO_PAD.decode(text.trim()).ok()?;
        let key = <[u8; 32]>::try_from(bytes.as_slice()).ok().map(Self::from_random);
        bytes.zeroize();
        key
    }

    /// The text form, for the key file.
    pub fn to_text(&self) -> Secret {
        Secret::new(URL_SAFE_NO_PAD.encode(&self.0[..]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place<'static> = Place { table: "otp_codes", row: "usr_1", column: "code_sealed" };

    #[test]
    fn a_sealed_value_opens_only_in_its_place_under_its_key_unchanged() {
        let vault = Vault::new(&MasterKey::from_random([7; 32]));
        let sealed = vault.seal(PLACE, b"123456", &[1; 24]);
        assert_eq!(vault.unseal(PLACE, &sealed).expect("opens").as_slice(), b"123456");
        assert!(!sealed.windows(6).any(|window| window == b"123456"));

        let elsewhere = Place { row: "usr_2", ..PLACE };
        assert_eq!(vault.unseal(elsewhere, &sealed), Err(UnsealError::Damaged));
        let other = Vault::new(&MasterKey::from_random([8; 32]));
        assert_eq!(other.unseal(PLACE, &sealed), Err(UnsealError::OtherKey));
        for index in KEY_ID_BYTES..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert_eq!(vault.unseal(PLACE, &changed), Err(UnsealError::Damaged));
        }
        for length in 0..sealed.len() {
            assert!(vault.unseal(PLACE, &sealed[..length]).is_err());
        }
    }

    #[test]
    fn nothing_secret_is_printed() {
        let key = MasterKey::from_random([7; 32]);
        let printed = format!("{:?} {:?} {:?}", Secret::new("hunter2"), key, Vault::new(&key));
        assert_eq!(printed, "[redacted] [redacted] Vault([redacted])");
    }

    #[test]
    fn a_master_key_survives_its_text_form() {
        let text = MasterKey::from_random([9; 32]).to_text();
        let again = MasterKey::parse(&format!(" {}\n", text.expose())).expect("parses");
        assert_eq!(again.to_text(), text);
        assert!(MasterKey::parse("short").is_none());
    }
}
