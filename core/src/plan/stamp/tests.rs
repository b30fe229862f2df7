use expect_test::{Expect, expect};

use super::*;
use crate::migration::{MigrationId, Slug};
use crate::plan::tests::{graph, row};

/// Two lines from one root; the second depends on the first line's head, and a third migration stands alone.
const LINES: &str = "1_root\n2_mail < 1 : mail\n3_mail < 2\n4_shop < 1 & 3 : shop\n5_shop < 4\n6_other";
/// A fork: two lines from one root, and none needs the other.
const FORK: &str = "1_root\n2_mail < 1 : mail\n3_mail < 2\n4_shop < 1 : shop\n5_shop < 4";

/// Rows with these ids; `7<3` is one that no file has, and revises 3; `2!` is unfinished.
fn history(migrations: &Migrations, ids: &str) -> Vec<Applied> {
    let known = migrations.iter().next().unwrap();
    let of = |(n, word): (usize, &str)| {
        let is_unfinished = word.ends_with('!');
        let (id, parent) = word.trim_end_matches('!').split_once('<').unwrap_or((word.trim_end_matches('!'), ""));
        let id: MigrationId = id.parse().unwrap();
        let mut row = match migrations.get(&id) {
            Some(migration) => row(migration, n + 1),
            None => {
                Applied { id, slug: Slug::from("gone"), parents: vec![parent.parse().unwrap()], ..row(known, n + 1) }
            }
        };
        row.state = if is_unfinished { State::Applying } else { State::Applied };
        row
    };
    ids.split_whitespace().enumerate().map(of).collect()
}

/// Stamps with the words of a line; `purge` forgets everything first.
fn stamped(lines: &str, held: &str, wishes: &[&str], expected: &Expect) {
    let migrations = graph(lines);
    let rows = history(&migrations, held);
    let answer = |wish: &&str| {
        let words: Vec<&str> = wish.split_whitespace().collect();
        let (purge, targets): (Vec<&str>, Vec<&str>) = words.into_iter().partition(|word| *word == "purge");
        let forget = if purge.is_empty() { Forget::InTheWay } else { Forget::Everything };
        let targets = targets.into_iter().map(|target| Target::parse(target).unwrap());
        let plan = match stamp(&migrations, &rows, &Stamp::at(targets).forgetting(forget)) {
            Ok(plan) => plan,
            Err(error) => return format!("{wish:<21}error: {error}"),
        };
        let mut parts = Vec::new();
        for removal in &plan.removed {
            parts.push(format!("-{}{}", removal.row.id, if removal.is_unknown { "?" } else { "" }));
        }
        parts.extend(plan.added.iter().map(|migration| format!("+{}", migration.id)));
        parts.extend(plan.settled.iter().map(|migration| format!("!{}", migration.id)));
        parts.extend(plan.redundant.iter().map(|of| format!("({} before {})", of.name, of.before)));
        let heads = if plan.heads.is_empty() { "base".to_owned() } else { plan.heads.join(" ") };
        let changes = if parts.is_empty() { "nothing".to_owned() } else { parts.join(" ") };
        format!("{wish:<21}{changes:<30} at {heads}")
    };
    expected.assert_eq(&wishes.iter().map(answer).collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_line_becomes_the_target_and_what_comes_before_it_and_other_branches_stay() {
    let wishes = ["3", "1", "5", "mail@head", "shop@+1", "base", "4-1", "head", "heads", "-1"];
    stamped(
        FORK,
        "1 2 4 5",
        &wishes,
        &expect![[r#"
            3                    +3                             at 3_mail 5_shop
            1                    -5 -4 -2                       at 1_root
            5                    nothing                        at 2_mail 5_shop
            mail@head            +3                             at 3_mail 5_shop
            shop@+1              error: `shop@+1` has nothing to begin at; `<id>shop@+1` has
            base                 -5 -4 -2 -1                    at base
            4-1                  -5 -4 -2                       at 1_root
            head                 error: there are 2 heads: `3_mail` and `5_shop`
            heads                +3                             at 3_mail 5_shop
            -1                   -5                             at 2_mail 4_shop"#]],
    );
    stamped(
        LINES,
        "1 2 6",
        &["5", "1", "heads", "6@base", "head"],
        &expect![[r#"
            5                    +3 +4 +5                       at 5_shop 6_other
            1                    -2                             at 1_root 6_other
            heads                +3 +4 +5                       at 5_shop 6_other
            6@base               -6                             at 2_mail
            head                 error: there are 2 heads: `5_shop` and `6_other`"#]],
    );
}

#[test]
fn nothing_of_a_line_stays_at_its_base_but_what_other_branches_need() {
    stamped(
        FORK,
        "1 2 3 4",
        &["mail@base", "shop@base", "mail@base shop@base", "mail@base 5"],
        &expect![[r#"
            mail@base            -3 -2                          at 4_shop
            shop@base            -4                             at 3_mail
            mail@base shop@base  -4 -3 -2 -1                    at base
            mail@base 5          -3 -2 +5                       at 5_shop"#]],
    );
    stamped(
        LINES,
        "1 2 3 4 6",
        &["mail@base", "shop@base", "6@base"],
        &expect![[r#"
            mail@base            -4 -3 -2 -1                    at 6_other
            shop@base            -4                             at 3_mail 6_other
            6@base               -6                             at 4_shop"#]],
    );
}

#[test]
fn d3_d4_d5_each_of_several_targets_counts_on_its_own_and_none_is_a_head_below_another() {
    let wishes = ["2 4", "3 4", "1 5", "purge 2 3", "3 3", "1 2 3", "base 2", "mail@base 5"];
    stamped(
        FORK,
        "1 2 3 4",
        &wishes,
        &expect![[r#"
            2 4                  -3                             at 2_mail 4_shop
            3 4                  nothing                        at 3_mail 4_shop
            1 5                  +5 (1_root before 5_shop)      at 3_mail 5_shop
            purge 2 3            -4 -3 -2 -1 +1 +2 +3 (2_mail before 3_mail) at 3_mail
            3 3                  nothing                        at 3_mail 4_shop
            1 2 3                (1_root before 2_mail) (2_mail before 3_mail) at 3_mail 4_shop
            base 2               -4 -3                          at 2_mail
            mail@base 5          -3 -2 +5                       at 5_shop"#]],
    );
}

#[test]
fn d18_a_row_without_a_file_is_removed_where_it_stands_in_the_way() {
    // 7 was on another git branch, and 8 came after it.
    stamped(
        FORK,
        "1 2 7<2 8<7",
        &["heads", "2", "mail@head", "base", "purge 3"],
        &expect![[r#"
            heads                -8? -7? +3 +4 +5               at 3_mail 5_shop
            2                    -8? -7?                        at 2_mail
            mail@head            -8? -7? +3                     at 3_mail
            base                 -8? -7? -2 -1                  at base
            purge 3              -8? -7? -2 -1 +1 +2 +3         at 3_mail"#]],
    );
    // 7 is ahead of a head, so only a stamp below it is at odds with it.
    stamped(
        FORK,
        "1 2 3 7<3 4",
        &["5", "3", "7"],
        &expect![[r#"
            5                    +5                             at 5_shop 7_gone
            3                    -7?                            at 3_mail 4_shop
            7                    error: no migration is called `7`"#]],
    );
}

#[test]
fn an_unfinished_step_is_settled_as_the_target_says() {
    stamped(
        FORK,
        "1 2!",
        &["2", "1", "3", "shop@head", "purge 2"],
        &expect![[r#"
            2                    !2                             at 2_mail
            1                    -2                             at 1_root
            3                    +3 !2                          at 3_mail
            shop@head            +4 +5                          at 2_mail 5_shop
            purge 2              -2 -1 +1 +2                    at 2_mail"#]],
    );
}

#[test]
fn where_nothing_can_be_meant_nothing_is_decided() {
    stamped(
        FORK,
        "1",
        &["+1", "current", "nosuch", "-9"],
        &expect![[r#"
            +1                   error: `+1` has nothing to begin at; `<id>+1` has
            current              error: `current` is where the database is, and nothing leads there; it can stand in a range and name what to show
            nosuch               error: no migration is called `nosuch`
            -9                   error: `-9` leads too far: nothing comes before `base`"#]],
    );
    stamped(
        "1_a",
        "1",
        &["1", "head", "2"],
        &expect![[r#"
            1                    nothing                        at 1_a
            head                 nothing                        at 1_a
            2                    error: no migration is called `2`"#]],
    );
    let none = graph("");
    let stamp_head = stamp(&none, &[], &Stamp::at([Target::Head]));
    assert!(matches!(stamp_head, Err(PlanError::UnknownTarget { .. })), "{stamp_head:?}");
}
