//! Rebuilds the crate when a migration changes, and for a release when a file of the page does.

fn main() {
    // refinery embeds the migrations by a macro that cargo does not see change.
    println!("cargo:rerun-if-changed=migrations");
    // Debug builds read the page from the folder; in others cargo sees an embedded file change, but not a new one.
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo:rerun-if-changed=assets");
    }
}
