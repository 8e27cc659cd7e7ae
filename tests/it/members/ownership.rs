//! Another owner.

use reqwest::Method;
use serde_json::json;

use super::{MALFORMED, NOBODY, leave, members, roster, transfer, two_organizations};
use crate::harness::TestServer;
use crate::inspect::{audited_changes, outbox, set_disabled};
use crate::organization::{Organization, change, remove};

#[tokio::test]
async fn the_old_owner_becomes_an_admin_and_both_are_told() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let others = [
        org.join(&server, "viewer@acme.com", "viewer").await,
        org.join(&server, "member@acme.com", "member").await,
        org.join(&server, "admin@acme.com", "admin").await,
    ];
    let mut owner = org.owner.clone();
    for person in &others {
        let (mails, events) = (outbox(&server).await.len(), audited_changes(&server).await.len());
        let reply = transfer(&server, &owner.scoped, &person.user_id).await.expect(200);
        assert_eq!(reply, json!({"message": "Ownership transferred"}));

        let (new, old) = (person.email.as_str(), owner.email.as_str());
        let mut told = outbox(&server).await.split_off(mails);
        told.sort();
        let mut expected = [format!("ownership_transferred {new}"), format!("ownership_transferred {old}")];
        expected.sort();
        assert_eq!(told, expected);
        for email in [new, old] {
            let mail = server.mail.next_mail_to(email).await;
            assert_eq!((mail.to, mail.subject.as_str()), (vec![email.to_owned()], "The acme has a new owner"));
            for body in [&mail.text, &mail.html] {
                let (first, second) =
                    (body.find(&format!("{new} is now the owner")), body.find(&format!("{old}, who was")));
                assert!(first.is_some() && second > first && body.contains("The acme"), "{body}");
            }
        }
        let changes = json!({"owner_id": person.user_id, "old_owner_id": owner.user_id});
        assert_eq!(audited_changes(&server).await[events..], [format!("tenant.ownership_transferred {changes}")]);

        for member in members(&server, &owner.scoped).await {
            let email = member["email"].as_str().unwrap();
            assert_eq!(member["role"] == "owner", email == new, "{member}");
            assert!(email != old || member["role"] == "admin", "{member}");
        }
        // What only the owner may do has changed hands.
        transfer(&server, &owner.scoped, &owner.user_id).await.expect_problem(403, "insufficient_role");
        leave(&server, &person.scoped).await.expect_problem(403, "owner_protected");
        remove(&server, &owner.scoped, &person.user_id).await.expect_problem(403, "owner_protected");
        let tenants = server.get("/global/tenants", &person.access).await.expect(200);
        assert_eq!(tenants[0]["role"], "owner");
        owner = person.clone();
    }
    let expected = ["owner", "viewer", "member"].map(|name| format!("{name}@acme.com admin active"));
    assert_eq!(roster(&server, &owner.scoped).await[..3], expected);
    // The first owner is an admin like others now.
    remove(&server, &owner.scoped, &org.owner.user_id).await.expect(200);
    server.mail.next_mail_to("owner@acme.com").await;
    server.finish().await;
}

#[tokio::test]
async fn only_an_active_member_of_the_organization_becomes_its_owner() {
    let server = TestServer::start().await;
    let (org, other) = two_organizations(&server).await;
    let disabled = org.join(&server, "disabled@acme.com", "admin").await;
    change(&server, &org.owner.scoped, &disabled.user_id, json!({"status": "disabled"})).await.expect(200);
    // Nobody could act as the owner either whose account is disabled.
    let locked = org.join(&server, "locked@acme.com", "admin").await;
    set_disabled(&server, "locked@acme.com", true).await;
    let stranger = server.person("stranger@acme.com").await;
    let stranger = crate::tokens::claims(&stranger.access)["sub"].as_str().unwrap().to_owned();
    let before = roster(&server, &org.owner.scoped).await;
    let (mails, events) = (outbox(&server).await.len(), audited_changes(&server).await.len());

    let token = &org.owner.scoped;
    for person in [&disabled, &locked] {
        transfer(&server, token, &person.user_id).await.expect_problem(409, "member_disabled");
    }
    for user_id in [NOBODY, &stranger, &other.owner.user_id, &org.id, ""].into_iter().chain(MALFORMED) {
        transfer(&server, token, user_id).await.expect_problem(404, "not_found");
    }
    assert_eq!(transfer(&server, token, &org.owner.user_id).await.invalid_fields(), ["user_id"]);
    for body in [json!({}), json!({"user_id": null}), json!({"user_id": 1}), json!({"email": "disabled@acme.com"})] {
        let reply = server.call(Method::POST, "/service/ownership-transfer", token, body.clone()).await;
        assert_eq!(reply.invalid_fields(), ["user_id"], "{body}");
    }
    assert_eq!(roster(&server, token).await, before);
    assert_eq!(outbox(&server).await.len(), mails);
    assert_eq!(audited_changes(&server).await.len(), events);
    server.finish().await;
}

#[tokio::test]
async fn nobody_but_the_owner_gives_ownership_away() {
    let server = TestServer::start().await;
    let (org, other) = two_organizations(&server).await;
    for role in ["viewer", "member", "admin"] {
        let person = org.join(&server, &format!("{role}@acme.com"), role).await;
        // Neither to himself nor to anybody, and the refusal does not tell who is a member.
        for user_id in [&person.user_id, &org.owner.user_id, NOBODY, "nobody"] {
            transfer(&server, &person.scoped, user_id).await.expect_problem(403, "insufficient_role");
        }
        transfer(&server, &other.owner.scoped, &person.user_id).await.expect_problem(404, "not_found");
    }
    assert_eq!(roster(&server, &org.owner.scoped).await[0], "owner@acme.com owner active");
    server.finish().await;
}
