//! Sees to it that a migration which is added by hand is embedded.

fn main() {
    println!("cargo::rerun-if-changed=versions");
}
