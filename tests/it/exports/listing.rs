//! The list of what was exported.

use serde_json::{Value as Json, json};
use trueport::clock::Time;
use trueport::domain::exports::day_name;
use trueport::domain::storage::DAY;

use super::{MARGIN, again, day_before, events, exported, exports, object, objects, pass_midnights};
use crate::organization::Organization;
use crate::storage::{permissive_server, put};

#[tokio::test]
async fn the_days_are_listed_newest_first_with_the_next_one() {
    let server = permissive_server().await;
    let organization = Organization::of(&server, "owner@acme.com", "acme").await;
    let other = Organization::of(&server, "owner@other.com", "other").await;
    assert_eq!(exports(&server, &organization.owner.scoped).await, json!({"items": [], "total": 0, "next": null}));
    put(&server, &organization.owner.scoped, &json!({"provider": "LOCAL"})).await.expect(200);
    pass_midnights(&server, 3);
    let scoped = again(&server, &organization).await;
    let listed = exported(&server, &scoped, 3).await;
    let written = objects(&server, &organization.id);
    let mut items = Vec::new();
    for days in 1..=3 {
        let day = day_before(&server, days);
        let name = object(&organization.id, day);
        items.push(json!({
            "day": day_name(day), "object": name, "size": written[&name].len(),
            "events": events(&server, &organization.id, day).await.len(),
            "exported_at": listed["items"][days as usize - 1]["exported_at"],
        }));
    }
    let today = day_before(&server, 0);
    let ready = Time::from_millis(today.millis() + DAY + MARGIN).to_string();
    let next = json!({"day": day_name(today), "at": ready, "attempts": 0, "last_error": null});
    assert_eq!(listed, json!({"items": items, "total": 3, "next": next}));
    for item in listed["items"].as_array().unwrap() {
        let at = Time::parse(item["exported_at"].as_str().unwrap()).unwrap();
        assert!(at >= Time::from_millis(today.millis() + MARGIN) && at <= server.clock.now(), "{item}");
    }

    let part = async |query: &str| server.get(&format!("/service/storage/exports?{query}"), &scoped).await;
    for (query, range) in [("limit=2", 0..2), ("limit=2&offset=2", 2..3), ("offset=3", 3..3), ("", 0..3)] {
        let page = part(query).await.expect(200);
        assert_eq!(page["items"].as_array().unwrap()[..], items[range], "{query}");
        assert_eq!((&page["total"], &page["next"]), (&json!(3), &next), "{query}");
    }
    for query in ["limit=0", "limit=201", "offset=-1", "limit=x"] {
        part(query).await.expect_problem(422, "validation_error");
    }
    let scoped = again(&server, &other).await;
    assert_eq!(exports(&server, &scoped).await["items"], Json::Array(Vec::new()));
    server.finish().await;
}
