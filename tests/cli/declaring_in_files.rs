//! What cannot be read as a declaration or as a database, and is no empty one.

use std::fs;

use expect_test::expect;

use super::{birds, run, session};

#[test]
fn what_is_nearly_a_directive_is_a_fault_in_a_schema_and_in_a_migration() {
    let project = birds();
    let mut session = Vec::new();
    for comment in [
        "-- dunlin rename column bird.name -> title",
        "-- Dunlin: rename column bird.name -> title",
        "--  DUNLIN  Rename: column bird.name -> title",
        "-- dunlin transaction none",
        "-- dunlin writes the migrations",
        "-- dunlins rename nothing",
    ] {
        let text = format!(
            "\n{comment}\ncreate table bird (id integer primary key, name text);\ncreate table egg (id integer primary key);\n"
        );
        project.file("schema.sql", &text).migration(
            "0004_nest",
            &text.replace("table ", "table if not exists "),
            "select 1;\n",
        );
        session.push(comment.to_owned());
        session.push(run(&project, "status").snapshot());
        project.remove("versions/0004_nest.up.sql").remove("versions/0004_nest.down.sql");
        session.push(run(&project, "diff").snapshot());
    }
    expect![[r#"
        -- dunlin rename column bird.name -> title
        $ dunlin status
        --- stderr
        error: versions/0004_nest.up.sql:2:1: write a directive as `-- dunlin: <key> [value]`
        --- exit 3

        $ dunlin diff
        --- stderr
        error: schema.sql:2:1: write a directive as `-- dunlin: rename <what> <old> -> <new>`
        --- exit 3

        -- Dunlin: rename column bird.name -> title
        $ dunlin status
        --- stderr
        error: versions/0004_nest.up.sql:2:1: write a directive as `-- dunlin: <key> [value]`
        --- exit 3

        $ dunlin diff
        --- stderr
        error: schema.sql:2:1: write a directive as `-- dunlin: rename <what> <old> -> <new>`
        --- exit 3

        --  DUNLIN  Rename: column bird.name -> title
        $ dunlin status
        --- stderr
        error: versions/0004_nest.up.sql:2:1: write a directive as `-- dunlin: <key> [value]`
        --- exit 3

        $ dunlin diff
        --- stderr
        error: schema.sql:2:1: write a directive as `-- dunlin: rename <what> <old> -> <new>`
        --- exit 3

        -- dunlin transaction none
        $ dunlin status
        --- stderr
        error: versions/0004_nest.up.sql:2:1: write a directive as `-- dunlin: <key> [value]`
        --- exit 3

        $ dunlin diff
        --- stderr
        error: schema.sql:2:1: write a directive as `-- dunlin: rename <what> <old> -> <new>`
        --- exit 3

        -- dunlin writes the migrations
        $ dunlin status
        state    migration  applied at (UTC)
        pending  0001_bird
        pending  0002_name
        pending  0003_egg
        pending  0004_nest

        4 migrations: 0 applied, 4 pending; the database is at base
        --- exit 0

        $ dunlin diff
        there is no difference
        --- exit 0

        -- dunlins rename nothing
        $ dunlin status
        state    migration  applied at (UTC)
        pending  0001_bird
        pending  0002_name
        pending  0003_egg
        pending  0004_nest

        4 migrations: 0 applied, 4 pending; the database is at base
        --- exit 0

        $ dunlin diff
        there is no difference
        --- exit 0
    "#]]
    .assert_eq(&session.join("\n"));
}

#[test]
fn a_schema_that_is_no_text_says_where() {
    let project = birds();
    project.file("schema.sql", b"create table bird (\n  id integer, -- na\xefve\n  name text\n);\n");
    project.file("versions/0004_nest.up.sql", b"create table nest (\n  id integer, -- na\xefve\n  name text\n);\n");
    project.file("versions/0004_nest.down.sql", "drop table nest;\n");
    session(
        &project,
        ["diff --from sqlite::memory:", "check"],
        &expect![[r#"
        $ dunlin diff --from sqlite::memory:
        --- stderr
        error: schema.sql:2:20: not UTF-8: byte 0xef cannot stand here
        --- exit 3

        $ dunlin check
        fail     files   1 fault in versions
            versions/0004_nest.up.sql:2:20: not UTF-8: byte 0xef cannot stand here
        skipped  heads   the files are not in order
        skipped  seals   the files are not in order
        skipped  down    the files are not in order
        skipped  git     `versions` is in no git repository
        skipped  edits   the files are not in order
        fail     schema  versions/0004_nest.up.sql:2:20: not UTF-8: byte 0xef cannot stand here

        2 checks failed, 0 passed, 5 skipped
        --- exit 3
    "#]],
    );
    project.file("versions/0004_nest.up.sql", "create table nest (id integer primary key);\n");
    run(&project, "up -q");
    session(
        &project,
        ["diff --to app.db"],
        &expect![[r#"
        $ dunlin diff --to app.db
        --- stderr
        error: app.db is a database of SQLite, and no text that declares a schema
        hint: `sqlite:app.db` names it as a database
        --- exit 1
    "#]],
    );
}

#[test]
fn an_up_file_that_cannot_be_read_is_there_all_the_same() {
    let project = birds();
    project.file("versions/0002_name.up.sql", b"alter table bird add column na\xefve text;\n");
    project.migration(
        "0004_nest",
        "-- dunlin: revises 0003\n-- dunlin: depends-on 0002\ncreate table nest (id int);\n",
        "drop table nest;\n",
    );
    session(
        &project,
        ["status"],
        &expect![[r#"
        $ dunlin status
        --- stderr
        error: versions/0002_name.up.sql:1:31: not UTF-8: byte 0xef cannot stand here
        --- exit 3
    "#]],
    );
}

#[test]
fn a_folder_without_a_file_declares_nothing_and_is_no_empty_schema() {
    let project = birds();
    fs::create_dir_all(project.path().join("db/tables")).expect("folders");
    project
        .file("dunlin.toml", "[schema]\nfile = \"db\"\n")
        .file("db/tables/readme.txt", "create table bird (id int);");
    session(
        &project,
        ["diff", "new --auto x --allow drop-table", "check", "diff --to db/tables"],
        &expect![[r#"
        $ dunlin diff
        --- stderr
        error: there is no .sql file in `db`, which would declare the schema
        hint: an empty schema is a file without statements
        --- exit 1

        $ dunlin new --auto x --allow drop-table
        --- stderr
        error: there is no .sql file in `db`, which would declare the schema
        hint: an empty schema is a file without statements
        --- exit 1

        $ dunlin check
        ok       files   3 migrations are in order
        ok       heads   `0003_egg` is the one head
        fail     seals   there is no versions/dunlin.lock
            hint: `dunlin lock` writes it; commit it
        ok       down    every migration has a way back
        skipped  git     `versions` is in no git repository
        ok       edits   nothing was edited after it was sealed or applied
        fail     schema  there is no .sql file in `db`, which would declare the schema
            hint: an empty schema is a file without statements

        2 checks failed, 4 passed, 1 skipped
        --- exit 3

        $ dunlin diff --to db/tables
        --- stderr
        error: there is no .sql file in `db/tables`, which would declare the schema
        hint: an empty schema is a file without statements
        --- exit 1
    "#]],
    );
    project.file("db/tables/none.SQL", "");
    session(
        &project,
        ["diff"],
        &expect![[r#"
        $ dunlin diff
        - table bird
        - table egg
        --- exit 0
    "#]],
    );
}

#[test]
fn a_database_that_is_not_there_is_not_compared_as_an_empty_one() {
    let project = birds();
    run(&project, "lock --fingerprint");
    session(
        &project,
        [
            "verify --schema --url sqlite:typo.db",
            "verify --fingerprint --url sqlite:typo.db",
            "diff --from sqlite:typo.db --to versions",
            "schema --from sqlite:typo.db",
            "init --from-db sqlite:typo.db --dir new",
        ],
        &expect![[r#"
            $ dunlin verify --schema --url sqlite:typo.db
            --- stderr
            error: there is no database `sqlite:typo.db`
            hint: look at the URL; `dunlin up` makes the database
            --- exit 1

            $ dunlin verify --fingerprint --url sqlite:typo.db
            --- stderr
            error: there is no database `sqlite:typo.db`
            hint: look at the URL; `dunlin up` makes the database
            --- exit 1

            $ dunlin diff --from sqlite:typo.db --to versions
            --- stderr
            error: there is no database `sqlite:typo.db`
            hint: look at the URL; `dunlin up` makes the database
            --- exit 1

            $ dunlin schema --from sqlite:typo.db
            --- stderr
            error: there is no database `sqlite:typo.db`
            hint: look at the URL; `dunlin up` makes the database
            --- exit 1

            $ dunlin init --from-db sqlite:typo.db --dir new
            --- stderr
            error: there is no database at sqlite:typo.db
            hint: look at the URL; `dunlin init` begins without a database
            --- exit 1
        "#]],
    );
    assert!(!project.path().join("typo.db").exists(), "a reading command creates nothing");
}
