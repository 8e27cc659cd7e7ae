//! Slugs: given, made from names, refused, taken for ever (contract 24).

use serde_json::{Value as Json, json};
use trueport::store::tenants::TenantStatus;

use super::{archive, availability, create, create_named, listed};
use crate::harness::TestServer;
use crate::organization::{Organization, set_status};

#[tokio::test]
async fn a_slug_that_is_left_out_is_made_from_the_name() {
    let server = TestServer::start().await;
    let access = server.person("jane@acme.com").await.access;
    create(&server, &access, json!({"name": "Something Else", "slug": "beta-2"})).await.expect(201);
    let (x63, x61) = ("x".repeat(63), "x".repeat(61));
    // In this order.
    let cases: &[(&str, &str)] = &[
        ("Acme Corp", "acme-corp"),
        ("Acme Corp", "acme-corp-2"),
        ("  ACME -- corp!  ", "acme-corp-3"),
        ("acme_corp", "acme-corp-4"),
        // A number in the name is a name of its own, which may be taken itself.
        ("Acme Corp 3", "acme-corp-3-2"),
        ("Acme Corp 5", "acme-corp-5"),
        ("Acme Corp", "acme-corp-6"),
        ("Beta", "beta"),
        ("Beta", "beta-3"),
        // A reserved word is as good as taken.
        ("Admin", "admin-2"),
        ("admin", "admin-3"),
        ("Well Known", "well-known-2"),
        ("Größe & Söhne GmbH", "grosse-sohne-gmbh"),
        ("北京", "bei-jing"),
        ("O'Reilly <b>Media</b>", "o-reilly-b-media-b"),
        ("../../etc/passwd", "etc-passwd"),
        ("007", "007"),
        (&"X".repeat(100), &x63),
        (&"x".repeat(63), &format!("{x61}-2")),
        // Cut where a word ends: no hyphen is left at the end, with a number or without.
        (&format!("{} yz", "w".repeat(62)), &"w".repeat(62)),
        (&format!("{} v v", "v".repeat(60)), &format!("{}-v", "v".repeat(60))),
        (&format!("{} v v", "v".repeat(60)), &format!("{}-2", "v".repeat(60))),
    ];
    for (name, slug) in cases {
        assert_eq!(create_named(&server, &access, name).await, *slug, "{name}");
        assert_eq!(availability(&server, slug).await.expect(200), json!({"slug": slug, "available": false}));
    }
    assert_eq!(create(&server, &access, json!({"name": "Beta", "slug": null})).await.expect(201)["slug"], "beta-4");
    for name in ["AB", "!!!", "-", "a  -", "\u{200b}\u{200b}\u{200b}"] {
        let reply = create(&server, &access, json!({"name": name})).await;
        assert_eq!(reply.status.as_u16(), 422, "{name}: {}", reply.text);
        assert_eq!(reply.invalid_fields(), ["slug"], "{name}");
        // With a slug the name is as good as any.
        let slug = format!("given-{}", listed(&server, &access, "").await.json().as_array().unwrap().len());
        create(&server, &access, json!({"name": name, "slug": slug})).await.expect(201);
    }
    server.finish().await;
}

#[tokio::test]
async fn a_slug_has_its_form_or_is_refused() {
    let server = TestServer::start().await;
    let access = server.person("jane@acme.com").await.access;
    let (longest, too_long) = ("l".repeat(63), "l".repeat(64));
    let bad = [
        "",
        " ",
        "a",
        "ab",
        "-ab",
        "ab-",
        "---",
        "Abc",
        "ABC",
        "a_b",
        "a b",
        " abc",
        "abc ",
        "abc\n",
        "a.b",
        "a/b",
        "äbc",
        "abc\0",
        "ab\u{ff41}",
        "a--",
        "%61bc",
        "abc%",
        "abc' OR 1=1",
        "../abc",
        &too_long,
    ];
    for slug in bad {
        for reply in
            [create(&server, &access, json!({"name": "Acme", "slug": slug})).await, availability(&server, slug).await]
        {
            assert_eq!(reply.status.as_u16(), 422, "{slug:?}: {}", reply.text);
            assert_eq!(reply.invalid_fields(), ["slug"], "{slug:?}");
        }
    }
    for slug in ["abc", "a-b", "a--b", "123", "0-0", "xn--abc", &longest] {
        assert_eq!(availability(&server, slug).await.expect(200), json!({"slug": slug, "available": true}));
        let made = create(&server, &access, json!({"name": "Acme", "slug": slug})).await.expect(201);
        assert_eq!(made["slug"], slug);
    }
    server.finish().await;
}

#[tokio::test]
async fn reserved_words_are_refused_and_not_available() {
    let server = TestServer::start().await;
    let access = server.person("jane@acme.com").await.access;
    super::make_platform_admin(&server, "jane@acme.com").await;
    let words = [
        "admin",
        "api",
        "auth",
        "global",
        "service",
        "internal",
        "login",
        "platform",
        "prod",
        "staging",
        "dev",
        "root",
        "support",
        "trueport",
        "well-known",
        "www",
    ];
    for slug in words {
        assert_eq!(availability(&server, slug).await.expect(200), json!({"slug": slug, "available": false}));
        let reply = create(&server, &access, json!({"name": "Acme", "slug": slug})).await;
        assert_eq!(reply.status.as_u16(), 422, "{slug}: {}", reply.text);
        assert_eq!(reply.invalid_fields(), ["slug"], "{slug}");
    }
    server.finish().await;
}

#[tokio::test]
async fn whether_a_slug_is_free_needs_one_slug_and_no_token() {
    let server = TestServer::start().await;
    let tokens = server.person("jane@acme.com").await;
    let path = "/global/tenants/check-availability";
    let free = json!({"slug": "acme-corp", "available": true});
    for token in ["", "garbage", &tokens.access, &tokens.refresh] {
        assert_eq!(server.get(&format!("{path}?slug=acme-corp"), token).await.expect(200), free);
    }
    for query in ["?slug=acme%2Dcorp", "?name=x&slug=acme-corp&limit=abc", "?slug=acme-corp&", "?slug=acme-corp#slug"] {
        assert_eq!(server.get(&format!("{path}{query}"), "").await.expect(200), free, "{query}");
    }
    let bad: &[(&str, &[&str])] = &[
        ("", &["slug"]),
        ("?", &["slug"]),
        ("?slug", &["slug"]),
        ("?slug=", &["slug"]),
        ("?Slug=acme-corp", &["slug"]),
        ("?slug[]=acme-corp", &["slug"]),
        ("?slug=acme-corp&slug=acme-corp", &["slug"]),
        ("?slug=acme-corp&slug=beta", &["slug"]),
        ("?slug=acme-corp&x=1&x=2", &["x"]),
        ("?slug=acme+corp", &["slug"]),
    ];
    for (query, fields) in bad {
        let reply = server.get(&format!("{path}{query}"), "").await;
        assert_eq!(reply.status.as_u16(), 422, "{query}: {}", reply.text);
        assert_eq!(reply.invalid_fields(), *fields, "{query}");
    }
    let not_text = server.get(&format!("{path}?slug=abc%FF"), "").await;
    assert!(!not_text.invalid_fields().is_empty());
    server.finish().await;
}

#[tokio::test]
async fn a_slug_is_taken_for_ever() {
    let server = TestServer::start().await;
    let acme = Organization::of(&server, "jane@acme.com", "acme-corp").await;
    let stranger = server.person("stranger@acme.com").await.access;
    let assert_taken = async || {
        for access in [&acme.owner.access, &stranger] {
            let body = json!({"name": "Another", "slug": "acme-corp"});
            create(&server, access, body).await.expect_problem(409, "slug_taken");
        }
        let told = availability(&server, "acme-corp").await.expect(200);
        assert_eq!(told, json!({"slug": "acme-corp", "available": false}));
    };
    assert_taken().await;
    set_status(&server, "acme-corp", TenantStatus::Suspended).await;
    assert_taken().await;
    set_status(&server, "acme-corp", TenantStatus::Active).await;
    archive(&server, &acme.owner.scoped, "acme-corp").await.expect(200);
    assert_taken().await;
    assert_eq!(create_named(&server, &stranger, "Acme Corp").await, "acme-corp-2");
    // The names of organizations, other than their slugs, are nobody's.
    let names: Vec<Json> = listed(&server, &stranger, "").await.json().as_array().unwrap().clone();
    assert_eq!((names.len(), &names[0]["name"]), (1, &json!("Acme Corp")));
    server.finish().await;
}
