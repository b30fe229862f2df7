//! `unlock`: who holds the lock, and giving it up for a run that is gone, and for no other.

use std::time::{Duration, Instant};

use dunlin::{Error, HeldLock, HolderSign};
use dunlin_core::dialect::Dialect;
use expect_test::{Expect, expect};

use super::waiting::shown;
use super::{dunlin, is_running, pause, reader, until};
use crate::contract::birds::bird;
use crate::contract::{is_audited, migrations};
use crate::support::command::{Command, Outcome, Running};
use crate::support::database::Database;
use crate::support::project::Project;

const SERVERS: [Dialect; 2] = [Dialect::Postgres, Dialect::Mysql];
const YES: [&str; 3] = ["--yes", "--reason", "the machine is gone"];

/// Makes `1_bird`, and a second migration that takes a minute and does not let the server notice that its client is gone.
fn slow(dialect: Dialect) -> Project {
    let project = bird();
    let deaf = if dialect == Dialect::Postgres { "set client_connection_check_interval = 0;\n" } else { "" };
    project.migration("2_slow", &format!("{deaf}{};\n", pause(dialect, 60_000)), "select 1;");
    project
}

/// Makes a second migration of the project that takes no time.
fn shortened(project: &Project) {
    project.file("versions/2_slow.up.sql", "select 1;");
}

/// Starts a run, and waits until its long statement runs.
fn started(project: &Project, database: &Database, lock: &str) -> Running {
    let running = dunlin(project, &database.url, &format!("up {lock}")).start();
    until("the statement runs", || is_running(database, "sleep("));
    running
}

fn unlock(project: &Project, database: &Database) -> Command {
    dunlin(project, &database.url, "unlock")
}

fn unlocks(project: &Project, database: &Database) -> Outcome {
    unlock(project, database).arguments(YES).run()
}

/// The events of the log, and who is named in that of an unlock.
fn log(database: &Database) -> String {
    database.sql("select action, coalesce(id, '-') from dunlin_events order by n")
}

engines! {
    async fn where_nobody_holds_the_lock_there_is_nothing_to_give_up(database: &Database) {
        let project = bird();
        let nothing = || {
            let told = unlock(&project, database).run().expect_code(0);
            assert_eq!((&*told.stdout, &*told.stderr), ("nobody holds the lock\n", ""));
            let told = unlocks(&project, database).expect_code(0);
            assert_eq!((&*told.stdout, &*told.stderr), ("nobody holds the lock\n", ""));
        };
        nothing();
        assert!(!crate::contract::has(database, "dunlin_events"), "it creates nothing");
        dunlin(&project, &database.url, "up").run().expect_code(0);
        nothing();
        assert_eq!(log(database), "up|1");
        let kinds: &[&str] = if database.dialect == Dialect::Sqlite { &[] } else { &["--lock", "lease"] };
        let told = unlock(&project, database).arguments(kinds.iter().copied()).run().expect_code(0);
        assert_eq!(told.stdout, "nobody holds the lock\n");
    }
}

/// Shows, and then gives up, the lock of a run that was killed while the server works for it.
async fn of_a_killed_run(dialect: Dialect, lock: &str, expected: Expect) {
    let Some(database) = Database::new(dialect) else { return };
    let project = slow(dialect);
    started(&project, &database, lock).kill();
    assert!(is_running(&database, "sleep("), "the server does not notice");
    let planned = unlock(&project, &database).run().expect_code(2);
    assert!(is_running(&database, "sleep("), "it only looks");
    let start = Instant::now();
    let done = unlocks(&project, &database).expect_code(0);
    assert!(!is_running(&database, "sleep("));
    shortened(&project);
    dunlin(&project, &database.url, &format!("up {lock}")).run().expect_code(0);
    assert!(start.elapsed() < Duration::from_secs(15), "nobody is waited for: {:?}", start.elapsed());
    assert_eq!(log(&database).lines().filter(|line| *line == "unlock|-").count(), 1);
    is_audited(&migrations(&project), &database).await;
    let event = database.sql("select detail from dunlin_events where action = 'unlock'");
    assert!(event.contains(r#""reason":"the machine is gone""#) && event.contains(r#""holder":""#), "{event}");
    let told = dunlin(&project, &database.url, "log").run().expect_code(0).stdout;
    assert!(told.contains("the machine is gone, held by "), "{told}");
    expected.assert_eq(&[shown(&planned), shown(&done)].join("\n"));
}

#[tokio::test]
async fn the_lock_of_a_killed_run_is_given_up_on_postgres() {
    of_a_killed_run(Dialect::Postgres, "", expect![[r#"
        $ dunlin unlock
          gone  connection [n] of dunlin from [address] (dunlin/main/[run]), there since [time], running: set client_connection_check_interval = 0; select pg_sleep(60) ; set local idle_i
                its process is gone, and the server still works for it
                connection [n] is ended, and what it did not commit is rolled back
        the lock would be given up
        --- stderr
        hint: `--yes --reason "…"` does it
        --- exit 2

        $ dunlin unlock --yes --reason 'the machine is gone'
        the lock is free
        --- stderr
          gone  connection [n] of dunlin from [address] (dunlin/main/[run]), there since [time], running: set client_connection_check_interval = 0; select pg_sleep(60) ; set local idle_i
                its process is gone, and the server still works for it
                connection [n] is ended, and what it did not commit is rolled back
        --- exit 0
    "#]]).await;
}

#[tokio::test]
async fn the_lock_of_a_killed_run_is_given_up_on_mysql() {
    of_a_killed_run(
        Dialect::Mysql,
        "",
        expect![[r#"
        $ dunlin unlock
          gone  connection [n] of dunlin from [address], running for [duration]: select sleep(60)
                its process is gone, and the server still works for it
                connection [n] is ended, and what it did not commit is rolled back
        the lock would be given up
        --- stderr
        hint: `--yes --reason "…"` does it
        --- exit 2

        $ dunlin unlock --yes --reason 'the machine is gone'
        the lock is free
        --- stderr
          gone  connection [n] of dunlin from [address], running for [duration]: select sleep(60)
                its process is gone, and the server still works for it
                connection [n] is ended, and what it did not commit is rolled back
        --- exit 0
    "#]],
    )
    .await;
}

#[tokio::test]
async fn the_lease_of_a_killed_run_is_given_up_before_it_is_over_on_postgres() {
    of_a_killed_run(
        Dialect::Postgres,
        "--lock lease --lease-ttl 10min",
        expect![[r#"
        $ dunlin unlock
          gone  dunlin/main/[run], connection [n], for [duration]
                its process is gone, and the server still works for it
                connection [n] is ended, and what it did not commit is rolled back
        the lock would be given up
        --- stderr
        hint: `--yes --reason "…"` does it
        --- exit 2

        $ dunlin unlock --yes --reason 'the machine is gone'
        the lock is free
        --- stderr
          gone  dunlin/main/[run], connection [n], for [duration]
                its process is gone, and the server still works for it
                connection [n] is ended, and what it did not commit is rolled back
        --- exit 0
    "#]],
    )
    .await;
}

#[tokio::test]
async fn the_lease_of_a_killed_run_is_given_up_before_it_is_over_on_mysql() {
    of_a_killed_run(
        Dialect::Mysql,
        "--lock lease --lease-ttl 10min",
        expect![[r#"
        $ dunlin unlock
          gone  dunlin/main/[run], connection [n] on [server], for [duration]
                its process is gone, and the server still works for it
                connection [n] is ended, and what it did not commit is rolled back
        the lock would be given up
        --- stderr
        hint: `--yes --reason "…"` does it
        --- exit 2

        $ dunlin unlock --yes --reason 'the machine is gone'
        the lock is free
        --- stderr
          gone  dunlin/main/[run], connection [n] on [server], for [duration]
                its process is gone, and the server still works for it
                connection [n] is ended, and what it did not commit is rolled back
        --- exit 0
    "#]],
    )
    .await;
}

/// Tries to give up the lock of a run that is at work, which goes on with its work.
fn of_a_run_at_work(dialect: Dialect, header: &str, lock: &str, expected: &Expect) {
    let Some(database) = Database::new(dialect) else { return };
    let project = bird();
    project.migration("2_slow", &format!("{header}{};\n", pause(dialect, 4_000)), "select 1;");
    let running = match dialect {
        Dialect::Sqlite => {
            let running = dunlin(&project, &database.url, "up").start();
            until("it has the file", || unlock(&project, &database).run().code == Some(4));
            running
        }
        Dialect::Postgres | Dialect::Mysql => started(&project, &database, lock),
    };
    let planned = unlock(&project, &database).run().expect_code(4);
    let refused = unlocks(&project, &database).expect_code(4);
    let said = |outcome: &Outcome| shown(outcome).split_once('\n').expect("a line").1.to_owned();
    assert_eq!(said(&planned), said(&refused));
    running.finish().expect_code(0);
    assert_eq!(log(&database), "up|1\nup|2");
    unlock(&project, &database).run().expect_code(0);
    expected.assert_eq(&shown(&refused));
}

#[test]
fn a_run_at_work_keeps_its_lock_on_postgres() {
    of_a_run_at_work(
        Dialect::Postgres,
        "",
        "",
        &expect![[r#"
        $ dunlin unlock --yes --reason 'the machine is gone'
        --- stderr
        error: the lock is not given up: the process of its holder is running on this machine
        hint: it is held by connection [n] of dunlin from [address] (dunlin/main/[run]), there since [time], running: select pg_sleep(4) ; set local idle_in_transaction_session_timeout = 0;
        hint: wait for it, or end that process: the lock ends with it
        --- exit 4
    "#]],
    );
}

#[test]
fn a_run_at_work_keeps_its_lock_on_mysql() {
    of_a_run_at_work(
        Dialect::Mysql,
        "",
        "",
        &expect![[r#"
        $ dunlin unlock --yes --reason 'the machine is gone'
        --- stderr
        error: the lock is not given up: the process of its holder is running on this machine
        hint: it is held by connection [n] of dunlin from [address], running for [duration]: select sleep(4)
        hint: wait for it, or end that process: the lock ends with it
        --- exit 4
    "#]],
    );
}

#[test]
fn a_run_at_work_keeps_its_lease() {
    of_a_run_at_work(
        Dialect::Postgres,
        "",
        "--lock lease",
        &expect![[r#"
        $ dunlin unlock --yes --reason 'the machine is gone'
        --- stderr
        error: the lock is not given up: its holder renewed the lease in its time
        hint: it is held by dunlin/main/[run], connection [n], for [duration]
        hint: wait for it, or end that run; a lease that is not renewed is over after its time
        --- exit 4
    "#]],
    );
}

#[test]
fn a_run_at_work_keeps_the_file_beside_a_sqlite_database() {
    of_a_run_at_work(
        Dialect::Sqlite,
        "-- dunlin: transaction none\n",
        "",
        &expect![[r#"
        $ dunlin unlock --yes --reason 'the machine is gone'
        --- stderr
        error: the lock is not given up: the process of its holder is running
        hint: it is held by [process], since [time]
        hint: wait for it, or end that process: the lock ends with it
        --- exit 4
    "#]],
    );
}

#[test]
fn a_run_that_writes_to_a_sqlite_database_keeps_it() {
    of_a_run_at_work(
        Dialect::Sqlite,
        "",
        "",
        &expect![[r#"
        $ dunlin unlock --yes --reason 'the machine is gone'
        --- stderr
        error: the lock is not given up: the process of its holder is running
        hint: it is held by somebody who writes to the database
        hint: wait for it, or end that process: the lock ends with it
        --- exit 4
    "#]],
    );
}

#[test]
fn the_file_of_a_run_on_sqlite_that_was_killed_needs_no_unlocking() {
    let database = Database::sqlite();
    let project = bird();
    let up = format!("-- dunlin: transaction none\n{};\n", pause(Dialect::Sqlite, 20_000));
    project.migration("2_slow", &up, "select 1;");
    let mut running = dunlin(&project, &database.url, "up").start();
    until("it has the file", || unlock(&project, &database).run().code == Some(4));
    running.kill();
    assert_eq!(unlocks(&project, &database).expect_code(0).stdout, "nobody holds the lock\n");
}

#[test]
fn a_run_that_was_stopped_keeps_its_lease_until_its_connection_is_gone_and_then_writes_nothing_more() {
    for dialect in SERVERS {
        let Some(database) = Database::new(dialect) else { continue };
        let project = bird();
        project.migration("2_slow", &format!("{};\n", pause(dialect, 2_000)), "select 1;");
        project.migration("3_nest", "create table nest (id integer);\n", "drop table nest;\n");
        let running = started(&project, &database, "--lock lease --lease-ttl 1s");
        running.signal("STOP");
        std::thread::sleep(Duration::from_millis(2_500));
        let kept = unlocks(&project, &database).expect_code(4);
        assert!(kept.stderr.contains("the lease is over, and its holder is still connected"), "{}", kept.snapshot());
        let connection = database.sql("select connection from dunlin_lock");
        let end = kept.stderr.split('`').nth(1).expect("a statement").to_owned();
        assert!(end.contains(&connection), "{}", kept.snapshot());
        database.sql(&end);
        let token = || database.sql("select token from dunlin_lock").parse::<i64>().expect("a number");
        let before = token();
        until("its connection is gone", || unlock(&project, &database).run().code == Some(2));
        assert_eq!(token(), before);
        unlocks(&project, &database).expect_code(0);
        assert!(token() > before, "the holder's token is of no use any more");
        let history = database.sql("select id, state from dunlin_migrations order by id");
        running.signal("CONT");
        assert_ne!(running.finish().code, Some(0));
        assert_eq!(database.sql("select id, state from dunlin_migrations order by id"), history);
        assert!(!crate::contract::has(&database, "nest"));
    }
}

/// Writes the row of a lease of a second, taken and renewed for the last time so many milliseconds ago.
fn lease(database: &Database, node: &str, connection: &str, ago: i64) {
    let now = database.dialect.facts().clock_in_milliseconds;
    database.sql(&format!(
        "update dunlin_lock set owner = 'dunlin/main/x.1@host', node = {node}, connection = {connection},
         acquired_at = {now} - {ago}, renewed_at = {now} - {ago}, ttl = 1000"
    ));
}

#[test]
fn a_lease_on_another_server_of_a_cluster_is_given_up_when_it_is_over_for_twice_its_time() {
    let Some(database) = Database::mysql() else { return };
    let project = bird();
    dunlin(&project, &database.url, "up --lock lease").run().expect_code(0);
    for (ago, ttl_over, code) in [(0, "renewed the lease", 4), (1_500, "not yet for twice its time", 4), (2_500, "", 2)]
    {
        lease(&database, "'other:3306'", "1", ago);
        let told = unlock(&project, &database).run().expect_code(code);
        assert!(told.stderr.contains(ttl_over), "{}", told.snapshot());
    }
    assert!(unlocks(&project, &database).expect_code(0).stdout.contains("the lock is free"));
}

#[tokio::test]
async fn who_only_has_the_number_of_the_holders_connection_does_not_keep_its_lease() {
    let Some(database) = Database::postgres() else { return };
    let project = bird();
    dunlin(&project, &database.url, "up --lock lease").run().expect_code(0);
    let stranger = reader(&database).await;
    let number = database
        .sql("select pid from pg_stat_activity where state = 'idle in transaction' and datname = current_database()");
    // It took the lease, or came after the lease had been taken.
    lease(&database, "''", &number, 0);
    std::thread::sleep(Duration::from_millis(1_200));
    unlock(&project, &database).run().expect_code(4);
    lease(&database, "''", &number, 3_600_000);
    unlock(&project, &database).run().expect_code(2);
    project.migration("2_nest", "create table nest (id integer);\n", "drop table nest;\n");
    dunlin(&project, &database.url, "up --lock lease --lock-wait 5s").run().expect_code(0);
    assert_eq!(database.sql(&format!("select count(*) from pg_stat_activity where pid = {number}")), "1");
    drop(stranger);
}

#[tokio::test]
async fn a_program_can_do_it_too() {
    let Some(database) = Database::mysql() else { return };
    let project = slow(Dialect::Mysql);
    let set = migrations(&project);
    let mut running = started(&project, &database, "");
    for refused in [set.migrator().plan_unlock(&database.url).await, set.migrator().unlock(&database.url, "x").await] {
        let Err(Error::Held(holder)) = refused else { panic!("{refused:?}") };
        assert_eq!((holder.lock, holder.sign), (HeldLock::Server, HolderSign::ClientAlive));
    }
    running.kill();
    let planned = set.migrator().plan_unlock(&database.url).await.expect("it is gone");
    let done = set.migrator().unlock(&database.url, "x").await.expect("it is given up");
    assert_eq!(planned.holder.map(|holder| holder.connection), done.holder.as_ref().map(|holder| holder.connection));
    assert_eq!((done.holder.expect("a holder").sign, done.unlogged), (HolderSign::ClientGone, None));
    assert!(set.migrator().plan_unlock(&database.url).await.expect("nobody").holder.is_none());
}

#[test]
fn on_a_terminal_it_asks_and_what_is_protected_needs_a_yes() {
    let Some(database) = Database::mysql() else { return };
    let project = slow(Dialect::Mysql);
    project.file("dunlin.toml", "[env.live]\nprotected = true\n");
    started(&project, &database, "").kill();
    let program = crate::support::binary::dunlin().display().to_string();
    let on_a_terminal = |words: &str, answer: &str| {
        let line = format!("{program} unlock {words}");
        let command = Command::new("script").arguments(["-qec", &line, "/dev/null"]).within(project.path());
        command.variable("DATABASE_URL", &database.url).input(format!("{answer}\n")).run()
    };
    let shown = on_a_terminal("", "").expect_code(2);
    assert!(shown.stdout.contains("`--yes --reason \"…\"` does it"), "{}", shown.stdout);
    let declined = on_a_terminal("--reason gone", "n").expect_code(1);
    assert!(declined.stdout.contains("give up the lock in mysql://") && declined.stdout.contains("was not given up"));
    on_a_terminal("--reason gone --env live", "y").expect_code(9);
    let off = dunlin(&project, &database.url, "unlock --reason gone").run().expect_code(2);
    assert!(off.stdout.contains("the lock would be given up"), "{}", off.snapshot());
    dunlin(&project, &database.url, "unlock --yes").run().expect_code(1);
    assert!(is_running(&database, "sleep("), "nothing was done yet");
    on_a_terminal("--reason gone", "y").expect_code(0);
    assert!(!is_running(&database, "sleep("));
}

#[test]
fn who_may_not_see_the_holder_does_not_take_it_for_gone() {
    let Some(database) = Database::mysql() else { return };
    let project = slow(Dialect::Mysql);
    let mut running = started(&project, &database, "");
    let mut url = url::Url::parse(&database.url).expect("a URL");
    let of = url.path().trim_start_matches('/').to_owned();
    let visitor = of.replace("dunlin_", "visitor_");
    database.superuser_sql(&format!("create user {visitor} identified by 'secret'; grant all on {of}.* to {visitor};"));
    url.set_username(&visitor).expect("a URL with a host");
    url.set_password(Some("secret")).expect("a URL with a host");
    let refused = dunlin(&project, url.as_str(), "unlock").arguments(YES).run();
    running.kill();
    let still = dunlin(&project, url.as_str(), "unlock").arguments(YES).run();
    database.superuser_sql(&format!("drop user {visitor}"));
    for told in [refused.expect_code(4), still.expect_code(4)] {
        assert!(told.stderr.contains(", of which this user may see no more"), "{}", told.snapshot());
        assert!(told.stderr.contains("hint: who knows that it is gone ends its connection: `kill connection "));
    }
    assert!(is_running(&database, "sleep("));
    unlocks(&project, &database).expect_code(0);
}

#[test]
fn json_says_the_same() {
    let Some(database) = Database::mysql() else { return };
    let project = slow(Dialect::Mysql);
    let mut running = started(&project, &database, "");
    let json = |words: &[&str], code| {
        let outcome =
            unlock(&project, &database).arguments(["--format", "json"]).arguments(words.iter().copied()).run();
        serde_json::from_str::<serde_json::Value>(&outcome.expect_code(code).stdout).expect("JSON")
    };
    let refused = json(&[], 4);
    assert_eq!(
        (&refused["error"]["kind"], &refused["error"]["holder"]["sign"]),
        (&"held".into(), &"client-alive".into())
    );
    running.kill();
    let planned = json(&[], 2);
    assert_eq!((&planned["holder"]["sign"], &planned["unlocked"]), (&"client-gone".into(), &false.into()));
    let done = json(&YES, 0);
    assert_eq!(
        (&done["holder"]["lock"], &done["unlocked"], &done["unlogged"]),
        (&"server".into(), &true.into(), &().into())
    );
    let nobody = json(&[], 0);
    assert_eq!((&nobody["set"], &nobody["holder"], &nobody["unlocked"]), (&"main".into(), &().into(), &false.into()));
}
