//! Made-up data.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::failure::{Failure, Outcome};
use super::{output, session};
use crate::config::Flags;
use crate::domain::caller::Operator;
use crate::domain::demo;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Fill an empty data folder with made-up organizations and people, who share a random password; refuses beside a
    /// running server
    Seed {
        /// How many organizations; at most as many as people
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(i64).range(0..=10_000_000))]
        tenants: i64,
        /// How many people, beside a platform admin
        #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(i64).range(1..=100_000_000))]
        users: i64,
    },
}

pub(super) fn run(flags: &Flags, json: bool, command: Command) -> Outcome {
    let Command::Seed { tenants, users } = command;
    if tenants > users {
        return Err(Failure::Usage("--tenants: there can be at most as many organizations as people".to_owned()));
    }
    session::with_app_alone(flags, async |app| {
        let password = app.read(|tx| Ok(demo::new_password(tx))).await?;
        let hash = session::hash_password(&app, &password, demo::ADMIN).await?;
        let plan = app.read(move |tx| demo::begin(tx, tenants, users, &hash)).await?;
        let bar = progress_bar(users);
        for part in 0..plan.parts() {
            let this = plan.clone();
            app.write(&Operator, move |tx, by| demo::make(tx, by, &this, part)).await?;
            bar.set_position(plan.users_before(part + 1).unsigned_abs());
        }
        app.write(&Operator, move |tx, by| demo::finish(tx, by, &plan)).await?;
        bar.finish();
        let made = json!({
            "tenants": tenants, "users": users, "admin_email": demo::ADMIN, "password": password.expose(),
        });
        output::thing(
            json,
            &made,
            &format!(
                "{users} people and {tenants} organizations are made. The platform admin is {}; the password of every \
                 account is {}",
                demo::ADMIN,
                password.expose()
            ),
        );
        Ok(())
    })?
}

fn progress_bar(users: i64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {percent}% of {human_len} people, {elapsed} ({eta} left)");
    let bar = ProgressBar::new(users.unsigned_abs());
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
