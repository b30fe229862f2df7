//! What a target means as a place to go to.

use super::resolve::Line;
use super::{Applied, Goal, PlanError, Resolver};
use crate::migration::Direction;
use crate::target::{Place, Target};

/// Where a way leads; places are those of the resolver.
#[derive(Debug)]
pub(super) enum Destination {
    /// All that the files have.
    Everything {
        /// The heads, where `head` was said: there must be one.
        heads: Option<Vec<usize>>,
    },
    /// These migrations: up, they and what they need; down, what comes after the one.
    At { places: Vec<usize>, line: Option<Line> },
    /// Nothing, of a line or at all.
    Base { line: Option<Line> },
    /// So many more, of a line or of all.
    Next { steps: usize, line: Option<Line> },
    /// All but the last so many, of a line or of all.
    AllBut { steps: usize, line: Option<Line> },
}

impl Destination {
    /// Finds out what a target means.
    pub(super) fn of(resolver: &Resolver<'_>, target: &Target) -> Result<Destination, PlanError> {
        if let Some(place) = resolver.in_full(target) {
            return Ok(Destination::At { places: vec![place?], line: None });
        }
        let (branch, place) = target.parts().ok_or(PlanError::NoWayToCurrent)?;
        let line = branch.map(|branch| resolver.line(branch)).transpose()?;
        Ok(match (place, line) {
            (Place::Head, None) => Destination::Everything { heads: Some(resolver.heads(None)) },
            (Place::Heads, None) => Destination::Everything { heads: None },
            (Place::Head, line) => {
                Destination::At { places: resolver.head(line.as_ref())?.into_iter().collect(), line }
            }
            (Place::Heads, line) => Destination::At { places: resolver.heads(line.as_ref()), line },
            (Place::Base, line) => Destination::Base { line },
            (Place::Forward(steps), line) => Destination::Next { steps, line },
            (Place::Back(steps), line) => Destination::AllBut { steps, line },
            (Place::Migration(name), line) => {
                Destination::At { places: vec![resolver.migration(&name, line.as_ref())?], line }
            }
            (Place::Near(near), line) => match resolver.near(&near, line.as_ref(), &|| target.to_string())? {
                Some(place) => Destination::At { places: vec![place], line },
                None => Destination::Base { line },
            },
        })
    }

    /// Returns the way that leads there, or says that it is not the one that was asked for.
    pub(super) fn direction(
        &self,
        resolver: &Resolver<'_>,
        applied: &[Applied],
        goal: &Goal,
    ) -> Result<Direction, PlanError> {
        let is_applied = |place: usize| applied.iter().any(|row| resolver.revisions().place(&row.id) == Some(place));
        let wrong = |direction| Err(PlanError::WrongWay { target: goal.target.clone(), direction });
        match (goal.direction, self) {
            (None | Some(Direction::Up), Destination::Everything { .. } | Destination::Next { .. })
            | (Some(Direction::Up), Destination::At { .. } | Destination::Base { .. }) => Ok(Direction::Up),
            (None | Some(Direction::Down), Destination::Base { .. } | Destination::AllBut { .. }) => {
                Ok(Direction::Down)
            }
            (None, Destination::At { places, .. }) => Ok(match places[..] {
                [place] if is_applied(place) => Direction::Down,
                _ => Direction::Up,
            }),
            (Some(Direction::Down), Destination::At { places, .. }) if places.len() == 1 => Ok(Direction::Down),
            (Some(Direction::Down), Destination::Everything { heads: Some(heads) })
                if heads.len() > 1 || heads.iter().any(|&head| is_applied(head)) =>
            {
                Ok(Direction::Down)
            }
            (Some(direction), _) => wrong(direction),
        }
    }
}
