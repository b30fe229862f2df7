//! What the guides do when something has gone wrong, without their emergency script.

use super::{Session, on_both};
use crate::support::database::Database;

/// A project of three migrations.
fn begun(session: Session<'_>) -> Session<'_> {
    session.ok(["dunlin init"]);
    let tables = [("0001", "users"), ("0002", "posts"), ("0003", "tags")];
    for (id, table) in tables {
        session.write(
            &format!("dunlin new --id {id} -m 'create {table}'"),
            &format!("create table {table} (id integer primary key);"),
            &format!("drop table {table};"),
        );
    }
    session
}

/// Says how each migration came to be in the history.
fn kinds(session: &Session<'_>) -> Vec<String> {
    let rows = session.sql("select id, kind from dunlin_migrations order by seq");
    rows.lines().map(str::to_owned).collect()
}

#[test]
fn a_stamp_marks_what_is_there_already() {
    on_both(|database| {
        let session = begun(Session::new(database));
        session.sql("create table users (id integer primary key)");
        session.stopped("dunlin up", 5);
        session.ok(["dunlin stamp 0001 --yes", "dunlin up"]);
        assert_eq!(kinds(&session), ["0001|stamped", "0002|applied", "0003|applied"]);
        assert_eq!(session.tables(["users", "posts", "tags"]), ["users", "posts", "tags"]);
    });
}

#[test]
fn a_migration_is_skipped_by_name() {
    on_both(|database| {
        let session = begun(Session::new(database));
        session.ok(["dunlin up 0001", "dunlin skip 0002 --reason 'nobody writes'", "dunlin up"]);
        assert_eq!(session.applied(), ["0001", "0002", "0003"]);
        assert_eq!(session.tables(["users", "posts", "tags"]), ["users", "tags"]);
    });
}

/// Takes the files of `0003` away, as going to another branch does.
fn forget_tags(session: &Session<'_>) {
    session.project.remove("versions/0003_create_tags.up.sql").remove("versions/0003_create_tags.down.sql");
    let lock = session.project.read("versions/dunlin.lock");
    let without: Vec<&str> = lock.lines().filter(|line| !line.starts_with("0003")).collect();
    session.project.file("versions/dunlin.lock", without.join("\n") + "\n");
}

#[test]
fn an_applied_migration_whose_file_is_gone_can_be_shown_and_taken_back() {
    on_both(|database| {
        let session = begun(Session::new(database));
        session.ok(["dunlin up"]);
        forget_tags(&session);
        let current = session.stopped("dunlin current", 3);
        assert!(current.contains("0003_create_tags"), "{current}");
        session.ok(["dunlin show 0003", "dunlin history", "dunlin down -1"]);
        assert_eq!(session.applied(), ["0001", "0002"]);
        assert_eq!(session.tables(["tags"]), [""; 0], "the database stores the way back");
    });
}

#[test]
fn an_applied_migration_whose_file_is_gone_does_not_keep_a_stamp_away() {
    on_both(|database| {
        let session = begun(Session::new(database));
        session.ok(["dunlin up"]);
        forget_tags(&session);
        session.ok(["dunlin stamp head", "dunlin current", "dunlin up"]);
        assert_eq!(session.applied(), ["0001", "0002"]);
        assert_eq!(session.tables(["tags"]), ["tags"], "a stamp runs nothing");
    });
}

#[test]
fn the_history_can_be_begun_again() {
    on_both(|database| {
        let session = begun(Session::new(database));
        session.ok(["dunlin up 0002"]);
        session.sql("create table tags (id integer primary key)");
        session.ok(["dunlin stamp --purge head --yes"]);
        assert_eq!(session.applied(), ["0001", "0002", "0003"]);
        session.ok(["dunlin up", "dunlin down base"]);
        assert_eq!(session.tables(["users", "posts", "tags"]), [""; 0]);
        let ups = session.sql("select id from dunlin_events where action = 'up' order by n");
        assert_eq!(ups, "0001\n0002", "the log keeps what was");
    });
}

#[test]
fn doctor_does_what_the_emergency_script_did() {
    on_both(|database| {
        let session = begun(Session::new(database));
        session.ok(["dunlin up", "dunlin doctor"]);
        session.write(
            "dunlin new --id 0004 -m 'create notes' --head 0002 --splice",
            "create table notes (id integer primary key);",
            "drop table notes;",
        );
        let told = session.stopped("dunlin doctor", 3);
        assert!(told.contains("0003_create_tags") && told.contains("0004_create_notes"), "{told}");
        assert_eq!(session.applied(), ["0001", "0002", "0003"], "it only looks");

        session.run("dunlin doctor --fix --yes");
        session.ok(["dunlin up", "dunlin doctor", "dunlin verify", "dunlin status --check"]);
        assert_eq!(session.tables(["tags", "notes"]), ["tags", "notes"]);
    });
}

#[test]
fn a_database_that_alembic_brought_so_far_goes_on_with_dunlin() {
    on_both(|database| {
        let session = Session::new(database);
        session.sql("create table alembic_version (version_num varchar(32) not null)");
        session.sql("insert into alembic_version values ('ae1027a6acf')");
        session.sql("create table users (id integer primary key)");

        session.ok(["dunlin init"]);
        session.write(
            "dunlin new -m 'where alembic left off' --irreversible 'older than this history'",
            "create table users (id integer primary key);",
            "",
        );
        session.ok(["dunlin stamp head --yes"]);
        session.write(
            "dunlin new -m 'add name'",
            "alter table users add column name text;",
            "alter table users drop column name;",
        );
        session.ok(["dunlin up"]);
        session.sql("select name from users");

        let fresh = Database::new(database.dialect).expect("a database");
        let session = Session { project: session.project, database: &fresh };
        session.ok(["dunlin up"]);
        session.sql("select name from users");
        session.stopped("dunlin down base --yes", 9);
    });
}
