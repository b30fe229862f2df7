//! What `squash` makes sure of before it writes anything, and what `--compact` writes.

use expect_test::expect;

use super::squashing::nests;
use super::{birds, command, on, session};
use crate::support::database::Database;
use crate::support::project::Project;

#[test]
fn compact_plans_the_statements_anew_and_loses_nothing_unasked() {
    let project = nests();
    session(
        &project,
        [
            "squash 0001..0003 --compact --id 9 -m short",
            "squash --compact",
            "squash 0009..0004 --compact --drop-data-statements --id 10",
        ],
        &expect![[r#"
            $ dunlin squash 0001..0003 --compact --id 9 -m short
            wrote versions/9_short.up.sql
            wrote versions/9_short.down.sql
            --- stderr
            it stands for 3 migrations, and was proved to make the same schema
            hint: databases in the middle go on with the original files; when none is, `dunlin squash --prune 9` deletes them
            --- exit 0

            $ dunlin squash --compact
            --- stderr
            error: refused: these do more than make a schema, and would be lost:
                versions/0004_owl.up.sql:3: insert into bird (id, name) values (1, 'owl')
            hint: without `--compact`, the texts are joined and nothing is lost; `--drop-data-statements` leaves them out
            --- exit 9

            $ dunlin squash 0009..0004 --compact --drop-data-statements --id 10
            wrote versions/10_squash_of_0001_to_0004.up.sql
            wrote versions/10_squash_of_0001_to_0004.down.sql
            --- stderr
            it stands for 5 migrations, and was proved to make the same schema
            hint: databases in the middle go on with the original files; when none is, `dunlin squash --prune 10` deletes them
            --- exit 0
        "#]],
    );
    expect![[r#"
        -- dunlin: revises base
        -- dunlin: replaces 0001, 0002, 0003

        create table bird (id integer primary key, name text);

        create table egg (id integer primary key);
        ===
        -- dunlin: foreign-keys off
        -- loses data: table egg is dropped
        -- loses data: table bird is dropped

        drop table egg;

        drop table bird;
    "#]]
    .assert_eq(&["up", "down"].map(|half| project.read(&format!("versions/9_short.{half}.sql"))).join("===\n"));
}

#[test]
fn compact_keeps_the_rows_of_databases_that_are_just_before() {
    let project = birds();
    project.migration(
        "0004_full",
        "alter table bird rename column name to title;\n",
        "alter table bird rename column title to name;\n",
    );
    session(
        &project,
        ["squash 0003..0004 --compact"],
        &expect![[r#"
        $ dunlin squash 0003..0004 --compact
        --- stderr
        error: refused: where there are rows already, what was planned loses some:
          column bird.name is dropped
        hint: without `--compact`, the texts are joined, and rows go the way that they went
        --- exit 9
    "#]],
    );
}

engines! {
    async fn what_is_put_together_is_proved_on_the_engine_itself(database: &Database) {
        let project = Project::new();
        project
            .migration("1_bird", "create table bird (id integer primary key, name varchar(20));\n", "drop table bird;\n")
            .migration("2_egg", "create table egg (id integer primary key, bird integer);\n", "drop table egg;\n")
            .migration("3_egg", "create index egg_of_bird on egg (bird);\n", "drop table egg;\ncreate table egg (id integer primary key, bird integer);\n")
            .migration("4_owl", "insert into bird values (1, 'owl');\n", "delete from bird;\n");
        let url = database.superuser_url();
        let run = |line: &str| command(&project, line).variable("DATABASE_URL", &url).run();
        let joined = run("squash 1..4 --id 9 -m joined");
        assert_eq!(joined.code, Some(0), "{joined:?}");
        let compact = run("squash 1..3 --compact --id 8 -m short");
        assert_eq!(compact.code, Some(3), "its migrations are put together already: {compact:?}");
        project.remove("versions/9_joined.up.sql").remove("versions/9_joined.down.sql").remove("versions/dunlin.lock");
        let compact = run("squash 1..3 --compact --id 8 -m short");
        assert_eq!(compact.code, Some(0), "{compact:?}");
        let text = project.read("versions/8_short.up.sql");
        assert!(text.contains("egg_of_bird") && !text.contains("owl"), "{text}");
        assert_eq!(run("up -q").code, Some(0));
        assert_eq!(database.superuser_sql("select count(*) from bird"), "1");
        assert_eq!(run("verify --schema").code, Some(0));
        assert_eq!(run("down base --yes -q").code, Some(0));
    }
}

#[test]
fn texts_that_mean_something_else_together_are_refused_and_nothing_is_written() {
    let Some(database) = Database::postgres() else { return };
    let project = Project::new();
    project
        .migration("1_size", "create type size as enum ('small');\n", "drop type size;\n")
        .migration("2_large", "alter type size add value 'large';\n", "select 1;\n")
        .migration(
            "3_egg",
            "create table egg (size size default 'large');\ninsert into egg values (default);\n",
            "drop table egg;\n",
        )
        .migration("4_other", "create schema other;\nset search_path = other;\n", "drop schema other;\n")
        .migration("5_nest", "create table nest (id integer);\n", "drop table nest;\n");
    let run = on(&project, &database);
    expect![[r#"
        $ dunlin squash 2..3
        --- stderr
        error: refused: the migrations run one after another, and put together they do not: versions/6_squash_of_2_to_3.up.sql:8:37: unsafe use of new value "large" of enum type size (55P04)
            |
          8 | create table egg (size size default 'large');
            |                                     ^
            hint: New enum values must be committed before they can be used.
            statement 2 of 3 failed on a scratch database
        hint: nothing was written; take the migration out of the range that is in the way, or try `--compact`, which plans the statements anew where there are no rows to keep
        --- exit 3

        $ dunlin squash 4..5
        --- stderr
        error: refused: the migrations run one after another, and put together they do not: versions/6_squash_of_4_to_5.down.sql:2:1: table "nest" does not exist (42P01)
            |
          2 | drop table nest;
            | ^^^^^^^^^^^^^^^
            statement 1 of 2 failed on a scratch database
        hint: nothing was written; take the migration out of the range that is in the way, or try `--compact`, which plans the statements anew where there are no rows to keep
        --- exit 3

        $ dunlin squash 4..5 --compact
        wrote versions/6_squash_of_4_to_5.up.sql
        wrote versions/6_squash_of_4_to_5.down.sql
        --- stderr
        it stands for 2 migrations, and was proved to make the same schema
        hint: databases in the middle go on with the original files; when none is, `dunlin squash --prune 6` deletes them
        --- exit 0
    "#]].assert_eq(&["squash 2..3", "squash 4..5", "squash 4..5 --compact"].map(run).join("\n"));
    assert!(!project.files().iter().any(|file| file.contains("squash_of_2")), "{:?}", project.files());
}

#[test]
fn a_setting_for_one_transaction_holds_where_a_squash_has_none() {
    let Some(database) = Database::postgres() else { return };
    let project = Project::new();
    project
        .migration(
            "1_functions",
            "set local check_function_bodies = off;
create function even(n int) returns bool language sql as 'select n = 0 or odd(n - 1)';
create function odd(n int) returns bool language sql as 'select n <> 0 and even(n - 1)';\n",
            "drop function even;\ndrop function odd;\n",
        )
        .migration("2_bird", "create table bird (name text);\n", "drop table bird;\n")
        .migration(
            "3_index",
            "-- dunlin: transaction none\ncreate index concurrently by_name on bird (name);\n",
            "drop index by_name;\n",
        );
    let run = on(&project, &database);
    let mut session = vec![run("squash 1..3 --id 4 -m short --compact"), project.read("versions/4_short.up.sql")];
    project.remove("versions/4_short.up.sql").remove("versions/4_short.down.sql");
    session.extend([run("squash 1..3 --id 4 -m all"), project.read("versions/4_all.up.sql")]);
    session.extend(["up -q", "verify --schema"].map(run));
    expect![[r#"
        $ dunlin squash 1..3 --id 4 -m short --compact
        wrote versions/4_short.up.sql
        wrote versions/4_short.down.sql
        --- stderr
        it stands for 3 migrations, and was proved to make the same schema
        hint: databases in the middle go on with the original files; when none is, `dunlin squash --prune 4` deletes them
        --- exit 0

        -- dunlin: revises base
        -- dunlin: replaces 1, 2, 3
        -- dunlin: transaction none

        set check_function_bodies = off;

        create table public.bird (
            name text
        );
        CREATE INDEX by_name ON public.bird USING btree (name);

        CREATE OR REPLACE FUNCTION public.odd(n integer)
         RETURNS boolean
         LANGUAGE sql
        AS $function$select n <> 0 and even(n - 1)$function$;

        CREATE OR REPLACE FUNCTION public.even(n integer)
         RETURNS boolean
         LANGUAGE sql
        AS $function$select n = 0 or odd(n - 1)$function$;

        $ dunlin squash 1..3 --id 4 -m all
        wrote versions/4_all.up.sql
        wrote versions/4_all.down.sql
        --- stderr
        it stands for 3 migrations, and was proved to make the same schema
        hint: databases in the middle go on with the original files; when none is, `dunlin squash --prune 4` deletes them
        note: versions/1_functions.up.sql:1 holds for all that comes behind it in the squash: set local check_function_bodies = off
        --- exit 0

        -- dunlin: revises base
        -- dunlin: replaces 1, 2, 3
        -- dunlin: transaction none

        -- 1_functions
        set check_function_bodies = off;
        create function even(n int) returns bool language sql as 'select n = 0 or odd(n - 1)';
        create function odd(n int) returns bool language sql as 'select n <> 0 and even(n - 1)';

        -- 2_bird
        create table bird (name text);

        -- 3_index
        create index concurrently by_name on bird (name);

        $ dunlin up -q
        1 migration applied, the database is at 4_all
        --- exit 0

        $ dunlin verify --schema
        the files of 4 migrations are in order
        the history agrees with them
        the schema is what the applied migrations make
        --- exit 0
    "#]].assert_eq(&session.join("\n"));
}
