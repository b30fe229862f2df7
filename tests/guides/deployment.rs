//! Environments, scripts for somebody else to run, and the targets of the guides' Makefile.

use super::{Session, on_both};
use crate::support::database::Database;

#[test]
fn a_script_leaves_what_the_run_leaves() {
    on_both(|database| {
        if !database.has_client() {
            return;
        }
        let session = Session::in_example(database);
        session.ok(["dunlin up"]);
        let (shape, applied) = (session.shape(), session.applied());

        let other = Database::new(database.dialect).expect("a database");
        other.feed(&session.ok(["dunlin up --sql"])).expect("the client takes it");
        let there = Session { project: session.project, database: &other };
        assert_eq!((there.shape(), there.applied()), (shape, applied));
        there.ok(["dunlin verify", "dunlin status --check"]);

        let back = there.ok(["dunlin down 0013:0010 --sql"]);
        other.feed(&back).expect("the client takes it");
        assert_eq!(there.applied().last().map(String::as_str), Some("0010"));
        other.feed(&back).expect_err("it makes sure where it starts");
        there.ok(["dunlin verify", "dunlin up"]);
        assert_eq!(there.applied().last().map(String::as_str), Some("0013"));
    });
}

#[test]
fn what_passed_staging_goes_to_production() {
    on_both(|staging| {
        let production = Database::new(staging.dialect).expect("a database");
        let session = Session::in_example(staging);
        let settings =
            format!("[env.staging]\nurl = \"{}\"\n\n[env.production]\nurl = \"{}\"\n", staging.url, production.url);
        session.project.file("dunlin.toml", settings);
        session.ok(["dunlin up --env staging", "dunlin down -1 --env staging", "dunlin up --env staging"]);
        assert_eq!(production.try_sql("select count(*) from users").ok(), None);
        session.ok(["dunlin up --env production"]);
        assert_eq!(production.sql("select count(*) from dunlin_migrations"), "13");
    });
}

/// The commands of a target of a Makefile.
fn recipe(makefile: &str, target: &str) -> Vec<String> {
    let lines = makefile.lines().skip_while(|line| *line != format!("{target}:")).skip(1);
    lines.map_while(|line| line.strip_prefix("\t$(DUNLIN) ")).map(|line| format!("dunlin {line}")).collect()
}

#[test]
fn the_targets_of_the_makefile_do_what_they_say() {
    on_both(|database| {
        let session = Session::new(database);
        session.ok(["dunlin init --makefile"]);
        let makefile = session.project.read("Makefile");
        let make = |target: &str| {
            let lines = recipe(&makefile, target);
            assert!(!lines.is_empty(), "{target} is in {makefile}");
            for line in &lines {
                session.ok([line]);
            }
        };
        make("db-init");
        let todos = "create table todos (id integer primary key);";
        session.write("dunlin new -m 'create todos'", todos, "drop table todos;");
        let title = ["alter table todos add column title text;", "alter table todos drop column title;"];
        session.write("dunlin new -m 'add title'", title[0], title[1]);
        make("db-upgrade");
        make("db-history");
        make("db-current");
        assert_eq!(session.applied().len(), 2);
        make("db-downgrade");
        assert_eq!(session.applied().len(), 1);
        make("db-test-migrations");
        assert_eq!(session.applied().len(), 2);
        session.sql("insert into todos (id, title) values (1, 'x')");
        make("db-reset");
        assert_eq!(session.sql("select count(*) from todos"), "0");
        session.stopped("dunlin new -m ''", 1);
    });
}
