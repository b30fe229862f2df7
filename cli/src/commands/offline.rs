//! `--sql`: a script in place of a run, for a database that is not at hand.

use std::path::PathBuf;

use clap::Args;
use dunlin::core::target::{BadRange, BadTarget, Range};
use dunlin::core::text::list;
use dunlin::{Dialect, Error, Goal, LockKind, Migrator, PlanFile, SqlScript, Stamp, Target};

use super::written::replace;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::problem::Problem;

/// The flags of a verb that can write a script.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Offline {
    /// Connect to nothing; write the SQL as a script for `sqlite3`, `psql` or `mariadb`
    ///
    /// The script stops at the first error, and before it changes anything if the database does not stand where it begins. It
    /// takes the lock of a run where SQL can, holds each migration together as a run would, and writes the same history.
    #[arg(long)]
    pub(super) sql: bool,

    /// Write the script for `sqlite`, `postgres` or `mysql` [default: as the URL says]
    #[arg(long, value_name = "ENGINE", requires = "sql")]
    engine: Option<Dialect>,

    /// Write the script to this file
    #[arg(long, value_name = "FILE", requires = "sql")]
    output: Option<PathBuf>,
}

/// A place to go to; for a script, also where it begins.
#[derive(Debug, Clone)]
pub(super) enum Way {
    To(Target),
    Range(Range),
}

/// The text is neither a target nor a range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadWay {
    #[error(transparent)]
    Target(#[from] BadTarget),
    #[error(transparent)]
    Range(#[from] BadRange),
}

impl std::str::FromStr for Way {
    type Err = BadWay;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(if text.contains(':') { Way::Range(Range::parse(text)?) } else { Way::To(Target::parse(text)?) })
    }
}

impl Way {
    /// Returns the place, where no script is asked for.
    pub(super) fn target(self) -> Result<Target, Problem> {
        match self {
            Way::To(target) => Ok(target),
            Way::Range(_) => {
                Err(Problem::Usage("a range is for `--sql`; otherwise the database itself says where it is"))
            }
        }
    }

    /// Returns where a script begins, if that is said, and where it ends, if that is.
    pub(super) fn ends(self) -> (Option<Target>, Option<Target>) {
        match self {
            Way::To(target) => (None, Some(target)),
            Way::Range(Range { from, to }) => (from, to),
        }
    }
}

/// Says that runs which hold a lease do not keep a script away, nor it them.
pub(super) fn warn_of_the_lease(context: &Context<'_>, engine: Dialect) {
    if context.settings.lock_kind == LockKind::Lease && engine != Dialect::Sqlite {
        context.output.warning(
            "runs are kept apart by a lease (`lock = \"lease\"`), and the script takes the server's own lock: see to it that no \
             run is under way while the script is",
        );
    }
}

impl Offline {
    /// Says whether a script is asked for. What a plan holds is run by dunlin alone.
    pub(super) fn is_asked(&self, plan: Option<&PlanFile>) -> Result<bool, Problem> {
        match plan {
            Some(_) if self.sql => Err(Problem::Usage(
                "a plan is run by dunlin alone; `dunlin plan --sql` writes what it would run as a script",
            )),
            _ => Ok(self.sql),
        }
    }

    /// Writes what a run would send to a database that stands at `from`.
    pub(super) fn run(&self, from: &Target, goal: &Goal, context: &Context<'_>) -> Result<Exit, Problem> {
        self.write(context, |migrator, engine| migrator.script(engine, from, goal))
    }

    /// Writes what a stamp would change in a database that stands at `from`.
    pub(super) fn stamp(&self, from: &Target, stamp: &Stamp, context: &Context<'_>) -> Result<Exit, Problem> {
        self.write(context, |migrator, engine| migrator.stamp_script(engine, from, stamp))
    }

    fn write(
        &self,
        context: &Context<'_>,
        script: impl FnOnce(&Migrator<'_>, Dialect) -> Result<SqlScript, Error>,
    ) -> Result<Exit, Problem> {
        let engine = self.engine(context)?;
        let script = script(&context.migrator()?, engine)?;
        let output = &context.output;
        if let Some(file) = &self.output {
            replace(file, &script.sql)?;
        }
        warn_of_the_lease(context, engine);
        if context.wants_json() {
            output.json(&script);
            return Ok(Exit::Done);
        }
        script.findings.iter().for_each(|finding| output.finding(finding));
        match &self.output {
            Some(file) => {
                let place = |heads: &[String]| if heads.is_empty() { "base".to_owned() } else { list(heads) };
                let (from, to) = (place(&script.from), place(&script.to));
                output.data(&format!("{} leads from {from} to {to}", file.display()));
            }
            None => output.raw(script.sql.as_bytes()),
        }
        if script.is_empty() {
            output.note("there is nothing to do, and the script says no more than that");
        }
        Ok(Exit::Done)
    }

    /// The engine that is asked for, or else that of the database, which is not connected to.
    fn engine(&self, context: &Context<'_>) -> Result<Dialect, Problem> {
        match self.engine {
            Some(engine) => Ok(engine),
            None => match context.url() {
                Ok(url) => Ok(dunlin::Connect::from(url).dialect()?),
                Err(Problem::NoUrl) => Err(Problem::Usage(
                    "the script is for no engine yet; name one with `--engine`, or a database with `--url`",
                )),
                Err(problem) => Err(problem),
            },
        }
    }
}
