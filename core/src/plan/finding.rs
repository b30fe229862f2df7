use std::collections::HashSet;
use std::fmt;

use serde::Serialize;

use super::{Applied, Heal, JournalEntry, JournalState, Obstacle};
use crate::checksum::Checksum;
use crate::migration::{Direction, MigrationId, Migrations, SetName, Slug};
use crate::statements::Recovery;
use crate::text::{list, some_of};

/// Something about one migration on which the history and the files do not agree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The migration's id.
    pub id: MigrationId,
    /// `<id>_<slug>`.
    pub name: String,
    /// The up file, if this binary knows the migration.
    pub file: Option<String>,
    /// Whether it stands in the way.
    pub verdict: Verdict,
    /// What it is.
    #[serde(flatten)]
    pub kind: FindingKind,
}

/// Whether a finding stands in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing runs.
    Refuse,
    /// It is said, and the run goes on.
    Warn,
}

/// What does not agree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "finding", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FindingKind {
    /// The up file does something else than what was applied.
    Edited {
        /// When it was applied.
        applied_at: String,
        /// The checksum that was applied.
        applied: Checksum,
        /// The file's checksum.
        found: Checksum,
        /// A unified diff from the stored SQL to the file.
        diff: String,
    },
    /// SQL and checksums of the row do not fit each other: somebody changed it by hand.
    Altered,
    /// The up file differs in comments or white space from what was applied.
    Cosmetic {
        /// The checksum that was applied.
        applied: Checksum,
        /// The file's checksum.
        found: Checksum,
    },
    /// The up file was edited, and the lock file accepts the checksum that was applied.
    Accepted {
        /// The checksum that was applied.
        applied: Checksum,
        /// The file's checksum.
        found: Checksum,
    },
    /// The up file was edited, and the migration is reverted with the SQL that the database stores.
    RevertedAsStored,
    /// The down file differs from the stored one.
    DownEdited,
    /// The slug differs.
    Renamed {
        /// The slug when it was applied.
        from: Slug,
    },
    /// The parents differ.
    Reparented {
        /// The parents when it was applied.
        applied: Vec<MigrationId>,
        /// The parents now.
        found: Vec<MigrationId>,
    },
    /// It is pending, and a migration that comes after it is applied.
    OutOfOrder {
        /// Applied migrations that come after it.
        applied_after: Vec<String>,
    },
    /// It is pending, and a migration of another set that it depends on is not applied.
    DependsOn {
        /// The other set.
        set: SetName,
        /// The migration's id in it.
        migration: MigrationId,
    },
    /// It is applied, and this binary does not know it.
    Missing,
    /// It stands for migrations some of which are applied, and none of their files is here.
    Stranded {
        /// `<id>_<slug>` of those that are applied.
        applied: Vec<String>,
        /// The ids of those that are not.
        missing: Vec<String>,
    },
    /// It is applied, this binary does not know it, and it descends from the binary's heads.
    Ahead {
        /// Whether it forbids older binaries.
        breaking: bool,
    },
    /// A step of it began and did not end.
    Unfinished {
        /// Which way it was going.
        direction: Direction,
        /// What the journal says, in order.
        journal: Vec<JournalEntry>,
        /// Why it does not go on by itself; `None` is that it does.
        #[serde(flatten)]
        obstacle: Option<Obstacle>,
    },
    /// A way down reverts migrations that are not on the line of the target.
    SiblingBranch {
        /// The target.
        target: String,
        /// The migrations, in graph order.
        reverted: Vec<String>,
    },
    /// A way down reverts several branches above the target.
    SeveralBranches {
        /// The target.
        target: String,
        /// The last applied migration of each branch, in graph order.
        heads: Vec<String>,
    },
    /// The directory has files that were not there when the binary was built, or lacks some that were.
    StaleBinary {
        /// The files' names.
        files: Vec<String>,
    },
}

impl Finding {
    /// Takes what does not stand in the way down out of it.
    pub(super) fn pass_down(&mut self, reverted: &HashSet<&MigrationId>) {
        let is_reverted = reverted.contains(&self.id);
        match self.kind {
            FindingKind::Edited { .. } if is_reverted => {
                (self.verdict, self.kind) = (Verdict::Warn, FindingKind::RevertedAsStored);
            }
            FindingKind::Reparented { .. } | FindingKind::Ahead { .. } | FindingKind::Missing if is_reverted => {
                self.verdict = Verdict::Warn;
            }
            FindingKind::OutOfOrder { .. } => self.verdict = Verdict::Warn,
            _ => {}
        }
    }

    pub(super) fn heal(&self, migrations: &Migrations, applied: &[Applied]) -> Option<Heal> {
        let FindingKind::Accepted { applied: from, .. } = self.kind else { return None };
        let (migration, row) = (migrations.get(&self.id)?, applied.iter().find(|row| row.id == self.id)?);
        Some(Heal { migration: row.as_recorded(migration), from })
    }

    /// Returns the ways out.
    pub fn hint(&self) -> Option<String> {
        let id = &self.id;
        Some(match &self.kind {
            FindingKind::Edited { .. } => format!(
                "restore the file with `dunlin restore {id}`, or accept the edit with \
                 `dunlin lock --accept {id} --reason \"…\"`, or put the change in a new migration: `dunlin new <slug>`; in a database of your own, `dunlin redo` runs it anew"
            ),
            FindingKind::Altered => "`dunlin repair checksums` shows what differs, and makes it fit".to_owned(),
            FindingKind::Missing => format!(
                "restore the file with `dunlin restore {id}` (another git branch may have it); if the binary is older than the \
                 database, build it anew; to go on without it, `--allow-missing`, or for good \
                 `dunlin repair missing --reason \"…\" --yes`"
            ),
            FindingKind::Stranded { .. } => format!(
                "this database is in the middle of what `{id}` stands for, and goes on with the original files only: bring all of \
                 them back from version control, run `dunlin up`, and delete them again when no database needs them"
            ),
            FindingKind::OutOfOrder { .. } => {
                "give it an id and `revises` behind what is applied, or apply it now with \
                                               `--allow-out-of-order`"
                    .to_owned()
            }
            FindingKind::DependsOn { set, .. } => format!("apply the migrations of the set `{set}` first"),
            FindingKind::Reparented { .. } => "restore its `revises`, or the files that stood before it".to_owned(),
            FindingKind::Ahead { breaking: true } => {
                "deploy a binary that knows it, or take the database back with `dunlin down`".to_owned()
            }
            FindingKind::Unfinished { obstacle: None, .. } => "`dunlin up` goes on with it".to_owned(),
            FindingKind::Unfinished { obstacle: Some(obstacle), .. } => obstacle.hint(id),
            FindingKind::SiblingBranch { .. } | FindingKind::SeveralBranches { .. } => {
                "to revert one branch only, stop where it parts from the others: `dunlin down <label>@<id>`".to_owned()
            }
            FindingKind::StaleBinary { .. } => {
                "build the binary anew; a build.rs with `println!(\"cargo::rerun-if-changed=versions\");` sees to it"
                    .to_owned()
            }
            _ => return None,
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        let file = self.file.as_deref().unwrap_or(name);
        match &self.kind {
            FindingKind::Edited { applied_at, applied, found, diff } => {
                write!(f, "{file} was edited after it was applied on {}", applied_at.get(..10).unwrap_or(applied_at))?;
                write!(f, "\n  applied  {applied}\n  in file  {found}")?;
                diff.lines().try_for_each(|line| write!(f, "\n  {line}"))
            }
            FindingKind::Altered => {
                write!(f, "the row of `{name}` was altered: its SQL does not have the checksum beside it")
            }
            FindingKind::Cosmetic { .. } => {
                write!(f, "{file} was edited after it was applied, in comments or white space only")
            }
            FindingKind::Accepted { .. } => {
                write!(f, "{file} was edited after it was applied, and the lock file accepts the edit")
            }
            FindingKind::RevertedAsStored => {
                write!(
                    f,
                    "{file} was edited after it was applied; `{name}` is reverted with the SQL that the database stores"
                )
            }
            FindingKind::DownEdited => write!(f, "the down file of `{name}` was edited after it was applied"),
            FindingKind::Renamed { from } => write!(f, "`{name}` was called `{}_{from}` when it was applied", self.id),
            FindingKind::Reparented { applied, found } => {
                write!(f, "{file} revises {} now, and {} when it was applied", parents(found), parents(applied))
            }
            FindingKind::OutOfOrder { applied_after } => {
                write!(f, "{file} is pending, and {} after it is applied", list(applied_after))
            }
            FindingKind::DependsOn { set, migration } => {
                write!(f, "{file} depends on `{set}/{migration}`, which is not applied")
            }
            FindingKind::Stranded { applied, missing } => {
                let are = |names: &[String]| if names.len() == 1 { "is" } else { "are" };
                let (some, others) = (some_of(applied), some_of(missing));
                let (are, are_not) = (are(applied), are(missing));
                write!(
                    f,
                    "{file} stands for migrations of which {some} {are} applied and {others} {are_not} not, and "
                )?;
                f.write_str("their files are not here")
            }
            FindingKind::Missing => write!(f, "`{name}` is applied, and there is no file of it here"),
            FindingKind::Ahead { breaking: false } => write!(f, "the database is ahead: it has `{name}`, unknown here"),
            FindingKind::Ahead { breaking: true } => {
                write!(f, "the database is newer: `{name}`, unknown here, forbids older binaries to run")
            }
            FindingKind::Unfinished { direction, journal, obstacle } => {
                write!(f, "{file} began to go {direction} and did not end")?;
                obstacle.iter().try_for_each(|obstacle| write!(f, ": {obstacle}"))?;
                journal.iter().try_for_each(|entry| write!(f, "\n  {entry}"))
            }
            FindingKind::SiblingBranch { target, reverted } => {
                let (them, are) = (some_of(reverted), if reverted.len() == 1 { "is" } else { "are" });
                write!(f, "the way down to `{target}` also reverts {them}, which {are} on another branch")
            }
            FindingKind::SeveralBranches { target, heads } => {
                let number = heads.len();
                write!(f, "the way down to `{target}` reverts {number} branches, those of {}", some_of(heads))
            }
            FindingKind::StaleBinary { files } => write!(f, "this binary was built before {} changed", list(files)),
        }
    }
}

impl fmt::Display for JournalEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            JournalState::Done => "in place",
            JournalState::Failed => "failed, not in place",
            JournalState::Started if self.recovery == Recovery::Recorded => "begun, not in place",
            JournalState::Started => "begun, perhaps in place",
        };
        write!(f, "statement {} (line {}): {state}: {}", self.n, self.line, self.summary)
    }
}

fn parents(ids: &[MigrationId]) -> String {
    if ids.is_empty() { "`base`".to_owned() } else { list(ids) }
}

pub(super) fn joined(findings: &[Finding]) -> String {
    findings.iter().map(Finding::to_string).collect::<Vec<_>>().join("\n")
}

/// One hint a kind of finding, in the order of the findings.
pub(super) fn hints(findings: &[Finding]) -> Vec<String> {
    let mut seen = Vec::new();
    let mut hints = Vec::new();
    for finding in findings {
        let kind = std::mem::discriminant(&finding.kind);
        if !seen.contains(&kind) {
            seen.push(kind);
            hints.extend(finding.hint());
        }
    }
    hints
}
