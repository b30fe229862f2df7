//! Scratch databases when their work is told to stop: they are dropped, by every verb that makes them.

use std::time::{Duration, Instant};

use dunlin_core::dialect::Dialect;

use super::locking::{dunlin, until};
use crate::support::command::{Outcome, Running};
use crate::support::database::Database;
use crate::support::project::Project;
use crate::support::servers::Killable;

/// What is said when there are none left.
const DROPPED: &str = "error: interrupted; the scratch databases are dropped, and nothing was written\n";
/// How soon a verb has ended that was told to, on a machine that may have much else to do.
const SOON: Duration = Duration::from_secs(8);

/// Makes a project whose second migration takes a minute, and whose schema.sql declares more than both make.
fn slow(dialect: Dialect) -> Project {
    let sleeps = match dialect {
        Dialect::Postgres => "select pg_sleep(58.41);\n",
        Dialect::Mysql => "select sleep(58.41);\n",
        Dialect::Sqlite => {
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < 180000000) select count(*) from n;\n"
        }
    };
    let project = bird();
    project.migration("2_slow", sleeps, "select 1;\n");
    project
}

/// Makes a project whose schema.sql declares more than its migration makes.
fn bird() -> Project {
    let project = Project::new();
    project
        .migration("1_bird", "create table bird (id integer primary key);\n", "drop table bird;\n")
        .file("schema.sql", "create table bird (id integer primary key);\ncreate table egg (id integer primary key);\n")
        .file("dunlin.toml", "[schema]\ncache = false\n");
    project
}

/// Waits until the slow statement runs in a scratch database.
fn until_it_runs(running: &mut Running, database: &Database) {
    let sleepers = match database.dialect {
        Dialect::Sqlite => return std::thread::sleep(Duration::from_millis(700)),
        Dialect::Postgres => SLEEPERS,
        Dialect::Mysql => {
            "select id from information_schema.processlist where info like '%sleep(58.41)%' and db like 'dunlin\\_scratch%'"
        }
    };
    until("the statement runs", || {
        assert!(running.wait(Duration::ZERO).is_none(), "it has ended: {}", running.kill().snapshot());
        !database.superuser_sql(sleepers).is_empty()
    });
}

const SLEEPERS: &str =
    "select pid from pg_stat_activity where query like '%sleep(58.41)%' and datname like 'dunlin\\_scratch%'";

/// The scratch databases that others left on a server.
struct There(Vec<String>);

impl There {
    fn before(database: &Database) -> There {
        There(scratch_databases(database))
    }

    fn nothing_is_left(&self, database: &Database) {
        let mut left = scratch_databases(database);
        left.retain(|name| !self.0.contains(name));
        assert_eq!(left, Vec::<String>::new());
    }
}

/// Returns the names of all scratch databases on a server.
fn scratch_databases(database: &Database) -> Vec<String> {
    let all = match database.dialect {
        Dialect::Sqlite => return Vec::new(),
        Dialect::Postgres => "select datname from pg_database where datname like 'dunlin\\_scratch%'",
        Dialect::Mysql => {
            "select schema_name from information_schema.schemata where schema_name like 'dunlin\\_scratch%'"
        }
    };
    database.superuser_sql(all).lines().map(|line| line.trim().to_owned()).collect()
}

/// Tells a verb to stop, and makes sure that it does so soon.
fn stopped(running: Running, signal: &str) -> Outcome {
    let told = Instant::now();
    running.signal(signal);
    let outcome = running.finish().expect_code(130);
    assert!(told.elapsed() < SOON, "it took {:?}: {}", told.elapsed(), outcome.snapshot());
    outcome
}

/// Returns a server for one test where others make scratch databases at the same time.
fn alone(dialect: Dialect) -> Option<(Option<Killable>, Database)> {
    if dialect == Dialect::Sqlite {
        return Some((None, Database::sqlite()));
    }
    let server = Killable::new(dialect)?;
    let database = Database::on(dialect, &server.address);
    Some((Some(server), database))
}

engines! {
    async fn every_verb_that_is_interrupted_drops_its_scratch_databases(database: &Database) {
        let Some((_server, database)) = alone(database.dialect) else { return };
        let (project, url) = (slow(database.dialect), database.superuser_url());
        let (before, there) = (project.files(), There::before(&database));
        let verbs = ["new --auto -m egg", "diff", "check", "schema dump", "lock --fingerprint", "squash -m all", "test"];
        for (verb, signal) in verbs.into_iter().zip(["INT", "TERM"].into_iter().cycle()) {
            let mut running = dunlin(&project, &url, verb).start();
            until_it_runs(&mut running, &database);
            let outcome = stopped(running, signal);
            assert_eq!(outcome.stderr, DROPPED, "{verb}: {}", outcome.snapshot());
            assert_eq!((&*outcome.stdout, project.files()), ("", before.clone()), "{verb}");
            there.nothing_is_left(&database);
        }
        dunlin(&project, &url, "stamp 2").run().expect_code(0);
        let mut running = dunlin(&project, &url, "verify --schema").start();
        until_it_runs(&mut running, &database);
        assert_eq!(stopped(running, "INT").stderr, DROPPED);
        there.nothing_is_left(&database);
    }

    async fn a_statement_of_schema_sql_is_given_up_too(database: &Database) {
        let Some((_server, database)) = alone(database.dialect) else { return };
        let (project, url, there) = (Project::new(), database.superuser_url(), There::before(&database));
        // What it makes is slow to make.
        let schema = match database.dialect {
            Dialect::Postgres => "create materialized view nest as select pg_sleep(58.41)::text as n;\n",
            Dialect::Mysql => "create table nest (id int) as select sleep(58.41) as id;\n",
            Dialect::Sqlite => {
                "create table nest as with recursive n(i) as (select 1 union all select i + 1 from n where i < 180000000)
                     select count(*) as id from n;\n"
            }
        };
        project.file("schema.sql", schema).file("dunlin.toml", "[schema]\ncache = false\n");
        let mut running = dunlin(&project, &url, "new --auto -m nest").start();
        until_it_runs(&mut running, &database);
        let outcome = stopped(running, "INT");
        assert_eq!(outcome.stderr, DROPPED, "{}", outcome.snapshot());
        there.nothing_is_left(&database);
    }
}

#[test]
fn who_may_make_no_scratch_databases_is_told_which_right_is_lacking() {
    let mut said = Vec::new();
    let number = regex::Regex::new("dunlin_scratch_[0-9a-f_]+").expect("a pattern");
    for dialect in [Dialect::Postgres, Dialect::Mysql] {
        let Some(database) = Database::new(dialect) else { return };
        let mut url = url::Url::parse(&database.url).expect("a URL");
        let name = url.path().trim_start_matches('/').to_owned();
        let user = match dialect {
            Dialect::Mysql => format!("create or replace user weak identified by 'weak'; grant all on {name}.* to weak"),
            _ => format!("drop role if exists weak; create role weak login password 'weak'; grant create on database {name} to weak;
                          grant all on schema public to weak"),
        };
        database.superuser_sql(&user);
        url.set_username("weak").expect("a URL with a host");
        url.set_password(Some("weak")).expect("a URL with a host");
        let project = bird();
        dunlin(&project, url.as_str(), "up").run().expect_code(0);
        for verb in ["diff", "verify --schema", "new --auto -m egg", "test"] {
            let outcome = dunlin(&project, url.as_str(), verb).run();
            said.push(number.replace_all(&outcome.snapshot(), "[scratch]").into_owned());
        }
        let gone = if dialect == Dialect::Mysql { "drop user weak" } else { "drop owned by weak; drop role weak" };
        database.superuser_sql(gone);
    }
    expect_test::expect![[r#"
        $ dunlin diff
        --- stderr
        error: a scratch database cannot be made: permission denied to create database (42501)
        hint: as one who may, give that right to the user: alter role weak createdb
        hint: or set `scratch-url` under `[schema]` in dunlin.toml to a server that is there for this, with a user who may
        --- exit 1

        $ dunlin verify --schema
        --- stderr
        error: a scratch database cannot be made: permission denied to create database (42501)
        hint: as one who may, give that right to the user: alter role weak createdb
        hint: or set `scratch-url` under `[schema]` in dunlin.toml to a server that is there for this, with a user who may
        --- exit 1

        $ dunlin new --auto -m egg
        --- stderr
        error: a scratch database cannot be made: permission denied to create database (42501)
        hint: as one who may, give that right to the user: alter role weak createdb
        hint: or set `scratch-url` under `[schema]` in dunlin.toml to a server that is there for this, with a user who may
        --- exit 1

        $ dunlin test
        --- stderr
        error: a scratch database cannot be made: permission denied to create database (42501)
        hint: as one who may, give that right to the user: alter role weak createdb
        hint: or set `scratch-url` under `[schema]` in dunlin.toml to a server that is there for this, with a user who may
        --- exit 1

        $ dunlin diff
        --- stderr
        error: a scratch database cannot be made: Access denied for user 'weak'@'%' to database '[scratch]' (1044)
        hint: as one who may, give that right to the user: grant all on `dunlin\_scratch\_%`.* to 'weak'@'%'
        hint: or set `scratch-url` under `[schema]` in dunlin.toml to a server that is there for this, with a user who may
        --- exit 1

        $ dunlin verify --schema
        --- stderr
        error: a scratch database cannot be made: Access denied for user 'weak'@'%' to database '[scratch]' (1044)
        hint: as one who may, give that right to the user: grant all on `dunlin\_scratch\_%`.* to 'weak'@'%'
        hint: or set `scratch-url` under `[schema]` in dunlin.toml to a server that is there for this, with a user who may
        --- exit 1

        $ dunlin new --auto -m egg
        --- stderr
        error: a scratch database cannot be made: Access denied for user 'weak'@'%' to database '[scratch]' (1044)
        hint: as one who may, give that right to the user: grant all on `dunlin\_scratch\_%`.* to 'weak'@'%'
        hint: or set `scratch-url` under `[schema]` in dunlin.toml to a server that is there for this, with a user who may
        --- exit 1

        $ dunlin test
        --- stderr
        error: a scratch database cannot be made: Access denied for user 'weak'@'%' to database '[scratch]' (1044)
        hint: as one who may, give that right to the user: grant all on `dunlin\_scratch\_%`.* to 'weak'@'%'
        hint: or set `scratch-url` under `[schema]` in dunlin.toml to a server that is there for this, with a user who may
        --- exit 1
    "#]].assert_eq(&said.join("\n"));
}

#[test]
fn a_server_that_goes_away_is_no_fault_of_a_migration() {
    for dialect in [Dialect::Postgres, Dialect::Mysql] {
        let Some((Some(server), database)) = alone(dialect) else { continue };
        let (project, url) = (slow(dialect), database.superuser_url());
        for verb in ["new --auto -m egg", "diff", "test"] {
            let mut running = dunlin(&project, &url, verb).start();
            until_it_runs(&mut running, &database);
            server.kill();
            let outcome = running.finish();
            server.await_again();
            let at =
                "error: versions/2_slow.up.sql:1:1, on a scratch database: the connection to the server was lost: ";
            assert!(outcome.code == Some(1) && outcome.stderr.starts_with(at), "{}", outcome.snapshot());
            let hint = "hint: nothing was written; run it again when the server is there. A later run drops what is left of scratch databases";
            assert_eq!(outcome.stderr.lines().last(), Some(hint), "{}", outcome.snapshot());
        }
    }
}

#[test]
fn a_database_that_is_to_be_adopted_is_given_up_with_its_scratch_databases() {
    let Some((_server, database)) = alone(Dialect::Postgres) else { return };
    let (project, there) = (Project::new(), There::before(&database));
    // It is slow in scratch databases alone.
    database.superuser_sql(
        "create function slow() returns int language plpgsql as $$
             begin if current_database() like 'dunlin\\_scratch%' then perform pg_sleep(58.41); end if; return 1; end $$;
         create materialized view nest as select slow() as n",
    );
    let running = dunlin(&project, "", &format!("init --from-db {}", database.superuser_url())).start();
    until("it runs", || {
        let asked = "select 1 from pg_stat_activity where query like '%nest%' and datname like 'dunlin\\_scratch%'
                     and wait_event = 'PgSleep'";
        !database.superuser_sql(asked).is_empty()
    });
    assert_eq!(stopped(running, "INT").stderr, DROPPED);
    there.nothing_is_left(&database);
    assert_eq!(project.files(), Vec::<String>::new());
}

/// Sends a signal to a process of a server.
fn signal(name: &str, process: &str) {
    let sent = std::process::Command::new("sh").args(["-c", r#"kill -s "$0" "$1""#, name, process]).status();
    assert!(sent.expect("a shell starts").success());
}

#[test]
fn a_scratch_database_that_cannot_be_dropped_is_named() {
    let Some((_server, database)) = alone(Dialect::Postgres) else { return };
    let project = Project::new();
    project.file("schema.sql", "create materialized view nest as select pg_sleep(58.41)::text as n;\n");
    project.file("dunlin.toml", "[schema]\ncache = false\n");
    let mut running = dunlin(&project, &database.superuser_url(), "schema dump --from schema.sql").start();
    until_it_runs(&mut running, &database);
    let backend = database.superuser_sql(SLEEPERS).trim().to_owned();
    signal("STOP", &backend);
    running.interrupt();
    // The server waits 5 seconds for whoever is in the database.
    let outcome = running.finish();
    signal("CONT", &backend);
    let said = regex::Regex::new("dunlin_scratch_[0-9a-f_]+").expect("a pattern");
    expect_test::expect![[r#"
        $ dunlin schema dump --from schema.sql
        --- stderr
        note: interrupted; waiting for the server to drop the scratch databases. Once more (Ctrl-C) ends at once
        error: interrupted; nothing was written, and the scratch database `[scratch]` could not be dropped: database "[scratch]" is being accessed by other users (55006)
        hint: a later run drops it, when it is ten minutes old and nobody is connected to it
        --- exit 130
    "#]].assert_eq(&said.replace_all(&outcome.snapshot(), "[scratch]"));
}

#[test]
fn who_interrupts_while_the_server_does_not_answer_is_told_what_is_waited_for_and_how_not_to() {
    let Some((_server, database)) = alone(Dialect::Postgres) else { return };
    let (project, url) = (slow(Dialect::Postgres), database.superuser_url());
    let mut said = Vec::new();
    for (verb, pid) in [
        ("new --auto -m egg", SLEEPERS),
        (
            "up",
            "select pid from pg_stat_activity where query like '%sleep(58.41)%' and datname = current_database() and pid <> pg_backend_pid()",
        ),
    ] {
        let mut running = dunlin(&project, &url, verb).start();
        until("the statement runs", || !database.superuser_sql(pid).is_empty());
        let backend = database.superuser_sql(pid).trim().to_owned();
        signal("STOP", &backend);
        running.interrupt();
        assert!(running.wait(Duration::from_millis(2_500)).is_none(), "it was to wait: {}", running.kill().snapshot());
        let outcome = stopped(running, "INT");
        signal("CONT", &backend);
        said.push(outcome.snapshot());
    }
    expect_test::expect![[r#"
        $ dunlin new --auto -m egg
        --- stderr
        note: interrupted; waiting for the server to drop the scratch databases. Once more (Ctrl-C) ends at once
        note: interrupted; nothing was written, and scratch databases may be left (`dunlin_scratch_…`)
        hint: a later run drops them, when they are ten minutes old and nobody is connected to them
        --- exit 130

        $ dunlin up
        --- stderr
          applied   1_bird  [duration]
        note: interrupted; waiting for the server to end the statement at hand and take back what is not committed. Once more (Ctrl-C) ends at once
        note: interrupted; the connection is closed, and the server takes back what is not committed when it notices
        hint: `dunlin status` shows what is in place
        --- exit 130
    "#]].assert_eq(&said.join("\n"));
}
