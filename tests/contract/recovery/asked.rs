//! What nothing shows: the run stops and asks, and either answer leads on.

use dunlin::Dialect;
use expect_test::expect;

use super::Interrupted;
use crate::contract::{has, migrations, step_failure};
use crate::support::database::Database;
use crate::support::project::Project;

/// Stops the test unless a run asks about a statement, and says how to answer.
fn asks(interrupted: &Interrupted<'_>, n: usize) {
    for verb in ["up", "down", "resume"] {
        let asked = interrupted.dunlin(&[verb]).expect_code(3);
        for answer in ["done", "redo"] {
            assert!(asked.stderr.contains(&format!("`dunlin resume --{answer} {n}`")), "{}", asked.snapshot());
        }
    }
}

#[tokio::test]
async fn the_question_names_both_answers() {
    let Some(database) = Database::mysql() else { return };
    database.sql("create procedure p() select 1");
    let statements = ["create table a (n integer)", "call p()", "create table b (n integer)"];
    let interrupted = Interrupted::behind(&database, 2, &statements).await.unrecorded(2);
    expect![[r#"
        $ dunlin up --url mysql://dunlin:wr%2Fng%3F%20p%40ss%3Aw%25rd%20%231%C3%A9@127.0.0.1:[port]/[database]
        --- stderr
        error: versions/1_step.up.sql began to go up and did not end: nothing shows whether statement 2 took effect
            statement 1 (line 1): in place: create table a (n integer)
            statement 2 (line 2): begun, perhaps in place: call p()
        hint: look, and go on with `dunlin resume --done 2` if it is in place, or `dunlin resume --redo 2` if not; `dunlin mark 1 applied --reason "…"` or `… reverted …` settles it as a whole
        --- exit 3
    "#]].assert_eq(&interrupted.dunlin(&["up"]).snapshot());
}

#[tokio::test]
async fn a_statement_that_no_schema_shows_is_asked_about() {
    for (answer, rows) in [("--done", "1\n2"), ("--redo", "1\n1\n2")] {
        let Some(database) = Database::mysql() else { return };
        database.sql("create table log (n integer); create procedure p() insert into log values (1);");
        let statements = ["create table a (n integer)", "call p()", "insert into log values (2)"];
        let interrupted = Interrupted::behind(&database, 2, &statements).await.unrecorded(2);
        asks(&interrupted, 2);
        let wrong = interrupted.dunlin(&["resume", answer, "1"]).expect_code(3);
        assert!(wrong.stderr.contains("nothing shows whether statement 2 took effect"), "{}", wrong.snapshot());
        interrupted.dunlin(&["resume", answer, "2"]).expect_code(0);
        assert_eq!(database.sql("select n from log order by n"), rows);
        let settled = interrupted.resumption().contains(r#""settled":2"#);
        assert_eq!(settled, answer == "--done", "{}", interrupted.resumption());
        interrupted.dunlin(&["up"]).expect_code(0);
    }
}

#[tokio::test]
async fn rights_and_tables_that_change_places_are_asked_about() {
    let cases = [
        ("create role {role}", "drop role if exists {role}"),
        ("grant select on {main}.t to {role}", "revoke all on {main}.t from {role}"),
        ("rename table t to v, u to t, v to u", "rename table t to v, u to t, v to u"),
    ];
    for (statement, undo) in cases {
        for (answer, took_effect) in [("--done", true), ("--redo", false)] {
            let Some(database) = Database::mysql() else { return };
            let (url, main) = (database.superuser_url(), database.sql("select database()"));
            let role = main.replace("dunlin_", "role_");
            let [statement, undo] = [statement, undo].map(|sql| sql.replace("{main}", &main).replace("{role}", &role));
            database.sql("create table t (a integer); create table u (b integer)");
            if statement.starts_with("grant") {
                database.superuser_sql(&format!("create role {role}"));
            }
            let statements = ["create table first (a integer)", &statement, "create table last (a integer)"];
            let interrupted = Interrupted::at(&database, &url, 2, &statements).await.unrecorded(2);
            if !took_effect {
                database.superuser_sql(&undo);
            }
            asks(&interrupted, 2);
            interrupted.dunlin(&["resume", answer, "2"]).expect_code(0);
            assert!(has(&database, "last"), "{statement}");
            assert_eq!(database.sql("select group_concat(column_name) from information_schema.columns where table_schema = database() and table_name = 't'"), if statement.starts_with("rename") { "b" } else { "a" });
            database.superuser_sql(&format!("drop role if exists {role}"));
        }
    }
}

#[tokio::test]
async fn a_drop_of_several_tables_that_was_half_done_is_asked_about() {
    for by_hand in [true, false] {
        let Some(database) = Database::mysql() else { return };
        database.sql("create table t (a integer); create table u (a integer)");
        let statements = ["create table first (a integer)", "drop table t, u", "create table last (a integer)"];
        let interrupted = Interrupted::behind(&database, 2, &statements).await.unrecorded(2);
        database.sql("create table u (a integer)");
        asks(&interrupted, 2);
        if by_hand {
            database.sql("drop table u");
            interrupted.dunlin(&["resume", "--done", "2"]).expect_code(0);
        } else {
            // It fails because of the one that is gone, and takes the other away: then all are.
            interrupted.dunlin(&["resume", "--redo", "2"]).expect_code(6);
            interrupted.dunlin(&["up"]).expect_code(0);
        }
        assert!(has(&database, "last") && !has(&database, "u"));
    }
}

#[tokio::test]
async fn what_a_script_began_is_asked_about() {
    let Some(database) = Database::mysql() else { return };
    let statements = ["create table first (a integer)", "create table t (a integer)", "create table last (a integer)"];
    let interrupted = Interrupted::behind(&database, 2, &statements).await.unrecorded(2);
    database.sql("update dunlin_statements set fingerprint = null; drop table t");
    asks(&interrupted, 2);
    interrupted.dunlin(&["resume", "--redo", "2"]).expect_code(0);
    assert!(has(&database, "t") && has(&database, "last"));
}

#[tokio::test]
async fn a_procedure_that_commits_on_its_way_is_asked_about() {
    for (answer, rows) in [("--done", "1\n2"), ("--redo", "1\n1\n2")] {
        let Some(database) = Database::postgres() else { return };
        database.sql("create table log (n integer); create procedure p() language plpgsql as $$ begin insert into log values (1); commit; end $$");
        let statements = ["create table a (n integer)", "call p()", "insert into log values (2)"];
        let interrupted = Interrupted::behind(&database, 2, &statements).await.unrecorded(2);
        asks(&interrupted, 2);
        interrupted.dunlin(&["resume", answer, "2"]).expect_code(0);
        assert_eq!(database.sql("select n from log order by n"), rows);
    }
}

#[tokio::test]
async fn a_block_that_was_rolled_back_left_nothing_and_may_be_tried_again() {
    let Some(database) = Database::postgres() else { return };
    database.sql("create table log (n integer)");
    for first in ["", "insert into log values (0);\n"] {
        let project = Project::new();
        let up = format!(
            "-- dunlin: transaction none\n{first}do $$ begin insert into log values (1); raise exception 'no'; end $$;\n"
        );
        project.migration("1_step", &up, "select 1;");
        let failure = step_failure(migrations(&project).up(&database.url).await);
        let status = migrations(&project).status(&database.url).await.expect("a status");
        let journal: Vec<_> = status.migrations[0].journal.iter().map(|entry| entry.state.as_str()).collect();
        if first.is_empty() {
            assert_eq!((failure.outcome, journal), (dunlin::Outcome::RolledBack, vec![]));
        } else {
            assert_eq!((failure.outcome, journal), (dunlin::Outcome::Partial { in_place: 1 }, vec!["done", "failed"]));
        }
    }
}

engines! {
    async fn the_key_of_a_row_that_another_session_wrote_is_asked_about(database: &Database) {
        let (table, key) = match database.dialect {
            Dialect::Sqlite => ("create table a (id integer primary key, n integer)", "last_insert_rowid()"),
            Dialect::Postgres => ("create table a (id serial primary key, n integer)", "lastval()"),
            Dialect::Mysql => ("create table a (id integer auto_increment primary key, n integer)", "last_insert_id()"),
        };
        let last = format!("insert into b values ({key})");
        let statements = [table, "insert into a (n) values (7)", "create table b (a integer)", &last, "insert into b values (9)"];
        for done in [2, 3] {
            let Some(database) = Database::new(database.dialect) else { return };
            let interrupted = Interrupted::behind(&database, done, &statements).await;
            // What needs nothing of it goes on.
            interrupted.dunlin(&["up"]).expect_code(3);
            assert!(has(&database, "b"));
            asks(&interrupted, 4);
            database.sql("insert into b values (1)");
            interrupted.dunlin(&["resume", "--done", "4"]).expect_code(0);
            assert_eq!(database.sql("select a from b order by a"), "1\n9");
            interrupted.dunlin(&["up"]).expect_code(0);
        }
        let Some(database) = Database::new(database.dialect) else { return };
        let statements = [table, "insert into a (n) values (7)", "create table b (a integer)", &format!("insert into b select 5 where {key} > -1"), "insert into b values (9)"];
        let interrupted = Interrupted::behind(&database, 3, &statements).await;
        asks(&interrupted, 4);
        let redone = interrupted.dunlin(&["resume", "--redo", "4"]);
        // PostgreSQL knows that there is no such key.
        if database.dialect == Dialect::Postgres {
            redone.expect_code(6);
        } else {
            redone.expect_code(0);
            assert_eq!(database.sql("select a from b order by a"), "5\n9");
        }
    }

    async fn rows_of_a_temporary_table_are_asked_about(database: &Database) {
        let statements = ["create table b (n integer)", "create temporary table t (n integer)", "insert into t values (1)", "create table c (n integer)", "insert into b select n from t"];
        let interrupted = Interrupted::behind(database, 3, &statements).await;
        interrupted.dunlin(&["up"]).expect_code(3);
        assert!(has(database, "c"));
        asks(&interrupted, 5);
        database.sql("insert into b values (1)");
        interrupted.dunlin(&["resume", "--done", "5"]).expect_code(0);
        assert_eq!(database.sql("select n from b"), "1");
    }
}

#[tokio::test]
async fn a_variable_that_would_be_another_now_is_asked_about() {
    for assigned in ["set @top = (select max(n) from a)", "select max(n) into @top from a"] {
        let Some(database) = Database::mysql() else { return };
        let statements = [
            "create table a (n integer)",
            "insert into a values (1)",
            assigned,
            "insert into a values (2)",
            "create table b (n integer)",
            "insert into b values (@top)",
        ];
        let interrupted = Interrupted::behind(&database, 4, &statements).await;
        interrupted.dunlin(&["up"]).expect_code(3);
        asks(&interrupted, 6);
        database.sql("insert into b values (1)");
        interrupted.dunlin(&["resume", "--done", "6"]).expect_code(0);
        assert_eq!(database.sql("select n from b"), "1", "{assigned}");
    }
}

#[tokio::test]
async fn rows_of_a_table_without_transactions_are_asked_about() {
    for (answer, rows) in [("--done", "1\n2"), ("--redo", "1\n1\n2")] {
        let Some(database) = Database::mysql() else { return };
        database.sql("create table log (n integer) engine = MyISAM; create table safe (n integer);");
        let statements = [
            "create table a (n integer)",
            "insert into safe values (1)",
            "insert into log values (1)",
            "insert into log values (2)",
        ];
        let interrupted = Interrupted::behind(&database, 3, &statements).await.unrecorded(3);
        asks(&interrupted, 3);
        interrupted.dunlin(&["resume", answer, "3"]).expect_code(0);
        assert_eq!(database.sql("select n from log order by n"), rows);
        assert_eq!(database.sql("select n from safe order by n"), "1");
    }
}

#[tokio::test]
async fn a_row_of_such_a_table_that_something_else_writes_is_asked_about() {
    let ways = [
        (
            "create table {main}.safe (n integer); create trigger {main}.g after insert on {main}.safe for each row insert into log values (new.n)",
            "insert into {main}.safe values (1)",
        ),
        ("create view {main}.v as select n from {main}.log", "insert into v values (1)"),
        (
            "create function {main}.f() returns integer deterministic begin insert into log values (1); return 1; end",
            "do f()",
        ),
        ("do 0", "insert into {main}.log values (1)"),
    ];
    for (setup, statement) in ways {
        let (Some(database), Some(side)) = (Database::mysql(), Database::mysql()) else { return };
        let main = database.sql("select database()");
        database.sql("create table log (n integer) engine = MyISAM");
        database.feed(&format!("delimiter //\n{}//\n", setup.replace("{main}", &main))).expect("it is made");
        // From another database, if the statement says in which its table is.
        let from = if statement.contains("{main}") { &side } else { &database };
        let statements =
            ["create table a (n integer)", &statement.replace("{main}", &main), "create table b (n integer)"];
        let interrupted = Interrupted::behind(from, 2, &statements).await.unrecorded(2);
        asks(&interrupted, 2);
        interrupted.dunlin(&["resume", "--done", "2"]).expect_code(0);
        assert_eq!(database.sql("select n from log"), "1", "{statement}");
    }
}

#[tokio::test]
async fn rows_that_stay_although_their_statement_failed_are_asked_about() {
    let Some(database) = Database::mysql() else { return };
    database.sql("create table log (n integer primary key) engine = MyISAM; create table safe (n integer primary key)");
    let project = Project::new();
    let up = "create table a (n integer);\ninsert into safe values (1), (1);\n";
    project.migration("1_step", up, "select 1;");
    step_failure(migrations(&project).up(&database.url).await);
    let interrupted = Interrupted { project, database: &database, url: database.url.clone() };
    interrupted
        .project
        .file("versions/1_step.up.sql", up.replace("(1), (1)", "(1)") + "insert into log values (1), (1);\n");
    // The first left nothing: it is tried again. The second leaves its first row.
    interrupted.dunlin(&["resume"]).expect_code(6);
    asks(&interrupted, 3);
    assert_eq!(database.sql("select n from log"), "1");
    interrupted.dunlin(&["resume", "--done", "3"]).expect_code(0);
}
