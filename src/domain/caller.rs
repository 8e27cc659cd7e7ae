//! Who acts: a signed-in person, somebody anonymous, the operator at the command line, or the program itself.

use std::net::IpAddr;

use crate::clock::Time;
use crate::db::{Authority, Tx};
use crate::domain::enforcement::{self, Unproven};
use crate::domain::tokens::Claims;
use crate::error::{Code, Error, Result};
use crate::id::{Id, SessionId, UserId};
use crate::store::sessions;
use crate::store::users::User;

/// Where an action came from.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// Request that caused it; none at the command line.
    pub request_id: Option<String>,
    /// The client's address, behind trusted proxies too.
    pub address: Option<IpAddr>,
}

impl Origin {
    /// What limits count for an address: itself, or the /64 network of an IPv6 address (contract 18).
    pub fn address_key(&self) -> String {
        match self.address {
            None => String::new(),
            Some(IpAddr::V4(address)) => address.to_string(),
            Some(IpAddr::V6(address)) => match address.to_ipv4_mapped() {
                Some(mapped) => mapped.to_string(),
                None => {
                    let [a, b, c, d, ..] = address.segments();
                    format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
                }
            },
        }
    }
}

/// Somebody who acts, for the audit.
pub trait Acting {
    /// `user`, `anonymous`, `operator` or `system`.
    fn kind(&self) -> &'static str;
    /// The user who acts.
    fn user_id(&self) -> Option<&UserId> {
        None
    }
    /// The platform admin who acts as this user.
    fn impersonator_id(&self) -> Option<&UserId> {
        None
    }
    /// The session of the user who acts.
    fn session_id(&self) -> Option<&SessionId> {
        None
    }
    /// Where it came from.
    fn origin(&self) -> Option<&Origin> {
        None
    }
}

/// A signed-in person, as the database knew them a moment ago.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The person.
    pub user: User,
    /// The session of the token: the impersonator's, where there is one.
    pub session_id: SessionId,
    /// Its end whatever happens.
    pub session_expires_at: Time,
    /// The platform admin who acts as this person.
    pub impersonator_id: Option<UserId>,
    /// Whether a second factor was proved in it.
    pub is_proven: bool,
    /// Second from which on the token does not work.
    pub token_expires_at: Time,
    /// Where the request came from.
    pub origin: Origin,
}

impl Caller {
    /// The live person behind a verified token (contract 12): 401 when the session has ended or the person is disabled.
    pub fn load(tx: &mut Tx<'_>, claims: &Claims, origin: &Origin) -> Result<Self> {
        let (Some(user_id), Some(session_id)) = (UserId::parse(&claims.sub), SessionId::parse(&claims.sid)) else {
            return Err(Error::new(Code::Unauthorized));
        };
        Self::find(tx, &user_id, session_id, Time::from_seconds(claims.exp), origin)
    }

    fn find(
        tx: &mut Tx<'_>,
        user_id: &UserId,
        session_id: SessionId,
        token_expires_at: Time,
        origin: &Origin,
    ) -> Result<Self> {
        match sessions::live(tx, &session_id, user_id)? {
            Some(live) if !live.user.is_disabled => Ok(Self {
                user: live.user,
                session_id,
                session_expires_at: live.expires_at,
                impersonator_id: None,
                is_proven: live.is_proven,
                token_expires_at,
                origin: origin.clone(),
            }),
            _ => Err(Error::new(Code::Unauthorized)),
        }
    }

    /// The token, where no second factor was proved in its session.
    pub fn unproven(&self) -> Option<Unproven<'_>> {
        (!self.is_proven).then_some(Unproven {
            user_id: self.impersonator_id.as_ref().unwrap_or(&self.user.id),
            session_id: &self.session_id,
            token_expires_at: self.token_expires_at,
        })
    }
}

impl Authority for Caller {
    fn confirm(&self, tx: &mut Tx<'_>) -> Result<Self> {
        Self::find(tx, &self.user.id, self.session_id.clone(), self.token_expires_at, &self.origin)
    }
}

impl Acting for Caller {
    fn kind(&self) -> &'static str {
        "user"
    }
    fn user_id(&self) -> Option<&UserId> {
        Some(&self.user.id)
    }
    fn impersonator_id(&self) -> Option<&UserId> {
        self.impersonator_id.as_ref()
    }
    fn session_id(&self) -> Option<&SessionId> {
        Some(&self.session_id)
    }
    fn origin(&self) -> Option<&Origin> {
        Some(&self.origin)
    }
}

/// A signed-in platform admin, as the database knew them a moment ago.
#[derive(Clone, Debug)]
pub struct PlatformAdmin(Caller);

impl PlatformAdmin {
    /// The person, if they are a platform admin and have proved a second factor where admins must; else what to answer.
    pub fn of(tx: &mut Tx<'_>, caller: Caller) -> Result<Self> {
        if !caller.user.is_platform_admin {
            return Err(Error::new(Code::PlatformAdminRequired));
        }
        if let Some(unproven) = caller.unproven() {
            enforcement::check_admin(tx, &unproven)?;
        }
        Ok(Self(caller))
    }

    /// The person and the session.
    pub fn caller(&self) -> &Caller {
        &self.0
    }
}

impl Authority for PlatformAdmin {
    fn confirm(&self, tx: &mut Tx<'_>) -> Result<Self> {
        let caller = self.0.confirm(tx)?;
        Self::of(tx, caller)
    }
}

impl Acting for PlatformAdmin {
    fn kind(&self) -> &'static str {
        self.0.kind()
    }
    fn user_id(&self) -> Option<&UserId> {
        self.0.user_id()
    }
    fn session_id(&self) -> Option<&SessionId> {
        self.0.session_id()
    }
    fn origin(&self) -> Option<&Origin> {
        self.0.origin()
    }
}

/// Somebody who did not sign in. Only routes that are open to everybody make one.
#[derive(Clone, Debug)]
pub struct Anonymous {
    /// Where the request came from.
    pub origin: Origin,
}

impl Authority for Anonymous {
    fn confirm(&self, _: &mut Tx<'_>) -> Result<Self> {
        Ok(self.clone())
    }
}

impl Acting for Anonymous {
    fn kind(&self) -> &'static str {
        "anonymous"
    }
    fn origin(&self) -> Option<&Origin> {
        Some(&self.origin)
    }
}

/// The operator: whoever may run the command line on the data folder.
#[derive(Clone, Debug)]
pub struct Operator;

impl Authority for Operator {
    fn confirm(&self, _: &mut Tx<'_>) -> Result<Self> {
        Ok(Self)
    }
}

impl Acting for Operator {
    fn kind(&self) -> &'static str {
        "operator"
    }
}

/// The program itself, in a job or at its start.
#[derive(Clone, Debug)]
pub struct System;

impl Authority for System {
    fn confirm(&self, _: &mut Tx<'_>) -> Result<Self> {
        Ok(Self)
    }
}

impl Acting for System {
    fn kind(&self) -> &'static str {
        "system"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_count_ipv6_by_network_and_mapped_ipv4_as_ipv4() {
        let cases = [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ];
        for (address, key) in cases {
            let origin = Origin { request_id: None, address: address.parse().ok() };
            assert_eq!(origin.address_key(), key);
        }
    }
}
