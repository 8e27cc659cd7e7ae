//! The command line (contract 37 to 39, 41 and 46): what each command does, prints, and ends with.
#![allow(clippy::unwrap_used)] // in helpers as in the tests themselves

use std::io::{Read as _, Write as _};
use std::process::Stdio;
use std::time::Duration;

use nix::pty::openpty;
use nix::sys::termios::{LocalFlags, tcgetattr};
use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::executable::{Finished, Installation, eventually, together};
use crate::harness::{PASSWORD, Tokens};
use crate::smtp_sink::{Behaviour, SmtpSink};

const EMAIL: &str = "admin@example.com";

/// `arguments` are split at blanks.
async fn run(installation: &Installation, arguments: &str, input: &str) -> Finished {
    let arguments: Vec<&str> = arguments.split(' ').collect();
    installation.run_with_input(&arguments, input).await
}

#[tokio::test]
async fn commands_end_with_the_code_that_says_how_it_went() {
    let mail = SmtpSink::start().await;
    let installation = Installation::new();
    let port = mail.address().port();
    let good = &format!("{PASSWORD}\n");
    // In this order; each with its input, its exit code and a part of what it prints to either output.
    let set_port = format!("config set smtp.port {port}");
    let cases: &[(&str, &str, i32, &str)] = &[
        ("admin create --email admin@example.com --password-stdin", good, 0, "admin@example.com is a platform admin"),
        ("admin create --email admin@example.com --password-stdin", good, 3, "exists already"),
        ("admin create --email ADMIN@Example.com --password-stdin", good, 3, "exists already"),
        ("admin create --email nobody --password-stdin", good, 2, "--email must be an email address"),
        ("admin create --email b@example.com --password-stdin", "short\n", 2, "at least 10 characters"),
        ("admin create --email b@example.com --password-stdin", "", 2, "at least 10 characters"),
        ("admin create --email b@example.com --password-stdin", "1234567890\n", 2, "most used"),
        ("admin create --email b@example.com --password-stdin", "b@example.com\n", 2, "must not be the email"),
        ("admin create --email b@example.com --password-stdin --first-name ", good, 2, "first_name: must not be empty"),
        ("admin create --email b@example.com", good, 2, "no terminal"),
        ("admin create --email b@example.com --password SecurePassword123!", "", 2, "unexpected argument"),
        ("admin create --email b@example.com SecurePassword123!", "", 2, "unexpected argument"),
        ("admin create", "", 2, "--email"),
        ("admin list", "", 0, "admin@example.com"),
        ("admin promote --email nobody@example.com", "", 3, "no account"),
        ("admin demote --email nobody@example.com", "", 3, "no account"),
        ("admin demote --email admin@example.com", "", 1, "last platform admin"),
        ("admin reset-password --email nobody@example.com", "", 3, "no account"),
        ("admin reset-password --email admin@example.com --password-stdin", "short", 2, "at least 10 characters"),
        ("admin reset-password --email admin@example.com", "", 0, "https://trueport.example/#/reset-password?token="),
        ("user list", "", 0, "admin@example.com"),
        ("user list --email ADMIN@", "", 0, "admin@example.com"),
        ("user list --limit 0", "", 2, "limit"),
        ("user unlock --email nobody@example.com", "", 3, "no account"),
        ("user disable --email nobody@example.com", "", 3, "no account"),
        ("user disable --email admin@example.com", "", 1, "last platform admin"),
        ("user enable --email nobody@example.com", "", 3, "no account"),
        ("user end-sessions --email nobody@example.com", "", 3, "no account"),
        ("user unlock --email admin@example.com", "", 0, "is unlocked"),
        ("user end-sessions --email admin@example.com", "", 0, "0 sessions"),
        ("config get nothing.here", "", 3, "no configuration key"),
        ("config set nothing.here 1", "", 3, "no configuration key"),
        ("config set smtp.port", "", 2, "--value-stdin"),
        ("config set smtp.port 25 --value-stdin", "25", 2, "--value-stdin"),
        ("config set smtp.port 0", "", 2, "must be a whole number from 1"),
        ("config set smtp.port abc", "", 2, "must be a whole number"),
        ("config set smtp.security ssl", "", 2, "must be one of none, starttls, tls"),
        ("config set smtp.from_address x", "", 2, "must be an email address"),
        ("config set smtp.password geheim", "", 2, "is a secret"),
        ("config get smtp.password", "", 0, "(secret, not set)"),
        ("mail test --to a@example.com", "", 4, "no mail server is set"),
        ("config set smtp.host 127.0.0.1", "", 0, "smtp.host is stored"),
        (&set_port, "", 0, "smtp.port is stored"),
        ("config set smtp.security none", "", 0, "smtp.security is stored"),
        ("config get smtp.security", "", 0, "none"),
        ("config list", "", 0, "auth.registration"),
        ("mail test --to nobody", "", 2, "must be an email address"),
        ("mail test --to a@example.com", "", 0, "took the message to a@example.com"),
        ("mail list", "", 0, "LAST ERROR"),
        ("mail list --limit x", "", 2, "limit"),
        ("migrate status", "", 0, "installation"),
        ("migrate up", "", 0, "0 migrations applied"),
        ("health --url http://127.0.0.1:1", "", 4, "http://127.0.0.1:1 is not ready"),
        ("openapi", "", 0, "\"openapi\""),
        ("man", "", 0, ".TH trueport 1"),
        ("completions bash", "", 0, "_trueport"),
        ("completions zsh", "", 0, "#compdef trueport"),
        ("completions fish", "", 0, "complete -c trueport"),
        ("completions", "", 2, "SHELL"),
        ("completions cobol", "", 2, "cobol"),
        ("--version", "", 0, concat!("trueport ", env!("CARGO_PKG_VERSION"))),
        ("--help", "", 0, "Run the server"),
        ("admin --help", "", 0, "reset-password"),
        ("admin", "", 2, "Usage"),
        ("frobnicate", "", 2, "frobnicate"),
        ("serve --listen nowhere", "", 78, "listen"),
        ("serve --config nothing.toml", "", 78, "nothing.toml"),
        ("serve --trusted-proxies everybody", "", 78, "trusted_proxies"),
        ("serve --log-format xml", "", 78, "log_format"),
        ("serve --log trueport=loud", "", 78, "log"),
        ("serve --base-url trueport.example", "", 78, "base_url"),
        ("admin list --database-url postgres://root:hunter2@127.0.0.1:1/db", "", 1, "PostgreSQL cannot be reached"),
        ("admin list --database-url mysql://root:hunter2@db", "", 78, "database_url"),
    ];
    for (arguments, input, code, expected) in cases {
        let finished = run(&installation, arguments, input).await.expect(*code);
        let printed = format!("{}{}", finished.stdout, finished.stderr);
        assert!(printed.contains(expected), "{expected:?} is not in {finished}");
        // What clap says of an argument repeats it, and the document has examples.
        let may_repeat = printed.contains("unexpected argument") || *arguments == "openapi";
        let shown = ["geheim", "hunter2", PASSWORD].iter().any(|secret| printed.contains(secret));
        assert!(!shown || may_repeat, "{finished}");
        // Data goes to standard output; what went wrong does not.
        assert!(*code == 0 || finished.stdout.is_empty(), "{finished}");
    }
    mail.next_mail_to("a@example.com").await;
    assert_eq!(mail.untaken().len(), 0);
    let listed = installation.run(&["user", "list", "--json"]).await.expect(0).json();
    assert_eq!(listed.as_array().unwrap().len(), 1, "nothing is left of what was refused: {listed}");
}

#[tokio::test]
async fn with_json_data_is_json() {
    let mail = SmtpSink::start().await;
    let installation = Installation::new().with_smtp(&mail);
    // In this order; each with its input, and what must stand where in what it prints.
    let cases: &[(&str, &str, &str, Json)] = &[
        ("migrate status", "", "/0", json!({"version": 1, "name": "installation", "applied": false})),
        ("migrate up", "", "/0", json!({"version": 1, "name": "installation", "applied": true})),
        ("migrate status", "", "/8/applied", json!(true)),
        ("admin create --email admin@example.com --password-stdin", PASSWORD, "/is_platform_admin", json!(true)),
        ("admin create --email b@example.com --password-stdin --first-name Ada", PASSWORD, "/first_name", json!("Ada")),
        ("admin list", "", "/1/email", json!("b@example.com")),
        ("admin demote --email b@example.com", "", "/is_platform_admin", json!(false)),
        ("admin list", "", "/1", Json::Null),
        ("admin promote --email b@example.com", "", "/is_platform_admin", json!(true)),
        ("admin reset-password --email b@example.com", "", "/expires_in", json!(3600)),
        ("admin reset-password --email b@example.com --password-stdin", PASSWORD, "/email", json!("b@example.com")),
        ("user list", "", "/1/email", json!("admin@example.com")),
        ("user list --email b@", "", "/1", Json::Null),
        ("user list --limit 1", "", "/1", Json::Null),
        ("user disable --email b@example.com", "", "/status", json!("disabled")),
        ("user enable --email b@example.com", "", "/status", json!("active")),
        ("user unlock --email b@example.com", "", "/attempts_forgotten", json!(0)),
        ("user end-sessions --email b@example.com", "", "/sessions_ended", json!(0)),
        ("config get auth.password_min_length", "", "/value", json!(10)),
        ("config get auth.password_min_length", "", "/is_set", json!(false)),
        ("config get auth.password_min_length", "", "/type", json!("integer")),
        ("config list", "", "/0/key", json!("base_url")),
        ("mail list", "", "/0/recipient", json!("b@example.com")),
        ("mail list", "", "/0/template", json!("password_changed")),
        ("mail test --to a@example.com", "", "/to", json!("a@example.com")),
        ("openapi", "", "/openapi", json!("3.1.0")),
    ];
    for (arguments, input, pointer, expected) in cases {
        let finished = run(&installation, &format!("{arguments} --json"), input).await.expect(0);
        let printed = finished.json();
        assert_eq!(printed.pointer(pointer).unwrap_or(&Json::Null), expected, "{pointer} in {finished}");
        // Global flags stand anywhere.
        if arguments.starts_with("user list") {
            let before = run(&installation, &format!("--json {arguments}"), "").await.expect(0);
            assert_eq!(before.stdout, finished.stdout);
        }
    }
    mail.next_mail_to("a@example.com").await;
    let user = installation.run(&["user", "list", "--json", "--limit", "1"]).await.json();
    let names: Vec<&str> = user[0].as_object().unwrap().keys().map(String::as_str).collect();
    let expected = "created_at email email_verified_at first_name id is_platform_admin last_login_at last_name status";
    assert_eq!(names.join(" "), expected);
}

#[tokio::test]
async fn commands_say_which_folder_they_use() {
    let installation = Installation::new();
    let in_data_dir = format!("Data folder: {}\n", installation.data_dir().display());
    for arguments in [&["user", "list"][..], &["config", "list"], &["mail", "list"], &["migrate", "status"]] {
        let finished = installation.run(arguments).await.expect(0);
        assert!(finished.stderr.starts_with(&in_data_dir), "{finished}");
    }
    let elsewhere = installation.run(&["migrate", "status", "--data-dir", "elsewhere"]).await.expect(0);
    assert!(elsewhere.stderr.starts_with("Data folder: elsewhere\n"), "{elsewhere}");
    let service = std::path::Path::new("/var/lib/trueport");
    let default = if service.is_dir() { service.display().to_string() } else { "./trueport-data".to_owned() };
    let mut command = installation.command(&["migrate", "status"]);
    let output = command.env_remove("TRUEPORT_DATA_DIR").output().await.unwrap();
    let printed = String::from_utf8(output.stderr).unwrap();
    assert!(printed.starts_with(&format!("Data folder: {default}\n")), "{printed}");
    for arguments in [&["openapi"][..], &["man"], &["completions", "bash"]] {
        assert_eq!(installation.run(arguments).await.expect(0).stderr, "");
    }
}

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
    run("admin promote", 0).await;
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

async fn run_as(installation: &Installation, arguments: &str, email: &str, code: i32) -> Finished {
    run(installation, &format!("{arguments} --email {email}"), "").await.expect(code)
}

/// A second is what the contract grants; the rest is what a busy machine may need.
const HEEDED: Duration = Duration::from_secs(4);

#[tokio::test]
async fn a_running_server_heeds_a_changed_setting_within_a_second() {
    let mut installation = Installation::new();
    installation.unset("TRUEPORT_BASE_URL");
    let server = installation.serve().await;
    let tokens = server.person("jane@example.com").await;
    let set = async |key: &str, value: &str| {
        installation.run(&["config", "set", key, value]).await.expect(0);
        std::time::Instant::now()
    };

    let stored = set("auth.password_min_length", "40").await;
    let body = json!({"email": "x@example.com", "password": PASSWORD, "first_name": "", "last_name": "Doe"});
    let refused = || async {
        let fields = server.post("/global/auth/register", body.clone()).await.invalid_fields();
        fields.contains(&"password".to_owned()).then_some(())
    };
    eventually("a short password is refused", refused).await;
    assert!(stored.elapsed() < HEEDED, "{:?}", stored.elapsed());

    let stored = set("auth.token_algorithm", "EdDSA").await;
    let keys = || async {
        let path = format!("{}/.well-known/jwks.json", trueport::http::BASE_PATH);
        let keys = server.get(&path, "").await.expect(200);
        let signed = Tokens::of(&server.login("jane@example.com").await.expect(200)).access;
        // The header of a token names its algorithm; {"alg":"EdDSA" and {"typ":"JWT","alg":"EdDSA" begin differently.
        (keys["keys"][0]["alg"] == "EdDSA" && signed.split('.').next() != tokens.access.split('.').next()).then_some(())
    };
    eventually("tokens are signed with the other algorithm", keys).await;
    assert!(stored.elapsed() < HEEDED, "{:?}", stored.elapsed());
    server.get("/global/auth/me", &tokens.access).await.expect(200);

    let stored = set("auth.registration", "invite_only").await;
    let closed = || async { (server.register("john@example.com").await.status == 403).then_some(()) };
    set("auth.password_min_length", "10").await;
    eventually("registration is closed", closed).await;
    assert!(stored.elapsed() < HEEDED, "{:?}", stored.elapsed());

    // A value that is refused changes nothing, and the server goes on.
    installation.run(&["config", "set", "auth.registration", "everybody"]).await.expect(2);
    assert_eq!(installation.run(&["config", "get", "auth.registration"]).await.expect(0).stdout, "invite_only\n");

    let mail = SmtpSink::start().await;
    set("base_url", "https://new.example/").await;
    set("smtp.security", "none").await;
    set("smtp.port", &mail.address().port().to_string()).await;
    set("smtp.host", "127.0.0.1").await;
    mail.next_mail_to("jane@example.com").await;
    server
        .call(Method::POST, "/global/auth/forgot-password", "", json!({"email": "jane@example.com"}))
        .await
        .expect(200);
    let reset = mail.next_mail_to("jane@example.com").await;
    assert!(reset.text.contains("https://new.example/#/reset-password?token="), "{}", reset.text);
    server.stop().await;
}

#[tokio::test]
async fn what_the_operator_gives_is_locked_and_cannot_be_set() {
    let mut installation = Installation::new();
    let secret = installation.folder.path().join("password");
    std::fs::write(&secret, "hunter2-of-the-file\n").unwrap();
    installation.run(&["config", "set", "smtp.host", "stored.example"]).await.expect(0);
    installation.set("TRUEPORT_SMTP_HOST", "given.example");
    installation.set("TRUEPORT_SMTP_PASSWORD_FILE", secret.display());
    let get = async |key: &str| installation.run(&["config", "get", key, "--json"]).await.expect(0).json();
    for (key, value) in [("smtp.host", json!("given.example")), ("smtp.password", Json::Null)] {
        let row = get(key).await;
        assert_eq!((&row["source"], &row["is_locked"]), (&json!("operator"), &json!(true)));
        assert_eq!((&row["value"], &row["is_set"]), (&value, &json!(true)));
        let refused = installation.run_with_input(&["config", "set", key, "--value-stdin"], "another").await.expect(1);
        assert!(refused.stderr.contains("wins over stored values"), "{refused}");
    }
    let listed = installation.run(&["config", "list", "--json"]).await.expect(0).stdout;
    assert!(!listed.contains("hunter2"), "{listed}");
    let row = get("smtp.port").await;
    assert_eq!((&row["source"], &row["is_locked"], &row["is_set"]), (&json!("default"), &json!(false), &json!(false)));
    // Taken away again, the stored value stands.
    installation.unset("TRUEPORT_SMTP_HOST");
    let row = installation.run(&["config", "get", "smtp.host", "--json"]).await.expect(0).json();
    assert_eq!(
        (&row["source"], &row["value"], &row["is_locked"]),
        (&json!("global"), &json!("stored.example"), &json!(false))
    );
}

#[tokio::test]
async fn default_file_environment_and_flag_win_in_this_order() {
    let mut installation = Installation::new();
    for name in ["TRUEPORT_BASE_URL", "TRUEPORT_LISTEN"] {
        installation.unset(name);
    }
    // Each setting as it is in force, from what a command prints.
    let base_url = async |installation: &Installation, more: &[&str]| {
        let printed = installation.run(&[&["config", "get", "base_url"], more].concat()).await.expect(0);
        printed.stdout.trim().to_owned()
    };
    let listen = async |installation: &Installation, more: &[&str]| {
        let printed = installation.run(&[&["health"], more].concat()).await.expect(4).stderr;
        printed.split(['/', ' ']).nth(3).unwrap().to_owned()
    };
    assert_eq!(base_url(&installation, &[]).await, "http://127.0.0.1:8787");
    assert_eq!(listen(&installation, &[]).await, "127.0.0.1:8787");

    let file = installation.folder.path().join("config.toml");
    let text =
        "base_url = \"http://file.example\"\nlisten = \"127.0.0.1:2\"\n[smtp]\nhost = \"file.example\"\nport = 2\n";
    std::fs::write(&file, text).unwrap();
    installation.set("TRUEPORT_CONFIG", file.display());
    assert_eq!(base_url(&installation, &[]).await, "http://file.example");
    assert_eq!(listen(&installation, &[]).await, "127.0.0.1:2");
    let host = installation.run(&["config", "get", "smtp.host", "--json"]).await.expect(0).json();
    assert_eq!((&host["value"], &host["source"]), (&json!("file.example"), &json!("operator")));

    installation.set("TRUEPORT_BASE_URL", "http://environment.example");
    installation.set("TRUEPORT_LISTEN", "127.0.0.1:3");
    installation.set("TRUEPORT_SMTP_HOST", "environment.example");
    assert_eq!(base_url(&installation, &[]).await, "http://environment.example");
    assert_eq!(listen(&installation, &[]).await, "127.0.0.1:3");
    let get = async |key: &str| installation.run(&["config", "get", key]).await.expect(0).stdout;
    assert_eq!((get("smtp.host").await, get("smtp.port").await), ("environment.example\n".into(), "2\n".into()));

    let flag = ["--base-url", "http://flag.example"];
    assert_eq!(base_url(&installation, &flag).await, "http://flag.example");
    assert_eq!(listen(&installation, &["--listen", "127.0.0.1:4"]).await, "127.0.0.1:4");
    // The file named by the flag wins over the one named in the environment.
    std::fs::write(installation.folder.path().join("other.toml"), "[smtp]\nport = 5\n").unwrap();
    let port = installation.run(&["config", "get", "smtp.port", "--config", "other.toml"]).await.expect(0);
    assert_eq!(port.stdout, "5\n");

    // The data folder too.
    let folder = async |installation: &Installation, more: &[&str]| {
        let printed = installation.run(&[&["migrate", "status"], more].concat()).await.expect(0).stderr;
        printed.lines().next().unwrap().rsplit('/').next().unwrap().to_owned()
    };
    std::fs::write(&file, format!("data_dir = \"{}/of-file\"", installation.folder.path().display())).unwrap();
    assert_eq!(folder(&installation, &[]).await, "data");
    let mut command = installation.command(&["migrate", "status"]);
    let output = command.env_remove("TRUEPORT_DATA_DIR").output().await.unwrap();
    let printed = String::from_utf8(output.stderr).unwrap();
    assert!(printed.lines().next().unwrap().ends_with("/of-file"), "{printed}");
    assert_eq!(folder(&installation, &["--data-dir", "./of-flag"]).await, "of-flag");
}

#[tokio::test]
async fn a_wrong_configuration_ends_with_78_and_names_what_is_wrong() {
    let mut installation = Installation::new();
    let file = installation.folder.path().join("config.toml");
    installation.set("TRUEPORT_CONFIG", file.display());
    installation.unset("TRUEPORT_LISTEN");
    let files = [
        ("frobnicate = 1", "frobnicate"),
        ("[smtp]\nhots = \"x\"", "smtp.hots"),
        ("[frobnicate]\nx = 1", "frobnicate"),
        ("listen = 8787", "line 1"),
        ("listen = \"8787\"", "listen"),
        ("[smtp]\npassword = \"hunter2", "line 2"),
        ("[smtp]\nport = \"hunter2\"", "smtp.port"),
        ("log_format = \"xml\"", "log_format"),
    ];
    for (text, expected) in files {
        std::fs::write(&file, text).unwrap();
        for command in [&["serve"][..], &["user", "list"]] {
            let finished = installation.run(command).await.expect(78);
            assert!(finished.stderr.contains(expected), "{expected} is not in {finished}");
            assert!(!finished.stderr.contains("hunter2"), "{finished}");
        }
    }
    std::fs::write(&file, "").unwrap();
    let variables = [
        ("TRUEPORT_LISTEN", "here", "listen"),
        ("TRUEPORT_SMTP_PORT", "0", "smtp.port"),
        ("TRUEPORT_SMTP_SECURITY", "ssl", "smtp.security"),
        ("TRUEPORT_SMTP_PASSWORD_FILE", "/nowhere/at/all", "TRUEPORT_SMTP_PASSWORD_FILE"),
        ("TRUEPORT_DATABASE_URL", "mysql://root:hunter2@db", "database_url"),
        ("TRUEPORT_MASTER_KEY", "hunter2", "TRUEPORT_MASTER_KEY"),
        ("TRUEPORT_MASTER_KEY_FILE", "/nowhere/at/all", "/nowhere/at/all"),
        ("TRUEPORT_CONFIG", "/nowhere/at/all", "/nowhere/at/all"),
        ("TRUEPORT_DATA_DIR", "/proc/nowhere", "/proc/nowhere"),
    ];
    for (name, value, expected) in variables {
        let output = installation.command(&["user", "list"]).env(name, value).output().await.unwrap();
        let printed = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(78), "{name}: {printed}");
        assert!(printed.contains(expected) && !printed.contains("hunter2"), "{name}: {printed}");
    }
}

#[tokio::test]
async fn a_secret_may_stand_in_a_file() {
    let mail = SmtpSink::start().await;
    mail.require_login("mailer", "hunter2 of the file");
    let mut installation = Installation::new().with_smtp(&mail).with("TRUEPORT_SMTP_USERNAME", "mailer");
    let write = |name: &str, text: &str| {
        let path = installation.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let password = write("password", "hunter2 of the file\n");
    let key = write("key", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n");
    if let Some(database) = &installation.database {
        let url = write("url", &format!("{}\n", database.url));
        installation.unset("TRUEPORT_DATABASE_URL");
        installation.set("TRUEPORT_DATABASE_URL_FILE", url.display());
    }
    installation.set("TRUEPORT_SMTP_PASSWORD_FILE", password.display());
    installation.set("TRUEPORT_MASTER_KEY_FILE", key.display());
    installation.create_admin(EMAIL).await.expect(0);
    assert!(!installation.data_dir().join("master.key").exists(), "the key that is given is the one");
    assert_eq!(installation.data_dir().join("trueport.db").exists(), installation.database.is_none());
    installation.run(&["mail", "test", "--to", "a@example.com"]).await.expect(0);
    mail.next_mail_to("a@example.com").await;

    // The same key from the environment itself.
    installation.unset("TRUEPORT_MASTER_KEY_FILE");
    installation.set("TRUEPORT_MASTER_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
    let listed = installation.run(&["admin", "list"]).await.expect(0);
    assert!(listed.stdout.contains(EMAIL), "{listed}");
}

#[tokio::test]
async fn the_test_mail_tells_what_the_mail_server_answered() {
    let mail = SmtpSink::start().await;
    let installation = Installation::new().with_smtp(&mail);
    let test = || installation.run(&["mail", "test", "--to", "jane@example.com"]);
    test().await.expect(0);
    let received = mail.next_mail_to("jane@example.com").await;
    assert_eq!(received.from, "noreply@trueport.example");
    let failures = [
        (Behaviour::RefuseRecipient(550), "refused the recipient: 550"),
        (Behaviour::RefuseData(554), "refused the message: 554"),
        (Behaviour::RefuseConnection421, "421"),
        (Behaviour::AcceptThenCloseBeforeReplyToData, "may have been delivered"),
    ];
    for (behaviour, expected) in failures {
        mail.behave(behaviour);
        let finished = test().await.expect(4);
        assert!(finished.stderr.contains(expected), "{expected:?} is not in {finished}");
        assert_eq!(finished.stdout, "");
    }
    mail.stop().await;
    let finished = test().await.expect(4);
    assert!(finished.stderr.contains("refused"), "{finished}");
    // It goes past the outbox.
    assert_eq!(installation.run(&["mail", "list", "--json"]).await.expect(0).json(), json!([]));
}

#[tokio::test]
async fn the_list_of_mails_shows_how_they_stand_and_not_what_they_say() {
    let mail = SmtpSink::start().await;
    let installation = Installation::new().with_smtp(&mail);
    let server = installation.serve().await;
    mail.behave(Behaviour::RefuseRecipient(550));
    server.register("refused@example.com").await.expect(201);
    server.logged("mail failed for good").await;
    mail.behave(Behaviour::Accept);
    server.register("jane@example.com").await.expect(201);
    let welcome = mail.next_mail_to("jane@example.com").await;
    server.logged("mail delivered").await;
    let list = async |more: &[&str]| installation.run(&[&["mail", "list"], more].concat()).await.expect(0);
    let listed = eventually("the delivered mail is noted", || async {
        let listed = list(&["--json"]).await.json();
        (listed[0]["status"] == "sent").then_some(listed)
    })
    .await;
    let shown =
        |mail: &Json| format!("{} {} {} {}", mail["recipient"], mail["template"], mail["status"], mail["attempts"]);
    assert_eq!(shown(&listed[0]), r#""jane@example.com" "welcome" "sent" 1"#);
    assert_eq!(shown(&listed[1]), r#""refused@example.com" "welcome" "failed" 1"#);
    assert!(listed[1]["last_error"].as_str().unwrap().contains("550"));
    assert!(listed[0]["settled_at"].is_string() && listed[0]["id"].as_str().unwrap().starts_with("msg_"));
    let printed = format!("{}{}", list(&["--json"]).await, list(&[]).await);
    assert!(!printed.contains(&welcome.link_token()) && printed.contains("refused@example.com"), "{printed}");
    assert_eq!(list(&["--json", "--limit", "1"]).await.json().as_array().unwrap().len(), 1);
    server.stop().await;
}

#[tokio::test]
async fn health_asks_the_server_that_listens_where_the_settings_say() {
    let installation = Installation::new();
    let server = installation.serve().await;
    let ready = installation.run(&["health", "--listen", server.address()]).await.expect(0);
    assert_eq!(ready.stdout, format!("{} is ready\n", server.url));
    let everywhere = format!("0.0.0.0:{}", server.address().rsplit(':').next().unwrap());
    let ready = installation.run(&["health", "--json", "--listen", &everywhere]).await.expect(0).json();
    assert_eq!(ready, json!({"url": server.url, "status": "ready"}));
    let url = format!("{}/", server.url);
    installation.run(&["health", "--url", &url]).await.expect(0);
    server.stop().await;
    installation.run(&["health", "--url", &url]).await.expect(4);
    installation.run(&["health", "--url", "not a url"]).await.expect(4);
}
