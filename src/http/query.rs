//! Parameters behind the `?` of an address; what is wrong with them is a 422 (contract 3 and 6).

use std::collections::HashMap;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde_json::json;

use super::openapi::{Describe, Operation};
use crate::app::App;
use crate::domain::fields::Fields;
use crate::error::{Code, Error, Result};
use crate::store::{Page, fold};

const LIMIT_MAX: i64 = 200;
const LIMIT_DEFAULT: i64 = 50;
const NEEDLE_MAX: usize = 200;

/// Parameters of one route.
pub(super) trait FromQuery: Sized {
    /// Takes them; what is wrong is noted in `fields`, and then the value may be anything.
    fn take(query: &Values, fields: &mut Fields) -> Option<Self>;
    /// Adds them to the documentation.
    fn describe(operation: &mut Operation);
}

/// The parameters as they were given.
pub(super) struct Values(HashMap<String, String>);

impl Values {
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    fn number(&self, fields: &mut Fields, name: &str, least: i64, greatest: i64) -> Option<i64> {
        let number = self.get(name)?.parse().ok().filter(|number| (least..=greatest).contains(number));
        let message = if greatest == i64::MAX {
            format!("must be a whole number from {least} on")
        } else {
            format!("must be a whole number from {least} to {greatest}")
        };
        fields.take(name, number.ok_or(message))
    }
}

/// Extracts the parameters of a route.
pub(super) struct Query<T>(pub(super) T);

impl<T: FromQuery + Send> FromRequestParts<App> for Query<T> {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self> {
        let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        let mut fields = Fields::default();
        let pairs = fields.take("query", pairs.map_err(|_| "is not UTF-8")).map_or_else(Vec::new, |pairs| pairs.0);
        let mut values = HashMap::new();
        for (name, value) in pairs {
            // Which of two values counts must not be a guess.
            if let Some(name) = values.insert(name.clone(), value).map(|_| name) {
                fields.take::<(), _>(&name, Err("is there twice"));
            }
        }
        let value = T::take(&Values(values), &mut fields);
        fields.finish(value).map(Self)
    }
}

impl<T: FromQuery> Describe for Query<T> {
    fn describe(operation: &mut Operation) {
        T::describe(operation);
        operation.refuses(&[Code::Validation]);
    }
}

/// The part of a list that is wanted: `limit` 1 to 200, `offset` from 0 on.
pub(super) struct Window {
    pub(super) limit: i64,
    pub(super) offset: i64,
}

impl FromQuery for Window {
    fn take(query: &Values, fields: &mut Fields) -> Option<Self> {
        let limit = query.number(fields, "limit", 1, LIMIT_MAX).unwrap_or(LIMIT_DEFAULT);
        let offset = query.number(fields, "offset", 0, i64::MAX).unwrap_or(0);
        Some(Self { limit, offset })
    }

    fn describe(operation: &mut Operation) {
        let limit = json!({"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT_DEFAULT});
        operation.has_query("limit", false, "At most so many.", limit);
        describe_offset(operation);
    }
}

fn describe_offset(operation: &mut Operation) {
    let offset = json!({"type": "integer", "minimum": 0, "default": 0});
    operation.has_query("offset", false, "Skips so many.", offset);
}

/// The part of a list that is whole unless a part is asked for, and what its items must hold.
pub(super) struct Part {
    pub(super) page: Page,
    /// Whether anything was asked for, so that the whole number is told.
    pub(super) is_part: bool,
}

impl FromQuery for Part {
    fn take(query: &Values, fields: &mut Fields) -> Option<Self> {
        let needle = query.get("q").unwrap_or_default();
        let needle = fields.take("q", parse_needle(needle)).unwrap_or_default();
        let page = Page {
            needle,
            limit: query.number(fields, "limit", 1, LIMIT_MAX),
            offset: query.number(fields, "offset", 0, i64::MAX).unwrap_or(0),
        };
        let is_part = ["limit", "offset", "q"].iter().any(|name| query.get(name).is_some());
        Some(Self { page, is_part })
    }

    fn describe(operation: &mut Operation) {
        let limit = json!({"type": "integer", "minimum": 1, "maximum": LIMIT_MAX});
        operation.has_query("limit", false, "At most so many; all of them if it is left out.", limit);
        describe_offset(operation);
        let needle = json!({"type": "string", "maxLength": NEEDLE_MAX});
        operation.has_query("q", false, "Only what holds this text, in upper or lower case.", needle);
    }
}

/// A text to be searched for, in lower case.
pub(super) fn parse_needle(text: &str) -> std::result::Result<String, String> {
    let needle = text.trim();
    if needle.chars().count() > NEEDLE_MAX || needle.chars().any(char::is_control) {
        return Err(format!("must be a line of text of at most {NEEDLE_MAX} characters"));
    }
    Ok(fold(needle))
}
