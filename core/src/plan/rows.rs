//! The rows of a history in the graph: which of them come after what, and in which order they are taken back.

use std::collections::BinaryHeap;

use super::resolve::Line;
use super::{Applied, NothingToDo, PlanError};
use crate::graph::Revisions;
use crate::migration::Direction;
use crate::target::Target;

/// Rows at their places. Sets of them are marks at places.
pub(super) struct Rows<'r, 'a> {
    pub(super) revisions: &'r Revisions,
    at: Vec<Option<&'a Applied>>,
    /// The places of the rows, in the order of their `seq`.
    places: Vec<usize>,
}

impl<'r, 'a> Rows<'r, 'a> {
    /// Takes rows in the order of their `seq`, and the migrations, among which all of them must be.
    pub(super) fn new(revisions: &'r Revisions, applied: &'a [Applied]) -> Rows<'r, 'a> {
        let mut at = vec![None; revisions.len()];
        let mut places = Vec::with_capacity(applied.len());
        for row in applied {
            if let Some(place) = revisions.place(&row.id)
                && at[place].replace(row).is_none()
            {
                places.push(place);
            }
        }
        Rows { revisions, at, places }
    }

    /// Marks all of them.
    pub(super) fn all(&self) -> Vec<bool> {
        self.at.iter().map(Option::is_some).collect()
    }

    /// Marks those at some places and all that come after, over parents and dependencies.
    pub(super) fn from(&self, places: impl IntoIterator<Item = usize>) -> Vec<bool> {
        let mut marked = self.revisions.graph().with_descendants(places);
        marked.iter_mut().zip(&self.at).for_each(|(marked, row)| *marked &= row.is_some());
        marked
    }

    /// Marks those above a migration, which stays: what revises it and all that comes after. What only depends on it
    /// stays too. Of several that revise it, a line that was named keeps its own.
    pub(super) fn above(
        &self,
        place: usize,
        line: Option<&Line>,
        target: &Target,
    ) -> Result<(Vec<bool>, NothingToDo), PlanError> {
        if self.at[place].is_none() {
            return Err(PlanError::NotApplied(target.to_string()));
        }
        let mut children = self.revisions.lines().after(place).to_vec();
        if let (Some(line), true) = (line, children.len() > 1) {
            children.retain(|&child| line.members[child]);
        }
        let mut marked = self.from(children);
        marked[place] = false;
        Ok((marked, NothingToDo::NothingAfter { name: self.revisions.name(place) }))
    }

    /// Marks the last so many, of a line if one is named. Nothing that is not among them may come after one of them.
    pub(super) fn last(&self, steps: usize, line: Option<&Line>) -> Result<Vec<bool>, PlanError> {
        let is_member = |place: &usize| line.is_none_or(|line| line.members[*place]);
        let members: Vec<usize> = self.places.iter().copied().filter(is_member).collect();
        let mut marked = vec![false; self.at.len()];
        if members.is_empty() {
            return Ok(marked);
        }
        let Some(first) = members.len().checked_sub(steps) else {
            let branch = line.map(|line| line.name.clone());
            return Err(PlanError::TooFar {
                available: members.len(),
                asked: steps,
                direction: Direction::Down,
                branch,
            });
        };
        let last = &members[first..];
        for &place in last {
            marked[place] = true;
        }
        let after = self.from(last.iter().copied());
        match self.places.iter().rev().find(|&&place| after[place] && !marked[place]) {
            None => Ok(marked),
            Some(&other) => {
                let before = self.revisions.graph().with_ancestors([other]);
                let name = last.iter().rev().find(|&&place| before[place]).unwrap_or(&other);
                Err(PlanError::InTheWay { name: self.revisions.name(*name), by: self.revisions.name(other) })
            }
        }
    }

    /// Returns marked rows, the last applied first, and none before all that come after it.
    pub(super) fn last_first(&self, marked: &[bool]) -> Vec<&'a Applied> {
        let graph = self.revisions.graph();
        // What is not applied can lie between two rows, and then costs nothing to pass.
        let region = graph.with_descendants((0..marked.len()).filter(|&place| marked[place]));
        let in_region = |nodes: &[usize]| nodes.iter().filter(|&&node| region[node]).count();
        let mut waiting: Vec<usize> = (0..marked.len()).map(|place| in_region(graph.after(place))).collect();
        let rank = |place: usize| {
            let row = self.at[place].filter(|_| marked[place]);
            (row.map_or(i64::MAX, |row| row.seq), place)
        };
        let mut free: BinaryHeap<(i64, usize)> =
            (0..marked.len()).filter(|&place| region[place] && waiting[place] == 0).map(rank).collect();
        let mut taken = vec![false; marked.len()];
        let mut order = Vec::new();
        while let Some((_, place)) = free.pop() {
            taken[place] = true;
            order.extend(self.at[place].filter(|_| marked[place]));
            for &earlier in graph.before(place).iter().filter(|&&earlier| region[earlier]) {
                waiting[earlier] -= 1;
                if waiting[earlier] == 0 {
                    free.push(rank(earlier));
                }
            }
        }
        // Only a history that was meddled with has rows in a cycle; they go by their `seq`.
        let left = self.places.iter().rev().filter(|&&place| marked[place] && !taken[place]);
        order.extend(left.filter_map(|&place| self.at[place]));
        order
    }
}
