//! GET /global/tenants: whole, in parts, searched (contract 6).

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use trueport::store::tenants::TenantStatus;

use super::{create, create_named, each, encoded, listed};
use crate::harness::{Reply, TestServer};
use crate::organization::{Organization, change, found, remove, set_status};

/// The slugs in a part of the list, and what it says of the number on all pages.
fn part(reply: &Reply) -> (Vec<String>, Option<&str>) {
    (each(&reply.expect(200), "slug"), reply.header("x-total-count"))
}

#[tokio::test]
async fn the_list_is_whole_unless_a_part_is_asked_for() {
    let server = TestServer::start().await;
    let access = server.person("jane@acme.com").await.access;
    assert_eq!(part(&listed(&server, &access, "").await), (Vec::new(), None));
    assert_eq!(part(&listed(&server, &access, "?limit=1").await), (Vec::new(), Some("0")));
    // More than the pages of other lists hold. In order of their names, whatever a language makes of capitals.
    let mut names: Vec<String> = (0..55).map(|index| format!("Firm {:02}", index * 7 % 55)).collect();
    names.extend(["alpha".into(), "Beta".into(), "gamma".into(), "Delta 10".into(), "delta-2".into()]);
    for name in &names {
        create_named(&server, &access, name).await;
    }
    let reply = listed(&server, &access, "").await;
    let (whole, total) = part(&reply);
    assert_eq!((whole.len(), total), (60, None));
    names.sort_by_key(|name| name.to_lowercase());
    assert_eq!(each(&reply.json(), "name"), names);

    for size in [1, 7, 50, 59, 60, 200] {
        let mut together = Vec::new();
        while together.len() < 60 {
            let page = listed(&server, &access, &format!("?limit={size}&offset={}", together.len())).await;
            let (slugs, total) = part(&page);
            assert_eq!((slugs.len(), total), (size.min(60 - together.len()), Some("60")));
            together.extend(slugs);
        }
        assert_eq!(together, whole, "pages of {size}");
    }
    let cases: &[(&str, &[String])] = &[
        ("?limit=3", &whole[..3]),
        ("?offset=0", &whole),
        ("?offset=58", &whole[58..]),
        ("?limit=5&offset=60", &[]),
        ("?offset=9223372036854775807", &[]),
        ("?limit=200&offset=9223372036854775807", &[]),
        ("?q=", &whole),
        ("?q=%20%20", &whole),
        ("?q=FIRM&limit=2&offset=53", &whole[57..59]),
    ];
    for (query, expected) in cases {
        let reply = listed(&server, &access, query).await;
        let total = if query.contains("FIRM") { "55" } else { "60" };
        assert_eq!(part(&reply), (expected.to_vec(), Some(total)), "{query}");
    }
    // Parameters that the list does not know ask for nothing.
    assert_eq!(part(&listed(&server, &access, "?page=2&status=archived").await), (whole, None));
    server.finish().await;
}

#[tokio::test]
async fn bad_parameters_are_named() {
    let server = TestServer::start().await;
    let access = server.person("jane@acme.com").await.access;
    let longest = "ä".repeat(200);
    let bad = [
        ("limit", vec!["0", "201", "-1", "abc", "", "1.5", "0x10", "1e1", " 1", "9223372036854775808", "%00"]),
        ("offset", vec!["-1", "abc", "", "1.5", "9223372036854775808"]),
        ("q", vec!["a%00b", "%00", "a%0Ab", "a%1Fb", "a%7Fb", "a%C2%85b"]),
    ];
    for (name, values) in bad {
        let twice = format!("1&{name}=1");
        for value in values.into_iter().chain([twice.as_str()]) {
            let reply = listed(&server, &access, &format!("?{name}={value}")).await;
            assert_eq!(reply.status.as_u16(), 422, "{name}={value}: {}", reply.text);
            assert_eq!(reply.invalid_fields(), [name], "{name}={value}");
        }
    }
    let too_long = listed(&server, &access, &format!("?q={}", encoded(&format!("{longest}ä")))).await;
    assert_eq!(too_long.invalid_fields(), ["q"]);
    listed(&server, &access, &format!("?q={}", encoded(&longest))).await.expect(200);
    let mut fields = listed(&server, &access, "?limit=0&offset=-1&q=a%00").await.invalid_fields();
    fields.sort();
    assert_eq!(fields, ["limit", "offset", "q"]);
    server.get("/global/tenants?limit=0", "").await.expect_problem(401, "unauthorized");
    server.finish().await;
}

#[tokio::test]
async fn a_search_takes_every_character_as_it_is_and_no_notice_of_case() {
    let server = TestServer::start().await;
    let access = server.person("jane@acme.com").await.access;
    for (name, slug) in [
        ("Öko 100% Strom", "eco"),
        ("ÉCOLE D'ÉTÉ", "school"),
        ("snake_case", "snake"),
        ("snakeXcase", "other"),
        (r"back\slash", "backslash"),
        ("Łódź", "lodz"),
        ("ΑΘΗΝΑ", "athens"),
        ("[a-z]* ?", "glob"),
    ] {
        create(&server, &access, json!({"name": name, "slug": slug})).await.expect(201);
    }
    let cases: &[(&str, &[&str])] = &[
        ("%", &["eco"]),
        ("100%", &["eco"]),
        ("1%", &[]),
        ("%%", &[]),
        ("_", &["snake"]),
        ("snake_case", &["snake"]),
        ("SNAKE", &["snake", "other"]),
        ("\\", &["backslash"]),
        ("\\s", &["backslash"]),
        ("\\%", &[]),
        ("\\_", &[]),
        ("ö", &["eco"]),
        ("Ö", &["eco"]),
        ("öKO", &["eco"]),
        ("o", &["eco", "school", "other", "lodz", "glob"]),
        ("école", &["school"]),
        ("École D'été", &["school"]),
        ("'", &["school"]),
        ("' OR 1=1 --", &[]),
        ("łÓDŹ", &["lodz"]),
        ("αθηνα", &["athens"]),
        ("ATHENS", &["athens"]),
        ("*", &["glob"]),
        ("?", &["glob"]),
        ("[a-z]", &["glob"]),
        ("  eco  ", &["eco"]),
        ("nothing", &[]),
    ];
    for (needle, expected) in cases {
        let reply = listed(&server, &access, &format!("?q={}", encoded(needle))).await;
        let (mut slugs, total) = part(&reply);
        let mut expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
        slugs.sort();
        expected.sort();
        assert_eq!(total, Some(expected.len().to_string().as_str()), "{needle:?}");
        assert_eq!(slugs, expected, "{needle:?}");
    }
    server.finish().await;
}

/// The status and role that somebody sees of each of the own organizations.
async fn seen(server: &TestServer, access: &str) -> BTreeMap<String, String> {
    let list = listed(server, access, "").await.expect(200);
    let see = |item: &Json| {
        let text = |name: &str| item[name].as_str().unwrap().to_owned();
        (text("slug"), format!("{} {}", text("role"), text("status")))
    };
    list.as_array().unwrap().iter().map(see).collect()
}

#[tokio::test]
async fn the_list_holds_the_own_organizations_also_closed_ones() {
    let server = TestServer::start().await;
    let first = Organization::of(&server, "jane@acme.com", "first").await;
    let jane = &first.owner;
    for slug in ["second", "third"] {
        found(&server, &jane.access, slug).await;
    }
    let other = Organization::of(&server, "other@acme.com", "foreign").await;
    let admin = first.join(&server, "admin@acme.com", "admin").await;
    let viewer = first.join(&server, "viewer@acme.com", "viewer").await;
    set_status(&server, "second", TenantStatus::Suspended).await;
    set_status(&server, "third", TenantStatus::Archived).await;
    let expect = async |access: &str, expected: &[(&str, &str)]| {
        let expected = expected.iter().map(|(slug, seen)| (slug.to_string(), seen.to_string()));
        assert_eq!(seen(&server, access).await, expected.collect());
    };
    expect(&jane.access, &[("first", "owner active"), ("second", "owner suspended"), ("third", "owner archived")])
        .await;
    expect(&other.owner.access, &[("foreign", "owner active")]).await;
    expect(&admin.access, &[("first", "admin active")]).await;
    expect(&viewer.access, &[("first", "viewer active")]).await;

    // Members of a closed one see it too, as long as they are members.
    set_status(&server, "first", TenantStatus::Archived).await;
    expect(&viewer.access, &[("first", "viewer archived")]).await;
    set_status(&server, "first", TenantStatus::Active).await;
    change(&server, &jane.scoped, &viewer.user_id, json!({"status": "disabled"})).await.expect(200);
    expect(&viewer.access, &[]).await;
    assert_eq!(part(&listed(&server, &viewer.access, "?limit=1").await), (Vec::new(), Some("0")));
    change(&server, &jane.scoped, &viewer.user_id, json!({"status": "active"})).await.expect(200);
    expect(&viewer.access, &[("first", "viewer active")]).await;
    remove(&server, &jane.scoped, &viewer.user_id).await.expect(200);
    server.mail.next_mail_to(&viewer.email).await;
    expect(&viewer.access, &[]).await;
    server.finish().await;
}
