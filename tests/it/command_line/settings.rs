//! Settings: where they come from, which wins, what is refused, and who heeds them.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::EMAIL;
use crate::executable::{Installation, eventually};
use crate::harness::{PASSWORD, Tokens};
use crate::smtp_sink::SmtpSink;

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
