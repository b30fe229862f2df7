//! What holds of every plan, on random graphs and random histories.

use std::collections::HashSet;

use proptest::prelude::*;

use super::tests::rows;
use super::*;
use crate::dialect::Dialect;
use crate::directory::{Directory, Options, SourceFile};

/// A graph: for each migration, which of those before it are its parents. None is a base.
fn graph() -> impl Strategy<Value = Vec<Vec<usize>>> {
    prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 0..3), 1..24).prop_map(|picks| {
        let parents = |(n, picks): (usize, Vec<prop::sample::Index>)| {
            let mut parents: Vec<usize> =
                if n == 0 { Vec::new() } else { picks.iter().map(|pick| pick.index(n)).collect() };
            parents.sort_unstable();
            parents.dedup();
            parents
        };
        picks.into_iter().enumerate().map(parents).collect()
    })
}

fn migrations(graph: &[Vec<usize>]) -> Migrations {
    let files = graph.iter().enumerate().flat_map(|(n, parents)| {
        let ids: Vec<String> = parents.iter().map(|parent| (parent + 1).to_string()).collect();
        let revises = if ids.is_empty() { "base".to_owned() } else { ids.join(", ") };
        [
            (format!("{}_m.up.sql", n + 1), format!("-- dunlin: revises {revises}\nselect {n};")),
            (format!("{}_m.down.sql", n + 1), format!("select -{n};")),
        ]
    });
    let files = files.map(|(name, text)| SourceFile { name: name.into(), text: text.into(), checksum: None });
    let directory = Directory::from_files("versions", files.collect(), None, Options::default()).unwrap();
    directory.migrations(Dialect::Sqlite).unwrap()
}

/// Applies a plan's steps to a history; every step must be possible when its turn comes.
fn carry_out(plan: &Plan, mut history: Vec<Applied>) -> Vec<Applied> {
    for step in &plan.steps {
        let ids: HashSet<&MigrationId> = history.iter().map(|row| &row.id).collect();
        match step.direction {
            Direction::Up => {
                assert!(!ids.contains(&step.migration.id), "applied twice");
                assert!(step.migration.parents.iter().all(|parent| ids.contains(parent)), "before its parents");
                let seq = history.iter().map(|row| row.seq).max().unwrap_or(0) + 1;
                let alone = Migrations::in_order(SetName::default(), Dialect::Sqlite, vec![(*step.migration).clone()]);
                history.extend(rows(&alone).into_iter().map(|row| Applied { seq, ..row }));
            }
            Direction::Down => {
                let place =
                    history.iter().position(|row| row.id == step.migration.id).expect("reverted but not applied");
                history.remove(place);
                assert!(
                    history.iter().all(|row| !row.parents.contains(&step.migration.id)),
                    "reverted before its children"
                );
            }
        }
    }
    history
}

fn ids(history: &[Applied]) -> Vec<String> {
    history.iter().map(|row| row.id.to_string()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn up_applies_everything_in_an_order_that_holds(graph in graph()) {
        let migrations = migrations(&graph);
        let done = plan(&migrations, &[], &Goal::up(Target::Heads), &Policy::default()).unwrap();
        let history = carry_out(&done, Vec::new());
        prop_assert_eq!(history.len(), migrations.len());
        let again = plan(&migrations, &history, &Goal::up(Target::Heads), &Policy::default()).unwrap();
        prop_assert!(again.is_empty() && again.findings.is_empty());
    }

    #[test]
    fn down_gives_back_the_state_that_was(graph in graph(), there: prop::sample::Index, back: prop::sample::Index) {
        let migrations = migrations(&graph);
        let target = Target::Migration(there.get(&graph.iter().enumerate().map(|(n, _)| n + 1).collect::<Vec<_>>()).to_string());
        let half = plan(&migrations, &[], &Goal::up(target), &Policy::default()).unwrap();
        let before = carry_out(&half, Vec::new());
        let rest = plan(&migrations, &before, &Goal::up(Target::Heads), &Policy::default()).unwrap();
        let all = carry_out(&rest, before.clone());
        if !rest.steps.is_empty() {
            let down = plan(&migrations, &all, &Goal::down(Target::Back(rest.steps.len())), &Policy::default()).unwrap();
            prop_assert_eq!(ids(&carry_out(&down, all.clone())), ids(&before));
        }
        let n = back.index(all.len());
        let down = plan(&migrations, &all, &Goal::down(Target::Migration(all[n].id.to_string())), &Policy::default()).unwrap();
        prop_assert!(ids(&carry_out(&down, all.clone())).contains(&all[n].id.to_string()));
        let base = plan(&migrations, &all, &Goal::down(Target::Base), &Policy::default()).unwrap();
        prop_assert!(carry_out(&base, all).is_empty());
    }

    #[test]
    fn no_history_makes_the_planner_panic(graph in graph(), keep in prop::collection::vec(any::<bool>(), 24), cut: prop::sample::Index) {
        let all = migrations(&graph);
        let known = migrations(&graph[..=cut.index(graph.len())]);
        let history: Vec<Applied> = rows(&all).into_iter().zip(keep).filter(|(_, keep)| *keep).map(|(row, _)| row).collect();
        for target in ["head", "heads", "base", "+1", "-1", "1", "m"] {
            let goal = Goal::to(Target::parse(target).unwrap());
            let _ = plan(&known, &history, &goal, &Policy::default());
        }
    }
}
