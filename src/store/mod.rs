//! SQL, one file per noun. Functions take a [`crate::db::Tx`] and plain values; rules stand in [`crate::domain`].

pub mod address_windows;
pub mod admin_denials;
pub mod attempts;
pub mod audit_chains;
pub mod audit_events;
pub mod audit_search;
pub mod config_values;
pub mod demo;
pub mod factors;
pub mod idempotency;
pub mod installation;
pub mod invites;
pub mod memberships;
pub mod mfa_challenges;
pub mod one_time_tokens;
pub mod otp_codes;
pub mod outbox;
mod page;
pub mod plans;
pub mod recovery_codes;
pub mod roles;
mod scope;
mod search;
pub mod service_keys;
pub mod sessions;
pub mod signing_keys;
pub mod storage_settings;
pub mod subscriptions;
pub mod tenants;
pub mod totals;
pub mod usage;
pub mod users;
pub mod webhook_deliveries;
pub mod webhooks;

pub use page::Page;
pub use scope::Scope;

/// A text as it is searched: without upper case. Letter by letter, so that a part of a text is a part of it still; the
/// Greek sigma has one form.
pub fn fold(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).map(|letter| if letter == 'ς' { 'σ' } else { letter }).collect()
}

/// A pattern for `LIKE … ESCAPE '\\'` that finds `needle` anywhere, with `%` and `_` as ordinary characters.
fn containing(needle: &str) -> String {
    format!("%{}%", needle.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}
