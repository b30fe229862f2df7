//! Exit codes, each brought about.

use std::path::Path;
use std::process::{Command, Stdio};

use expect_test::expect;
use sqlx::{ConnectOptions, SqliteConnection, raw_sql};

use super::{birds, command, run, session};
use crate::support::binary;
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
    session(
        &birds(),
        ["up -q", "up --no-such-flag"],
        &expect![[r#"
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
    "#]],
    );
}

#[test]
fn code_2_is_pending() {
    session(
        &birds(),
        ["status --check", "plan --check +1", "up --dry-run +1"],
        &expect![[r#"
        $ dunlin status --check
        state    migration  applied at (UTC)
        pending  0001_bird
        pending  0002_name
        pending  0003_egg

        3 migrations: 0 applied, 3 pending; the database is at base
        --- exit 2

        $ dunlin plan --check +1
        up  versions/0001_bird.up.sql  1 statement, in a transaction

        1 migration to apply
        --- exit 2

        $ dunlin up --dry-run +1
        up  versions/0001_bird.up.sql  1 statement, in a transaction

        1 migration to apply
        --- exit 2
    "#]],
    );
}

#[test]
fn code_3_is_a_history_that_disagrees() {
    let project = birds();
    run(&project, "up").expect_code(0);
    project.file("versions/0001_bird.up.sql", "create table bird (id bigint primary key);\n");
    session(
        &project,
        ["up"],
        &expect![[r#"
            $ dunlin up
            --- stderr
            error: versions/0001_bird.up.sql was edited after it was applied on [date]
                applied  [checksum]
                in file  [checksum]
                @@ -1 +1 @@
                -create table bird (id integer primary key);
                +create table bird (id bigint primary key);
            hint: restore the file with `dunlin restore 0001`, or accept the edit with `dunlin lock --accept 0001 --reason "…"`, or put the change in a new migration: `dunlin new <slug>`; in a database of your own, `dunlin redo` runs it anew
            --- exit 3
        "#]],
    );
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
    session(
        &project,
        ["up"],
        &expect![[r#"
        $ dunlin up
        --- stderr
        error: versions/1_bird.up.sql:1:1: unknown directive `transacton`; did you mean `transaction`?
          versions/2_egg.up.sql: there is no down file, and nothing says why
          versions/2_egg.up.sql:1:37: unterminated string
          versions/3_nest.up.sql:1:1: not UTF-8: byte 0xff cannot stand here
          versions/4_song.down.sql: there is no up file to go with it
          versions/odd-name.sql: not a migration's file name: no `_` ends the id; a name is `<id>_<slug>.up.sql`
        hint: add the `.down.sql` file, or `-- dunlin: irreversible <reason>`, or allow up-only files for the whole set (`allow_up_only` in `embed!`, `allow-up-only = true` in dunlin.toml, `--allow-up-only`)
        hint: a migration is `<id>_<slug>.up.sql` and `<id>_<slug>.down.sql`
        --- exit 3
    "#]],
    );
}

#[test]
fn code_4_is_a_lock_that_was_not_obtained() {
    let project = birds();
    let other = writing(&project.path().join("app.db"));
    expect![[r#"
        $ dunlin up --lock-wait [duration]
        --- stderr
        error: the lock was not obtained within [duration]
        hint: wait longer with `--lock-wait`, or end the other run
        --- exit 4
    "#]]
    .assert_eq(&super::shown(&command(&project, "up --lock-wait 200ms").run()));
    drop(other);
    run(&project, "up").expect_code(0);
}

#[test]
fn code_5_is_a_step_that_was_rolled_back() {
    let project = birds();
    run(&project, "up 0001").expect_code(0);
    project.migration("0004_wrong", "create table nest (id integer);\ncreate tabel song (id integer);\n", "select 1;");
    session(
        &project,
        ["up", "status"],
        &expect![[r#"
            $ dunlin up
            --- stderr
              applied   0002_name  [duration]
              applied   0003_egg  [duration]
            error: versions/0004_wrong.up.sql:2:8: near "tabel": syntax error (1)
                |
              2 | create tabel song (id integer);
                |        ^^^^^
                statement 2 of 2 failed; `0004_wrong` was rolled back; 2 steps before it stay as they are
            hint: mend what is wrong and run again; `dunlin plan` shows what is pending
            --- exit 5

            $ dunlin status
            state    migration   applied at (UTC)
            applied  0001_bird   [time]
            applied  0002_name   [time]
            applied  0003_egg    [time]
            pending  0004_wrong

            4 migrations: 3 applied, 1 pending; the database is at 0003_egg

            last failure: versions/0004_wrong.up.sql:2: near "tabel": syntax error (1)
              `0004_wrong`, going up at [time], run by [who]
              statement 2 of 2 failed; it was rolled back, and nothing of it is in place
            hint: mend versions/0004_wrong.up.sql and run `dunlin up`; if it was done by hand, `dunlin mark 0004 applied --reason "…"`
            --- exit 0
        "#]],
    );
}

#[test]
fn code_6_is_a_step_that_failed_part_way() {
    let project = birds();
    project.migration(
        "0004_wrong",
        "-- dunlin: transaction none\ncreate table nest (id integer);\ncreate table bird (id integer);\n",
        "select 1;",
    );
    session(
        &project,
        ["up -q", "status", "up"],
        &expect![[r#"
            $ dunlin up -q
            --- stderr
            error: versions/0004_wrong.up.sql:3:1: table bird already exists (1)
                |
              3 | create table bird (id integer);
                | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
                statement 2 of 2 failed; the one before it is in place; 3 steps before it stay as they are
            hint: mend the file or the data, and `dunlin resume` goes on with that statement; `dunlin status` shows which are in place
            --- exit 6

            $ dunlin status
            state       migration   applied at (UTC)
            applied     0001_bird   [time]
            applied     0002_name   [time]
            applied     0003_egg    [time]
            unfinished  0004_wrong  [time]

            4 migrations: 3 applied, 0 pending, 1 unfinished; the database is at 0003_egg

            error: versions/0004_wrong.up.sql began to go up and did not end: statement 2 failed: table bird already exists
                statement 1 (line 2): in place: create table nest (id integer)
                statement 2 (line 3): failed, not in place: create table bird (id integer)
            hint: mend the file or the data, and `dunlin resume` goes on with that statement; `dunlin mark 0004 applied --reason "…"` or `… reverted …` settles it as a whole

            last failure: versions/0004_wrong.up.sql:3: table bird already exists (1)
              `0004_wrong`, going up at [time], run by [who]
              statement 2 of 2 failed; it is unfinished
            --- exit 0

            $ dunlin up
            --- stderr
            error: versions/0004_wrong.up.sql began to go up and did not end: statement 2 failed: table bird already exists
                statement 1 (line 2): in place: create table nest (id integer)
                statement 2 (line 3): failed, not in place: create table bird (id integer)
            hint: mend the file or the data, and `dunlin resume` goes on with that statement; `dunlin mark 0004 applied --reason "…"` or `… reverted …` settles it as a whole
            --- exit 3
        "#]],
    );
}

#[test]
fn code_9_is_a_way_back_that_there_is_not() {
    let project = birds();
    project.file(
        "versions/0004_forget.up.sql",
        "-- dunlin: irreversible the names are gone\nupdate bird set name = null;",
    );
    session(
        &project,
        ["up -q", "down -2"],
        &expect![[r#"
        $ dunlin up -q
        4 migrations applied, the database is at 0004_forget
        --- exit 0

        $ dunlin down -2
        --- stderr
        error: `0004_forget` is irreversible: the names are gone
        hint: nothing was reverted; stop above it with `dunlin down <id>`, or write a new migration
        --- exit 9
    "#]],
    );
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
    expect![[r#"
        $ dunlin up
        --- stderr
        error: versions/0004_endless.up.sql:2:1: interrupted (9)
            |
          2 | with recursive n (i) as (select 1 union all select i + 1 from n) select count(*) from n;
            | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
            interrupted at statement 2 of 2; `0004_endless` was rolled back
        hint: `dunlin up` goes on
        --- exit 130
    "#]]
    .assert_eq(&super::shown(&running.finish()));
    session(
        &project,
        ["status"],
        &expect![[r#"
        $ dunlin status
        state    migration     applied at (UTC)
        applied  0001_bird     [time]
        applied  0002_name     [time]
        applied  0003_egg      [time]
        pending  0004_endless

        4 migrations: 3 applied, 1 pending; the database is at 0003_egg
        --- exit 0
    "#]],
    );
}

#[test]
#[cfg(target_os = "linux")]
fn data_that_cannot_be_written_is_a_failure_and_a_reader_that_has_gone_is_none() {
    let project = birds();
    let status = |stdout: Stdio| {
        let mut command = Command::new(binary::dunlin());
        command.args(["status", "--url", "sqlite:birds.db"]).current_dir(project.path()).stdout(stdout);
        command.output().expect("it runs")
    };
    let full = std::fs::File::options().write(true).open("/dev/full").expect("there is one");
    let outcome = status(full.into());
    let said = String::from_utf8_lossy(&outcome.stderr);
    assert_eq!(outcome.status.code(), Some(1), "{said}");
    assert!(said.contains("error: the output could not be written: No space left on device"), "{said}");

    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    assert_eq!(status(writer.into()).status.code(), Some(0));
}
