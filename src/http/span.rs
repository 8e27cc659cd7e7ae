//! The span of time that a series is wanted of, by the hour or day.

use std::time::Duration;

use serde_json::json;

use super::openapi::Operation;
use super::query::{FromQuery, Values};
use crate::clock::Time;
use crate::domain::fields::Fields;
use crate::domain::usage::{Span, Step};
use crate::error::{Error, Result};

/// Columns of a reply at most.
const COLUMNS_MAX: usize = 1_000;

/// What was asked for.
pub(super) struct SpanQuery {
    from: Option<Time>,
    to: Option<Time>,
    step: Step,
}

pub(super) fn parse_time(text: &str) -> std::result::Result<Time, &'static str> {
    Time::parse(text).ok_or("must be a time such as 2024-01-15T10:30:00Z")
}

fn parse_step(text: &str) -> std::result::Result<Step, &'static str> {
    match text {
        "hour" => Ok(Step::Hour),
        "day" => Ok(Step::Day),
        _ => Err("must be hour or day"),
    }
}

impl FromQuery for SpanQuery {
    fn take(query: &Values, fields: &mut Fields) -> Option<Self> {
        let from = query.get("from").and_then(|text| fields.take("from", parse_time(text)));
        let to = query.get("to").and_then(|text| fields.take("to", parse_time(text)));
        let step = query.get("step").map_or(Some(Step::Hour), |text| fields.take("step", parse_step(text)));
        Some(Self { from, to, step: step? })
    }

    fn describe(operation: &mut Operation) {
        let time = json!({"type": "string", "format": "date-time"});
        operation.has_query("from", false, "Begin; 23 hours before the end if left out.", time.clone());
        operation.has_query("to", false, "End; now if left out.", time);
        let step = json!({"type": "string", "enum": ["hour", "day"], "default": "hour"});
        operation.has_query("step", false, "Width of a column, at most 1,000 of which are answered.", step);
    }
}

impl SpanQuery {
    pub(super) fn resolve(&self, now: Time) -> Result<Span> {
        let moment = Duration::from_millis(1);
        // The end is no part of the span, and this moment is: at the begin of an hour that hour runs already.
        let to = self.to.unwrap_or(now + moment);
        // The hour of the last moment and the 23 before it, as the contract counts 24 hours.
        let from = self.from.unwrap_or(to - moment - Duration::from_secs(23 * 60 * 60));
        let span = Span { from, to, step: self.step };
        if from >= to {
            return Err(Error::field("from", "must be before `to`"));
        }
        if span.columns().len() > COLUMNS_MAX {
            return Err(Error::field("step", "is too small for this span: at most 1,000 columns"));
        }
        Ok(span)
    }
}
