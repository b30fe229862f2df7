use expect_test::expect;

use super::{answer, asked, graph, history, migrations};
use crate::plan::PlanError;
use crate::target::Target;

#[test]
fn a_migration_has_many_names() {
    let migrations = graph("0001_users\n0002_user_mail < 1 : mail\n0010_orders < 2");
    asked(
        &migrations,
        &[],
        &[
            "up 1",
            "up 0001",
            "up 1_users",
            "up users",
            "up user",
            "up orders",
            "up or",
            "up mail",
            "up ma",
            "up 0002_us",
        ],
        &expect![[r#"
            up 1             up 0001
            up 0001          up 0001
            up 1_users       up 0001
            up users         up 0001
            up user          error: `user` could be `0001_users` and `0002_user_mail`
            up orders        up 0001, up 0002, up 0010
            up or            up 0001, up 0002, up 0010
            up mail          up 0001, up 0002
            up ma            up 0001, up 0002
            up 0002_us       up 0001, up 0002"#]],
    );
}

#[test]
fn a_name_in_full_comes_before_the_beginning_of_another() {
    let migrations = graph("1_create\n2_create_more < 1\n11_x < 2\n3_1 < 11");
    asked(
        &migrations,
        &[],
        &["up create", "up 1", "up 1_create", "up create_m"],
        &expect![[r#"
        up create        up 1
        up 1             up 1
        up 1_create      up 1
        up create_m      up 1, up 2"#]],
    );
}

#[test]
fn d13_an_ambiguous_name_lists_what_it_could_be() {
    let migrations = graph("ab12a_x\nab12b_y < ab12a\nab12c_z < ab12b : ab9\nc_x < ab12c");
    asked(
        &migrations,
        &[],
        &["up ab", "up ab12", "up x", "up ab9", "down ab1"],
        &expect![[r#"
        up ab            error: `ab` could be `ab12a_x`, `ab12b_y` and `ab12c_z`
        up ab12          error: `ab12` could be `ab12a_x`, `ab12b_y` and `ab12c_z`
        up x             error: `x` could be `ab12a_x` and `c_x`
        up ab9           up ab12a, up ab12b, up ab12c
        down ab1         error: `ab1` could be `ab12a_x`, `ab12b_y` and `ab12c_z`"#]],
    );
    let many = graph("a1_x\na2_x < a1\na3_x < a2\na4_x < a3\na5_x < a4\na6_x < a5\na7_x < a6");
    assert_eq!(answer(&many, &[], "up a"), "error: `a` could be `a1_x`, `a2_x`, `a3_x`, `a4_x`, `a5_x` and 2 more");
}

#[test]
fn an_unknown_name_is_met_with_the_nearest_also_a_label_and_a_word_of_the_grammar() {
    let migrations = graph("1_users : billing\n2_orders < 1");
    asked(
        &migrations,
        &[],
        &[
            "up user1",
            "up biling",
            "up haed",
            "up biling@head",
            "up xyz@head",
            "up billing@ordes",
            "up zzz",
            "up users-x",
        ],
        &expect![[r#"
            up user1         error: no migration is called `user1`; did you mean `users`?
            up biling        error: no migration is called `biling`; did you mean `billing`?
            up haed          error: no migration is called `haed`; did you mean `head`?
            up biling@head   error: no label and no migration is called `biling`; did you mean `billing`?
            up xyz@head      error: no label and no migration is called `xyz`
            up billing@ordes error: no migration is called `ordes`; did you mean `orders`?
            up zzz           error: no migration is called `zzz`
            up users-x       error: no migration is called `users-x`; did you mean `users`?"#]],
    );
}

#[test]
fn a_slug_that_reads_as_steps_back_is_the_slug() {
    let migrations = graph("1_release\n2_release-1 < 1\n3_release-2024 < 2\n4_a@b < 3 : a");
    asked(
        &migrations,
        &[],
        &["up release-1", "up release-2024", "up 2_release-1", "up release-20", "up 3-1", "up 3-2", "up a@b", "up a@1"],
        &expect![[r#"
            up release-1     up 1, up 2
            up release-2024  up 1, up 2, up 3
            up 2_release-1   up 1, up 2
            up release-20    error: `release-20` leads too far: nothing comes before `base`
            up 3-1           up 1, up 2
            up 3-2           up 1
            up a@b           up 1, up 2, up 3, up 4
            up a@1           up 1"#]],
    );
    let dated = graph("1_backup-2026-01\n2_backup-2026-12 < 1");
    asked(
        &dated,
        &[],
        &["up backup-2026-01", "up backup-2026-12", "up backup-2026-1", "up 2-1"],
        &expect![[r#"
        up backup-2026-01 up 1
        up backup-2026-12 up 1, up 2
        up backup-2026-1 up 1, up 2
        up 2-1           up 1"#]],
    );
}

#[test]
fn a_label_and_a_slug_of_one_name_are_told_apart_or_asked_about() {
    let migrations = graph("1_users : billing\n2_billing < 1\n3_x < 2");
    asked(
        &migrations,
        &[],
        &["up billing", "up 2_billing", "up billing@head"],
        &expect![[r#"
        up billing       error: `billing` could be `1_users` and `2_billing`
        up 2_billing     up 1, up 2
        up billing@head  up 1, up 2, up 3"#]],
    );
}

#[test]
fn a_branch_restricts_names_to_its_line() {
    let migrations = graph("1_root\n2_fix < 1 : mail\n3_fix < 1 : shop\n4_fixes < 3\n5_join < 2");
    asked(
        &migrations,
        &[],
        &[
            "up fix",
            "up mail@fix",
            "up shop@fix",
            "up shop@fixe",
            "up mail@3",
            "up mail@fixes",
            "up mail@1",
            "up ma@5",
            "up 4@fix",
        ],
        &expect![[r#"
            up fix           error: `fix` could be `2_fix` and `3_fix`
            up mail@fix      up 1, up 2
            up shop@fix      up 1, up 3
            up shop@fixe     up 1, up 3, up 4
            up mail@3        error: `3_fix` is not on the line of `mail`
            up mail@fixes    error: `4_fixes` is not on the line of `mail`
            up mail@1        up 1
            up ma@5          up 1, up 2, up 5
            up 4@fix         up 1, up 3"#]],
    );
}

#[test]
fn steps_from_a_migration_follow_its_line() {
    let migrations = graph("1_a\n2_b < 1\n3_c < 2 : three\n4_d < 2 : four\n5_e < 3 4\n6_f");
    asked(
        &migrations,
        &[],
        &[
            "up 1+1",
            "up 1+2",
            "up three@1+2",
            "up four@1+3",
            "up 5-1",
            "up three@5-1",
            "up 3-2",
            "up b-1",
            "up base+1",
            "up three@base+1",
        ],
        &expect![[r#"
            up 1+1           up 1, up 2
            up 1+2           error: `1+2` could lead several ways: `3_c` and `4_d` revise `2_b`
            up three@1+2     up 1, up 2, up 3
            up four@1+3      up 1, up 2, up 3, up 4, up 5
            up 5-1           error: `5-1` could lead several ways: `5_e` revises `3_c` and `4_d`
            up three@5-1     up 1, up 2, up 3
            up 3-2           up 1
            up b-1           up 1
            up base+1        error: `base+1` could lead several ways: `1_a` and `6_f` revise nothing
            up three@base+1  up 1"#]],
    );
    asked(
        &migrations,
        &history(&migrations, "1 2 3 4 5 6"),
        &["down 3-1", "down three@3-1", "down 1-1", "down head-1", "to 1+1", "up 3-1", "up 3-3"],
        &expect![[r#"
            down 3-1         down 5, down 4, down 3
            down three@3-1   down 5, down 3
            down 1-1         down 6, down 5, down 4, down 3, down 2, down 1
            down head-1      error: there are 2 heads: `5_e` and `6_f`
            to 1+1           down 5, down 4, down 3
            up 3-1           nothing to do: `2_b` is already applied
            up 3-3           nothing to do: every database is at `base` or past it"#]],
    );
}

#[test]
fn d14_every_bad_target_is_a_typed_error() {
    let migrations = graph("1_a\n2_b < 1 : x\n3_c < 1 : y\n4_d < 3");
    asked(
        &migrations,
        &history(&migrations, "1 2 3"),
        &[
            "up ",
            "up 2+99",
            "up 2-99",
            "up head+1",
            "up x@head+1",
            "up :head",
            "down x@-1",
            "down 1@-1",
            "down x@-9",
            "up -1",
            "up x@-1",
            "down +1",
            "down x@+1",
            "down head",
            "down heads",
            "down y@head",
            "down x@heads",
            "down 4",
            "up +9",
            "up y@+9",
            "up current",
            "down current",
            "up 1+18446744073709551615",
            "up 4-18446744073709551615",
            "up base-1",
            "down base-1",
        ],
        &expect![[r#"
            up               error: `` is no target
            up 2+99          error: `2+99` leads too far: nothing comes after `2_b`
            up 2-99          error: `2-99` leads too far: nothing comes before `base`
            up head+1        error: there are 2 heads: `2_b` and `4_d`
            up x@head+1      error: `x@head+1` leads too far: nothing comes after `2_b`
            up :head         error: `:head` is no target
            down x@-1        down 2
            down 1@-1        down 3
            down x@-9        error: 2 migrations of `x` are applied, not 9
            up -1            error: `-1` does not lead up
            up x@-1          error: `x@-1` does not lead up
            down +1          error: `+1` does not lead down
            down x@+1        error: `x@+1` does not lead down
            down head        error: there are 2 heads: `2_b` and `4_d`
            down heads       error: `heads` does not lead down
            down y@head      error: `y@head` is not applied
            down x@heads     nothing to do: nothing after `2_b` is applied
            down 4           error: `4` is not applied
            up +9            error: 1 migration is pending, not 9
            up y@+9          error: 1 migration of `y` is pending, not 9
            up current       error: `current` is where the database is, and nothing leads there; it can stand in a range and name what to show
            down current     error: `current` is where the database is, and nothing leads there; it can stand in a range and name what to show
            up 1+18446744073709551615 error: `1+18446744073709551615` could lead several ways: `2_b` and `3_c` revise `1_a`
            up 4-18446744073709551615 error: `4-18446744073709551615` leads too far: nothing comes before `base`
            up base-1        error: `base-1` leads too far: nothing comes before `base`
            down base-1      error: `base-1` leads too far: nothing comes before `base`"#]],
    );
    assert_eq!(
        super::plan(&migrations, &[], &super::Goal::up(Target::Migration(String::new())), &super::Policy::default())
            .map(|_| ()),
        Err(PlanError::UnknownTarget { name: String::new(), nearest: None })
    );
}

#[test]
fn d16_what_is_so_already_is_said_and_is_no_error() {
    let migrations = graph("1_a\n2_b < 1 : x\n3_c < 2");
    asked(
        &migrations,
        &history(&migrations, "1 2"),
        &[
            "up 1",
            "up 2",
            "up base",
            "up x",
            "down 2",
            "down x",
            "up x@base",
            "to 2",
            "up 2-1",
            "up 2-2",
            "up 3",
            "down 3",
        ],
        &expect![[r#"
            up 1             nothing to do: `1_a` is already applied
            up 2             nothing to do: `2_b` is already applied
            up base          nothing to do: every database is at `base` or past it
            up x             nothing to do: `2_b` is already applied
            down 2           nothing to do: nothing after `2_b` is applied
            down x           nothing to do: nothing after `2_b` is applied
            up x@base        nothing to do: every database is at `base` or past it
            to 2             nothing to do: nothing after `2_b` is applied
            up 2-1           nothing to do: `1_a` is already applied
            up 2-2           nothing to do: every database is at `base` or past it
            up 3             up 3
            down 3           error: `3` is not applied"#]],
    );
    asked(
        &migrations,
        &history(&migrations, "1 2 3"),
        &["up head", "up heads", "up +1", "up x@+1", "up x@heads", "down head", "down 3", "down x@head"],
        &expect![[r#"
            up head          nothing to do: nothing is pending
            up heads         nothing to do: nothing is pending
            up +1            nothing to do: nothing is pending
            up x@+1          nothing to do: nothing of `x` is pending
            up x@heads       nothing to do: `3_c` is already applied
            down head        nothing to do: nothing after `3_c` is applied
            down 3           nothing to do: nothing after `3_c` is applied
            down x@head      nothing to do: nothing after `3_c` is applied"#]],
    );
    asked(
        &migrations,
        &[],
        &["down base", "down -1", "down x@base", "down x@-1", "down 1", "down head"],
        &expect![[r#"
        down base        nothing to do: nothing is applied
        down -1          nothing to do: nothing is applied
        down x@base      nothing to do: nothing of `x` is applied
        down x@-1        nothing to do: nothing of `x` is applied
        down 1           error: `1` is not applied
        down head        error: `head` does not lead down"#]],
    );
}

#[test]
fn rows_that_no_file_has_have_names_too() {
    let all = graph("1_a\n2_b < 1\n3_c < 2\n4_dove < 3");
    let applied = history(&all, "1 2 3 4");
    let older = migrations(&[
        ("1_a.up.sql", "-- dunlin: revises base\nselect 1;"),
        ("1_a.down.sql", "select 2;"),
        ("2_b.up.sql", "-- dunlin: revises 1\nselect 1;"),
        ("2_b.down.sql", "select 2;"),
    ]);
    asked(
        &older,
        &applied,
        &[
            "down 3",
            "down dove",
            "down do",
            "down 4-2",
            "down 2+1",
            "up dove",
            "up 4",
            "down -2",
            "down 4@base",
            "up 5",
            "up head",
            "down head",
            "down 1@head",
            "down head-1",
        ],
        &expect![[r#"
            down 3           down 4
            down dove        nothing to do: nothing after `4_dove` is applied
            down do          nothing to do: nothing after `4_dove` is applied
            down 4-2         down 4, down 3
            down 2+1         down 4
            up dove          nothing to do: `4_dove` is already applied
            up 4             nothing to do: `4_dove` is already applied
            down -2          down 4, down 3
            down 4@base      down 4, down 3, down 2, down 1
            up 5             error: no migration is called `5`
            up head          nothing to do: nothing is pending
            down head        down 4, down 3
            down 1@head      down 4, down 3
            down head-1      down 4, down 3, down 2"#]],
    );
}
