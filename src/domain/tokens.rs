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

/// Which data of a tenant is worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// Production data.
    Prod,
    /// Data for trying out what comes next.
    Staging,
    /// Development data.
    Dev,
}

impl Environment {
    /// Every environment.
    pub const ALL: [Self; 3] = [Self::Prod, Self::Staging, Self::Dev];

    /// Its name in tokens and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Prod => "prod",
            Self::Staging => "staging",
            Self::Dev => "dev",
        }
    }
}

/// Who acts as the subject of a token (RFC 8693, section 4.1).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Actor {
    /// User id of the platform admin, whose session the token's `sid` is.
    pub sub: String,
}

/// The claims of a token (RFC 7519).
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
    /// Tenant id, in a scoped token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tid: Option<String>,
    /// What the person was in the tenant when the token was made, in a scoped token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Environment, in a scoped token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub env: Option<Environment>,
    /// The platform admin who acts as `sub`, in a scoped token for support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Actor>,
}

impl Claims {
    /// Whether the token works at this moment; there is no leeway.
    pub fn is_current(&self, now: Time) -> bool {
        now.seconds() < self.exp
    }
}
