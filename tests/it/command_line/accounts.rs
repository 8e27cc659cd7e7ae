//! Admins, their passwords, and what a running server feels of what is done to accounts.

use std::io::{Read as _, Write as _};
use std::process::Stdio;

use nix::pty::openpty;
use nix::sys::termios::{LocalFlags, tcgetattr};
use reqwest::Method;
use serde_json::json;
use trueport::clock::Clock;

use super::{EMAIL, run};
use crate::executable::{Finished, Installation, together};
use crate::harness::{PASSWORD, Tokens};
use crate::mfa::Phone;

#[tokio::test]
async fn admins_are_made_before_the_first_start_while_stopped_and_while_running() {
    let installation = Installation::new();
    // Each time several at once, which all find the same data.
    let create = async |group: &str| {
        let emails: Vec<String> = (0..5).map(|index| format!("{group}{index}@example.com")).collect();
        for finished in together(emails.iter().map(|email| installation.create_admin(email))).await {
            finished.expect(0);
        }
        emails
    };
    let before = create("before").await;
    let first = installation.serve().await;
    for email in &before {
        first.login(email).await.expect(200);
    }
    first.stop().await;
    let stopped = create("stopped").await;
    let server = installation.serve().await;
    let running = create("running").await;
    for email in stopped.iter().chain(&running) {
        let tokens = Tokens::of(&server.login(email).await.expect(200));
        let me = server.get("/global/auth/me", &tokens.access).await.expect(200);
        assert_eq!(me["is_platform_admin"], true);
        assert!(me["email_verified_at"].is_string(), "the operator vouches for the address");
    }
    let listed = installation.run(&["admin", "list", "--json"]).await.expect(0).json();
    assert_eq!(listed.as_array().unwrap().len(), 15);
    // Of several at once with one address, one is made.
    let same = together((0..4).map(|_| installation.create_admin("same@example.com"))).await;
    let mut codes: Vec<_> = same.iter().map(Finished::code).collect();
    codes.sort_unstable();
    assert_eq!(codes, [Some(0), Some(3), Some(3), Some(3)], "{same:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_password_is_one_line_of_standard_input_as_it_is() {
    let installation = Installation::new();
    let server = installation.serve().await;
    let cases = [
        ("plain", "correct horse battery", "correct horse battery"),
        ("line", "correct horse battery\n", "correct horse battery"),
        ("windows", "correct horse battery\r\n", "correct horse battery"),
        ("blanks", "  correct horse  \nnext line\n", "  correct horse  "),
        ("letters", "pässwörter ☂ umbrella\n", "pässwörter ☂ umbrella"),
    ];
    for (name, input, password) in cases {
        let email = format!("{name}@example.com");
        let create = ["admin", "create", "--email", &email, "--password-stdin"];
        installation.run_with_input(&create, input).await.expect(0);
        let login = json!({"email": email, "password": password});
        server.post("/global/auth/login", login).await.expect(200);
    }
    server.stop().await;
}

/// Answers the prompts of a command on a terminal of its own, as a person has one. Returns the exit code and what was
/// shown.
fn converse(command: &tokio::process::Command, dialogue: &[(&str, &str)]) -> (Option<i32>, String) {
    let pair = openpty(None, None).unwrap();
    let mut screen = std::fs::File::from(pair.master);
    let terminal = || Stdio::from(pair.slave.try_clone().unwrap());
    let command = command.as_std();
    // setsid makes the terminal the controlling one, which is where a password is read from.
    let mut in_session = std::process::Command::new("setsid");
    in_session.args(["--ctty", "--wait"]).arg(command.get_program()).args(command.get_args());
    in_session.current_dir(command.get_current_dir().unwrap()).env_clear();
    in_session.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    in_session.stdin(terminal()).stdout(terminal()).stderr(terminal());
    let mut child = in_session.spawn().expect("setsid, of util-linux, is needed");
    let mut shown = String::new();
    for (prompt, answer) in dialogue {
        while !shown.ends_with(prompt) {
            let mut bytes = [0; 256];
            let length = screen.read(&mut bytes).unwrap();
            shown += std::str::from_utf8(&bytes[..length]).unwrap();
        }
        // A person does not type before the terminal stops showing it either.
        while tcgetattr(&pair.slave).unwrap().local_flags.contains(LocalFlags::ECHO) {
            std::thread::yield_now();
        }
        writeln!(screen, "{answer}").unwrap();
    }
    let status = child.wait().unwrap();
    // Once nobody has the terminal open, reading ends with an error after what is left.
    drop((in_session, pair.slave));
    let mut rest = Vec::new();
    let _ = screen.read_to_end(&mut rest);
    shown += std::str::from_utf8(&rest).unwrap();
    (status.code(), shown)
}

#[tokio::test]
async fn on_a_terminal_a_password_is_asked_for_twice_and_not_shown() {
    let installation = Installation::new();
    for (email, second, code) in [("a@example.com", PASSWORD, 0), ("b@example.com", "another one", 2)] {
        let command = installation.command(&["admin", "create", "--email", email]);
        let dialogue = [("Password: ", PASSWORD), ("The same again: ", second)];
        let (status, shown) = tokio::task::spawn_blocking(move || converse(&command, &dialogue)).await.unwrap();
        assert_eq!(status, Some(code), "{shown}");
        assert!(!shown.contains(PASSWORD) && !shown.contains(second), "{shown}");
        assert!(
            shown.contains(if code == 0 { "is a platform admin now" } else { "the two passwords differ" }),
            "{shown}"
        );
    }
    let listed = installation.run(&["admin", "list", "--json"]).await.expect(0).json();
    assert_eq!((listed[0]["email"].as_str(), listed.as_array().unwrap().len()), (Some("a@example.com"), 1));
}

#[tokio::test]
async fn a_reset_link_works_once_and_a_set_password_at_once() {
    let installation = Installation::new();
    installation.create_admin(EMAIL).await.expect(0);
    let server = installation.serve().await;
    let tokens = Tokens::of(&server.login(EMAIL).await.expect(200));
    let finished = installation.run(&["admin", "reset-password", "--email", EMAIL]).await.expect(0);
    let token = finished.stdout.trim().strip_prefix("https://trueport.example/#/reset-password?token=").unwrap();
    // The link alone changes nothing.
    server.get("/global/auth/me", &tokens.access).await.expect(200);
    let body = json!({"token": token, "new_password": "AnotherPassword1!"});
    server.post("/global/auth/reset-password", body.clone()).await.expect(200);
    server.get("/global/auth/me", &tokens.access).await.expect_problem(401, "unauthorized");
    server.post("/global/auth/reset-password", body).await.expect_problem(400, "invalid_token");
    server.login(EMAIL).await.expect_problem(401, "invalid_credentials");
    let login = json!({"email": EMAIL, "password": "AnotherPassword1!"});
    let tokens = Tokens::of(&server.post("/global/auth/login", login).await.expect(200));

    let set = ["admin", "reset-password", "--email", EMAIL, "--password-stdin"];
    installation.run_with_input(&set, PASSWORD).await.expect(0);
    server.get("/global/auth/me", &tokens.access).await.expect_problem(401, "unauthorized");
    server.login(EMAIL).await.expect(200);
    server.stop().await;
}

#[tokio::test]
async fn a_running_server_feels_what_is_done_to_an_account_at_once() {
    let installation = Installation::new();
    installation.create_admin(EMAIL).await.expect(0);
    let server = installation.serve().await;
    let email = "jane@example.com";
    let tokens = server.person(email).await;
    let run = async |arguments: &str, code: i32| {
        run(&installation, &format!("{arguments} --email {email}"), "").await.expect(code)
    };
    let is_admin = async |tokens: &Tokens| {
        server.get("/global/auth/me", &tokens.access).await.expect(200)["is_platform_admin"] == true
    };
    assert!(!is_admin(&tokens).await);
    let promoted = run("admin promote", 0).await;
    assert!(promoted.stderr.contains("Nobody has proved this address yet"), "{promoted}");
    assert!(is_admin(&tokens).await);
    run("admin demote", 0).await;
    assert!(!is_admin(&tokens).await);

    run("user end-sessions", 0).await;
    server.get("/global/auth/me", &tokens.access).await.expect_problem(401, "unauthorized");
    let refresh = json!({"refresh_token": tokens.refresh});
    server.post("/global/auth/refresh", refresh).await.expect_problem(401, "invalid_refresh_token");
    let tokens = Tokens::of(&server.login(email).await.expect(200));

    run("user disable", 0).await;
    server.get("/global/auth/me", &tokens.access).await.expect_problem(401, "unauthorized");
    server.login(email).await.expect_problem(401, "invalid_credentials");
    run("user enable", 0).await;
    // Enabled is not signed in: the sessions have ended.
    server.get("/global/auth/me", &tokens.access).await.expect_problem(401, "unauthorized");
    server.login(email).await.expect(200);

    // The sign-in that was refused meanwhile counts as well.
    let unlocked = run("user unlock", 0).await;
    assert!(unlocked.stdout.contains("1 failed attempts"), "{unlocked}");
    let wrong = json!({"email": email, "password": "not the password"});
    for _ in 0..10 {
        server.post("/global/auth/login", wrong.clone()).await.expect_problem(401, "invalid_credentials");
    }
    server.login(email).await.expect_problem(429, "too_many_attempts");
    let unlocked = run("user unlock", 0).await;
    assert!(unlocked.stdout.contains("10 failed attempts"), "{unlocked}");
    server.login(email).await.expect(200);

    // One admin stays, whoever is asked to go.
    run("admin promote", 0).await;
    run_as(&installation, "admin demote", EMAIL, 0).await;
    run("user disable", 1).await;
    run("admin demote", 1).await;
    run_as(&installation, "user disable", EMAIL, 0).await;
    // A disabled admin does not count.
    run_as(&installation, "admin promote", EMAIL, 0).await;
    run("admin demote", 1).await;
    server.stop().await;
}

/// As after the leak of a key: whoever is signed in anywhere is so no more.
#[tokio::test]
async fn every_session_ends_at_one_word() {
    let installation = Installation::new();
    installation.create_admin(EMAIL).await.expect(0);
    let server = installation.serve().await;
    let admin = Tokens::of(&server.login(EMAIL).await.expect(200));
    let jane = server.person("jane@example.com").await;
    for wrong in ["end-sessions", "end-sessions --all --email jane@example.com", "end-sessions --email"] {
        run(&installation, &format!("user {wrong}"), "").await.expect(2);
    }
    for tokens in [&admin, &jane] {
        server.get("/global/auth/me", &tokens.access).await.expect(200);
    }
    let ended = run(&installation, "user end-sessions --all", "").await.expect(0);
    assert!(ended.stdout.contains("2 sessions have ended"), "{ended}");
    for tokens in [&admin, &jane] {
        server.get("/global/auth/me", &tokens.access).await.expect_problem(401, "unauthorized");
        let body = json!({"refresh_token": tokens.refresh});
        server.post("/global/auth/refresh", body).await.expect_problem(401, "invalid_refresh_token");
    }
    server.login(EMAIL).await.expect(200);
    let ended = run(&installation, "user end-sessions --all --json", "").await.expect(0).json();
    assert_eq!(ended, json!({"sessions_ended": 1}));
    server.stop().await;
}

/// What a link opens is for whoever it is shown to, and for nobody who reads the log.
#[tokio::test]
async fn links_that_are_handed_over_are_in_no_log() {
    let installation = Installation::new().with("TRUEPORT_LOG", "trace");
    installation.create_admin(EMAIL).await.expect(0);
    let server = installation.serve().await;
    let admin = Tokens::of(&server.login(EMAIL).await.expect(200)).access;
    let call = async |path: &str, body| server.call(Method::POST, path, &admin, body).await;
    let mut links = Vec::new();
    let made = call("/admin/users", json!({"email": "jane@example.com"})).await.expect(201);
    links.push(made["set_password_url"].clone());
    let body = json!({"name": "Acme Corp", "owner_email": "owner@example.com"});
    let tenant = call("/admin/tenants", body).await.expect(201);
    links.push(tenant["set_password_url"].clone());
    server.post("/global/auth/forgot-password", json!({"email": "jane@example.com"})).await.expect(200);
    let listed = server.get("/admin/outbox", &admin).await.expect(200);
    let path = format!("/admin/outbox/{}/reveal", listed["items"][0]["id"].as_str().unwrap());
    links.push(call(&path, json!(null)).await.expect(200)["link"].clone());
    let path = format!("/admin/users/{}/impersonate", tenant["owner"]["user_id"].as_str().unwrap());
    let body = json!({"tenant_id": tenant["id"], "reason": "Ticket 4711"});
    let acting = call(&path, body).await.expect(200)["access_token"].clone();
    let server_log = server.stop().await;
    assert!(server_log.contains("/admin/outbox"), "the requests are not in the log");
    for link in links {
        let token = link.as_str().unwrap().split_once("?token=").unwrap().1.to_owned();
        assert!(!server_log.contains(&token));
    }
    assert!(!server_log.contains(acting.as_str().unwrap()));
}

async fn run_as(installation: &Installation, arguments: &str, email: &str, code: i32) -> Finished {
    run(installation, &format!("{arguments} --email {email}"), "").await.expect(code)
}

/// For the admin who has lost the telephone and the recovery codes.
#[tokio::test]
async fn a_second_factor_is_taken_away_and_a_running_server_heeds_it() {
    let installation = Installation::new();
    installation.create_admin(EMAIL).await.expect(0);
    let server = installation.serve().await;
    let tokens = Tokens::of(&server.login(EMAIL).await.expect(200));
    let post = async |path: &str, body| server.call(reqwest::Method::POST, path, &tokens.access, body).await;
    let begun = post("/global/auth/mfa/totp", json!({"current_password": PASSWORD})).await.expect(200);
    let phone = Phone::of(begun["secret"].as_str().unwrap());
    let code = phone.code_at(Clock::system().now());
    post("/global/auth/mfa/totp/confirm", json!({"code": code})).await.expect(200);
    assert_eq!(server.login(EMAIL).await.expect(200)["mfa_required"], true);

    let disable = ["admin", "disable-mfa", "--email", EMAIL, "--json"];
    let expected = |removed| json!({"email": EMAIL, "factors_removed": removed});
    assert_eq!(installation.run(&disable).await.expect(0).json(), expected(1));
    Tokens::of(&server.login(EMAIL).await.expect(200));
    assert_eq!(installation.run(&disable).await.expect(0).json(), expected(0));
    installation.run(&["admin", "disable-mfa", "--email", "nobody@example.com"]).await.expect(3);
    server.stop().await;
}
