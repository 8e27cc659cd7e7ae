//! Rebuilds the crate when a migration changes.

fn main() {
    // refinery embeds the migrations by a macro that cargo does not see change.
    println!("cargo:rerun-if-changed=migrations");
}
