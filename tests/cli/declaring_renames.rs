//! Renames that schema.sql says: chains of them, those into another schema, and those that cannot be made.

use expect_test::expect;

use super::declaring::{BIRDS, declared};
use super::{on, run, session};
use crate::support::database::Database;
use crate::support::project::Project;

fn project(made: &str, undone: &str, declared: &str) -> Project {
    let project = Project::new();
    project.migration("0001_one", made, undone).file("schema.sql", declared);
    project
}

#[test]
fn a_rename_is_said_and_never_guessed() {
    let project = declared(&BIRDS.replace("name text", "title text"));
    session(
        &project,
        ["new --auto title"],
        &expect![[r#"
            $ dunlin new --auto title
            --- stderr
            error: refused: the way up loses data
              column bird.name is dropped
            hint: if it is a rename, say so in the schema: `-- dunlin: rename column bird.name -> title`
            hint: `--allow drop-column` says that it is meant
            --- exit 9
        "#]],
    );
    project.file(
        "schema.sql",
        BIRDS.replace("name text", "\n  -- dunlin: rename column bird.name -> title\n  title text"),
    );
    session(
        &project,
        ["diff", "diff --sql", "new --auto title", "new --auto again", "up", "verify --schema"],
        &expect![[r#"
            $ dunlin diff
            > rename column bird.name -> title
            --- exit 0

            $ dunlin diff --sql
            alter table bird rename column name to title;
            --- exit 0

            $ dunlin new --auto title
            wrote versions/0004_title.up.sql
            wrote versions/0004_title.down.sql
            --- stderr
            it revises `0003_egg`
            --- exit 0

            $ dunlin new --auto again
            nothing to write: the migrations make what schema.sql declares
            --- exit 0

            $ dunlin up
            4 migrations applied, the database is at 0004_title
            --- stderr
              applied   0001_bird  [duration]
              applied   0002_name  [duration]
              applied   0003_egg  [duration]
              applied   0004_title  [duration]
            --- exit 0

            $ dunlin verify --schema
            the files of 4 migrations are in order
            the history agrees with them
            the schema is what the applied migrations make
            --- exit 0
        "#]],
    );
    project.file("schema.sql", format!("-- dunlin: rename column bird.nam -> title\n{BIRDS}"));
    session(
        &project,
        ["new --auto wrong"],
        &expect![[r#"
            $ dunlin new --auto wrong
            --- stderr
            error: schema.sql:1:1: `rename column bird.nam -> title` matches nothing: the migrations make no column `bird.nam`
            hint: correct its names, or take it away if nothing is to be renamed
            --- exit 3
        "#]],
    );
    project.file("schema.sql", format!("{BIRDS}-- dunlin: rename bird.name title\n"));
    session(
        &project,
        ["new --auto wrong"],
        &expect![[r#"
            $ dunlin new --auto wrong
            --- stderr
            error: schema.sql:3:1: `rename bird.name title` cannot be read; it is `rename table <old> -> <new>` or `rename column <table>.<old> -> <new>`, with any name of more than a word in double quotes
            --- exit 3
        "#]],
    );
}

#[test]
fn a_rename_that_is_said_is_not_hinted_at_again() {
    let project = declared(
        "-- dunlin: rename table bird -> fowl
-- dunlin: rename column fowl.name -> title
create table fowl (id integer primary key, title text);
",
    );
    session(
        &project,
        ["new --auto fowl"],
        &expect![[r#"
        $ dunlin new --auto fowl
        --- stderr
        error: refused: the way up loses data
          table egg is dropped
        hint: `--allow drop-table` says that it is meant
        --- exit 9
    "#]],
    );
}

#[test]
fn a_chain_of_renames_may_stand_in_any_order() {
    let made = "create table a (id integer primary key, y text);\ncreate table b (id integer primary key, y text);\n";
    let lines = ["table a -> b", "table b -> c", "column a.y -> z"];
    let sessions = [[0, 1, 2], [1, 0, 2], [2, 0, 1], [2, 1, 0]].map(|order| {
        let said: String = order.map(|line| format!("-- dunlin: rename {}\n", lines[line])).concat();
        let declared =
            "create table b (id integer primary key, z text);\ncreate table c (id integer primary key, y text);\n";
        let project = project(made, "drop table b;\ndrop table a;\n", &format!("{said}{declared}"));
        ["diff --sql", "new --auto two", "diff", "up -q", "down -q --yes"]
            .map(|line| run(&project, line).snapshot())
            .join("\n")
    });
    assert!(sessions.iter().all(|session| *session == sessions[0]), "{sessions:#?}");
    expect![[r#"
        $ dunlin diff --sql
        alter table b rename to c;

        alter table a rename to b;

        alter table b rename column y to z;
        --- exit 0

        $ dunlin new --auto two
        wrote versions/0002_two.up.sql
        wrote versions/0002_two.down.sql
        --- stderr
        it revises `0001_one`
        --- exit 0

        $ dunlin diff
        there is no difference
        --- exit 0

        $ dunlin up -q
        2 migrations applied, the database is at 0002_two
        --- exit 0

        $ dunlin down -q --yes
        1 migration reverted, the database is at 0001_one
        --- exit 0
    "#]]
    .assert_eq(&sessions[0]);
}

#[test]
fn a_column_of_a_chain_may_be_named_with_its_table_as_that_was_or_will_be() {
    let made = "create table a (id integer primary key, y text);\ncreate table b (id integer primary key, y text);\n";
    let tables = "-- dunlin: rename table a -> b\n-- dunlin: rename table b -> c\n";
    // Of what is called `b` in both, the one is meant that has the old name before and the new one behind.
    for (said, b, c) in [("a.y -> z", "z", "y"), ("b.y -> z", "z", "y"), ("b.y -> z", "y", "z"), ("c.y -> z", "y", "z")]
    {
        let declared = format!(
            "{tables}-- dunlin: rename column {said}\ncreate table b (id integer primary key, {b} text);\n\
             create table c (id integer primary key, {c} text);\n"
        );
        let project = project(made, "drop table b;\ndrop table a;\n", &declared);
        let outcome = run(&project, "diff");
        let renames = outcome.stdout.lines().filter(|line| line.starts_with("> ")).count();
        assert_eq!((renames, outcome.stdout.lines().count()), (3, 3), "{said}: {}{}", outcome.stdout, outcome.stderr);
        assert_eq!(run(&project, "new --auto two").code, Some(0), "{said}");
        assert_eq!(run(&project, "diff").stdout, "there is no difference\n", "{said}");
    }
}

#[test]
fn a_rename_onto_a_name_that_is_taken_is_refused_at_its_own_line() {
    let made = "create table users (id integer primary key, mail text);\ncreate table task (id integer primary key);\n";
    let project = project(
        made,
        "drop table task;\ndrop table users;\n",
        "-- dunlin: rename table people -> users
-- dunlin: rename table users -> task
-- dunlin: rename column people.mail -> email
create table task (id integer primary key, email text);
",
    );
    session(
        &project,
        ["diff"],
        &expect![[r#"
        $ dunlin diff
        --- stderr
        error: schema.sql:2:1: `rename table users -> task` cannot be made: the migrations make table `task` as well
        hint: correct its names, or take it away if nothing is to be renamed
        --- exit 3
    "#]],
    );
    project.file(
        "schema.sql",
        format!("-- dunlin: rename table users -> person\n{made}create table person (id integer primary key);\n"),
    );
    session(
        &project,
        ["diff"],
        &expect![[r#"
        $ dunlin diff
        --- stderr
        error: schema.sql:1:1: `rename table users -> person` cannot be made: the schema still has table `users`
        hint: correct its names, or take it away if nothing is to be renamed
        --- exit 3
    "#]],
    );
}

#[test]
fn a_rename_with_a_slip_of_the_finger_names_what_was_meant() {
    let made = "create table people (id integer primary key, mail text);\n";
    let project = project(made, "drop table people;\n", "");
    let mut session = Vec::new();
    for (said, declared) in [
        ("table peple -> users", "create table users (id integer primary key, mail text);\n"),
        ("table people -> user", "create table users (id integer primary key, mail text);\n"),
        ("column peple.mail -> email", "create table people (id integer primary key, email text);\n"),
        ("column people.mial -> email", "create table people (id integer primary key, email text);\n"),
        ("column people.address -> email", "create table people (id integer primary key, email text);\n"),
    ] {
        project.file("schema.sql", format!("-- dunlin: rename {said}\n{declared}"));
        session.push(run(&project, "diff").stderr);
    }
    expect![[r#"
        error: schema.sql:1:1: `rename table peple -> users` matches nothing: the migrations make no table `peple`
        hint: did you mean `people`?

        error: schema.sql:1:1: `rename table people -> user` matches nothing: the schema has no table `user`
        hint: did you mean `users`?

        error: schema.sql:1:1: `rename column peple.mail -> email` matches nothing: the migrations make no column `peple.mail`
        hint: did you mean `people.mail`?

        error: schema.sql:1:1: `rename column people.mial -> email` matches nothing: the migrations make no column `people.mial`
        hint: did you mean `people.mail`?

        error: schema.sql:1:1: `rename column people.address -> email` matches nothing: the migrations make no column `people.address`
        hint: correct its names, or take it away if nothing is to be renamed
    "#]].assert_eq(&session.join("\n"));
}

#[test]
fn several_columns_that_go_and_come_are_told_how_a_rename_is_said() {
    let project = project(
        "create table t (id integer primary key, x text, y text);\n",
        "drop table t;\n",
        "create table t (id integer primary key, x1 text, y1 text);\n",
    );
    session(
        &project,
        ["new --auto two"],
        &expect![[r#"
        $ dunlin new --auto two
        --- stderr
        error: refused: the way up loses data
          column t.x is dropped
          column t.y is dropped
        hint: a rename is said, and never guessed: `-- dunlin: rename column t.x -> x1` in the schema would be one
        hint: `--allow drop-column` says that it is meant
        --- exit 9
    "#]],
    );
    project.file("schema.sql", "create table s (id integer primary key, z text);\n");
    session(
        &project,
        ["new --auto two"],
        &expect![[r#"
        $ dunlin new --auto two
        --- stderr
        error: refused: the way up loses data
          table t is dropped
        hint: a rename is said, and never guessed: `-- dunlin: rename table t -> s` in the schema would be one
        hint: `--allow drop-table` says that it is meant
        --- exit 9
    "#]],
    );
}

#[test]
fn postgresql_renames_into_another_schema() {
    let Some(database) = Database::postgres() else { return };
    let lines = "(id serial primary key, \"Grand Total\" numeric(10,2) default 0.00)";
    let project = project(
        &format!("create schema shop;\ncreate table shop.\"Lines\" {lines};\ncreate type shop.mood as enum ('a');\n"),
        "drop type shop.mood;\ndrop table shop.\"Lines\";\ndrop schema shop;\n",
        &format!(
            "-- dunlin: rename table shop.\"Lines\" -> public.lines
-- dunlin: rename column lines.\"Grand Total\" -> total
-- dunlin: rename type shop.mood -> public.mood
create schema shop;
create type mood as enum ('a');
create table lines {};
create view shop.v as select * from lines;
",
            lines.replace("\"Grand Total\"", "total")
        ),
    );
    let run = on(&project, &database);
    let mut session: Vec<String> = ["up -q", "diff", "new --auto two", "diff"].map(&run).into();
    session.push(project.read("versions/0002_two.up.sql"));
    session.push(project.read("versions/0002_two.down.sql"));
    session.extend(["up -q", "verify --schema", "down -q --yes", "verify --schema"].map(&run));
    expect![[r#"
        $ dunlin up -q
        1 migration applied, the database is at 0001_one
        --- exit 0

        $ dunlin diff
        > rename type shop.mood -> public.mood
        > rename table shop.Lines -> public.lines
        > rename column public.lines."Grand Total" -> total
        - sequence Lines_id_seq
        + sequence lines_id_seq
        ~ table lines
            ~ column lines.id
                - default: nextval('public."Lines_id_seq"'::regclass)
                + default: nextval('public.lines_id_seq'::regclass)
            - primary key lines.Lines_pkey: PRIMARY KEY (id)
            + primary key lines.lines_pkey: PRIMARY KEY (id)
        + view shop.v
        --- exit 0

        $ dunlin new --auto two
        wrote versions/0002_two.up.sql
        wrote versions/0002_two.down.sql
        --- stderr
        it revises `0001_one`
        --- exit 0

        $ dunlin diff
        there is no difference
        --- exit 0

        -- dunlin: revises 0001

        alter type shop.mood set schema public;

        alter table shop."Lines" rename to lines;

        alter table shop.lines set schema public;

        alter table public.lines rename column "Grand Total" to total;

        alter sequence public."Lines_id_seq" rename to lines_id_seq;

        alter table public.lines rename constraint "Lines_pkey" to lines_pkey;

        create or replace view shop.v as
         SELECT lines.id,
            lines.total
           FROM public.lines;

        alter table public.lines rename column total to "Grand Total";

        alter table public.lines rename to "Lines";

        alter table public."Lines" set schema shop;

        alter type public.mood set schema shop;

        alter sequence shop.lines_id_seq rename to "Lines_id_seq";

        alter table shop."Lines" rename constraint lines_pkey to "Lines_pkey";

        drop view shop.v;

        $ dunlin up -q
        1 migration applied, the database is at 0002_two
        --- exit 0

        $ dunlin verify --schema
        the files of 2 migrations are in order
        the history agrees with them
        the schema is what the applied migrations make
        --- exit 0

        $ dunlin down -q --yes
        1 migration reverted, the database is at 0001_one
        --- exit 0

        $ dunlin verify --schema
        the files of 2 migrations are in order
        the history agrees with them
        the schema is what the applied migrations make
        --- exit 0
    "#]]
    .assert_eq(&session.join("\n"));
}

#[test]
fn postgresql_renames_in_the_schema_where_something_is() {
    let Some(database) = Database::postgres() else { return };
    let project = project(
        "create schema shop;\ncreate table shop.\"Lines\" (id integer primary key);\n",
        "drop table shop.\"Lines\";\ndrop schema shop;\n",
        "-- dunlin: rename table shop.\"Lines\" -> \"Rows\"\ncreate schema shop;\ncreate table shop.\"Rows\" (id integer primary key);\n",
    );
    let run = on(&project, &database);
    expect![[r#"
        $ dunlin diff
        > rename table shop.Lines -> shop.Rows
        ~ table shop.Rows
            - primary key shop.Rows.Lines_pkey: PRIMARY KEY (id)
            + primary key shop.Rows.Rows_pkey: PRIMARY KEY (id)
        --- exit 0
    "#]]
    .assert_eq(&run("diff"));
    // There is nowhere to go yet, and what is there has the name.
    let mut session = Vec::new();
    for (said, declared) in [
        (
            "-- dunlin: rename table shop.\"Lines\" -> store.lines",
            "create schema shop;\ncreate schema store;\ncreate table store.lines (id integer primary key);\n",
        ),
        (
            "-- dunlin: rename index shop.\"Lines_pkey\" -> public.lines_pkey",
            "create schema shop;\ncreate table shop.\"Lines\" (id integer primary key);\n",
        ),
        (
            "-- dunlin: rename view shop.nothing -> public.something",
            "create schema shop;\ncreate table shop.\"Lines\" (id integer primary key);\n",
        ),
    ] {
        project.file("schema.sql", format!("{declared}\n{said}\n"));
        session.push(run("diff"));
    }
    expect![[r#"
        $ dunlin diff
        --- stderr
        error: schema.sql:5:1: `rename table shop.Lines -> store.lines` cannot be made: the migrations make no schema `store`, and renames come first
        hint: make the schema in a migration of its own, and say the rename behind that
        --- exit 3

        $ dunlin diff
        --- stderr
        error: schema.sql:4:1: `rename index shop."Lines_pkey" -> public.lines_pkey` leads into another schema, and an index is in that of its table
        --- exit 3

        $ dunlin diff
        --- stderr
        error: schema.sql:4:1: `rename view shop.nothing -> public.something` matches nothing: the migrations make no view `shop.nothing`
        hint: correct its names, or take it away if nothing is to be renamed
        --- exit 3
    "#]].assert_eq(&session.join("\n"));
}

#[test]
fn a_rename_that_the_server_refuses_is_told_at_its_line() {
    let Some(database) = Database::postgres() else { return };
    let made =
        "create schema shop;\ncreate table shop.lines (id integer primary key);\ncreate view lines_pkey as select 1;\n";
    let project = project(
        made,
        "drop view lines_pkey;\ndrop table shop.lines;\ndrop schema shop;\n",
        "create schema shop;\n-- dunlin: rename table shop.lines -> public.lines\ncreate table lines (id integer primary key);\n",
    );
    let run = on(&project, &database);
    expect![[r#"
        $ dunlin diff
        --- stderr
        error: schema.sql:2:1: `rename table shop.lines -> public.lines` cannot be made: relation "lines_pkey" already exists in schema "public" (42P07)
        --- exit 3

        $ dunlin new --auto two
        --- stderr
        error: schema.sql:2:1: `rename table shop.lines -> public.lines` cannot be made: relation "lines_pkey" already exists in schema "public" (42P07)
        --- exit 3
    "#]].assert_eq(&["diff", "new --auto two"].map(run).join("\n"));
}
