//! Invitations into a tenant (contract 27).

use std::time::Duration;

use crate::db::Tx;
use crate::domain::audit::{self, Changes, Target};
use crate::domain::caller::{Acting, Caller};
use crate::domain::fields::Email;
use crate::domain::installation::Installation;
use crate::domain::outbox::Mail;
use crate::domain::tenant_caller::{Admin, TenantCaller, check_open};
use crate::domain::throttle;
use crate::error::{Code, Error, Result};
use crate::id::{InviteId, MembershipId, TenantId};
use crate::secret::{OneTimeToken, TokenDigest};
use crate::store::invites::{self, Invite, Revoked};
use crate::store::memberships;
use crate::store::roles::Role;
use crate::store::tenants::Tenant;
use crate::store::users::{self, User};

const DAYS: u64 = 7;

/// How long the link of an invitation is good for.
const LIFETIME: Duration = Duration::from_secs(DAYS * 24 * 60 * 60);

/// How long an invitation that expired is still listed, so that it can be sent again.
pub const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Invites an address. One that waits for the same address is issued again: same id, everything else new.
pub fn create(
    tx: &mut Tx<'_>,
    by: &TenantCaller<Admin>,
    installation: &Installation,
    email: &Email,
    role: Role,
) -> Result<Invite> {
    reserve(tx, by, installation)?;
    throttle::reserve_invite_to(tx, by.tenant.id(), email.as_ref(), &by.caller.origin)?;
    let waiting = invites::by_email(tx, by.scope(), email.as_ref())?;
    let changes = Changes::none().with("email", email.as_ref()).with("role", role.as_str());
    let record = match &waiting {
        Some(invite) => ("invite.reissued", changes.with("old_role", invite.role.as_str())),
        None => ("invite.created", changes),
    };
    issue(tx, by, installation, email.as_ref(), role, record)
}

/// Sends an invitation again, with a new link; the old one is dead.
pub fn resend(tx: &mut Tx<'_>, by: &TenantCaller<Admin>, installation: &Installation, id: &InviteId) -> Result<Invite> {
    reserve(tx, by, installation)?;
    let invite = invites::by_id(tx, by.scope(), id)?.ok_or_else(unknown)?;
    throttle::reserve_invite_to(tx, by.tenant.id(), &invite.email, &by.caller.origin)?;
    let changes = Changes::none().with("email", invite.email.as_str()).with("role", invite.role.as_str());
    issue(tx, by, installation, &invite.email, invite.role, ("invite.resent", changes))
}

/// Too many mails are refused before anything is said of the invitation.
fn reserve(tx: &mut Tx<'_>, by: &TenantCaller<Admin>, installation: &Installation) -> Result<()> {
    let limit = u64::try_from(installation.settings().integer("tenants.invite_mails_per_hour")).unwrap_or(0);
    throttle::reserve_invite(tx, by.tenant.id(), &by.caller.user.id, limit, &by.caller.origin)
}

fn unknown() -> Error {
    Error::new(Code::NotFound).with_detail("Invitation not found.")
}

fn issue(
    tx: &mut Tx<'_>,
    by: &TenantCaller<Admin>,
    installation: &Installation,
    email: &str,
    role: Role,
    (action, changes): (&'static str, Changes),
) -> Result<Invite> {
    let invitee = users::by_email(tx, email)?;
    if let Some(user) = &invitee
        && memberships::find(tx, by.scope(), &user.id)?.is_some()
    {
        return Err(Error::new(Code::AlreadyMember));
    }
    let token = OneTimeToken::from_random(&tx.random());
    let now = tx.now();
    let inviter = &by.caller.user;
    let mut invite = Invite {
        id: tx.new_id(),
        email: email.to_owned(),
        role,
        invited_by: inviter.id.clone(),
        created_at: now,
        expires_at: now + LIFETIME,
    };
    invite.id = invites::put(tx, by.scope(), &invite, &token.digest())?;
    audit::record(tx, by, action, &Target::new("invite", &invite.id).of(by.scope()), changes)?;
    let mail = match &invitee {
        Some(user) => Mail::to(user, "invitation"),
        None => Mail::to_stranger(email, "invitation"),
    };
    // An address that nobody proved must not vouch for the invitation: it may be anybody's.
    let inviter_email = inviter.email_verified_at.map_or("", |_| inviter.email.as_str());
    mail.about(&by.tenant)
        .with("inviter_email", inviter_email)
        .with("role", role.as_str())
        .with("invite_url", installation.link("invite", token.expose()))
        .with("days", DAYS.to_string())
        .within(LIFETIME)
        .send(tx, installation)?;
    Ok(invite)
}

/// Part of the invitations that wait, newest first, each with the address of who invited; and how many there are.
pub fn list(
    tx: &mut Tx<'_>,
    by: &TenantCaller<Admin>,
    limit: i64,
    offset: i64,
) -> Result<(Vec<(Invite, String)>, i64)> {
    Ok(invites::list(tx, by.scope(), limit, offset)?)
}

/// Takes an invitation back; its link is dead.
pub fn revoke(tx: &mut Tx<'_>, by: &TenantCaller<Admin>, id: &InviteId) -> Result<()> {
    let invite = invites::by_id(tx, by.scope(), id)?.ok_or_else(unknown)?;
    invites::delete(tx, by.scope(), id)?;
    record_revoked(tx, by, &[Revoked { scope: by.scope().clone(), id: invite.id, email: invite.email }])
}

/// Tells each tenant's audit of invitations that were taken back.
pub fn record_revoked(tx: &mut Tx<'_>, by: &impl Acting, revoked: &[Revoked]) -> Result<()> {
    for invite in revoked {
        let changes = Changes::none().with("email", invite.email.as_str());
        audit::record(tx, by, "invite.revoked", &Target::new("invite", &invite.id).of(&invite.scope), changes)?;
    }
    Ok(())
}

/// An invitation whose token was shown by the person it is meant for.
pub struct Invitation {
    invite: Invite,
    tenant: Tenant,
}

/// The invitation of a token, for the person with this address: 400 unless the token is good, 403 if it is meant for
/// somebody else or the tenant is closed.
pub fn find(tx: &mut Tx<'_>, token: &TokenDigest, email: &str) -> Result<Invitation> {
    let found = invites::operator_by_token(tx, token)?;
    let (invite, tenant) = found.ok_or_else(|| Error::new(Code::InvalidToken))?;
    if invite.email != email {
        return Err(Error::new(Code::OtherRecipient));
    }
    check_open(&tenant)?;
    Ok(Invitation { invite, tenant })
}

/// A membership that an invitation led to.
pub struct Joined {
    /// The tenant.
    pub tenant_id: TenantId,
    /// What the person is in it.
    pub role: Role,
    /// The new membership.
    pub membership_id: MembershipId,
}

/// Makes the caller a member.
pub fn accept(tx: &mut Tx<'_>, caller: &Caller, installation: &Installation, token: &TokenDigest) -> Result<Joined> {
    let invitation = find(tx, token, &caller.user.email)?;
    join(tx, caller, installation, &caller.user, &invitation)
}

/// Makes a person a member, which uses the invitation up and proves the address that it was sent to.
pub fn join(
    tx: &mut Tx<'_>,
    by: &impl Acting,
    installation: &Installation,
    user: &User,
    Invitation { invite, tenant }: &Invitation,
) -> Result<Joined> {
    let scope = tenant.scope();
    if memberships::find(tx, scope, &user.id)?.is_some() {
        return Err(Error::new(Code::AlreadyMember));
    }
    let membership_id = match memberships::insert(tx, scope, &user.id, invite.role) {
        Err(error) if error.is_unique("memberships__tenant_id__user_id") => {
            return Err(Error::new(Code::AlreadyMember));
        }
        inserted => inserted?,
    };
    invites::delete(tx, scope, &invite.id)?;
    let changes = Changes::none()
        .with("user_id", user.id.as_ref())
        .with("role", invite.role.as_str())
        .with("invite_id", invite.id.as_ref());
    audit::record(tx, by, "membership.created", &Target::new("membership", &membership_id).of(scope), changes)?;
    if user.email_verified_at.is_none() {
        users::set_email_verified(tx, &user.id)?;
        audit::record(tx, by, "user.email_verified", &Target::new("user", &user.id), Changes::none())?;
    }
    if let Some(inviter) = users::by_id(tx, &invite.invited_by)? {
        Mail::to(&inviter, "invitation_accepted")
            .about(tenant)
            .with("member_email", user.email.as_str())
            .with("role", invite.role.as_str())
            .send(tx, installation)?;
    }
    Ok(Joined { tenant_id: tenant.id().clone(), role: invite.role, membership_id })
}
