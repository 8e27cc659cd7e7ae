//! Twenty at once: what may happen once happens once, and nobody gets to see that there was a race.

use std::collections::BTreeSet;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value as Json, json};

use super::{availability, each, listed};
use crate::harness::{Reply, Setup, TestServer};
use crate::inspect::{count, send_together};

const CONTENDERS: usize = 20;

async fn start() -> TestServer {
    TestServer::start_with(Setup { smtp: false, ..Setup::default() }).await
}

/// Tokens of as many people as there are contenders.
async fn people(server: &TestServer) -> Vec<String> {
    let mut tokens = Vec::new();
    for index in 0..CONTENDERS {
        tokens.push(server.person(&format!("person{index}@acme.com")).await.access);
    }
    tokens
}

fn creation(server: &TestServer, access: &str, body: &Json) -> RequestBuilder {
    server.request(Method::POST, "/global/tenants").bearer_auth(access).json(body)
}

fn made(replies: &[Reply]) -> Vec<Json> {
    replies.iter().filter(|reply| reply.status == 201).map(Reply::json).collect()
}

#[tokio::test]
async fn of_twenty_people_who_want_one_slug_one_gets_it() {
    let server = start().await;
    let people = people(&server).await;
    for slug in ["acme-corp", "beta-corp"] {
        let body = json!({"name": "Acme Corp", "slug": slug});
        let replies = send_together(people.iter().map(|access| creation(&server, access, &body))).await;
        assert_eq!((count(&replies, 201), count(&replies, 409)), (1, CONTENDERS - 1), "{replies:#?}");
        for reply in replies.iter().filter(|reply| reply.status == 409) {
            reply.expect_problem(409, "slug_taken");
        }
        // It is the winner's, and nothing is left of the others.
        let mut owners = 0;
        for access in &people {
            let list = listed(&server, access, &format!("?q={slug}")).await.expect(200);
            owners += list.as_array().unwrap().len();
            if let Some(item) = list.get(0) {
                assert_eq!((&item["id"], &item["role"]), (&made(&replies)[0]["id"], &json!("owner")));
            }
        }
        assert_eq!(owners, 1);
    }
    server.finish().await;
}

#[tokio::test]
async fn twenty_people_with_one_name_get_twenty_slugs() {
    let server = start().await;
    let people = people(&server).await;
    let body = json!({"name": "Acme Corp"});
    let replies = send_together(people.iter().map(|access| creation(&server, access, &body))).await;
    assert_eq!(count(&replies, 201), CONTENDERS, "{replies:#?}");
    let slugs: BTreeSet<String> = made(&replies).iter().map(|item| item["slug"].as_str().unwrap().to_owned()).collect();
    // Without a gap: a number is taken only where those before it are.
    let numbered = (2..=CONTENDERS).map(|number| format!("acme-corp-{number}"));
    assert_eq!(slugs, numbered.chain(["acme-corp".to_owned()]).collect());
    for slug in slugs {
        assert_eq!(availability(&server, &slug).await.expect(200)["available"], false);
    }
    server.finish().await;
}

#[tokio::test]
async fn twenty_at_once_do_not_get_past_the_limit() {
    let server = start().await;
    server.set_config("tenants.max_owned_per_user", json!(3)).await;
    let access = server.person("jane@acme.com").await.access;
    let other = server.person("other@acme.com").await.access;
    // Names of their own, so that the slugs do not put them in order.
    let requests = (0..CONTENDERS).map(|index| creation(&server, &access, &json!({"name": format!("Firm {index}")})));
    let replies = send_together(requests).await;
    assert_eq!((count(&replies, 201), count(&replies, 403)), (3, CONTENDERS - 3), "{replies:#?}");
    for reply in replies.iter().filter(|reply| reply.status == 403) {
        reply.expect_problem(403, "tenant_limit_reached");
    }
    let mut slugs: Vec<String> = made(&replies).iter().map(|item| item["slug"].as_str().unwrap().to_owned()).collect();
    let mut seen = each(&listed(&server, &access, "").await.expect(200), "slug");
    slugs.sort();
    seen.sort();
    assert_eq!(seen, slugs);
    assert_eq!(count(&[super::create(&server, &other, json!({"name": "Firm"})).await], 201), 1);
    server.finish().await;
}
