//! What holds of every plan, on random graphs and random histories. `world.rs` makes the graphs.

mod squashing;
mod stamping;
mod world;

use std::collections::HashSet;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::Index;
use world::{World, world};

use super::tests::{row, rows};
use super::*;
use crate::dialect::Dialect;
use crate::graph::{Revision, Revisions};
use crate::migration::{Label, Migrations};
use crate::target::Range;

fn planned(migrations: &Migrations, history: &[Applied], goal: &Goal) -> Result<Plan, PlanError> {
    plan(migrations, history, goal, &Policy::default())
}

fn named(world: &World, node: usize) -> Target {
    Target::Migration(world.id(node))
}

fn nodes(world: &World, history: &[Applied]) -> HashSet<usize> {
    world.nodes(history.iter().map(|row| &row.id))
}

/// A history as ways up make it: to one migration after another.
fn reached(world: &World, migrations: &Migrations, targets: &[Index]) -> Vec<Applied> {
    targets.iter().fold(Vec::new(), |history, target| {
        let up = planned(migrations, &history, &Goal::up(named(world, target.index(world.len())))).unwrap();
        world.carry_out(&up, history)
    })
}

/// Targets and ranges: made of what they are made of, and of anything.
fn text() -> impl Strategy<Value = String> {
    let word = prop_oneof!["[0-9]{1,2}", "m[0-9]", "l[0-9]x?", "heads?", "base", "current"];
    let sign = prop_oneof!["[-+@:]", "[-+][0-9]{1,20}", Just(String::new())];
    let built = prop::collection::vec((sign, prop::option::of(word)), 1..4)
        .prop_map(|parts| parts.into_iter().map(|(sign, word)| word.unwrap_or_default() + &sign).collect());
    prop_oneof![4 => built, 1 => "\\PC{0,12}", 1 => any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn up_applies_everything_in_an_order_that_holds(world in world()) {
        let migrations = world.migrations();
        let history = world.carry_out(&planned(&migrations, &[], &Goal::up(Target::Heads)).unwrap(), Vec::new());
        prop_assert_eq!(history.len(), world.len());
        let again = planned(&migrations, &history, &Goal::up(Target::Heads)).unwrap();
        prop_assert!(again.is_empty() && again.findings.is_empty() && again.nothing_to_do.is_some());
    }

    #[test]
    fn among_what_is_free_the_smallest_id_goes_first(world in world()) {
        let done = planned(&world.migrations(), &[], &Goal::up(Target::Heads)).unwrap();
        let mut applied = HashSet::new();
        for step in done.steps {
            let node = world.nodes([&step.migration.id]).into_iter().next().unwrap();
            let is_free = |free: &usize| !applied.contains(free) && world.below(*free).is_subset(&applied);
            let free = (0..world.len()).filter(is_free);
            prop_assert_eq!(free.map(|free| world.ids[free]).min(), Some(world.ids[node]));
            applied.insert(node);
        }
    }

    #[test]
    fn up_to_a_migration_applies_what_it_needs_and_it_alone(world in world(), targets: [Index; 3]) {
        let migrations = world.migrations();
        let before = reached(&world, &migrations, &targets[..2]);
        let target = targets[2].index(world.len());
        let up = planned(&migrations, &before, &Goal::up(named(&world, target))).unwrap();
        let after = nodes(&world, &world.carry_out(&up, before.clone()));
        let needed = world.below(target).into_iter().chain([target]);
        let wanted: HashSet<usize> = needed.chain(nodes(&world, &before)).collect();
        prop_assert_eq!(after, wanted);
    }

    #[test]
    fn down_to_a_migration_reverts_what_stands_on_its_children_and_that_alone(world in world(), targets: [Index; 4]) {
        let migrations = world.migrations();
        let before = reached(&world, &migrations, &targets[..3]);
        let applied = nodes(&world, &before);
        let target = targets[3].index(world.len());
        let down = planned(&migrations, &before, &Goal::down(named(&world, target)));
        if !applied.contains(&target) {
            prop_assert_eq!(down.map(|_| ()), Err(PlanError::NotApplied(world.id(target))));
            return Ok(());
        }
        let down = down.unwrap();
        let after = nodes(&world, &world.carry_out(&down, before));
        let children: HashSet<usize> = world.children(target).into_iter().collect();
        let is_above = |node: &usize| children.contains(node) || !world.below(*node).is_disjoint(&children);
        let wanted: HashSet<usize> = applied.iter().copied().filter(|node| !is_above(node)).collect();
        prop_assert_eq!(&after, &wanted);
        prop_assert!(after.contains(&target));
        let beside = applied.difference(&after).filter(|&node| !world.lineage(target).contains(node)).count();
        let told = down.findings.iter().find_map(|finding| match &finding.kind {
            FindingKind::SiblingBranch { reverted, .. } => Some(reverted.len()),
            _ => None,
        });
        prop_assert_eq!(told.unwrap_or(0), beside);
    }

    #[test]
    fn up_then_down_gives_back_the_state(world in world(), targets: [Index; 3]) {
        let migrations = world.migrations();
        let before = reached(&world, &migrations, &targets[..2]);
        let up = planned(&migrations, &before, &Goal::up(named(&world, targets[2].index(world.len())))).unwrap();
        let there = world.carry_out(&up, before.clone());
        let down = planned(&migrations, &there, &Goal::down(Target::Back(up.steps.len()))).unwrap();
        prop_assert_eq!(nodes(&world, &world.carry_out(&down, there.clone())), nodes(&world, &before));
        let base = planned(&migrations, &there, &Goal::down(Target::Base)).unwrap();
        prop_assert!(world.carry_out(&base, there.clone()).is_empty());
        let rest = planned(&migrations, &there, &Goal::up(Target::Heads)).unwrap();
        let all = world.carry_out(&rest, there.clone());
        if !rest.steps.is_empty() {
            let back = planned(&migrations, &all, &Goal::down(Target::Back(rest.steps.len()))).unwrap();
            prop_assert_eq!(nodes(&world, &world.carry_out(&back, all)), nodes(&world, &there));
        }
    }

    #[test]
    fn heads_are_the_maximal_applied_migrations(
        world in world(),
        keep in prop::collection::vec(any::<bool>(), 18),
        known: Index,
    ) {
        let migrations = world.migrations();
        let kept = rows(&migrations).into_iter().zip(keep).filter(|(_, keep)| *keep);
        let history: Vec<Applied> = kept.map(|(row, _)| row).collect();
        let applied = nodes(&world, &history);
        let is_covered = |node: &usize| applied.iter().any(|&other| world.below(other).contains(node));
        let wanted: HashSet<usize> = applied.iter().copied().filter(|node| !is_covered(node)).collect();
        let heads = applied_heads(migrations.revisions(), &history);
        prop_assert_eq!(world.nodes(heads.into_iter().map(|row| &row.id)), wanted);
        // A binary that knows less still finds heads among what is applied.
        let fewer: Vec<Revision> = migrations.revisions().iter().take(known.index(world.len())).cloned().collect();
        let heads = applied_heads(&Revisions::new(fewer), &history);
        prop_assert!(heads.is_empty() == history.is_empty());
    }

    #[test]
    fn real_heads_lines_and_labels_are_what_the_rules_say(world in world()) {
        let migrations = world.migrations();
        let revisions = migrations.revisions();
        let (children, followers) = (|node| world.children(node), |node| world.followers(node));
        let place = |node: usize| revisions.place(&world.id(node).parse().unwrap()).unwrap();
        let ids = |places: Vec<usize>| world.nodes(places.iter().map(|&place| &revisions.get(place).unwrap().id));
        let all = || 0..world.len();
        prop_assert_eq!(ids(revisions.heads()), all().filter(|&node| children(node).is_empty()).collect());
        prop_assert_eq!(ids(revisions.real_heads()), all().filter(|&node| followers(node).is_empty()).collect());
        prop_assert_eq!(ids(revisions.branch_points()), all().filter(|&node| children(node).len() > 1).collect());
        let parts = |node: usize| followers(node).len() > 1 || world.parents[node].len() > 1;
        let mut labels: Vec<HashSet<&str>> = vec![HashSet::new(); world.len()];
        for node in 0..world.len() {
            let members = revisions.lineage(place(node));
            prop_assert_eq!(ids((0..members.len()).filter(|&place| members[place]).collect()), world.lineage(node));
            let Some(label) = world.labels[node].first() else { continue };
            let is_above = |&other: &usize| other == node || world.lines_below(other).contains(&node);
            let above: Vec<usize> = all().filter(is_above).collect();
            for &other in &above {
                labels[other].insert(label);
            }
            let mut at = (!above.iter().any(|&other| parts(other))).then_some(node);
            while let Some(node) = at.filter(|&node| !parts(node)) {
                labels[node].insert(label);
                at = world.parents[node].first().copied();
            }
        }
        for (node, wanted) in labels.iter().enumerate() {
            let carried: HashSet<&str> = revisions.labels(place(node)).map(Label::as_str).collect();
            prop_assert_eq!(&carried, wanted, "of {}", world.id(node));
        }
    }

    #[test]
    fn every_way_of_every_target_holds_and_is_the_same_twice(
        world in world(),
        targets: [Index; 2],
        texts in prop::collection::vec(text(), 8),
        known: Index,
    ) {
        let migrations = world.migrations();
        let history = reached(&world, &migrations, &targets);
        for target in texts.iter().filter_map(|text| Target::parse(text).ok()) {
            for goal in [Goal::up(target.clone()), Goal::down(target.clone()), Goal::to(target.clone())] {
                let once = planned(&migrations, &history, &goal);
                let again = planned(&migrations, &history, &goal);
                prop_assert_eq!(format!("{once:?}"), format!("{again:?}"));
                if let Ok(plan) = &once {
                    world.carry_out(plan, history.clone());
                    prop_assert!(plan.steps.is_empty() == plan.nothing_to_do.is_some());
                    let ways: HashSet<_> = plan.steps.iter().map(|step| step.direction).collect();
                    prop_assert!(ways.len() <= 1);
                    prop_assert!(goal.direction.is_none_or(|way| ways.iter().all(|other| *other == way)));
                }
            }
        }
        // What a binary that knows less makes of them, and what is only shown, must end without a panic.
        let fewer: Vec<Revision> = migrations.revisions().iter().take(known.index(world.len())).cloned().collect();
        let fewer = Revisions::new(fewer);
        let resolver = Resolver::new(&fewer).with_applied(history.iter().map(Applied::revision));
        for text in &texts {
            let _ = Range::parse(text).map(|range| resolver.within(&range));
            let _ = Target::parse(text).map(|target| resolver.at(&target));
            let _ = resolver.named(text);
        }
    }

    #[test]
    fn a_broken_graph_is_refused_and_nothing_hangs(
        world in world(),
        edges in prop::collection::vec((any::<bool>(), any::<Index>(), any::<Index>()), 0..4),
        label: Option<(Index, Index)>,
    ) {
        let mut world = world;
        for (is_parent, from, to) in edges {
            let (from, to) = (from.index(world.len()), to.index(world.len()));
            if is_parent { world.parents[from].push(to) } else { world.depends_on[from].push(to) }
        }
        if let Some((one, other)) = label {
            let (one, other) = (one.index(world.len()), other.index(world.len()));
            world.labels[one].push("twice".to_owned());
            world.labels[other].push("twice".to_owned());
        }
        let directory = world.directory();
        prop_assert!(label.is_none() || directory.is_err());
        if let Ok(directory) = directory {
            let migrations = directory.migrations(Dialect::Sqlite).unwrap();
            let up = planned(&migrations, &[], &Goal::up(Target::Heads)).unwrap();
            prop_assert_eq!(world.carry_out(&up, Vec::new()).len(), world.len());
        }
    }

    #[test]
    fn no_history_makes_the_planner_panic(
        world in world(),
        picks in prop::collection::vec((any::<Index>(), any::<Option<Index>>()), 0..12),
        known: Index,
        texts in prop::collection::vec(text(), 4),
    ) {
        // Rows in any order, twice, with parents that never were, in cycles.
        let all = world.migrations();
        let history = picks.iter().enumerate().map(|(n, (pick, parent))| {
            let found = pick.get(&all.iter().collect::<Vec<_>>()).to_owned();
            let parents = parent.iter().map(|parent| world.ids[parent.index(world.len())].to_string().parse().unwrap());
            let parents = parents.chain(parent.is_none().then(|| "gone".parse().unwrap())).collect();
            Applied { parents, ..row(found, n / 2) }
        });
        let history: Vec<Applied> = history.collect();
        let fewer: Vec<_> = all.iter().take(known.index(world.len())).map(|migration| (**migration).clone()).collect();
        let revisions: Vec<Revision> = all.revisions().iter().take(fewer.len()).cloned().collect();
        let revisions = Arc::new(Revisions::new(revisions));
        let known = Migrations::new(all.set().clone(), all.dialect(), fewer, revisions);
        let usual = ["head", "heads", "base", "+1", "-1", "1", "m1", "1@base", "1@-1", "1+9", "2-9"].map(str::to_owned);
        let (out_of_order, missing, ahead) = (Verdict::Warn, Verdict::Warn, Verdict::Warn);
        let policy = Policy { out_of_order, missing, ahead, ..Policy::default() };
        for target in usual.iter().chain(&texts).filter_map(|text| Target::parse(text).ok()) {
            for goal in [Goal::up(target.clone()), Goal::down(target.clone()), Goal::to(target)] {
                let _ = plan(&known, &history, &goal, &policy);
                let _ = plan(&known, &history, &goal, &Policy::default());
            }
        }
        let _ = applied_heads(known.revisions(), &history);
    }
}
