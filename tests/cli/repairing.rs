//! `repair`: rows of the history.

use expect_test::expect;

use super::{birds, run, session, shown};
use crate::support::database::Database;
use crate::support::project::Project;

/// Three migrations, applied.
fn applied() -> Project {
    let project = birds();
    run(&project, "up").expect_code(0);
    project
}

fn sql(project: &Project, script: &str) -> String {
    Database::sql_at(&format!("sqlite://{}", project.path().join("app.db").display()), script)
}

#[test]
fn a_sound_history_needs_nothing() {
    session(
        &applied(),
        ["repair", "repair --yes", "repair cosmetic 2"],
        &expect![[r#"
        $ dunlin repair
        nothing is to be repaired
        --- exit 0

        $ dunlin repair --yes
        nothing is to be repaired
        --- exit 0

        $ dunlin repair cosmetic 2
          left  `0002_name` needs no such repair
        nothing is repaired; 1 row left
        --- exit 0
    "#]],
    );
}

#[test]
fn what_would_change_is_shown_and_done_with_a_word() {
    let project = applied();
    project
        .file("versions/0001_bird.up.sql", "-- licensed to fly\ncreate table bird (\n  id integer primary key\n);\n")
        .file("versions/0002_name.down.sql", "alter table bird\n  drop column name;\n");
    session(
        &project,
        ["status", "repair", "repair cosmetic --yes", "status", "log -n 2"],
        &expect![[r#"
            $ dunlin status
            state    migration  applied at (UTC)
            applied  0001_bird  [time]
            applied  0002_name  [time]
            applied  0003_egg   [time]

            3 migrations: 3 applied, 0 pending; the database is at 0003_egg

            note: versions/0001_bird.up.sql was edited after it was applied, in comments or white space only
            --- exit 0

            $ dunlin repair
              cosmetic  0001_bird: its file differs in comments or white space
                - up_checksum  [checksum]
                + up_checksum  [checksum]
                  up_sql
                    @@ -1 +1,4 @@
                    -create table bird (id integer primary key);
                    +-- licensed to fly
                    +create table bird (
                    +  id integer primary key
                    +);
              cosmetic  0002_name: its file differs in comments or white space
                - down_checksum  [checksum]
                + down_checksum  [checksum]
                  down_sql
                    @@ -1 +1,2 @@
                    -alter table bird drop column name;
                    +alter table bird
                    +  drop column name;
            2 rows would be repaired
            --- stderr
            hint: `--yes` does it
            --- exit 2

            $ dunlin repair cosmetic --yes
            2 rows repaired
            --- stderr
              cosmetic  0001_bird: its file differs in comments or white space
                - up_checksum  [checksum]
                + up_checksum  [checksum]
                  up_sql
                    @@ -1 +1,4 @@
                    -create table bird (id integer primary key);
                    +-- licensed to fly
                    +create table bird (
                    +  id integer primary key
                    +);
              cosmetic  0002_name: its file differs in comments or white space
                - down_checksum  [checksum]
                + down_checksum  [checksum]
                  down_sql
                    @@ -1 +1,2 @@
                    -alter table bird drop column name;
                    +alter table bird
                    +  drop column name;
            --- exit 0

            $ dunlin status
            state    migration  applied at (UTC)
            applied  0001_bird  [time]
            applied  0002_name  [time]
            applied  0003_egg   [time]

            3 migrations: 3 applied, 0 pending; the database is at 0003_egg
            --- exit 0

            $ dunlin log -n 2
            when (UTC)           action  migration  who
            [time]  repair  0001       [who]  cosmetic, rewritten
            [time]  repair  0002       [who]  cosmetic, rewritten

            2 of 5 events; the chain is whole, head [checksum]
            --- exit 0
        "#]],
    );
}

#[test]
fn rows_that_no_file_has_go_with_a_reason() {
    let project = applied();
    project.remove("versions/0003_egg.up.sql").remove("versions/0003_egg.down.sql");
    project.migration("0004_nest", "-- dunlin: revises 0002\nselect 1;\n", "select 1;\n");
    session(
        &project,
        ["up", "repair", "repair --yes", "repair missing --yes --reason 'the branch was given up'", "up", "log -n 2"],
        &expect![[r#"
            $ dunlin up
            --- stderr
            error: `0003_egg` is applied, and there is no file of it here
            hint: restore the file with `dunlin restore 0003` (another git branch may have it); if the binary is older than the database, build it anew; to go on without it, `--allow-missing`, or for good `dunlin repair missing --reason "…" --yes`
            --- exit 3

            $ dunlin repair
              missing  0003_egg: no file has it, and the row goes
                - parents  0002
                - kind  applied
                - applied_at  [time]
                - up_checksum  [checksum]
                  up_sql
                    @@ -1 +0,0 @@
                    -create table egg (id integer primary key);
                - down_checksum  [checksum]
                  down_sql
                    @@ -1 +0,0 @@
                    -drop table egg;
            1 row would be repaired
            --- stderr
            hint: `--yes --reason "…"` does it
            --- exit 2

            $ dunlin repair --yes
            --- stderr
              missing  0003_egg: no file has it, and the row goes
                - parents  0002
                - kind  applied
                - applied_at  [time]
                - up_checksum  [checksum]
                  up_sql
                    @@ -1 +0,0 @@
                    -create table egg (id integer primary key);
                - down_checksum  [checksum]
                  down_sql
                    @@ -1 +0,0 @@
                    -drop table egg;
            error: this repair changes what the history says was done, and needs a reason
            hint: say why with `--reason "…"`; the log keeps it
            --- exit 1

            $ dunlin repair missing --yes --reason 'the branch was given up'
            1 row repaired
            --- stderr
              missing  0003_egg: no file has it, and the row goes
                - parents  0002
                - kind  applied
                - applied_at  [time]
                - up_checksum  [checksum]
                  up_sql
                    @@ -1 +0,0 @@
                    -create table egg (id integer primary key);
                - down_checksum  [checksum]
                  down_sql
                    @@ -1 +0,0 @@
                    -drop table egg;
            --- exit 0

            $ dunlin up
            1 migration applied, the database is at 0004_nest
            --- stderr
              applied   0004_nest  [duration]
            --- exit 0

            $ dunlin log -n 2
            when (UTC)           action  migration  who
            [time]  repair  0003       [who]  missing, removed, the branch was given up
            [time]  up      0004       [who]

            2 of 5 events; the chain is whole, head [checksum]
            --- exit 0
        "#]],
    );
}

#[test]
fn a_row_that_was_altered_by_hand_fits_again() {
    let project = applied();
    sql(&project, "update dunlin_migrations set up_sql = 'drop table bird;' where id = '0001'");
    session(
        &project,
        ["repair checksums", "repair checksums --yes --reason 'Ann edited the row'", "repair"],
        &expect![[r#"
            $ dunlin repair checksums
              checksums  0001_bird: its SQL does not have the checksum beside it
                  up_sql
                    @@ -1 +1 @@
                    -drop table bird;
                    \ No newline at end of file
                    +create table bird (id integer primary key);
            1 row would be repaired
            --- stderr
            hint: `--yes --reason "…"` does it
            --- exit 2

            $ dunlin repair checksums --yes --reason 'Ann edited the row'
            1 row repaired
            --- stderr
              checksums  0001_bird: its SQL does not have the checksum beside it
                  up_sql
                    @@ -1 +1 @@
                    -drop table bird;
                    \ No newline at end of file
                    +create table bird (id integer primary key);
            --- exit 0

            $ dunlin repair
            nothing is to be repaired
            --- exit 0
        "#]],
    );
}

#[test]
fn an_edited_file_is_accepted_by_name_alone() {
    let project = applied();
    project.file("versions/0003_egg.up.sql", "create table egg (id bigint primary key);\n");
    session(
        &project,
        [
            "repair",
            "repair checksums 3",
            "repair checksums 3 --yes --reason 'it is the same on SQLite'",
            "up",
            "log -n 1",
        ],
        &expect![[r#"
            $ dunlin repair
              left  the file of `0003_egg` does something else than what was applied
                    `dunlin restore 0003` writes back what was applied; `dunlin repair checksums 0003 --reason "…"` says that the file is what was applied
            nothing is repaired; 1 row left
            --- exit 0

            $ dunlin repair checksums 3
              checksums  0003_egg: its file was edited, and counts as what was applied
                - up_checksum  [checksum]
                + up_checksum  [checksum]
                  up_sql
                    @@ -1 +1 @@
                    -create table egg (id integer primary key);
                    +create table egg (id bigint primary key);
            1 row would be repaired
            --- stderr
            hint: `--yes --reason "…"` does it
            --- exit 2

            $ dunlin repair checksums 3 --yes --reason 'it is the same on SQLite'
            1 row repaired
            --- stderr
              checksums  0003_egg: its file was edited, and counts as what was applied
                - up_checksum  [checksum]
                + up_checksum  [checksum]
                  up_sql
                    @@ -1 +1 @@
                    -create table egg (id integer primary key);
                    +create table egg (id bigint primary key);
            --- exit 0

            $ dunlin up
            nothing is pending: the database is at 0003_egg (3 migrations)
            --- exit 0

            $ dunlin log -n 1
            when (UTC)           action  migration  who
            [time]  repair  0003       [who]  checksums, rewritten, it is the same on SQLite

            1 of 4 events; the chain is whole, head [checksum]
            --- exit 0
        "#]],
    );
}

#[test]
fn json_says_the_same() {
    let project = applied();
    project.file("versions/0003_egg.up.sql", "-- eggs\ncreate table egg (id integer primary key);\n");
    session(
        &project,
        ["repair --format json", "repair --yes --format json", "repair --format json"],
        &expect![[r#"
        $ dunlin repair --format json
        {
          "version": 1,
          "set": "main",
          "rows": [
            {
              "id": "0003",
              "name": "0003_egg",
              "repair": "cosmetic",
              "cause": "cosmetic",
              "changes": [
                {
                  "column": "up_checksum",
                  "from": "[checksum]",
                  "to": "[checksum]"
                },
                {
                  "column": "up_sql",
                  "from": "create table egg (id integer primary key);\n",
                  "to": "-- eggs\ncreate table egg (id integer primary key);\n"
                }
              ]
            }
          ],
          "left": [],
          "needs_reason": false,
          "repaired": false
        }
        --- stderr
        hint: `--yes` does it
        --- exit 2

        $ dunlin repair --yes --format json
        {
          "version": 1,
          "set": "main",
          "rows": [
            {
              "id": "0003",
              "name": "0003_egg",
              "repair": "cosmetic",
              "cause": "cosmetic",
              "changes": [
                {
                  "column": "up_checksum",
                  "from": "[checksum]",
                  "to": "[checksum]"
                },
                {
                  "column": "up_sql",
                  "from": "create table egg (id integer primary key);\n",
                  "to": "-- eggs\ncreate table egg (id integer primary key);\n"
                }
              ]
            }
          ],
          "left": [],
          "needs_reason": false,
          "repaired": true
        }
        --- exit 0

        $ dunlin repair --format json
        {
          "version": 1,
          "set": "main",
          "rows": [],
          "left": [],
          "needs_reason": false,
          "repaired": false
        }
        --- exit 0
    "#]],
    );
}

#[test]
fn what_cannot_be_meant_is_explained() {
    let project = applied();
    project.migration("0004_nest", "select 1;\n", "select 1;\n");
    session(
        &project,
        ["repair cosmetics", "repair 3", "repair cosmetic 9", "repair cosmetic 4", "repair checksums --reason ''"],
        &expect![[r#"
            $ dunlin repair cosmetics
            --- stderr
            error: `cosmetics` is no kind of repair; did you mean `cosmetic`?
            hint: there are `cosmetic`, `missing` and `checksums`
            --- exit 1

            $ dunlin repair 3
            --- stderr
            error: `3` is no kind of repair
            hint: there are `cosmetic`, `missing` and `checksums`; a migration stands behind one: `dunlin repair checksums 3`
            --- exit 1

            $ dunlin repair cosmetic 9
            --- stderr
            error: no migration is called `9`
            hint: `dunlin status` lists them
            --- exit 1

            $ dunlin repair cosmetic 4
            --- stderr
            error: `0004_nest` is not applied
            hint: `dunlin status` lists them
            --- exit 1

            $ dunlin repair checksums --reason ''
            --- stderr
            error: a value is required for '--reason <TEXT>' but none was supplied

            For more information, try '--help'.
            --- exit 1
        "#]],
    );
}

#[test]
fn a_protected_database_is_repaired_with_a_word_as_every_other() {
    let project = applied();
    project.file("dunlin.toml", "[env.prod]\nprotected = true\n");
    project.file("versions/0003_egg.up.sql", "-- eggs\ncreate table egg (id integer primary key);\n");
    run(&project, "repair --env prod").expect_code(2);
    let outcome = run(&project, "repair --env prod --yes").expect_code(0);
    assert!(shown(&outcome).contains("1 row repaired"), "{}", shown(&outcome));
}
