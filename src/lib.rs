//! # trueport: the map of the house
//!
//! One process holds the database, the REST API and the command line of an installation. The same noun stands in each
//! room, and the room says what kind of code it is:
//!
//! | room | what stands there |
//! |---|---|
//! | [`http`] | axum: one route table, extractors that *are* the authorization, request and reply shapes |
//! | [`domain`] | the rules; synchronous, with time and randomness from the transaction |
//! | [`store`] | SQL, one file per noun |
//! | [`db`] | the two engines behind one [`db::Tx`]; the only place that names them |
//! | [`jobs`] | what runs beside requests: the outbox, cleaning up, noticing changed settings |
//! | [`mail`] | templates and the way to the mail server |
//! | [`storage`] | tenants' stores outside: S3, Azure, a folder |
//! | [`web`] | the files of the web page |
//! | [`targets`] | which addresses outside may be called at a tenant's word |
//! | [`cli`] | one file per command group; the only place that prints |
//! | [`config`] | the only place that reads the environment and the configuration file |
//! | [`app`], [`server`] | what all of it shares; starting and stopping |
//!
//! A request flows from the route table through its extractors to a short handler, which makes one call into the domain
//! inside [`app::App::read`] or [`app::App::write`]. Nothing leaves the process inside a write: mails are rows that a job
//! sends later. Arrows point http, cli, jobs → domain → store → db, never back; a test keeps it so.

pub mod address_limit;
pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod domain;
pub mod entropy;
pub mod error;
pub mod hasher;
pub mod http;
pub mod id;
pub mod jobs;
pub mod mail;
pub mod metrics;
pub mod secret;
pub mod server;
pub mod storage;
pub mod store;
pub mod targets;
pub mod web;
