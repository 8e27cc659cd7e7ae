//! Registration (specification "POST /register", contract 4 and 16 and 17).

use reqwest::Method;
use serde_json::{Value as Json, json};
use trueport::domain::settings::ConfigValue;

use crate::harness::{PASSWORD, Setup, TestServer, send};
use crate::inspect::{accounts, count, login, outbox, post_request, send_together};

#[tokio::test]
async fn a_registration_answers_as_specified_and_sends_a_welcome_mail() {
    let server = TestServer::start().await;
    let body = json!({
        "email": " Dev@ACME.com ", "password": PASSWORD, "first_name": " Jane ", "last_name": "Doe",
        "is_platform_admin": true, "role": "owner", "id": "usr_1", "status": "disabled", "unknown": [1, 2],
    });
    let account = server.post("/global/auth/register", body).await.expect(201);
    let id = account["id"].as_str().unwrap();
    assert!(id.starts_with("usr_") && id.len() == 30, "{id}");
    let created_at = server.clock.now().to_string();
    assert_eq!(
        account,
        json!({"id": id, "email": "dev@acme.com", "first_name": "Jane", "last_name": "Doe", "created_at": created_at})
    );

    let mail = server.mail.next_mail_to("dev@acme.com").await;
    assert!(mail.text.contains("https://trueport.example/#/verify-email?token="), "{}", mail.text);
    let tokens = server.sign_in("dev@acme.com").await;
    let me = server.get("/global/auth/me", &tokens.access).await.expect(200);
    assert_eq!((&me["is_platform_admin"], &me["email_verified_at"]), (&json!(false), &json!(null)));

    server.post("/global/auth/verify-email", json!({"token": mail.link_token()})).await.expect(200);
    let me = server.get("/global/auth/me", &tokens.access).await.expect(200);
    assert_eq!(me["email_verified_at"], created_at);
    let again = server.post("/global/auth/verify-email", json!({"token": mail.link_token()})).await;
    again.expect_problem(400, "invalid_token");
    let audit = ["anonymous user.created user", "user session.created session", "anonymous user.email_verified user"];
    assert_eq!(server.audit().await, audit);
    server.finish().await;
}

#[tokio::test]
async fn of_parallel_registrations_of_one_address_one_succeeds() {
    let server = TestServer::start().await;
    let spellings = ["dev@acme.com", "DEV@acme.com", " dev@ACME.com", "Dev@Acme.Com\t"];
    let requests = (0..20).map(|index| {
        let body = registration(spellings[index % spellings.len()], PASSWORD);
        post_request(&server, "/global/auth/register", &body)
    });
    let replies = send_together(requests).await;
    let created: Vec<_> = replies.iter().filter(|reply| reply.status == 201).collect();
    assert_eq!(created.len(), 1);
    assert_eq!(created[0].json()["email"], "dev@acme.com");
    for reply in replies.iter().filter(|reply| reply.status != 201) {
        reply.expect_problem(400, "email_taken");
    }
    server.post("/global/auth/register", registration("DEV@ACME.COM", PASSWORD)).await.expect(400);

    assert_eq!(accounts(&server).await, ["dev@acme.com"]);
    assert_eq!(server.audit().await, ["anonymous user.created user"]);
    assert_eq!(outbox(&server).await, ["welcome dev@acme.com"]);
    server.mail.next_mail_to("dev@acme.com").await;
    server.finish().await;
}

#[tokio::test]
async fn addresses_are_normalized_or_refused() {
    let server = TestServer::start_with(Setup { smtp: false, ..Setup::default() }).await;
    let longest =
        format!("longest@{}.example", ["a".repeat(59), "b".repeat(59), "c".repeat(59), "d".repeat(58)].join("."));
    assert_eq!(longest.len(), 254);
    let good = [
        ("\u{a0}Dev+Tag@ACME.com\r\n", "dev+tag@acme.com"),
        ("O'Neil_1.2-3@sub.acme.co.uk", "o'neil_1.2-3@sub.acme.co.uk"),
        ("admin@localhost", "admin@localhost"),
        (&longest, &longest),
    ];
    for (given, stored) in good {
        let account = server.post("/global/auth/register", registration(given, PASSWORD)).await.expect(201);
        assert_eq!(account["email"], stored);
        let reply = login(&server, &stored.to_ascii_uppercase(), PASSWORD).await;
        reply.expect(200);
    }
    let too_long = format!("x{longest}");
    let bad = [
        "",
        " ",
        "dev",
        "dev@",
        "@acme.com",
        "dev@@acme.com",
        "a b@acme.com",
        "dev@acme .com",
        "dev.@acme.com",
        "de..v@acme.com",
        "dev@acme..com",
        "dev@-acme.com",
        "dév@acme.com",
        "dev@acmé.com",
        "ｄev@acme.com",
        "dev@acme.com\0",
        "dev\n@acme.com",
        "dev@acme.com\r\nBcc: eve@evil.example",
        "\"a b\"@acme.com",
        "dev@[127.0.0.1]",
        "Dev <dev@acme.com>",
        "dev@acme.com,eve@evil.example",
        &too_long,
    ];
    for given in bad {
        let reply = server.post("/global/auth/register", registration(given, PASSWORD)).await;
        assert_eq!(reply.invalid_fields(), ["email"], "{given:?}");
    }
    assert_eq!(accounts(&server).await.len(), good.len());
    server.finish().await;
}

#[tokio::test]
async fn a_new_password_follows_the_rules() {
    let server = TestServer::start_with(Setup { smtp: false, ..Setup::default() }).await;
    let long = |count| "long enough ".chars().cycle().take(count).collect::<String>();
    let (longest, too_long) = (long(128), long(129));
    // The least length, the password, whether it is allowed.
    let cases: &[(i64, &str, bool)] = &[
        (10, "", false),
        (10, "Ab3!efgh9", false),
        (10, "Ab3!efgh9j", true),
        (10, "äöüßéÄÖÜ€", false),
        (10, "äöüßéÄÖÜ€ñ", true),
        (10, "pass\0word with NUL", true),
        (8, "Ab3!efg", false),
        (8, "Ab3!efgh", true),
        (14, "Ab3!efgh9jklm", false),
        (14, "Ab3!efgh9jklmn", true),
        (10, &longest, true),
        (10, &too_long, false),
        (128, &longest, true),
        (128, &long(127), false),
        (10, "1234567890", false),
        (10, "QwertyUiop", false),
        (8, "PASSWORD1", false),
        (8, "somebody.long0@acme.com", false),
        (8, "Somebody.Long0@ACME.com", false),
    ];
    for (index, (min_length, password, allowed)) in cases.iter().enumerate() {
        server.set_config("auth.password_min_length", json!(min_length)).await;
        let email =
            if password.contains('@') { "somebody.long0@acme.com".to_owned() } else { format!("p{index}@acme.com") };
        let reply = server.post("/global/auth/register", registration(&email, password)).await;
        if *allowed {
            reply.expect(201);
            login(&server, &email, password).await.expect(200);
        } else {
            assert_eq!(reply.invalid_fields(), ["password"], "{password:?}");
            assert!(password.is_empty() || !reply.text.contains(password), "{}", reply.text);
        }
    }
    // A shorter least length than eight cannot be set, and a longer one locks nobody out.
    server.set_config("auth.password_min_length", json!(20)).await;
    login(&server, "p2@acme.com", "Ab3!efgh9j").await.expect(200);
    server.finish().await;
}

#[tokio::test]
async fn every_field_at_fault_is_named_at_once() {
    let server = TestServer::start().await;
    let all = ["email", "password", "first_name", "last_name"];
    let long_name = "n".repeat(101);
    let cases = [
        (json!({"email": "x", "password": "x", "first_name": " ", "last_name": "a\u{7}b"}), &all[..]),
        (json!({"email": "dev@acme.com", "password": PASSWORD, "first_name": long_name, "last_name": ""}), &all[2..]),
        (json!({"email": null, "password": PASSWORD, "first_name": "J", "last_name": "D"}), &all[..1]),
        (json!({"email": "dev@acme.com", "password": 1234567890, "first_name": "J", "last_name": "D"}), &all[1..2]),
        (json!({"email": "dev@acme.com", "password": PASSWORD, "last_name": "D"}), &all[2..3]),
        (json!(["dev@acme.com"]), &["body"]),
    ];
    for (body, fields) in cases {
        let reply = server.post("/global/auth/register", body.clone()).await;
        assert_eq!(reply.invalid_fields(), fields, "{body}");
        assert!(!reply.text.contains("1234567890"), "{}", reply.text);
    }
    let body = json!({"email": "dev@acme.com", "password": PASSWORD, "first_name": "n".repeat(100), "last_name": "李"});
    assert_eq!(server.post("/global/auth/register", body).await.expect(201)["last_name"], "李");
    server.mail.next_mail_to("dev@acme.com").await;
    server.finish().await;
}

#[tokio::test]
async fn the_installation_decides_who_may_register() {
    let server = TestServer::start_with(Setup { smtp: false, ..Setup::default() }).await;
    server.register("first@elsewhere.example").await;
    server.set_config("auth.registration_domains", json!("acme.com, Corp.example")).await;
    // The setting, the address, and what a registration answers.
    let cases = [
        ("domains", "a@acme.com", 201),
        ("domains", "A@ACME.COM", 400),
        ("domains", "b@corp.EXAMPLE", 201),
        ("domains", "c@sub.acme.com", 403),
        ("domains", "d@notacme.com", 403),
        ("domains", "acme.com@evil.example", 403),
        // Whether an address is registered is not told to those who may not register.
        ("domains", "first@elsewhere.example", 403),
        ("invite_only", "e@acme.com", 403),
        ("invite_only", "a@acme.com", 403),
        ("open", "f@anywhere.example", 201),
    ];
    for (registration_is, email, status) in cases {
        server.set_config("auth.registration", json!(registration_is)).await;
        let reply = server.post("/global/auth/register", registration(email, PASSWORD)).await;
        match status {
            400 => reply.expect_problem(400, "email_taken"),
            403 => reply.expect_problem(403, "registration_closed"),
            _ => reply.expect(201),
        };
    }
    let expected = ["a@acme.com", "b@corp.example", "f@anywhere.example", "first@elsewhere.example"];
    assert_eq!(accounts(&server).await, expected);
    assert_eq!(outbox(&server).await.len(), expected.len());
    // Who is in already is not concerned.
    server.set_config("auth.registration", json!("invite_only")).await;
    server.sign_in("first@elsewhere.example").await;
    server.finish().await;
}

#[tokio::test]
async fn the_link_of_a_welcome_mail_proves_the_address_once() {
    let server = TestServer::start().await;
    let token = server.register("dev@acme.com").await;
    let tokens = server.sign_in("dev@acme.com").await;
    // What follows links, such as a mail scanner, uses nothing up.
    for path in ["/global/auth/verify-email", &format!("/global/auth/verify-email?token={token}")] {
        server.get(path, "").await.expect_problem(405, "method_not_allowed");
    }
    server.get(&format!("/?token={token}"), "").await;
    for wrong in ["", "x", &token[1..], &format!("{token}A")] {
        let reply = server.post("/global/auth/verify-email", json!({"token": wrong})).await;
        reply.expect_problem(400, "invalid_token");
    }
    for body in [json!({}), json!({"token": 1}), json!({"token": null})] {
        assert_eq!(server.post("/global/auth/verify-email", body).await.invalid_fields(), ["token"]);
    }
    assert_eq!(server.get("/global/auth/me", &tokens.access).await.expect(200)["email_verified_at"], json!(null));

    let body = json!({"token": token});
    let replies = send_together((0..10).map(|_| post_request(&server, "/global/auth/verify-email", &body))).await;
    assert_eq!((count(&replies, 200), count(&replies, 400)), (1, 9));
    let done = replies.iter().find(|reply| reply.status == 200).unwrap().json();
    assert!(done["message"].is_string());
    // The proof by the link leaves sessions and the password alone.
    assert!(server.get("/global/auth/me", &tokens.access).await.expect(200)["email_verified_at"].is_string());
    server.sign_in("dev@acme.com").await;
    assert_eq!(server.audit().await.iter().filter(|event| event.contains("email_verified")).count(), 1);
    server.finish().await;
}

#[tokio::test]
async fn a_token_works_only_for_what_it_was_made_for() {
    let server = TestServer::start().await;
    let verify = server.register("dev@acme.com").await;
    server.post("/global/auth/forgot-password", json!({"email": "dev@acme.com"})).await.expect(200);
    let reset = server.mail.next_mail_to("dev@acme.com").await.link_token();
    let new_password = "AnotherPassword456!";
    let wrong_uses = [
        ("/global/auth/verify-email", json!({"token": reset})),
        ("/global/auth/reset-password", json!({"token": verify, "new_password": new_password})),
        ("/global/auth/setup", setup_body(&verify)),
        ("/global/auth/setup", setup_body(&reset)),
    ];
    for (path, body) in wrong_uses {
        server.post(path, body).await.expect_problem(400, "invalid_token");
    }
    server.post("/global/auth/verify-email", json!({"token": verify})).await.expect(200);
    let body = json!({"token": reset, "new_password": new_password});
    server.post("/global/auth/reset-password", body).await.expect(200);
    server.mail.next_mail_to("dev@acme.com").await;
    server.finish().await;
}

fn setup_body(token: &str) -> Json {
    json!({"token": token, "email": "admin@acme.com", "password": PASSWORD, "first_name": "A", "last_name": "B"})
}

#[tokio::test]
async fn links_are_built_from_the_base_url_alone() {
    let base_url = "https://port.example:8443/ai";
    let values = [("base_url", ConfigValue::Text(base_url.into()))].into();
    let server =
        TestServer::start_with(Setup { values, trusted_proxies: vec!["127.0.0.1/32"], ..Setup::default() }).await;
    let forged = |method, path: &str, body: Json| {
        let request = server.request(method, path).json(&body).header("host", "evil.example");
        let request = request.header("x-forwarded-host", "evil.example").header("x-forwarded-proto", "http");
        request.header("forwarded", "host=evil.example;proto=http").header("origin", "https://evil.example")
    };
    send(forged(Method::POST, "/global/auth/register", registration("dev@acme.com", PASSWORD))).await.expect(201);
    let tokens = server.sign_in("dev@acme.com").await;
    send(forged(Method::POST, "/global/auth/forgot-password", json!({"email": "dev@acme.com"}))).await.expect(200);
    send(forged(Method::POST, "/global/auth/otp/request", json!({"email": "dev@acme.com"}))).await.expect(200);
    let change = json!({"email": "new@acme.com", "current_password": PASSWORD});
    let request = forged(Method::POST, "/global/auth/me/email", change).bearer_auth(&tokens.access);
    send(request).await.expect(200);

    let pages = [
        ("dev@acme.com", "/#/verify-email?token="),
        ("dev@acme.com", "/#/reset-password?token="),
        ("dev@acme.com", ""),
        ("new@acme.com", "/#/verify-email?token="),
        ("dev@acme.com", ""),
    ];
    // The mails of one account may overtake each other.
    let mut arrived = Vec::new();
    for (recipient, _) in pages {
        arrived.push(server.mail.next_mail_to(recipient).await);
    }
    for mail in &arrived {
        let raw = String::from_utf8_lossy(&mail.raw);
        for text in [&mail.text, &mail.html, &mail.subject, &mail.message_id, raw.as_ref()] {
            assert!(!text.contains("evil"), "{text}");
        }
        for part in [&mail.text, &mail.html] {
            for (start, _) in part.match_indices("://") {
                let from = part[..start].rfind(|letter: char| !letter.is_ascii_alphabetic()).map_or(0, |at| at + 1);
                assert!(part[from..].starts_with(base_url), "{part}");
            }
        }
    }
    for page in ["/#/verify-email?token=", "/#/reset-password?token="] {
        let link = format!("{base_url}{page}");
        assert!(arrived.iter().any(|mail| mail.text.contains(&link) && mail.html.contains(&link)), "{link}");
    }
    server.finish().await;
}

fn registration(email: &str, password: &str) -> Json {
    json!({"email": email, "password": password, "first_name": "Jane", "last_name": "Doe"})
}
