//! What the owner is told of the plan, and nobody else.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use trueport::args;
use trueport::db::Tx;
use trueport::domain::caller::{Operator, System};
use trueport::domain::fields::{Email, Name};
use trueport::domain::operators;
use trueport::domain::slugs::Slug;
use trueport::domain::subscriptions;
use trueport::domain::tenants::{Founding, found};
use trueport::store::tenants::TenantStatus;

use super::{DAY, activate, again, cancel, count_in_audit, end_of, is_due, move_to, settle};
use crate::harness::{Setup, TestServer};
use crate::inspect::outbox;
use crate::organization::{Organization, set_status};
use crate::plans::{platform_admin, set};

const WEEK: Duration = Duration::from_secs(7 * DAY);

/// How many mails of a template were ever made for an address.
async fn told(server: &TestServer, template: &str, email: &str) -> usize {
    let wanted = format!("{template} {email}");
    outbox(server).await.iter().filter(|mail| **mail == wanted).count()
}

/// Takes the next mail to an address, which must be about this and hold these words.
async fn expect_mail(server: &TestServer, email: &str, subject: &str, words: &[&str]) {
    let mail = server.mail.next_mail_to(email).await;
    assert_eq!(mail.subject, subject);
    for body in [&mail.text, &mail.html] {
        for word in words {
            assert!(body.contains(word), "no {word} in {body}");
        }
    }
}

const CHANGED: &str = "The acme has another plan";
const ENDS_SOON: &str = "The plan of The acme ends soon";
const ENDED: &str = "The plan of The acme has ended";

#[tokio::test]
async fn the_owner_is_told_of_another_plan_whoever_chose_it() {
    let server = TestServer::start().await;
    let admin = platform_admin(&server).await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let joined = organization.join(&server, "admin@acme.com", "admin").await;
    organization.join(&server, "viewer@acme.com", "viewer").await;
    activate(&server, &joined.scoped, "plan_pro").await.expect(201);
    expect_mail(&server, "owner@acme.com", CHANGED, &["Jane", "Pro", "Developer"]).await;
    set(&server, &admin, &organization.id, "plan_enterprise").await.expect(200);
    expect_mail(&server, "owner@acme.com", CHANGED, &["Enterprise", "Pro"]).await;
    cancel(&server, &joined.scoped, false).await.expect(200);
    expect_mail(&server, "owner@acme.com", ENDED, &["Enterprise"]).await;
    // Whoever is the owner then.
    let body = json!({"user_id": joined.user_id});
    let path = "/service/ownership-transfer";
    server.call(Method::POST, path, &organization.owner.scoped, body).await.expect(200);
    for email in ["owner@acme.com", "admin@acme.com"] {
        server.mail.next_mail_to(email).await;
    }
    activate(&server, &organization.owner.scoped, "plan_pro").await.expect(201);
    expect_mail(&server, "admin@acme.com", CHANGED, &["Pro", "Developer"]).await;
    // Neither a refusal nor an undoing is worth a mail: the end of the test finds none.
    activate(&server, &joined.scoped, "plan_pro").await.expect_problem(409, "already_subscribed");
    cancel(&server, &joined.scoped, true).await.expect(200);
    activate(&server, &joined.scoped, "plan_pro").await.expect(201);
    server.finish().await;
}

#[tokio::test]
async fn the_owner_is_told_once_a_week_before_the_end_and_at_the_end() {
    let mut server = TestServer::start().await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let joined = organization.join(&server, "admin@acme.com", "admin").await;
    activate(&server, &joined.scoped, "plan_pro").await.expect(201);
    expect_mail(&server, "owner@acme.com", CHANGED, &[]).await;
    let cancelled = cancel(&server, &joined.scoped, true).await.expect(200);
    let end = end_of(&server, &organization.id).await;
    move_to(&server, end - WEEK - Duration::from_millis(1));
    assert!(!is_due(&server).await);
    server.clock.advance(Duration::from_millis(1));
    let words = ["Pro", cancelled["end_date"].as_str().unwrap()];
    expect_mail(&server, "owner@acme.com", ENDS_SOON, &words).await;
    // Neither later nor by another server, nor by a cancellation that is there already.
    server.advance(DAY);
    server.restart().await;
    let scoped = again(&server, &organization).await;
    cancel(&server, &scoped, true).await.expect(200);
    assert!(!is_due(&server).await);
    // To undo it leaves nothing to tell, to cancel it anew does.
    activate(&server, &scoped, "plan_pro").await.expect(201);
    assert!(!is_due(&server).await);
    cancel(&server, &scoped, true).await.expect(200);
    expect_mail(&server, "owner@acme.com", ENDS_SOON, &words).await;
    assert!(!is_due(&server).await);
    move_to(&server, end);
    expect_mail(&server, "owner@acme.com", ENDED, &["Pro"]).await;
    settle(&server).await;
    for (template, count) in [("plan_changed", 1), ("subscription_ends_soon", 2), ("subscription_ended", 1)] {
        assert_eq!(told(&server, template, "owner@acme.com").await, count, "{template}");
        assert_eq!(told(&server, template, "admin@acme.com").await, 0, "{template}");
    }
    server.finish().await;
}

/// It ends all the same.
#[tokio::test]
async fn nobody_is_told_of_the_plan_of_an_archived_organization() {
    let server = TestServer::start().await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let scoped = &organization.owner.scoped;
    activate(&server, scoped, "plan_pro").await.expect(201);
    expect_mail(&server, "owner@acme.com", CHANGED, &[]).await;
    cancel(&server, scoped, true).await.expect(200);
    set_status(&server, "acme", TenantStatus::Archived).await;
    let end = end_of(&server, &organization.id).await;
    move_to(&server, end - WEEK);
    settle(&server).await;
    move_to(&server, end);
    settle(&server).await;
    assert_eq!(count_in_audit(&server, &organization.id, "subscription.expired").await, 1);
    for template in ["subscription_ends_soon", "subscription_ended"] {
        assert_eq!(told(&server, template, "owner@acme.com").await, 0, "{template}");
    }
    server.finish().await;
}

/// More than one transaction of the job takes on, all over before anybody could tell.
#[tokio::test]
async fn what_is_over_is_not_said_to_end_soon() {
    const COUNT: usize = 130;
    let server = TestServer::start_with(Setup { smtp: false, ..Setup::default() }).await;
    server.register("owner@acme.com").await;
    let make = |tx: &mut Tx<'_>, by: &Operator| {
        let owner = operators::find(tx, &Email::parse("owner@acme.com").unwrap())?;
        for number in 0..COUNT {
            let slug = Slug::parse_unreserved(&format!("acme-{number}")).unwrap();
            let founding = Founding { name: Name::parse("Acme").unwrap(), slug: Some(slug), billing_email: None };
            found(tx, by, &owner, &founding)?;
        }
        // As if each had chosen the plan and cancelled it.
        let sql = "UPDATE subscriptions SET plan_id = 'plan_pro', plan_name = 'Pro', auto_renew = ?1";
        tx.execute(sql, args![false])?;
        Ok(())
    };
    server.app.write(&Operator, make).await.unwrap();
    server.advance(40 * DAY);
    let installation = server.app.installation();
    // Whether this comes first or the job does: each does a part, and neither more than its part.
    server.app.write(&System, move |tx, by| subscriptions::settle(tx, by, &installation)).await.unwrap();
    settle(&server).await;
    assert_eq!(told(&server, "subscription_ended", "owner@acme.com").await, COUNT);
    assert_eq!(told(&server, "subscription_ends_soon", "owner@acme.com").await, 0);
    server.finish().await;
}
