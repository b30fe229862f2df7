//! The order in which repeatable files run.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Orders files, which are numbered in the order of their names, by which others each one mentions: it runs behind them.
///
/// Of those that could run next, the first by name does. Files that mention each other, over others too, run together, in the
/// order of their names. Numbers that no file has are left out.
pub fn order(mentions: &[Vec<usize>]) -> Vec<usize> {
    let circles = circles(mentions);
    let mut members = vec![Vec::new(); mentions.len()];
    let mut followers = vec![Vec::new(); mentions.len()];
    let mut open = vec![0_usize; mentions.len()];
    for (file, (&circle, others)) in circles.iter().zip(mentions).enumerate() {
        if let Some(members) = members.get_mut(circle) {
            members.push(file);
        }
        for &other in others.iter().filter_map(|&other| circles.get(other)).filter(|&&other| other != circle) {
            if let (Some(followers), Some(open)) = (followers.get_mut(other), open.get_mut(circle)) {
                followers.push(circle);
                *open += 1;
            }
        }
    }
    let is_free = |circle: &usize| circles.get(*circle) == Some(circle) && open.get(*circle) == Some(&0);
    let mut free: BinaryHeap<Reverse<usize>> = (0..mentions.len()).filter(is_free).map(Reverse).collect();
    let mut order = Vec::with_capacity(mentions.len());
    while let Some(Reverse(circle)) = free.pop() {
        order.extend(members.get(circle).into_iter().flatten());
        for &follower in followers.get(circle).into_iter().flatten() {
            if let Some(open) = open.get_mut(follower) {
                *open -= 1;
                if *open == 0 {
                    free.push(Reverse(follower));
                }
            }
        }
    }
    order
}

/// Returns for each file the first one that it mentions and that mentions it, over others too; most have but themselves.
fn circles(mentions: &[Vec<usize>]) -> Vec<usize> {
    let mut mentioned_by = vec![Vec::new(); mentions.len()];
    for (of, others) in mentions.iter().enumerate() {
        for &other in others {
            if let Some(by) = mentioned_by.get_mut(other) {
                by.push(of);
            }
        }
    }
    let mut circles: Vec<usize> = (0..mentions.len()).collect();
    for file in 0..mentions.len() {
        let is_alone = |edges: &[Vec<usize>]| edges.get(file).is_none_or(Vec::is_empty);
        if circles.get(file) != Some(&file) || is_alone(mentions) || is_alone(&mentioned_by) {
            continue;
        }
        let (to, from) = (reached(file, mentions), reached(file, &mentioned_by));
        for (circle, both) in circles.iter_mut().zip(to.iter().zip(from)) {
            if *both.0 && both.1 {
                *circle = file;
            }
        }
    }
    circles
}

/// Says of each file whether a way leads to it.
fn reached(from: usize, edges: &[Vec<usize>]) -> Vec<bool> {
    let mut seen = vec![false; edges.len()];
    let mut next = vec![from];
    while let Some(file) = next.pop() {
        if let Some(seen @ false) = seen.get_mut(file) {
            *seen = true;
            next.extend(edges.get(file).into_iter().flatten());
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_file_runs_behind_what_it_mentions_and_else_by_name() {
        assert_eq!(order(&[vec![], vec![], vec![]]), [0, 1, 2]);
        assert_eq!(order(&[vec![2], vec![], vec![]]), [1, 2, 0]);
        assert_eq!(order(&[vec![1], vec![2], vec![]]), [2, 1, 0]);
    }

    #[test]
    fn in_a_circle_the_names_decide_and_what_mentions_it_waits() {
        assert_eq!(order(&[vec![1], vec![0]]), [0, 1]);
        assert_eq!(order(&[vec![1], vec![2], vec![1]]), [1, 2, 0]);
        assert_eq!(order(&[vec![2], vec![0], vec![1, 3], vec![]]), [3, 0, 1, 2]);
        assert_eq!(order(&[vec![2], vec![], vec![0]]), [0, 2, 1]);
    }

    fn graph() -> impl Strategy<Value = Vec<Vec<usize>>> {
        (0_usize..12)
            .prop_flat_map(|count| prop::collection::vec(prop::collection::vec(0..count.max(1) + 1, 0..3), count))
    }

    proptest! {
        #[test]
        fn every_file_runs_once_and_behind_what_does_not_mention_it_back(mentions in graph()) {
            let order = order(&mentions);
            let mut sorted = order.clone();
            sorted.sort_unstable();
            prop_assert_eq!(sorted, (0..mentions.len()).collect::<Vec<_>>());
            let place = |file: usize| order.iter().position(|of| *of == file);
            for (of, others) in mentions.iter().enumerate() {
                for &other in others.iter().filter(|&&other| other < mentions.len() && other != of) {
                    let is_circle = reached(other, &mentions)[of];
                    prop_assert!(is_circle || place(other) < place(of), "{:?}", order);
                }
            }
        }
    }
}
