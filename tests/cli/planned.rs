//! `plan` to a file, and the verbs that run it; `plan --sql`.

use expect_test::expect;

use super::{birds, run, session, shown};
use crate::support::command::Command;
use crate::support::database::Database;
use crate::support::project::Project;
use crate::support::redaction::without_checksums;

/// Leaves out what differs from version to version.
fn kept(project: &Project, file: &str) -> String {
    without_checksums(&project.read(file)).replace(env!("CARGO_PKG_VERSION"), "[version]")
}

#[test]
fn a_plan_is_written_reviewed_and_run_once() {
    let project = birds();
    project.migration("0004_wren", "-- dunlin: vars name\ninsert into egg values (${name})", "delete from egg;\n");
    project.file("dunlin.toml", "[vars]\nname = \"4\"\n");
    run(&project, "up +2 -q").expect_code(0);
    session(
        &project,
        ["plan --out release.plan"],
        &expect![[r#"
        $ dunlin plan --out release.plan
        up  versions/0003_egg.up.sql   1 statement, in a transaction
        up  versions/0004_wren.up.sql  1 statement, in a transaction

        2 migrations to apply
        release.plan holds this plan; after a review, `dunlin up --plan release.plan` runs it
        --- exit 0
    "#]],
    );
    expect![[r#"
        -- dunlin plan 1
        -- checksum: [checksum]
        -- A plan to be reviewed. `dunlin up --plan <this file>` runs it, and only if the database and the files are still as they
        -- were when it was made; so do `down` and `to`. An edited plan is refused: the checksum is over all that stands below it.
        -- The values of variables are filled in, and thereby part of the file. Do not feed it to a client of the database, which
        -- would write no history: for that there is `dunlin plan --sql`.

        -- dunlin: [version]
        -- set: main
        -- engine: sqlite
        -- goal: to head
        -- policy: out-of-order refused, missing refused, ahead allowed
        -- from: 0002_name
        -- to: 0004_wren
        -- event: 2 [checksum]
        -- rows: 2 [checksum]

        -- step 1 of 2: up 0003_egg
        -- file: versions/0003_egg.up.sql
        -- revises: 0002
        -- up: [checksum]
        -- down: [checksum]
        -- transaction: its own
        -- lines: 1
        create table egg (id integer primary key);

        -- step 2 of 2: up 0004_wren
        -- file: versions/0004_wren.up.sql
        -- revises: 0003
        -- up: [checksum]
        -- down: [checksum]
        -- transaction: its own
        -- var: name=4
        -- lines: 2, the last one without its end
        -- dunlin: vars name
        insert into egg values (4)
    "#]].assert_eq(&kept(&project, "release.plan"));
    session(
        &project,
        [
            "up --plan release.plan --dry-run",
            "up --plan release.plan",
            "up --plan release.plan",
            "up --plan release.plan --dry-run",
            "plan --out release.plan",
            "up --plan release.plan",
        ],
        &expect![[r#"
            $ dunlin up --plan release.plan --dry-run
            up  versions/0003_egg.up.sql   1 statement, in a transaction
            up  versions/0004_wren.up.sql  1 statement, in a transaction

            2 migrations to apply
            --- exit 2

            $ dunlin up --plan release.plan
            2 migrations applied, the database is at 0004_wren
            --- stderr
              applied   0003_egg  [duration]
              applied   0004_wren  [duration]
            --- exit 0

            $ dunlin up --plan release.plan
            --- stderr
            error: everything in the plan is done already
              2 events came since:
                3  [time]  up 0003
                4  [time]  up 0004
            hint: nothing of it is left to be done; `dunlin status` shows how the database stands
            --- exit 3

            $ dunlin up --plan release.plan --dry-run
            --- stderr
            error: everything in the plan is done already
              2 events came since:
                3  [time]  up 0003
                4  [time]  up 0004
            hint: nothing of it is left to be done; `dunlin status` shows how the database stands
            --- exit 3

            $ dunlin plan --out release.plan
            nothing to do
            release.plan says so, and of which state of the database
            --- exit 0

            $ dunlin up --plan release.plan
            nothing is pending: the database is at 0004_wren (4 migrations)
            --- exit 0
        "#]],
    );
}

#[test]
fn a_plan_whose_state_moved_is_refused() {
    let project = birds();
    run(&project, "up +1 -q").expect_code(0);
    run(&project, "plan --out release.plan").expect_code(0);
    project.file("versions/0003_egg.up.sql", "create table egg (id text primary key);\n");
    project.migration("0004_wren", "create table wren (id integer);\n", "drop table wren;\n");
    session(
        &project,
        ["up --plan release.plan"],
        &expect![[r#"
        $ dunlin up --plan release.plan
        --- stderr
        error: the plan no longer holds
          `up 0003_egg`: the up file was edited
            in plan  [checksum]
            in file  [checksum]
          `up 0004_wren`: this would be done now, and is not in the plan
        hint: make it anew with `dunlin plan --out <file>`, and review that
        --- exit 3
    "#]],
    );
    run(&project, "up +1 -q").expect_code(0);
    session(
        &project,
        ["up --plan release.plan", "up --plan release.plan --url sqlite:other.db", "status"],
        &expect![[r#"
            $ dunlin up --plan release.plan
            --- stderr
            error: the plan no longer holds
              1 event came since:
                2  [time]  up 0002
            hint: make it anew with `dunlin plan --out <file>`, and review that
            --- exit 3

            $ dunlin up --plan release.plan --url sqlite:other.db
            --- stderr
            error: the plan no longer holds
              it was made behind event 1, which is not in this history: this is another database, or one that was restored
                in plan  [checksum]
                here     none
            hint: make it anew with `dunlin plan --out <file>`, and review that
            --- exit 3

            $ dunlin status
            state    migration  applied at (UTC)
            applied  0001_bird  [time]
            applied  0002_name  [time]
            pending  0003_egg
            pending  0004_wren

            4 migrations: 2 applied, 2 pending; the database is at 0002_name
            --- exit 0
        "#]],
    );
    assert!(
        run(&project, "up --plan release.plan --set other")
            .expect_code(3)
            .stderr
            .contains("the set `main`, and this is `other`")
    );
}

#[test]
fn a_plan_that_was_edited_or_is_newer_is_refused_with_the_line() {
    let project = birds();
    run(&project, "plan --out release.plan").expect_code(0);
    let plan = project.read("release.plan");
    project.file("sql.plan", plan.replace("create table egg", "create table eggs"));
    project.file("goal.plan", plan.replace("to head", "to +2"));
    project.file("newer.plan", plan.replace("dunlin plan 1", "dunlin plan 2"));
    project.file("windows.plan", plan.replace('\n', "\r\n"));
    session(
        &project,
        [
            "up --plan sql.plan",
            "to --plan goal.plan",
            "up --plan newer.plan",
            "up --plan windows.plan",
            "up --plan versions/0001_bird.up.sql",
            "up --plan nowhere.plan",
        ],
        &expect![[r#"
            $ dunlin up --plan sql.plan
            --- stderr
            error: sql.plan:43: the plan was edited after it was made: the SQL below is not that of versions/0003_egg.up.sql
            hint: what a plan does is changed in the migrations; then make it anew with `dunlin plan --out <file>`
            --- exit 3

            $ dunlin to --plan goal.plan
            --- stderr
            error: goal.plan:2: the plan was edited after it was made: what stands below has another checksum
                stated  [checksum]
                found   [checksum]
            hint: what a plan does is changed in the migrations; then make it anew with `dunlin plan --out <file>`
            --- exit 3

            $ dunlin up --plan newer.plan
            --- stderr
            error: newer.plan:1: the plan has version 2, and this dunlin reads version 1
            hint: run it with the dunlin that made it, or make it anew with this one
            --- exit 3

            $ dunlin up --plan windows.plan
            --- stderr
            error: windows.plan:1: the line endings of the plan were changed
            hint: keep git from it with `*.plan -text` in .gitattributes, and make the plan anew
            --- exit 3

            $ dunlin up --plan versions/0001_bird.up.sql
            --- stderr
            error: versions/0001_bird.up.sql:1: this is no plan of dunlin; one begins with `-- dunlin plan 1`
            hint: `dunlin plan --out <file>` makes one
            --- exit 3

            $ dunlin up --plan nowhere.plan
            --- stderr
            error: nowhere.plan: No such file or directory (os error 2)
            --- exit 1
        "#]],
    );
    assert!(!project.files().iter().any(|file| file == "app.db"), "nothing was begun");
}

#[test]
fn a_plan_that_goes_down_is_run_by_down_and_to() {
    let project = birds();
    run(&project, "up -q").expect_code(0);
    session(
        &project,
        [
            "plan -1 --out down.plan",
            "up --plan down.plan",
            "down --plan down.plan --dry-run",
            "down --plan down.plan",
            "plan 0001 --out to.plan",
            "to --plan to.plan",
            "plan head --out up.plan",
            "down --plan up.plan",
        ],
        &expect![[r#"
            $ dunlin plan -1 --out down.plan
            down  versions/0003_egg.down.sql  1 statement, in a transaction

            1 migration to revert
            down.plan holds this plan; after a review, `dunlin down --plan down.plan` runs it
            --- exit 0

            $ dunlin up --plan down.plan
            --- stderr
            error: the plan in down.plan goes down
            hint: `dunlin down --plan down.plan` runs it
            --- exit 1

            $ dunlin down --plan down.plan --dry-run
            down  versions/0003_egg.down.sql  1 statement, in a transaction

            1 migration to revert
            --- exit 2

            $ dunlin down --plan down.plan
            1 migration reverted, the database is at 0002_name
            --- stderr
              reverted  0003_egg  [duration]
            --- exit 0

            $ dunlin plan 0001 --out to.plan
            down  versions/0002_name.down.sql  1 statement, in a transaction

            1 migration to revert
            to.plan holds this plan; after a review, `dunlin down --plan to.plan` runs it
            --- exit 0

            $ dunlin to --plan to.plan
            1 migration reverted, the database is at 0001_bird
            --- stderr
              reverted  0002_name  [duration]
            --- exit 0

            $ dunlin plan head --out up.plan
            up  versions/0002_name.up.sql  1 statement, in a transaction
            up  versions/0003_egg.up.sql   1 statement, in a transaction

            2 migrations to apply
            up.plan holds this plan; after a review, `dunlin up --plan up.plan` runs it
            --- exit 0

            $ dunlin down --plan up.plan
            --- stderr
            error: the plan in up.plan goes up
            hint: `dunlin up --plan up.plan` runs it
            --- exit 1
        "#]],
    );
    project.file("dunlin.toml", "protected = true\n");
    run(&project, "up -q").expect_code(0);
    run(&project, "plan -1 --out down.plan").expect_code(0);
    session(
        &project,
        ["down --plan down.plan", "to --plan down.plan", "to --plan down.plan --yes"],
        &expect![[r#"
        $ dunlin down --plan down.plan
        --- stderr
        error: `protected` in dunlin.toml protects this database
        hint: `--yes` says that it is meant
        --- exit 9

        $ dunlin to --plan down.plan
        --- stderr
        error: `protected` in dunlin.toml protects this database
        hint: `--yes` says that it is meant
        --- exit 9

        $ dunlin to --plan down.plan --yes
        1 migration reverted, the database is at 0002_name
        --- stderr
          reverted  0003_egg  [duration]
        --- exit 0
    "#]],
    );
}

#[test]
fn while_a_migration_is_unfinished_there_is_no_plan_to_keep() {
    let project = birds();
    run(&project, "up +2 -q").expect_code(0);
    let url = format!("sqlite://{}", project.path().join("app.db").display());
    Database::sql_at(
        &url,
        "alter table bird drop column name; update dunlin_migrations set state = 'applying' where id = '0002'",
    );
    session(
        &project,
        ["plan", "plan --out release.plan", "plan --sql", "resume -q", "plan --out release.plan"],
        &expect![[r#"
            $ dunlin plan
            finish  versions/0002_name.up.sql  1 statement, one by one
            up      versions/0003_egg.up.sql   1 statement, in a transaction

            1 migration to finish, 1 migration to apply
            --- stderr
            warning: versions/0002_name.up.sql began to go up and did not end
            hint: `dunlin up` goes on with it
            --- exit 0

            $ dunlin plan --out release.plan
            --- stderr
            error: `0002_name` began and did not end; a plan to keep and a script begin where nothing is unfinished
            hint: `dunlin resume` finishes it; `dunlin status` shows how far it got
            --- exit 3

            $ dunlin plan --sql
            --- stderr
            error: `0002_name` began and did not end; a plan to keep and a script begin where nothing is unfinished
            hint: `dunlin resume` finishes it; `dunlin status` shows how far it got
            --- exit 3

            $ dunlin resume -q
            1 migration finished: the database is at 0002_name; 1 migration still pending
            --- stderr
            warning: versions/0002_name.up.sql began to go up and did not end
            --- exit 0

            $ dunlin plan --out release.plan
            up  versions/0003_egg.up.sql  1 statement, in a transaction

            1 migration to apply
            release.plan holds this plan; after a review, `dunlin up --plan release.plan` runs it
            --- exit 0
        "#]],
    );
}

#[test]
fn what_does_not_go_together_with_a_plan_is_told() {
    let project = birds();
    run(&project, "plan --out release.plan").expect_code(0);
    session(
        &project,
        [
            "up head --plan release.plan",
            "down --all --plan release.plan",
            "to",
            "up --sql --plan release.plan",
            "plan --sql --out release.plan",
            "plan --out - --format json",
        ],
        &expect![[r#"
            $ dunlin up head --plan release.plan
            --- stderr
            error: the argument '[TARGET]' cannot be used with '--plan <FILE>'

            Usage: dunlin up <TARGET>

            For more information, try '--help'.
            --- exit 1

            $ dunlin down --all --plan release.plan
            --- stderr
            error: the argument '--all' cannot be used with '--plan <FILE>'

            Usage: dunlin down --all [TARGET]

            For more information, try '--help'.
            --- exit 1

            $ dunlin to
            --- stderr
            error: the following required arguments were not provided:
              <TARGET>

            Usage: dunlin to <TARGET>

            For more information, try '--help'.
            --- exit 1

            $ dunlin up --sql --plan release.plan
            --- stderr
            error: a plan is run by dunlin alone; `dunlin plan --sql` writes what it would run as a script
            --- exit 1

            $ dunlin plan --sql --out release.plan
            --- stderr
            error: the argument '--sql' cannot be used with '--out <FILE>'

            Usage: dunlin plan --sql [TARGET]

            For more information, try '--help'.
            --- exit 1

            $ dunlin plan --out - --format json
            {
              "version": 1,
              "error": {
                "exit": 1,
                "hints": [],
                "kind": "usage",
                "message": "`--out -` writes the plan itself to stdout, and so there is no place for JSON"
              }
            }
            --- stderr
            error: `--out -` writes the plan itself to stdout, and so there is no place for JSON
            --- exit 1
        "#]],
    );
}

#[test]
fn programs_read_what_moved() {
    let project = birds();
    run(&project, "plan --out release.plan").expect_code(0);
    project.file("versions/0003_egg.up.sql", "create table egg (id text primary key);\n");
    session(
        &project,
        ["plan +1 --out one.plan --format json", "up --plan release.plan --format json"],
        &expect![[r#"
            $ dunlin plan +1 --out one.plan --format json
            {
              "version": 1,
              "findings": [],
              "heals": [],
              "out": "one.plan",
              "repeats": [],
              "resumed": [],
              "steps": [
                {
                  "direction": "up",
                  "file": "versions/0001_bird.up.sql",
                  "id": "0001",
                  "name": "0001_bird",
                  "statements": 1,
                  "transaction": true
                }
              ]
            }
            --- exit 0

            $ dunlin up --plan release.plan --format json
            {
              "version": 1,
              "error": {
                "done": false,
                "exit": 3,
                "hints": [
                  "make it anew with `dunlin plan --out <file>`, and review that"
                ],
                "kind": "stale-plan",
                "message": "the plan no longer holds\n`up 0003_egg`: the up file was edited\n  in plan  [checksum]\n  in file  [checksum]",
                "moved": [
                  {
                    "found": "[checksum]",
                    "half": "up",
                    "moved": "edited",
                    "planned": "[checksum]",
                    "work": "up 0003_egg"
                  }
                ]
              }
            }
            --- stderr
            error: the plan no longer holds
              `up 0003_egg`: the up file was edited
                in plan  [checksum]
                in file  [checksum]
            hint: make it anew with `dunlin plan --out <file>`, and review that
            --- exit 3
        "#]],
    );
}

#[test]
fn a_plan_can_go_to_stdout() {
    let project = birds();
    run(&project, "plan --out release.plan").expect_code(0);
    assert_eq!(run(&project, "plan --out -").expect_code(0).stdout, project.read("release.plan"));
}

#[test]
fn a_plan_is_of_one_database() {
    let project = birds();
    project.file("dunlin.toml", "[databases.a]\nurl = \"sqlite:a.db\"\n[databases.b]\nurl = \"sqlite:b.db\"\n");
    let all = |line: &str| shown(&Command::dunlin(&project).arguments(line.split_whitespace()).run());
    expect![[r#"
        $ dunlin plan --database all --out release.plan
        --- stderr
        error: this writes files, and is for one database; choose it with `--database <name>`
        --- exit 1

        $ dunlin plan --database b --out b.plan
        up  versions/0001_bird.up.sql  1 statement, in a transaction
        up  versions/0002_name.up.sql  1 statement, in a transaction
        up  versions/0003_egg.up.sql   1 statement, in a transaction

        3 migrations to apply
        b.plan holds this plan; after a review, `dunlin up --plan b.plan` runs it
        --- exit 0
    "#]]
    .assert_eq(&[all("plan --database all --out release.plan"), all("plan --database b --out b.plan")].join("\n"));
}
