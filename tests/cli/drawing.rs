use expect_test::expect;

use super::{command, run, session};
use crate::support::project::Project;

/// Two lines that go apart, one of which is labelled, a merge, and a line that only depends on another.
fn forked() -> Project {
    let project = Project::new();
    let migrations = [
        ("0001_base", "revises base"),
        ("0002_users", "revises 0001"),
        ("0003_billing", "revises 0002\n-- dunlin: label billing"),
        ("0004_reports", "revises 0002"),
        ("0005_invoices", "revises 0003"),
        ("0006_join", "revises 0005, 0004"),
        ("0007_side", "revises 0002\n-- dunlin: depends-on 0004"),
    ];
    for (name, header) in migrations {
        let (up, down) =
            (format!("-- dunlin: {header}\ncreate table t_{name} (id integer);\n"), format!("drop table t_{name};\n"));
        project.migration(name, &up, &down);
    }
    project
}

#[test]
fn history_draws_how_migrations_follow_each_other() {
    session(
        &forked(),
        [
            "up +4 -q",
            "history",
            "history 0002:billing@head --reverse",
            "history -n 2 --verbose",
            "history -r 0003:0004",
        ],
        &expect![[r#"
            $ dunlin up +4 -q
            4 migrations applied, the database is at `0003_billing` and `0004_reports`
            --- exit 0

            $ dunlin history
            o 0007_side (head, pending)
            | o 0006_join (head, merge, pending)
            | |\
            | o | 0005_invoices (pending)
            | | * 0004_reports (current, applied)
            | * | 0003_billing (current, label billing, applied)
            |_|/
            |/
            * 0002_users (branch point, applied)
            * 0001_base (applied)
            --- exit 0

            $ dunlin history 0002:billing@head --reverse
            0002_users (branch point, applied)
            0003_billing (current, label billing, applied)
            0004_reports (current, applied)
            0005_invoices (pending)
            0006_join (head, merge, pending)
            --- exit 0

            $ dunlin history -n 2 --verbose
            o 0007_side (head, pending)
                file     versions/0007_side.up.sql
                revises  0002
                depends  0004
 
            o 0006_join (head, merge, pending)
                file     versions/0006_join.up.sql
                revises  0005, 0004
                labels   billing
 
            --- stderr
            settings file  none
            database       sqlite:app.db (from DATABASE_URL)
            migrations     versions
            --- exit 0

            $ dunlin history -r 0003:0004
            --- stderr
            error: nothing is in `0003:0004`: its start does not come before its end
            --- exit 1
        "#]],
    );
}

#[test]
fn current_tells_where_the_database_is() {
    session(
        &forked(),
        [
            "current",
            "up 0005 -q",
            "up 0004 -q",
            "current --verbose",
            "current --check-heads",
            "current --format json",
            "up heads -q",
            "current --check-heads",
        ],
        &expect![[r#"
            $ dunlin current
            base
            --- exit 0

            $ dunlin up 0005 -q
            4 migrations applied, the database is at 0005_invoices
            --- exit 0

            $ dunlin up 0004 -q
            1 migration applied, the database is at `0004_reports` and `0005_invoices`
            --- exit 0

            $ dunlin current --verbose
            0005_invoices
              file     versions/0005_invoices.up.sql
              revises  0003
              labels   billing
              applied  [time]
            0004_reports
              file     versions/0004_reports.up.sql
              revises  0002
              applied  [time]
            --- stderr
            settings file  none
            database       sqlite:app.db (from DATABASE_URL)
            migrations     versions
            --- exit 0

            $ dunlin current --check-heads
            0005_invoices
            0004_reports
            --- exit 2

            $ dunlin current --format json
            {
              "version": 1,
              "current": [
                {
                  "applied_at": "[time]",
                  "base": false,
                  "branch_point": false,
                  "current": true,
                  "depends_on": [],
                  "file": "versions/0005_invoices.up.sql",
                  "head": false,
                  "id": "0005",
                  "labels": [
                    "billing"
                  ],
                  "merge": false,
                  "name": "0005_invoices",
                  "parents": [
                    "0003"
                  ],
                  "state": "applied"
                },
                {
                  "applied_at": "[time]",
                  "base": false,
                  "branch_point": false,
                  "current": true,
                  "depends_on": [],
                  "file": "versions/0004_reports.up.sql",
                  "head": false,
                  "id": "0004",
                  "labels": [],
                  "merge": false,
                  "name": "0004_reports",
                  "parents": [
                    "0002"
                  ],
                  "state": "applied"
                }
              ]
            }
            --- exit 0

            $ dunlin up heads -q
            2 migrations applied, the database is at `0006_join` and `0007_side`
            --- exit 0

            $ dunlin current --check-heads
            0006_join (head, merge)
            0007_side (head)
            --- exit 0
        "#]],
    );
}

#[test]
fn heads_and_branches_tell_where_lines_go_apart() {
    session(
        &forked(),
        ["heads", "heads --resolve-dependencies --verbose", "branches"],
        &expect![[r#"
        $ dunlin heads
        0006_join (merge)
        0007_side
        --- stderr
        note: there are 2 heads, which go apart after `0002_users`
        hint: `dunlin merge` joins them with a migration, `dunlin rebase` puts one line behind the other
        --- exit 0

        $ dunlin heads --resolve-dependencies --verbose
        0006_join (merge)
          file     versions/0006_join.up.sql
          revises  0005, 0004
          labels   billing
        0007_side
          file     versions/0007_side.up.sql
          revises  0002
          depends  0004
        --- stderr
        settings file  none
        database       sqlite:app.db (from DATABASE_URL)
        migrations     versions
        note: there are 2 heads, which go apart after `0002_users`
        hint: `dunlin merge` joins them with a migration, `dunlin rebase` puts one line behind the other
        --- exit 0

        $ dunlin branches
        0002_users (branch point)
          -> 0003_billing (label billing)
          -> 0004_reports
          -> 0007_side (head)
        --- exit 0
    "#]],
    );
}

#[test]
fn branches_are_a_document() {
    session(
        &forked(),
        ["branches --format json -q"],
        &expect![[r#"
        $ dunlin branches --format json -q
        {
          "version": 1,
          "branch_points": [
            {
              "branch_point": {
                "applied_at": null,
                "base": false,
                "branch_point": true,
                "current": false,
                "depends_on": [],
                "file": "versions/0002_users.up.sql",
                "head": false,
                "id": "0002",
                "labels": [],
                "merge": false,
                "name": "0002_users",
                "parents": [
                  "0001"
                ],
                "state": null
              },
              "branches": [
                {
                  "applied_at": null,
                  "base": false,
                  "branch_point": false,
                  "current": false,
                  "depends_on": [],
                  "file": "versions/0003_billing.up.sql",
                  "head": false,
                  "id": "0003",
                  "labels": [
                    "billing"
                  ],
                  "merge": false,
                  "name": "0003_billing",
                  "parents": [
                    "0002"
                  ],
                  "state": null
                },
                {
                  "applied_at": null,
                  "base": false,
                  "branch_point": false,
                  "current": false,
                  "depends_on": [],
                  "file": "versions/0004_reports.up.sql",
                  "head": false,
                  "id": "0004",
                  "labels": [],
                  "merge": false,
                  "name": "0004_reports",
                  "parents": [
                    "0002"
                  ],
                  "state": null
                },
                {
                  "applied_at": null,
                  "base": false,
                  "branch_point": false,
                  "current": false,
                  "depends_on": [
                    "0004"
                  ],
                  "file": "versions/0007_side.up.sql",
                  "head": true,
                  "id": "0007",
                  "labels": [],
                  "merge": false,
                  "name": "0007_side",
                  "parents": [
                    "0002"
                  ],
                  "state": null
                }
              ]
            }
          ]
        }
        --- exit 0
    "#]],
    );
}

#[test]
fn to_goes_up_and_down() {
    session(
        &forked(),
        ["to billing", "to 0005", "to 0002", "to 0002", "up 0001", "down head"],
        &expect![[r#"
        $ dunlin to billing
        3 migrations applied, the database is at 0003_billing
        --- stderr
          applied   0001_base  [duration]
          applied   0002_users  [duration]
          applied   0003_billing  [duration]
        --- exit 0

        $ dunlin to 0005
        1 migration applied, the database is at 0005_invoices
        --- stderr
          applied   0005_invoices  [duration]
        --- exit 0

        $ dunlin to 0002
        2 migrations reverted, the database is at 0002_users
        --- stderr
          reverted  0005_invoices  [duration]
          reverted  0003_billing  [duration]
        --- exit 0

        $ dunlin to 0002
        nothing to do: nothing after `0002_users` is applied; the database is at 0002_users
        --- exit 0

        $ dunlin up 0001
        nothing to do: `0001_base` is already applied; the database is at 0002_users
        --- exit 0

        $ dunlin down head
        --- stderr
        error: there are 2 heads: `0006_join` and `0007_side`
        hint: apply all of them with `dunlin up heads`, or one with `dunlin up <id>`; `dunlin merge` joins them for good, and `dunlin rebase` puts one behind the other
        --- exit 1
    "#]],
    );
}

#[test]
fn show_takes_any_target() {
    session(
        &forked(),
        ["up 0002 -q", "show billing@head", "show current", "show head", "show base"],
        &expect![[r#"
            $ dunlin up 0002 -q
            2 migrations applied, the database is at 0002_users
            --- exit 0

            $ dunlin show billing@head
            migration 0006_join
            revises   0005, 0004
            state     pending

            up  versions/0006_join.up.sql  [checksum]
            -- dunlin: revises 0005, 0004
            create table t_0006_join (id integer);

            down  versions/0006_join.down.sql  [checksum]
            drop table t_0006_join;
            --- exit 0

            $ dunlin show current
            migration 0002_users
            revises   0001
            state     applied at [time]

            up  versions/0002_users.up.sql  [checksum]
            -- dunlin: revises 0001
            create table t_0002_users (id integer);

            down  versions/0002_users.down.sql  [checksum]
            drop table t_0002_users;
            --- exit 0

            $ dunlin show head
            --- stderr
            error: there are 2 heads: `0006_join` and `0007_side`
            hint: apply all of them with `dunlin up heads`, or one with `dunlin up <id>`; `dunlin merge` joins them for good, and `dunlin rebase` puts one behind the other
            --- exit 1

            $ dunlin show base
            base: no migration
            --- exit 0
        "#]],
    );
}

#[test]
fn pictures_are_drawn_by_history_alone() {
    session(
        &forked(),
        ["up billing -q", "history --format mermaid", "history --format dot -n 3", "status --format svg"],
        &expect![[r##"
            $ dunlin up billing -q
            3 migrations applied, the database is at 0003_billing
            --- exit 0

            $ dunlin history --format mermaid
            flowchart BT
              n0["0007_side (head, pending)"]:::pending
              n1["0006_join (head, merge, pending)"]:::pending
              n2["0005_invoices (pending)"]:::pending
              n3["0004_reports (pending)"]:::pending
              n4["0003_billing (current, label billing, applied)"]:::applied
              n5["0002_users (branch point, applied)"]:::applied
              n6["0001_base (applied)"]:::applied
              n5 --> n0
              n3 -.-> n0
              n2 --> n1
              n3 --> n1
              n4 --> n2
              n5 --> n3
              n5 --> n4
              n6 --> n5
              classDef applied fill:#16a34a,stroke:#166534,color:#ffffff
              classDef pending fill:#ffffff,stroke:#b45309
            --- exit 0

            $ dunlin history --format dot -n 3
            digraph migrations {
              rankdir = BT;
              node [shape = box, style = "rounded,filled", fontname = "sans-serif"];
              n0 [label = "0007_side (head, pending)", fillcolor = "#ffffff", color = "#b45309"];
              n1 [label = "0006_join (head, merge, pending)", fillcolor = "#ffffff", color = "#b45309"];
              n2 [label = "0005_invoices (pending)", fillcolor = "#ffffff", color = "#b45309"];
              n2 -> n1;
            }
            --- exit 0

            $ dunlin status --format svg
            --- stderr
            error: only `history` and `schema` draw pictures; every command writes `text` and `json`
            --- exit 1
        "##]],
    );
}

#[test]
fn a_picture_of_hundreds_stands_alone() {
    let project = Project::new();
    for n in 1..=300 {
        let parents = match n {
            1 => "base".to_owned(),
            n if n % 10 == 0 => format!("{:04}, {:04}", n - 1, n - 2),
            n if n % 10 == 9 => format!("{:04}", n - 2),
            n => format!("{:04}", n - 1),
        };
        let up = format!("-- dunlin: revises {parents}\ncreate table t{n} (id integer);\n");
        project.migration(&format!("{n:04}_step_<&>"), &up, &format!("drop table t{n};\n"));
    }
    run(&project, "up 0150 -q").expect_code(0);
    let svg = run(&project, "history --format svg").expect_code(0).stdout;
    for part in [
        "<svg xmlns=\"http://www.w3.org/2000/svg\"",
        "0001_step_&lt;&amp;&gt;",
        "0300_step_",
        "applied",
        "pending",
        "</svg>",
    ] {
        assert!(svg.contains(part), "{part}");
    }
    for foreign in ["<script", "href", "url(", "<image", "@import"] {
        assert!(!svg.contains(foreign), "{foreign}");
    }
    assert_eq!(svg.matches("<circle").count(), 300 + 2);
    assert_eq!(svg.matches("(applied)").count() + svg.matches(", applied)").count(), 150);
}

#[test]
fn a_database_that_is_not_there_leaves_the_marks_out() {
    let project = forked();
    let away =
        |line: &str| command(&project, line).variable("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nowhere").run();
    let outcome = away("history -n 1").expect_code(0);
    assert_eq!(outcome.stdout, "* 0007_side (head)\n");
    assert!(outcome.stderr.starts_with("note: cannot connect to"), "{}", outcome.stderr);
    away("history -n 1 --indicate-current").expect_code(1);
}
