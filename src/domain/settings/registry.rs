//! What a configuration key is: its place in the tree, its type and bounds, the levels it may be set at.

use serde_json::Value as Json;

use crate::domain::fields::{Email, parse_base_url};
use crate::secret::Secret;

/// Type of a value, as clients show a control for it.
#[derive(Clone, Copy, Debug)]
pub enum GenType {
    /// `true` or `false`.
    Boolean,
    /// A whole number within bounds.
    Integer {
        /// Least value.
        min: i64,
        /// Greatest value.
        max: i64,
    },
    /// One line of text.
    Text {
        /// Greatest length in characters.
        max: usize,
    },
    /// One of a few words.
    Select(&'static [&'static str]),
    /// Written, never shown.
    Secret,
    /// An address, or empty.
    Email,
    /// An `http` or `https` address.
    Url,
    /// Origins of web pages, with commas between them.
    Origins,
}

impl GenType {
    /// Its name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer { .. } => "integer",
            Self::Text { .. } | Self::Origins => "string",
            Self::Select(_) => "select",
            Self::Secret => "secret",
            Self::Email => "email",
            Self::Url => "url",
        }
    }
}

/// A default that can stand in a constant.
#[derive(Clone, Copy, Debug)]
pub(super) enum Default {
    Bool(bool),
    Int(i64),
    Text(&'static str),
    NoSecret,
}

/// The lowest level that a key may be set at; it may be set at every level above, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The installation.
    Global,
    /// A tenant.
    Tenant,
    /// A tenant, for one environment.
    Environment,
}

/// Who acts on a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// This program.
    Platform,
    /// The gateway, through `GET /internal/tenants/{id}/configs`.
    Gateway,
    /// The bundled web page, through `GET /service/configs`.
    Page,
}

/// A configuration key.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its stable name.
    pub key: &'static str,
    /// What it does, for a person.
    pub label: &'static str,
    /// Type and bounds.
    pub gen_type: GenType,
    /// Whether the operator may give it by environment or file.
    pub is_operator_key: bool,
    /// The lowest level that it may be set at.
    pub level: Level,
    /// Who acts on it.
    pub reader: Reader,
    /// Whether `true` of the installation stands whatever a tenant sets.
    pub is_binding: bool,
    default: Default,
}

/// Keys under one heading.
pub struct Section {
    /// The heading.
    pub title: &'static str,
    /// The keys, in the order in which they are shown.
    pub entries: &'static [Entry],
}

/// Sections that belong together.
pub struct Group {
    /// What they are called.
    pub title: &'static str,
    /// The sections, in the order in which they are shown.
    pub sections: &'static [Section],
}

/// A part of the configuration.
pub struct Resource {
    /// What it is called.
    pub name: &'static str,
    /// Its groups, in the order in which they are shown.
    pub groups: &'static [Group],
}

impl Entry {
    /// A key of the installation that this program acts on.
    pub(super) const fn new(key: &'static str, label: &'static str, gen_type: GenType, default: Default) -> Self {
        let (level, reader) = (Level::Global, Reader::Platform);
        Self { key, label, gen_type, is_operator_key: false, level, reader, is_binding: false, default }
    }

    /// The operator may give it.
    pub(super) const fn of_operator(mut self) -> Self {
        self.is_operator_key = true;
        self
    }

    /// It may be set down to this level, and this reader acts on it.
    pub(super) const fn at(mut self, level: Level, reader: Reader) -> Self {
        (self.level, self.reader) = (level, reader);
        self
    }

    /// What the installation asks for, a tenant cannot waive.
    pub(super) const fn binding(mut self) -> Self {
        self.is_binding = true;
        self
    }

    /// The value while nobody set one.
    pub fn default_value(&self) -> ConfigValue {
        match self.default {
            Default::Bool(flag) => ConfigValue::Bool(flag),
            Default::Int(number) => ConfigValue::Int(number),
            Default::Text(text) => ConfigValue::Text(text.to_owned()),
            Default::NoSecret => ConfigValue::Secret(Secret::default()),
        }
    }

    /// The environment variable that gives it, where the operator may.
    pub fn environment_variable(&self) -> String {
        format!("TRUEPORT_{}", self.key.replace('.', "_").to_ascii_uppercase())
    }
}

/// Longest text of [`GenType::Origins`], in bytes.
const ORIGINS_MAX: usize = 4_000;

/// Origins in the form in which browsers name them. There is none for everybody: each is named by whoever allows it.
fn parse_origins(text: &str) -> Option<String> {
    let parse = |part: &str| {
        // A star would look as if it meant something.
        let url = url::Url::parse(part)
            .ok()
            .filter(|_| !part.contains('*'))
            .filter(|url| matches!(url.scheme(), "http" | "https"))?;
        let is_bare = url.username().is_empty() && url.password().is_none() && url.path() == "/";
        let ends_there = url.query().is_none() && url.fragment().is_none();
        (is_bare && ends_there).then(|| url.origin().ascii_serialization())
    };
    let parts = text.split([',', ' ']).filter(|part| !part.is_empty());
    let origins: Option<Vec<String>> = parts.map(parse).collect();
    origins.map(|origins| origins.join(", "))
}

/// A value of any type.
#[derive(Clone, Debug, PartialEq)]
pub enum ConfigValue {
    /// Of a `boolean`.
    Bool(bool),
    /// Of an `integer`.
    Int(i64),
    /// Of a `string`, `select`, `email` or `url`.
    Text(String),
    /// Of a `secret`.
    Secret(Secret),
}

impl ConfigValue {
    /// The value as JSON; `null` for a secret, which is never shown.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Bool(flag) => Json::Bool(*flag),
            Self::Int(number) => Json::from(*number),
            Self::Text(text) => Json::from(text.as_str()),
            Self::Secret(_) => Json::Null,
        }
    }
}

impl Entry {
    /// A value as it is written on a command line or in an environment variable, in the form it has in JSON.
    pub fn from_text(&self, text: &str) -> Json {
        let typed = match self.gen_type {
            GenType::Boolean => text.parse().ok().map(Json::Bool),
            GenType::Integer { .. } => text.parse::<i64>().ok().map(Json::from),
            _ => None,
        };
        typed.unwrap_or_else(|| Json::from(text))
    }

    /// Checks a value in the form it has in JSON.
    pub fn parse(&self, value: &Json) -> std::result::Result<ConfigValue, String> {
        let text = value.as_str();
        if text.is_some_and(|text| text.contains('\0')) {
            return Err("must not hold NUL characters".to_owned());
        }
        match self.gen_type {
            GenType::Boolean => {
                value.as_bool().map(ConfigValue::Bool).ok_or_else(|| "must be true or false".to_owned())
            }
            GenType::Integer { min, max } => value
                .as_i64()
                .filter(|number| (min..=max).contains(number))
                .map(ConfigValue::Int)
                .ok_or_else(|| format!("must be a whole number from {min} to {max}")),
            GenType::Select(options) => text
                .filter(|text| options.contains(text))
                .map(|text| ConfigValue::Text(text.to_owned()))
                .ok_or_else(|| format!("must be one of {}", options.join(", "))),
            GenType::Text { max } => text
                .filter(|text| text.chars().count() <= max && !text.chars().any(char::is_control))
                .map(|text| ConfigValue::Text(text.trim().to_owned()))
                .ok_or_else(|| format!("must be a line of text of at most {max} characters")),
            GenType::Secret => text
                .filter(|text| text.len() <= 1024)
                .map(|text| ConfigValue::Secret(Secret::new(text)))
                .ok_or_else(|| "must be a text of at most 1024 bytes".to_owned()),
            GenType::Email => match text {
                Some("") => Ok(ConfigValue::Text(String::new())),
                Some(text) => Ok(ConfigValue::Text(Email::parse(text)?.to_string())),
                None => Err("must be an email address".to_owned()),
            },
            GenType::Url => match text {
                Some(text) => Ok(ConfigValue::Text(parse_base_url(text)?)),
                None => Err("must be a text".to_owned()),
            },
            GenType::Origins => {
                text.filter(|text| text.len() <= ORIGINS_MAX).and_then(parse_origins).map(ConfigValue::Text).ok_or_else(
                    || "must be origins such as https://app.example.com, with commas between them".to_owned(),
                )
            }
        }
    }
}
