//! A history that cannot be written while a step is under way: the step stopped half way, and says so.

use super::{migrations, one_by_one};
use crate::contract::is_audited;
use crate::support::command::Command;
use crate::support::database::Database;
use crate::support::project::Project;
use dunlin::Dialect;

/// Keeps rows out of a table: those for which a condition on `new` holds.
fn keep_out(database: &Database, table: &str, condition: &str) {
    let begins = format!("create trigger keep_out before insert on {table}");
    database.sql(&match database.dialect {
        Dialect::Sqlite => format!("{begins} when {condition} begin select raise(abort, 'no space left'); end"),
        Dialect::Postgres => format!(
            "create function keep_out() returns trigger language plpgsql as
             $$ begin if {condition} then raise exception 'no space left'; end if; return new; end $$;
             {begins} for each row execute function keep_out()"
        ),
        Dialect::Mysql => format!("{begins} for each row set new.set_name = if({condition}, null, new.set_name)"),
    });
}

fn let_in(database: &Database, table: &str) {
    let on = if database.dialect == Dialect::Postgres { format!(" on {table}") } else { String::new() };
    database.sql(&format!("drop trigger keep_out{on}"));
    if database.dialect == Dialect::Postgres {
        database.sql("drop function keep_out()");
    }
}

/// A database whose history has its journal, and a step of which one statement runs by itself.
async fn world(database: &Database) -> Project {
    let project = Project::new();
    project.migration("1_step", &one_by_one(database.dialect, &["create table a (n integer)"]), "select 1;");
    migrations(&project).up(&database.url).await.expect("it is applied");
    let alone = if database.dialect == Dialect::Mysql { "create table b (n integer)" } else { "vacuum" };
    let file = one_by_one(database.dialect, &["insert into a values (1)", alone]);
    project.migration("2_step", &file, "select 1;");
    project
}

engines! {
    async fn a_journal_that_cannot_be_written_leaves_a_step_that_stopped_half_way(database: &Database) {
        let project = world(database).await;
        keep_out(database, "dunlin_statements", "new.n = 2");
        let up = || Command::dunlin(&project).arguments(["up", "--url", &database.url]).run();
        let failed = up().expect_code(6);
        assert!(failed.stderr.contains("the journal could not be written, so that statement 2 of 2 did not run; the one before it is in place"), "{}", failed.stderr);
        assert!(failed.stderr.contains("`dunlin up` goes on"), "{}", failed.stderr);
        assert_eq!(database.sql("select count(*) from dunlin_events where action = 'failed'"), "1");
        let_in(database, "dunlin_statements");
        up().expect_code(0);
        assert_eq!(database.sql("select n from a"), "1");
        is_audited(&migrations(&project), database).await;
    }

    async fn a_step_whose_end_cannot_be_recorded_is_in_place_and_finished_by_the_next_run(database: &Database) {
        let project = world(database).await;
        keep_out(database, "dunlin_events", "new.action = 'up'");
        let up = || Command::dunlin(&project).arguments(["up", "--url", &database.url]).run();
        let failed = up().expect_code(6);
        assert!(failed.stderr.contains("its statements ran, and that could not be recorded; all of them are in place"), "{}", failed.stderr);
        let_in(database, "dunlin_events");
        up().expect_code(0);
        assert_eq!(database.sql("select n from a"), "1");
        is_audited(&migrations(&project), database).await;
    }
}
