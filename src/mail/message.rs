//! From a template and its variables to the bytes that travel.
//!
//! A template is a pair of files in `assets/mail`: `name.txt`, whose first line is the subject, and `name.html`. Both are
//! set into `layout.txt` and `layout.html`, which greet the reader and name the installation.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;
use std::time::SystemTime;

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

/// How the reader is addressed whose first name is missing or cannot be repeated safely.
const STRANGER: &str = "there";

/// Names longer than this are more likely a message smuggled into a greeting than a name.
const LONGEST_NAME: usize = 40;
/// The same for names of organizations, which are followed by their slug instead.
const LONGEST_TENANT_NAME: usize = 60;

#[derive(RustEmbed)]
#[folder = "assets/mail"]
struct Files;

/// A mail that is ready to be addressed. Its `Debug` form shows the subject only, since the bodies hold links and codes.
#[derive(Clone, PartialEq)]
pub struct Rendered {
    /// One line, without control characters; never holds a code or a link.
    pub subject: String,
    /// The plain text part, lines ended by `\n`.
    pub text: String,
    /// The HTML part: inline styles only, nothing loaded from elsewhere.
    pub html: String,
}

impl fmt::Debug for Rendered {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Rendered");
        shown.field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// Why no mail was made: a fault of the program, not of the reader's data. Holds no value of a variable.
#[derive(Debug, Clone, PartialEq)]
pub enum RenderError {
    /// No pair of files has this name.
    UnknownTemplate(String),
    /// A template is malformed or names a variable that was not given.
    Template {
        /// The template that was asked for.
        template: String,
        /// What the template engine said.
        detail: String,
    },
}

impl fmt::Display for RenderError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownTemplate(name) => write!(formatter, "there is no mail template {name:?}"),
            Self::Template { template, detail } => {
                write!(formatter, "the mail template {template:?} cannot be rendered: {detail}")
            }
        }
    }
}

impl std::error::Error for RenderError {}

/// The names [`render`] knows, in alphabetical order.
pub fn templates() -> impl Iterator<Item = String> {
    let mut names: Vec<String> = Files::iter()
        .filter_map(|file| file.strip_suffix(".txt").map(str::to_owned))
        .filter(|name| name != "layout")
        .collect();
    names.sort_unstable();
    names.into_iter()
}

/// Renders both parts and the subject of `template`, a name such as `welcome`.
///
/// Every variable the template names must be present (an empty string counts); `first_name` and `base_url` always must.
/// Values are taken as hostile: they become one line without control characters, the HTML part escapes them, and a name
/// that a mail program would show as a link, or that holds six digits in a row as a code does, is not repeated: the reader
/// is greeted as a stranger, and an organization is called by its slug (`tenant_slug`), which is no link.
pub fn render(template: &str, variables: &BTreeMap<String, String>) -> Result<Rendered, RenderError> {
    let failed = |detail: String| RenderError::Template { template: template.to_owned(), detail };
    let environment = ENVIRONMENT.as_ref().map_err(|detail| failed(detail.clone()))?;
    if template == "layout" || environment.get_template(&format!("{template}.txt")).is_err() {
        return Err(RenderError::UnknownTemplate(template.to_owned()));
    }
    let run = |name: String, values: &BTreeMap<String, Value>| {
        environment
            .get_template(&name)
            .and_then(|found| found.render(values))
            .map_err(|error| failed(error.to_string()))
    };

    let slug = variables.get("tenant_slug").map_or("", String::as_str);
    let clean: BTreeMap<String, String> =
        variables.iter().map(|(name, value)| (name.clone(), clean(name, value, slug))).collect();
    let mut plain: BTreeMap<String, Value> =
        clean.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
    let mut escaped: BTreeMap<String, Value> =
        clean.iter().map(|(name, value)| (name.clone(), Value::from_safe_string(escape(value)))).collect();

    let subject = one_line(&run(format!("{template}.subject"), &plain)?);
    let content = run(format!("{template}.txt"), &plain)?;
    plain.insert("content".to_owned(), Value::from(content.trim_end()));
    let text = run("layout.txt".to_owned(), &plain)?;

    let content = run(format!("{template}.html"), &escaped)?;
    let content = Value::from_safe_string(content.trim_end().to_owned());
    escaped.insert("content".to_owned(), content);
    escaped.insert("subject".to_owned(), Value::from_safe_string(escape(&subject)));
    let html = run("layout.html".to_owned(), &escaped)?;
    Ok(Rendered { subject, text, html })
}

static ENVIRONMENT: LazyLock<Result<Environment<'static>, String>> = LazyLock::new(environment);

/// Loads every file once; `name.txt` is split into `name.subject` and `name.txt`.
fn environment() -> Result<Environment<'static>, String> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_keep_trailing_newline(true);
    environment.set_auto_escape_callback(
        |name| {
            if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None }
        },
    );
    for name in Files::iter() {
        let file = Files::get(&name).ok_or_else(|| format!("{name} is missing"))?;
        let source = String::from_utf8(file.data.into_owned()).map_err(|_| format!("{name} is not UTF-8"))?;
        let mut add = |name: String, source: &str| {
            environment.add_template_owned(name, source.to_owned()).map_err(|error| error.to_string())
        };
        match name.strip_suffix(".txt").filter(|stem| *stem != "layout") {
            None => add(name.to_string(), &source)?,
            Some(stem) => {
                let (subject, body) = source
                    .strip_prefix("Subject: ")
                    .and_then(|rest| rest.split_once("\n\n"))
                    .ok_or_else(|| format!("{name} does not start with a subject"))?;
                add(format!("{stem}.subject"), subject)?;
                add(name.to_string(), body)?;
            }
        }
    }
    Ok(environment)
}

fn clean(variable: &str, value: &str, tenant_slug: &str) -> String {
    let value = one_line(value);
    // Anybody may register or invite somebody else's address under any name, so names must not carry a message.
    let (instead, longest) = match variable {
        "first_name" => (STRANGER, LONGEST_NAME),
        "tenant_name" => (tenant_slug, LONGEST_TENANT_NAME),
        _ => return value,
    };
    let letters: Vec<char> = value.chars().collect();
    let linkable = value.contains(['/', '\\', '@', ':'])
        || letters.windows(2).any(|pair| pair[0] == '.' && pair[1].is_alphanumeric());
    let like_a_code = letters.windows(6).any(|run| run.iter().all(|letter| letter.is_numeric()));
    if value.is_empty() || letters.len() > longest || linkable || like_a_code {
        return instead.to_owned();
    }
    value
}

/// Joins lines, drops control characters and those that turn the direction of what follows.
fn one_line(value: &str) -> String {
    let turns_direction =
        |letter| matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    value
        .split(|letter: char| letter.is_whitespace() || letter.is_control())
        .map(|word| word.replace(turns_direction, ""))
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Escapes for text and quoted attributes. Unlike the template engine's own rule it leaves `/` alone, so that links in the
/// HTML part read as they do in the text part.
fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for letter in value.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// One mail with its envelope. The same values make the same bytes, so a repeat is the same mail to the reader's program.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// The one recipient, a bare ASCII address.
    pub to: &'a str,
    /// Complete with its angle brackets, `<msg_…@host>`; stays the same over every repeat.
    pub message_id: &'a str,
    /// When the mail was caused, not when it is tried.
    pub date: SystemTime,
    /// Subject and bodies.
    pub rendered: &'a Rendered,
}

impl Outgoing<'_> {
    /// The whole message, ASCII only: bodies that hold more are encoded, so that no server needs an extension.
    pub(super) fn to_wire(self, from: Mailbox, to: Address) -> Result<Vec<u8>, String> {
        // lettre panics on a line break in a name.
        let from = Mailbox::new(from.name.map(|name| one_line(&name)), from.email);
        let part = |kind: ContentType, body: &str| SinglePart::builder().header(kind).body(body.to_owned());
        // Letters only: lettre's random boundary may hold six digits, and a reader of an OTP mail looks for six digits.
        let boundary: String =
            Sha256::digest(self.message_id).iter().map(|byte| char::from(b'a' + byte % 26)).collect();
        let auto_submitted =
            HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
        Message::builder()
            .from(from)
            .to(Mailbox::new(None, to))
            .subject(one_line(&self.rendered.subject))
            .message_id(Some(one_line(self.message_id)))
            .date(self.date)
            .raw_header(auto_submitted)
            .multipart(
                MultiPart::alternative()
                    .boundary(boundary)
                    .singlepart(part(ContentType::TEXT_PLAIN, &self.rendered.text))
                    .singlepart(part(ContentType::TEXT_HTML, &self.rendered.html)),
            )
            .map(|message| message.formatted())
            .map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests;
