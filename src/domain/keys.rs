//! The ring of signing keys: the newest one of the chosen algorithm signs, all of them verify (contract 10).

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};

use crate::db::{Topic, Tx};
use crate::domain::audit::{self, Changes, Target};
use crate::domain::caller::Acting;
use crate::domain::tokens::{AUDIENCE, Claims};
use crate::error::{Error, Result};
use crate::id::{Id, KeyId};
use crate::secret::{Place, Vault};
use crate::store::installation;
use crate::store::signing_keys::{self, StoredKey};

/// How tokens are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenAlgorithm {
    /// HMAC with SHA-256; only the installation itself can verify.
    Hs256,
    /// Ed25519 (RFC 8037); anybody can verify with the public keys.
    EdDsa,
}

impl TokenAlgorithm {
    /// Its name in JOSE.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// From its name in JOSE.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Hs256, Self::EdDsa].into_iter().find(|algorithm| algorithm.as_str() == name)
    }
}

/// Genuine tokens whose claims are remembered; some megabytes.
const REMEMBERED: usize = 4_096;

/// Keys by id. Cheap to clone; clones remember the same tokens. A ring is never changed: when the keys change, a new one
/// takes its place, which remembers nothing.
#[derive(Clone)]
pub struct KeyRing(Arc<Ring>);

struct Ring {
    /// Newest first.
    keys: Vec<SigningKey>,
    genuine: RwLock<HashMap<Box<str>, Arc<Claims>>>,
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing({} keys)", self.0.keys.len())
    }
}

/// One key, ready for use.
pub struct SigningKey {
    id: KeyId,
    algorithm: TokenAlgorithm,
    header: Header,
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    public_key: Option<Vec<u8>>,
}

impl SigningKey {
    /// Its id, the `kid` of the tokens it signs.
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// Signs claims. The same claims always give the same token.
    pub fn sign(&self, claims: &Claims) -> Result<String> {
        jsonwebtoken::encode(&self.header, claims, &self.encoding).map_err(Error::internal)
    }

    fn new(stored: &StoredKey, secret: &[u8], issuer: &str) -> Result<Self> {
        let algorithm = TokenAlgorithm::parse(&stored.algorithm)
            .ok_or_else(|| Error::internal(format!("unknown signing algorithm {}", stored.algorithm)))?;
        let (jose, encoding, decoding, public_key) = match algorithm {
            TokenAlgorithm::Hs256 => {
                (Algorithm::HS256, EncodingKey::from_secret(secret), DecodingKey::from_secret(secret), None)
            }
            TokenAlgorithm::EdDsa => {
                let pair = Ed25519KeyPair::from_seed_unchecked(secret).map_err(Error::internal)?;
                let der = pair.to_pkcs8v1().map_err(Error::internal)?;
                let public_key = pair.public_key().as_ref().to_vec();
                let encoding = EncodingKey::from_ed_der(der.as_ref());
                (Algorithm::EdDSA, encoding, DecodingKey::from_ed_der(&public_key), Some(public_key))
            }
        };
        let mut header = Header::new(jose);
        header.kid = Some(stored.id.to_string());
        let mut validation = Validation::new(jose);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[issuer]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // The installation's clock decides, see `KeyRing::verify`.
        validation.validate_exp = false;
        Ok(Self { id: stored.id.clone(), algorithm, header, encoding, decoding, validation, public_key })
    }
}

impl KeyRing {
    /// Reads all keys.
    pub fn load(tx: &mut Tx<'_>, vault: &Vault, issuer: &str) -> Result<Self> {
        let mut keys = Vec::new();
        for stored in signing_keys::list(tx)? {
            let secret = vault.unseal(place(&stored.id), &stored.secret_sealed).map_err(Error::internal)?;
            keys.push(SigningKey::new(&stored, &secret, issuer)?);
        }
        Ok(Self(Arc::new(Ring { keys, genuine: RwLock::default() })))
    }

    /// Makes and stores a new key, which signs from now on if its algorithm is the chosen one.
    fn add(tx: &mut Tx<'_>, by: &impl Acting, vault: &Vault, algorithm: TokenAlgorithm) -> Result<()> {
        let id: KeyId = tx.new_id();
        let changes = Changes::none().with("algorithm", algorithm.as_str());
        audit::record(tx, by, "signing_key.created", &Target::new("signing_key", &id), changes)?;
        let secret = zeroize::Zeroizing::new(tx.random::<32>());
        let nonce = tx.random();
        let secret_sealed = vault.seal(place(&id), &*secret, &nonce);
        signing_keys::insert(tx, &StoredKey { id, algorithm: algorithm.as_str().to_owned(), secret_sealed })?;
        installation::count_revision(tx)?;
        tx.announce(Topic::Settings);
        Ok(())
    }

    /// Makes a key of this algorithm unless there is one.
    pub fn ensure(tx: &mut Tx<'_>, by: &impl Acting, vault: &Vault, algorithm: TokenAlgorithm) -> Result<()> {
        let stored = signing_keys::list(tx)?;
        if stored.iter().all(|key| key.algorithm != algorithm.as_str()) {
            Self::add(tx, by, vault, algorithm)?;
        }
        Ok(())
    }

    /// The key that signs.
    pub fn active(&self, algorithm: TokenAlgorithm) -> Result<&SigningKey> {
        self.0
            .keys
            .iter()
            .find(|key| key.algorithm == algorithm)
            .ok_or_else(|| Error::internal(format!("there is no signing key for {}", algorithm.as_str())))
    }

    /// The key with this id.
    pub fn get(&self, id: &KeyId) -> Option<&SigningKey> {
        self.0.keys.iter().find(|key| key.id == *id)
    }

    /// Checks signature, issuer, audience and that every claim is there. The caller checks `exp` and what the database
    /// says of the session.
    ///
    /// The claims of a genuine token are remembered, since a client shows the same one with every request: neither its
    /// signature nor its claims can change.
    pub fn verify(&self, token: &str) -> Option<Arc<Claims>> {
        // Nothing that holds the lock can leave it half changed.
        let remembered = self.0.genuine.read().unwrap_or_else(PoisonError::into_inner).get(token).cloned();
        if remembered.is_some() {
            return remembered;
        }
        let claims = Arc::new(self.check(token)?);
        let mut genuine = self.0.genuine.write().unwrap_or_else(PoisonError::into_inner);
        if genuine.len() >= REMEMBERED {
            genuine.clear();
        }
        genuine.insert(token.into(), Arc::clone(&claims));
        Some(claims)
    }

    fn check(&self, token: &str) -> Option<Claims> {
        let kid = jsonwebtoken::decode_header(token).ok()?.kid?;
        let key = self.get(&KeyId::parse(&kid)?)?;
        jsonwebtoken::decode::<Claims>(token, &key.decoding, &key.validation).ok().map(|data| data.claims)
    }

    /// Public keys as `(kid, raw Ed25519 key)`, for verifiers outside.
    pub fn public_keys(&self) -> impl Iterator<Item = (&KeyId, &[u8])> {
        self.0.keys.iter().filter_map(|key| key.public_key.as_deref().map(|public| (&key.id, public)))
    }
}

fn place(id: &KeyId) -> Place<'_> {
    Place { table: "signing_keys", row: id.as_ref(), column: "secret_sealed" }
}
