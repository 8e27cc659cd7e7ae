//! What the operator sets: flags, environment, configuration file, and the master key. The only place that reads them.
//!
//! Order: default, then file, then environment, then flag (contract 37). Every setting has the same name in all three:
//! `--data-dir`, `TRUEPORT_DATA_DIR`, `data_dir`. A secret's variable also exists with `_FILE` at its end.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value as Json;

use crate::db::Location;
use crate::domain::fields::parse_network;
use crate::domain::settings::{self, Overrides};
use crate::secret::{MasterKey, Secret};

/// A setting is wrong; the text says which one and how. Exit code 78.
#[derive(Debug)]
pub struct ConfigError(pub String);

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

fn wrong(text: impl Into<String>) -> ConfigError {
    ConfigError(text.into())
}

/// Flags that every command takes, with their environment variables.
#[derive(Clone, Debug, Default, clap::Args)]
#[allow(rustdoc::bare_urls)] // the comments are the help texts, as they are shown on a terminal
pub struct Flags {
    /// Folder that holds the database and the master key
    #[arg(long, global = true, env = "TRUEPORT_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Configuration file (TOML)
    #[arg(long, global = true, env = "TRUEPORT_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// PostgreSQL to use in place of the built-in database; the variable's value may also stand in a file named by
    /// TRUEPORT_DATABASE_URL_FILE
    #[arg(long, global = true, env = "TRUEPORT_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// File that holds the master key, in place of master.key in the data folder
    #[arg(long, global = true, env = "TRUEPORT_MASTER_KEY_FILE", value_name = "FILE")]
    pub master_key_file: Option<PathBuf>,
    /// Address people reach this installation at, such as https://trueport.example.com
    #[arg(long, global = true, env = "TRUEPORT_BASE_URL", value_name = "URL")]
    pub base_url: Option<String>,
    /// Address and port to listen on [default: 127.0.0.1:8787]
    #[arg(long, global = true, env = "TRUEPORT_LISTEN", value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// Address and port to serve Prometheus metrics on; left out, there are none
    #[arg(long, global = true, env = "TRUEPORT_METRICS_LISTEN", value_name = "ADDRESS")]
    pub metrics_listen: Option<String>,
    /// Networks of proxies whose X-Forwarded-For is believed, with commas between them
    #[arg(long, global = true, env = "TRUEPORT_TRUSTED_PROXIES", value_name = "NETWORKS", value_delimiter = ',')]
    pub trusted_proxies: Option<Vec<String>>,
    /// Folder below which organizations may keep exports; left out, none may
    #[arg(long, global = true, env = "TRUEPORT_STORAGE_LOCAL_ROOT", value_name = "DIR")]
    pub storage_local_root: Option<PathBuf>,
    /// Allow storage and webhooks at loopback and private addresses
    #[arg(long, global = true, env = "TRUEPORT_ALLOW_PRIVATE_TARGETS", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub allow_private_targets: Option<bool>,
    /// Form of the log: auto (text on a terminal, else json), text, json
    #[arg(long, global = true, env = "TRUEPORT_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<String>,
    /// What to log: error, warn, info, debug, or directives such as info,trueport::http=debug
    #[arg(long, global = true, env = "TRUEPORT_LOG", value_name = "LEVEL")]
    pub log: Option<String>,
}

/// The configuration file. An unknown key is an error.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    data_dir: Option<PathBuf>,
    database_url: Option<Secret>,
    master_key_file: Option<PathBuf>,
    base_url: Option<String>,
    listen: Option<String>,
    metrics_listen: Option<String>,
    trusted_proxies: Option<Vec<String>>,
    storage_local_root: Option<PathBuf>,
    allow_private_targets: Option<bool>,
    log_format: Option<String>,
    log: Option<String>,
    #[serde(default)]
    smtp: BTreeMap<String, Json>,
}

/// Form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, else JSON.
    Auto,
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The settings in force.
#[derive(Clone, Debug)]
pub struct Config {
    /// Folder of the database and the master key.
    pub data_dir: PathBuf,
    /// Where the data is.
    pub location: Location,
    /// Where the master key is.
    pub master_key_file: PathBuf,
    /// Whether the key file is the one beside the data, made when it is missing.
    pub master_key_is_ours: bool,
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Address to serve metrics on.
    pub metrics_listen: Option<SocketAddr>,
    /// Proxies whose word on the client's address is believed.
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// Folder below which tenants may keep exports.
    pub storage_local_root: Option<PathBuf>,
    /// Whether storage and webhooks may be at loopback and private addresses.
    pub allow_private_targets: bool,
    /// Values that win over stored ones.
    pub overrides: Overrides,
    /// Form of the log.
    pub log_format: LogFormat,
    /// What to log.
    pub log: String,
}

/// Default of `--listen`.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:8787";
/// Default of `--log`.
pub const DEFAULT_LOG: &str = "info";
/// Default of `--data-dir`.
pub const DEFAULT_DATA_DIR: &str = "trueport-data";
/// The service's folder, used where it exists and no other one is named.
pub const SERVICE_DATA_DIR: &str = "/var/lib/trueport";

impl Config {
    /// Puts defaults, file, environment and flags together.
    pub fn load(flags: &Flags) -> Result<Self, ConfigError> {
        let file = match &flags.config {
            Some(path) => read_file(path)?,
            None => File::default(),
        };
        let data_dir = flags.data_dir.clone().or(file.data_dir).unwrap_or_else(default_data_dir);
        let listen = flags.listen.clone().or(file.listen).unwrap_or_else(|| DEFAULT_LISTEN.to_owned());
        let listen = address("listen", &listen)?;
        let metrics_listen = flags.metrics_listen.clone().or(file.metrics_listen);
        let database_url = match &flags.database_url {
            Some(url) => Some(Secret::new(url.as_str())),
            None => secret_file("TRUEPORT_DATABASE_URL_FILE")?.or(file.database_url),
        };
        let own_key_file = data_dir.join("master.key");
        let master_key_file = flags.master_key_file.clone().or(file.master_key_file);
        Ok(Self {
            location: location(&data_dir, database_url)?,
            master_key_is_ours: master_key_file.is_none(),
            master_key_file: master_key_file.unwrap_or(own_key_file),
            data_dir,
            listen,
            metrics_listen: metrics_listen.map(|text| address("metrics_listen", &text)).transpose()?,
            trusted_proxies: networks(flags.trusted_proxies.clone().or(file.trusted_proxies).unwrap_or_default())?,
            storage_local_root: flags.storage_local_root.clone().or(file.storage_local_root),
            allow_private_targets: flags.allow_private_targets.or(file.allow_private_targets).unwrap_or(false),
            overrides: overrides(flags.base_url.clone().or(file.base_url), file.smtp, listen)?,
            log_format: log_format(flags.log_format.clone().or(file.log_format).as_deref())?,
            log: flags.log.clone().or(file.log).unwrap_or_else(|| DEFAULT_LOG.to_owned()),
        })
    }
}

fn address(name: &str, text: &str) -> Result<SocketAddr, ConfigError> {
    text.parse().map_err(|_| wrong(format!("{name}: {text:?} is not an address and port such as {DEFAULT_LISTEN}")))
}

fn default_data_dir() -> PathBuf {
    let service = PathBuf::from(SERVICE_DATA_DIR);
    if service.is_dir() { service } else { PathBuf::from(".").join(DEFAULT_DATA_DIR) }
}

fn read_file(path: &Path) -> Result<File, ConfigError> {
    let text = fs::read_to_string(path)
        .map_err(|error| wrong(format!("the configuration file {} cannot be read: {error}", path.display())))?;
    // The parser's full message quotes the line, and the line may hold a password.
    toml::from_str(&text).map_err(|error| {
        let line = error.span().map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        wrong(format!("the configuration file {} is wrong in line {line}: {}", path.display(), error.message()))
    })
}

fn location(data_dir: &Path, database_url: Option<Secret>) -> Result<Location, ConfigError> {
    match database_url {
        None => Ok(Location::Sqlite(data_dir.join("trueport.db"))),
        Some(url) if ["postgres://", "postgresql://"].iter().any(|scheme| url.expose().starts_with(scheme)) => {
            Ok(Location::Postgres(url))
        }
        Some(_) => Err(wrong("database_url: must start with postgres://; leave it out for the built-in database")),
    }
}

fn networks(texts: Vec<String>) -> Result<Vec<ipnet::IpNet>, ConfigError> {
    let parse = |text: &String| {
        parse_network(text)
            .ok_or_else(|| wrong(format!("trusted_proxies: {text:?} is not a network such as 10.0.0.0/8")))
    };
    texts.iter().filter(|text| !text.trim().is_empty()).map(parse).collect()
}

fn log_format(text: Option<&str>) -> Result<LogFormat, ConfigError> {
    match text {
        None | Some("auto") => Ok(LogFormat::Auto),
        Some("text") => Ok(LogFormat::Text),
        Some("json") => Ok(LogFormat::Json),
        Some(other) => Err(wrong(format!("log_format: {other:?} is none of auto, text, json"))),
    }
}

/// Values of registered keys that stand in the file (`base_url`, `[smtp]`) or the environment (`TRUEPORT_SMTP_HOST`).
fn overrides(
    base_url: Option<String>,
    mut smtp: BTreeMap<String, Json>,
    listen: SocketAddr,
) -> Result<Overrides, ConfigError> {
    let mut values = BTreeMap::new();
    for entry in settings::entries().filter(|entry| entry.is_operator_key) {
        let from_file = entry.key.strip_prefix("smtp.").and_then(|name| smtp.remove(name));
        let given = match entry.key {
            "base_url" => base_url.clone().map(Json::from),
            _ => environment(&entry.environment_variable())?.map(|text| entry.from_text(&text)).or(from_file),
        };
        if let Some(given) = given {
            let value = entry.parse(&given).map_err(|message| wrong(format!("{}: {message}", entry.key)))?;
            values.insert(entry.key, value);
        }
    }
    match smtp.keys().next() {
        Some(unknown) => Err(wrong(format!("the configuration file has an unknown key smtp.{unknown}"))),
        None => Ok(Overrides { values, default_base_url: format!("http://{}", reachable(listen)) }),
    }
}

/// Where this machine reaches what listens: an address that listens everywhere is reached on the loopback interface.
pub fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// The value of a variable, or of the file that the variable with `_FILE` at its end names.
fn environment(name: &str) -> Result<Option<String>, ConfigError> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(std::env::VarError::NotPresent) => {
            Ok(secret_file(&format!("{name}_FILE"))?.map(|secret| secret.expose().to_owned()))
        }
        Err(std::env::VarError::NotUnicode(_)) => Err(wrong(format!("{name}: is not valid UTF-8"))),
    }
}

fn secret_file(variable: &str) -> Result<Option<Secret>, ConfigError> {
    let Some(path) = std::env::var_os(variable) else { return Ok(None) };
    let text = fs::read_to_string(&path)
        .map_err(|error| wrong(format!("{variable}: {} cannot be read: {error}", path.display())))?;
    Ok(Some(Secret::new(text.trim_end_matches(['\r', '\n']))))
}

/// Makes the data folder, for its owner only, if there is none.
pub fn prepare_data_dir(config: &Config) -> Result<(), ConfigError> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&config.data_dir)
        .map_err(|error| wrong(format!("the data folder {} cannot be made: {error}", config.data_dir.display())))
}

/// Reads the master key. At the first start it is made beside the data, readable for its owner only; where the database
/// holds data already (`is_new` is false), a missing key is never replaced. Also tells whether it was made just now.
pub fn master_key(config: &Config, is_new: bool) -> Result<(MasterKey, bool), ConfigError> {
    let path = &config.master_key_file;
    if let Ok(text) = std::env::var("TRUEPORT_MASTER_KEY") {
        let key = MasterKey::parse(&text).ok_or_else(|| wrong("TRUEPORT_MASTER_KEY: is not a master key"))?;
        return Ok((key, false));
    }
    match fs::read_to_string(path) {
        Ok(text) => MasterKey::parse(&text)
            .map(|key| (key, false))
            .ok_or_else(|| wrong(format!("{} is not a master key: 43 characters of base64url", path.display()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound && config.master_key_is_ours && is_new => {
            let made = make_master_key(path);
            made.map(|key| (key, true)).map_err(|error| wrong(format!("{} cannot be made: {error}", path.display())))
        }
        Err(error) => Err(wrong(format!(
            "the master key {} cannot be read: {error}; without it nothing sealed in the database can be opened, so put \
             the file back from where it is kept",
            path.display()
        ))),
    }
}

/// Removes a master key that was made just now and with which nothing was sealed: another process was first.
pub fn discard_master_key(config: &Config) {
    if let Err(error) = fs::remove_file(&config.master_key_file) {
        tracing::warn!("{} could not be removed: {error}", config.master_key_file.display());
    }
}

fn make_master_key(path: &Path) -> io::Result<MasterKey> {
    let mut bytes = [0; 32];
    rand::Rng::fill_bytes(&mut crate::entropy::generator().map_err(io::Error::other)?, &mut bytes);
    let key = MasterKey::from_random(bytes);
    // Written beside and linked into place: of two processes at their first start one wins, and both use its key.
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    writeln!(file, "{}", key.to_text().expose())?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Ok(()) => {
            if let Some(folder) = path.parent() {
                fs::File::open(folder)?.sync_all()?;
            }
            Ok(key)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => MasterKey::parse(&fs::read_to_string(path)?)
            .ok_or_else(|| io::Error::other("another process left a file that is not a master key")),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
