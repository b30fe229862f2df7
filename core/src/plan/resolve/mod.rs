//! What was typed, among the migrations.
//!
//! A [`Resolver`] knows the migrations and, behind them, rows of a history that no file has. `names.rs` tells which
//! migration a name means, `walk.rs` goes steps from one; targets are put together from both here, ranges in
//! `range.rs`.

mod names;
mod range;
mod walk;

use std::borrow::Cow;

use super::PlanError;
use crate::graph::{Revision, Revisions};
use crate::migration::MigrationId;
use crate::target::{Place, Target};

/// Tells which migrations names, targets and ranges mean.
///
/// A name is an id, `<id>_<slug>`, a slug, a label (which means the migration that declares it), or the beginning of
/// exactly one of them. A text that is one of them in full is never read as `<name>-N` or `<label>@<name>`.
#[derive(Debug, Clone)]
pub struct Resolver<'r> {
    revisions: Cow<'r, Revisions>,
    /// How many of them have files; they come first.
    with_files: usize,
    /// Where the database is, if there is word of one.
    current: Option<Vec<usize>>,
}

/// A line that was named.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// What was typed.
    pub(super) name: String,
    /// The migration that it means.
    pub(super) place: usize,
    /// Its ancestors and descendants, by parents only, and itself.
    pub(super) members: Vec<bool>,
}

impl<'r> Resolver<'r> {
    /// Knows these migrations, and no database.
    pub fn new(revisions: &'r Revisions) -> Resolver<'r> {
        Resolver { revisions: Cow::Borrowed(revisions), with_files: revisions.len(), current: None }
    }

    /// Knows a database too: all of its rows, as [`super::Applied::revision`] makes them, in whatever order.
    pub fn with_applied(self, rows: impl IntoIterator<Item = Revision>) -> Resolver<'r> {
        let rows: Vec<Revision> = rows.into_iter().collect();
        let ids: Vec<MigrationId> = rows.iter().map(|row| row.id.clone()).collect();
        let revisions = match self.revisions {
            Cow::Borrowed(revisions) => revisions.with(rows),
            Cow::Owned(revisions) => Cow::Owned(revisions.with(rows).into_owned()),
        };
        let current = super::whereabouts::heads(&revisions, ids.iter());
        Resolver { revisions, with_files: self.with_files, current: Some(current) }
    }

    /// Knows rows that no file has, and does not ask where the database is.
    pub(super) fn with_unknown(revisions: &'r Revisions, rows: impl IntoIterator<Item = Revision>) -> Resolver<'r> {
        Resolver { revisions: revisions.with(rows), with_files: revisions.len(), current: None }
    }

    /// Returns the migrations and, behind them, the rows that no file has.
    pub fn revisions(&self) -> &Revisions {
        &self.revisions
    }

    /// Returns the migration that a name means.
    pub fn named(&self, name: &str) -> Result<MigrationId, PlanError> {
        self.id(self.migration(name, None)?)
    }

    /// Returns the migrations that a target means, in graph order; none is `base`.
    ///
    /// `-N` alone goes N steps back from every head, `<label>@-N` from every head of the line. `+N` alone has nowhere
    /// to begin and is an error, and so is `current` where there is no word of a database.
    pub fn at(&self, target: &Target) -> Result<Vec<MigrationId>, PlanError> {
        self.places(target)?.into_iter().map(|place| self.id(place)).collect()
    }

    fn places(&self, target: &Target) -> Result<Vec<usize>, PlanError> {
        if let Some(found) = self.in_full(target) {
            return Ok(vec![found?]);
        }
        let Some((branch, place)) = target.parts() else {
            return self.current.clone().ok_or(PlanError::NoDatabase);
        };
        let line = branch.map(|branch| self.line(branch)).transpose()?;
        let text = || target.to_string();
        Ok(match place {
            Place::Head => self.head(line.as_ref())?.into_iter().collect(),
            Place::Heads => self.heads(line.as_ref()),
            Place::Base => Vec::new(),
            Place::Migration(name) => vec![self.migration(&name, line.as_ref())?],
            Place::Near(near) => self.near(&near, line.as_ref(), &text)?.into_iter().collect(),
            Place::Back(steps) => self.back_from(&self.heads(line.as_ref()), steps, line.as_ref(), &text)?,
            Place::Forward(_) => return Err(PlanError::NoStart(target.clone())),
        })
    }

    /// Returns the heads of the files: of a line, those of its members that nothing revises; else those that nothing
    /// comes after. Rows that no file has are no heads, and what only they come after is one.
    pub(super) fn heads(&self, line: Option<&Line>) -> Vec<usize> {
        let graph = if line.is_some() { self.revisions.lines() } else { self.revisions.graph() };
        let is_member = |place: usize| line.is_none_or(|line| line.members[place]);
        let is_head = |place: usize| graph.after(place).iter().all(|&after| after >= self.with_files);
        (0..self.with_files).filter(|&place| is_member(place) && is_head(place)).collect()
    }

    /// Returns the one head, or `None` if there is no migration.
    pub(super) fn head(&self, line: Option<&Line>) -> Result<Option<usize>, PlanError> {
        self.only_head(&self.heads(line), line)
    }

    /// Returns the one of these heads, or says that there are several.
    pub(super) fn only_head(&self, heads: &[usize], line: Option<&Line>) -> Result<Option<usize>, PlanError> {
        match heads {
            [] => Ok(None),
            [head] => Ok(Some(*head)),
            several => {
                Err(PlanError::MultipleHeads { branch: line.map(|line| line.name.clone()), heads: self.names(several) })
            }
        }
    }

    fn names(&self, places: &[usize]) -> Vec<String> {
        places.iter().map(|&place| self.revisions.name(place)).collect()
    }

    fn id(&self, place: usize) -> Result<MigrationId, PlanError> {
        let revision = self.revisions.get(place).map(|revision| revision.id.clone());
        revision.ok_or_else(|| PlanError::UnknownTarget { name: place.to_string(), nearest: None })
    }
}
