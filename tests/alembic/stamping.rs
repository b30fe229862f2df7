//! `stamp`: the rows that it writes, and those that it leaves.

use super::Place;
use crate::support::database::Database;

engines! {
    async fn a_stamp_leaves_the_rows_of_other_branches(database: &Database) {
        let place = Place::new(database, "a: base; b: base; c0: base; c1: c0; c2: c1");
        place.ok(["up heads", "stamp a b c1"]);
        assert_eq!(place.heads(), ["a", "b", "c1"]);
        assert_eq!(place.applied(), ["a", "b", "c0", "c1"]);
        assert!(place.has("of_c2"), "a stamp runs nothing");
    }
}

#[test]
fn a_stamp_at_a_target_and_its_ancestor_is_a_stamp_at_the_target() {
    let database = Database::sqlite();
    let place = Place::new(&database, "a: base; b: a; c: b; d: base");
    place.ok(["up heads"]);
    let told = place.run("stamp --purge b c").expect_code(0).stderr;
    assert!(told.contains("`b_xb` changes nothing: `c_xc` comes after it"), "{told}");
    assert!(told.contains("remove") && told.contains("d_xd"), "what goes is shown: {told}");
    assert_eq!(place.heads(), ["c"]);
    let up = place.run("up c").expect_code(0);
    assert!(up.stderr.is_empty(), "{}", up.snapshot());
}

#[test]
fn two_targets_below_a_head_are_stamped() {
    let database = Database::sqlite();
    let place = Place::new(&database, "a: base; b: a; c: b");
    place.ok(["up", "stamp a b"]);
    assert_eq!(place.heads(), ["b"]);
    place.add("d: a; e: c, d; f: e");
    place.ok(["stamp head", "stamp c d"]);
    assert_eq!(place.heads(), ["c", "d"]);
    place.ok(["stamp head", "stamp b d"]);
    assert_eq!(place.heads(), ["b", "d"]);
}

#[test]
fn a_stamp_leads_away_from_a_row_that_no_file_has() {
    let database = Database::sqlite();
    let place = Place::new(&database, "dead: base; beef: dead");
    place.ok(["up"]);
    place.forget(["dead", "beef"]);
    place.add("a: base; b: a");
    place.stops("up", 3);
    let would = place.run("stamp --dry-run head").expect_code(2);
    assert!(would.stdout.contains("dead_xdead") && would.stdout.contains("no file has it"), "{}", would.snapshot());
    assert_eq!(place.applied(), ["dead", "beef"]);
    place.ok(["stamp head"]);
    assert_eq!(place.heads(), ["b"]);
    place.ok(["up", "verify"]);
}
