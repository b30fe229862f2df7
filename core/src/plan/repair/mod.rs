//! Repairing: rows of a history that are to be brought in line with their files or with themselves, or to go.
//!
//! [`repair`] decides; what it would change of each row is a [`Mend`] (`mend.rs`), and what it leaves, and why, a [`Left`]
//! (`left.rs`). A row is mended once.

mod left;
mod mend;

use std::collections::HashSet;

pub use left::{Left, WhyLeft};
pub use mend::{Cause, ColumnChange, Mend};
use serde::{Deserialize, Serialize};

use self::mend::Texts;
use super::{Applied, FindingKind, PlanError, Policy, Resolver, State, View, verify};
use crate::checksum::differ_cosmetically;
use crate::migration::{Migration, MigrationId, Migrations};

/// A kind of repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RepairKind {
    /// The row of a file that differs in comments or white space gets the file's text.
    Cosmetic,
    /// The row of a migration that no file has is removed.
    Missing,
    /// SQL and checksums of a row that do not fit each other are made to fit; where a migration is named, its row gets the
    /// text of its edited file.
    Checksums,
}

impl RepairKind {
    /// Every kind.
    pub const ALL: [RepairKind; 3] = [RepairKind::Cosmetic, RepairKind::Missing, RepairKind::Checksums];

    /// Returns the word.
    pub fn as_str(self) -> &'static str {
        match self {
            RepairKind::Cosmetic => "cosmetic",
            RepairKind::Missing => "missing",
            RepairKind::Checksums => "checksums",
        }
    }

    /// Says whether it changes what the history says was done, so that a reason is wanted.
    pub fn needs_reason(self) -> bool {
        match self {
            RepairKind::Cosmetic => false,
            RepairKind::Missing | RepairKind::Checksums => true,
        }
    }
}

/// What is to be repaired.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Repair {
    /// The kinds of repairs; none is all of them.
    pub kinds: Vec<RepairKind>,
    /// The migrations; none is all of them. That of a migration that is named with [`RepairKind::Checksums`] accepts an edit
    /// of its file.
    pub names: Vec<String>,
}

/// What a repair changes.
#[derive(Debug, Clone, Default)]
pub struct RepairPlan {
    /// The rows, in the order in which they are changed.
    pub mends: Vec<Mend>,
    /// What is wrong and is not repaired.
    pub left: Vec<Left>,
}

impl RepairPlan {
    /// Says whether it changes what the history says was done, so that a reason is wanted.
    pub fn needs_reason(&self) -> bool {
        self.mends.iter().any(|mend| mend.cause.kind().needs_reason())
    }
}

/// Decides which rows are repaired, and how.
///
/// Rows come in the order of their `seq`; those that [`needs_stored_sql`](super::needs_stored_sql) names must carry their SQL,
/// and so must those that hold other SQL than they say. Rows of unfinished steps are left.
pub fn repair(migrations: &Migrations, applied: &[Applied], wish: &Repair) -> Result<RepairPlan, PlanError> {
    let view = View::new(migrations, applied, &[]);
    let (migrations, applied) = (view.migrations(), view.rows());
    let unknown = applied.iter().filter(|row| migrations.get(&row.id).is_none());
    let resolver = Resolver::with_unknown(migrations.revisions(), unknown.map(Applied::revision));
    let named: HashSet<MigrationId> = wish.names.iter().map(|name| resolver.named(name)).collect::<Result<_, _>>()?;
    let has_row = |id: &MigrationId| applied.iter().any(|row| row.id == *id);
    if let Some(id) = named.iter().find(|id| !has_row(id)) {
        let name = migrations.get(id).map_or_else(|| id.to_string(), |migration| migration.name());
        return Err(PlanError::NotApplied(name));
    }
    let workshop = Workshop::new(migrations, applied, named, wish);
    let (mut plan, mut gone) = (RepairPlan::default(), Vec::new());
    let is_there = |row: &&Applied| view.behind(&row.id).is_none();
    for row in applied.iter().filter(is_there).filter(|row| workshop.is_meant(row)) {
        let (mend, why) = workshop.look_at(row);
        let is_sound = mend.is_none() && why.is_none() && workshop.named.contains(&row.id);
        let why = if is_sound { Some(WhyLeft::Sound) } else { why };
        plan.left.extend(why.map(|why| Left { id: row.id.clone(), name: row.name(), why }));
        match mend {
            Some(mend) if mend.becomes.is_none() => gone.push(mend),
            mend => plan.mends.extend(mend),
        }
    }
    // Each before what it comes after.
    plan.mends.extend(gone.into_iter().rev());
    Ok(plan)
}

/// What is known of all rows.
struct Workshop<'w> {
    migrations: &'w Migrations,
    wish: &'w Repair,
    applied: &'w [Applied],
    named: HashSet<MigrationId>,
    reparented: HashSet<MigrationId>,
    missing: HashSet<MigrationId>,
    /// Those of the missing that can go.
    going: HashSet<MigrationId>,
}

impl<'w> Workshop<'w> {
    fn new(
        migrations: &'w Migrations,
        applied: &'w [Applied],
        named: HashSet<MigrationId>,
        wish: &'w Repair,
    ) -> Workshop<'w> {
        let findings = verify(migrations, applied, &Policy::default());
        let found = |is_meant: fn(&FindingKind) -> bool| -> HashSet<MigrationId> {
            findings.iter().filter(|finding| is_meant(&finding.kind)).map(|finding| finding.id.clone()).collect()
        };
        let reparented = found(|kind| matches!(kind, FindingKind::Reparented { .. }));
        let missing = found(|kind| *kind == FindingKind::Missing);
        let mut workshop = Workshop { migrations, wish, applied, named, reparented, missing, going: HashSet::new() };
        workshop.going = workshop.going();
        workshop
    }

    fn is_meant(&self, row: &Applied) -> bool {
        self.named.is_empty() || self.named.contains(&row.id)
    }

    fn wants(&self, kind: RepairKind) -> bool {
        self.wish.kinds.is_empty() || self.wish.kinds.contains(&kind)
    }

    /// Returns what is to be done with a row, and what is wrong with it and stays.
    fn look_at(&self, row: &Applied) -> (Option<Mend>, Option<WhyLeft>) {
        if row.state != State::Applied {
            return (None, self.named.contains(&row.id).then_some(WhyLeft::Unfinished));
        }
        let file = self.migrations.get(&row.id).map(|migration| &**migration);
        let is_altered = !row.holds_what_it_says();
        if is_altered && self.wants(RepairKind::Checksums) {
            return (Some(Mend::rewriting(row, Cause::Altered, &Texts::that_fit(row, file))), None);
        }
        match file {
            Some(_) if is_altered => (None, None),
            Some(file) => self.compare(row, file),
            None if self.missing.contains(&row.id) && self.wants(RepairKind::Missing) => self.remove(row),
            None => (None, None),
        }
    }

    /// Holds a row against its file.
    fn compare(&self, row: &Applied, migration: &Migration) -> (Option<Mend>, Option<WhyLeft>) {
        let (Some(stored), file) = (Texts::of(row), Texts::of_file(migration)) else { return (None, None) };
        if stored == file || migration.was.contains(&row.up_checksum) {
            return (None, None);
        }
        let is_cosmetic = |one: &str, other: &str| differ_cosmetically(one, other, self.migrations.dialect());
        let followed = stored.following(&file, is_cosmetic);
        let is_reparented = || self.reparented.contains(&row.id).then_some(WhyLeft::Reparented);
        let accepts = self.named.contains(&row.id) && self.wish.kinds.contains(&RepairKind::Checksums);
        let (cause, texts) = match () {
            () if self.wants(RepairKind::Cosmetic) && followed == file => (Some(Cause::Cosmetic), followed),
            () if accepts => (Some(Cause::Accepted), file),
            () if self.wants(RepairKind::Cosmetic) && followed != stored => (Some(Cause::Cosmetic), followed),
            () => (None, followed),
        };
        let is_edited = cause != Some(Cause::Accepted) && texts.up != migration.up.text;
        let edited = (is_edited && self.wants(RepairKind::Checksums)).then_some(WhyLeft::Edited);
        match cause {
            Some(cause) => match is_reparented() {
                Some(why) => (None, Some(why)),
                None => (Some(Mend::rewriting(row, cause, &texts)), edited),
            },
            None => (None, edited),
        }
    }

    fn remove(&self, row: &Applied) -> (Option<Mend>, Option<WhyLeft>) {
        if self.going.contains(&row.id) {
            return (Some(Mend::removing(row)), None);
        }
        let after = self.applied.iter().filter(|other| other.parents.contains(&row.id));
        let staying = after.filter(|other| !self.going.contains(&other.id));
        (None, Some(WhyLeft::Needed { by: staying.map(Applied::name).collect() }))
    }

    /// Returns those of the missing rows that are meant, and that nothing which stays comes after.
    fn going(&self) -> HashSet<MigrationId> {
        let is_to_go = |row: &&Applied| {
            self.missing.contains(&row.id)
                && self.is_meant(row)
                && row.state == State::Applied
                && (row.holds_what_it_says() || !self.wants(RepairKind::Checksums))
        };
        let mut going: HashSet<MigrationId> = self.applied.iter().filter(is_to_go).map(|row| row.id.clone()).collect();
        loop {
            let staying = self.applied.iter().filter(|row| !going.contains(&row.id));
            let needed: HashSet<MigrationId> =
                staying.flat_map(|row| &row.parents).filter(|id| going.contains(id)).cloned().collect();
            if needed.is_empty() {
                return going;
            }
            going.retain(|id| !needed.contains(id));
        }
    }
}

#[cfg(test)]
mod tests;
