//! `schema`: a list, SQL that makes it, and pictures.

use dunlin_core::dialect::Dialect;
use expect_test::expect;

use super::{birds, command, run, session, shown};
use crate::support::database::Database;
use crate::support::project::Project;

#[test]
fn the_schema_is_listed_and_written_down() {
    let project = birds();
    let view = "create index egg_by_id on egg (id desc);\ncreate view names as select name from bird;\n";
    project.migration("0004_names", view, "drop view names;\ndrop index egg_by_id;\n");
    session(
        &project,
        ["schema", "schema dump"],
        &expect![[r#"
        $ dunlin schema
        table bird
            id    integer  primary key
            name  text
        table egg
            id  integer  primary key
            index egg_by_id: on egg ( id desc )
        view names
        --- exit 0

        $ dunlin schema dump
        -- Written by `dunlin schema dump`.

        create table bird (id integer primary key, name text);

        create table egg (id integer primary key);

        create index egg_by_id on egg (id desc);

        create view names as select name from bird;
        --- exit 0
    "#]],
    );
}

#[test]
fn a_file_is_kept_up_to_date() {
    let project = birds();
    session(
        &project,
        [
            "schema dump --out schema.sql --check",
            "schema dump --out schema.sql",
            "schema dump --output schema.sql",
            "schema dump --out schema.sql --check",
            "diff",
            "check --skip seals --skip git",
        ],
        &expect![[r#"
            $ dunlin schema dump --out schema.sql --check
            there is no schema.sql yet
            --- stderr
            hint: the same command without `--check` writes it
            --- exit 8

            $ dunlin schema dump --out schema.sql
            wrote schema.sql
            --- exit 0

            $ dunlin schema dump --output schema.sql
            schema.sql is up to date
            --- exit 0

            $ dunlin schema dump --out schema.sql --check
            schema.sql is up to date
            --- exit 0

            $ dunlin diff
            there is no difference
            --- exit 0

            $ dunlin check --skip seals --skip git
            ok       files   3 migrations are in order
            ok       heads   `0003_egg` is the one head
            skipped  seals   as `--skip` says
            ok       down    every migration has a way back
            skipped  git     as `--skip` says
            ok       edits   nothing was edited after it was sealed or applied
            ok       schema  the migrations make what schema.sql declares

            5 checks passed, 2 skipped
            --- exit 0
        "#]],
    );
    project.migration("0004_age", "alter table bird add column age integer;\n", "alter table bird drop column age;\n");
    session(
        &project,
        ["schema dump --out schema.sql --check", "schema dump --out schema.sql --format json"],
        &expect![[r#"
            $ dunlin schema dump --out schema.sql --check
            schema.sql is not up to date:
            @@ -1,5 +1,5 @@
             -- Written by `dunlin schema dump`.
 
            -create table bird (id integer primary key, name text);
            +create table bird (id integer primary key, name text, age integer);
 
             create table egg (id integer primary key);
            --- stderr
            hint: the same command without `--check` writes it
            --- exit 8

            $ dunlin schema dump --out schema.sql --format json
            {
              "version": 1,
              "current": true,
              "fingerprint": "[checksum]",
              "out": "schema.sql",
              "sql": "-- Written by `dunlin schema dump`.\n\ncreate table bird (id integer primary key, name text, age integer);\n\ncreate table egg (id integer primary key);\n",
              "unmodelled": []
            }
            --- exit 0
        "#]],
    );
    assert_eq!(project.files().iter().filter(|file| file.contains("schema")).count(), 1, "{:?}", project.files());
}

#[test]
fn a_database_a_directory_and_a_file_are_written_down_alike() {
    let project = birds();
    run(&project, "up -q");
    let migrations = run(&project, "schema dump").stdout;
    project.file("schema.sql", &migrations);
    for from in ["sqlite:app.db", "versions", "schema.sql"] {
        assert_eq!(run(&project, &format!("schema dump --from {from}")).stdout, migrations, "{from}");
    }
}

#[test]
fn what_cannot_be_written_is_said() {
    session(
        &birds(),
        ["schema dump --format svg", "schema --format dot", "schema --check", "schema --from nowhere", "schema dmp"],
        &expect![[r#"
            $ dunlin schema dump --format svg
            --- stderr
            error: `schema dump` writes SQL: leave `dump` out for a picture
            --- exit 1

            $ dunlin schema --format dot
            --- stderr
            error: `schema` draws `mermaid`, `svg` and `html`
            --- exit 1

            $ dunlin schema --check
            --- stderr
            error: the following required arguments were not provided:
              --out <FILE>

            Usage: dunlin schema --out <FILE> --check

            For more information, try '--help'.
            --- exit 1

            $ dunlin schema --from nowhere
            --- stderr
            error: there is no nowhere, which would declare the schema
            hint: write the tables that are wanted there, or name another file: `file` in `[schema]` of dunlin.toml
            --- exit 1

            $ dunlin schema dmp
            --- stderr
            error: unrecognized subcommand 'dmp'

              tip: a similar subcommand exists: 'dump'

            Usage: dunlin schema [OPTIONS] [COMMAND]

            For more information, try '--help'.
            --- exit 1
        "#]],
    );
}

#[test]
fn what_nothing_is_known_of_is_named() {
    let Some(database) = Database::postgres() else { return };
    let project = Project::new();
    project.file("schema.sql", "create table t (a int); create table u (b int);");
    database.superuser_sql(
        "create table t (a int); create function same(int, int) returns boolean language sql as 'select $1 = $2';
         create operator === (leftarg = int, rightarg = int, function = same); grant select on t to public",
    );
    let from = database.superuser_url();
    let run = |line: &str| {
        let outcome = command(&project, &line.replace("URL", &from)).variable("DATABASE_URL", &from).run();
        let shown = shown(&outcome);
        format!("$ dunlin {line}\n{}", shown.split_once('\n').map_or("", |(_, said)| said))
    };
    let lines = [
        "schema dump --from URL",
        "schema dump --unmodelled name --from URL",
        "schema dump --unmodelled name --grants --from URL",
    ];
    let said = lines.map(run);
    expect![[r#"
        $ dunlin schema dump --from URL
        --- stderr
        error: refused: nothing is known of `operator public.=== (integer, integer)`, so what is written down would be less than there is
        hint: `--unmodelled name` leaves them out, and names them in a comment; `ignore` under `[schema]` in dunlin.toml takes them for nobody's business
        --- exit 3

        $ dunlin schema dump --unmodelled name --from URL
        -- Written by `dunlin schema dump`.
        -- It is without these, of which nothing is known:
        --   operator public.=== (integer, integer)

        set check_function_bodies = off;

        create table public.t (
            a integer
        );

        CREATE OR REPLACE FUNCTION public.same(integer, integer)
         RETURNS boolean
         LANGUAGE sql
        AS $function$select $1 = $2$function$;
        --- stderr
        warning: it is without `operator public.=== (integer, integer)`, of which nothing is known
        note: the grants and owners of 1 thing are left out; `--grants` writes them
        --- exit 0

        $ dunlin schema dump --unmodelled name --grants --from URL
        -- Written by `dunlin schema dump`.
        -- It is without these, of which nothing is known:
        --   operator public.=== (integer, integer)

        set check_function_bodies = off;

        create table public.t (
            a integer
        );

        CREATE OR REPLACE FUNCTION public.same(integer, integer)
         RETURNS boolean
         LANGUAGE sql
        AS $function$select $1 = $2$function$;

        grant select on table public.t to public;
        --- stderr
        warning: it is without `operator public.=== (integer, integer)`, of which nothing is known
        --- exit 0
    "#]].assert_eq(&said.join("\n"));
}

/// The same tables on every engine, with what names and references can be.
fn tables(dialect: Dialect) -> String {
    let name = |name: &str| dialect.quote(name);
    format!(
        "create table {nest} (id integer primary key, {up} integer, foreign key ({up}) references {nest} (id));
         create table bird (
            id integer primary key, nest integer not null unique, {name} varchar(20) not null,
            foreign key (nest) references {nest} (id)
         );
         create table egg (bird integer not null, number integer not null, weight decimal(5,2), primary key (bird, number),
            foreign key (bird) references bird (id) on delete cascade);
         create table chick (bird integer, number integer, foreign key (bird, number) references egg (bird, number));
         create table lonely (id integer primary key);
         create view names as select {name} from bird;",
        nest = name("the nest"),
        up = name("up in"),
        name = name("full name"),
    )
}

engines! {
    async fn tables_are_drawn_with_how_they_refer_to_one_another(database: &Database) {
        let project = Project::new();
        project.file("schema.sql", tables(database.dialect));
        let drawn = |format: &str| {
            let line = format!("schema --from schema.sql --format {format}");
            let outcome = command(&project, &line).variable("DATABASE_URL", database.superuser_url()).run();
            assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
            outcome.stdout
        };
        // Numbers have other names on each engine.
        let mermaid = drawn("mermaid").replace("int(11) ", "integer ").replace("decimal(5‚2)", "numeric(5‚2)");
        expect![[r#"
            erDiagram
                "bird" {
                    integer id PK
                    integer nest FK, UK
                    varchar(20) full_name "full name"
                }
                "chick" {
                    integer bird FK "null"
                    integer number FK "null"
                }
                "egg" {
                    integer bird PK, FK
                    integer number PK
                    numeric(5‚2) weight "null"
                }
                "lonely" {
                    integer id PK
                }
                "the nest" {
                    integer id PK
                    integer up_in FK "up in; null"
                }
                "bird" |o--|| "the nest" : "nest"
                "chick" }o--o| "egg" : "bird, number"
                "egg" }o--|| "bird" : "bird"
                "the nest" }o--o| "the nest" : "up in"
                %% views
                "names" {
                }
                "names" }o..o{ "bird" : reads
        "#]].assert_eq(&mermaid);
        let (svg, html) = (drawn("svg"), drawn("html"));
        assert_eq!(svg.matches("class=\"box table\"").count(), 5);
        assert_eq!(svg.matches("class=\"box view\"").count(), 1);
        assert_eq!(svg.matches("data-from").count(), 4);
        assert!(html.contains(svg.trim_end()), "the page holds the picture");
        let is_elsewhere = |text: &str| text.replace("http://www.w3.org/2000/svg", "").contains("http");
        assert!(!is_elsewhere(&html), "the page needs nothing else");
    }
}
