//! The list of members, whole and in parts.

use serde_json::json;
use trueport::args;
use trueport::clock::Time;
use trueport::domain::caller::System;

use super::members;
use crate::harness::{Setup, TestServer};
use crate::organization::{Organization, Person, change};
use crate::tokens::claims;

fn signed_in_at(person: &Person) -> String {
    Time::from_seconds(claims(&person.access)["iat"].as_i64().unwrap()).to_string()
}

#[tokio::test]
async fn the_list_shows_everybody_in_the_order_of_joining() {
    let server = TestServer::start().await;
    let org = Organization::of(&server, "zoe@acme.com", "acme").await;
    let founded_at = server.clock.now().to_string();
    let mut joined = vec![(org.owner.clone(), "owner", founded_at)];
    // By address, by role and by id of the person they would come in other orders.
    for (email, role) in [("mia@acme.com", "viewer"), ("ann@acme.com", "admin"), ("kim@acme.com", "member")] {
        server.advance(90);
        let person = org.join(&server, email, role).await;
        joined.push((person, role, server.clock.now().to_string()));
    }
    change(&server, &org.owner.scoped, &joined[1].0.user_id, json!({"status": "disabled"})).await.expect(200);

    // Everybody may look, the viewer alone excepted, who is disabled now.
    for (person, shown_to, _) in joined.iter().filter(|(_, role, _)| *role != "viewer") {
        let listed = members(&server, &person.scoped).await;
        let expected: Vec<_> = joined
            .iter()
            .zip(&listed)
            .map(|((person, member_role, joined_at), item)| {
                let id = item["id"].as_str().unwrap();
                assert!(id.starts_with("mem_") && id.len() == 30, "{id}");
                let status = if *member_role == "viewer" { "disabled" } else { "active" };
                let mut expected = json!({
                    "id": id, "user_id": person.user_id, "email": person.email, "first_name": "Jane",
                    "last_name": "Doe", "role": member_role, "status": status, "joined_at": joined_at,
                });
                // Who works here is everybody's to know, when they did is not.
                if *shown_to != "member" {
                    expected["last_login_at"] = json!(signed_in_at(person));
                    expected["mfa_enabled"] = json!(false);
                }
                expected
            })
            .collect();
        assert_eq!(listed, expected, "as {shown_to}");
    }
    server.finish().await;
}

#[tokio::test]
async fn a_viewer_sees_the_list_and_no_other_organization() {
    let server = TestServer::start().await;
    let (org, other) = super::two_organizations(&server).await;
    let viewer = org.join(&server, "viewer@acme.com", "viewer").await;
    assert_eq!(
        super::roster(&server, &viewer.scoped).await,
        ["owner@acme.com owner active", "viewer@acme.com viewer active"]
    );
    assert_eq!(super::roster(&server, &other.owner.scoped).await, ["owner@other.com owner active"]);
    server.get("/service/members", &viewer.access).await.expect_problem(403, "wrong_token_scope");
    server.get("/service/members", "").await.expect_problem(401, "unauthorized");
    server.finish().await;
}

/// Puts this many more people into the only organization there is, past the API.
async fn crowd(server: &TestServer, count: usize) {
    let fill = move |tx: &mut trueport::db::Tx<'_>, _: &System| {
        for index in 0..count {
            let (id, email) = (format!("usr_{index:026}"), format!("p{index:03}@crowd.example"));
            tx.execute(
                "INSERT INTO users (id, email, first_name, last_name, created_at, updated_at, search_text) \
                 VALUES (?1, ?2, 'Pat', 'Crowd', 0, 0, ?3)",
                args![&id, &email, &format!("pat crowd {email}")],
            )?;
            tx.execute(
                "INSERT INTO memberships (id, tenant_id, user_id, role, joined_at, updated_at) \
                 SELECT ?1, id, ?2, 'member', ?3, ?3 FROM tenants",
                args![&format!("mem_{index:026}"), &id, i64::MAX],
            )?;
        }
        Ok(())
    };
    server.app.write(&System, fill).await.expect("the people are stored");
}

#[tokio::test]
async fn the_list_is_whole_without_a_limit_and_tells_its_length_with_one() {
    let server = TestServer::start_with(Setup { smtp: false, ..Setup::default() }).await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    crowd(&server, 250).await;
    // They joined at one moment, far in the future, so their ids decide.
    let everybody: Vec<String> = std::iter::once("owner@acme.com".to_owned())
        .chain((0..250).map(|index| format!("p{index:03}@crowd.example")))
        .collect();
    let whole = server.get("/service/members", &org.owner.scoped).await;
    assert_eq!(emails(&whole), everybody);
    assert_eq!(whole.header("x-total-count"), None);

    let cases = [
        ("limit=3", "251", &everybody[..3]),
        ("limit=200", "251", &everybody[..200]),
        ("limit=3&offset=3", "251", &everybody[3..6]),
        ("offset=249", "251", &everybody[249..]),
        ("offset=251", "251", &[]),
        ("offset=9223372036854775807", "251", &[]),
        ("offset=0", "251", &everybody[..]),
        ("q=", "251", &everybody[..]),
        ("q=OWNER%40Acme", "1", &everybody[..1]),
        ("q=p00&limit=2&offset=1", "10", &everybody[2..4]),
        ("q=%20crowd%20&limit=1", "250", &everybody[1..2]),
        ("q=nobody", "0", &[]),
    ];
    for (query, total, expected) in cases {
        let reply = server.get(&format!("/service/members?{query}"), &org.owner.scoped).await;
        reply.expect(200);
        assert_eq!(reply.header("x-total-count"), Some(total), "{query}");
        assert_eq!(emails(&reply), expected, "{query}");
    }
    server.finish().await;
}

/// The addresses of a list.
fn emails(reply: &crate::harness::Reply) -> Vec<String> {
    let listed = reply.expect(200);
    listed.as_array().unwrap().iter().map(|member| member["email"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_search_looks_at_names_and_addresses_letter_by_letter() {
    let server = TestServer::start_with(Setup { smtp: false, ..Setup::default() }).await;
    let org = Organization::of(&server, "a_b@acme.com", "acme").await;
    crowd(&server, 2).await;
    let names = json!({"first_name": "Ärmel 100%", "last_name": "O'Neil\\_x"});
    server.call(reqwest::Method::PATCH, "/global/auth/me", &org.owner.access, names).await.expect(200);
    let finds = [
        ("a_b", 1),
        ("A_B@", 1),
        ("aXb", 0),
        ("%25", 1),
        ("0%25", 1),
        ("_", 1),
        ("p0%251", 0),
        ("%C3%84RMEL", 1),
        ("o%27neil", 1),
        ("neil%5C_X", 1),
        ("pat", 2),
        ("crowd.example", 2),
        ("owner", 0),
        ("mem_", 0),
    ];
    for (needle, count) in finds {
        let reply = server.get(&format!("/service/members?q={needle}"), &org.owner.scoped).await;
        assert_eq!(emails(&reply).len(), count, "{needle}");
        assert_eq!(reply.header("x-total-count"), Some(count.to_string().as_str()), "{needle}");
    }
    server.finish().await;
}

#[tokio::test]
async fn what_cannot_be_a_part_of_the_list_is_refused() {
    let server = TestServer::start_with(Setup { smtp: false, ..Setup::default() }).await;
    let org = Organization::of(&server, "owner@acme.com", "acme").await;
    let long = format!("q={}", "x".repeat(201));
    let cases = [
        ("limit=0", &["limit"][..]),
        ("limit=201", &["limit"]),
        ("limit=-1", &["limit"]),
        ("limit=", &["limit"]),
        ("limit=ten", &["limit"]),
        ("limit=1.5", &["limit"]),
        ("offset=-1", &["offset"]),
        ("offset=x", &["offset"]),
        ("offset=9223372036854775808", &["offset"]),
        ("limit=1&limit=2", &["limit"]),
        ("limit=0&offset=-1", &["limit", "offset"]),
        ("q=a%00b", &["q"]),
        (&long, &["q"]),
    ];
    for (query, fields) in cases {
        let reply = server.get(&format!("/service/members?{query}"), &org.owner.scoped).await;
        assert_eq!(reply.invalid_fields(), fields, "{query}");
    }
    server.finish().await;
}
