//! Steps from a migration: up to what revises it, down to what it revises.

use super::{Line, Resolver};
use crate::migration::Direction;
use crate::plan::PlanError;
use crate::target::{Near, Start};

impl Resolver<'_> {
    /// Returns where so many steps from a place lead; `None` is `base`.
    pub(in crate::plan) fn near(
        &self,
        near: &Near,
        line: Option<&Line>,
        text: &impl Fn() -> String,
    ) -> Result<Option<usize>, PlanError> {
        if let Some(found) = self.in_place_of(near, line) {
            return found.map(Some);
        }
        let start = match &near.start {
            Start::Head => self.head(line)?,
            Start::Base => None,
            Start::Migration(name) => Some(self.migration(name, line)?),
        };
        match near.direction {
            Direction::Up => self.up(start, near.steps, line, text),
            Direction::Down => self.down(start, near.steps, line, text),
        }
    }

    /// Goes up so many steps; from `base`, the first leads to a migration that revises nothing.
    pub(super) fn up(
        &self,
        start: Option<usize>,
        steps: usize,
        line: Option<&Line>,
        text: &impl Fn() -> String,
    ) -> Result<Option<usize>, PlanError> {
        let mut at = start;
        // Rows of a history that was meddled with can be in a cycle.
        for _ in 0..steps.min(self.revisions.len() + 1) {
            let next = at.map_or_else(|| self.revisions.bases(), |place| self.revisions.lines().after(place).to_vec());
            at = Some(
                self.step(at, next, Direction::Up, line, text)?.ok_or_else(|| self.too_far(at, Direction::Up, text))?,
            );
        }
        if steps > self.revisions.len() { Err(self.too_far(at, Direction::Up, text)) } else { Ok(at) }
    }

    /// Goes down so many steps; below a migration that revises nothing is `base`, and below that nothing.
    pub(super) fn down(
        &self,
        start: Option<usize>,
        steps: usize,
        line: Option<&Line>,
        text: &impl Fn() -> String,
    ) -> Result<Option<usize>, PlanError> {
        let mut at = start;
        for _ in 0..steps.min(self.revisions.len() + 1) {
            let place = at.ok_or_else(|| self.too_far(None, Direction::Down, text))?;
            at = self.step(at, self.revisions.lines().before(place).to_vec(), Direction::Down, line, text)?;
        }
        if steps > self.revisions.len() + 1 { Err(self.too_far(None, Direction::Down, text)) } else { Ok(at) }
    }

    /// Returns where so many steps down from each of several lead, in graph order; `base` is left out.
    pub(super) fn back_from(
        &self,
        starts: &[usize],
        steps: usize,
        line: Option<&Line>,
        text: &impl Fn() -> String,
    ) -> Result<Vec<usize>, PlanError> {
        let mut places = Vec::new();
        for &start in starts {
            places.extend(self.down(Some(start), steps, line, text)?);
        }
        places.sort_unstable();
        places.dedup();
        Ok(places)
    }

    fn step(
        &self,
        at: Option<usize>,
        mut next: Vec<usize>,
        direction: Direction,
        line: Option<&Line>,
        text: &impl Fn() -> String,
    ) -> Result<Option<usize>, PlanError> {
        if let Some(line) = line {
            next.retain(|&place| line.members[place]);
        }
        match next[..] {
            [] => Ok(None),
            [place] => Ok(Some(place)),
            ref several => Err(PlanError::AmbiguousStep {
                target: text(),
                at: at.map(|place| self.revisions.name(place)),
                direction,
                candidates: self.names(several),
            }),
        }
    }

    fn too_far(&self, at: Option<usize>, direction: Direction, text: &impl Fn() -> String) -> PlanError {
        PlanError::BeyondEnd { target: text(), last: at.map(|place| self.revisions.name(place)), direction }
    }
}
