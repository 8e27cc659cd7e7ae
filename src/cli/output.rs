//! Printing: data to standard output, as a table or as JSON; everything else to standard error.
#![allow(clippy::print_stdout, clippy::print_stderr)] // the one place that prints

use std::io::{IsTerminal as _, Write as _};

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value as Json;

/// Says what went wrong.
pub(super) fn error(text: &str) {
    eprintln!("trueport: {text}");
}

/// Tells a person something that is not data.
pub(super) fn note(text: &str) {
    eprintln!("{text}");
}

/// Prints text as it is. A reader that has gone is not an error.
pub(super) fn raw(bytes: &[u8]) {
    let _ = std::io::stdout().write_all(bytes);
}

/// Prints one line of data.
pub(super) fn line(text: &str) {
    raw(format!("{text}\n").as_bytes());
}

/// Prints one thing: as JSON, or as the sentence that says the same.
pub(super) fn thing(json: bool, value: &Json, sentence: &str) {
    if json { pretty(value) } else { line(sentence) }
}

/// Prints rows: as a JSON array of objects, or as a table with these columns.
pub(super) fn rows(json: bool, columns: &[&str], rows: &[Json]) {
    if json {
        return pretty(&Json::from(rows));
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns.iter().map(|column| column.to_uppercase().replace('_', " ")));
    for row in rows {
        table.add_row(columns.iter().map(|column| cell(&row[*column])));
    }
    line(&table.trim_fmt());
}

/// Prints one thing: as JSON, or a line for each of these fields.
pub(super) fn fields(json: bool, names: &[&str], value: &Json) {
    if json {
        return pretty(value);
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    for name in names {
        table.add_row([name.replace('_', " "), cell(&value[*name])]);
    }
    line(&table.trim_fmt());
}

fn cell(value: &Json) -> String {
    match value {
        Json::Null => "-".to_owned(),
        Json::String(text) => text.clone(),
        Json::Bool(true) => "yes".to_owned(),
        Json::Bool(false) => "no".to_owned(),
        other => other.to_string(),
    }
}

fn pretty(value: &Json) {
    line(&format!("{value:#}"));
}

/// Whether standard output is a terminal.
pub(super) fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}
