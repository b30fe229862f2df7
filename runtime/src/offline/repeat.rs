//! Repeatable files in a script. Where no database was asked which of them are due, all of them run: that is what they are for.

use dunlin_core::ledger::{Action, Detail, Every, Forgotten};
use dunlin_core::migration::Direction;
use dunlin_core::repeatable::Repeat;

use super::writer::Writer;
use crate::engine::Limits;
use crate::error::Error;
use crate::execute::recorded;
use crate::history::Unsealed;
use crate::session::Value;

impl Writer<'_> {
    /// Makes repeatable files count as never run; no names are all of them.
    pub(super) fn forget_repeatables(&mut self, names: &[String]) {
        self.section("Repeatable files that the steps could take along count as never run");
        self.make_repeatable();
        let begin = self.client.begin();
        self.push(&begin);
        if names.is_empty() {
            let sql = self.history.forget_repeatables();
            self.line(&sql);
        }
        for name in names {
            let sql = self.history.forget_repeatable(name);
            self.line(&sql);
        }
        let forgotten = if names.is_empty() { Forgotten::Every(Every::All) } else { Forgotten::Names(names.to_vec()) };
        let detail = Self::detail(Detail { forgotten: Some(forgotten), ..Detail::default() });
        let n = self.next_event();
        let event = Unsealed { detail, ..self.event(Action::Repeat, &n) };
        let sql = self.history.append_unsealed(event);
        self.line(&sql);
        self.line("commit");
    }

    /// Runs repeatable files, one after the other.
    pub(super) fn repeat(&mut self, repeats: &[Repeat]) -> Result<(), Error> {
        for (n, repeat) in repeats.iter().enumerate() {
            let dialect = self.engine.dialect();
            let statements = dunlin_core::directory::statements(&repeat.script, Direction::Up, dialect)?;
            self.client.examine(&repeat.script, &statements)?;
            self.section(&format!("repeat: {}", repeat.script.file));
            if n == 0 {
                self.make_repeatable();
            }
            let begin = self.client.begin();
            self.push(&begin);
            self.push(&self.client.objection(&statements));
            self.push(&self.engine.limits(&Limits::said(&repeat.script.header, false)));
            for statement in &statements {
                self.push(&self.client.statement(statement.text()));
            }
            self.push(self.client.restore());
            if !dialect.facts().ddl_rolls_back {
                // DDL has ended the transaction.
                self.push(&begin);
            }
            let (sql, _) = self.history.repeated(repeat, &Value::Sql(self.client.now()), 0);
            self.line(&sql);
            let (name, vars) = (Some(repeat.repeatable.name.to_string()), recorded(&repeat.values));
            let detail = Self::detail(Detail { name, vars, ..Detail::default() });
            let n = self.next_event();
            let checksum = Some(repeat.script.checksum);
            let event = Unsealed { checksum, detail, ..self.event(Action::Repeat, &n) };
            let sql = self.history.append_unsealed(event);
            self.line(&sql);
            self.line("commit");
            self.push(&self.client.tell(&format!("  repeated  {}", repeat.name())));
        }
        Ok(())
    }

    fn make_repeatable(&mut self) {
        let sql = self.client.making(&self.history.create_repeatable());
        self.push(&sql);
    }
}
