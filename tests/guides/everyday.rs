//! Making, applying and reverting, as all five guides teach it.

use super::{Session, on_both};
use crate::support::command::Command;

/// A project as the guides begin one: `init`, and three migrations of which none is applied.
fn begun(session: &Session<'_>) {
    session.ok(["dunlin init"]);
    session.write(
        "dunlin new --id 0001 -m 'create users'",
        "create table users (id integer primary key, username varchar(50) not null);",
        "drop table users;",
    );
    session.write(
        "dunlin revision -m 'add email to users'",
        "alter table users add column email varchar(120);",
        "alter table users drop column email;",
    );
    session.write(
        "dunlin new index users by email",
        "create unique index ix_users_email on users (email);",
        "drop index ix_users_email;",
    );
}

#[test]
fn a_project_is_set_up_written_applied_and_gone_on_with() {
    on_both(|database| {
        let session = Session::new(database);
        begun(&session);
        let files = session.project.files();
        assert!(files.contains(&"dunlin.toml".to_owned()) && files.contains(&"versions/dunlin.lock".to_owned()));
        assert!(files.contains(&"versions/0002_add_email_to_users.down.sql".to_owned()), "{files:?}");
        assert!(session.project.read("versions/0002_add_email_to_users.up.sql").contains("-- dunlin: revises 0001\n"));

        session.ok(["dunlin upgrade head"]);
        assert_eq!(session.applied(), ["0001", "0002", "0003"]);
        assert_eq!(session.sql("insert into users (id, username) values (1, 'ada') returning email"), "NULL");

        session.write(
            "dunlin revision -m 'rename username'",
            "alter table users rename column username to user_name;",
            "alter table users rename column user_name to username;",
        );
        session.ok(["dunlin upgrade head"]);
        assert_eq!(session.sql("select user_name from users"), "ada");
        session.ok(["dunlin downgrade -1"]);
        assert_eq!(session.sql("select username from users"), "ada");
    });
}

#[test]
fn every_way_up_and_down_leads_where_it_says() {
    on_both(|database| {
        let session = Session::new(database);
        begun(&session);
        let steps: [(&str, &[&str]); 12] = [
            ("dunlin up 0001", &["0001"]),
            ("dunlin up +1", &["0001", "0002"]),
            ("dunlin down -1", &["0001"]),
            ("dunlin up +2", &["0001", "0002", "0003"]),
            ("dunlin down -3", &[]),
            ("dunlin up add_email_to_users", &["0001", "0002"]),
            ("dunlin up", &["0001", "0002", "0003"]),
            ("dunlin down 0001", &["0001"]),
            ("dunlin up heads", &["0001", "0002", "0003"]),
            ("dunlin down", &["0001", "0002"]),
            ("dunlin down base", &[]),
            ("dunlin up head", &["0001", "0002", "0003"]),
        ];
        for (line, applied) in steps {
            session.ok([line]);
            assert_eq!(session.applied(), applied, "after {line}");
            let has_table = session.tables(["users"]) == ["users"];
            let has_email = database.try_sql("select email from users").is_ok();
            assert_eq!((has_table, has_email), (!applied.is_empty(), applied.len() > 1), "after {line}");
        }
    });
}

#[test]
fn a_migration_is_tested_by_applying_reverting_and_applying_it() {
    on_both(|database| {
        let session = Session::new(database);
        begun(&session);
        session.ok(["dunlin up"]);
        let shape = session.shape();
        session.ok(["dunlin down -1", "dunlin up"]);
        assert_eq!(session.shape(), shape);
        session.ok(["dunlin redo", "dunlin redo -3"]);
        assert_eq!(session.shape(), shape);
        assert_eq!(session.applied(), ["0001", "0002", "0003"]);
    });
}

#[test]
fn a_question_changes_nothing_and_creates_nothing() {
    on_both(|database| {
        let session = Session::new(database);
        begun(&session);
        let questions = [
            "dunlin status",
            "dunlin history",
            "dunlin plan",
            "dunlin plan --sql",
            "dunlin verify",
            "dunlin show 0002",
        ];
        session.ok(questions);
        assert_eq!(session.tables(["users", "dunlin_migrations", "dunlin_layout"]), [""; 0]);

        session.ok(["dunlin up 0002"]);
        let events = session.sql("select n, action, id from dunlin_events order by n");
        session.ok(questions);
        assert_eq!(session.applied(), ["0001", "0002"]);
        assert_eq!(session.sql("select n, action, id from dunlin_events order by n"), events);
    });
}

#[test]
fn a_dry_run_reads_the_database() {
    on_both(|database| {
        let session = Session::new(database);
        begun(&session);
        session.ok(["dunlin up 0001"]);
        let sql = session.ok(["dunlin plan --sql"]);
        assert!(sql.contains("add column email") && sql.contains("ix_users_email"), "{sql}");
        assert!(!sql.contains("create table users"), "what is applied is not in it: {sql}");
        session.stopped("dunlin up --dry-run", 2);
        assert_eq!(session.applied(), ["0001"]);
    });
}

#[test]
fn an_edit_of_an_applied_migration_stops_the_run() {
    on_both(|database| {
        let session = Session::new(database);
        begun(&session);
        session.ok(["dunlin up 0002"]);
        let file = "versions/0001_create_users.up.sql";
        let text = session.project.read(file);
        session.project.file(file, text.replace("varchar(50)", "varchar(60)"));
        for line in ["dunlin up", "dunlin verify"] {
            let told = session.stopped(line, 3);
            assert!(told.contains("varchar(50)") && told.contains("varchar(60)"), "{told}");
        }
        assert_eq!(session.applied(), ["0001", "0002"]);

        session.project.file(file, text);
        session.ok(["dunlin verify", "dunlin up"]);
        assert_eq!(session.applied(), ["0001", "0002", "0003"]);
    });
}

#[test]
fn five_runs_at_once_apply_each_migration_once() {
    on_both(|database| {
        let session = Session::new(database);
        begun(&session);
        session.write(
            "dunlin new -m 'add ada'",
            "insert into users (id, username) values (1, 'ada');",
            "delete from users;",
        );
        let up = Command::dunlin(&session.project).argument("up").variable("DATABASE_URL", &database.url);
        let running: Vec<_> = (0..5).map(|_| up.start()).collect();
        for run in running {
            run.finish().expect_code(0);
        }
        assert_eq!(session.applied(), ["0001", "0002", "0003", "0004"]);
        assert_eq!(session.sql("select count(*) from users"), "1");
        assert_eq!(session.sql("select count(*) from dunlin_events where action = 'up'"), "4");
    });
}
