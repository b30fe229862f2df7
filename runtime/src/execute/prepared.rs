//! A step that is checked and taken apart.

use std::time::Duration;

use dunlin_core::checksum::Checksum;
use dunlin_core::dialect::Dialect;
use dunlin_core::header::Wrap;
use dunlin_core::ledger::Detail;
use dunlin_core::migration::{Direction, Migration, Script};
use dunlin_core::plan::{JournalState, Step};
use dunlin_core::statements;

use super::recorded;
use crate::engine::Engine;
use crate::error::Error;
use crate::history::Journalled;
use crate::progress::Progress;
use crate::report::StepDone;
use crate::session::Value;

/// A step that is checked and taken apart.
pub(crate) struct Prepared<'s> {
    pub(crate) step: &'s Step,
    pub(crate) script: &'s Script,
    pub(crate) statements: Vec<statements::Statement<'s>>,
    /// Whether one transaction holds everything that the step does.
    pub(crate) atomic: bool,
}

impl<'s> Prepared<'s> {
    /// Checks a step's text for the engine that it is to run on. Nothing is sent.
    pub(crate) fn new(step: &'s Step, engine: &dyn Engine) -> Result<Prepared<'s>, Error> {
        let dialect = engine.dialect();
        let unplanned = || dunlin_core::plan::PlanError::Irreversible { name: step.migration.name(), reason: None };
        let script = step.script.as_deref().ok_or_else(unplanned)?;
        let statements = dunlin_core::directory::statements(script, step.direction, dialect)?;
        let rolls_back =
            dialect.facts().ddl_rolls_back || statements.iter().all(|statement| statement.rolls_back(dialect));
        let atomic = script.header.wrap == Wrap::Transaction && rolls_back;
        Ok(Prepared { step, script, statements, atomic })
    }

    pub(crate) fn migration(&self) -> &'s Migration {
        &self.step.migration
    }

    /// The checksum of the file, whatever values its variables have.
    pub(crate) fn checksum(&self) -> Checksum {
        self.script.checksum
    }

    /// What the event of the step says beside the step: the values that its variables had.
    pub(crate) fn detail(&self) -> Detail {
        Detail { vars: recorded(&self.step.values), ..Detail::default() }
    }

    /// Returns what the `n`th statement means, counted from 0: as the file has it, whatever values its variables have.
    pub(crate) fn checksum_of(&self, n: usize, dialect: Dialect) -> Checksum {
        let own = || self.statements.get(n).map(|statement| statement.checksum(dialect));
        let in_file = || {
            let script = self.migration().script(self.step.direction)?;
            let statements = statements::split(&script.text, dialect).ok()?;
            let same = statements.len() == self.statements.len();
            statements.get(n).filter(|_| same).map(|statement| statement.checksum(dialect))
        };
        let known = if self.step.values.is_empty() { own() } else { in_file().or_else(own) };
        known.unwrap_or_else(|| Checksum::of_text(""))
    }

    /// Returns what the journal is to say of the `n`th statement, counted from 0.
    pub(crate) fn entry<'j>(
        &self,
        n: usize,
        statement: &statements::Statement<'_>,
        state: JournalState,
        dialect: Dialect,
    ) -> Journalled<'j> {
        Journalled {
            n: n + 1,
            state,
            recovery: statement.recovery(dialect).as_str().into(),
            line: statement.line(),
            summary: statement.summary(),
            checksum: self.checksum_of(n, dialect).to_string(),
            fingerprint: Value::Null,
            message: None,
        }
    }

    /// Says that the `n`th statement is done, counted from 0.
    pub(super) fn statement_done(&self, n: usize, duration: Duration) -> Progress {
        let (name, of) = (self.migration().name(), self.statements.len());
        let line = self.statements.get(n).map_or(0, statements::Statement::line);
        Progress::StatementDone { name, statement: n + 1, of, line, duration }
    }

    /// Whether one transaction can hold it together with the steps beside it.
    pub(crate) fn may_share(&self) -> bool {
        self.atomic && !self.script.header.foreign_keys_off
    }

    pub(super) fn done(&self, duration: Duration) -> StepDone {
        let migration = self.migration();
        StepDone { direction: self.step.direction, id: migration.id.clone(), name: migration.name(), duration }
    }

    /// Says whether its text names a storage engine of MySQL that has no transactions.
    pub(crate) fn makes_tables_without_transactions(&self) -> bool {
        const WITHOUT: [&str; 6] = ["myisam", "aria", "memory", "csv", "archive", "merge"];
        let text = self.script.text.to_ascii_lowercase();
        text.contains("engine") && WITHOUT.iter().any(|engine| text.contains(engine))
    }

    pub(crate) fn is_up(&self) -> bool {
        self.step.direction == Direction::Up
    }

    /// The text from the first statement to the last: what stands behind could swallow what dunlin appends.
    pub(crate) fn body(&self) -> &'s str {
        let end = self.statements.last().map_or(0, |last| last.offset() + last.text().len());
        self.script.text.get(..end).unwrap_or_default()
    }
}
