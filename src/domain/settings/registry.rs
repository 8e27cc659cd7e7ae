//! Every configuration key there is.

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
}

impl GenType {
    /// Its name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer { .. } => "integer",
            Self::Text { .. } => "string",
            Self::Select(_) => "select",
            Self::Secret => "secret",
            Self::Email => "email",
            Self::Url => "url",
        }
    }
}

/// A default that can stand in a constant.
#[derive(Clone, Copy, Debug)]
enum Default {
    Int(i64),
    Text(&'static str),
    NoSecret,
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
    default: Default,
}

impl Entry {
    /// The value while nobody set one.
    pub fn default_value(&self) -> ConfigValue {
        match self.default {
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
    /// Checks a value in the form it has in JSON. A text is accepted for every type, as it is written on a command line.
    pub fn parse(&self, value: &Json) -> std::result::Result<ConfigValue, String> {
        let text = value.as_str();
        if text.is_some_and(|text| text.contains('\0')) {
            return Err("must not hold NUL characters".to_owned());
        }
        match self.gen_type {
            GenType::Boolean => value
                .as_bool()
                .or_else(|| text.and_then(|text| text.parse().ok()))
                .map(ConfigValue::Bool)
                .ok_or_else(|| "must be true or false".to_owned()),
            GenType::Integer { min, max } => value
                .as_i64()
                .or_else(|| text.and_then(|text| text.parse().ok()))
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
        }
    }
}

/// The entry of a key.
pub fn entry(key: &str) -> Option<&'static Entry> {
    REGISTRY.iter().find(|entry| entry.key == key)
}

const fn operator(key: &'static str, label: &'static str, gen_type: GenType, default: Default) -> Entry {
    Entry { key, label, gen_type, is_operator_key: true, default }
}

const fn stored(key: &'static str, label: &'static str, gen_type: GenType, default: Default) -> Entry {
    Entry { key, label, gen_type, is_operator_key: false, default }
}

/// Every key, in the order in which it is shown.
pub const REGISTRY: &[Entry] = &[
    operator("base_url", "Address people reach this installation at", GenType::Url, Default::Text("")),
    operator("smtp.host", "Mail server; empty: mails wait", GenType::Text { max: 255 }, Default::Text("")),
    operator("smtp.port", "Port of the mail server", GenType::Integer { min: 1, max: 65_535 }, Default::Int(587)),
    operator(
        "smtp.security",
        "Encryption to the mail server",
        GenType::Select(&["none", "starttls", "tls"]),
        Default::Text("starttls"),
    ),
    operator("smtp.username", "User name at the mail server", GenType::Text { max: 255 }, Default::Text("")),
    operator("smtp.password", "Password at the mail server", GenType::Secret, Default::NoSecret),
    operator("smtp.from_address", "Sender of mails", GenType::Email, Default::Text("")),
    operator("smtp.from_name", "Name of the sender", GenType::Text { max: 100 }, Default::Text("TruePort")),
    stored(
        "auth.registration",
        "Who may register",
        GenType::Select(&["open", "domains", "invite_only"]),
        Default::Text("open"),
    ),
    stored(
        "auth.registration_domains",
        "Mail domains that may register, with commas between them",
        GenType::Text { max: 2_000 },
        Default::Text(""),
    ),
    stored(
        "auth.password_min_length",
        "Least length of a password",
        GenType::Integer { min: 8, max: 128 },
        Default::Int(10),
    ),
    stored(
        "auth.anonymous_requests_per_minute",
        "Anonymous requests an address may make in a minute",
        GenType::Integer { min: 10, max: 1_000_000 },
        Default::Int(300),
    ),
    stored(
        "tenants.creation",
        "Who may create organizations",
        GenType::Select(&["anyone", "platform_admin"]),
        Default::Text("anyone"),
    ),
    stored(
        "tenants.max_owned_per_user",
        "Organizations one person may own, archived ones too",
        GenType::Integer { min: 1, max: 1_000_000 },
        Default::Int(100),
    ),
    stored(
        "tenants.invite_mails_per_hour",
        "Invitation mails an organization may send in an hour",
        GenType::Integer { min: 1, max: 1_000_000 },
        Default::Int(500),
    ),
    stored(
        "usage.retention_days",
        "Days for which usage is kept by the hour",
        GenType::Integer { min: 31, max: 3_660 },
        Default::Int(400),
    ),
    stored(
        "auth.token_algorithm",
        "How tokens are signed",
        GenType::Select(&["HS256", "EdDSA"]),
        Default::Text("HS256"),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_a_value_of_its_key() {
        for entry in REGISTRY {
            let default = entry.default_value();
            if entry.key != "base_url" && !matches!(default, ConfigValue::Secret(_)) {
                assert_eq!(entry.parse(&default.to_json()), Ok(default), "{}", entry.key);
            }
        }
    }

    #[test]
    fn no_key_is_declared_twice() {
        let mut keys: Vec<&str> = REGISTRY.iter().map(|entry| entry.key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), REGISTRY.len());
    }
}
