//! What each verb does on a fleet.

use expect_test::expect;

use super::{SCHEMAS, Tenants};
use crate::cli::shown;

/// Runs verbs one after the other. What is written at the same time comes in any order, and is put into that of the tenants.
fn session<const N: usize>(tenants: &Tenants, verbs: [&[&str]; N]) -> String {
    let in_order = |text: &str| {
        let mut lines: Vec<&str> = text.lines().collect();
        let of_tenants: Vec<&str> = lines.extract_if(.., |line| line.starts_with('[')).collect();
        let of = |name: &str| of_tenants.iter().filter(move |line| line.starts_with(name)).copied().collect::<Vec<_>>();
        let mut sorted: Vec<&str> = ["[tenant_000]", "[tenant_001]"].into_iter().flat_map(of).collect();
        sorted.append(&mut lines);
        sorted.into_iter().map(|line| format!("{line}\n")).collect::<String>()
    };
    let told = verbs.map(|words| {
        let mut outcome = tenants.each(words).run();
        outcome.line = outcome.line.replace(&format!("'{SCHEMAS}'"), "…");
        (outcome.stdout, outcome.stderr) = (in_order(&outcome.stdout), in_order(&outcome.stderr));
        shown(&outcome)
    });
    told.join("\n")
}

#[test]
fn what_reads_tells_of_each() {
    let Some(tenants) = Tenants::new(2) else { return };
    tenants.each(&["up", "-q", "+2"]).run().expect_code(0);
    expect![[""]].assert_eq(&session(
        &tenants,
        [
            &["plan"],
            &["current"],
            &["status", "--check", "-q"],
            &["verify"],
            &["wait", "--applied", "--timeout", "0s", "-q"],
            &["wait", "--applied", "0002"],
        ],
    ));
}

#[test]
fn what_changes_changes_each() {
    let Some(tenants) = Tenants::new(2) else { return };
    expect![[""]].assert_eq(&session(
        &tenants,
        [
            &["up", "-q", "+2"],
            &["redo", "-q"],
            &["down", "-q"],
            &["to", "head", "-q"],
            &["stamp", "0002", "-q"],
            &["skip", "0003", "--reason", "by hand", "-q"],
            &["resume"],
        ],
    ));
}

#[test]
fn what_is_the_same_for_all_is_refused() {
    let Some(tenants) = Tenants::new(2) else { return };
    expect![[""]].assert_eq(&session(
        &tenants,
        [
            &["db", "create"],
            &["up", "--sql"],
            &["plan", "--sql"],
            &["heads"],
            &["new", "wren"],
            &["history", "--format", "svg"],
        ],
    ));
}
