//! Tests that drive the server over HTTP. One binary, a file per noun; see `harness.rs` for what they start.
#![allow(clippy::unwrap_used)] // a test that cannot go on panics, in its helpers too

mod executable;
mod harness;
mod inspect;
mod organization;
mod postgres;
mod raw;
mod smtp_sink;

mod access_matrix;
mod accounts;
mod address_limit;
mod audit;
mod command_line;
mod data_folder;
mod durability;
mod example_flow;
mod exports;
mod hasher;
mod isolation;
mod metrics;
mod migrations;
mod openapi;
mod otp;
mod outbox;
mod passwords;
mod plans;
mod profile;
mod protection;
mod rooms;
mod scoped_tokens;
mod secrets;
mod serve;
mod sessions;
mod setup;
mod sign_in;
mod storage;
mod subscriptions;
mod tenants;
mod throttle;
mod tokens;
