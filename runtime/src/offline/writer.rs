//! Writing a script: its beginning, its steps as a run would take them, its end.

use dunlin_core::dialect::Dialect;
use dunlin_core::header::Dependency;
use dunlin_core::ledger::{Action, Detail};
use dunlin_core::migration::{Direction, Migration};
use dunlin_core::plan::{Applied, JournalState, Kind, State, Step};
use dunlin_core::statements::Statement;
use dunlin_core::text::list;

use super::client::{Client, client};
use super::start::{Origin, Start};
use super::{ScriptError, SqlScript};
use crate::engine::{Engine, Limits};
use crate::error::Error;
use crate::execute::Prepared;
use crate::history::{History, LAYOUT, Record, Unsealed, detail};
use crate::run::Undertaking;
use crate::session::Value;
use crate::who::Who;

/// A script that is being written.
pub(super) struct Writer<'w> {
    pub(super) client: &'static dyn Client,
    pub(super) engine: &'static dyn Engine,
    pub(super) history: History,
    who: &'w Who,
    origin: Origin,
    lock_wait: std::time::Duration,
    script: &'w SqlScript,
    sql: String,
    /// How many events it writes so far.
    events: usize,
    /// How many rows.
    rows: usize,
    /// Whether it has made sure that there is a journal.
    has_journal: bool,
}

impl<'w> Writer<'w> {
    pub(super) fn new(
        undertaking: &'w Undertaking<'_>,
        script: &'w SqlScript,
        origin: Origin,
    ) -> Result<Writer<'w>, Error> {
        let dialect = undertaking.engine.dialect();
        let client = client(dialect).ok_or(Error::NoEngine(dialect))?;
        let mut history = undertaking.history.clone();
        history.schema = history.schema.or_else(|| client.schema());
        Ok(Writer {
            client,
            engine: undertaking.engine,
            history,
            who: &undertaking.who,
            origin,
            lock_wait: undertaking.options.lock_wait.limit(),
            script,
            sql: String::new(),
            events: 0,
            rows: 0,
            has_journal: false,
        })
    }

    /// Writes what comes before the first change: what the script is, how the client is to go about it, and what is asserted.
    pub(super) fn open(&mut self, start: &Start, steps: &[Step]) {
        let (name, version) = (self.dialect().facts().name, env!("CARGO_PKG_VERSION"));
        self.comment(&format!("dunlin {version}, for {name}, set {}", self.script.set));
        self.comment(&self.script.summary());
        self.comment(&format!("Feed it with {}.", self.client.feeding()));
        self.comment(
            "It stops at the first error, and before anything else if the database does not stand where it begins.",
        );
        self.sql.push('\n');
        self.push(&self.client.open(&self.history, self.lock_wait));
        self.section("The lock of a run, so that nobody migrates meanwhile");
        self.push(&self.client.lock(&self.history, self.lock_wait));
        self.section(&format!("The database stands at {}, as this script knows it", place(&self.script.from)));
        self.line(self.dialect().facts().begin);
        if start.has_history() {
            let has_history = self.client.has_history(&self.history);
            self.assert(&has_history, &self.elsewhere());
        } else {
            self.push(&self.client.guard());
            self.push(&self.history.create());
        }
        self.assert_start(start, steps);
        self.line("commit");
    }

    fn elsewhere(&self) -> String {
        // What shows no more than the beginning of a message still shows the point of it.
        format!("the database does not stand where this script begins: at {}", place(&self.script.from))
    }

    fn assert_start(&mut self, start: &Start, steps: &[Step]) {
        let layout = format!("(select max(l.version) from {} l) <= {LAYOUT}", self.history.table("layout"));
        self.assert(&layout, "the history tables are of a newer dunlin than this script");
        let table = self.history.table("migrations");
        let set = self.literal(self.script.set.as_str());
        let rows = format!("(select count(*) from {table} m where m.set_name = {set}");
        let mut condition = format!("{rows}) = {}", start.rows.len());
        if !start.rows.is_empty() {
            let pairs: Vec<String> = start.rows.iter().map(|row| self.pair(row)).collect();
            let applied = self.literal(State::Applied.as_str());
            let among = self.client.among("m.id, m.up_checksum", &pairs);
            condition.push_str(&format!("\nand {rows} and m.state = {applied} and {among}) = {}", start.rows.len()));
        }
        self.assert(&condition, &self.elsewhere());
        if let Origin::Read { head, .. } = self.origin {
            let condition = self.history.is_at(head);
            self.assert(&condition, "something was done here since this script was made");
        }
        for dependency in foreign_dependencies(steps, self.script) {
            let (id, column) = (dependency.id.as_str(), self.client.without_zeros("m.id"));
            let (id, of) = (id.trim_start_matches('0'), dependency.set.as_ref().map_or("", |set| set.as_str()));
            let condition = format!(
                "exists (select 1 from {table} m where m.set_name = {} and m.state = {} and {column} = {})",
                self.literal(of),
                self.literal(State::Applied.as_str()),
                self.literal(id),
            );
            self.assert(&condition, &format!("`{of}/{}` is not applied", dependency.id));
        }
        let event =
            format!("(select coalesce(max(e.n), 0) from {} e where e.set_name = {set})", self.history.table("events"));
        let row = format!("(select coalesce(max(m.seq), 0) from {table} m where m.set_name = {set})");
        self.push(&self.client.remember(&event, &row));
    }

    fn pair(&self, row: &Applied) -> String {
        format!("({}, {})", self.literal(row.id.as_str()), self.literal(&row.up_checksum.to_string()))
    }

    /// Writes steps, each as a run would take it; from `base`, a run takes the first ones on SQLite together.
    pub(super) fn steps(&mut self, steps: &[Prepared<'_>], is_fresh: bool) -> Result<(), ScriptError> {
        let together = is_fresh && self.dialect() == Dialect::Sqlite;
        let mut rest = steps;
        while let Some(first) = rest.first() {
            let atomic = rest.iter().take_while(|step| step.may_share()).count();
            let (now, later) = rest.split_at(if together && atomic > 1 { atomic } else { 1 });
            for step in now {
                self.client.examine(step.script, &step.statements)?;
            }
            if first.atomic {
                self.in_transaction(now);
            } else {
                self.journalled(first);
            }
            for step in now {
                self.push(&self.client.tell(&told(step)));
            }
            rest = later;
        }
        Ok(())
    }

    /// Writes steps of one transaction.
    fn in_transaction(&mut self, steps: &[Prepared<'_>]) {
        let switches =
            self.dialect() == Dialect::Sqlite && steps.iter().any(|step| step.script.header.foreign_keys_off);
        for (n, step) in steps.iter().enumerate() {
            self.section(&heading(step));
            if n == 0 {
                // SQLite switches them outside a transaction only.
                self.push(if switches { "pragma foreign_keys = off;\n" } else { "" });
                self.push(&self.client.begin());
            }
            if !switches {
                self.push(&self.client.objection(&step.statements));
            }
            self.push(&self.engine.limits(&Limits::said(&step.script.header, false)));
            for statement in self.whole(step) {
                self.push(&self.client.statement(statement));
            }
            if switches {
                let nothing = "(select count(*) from pragma_foreign_key_check) = 0";
                self.assert(
                    nothing,
                    &format!("foreign_key_check finds rows without their parents after `{}`", step.migration().name()),
                );
            }
            self.push(self.client.restore());
            let row = if step.is_up() {
                self.insert(step.migration(), Kind::Applied, State::Applied)
            } else {
                self.history.delete(&step.migration().id)
            };
            self.line(&row);
            self.step_event(step);
        }
        self.line("commit");
        self.push(if switches { "pragma foreign_keys = on;\n" } else { "" });
    }

    /// The text as it is where the client finds the ends of statements as the engine does; else each statement.
    fn whole<'s>(&self, step: &Prepared<'s>) -> Vec<&'s str> {
        if self.dialect().facts().ddl_rolls_back {
            vec![step.body()]
        } else {
            step.statements.iter().map(Statement::text).collect()
        }
    }

    /// Writes a step that no transaction holds: a row says that it has begun, and the journal what is in place.
    fn journalled(&mut self, step: &Prepared<'_>) {
        let (migration, direction) = (step.migration(), step.step.direction);
        self.section(&heading(step));
        if !self.has_journal {
            self.push(&self.client.making(&self.history.create_journal()));
            // Nothing is unfinished where a script begins, so what the journal holds was mended by hand.
            self.line(&self.history.journal_clear());
            self.has_journal = true;
        }
        self.push(&self.client.begin());
        self.push(&self.engine.limits(&Limits::said(&step.script.header, false)));
        let state = if step.is_up() {
            self.insert(migration, Kind::Applied, State::Applying)
        } else {
            self.history.set_state(migration, State::Reverting)
        };
        self.line(&state);
        let mut ended: Option<String> = None;
        for (n, statement) in step.statements.iter().enumerate() {
            if n > 0 {
                self.push(&self.client.begin());
                self.push(self.client.as_ourselves());
            }
            if let Some(ended) = ended.take() {
                self.line(&ended);
            }
            let started = step.entry(n, statement, JournalState::Started, self.dialect());
            self.line(&self.history.journal_row(migration, direction, &started));
            self.line("commit");
            let done = self.history.journal_done(migration, direction, n + 1);
            // What can be rolled back commits together with its journal row.
            if self.dialect() == Dialect::Mysql && statement.rolls_back(Dialect::Mysql) {
                self.push(&self.client.begin());
                self.push(&self.client.statement(statement.text()));
                self.line(&done);
                self.line("commit");
            } else {
                self.push(&self.client.statement(statement.text()));
                ended = Some(done);
            }
        }
        if !step.statements.is_empty() {
            self.push(self.client.restore());
            self.push(&self.client.begin());
        }
        if let Some(ended) = ended {
            self.line(&ended);
        }
        self.push(&self.history.journal_forget(migration, direction, 1..=step.statements.len()));
        let row = if step.is_up() {
            self.history.set_state(migration, State::Applied)
        } else {
            self.history.delete(&migration.id)
        };
        self.line(&row);
        self.step_event(step);
        self.line("commit");
    }

    /// Returns the SQL of the next row.
    pub(super) fn insert(&mut self, migration: &Migration, kind: Kind, state: State) -> String {
        self.rows += 1;
        let (seq, at) = (self.client.row(self.rows), self.client.now());
        let record = Record { kind, state, seq: Value::Sql(&seq), at: Value::Sql(at), duration: 0 };
        self.history.insert([(migration, record)])
    }

    fn step_event(&mut self, step: &Prepared<'_>) {
        let action = match step.step.direction {
            Direction::Up => Action::Up,
            Direction::Down => Action::Down,
        };
        let (id, checksum) = (Some(&step.migration().id), Some(step.checksum()));
        let detail = Self::detail(step.detail());
        let n = self.next_event();
        let event = Unsealed { id, checksum, detail, ..self.event(action, &n) };
        let sql = self.history.append_unsealed(event);
        self.line(&sql);
    }

    /// Returns an expression for the number of the next event.
    pub(super) fn next_event(&mut self) -> String {
        self.events += 1;
        self.client.event(self.events)
    }

    /// Returns what every event says.
    pub(super) fn event<'e>(&self, action: Action, n: &'e str) -> Unsealed<'e>
    where
        'w: 'e,
    {
        let (at, db_user) = (self.client.now(), self.client.user());
        // Who asks a database is taken for the one who feeds it.
        let (os_user, host) = match self.origin {
            Origin::Said => ("", ""),
            Origin::Read { .. } => (&*self.who.os_user, &*self.who.host),
        };
        let application = &*self.who.application;
        let (id, checksum, detail) = (None, None, Value::Null);
        Unsealed { n, at, action, id, checksum, db_user, os_user, host, application, detail }
    }

    /// Returns what an event says beside the rest: what a run says, and that the next run is to complete it.
    pub(super) fn detail(detail: Detail) -> Value<'static> {
        detail::write(&Detail { script: true, ..detail }).into()
    }

    /// Ends the script.
    pub(super) fn close(mut self) -> String {
        self.section("The end");
        self.push(&self.client.close());
        self.sql
    }

    fn assert(&mut self, condition: &str, message: &str) {
        let assertion = self.client.assertion(condition, message);
        self.push(&assertion);
    }

    /// Writes a statement of dunlin's own.
    pub(super) fn line(&mut self, sql: &str) {
        self.sql.push_str(sql);
        self.sql.push_str(";\n");
    }

    pub(super) fn push(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }

    pub(super) fn section(&mut self, text: &str) {
        self.sql.push('\n');
        self.comment(text);
    }

    fn comment(&mut self, text: &str) {
        self.sql.push_str(&format!("-- {text}\n"));
    }

    fn literal(&self, text: &str) -> String {
        self.dialect().literal(text)
    }

    fn dialect(&self) -> Dialect {
        self.engine.dialect()
    }
}

/// What steps up depend on in other sets.
fn foreign_dependencies<'s>(steps: &'s [Step], script: &SqlScript) -> Vec<&'s Dependency> {
    let up = steps.iter().filter(|step| step.direction == Direction::Up);
    let all = up.flat_map(|step| &step.migration.depends_on);
    let mut found: Vec<&Dependency> = Vec::new();
    for dependency in all.filter(|dependency| dependency.set.as_ref().is_some_and(|set| *set != script.set)) {
        if !found.contains(&dependency) {
            found.push(dependency);
        }
    }
    found
}

fn place(heads: &[String]) -> String {
    if heads.is_empty() { "base".to_owned() } else { list(heads) }
}

fn heading(step: &Prepared<'_>) -> String {
    let how = if step.atomic { "in a transaction" } else { "statement by statement" };
    format!("{}: {} ({how})", step.step.direction, step.script.file)
}

fn told(step: &Prepared<'_>) -> String {
    let done = if step.is_up() { "applied " } else { "reverted" };
    format!("  {done}  {}", step.migration().name())
}
