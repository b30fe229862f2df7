//! `new`: what it writes, and what it leaves as it was.

use super::{Place, versions};
use crate::support::database::Database;

#[test]
fn a_new_migration_overwrites_nothing() {
    let database = Database::sqlite();
    let place = Place::new(&database, "0001: base");
    place.project.migration("0002_nest", "-- dunlin: revises 0001\n-- my own words\nselect 1;", "select 1;");
    // Nobody's yet, and in the way all the same.
    place.project.file("versions/0003_egg.down.sql", "-- my own words, too");
    let files = versions(&place);
    for line in ["revision --rev-id 0002 -m nest", "revision --rev-id 2 -m nest", "revision --rev-id 0003 -m egg"] {
        assert_ne!(place.run(line).code, Some(0), "{line}");
        assert_eq!(versions(&place), files, "{line}");
    }
}

#[test]
fn a_refused_migration_leaves_no_file() {
    let database = Database::sqlite();
    let place = Place::new(&database, "0001: base");
    let up = "-- dunlin: revises 0001\n-- dunlin: label wings\ncreate table wing (id integer);";
    place.project.migration("0002_wing", up, "drop table wing;");
    let files = versions(&place);
    for line in [
        "revision -m x --branch-label wings",
        "revision -m x --rev-id 0001",
        "revision -m x --rev-id wings",
        "revision -m x --branch-label 0001",
        "revision -m x --depends-on 0009",
        "revision -m x --head 0009",
        "revision -m x --head 0001",
    ] {
        place.stops(line, 1);
        assert_eq!(versions(&place), files, "{line}");
    }
    place.ok(["up", "history"]);
}

#[test]
fn a_hook_that_fails_is_named_and_the_files_stay() {
    let database = Database::sqlite();
    let place = Place::new(&database, "0001: base");
    place.project.file("dunlin.toml", "[hooks]\nafter-write = [\"echo untidy >&2; exit 1\"]\n");
    let outcome = place.run("revision -m nest");
    assert_ne!(outcome.code, Some(0));
    assert!(outcome.stderr.contains("error: the hook `echo untidy >&2; exit 1`"), "{}", outcome.snapshot());
    assert!(place.project.files().contains(&"versions/0002_nest.up.sql".to_owned()));
}

#[test]
fn a_message_of_any_text_is_a_comment() {
    let messages = [
        "say \"\"\" and '''",
        "one\n-- dunlin: breaking\ndrop table of_0001;\n",
        "*/ drop table of_0001; /*",
        "dunlin: transaction none",
        "a \\ b ${c} {d} %(e)s \r\n\u{2028}delete from of_0001; é 🐦",
    ];
    let database = Database::sqlite();
    let place = Place::new(&database, "0001: base");
    for (n, message) in messages.iter().enumerate() {
        let id = format!("{:04}", n + 2);
        place.command("revision -m").argument(message).arguments(["--id", &id]).run().expect_code(0);
        let files = place.project.files();
        let of = |half: &str| files.iter().find(|name| name.contains(&id) && name.ends_with(half)).expect("a file");
        for half in ["up.sql", "down.sql"] {
            let text = place.project.read(of(half));
            assert!(text.lines().all(|line| line.is_empty() || line.starts_with("--")), "{text}");
            place.project.file(of(half), text + "select 1;\n");
        }
    }
    place.ok(["up", "history"]);
    assert!(place.has("of_0001") && place.applied().len() == 1 + messages.len());
    assert_eq!(database.sql("select count(*) from dunlin_migrations where breaking"), "0");
    place.ok(["down base"]);
}
