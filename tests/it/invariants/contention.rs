//! Twenty at once.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value as Json, json};
use trueport::args;
use trueport::db::Tx;
use trueport::secret::TokenDigest;

use super::{assert_no_fault, counted, only_owner};
use crate::harness::{Reply, TestServer};
use crate::inspect::{count, outbox, send_together};
use crate::members::{members, roster, transfer};
use crate::organization::{Organization, Person, accept};

const CONTENDERS: usize = 20;

fn request(server: &TestServer, method: Method, path: &str, token: &str, body: &Json) -> RequestBuilder {
    let request = server.request(method, path).bearer_auth(token);
    if body.is_null() { request } else { request.json(body) }
}

fn transfer_request(server: &TestServer, from: &Person, to: &Person) -> RequestBuilder {
    let body = json!({"user_id": to.user_id});
    request(server, Method::POST, "/service/ownership-transfer", &from.scoped, &body)
}

/// The codes of what was refused, each with how often.
fn codes(replies: &[Reply]) -> Vec<(u16, String)> {
    let refused = replies.iter().filter(|reply| !reply.status.is_success());
    let mut codes: Vec<_> = refused
        .map(|reply| (reply.status.as_u16(), reply.json()["code"].as_str().unwrap_or_default().to_owned()))
        .collect();
    codes.sort();
    codes.dedup();
    codes
}

/// An organization and as many members. Takes no mails: without a mail server there are none.
async fn crowd(server: &mut TestServer, role: &str) -> (Organization, Vec<Person>) {
    let org = Organization::of(server, "owner@acme.com", "acme").await;
    let mut people = Vec::new();
    for index in 0..CONTENDERS {
        people.push(org.join(server, &format!("p{index:02}@acme.com"), role).await);
    }
    // Mails of what follows wait: they are counted in the outbox.
    server.setup.smtp = false;
    server.restart().await;
    (org, people)
}

#[tokio::test]
async fn of_parallel_transfers_to_twenty_members_one_succeeds() {
    let mut server = TestServer::start().await;
    let (org, people) = crowd(&mut server, "viewer").await;
    let replies = send_together(people.iter().map(|person| transfer_request(&server, &org.owner, person))).await;
    assert_no_fault(&replies);
    assert_eq!(count(&replies, 200), 1);
    assert_eq!(codes(&replies), [(403, "insufficient_role".to_owned())]);
    let owner = only_owner(&server, &org.owner.scoped).await;
    let new = people.iter().find(|person| person.user_id == owner).expect("one of them");
    let listed = roster(&server, &org.owner.scoped).await;
    assert_eq!(listed[0], "owner@acme.com admin active");
    assert_eq!(listed.iter().filter(|line| line.ends_with("viewer active")).count(), CONTENDERS - 1);
    let told: Vec<String> =
        outbox(&server).await.into_iter().filter(|mail| mail.starts_with("ownership_transferred")).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.contains(&format!("ownership_transferred {}", new.email)), "{told:?}");
    assert_eq!(
        counted(&server, "SELECT count(*) FROM audit_events WHERE action = 'tenant.ownership_transferred'").await,
        1
    );
    server.finish().await;
}

/// Ownership goes from hand to hand while everybody tries: whoever is the owner at the moment gives it to the next one.
#[tokio::test]
async fn there_is_one_owner_however_many_pass_ownership_on() {
    let mut server = TestServer::start().await;
    let (org, people) = crowd(&mut server, "member").await;
    let next = people.iter().cycle().skip(1);
    let mut requests = vec![transfer_request(&server, &org.owner, &people[0])];
    requests.extend(people.iter().zip(next).map(|(from, to)| transfer_request(&server, from, to)));
    let replies = send_together(requests).await;
    assert_no_fault(&replies);
    let transfers = count(&replies, 200);
    assert!(transfers >= 1, "{replies:?}");
    assert!(codes(&replies).iter().all(|(_, code)| code == "insufficient_role"), "{:?}", codes(&replies));
    let owner = only_owner(&server, &org.owner.scoped).await;
    // One step for each that was granted, in whatever order they came.
    assert_eq!(owner, people[(transfers - 1) % CONTENDERS].user_id);
    server.finish().await;
}

/// Either the target became the owner first, who cannot be removed, or was removed first, and is nobody's owner.
#[tokio::test]
async fn a_transfer_and_the_removal_of_its_target_end_with_one_owner() {
    let mut server = TestServer::start().await;
    let (org, people) = crowd(&mut server, "admin").await;
    let (owner, remover) = (&org.owner, &people[0]);
    // Each round at another member, and with the contenders in another order.
    for (round, target) in people[1..7].iter().enumerate() {
        let member = format!("/service/members/{}", target.user_id);
        let mut requests: Vec<RequestBuilder> =
            (0..CONTENDERS).map(|_| transfer_request(&server, owner, target)).collect();
        let removal = match round % 3 {
            0 => request(&server, Method::DELETE, &member, &remover.scoped, &Json::Null),
            1 => request(&server, Method::POST, "/service/members/leave", &target.scoped, &Json::Null),
            _ => request(&server, Method::PATCH, &member, &remover.scoped, &json!({"status": "disabled"})),
        };
        requests.insert(round * 3, removal);
        let replies = send_together(requests).await;
        assert_no_fault(&replies);
        let is_owner = only_owner(&server, &remover.scoped).await == target.user_id;
        let allowed: &[&str] = match (is_owner, round % 3) {
            (true, _) => &["insufficient_role", "owner_protected"],
            (false, 2) => &["member_disabled"],
            (false, _) => &["not_found"],
        };
        assert_eq!(replies.iter().filter(|reply| reply.status.is_success()).count(), 1, "{:?}", codes(&replies));
        for (_, code) in codes(&replies) {
            assert!(allowed.contains(&code.as_str()), "{code} in round {round}");
        }
        if is_owner {
            transfer(&server, &target.scoped, &owner.user_id).await.expect(200);
        }
        assert_eq!(only_owner(&server, &remover.scoped).await, owner.user_id);
    }
    server.finish().await;
}

#[tokio::test]
async fn of_parallel_acceptances_by_one_person_one_succeeds() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let access = server.person("new@acme.com").await.access;
    let token = org.invite(&server, "new@acme.com", "member").await;
    let body = json!({"token": token});
    let requests = (0..CONTENDERS).map(|_| request(&server, Method::POST, "/global/invites/accept", &access, &body));
    let replies = send_together(requests).await;
    assert_no_fault(&replies);
    assert_eq!(count(&replies, 200), 1, "{replies:?}");
    // The token is used up, or the person is in already: whichever is noticed first.
    for (status, code) in codes(&replies) {
        assert!([(400, "invalid_token"), (409, "already_member")].contains(&(status, &code)), "{status} {code}");
    }
    assert_eq!(counted(&server, "SELECT count(*) FROM memberships WHERE role = 'member'").await, 1);
    assert_eq!(counted(&server, "SELECT count(*) FROM invites").await, 0);
    assert_eq!(counted(&server, "SELECT count(*) FROM audit_events WHERE action = 'membership.created'").await, 1);
    assert_eq!(members(&server, &org.owner.scoped).await.len(), 2);
    server.mail.next_mail_to("owner@acme.com").await;
    let told = outbox(&server).await;
    assert_eq!(told.iter().filter(|mail| mail.starts_with("invitation_accepted")).count(), 1);
    server.finish().await;
}

#[tokio::test]
async fn of_parallel_invitations_of_one_address_one_link_lives() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let admin = org.join(&server, "admin@acme.com", "admin").await;
    let access = server.person("new@acme.com").await.access;
    let requests = (0..CONTENDERS).map(|index| {
        let (inviter, role) = if index % 2 == 0 { (&org.owner, "viewer") } else { (&admin, "member") };
        let body = json!({"email": "new@acme.com", "role": role});
        request(&server, Method::POST, "/service/invites", &inviter.scoped, &body)
    });
    let replies = send_together(requests).await;
    assert_no_fault(&replies);
    assert_eq!(count(&replies, 201), CONTENDERS, "{replies:?}");
    let first = replies[0].json()["id"].clone();
    assert!(replies.iter().all(|reply| reply.json()["id"] == first), "every one has the same id");

    let read = |tx: &mut Tx<'_>| {
        let rows = tx.all("SELECT token_digest, role FROM invites", args![], |row| {
            Ok((row.get::<Vec<u8>>(0)?, row.get::<String>(1)?))
        })?;
        Ok(rows)
    };
    let stored = server.app.read(read).await.unwrap();
    let [(digest, role)] = &stored[..] else { panic!("{} invitations", stored.len()) };
    let mut tokens = Vec::new();
    for _ in 0..CONTENDERS {
        tokens.push(server.mail.next_mail_to("new@acme.com").await.link_token());
    }
    let (live, dead): (Vec<&String>, Vec<&String>) =
        tokens.iter().partition(|token| TokenDigest::of(token).as_bytes() == digest.as_slice());
    assert_eq!((live.len(), dead.len()), (1, CONTENDERS - 1));
    for token in dead {
        accept(&server, &access, token).await.expect_problem(400, "invalid_token");
    }
    assert_eq!(accept(&server, &access, live[0]).await.expect(200)["role"], *role);
    let inviter = if role == "viewer" { "owner@acme.com" } else { "admin@acme.com" };
    server.mail.next_mail_to(inviter).await;
    server.finish().await;
}

/// Twenty people at once, each with an invitation of their own, get in without a fault.
#[tokio::test]
async fn many_join_at_once() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let mut requests = Vec::new();
    for index in 0..CONTENDERS {
        let email = format!("p{index:02}@acme.com");
        let access = server.person(&email).await.access;
        let token = org.invite(&server, &email, "viewer").await;
        requests.push(request(&server, Method::POST, "/global/invites/accept", &access, &json!({"token": token})));
    }
    let replies = send_together(requests).await;
    assert_eq!(count(&replies, 200), CONTENDERS, "{replies:?}");
    assert_eq!(members(&server, &org.owner.scoped).await.len(), CONTENDERS + 1);
    for _ in 0..CONTENDERS {
        server.mail.next_mail_to("owner@acme.com").await;
    }
    server.finish().await;
}
