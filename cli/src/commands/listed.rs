//! The migrations of the files, those that only a database knows, and how each of them stands there.

use std::collections::{HashMap, HashSet};

use dunlin::core::directory::{Directory, Pair};
use dunlin::core::graph::{Revision, Revisions};
use dunlin::core::migration::{Label, MigrationId};
use dunlin::core::plan::Resolver;
use dunlin::{Error, FindingKind, MigrationState, MigrationStatus, Status};
use serde_json::{Value, json};

use crate::context::Context;
use crate::drawing::{Drawing, Mark, Node};
use crate::problem::Problem;

/// What is known of the migrations.
pub(super) struct Listed<'l> {
    pub(super) resolver: Resolver<'l>,
    pairs: HashMap<&'l MigrationId, &'l Pair>,
    states: HashMap<&'l MigrationId, &'l MigrationStatus>,
    edited: HashSet<&'l MigrationId>,
    heads: HashSet<&'l MigrationId>,
}

/// Asks the database how things stand there, if one was named. One that cannot be reached is passed over with a word,
/// unless it must be asked.
pub(super) async fn status(context: &Context<'_>, must: bool) -> Result<Option<Status>, Problem> {
    if context.settings.url.is_none() && !must {
        return Ok(None);
    }
    match context.watched(context.migrator()?.status(context.url()?)).await {
        Ok(status) => Ok(Some(status)),
        Err(error @ Error::Connect { .. }) if !must => {
            context.output.note(&format!("{error}; what is applied is not shown"));
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

impl<'l> Listed<'l> {
    pub(super) fn new(directory: &'l Directory, status: Option<&'l Status>) -> Listed<'l> {
        let migrations = || status.into_iter().flat_map(|status| &status.migrations);
        let mut resolver = Resolver::new(directory.revisions());
        if status.is_some() {
            let applied = migrations().filter(|status| status.state != MigrationState::Pending);
            resolver = resolver.with_applied(applied.map(revision));
        }
        let findings = status.into_iter().flat_map(|status| &status.findings);
        let edited = findings.filter(|finding| matches!(finding.kind, FindingKind::Edited { .. }));
        Listed {
            resolver,
            pairs: directory.pairs().iter().map(|pair| (&pair.id, pair)).collect(),
            states: migrations().map(|status| (&status.id, status)).collect(),
            edited: edited.map(|finding| &finding.id).collect(),
            heads: status.into_iter().flat_map(|status| &status.heads).collect(),
        }
    }

    pub(super) fn revisions(&self) -> &Revisions {
        self.resolver.revisions()
    }

    pub(super) fn pair(&self, id: &MigrationId) -> Option<&'l Pair> {
        self.pairs.get(id).copied()
    }

    pub(super) fn state(&self, id: &MigrationId) -> Option<&'l MigrationStatus> {
        self.states.get(id).copied()
    }

    /// Says whether the database stands there.
    pub(super) fn is_current(&self, id: &MigrationId) -> bool {
        self.heads.contains(id)
    }

    pub(super) fn mark(&self, id: &MigrationId) -> Mark {
        match self.state(id).map(|status| status.state) {
            None => Mark::Unasked,
            Some(MigrationState::Applied) if self.edited.contains(id) => Mark::Edited,
            Some(MigrationState::Applied) => Mark::Applied,
            Some(MigrationState::Pending) => Mark::Pending,
            Some(MigrationState::Unfinished) => Mark::Unfinished,
            Some(_) => Mark::Unknown,
        }
    }

    /// Returns what is special about a migration: where it stands in the graph, and the labels that it declares.
    pub(super) fn remarks(&self, place: usize) -> Vec<String> {
        let revisions = self.revisions();
        let Some(revision) = revisions.get(place) else { return Vec::new() };
        let followers = revisions.lines().after(place).len();
        let words = [
            ("head", followers == 0 && self.pair(&revision.id).is_some()),
            ("current", self.is_current(&revision.id)),
            ("branch point", followers > 1),
            ("merge", revision.parents.len() > 1),
        ];
        let labels = revision.labels.iter().map(|label| format!("label {label}"));
        let stands_for = self.pair(&revision.id).map_or(0, |pair| pair.replaces().len());
        let stands_for = (stands_for > 0).then(|| format!("squash of {stands_for}"));
        let labels = stands_for.into_iter().chain(labels);
        words.into_iter().filter(|(_, holds)| *holds).map(|(word, _)| word.to_owned()).chain(labels).collect()
    }

    /// Returns these places in the order in which they are drawn.
    pub(super) fn newest_first(&self, places: &[usize]) -> Vec<usize> {
        let revisions = self.revisions();
        let order = revisions.graph().order().unwrap_or_else(|_| (0..revisions.len()).collect());
        let wanted: HashSet<usize> = places.iter().copied().collect();
        order.into_iter().rev().filter(|place| wanted.contains(place)).collect()
    }

    /// Draws migrations, as [`Listed::newest_first`] orders them.
    pub(super) fn drawing(&self, shown: &[usize]) -> Drawing {
        let revisions = self.revisions();
        let rows: HashMap<usize, usize> = shown.iter().enumerate().map(|(row, &place)| (place, row)).collect();
        let rows_of = |ids: &[MigrationId]| {
            ids.iter().filter_map(|id| rows.get(&revisions.place(id)?).copied()).collect::<Vec<_>>()
        };
        let node = |&place: &usize| {
            let revision = revisions.get(place)?;
            Some(Node {
                name: revision.name(),
                remarks: self.remarks(place),
                mark: self.mark(&revision.id),
                parents: rows_of(&revision.parents),
                depends_on: rows_of(&revision.depends_on),
            })
        };
        Drawing { nodes: shown.iter().filter_map(node).collect() }
    }

    /// Returns a migration as a JSON document holds it.
    pub(super) fn to_json(&self, place: usize) -> Value {
        let revisions = self.revisions();
        let Some(revision) = revisions.get(place) else { return Value::Null };
        let state = self.state(&revision.id);
        json!({
            "id": revision.id,
            "name": revision.name(),
            "parents": revision.parents,
            "depends_on": revision.depends_on,
            "labels": revisions.labels(place).map(Label::as_str).collect::<Vec<_>>(),
            "head": revisions.lines().after(place).is_empty(),
            "base": revision.parents.is_empty(),
            "branch_point": revisions.lines().after(place).len() > 1,
            "merge": revision.parents.len() > 1,
            "current": self.is_current(&revision.id),
            "file": self.pair(&revision.id).and_then(|pair| pair.up.primary()).map(|script| &script.file),
            "state": self.mark(&revision.id).word(),
            "applied_at": state.and_then(|state| state.applied_at.as_deref()),
        })
    }

    /// Returns what is known of a migration as lines of a name and a text.
    pub(super) fn details(&self, place: usize) -> Vec<(&'static str, String)> {
        let revisions = self.revisions();
        let Some(revision) = revisions.get(place) else { return Vec::new() };
        let ids = |ids: &[MigrationId]| ids.iter().map(MigrationId::as_str).collect::<Vec<_>>().join(", ");
        let revises = if revision.parents.is_empty() { "base".to_owned() } else { ids(&revision.parents) };
        let labels = revisions.labels(place).map(Label::as_str).collect::<Vec<_>>().join(", ");
        let file = self.pair(&revision.id).and_then(|pair| pair.up.primary()).map(|script| script.file.clone());
        let at = self.state(&revision.id).and_then(|state| state.applied_at.as_deref());
        let details = [
            ("file", file.unwrap_or_else(|| "none here; the database stores its SQL".to_owned())),
            ("revises", revises),
            ("depends", ids(&revision.depends_on)),
            ("labels", labels),
            ("replaces", self.pair(&revision.id).map_or_else(String::new, |pair| ids(pair.replaces()))),
            ("applied", at.map_or_else(String::new, |at| format!("{} UTC", super::status::time(at)))),
        ];
        details.into_iter().filter(|(_, text)| !text.is_empty()).collect()
    }
}

/// A row of the history as the graph sees it; of those that have a file, the file says it.
pub(super) fn revision(status: &MigrationStatus) -> Revision {
    let slug = status.name.split_once('_').map_or("", |(_, slug)| slug);
    let (id, parents) = (status.id.clone(), status.parents.clone());
    Revision { id, slug: slug.into(), labels: Vec::new(), parents, depends_on: Vec::new(), replaces: Vec::new() }
}

/// The last migrations that all of these descend from.
pub(super) fn common(revisions: &Revisions, heads: &[usize]) -> Vec<String> {
    let mut shared = vec![true; revisions.len()];
    for &head in heads {
        let ancestors = revisions.lines().with_ancestors([head]);
        shared.iter_mut().zip(ancestors).for_each(|(shared, is_ancestor)| *shared &= is_ancestor);
    }
    revisions.lines().maximal(&shared).into_iter().map(|place| revisions.name(place)).collect()
}
