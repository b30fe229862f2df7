//! What a database makes of migrations that stand for others.
//!
//! A database has either the others or what stands for them, never both. Which of them its rows tell, and then what it does
//! not have is left out of both files and rows: all that is decided is decided on what is left, an ordinary set.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::squashed::{absent, held, is_mark};
use super::{Applied, Finding, FindingKind, PlanError, Step, Verdict, downgrade};
use crate::graph::{Hidden, Revision, Revisions};
use crate::header::Dependency;
use crate::migration::{Direction, Migration, MigrationId, Migrations, SharedMigration};
use crate::target::{Place, Start, Target};

/// Migrations and rows as one database has them.
///
/// Of a migration that stands for others, and of the others:
///
/// - A database that has none of the others gets the one, unless a target names one of them.
/// - A database that has some of them goes on with them while their files are there. The one is not run there.
/// - Where their files are gone, having all of them is having the one, and having some of them leads nowhere.
#[derive(Debug)]
pub struct View<'v> {
    files: &'v Migrations,
    all: &'v [Applied],
    migrations: Cow<'v, Migrations>,
    rows: Cow<'v, [Applied]>,
    /// What stands for rows that no file has, with these rows.
    covered: Vec<(MigrationId, Vec<&'v Applied>)>,
    stranded: Vec<Stranded<'v>>,
}

/// A database that has some of the migrations that another one stands for, and none of their files is there.
#[derive(Debug)]
struct Stranded<'v> {
    squash: &'v SharedMigration,
    rows: Vec<&'v Applied>,
    missing: Vec<MigrationId>,
}

impl<'v> View<'v> {
    /// Returns what a database with these rows has, in the order of their `seq`. Who names a migration that another one stands
    /// for goes by way of it.
    pub fn new(files: &'v Migrations, rows: &'v [Applied], named: &[&Target]) -> View<'v> {
        let mut view = View {
            files,
            all: rows,
            migrations: Cow::Borrowed(files),
            rows: Cow::Borrowed(rows),
            covered: Vec::new(),
            stranded: Vec::new(),
        };
        let has_marks = rows.iter().any(is_mark);
        if files.squashes().next().is_none() && !has_marks {
            return view;
        }
        let named = named_ids(files, named);
        let held = held(rows);
        let mut choice = Choice { keep: vec![true; files.len()], standing: HashMap::new() };
        // What stands for others comes after them, so the widest come first.
        let squashes: Vec<(usize, &SharedMigration)> = files.squashes().collect();
        for &(place, squash) in squashes.iter().rev() {
            if !choice.keep[place] {
                continue;
            }
            let mut present: Vec<&'v Applied> = squash.replaces.iter().filter_map(|id| held.get(id).copied()).collect();
            present.sort_by_key(|row| row.seq);
            let has_own = held.contains_key(&squash.id);
            let last = squash.replaces.last().filter(|last| files.get(last).is_some());
            let goes_by_them = !has_own && (!present.is_empty() || squash.replaces.iter().any(|id| named.contains(id)));
            match last {
                Some(last) if goes_by_them => choice.leave_out(files, &squash.id, last),
                _ => squash.replaces.iter().for_each(|id| choice.leave_out(files, id, &squash.id)),
            }
            if last.is_none() && !has_own && !present.is_empty() {
                match absent(&squash.replaces, &held) {
                    missing if missing.is_empty() => view.covered.push((squash.id.clone(), present)),
                    missing => view.stranded.push(Stranded { squash, rows: present, missing }),
                }
            }
        }
        view.rows = Cow::Owned(view.rows_by(&choice, rows));
        view.migrations = Cow::Owned(choice.migrations(files));
        view
    }

    /// Returns the migrations that it goes by.
    pub fn migrations(&self) -> &Migrations {
        &self.migrations
    }

    /// Returns the rows, as rows of those migrations.
    pub fn rows(&self) -> &[Applied] {
        &self.rows
    }

    /// Returns the rows that a row stands for which is not there itself.
    pub fn behind(&self, id: &MigrationId) -> Option<&[&'v Applied]> {
        self.covered.iter().find(|(squash, _)| squash == id).map(|(_, rows)| &rows[..])
    }

    /// Returns the migrations that are not run here since all that they stand for is there, and the row that says so, if there
    /// is one.
    pub fn represented(&self) -> impl Iterator<Item = (&'v SharedMigration, Option<&'v Applied>)> {
        let held = held(self.all);
        let left_out = self.files.squashes().map(|(_, squash)| squash);
        let left_out = left_out.filter(|squash| self.migrations.get(&squash.id).is_none());
        let whole = left_out.filter(move |squash| absent(&squash.replaces, &held).is_empty());
        whole.map(|squash| (squash, self.all.iter().find(|row| row.id == squash.id)))
    }

    /// Names the rows that something stands for whose files are the only ones there.
    pub fn covered(&self) -> impl Iterator<Item = &MigrationId> {
        self.covered.iter().flat_map(|(_, rows)| rows).map(|row| &row.id)
    }

    /// Returns rows in the place of those that stand for them.
    fn rows_by(&self, choice: &Choice, rows: &[Applied]) -> Vec<Applied> {
        let covering = self.covered.iter().flat_map(|covered| covered.1.iter().map(move |row| (&row.id, covered)));
        let covering: HashMap<&MigrationId, &(MigrationId, Vec<&Applied>)> = covering.collect();
        let mut seen = Vec::with_capacity(rows.len());
        for row in rows.iter().filter(|row| !is_mark(row)) {
            match covering.get(&row.id) {
                None => seen.push(Applied { parents: choice.all_seen(&row.parents), ..row.clone() }),
                // The last of them stands for all.
                Some((id, covered)) if covered.last().is_some_and(|last| last.id == row.id) => {
                    let applied_at = row.applied_at.clone();
                    seen.extend(self.files.get(id).map(|squash| Applied {
                        applied_at,
                        parents: choice.all_seen(&squash.parents),
                        ..Applied::of(squash, row.seq)
                    }));
                }
                Some(_) => {}
            }
        }
        seen
    }

    /// Puts findings right that speak of rows of migrations which another one stands for.
    pub(super) fn put_right(&self, findings: &mut Vec<Finding>) {
        for Stranded { squash, rows, missing } in &self.stranded {
            let is_one = |id: &MigrationId| rows.iter().any(|row| row.id == *id);
            findings.retain(|finding| {
                !(is_one(&finding.id) && matches!(finding.kind, FindingKind::Missing | FindingKind::Ahead { .. }))
            });
            findings.push(Finding {
                id: squash.id.clone(),
                name: squash.name(),
                file: Some(squash.up.file.clone()),
                verdict: Verdict::Refuse,
                kind: FindingKind::Stranded {
                    applied: rows.iter().map(|row| row.name()).collect(),
                    missing: missing.iter().map(ToString::to_string).collect(),
                },
            });
        }
    }

    /// Says whether a way down takes back all that keeps a finding on migrations in the middle alive.
    pub(super) fn takes_back(&self, finding: &Finding, reverted: &HashSet<&MigrationId>) -> bool {
        let of = |stranded: &&Stranded<'_>| stranded.squash.id == finding.id;
        matches!(finding.kind, FindingKind::Stranded { .. })
            && self.stranded.iter().find(of).is_some_and(|one| one.rows.iter().all(|row| reverted.contains(&row.id)))
    }

    /// Puts what a way down takes back in the place of what stands for it. What comes after it says so by the last of those
    /// that the database has: older binaries know that one.
    pub(super) fn spelled_out(&self, steps: Vec<Step>) -> Result<Vec<Step>, PlanError> {
        if self.covered.is_empty() {
            return Ok(steps);
        }
        let mut all = Vec::with_capacity(steps.len());
        for step in steps {
            match self.behind(&step.migration.id).filter(|_| step.direction == Direction::Down) {
                None => all.push(Step { migration: self.behind_the_last(step.migration), ..step }),
                Some(rows) => {
                    for row in rows.iter().rev() {
                        all.push(downgrade::step(self.files, row)?);
                    }
                }
            }
        }
        Ok(all)
    }
}

impl View<'_> {
    fn behind_the_last(&self, migration: SharedMigration) -> SharedMigration {
        let last = |id: &MigrationId| self.behind(id).and_then(|rows| Some(rows.last()?.id.clone()));
        if migration.parents.iter().all(|id| last(id).is_none()) {
            return migration;
        }
        let parents = migration.parents.iter().map(|id| last(id).unwrap_or_else(|| id.clone())).collect();
        Arc::new(Migration { parents, ..Migration::clone(&migration) })
    }
}

/// Which migrations are left out, and what stands for each of them.
struct Choice {
    keep: Vec<bool>,
    standing: HashMap<MigrationId, MigrationId>,
}

impl Choice {
    fn leave_out(&mut self, files: &Migrations, id: &MigrationId, standing: &MigrationId) {
        if let Some(keep) = files.place(id).and_then(|place| self.keep.get_mut(place)) {
            *keep = false;
        }
        self.standing.insert(id.clone(), standing.clone());
    }

    fn seen(&self, id: &MigrationId) -> MigrationId {
        let mut id = id;
        // Only files that contradict themselves lead round in a circle.
        for _ in 0..=self.standing.len() {
            match self.standing.get(id) {
                Some(standing) => id = standing,
                None => break,
            }
        }
        id.clone()
    }

    fn all_seen(&self, ids: &[MigrationId]) -> Vec<MigrationId> {
        let mut seen = Vec::with_capacity(ids.len());
        for id in ids.iter().map(|id| self.seen(id)) {
            if !seen.contains(&id) {
                seen.push(id);
            }
        }
        seen
    }

    fn migrations(&self, files: &Migrations) -> Migrations {
        let kept = || files.iter().zip(&self.keep).filter(|(_, keep)| **keep).map(|(migration, _)| migration);
        let migrations = kept().map(|migration| self.migration(migration)).collect();
        let revisions = kept().filter_map(|migration| self.revision(files, migration)).collect();
        let hidden = self.standing.keys().map(|id| self.hidden(files, id)).collect();
        files.chosen(migrations, Revisions::new(revisions).hiding(hidden))
    }

    fn migration(&self, migration: &SharedMigration) -> SharedMigration {
        let parents = self.all_seen(&migration.parents);
        if parents == migration.parents && migration.replaces.is_empty() {
            return migration.clone();
        }
        let mut of_this_database = Migration::clone(migration);
        (of_this_database.parents, of_this_database.replaces) = (parents, Vec::new());
        Arc::new(of_this_database)
    }

    fn revision(&self, files: &Migrations, migration: &SharedMigration) -> Option<Revision> {
        let of = |id: &MigrationId| files.revisions().get(files.place(id)?);
        let revision = of(&migration.id)?;
        let replaced = migration.replaces.iter().filter_map(of);
        let is_here = |on: &&Dependency| on.set.as_ref().is_none_or(|set| set == files.set());
        let depends_on: Vec<MigrationId> =
            migration.depends_on.iter().filter(is_here).map(|on| on.id.clone()).collect();
        Some(Revision {
            labels: replaced.chain([revision]).flat_map(|revision| &revision.labels).cloned().collect(),
            parents: self.all_seen(&migration.parents),
            depends_on: self.all_seen(&depends_on),
            replaces: Vec::new(),
            ..revision.clone()
        })
    }

    /// Only the last of those that another one stands for is the same place as that.
    fn hidden(&self, files: &Migrations, id: &MigrationId) -> Hidden {
        let seen = self.seen(id);
        let squash = files.get(&seen);
        let is_same = squash.is_none_or(|squash| squash.replaces.is_empty() || squash.replaces.last() == Some(id));
        Hidden {
            id: id.clone(),
            slug: files.get(id).map(|migration| migration.slug.clone()),
            by: squash.map_or_else(|| seen.to_string(), |squash| squash.name()),
            same: is_same.then_some(seen),
        }
    }
}

/// Returns the ids of migrations that targets name in full.
fn named_ids<'m>(files: &'m Migrations, targets: &[&Target]) -> HashSet<&'m MigrationId> {
    let names = targets.iter().filter_map(|target| match target.parts()?.1 {
        Place::Migration(name) => Some(name),
        Place::Near(near) => match near.start {
            Start::Migration(name) => Some(name),
            Start::Head | Start::Base => None,
        },
        _ => None,
    });
    let names: Vec<String> = names.collect();
    let is_named = |migration: &&SharedMigration| {
        names.iter().any(|name| {
            name.parse::<MigrationId>().is_ok_and(|id| id == migration.id)
                || *name == migration.name()
                || name == migration.slug.as_str()
        })
    };
    files.iter().filter(is_named).map(|migration| &migration.id).collect()
}
