//! Exit codes, each brought about.

use std::path::Path;

use expect_test::expect;
use sqlx::{ConnectOptions, SqliteConnection, raw_sql};

use super::{birds, command, run, session};
use crate::support::project::Project;

/// Begins to write to a database, and does not end.
fn writing(file: &Path) -> SqliteConnection {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file).create_if_missing(true);
        let mut connection = options.connect().await.expect("a new database");
        raw_sql("begin immediate").execute(&mut connection).await.expect("nobody else writes");
        connection
    })
}

#[test]
fn code_0_is_done_and_1_is_not_understood() {
    session(&birds(), ["up -q", "up --no-such-flag"], &expect![[r#"
        $ dunlin up -q
        3 migrations applied, the database is at 0003_egg
        --- exit 0

        $ dunlin up --no-such-flag
        --- stderr
        error: unexpected argument '--no-such-flag' found

          tip: to pass '--no-such-flag' as a value, use '-- --no-such-flag'

        Usage: dunlin up [OPTIONS] [TARGET]

        For more information, try '--help'.
        --- exit 1
    "#]]);
}

#[test]
fn code_2_is_pending() {
    session(&birds(), ["status --check", "plan --check +1", "up --dry-run +1"], &expect![]);
}

#[test]
fn code_3_is_a_history_that_disagrees() {
    let project = birds();
    run(&project, "up").expect_code(0);
    project.file("versions/0001_bird.up.sql", "create table bird (id bigint primary key);\n");
    session(&project, ["up"], &expect![]);
}

#[test]
fn code_3_is_a_directory_with_faults_all_of_them_at_once() {
    let project = Project::new();
    project
        .migration("1_bird", "-- dunlin: transacton none\ncreate table bird (id integer);", "drop table bird;")
        .file("versions/2_egg.up.sql", "create table egg (name text default 'x);")
        .file("versions/odd-name.sql", "select 1;")
        .file("versions/3_nest.up.sql", b"\xff\xfe")
        .file("versions/4_song.down.sql", "select 1;");
    session(&project, ["up"], &expect![]);
}

#[test]
fn code_4_is_a_lock_that_was_not_obtained() {
    let project = birds();
    let other = writing(&project.path().join("app.db"));
    expect![].assert_eq(&super::shown(&command(&project, "up --lock-wait 200ms").run()));
    drop(other);
    run(&project, "up").expect_code(0);
}

#[test]
fn code_5_is_a_step_that_was_rolled_back() {
    let project = birds();
    run(&project, "up 0001").expect_code(0);
    project.migration("0004_wrong", "create table nest (id integer);\ncreate tabel song (id integer);\n", "select 1;");
    session(&project, ["up", "status"], &expect![]);
}

#[test]
fn code_6_is_a_step_that_failed_part_way() {
    let project = birds();
    project.migration(
        "0004_wrong",
        "-- dunlin: transaction none\ncreate table nest (id integer);\ncreate table bird (id integer);\n",
        "select 1;",
    );
    session(&project, ["up -q", "status", "up"], &expect![]);
}

#[test]
fn code_9_is_a_way_back_that_there_is_not() {
    let project = birds();
    project.file(
        "versions/0004_forget.up.sql",
        "-- dunlin: irreversible the names are gone\nupdate bird set name = null;",
    );
    session(&project, ["up -q", "down -2"], &expect![]);
}

#[test]
fn code_130_is_an_interruption_after_which_nothing_is_half_done() {
    let project = birds();
    run(&project, "up").expect_code(0);
    let endless = "with recursive n (i) as (select 1 union all select i + 1 from n) select count(*) from n;";
    project.migration("0004_endless", &format!("create table nest (id integer);\n{endless}\n"), "drop table nest;");
    let mut running = command(&project, "up").start();
    assert_eq!(running.wait(std::time::Duration::from_secs(1)), None);
    running.interrupt();
    expect![].assert_eq(&super::shown(&running.finish()));
    session(&project, ["status"], &expect![]);
}
