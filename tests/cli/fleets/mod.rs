//! Many databases with the same migrations: the tenants that `--each` names, the URLs of `--each-url`.

mod permission;
mod verbs;

use std::path::Path;
use std::time::Duration;

use dunlin::Dialect;
use expect_test::expect;
use serde_json::Value;
use url::Url;

use super::{birds, shown};
use crate::support::command::{Command, Outcome};
use crate::support::database::Database;
use crate::support::process::run_together;
use crate::support::project::Project;
use crate::support::servers::{Mode, Pooler};

const SCHEMAS: &str = "select nspname from pg_namespace where nspname like 'tenant%' order by nspname";

/// Many tenants of one PostgreSQL database.
struct Tenants {
    project: Project,
    database: Database,
}

impl Tenants {
    fn new(number: usize) -> Option<Tenants> {
        let database = Database::postgres()?;
        let schemas: String = (0..number).map(|n| format!("create schema {};\n", tenant(n))).collect();
        database.sql(&schemas);
        Some(Tenants { project: birds(), database })
    }

    fn dunlin(&self, words: &[&str]) -> Command {
        let command = Command::dunlin(&self.project).arguments(words.iter().copied());
        command.variable("DATABASE_URL", &self.database.url).patience(Duration::from_mins(5))
    }

    fn each(&self, words: &[&str]) -> Command {
        self.dunlin(words).arguments(["--each", SCHEMAS])
    }

    /// Returns how many tenants have a table.
    fn with_table(&self, name: &str) -> usize {
        let sql = format!("select count(*) from pg_tables where schemaname like 'tenant%' and tablename = '{name}'");
        self.database.sql(&sql).parse().expect("a number")
    }
}

/// Returns the names of the SQLite files of a project.
fn database_files(project: &Project) -> Vec<String> {
    let is_database = |name: &String| Path::new(name).extension().is_some_and(|extension| extension == "db");
    project.files().into_iter().filter(is_database).collect()
}

fn tenant(n: usize) -> String {
    format!("tenant_{n:03}")
}

fn json(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}\n{}", outcome.snapshot()))
}

fn names(document: &Value, key: &str) -> Vec<String> {
    serde_json::from_value(document[key].clone()).expect("names")
}

/// Returns how many steps each of the databases took, by name.
fn steps(document: &Value) -> Vec<(String, usize)> {
    let databases = document["databases"].as_array().expect("documents");
    let of = |document: &Value| {
        let report = document.get("report").unwrap_or(document);
        let steps = report["steps"].as_array().map_or(0, Vec::len);
        (document["database_name"].as_str().expect("a name").to_owned(), steps)
    };
    databases.iter().map(of).collect()
}

#[test]
fn of_two_hundred_schemas_a_poisoned_one_fails_alone_and_the_next_run_touches_it_alone() {
    let Some(tenants) = Tenants::new(200) else { return };
    tenants.database.sql("create table tenant_117.egg (id integer)");
    let first = tenants.each(&["up", "-q"]).run().expect_code(5);
    assert_eq!(first.stdout.lines().count(), 199);
    expect![[r#"
        [tenant_117] error: versions/0003_egg.up.sql:1:1: relation "egg" already exists (42P07)
        [tenant_117]     |
        [tenant_117]   1 | create table egg (id integer primary key);
        [tenant_117]     | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        [tenant_117]     statement 1 of 1 failed; `0003_egg` was rolled back; 2 steps before it stay as they are
        [tenant_117] hint: mend what is wrong and run again; `dunlin plan` shows what is pending
        note: 199 done; failed: `tenant_117`
          tenant_117: exit code 5, versions/0003_egg.up.sql:1:1: relation "egg" already exists (42P07)
        hint: when that is mended, run it again: what is done is not done twice
    "#]]
    .assert_eq(&first.stderr);
    assert_eq!((tenants.with_table("bird"), tenants.with_table("egg")), (200, 200));

    tenants.database.sql("drop table tenant_117.egg");
    let mended = json(&tenants.each(&["up", "--jobs", "8", "--format", "json"]).run().expect_code(0));
    assert_eq!((names(&mended, "done").len(), names(&mended, "not_begun").len()), (200, 0));
    let touched: Vec<_> = steps(&mended).into_iter().filter(|(_, steps)| *steps > 0).collect();
    assert_eq!(touched, [(tenant(117), 1)]);
}

#[test]
fn of_fifty_files_a_poisoned_one_fails_alone() {
    let project = birds();
    let line = |n: usize| format!("sqlite:tenants/{n:02}.db\n");
    let lines: String = (0..50).map(line).collect();
    project.file("tenants.txt", format!("# every tenant\n\n{lines}  # the first once more\n{}", line(0)));
    let file = |n: usize| format!("sqlite://{}/tenants/{n:02}.db", project.path().display());
    project.file("tenants/30.db", "");
    Database::sql_at(&file(30), "create table egg (id integer)");

    let dunlin = |words: &[&str]| {
        Command::dunlin(&project).arguments(words.iter().copied()).arguments(["--each-url", "tenants.txt"])
    };
    let first = dunlin(&["up", "-q"]).run().expect_code(5);
    assert_eq!(first.stdout.lines().count(), 49);
    assert!(first.stderr.starts_with("[sqlite:tenants/30.db] error: versions/0003_egg.up.sql:1:"), "{}", first.stderr);
    assert!(first.stderr.contains("\nnote: 49 done; failed: `sqlite:tenants/30.db`\n"), "{}", first.stderr);

    let mended = Database::sql_at(&file(30), "drop table egg");
    assert_eq!(mended, "");
    let second = json(&dunlin(&["up", "--format", "json"]).run().expect_code(0));
    let touched: Vec<_> = steps(&second).into_iter().filter(|(_, steps)| *steps > 0).collect();
    assert_eq!(touched, [("sqlite:tenants/30.db".to_owned(), 3)]);
    // The same from a pipe, and everything taken back.
    let down = Command::dunlin(&project).arguments(["down", "--all", "-q", "--each-url", "-"]).input(lines);
    assert_eq!(down.run().expect_code(0).stdout.lines().count(), 50);
    assert_eq!(Database::sql_at(&file(49), "select count(*) from dunlin_migrations"), "0");
}

#[test]
fn two_fleets_at_once_take_each_step_once() {
    let Some(tenants) = Tenants::new(30) else { return };
    let slow = "create table tally (n integer);\ninsert into tally values (1);\nselect pg_sleep(0.01);\n";
    tenants.project.migration("0004_tally", slow, "drop table tally;\n");
    tenants.project.migration("0005_more", "insert into tally values (2);\n", "delete from tally where n = 2;\n");
    let fleet = tenants.each(&["up", "-q", "--jobs", "6", "--format", "json"]);
    let outcomes = run_together(&[fleet.clone(), fleet]);
    let mut taken = vec![0; 30];
    for outcome in outcomes {
        for (n, (name, steps)) in steps(&json(&outcome.expect_code(0))).into_iter().enumerate() {
            assert_eq!(name, tenant(n));
            taken[n] += steps;
        }
    }
    assert_eq!(taken, [5; 30]);
    for n in 0..30 {
        assert_eq!(tenants.database.sql(&format!("select n from {}.tally order by n", tenant(n))), "1\n2");
    }
}

#[test]
fn a_canary_that_fails_stops_the_fleet() {
    let Some(tenants) = Tenants::new(8) else { return };
    tenants.database.sql("create table tenant_001.egg (id integer)");
    let stopped = tenants.each(&["up", "-q", "--canary", "2"]).run().expect_code(5);
    expect![[r#"
        [tenant_001] error: versions/0003_egg.up.sql:1:1: relation "egg" already exists (42P07)
        [tenant_001]     |
        [tenant_001]   1 | create table egg (id integer primary key);
        [tenant_001]     | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        [tenant_001]     statement 1 of 1 failed; `0003_egg` was rolled back; 2 steps before it stay as they are
        [tenant_001] hint: mend what is wrong and run again; `dunlin plan` shows what is pending
        note: done: `tenant_000`; failed: `tenant_001`; 6 not begun
          tenant_001: exit code 5, versions/0003_egg.up.sql:1:1: relation "egg" already exists (42P07)
        hint: when that is mended, run it again: what is done is not done twice
    "#]]
    .assert_eq(&stopped.stderr);
    assert_eq!((tenants.with_table("bird"), tenants.with_table("egg")), (2, 2));
    let json = json(&tenants.each(&["up", "--canary", "2", "--format", "json"]).run().expect_code(5));
    assert_eq!((names(&json, "done"), names(&json, "not_begun").len()), (vec![tenant(0)], 6));
    assert_eq!(json["exits"], serde_json::json!({ "tenant_001": 5 }));

    // Behind the canary, nothing stops it; and without one neither.
    tenants.each(&["up", "-q"]).run().expect_code(5);
    assert_eq!(tenants.with_table("egg"), 8);
    tenants.each(&["down", "-q", "--all"]).run().expect_code(0);
    tenants.database.sql("create table tenant_000.egg (id integer)");
    tenants.each(&["up", "-q"]).run().expect_code(5);
    assert_eq!(tenants.with_table("bird"), 1);
    tenants.each(&["up", "-q", "--canary", "0"]).run().expect_code(5);
    assert_eq!(tenants.with_table("bird"), 8);
}

#[test]
fn no_lock_is_shared_between_tenants_and_no_more_connections_are_open_than_said() {
    let Some(tenants) = Tenants::new(16) else { return };
    let slow = "select pg_sleep(3) from pg_namespace where nspname = current_schema() and nspname = 'tenant_000';\n";
    tenants.project.migration("0004_slow", slow, "select 1;\n");
    let name = tenants.database.url.rsplit('/').next().expect("a name");
    tenants.database.superuser_sql(&format!("alter database {name} connection limit 12"));
    // Two for each that migrates: one that holds its tenant's lock for a while, and three at once; and some that are just
    // being closed. All sixteen at once would need more.
    let holder = tenants.dunlin(&["up", "-q", "--each", "select 'tenant_000'"]).start();
    let held = "select count(*) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where \
                datname = current_database())";
    while tenants.database.try_sql_as(&tenants.database.superuser_url(), held).as_deref() != Ok("2") {
        std::thread::sleep(Duration::from_millis(5));
    }
    let fleet = tenants.each(&["up", "-q", "--canary", "0", "--jobs", "3", "--lock-wait", "0s"]).run().expect_code(4);
    assert!(
        fleet.stderr.contains("note: 15 done; failed: `tenant_000`\n  tenant_000: exit code 4, "),
        "{}",
        fleet.stderr
    );
    assert_eq!(tenants.with_table("egg"), 16);
    holder.finish().expect_code(0);
}

#[test]
fn unqualified_names_of_a_tenant_lead_to_nobody_else() {
    let Some(tenants) = Tenants::new(2) else { return };
    tenants.database.sql("create table public.shared (id integer); create domain public.weight as integer;");
    tenants.project.migration("0004_shared", "drop table if exists shared;\n", "select 1;\n");
    tenants.each(&["up", "-q"]).run().expect_code(0);
    assert_eq!(tenants.database.sql("select count(*) from public.shared"), "0", "it is there");

    tenants.project.migration("0005_weight", "create table scale (n weight);\n", "drop table scale;\n");
    let lost = tenants.each(&["up", "-q"]).run().expect_code(5);
    assert!(lost.stderr.contains(r#"type "weight" does not exist"#), "{}", lost.stderr);
    tenants.each(&["up", "-q", "--each-path", "public,pg_temp"]).run().expect_code(0);
    assert_eq!(tenants.with_table("scale"), 2);
    // A file may change the path; the record is the tenant's all the same, and so is the next file.
    tenants.project.migration("0006_path", "set search_path to public;\n", "select 1;\n");
    tenants.project.migration("0007_nest", "create table nest (id integer);\n", "drop table nest;\n");
    tenants.each(&["up", "-q"]).run().expect_code(0);
    assert_eq!(tenants.with_table("nest"), 2);
    assert_eq!(tenants.database.sql("select count(*) from tenant_001.dunlin_migrations"), "7");
}

#[test]
fn tenants_may_have_any_name_and_one_that_is_not_there_is_told() {
    let Some(tenants) = Tenants::new(0) else { return };
    let odd = r#"o"d, d\ \\'s $user"#;
    tenants.database.sql(&format!("create schema {};", Dialect::Postgres.quote(odd)));
    let query = format!("select {} union all select 'gone' order by 1 desc", Dialect::Postgres.literal(odd));
    let up = tenants.dunlin(&["up", "-q", "--each", &query]).run().expect_code(1);
    expect![[r#"
        $ dunlin up -q --each 'select E'o"d, d\\ \\\\''s $user' union all select 'gone' order by 1 desc'
        [o"d, d\ \\'s $user] 3 migrations applied, the database is at 0003_egg
        --- stderr
        [gone] error: unqualified names do not lead to the schema `gone`: it is not there, or this user may not use it
        [gone] hint: make the schema, and grant `usage` on it; a pooler may have dropped the search path
        note: done: `o"d, d\ \\'s $user`; failed: `gone`
        hint: when that is mended, run it again: what is done is not done twice
        --- exit 1
    "#]]
    .assert_eq(&shown(&up));
    let count = format!("select count(*) from {}.dunlin_migrations", Dialect::Postgres.quote(odd));
    assert_eq!(tenants.database.sql(&count), "3");
    assert_eq!(tenants.database.sql("select count(*) from pg_namespace where nspname = 'gone'"), "0");
}

#[test]
fn a_pooler_that_cannot_keep_a_search_path_is_refused() {
    let (Some(tenants), Some(pooler)) = (Tenants::new(2), Pooler::new(Mode::Transaction)) else { return };
    let through = tenants.each(&["up", "-q"]).arguments(["--url", &tenants.database.url_at(&pooler.address)]);
    let refused = through.run().expect_code(1);
    assert!(refused.stderr.contains("hint: a pooler cannot keep what a tenant needs"), "{}", refused.stderr);
    assert_eq!(tenants.with_table("bird"), 0);
    assert_eq!(tenants.database.sql("select count(*) from pg_tables where schemaname = 'public'"), "0");
    through.variable("DUNLIN_DIRECT_URL", &tenants.database.url).run().expect_code(0);
    assert_eq!(tenants.with_table("egg"), 2);
}

#[test]
fn the_way_past_a_pooler_is_not_that_of_every_url() {
    let project = birds();
    project.file("fleet.txt", "sqlite:one.db\nsqlite:two.db\n");
    let command = Command::dunlin(&project).arguments(["up", "-q", "--each-url", "fleet.txt"]);
    command.variable("DUNLIN_DIRECT_URL", "sqlite:elsewhere.db").run().expect_code(0);
    assert_eq!(database_files(&project), ["one.db", "two.db"]);
}

#[test]
fn an_interruption_ends_those_at_work_and_begins_no_other() {
    let Some(tenants) = Tenants::new(6) else { return };
    tenants.project.migration("0004_slow", "select pg_sleep(50);\n", "select 1;\n");
    let running = tenants.each(&["up", "--canary", "0", "--jobs", "2", "--format", "json"]).start();
    let slow = "select count(*) from pg_stat_activity where query like '%pg_sleep(50)%' and state = 'active' and datname = \
                current_database() and pid <> pg_backend_pid()";
    while tenants.database.superuser_sql(slow) != "2" {
        std::thread::sleep(Duration::from_millis(5));
    }
    running.interrupt();
    let interrupted = json(&running.finish().expect_code(130));
    assert_eq!(
        (names(&interrupted, "failed"), names(&interrupted, "not_begun").len()),
        (vec![tenant(0), tenant(1)], 4)
    );
    assert_eq!((tenants.with_table("egg"), tenants.database.superuser_sql(slow)), (2, "0".to_owned()));
}

#[test]
fn databases_of_one_mysql_server_are_tenants_too() {
    let (Some(one), Some(other)) = (Database::mysql(), Database::mysql()) else { return };
    let project = birds();
    let name = |database: &Database| database.url.rsplit('/').next().expect("a name").to_owned();
    let query = format!(
        "select schema_name from information_schema.schemata where schema_name in ('{}', '{}')",
        name(&one),
        name(&other)
    );
    let mut server = Url::parse(&one.url).expect("a URL");
    server.set_path("");
    let dunlin = |words: &[&str]| {
        let command = Command::dunlin(&project).arguments(words.iter().copied());
        command.variable("DATABASE_URL", server.as_str()).arguments(["--each", &query])
    };
    other.sql("create table egg (id integer)");
    let first = json(&dunlin(&["up", "--canary", "0", "--format", "json"]).run().expect_code(5));
    assert_eq!((names(&first, "done"), names(&first, "failed")), (vec![name(&one)], vec![name(&other)]));
    other.sql("drop table egg");
    let second = json(&dunlin(&["up", "--format", "json"]).run().expect_code(0));
    let mut touched: Vec<_> = steps(&second).into_iter().filter(|(_, steps)| *steps > 0).collect();
    touched.sort();
    assert_eq!(touched, [(name(&other), 1)]);
    for database in [&one, &other] {
        assert_eq!(database.sql("select count(*) from dunlin_migrations"), "3");
    }
    // The one that was named in the URL alone has the same history and the same lock.
    let alone = Command::dunlin(&project).arguments(["up", "-q", "--url", &one.url]).run().expect_code(0);
    assert!(alone.stdout.starts_with("nothing is pending"), "{}", alone.stdout);
}
