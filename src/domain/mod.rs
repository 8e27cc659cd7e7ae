//! The rules, one file per noun. Plain synchronous Rust: a transaction, the caller and plain values in, a value out.

pub mod accounts;
pub mod audit;
pub mod caller;
pub mod fields;
pub mod installation;
pub mod keys;
pub mod operators;
pub mod otp;
pub mod outbox;
pub mod passwords;
pub mod profile;
pub mod sessions;
pub mod settings;
pub mod setup;
pub mod sign_in;
pub mod throttle;
pub mod tokens;
