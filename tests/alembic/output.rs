//! What is said where, and how a command ends.

use super::Place;
use crate::support::database::Database;

/// Three migrations that are applied, of which the last has no file any more.
fn beyond_the_files(database: &Database) -> Place<'_> {
    let place = Place::new(database, "a: base; b: a; c: b");
    place.ok(["up"]);
    place.forget(["c"]);
    place
}

#[test]
fn a_row_that_no_file_has_is_shown() {
    let database = Database::sqlite();
    let place = beyond_the_files(&database);
    let current = place.run("current").expect_code(3);
    assert!(current.stdout.contains("c_xc (unknown)"), "{}", current.snapshot());
    let history = place.ok(["history -i"]);
    assert!(history.contains("c_xc (current, unknown)") && history.contains("b_xb (applied)"), "{history}");
    let shown = place.ok(["show c"]);
    assert!(shown.contains("c_xc") && shown.contains("applied at"), "{shown}");
    let shown = place.ok(["show b"]);
    assert!(shown.contains("create table of_b"), "{shown}");
    place.ok(["heads", "downgrade -1"]);
    assert_eq!(
        (place.heads().concat(), place.has("of_c")),
        ("b".to_owned(), false),
        "the database stores the way back"
    );
}

#[test]
fn quiet_mutes_neither_results_nor_errors() {
    let database = Database::sqlite();
    let place = Place::new(&database, "a: base; b: a");
    let up = place.run("-q up").expect_code(0);
    assert_eq!((up.stdout.as_str(), up.stderr.as_str()), ("2 migrations applied, the database is at b_xb\n", ""));
    assert_eq!(place.ok(["-q current"]), "b_xb (head)\n");
    let told = place.stops("-q show nosuch", 1);
    assert!(told.contains("`nosuch`"), "{told}");
    place.forget(["b"]);
    let current = place.run("-q current").expect_code(3);
    assert!(current.stdout.contains("b_xb (unknown)") && current.stderr.contains("no file"), "{}", current.snapshot());
}

#[test]
fn results_are_on_stdout_and_everything_else_on_stderr() {
    let database = Database::sqlite();
    let place = Place::new(&database, "a: base");
    place.project.migration("b_broken", "-- dunlin: revises a\ninsert into nowhere values (1);", "select 1;");
    place.project.file("versions/c_odd.up.sql", "-- dunlin: revises b\n-- dunlin: irreversible it is\nselect 1;");
    for (line, code) in [
        ("up nosuch", 1),
        ("nonsense", 1),
        ("up --nonsense", 1),
        ("heads --url sqlite:nosuch.sqlite --dir nowhere", 1),
        ("status --check", 2),
        ("up", 5),
        ("up a", 0),
        ("stamp head", 0),
        ("down", 9),
    ] {
        let outcome = place.run(line).expect_code(code);
        let errors = outcome.stderr.lines().filter(|line| line.starts_with("error: ")).count();
        match code {
            0 | 2 => assert!(!outcome.stdout.is_empty() && errors == 0, "{}", outcome.snapshot()),
            _ => assert!(outcome.stdout.is_empty() && errors == 1, "{}", outcome.snapshot()),
        }
    }
    place.project.remove("versions/a_xa.down.sql");
    place.stops("heads", 3);
}
