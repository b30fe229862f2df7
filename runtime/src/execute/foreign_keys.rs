//! Foreign keys of SQLite where a step has them off.
//!
//! A foreign key that refers to what is no key, or not there, cannot be checked: SQLite refuses to, for the whole database. Where it
//! was so before a step, it is no fault of the step's, and all others are checked.

use std::collections::BTreeSet;

use dunlin_core::dialect::Dialect;

use super::{Prepared, Run};
use crate::error::Error;
use crate::session::{Row, SqlError};

/// How many rows without a parent are named.
const NAMED: usize = 10;

/// Tables with foreign keys that may be such as cannot be checked.
#[derive(Debug, Default)]
pub(crate) enum Loose {
    /// None of them.
    #[default]
    None,
    /// Those that were so before.
    These(BTreeSet<String>),
    /// All: a way back leads to what was there.
    Any,
}

impl Run<'_> {
    /// Says whether foreign keys are to be off for this step: the directive means SQLite alone.
    pub(super) fn switches_foreign_keys(&self, step: &Prepared<'_>) -> bool {
        step.script.header.foreign_keys_off && self.engine.dialect() == Dialect::Sqlite
    }

    /// Switches foreign keys off, which SQLite does outside a transaction only. Says whether they were on.
    pub(super) async fn foreign_keys_off(&mut self) -> Result<bool, Error> {
        let asking = |error| Error::database("switching foreign keys off", error);
        let rows = self.session.rows("pragma foreign_keys").await.map_err(asking)?;
        let on = rows.first().and_then(|row| row.number(0)) == Some(1);
        if on {
            self.session.run("pragma foreign_keys = off").await.map_err(asking)?;
        }
        Ok(on)
    }

    pub(super) async fn foreign_keys_on(&mut self) -> Result<(), Error> {
        let switched = self.session.run("pragma foreign_keys = on").await;
        switched.map_err(|error| Error::database("switching foreign keys on again", error))
    }

    /// Returns which tables may have foreign keys behind a step that cannot be checked.
    pub(super) async fn loose_before(&mut self, step: &Prepared<'_>) -> Result<Loose, Error> {
        if !step.is_up() {
            return Ok(Loose::Any);
        }
        let loose = self.loose().await.map_err(|error| Error::database("looking at foreign keys", error))?;
        Ok(if loose.is_empty() { Loose::None } else { Loose::These(loose) })
    }

    /// Checks the foreign keys of the database, after <https://www.sqlite.org/lang_altertable.html>, step 10.
    pub(super) async fn check_foreign_keys(&mut self) -> Result<(), SqlError> {
        let loose = self.loose().await?;
        let is_new = |table: &&String| match &self.loose {
            Loose::None => true,
            Loose::These(before) => !before.contains(*table),
            Loose::Any => false,
        };
        if let Some(table) = loose.iter().find(is_new) {
            // What SQLite says of it is what is to be said.
            self.session.rows(&check(table)).await?;
        }
        let rows = if loose.is_empty() {
            self.session.rows("pragma foreign_key_check").await?
        } else {
            let mut rows = Vec::new();
            for table in self.tables().await?.difference(&loose) {
                rows.extend(self.session.rows(&check(table)).await?);
            }
            rows
        };
        if rows.is_empty() {
            return Ok(());
        }
        let shown = |row: &Row| {
            let text = |column| row.text(column).unwrap_or("?");
            format!("row {} of `{}` refers to no row of `{}`", text(1), text(0), text(2))
        };
        let listed: Vec<String> = rows.iter().take(NAMED).map(shown).collect();
        let more = if rows.len() > NAMED { format!("; and {} more", rows.len() - NAMED) } else { String::new() };
        let message =
            format!("foreign_key_check finds {}", dunlin_core::text::count(rows.len(), "row without its parent"));
        Err(SqlError { detail: Some(listed.join("; ") + &more), ..SqlError::own(message) })
    }

    /// Returns the tables whose foreign keys cannot be checked. No row is looked at for this.
    async fn loose(&mut self) -> Result<BTreeSet<String>, SqlError> {
        let mut loose = BTreeSet::new();
        if self.session.rows("explain pragma foreign_key_check").await.is_err() {
            for table in self.tables().await? {
                if self.session.rows(&format!("explain {}", check(&table))).await.is_err() {
                    loose.insert(table);
                }
            }
        }
        Ok(loose)
    }

    async fn tables(&mut self) -> Result<BTreeSet<String>, SqlError> {
        let rows = self.session.rows("select name from sqlite_schema where type = 'table'").await?;
        Ok(rows.iter().filter_map(|row| row.text(0).map(str::to_owned)).collect())
    }
}

fn check(table: &str) -> String {
    format!("pragma foreign_key_check({})", Dialect::Sqlite.quote(table))
}
