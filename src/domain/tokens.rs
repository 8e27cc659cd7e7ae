//! What tokens say (contract 10 and 11). It is a hint only: the database decides.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Time;

/// `aud` of every token.
pub const AUDIENCE: &str = "trueport";

/// Life of an access token.
pub const ACCESS_LIFETIME: Duration = Duration::from_secs(1_800);

/// Kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenType {
    /// Access across tenants.
    Global,
    /// Access to one tenant.
    Scoped,
    /// Exchanged for a new pair.
    Refresh,
}

/// The claims of a token (RFC 7519). A scoped token adds `tid`, `role` and `env`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claims {
    /// Installation id.
    pub iss: String,
    /// Always `trueport`.
    pub aud: String,
    /// User id.
    pub sub: String,
    /// Seconds since the Unix epoch at which it was made.
    pub iat: i64,
    /// Seconds since the Unix epoch from which on it does not work.
    pub exp: i64,
    /// Id of the token itself.
    pub jti: String,
    /// Session id.
    pub sid: String,
    /// Kind of token.
    pub typ: TokenType,
}

impl Claims {
    /// Whether the token works at this moment; there is no leeway.
    pub fn is_current(&self, now: Time) -> bool {
        now.seconds() < self.exp
    }
}
