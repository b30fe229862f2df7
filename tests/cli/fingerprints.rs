//! `lock --fingerprint`, and what `verify --fingerprint` and `check` make of it.

use expect_test::expect;

use super::{birds, command, run, session};
use crate::support::database::Database;

#[test]
fn a_database_is_held_against_what_the_lock_file_notes() {
    let project = birds();
    session(
        &project,
        [
            "verify --fingerprint",
            "up -q",
            "verify --fingerprint",
            "lock --fingerprint",
            "lock --fingerprint",
            "verify --fingerprint",
        ],
        &expect![[r#"
            $ dunlin verify --fingerprint
            --- stderr
            error: there is no database `sqlite:app.db`
            hint: look at the URL; `dunlin up` makes the database
            --- exit 1

            $ dunlin up -q
            3 migrations applied, the database is at 0003_egg
            --- exit 0

            $ dunlin verify --fingerprint
            --- stderr
            error: the lock file has no fingerprint of `0001_bird` for sqlite
            hint: `dunlin lock --fingerprint` takes those that are missing; commit dunlin.lock
            --- exit 3

            $ dunlin lock --fingerprint
              sealed  0001_bird
              sealed  0002_name
              sealed  0003_egg
            3 migrations sealed in versions/dunlin.lock; commit it
            3 fingerprints noted for sqlite; commit dunlin.lock
            --- exit 0

            $ dunlin lock --fingerprint
            nothing is open: 3 migrations sealed in versions/dunlin.lock
            every migration has its fingerprint for sqlite
            --- exit 0

            $ dunlin verify --fingerprint
            the files of 3 migrations are in order
            the history agrees with them
            the schema has the fingerprints of the applied migrations
            --- exit 0
        "#]],
    );
    expect![[r#"
        # Written by dunlin; commit it. A line is a migration in order. `dunlin lock` seals the open ones,
        # and a sealed file that is edited or deleted does not compile.
        0001_bird up=b3:0d2e1bd7d522ff89f8e059fb791d08564895e6184d42b4d48ea948b690f2a9f7 down=b3:0621c14629ea5232cec6af11958b0c97a2a630a7b264dad6a053994e50246ebc parents=base schema.sqlite=790dae79,table:bird:6debf81f8d4a0f35
        0002_name up=b3:17fbdf6cf53d7ef435a09fdccacc3fb2202a9e18609c9a391a3f0722b611a0ae down=b3:f2f44417d09ffc7ee6e79bf5e9c2ad2050fc99bbb337931276f5c924703730a4 parents=0001 schema.sqlite=47a96a0c,table:bird:59b199cb2957ee37
        0003_egg up=b3:f8d5b016b1efc8b1a78c1e554ff2d74b8f25ffbc1675f9b3e657b7f06ca59bd2 down=b3:d0a2a96b1890e82c06bd326701dd1d98eda43742e0205d87b3e153b0063c941d parents=0002 schema.sqlite=fd95ec5c,table:egg:c0b6c8fda84e0a8a
    "#]].assert_eq(&project.read("versions/dunlin.lock"));
    let url = format!("sqlite://{}", project.path().join("app.db").display());
    Database::sql_at(&url, "alter table bird add column wings integer; drop table egg; create table other (a integer)");
    session(
        &project,
        ["verify --fingerprint", "verify --fingerprint --format json"],
        &expect![[r#"
        $ dunlin verify --fingerprint
        the files of 3 migrations are in order
        the history agrees with them
        the schema has not the fingerprints of the applied migrations:
          missing  table egg
          changed  table bird
        --- stderr
        note: `dunlin verify --schema` tells what differs in them, on a scratch database
        note: none of these migrations made `table other`, so nothing is said about that
        --- exit 8

        $ dunlin verify --fingerprint --format json
        {
          "version": 1,
          "database": true,
          "findings": [],
          "fingerprint": {
            "changed": [
              "table bird"
            ],
            "missing": [
              "table egg"
            ],
            "server": "sqlite",
            "strangers": [
              "table other"
            ]
          },
          "migrations": 3
        }
        --- exit 8
    "#]],
    );
}

#[test]
fn a_fingerprint_that_was_taken_behind_other_migrations_is_stale() {
    let project = birds();
    run(&project, "lock --fingerprint").expect_code(0);
    run(&project, "up -q").expect_code(0);
    let edited = "alter table bird add column name text; -- in Latin\n";
    project.file("versions/0002_name.up.sql", edited);
    session(
        &project,
        [
            "lock --accept 0002 --reason 'a comment'",
            "verify --fingerprint",
            "check --skip git",
            "lock --fingerprint",
            "verify --fingerprint",
            "check --skip git",
        ],
        &expect![[r#"
            $ dunlin lock --accept 0002 --reason 'a comment'
              accepted  0002_name
                was  [checksum]
                is   [checksum]
            written to versions/dunlin.lock; commit it, and databases heal with the next run
            --- exit 0

            $ dunlin verify --fingerprint
            --- stderr
            error: the lock file's fingerprint of `0002_name` is stale: it was taken behind other migrations
            hint: `dunlin lock --fingerprint` takes those that are missing; commit dunlin.lock
            --- exit 3

            $ dunlin check --skip git
            ok       files  3 migrations are in order
            ok       heads  `0003_egg` is the one head
            fail     seals  2 of 3 migrations have no fingerprint for sqlite, or a stale one
                0002_name
                0003_egg
                hint: `dunlin lock --fingerprint` takes them anew; commit dunlin.lock
            ok       down   every migration has a way back
            skipped  git    as `--skip` says
            ok       edits  nothing was edited after it was sealed or applied
                note: versions/0002_name.up.sql was edited after it was applied, and the lock file accepts the edit

            1 check failed, 4 passed, 1 skipped
            --- exit 3

            $ dunlin lock --fingerprint
            nothing is open: 3 migrations sealed in versions/dunlin.lock
            2 fingerprints noted for sqlite; commit dunlin.lock
            --- exit 0

            $ dunlin verify --fingerprint
            the files of 3 migrations are in order
            note: versions/0002_name.up.sql was edited after it was applied, and the lock file accepts the edit
            the schema has the fingerprints of the applied migrations
            --- exit 0

            $ dunlin check --skip git
            ok       files  3 migrations are in order
            ok       heads  `0003_egg` is the one head
            ok       seals  3 migrations are sealed
            ok       down   every migration has a way back
            skipped  git    as `--skip` says
            ok       edits  nothing was edited after it was sealed or applied
                note: versions/0002_name.up.sql was edited after it was applied, and the lock file accepts the edit

            5 checks passed, 1 skipped
            --- exit 0
        "#]],
    );
}

#[test]
fn each_kind_of_server_has_fingerprints_of_its_own() {
    let project = birds();
    let databases = [Database::postgres(), Database::mysql()].into_iter().flatten();
    for database in databases {
        let run = |line: &str| command(&project, line).variable("DATABASE_URL", database.superuser_url()).run();
        run("lock --fingerprint").expect_code(0);
        run("up -q").expect_code(0);
        run("verify --fingerprint").expect_code(0);
        database.superuser_sql("create table other (a integer)");
        run("verify --fingerprint").expect_code(0);
        database.superuser_sql("alter table egg add column stolen integer");
        let outcome = run("verify --fingerprint").expect_code(8);
        assert!(outcome.stdout.contains("changed  table"), "{}", outcome.stdout);
        database.superuser_sql("alter table egg drop column stolen");
        run("verify --fingerprint").expect_code(0);
    }
}
