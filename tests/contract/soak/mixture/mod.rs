//! Files with statements of every kind, none of them in a transaction, and how each of them shows in a database.
//!
//! Every engine has its table of [`Piece`]s. A step is made of some of them: its file up has the `up` of each, one statement
//! a piece, and its file down has the `down` of each, from the last to the first. So a step that is half way can be
//! looked at statement by statement, whichever way it was going.

mod mysql;
mod postgres;
mod sqlite;

use std::fmt::Write as _;

use dunlin::Dialect;

use crate::support::project::Project;

/// How many migrations there are.
pub(super) const STEPS: usize = 8;

/// One statement up, and the one that takes it back. `{n}` stands for the number of the step, and `{main}`, `{side}`,
/// `{role}` for what the stage has.
pub(super) struct Piece {
    up: &'static str,
    down: &'static str,
    trace: Trace,
}

/// How a piece that is in place shows, whatever else is there.
#[derive(Debug, Clone, Copy)]
pub(super) enum Trace {
    /// It does not; only the end tells.
    Nothing,
    /// A row of `log` with the step's number.
    Row,
    /// A counter of `tally` that has gone up by so much.
    Count(&'static str, i64),
    /// A table or a view.
    Relation(&'static str),
    /// A table that is called otherwise in the end.
    Either(&'static str, &'static str),
    /// A column of a table.
    Column(&'static str, &'static str),
    /// A table without this column.
    Dropped(&'static str, &'static str),
    /// An index that can be used.
    Index(&'static str),
    /// A condition.
    That(&'static str),
}

/// Pieces that belong together, in order.
type Group = &'static [Piece];

const fn piece(up: &'static str, down: &'static str, trace: Trace) -> Piece {
    Piece { up, down, trace }
}

/// The files of a test, and what to put for the names in them.
#[derive(Debug, Clone)]
pub(super) struct Mixture {
    dialect: Dialect,
    /// Names in braces, and what they stand for.
    names: Vec<(&'static str, String)>,
    /// Whether a server that dies in the middle of a statement may leave some of it.
    in_pieces: bool,
}

impl Mixture {
    pub(super) fn new(dialect: Dialect, names: Vec<(&'static str, String)>, in_pieces: bool) -> Mixture {
        Mixture { dialect, names, in_pieces }
    }

    /// Writes the files.
    pub(super) fn project(&self) -> Project {
        let project = Project::new();
        let header = if self.dialect.facts().ddl_rolls_back { "-- dunlin: transaction none\n" } else { "" };
        for step in 1..=STEPS {
            let pieces = self.pieces(step);
            let file = |statements: Vec<&str>| {
                let statements = statements.into_iter().map(|sql| self.filled(sql, step) + ";\n");
                format!("{header}{}", statements.collect::<String>())
            };
            let up = file(pieces.iter().map(|piece| piece.up).collect());
            let down = file(pieces.iter().rev().map(|piece| piece.down).collect());
            project.migration(&format!("{step}_step"), &up, &down);
        }
        project
    }

    /// Returns how many statements a step has, each way.
    pub(super) fn len(&self, step: usize) -> usize {
        self.pieces(step).len()
    }

    /// Returns the counters that a step may change.
    pub(super) fn counters(&self) -> Vec<&'static str> {
        let pieces = self.groups().iter().copied().flatten();
        let kinds = pieces.filter_map(|piece| match piece.trace {
            Trace::Count(kind, _) => Some(kind),
            _ => None,
        });
        kinds.chain(["seen"]).collect()
    }

    /// Returns a query whose every row is a step, the statement from 1, and 1 if it is in place, 0 if not, and something
    /// else if it is there twice.
    pub(super) fn traces(&self) -> String {
        let mut sql = String::new();
        for step in 1..=STEPS {
            for (n, piece) in (1..).zip(self.pieces(step)) {
                if let Some(shows) = self.shows(piece.trace) {
                    let union = if sql.is_empty() { "" } else { "\nunion all " };
                    write!(sql, "{union}select {step}, {n}, {}", self.filled(&shows, step))
                        .expect("a string takes text");
                }
            }
        }
        sql
    }

    fn groups(&self) -> &'static [Group] {
        match self.dialect {
            Dialect::Sqlite => sqlite::GROUPS,
            Dialect::Postgres => postgres::GROUPS,
            Dialect::Mysql => mysql::GROUPS,
        }
    }

    /// The first group stands in every step, each of the others in every other one.
    fn pieces(&self, step: usize) -> Vec<&'static Piece> {
        let groups = self.groups().iter().enumerate();
        let chosen =
            groups.filter(|(place, _)| *place == 0 || (step + place).is_multiple_of(2)).map(|(_, group)| *group);
        let rest: &[Group] = if self.in_pieces && self.dialect == Dialect::Mysql { &[mysql::IN_PIECES] } else { &[] };
        chosen.chain(rest.iter().copied()).flatten().collect()
    }

    fn filled(&self, sql: &str, step: usize) -> String {
        let known = self.names.iter().fold(sql.to_owned(), |sql, (name, value)| sql.replace(name, value));
        known.replace("{n}", &step.to_string())
    }

    fn shows(&self, trace: Trace) -> Option<String> {
        let relation = |name: &str| match self.dialect {
            Dialect::Sqlite => format!("(select count(*) from sqlite_schema where name = '{name}')"),
            Dialect::Postgres => format!("(select count(*) from pg_class where oid = to_regclass('public.{name}'))"),
            Dialect::Mysql => format!(
                "(select count(*) from information_schema.tables where table_schema = '{{main}}' and table_name = '{name}')"
            ),
        };
        let column = |table: &str, column: &str| match self.dialect {
            Dialect::Sqlite => format!("(select count(*) from pragma_table_info('{table}') where name = '{column}')"),
            Dialect::Postgres => format!(
                "(select count(*) from pg_attribute \
                 where attrelid = to_regclass('public.{table}') and attname = '{column}' and not attisdropped)"
            ),
            Dialect::Mysql => format!(
                "(select count(*) from information_schema.columns \
                 where table_schema = '{{main}}' and table_name = '{table}' and column_name = '{column}')"
            ),
        };
        Some(match trace {
            Trace::Nothing => return None,
            Trace::Row => "(select count(*) from log where n = {n})".to_owned(),
            Trace::Count(kind, by) => format!(
                "(select case n when 0 then 0 when {by} then 1 else 2 end from tally where step = {{n}} and kind = '{kind}')"
            ),
            Trace::Relation(name) => relation(name),
            Trace::Either(one, other) => format!("{} + {}", relation(one), relation(other)),
            Trace::Column(table, name) => column(table, name),
            Trace::Dropped(table, name) => format!("{} - {}", relation(table), column(table, name)),
            Trace::Index(name) => match self.dialect {
                Dialect::Sqlite => relation(name),
                Dialect::Postgres => format!(
                    "(select count(*) from pg_index where indexrelid = to_regclass('public.{name}') and indisvalid)"
                ),
                Dialect::Mysql => format!(
                    "(select count(distinct index_name) from information_schema.statistics \
                     where table_schema = '{{main}}' and index_name = '{name}')"
                ),
            },
            Trace::That(condition) => format!("(select case when {condition} then 1 else 0 end)"),
        })
    }
}
