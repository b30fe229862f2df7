//! What each verb does on a fleet.

use expect_test::expect;

use super::{SCHEMAS, Tenants};
use crate::cli::shown;

#[test]
fn every_verb_that_works_on_a_database_works_on_a_fleet() {
    let Some(tenants) = Tenants::new(3) else { return };
    let session = [
        tenants.each(&["plan"]),
        tenants.each(&["wait", "--applied", "--timeout", "0s", "-q"]),
        tenants.each(&["up", "-q", "+2"]),
        tenants.each(&["current"]),
        tenants.each(&["status", "--check", "-q"]),
        tenants.each(&["redo", "-q"]),
        tenants.each(&["down", "-q"]),
        tenants.each(&["to", "head", "-q"]),
        tenants.each(&["stamp", "0002", "-q"]),
        tenants.each(&["skip", "0003", "--reason", "by hand", "-q"]),
        tenants.each(&["wait", "--applied"]),
        tenants.each(&["db", "create"]),
        tenants.each(&["up", "--sql"]),
        tenants.each(&["heads"]),
        tenants.each(&["new", "wren"]),
        tenants.each(&["history", "--format", "svg"]),
    ];
    // What is written at the same time comes in any order.
    let lines = |text: &str| {
        let mut lines: Vec<&str> = text.lines().collect();
        let is_of_one = |line: &&str| line.starts_with('[');
        let tenants: Vec<&str> = lines.extract_if(.., |line| is_of_one(line)).collect();
        let of = |name: &str| tenants.iter().filter(move |line| line.starts_with(name)).copied().collect::<Vec<_>>();
        let mut sorted: Vec<&str> = ["[tenant_000]", "[tenant_001]", "[tenant_002]"].into_iter().flat_map(of).collect();
        sorted.append(&mut lines);
        sorted.into_iter().map(|line| format!("{line}\n")).collect::<String>()
    };
    let told = session.map(|command| {
        let mut outcome = command.run();
        outcome.line = outcome.line.replace(&format!("'{SCHEMAS}'"), "…");
        (outcome.stdout, outcome.stderr) = (lines(&outcome.stdout), lines(&outcome.stderr));
        shown(&outcome)
    });
    expect![[r#"
        $ dunlin plan --each …
        [tenant_000] up  versions/0001_bird.up.sql  1 statement, in a transaction
        [tenant_000] up  versions/0002_name.up.sql  1 statement, in a transaction
        [tenant_000] up  versions/0003_egg.up.sql   1 statement, in a transaction
        [tenant_000]
        [tenant_000] 3 migrations to apply
        [tenant_001] up  versions/0001_bird.up.sql  1 statement, in a transaction
        [tenant_001] up  versions/0002_name.up.sql  1 statement, in a transaction
        [tenant_001] up  versions/0003_egg.up.sql   1 statement, in a transaction
        [tenant_001]
        [tenant_001] 3 migrations to apply
        [tenant_002] up  versions/0001_bird.up.sql  1 statement, in a transaction
        [tenant_002] up  versions/0002_name.up.sql  1 statement, in a transaction
        [tenant_002] up  versions/0003_egg.up.sql   1 statement, in a transaction
        [tenant_002]
        [tenant_002] 3 migrations to apply
        --- exit 0

        $ dunlin wait --applied --timeout [duration] -q --each …
        --- stderr
        [tenant_000] error: not applied within [duration]: `0001_bird`, `0002_name` and `0003_egg`
        [tenant_000] hint: is something there that applies them? `dunlin status` shows what is in place
        [tenant_001] error: not applied within [duration]: `0001_bird`, `0002_name` and `0003_egg`
        [tenant_001] hint: is something there that applies them? `dunlin status` shows what is in place
        [tenant_002] error: not applied within [duration]: `0001_bird`, `0002_name` and `0003_egg`
        [tenant_002] hint: is something there that applies them? `dunlin status` shows what is in place
        note: failed: `tenant_000`, `tenant_001` and `tenant_002`
        --- exit 2

        $ dunlin up -q +2 --each …
        [tenant_000] 2 migrations applied, the database is at 0002_name
        [tenant_001] 2 migrations applied, the database is at 0002_name
        [tenant_002] 2 migrations applied, the database is at 0002_name
        --- exit 0

        $ dunlin current --each …
        [tenant_000] 0002_name
        [tenant_001] 0002_name
        [tenant_002] 0002_name
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
        [tenant_002] state    migration  applied at (UTC)
        [tenant_002] applied  0001_bird  [time]
        [tenant_002] applied  0002_name  [time]
        [tenant_002] pending  0003_egg
        [tenant_002]
        [tenant_002] 3 migrations: 2 applied, 1 pending; the database is at 0002_name
        --- exit 2

        $ dunlin redo -q --each …
        [tenant_000] 1 migration redone, the database is at 0002_name
        [tenant_001] 1 migration redone, the database is at 0002_name
        [tenant_002] 1 migration redone, the database is at 0002_name
        --- exit 0

        $ dunlin down -q --each …
        [tenant_000] 1 migration reverted, the database is at 0001_bird
        [tenant_001] 1 migration reverted, the database is at 0001_bird
        [tenant_002] 1 migration reverted, the database is at 0001_bird
        --- exit 0

        $ dunlin to head -q --each …
        [tenant_000] 2 migrations applied, the database is at 0003_egg
        [tenant_001] 2 migrations applied, the database is at 0003_egg
        [tenant_002] 2 migrations applied, the database is at 0003_egg
        --- exit 0

        $ dunlin stamp 0002 -q --each …
        [tenant_000] 1 row removed, the database is at 0002_name
        [tenant_001] 1 row removed, the database is at 0002_name
        [tenant_002] 1 row removed, the database is at 0002_name
        --- stderr
        [tenant_000]   remove  0003_egg
        [tenant_001]   remove  0003_egg
        [tenant_002]   remove  0003_egg
        --- exit 0

        $ dunlin skip 0003 --reason 'by hand' -q --each …
        [tenant_000] 0003_egg was not run, and counts as applied from now on
        [tenant_001] 0003_egg was not run, and counts as applied from now on
        [tenant_002] 0003_egg was not run, and counts as applied from now on
        --- exit 0

        $ dunlin wait --applied --each …
        [tenant_000] nothing is pending
        [tenant_001] nothing is pending
        [tenant_002] nothing is pending
        --- exit 0

        $ dunlin db create --each …
        --- stderr
        error: `db` makes and drops whole databases; tenants are made where the query finds them
        --- exit 1

        $ dunlin up --sql --each …
        --- stderr
        error: a script does not know the tenants; write it for one database
        --- exit 1

        $ dunlin heads --each …
        --- stderr
        error: this is about the files, which are the same for all; run it without `--each`
        --- exit 1

        $ dunlin new wren --each …
        --- stderr
        error: this is about the files, which are the same for all; run it without `--each`
        --- exit 1

        $ dunlin history --format svg --each …
        --- stderr
        error: a picture is of one database; run it without `--each`
        --- exit 1
    "#]]
    .assert_eq(&told.join("\n"));
}
