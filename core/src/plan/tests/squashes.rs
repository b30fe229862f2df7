//! Migrations that stand for others.

use expect_test::expect;

use super::*;
use crate::plan::{to_mark, to_unmark};

/// `9` stands for `2` and `3`, between `1` and `4`.
const BOTH: &str = "1_a\n2_b < 1 : line\n3_c < 2\n9_s < 1 : line = 2 3\n4_d < 3";
const ONE: &str = "1_a\n9_s < 1 : line = 2 3\n4_d < 3";
const ORIGINALS: &str = "1_a\n2_b < 1 : line\n3_c < 2\n4_d < 3";

fn held(ids: &str) -> Vec<Applied> {
    history(&graph(ORIGINALS), ids)
}

/// A row that says that a database has what a migration stands for.
fn mark(migrations: &Migrations, seq: usize) -> Applied {
    let squash = migrations.get(&"9".parse().unwrap()).unwrap();
    Applied { kind: Kind::Squashed, ..row(squash, seq) }
}

#[test]
fn a_fresh_database_takes_the_short_way_unless_one_of_the_others_is_named() {
    let asks = ["up head", "up 9", "up 2", "up 3", "up 4", "up line", "up line@head", "up +2", "to 1"];
    asked(
        &graph(BOTH),
        &[],
        &asks,
        &expect![[r#"
            up head          up 1, up 9, up 4
            up 9             up 1, up 9
            up 2             up 1, up 2
            up 3             up 1, up 2, up 3
            up 4             up 1, up 9, up 4
            up line          up 1, up 9
            up line@head     up 1, up 9, up 4
            up +2            up 1, up 9
            to 1             up 1"#]],
    );
    asked(
        &graph(ONE),
        &[],
        &asks,
        &expect![[r#"
        up head          up 1, up 9, up 4
        up 9             up 1, up 9
        up 2             error: `2` is no place of its own here: `9_s` stands for it together with what comes after it
        up 3             up 1, up 9
        up 4             up 1, up 9, up 4
        up line          up 1, up 9
        up line@head     up 1, up 9, up 4
        up +2            up 1, up 9
        to 1             up 1"#]],
    );
}

#[test]
fn a_database_in_the_middle_goes_on_with_the_others_while_they_are_there() {
    let both = graph(BOTH);
    asked(
        &both,
        &held("1 2"),
        &["up head", "up 9", "up 3", "down 1", "down -1", "down base"],
        &expect![[r#"
        up head          up 3, up 4
        up 9             up 3
        up 3             up 3
        down 1           down 2
        down -1          down 2
        down base        down 2, down 1"#]],
    );
    asked(&graph(ONE), &held("1"), &["up head"], &expect!["up head          up 9, up 4"]);
    check(
        &graph(ONE),
        &held("1 2"),
        &up(),
        &expect![[r#"
            error: versions/9_s.up.sql stands for migrations of which `2_b` is applied and `3` is not, and their files are not here
            hint: this database is in the middle of what `9` stands for, and goes on with the original files only: bring all of them back from version control, run `dunlin up`, and delete them again when no database needs them"#]],
    );
    asked(
        &graph(ONE),
        &held("1 2"),
        &["down 1", "down base"],
        &expect![[r#"
            down 1           down 2, note: versions/9_s.up.sql stands for migrations of which `2_b` is applied and `3` is not, and their files are not here
            down base        down 2, down 1, note: versions/9_s.up.sql stands for migrations of which `2_b` is applied and `3` is not, and their files are not here"#]],
    );
}

#[test]
fn a_database_past_it_has_nothing_pending_and_goes_down_the_way_it_came() {
    let asks = ["up head", "down 4", "down 9", "down 3", "down 2", "down 1", "down -1", "down -2", "down base"];
    asked(
        &graph(BOTH),
        &held("1 2 3 4"),
        &asks,
        &expect![[r#"
        up head          nothing to do: nothing is pending
        down 4           nothing to do: nothing after `4_d` is applied
        down 9           down 4
        down 3           down 4
        down 2           down 4, down 3
        down 1           down 4, down 3, down 2
        down -1          down 4
        down -2          down 4, down 3
        down base        down 4, down 3, down 2, down 1"#]],
    );
    asked(
        &graph(ONE),
        &held("1 2 3 4"),
        &asks,
        &expect![[r#"
        up head          nothing to do: nothing is pending
        down 4           nothing to do: nothing after `4_d` is applied
        down 9           down 4
        down 3           down 4
        down 2           error: `2` is no place of its own here: `9_s` stands for it together with what comes after it
        down 1           down 4, down 3, down 2
        down -1          down 4
        down -2          down 4, down 3, down 2
        down base        down 4, down 3, down 2, down 1"#]],
    );
}

#[test]
fn a_database_that_took_the_short_way_goes_down_by_it() {
    let one = graph(ONE);
    let short = rows(&one);
    let both = graph(BOTH);
    let mut short_of_both = history(&both, "1 9 4");
    short_of_both[2].parents = vec!["9".parse().unwrap()];
    let asks = ["up head", "down 3", "down 2", "down 1", "down -2"];
    asked(
        &one,
        &short,
        &asks,
        &expect![[r#"
        up head          nothing to do: nothing is pending
        down 3           down 4
        down 2           error: `2` is no place of its own here: `9_s` stands for it together with what comes after it
        down 1           down 4, down 9
        down -2          down 4, down 9"#]],
    );
    asked(
        &both,
        &short_of_both,
        &asks,
        &expect![[r#"
        up head          nothing to do: nothing is pending
        down 3           down 4
        down 2           error: `2` is no place of its own here: `9_s` stands for it together with what comes after it
        down 1           down 4, down 9
        down -2          down 4, down 9"#]],
    );
}

#[test]
fn a_row_marks_what_is_past_and_changes_nothing() {
    for migrations in [graph(BOTH), graph(ONE)] {
        let past = held("1 2 3 4");
        let names: Vec<String> = to_mark(&migrations, &past).iter().map(|migration| migration.name()).collect();
        assert_eq!(names, ["9_s"]);
        let marked = [past.clone(), vec![mark(&migrations, 5)]].concat();
        assert!(to_mark(&migrations, &marked).is_empty());
        assert!(to_unmark(&migrations, &marked, &marked).is_empty());
        for asks in ["up head", "down -1", "down 9", "down 1"] {
            assert_eq!(answer(&migrations, &marked, asks), answer(&migrations, &past, asks), "{asks}");
        }
        // Left behind by somebody who did not know of it, it says nothing.
        let alone = [held("1"), vec![mark(&migrations, 5)]].concat();
        assert_eq!(answer(&migrations, &alone, "up head"), "up 9, up 4");
        assert_eq!(to_unmark(&migrations, &alone, &alone).len(), 1);
    }
    assert!(to_mark(&graph(BOTH), &held("1 2")).is_empty());
    assert!(to_mark(&graph(BOTH), &history(&graph(BOTH), "1 9 4")).is_empty());
}

#[test]
fn a_binary_from_before_knows_the_rows_and_takes_the_mark_away_with_them() {
    let originals = graph(ORIGINALS);
    let marked = [held("1 2 3 4"), vec![mark(&graph(BOTH), 5)]].concat();
    assert_eq!(answer(&originals, &marked, "up head"), "nothing to do: nothing is pending");
    assert_eq!(answer(&originals, &marked, "down 2"), "down 4, down 3");
    assert_eq!(to_unmark(&originals, &marked, &marked[..2]).len(), 1);
}

#[test]
fn what_came_after_it_is_no_other_for_having_come_after_the_last_of_them() {
    // `5` was written behind `9`, and applied where that was never run.
    let files = graph(&format!("{BOTH}\n5_e < 4"));
    let long = history(&files, "1 2 3 4 5");
    assert!(verify(&files, &long, &Policy::default()).is_empty());
    let behind = graph("1_a\n2_b < 1\n3_c < 2\n9_s < 1 = 2 3\n5_e < 9");
    check(&behind, &history(&behind, "1 2 3"), &up(), &expect!["up 5_e"]);
    let applied = plan(&behind, &history(&behind, "1 2 3"), &up(), &Policy::default()).unwrap();
    let row_of_it = row(&applied.steps[0].migration, 4);
    assert_eq!(row_of_it.parents, ["3".parse().unwrap()], "an older binary finds it behind its own head");
    let long = [history(&behind, "1 2 3"), vec![row_of_it]].concat();
    assert!(verify(&behind, &long, &Policy::default()).is_empty());
    let gone = graph("1_a\n9_s < 1 = 2 3\n5_e < 9");
    assert!(verify(&gone, &long, &Policy::default()).is_empty());
}

#[test]
fn a_squash_of_a_squash_stands_for_all_of_them() {
    let all = graph("1_a\n2_b < 1\n3_c < 2\n4_d < 3\n5_e < 4\n8_s < 1 = 2 3\n9_t < 1 = 2 3 8 4\n");
    let inner_gone = graph("1_a\n4_d < 3\n5_e < 4\n8_s < 1 = 2 3\n9_t < 1 = 2 3 8 4\n");
    let alone = graph("1_a\n5_e < 4\n9_t < 1 = 2 3 8 4\n");
    let originals = graph("1_a\n2_b < 1\n3_c < 2\n4_d < 3\n5_e < 4");
    let first = graph("1_a\n4_d < 3\n5_e < 4\n8_s < 1 = 2 3");
    let states = [
        Vec::new(),
        history(&originals, "1"),
        history(&originals, "1 2"),
        history(&originals, "1 2 3"),
        history(&first, "1 8"),
        history(&originals, "1 2 3 4"),
        history(&first, "1 8 4"),
        history(&first, "1 8 4 5"),
    ];
    let answers = |migrations: &Migrations| {
        let answer = |rows: &Vec<Applied>| answer(migrations, rows, "up head").lines().next().unwrap().to_owned();
        states.iter().map(answer).collect::<Vec<_>>().join("\n")
    };
    expect![[r#"
        up 1, up 9, up 5
        up 9, up 5
        up 3, up 4, up 5
        up 4, up 5
        up 4, up 5
        up 5
        up 5
        nothing to do: nothing is pending"#]]
    .assert_eq(&answers(&all));
    expect![[r#"
        up 1, up 9, up 5
        up 9, up 5
        error: versions/8_s.up.sql stands for migrations of which `2_b` is applied and `3` is not, and their files are not here
        up 4, up 5
        up 4, up 5
        up 5
        up 5
        nothing to do: nothing is pending"#]]
    .assert_eq(&answers(&inner_gone));
    expect![[r#"
        up 1, up 9, up 5
        up 9, up 5
        error: versions/9_t.up.sql stands for migrations of which `2_b` is applied and `3`, `8` and `4` are not, and their files are not here
        error: versions/9_t.up.sql stands for migrations of which `2_b` and `3_c` are applied and `8` and `4` are not, and their files are not here
        error: versions/9_t.up.sql stands for migrations of which `8_s` is applied and `2`, `3` and `4` are not, and their files are not here
        up 5
        error: versions/9_t.up.sql stands for migrations of which `8_s` and `4_d` are applied and `2` and `3` are not, and their files are not here
        error: versions/9_t.up.sql is pending, and `5_e` after it is applied"#]].assert_eq(&answers(&alone));
}

#[test]
fn stamps_move_the_rows_of_whichever_way_the_database_took() {
    let stamped = |migrations: &Migrations, rows: &[Applied], target: &str, forget: Forget| -> String {
        let wish = Stamp::at([Target::parse(target).unwrap()]).forgetting(forget);
        let plan = match stamp(migrations, rows, &wish) {
            Ok(plan) => plan,
            Err(error) => return format!("error: {error}"),
        };
        let removed = plan.removed.iter().map(|removal| format!("-{}", removal.row.id));
        removed.chain(plan.added.iter().map(|migration| format!("+{}", migration.id))).collect::<Vec<_>>().join(" ")
    };
    let (both, one) = (graph(BOTH), graph(ONE));
    let past = [held("1 2 3 4"), vec![mark(&both, 5)]].concat();
    assert_eq!(stamped(&both, &[], "head", Forget::InTheWay), "+1 +9 +4");
    assert_eq!(stamped(&both, &[], "3", Forget::InTheWay), "+1 +2 +3");
    assert_eq!(stamped(&both, &past, "2", Forget::InTheWay), "-9 -4 -3");
    assert_eq!(stamped(&both, &past, "9", Forget::InTheWay), "-4");
    assert_eq!(stamped(&one, &past, "1", Forget::InTheWay), "-9 -4 -3 -2");
    assert_eq!(stamped(&both, &past, "9", Forget::Everything), "-4 -9 -3 -2 -1 +1 +9");
    assert_eq!(stamped(&one, &held("1 2"), "9", Forget::InTheWay), "-2 +9");
}
