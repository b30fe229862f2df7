use super::*;
use crate::plan::{Forget, Stamp, StampPlan, stamp};

/// The history that a stamp leaves: rows go first, then come.
fn stamped(plan: &StampPlan, mut history: Vec<Applied>) -> Vec<Applied> {
    for removal in &plan.removed {
        let before = history.len();
        history.retain(|row| row.id != removal.row.id);
        assert_eq!(history.len() + 1, before, "only a row can go, and once");
    }
    for migration in &plan.added {
        assert!(history.iter().all(|row| row.id != migration.id), "a row comes where there is none");
        history.push(row(migration, history.len() + 1));
    }
    history
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn a_stamp_leaves_the_targets_and_what_they_need_and_other_lines_as_they_were(
        world in world(),
        before: [Index; 3],
        targets in prop::collection::vec(any::<Index>(), 1..4),
        purge: bool,
    ) {
        let migrations = world.migrations();
        let history = reached(&world, &migrations, &before);
        let targets: Vec<usize> = targets.iter().map(|target| target.index(world.len())).collect();
        let forget = if purge { Forget::Everything } else { Forget::InTheWay };
        let wish = Stamp::at(targets.iter().map(|&target| named(&world, target))).forgetting(forget);
        let plan = stamp(&migrations, &history, &wish).unwrap();
        let held = nodes(&world, &history);
        let after_rows = stamped(&plan, history);
        let after = nodes(&world, &after_rows);

        let wanted: HashSet<usize> =
            targets.iter().flat_map(|&target| world.below(target).into_iter().chain([target])).collect();
        prop_assert!(wanted.is_subset(&after), "the targets and what they need are there");
        for &node in &after {
            prop_assert!(world.below(node).is_subset(&after), "what stands before a row is there");
        }
        // A target that another one includes changes nothing.
        let is_top = |&target: &usize| !targets.iter().any(|&other| world.below(other).contains(&target));
        let tops: Vec<usize> = targets.iter().copied().filter(is_top).collect();
        for node in 0..world.len() {
            let is_above = tops.iter().any(|&top| world.below(node).contains(&top));
            let expected = wanted.contains(&node) || !purge && held.contains(&node) && !is_above;
            prop_assert_eq!(after.contains(&node), expected);
        }
        for target in &tops {
            prop_assert!(after.iter().all(|&node| !world.below(node).contains(target)), "a target is a head then");
        }
        let is_head = |&&node: &&usize| !after.iter().any(|&other| world.below(other).contains(&node));
        let heads: HashSet<String> = after.iter().filter(is_head).map(|&node| format!("{0}_m{0}", world.id(node))).collect();
        prop_assert_eq!(plan.heads.iter().cloned().collect::<HashSet<_>>(), heads);
        let again = stamp(&migrations, &after_rows, &Stamp::at(wish.targets)).unwrap();
        prop_assert!(again.is_empty(), "a second stamp changes nothing");
    }

    #[test]
    fn rows_go_before_what_they_come_after_and_come_behind_it(world in world(), before: [Index; 3], target: Index) {
        let migrations = world.migrations();
        let history = reached(&world, &migrations, &before);
        let plan = stamp(&migrations, &history, &Stamp::at([named(&world, target.index(world.len()))])).unwrap();
        let node = |id| world.nodes([id]).into_iter().next().unwrap();
        let gone: Vec<usize> = plan.removed.iter().map(|removal| node(&removal.row.id)).collect();
        for (n, &earlier) in gone.iter().enumerate() {
            prop_assert!(gone[n + 1..].iter().all(|later| !world.below(*later).contains(&earlier)));
        }
        let come: Vec<usize> = plan.added.iter().map(|migration| node(&migration.id)).collect();
        for (n, &earlier) in come.iter().enumerate() {
            prop_assert!(come[n + 1..].iter().all(|later| !world.below(earlier).contains(later)));
        }
    }

    #[test]
    fn nothing_of_a_line_stays_at_its_base_but_what_others_need(world in world(), before: [Index; 3], line: Index) {
        let migrations = world.migrations();
        let history = reached(&world, &migrations, &before);
        let line = line.index(world.len());
        let base = Target::parse(&format!("{}@base", world.id(line))).unwrap();
        let plan = stamp(&migrations, &history, &Stamp::at([base])).unwrap();
        let after = nodes(&world, &stamped(&plan, history.clone()));
        for &node in &after {
            prop_assert!(world.below(node).is_subset(&after), "what stands before a row is there");
        }
        let is_needed = |node: usize| after.iter().any(|&other| world.below(other).contains(&node));
        for node in nodes(&world, &history) {
            let is_above = node == line || world.below(node).contains(&line);
            let is_below = world.lines_below(line).contains(&node);
            let expected = !is_above && (!is_below || is_needed(node));
            prop_assert_eq!(after.contains(&node), expected, "{}", world.id(node));
        }
    }
}
