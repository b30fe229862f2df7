//! `new --auto --online`: nothing that is there is locked for as long as it is large.

use expect_test::expect;

use super::{birds, command, on, shown};
use crate::support::database::Database;
use crate::support::project::Project;

/// Returns the texts of new migrations, each under its name.
fn texts(project: &Project) -> String {
    let is_new = |name: &&String| name.as_str() > "versions/0004" && !name.contains("dunlin.lock");
    project.files().iter().filter(is_new).map(|name| format!("== {name}\n{}", project.read(name))).collect()
}

#[test]
#[expect(clippy::too_many_lines, reason = "the files are looked at as a whole")]
fn postgresql_takes_its_online_forms_in_several_migrations() {
    let Some(database) = Database::postgres() else { return };
    let project = birds();
    project.file(
        "schema.sql",
        "create table bird (id integer primary key, name text not null, constraint bird_name_key unique (name));
create table egg (id integer primary key, bird integer not null references bird on delete cascade);
create index egg_by_bird on egg (bird);
create table nest (id integer primary key, bird integer references bird);
create index nest_by_bird on nest (bird);
",
    );
    let run = on(&project, &database);
    let mut session = vec![run("up -q"), run("new --auto --online -m 'Nests'"), texts(&project)];
    session.extend(
        ["new --auto --online -m again", "up -q", "verify --schema", "down 0003 --yes -q", "verify --schema"].map(run),
    );
    expect![[r#"
        $ dunlin up -q
        3 migrations applied, the database is at 0003_egg
        --- exit 0

        $ dunlin new --auto --online -m Nests
        wrote versions/0004_nests_1_of_5.up.sql
        wrote versions/0004_nests_1_of_5.down.sql
        wrote versions/0005_nests_2_of_5.up.sql
        wrote versions/0005_nests_2_of_5.down.sql
        wrote versions/0006_nests_3_of_5.up.sql
        wrote versions/0006_nests_3_of_5.down.sql
        wrote versions/0007_nests_4_of_5.up.sql
        wrote versions/0007_nests_4_of_5.down.sql
        wrote versions/0008_nests_5_of_5.up.sql
        wrote versions/0008_nests_5_of_5.down.sql
        --- stderr
        note: it was proved without rows in `bird` and `egg`: none that can be made up fit
        the first revises `0003_egg`
        --- exit 0

        == versions/0004_nests_1_of_5.down.sql
        -- loses data: column egg.bird is dropped
        -- loses data: table nest is dropped

        alter table public.egg drop column bird;

        drop table public.nest;
        == versions/0004_nests_1_of_5.up.sql
        -- Nests (1 of 5)
        -- dunlin: revises 0003

        create table public.nest (
            id integer not null,
            bird integer,
            constraint nest_pkey PRIMARY KEY (id),
            constraint nest_bird_fkey FOREIGN KEY (bird) REFERENCES public.bird(id)
        );
        CREATE INDEX nest_by_bird ON public.nest USING btree (bird);

        alter table public.egg add column bird integer;
        alter table public.egg add constraint egg_bird_fkey FOREIGN KEY (bird) REFERENCES public.bird(id) ON DELETE CASCADE not valid;
        == versions/0005_nests_2_of_5.down.sql
        -- dunlin: transaction none

        drop index concurrently public.egg_by_bird;

        drop index concurrently public.bird_name_key;
        == versions/0005_nests_2_of_5.up.sql
        -- Nests (2 of 5)
        -- dunlin: revises 0004
        -- dunlin: transaction none
        -- may fail: unique constraint bird.bird_name_key must hold for every row that is there

        create unique index concurrently bird_name_key on public.bird (name);

        CREATE INDEX CONCURRENTLY egg_by_bird ON public.egg USING btree (bird);
        == versions/0006_nests_3_of_5.down.sql
        alter table public.egg drop constraint bird_is_set;

        alter table public.bird drop constraint name_is_set;
        == versions/0006_nests_3_of_5.up.sql
        -- Nests (3 of 5)
        -- dunlin: revises 0005

        -- rows that have no value need one here; from now on none is written without:
        -- update public.bird set name = … where name is null;
        -- update public.egg set bird = … where bird is null;
        alter table public.bird add constraint name_is_set check (name is not null) not valid;

        alter table public.egg add constraint bird_is_set check (bird is not null) not valid;
        == versions/0007_nests_4_of_5.down.sql
        alter table public.egg
            drop constraint egg_bird_fkey,
            drop constraint bird_is_set;

        alter table public.bird
            drop constraint name_is_set,
            add constraint name_is_set CHECK (name IS NOT NULL) NOT VALID;

        alter table public.egg
            add constraint bird_is_set CHECK (bird IS NOT NULL) NOT VALID,
            add constraint egg_bird_fkey FOREIGN KEY (bird) REFERENCES public.bird(id) ON DELETE CASCADE NOT VALID;
        == versions/0007_nests_4_of_5.up.sql
        -- Nests (4 of 5)
        -- dunlin: revises 0006
        -- may fail: bird.name must have no nulls
        -- may fail: egg.bird must have no nulls
        -- may fail: foreign key egg.egg_bird_fkey must hold for every row that is there

        alter table public.bird validate constraint name_is_set;

        alter table public.egg validate constraint bird_is_set;
        alter table public.egg validate constraint egg_bird_fkey;
        == versions/0008_nests_5_of_5.down.sql
        -- dunlin: transaction none
        -- may fail: index bird_name_key must hold for every row that is there
        -- may fail: check bird.name_is_set must hold for every row that is there
        -- may fail: check egg.bird_is_set must hold for every row that is there

        alter table public.bird
            drop constraint bird_name_key,
            alter column name drop not null;

        alter table public.egg alter column bird drop not null;

        alter table public.bird add constraint name_is_set CHECK (name IS NOT NULL) not valid;

        alter table public.egg add constraint bird_is_set CHECK (bird IS NOT NULL) not valid;

        CREATE UNIQUE INDEX CONCURRENTLY bird_name_key ON public.bird USING btree (name);
        alter table public.bird validate constraint name_is_set;

        alter table public.egg validate constraint bird_is_set;
        == versions/0008_nests_5_of_5.up.sql
        -- Nests (5 of 5)
        -- dunlin: revises 0007

        alter table public.bird alter column name set not null;
        alter table public.bird drop constraint name_is_set;
        alter table public.bird add constraint bird_name_key unique using index bird_name_key;

        alter table public.egg alter column bird set not null;
        alter table public.egg drop constraint bird_is_set;

        $ dunlin new --auto --online -m again
        nothing to write: the migrations make what schema.sql declares
        --- exit 0

        $ dunlin up -q
        5 migrations applied, the database is at 0008_nests_5_of_5
        --- exit 0

        $ dunlin verify --schema
        the files of 8 migrations are in order
        the history agrees with them
        the schema is what the applied migrations make
        --- exit 0

        $ dunlin down 0003 --yes -q
        5 migrations reverted, the database is at 0003_egg
        --- exit 0

        $ dunlin verify --schema
        the files of 8 migrations are in order
        the history agrees with them
        the schema is what the applied migrations make
        --- exit 0
    "#]]
    .assert_eq(&session.join("\n"));
}

#[test]
fn what_cannot_be_done_online_is_refused_by_name() {
    let Some(database) = Database::postgres() else { return };
    let project = birds();
    project.file(
        "schema.sql",
        "create table bird (id bigint primary key, name text, seen uuid default gen_random_uuid());
create table egg (id integer primary key);
",
    );
    project.file("dunlin.toml", "[schema]\nonline = true\n");
    let run = on(&project, &database);
    let mut session: Vec<String> =
        ["new --auto -m Wider", "new --auto -m Wider --format json", "new --auto -m Wider --allow lock-table"]
            .map(run)
            .into();
    session.push(texts(&project));
    expect![[r#"
        $ dunlin new --auto -m Wider
        --- stderr
        error: refused: it would lock tables for as long as they are large
          column bird.id becomes bigint in every row while nothing can read or write bird
          column bird.seen is filled in every row while nothing can read or write bird
        hint: write by hand what does it in steps, or leave `--online` out
        hint: `--allow lock-table` says that it is meant
        --- exit 9

        $ dunlin new --auto -m Wider --format json
        {
          "version": 1,
          "error": {
            "exit": 9,
            "hints": [
              "write by hand what does it in steps, or leave `--online` out",
              "`--allow lock-table` says that it is meant"
            ],
            "kind": "locks-tables",
            "message": "refused: it would lock tables for as long as they are large\ncolumn bird.id becomes bigint in every row while nothing can read or write bird\ncolumn bird.seen is filled in every row while nothing can read or write bird"
          }
        }
        --- stderr
        error: refused: it would lock tables for as long as they are large
          column bird.id becomes bigint in every row while nothing can read or write bird
          column bird.seen is filled in every row while nothing can read or write bird
        hint: write by hand what does it in steps, or leave `--online` out
        hint: `--allow lock-table` says that it is meant
        --- exit 9

        $ dunlin new --auto -m Wider --allow lock-table
        wrote versions/0004_wider.up.sql
        wrote versions/0004_wider.down.sql
        --- stderr
        it revises `0003_egg`
        --- exit 0

        == versions/0004_wider.down.sql
        -- loses data: column bird.seen is dropped
        -- may fail: bird.id must have no value that is none of integer
        -- locks table: column bird.id becomes integer in every row while nothing can read or write bird

        alter table public.bird
            drop column seen,
            alter column id type integer;
        == versions/0004_wider.up.sql
        -- Wider
        -- dunlin: revises 0003
        -- locks table: column bird.id becomes bigint in every row while nothing can read or write bird
        -- locks table: column bird.seen is filled in every row while nothing can read or write bird

        alter table public.bird
            alter column id type bigint,
            add column seen uuid default gen_random_uuid();
    "#]].assert_eq(&session.join("\n"));
}

#[test]
fn mysql_refuses_rather_than_copies() {
    let Some(database) = Database::mysql() else { return };
    let project = birds();
    let run = on(&project, &database);
    let declare = |id: &str, more: &str| {
        let bird = format!("create table bird (id {id} primary key, name text{more});\n");
        project.file("schema.sql", bird + "create table egg (id integer primary key);\n");
    };
    declare("integer", ", age integer, key by_age (age)");
    let mut session = vec![run("new --auto --online -m Ages"), texts(&project), run("up -q"), run("verify --schema")];
    declare("bigint", ", age integer, key by_age (age)");
    session.push(run("new --auto --online -m Wider"));
    declare("integer", ", age integer, key by_age (age), born date");
    session.push(run("new --auto --online -m Births"));
    session.push(project.read("versions/0005_births.up.sql"));
    expect![[r#"
        $ dunlin new --auto --online -m Ages
        wrote versions/0004_ages.up.sql
        wrote versions/0004_ages.down.sql
        --- stderr
        it revises `0003_egg`
        --- exit 0

        == versions/0004_ages.down.sql
        -- loses data: column bird.age is dropped

        alter table `bird`
          drop key `by_age`,
          drop column `age`,
          algorithm=inplace, lock=none;
        == versions/0004_ages.up.sql
        -- Ages
        -- dunlin: revises 0003

        alter table `bird`
          add column `age` int(11) DEFAULT NULL,
          add KEY `by_age` (`age`),
          algorithm=inplace, lock=none;

        $ dunlin up -q
        4 migrations applied, the database is at 0004_ages
        --- exit 0

        $ dunlin verify --schema
        the files of 4 migrations are in order
        the history agrees with them
        the schema is what the applied migrations make
        --- exit 0

        $ dunlin new --auto --online -m Wider
        --- stderr
        error: refused: it would lock tables for as long as they are large
          table bird is locked while it is copied, for the server says: ALGORITHM=INPLACE is not supported. Reason: Cannot change column type. Try ALGORITHM=COPY
        hint: write by hand what does it in steps, or leave `--online` out
        hint: `--allow lock-table` says that it is meant
        --- exit 9

        $ dunlin new --auto --online -m Births
        wrote versions/0005_births.up.sql
        wrote versions/0005_births.down.sql
        --- stderr
        it revises `0004_ages`
        --- exit 0

        -- Births
        -- dunlin: revises 0004

        alter table `bird` add column `born` date DEFAULT NULL,
          algorithm=instant;
    "#]].assert_eq(&session.join("\n"));
}

#[test]
fn what_loses_values_and_locks_says_both() {
    let Some(database) = Database::mysql() else { return };
    let project = birds();
    project.migration("0004_nest", "create table nest (id integer primary key, high bigint);\n", "drop table nest;\n");
    project.file(
        "schema.sql",
        "create table bird (id integer primary key, name text);\ncreate table egg (id integer primary key);\n\
         create table nest (id integer primary key, high smallint);\n",
    );
    let run = on(&project, &database);
    let session = ["new --auto --online lower", "new --auto --online lower --allow narrow-type,lock-table"].map(run);
    expect![[r#"
        $ dunlin new --auto --online lower
        --- stderr
        error: refused: the way up loses data and locks tables
          column nest.high becomes smallint(6), which may not hold all its values
          table nest is locked while it is copied, for the server says: ALGORITHM=INPLACE is not supported. Reason: Cannot change column type. Try ALGORITHM=COPY
        hint: `--allow narrow-type,lock-table` says that it is meant
        --- exit 9

        $ dunlin new --auto --online lower --allow narrow-type,lock-table
        wrote versions/0005_lower.up.sql
        wrote versions/0005_lower.down.sql
        --- stderr
        it revises `0004_nest`
        --- exit 0
    "#]].assert_eq(&session.join("\n"));
}

#[test]
fn sqlite_has_one_form_for_everything() {
    let project = birds();
    project.file("schema.sql", "create table bird (id integer primary key, name text);\ncreate table egg (id integer primary key);\ncreate index by_name on bird (name);\n");
    let run = |line: &str| shown(&command(&project, line).variable("DATABASE_URL", "sqlite:app.db").run());
    let session = [run("new --auto --online -m Index"), texts(&project)];
    expect![[r#"
        $ dunlin new --auto --online -m Index
        wrote versions/0004_index.up.sql
        wrote versions/0004_index.down.sql
        --- stderr
        it revises `0003_egg`
        --- exit 0

        == versions/0004_index.down.sql
        drop index by_name;
        == versions/0004_index.up.sql
        -- Index
        -- dunlin: revises 0003

        create index by_name on bird (name);
    "#]]
    .assert_eq(&session.join("\n"));
}
