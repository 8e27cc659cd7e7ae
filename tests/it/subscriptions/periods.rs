//! What the job does when a period is over: once, whenever it comes to it (contract 28).

use std::time::Duration;

use serde_json::json;
use trueport::clock::Clock;

use super::{
    DAY, activate, again, assert_contiguous, cancel, count_in_audit, end_of, history, is_due, months_later, move_to,
    move_to_january_of_a_leap_year, outline, settle,
};
use crate::audit::events;
use crate::executable::eventually;
use crate::harness::TestServer;
use crate::organization::Organization;
use crate::plans::{create_team, platform_admin};

const MILLISECOND: Duration = Duration::from_millis(1);

/// Periods are `[start, end)`: nothing happens a moment before the end, and everything at it.
#[tokio::test]
async fn a_renewal_is_counted_from_the_anchor() {
    let server = TestServer::start().await;
    let year = move_to_january_of_a_leap_year(&server);
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let activated = activate(&server, &organization.owner.scoped, "plan_pro").await.expect(201);
    server.mail.next_mail_to("owner@acme.com").await;
    let date = |day: &str| format!("{year}-{day}T10:30:00Z");
    assert_eq!((&activated["start_date"], &activated["end_date"]), (&json!(date("01-31")), &json!(date("02-29"))));
    let days = ["02-29", "03-31", "04-30", "05-31", "06-30"];
    for (number, pair) in days.windows(2).enumerate() {
        let end = end_of(&server, &organization.id).await;
        move_to(&server, end - MILLISECOND);
        assert!(!is_due(&server).await, "{}", pair[0]);
        server.clock.advance(MILLISECOND);
        let scoped = again(&server, &organization).await;
        let renewed = eventually("the period is renewed", || async {
            let newest = history(&server, &scoped).await.swap_remove(0);
            (newest["start_date"] != activated["start_date"] && newest["start_date"] == date(pair[0])).then_some(newest)
        })
        .await;
        let mut expected = renewed.clone();
        expected["id"] = activated["id"].clone();
        expected["status"] = json!("ACTIVE");
        expected["end_date"] = json!(date(pair[1]));
        expected["created_at"] = activated["start_date"].clone();
        expected["auto_renew"] = json!(true);
        assert_eq!(renewed, expected);
        let shown = server.get("/service/info", &scoped).await.expect(200);
        assert_eq!(shown["subscription"]["end_date"], date(pair[1]));
        assert_eq!(history(&server, &scoped).await.len(), 2);
        assert_eq!(count_in_audit(&server, &organization.id, "subscription.renewed").await, number + 1);
    }
    let by_itself = events(&server).await.into_iter().find(|event| event.action == "subscription.renewed").unwrap();
    assert_eq!((by_itself.actor_kind.as_str(), by_itself.actor_id, by_itself.request_id), ("system", None, None));
    let period = json!({"plan_id": "plan_pro", "start_date": date("02-29"), "end_date": date("03-31")});
    assert_eq!(by_itself.changes, period);
    server.finish().await;
}

/// After fourteen months without a server, everything is where it would be had one run all along.
#[tokio::test]
async fn what_was_missed_while_no_server_ran_is_made_up_for() {
    let mut server = TestServer::start().await;
    let year = move_to_january_of_a_leap_year(&server);
    let admin = platform_admin(&server).await;
    let yearly = create_team(&server, &admin, 99.5, "YEARLY").await;
    let mut organizations = Vec::new();
    for (slug, plan_id) in
        [("first", "plan_dev"), ("second", "plan_pro"), ("yearly", yearly.as_str()), ("cancelled", "plan_pro")]
    {
        let organization = Organization::of(&server, &format!("{slug}@acme.com"), slug).await;
        let scoped = &organization.owner.scoped;
        if plan_id != "plan_dev" {
            activate(&server, scoped, plan_id).await.expect(201);
            server.mail.next_mail_to(&organization.owner.email).await;
        }
        if slug == "cancelled" {
            cancel(&server, scoped, true).await.expect(200);
        }
        let history = history(&server, scoped).await;
        organizations.push((organization, history));
    }
    server.restart_after(Duration::from_secs(426 * DAY)).await;
    eventually("everything is settled", || async { (!is_due(&server).await).then_some(()) }).await;
    // 426 days after January 31 of a leap year is April 1 of the next one.
    let date = |years: i16, day: &str| format!("{}-{day}T10:30:00Z", year + years);
    let periods = [
        (date(1, "03-31"), date(1, "04-30"), 1),
        (date(1, "03-31"), date(1, "04-30"), 1),
        (date(1, "01-31"), date(2, "01-31"), 1),
        // Of the first plan, which is counted from where the other one ended.
        (date(1, "03-29"), date(1, "04-29"), 1),
    ];
    for ((organization, mut expected), (start_date, end_date, renewals)) in organizations.into_iter().zip(periods) {
        let history = history(&server, &again(&server, &organization).await).await;
        let what = &organization.owner.email;
        assert_contiguous(&history);
        if what.starts_with("cancelled") {
            server.mail.next_mail_to(what).await;
            expected[0]["status"] = json!("EXPIRED");
            expected[0]["ended_at"] = json!(date(0, "02-29"));
            assert_eq!(history[1..], expected, "{what}");
            assert_eq!(count_in_audit(&server, &organization.id, "subscription.expired").await, 1, "{what}");
            expected.insert(0, history[0].clone());
        }
        expected[0]["start_date"] = json!(start_date);
        expected[0]["end_date"] = json!(end_date);
        assert_eq!(history, expected, "{what}");
        assert_eq!(count_in_audit(&server, &organization.id, "subscription.renewed").await, renewals, "{what}");
    }
    server.finish().await;
}

#[tokio::test]
async fn what_was_cancelled_expires_into_the_first_plan() {
    let server = TestServer::start().await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let scoped = &organization.owner.scoped;
    activate(&server, scoped, "plan_pro").await.expect(201);
    server.mail.next_mail_to("owner@acme.com").await;
    let cancelled = cancel(&server, scoped, true).await.expect(200);
    let over = cancelled["end_date"].as_str().unwrap();
    let end = end_of(&server, &organization.id).await;
    move_to(&server, end - MILLISECOND);
    // That it ends soon was told long ago, by the clock that just jumped there.
    server.mail.next_mail_to("owner@acme.com").await;
    let scoped = again(&server, &organization).await;
    move_to(&server, end.max(server.clock.now()));
    let after = eventually("it expires", || async {
        let history = history(&server, &scoped).await;
        (history[0]["plan_id"] == "plan_dev").then_some(history)
    })
    .await;
    server.mail.next_mail_to("owner@acme.com").await;
    let mut expired = cancelled.clone();
    expired["status"] = json!("EXPIRED");
    expired["ended_at"] = cancelled["end_date"].clone();
    assert_eq!(after[1], expired);
    let expected = [("plan_dev", "ACTIVE"), ("plan_pro", "EXPIRED"), ("plan_dev", "CANCELLED")];
    assert_eq!(outline(&after, ["plan_id", "status"]), expected);
    assert_contiguous(&after);
    let first = &after[0];
    assert_eq!((&first["start_date"], &first["end_date"]), (&json!(over), &json!(months_later(over, 1))));
    assert_eq!((&first["auto_renew"], &first["ended_at"]), (&json!(true), &json!(null)));
    let shown = server.get("/service/info", &scoped).await.expect(200)["subscription"].clone();
    assert_eq!(shown, json!({"plan": "Developer", "status": "ACTIVE", "end_date": months_later(over, 1)}));
    // It is over: choosing the plan again begins a new one.
    let anew = activate(&server, &scoped, "plan_pro").await.expect(201);
    server.mail.next_mail_to("owner@acme.com").await;
    assert_ne!(anew["id"], cancelled["id"]);
    server.finish().await;
}

/// A clock that was wrong and is put right: nothing is undone, and nothing is done twice.
#[tokio::test]
async fn a_clock_that_goes_back_and_forth_renews_once() {
    let mut server = TestServer::start().await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    activate(&server, &organization.owner.scoped, "plan_pro").await.expect(201);
    server.mail.next_mail_to("owner@acme.com").await;
    let forty_days = Duration::from_secs(40 * DAY);
    server.clock.advance(forty_days);
    settle(&server).await;
    let renewed = history(&server, &again(&server, &organization).await).await;
    assert_eq!(count_in_audit(&server, &organization.id, "subscription.renewed").await, 1);
    for is_back in [true, false] {
        if is_back {
            server.clock = Clock::manual();
        } else {
            server.clock.advance(forty_days);
        }
        server.restart().await;
        settle(&server).await;
        assert_eq!(history(&server, &again(&server, &organization).await).await, renewed);
        assert_eq!(count_in_audit(&server, &organization.id, "subscription.renewed").await, 1);
    }
    // What is chosen while it is back begins then, and is renewed when its own period is over.
    server.clock = Clock::manual();
    server.restart().await;
    let scoped = again(&server, &organization).await;
    let now = server.clock.now().to_string();
    let activated = activate(&server, &scoped, "plan_enterprise").await.expect(201);
    server.mail.next_mail_to("owner@acme.com").await;
    assert_eq!((&activated["start_date"], &activated["end_date"]), (&json!(now), &json!(months_later(&now, 1))));
    server.clock.advance(forty_days);
    settle(&server).await;
    let history = history(&server, &again(&server, &organization).await).await;
    let current = history.iter().find(|item| item["status"] == "ACTIVE").unwrap();
    assert_eq!((&current["id"], &current["start_date"]), (&activated["id"], &json!(months_later(&now, 1))));
    assert_eq!(count_in_audit(&server, &organization.id, "subscription.renewed").await, 2);
    server.finish().await;
}
