//! What dunlin promises where more than one wants the same: replicas that start together, poolers and clusters between
//! them and the server, readers in the way of DDL, runs that are told to stop.
//!
//! `poolers` and `pooled_runs` are about PostgreSQL behind PgBouncer, `signals` about runs that are told to stop. The soaks beside these tests repeat what can only fail by chance.

mod ddl;
mod fencing;
mod lease;
mod orphans;
mod pooled_runs;
mod poolers;
mod signals;
mod unlocking;
mod waiting;

use std::time::{Duration, Instant};

use dunlin_core::dialect::Dialect;
use url::Url;

use crate::support::command::{Command, Outcome};
use crate::support::database::Database;
use crate::support::project::Project;

/// What the lock of a set is in `pg_locks`, and nothing else there.
const ADVISORY: &str = "select count(*) from pg_locks where locktype = 'advisory'
    and database = (select oid from pg_database where datname = current_database())";

/// Makes the command `dunlin <line>` on a database.
pub(super) fn dunlin(project: &Project, url: &str, line: &str) -> Command {
    Command::dunlin(project).arguments(line.split_whitespace().map(str::to_owned)).variable("DATABASE_URL", url)
}

/// Makes a project of one migration that makes `mark`, and more of them, each of which marks when it begins and ends.
///
/// They take this many milliseconds. What cannot be rolled back stands in a file of its own.
pub(super) fn marking(dialect: Dialect, steps: usize, milliseconds: u32) -> Project {
    let (now, time) = match dialect {
        Dialect::Postgres => ("clock_timestamp()", "timestamptz"),
        Dialect::Mysql => ("sysdate(6)", "datetime(6)"),
        Dialect::Sqlite => panic!("SQLite has no clock that runs during a statement"),
    };
    let pause = pause(dialect, milliseconds);
    let project = Project::new();
    let table = format!("create table mark (n integer, what varchar(10), at {time});\n");
    project.migration("1_mark", &table, "drop table mark;\n");
    for n in 2..=steps {
        let up = format!(
            "insert into mark values ({n}, 'start', {now});\n{pause};\ninsert into mark values ({n}, 'end', {now});\n"
        );
        project.migration(&format!("{n}_step"), &up, &format!("delete from mark where n = {n};\n"));
    }
    project
}

/// Returns a statement that takes so long, and that can be cancelled.
fn pause(dialect: Dialect, milliseconds: u32) -> String {
    let seconds = f64::from(milliseconds) / 1000.0;
    match dialect {
        Dialect::Postgres => format!("select pg_sleep({seconds})"),
        Dialect::Mysql => format!("select sleep({seconds})"),
        Dialect::Sqlite => {
            // At most about three million rows a second.
            let rows = u64::from(milliseconds) * 3000;
            format!(
                "with recursive n(i) as (select 1 union all select i + 1 from n where i < {rows}) select count(*) from n"
            )
        }
    }
}

/// Says whether somebody in this database is in the middle of a statement with this text.
pub(super) fn is_running(database: &Database, text: &str) -> bool {
    let question = match database.dialect {
        Dialect::Postgres => format!(
            "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
                and state = 'active' and query like '%{text}%'"
        ),
        Dialect::Mysql => format!(
            "select count(*) from information_schema.processlist where db = database() and id <> connection_id()
                and info like '%{text}%'"
        ),
        Dialect::Sqlite => panic!("SQLite does not tell"),
    };
    database.superuser_sql(&question) != "0"
}

/// Waits until something is so.
pub(super) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(20), "it never came to this: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Makes sure that each step of [`marking`] ran once, and that no two ran at the same time.
pub(super) fn ran_once_and_one_after_the_other(database: &Database, steps: usize) {
    let marks = database.sql("select n, what from mark order by at, n");
    let marks: Vec<&str> = marks.lines().collect();
    let mut expected: Vec<String> = Vec::new();
    for n in 2..=steps {
        expected.extend([format!("{n}|start"), format!("{n}|end")]);
    }
    assert_eq!(marks, expected);
    assert_eq!(database.sql("select count(*) from dunlin_migrations where state = 'applied'"), steps.to_string());
    assert_eq!(database.sql("select count(*) from dunlin_events where action = 'up'"), steps.to_string());
}

/// Makes sure that all of them did what was asked, and that they did it `steps` times together.
pub(super) fn all_did(outcomes: &[Outcome], steps: usize) {
    for outcome in outcomes {
        assert_eq!(outcome.code, Some(0), "{}", outcome.snapshot());
    }
    let applied =
        outcomes.iter().flat_map(|outcome| outcome.stderr.lines()).filter(|line| line.contains("  applied  "));
    assert_eq!(applied.count(), steps);
}

/// Returns the URL with another parameter.
fn with(url: &str, name: &str, value: &str) -> String {
    let mut url = Url::parse(url).expect("a URL");
    url.query_pairs_mut().append_pair(name, value);
    url.to_string()
}

/// Somebody in a transaction that stays open until this is dropped.
struct Transaction {
    _connection: Box<dyn std::any::Any + Send>,
}

/// Reads `bird`.
async fn reader(database: &Database) -> Transaction {
    reader_of(database, "bird").await
}

async fn reader_of(database: &Database, table: &str) -> Transaction {
    transaction(database, &format!("select count(*) from {table}")).await
}

async fn transaction(database: &Database, statement: &str) -> Transaction {
    let sql = sqlx::AssertSqlSafe(format!("begin; {statement}"));
    macro_rules! begun {
        ($connection:ty) => {{
            let mut connection = <$connection as sqlx::Connection>::connect(&database.url).await.expect("a connection");
            sqlx::raw_sql(sql).execute(&mut connection).await.expect("it runs");
            Transaction { _connection: Box::new(connection) }
        }};
    }
    match database.dialect {
        Dialect::Sqlite => panic!("SQLite has no such transactions"),
        Dialect::Postgres => begun!(sqlx::PgConnection),
        Dialect::Mysql => begun!(sqlx::MySqlConnection),
    }
}
