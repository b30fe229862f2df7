mod history;
mod meddling;
mod unfinished;

use expect_test::expect;

use self::history::{History, history, text};
use super::*;
use crate::ledger::{Action, Change, Detail, Every, Forgotten, MigrationRow};

#[test]
fn a_history_as_dunlin_leaves_it_is_whole_and_tells_its_head() {
    let audit = history().audit();
    assert!(audit.findings.is_empty() && audit.is_whole(), "{:?}", audit.findings);
    let [set] = &audit.sets[..] else { panic!("{:?}", audit.sets) };
    assert_eq!((&*set.set, set.events, set.migrations, set.repeatables), ("main", 10, 3, 2));
    assert_eq!(audit.head(&SetName::default()), history().events()[9].hash.as_deref());
    assert_eq!(super::audit(&Tables::default(), 1, None), Audit::default());
}

#[test]
fn a_changed_event_is_named_once() {
    let mut changed = history();
    changed.events()[1].os_user = text("eve");
    changed.check(&expect![[r#"
        error: event 2 breaks the chain: its hash is not that of what it says and of the event before it
    "#]]);
    let mut changed = history();
    changed.events()[1].hash = text("b3:00");
    changed.check(&expect![[r#"
        error: event 2 breaks the chain: its hash is not that of what it says and of the event before it
        error: event 3 breaks the chain: its hash is not that of what it says and of the event before it
    "#]]);
    let mut changed = history();
    changed.events()[9].hash = text("");
    changed.check(&expect![[r#"
        error: event 10 has lost its hash
    "#]]);
}

#[test]
fn deleted_and_inserted_and_reordered_events_are_found() {
    let mut deleted = history();
    deleted.events().remove(0);
    deleted.check(&expect![[r#"
        error: event 1 is missing
    "#]]);
    let mut inserted = history();
    let copy = EventRow { n: text("11"), ..inserted.events()[9].clone() };
    inserted.events().push(copy);
    inserted.check(&expect![[r#"
        error: event 11 breaks the chain: its hash is not that of what it says and of the event before it
    "#]]);
    let mut numbered = history();
    numbered.events()[9].n = text("ten");
    numbered.check(&expect![[r#"
        error: an event has the number `ten`, which is none or another's
        error: `repeatable/nests` has a row that no event left there
    "#]]);
    let mut swapped = history();
    (swapped.events()[3].n, swapped.events()[2].n) = (text("3"), text("4"));
    swapped.check(&expect![[r#"
        error: event 3 breaks the chain: its hash is not that of what it says and of the event before it
        error: event 4 breaks the chain: its hash is not that of what it says and of the event before it
        error: event 5 breaks the chain: its hash is not that of what it says and of the event before it
    "#]]);
}

#[test]
fn rows_are_held_against_the_events_that_left_them() {
    let mut changed = history();
    changed.migrations()[1].duration_us = text("18");
    changed.repeatables()[0].applied_at = text("2026-11-21T10:00:00.000001Z");
    changed.check(&expect![[r#"
        error: the row of `2_bird` is not as event 7 (up) left it
        error: the row of `repeatable/singers` is not as event 3 (repeat) left it
    "#]]);
    let mut deleted = history();
    deleted.migrations().remove(0);
    deleted.repeatables().remove(1);
    deleted.check(&expect![[r#"
        error: `1` has no row, and event 9 (heal) left one
        error: `repeatable/nests` has no row, and event 10 (repeat) left one
    "#]]);
    let mut inserted = history();
    let copy = MigrationRow { id: text("4"), ..inserted.migrations()[0].clone() };
    inserted.migrations().push(copy);
    inserted.check(&expect![[r#"
        error: `4_bird` has a row that no event left there
        error: the rows of `1` and `4` share the place 1
    "#]]);
}

#[test]
fn stored_sql_hashes_to_the_stored_checksums() {
    let mut changed = history();
    changed.migrations()[0].up_sql = text("drop table t1;");
    changed.migrations()[1].down_sql = None;
    changed.repeatables()[1].stored_sql = text("create view nest;");
    changed.check(&expect![[r#"
        error: the up SQL that is stored of `1_bird` is not that of its checksum
          recorded  b3:58b9213ad5489b408eded65fe7e08a6b250998ed2a1e8afe4f162939cf36714b
          stored    b3:b8f944a4179a8e0204efbd1f8873f2fce5b148e3ebe79bf36181de29a592f292
        error: the row of `1_bird` is not as event 9 (heal) left it
        error: the down SQL that is stored of `2_bird` is not that of its checksum
          recorded  b3:b5e59bc3a23b52dc7d1c0105d60320adbdf31f4ac453d78cf2d3ba63dd27d824
          stored    nothing
        error: the row of `2_bird` is not as event 7 (up) left it
        error: the SQL that is stored of `repeatable/nests` is not that of its checksum
          recorded  b3:98d68916d0043c1ce1372b09de35923ef910c018d05e69aa5ae89de886feab60
          stored    b3:6ef1dcf85720e2db55cb8ba52cbea1675362728eb7295684ded0d21178044ae3
        error: the row of `repeatable/nests` is not as event 10 (repeat) left it
    "#]]);
}

#[test]
fn a_healed_row_does_not_carry_an_earlier_change_along() {
    let mut history = history();
    history.migrations()[1].slug = text("cuckoo");
    history.heal("2");
    history.check(&expect![[r#"
        error: the row of `2` was not as event 7 had left it when event 11 changed it
    "#]]);
}

#[test]
fn an_unfinished_step_is_told_and_the_rest_of_its_row_still_counts() {
    let mut history = history();
    history.write("4", "applied", "applying");
    history.check(&expect![[r#"
        error: `4_bird` began to go up and did not end
    "#]]);
    history.write("5", "applied", "applying");
    history.check(&expect![[r#"
        error: `4_bird` began to go up and did not end
        error: `5_bird` has a row that no event left there
    "#]]);
    let mut reverting = self::history();
    reverting.migrations()[1].state = text("reverting");
    reverting.check(&expect![[r#"
        error: `2_bird` began to go down and did not end
    "#]]);
    reverting.migrations()[1].parents = text("9");
    reverting.check(&expect![[r#"
        error: `2_bird` began to go down and did not end
        error: the row of `2_bird` is not as event 7 (up) left it
    "#]]);
    let mut applying = self::history();
    applying.migrations()[1].state = text("applying");
    applying.check(&expect![[r#"
        error: the row of `2_bird` is not as event 7 (up) left it
    "#]]);
}

#[test]
fn what_scripts_and_earlier_builds_wrote_is_held_against_its_sql_alone() {
    let mut history = history();
    history.up_by_script("4");
    history.up_by_script("5");
    history.check(&expect![[r#"
        note: events 11 to 12 were written by a script; until the next run that changes something has sealed the log, nothing covers this end of it, and of its rows the SQL alone
    "#]]);
    history.migrations()[3].slug = text("cuckoo");
    history.migrations()[4].up_checksum = text("b3:00");
    history.check(&expect![[r#"
        note: events 11 to 12 were written by a script; until the next run that changes something has sealed the log, nothing covers this end of it, and of its rows the SQL alone
        error: the up SQL that is stored of `5_bird` is not that of its checksum
          recorded  b3:00
          stored    b3:149eafbabe8039c92b5d3e283524db7bc58999a7600b1e2d68ba3a0546f6eb26
        error: the row of `5_bird` is not as event 12 (up) left it
    "#]]);

    let mut earlier = History::new();
    for id in ["1", "2"] {
        let row = earlier.write(id, "applied", "applied");
        earlier.log(&Action::Up, Some(id), row.up_checksum, Detail::default());
    }
    earlier.check(&expect![[r#"
        note: an earlier build of dunlin wrote `1_bird` and `2_bird`, and no digest covers more of that than the SQL
    "#]]);
    earlier.migrations()[0].state = text("applying");
    earlier.migrations().pop();
    earlier.check(&expect![[r#"
        error: the row of `1_bird` is not as event 1 (up) left it
        error: `2` has no row, and event 2 (up) left one
    "#]]);
}

#[test]
fn an_action_of_a_newer_dunlin_is_followed_by_what_its_detail_says() {
    let mut history = history();
    let unknown = Action::Unknown("tidied".to_owned());
    let row = history.write("4", "applied", "applied");
    history.log(&unknown, Some("4"), text("b3:00"), Detail { row: Some(row.digest()), ..Detail::default() });
    history.remove("2", &unknown, Some(Change::Removed));
    history.log(&unknown, Some("3"), None, Detail::default());
    history.check(&expect![[r#"
        note: a newer dunlin wrote `tidied` into the log (11, 12, 13)
    "#]]);
    assert!(history.audit().is_whole());
}

#[test]
fn the_layout_is_one_row() {
    let mut history = history();
    history.0.layout = Some(vec![LayoutRow { id: text("1"), version: text("0") }]);
    history.check(&expect![[r#"
        error: the table of the layout was changed: it holds `id 1, version 0`
    "#]]);
    history.0.layout = Some(Vec::new());
    history.check(&expect![[r#"
        error: the table of the layout has no row
    "#]]);
    history.0.layout = None;
    history.check(&expect![[r#"
        error: the table of the layout is not there
    "#]]);
}

#[test]
fn a_cut_tail_is_found_by_the_head_that_was_noted_down() {
    let (set, whole) = (SetName::default(), history());
    let mut cut = history();
    cut.events().truncate(8);
    cut.repeatables().retain(|row| row.name.as_deref() != Some("nests"));
    cut.migrations()[0] = History::new().write("1", "applied", "applied");
    assert!(cut.audit().is_whole(), "{:?}", cut.audit().findings);
    let expecting = |history: &History, head: &str| {
        let audit = audit(&history.0.tables(), 1, Some((&set, &head.parse().expect("a head"))));
        audit.findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let head = whole.audit().head(&set).expect("a head").to_owned();
    assert_eq!((expecting(&whole, &head), expecting(&whole, &head[..11])), (String::new(), String::new()));
    assert!(expecting(&cut, &head).starts_with("the log has no event with the hash b3:"));
    // A log that has grown since still has it.
    let mut grown = whole.clone();
    grown.up("4");
    assert_eq!(expecting(&grown, &head), "");
    assert!(expecting(&History::new(), &head).contains("its end was cut off"));
}

#[test]
fn sets_are_told_apart() {
    let mut history = history();
    history.migrations()[0].set_name = text("other");
    history.check(&expect![[r#"
        error: `1` has no row, and event 9 (heal) left one
        error: `1_bird` has a row that no event left there
    "#]]);
    let sets: Vec<String> = history.audit().sets.into_iter().map(|set| set.set).collect();
    assert_eq!(sets, ["main", "other"]);
}

#[test]
fn a_script_that_forgets_every_repeatable_file_is_followed() {
    let mut history = history();
    history.repeatables().clear();
    let forgotten = Some(Forgotten::Every(Every::All));
    history.log(&Action::Repeat, None, None, Detail { forgotten, script: true, ..Detail::default() });
    assert!(history.audit().is_whole(), "{:?}", history.audit().findings);
}
