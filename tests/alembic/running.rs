//! Runs that have nothing to do, that start together, and that fail.

use super::Place;
use crate::support::database::Database;
use crate::support::process::run_together;

engines! {
    async fn five_runs_at_once_do_the_work_once_and_all_succeed(database: &Database) {
        let place = Place::new(database, "a: base; b: a");
        place.project.migration("c_count", "-- dunlin: revises b\ninsert into of_a values (1);\nupdate of_a set id = id + 1;", "delete from of_a;");
        let outcomes = run_together(&vec![place.command("upgrade head"); 5]);
        for outcome in &outcomes {
            assert_eq!(outcome.code, Some(0), "{}", outcome.snapshot());
        }
        assert_eq!(place.applied(), ["a", "b", "c"]);
        assert_eq!(database.sql("select id from of_a"), "2");
        assert_eq!(database.sql("select count(*) from dunlin_events"), "3");
    }

    async fn a_failed_migration_is_rolled_back_or_told_statement_by_statement(database: &Database) {
        let place = Place::new(database, "a: base");
        place.ok(["up"]);
        let mended = "-- dunlin: revises a\ncreate table nest (id integer primary key);\ninsert into nest values (1);\n";
        place.project.migration("b_nest", &format!("{mended}insert into nowhere values (1);\n"), "drop table nest;");
        if database.dialect.facts().ddl_rolls_back {
            let told = place.stops("up", 5);
            assert!(told.contains("versions/b_nest.up.sql:4:") && !place.has("nest"), "{told}");
        } else {
            let told = place.stops("up", 6);
            assert!(told.contains("statement 3 of 3 failed; the 2 before it are in place"), "{told}");
            let told = place.stops("up", 3);
            assert!(told.contains("in place: create table nest"), "the next run tells, and runs nothing twice: {told}");
            // Taken back by hand, as the journal says, and then it is forgotten.
            database.sql("drop table nest");
            place.ok(["stamp a"]);
        }
        assert_eq!(place.heads(), ["a"]);
        place.project.file("versions/b_nest.up.sql", mended);
        place.ok(["up"]);
        assert_eq!((place.heads().concat(), database.sql("select id from nest")), ("b".to_owned(), "1".to_owned()));
    }
}

#[test]
fn nothing_to_do_is_said_with_its_reason() {
    let database = Database::sqlite();
    let place = Place::new(&database, "a: base; b: a; c: b");
    place.ok(["up b"]);
    for (line, reason) in [
        ("up a", "`a_xa` is already applied"),
        ("up b", "`b_xb` is already applied"),
        ("up base", "nothing to do: "),
        ("down b", "nothing after `b_xb` is applied"),
        ("to b", "nothing to do: "),
    ] {
        let said = place.ok([line]);
        assert!(said.contains(reason) && said.contains("the database is at b_xb"), "{line}: {said}");
        let json = place.ok([&format!("{line} --format json")]);
        assert!(json.contains("\"because\""), "{line}: {json}");
    }
    assert_eq!(place.heads(), ["b"]);
}
