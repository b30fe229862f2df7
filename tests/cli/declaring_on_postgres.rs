//! `new --auto`, `diff`, `check` and `verify` on PostgreSQL.

use expect_test::expect;

use super::{birds, on};
use crate::support::database::Database;
use crate::support::project::Project;

const SCHEMA: &str = "create type size as enum ('small', 'large');
create table bird (id integer primary key, name varchar(20) not null check (name in ('owl', 'tit')), size size default 'small');
create table egg (id integer primary key, bird integer references bird on delete cascade);
create index egg_by_bird on egg (bird);
create view nest as select egg.id, bird.name from egg join bird on bird.id = egg.bird;
";

#[test]
fn a_schema_is_declared_written_compared_and_watched_over() {
    let Some(database) = Database::postgres() else { return };
    let project = birds();
    project.file("schema.sql", SCHEMA);
    let run = on(&project, &database);
    let mut session: Vec<String> =
        ["diff", "new --auto -m 'Nests'", "new --auto -m again", "diff", "up -q", "verify --schema"].map(&run).into();
    session.push(project.read("versions/0004_nests.up.sql"));
    session.push(project.read("versions/0004_nests.down.sql"));
    database.superuser_sql("alter table egg add column stolen boolean; drop view nest; create table other (a int)");
    session.push(run("verify --schema"));
    session.push(run("rebuild bird"));
    expect![[r#"
        $ dunlin diff
        + enum size
        ~ table bird
            ~ column bird.name
                + not null: yes
                - type: text
                + type: character varying(20)
            + column bird.size: public.size
            + check bird.bird_name_check: CHECK (name::text = ANY (ARRAY['owl'::character varying::text, 'tit'::character varying::text]))
        ~ table egg
            + column egg.bird: integer
            + index egg_by_bird: CREATE INDEX egg_by_bird ON public.egg USING btree (bird)
            + foreign key egg.egg_bird_fkey: FOREIGN KEY (bird) REFERENCES public.bird(id) ON DELETE CASCADE
        + view nest
        --- exit 0

        $ dunlin new --auto -m Nests
        wrote versions/0004_nests.up.sql
        wrote versions/0004_nests.down.sql
        --- stderr
        note: it was proved without rows in `bird` and `egg`: none that can be made up fit
        it revises `0003_egg`
        --- exit 0

        $ dunlin new --auto -m again
        nothing to write: the migrations make what schema.sql declares
        --- exit 0

        $ dunlin diff
        there is no difference
        --- exit 0

        $ dunlin up -q
        4 migrations applied, the database is at 0004_nests
        --- exit 0

        $ dunlin verify --schema
        the files of 4 migrations are in order
        the history agrees with them
        the schema is what the applied migrations make
        --- exit 0

        -- Nests
        -- dunlin: revises 0003
        -- may fail: bird.name must have no value that is none of character varying(20)
        -- may fail: bird.name must have no nulls
        -- may fail: check bird.bird_name_check must hold for every row that is there
        -- may fail: foreign key egg.egg_bird_fkey must hold for every row that is there

        alter table public.bird
            alter column name type character varying(20),
            alter column name set not null;

        create type public.size as enum ('small', 'large');

        alter table public.bird
            add column size public.size default 'small'::public.size,
            add constraint bird_name_check CHECK (name::text = ANY (ARRAY['owl'::character varying::text, 'tit'::character varying::text]));

        alter table public.egg
            add column bird integer,
            add constraint egg_bird_fkey FOREIGN KEY (bird) REFERENCES public.bird(id) ON DELETE CASCADE;
        CREATE INDEX egg_by_bird ON public.egg USING btree (bird);

        create or replace view public.nest as
         SELECT egg.id,
            bird.name
           FROM public.egg
             JOIN public.bird ON bird.id = egg.bird;

        -- loses data: column egg.bird is dropped
        -- loses data: column bird.size is dropped

        drop view public.nest;

        alter table public.bird drop constraint bird_name_check;

        alter table public.egg drop column bird;

        alter table public.bird drop column size;

        drop type public.size;

        alter table public.bird
            alter column name type text,
            alter column name drop not null;

        $ dunlin verify --schema
        the files of 4 migrations are in order
        the history agrees with them
        the schema is not what the applied migrations make; `+` is there and should not be, `-` should be there:
          ~ table egg
              + column egg.stolen: boolean
          - view nest
        --- stderr
        note: none of these migrations made `table other`, so nothing is said about that
        --- exit 8

        $ dunlin rebuild bird
        --- stderr
        error: only tables of SQLite are rebuilt: the other engines alter them in their place
        --- exit 1
    "#]].assert_eq(&session.join("\n"));
}

#[test]
fn what_loses_data_must_be_allowed_and_what_is_not_planned_is_named() {
    let Some(database) = Database::postgres() else { return };
    let project = birds();
    let run = on(&project, &database);
    let mut session = Vec::new();
    project.file("schema.sql", "create table bird (id integer primary key);\n");
    session.push(run("new --auto -m 'No eggs'"));
    project.file(
        "schema.sql",
        "create table bird (id integer primary key, name uuid);\ncreate table egg (id integer primary key);\n",
    );
    session.push(run("new --auto -m 'Names are numbers'"));
    project.file("schema.sql", "create table bird (id integer primary key, name text);\ncreate table egg (id integer primary key);\ncreate publication all_eggs for table egg;\n");
    session.push(run("new --auto -m 'Eggs are published'"));
    project.file(
        "schema.sql",
        "create table birds (id integer primary key, name uuid);\ncreate table egg (id integer primary key);\n",
    );
    session.push(run("new --auto -m 'Many birds'"));
    project.file("schema.sql", "create table bird (id integer primary key, name txt);\n");
    session.push(run("new --auto -m 'A slip'"));
    project.file("schema.sql", "create table a (id integer primary key, b integer references b);\ncreate table b (id integer primary key, a integer references a);\n");
    session.push(run("new --auto -m 'A circle'"));
    expect![[r#"
        $ dunlin new --auto -m 'No eggs'
        --- stderr
        error: refused: the way up loses data
          column bird.name is dropped
          table egg is dropped
        hint: `--allow drop-table,drop-column` says that it is meant
        --- exit 9

        $ dunlin new --auto -m 'Names are numbers'
        wrote versions/0004_names_are_numbers.up.sql
        wrote versions/0004_names_are_numbers.down.sql
        --- stderr
        note: it was proved without rows in `bird`: none that can be made up fit
        it revises `0003_egg`
        --- exit 0

        $ dunlin new --auto -m 'Eggs are published'
        --- stderr
        error: refused: publication all_eggs: it is to be made — things of its kind are not planned
        hint: write its migration by hand, or name it in `ignore`
        --- exit 3

        $ dunlin new --auto -m 'Many birds'
        --- stderr
        error: refused: the way up loses data
          table bird is dropped
        hint: if it is a rename, say so in the schema: `-- dunlin: rename table bird -> birds`
        hint: `--allow drop-table` says that it is meant
        --- exit 9

        $ dunlin new --auto -m 'A slip'
        --- stderr
        error: schema.sql:1:49: type "txt" does not exist
            |
          1 | create table bird (id integer primary key, name txt);
            |                                                 ^^^
        --- exit 3

        $ dunlin new --auto -m 'A circle'
        --- stderr
        error: schema.sql:1:1: relation "b" does not exist
        hint: another statement makes that, and waits for this one: where tables refer to each other, add one of the foreign keys behind both, with `alter table … add foreign key`
        --- exit 3
    "#]]
    .assert_eq(&session.join("\n"));
}

#[test]
fn a_migration_that_reaches_out_of_its_database_is_not_replayed_beside_it() {
    let Some(database) = Database::postgres() else { return };
    let project = birds();
    project.file(
        "versions/0004_roles.up.sql",
        "-- dunlin: revises 0003\n\ncreate table nest (id int);\ncreate role keeper;\n",
    );
    project.file("versions/0004_roles.down.sql", "drop role keeper;\ndrop table nest;\n");
    project.file("schema.sql", SCHEMA);
    let run = on(&project, &database);
    expect![[r#"
        $ dunlin diff
        --- stderr
        error: 0004_roles.up.sql:4: this cannot be replayed beside the database: a role stands beside the database, not in it
        hint: set `scratch-url` under `[schema]` in dunlin.toml to a server that is there for this: migrations may do there what they like
        --- exit 3
    "#]].assert_eq(&run("diff"));
}

#[test]
fn a_definition_of_several_lines_stands_below_its_sign() {
    let Some(database) = Database::postgres() else { return };
    let project = birds();
    project.migration("0004_nest", "create view nest as select id from egg;\n", "drop view nest;\n");
    let tables = "create table bird (id integer primary key, name text);\ncreate table egg (id integer primary key);\n";
    project.file("schema.sql", format!("{tables}create view nest as select id from egg where id > 1;\n"));
    let run = on(&project, &database);
    let mut session = vec![run("diff"), run("up -q")];
    database.superuser_sql("create or replace view nest as select id from egg where id > 2");
    session.push(run("verify --schema"));
    session.push(run("schema"));
    expect![[r#"
        $ dunlin diff
        ~ view nest
            - definition:  SELECT egg.id
                   FROM public.egg
            + definition:  SELECT egg.id
                   FROM public.egg
                  WHERE egg.id > 1
        --- exit 0

        $ dunlin up -q
        4 migrations applied, the database is at 0004_nest
        --- exit 0

        $ dunlin verify --schema
        the files of 4 migrations are in order
        the history agrees with them
        the schema is not what the applied migrations make; `+` is there and should not be, `-` should be there:
          ~ view nest
              - definition:  SELECT egg.id
                     FROM public.egg
              + definition:  SELECT egg.id
                     FROM public.egg
                    WHERE egg.id > 2
        --- exit 8

        $ dunlin schema
        table bird
            id    integer  primary key
            name  text
            primary key bird_pkey: PRIMARY KEY (id)
        table egg
            id  integer  primary key
            primary key egg_pkey: PRIMARY KEY (id)
        view nest
        --- exit 0
    "#]]
    .assert_eq(&session.join("\n"));
}

#[test]
fn functions_that_mention_each_other_stand_behind_a_setting() {
    let Some(database) = Database::postgres() else { return };
    let project = Project::new();
    let functions = "create function even(n int) returns bool language sql as 'select n = 0 or odd(n - 1)';
create function odd(n int) returns bool language sql as 'select n <> 0 and even(n - 1)';
";
    project.file("versions/.keep", "").file("schema.sql", functions);
    let run = on(&project, &database);
    let refused = run("new --auto -m functions");
    project.file("schema.sql", format!("set check_function_bodies = off;\n{functions}"));
    let session = [refused, run("new --auto -m functions -q"), run("up -q"), run("down -q")];
    expect![[r#"
        $ dunlin new --auto -m functions
        --- stderr
        error: schema.sql:1:75: function odd(integer) does not exist
            |
          1 | create function even(n int) returns bool language sql as 'select n = 0 or odd(n - 1)';
            |                                                                           ^^^
        hint: bodies may mention each other, and what stands in no order, behind `set check_function_bodies = off;`
        --- exit 3

        $ dunlin new --auto -m functions -q
        wrote versions/[id]_functions.up.sql
        wrote versions/[id]_functions.down.sql
        --- exit 0

        $ dunlin up -q
        1 migration applied, the database is at [id]_functions
        --- exit 0

        $ dunlin down -q
        1 migration reverted, the database is at base
        --- exit 0
    "#]]
    .assert_eq(&session.join("\n"));
}
