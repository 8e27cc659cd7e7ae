//! Tests of what the operator sets.

use super::*;

fn load(text: &str) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    fs::write(&path, text).unwrap();
    Config::load(&Flags { config: Some(path), ..Flags::default() })
}

#[test]
fn a_wrong_file_is_an_error_that_names_the_setting_and_no_secret() {
    let cases = [
        ("listen = \"here\"", "listen"),
        ("unknown = 1", "unknown"),
        ("[smtp]\nhots = \"x\"", "smtp.hots"),
        ("[smtp]\nport = 0", "smtp.port"),
        ("trusted_proxies = [\"x\"]", "trusted_proxies"),
        ("log_format = \"xml\"", "log_format"),
        ("base_url = \"x\"", "base_url"),
        ("database_url = \"mysql://root:hunter2@db\"", "database_url"),
        ("[smtp]\npassword = \"hunter2", "line 2"),
    ];
    for (text, expected) in cases {
        let message = load(text).unwrap_err().0;
        assert!(message.contains(expected), "{text}: {message}");
        assert!(!message.contains("hunter2"), "{message}");
    }
}

#[test]
fn links_lead_to_an_address_that_can_be_reached() {
    for (listen, expected) in [
        ("127.0.0.1:8787", "http://127.0.0.1:8787"),
        ("0.0.0.0:8787", "http://127.0.0.1:8787"),
        ("[::]:80", "http://[::1]:80"),
        ("192.0.2.7:80", "http://192.0.2.7:80"),
    ] {
        assert_eq!(load(&format!("listen = {listen:?}")).unwrap().overrides.default_base_url, expected);
    }
}

#[test]
fn the_example_file_says_the_defaults() {
    let text = include_str!("../../packaging/config.example.toml");
    let as_it_is = load(text).unwrap();
    assert!(as_it_is.overrides.values.is_empty(), "the example sets nothing");
    // Every setting stands in it, commented out with its default.
    let uncommented: String =
        text.lines().map(|line| line.strip_prefix("#: ").unwrap_or(line)).collect::<Vec<_>>().join("\n");
    let file: toml::Table = toml::from_str(&uncommented).unwrap();
    for name in [
        "data_dir",
        "database_url",
        "master_key_file",
        "base_url",
        "listen",
        "metrics_listen",
        "trusted_proxies",
        "storage_local_root",
        "allow_private_targets",
        "log_format",
        "log",
    ] {
        assert!(file.contains_key(name), "{name} is missing");
    }
    assert_eq!(file.len(), 12, "a setting stands in the example that the code does not know");
    assert_eq!(file["listen"].as_str(), Some(DEFAULT_LISTEN));
    assert_eq!(file["log"].as_str(), Some(DEFAULT_LOG));
    let smtp = file["smtp"].as_table().unwrap();
    for entry in settings::entries().filter(|entry| entry.key.starts_with("smtp.")) {
        let value = &smtp[entry.key.trim_start_matches("smtp.")];
        let json = serde_json::to_value(value).unwrap();
        assert_eq!(entry.parse(&json), Ok(entry.default_value()), "{}", entry.key);
    }
}
