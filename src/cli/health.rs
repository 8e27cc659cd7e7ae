//! Asking a running server how it is.

use std::time::Duration;

use serde_json::json;

use super::failure::{Failure, Outcome};
use super::output;
use crate::config::{Config, Flags, reachable};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Server to ask, such as http://127.0.0.1:8787 [default: the one that listens where the settings say]
    #[arg(long)]
    url: Option<String>,
}

pub(super) fn run(flags: &Flags, json: bool, arguments: &Arguments) -> Outcome {
    let url = match &arguments.url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => format!("http://{}", reachable(Config::load(flags)?.listen)),
    };
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(10)))
        .http_status_as_error(false)
        .build()
        .into();
    let failed = |reason: &dyn std::fmt::Display| Failure::CheckFailed(format!("{url} is not ready: {reason}"));
    let mut response = agent.get(format!("{url}/readyz")).call().map_err(|error| failed(&error))?;
    if response.status() != 200 {
        let body = response.body_mut().read_to_string().unwrap_or_default();
        let problem: serde_json::Value = serde_json::from_str(&body).unwrap_or_default();
        let detail = problem["detail"].as_str().unwrap_or("it did not say why").to_owned();
        return Err(failed(&format_args!("status {}, {detail}", response.status())));
    }
    output::thing(json, &json!({"url": url, "status": "ready"}), &format!("{url} is ready"));
    Ok(())
}
