//! Graphs that are broken, and the order of those that are not.

use std::time::Duration;

use super::{Place, versions};
use crate::support::database::Database;

#[test]
fn a_cycle_is_shown_as_its_path_and_nothing_runs() {
    // Alembic runs the first two in a wrong order, and hangs at the others.
    let graphs = [
        ("a: base; b: a, c; c: b; d: c", "b_xb → c_xc → b_xb"),
        ("a: base; b: a + c; c: b; d: c", "b_xb → c_xc → b_xb"),
        ("a: base; b: a + d; c: a; d: c + b; e: b, d", "b_xb → d_xd → b_xb"),
        ("a: base; b: a + d; c: a; d: c + b; e: b; f: d", "b_xb → d_xd → b_xb"),
    ];
    for (graph, path) in graphs {
        let database = Database::sqlite();
        let place = Place::new(&database, graph);
        for line in ["up heads", "history", "heads", "current", "down base"] {
            let outcome = place.command(line).patience(Duration::from_secs(10)).run().expect_code(3);
            assert!(outcome.stderr.contains(path) && outcome.stderr.contains("versions/b_xb.up.sql"), "{outcome:?}");
        }
        assert!(!place.has("of_a") && !place.has("dunlin_migrations"));
    }
}

#[test]
fn the_order_is_the_same_in_every_run() {
    for _ in 0..3 {
        let database = Database::sqlite();
        let place = Place::new(&database, "d: base; c: base; b: base; a: base + b, c, d; e: base + d, a; f: a, c, d");
        place.ok(["up heads"]);
        assert_eq!(place.applied().concat(), "bcdaef");
    }
    let database = Database::sqlite();
    let place = Place::new(&database, "a: base");
    for id in ["b", "c", "d"] {
        let up = "-- dunlin: revises a\n-- dunlin: label wings\nselect 1;";
        place.project.migration(&format!("{id}_x{id}"), up, "select 1;");
    }
    let told = place.stops("heads", 3);
    assert!((0..3).all(|_| place.stops("heads", 3) == told), "{told}");
}

#[test]
fn an_unknown_parent_is_named_with_its_file_and_the_nearest_id() {
    let database = Database::sqlite();
    let place = Place::new(&database, "0001: base; 0002: 0011");
    for line in ["heads", "history", "current", "up", "show 0001"] {
        let told = place.stops(line, 3);
        assert!(told.contains("versions/0002_x0002.up.sql") && told.contains("revises `0011`"), "{told}");
        assert!(told.contains("did you mean `0001`?"), "{told}");
    }
}

#[test]
fn two_files_with_one_id_are_both_named() {
    let database = Database::sqlite();
    let place = Place::new(&database, "0001: base; 0002: 0001");
    place.project.migration("0002_other", "-- dunlin: revises 0001\nselect 1;", "select 1;");
    let files = versions(&place);
    for line in ["heads", "history", "up"] {
        let told = place.stops(line, 3);
        assert!(told.contains("0002_x0002.up.sql") && told.contains("0002_other.up.sql"), "{told}");
    }
    assert!(!place.has("of_0001") && versions(&place) == files);
}
