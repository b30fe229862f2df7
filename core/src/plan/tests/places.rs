use expect_test::expect;

use super::{graph, history, rows};
use crate::migration::{MigrationId, Migrations};
use crate::plan::{Applied, Resolver, applied_heads};
use crate::target::{Range, Target};

fn shown(ids: Result<Vec<MigrationId>, crate::plan::PlanError>) -> String {
    match ids {
        Ok(ids) => ids.iter().map(MigrationId::as_str).collect::<Vec<_>>().join(" "),
        Err(error) => format!("error: {error}"),
    }
}

fn heads(migrations: &Migrations, ids: &str) -> String {
    let rows = history(migrations, ids);
    let heads = applied_heads(migrations.revisions(), &rows);
    heads.iter().map(|row| row.id.as_str()).collect::<Vec<_>>().join(" ")
}

/// The migrations that targets and ranges mean in a database with these rows.
fn meant(migrations: &Migrations, applied: Option<&[Applied]>, texts: &[&str]) -> String {
    let resolver = Resolver::new(migrations.revisions());
    let resolver = match applied {
        Some(applied) => resolver.with_applied(applied.iter().map(Applied::revision)),
        None => resolver,
    };
    let answer = |text: &&str| {
        let ids = match text.parse::<Range>() {
            Ok(range) => resolver.within(&range),
            Err(_) => resolver.at(&Target::parse(text).unwrap()),
        };
        format!("{text:<14} {}\n", shown(ids))
    };
    texts.iter().map(answer).collect()
}

#[test]
fn d32_the_heads_of_a_database_are_the_applied_migrations_that_nothing_applied_comes_after() {
    let migrations = graph("1_a\n2_b < 1\n3_c\n4_d < 3 & 2\n5_e < 2");
    assert_eq!(heads(&migrations, ""), "");
    assert_eq!(heads(&migrations, "1"), "1");
    assert_eq!(heads(&migrations, "1 2 3"), "2 3");
    assert_eq!(heads(&migrations, "3 1 2 4"), "4");
    assert_eq!(heads(&migrations, "1 2 5 3 4"), "5 4");
}

#[test]
fn d3_to_d5_the_heads_follow_from_what_is_applied_and_an_ancestor_is_none() {
    let migrations = graph("1_a\n2_b\n3_c < 1\n4_d < 3\n5_merge < 4 2");
    assert_eq!(heads(&migrations, "1 2 3"), "2 3");
    assert_eq!(heads(&migrations, "1 3"), "3");
    // A gap in what is applied makes no second head.
    assert_eq!(heads(&migrations, "1 4"), "4");
    assert_eq!(heads(&migrations, "1 2 3 4 5"), "5");
}

#[test]
fn rows_that_no_file_has_come_after_their_stored_parents() {
    let all = graph("1_a\n2_b < 1\n3_c < 2\n4_d < 2\n5_e < 4");
    let rows = rows(&all);
    let older = graph("1_a\n2_b < 1");
    let heads = applied_heads(older.revisions(), &rows);
    assert_eq!(heads.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["3", "5"]);
}

#[test]
fn heads_that_a_new_migration_can_revise_and_real_heads_differ_by_dependencies() {
    let migrations = graph("1_a\n2_b < 1\n3_c\n4_d < 3 & 2");
    let names =
        |heads: Vec<&crate::migration::SharedMigration>| heads.iter().map(|head| head.name()).collect::<Vec<_>>();
    assert_eq!(names(migrations.heads()), ["2_b", "4_d"]);
    assert_eq!(names(migrations.real_heads()), ["4_d"]);
}

#[test]
fn a_target_names_migrations_to_show() {
    let migrations = graph("1_a\n2_b < 1 : mail\n3_c < 1 : shop\n4_d < 3\n5_e");
    let applied = history(&migrations, "1 2 3");
    expect![[r#"
        heads          2 4 5
        head           error: there are 3 heads: `2_b`, `4_d` and `5_e`
        base           
        current        2 3
        mail           2
        shop@head      4
        1@heads        2 4
        1@head         error: there are 2 heads of `1`: `2_b` and `4_d`
        shop@1         1
        4-1            3
        -1             1 3
        shop@-1        3
        shop@-9        error: `shop@-9` leads too far: nothing comes before `base`
        +1             error: `+1` has nothing to begin at; `<id>+1` has
        4+1            error: `4+1` leads too far: nothing comes after `4_d`
    "#]]
    .assert_eq(&meant(
        &migrations,
        Some(&applied),
        &[
            "heads",
            "head",
            "base",
            "current",
            "mail",
            "shop@head",
            "1@heads",
            "1@head",
            "shop@1",
            "4-1",
            "-1",
            "shop@-1",
            "shop@-9",
            "+1",
            "4+1",
        ],
    ));
    expect![[r#"
        current        error: `current` is where a database is, and no database was named
        current:       error: `current` is where a database is, and no database was named
    "#]]
    .assert_eq(&meant(&migrations, None, &["current", "current:"]));
}

#[test]
fn a_range_holds_what_its_end_needs_from_its_start_on() {
    let migrations = graph("1_a\n2_b < 1 : mail\n3_c < 1 : shop\n4_d < 3\n5_e & 2 : log\n6_f < 5");
    let applied = history(&migrations, "1 3");
    expect![[r#"
        :              1 2 3 4 5 6
        1:             1 2 3 4
        :4             1 3 4
        1:4            1 3 4
        3:4            3 4
        4:3            error: nothing is in `4:3`: its start does not come before its end
        2:4            error: nothing is in `2:4`: its start does not come before its end
        current:       3 4
        :current       1 3
        current:4      3 4
        base:2         1 2
        1:base         error: nothing is in `1:base`: its start does not come before its end
        base:base      
        5:             5 6
        :log@head      1 2 5 6
        log@base:      5 6
        shop@1:        1 3 4
        shop@base:     1 3 4
        2:heads        2
        4:4            4
        heads:         4 6
    "#]]
    .assert_eq(&meant(
        &migrations,
        Some(&applied),
        &[
            ":",
            "1:",
            ":4",
            "1:4",
            "3:4",
            "4:3",
            "2:4",
            "current:",
            ":current",
            "current:4",
            "base:2",
            "1:base",
            "base:base",
            "5:",
            ":log@head",
            "log@base:",
            "shop@1:",
            "shop@base:",
            "2:heads",
            "4:4",
            "heads:",
        ],
    ));
}

#[test]
fn d30_steps_in_a_range_count_from_its_other_end() {
    let migrations = graph("1_a\n2_b < 1\n3_c < 2 : x\n4_d < 3\n5_e < 2 : y");
    let applied = history(&migrations, "1 2 3");
    expect![[r#"
        -1:current     2 3
        -2:current     1 2 3
        -3:current     1 2 3
        -4:current     error: `-4:current` leads too far: nothing comes before `base`
        -1:4           3 4
        x@-1:          3 4
        -1:            2 3 4 5
        1:+1           1 2
        1:+2           error: `1:+2` could lead several ways: `3_c` and `5_e` revise `2_b`
        x@1:+2         1 2 3
        1:y@+2         1 2 5
        :+2            1 2
        current:+1     3 4
        current:+2     error: `current:+2` leads too far: nothing comes after `4_d`
    "#]]
    .assert_eq(&meant(
        &migrations,
        Some(&applied),
        &[
            "-1:current",
            "-2:current",
            "-3:current",
            "-4:current",
            "-1:4",
            "x@-1:",
            "-1:",
            "1:+1",
            "1:+2",
            "x@1:+2",
            "1:y@+2",
            ":+2",
            "current:+1",
            "current:+2",
        ],
    ));
}
