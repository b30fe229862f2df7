//! A step that began and did not end: its row and its journal.

use proptest::prelude::*;

use super::history::{history, text};
use super::meddling::{anything, meddle, migration_values};
use super::*;
use crate::ledger::{JournalRow, MigrationRow, unfinished_digest};

/// A row of the journal of `4`.
fn row(n: &str, state: &str) -> JournalRow {
    let row = JournalRow {
        set_name: text("main"),
        id: text("4"),
        direction: text("up"),
        n: text(n),
        state: text(state),
        recovery: text("schema"),
        line: text(n),
        summary: text("create table t"),
        checksum: text("b3:00"),
        fingerprint: text("1:2"),
        connection: None,
        message: None,
        started_at: text("2026-11-21T10:00:00.000000Z"),
        row_text: None,
    };
    JournalRow { row_text: text(&row.text()), ..row }
}

/// A history whose last step got to its third statement and died there.
fn died() -> History {
    let mut history = history();
    history.write("4", "applied", "applying");
    history.0.journal = Some(vec![row("1", "done"), row("2", "done"), row("3", "started")]);
    history
}

fn log(history: &mut History, action: &Action, detail: Detail) {
    history.log(action, Some("4"), None, detail);
}

/// The same, where the third statement failed and the run could say so.
fn failed() -> History {
    let mut history = died();
    let rows = history.0.journal.clone().unwrap_or_default();
    let digest = unfinished_digest(history.migrations().last().expect("a row"), &rows);
    log(&mut history, &Action::Failed, Detail { unfinished: Some(digest), ..Detail::default() });
    history
}

fn journal(history: &mut History) -> &mut Vec<JournalRow> {
    history.0.journal.get_or_insert_default()
}

#[test]
fn what_a_run_leaves_half_way_is_told_once() {
    let unfinished = expect![[r#"
        error: `4_bird` began to go up and did not end
    "#]];
    failed().check(&unfinished);
    died().check(&unfinished);
    let mut resumed = failed();
    log(&mut resumed, &Action::Resume, Detail { in_place: Some(2), ..Detail::default() });
    journal(&mut resumed).truncate(2);
    resumed.check(&unfinished);
}

#[test]
fn a_row_that_does_not_hold_its_own_text_was_changed() {
    let mut changed = died();
    journal(&mut changed)[1].fingerprint = text("1:3");
    changed.check(&expect![[r#"
        error: `4_bird` began to go up and did not end
        error: what the journal says of statement 2 of `4` was changed
    "#]]);
}

#[test]
fn rows_are_contiguous_and_those_in_place_are_there() {
    let mut gap = died();
    journal(&mut gap).remove(0);
    gap.check(&expect![[r#"
        error: `4_bird` began to go up and did not end
        error: the journal of `4` lacks statement 1
    "#]]);
    let mut cut = failed();
    log(&mut cut, &Action::Resume, Detail { in_place: Some(3), ..Detail::default() });
    journal(&mut cut).truncate(1);
    cut.check(&expect![[r#"
        error: `4_bird` began to go up and did not end
        error: the journal of `4` lacks statements 2 to 3
    "#]]);
}

#[test]
fn rows_of_steps_that_are_not_unfinished_are_astray() {
    let mut astray = history();
    journal(&mut astray).push(row("1", "done"));
    astray.check(&expect![[r#"
        error: the journal has statement 1 of `4` (up), and no such step is unfinished
    "#]]);
    let mut other_way = died();
    let down = JournalRow { direction: text("down"), ..row("4", "done") };
    journal(&mut other_way).push(JournalRow { row_text: text(&down.text()), ..down });
    other_way.check(&expect![[r#"
        error: `4_bird` began to go up and did not end
        error: the journal has statement 4 of `4` (down), and no such step is unfinished
    "#]]);
}

#[test]
fn a_step_that_an_event_left_unfinished_must_be_so() {
    let mut lost = failed();
    lost.migrations().pop();
    journal(&mut lost).clear();
    lost.check(&expect![[r#"
        error: event 11 (failed) left `4` unfinished, and no row says that it is
    "#]]);
    let mut cut = failed();
    journal(&mut cut).pop();
    cut.check(&expect![[r#"
        error: `4_bird` began to go up and did not end
        error: the row or the journal of `4` is not as event 11 (failed) left it
    "#]]);
    // What settles it, settles it.
    let mut settled = failed();
    settled.migrations().pop();
    journal(&mut settled).clear();
    log(&mut settled, &Action::Mark, Detail { change: Some(Change::Removed), ..Detail::default() });
    settled.check(&expect![[""]]);
}

proptest! {
    #[test]
    fn whatever_is_done_to_a_step_that_failed_is_found(is_journal: bool, at in 0..32_usize, meddling in anything()) {
        let (mut meddled, before) = (failed(), failed().audit().findings);
        let is_changed = if is_journal {
            let mut values: Vec<_> = journal(&mut meddled).iter().map(JournalRow::values).map(|values| values.map(Clone::clone)).collect();
            let is_changed = meddle(&mut values, 3, at, &meddling);
            meddled.0.journal = Some(values.into_iter().map(JournalRow::from).collect());
            is_changed
        } else {
            let mut values: Vec<_> = std::mem::take(meddled.migrations()).into_iter().map(migration_values).collect();
            let is_changed = meddle(&mut values, 1, at, &meddling);
            *meddled.migrations() = values.into_iter().map(MigrationRow::from).collect();
            is_changed
        };
        let found = meddled.audit().findings;
        prop_assert_eq!(found != before, is_changed, "{:?}", found);
    }

    #[test]
    fn of_a_step_that_died_only_the_end_of_the_journal_can_be_taken_away(at in 0..32_usize, meddling in anything()) {
        let (mut meddled, before) = (died(), died().audit().findings);
        let mut values: Vec<_> = journal(&mut meddled).iter().map(JournalRow::values).map(|values| values.map(Clone::clone)).collect();
        let last = values.last().cloned();
        let is_changed = meddle(&mut values, 3, at, &meddling) && (values.len() != 2 || values.contains(&last.expect("a row")));
        meddled.0.journal = Some(values.into_iter().map(JournalRow::from).collect());
        let found = meddled.audit().findings;
        prop_assert_eq!(found != before, is_changed, "{:?}", found);
    }
}
