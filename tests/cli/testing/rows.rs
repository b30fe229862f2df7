use expect_test::expect;

use crate::cli::{birds, session};

#[test]
fn rows_that_get_lost_are_told() {
    let project = birds();
    project
        .migration(
            "0004_size",
            "create table new_egg (id integer primary key, size integer);
insert into new_egg (id) select id from egg where id > 1;
drop table egg;
alter table new_egg rename to egg;
",
            "alter table egg drop column size;\n",
        )
        .file("tests/0004.seed.sql", "insert into egg values (1), (2);\n");
    session(
        &project,
        ["test 0004"],
        &expect![[r#"
        $ dunlin test 0004
        fail      0004_size
            the way up loses rows of `egg`: there were 2, there is 1

        1 failed
        --- exit 3
    "#]],
    );
}

#[test]
fn who_deletes_or_says_so_may_lose_rows() {
    let project = birds();
    project
        .migration("0004_fewer", "delete from bird where id > 1;\n", "select 1;\n")
        .file("tests/0004.seed.sql", "insert into bird values (1, 'owl'), (2, 'tit');\n")
        .migration(
            "0005_cache",
            "-- dunlin: allow lost-rows it is filled again\ndrop table egg;\ncreate table egg (id integer primary key, size text);\n",
            "-- dunlin: allow lost-rows it is filled again\ndrop table egg;\ncreate table egg (id integer primary key);\n",
        )
        .file("tests/0005.seed.sql", "insert into egg values (1);\n");
    session(
        &project,
        ["test"],
        &expect![[r#"
        $ dunlin test
        5 migrations passed
        --- exit 0
    "#]],
    );
}

#[test]
fn seeds_come_before_and_checks_behind() {
    let project = birds();
    project
        .migration(
            "0004_born",
            "alter table bird add column born integer;\nupdate bird set born = 1900 + id;\n",
            "alter table bird drop column born;\n",
        )
        .file("tests/0004_born.seed.sql", "insert into bird values (1, 'owl'), (2, 'tit');\n")
        .file(
            "tests/0004.check.sql",
            "-- Both are there.
select count(*) = 2 from bird;
select name, born > 1901
  from bird order by id;
select 1 from bird where name = 'emu';
select nonsense from bird;
",
        )
        .file("tests/0003.seed.sql", "insert into bird values (1, 'owl');\ninsert into brid values (2);\n")
        .file("tests/fixtures.sql", "select 1;\n");
    session(
        &project,
        ["test"],
        &expect![[r#"
        $ dunlin test
        fail      0003_egg
            the seed fails: tests/0003.seed.sql:2:13: no such table: brid (1)
              |
            2 | insert into brid values (2);
              |             ^^^^
        fail      0004_born
            tests/0004.check.sql:3:1: the check does not hold
                select name, born > 1901
                  from bird order by id
                = owl | 0
                = tit | 1
            tests/0004.check.sql:5:1: the check returns no row
                select 1 from bird where name = 'emu'
            the check fails: tests/0004.check.sql:6:8: no such column: nonsense (1)
              |
            6 | select nonsense from bird;
              |        ^^^^^^^^

        2 failed, 2 passed
        --- exit 3
    "#]],
    );
    project.remove("tests/0003.seed.sql");
    project.file("tests/0004.check.sql", "select count(*) = 2, min(born) = 1901 from bird;\n");
    session(
        &project,
        ["test -v"],
        &expect![[r#"
        $ dunlin test -v
        ok        0001_bird
        ok        0002_name
        ok        0003_egg
        ok        0004_born
        4 migrations passed
        --- stderr
        settings file  none
        database       sqlite:app.db (from DATABASE_URL)
        migrations     versions
        --- exit 0
    "#]],
    );
}

#[test]
fn a_seed_or_check_that_no_migration_has_is_an_error() {
    let project = birds();
    project
        .file("tests/0009.seed.sql", "select 1;\n")
        .file("tests/0001.chek.sql", "select 1;\n")
        .file("elsewhere/0001.seed.sql", "\n")
        .file("elsewhere/0002.check.sql", "select 1;\nupdate bird set id = 1;\n");
    session(
        &project,
        ["test", "test --tests elsewhere", "test --tests nowhere"],
        &expect![[r#"
        $ dunlin test
        --- stderr
        error: tests/0001.chek.sql: `.chek.sql` is neither `.seed.sql` nor `.check.sql`; did you mean `.check.sql`?
          tests/0009.seed.sql: no migration is called `0009`; did you mean `0003`?
        --- exit 3

        $ dunlin test --tests elsewhere
        --- stderr
        error: elsewhere/0001.seed.sql: the file has no statement
          elsewhere/0002.check.sql:2:1: a check asks, and `update` does not; rows that are to be there stand in the seed file
        hint: delete it, or write the statement; `select 1;` does nothing
        --- exit 3

        $ dunlin test --tests nowhere
        --- stderr
        error: there is no folder `nowhere` of tests
        --- exit 1
    "#]],
    );
    project.file("dunlin.toml", "tests = \"seeds\"\n").file("seeds/0002.check.sql", "select 0;\n");
    session(
        &project,
        ["test"],
        &expect![[r#"
        $ dunlin test
        fail      0002_name
            seeds/0002.check.sql:1:1: the check does not hold
                select 0
                = 0

        1 failed, 2 passed
        --- exit 3
    "#]],
    );
}
