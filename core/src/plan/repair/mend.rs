use std::borrow::Cow;
use std::sync::Arc;

use serde::Serialize;

use super::RepairKind;
use crate::checksum::Checksum;
use crate::header;
use crate::migration::{Migration, MigrationId, Script, SharedMigration};
use crate::plan::Applied;

/// A row that is repaired.
#[derive(Debug, Clone)]
pub struct Mend {
    /// Why it is.
    pub cause: Cause,
    /// The row as it is.
    pub row: Applied,
    /// The migration whose SQL the row gets; all else of it stays. `None` is that the row goes.
    pub becomes: Option<SharedMigration>,
}

/// Why a row is repaired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Cause {
    /// Its file differs from it in comments or white space.
    Cosmetic,
    /// Its SQL does not have the checksum beside it.
    Altered,
    /// Its file was edited, and counts as what was applied.
    Accepted,
    /// No file has it.
    Missing,
}

impl Cause {
    /// Returns which kind of repair it is.
    pub fn kind(self) -> RepairKind {
        match self {
            Cause::Cosmetic => RepairKind::Cosmetic,
            Cause::Altered | Cause::Accepted => RepairKind::Checksums,
            Cause::Missing => RepairKind::Missing,
        }
    }

    /// Says it in a sentence about the row.
    pub fn sentence(self) -> &'static str {
        match self {
            Cause::Cosmetic => "its file differs in comments or white space",
            Cause::Altered => "its SQL does not have the checksum beside it",
            Cause::Accepted => "its file was edited, and counts as what was applied",
            Cause::Missing => "no file has it, and the row goes",
        }
    }
}

/// What changes in one column of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ColumnChange {
    /// The column's name.
    pub column: &'static str,
    /// What it holds.
    pub from: Option<String>,
    /// What it is to hold; `None` is null, or that the row goes.
    pub to: Option<String>,
}

impl Mend {
    pub(super) fn rewriting(row: &Applied, cause: Cause, texts: &Texts<'_>) -> Mend {
        let script = |half: &str, text: &str| {
            Arc::new(Script {
                file: format!("{}.{half}.sql", row.name()),
                text: Cow::Owned(text.to_owned()),
                checksum: Checksum::of_text(text),
                header: header::parse(text).unwrap_or_default(),
            })
        };
        let migration = Migration {
            id: row.id.clone(),
            slug: row.slug.clone(),
            parents: row.parents.clone(),
            depends_on: Vec::new(),
            replaces: Vec::new(),
            up: script("up", &texts.up),
            down: texts.down.as_deref().map(|down| script("down", down)),
            was: Vec::new(),
        };
        Mend { cause, row: row.clone(), becomes: Some(Arc::new(migration)) }
    }

    pub(super) fn removing(row: &Applied) -> Mend {
        Mend { cause: Cause::Missing, row: row.clone(), becomes: None }
    }

    /// Returns the migration's id.
    pub fn id(&self) -> &MigrationId {
        &self.row.id
    }

    /// Returns what changes, column by column. Of a row that goes, that is all that it tells.
    pub fn changes(&self) -> Vec<ColumnChange> {
        let Mend { row, becomes, .. } = self;
        let stored = row.stored.as_ref();
        let to = becomes.as_ref();
        let parents: Vec<&str> = row.parents.iter().map(MigrationId::as_str).collect();
        let goes = |column, from: String| ColumnChange { column, from: Some(from), to: None };
        let whole = [
            goes("parents", parents.join(",")),
            goes("kind", row.kind.as_str().to_owned()),
            goes("applied_at", row.applied_at.clone()),
        ];
        let change = |column, from: Option<String>, to: Option<String>| ColumnChange { column, from, to };
        let texts = [
            change(
                "up_checksum",
                Some(row.up_checksum.to_string()),
                to.map(|migration| migration.up.checksum.to_string()),
            ),
            change("up_sql", stored.map(|stored| stored.up.clone()), to.map(|migration| migration.up.text.to_string())),
            change(
                "down_checksum",
                row.down_checksum.map(|checksum| checksum.to_string()),
                to.and_then(|migration| Some(migration.down.as_ref()?.checksum.to_string())),
            ),
            change(
                "down_sql",
                stored.and_then(|stored| stored.down.clone()),
                to.and_then(|migration| Some(migration.down.as_ref()?.text.to_string())),
            ),
            change("breaking", Some(row.breaking.to_string()), to.map(|migration| migration.is_breaking().to_string())),
        ];
        let whole = whole.into_iter().filter(|_| becomes.is_none());
        let tells = |change: &ColumnChange| {
            change.from != change.to && (becomes.is_some() || row.breaking || change.column != "breaking")
        };
        whole.chain(texts).filter(tells).collect()
    }
}

/// Both texts of a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Texts<'t> {
    pub(super) up: Cow<'t, str>,
    pub(super) down: Option<Cow<'t, str>>,
}

impl<'t> Texts<'t> {
    /// Those that a row stores; `None` where nobody asked for them, because the row says what the file is.
    pub(super) fn of(row: &'t Applied) -> Option<Texts<'t>> {
        let stored = row.stored.as_ref()?;
        Some(Texts { up: Cow::Borrowed(&stored.up), down: stored.down.as_deref().map(Cow::Borrowed) })
    }

    pub(super) fn of_file(migration: &'t Migration) -> Texts<'t> {
        let down = migration.down.as_ref();
        Texts { up: Cow::Borrowed(&migration.up.text), down: down.map(|down| Cow::Borrowed(&*down.text)) }
    }

    /// Those that a row is to store whose SQL and checksums do not fit: where the file is what the checksum says, the SQL was
    /// altered; else the checksum was.
    pub(super) fn that_fit(row: &'t Applied, file: Option<&'t Migration>) -> Texts<'t> {
        let stored = Texts::of(row);
        let up = file.map(|file| &*file.up).filter(|up| up.checksum == row.up_checksum);
        let down = file.and_then(|file| file.down.as_deref()).filter(|down| Some(down.checksum) == row.down_checksum);
        let text = |script: &'t Script| Cow::Borrowed(&*script.text);
        Texts {
            up: up.map(text).or_else(|| stored.as_ref().map(|stored| stored.up.clone())).unwrap_or_default(),
            down: down.map(text).or_else(|| stored.and_then(|stored| stored.down)),
        }
    }

    /// Takes from other texts what differs in comments or white space only.
    pub(super) fn following(&self, other: &Texts<'t>, is_cosmetic: impl Fn(&str, &str) -> bool) -> Texts<'t> {
        let up = if is_cosmetic(&self.up, &other.up) { &other.up } else { &self.up };
        let down = match (&self.down, &other.down) {
            (Some(own), Some(other)) if is_cosmetic(own, other) => Some(other),
            (own, _) => own.as_ref(),
        };
        Texts { up: up.clone(), down: down.cloned() }
    }
}
