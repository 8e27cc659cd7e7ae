//! Benchmarks of the built executable on this machine: `cargo bench --bench load`.
//!
//! Method: everything runs on loopback of one machine, the load generator beside the server. Each figure that has a
//! yardstick is measured in turns with it in the same run, so that their ratio holds although the machine's speed drifts:
//! logins with the bare Argon2 rate (same parameters, memory block reused, one thread a core), GET me with an axum route
//! that does nothing (own process, same runtime). Medians of three rounds. Reads are driven by `wrk -t2 -c32`, writes by 32
//! blocking clients of this program, each with one request under way; a write counts when its reply has arrived, which
//! the server sends when the change is on disk. The server logs at its default level, into nothing. The lookups that every
//! request makes are timed alone, on one thread that does nothing else (`cargo bench --bench load -- lookup`); what services
//! ask for can be measured alone, too (`cargo bench --bench load -- services`). Only by itself: the administration of an
//! installation with 1,000,000 people (`cargo bench --bench load -- lists`), made in the folder that
//! `TRUEPORT_BENCH_FOLDER` names if it is set, and used again where it is there.

#![allow(clippy::print_stdout)] // its output is the table

mod client;
mod lists;
mod lookup;
mod server;
mod services;

use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use serde_json::json;
use trueport::hasher::{MEMORY_KIB, PASSES};

use client::{Client, drive};
use server::{Trueport, bare_axum};

const CLIENTS: usize = 32;
const ROUNDS: usize = 3;
const PASSWORD: &str = "SecurePassword123!";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(position) = arguments.iter().position(|argument| argument == "--bare-axum") {
        server::serve_bare_axum(&arguments[position + 1]);
        return;
    }
    println!("| what | figure |\n|---|---|");
    let is_only = |part: &str| arguments.iter().any(|argument| argument == part);
    if is_only("services") {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let trueport = Trueport::start(folder.path());
        let token = first_token(trueport.address());
        return services::measure(trueport.address(), folder.path(), &token);
    }
    if is_only("lists") {
        return lists::measure();
    }
    lookups();
    if is_only("lookup") {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (cold, idle) = starts(folder.path());
    row("cold start to the first 200 (median of 9)", &format!("{:.0} ms", cold.as_secs_f64() * 1e3));
    row("memory when idle", &format!("{:.1} MiB", idle as f64 / 1024.0));
    row("size of the executable", &format!("{:.1} MiB", server::executable_size() as f64 / 1_048_576.0));

    let trueport = Trueport::start(folder.path());
    let address = trueport.address().to_owned();
    let registrations = register_clients(&address);
    row("registrations (one Argon2 hash each), 32 clients", &per_second(registrations));
    let tokens = logins(&address);
    reads(&address, &tokens[0]);
    services::measure(&address, folder.path(), &tokens[0]);
    writes(&address, &tokens);
    row("memory after all of it", &format!("{:.1} MiB", trueport.resident_kib() as f64 / 1024.0));
}

/// Registers one person and signs in.
fn first_token(address: &str) -> String {
    let mut http = Client::connect(address);
    let body = json!({"email": email(0), "password": PASSWORD, "first_name": "Load", "last_name": "Test"});
    http.send("POST", "/platform/api/global/auth/register", "", &body).expect(201);
    let body = json!({"email": email(0), "password": PASSWORD});
    let tokens = http.send("POST", "/platform/api/global/auth/login", "", &body).expect(200);
    tokens["access_token"].as_str().expect("a token").to_owned()
}

fn row(what: &str, figure: &str) {
    println!("| {what} | {figure} |");
}

fn per_second(rate: f64) -> String {
    format!("{rate:.0} /s")
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn starts(folder: &std::path::Path) -> (Duration, u64) {
    drop(Trueport::start(folder));
    server::allow_many_requests(folder);
    let mut times = Vec::new();
    let mut idle = 0;
    for _ in 0..9 {
        let started = Instant::now();
        let trueport = Trueport::start(folder);
        times.push(started.elapsed().as_secs_f64());
        idle = trueport.resident_kib();
    }
    (Duration::from_secs_f64(median(times)), idle)
}

fn email(client: usize) -> String {
    format!("load-{client}@bench.example")
}

fn register_clients(address: &str) -> f64 {
    let registered = |client: usize, number: usize, http: &mut Client| {
        let email = if number == 0 { email(client) } else { format!("more-{client}-{number}@bench.example") };
        let body = json!({"email": email, "password": PASSWORD, "first_name": "Load", "last_name": "Test"});
        http.send("POST", "/platform/api/global/auth/register", "", &body).expect(201);
    };
    drive(address, CLIENTS, Duration::from_secs(5), registered)
}

/// Rate of bare hashes with the product's parameters, one thread a core, memory reused.
fn bare_argon2(span: Duration) -> f64 {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let started = Instant::now();
    let hashes: usize = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let params = Params::new(MEMORY_KIB, PASSES, 1, Some(32)).expect("parameters");
                    let mut memory = vec![Block::default(); params.block_count()];
                    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
                    let (mut output, mut done) = ([0; 32], 0);
                    while started.elapsed() < span {
                        argon2
                            .hash_password_into_with_memory(
                                PASSWORD.as_bytes(),
                                b"0123456789abcdef",
                                &mut output,
                                &mut memory,
                            )
                            .expect("a hash");
                        done += 1;
                    }
                    done
                })
            })
            .collect();
        running.into_iter().map(|thread| thread.join().expect("a thread")).sum()
    });
    hashes as f64 / started.elapsed().as_secs_f64()
}

fn logins(address: &str) -> Vec<String> {
    let login = |client: usize, http: &mut Client| {
        let body = json!({"email": email(client), "password": PASSWORD});
        http.send("POST", "/platform/api/global/auth/login", "", &body).expect(200)
    };
    let (mut rates, mut bare, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let yardstick = bare_argon2(Duration::from_secs(5));
        let rate = drive(address, CLIENTS, Duration::from_secs(6), |client, _, http| drop(login(client, http)));
        rates.push(rate);
        bare.push(yardstick);
        ratios.push(rate / yardstick);
    }
    row("bare Argon2id (m=19456, t=2), one thread a core", &per_second(median(bare)));
    row("logins, 32 clients", &format!("{} ({:.2} of bare Argon2)", per_second(median(rates)), median(ratios)));
    let mut http = Client::connect(address);
    let token = |client| login(client, &mut http)["access_token"].as_str().expect("a token").to_owned();
    (0..CLIENTS).map(token).collect()
}

fn reads(address: &str, token: &str) {
    let bare_server = bare_axum();
    let (mut rates, mut bare, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let yardstick = client::wrk(&format!("http://{}/", bare_server.address()), "");
        let rate = client::wrk(&format!("http://{address}/platform/api/global/auth/me"), token);
        rates.push(rate);
        bare.push(yardstick);
        ratios.push(rate / yardstick);
    }
    row("axum route that does nothing, 32 connections", &per_second(median(bare)));
    row("GET me, 32 connections", &format!("{} ({:.2} of the bare route)", per_second(median(rates)), median(ratios)));
}

fn lookups() {
    let costs: Vec<lookup::Cost> = (0..ROUNDS).map(|_| lookup::measure()).collect();
    let micros = |cost: fn(&lookup::Cost) -> Duration| {
        let figure = median(costs.iter().map(|each| cost(each).as_secs_f64() * 1e6).collect());
        format!("{figure:.1} µs")
    };
    row("lookup of session and person, 20,000 of each", &micros(|cost| cost.global));
    row("the same with membership, role and tenant", &micros(|cost| cost.scoped));
}

fn writes(address: &str, tokens: &[String]) {
    let rename = |client: usize, number: usize, http: &mut Client| {
        let body = json!({"first_name": format!("Load {number}")});
        http.send("PATCH", "/platform/api/global/auth/me", &tokens[client], &body).expect(200);
    };
    let rates = (0..ROUNDS).map(|_| drive(address, CLIENTS, Duration::from_secs(5), rename)).collect();
    row("PATCH me (authorized, audited, on disk), 32 clients", &per_second(median(rates)));
}
