//! Where the database stands after going up and down.

use super::Place;
use crate::support::database::Database;

engines! {
    async fn heads_after_going_down_are_heads_and_the_next_run_goes_on(database: &Database) {
        let place = Place::new(database, "a: base; b: base; c: b; d: c + b");
        place.ok(["up heads", "down c"]);
        assert_eq!(place.heads(), ["a", "c"]);
        place.ok(["up heads"]);
        assert_eq!(place.heads(), ["a", "d"]);

        place.add("e: b, a + c");
        place.ok(["up heads", "down b"]);
        assert_eq!(place.heads(), ["a", "b"]);
        place.ok(["up heads", "down base"]);
        assert_eq!(place.heads(), [""; 0]);
    }
}

#[test]
fn a_dependency_that_a_parent_includes_does_not_stop_the_run() {
    let database = Database::sqlite();
    for graph in ["a: base; b: a; c: base; d: c, b + a", "a: base; b: base; c: a + b; d: b, c"] {
        let place = Place::new(&database, graph);
        place.ok(["up heads"]);
        assert_eq!((place.applied().concat(), place.heads().concat()), ("abcd".to_owned(), "d".to_owned()));
        place.ok(["down base"]);
        assert_eq!(place.applied(), [""; 0]);
    }
}

#[test]
fn one_step_back_from_a_merge_undoes_the_merge() {
    let database = Database::sqlite();
    let place = Place::new(&database, "a: base; b: a; c: a; d: b, c");
    place.ok(["upgrade head", "downgrade -1"]);
    assert_eq!(place.heads(), ["b", "c"]);
    place.ok(["downgrade -1"]);
    assert_eq!(place.heads(), ["b"]);
    assert!(!place.has("of_c") && place.has("of_b"));
    place.ok(["upgrade head", "downgrade -2", "upgrade head"]);
    assert_eq!(place.heads(), ["d"]);
}

#[test]
fn a_head_that_others_depend_on_is_applied_with_them() {
    let database = Database::sqlite();
    let place = Place::new(&database, "a: base; b: base + a");
    place.run("current --check-heads").expect_code(2);
    place.ok(["up heads", "current --check-heads"]);
    assert_eq!(place.heads(), ["b"]);
    place.ok(["up head", "down -1"]);
    place.run("current --check-heads").expect_code(2);
}
