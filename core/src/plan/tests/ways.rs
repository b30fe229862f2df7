use expect_test::expect;

use super::{answer, asked, graph, history, rows};

/// Two lines from one root; the second depends on the first line's head, and a third migration joins nothing.
const LINES: &str = "1_root\n2_mail < 1 : mail\n3_mail < 2\n4_shop < 1 & 3 : shop\n5_shop < 4\n6_other";

#[test]
fn up_applies_what_a_target_needs_and_nothing_else() {
    let migrations = graph(LINES);
    asked(
        &migrations,
        &[],
        &["up 3", "up shop", "up mail@head", "up shop@heads", "up heads", "up head", "up 6", "up 6@head"],
        &expect![[r#"
            up 3             up 1, up 2, up 3
            up shop          error: `shop` could be `4_shop` and `5_shop`
            up mail@head     up 1, up 2, up 3
            up shop@heads    up 1, up 2, up 3, up 4, up 5
            up heads         up 1, up 2, up 3, up 4, up 5, up 6
            up head          error: there are 2 heads: `5_shop` and `6_other`
            up 6             up 6
            up 6@head        up 6"#]],
    );
    asked(
        &migrations,
        &history(&migrations, "1 2 6"),
        &["up 3", "up 5", "up mail@head", "up 6@head"],
        &expect![[r#"
        up 3             up 3
        up 5             up 3, up 4, up 5
        up mail@head     up 3
        up 6@head        nothing to do: `6_other` is already applied"#]],
    );
}

#[test]
fn forward_takes_the_next_in_order_and_on_a_line_what_they_need() {
    let migrations = graph(LINES);
    asked(
        &migrations,
        &history(&migrations, "1"),
        &["up +1", "up +3", "up +5", "up +6", "up mail@+1", "up shop@+1", "up shop@+2", "up shop@+3", "up 6@+1"],
        &expect![[r#"
            up +1            up 2
            up +3            up 2, up 3, up 4
            up +5            up 2, up 3, up 4, up 5, up 6
            up +6            error: 5 migrations are pending, not 6
            up mail@+1       up 2
            up shop@+1       up 2, up 3, up 4
            up shop@+2       up 2, up 3, up 4, up 5
            up shop@+3       error: 2 migrations of `shop` are pending, not 3
            up 6@+1          up 6"#]],
    );
}

#[test]
fn head_is_what_nothing_comes_after_over_parents_and_dependencies() {
    let migrations = graph("1_a\n2_b < 1 : b\n3_c : c\n4_d < 3 & 2");
    asked(
        &migrations,
        &[],
        &["up head", "up b@head", "up c@head"],
        &expect![[r#"
        up head          up 1, up 2, up 3, up 4
        up b@head        up 1, up 2
        up c@head        up 1, up 2, up 3, up 4"#]],
    );
    let two = graph("1_a\n2_b < 1\n3_c < 1");
    asked(
        &two,
        &[],
        &["up head", "up heads", "up 1@head", "up 1@heads", "up 2@head"],
        &expect![[r#"
        up head          error: there are 2 heads: `2_b` and `3_c`
        up heads         up 1, up 2, up 3
        up 1@head        error: there are 2 heads of `1`: `2_b` and `3_c`
        up 1@heads       up 1, up 2, up 3
        up 2@head        up 1, up 2"#]],
    );
}

#[test]
fn d1_a_graph_with_dependencies_goes_up_and_down_whole() {
    // Each line's head is needed by the other line's next migration.
    let migrations = graph("1_a\n2_b\n3_a < 1 & 2\n4_b < 2 & 3\n5_join < 3 4");
    asked(
        &migrations,
        &[],
        &["up head", "up 4"],
        &expect![[r#"
        up head          up 1, up 2, up 3, up 4, up 5
        up 4             up 1, up 2, up 3, up 4"#]],
    );
    asked(
        &migrations,
        &rows(&migrations),
        &["down base", "down 3", "down 1"],
        &expect![[r#"
        down base        down 5, down 4, down 3, down 2, down 1
        down 3           down 5
        down 1           down 5, down 4, down 3, note: the way down to `1` also reverts `4_b`, which is on another branch"#]],
    );
}

#[test]
fn d2_going_down_leaves_no_descendant_without_its_ancestors() {
    let migrations = graph("1_a\n2_b < 1\n3_c & 2\n4_d < 3");
    let applied = rows(&migrations);
    asked(
        &migrations,
        &applied,
        &["down 1", "down 3", "down 2"],
        &expect![[r#"
        down 1           down 4, down 3, down 2, note: the way down to `1` also reverts `3_c` and `4_d`, which are on another branch
        down 3           down 4
        down 2           nothing to do: nothing after `2_b` is applied"#]],
    );
    asked(
        &migrations,
        &history(&migrations, "1"),
        &["up head", "up 4"],
        &expect![[r#"
        up head          up 2, up 3, up 4
        up 4             up 2, up 3, up 4"#]],
    );
}

#[test]
fn going_down_to_a_migration_keeps_what_only_depends_on_it() {
    let migrations = graph("1_a\n2_b < 1\n3_c\n4_d < 3 & 1");
    asked(
        &migrations,
        &rows(&migrations),
        &["down 1", "down 3"],
        &expect![[r#"
        down 1           down 2
        down 3           down 4"#]],
    );
}

#[test]
fn going_down_to_a_parent_of_a_merge_keeps_the_other() {
    let migrations = graph("1_a\n2_b < 1\n3_c < 1\n4_merge < 2 3\n5_e < 4");
    asked(
        &migrations,
        &rows(&migrations),
        &["down 2", "down 3", "down 1", "down 4"],
        &expect![[r#"
        down 2           down 5, down 4
        down 3           down 5, down 4
        down 1           down 5, down 4, down 3, down 2
        down 4           down 5"#]],
    );
}

#[test]
fn d17_steps_back_go_over_a_merge_by_the_order_of_the_history() {
    let migrations = graph("1_a\n2_b < 1\n3_c < 1\n4_merge < 2 3");
    let applied = history(&migrations, "1 3 2 4");
    asked(
        &migrations,
        &applied,
        &["down -1", "down -2", "down -3", "down -4", "down -5"],
        &expect![[r#"
        down -1          down 4
        down -2          down 4, down 2
        down -3          down 4, down 2, down 3
        down -4          down 4, down 2, down 3, down 1
        down -5          error: 4 migrations are applied, not 5"#]],
    );
}

#[test]
fn steps_back_on_a_line_are_the_last_of_that_line() {
    let migrations = graph("1_root\n2_mail < 1 : mail\n3_shop < 1 : shop\n4_mail < 2\n5_shop < 3 & 4");
    let applied = history(&migrations, "1 2 3 4 5");
    asked(
        &migrations,
        &applied,
        &["down shop@-1", "down shop@-2", "down shop@-3", "down mail@-1", "down mail@-4", "down -3"],
        &expect![[r#"
            down shop@-1     down 5
            down shop@-2     down 5, down 3
            down shop@-3     error: `1_root` cannot be reverted without `4_mail`, which comes after it
            down mail@-1     error: `4_mail` cannot be reverted without `5_shop`, which comes after it
            down mail@-4     error: 3 migrations of `mail` are applied, not 4
            down -3          down 5, down 4, down 3"#]],
    );
}

#[test]
fn what_was_applied_out_of_order_stands_in_the_way_of_steps_back() {
    let migrations = graph("1_a\n2_b < 1\n3_c < 2");
    let applied = history(&migrations, "1 3 2");
    asked(
        &migrations,
        &applied,
        &["down -1", "down -2", "down 1", "down base"],
        &expect![[r#"
        down -1          error: `2_b` cannot be reverted without `3_c`, which comes after it
        down -2          down 3, down 2
        down 1           down 3, down 2
        down base        down 3, down 2, down 1"#]],
    );
}

#[test]
fn what_lies_between_need_not_be_applied() {
    let migrations = graph("1_a\n2_b < 1\n3_c < 2");
    assert_eq!(
        answer(&migrations, &history(&migrations, "3 1"), "down base"),
        "down 3, down 1, note: versions/2_b.up.sql is pending, and `3_c` after it is applied"
    );
}

#[test]
fn a_way_down_says_which_other_branches_it_takes_back() {
    let migrations = graph("1_root\n2_base < 1\n3_mail < 2 : mail\n4_shop < 2 : shop\n5_mail < 3\n6_log & 5");
    let applied = rows(&migrations);
    asked(
        &migrations,
        &applied,
        &[
            "down 2",
            "down 3",
            "down mail@2",
            "down mail@1",
            "down mail@base",
            "down shop@2",
            "down shop@base",
            "down base",
            "down -2",
        ],
        &expect![[r#"
            down 2           down 6, down 5, down 4, down 3, note: the way down to `2` reverts 2 branches, those of `4_shop` and `5_mail`, note: the way down to `2` also reverts `6_log`, which is on another branch
            down 3           down 6, down 5, note: the way down to `3` also reverts `6_log`, which is on another branch
            down mail@2      down 6, down 5, down 3, note: the way down to `mail@2` also reverts `6_log`, which is on another branch
            down mail@1      down 6, down 5, down 4, down 3, down 2, note: the way down to `mail@1` also reverts `4_shop` and `6_log`, which are on another branch
            down mail@base   down 6, down 5, down 4, down 3, down 2, down 1, note: the way down to `mail@base` also reverts `4_shop` and `6_log`, which are on another branch
            down shop@2      down 4
            down shop@base   down 6, down 5, down 4, down 3, down 2, down 1, note: the way down to `shop@base` also reverts `3_mail`, `5_mail` and `6_log`, which are on another branch
            down base        down 6, down 5, down 4, down 3, down 2, down 1
            down -2          down 6, down 5"#]],
    );
    asked(
        &migrations,
        &history(&migrations, "1 2 3"),
        &["down 1", "down mail@base", "down shop@base"],
        &expect![[r#"
        down 1           down 3, down 2
        down mail@base   down 3, down 2, down 1
        down shop@base   down 3, down 2, down 1, note: the way down to `shop@base` also reverts `3_mail`, which is on another branch"#]],
    );
}

#[test]
fn branches_that_were_merged_are_one_way_down() {
    let migrations = graph("1_a\n2_b < 1\n3_c < 1\n4_merge < 2 3");
    assert_eq!(answer(&migrations, &rows(&migrations), "down 1"), "down 4, down 3, down 2");
}
