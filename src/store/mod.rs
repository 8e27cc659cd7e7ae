//! SQL, one file per noun. Functions take a [`crate::db::Tx`] and plain values; rules stand in [`crate::domain`].

pub mod address_windows;
pub mod attempts;
pub mod audit_events;
pub mod config_values;
pub mod installation;
pub mod one_time_tokens;
pub mod otp_codes;
pub mod outbox;
pub mod sessions;
pub mod signing_keys;
pub mod users;
