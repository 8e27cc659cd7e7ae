//! The rules, one file per noun. Plain synchronous Rust: a transaction, the caller and plain values in, a value out.

pub mod accounts;
pub mod audit;
pub mod caller;
pub mod fields;
pub mod installation;
pub mod invites;
pub mod keys;
pub mod members;
pub mod operators;
pub mod otp;
pub mod outbox;
pub mod passwords;
pub mod periods;
pub mod plans;
pub mod profile;
pub mod scoped_tokens;
pub mod sessions;
pub mod settings;
pub mod setup;
pub mod sign_in;
pub mod slugs;
pub mod subscriptions;
pub mod tenant_caller;
pub mod tenants;
pub mod throttle;
pub mod tokens;
