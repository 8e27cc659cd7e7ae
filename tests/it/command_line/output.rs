//! Exit codes and what is printed, over all commands.

use serde_json::{Value as Json, json};

use super::run;
use crate::executable::Installation;
use crate::harness::PASSWORD;
use crate::smtp_sink::SmtpSink;

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
        ("tenant list", "", 0, "MEMBER COUNT"),
        ("tenant create --name Acme --owner-email admin@example.com", "", 0, "the slug acme"),
        ("tenant create --name Acme --owner-email admin@example.com --slug acme", "", 3, "has this slug"),
        ("tenant show acme", "", 0, "admin@example.com"),
        ("tenant suspend acme --reason unpaid", "", 0, "acme is suspended"),
        ("tenant activate acme", "", 0, "acme is active"),
        ("tenant archive acme", "", 0, "acme is archived"),
        ("tenant archive nothing", "", 3, "no organization"),
        ("member list acme", "", 0, "owner"),
        ("member list nothing", "", 3, "no organization"),
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
        ("tenant create --name Acme --owner-email b@example.com", "", "/slug", json!("acme")),
        ("tenant list", "", "/0/owner_email", json!("b@example.com")),
        ("tenant show acme", "", "/member_count", json!(1)),
        ("tenant suspend acme --reason unpaid", "", "/status_reason", json!("unpaid")),
        ("tenant activate acme", "", "/status", json!("active")),
        ("tenant archive acme", "", "/status", json!("archived")),
        ("member list acme", "", "/0/role", json!("owner")),
        ("config get auth.password_min_length", "", "/value", json!(10)),
        ("config get auth.password_min_length", "", "/is_set", json!(false)),
        ("config get auth.password_min_length", "", "/type", json!("integer")),
        ("config list", "", "/0/key", json!("auth.mfa_enforced")),
        ("config list", "", "/0/value", json!(false)),
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
    for arguments in
        [&["user", "list"][..], &["tenant", "list"], &["config", "list"], &["mail", "list"], &["migrate", "status"]]
    {
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
