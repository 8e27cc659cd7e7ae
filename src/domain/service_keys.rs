//! Services of the platform, such as the gateway, and the keys they hold (contract 15).

use std::marker::PhantomData;

use crate::db::{Authority, Tx};
use crate::domain::audit::{self, Changes, Target};
use crate::domain::caller::Acting;
use crate::domain::fields::Name;
use crate::error::{Code, Error, Result};
use crate::id::ServiceKeyId;
use crate::secret::{OneTimeToken, Secret, TokenDigest};
use crate::store::service_keys::{self, ServiceKey};

/// What every key begins with.
pub const PREFIX: &str = "tpk_";

/// 256 bits in base64url.
const SECRET_LENGTH: usize = 43;

macro_rules! scopes {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// Names of the scopes that there are.
        pub const SCOPES: &[&str] = &[$($text),*];
        $(
            $(#[$doc])*
            #[derive(Clone, Debug)]
            pub struct $name;
            impl ServiceScope for $name {
                const NAME: &'static str = $text;
            }
        )*
    };
}

/// What a service may do, as a type.
pub trait ServiceScope: Clone + Send + Sync + 'static {
    /// Its name in the API.
    const NAME: &'static str;
}

scopes! {
    /// Asks whether a token is good.
    TokensRead = "tokens:read";
    /// Reports usage.
    UsageWrite = "usage:write";
    /// Reads a tenant's configuration.
    ConfigsRead = "configs:read";
    /// Reads a tenant's limits and use.
    EntitlementsRead = "entitlements:read";
}

/// A service that holds a key with the scope `S`, as the database knew it a moment ago.
#[derive(Clone, Debug)]
pub struct ServiceCaller<S> {
    /// Its key.
    pub key_id: ServiceKeyId,
    digest: TokenDigest,
    scope: PhantomData<S>,
}

impl<S: ServiceScope> ServiceCaller<S> {
    /// The service behind a key: 401 unless the key is live, 403 without the scope.
    pub fn load(tx: &mut Tx<'_>, digest: &TokenDigest) -> Result<Self> {
        let key = service_keys::live(tx, digest)?.ok_or_else(|| Error::new(Code::Unauthorized))?;
        if key.scopes.iter().all(|scope| scope != S::NAME) {
            return Err(Error::new(Code::MissingScope));
        }
        Ok(Self { key_id: key.id, digest: digest.clone(), scope: PhantomData })
    }
}

impl<S: ServiceScope> Authority for ServiceCaller<S> {
    fn confirm(&self, tx: &mut Tx<'_>) -> Result<Self> {
        Self::load(tx, &self.digest)
    }
}

/// The digest of a text with the form of a key; nothing else is worth a look into the database.
pub fn parse(text: &str) -> Option<TokenDigest> {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let secret = text.strip_prefix(PREFIX)?;
    (secret.len() == SECRET_LENGTH && secret.bytes().all(is_letter)).then(|| TokenDigest::of(text))
}

/// Whether a text is a key that works.
pub fn is_live(tx: &mut Tx<'_>, digest: &TokenDigest) -> Result<bool> {
    Ok(service_keys::live(tx, digest)?.is_some())
}

/// The scopes of these names, in the order of [`SCOPES`] and none twice.
pub fn parse_scopes(names: &[String]) -> std::result::Result<Vec<String>, String> {
    // What is wrong is not repeated: it may be a key in the wrong field.
    if names.is_empty() || names.iter().any(|name| !SCOPES.contains(&name.as_str())) {
        return Err(format!("must be one or more of {}", SCOPES.join(", ")));
    }
    Ok(SCOPES.iter().filter(|scope| names.iter().any(|name| name == *scope)).map(|scope| (*scope).to_owned()).collect())
}

/// Makes a key. Its secret is shown this once.
pub fn create(tx: &mut Tx<'_>, by: &impl Acting, name: &Name, scopes: &[String]) -> Result<(ServiceKey, Secret)> {
    let secret = Secret::new(format!("{PREFIX}{}", OneTimeToken::from_random(&tx.random()).expose()));
    let key = ServiceKey {
        id: tx.new_id(),
        name: name.as_ref().to_owned(),
        scopes: scopes.to_vec(),
        created_at: tx.now(),
        revoked_at: None,
    };
    service_keys::insert(tx, &key, &TokenDigest::of(secret.expose()))?;
    let changes = Changes::none().with("name", key.name.as_str()).with("scopes", scopes);
    audit::record(tx, by, "service_key.created", &Target::new("service_key", &key.id), changes)?;
    Ok((key, secret))
}

/// Part of the keys, revoked ones too, newest first, and how many there are.
pub fn list(tx: &mut Tx<'_>, _: &impl Acting, limit: i64, offset: i64) -> Result<(Vec<ServiceKey>, i64)> {
    Ok(service_keys::list(tx, limit, offset)?)
}

/// Revokes a key: it does not work from the next request on.
pub fn revoke(tx: &mut Tx<'_>, by: &impl Acting, id: &ServiceKeyId) -> Result<()> {
    if !service_keys::revoke(tx, id)? {
        return Err(Error::new(Code::NotFound).with_detail("there is no service key with this id that works"));
    }
    Ok(audit::record(tx, by, "service_key.revoked", &Target::new("service_key", id), Changes::none())?)
}
