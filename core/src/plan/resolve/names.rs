//! Which migration a name means.

use super::{Line, Resolver};
use crate::graph::Revision;
use crate::migration::{Label, MigrationId, RESERVED};
use crate::plan::PlanError;
use crate::target::{Near, Start, Target};
use crate::text::nearest;

impl Resolver<'_> {
    /// Returns the migration that a name means, on a line if one is given.
    pub(in crate::plan) fn migration(&self, name: &str, line: Option<&Line>) -> Result<usize, PlanError> {
        let mut found = self.exact(name);
        if found.is_empty()
            && let Some(hidden) = self.revisions.hidden().iter().find(|hidden| hidden.is_called(name))
        {
            let place = hidden.same.as_ref().and_then(|same| self.revisions.place(same));
            let by = &hidden.by;
            found.push(place.ok_or_else(|| PlanError::Replaced { name: name.to_owned(), by: by.clone() })?);
        }
        if found.is_empty() {
            found = self.beginning_with(name);
        }
        self.one_of(&found, name, line)
    }

    /// Returns the migration that the whole text of a target is a name of, where the text also reads as a place on a
    /// line.
    pub(in crate::plan) fn in_full(&self, target: &Target) -> Option<Result<usize, PlanError>> {
        let text = matches!(target, Target::Branch { .. }).then(|| target.to_string())?;
        let found = self.exact(&text);
        (!found.is_empty()).then(|| self.one_of(&found, &text, None))
    }

    /// Returns the migration that a text is a name of, where the text also reads as steps from another.
    ///
    /// A name in full is that name. The beginning of one is it too, unless what stands before the sign is a name in
    /// full.
    pub(super) fn in_place_of(&self, near: &Near, line: Option<&Line>) -> Option<Result<usize, PlanError>> {
        let text = near.to_string();
        let mut found = self.exact(&text);
        if let (true, Start::Migration(start)) = (found.is_empty(), &near.start)
            && self.exact(start).is_empty()
        {
            found = self.beginning_with(&text);
        }
        (!found.is_empty()).then(|| self.one_of(&found, &text, line))
    }

    /// Returns the line that a name means: that of a label, or of a migration by another of its names.
    pub(in crate::plan) fn line(&self, name: &str) -> Result<Line, PlanError> {
        let labelled = self.all(|revision| revision.labels.iter().any(|label| label.as_str() == name));
        let place = if let [place] = labelled[..] { Ok(place) } else { self.migration(name, None) };
        let place = place.map_err(|error| match error {
            PlanError::UnknownTarget { name, .. } => {
                let labels = self.revisions.iter().flat_map(|revision| &revision.labels).map(Label::as_str);
                let ids = self.revisions.iter().map(|revision| revision.id.as_str());
                let nearest = nearest(&name, labels.chain(ids)).map(str::to_owned);
                PlanError::UnknownBranch { branch: name, nearest }
            }
            error => error,
        })?;
        Ok(Line { name: name.to_owned(), place, members: self.revisions.lineage(place) })
    }

    /// Returns those that have exactly this name. An id comes before `<id>_<slug>`, and that before a slug or a label.
    fn exact(&self, name: &str) -> Vec<usize> {
        let by_id = |text: &str| text.parse::<MigrationId>().ok().and_then(|id| self.revisions.place(&id));
        if let Some(place) = by_id(name) {
            return vec![place];
        }
        if let Some((id, slug)) = name.split_once('_')
            && let Some(place) = by_id(id)
            && self.revisions.get(place).is_some_and(|revision| revision.slug.as_str() == slug)
        {
            return vec![place];
        }
        self.all(|revision| {
            revision.slug.as_str() == name || revision.labels.iter().any(|label| label.as_str() == name)
        })
    }

    fn beginning_with(&self, name: &str) -> Vec<usize> {
        if name.is_empty() {
            return Vec::new();
        }
        self.all(|revision| {
            let (id, slug) = (revision.id.as_str(), revision.slug.as_str());
            let rest = name.strip_prefix(id).and_then(|rest| rest.strip_prefix('_'));
            id.starts_with(name)
                || slug.starts_with(name)
                || rest.is_some_and(|rest| slug.starts_with(rest))
                || revision.labels.iter().any(|label| label.as_str().starts_with(name))
        })
    }

    fn all(&self, is_meant: impl Fn(&Revision) -> bool) -> Vec<usize> {
        let all = self.revisions.iter().enumerate();
        all.filter(|(_, revision)| is_meant(revision)).map(|(place, _)| place).collect()
    }

    fn one_of(&self, found: &[usize], name: &str, line: Option<&Line>) -> Result<usize, PlanError> {
        let on_line: Vec<usize> = match line {
            None => found.to_vec(),
            Some(line) => found.iter().copied().filter(|&place| line.members[place]).collect(),
        };
        match (&on_line[..], line) {
            ([place], _) => Ok(*place),
            ([], Some(line)) if !found.is_empty() => {
                let name = if let [place] = found { self.revisions.name(*place) } else { name.to_owned() };
                Err(PlanError::NotOnBranch { name, branch: line.name.clone() })
            }
            ([], _) => {
                let names = self.revisions.iter().flat_map(|revision| {
                    let labels = revision.labels.iter().map(Label::as_str);
                    [revision.id.as_str(), revision.slug.as_str()].into_iter().chain(labels)
                });
                let nearest = nearest(name, names.chain(RESERVED)).map(str::to_owned);
                Err(PlanError::UnknownTarget { name: name.to_owned(), nearest })
            }
            (several, _) => Err(PlanError::AmbiguousTarget { name: name.to_owned(), candidates: self.names(several) }),
        }
    }
}
