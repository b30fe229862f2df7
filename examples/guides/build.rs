//! Builds anew when a migration is added by hand.

fn main() {
    println!("cargo::rerun-if-changed=versions");
}
