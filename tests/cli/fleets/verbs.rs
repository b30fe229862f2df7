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
    expect![[r#"
        $ dunlin plan --each …
        [tenant_000] up  versions/0003_egg.up.sql  1 statement, in a transaction
        [tenant_000]
        [tenant_000] 1 migration to apply
        [tenant_001] up  versions/0003_egg.up.sql  1 statement, in a transaction
        [tenant_001]
        [tenant_001] 1 migration to apply
        --- exit 0

        $ dunlin current --each …
        [tenant_000] 0002_name
        [tenant_001] 0002_name
        --- exit 0

        $ dunlin status --check -q --each …
        [tenant_000] state    migration  applied at (UTC)
        [tenant_000] applied  0001_bird  [time]
        [tenant_000] applied  0002_name  [time]
        [tenant_000] pending  0003_egg
        [tenant_000]
        [tenant_000] 3 migrations: 2 applied, 1 pending; the database is at 0002_name
        [tenant_001] state    migration  applied at (UTC)
        [tenant_001] applied  0001_bird  [time]
        [tenant_001] applied  0002_name  [time]
        [tenant_001] pending  0003_egg
        [tenant_001]
        [tenant_001] 3 migrations: 2 applied, 1 pending; the database is at 0002_name
        --- exit 2

        $ dunlin verify --each …
        [tenant_000] the files of 3 migrations are in order
        [tenant_000] the history agrees with them
        [tenant_001] the files of 3 migrations are in order
        [tenant_001] the history agrees with them
        --- exit 0

        $ dunlin wait --applied --timeout [duration] -q --each …
        --- stderr
        [tenant_000] error: not applied within [duration]: `0003_egg`
        [tenant_000] hint: is something there that applies them? `dunlin status` shows what is in place
        [tenant_001] error: not applied within [duration]: `0003_egg`
        [tenant_001] hint: is something there that applies them? `dunlin status` shows what is in place
        note: failed: `tenant_000` and `tenant_001`
        --- exit 2

        $ dunlin wait --applied 0002 --each …
        [tenant_000] nothing is pending up to `0002`
        [tenant_001] nothing is pending up to `0002`
        --- exit 0
    "#]]
    .assert_eq(&session(
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
    expect![[r#"
        $ dunlin up -q +2 --each …
        [tenant_000] 2 migrations applied, the database is at 0002_name
        [tenant_001] 2 migrations applied, the database is at 0002_name
        --- exit 0

        $ dunlin redo -q --each …
        [tenant_000] 1 migration redone, the database is at 0002_name
        [tenant_001] 1 migration redone, the database is at 0002_name
        --- exit 0

        $ dunlin down -q --each …
        [tenant_000] 1 migration reverted, the database is at 0001_bird
        [tenant_001] 1 migration reverted, the database is at 0001_bird
        --- exit 0

        $ dunlin to head -q --each …
        [tenant_000] 2 migrations applied, the database is at 0003_egg
        [tenant_001] 2 migrations applied, the database is at 0003_egg
        --- exit 0

        $ dunlin stamp 0002 -q --each …
        [tenant_000] 1 row removed, the database is at 0002_name
        [tenant_001] 1 row removed, the database is at 0002_name
        --- stderr
        [tenant_000]   remove  0003_egg
        [tenant_001]   remove  0003_egg
        --- exit 0

        $ dunlin skip 0003 --reason 'by hand' -q --each …
        [tenant_000] 0003_egg was not run, and counts as applied from now on
        [tenant_001] 0003_egg was not run, and counts as applied from now on
        --- exit 0

        $ dunlin resume --each …
        [tenant_000] nothing is unfinished: the database is at 0003_egg
        [tenant_001] nothing is unfinished: the database is at 0003_egg
        --- exit 0
    "#]]
    .assert_eq(&session(
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
    expect![[r#"
        $ dunlin db create --each …
        --- stderr
        error: `db` makes and drops whole databases; tenants are made where the query finds them
        --- exit 1

        $ dunlin up --sql --each …
        --- stderr
        error: a script does not know the tenants; write it for one database
        --- exit 1

        $ dunlin plan --sql --each …
        --- stderr
        error: a script does not know the tenants; write it for one database
        --- exit 1

        $ dunlin heads --each …
        --- stderr
        error: this is about files, and the same for all; run it without `--each`
        --- exit 1

        $ dunlin new wren --each …
        --- stderr
        error: this is about files, and the same for all; run it without `--each`
        --- exit 1

        $ dunlin history --format svg --each …
        --- stderr
        error: a picture is of one database; run it without `--each`
        --- exit 1
    "#]]
    .assert_eq(&session(
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
