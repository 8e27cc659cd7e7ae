//! Whoever loses power in an organization does not come back by an invitation made or received before.

use serde_json::json;

use super::accept::take_address;
use super::{invited, register};
use crate::harness::TestServer;
use crate::inspect::set_disabled;
use crate::members::{leave, transfer};
use crate::organization::{Organization, Person, accept, change, invite, remove};

/// What happens to somebody.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Deed {
    Removed,
    Left,
    Disabled,
    /// To this role.
    Demoted(&'static str),
    AccountDisabled,
    Promoted,
    SameAgain,
    Owner,
}

async fn happen(server: &TestServer, org: &Organization, person: &Person, deed: Deed) {
    let owner = &org.owner.scoped;
    let give = async |body| change(server, owner, &person.user_id, body).await.expect(200);
    match deed {
        Deed::Removed => drop(remove(server, owner, &person.user_id).await.expect(200)),
        Deed::Left => drop(leave(server, &person.scoped).await.expect(204)),
        Deed::Disabled => drop(give(json!({"status": "disabled"})).await),
        Deed::Demoted(role) => drop(give(json!({"role": role})).await),
        Deed::AccountDisabled => set_disabled(server, &person.email, true).await,
        Deed::Promoted => {
            // Down first, which takes the invitations with it; then up, and again.
            give(json!({"role": "member"})).await;
            server.mail.next_mail_to(&person.email).await;
            give(json!({"role": "admin"})).await;
        }
        Deed::SameAgain => drop(give(json!({"role": "admin", "status": "active"})).await),
        Deed::Owner => drop(transfer(server, owner, &person.user_id).await.expect(200)),
    }
    let mails: &[&str] = match deed {
        Deed::Removed | Deed::Demoted(_) | Deed::Promoted => &[&person.email],
        Deed::Owner => &[&person.email, &org.owner.email],
        Deed::Left | Deed::Disabled | Deed::AccountDisabled | Deed::SameAgain => &[],
    };
    for email in mails {
        server.mail.next_mail_to(email).await;
    }
}

#[tokio::test]
async fn invitations_by_and_to_somebody_end_with_the_power() {
    let server = TestServer::start().await;
    server.set_config("auth.anonymous_requests_per_minute", json!(10_000)).await;
    let cases = [
        (Deed::Removed, true),
        (Deed::Left, true),
        (Deed::Disabled, true),
        (Deed::Demoted("member"), true),
        (Deed::Demoted("viewer"), true),
        (Deed::AccountDisabled, true),
        (Deed::SameAgain, false),
        (Deed::Owner, false),
    ];
    for (index, (deed, is_revoked)) in cases.into_iter().enumerate() {
        let org = Organization::of(&server, &format!("owner{index}@acme.com"), &format!("acme-{index}")).await;
        let other = Organization::of(&server, &format!("other{index}@acme.com"), &format!("other-{index}")).await;
        let (first, next) = (format!("person{index}@acme.com"), format!("next{index}@acme.com"));
        let mut person = org.join(&server, &first, "admin").await;
        // Somebody invited, the person's own address to be, what others sent, and what the person sent elsewhere.
        let (by, of) = (format!("by{index}@acme.com"), format!("of{index}@acme.com"));
        invite(&server, &person.scoped, &by, "admin").await.expect(201);
        let by_person = server.mail.next_mail_to(&by).await.link_token();
        let to_person = org.invite(&server, &next, "admin").await;
        let of_owner = org.invite(&server, &of, "viewer").await;
        take_address(&server, &person.access, &first, &next).await;
        person.email = next.clone();
        let elsewhere = other.invite(&server, &next, "viewer").await;

        happen(&server, &org, &person, deed).await;

        let waiting = if is_revoked { vec![&of] } else { vec![&of, &next, &by] };
        assert_eq!(invited(&server, &org.owner.scoped).await.iter().collect::<Vec<_>>(), waiting, "{deed:?}");
        // An account that is disabled loses what waits for it everywhere.
        let survives = deed != Deed::AccountDisabled;
        assert_eq!(invited(&server, &other.owner.scoped).await.len(), usize::from(survives), "{deed:?}");
        if deed == Deed::AccountDisabled {
            set_disabled(&server, &next, false).await;
            person.access = server.sign_in(&next).await.access;
        }
        let reply = accept(&server, &person.access, &to_person).await;
        match is_revoked {
            true => reply.expect_problem(400, "invalid_token"),
            false => reply.expect_problem(409, "already_member"),
        };
        let reply = register(&server, &by, &by_person).await;
        match is_revoked {
            true => drop(reply.expect_problem(400, "invalid_token")),
            false => {
                reply.expect(201);
                server.mail.next_mail_to(&next).await;
            }
        }
        register(&server, &of, &of_owner).await.expect(201);
        server.mail.next_mail_to(&org.owner.email).await;
        let reply = accept(&server, &person.access, &elsewhere).await;
        match survives {
            true => {
                reply.expect(200);
                server.mail.next_mail_to(&other.owner.email).await;
            }
            false => drop(reply.expect_problem(400, "invalid_token")),
        }
    }
    server.finish().await;
}

#[tokio::test]
async fn what_was_sent_elsewhere_survives_unless_the_account_is_disabled() {
    let server = TestServer::start().await;
    for (index, deed) in [Deed::Removed, Deed::Disabled, Deed::Promoted, Deed::AccountDisabled].into_iter().enumerate()
    {
        let org = Organization::of(&server, &format!("owner{index}@acme.com"), &format!("acme-{index}")).await;
        let person = org.join(&server, &format!("person{index}@acme.com"), "admin").await;
        // In an organization of the person's own.
        let own = crate::organization::found(&server, &person.access, &format!("own-{index}")).await;
        let scoped = crate::organization::select(&server, &person.access, &own).await;
        let guest = format!("guest{index}@acme.com");
        invite(&server, &scoped, &guest, "viewer").await.expect(201);
        let token = server.mail.next_mail_to(&guest).await.link_token();
        happen(&server, &org, &person, deed).await;
        let reply = register(&server, &guest, &token).await;
        if deed == Deed::AccountDisabled {
            reply.expect_problem(400, "invalid_token");
        } else {
            reply.expect(201);
            server.mail.next_mail_to(&person.email).await;
        }
    }
    server.finish().await;
}
