//! Lists, search and figures of the platform administration with 100,000 organizations and 1,000,000 people.

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Value as Json, json};

use crate::client::Client;
use crate::server::{self, Trueport};
use crate::{PASSWORD, row};

const ADMIN: &str = "lists@bench.example";
const TENANTS: &str = "100000";
const USERS: &str = "1000000";

/// Requests of each kind, one after the other.
const REQUESTS: usize = 300;

/// What is asked for.
const CASES: &[&str] = &[
    "users",
    "users?offset=1000",
    "users?offset=250000",
    "users?offset=500000",
    "users?offset=999950",
    "users?limit=200&offset=999800",
    "users?email=admin@demo",
    "users?email=priya.okafor",
    "users?email=sato",
    "users?email=sato&offset=10000",
    "users?email=anna",
    "users?email=post.test",
    "users?email=example.com",
    "users?email=mail.example",
    "users?email=mail.example&offset=45000",
    "users?email=mail.example&offset=89000",
    "users?email=qqq",
    "users?email=.example",
    "users?email=qq",
    "users?email=ze",
    "users?email=na",
    "users?email=z",
    "tenants",
    "tenants?offset=50000",
    "tenants?offset=99950",
    "tenants?status=active",
    "tenants?status=active&offset=47000",
    "tenants?status=archived",
    "tenants?q=nordic-labs",
    "tenants?q=labs",
    "tenants?q=Labs&offset=1000",
    "tenants?q=robot&status=archived",
    "tenants?q=ing",
    "tenants?q=xyz",
    "tenants?q=ab",
    "tenants?q=q",
    "plans",
    "service-keys",
    "configs",
    "configs/auth.registration/history",
    "stats",
    "stats/series?metric=users",
    "stats/series?metric=users&step=day&from=2024-06-01T00:00:00Z",
    "stats/series?metric=tenants&step=day",
    "stats/series?metric=requests",
    "stats/series?metric=requests&step=day",
    "stats/series?metric=violations",
    "stats/series?metric=sign_ins",
    "stats/series?metric=sign_ins&step=day",
];

/// Measures all of it on a folder that is made before, or that `TRUEPORT_BENCH_FOLDER` names and keeps.
pub(crate) fn measure() {
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let folder = std::env::var_os("TRUEPORT_BENCH_FOLDER").map_or(temporary.path().to_owned(), PathBuf::from);
    if !folder.join("master.key").exists() {
        let started = Instant::now();
        server::run(&folder, &["demo", "seed", "--tenants", TENANTS, "--users", USERS], "");
        row(
            "demo seed, 100,000 organizations and 1,000,000 people",
            &format!("{:.0} s", started.elapsed().as_secs_f64()),
        );
    }
    row("size of the folder", &format!("{:.0} MiB", size(&folder) as f64 / 1_048_576.0));
    let trueport = Trueport::start(&folder);
    let mut http = Client::connect(trueport.address());
    let credentials = json!({"email": ADMIN, "password": PASSWORD});
    if http.send("POST", "/platform/api/global/auth/login", "", &credentials).status() != 200 {
        server::run(&folder, &["admin", "create", "--email", ADMIN, "--password-stdin"], PASSWORD);
    }
    let tokens = http.send("POST", "/platform/api/global/auth/login", "", &credentials).expect(200);
    let token = tokens["access_token"].as_str().expect("a token");
    for case in CASES {
        let path = format!("/platform/api/admin/{case}");
        let mut times = Vec::with_capacity(REQUESTS);
        let mut found = Json::Null;
        for _ in 0..REQUESTS {
            let started = Instant::now();
            found = http.send("GET", &path, token, &Json::Null).expect(200);
            times.push(started.elapsed().as_secs_f64() * 1e3);
        }
        times.sort_by(f64::total_cmp);
        let total = found["total"].as_i64().map_or(String::new(), |total| format!(", total {total}"));
        let (median, late) = (times[REQUESTS / 2], times[REQUESTS * 99 / 100]);
        row(&format!("GET /admin/{case}"), &format!("p50 {median:.1} ms, p99 {late:.1} ms{total}"));
    }
    row("memory after all of it", &format!("{:.1} MiB", trueport.resident_kib() as f64 / 1024.0));
}

fn size(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).expect("the folder");
    entries.filter_map(|entry| entry.ok()?.metadata().ok()).filter(|it| it.is_file()).map(|it| it.len()).sum()
}
