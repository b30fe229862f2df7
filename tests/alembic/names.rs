//! Names of migrations, and targets made of them.

use super::{Place, ids, versions};
use crate::support::database::Database;

engines! {
    async fn a_long_id_is_recorded_and_a_longer_one_is_refused(database: &Database) {
        let place = Place::new(database, "a: base");
        let long = "l".repeat(64);
        place.project.migration(&format!("{long}_nest"), "-- dunlin: revises a\ncreate table nest (id integer);", "drop table nest;");
        place.ok(["up"]);
        assert_eq!(place.heads(), [long.as_str()]);
        place.ok(["down -1"]);
        assert!(!place.has("nest") && place.heads() == ["a"]);

        let longer = format!("{long}l");
        let told = place.stops(&format!("new egg --id {longer}"), 1);
        assert!(told.contains("must be 1 to 64 letters and digits"), "{told}");
        place.project.migration(&format!("{longer}_egg"), "-- dunlin: revises a\ncreate table egg (id integer);", "drop table egg;");
        place.stops("up heads", 3);
        assert!(!place.has("egg"), "it is refused before anything runs");
    }

    async fn a_quote_in_a_name_is_a_letter_like_any_other(database: &Database) {
        let place = Place::new(database, "a: base");
        let slug = "o'brien'); drop table of_a; --";
        place.project.migration(&format!("b_{slug}"), "-- dunlin: revises a\n-- it's\ncreate table bird (id integer);", "drop table bird;");
        place.ok([&format!("up \"{slug}\"")]);
        assert_eq!(database.sql("select slug from dunlin_migrations where id = 'b'"), slug);
        assert!(place.ok(["current"]).starts_with(&format!("b_{slug}")));
        place.ok(["down -1", "up", "stamp a", "stamp head", "down a"]);
        assert!(place.applied() == ["a"] && place.has("of_a") && !place.has("bird"));

        place.stops("up \"a' or '1'='1\"", 1);
        place.stops("new nest --rev-id \"c'c\"", 1);
        place.project.migration("c'c_nest", "-- dunlin: revises a\nselect 1;", "select 1;");
        let told = place.stops("up", 3);
        assert!(told.contains("c'c_nest.up.sql"), "{told}");
    }
}

#[test]
fn an_ambiguous_name_lists_its_candidates() {
    let database = Database::sqlite();
    let place = Place::new(&database, "ab121: base; ab122: ab121; ab123: ab122; b1: base");
    for line in ["show ab12", "up ab12", "down ab12", "stamp ab12", "to ab12", "new x --head ab12", "history ab12:"] {
        let told = place.stops(line, 1);
        assert!(
            ["ab121", "ab122", "ab123"].iter().all(|id| told.contains(id)) && !told.contains("b1_"),
            "{line}: {told}"
        );
    }
    place.ok(["up ab123", "show ab121"]);
}

#[test]
fn every_odd_target_is_told_in_a_sentence() {
    let database = Database::sqlite();
    let place = Place::new(&database, "a: base; b: a");
    place.ok(["up a"]);
    for line in [
        "up ''",
        "up a+99",
        "up a-99",
        "up head+1",
        "up base-1",
        "up :head",
        "up a:b",
        "up +99",
        "up -1",
        "up @",
        "up a@",
        "up nosuch@head",
        "down ''",
        "down -99",
        "down +1",
        "down a+99",
        "down nosuch@-1",
        "down nosuch@base",
        "to ''",
        "stamp ''",
        "show ''",
        "show head+1",
        "history b:a:b",
        "new x --head +1",
    ] {
        let told = place.stops(line, 1);
        let sentence = told.lines().find_map(|line| line.strip_prefix("error: ")).unwrap_or_default();
        assert!(sentence.split_whitespace().count() > 2, "{line}: {told}");
    }
    assert_eq!((place.applied().concat(), place.project.files().len()), ("a".to_owned(), 4));
}

#[test]
fn a_step_back_on_a_branch_with_two_heads_is_one_step() {
    let database = Database::sqlite();
    let place = Place::new(&database, "a: base; c: b; d: b; e: base");
    let up = "-- dunlin: revises a\n-- dunlin: label wings\ncreate table of_b (id integer);";
    place.project.migration("b_xb", up, "drop table of_b;");
    place.ok(["up heads", "down wings@-1"]);
    assert_eq!(place.heads(), ["c", "e"]);
}

#[test]
fn a_target_is_matched_in_full() {
    let database = Database::sqlite();
    let place = Place::new(&database, "a: base; b: a; c: b");
    for line in ["up +1+1", "up +1junk", "up 1+", "up a+1b", "up '+1 '", "to -1x", "down -- -1junk", "stamp -- -1x"] {
        place.stops(line, 1);
    }
    assert_eq!(place.applied(), [""; 0]);
    place.ok(["up +1"]);
    assert_eq!(place.applied(), ["a"]);
}

#[test]
fn a_word_of_the_grammar_is_no_id_and_no_label() {
    let database = Database::sqlite();
    for word in ["head", "heads", "base", "current"] {
        let place = Place::new(&database, "0001: base");
        let files = versions(&place);
        for flag in ["--rev-id", "--branch-label"] {
            let told = place.stops(&format!("revision -m x {flag} {word}"), 1);
            assert!(told.contains(&format!("`{word}` is a reserved word")), "{told}");
        }
        assert_eq!(versions(&place), files);
        place.project.migration(&format!("{word}_x"), "-- dunlin: revises 0001\nselect 1;", "select 1;");
        let told = place.stops("history", 3);
        assert!(told.contains(&format!("versions/{word}_x.up.sql")) && told.contains("reserved word"), "{told}");
    }
}

#[test]
fn an_offset_in_a_range_counts_from_the_other_end() {
    let database = Database::sqlite();
    let place = Place::new(&database, "a: base; b: a; c: b; d: c; e: d; f: e");
    place.ok(["up d"]);
    for (range, expected) in [("-2:current", "bcd"), ("-2:", "def"), ("b:+2", "bcd"), ("-1:c", "bc")] {
        for between in [" ", ""] {
            let json = place.ok([&format!("history -r{between}{range} --format json")]);
            assert_eq!(ids(&json).concat(), expected, "{range}");
        }
    }
}
