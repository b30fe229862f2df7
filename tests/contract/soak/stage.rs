//! A database on which the files of a [`Mixture`] run, and all that is to be seen of it from outside.

use std::collections::BTreeMap;

use dunlin::{Dialect, FindingKind, MigrationState, MigrationStatus, Status};
use dunlin_core::migration::Direction;
use dunlin_core::plan::JournalState;

use super::mixture::{Mixture, STEPS};
use crate::contract::migrations;
use crate::support::command::Command;
use crate::support::database::Database;
use crate::support::project::Project;
use crate::support::servers::Address;

/// How many rows the table has on which PostgreSQL builds its indexes: it takes some milliseconds.
const BIG: usize = 20_000;

/// A database, prepared for the files, with the files.
pub(super) struct Stage {
    pub(super) project: Project,
    pub(super) database: Database,
    mixture: Mixture,
    /// Where files go with `use`.
    side: Option<Database>,
    /// What they become with `set role`.
    role: Option<String>,
}

/// All that a run leaves, but for times: schema, rows, history and events, as lines.
#[derive(PartialEq, Eq)]
pub(super) struct Whole(String);

impl Whole {
    /// Stops the test unless this is what another run left, and shows only where they differ: an end is long.
    pub(super) fn expect(&self, other: &Whole, after: &str) {
        let without = |text: &Whole, other: &Whole| -> Vec<String> {
            let mut rest: Vec<&str> = other.0.lines().collect();
            let is_new = |line: &&str| match rest.iter().position(|of| of == line) {
                Some(place) => {
                    rest.remove(place);
                    false
                }
                None => true,
            };
            text.0.lines().filter(is_new).map(str::to_owned).collect()
        };
        let (more, less) = (without(self, other), without(other, self));
        assert!(self == other, "{after}: runs that were killed left {more:#?} in place of {less:#?}");
    }
}

impl Stage {
    /// Prepares a database, or says why the test is skipped.
    pub(super) fn new(dialect: Dialect) -> Option<Stage> {
        let side = if dialect == Dialect::Mysql { Some(Database::new(dialect)?) } else { None };
        Some(Stage::of(Database::new(dialect)?, side, true))
    }

    /// Prepares a database on a server that is killed.
    pub(super) fn on(dialect: Dialect, address: &Address) -> Stage {
        let side = (dialect == Dialect::Mysql).then(|| Database::on(dialect, address));
        Stage::of(Database::on(dialect, address), side, false)
    }

    fn of(database: Database, side: Option<Database>, in_pieces: bool) -> Stage {
        let dialect = database.dialect;
        let name = |database: &Database| database.url.rsplit('/').next().unwrap_or_default().to_owned();
        let mut names = vec![("{main}", name(&database))];
        names.extend(side.as_ref().map(|side| ("{side}", name(side))));
        let role = (dialect == Dialect::Postgres).then(|| name(&database).replace("dunlin_", "role_"));
        names.extend(role.clone().map(|role| ("{role}", role)));
        let mixture = Mixture::new(dialect, names, in_pieces);
        let stage = Stage { project: mixture.project(), database, mixture, side, role };
        stage.prepare();
        stage
    }

    fn prepare(&self) {
        let Stage { database, mixture, .. } = self;
        let counters = mixture.counters();
        let zeros: Vec<_> =
            (0..=STEPS).flat_map(|step| counters.iter().map(move |kind| format!("({step}, '{kind}', 0)"))).collect();
        let of_all = format!(
            "create table log (n integer);
             create table tally (step integer, kind varchar(20), n integer, primary key (step, kind));
             insert into tally values {};",
            zeros.join(", ")
        );
        database.sql(&of_all);
        match (database.dialect, &self.role) {
            (Dialect::Mysql, _) => drop(database.sql("create table parent (id integer primary key)")),
            (Dialect::Postgres, Some(role)) => {
                database.sql(&format!(
                    "create schema side;
                     create table big (id integer primary key, a integer, b text);
                     insert into big select n, n % 97, 'bird ' || n from generate_series(1, {BIG}) n;
                     create table parts (n integer) partition by list (n);"
                ));
                let owner = database.sql("select current_user");
                database.superuser_sql(&format!(
                    "create role {role}; grant {role} to {owner}; grant all on schema side to {role};"
                ));
            }
            _ => {}
        }
    }

    /// Adds tables that no file is about.
    pub(super) fn crowd(&self, tables: usize) {
        let table = |n: usize| {
            format!(
                "create table crowd_{n} (id integer primary key, parent integer, name varchar(40) default 'x', \
                 at datetime, key (name), foreign key (parent) references parent (id));"
            )
        };
        self.database.sql(&(1..=tables).map(table).collect::<String>());
    }

    /// Names the command of one who runs it by hand.
    pub(super) fn dunlin(&self, verb: &[&str]) -> Command {
        Command::dunlin(&self.project).arguments(verb.iter().copied()).arguments(["--url", &self.database.url])
    }

    /// A server may still be at the last statement of a client that is gone.
    pub(super) fn wait_for_the_server(&self) {
        let others = match self.database.dialect {
            Dialect::Sqlite => return,
            Dialect::Postgres => {
                "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
                    .to_owned()
            }
            Dialect::Mysql => format!(
                "select count(*) from information_schema.processlist \
                 where db in (database(), '{}') and id <> connection_id()",
                self.side_name()
            ),
        };
        while self.database.sql(&others) != "0" {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    fn side_name(&self) -> String {
        self.side.as_ref().map(|side| side.sql("select database()")).unwrap_or_default()
    }

    /// Looks at all that is there.
    pub(super) fn whole(&self) -> Whole {
        let side = self.side.as_ref().map_or_else(String::new, Database::schema);
        let names = |text: String| match &self.role {
            Some(role) => text.replace(role, "role"),
            None => text,
        };
        let events = self.database.sql("select action, id from dunlin_events where action <> 'resume' order by n");
        Whole(names([self.database.schema(), side, self.rows(), self.history(), events].join("\n")))
    }

    /// Counts the statements that a run found to be in place although their end was not recorded.
    pub(super) fn inferred(&self) -> usize {
        let like = r#"detail like '%"inferred":_%' and detail not like '%"inferred":null%'"#;
        let count = format!("select count(*) from dunlin_events where action = 'resume' and {like}");
        self.database.try_sql(&count).map_or(0, |count| count.parse().expect("a number"))
    }

    fn history(&self) -> String {
        let rows = self.database.sql("select id, slug, parents, seq, kind, state from dunlin_migrations order by seq");
        let ids = rows.lines().map(|row| row.split('|').next().unwrap_or_default());
        let stored = |id: &str| {
            let file = |half: &str| {
                self.database.dialect.literal(&self.project.read(&format!("versions/{id}_step.{half}.sql")))
            };
            format!(
                "select count(*) from dunlin_migrations where id = '{id}' and up_sql = {} and down_sql = {};",
                file("up"),
                file("down")
            )
        };
        let stored: Vec<_> = ids.map(|id| self.database.sql(&stored(id))).collect();
        format!("{rows}\n{}", stored.concat())
    }

    /// Returns the rows of all tables but the big one, in an order that depends on them alone.
    fn rows(&self) -> String {
        let dialect = self.database.dialect;
        let tables = self.database.sql(&match dialect {
            Dialect::Sqlite => {
                "select 'main', name, '' from sqlite_schema where type = 'table' and name not like 'sqlite%'".to_owned()
            }
            Dialect::Postgres => "select schemaname, tablename, tableowner from pg_tables \
                 where schemaname in ('public', 'side') and tablename <> 'big'"
                .to_owned(),
            Dialect::Mysql => format!(
                "select table_schema, table_name, '' from information_schema.tables where table_schema in (database(), '{}') \
                 and table_type = 'BASE TABLE' and table_name not like 'crowd%'",
                self.side_name()
            ),
        });
        let select = |line: &str| {
            let [schema, name, owner] = line.split('|').collect::<Vec<_>>().try_into().expect("three columns");
            let table = format!("{}.{}", dialect.quote(schema), dialect.quote(name));
            format!("select '{name}', '{owner}', t.* from {table} t;\n")
        };
        let selects = tables.lines().filter(|line| !line.contains("|dunlin_")).map(select);
        let rows = self.database.sql(&selects.collect::<String>());
        let mut rows: Vec<&str> = rows.lines().collect();
        rows.sort_unstable();
        rows.join("\n")
    }

    /// Returns what the history says of the steps.
    fn told(&self) -> Status {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(migrations(&self.project).status(&self.database.url)).expect("a status")
    }

    /// Stops the test unless a database holds what its history says, statement by statement, and nothing else.
    ///
    /// Of one statement at most it is not known whether it is in place.
    pub(super) fn hold_together(&self) -> Vec<MigrationStatus> {
        let (traces, told) = (self.traces(), self.told());
        let goes_down = told.findings.iter().any(|finding| {
            matches!(finding.kind, FindingKind::Unfinished { direction: Direction::Down, obstacle: None, .. })
        });
        let told = told.migrations;
        for status in &told {
            let step: usize = status.id.as_str().parse().expect("ids are numbers");
            for (&(_, piece), &there) in traces.range((step, 0)..(step + 1, 0)) {
                assert!(there == 0 || there == 1, "statement {piece} of {step} is there {there} times");
                let (n, way) = if goes_down { (self.mixture.len(step) + 1 - piece, 0) } else { (piece, 1) };
                let journal = status.journal.iter().find(|entry| entry.n == n).map(|entry| entry.state);
                let expected = match (status.state, journal) {
                    (MigrationState::Applied, None) => 1,
                    (MigrationState::Pending, None) => 0,
                    (MigrationState::Unfinished, Some(JournalState::Done)) => way,
                    (MigrationState::Unfinished, None) => 1 - way,
                    // Begun, perhaps in place.
                    (MigrationState::Unfinished, Some(JournalState::Started)) => there,
                    other => panic!("{other:?} of {status:?}"),
                };
                assert_eq!(there, expected, "piece {piece}, statement {n} of {status:?}\n{traces:?}");
            }
            let begun = status.journal.iter().filter(|entry| entry.state == JournalState::Started);
            assert!(begun.count() <= 1, "{status:?}");
        }
        // In order, without a gap, and one at most half way.
        let rank = |status: &MigrationStatus| match status.state {
            MigrationState::Applied => 0,
            MigrationState::Unfinished => 1,
            _ => 2,
        };
        assert!(told.is_sorted_by_key(rank), "{told:?}");
        assert!(told.iter().filter(|status| rank(status) == 1).count() <= 1, "{told:?}");
        told
    }

    fn traces(&self) -> BTreeMap<(usize, usize), usize> {
        let rows = self.database.sql(&self.mixture.traces());
        let row = |row: &str| {
            let numbers: Vec<usize> = row.split('|').map(|n| n.parse().expect("a number")).collect();
            ((numbers[0], numbers[1]), numbers[2])
        };
        rows.lines().map(row).collect()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Some(role) = &self.role {
            // What is left goes with the server.
            let superuser = self.database.superuser_url();
            let _ = self.database.try_sql_as(&superuser, &format!("drop owned by {role} cascade; drop role {role}"));
        }
    }
}
