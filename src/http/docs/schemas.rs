//! Schemas and examples as a reader sees them.

use std::fmt::Write as _;

use minijinja::{Value, context};
use serde_json::Value as Json;

/// The OpenAPI document.
#[derive(Clone, Copy)]
pub(super) struct Document<'a>(pub(super) &'a Json);

impl<'a> Document<'a> {
    /// The schema itself, or the one that it is made of: by a reference, or by one that may be null.
    fn resolve(self, schema: &'a Json) -> &'a Json {
        let choices = schema["oneOf"].as_array().into_iter().flatten();
        let reference = choices.chain([schema]).find_map(|choice| choice["$ref"].as_str());
        let found = reference.and_then(|reference| self.0.pointer(reference.trim_start_matches('#')));
        found.unwrap_or(schema)
    }
}

/// Deeper than any schema goes.
const DEEPEST: usize = 12;

/// Every property of a schema, those of what is inside it too, each with its whole name.
pub(super) fn fields(document: Document<'_>, schema: &Json) -> Vec<Value> {
    let mut rows = Vec::new();
    add_fields(document, schema, "", 0, &mut rows);
    rows
}

fn add_fields(document: Document<'_>, schema: &Json, prefix: &str, depth: usize, rows: &mut Vec<Value>) {
    let resolved = document.resolve(schema);
    if depth > DEEPEST {
        return;
    }
    if let Some(items) = resolved.get("items") {
        return add_fields(document, items, &format!("{prefix}[]."), depth + 1, rows);
    }
    let required = resolved["required"].as_array().map(Vec::as_slice).unwrap_or_default();
    for (name, property) in resolved["properties"].as_object().into_iter().flatten() {
        let inside = document.resolve(property);
        let whole = format!("{prefix}{name}");
        let described = property["description"].as_str().or(inside["description"].as_str()).unwrap_or_default();
        rows.push(context! {
            name => whole,
            type => kind(inside),
            text => prose(described),
            required => required.iter().any(|known| known == name),
        });
        let is_list = inside.get("items").is_some();
        let below = if is_list { whole } else { format!("{whole}.") };
        add_fields(document, inside, &below, depth + 1, rows);
    }
}

/// The type of a schema in a word or two.
pub(super) fn kind(schema: &Json) -> String {
    let named = |name: &str| match (name, schema["format"].as_str()) {
        ("string", Some("date-time")) => "time".to_owned(),
        ("array", _) => "list".to_owned(),
        (name, _) => name.to_owned(),
    };
    match &schema["type"] {
        Json::String(name) => named(name),
        Json::Array(names) => names.iter().filter_map(Json::as_str).map(named).collect::<Vec<_>>().join(" or "),
        _ => "object".to_owned(),
    }
}

/// The example of a schema, put together from those of its properties, or of an item, where it has none of its own.
pub(super) fn example(document: Document<'_>, schema: &Json) -> Json {
    let resolved = document.resolve(schema);
    let own = resolved.get("example").or_else(|| resolved["examples"].get(0));
    match (own, resolved["properties"].as_object(), resolved.get("items")) {
        (Some(own), ..) => own.clone(),
        (None, Some(properties), _) => {
            properties.iter().map(|(name, property)| (name.clone(), example(document, property))).collect()
        }
        (None, None, Some(items)) => Json::Array(vec![example(document, items)]),
        (None, None, None) => Json::Object(serde_json::Map::new()),
    }
}

/// A text with `code` in it, as HTML.
pub(super) fn prose(text: &str) -> Value {
    let mut html = String::new();
    for (index, part) in text.split('`').enumerate() {
        let escaped = escape(part);
        html += &if index % 2 == 1 { format!("<code>{escaped}</code>") } else { escaped };
    }
    Value::from_safe_string(html)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// JSON over several lines, as HTML.
pub(super) fn highlight(value: &Json) -> Value {
    let mut html = String::new();
    write_json(&mut html, value, 0);
    Value::from_safe_string(html)
}

/// Longest text of a value that stands on one line.
const ON_ONE_LINE: usize = 56;

fn write_json(html: &mut String, value: &Json, depth: usize) {
    let (open, close, members): (_, _, Vec<(Option<&String>, &Json)>) = match value {
        Json::Object(members) => ('{', '}', members.iter().map(|(name, value)| (Some(name), value)).collect()),
        Json::Array(items) => ('[', ']', items.iter().map(|item| (None, item)).collect()),
        other => {
            let class = if other.is_string() { "text" } else { "plain" };
            // Writing to a text does not fail.
            let _ = write!(html, "<span class=\"{class}\">{}</span>", escape(&other.to_string()));
            return;
        }
    };
    let is_short = value.to_string().len() <= ON_ONE_LINE && members.iter().all(|(_, member)| !member.is_object());
    let (gap, end) = match is_short && (value.is_array() || members.is_empty()) {
        true => (if members.is_empty() { String::new() } else { " ".to_owned() }, String::new()),
        false => (format!("\n{}", "  ".repeat(depth + 1)), format!("\n{}", "  ".repeat(depth))),
    };
    html.push(open);
    for (index, (name, member)) in members.into_iter().enumerate() {
        html.push_str(if index > 0 { "," } else { "" });
        if index > 0 || gap.starts_with('\n') {
            html.push_str(&gap);
        }
        if let Some(name) = name {
            let _ = write!(html, "<span class=\"name\">\"{}\"</span>: ", escape(name));
        }
        write_json(html, member, depth + 1);
    }
    html.push_str(&end);
    html.push(close);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_of_a_text_becomes_markup_but_code() {
        let shown = prose("a `b<c>` & \"d\"").to_string();
        assert_eq!(shown, "a <code>b&lt;c&gt;</code> &amp; &quot;d&quot;");
    }

    #[test]
    fn json_reads_back_as_it_was() {
        let value = json!({"a": [1, 2], "b": {}, "c": [], "d": {"e": null, "f": [{"g": "<&\">"}]}, "h": 0.5});
        let html = highlight(&value).to_string();
        let mut plain = String::new();
        for part in html.split('<') {
            plain += part.split_once('>').map_or(part, |(_, text)| text);
        }
        let plain = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
        assert_eq!(serde_json::from_str::<Json>(&plain).unwrap(), value, "{plain}");
    }
}
