use super::*;
use crate::directory::{Directory, Options, SourceFile};
use crate::migration::Direction;
use crate::plan::{Kind, to_mark};
use crate::squash::Squash;

/// Every range of a world that can become one migration: the nodes in it, and the files of that one.
fn squashes(world: &World) -> Vec<(HashSet<usize>, Vec<SourceFile>)> {
    let directory = world.directory().unwrap();
    let ends = (0..world.len()).flat_map(|from| (0..world.len()).map(move |to| (from, to)));
    let ranges = ends.filter_map(|(from, to)| {
        let range = Range { from: Some(named(world, from)), to: Some(named(world, to)) };
        Resolver::new(directory.revisions()).within(&range).ok()
    });
    let all = ranges.filter_map(|ids| {
        let squash = Squash::of(&directory, &ids, Dialect::Sqlite).ok()?;
        let (id, inside) = (world.len() + 1, world.nodes(&ids));
        let file = |way: Direction| SourceFile {
            name: format!("{id}_s.{way}.sql").into(),
            text: squash.text(way, &squash.joined(way)).into(),
            checksum: None,
        };
        Some((inside, vec![file(Direction::Up), file(Direction::Down)]))
    });
    all.collect()
}

fn migrations(files: Vec<SourceFile>) -> Option<Migrations> {
    let directory = Directory::from_files("versions", files, None, Options::default()).ok()?;
    Some(directory.migrations(Dialect::Sqlite).unwrap())
}

/// Carries a plan out; every step must be possible when its turn comes.
fn carried_out(plan: &Plan, mut history: Vec<Applied>) -> Vec<Applied> {
    for step in &plan.steps {
        let is_there = history.iter().any(|row| row.id == step.migration.id);
        if step.direction == Direction::Up {
            assert!(!is_there, "applied twice");
            let parents = &step.migration.parents;
            assert!(parents.iter().all(|id| history.iter().any(|row| row.id == *id)), "applied before what it needs");
            let seq = history.last().map_or(1, |row| usize::try_from(row.seq).unwrap() + 1);
            history.push(row(&step.migration, seq));
        } else {
            assert!(is_there, "reverted and not applied");
            history.retain(|row| row.id != step.migration.id);
        }
    }
    history
}

/// What a database has, where the squash is all that it stands for; `None` is that it has both ways at once.
fn effect(world: &World, inside: &HashSet<usize>, history: &[Applied]) -> Option<HashSet<usize>> {
    let squash = (world.len() + 1).to_string();
    let (own, others): (Vec<&Applied>, Vec<&Applied>) =
        history.iter().filter(|row| row.kind != Kind::Squashed).partition(|row| row.id.as_str() == squash);
    let mut nodes = world.nodes(others.iter().map(|row| &row.id));
    if !own.is_empty() {
        if !nodes.is_disjoint(inside) {
            return None;
        }
        nodes.extend(inside);
    }
    Some(nodes)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn every_state_of_a_database_ends_with_the_same_migrations_and_none_with_both_ways(
        world in world(),
        pick: Index,
        before: [Index; 3],
        since: [Index; 2],
        way_down: Index,
    ) {
        let squashes = squashes(&world);
        if squashes.is_empty() {
            return Ok(());
        }
        let (inside, own) = &squashes[pick.index(squashes.len())];
        let files = world.files();
        let ids: Vec<String> = inside.iter().map(|&node| format!("{}_", world.id(node))).collect();
        let is_original = |file: &SourceFile| ids.iter().any(|id| file.name.starts_with(&**id));
        let rest = files.iter().filter(|file| !is_original(file)).cloned();
        // What depends on one of them may come to come after itself; then there is no squash.
        let Some(both) = migrations([&files[..], own].concat()) else { return Ok(()) };
        let one = migrations(rest.chain(own.iter().cloned()).collect()).unwrap();
        let originals = world.migrations();

        // Anything that a database can have come to before, and then, by either set of files, since.
        let history = reached(&world, &originals, &before);
        let all: HashSet<usize> = (0..world.len()).collect();
        for (files, has_originals) in [(&both, true), (&one, false)] {
            let mut history = history.clone();
            let held = nodes(&world, &history);
            let is_in_the_middle = !held.is_disjoint(inside) && !inside.is_subset(&held);
            let up = planned(files, &history, &Goal::up(Target::Heads));
            if is_in_the_middle && !has_originals {
                prop_assert!(matches!(up, Err(PlanError::Refused(_))), "it goes on with the originals only");
                continue;
            }
            for target in &since {
                // What it stands for is no place of its own on every database.
                let target = named(&world, target.index(world.len()));
                if let Ok(plan) = planned(files, &history, &Goal::up(target)) {
                    history = carried_out(&plan, history);
                    prop_assert!(effect(&world, inside, &history).is_some());
                }
            }
            let up = planned(files, &history, &Goal::up(Target::Heads)).unwrap();
            prop_assert!(up.findings.is_empty(), "{:?}", up.findings);
            history = carried_out(&up, history);
            prop_assert_eq!(effect(&world, inside, &history), Some(all.clone()));

            // A database that has all of the originals gets a row that says so, and that changes nothing.
            let seq = history.len() + 1;
            let marks: Vec<Applied> =
                to_mark(files, &history).iter().map(|migration| Applied { kind: Kind::Squashed, ..row(migration, seq) }).collect();
            prop_assert_eq!(marks.is_empty(), !nodes(&world, &history.iter().filter(|row| row.id.as_str() != (world.len() + 1).to_string()).cloned().collect::<Vec<_>>()).is_superset(inside));
            let marked = [history.clone(), marks].concat();
            let again = planned(files, &marked, &Goal::up(Target::Heads)).unwrap();
            prop_assert!(again.is_empty() && again.findings.is_empty());

            // Down as far as it goes, and up again.
            let target = named(&world, way_down.index(world.len()));
            if let Ok(down) = planned(files, &marked, &Goal::down(target)) {
                let fewer = carried_out(&down, history.clone());
                prop_assert!(effect(&world, inside, &fewer).is_some());
                let up = planned(files, &fewer, &Goal::up(Target::Heads));
                if has_originals {
                    let whole = carried_out(&up.unwrap(), fewer);
                    prop_assert_eq!(effect(&world, inside, &whole), Some(all.clone()));
                }
            }
            let down = planned(files, &marked, &Goal::down(Target::Base)).unwrap();
            prop_assert!(carried_out(&down, history).is_empty());
        }
    }
}
