//! `new --auto`, `diff`, and what `check` and `verify` say of schemas.

use expect_test::expect;

use super::{birds, run, session};
use crate::support::project::Project;

/// What the migrations of [`birds`] make.
pub(super) const BIRDS: &str =
    "create table bird (id integer primary key, name text);\ncreate table egg (id integer primary key);\n";

pub(super) fn declared(schema: &str) -> Project {
    let project = birds();
    project.file("schema.sql", schema);
    project
}

#[test]
fn a_migration_is_written_both_ways_from_what_is_declared() {
    let project = declared(
        "create table bird (id integer primary key, name text not null default 'nameless');
create table egg (id integer primary key, bird integer references bird on delete cascade);
create index egg_by_bird on egg (bird);
",
    );
    session(
        &project,
        [
            "diff",
            "new --auto -m 'Eggs have birds'",
            "new --auto -m again",
            "diff",
            "up",
            "down",
            "diff --from sqlite:app.db",
        ],
        &expect![[r#"
            $ dunlin diff
            ~ table bird
                ~ column bird.name
                    - definition: text
                    + definition: text not null default 'nameless'
            ~ table egg
                + column egg.bird: integer references bird on delete cascade
                + index egg_by_bird: on egg ( bird )
            --- exit 0

            $ dunlin new --auto -m 'Eggs have birds'
            wrote versions/0004_eggs_have_birds.up.sql
            wrote versions/0004_eggs_have_birds.down.sql
            --- stderr
            it revises `0003_egg`
            --- exit 0

            $ dunlin new --auto -m again
            nothing to write: the migrations make what schema.sql declares
            --- exit 0

            $ dunlin diff
            there is no difference
            --- exit 0

            $ dunlin up
            4 migrations applied, the database is at 0004_eggs_have_birds
            --- stderr
              applied   0001_bird  [duration]
              applied   0002_name  [duration]
              applied   0003_egg  [duration]
              applied   0004_eggs_have_birds  [duration]
            --- exit 0

            $ dunlin down
            1 migration reverted, the database is at 0003_egg
            --- stderr
              reverted  0004_eggs_have_birds  [duration]
            --- exit 0

            $ dunlin diff --from sqlite:app.db
            ~ table bird
                ~ column bird.name
                    - definition: text
                    + definition: text not null default 'nameless'
            ~ table egg
                + column egg.bird: integer references bird on delete cascade
                + index egg_by_bird: on egg ( bird )
            --- exit 0
        "#]],
    );
    expect![[r#"
        -- Eggs have birds
        -- dunlin: revises 0003
        -- dunlin: foreign-keys off
        -- changes values: bird.name becomes its default where it is null
        -- rewrites table: bird

        create table new_bird (id integer primary key, name text not null default 'nameless');
        insert or abort into new_bird (id, name)
        select id, coalesce(name, 'nameless') from bird;
        drop table bird;
        pragma legacy_alter_table = on;
        alter table new_bird rename to bird;
        pragma legacy_alter_table = off;

        alter table egg add column bird integer references bird on delete cascade;

        create index egg_by_bird on egg (bird);
    "#]]
    .assert_eq(&project.read("versions/0004_eggs_have_birds.up.sql"));
    expect![[r#"
        -- dunlin: foreign-keys off
        -- loses data: column egg.bird is dropped
        -- rewrites table: bird

        drop index egg_by_bird;

        create table new_bird (id integer primary key, name text);
        insert or abort into new_bird (id, name)
        select id, name from bird;
        drop table bird;
        pragma legacy_alter_table = on;
        alter table new_bird rename to bird;
        pragma legacy_alter_table = off;

        alter table egg drop column bird;
    "#]]
    .assert_eq(&project.read("versions/0004_eggs_have_birds.down.sql"));
}

#[test]
fn what_loses_data_must_be_allowed() {
    let project = declared("create table bird (id integer primary key);\n");
    session(
        &project,
        [
            "new --auto fewer",
            "new --auto fewer --allow drop-colum",
            "new --auto fewer --allow drop-column",
            "new --auto fewer --allow drop-column,drop-table",
        ],
        &expect![[r#"
            $ dunlin new --auto fewer
            --- stderr
            error: refused: the way up loses data
              table egg is dropped
              column bird.name is dropped
            hint: `--allow drop-table,drop-column` says that it is meant
            --- exit 9

            $ dunlin new --auto fewer --allow drop-colum
            --- stderr
            error: invalid value 'drop-colum' for '--allow <WHAT>': `drop-colum` is nothing that can be allowed; did you mean `drop-column`?

            For more information, try '--help'.
            --- exit 1

            $ dunlin new --auto fewer --allow drop-column
            --- stderr
            error: refused: the way up loses data
              table egg is dropped
            hint: `--allow drop-table,drop-column` says that it is meant
            --- exit 9

            $ dunlin new --auto fewer --allow drop-column,drop-table
            wrote versions/0004_fewer.up.sql
            wrote versions/0004_fewer.down.sql
            --- stderr
            it revises `0003_egg`
            --- exit 0
        "#]],
    );
    expect![[r#"
        -- dunlin: revises 0003
        -- dunlin: foreign-keys off
        -- loses data: table egg is dropped
        -- loses data: column bird.name is dropped

        drop table egg;

        alter table bird drop column name;
    "#]]
    .assert_eq(&project.read("versions/0004_fewer.up.sql"));
    expect![[r#"
        -- data not restored: table egg
        -- data not restored: column bird.name

        alter table bird add column name text;

        create table egg (id integer primary key);
    "#]]
    .assert_eq(&project.read("versions/0004_fewer.down.sql"));
}

#[test]
fn a_column_that_must_have_a_value_leaves_a_place_to_give_it() {
    let project = declared(&BIRDS.replace("name text", "name text, species text not null"));
    session(
        &project,
        ["new --auto species", "up 0003"],
        &expect![[r#"
            $ dunlin new --auto species
            wrote versions/0004_species.up.sql
            wrote versions/0004_species.down.sql
            --- stderr
            note: it was proved without rows in `bird`: none that can be made up fit
            it revises `0003_egg`
            --- exit 0

            $ dunlin up 0003
            3 migrations applied, the database is at 0003_egg
            --- stderr
              applied   0001_bird  [duration]
              applied   0002_name  [duration]
              applied   0003_egg  [duration]
            --- exit 0
        "#]],
    );
    run(&project, "up 0003");
    expect![[r#"
        -- dunlin: revises 0003
        -- dunlin: foreign-keys off
        -- may fail: bird.species needs a value in every row
        -- rewrites table: bird

        alter table bird add column species text;
        -- Rows that are there need values here, or the copy below fails:
        -- update bird set species = … where species is null;
        create table new_bird (id integer primary key, name text, species text not null);
        insert or abort into new_bird (id, name, species)
        select id, name, species from bird;
        drop table bird;
        pragma legacy_alter_table = on;
        alter table new_bird rename to bird;
        pragma legacy_alter_table = off;
    "#]]
    .assert_eq(&project.read("versions/0004_species.up.sql"));
}

#[test]
fn a_rebuild_is_written_for_somebody_who_changes_it() {
    let project = birds();
    project.migration("0004_index", "create index by_name on bird (name);\n", "drop index by_name;\n");
    session(
        &project,
        ["rebuild Bird", "rebuild brid"],
        &expect![[r#"
        $ dunlin rebuild Bird
        -- dunlin: foreign-keys off
        -- rewrites table: bird

        create table new_bird (id integer primary key, name text);
        insert or abort into new_bird (id, name)
        select id, name from bird;
        drop table bird;
        pragma legacy_alter_table = on;
        alter table new_bird rename to bird;
        pragma legacy_alter_table = off;

        create index by_name on bird (name);
        --- exit 0

        $ dunlin rebuild brid
        --- stderr
        error: the migrations make no table `brid`
        hint: did you mean `bird`?
        --- exit 1
    "#]],
    );
}

#[test]
fn faults_of_a_declaration_are_located() {
    let project = declared("create table bird (\n  id integer primary key,\n  name text chek (name <> '')\n);\n");
    session(
        &project,
        ["diff"],
        &expect![[r#"
        $ dunlin diff
        --- stderr
        error: schema.sql:1:1: near "name": syntax error
        --- exit 3
    "#]],
    );
    project.file("schema.sql", format!("{BIRDS}insert into bird values (1, 'wren');\n"));
    session(
        &project,
        ["diff"],
        &expect![[r#"
        $ dunlin diff
        --- stderr
        error: schema.sql:3:1: `insert` declares no schema; rows and settings belong into migrations
        --- exit 3
    "#]],
    );
    project.file("schema.sql", "create table bird (name text default 'open);\n");
    session(
        &project,
        ["diff"],
        &expect![[r#"
        $ dunlin diff
        --- stderr
        error: schema.sql:1:38: unterminated string
        --- exit 3
    "#]],
    );
    project.remove("schema.sql");
    session(
        &project,
        ["diff", "new --auto x"],
        &expect![[r#"
        $ dunlin diff
        --- stderr
        error: there is no schema.sql, which would declare the schema
        hint: write the tables that are wanted there, or name another file: `file` in `[schema]` of dunlin.toml
        --- exit 1

        $ dunlin new --auto x
        --- stderr
        error: there is no schema.sql, which would declare the schema
        hint: write the tables that are wanted there, or name another file: `file` in `[schema]` of dunlin.toml
        --- exit 1
    "#]],
    );
}

#[test]
fn a_folder_declares_a_schema_in_any_order() {
    let project = birds();
    project
        .file("dunlin.toml", "[schema]\nfile = \"db\"\nignore = [\"legacy_*\"]\n")
        .file("db/a.sql", "create index by_name on bird (name);\n")
        .file("db/tables/bird.sql", BIRDS)
        .file("db/tables/legacy.sql", "create table legacy_flock (id integer);\n");
    session(
        &project,
        ["diff"],
        &expect![[r#"
        $ dunlin diff
        ~ table bird
            + index by_name: on bird ( name )
        --- exit 0
    "#]],
    );
}

#[test]
fn a_check_holds_the_declaration_against_the_migrations() {
    let project = declared(BIRDS);
    session(
        &project,
        ["lock", "check --skip git"],
        &expect![[r#"
        $ dunlin lock
          sealed  0001_bird
          sealed  0002_name
          sealed  0003_egg
        3 migrations sealed in versions/dunlin.lock; commit it
        --- exit 0

        $ dunlin check --skip git
        ok       files   3 migrations are in order
        ok       heads   `0003_egg` is the one head
        ok       seals   3 migrations are sealed
        ok       down    every migration has a way back
        skipped  git     as `--skip` says
        ok       edits   nothing was edited after it was sealed or applied
        ok       schema  the migrations make what schema.sql declares

        6 checks passed, 1 skipped
        --- exit 0
    "#]],
    );
    project.file("schema.sql", BIRDS.replace("name text", "name text unique"));
    session(
        &project,
        ["check --skip git"],
        &expect![[r#"
        $ dunlin check --skip git
        ok       files   3 migrations are in order
        ok       heads   `0003_egg` is the one head
        ok       seals   3 migrations are sealed
        ok       down    every migration has a way back
        skipped  git     as `--skip` says
        ok       edits   nothing was edited after it was sealed or applied
        fail     schema  schema.sql declares something else than the migrations make
            ~ table bird
                ~ column bird.name
                    - definition: text
                    + definition: text unique
            hint: `dunlin new --auto -m "…"` writes the migration that is missing, or correct the declaration

        1 check failed, 5 passed, 1 skipped
        --- exit 3
    "#]],
    );
}

#[test]
fn drift_of_a_live_database_is_told_from_its_applied_migrations() {
    let project = birds();
    run(&project, "up 0002");
    session(
        &project,
        ["verify --schema"],
        &expect![[r#"
        $ dunlin verify --schema
        the files of 3 migrations are in order
        the history agrees with them
        the schema is what the applied migrations make
        --- exit 0
    "#]],
    );
    let url = format!("sqlite:{}", project.path().join("app.db").display());
    crate::schema::sqlite::execute(
        &url,
        "alter table bird add column sneaked; create index sneaked on bird (name); create table of_others (x)",
    );
    session(
        &project,
        ["verify --schema", "verify --schema --format json"],
        &expect![[r#"
        $ dunlin verify --schema
        the files of 3 migrations are in order
        the history agrees with them
        the schema is not what the applied migrations make; `+` is there and should not be, `-` should be there:
          ~ table bird
              + column bird.sneaked
              + index sneaked: on bird ( name )
        --- stderr
        note: none of these migrations made `table of_others`, so nothing is said about that
        --- exit 8

        $ dunlin verify --schema --format json
        {
          "version": 1,
          "database": true,
          "findings": [],
          "migrations": 3,
          "schema": {
            "changes": [
              {
                "attributes": [],
                "change": "added",
                "kind": "column",
                "name": "bird.sneaked"
              },
              {
                "attributes": [],
                "change": "added",
                "kind": "index",
                "name": "sneaked"
              }
            ],
            "drifted": true,
            "strangers": [
              "table of_others"
            ]
          }
        }
        --- exit 8
    "#]],
    );
}

#[test]
fn a_rename_and_the_rebuild_behind_it_are_one_migration() {
    let project = declared(
        "-- dunlin: rename column bird.name -> called
create table bird (id integer primary key, called text not null default '');
create table egg (id integer primary key);
",
    );
    run(&project, "new --auto -m 'Birds are called'").expect_code(0);
    let up = project.read("versions/0004_birds_are_called.up.sql");
    assert!(up.contains("rename column") && up.contains("new_bird"), "{up}");
    run(&project, "diff --check").expect_code(0);
}

#[test]
fn a_line_that_begins_anew_makes_nothing_that_another_makes() {
    let project = declared(
        "create table bird (id integer primary key, name text);
create table egg (id integer primary key);
create table nest (id integer primary key);
",
    );
    session(
        &project,
        [
            "new --auto -m Nests --head base --label nests",
            "diff",
            "up heads -q",
            "verify --schema",
            "down base --yes -q",
        ],
        &expect![[r#"
            $ dunlin new --auto -m Nests --head base --label nests
            wrote versions/0004_nests.up.sql
            wrote versions/0004_nests.down.sql
            --- exit 0

            $ dunlin diff
            there is no difference
            --- exit 0

            $ dunlin up heads -q
            4 migrations applied, the database is at `0003_egg` and `0004_nests`
            --- exit 0

            $ dunlin verify --schema
            the files of 4 migrations are in order
            the history agrees with them
            the schema is what the applied migrations make
            --- exit 0

            $ dunlin down base --yes -q
            4 migrations reverted, the database is at base
            --- exit 0
        "#]],
    );
}
