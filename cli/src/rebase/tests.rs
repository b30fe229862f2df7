use std::collections::HashMap;

use dunlin::core::graph::{Revision, Revisions};
use expect_test::{Expect, expect};

use super::*;

/// Lines such as `3 < 1 2`: a migration and its parents. `!` behind the id is sealed.
fn check(graph: &str, moved: &[&str], onto: Option<&str>, expected: &Expect) {
    let mut fixed = HashMap::new();
    let revision = |line: &str| {
        let (id, parents) = line.split_once('<').unwrap_or((line, ""));
        let id: MigrationId = id.trim().trim_end_matches('!').parse().unwrap();
        if line.contains('!') {
            fixed.insert(id.clone(), Fixed::Sealed);
        }
        let parents = parents.split_whitespace().map(|id| id.parse().unwrap()).collect();
        Revision { id, slug: "x".into(), labels: Vec::new(), parents, depends_on: Vec::new(), replaces: Vec::new() }
    };
    let revisions = Revisions::new(graph.lines().map(revision).collect());
    let target = |name: &str| name.parse::<Target>().unwrap();
    let wish = Wish { moved: moved.iter().map(|name| target(name)).collect(), onto: onto.map(target), force: false };
    let shown = match Rebase::new(&wish, &revisions, &fixed) {
        Ok(Rebase { parents, .. }) if parents.is_empty() => "nothing".to_owned(),
        Ok(Rebase { moved, onto, parents, .. }) => {
            let ids = |ids: &[MigrationId]| ids.iter().map(MigrationId::as_str).collect::<Vec<_>>().join(" ");
            let parents: Vec<String> = parents.iter().map(|(id, of)| format!("{id} < {}", ids(of))).collect();
            format!("{} onto {onto}: {}", ids(&moved), parents.join(", "))
        }
        Err(error) => error.to_string(),
    };
    expected.assert_eq(&shown);
}

#[test]
fn the_line_that_can_move_moves_onto_the_other() {
    check("1\n2! < 1\n3 < 1\n4 < 3", &[], None, &expect!["3 4 onto 2_x: 3 < 2"]);
    check("1\n2 < 1\n3! < 1\n4 < 2", &[], None, &expect!["2 4 onto 3_x: 2 < 3"]);
    check("1\n2\n3!", &[], Some("1"), &expect!["2 onto 1_x: 2 < 1"]);
}

#[test]
fn with_one_head_there_is_nothing_to_move() {
    check("", &[], None, &expect!["nothing"]);
    check("1\n2 < 1", &[], None, &expect!["nothing"]);
    check("1\n2 < 1", &[], Some("1"), &expect!["nothing"]);
    check("1\n2 < 1\n3 < 1", &["2"], Some("1"), &expect!["nothing"]);
}

#[test]
fn what_is_not_clear_is_asked() {
    check("1\n2 < 1\n3 < 1", &[], None, &expect!["more than one line could move: `2_x` and `3_x`"]);
    check(
        "1\n2! < 1\n3! < 1",
        &[],
        None,
        &expect!["no line can move: `2_x` is sealed in dunlin.lock, `3_x` is sealed in dunlin.lock"],
    );
    check("1\n2! < 1\n3! < 1\n4 < 1", &[], None, &expect!["there are several heads to move onto: `2_x` and `3_x`"]);
    check("1\n2 < 1\n3 < 1\n4 < 1", &["4"], None, &expect!["there are several heads to move onto: `2_x` and `3_x`"]);
    check("1\n2 < 1", &["2"], None, &expect!["there is no other head than that of `2_x`"]);
}

#[test]
fn any_migration_of_a_line_names_it() {
    for named in ["3", "4"] {
        check("1\n2 < 1\n3 < 1\n4 < 3", &[named], Some("2"), &expect!["3 4 onto 2_x: 3 < 2"]);
    }
    check("1\n2 < 1\n3 < 1\n4 < 3", &["3", "4"], None, &expect!["3 4 onto 2_x: 3 < 2"]);
}

#[test]
fn several_lines_move_one_after_the_other() {
    check("1\n2 < 1\n3 < 1\n4 < 1\n5 < 3", &["3", "4"], Some("2"), &expect!["3 4 5 onto 2_x: 3 < 2, 4 < 5"]);
}

#[test]
fn a_merge_within_a_line_keeps_what_it_joins() {
    check("1\n2 < 1\n3 < 1\n4 < 1\n5 < 3 4", &["5"], Some("2"), &expect!["3 4 5 onto 2_x: 3 < 2, 4 < 2"]);
    // What the target has already is left out.
    check("1\n2 < 1\n3 < 1\n4 < 3 2\n5 < 2", &["4"], Some("5"), &expect!["3 4 onto 5_x: 3 < 5, 4 < 3"]);
}

#[test]
fn a_merge_that_joins_nothing_any_more_comes_after_one() {
    check("1\n2 < 1\n3 < 1\n4 < 2 3\n5 < 4", &["3"], Some("2"), &expect!["3 4 5 onto 2_x: 3 < 2, 4 < 3"]);
}

#[test]
fn what_comes_before_a_place_cannot_move_onto_it() {
    check("1\n2 < 1\n3 < 1", &["1"], Some("2"), &expect!["`1_x` comes before `2_x`, and cannot move onto it"]);
    check("1\n2 < 1\n3! < 1", &["3"], Some("2"), &expect!["`3_x` is sealed in dunlin.lock"]);
    check("1\n2 < 1", &["base"], Some("2"), &expect!["`base` is no migration that could move, or be moved onto"]);
}

#[test]
fn whatever_moves_comes_after_its_target_once_and_in_no_circle() {
    let mut seed = 1_u64;
    let mut chance = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    for _ in 0..2000 {
        let id = |place: usize| place.to_string().parse::<MigrationId>().unwrap();
        let mut all: Vec<Revision> = Vec::new();
        for place in 0..2 + chance(9) {
            let revisions = Revisions::new(all.clone());
            let mut parents: Vec<usize> = (0..chance(3)).filter(|_| place > 0).map(|_| chance(place.max(1))).collect();
            parents.sort_unstable();
            parents.dedup();
            let before = parents.iter().flat_map(|&parent| revisions.lines().before(parent).to_vec());
            let ancestors = revisions.lines().with_ancestors(before);
            parents.retain(|&parent| !ancestors[parent]);
            let parents = parents.into_iter().map(id).collect();
            all.push(Revision {
                id: id(place),
                slug: "x".into(),
                labels: Vec::new(),
                parents,
                depends_on: Vec::new(),
                replaces: Vec::new(),
            });
        }
        let revisions = Revisions::new(all.clone());
        let (moved, onto) = (chance(all.len()), chance(all.len()));
        let target = |place: usize| Target::Migration(id(place).to_string());
        let wish = Wish { moved: vec![target(moved)], onto: Some(target(onto)), force: false };
        let Ok(rebase) = Rebase::new(&wish, &revisions, &HashMap::new()) else {
            assert!(revisions.lines().with_ancestors([onto])[moved], "only an ancestor cannot move: {all:?}");
            continue;
        };
        for (of, parents) in &rebase.parents {
            all.iter_mut().find(|revision| revision.id == *of).unwrap().parents.clone_from(parents);
        }
        let place = |id: &MigrationId| all.iter().position(|revision| revision.id == *id).unwrap();
        let edges =
            all.iter().flat_map(|revision| revision.parents.iter().map(|parent| (place(parent), place(&revision.id))));
        let lines = dunlin::core::graph::Graph::new(all.len(), edges);
        let order = lines.order().unwrap_or_else(|cycle| panic!("{cycle:?} in {all:?}"));
        assert_eq!(lines.redundant(&order), [], "{all:?}");
        assert!(lines.with_ancestors([moved])[onto], "{moved} onto {onto} in {all:?}");
    }
}
