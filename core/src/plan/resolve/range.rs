//! The migrations from one place to another.

use super::{Line, Resolver};
use crate::migration::MigrationId;
use crate::plan::PlanError;
use crate::target::{Place, Range, Target};

impl Resolver<'_> {
    /// Returns the migrations of a range, in graph order: what its end needs, as far as it comes after its start, the
    /// start itself included.
    ///
    /// From `base` or from nowhere on it is everything that the end needs, and from `<label>@base` only what is on the
    /// way there by parents. Without an end it goes on to the heads, of the start's line if that names one, and to rows
    /// that no file has.
    pub fn within(&self, range: &Range) -> Result<Vec<MigrationId>, PlanError> {
        let text = || range.to_string();
        let (branch, place) = match range.from.as_ref().and_then(Target::parts) {
            Some((branch, place)) => (branch, Some(place)),
            None => (None, None),
        };
        let line = branch.map(|branch| self.line(branch)).transpose()?;
        let (begin, end) = match (&range.from, place) {
            (Some(_), Some(Place::Back(steps))) => {
                let end = self.end(range, &[], line.as_ref())?;
                (self.back_from(&end, steps, line.as_ref(), &text)?, end)
            }
            (Some(from), _) => {
                let begin = self.places(from)?;
                let end = self.end(range, &begin, line.as_ref())?;
                (begin, end)
            }
            (None, _) => (Vec::new(), self.end(range, &[], None)?),
        };
        let mut shown = self.revisions.graph().with_ancestors(end.iter().copied());
        if !begin.is_empty() && !begin.iter().any(|&place| shown[place]) {
            return Err(PlanError::EmptyRange(text()));
        }
        let lines = self.revisions.lines();
        let kept = match (&begin[..], line) {
            ([], None) => None,
            ([], Some(_)) => Some(lines.with_ancestors(end)),
            (begin, _) => Some(lines.with_descendants(begin.iter().copied())),
        };
        if let Some(kept) = kept {
            shown.iter_mut().zip(kept).for_each(|(shown, kept)| *shown &= kept);
        }
        (0..shown.len()).filter(|&place| shown[place]).map(|place| self.id(place)).collect()
    }

    fn end(&self, range: &Range, begin: &[usize], line: Option<&Line>) -> Result<Vec<usize>, PlanError> {
        let Some(to) = &range.to else {
            return Ok(match line {
                None => self.revisions.real_heads(),
                Some(line) => self.revisions.heads().into_iter().filter(|&head| line.members[head]).collect(),
            });
        };
        match to.parts() {
            Some((None, Place::Heads)) => Ok(self.heads(line)),
            Some((branch, Place::Forward(steps))) => {
                let text = || range.to_string();
                let own = branch.map(|branch| self.line(branch)).transpose()?;
                let start = match begin {
                    [] => None,
                    [place] => Some(*place),
                    several => {
                        return Err(PlanError::AmbiguousTarget { name: text(), candidates: self.names(several) });
                    }
                };
                Ok(self.up(start, steps, own.as_ref().or(line), &text)?.into_iter().collect())
            }
            _ => self.places(to),
        }
    }
}
