//! Branches, heads and merges, as the guides teach them.

use super::{Session, on_both};

/// Two lines that go on from one migration, of which none is applied: `0002` and `0003` both revise `0001`.
fn forked(session: &Session<'_>) {
    session.ok(["dunlin init"]);
    session.write(
        "dunlin new --id 0001 -m 'create users'",
        "create table users (id integer primary key);",
        "drop table users;",
    );
    session.write(
        "dunlin new --id 0002 -m 'add email'",
        "alter table users add column email varchar(120);",
        "alter table users drop column email;",
    );
    session.write(
        "dunlin revision --rev-id 0003 -m 'start feature x' --branch-label feature_x --head 0001 --splice",
        "create table orders (id integer primary key);",
        "drop table orders;",
    );
}

#[test]
fn several_heads_stop_the_run_and_merge_joins_them() {
    on_both(|database| {
        let session = Session::new(database);
        forked(&session);
        let told = session.stopped("dunlin upgrade head", 1);
        assert!(told.contains("0002_add_email") && told.contains("0003_start_feature_x"), "{told}");
        assert_eq!(session.applied(), [""; 0]);
        let heads = session.ok(["dunlin heads"]);
        assert!(heads.contains("0002_add_email") && heads.contains("0003_start_feature_x"), "{heads}");
        let branches = session.ok(["dunlin branches"]);
        assert!(branches.contains("0001_create_users"), "{branches}");

        session.write("dunlin merge -m 'merge feature x' 0002 0003", "", "");
        assert!(session.project.read("versions/0004_merge_feature_x.up.sql").contains("revises 0002, 0003\n"));
        let heads = session.ok(["dunlin heads"]);
        assert!(heads.contains("0004_merge_feature_x") && !heads.contains("0002_add_email"), "{heads}");
        session.ok(["dunlin upgrade head"]);
        assert_eq!(session.applied(), ["0001", "0002", "0003", "0004"]);
        assert_eq!(session.tables(["users", "orders"]), ["users", "orders"]);
    });
}

#[test]
fn merge_alone_joins_all_heads() {
    on_both(|database| {
        let session = Session::new(database);
        forked(&session);
        session.ok(["dunlin up heads", "dunlin merge", "dunlin up"]);
        assert_eq!(session.applied().len(), 4);
        assert_eq!(session.ok(["dunlin current --format json"]).matches("\"id\"").count(), 1);
    });
}

#[test]
fn one_step_back_from_a_merge_is_one_step() {
    on_both(|database| {
        let session = Session::new(database);
        forked(&session);
        session.ok(["dunlin merge", "dunlin up", "dunlin downgrade -1"]);
        assert_eq!(session.applied(), ["0001", "0002", "0003"]);
        session.ok(["dunlin downgrade -1"]);
        assert_eq!(
            (session.applied(), session.tables(["orders"])),
            (vec!["0001".to_owned(), "0002".to_owned()], vec![])
        );
        session.ok(["dunlin upgrade head", "dunlin downgrade base"]);
        assert_eq!(session.applied(), [""; 0]);
        assert_eq!(session.tables(["users", "orders"]), [""; 0]);
    });
}

#[test]
fn a_branch_goes_its_own_way() {
    on_both(|database| {
        let session = Session::new(database);
        forked(&session);
        session.ok(["dunlin up feature_x@head"]);
        assert_eq!(session.applied(), ["0001", "0003"]);
        session.ok(["dunlin up heads"]);
        assert_eq!(session.applied(), ["0001", "0003", "0002"]);
        session.ok(["dunlin down feature_x@-1"]);
        assert_eq!(session.applied(), ["0001", "0002"]);
        let shown = session.ok(["dunlin show feature_x"]);
        assert!(shown.contains("0003_start_feature_x") && shown.contains("create table orders"), "{shown}");
    });
}

#[test]
fn rebase_puts_what_is_pending_behind_what_is_applied() {
    on_both(|database| {
        let session = Session::new(database);
        forked(&session);
        session.ok(["dunlin up 0002", "dunlin rebase", "dunlin up"]);
        assert!(session.project.read("versions/0003_start_feature_x.up.sql").contains("revises 0002\n"));
        assert_eq!(session.applied(), ["0001", "0002", "0003"]);
        session.ok(["dunlin down base"]);
        assert_eq!(session.tables(["users", "orders"]), [""; 0]);
    });
}

#[test]
fn ranges_and_relative_places_are_understood() {
    on_both(|database| {
        let session = Session::new(database);
        forked(&session);
        session.ok(["dunlin up base+1"]);
        assert_eq!(session.applied(), ["0001"]);
        session.ok(["dunlin up heads", "dunlin down 0002-1"]);
        assert_eq!(session.applied(), ["0001"]);
        for range in ["-r 0001:", "-r base:0002", "0001:feature_x@head", "-r -1:current"] {
            let history = session.ok([&format!("dunlin history {range}")]);
            assert!(history.contains("0001_create_users"), "{range}: {history}");
        }
        let none = session.ok(["dunlin history base:0001"]);
        assert!(!none.contains("0002_add_email"), "{none}");
    });
}
