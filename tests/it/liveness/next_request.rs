//! The very next request with a token from before.

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::Change;
use crate::harness::TestServer;
use crate::members::NOBODY;
use crate::organization::{Organization, Person};

/// What an old token is worth now.
#[derive(Clone, Copy, Debug)]
enum Worth {
    /// What this role may do, whatever the token says.
    Role(&'static str),
    /// Every route answers with this.
    Refused(u16, &'static str),
}
use Worth::{Refused, Role};

const ENDED: Worth = Refused(403, "membership_ended");
const SUSPENDED: Worth = Refused(403, "tenant_suspended");
const ARCHIVED: Worth = Refused(403, "tenant_archived");
const SIGNED_OUT: Worth = Refused(401, "unauthorized");

/// In the order of their power.
const ROLES: [&str; 4] = ["viewer", "member", "admin", "owner"];

fn power(role: &str) -> usize {
    ROLES.iter().position(|known| *known == role).expect("a role")
}

/// Calls a route of each role, and more, such that nothing changes, and compares what they answer.
async fn assert_worth(server: &TestServer, token: &str, worth: Worth, when: &str) {
    let unknown_member = format!("/service/members/{NOBODY}");
    let unknown_invite = "/service/invites/inv_01h455vb4pex5vsknk084sn02q";
    let resend = format!("{unknown_invite}/resend");
    // What each asks for, and how it answers whoever may.
    let routes = [
        (Method::GET, "/service/info", Json::Null, "viewer", 200),
        (Method::GET, "/service/members", Json::Null, "viewer", 200),
        (Method::POST, "/service/auth/switch-environment", json!({"environment": "prod"}), "viewer", 200),
        (Method::PATCH, "/service/info", json!({}), "admin", 200),
        (Method::GET, "/service/invites", Json::Null, "admin", 200),
        (Method::POST, "/service/invites", json!({"email": "x", "role": "x"}), "admin", 422),
        (Method::POST, &resend, Json::Null, "admin", 404),
        (Method::DELETE, unknown_invite, Json::Null, "admin", 404),
        (Method::PATCH, &unknown_member, json!({"role": "admin"}), "admin", 404),
        (Method::DELETE, &unknown_member, Json::Null, "admin", 404),
        (Method::POST, "/service/ownership-transfer", json!({"user_id": NOBODY}), "owner", 404),
        (Method::POST, "/service/archive", json!({"slug": "another"}), "owner", 422),
    ];
    for (method, path, body, least, allowed) in routes {
        let what = format!("{method} {path} {when}: {worth:?}");
        let reply = server.call(method, path, token, body).await;
        match worth {
            Role(role) if power(role) >= power(least) => {
                assert_eq!(reply.status.as_u16(), allowed, "{what}, answered {}", reply.text);
            }
            Role(_) => {
                assert_eq!(reply.json()["code"], "insufficient_role", "{what}, answered {}", reply.text);
                reply.expect_problem(403, "insufficient_role");
            }
            Refused(status, code) => {
                assert_eq!(reply.json()["code"], code, "{what}, answered {}", reply.text);
                reply.expect_problem(status, code);
            }
        }
    }
}

/// How somebody starts, and what happens then, each with what the token from the start is worth after it.
type Life = (&'static str, &'static [(Change, Worth)]);

const LIVES: [Life; 14] = [
    ("admin", &[(Change::Removed, ENDED)]),
    ("viewer", &[(Change::Removed, ENDED)]),
    ("member", &[(Change::Left, ENDED)]),
    ("admin", &[(Change::Disabled, ENDED), (Change::Enabled, Role("admin")), (Change::Disabled, ENDED)]),
    (
        "admin",
        &[
            (Change::Role("member"), Role("member")),
            (Change::Role("viewer"), Role("viewer")),
            (Change::Role("admin"), Role("admin")),
        ],
    ),
    ("viewer", &[(Change::Role("admin"), Role("admin")), (Change::Role("member"), Role("member"))]),
    // While a membership is disabled its role changes, and counts as soon as it is enabled.
    ("viewer", &[(Change::Disabled, ENDED), (Change::Role("admin"), ENDED), (Change::Enabled, Role("admin"))]),
    ("admin", &[(Change::Suspended, SUSPENDED), (Change::Activated, Role("admin")), (Change::Archived, ARCHIVED)]),
    ("viewer", &[(Change::Archived, ARCHIVED), (Change::Activated, Role("viewer")), (Change::Suspended, SUSPENDED)]),
    ("member", &[(Change::Owner, Role("owner")), (Change::OwnerNoMore, Role("admin")), (Change::Removed, ENDED)]),
    ("admin", &[(Change::Owner, Role("owner")), (Change::Suspended, SUSPENDED), (Change::Activated, Role("owner"))]),
    // Whether the membership ended or the organization is closed as well makes no difference to who is signed out.
    ("admin", &[(Change::SignedOut, SIGNED_OUT), (Change::Removed, SIGNED_OUT), (Change::Suspended, SIGNED_OUT)]),
    ("admin", &[(Change::AccountDisabled, SIGNED_OUT)]),
    ("admin", &[(Change::PasswordChanged, SIGNED_OUT)]),
];

#[tokio::test]
async fn an_old_token_is_worth_what_the_database_says() {
    let server = TestServer::start().await;
    for (index, (role, changes)) in LIVES.into_iter().enumerate() {
        let org = Organization::of(&server, &format!("owner{index}@acme.com"), &format!("acme-{index}")).await;
        let email = format!("person{index}@acme.com");
        let person = org.join(&server, &email, role).await;
        // Beside the token from before: no change has a way around it.
        let bystander = org.join(&server, &format!("bystander{index}@acme.com"), "viewer").await;
        let mut when = format!("for {role}");
        assert_worth(&server, &person.scoped, Role(role), &when).await;
        for (change, worth) in changes {
            change.happen(&server, &org, &person).await;
            when.push_str(&format!(", then {change:?}"));
            assert_worth(&server, &person.scoped, *worth, &when).await;
            let others = match change {
                Change::Suspended => SUSPENDED,
                Change::Archived => ARCHIVED,
                _ => Role("viewer"),
            };
            assert_worth(&server, &bystander.scoped, others, &format!("{when}, bystander")).await;
            take_mails(&server, &org, &person, *change).await;
        }
    }
    server.finish().await;
}

/// Takes what a change writes to people.
async fn take_mails(server: &TestServer, org: &Organization, person: &Person, change: Change) {
    let to: &[&str] = match change {
        Change::Role(_) | Change::Removed | Change::PasswordChanged => &[&person.email],
        Change::Owner | Change::OwnerNoMore => &[&person.email, &org.owner.email],
        _ => &[],
    };
    for email in to {
        server.mail.next_mail_to(email).await;
    }
}

/// What the owner's own token is worth: less after the transfer, nothing more after the archive.
#[tokio::test]
async fn the_owners_token_is_worth_what_the_database_says() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let person = org.join(&server, "person@acme.com", "viewer").await;
    let steps = [
        (Change::Owner, Role("admin"), Role("owner")),
        (Change::OwnerNoMore, Role("owner"), Role("admin")),
        (Change::Suspended, SUSPENDED, SUSPENDED),
        (Change::Activated, Role("owner"), Role("admin")),
        (Change::Archived, ARCHIVED, ARCHIVED),
        (Change::Activated, Role("owner"), Role("admin")),
    ];
    assert_worth(&server, &org.owner.scoped, Role("owner"), "at first").await;
    for (change, of_owner, of_person) in steps {
        change.happen(&server, &org, &person).await;
        assert_worth(&server, &org.owner.scoped, of_owner, &format!("after {change:?}")).await;
        assert_worth(&server, &person.scoped, of_person, &format!("after {change:?}")).await;
        take_mails(&server, &org, &person, change).await;
    }
    server.finish().await;
}
