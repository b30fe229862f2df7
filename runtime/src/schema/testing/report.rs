use std::fmt;
use std::time::Duration;

use dunlin_core::location::Location;
use dunlin_core::migration::MigrationId;
use dunlin_core::text::{count, join};
use dunlin_schema::{Delta, Schema, diff, tree};
use serde::Serialize;

/// How many rows of a check that fails are shown.
const ROWS: usize = 5;

/// What came of tests.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct TestReport {
    /// The migrations, in graph order.
    pub tests: Vec<MigrationTest>,
    /// The states from which the heads were gone to, in graph order; none if that was not asked for, or a migration fails.
    pub states: Vec<StateTest>,
}

impl TestReport {
    /// Says whether no test failed, and all were reached.
    pub fn has_passed(&self) -> bool {
        let outcomes = self.tests.iter().map(|test| &test.outcome).chain(self.states.iter().map(|test| &test.outcome));
        outcomes.into_iter().all(TestOutcome::has_passed)
    }
}

/// The test of one migration.
#[derive(Debug)]
#[non_exhaustive]
pub struct MigrationTest {
    /// The migration's id.
    pub id: MigrationId,
    /// `<id>_<slug>`.
    pub name: String,
    /// The up file.
    pub file: String,
    /// How it ended.
    pub outcome: TestOutcome,
    /// Whether rows were put in before.
    pub is_seeded: bool,
    /// How many queries were made behind it.
    pub checks: usize,
    /// How long it took, without what had to be applied before.
    pub duration: Duration,
}

/// The way to the heads from one state, and back.
#[derive(Debug)]
#[non_exhaustive]
pub struct StateTest {
    /// The migration that the state is named after, `<id>_<slug>`; `base` is an empty database.
    pub from: String,
    /// How it ended.
    pub outcome: TestOutcome,
    /// How long it took.
    pub duration: Duration,
}

/// How a test ended.
#[derive(Debug)]
#[non_exhaustive]
pub enum TestOutcome {
    /// Up, down and up again, and all is as it should be.
    Passed,
    /// Up, and all is as it should be; there is no way back.
    Irreversible {
        /// Why, as the file says.
        reason: Option<String>,
    },
    /// What is not as it should be.
    Failed(Vec<TestFault>),
    /// A migration before it does not go up.
    Unreached {
        /// That migration.
        behind: String,
        /// What was said.
        message: String,
    },
}

impl TestOutcome {
    /// Says whether nothing is wrong.
    pub fn has_passed(&self) -> bool {
        matches!(self, TestOutcome::Passed | TestOutcome::Irreversible { .. })
    }
}

/// Where in a test something is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TestStage {
    /// Before the migration, where rows are put in.
    Seed,
    /// On the way up.
    Up,
    /// In a query when it is up.
    Check,
    /// On the way down.
    Down,
    /// On the second way up.
    UpAgain,
    /// On the way from a state to the heads.
    ToHeads,
    /// On the way from the heads to a state.
    FromHeads,
}

impl TestStage {
    fn way(self) -> &'static str {
        match self {
            TestStage::Seed => "the seed",
            TestStage::Up => "the way up",
            TestStage::Check => "the check",
            TestStage::Down => "the way down",
            TestStage::UpAgain => "the second way up",
            TestStage::ToHeads => "the way to the heads",
            TestStage::FromHeads => "the way back from the heads",
        }
    }

    fn goal(self) -> &'static str {
        match self {
            TestStage::Down => "does not lead back to the schema before",
            TestStage::ToHeads => "makes another schema than from an empty database",
            TestStage::FromHeads => "does not lead back to the schema that was there",
            _ => "makes another schema than the first",
        }
    }
}

/// Something that is not as it should be. Its text is the whole story.
#[derive(Debug)]
#[non_exhaustive]
pub enum TestFault {
    /// A statement failed.
    Fails {
        /// Where.
        stage: TestStage,
        /// What was said, with the file and the place in it.
        message: String,
    },
    /// The schema is another one.
    Differs {
        /// Where.
        stage: TestStage,
        /// What should be there.
        expected: Box<Schema>,
        /// What is there.
        found: Box<Schema>,
        /// What is missing because the way up took it away, and the way down does not bring it back.
        lost_on_the_way_up: Vec<String>,
    },
    /// Rows are gone.
    RowsLost {
        /// Where.
        stage: TestStage,
        /// Their table.
        table: String,
        /// How many there were.
        before: u64,
        /// How many there are.
        after: u64,
    },
    /// A query did not say yes.
    CheckFails {
        /// The file.
        file: String,
        /// Where the query stands in it.
        location: Location,
        /// The query.
        query: String,
        /// What it returned.
        rows: Vec<Vec<Option<String>>>,
    },
}

impl TestFault {
    /// Returns where it was found.
    pub fn stage(&self) -> TestStage {
        match self {
            TestFault::Fails { stage, .. } | TestFault::Differs { stage, .. } | TestFault::RowsLost { stage, .. } => {
                *stage
            }
            TestFault::CheckFails { .. } => TestStage::Check,
        }
    }

    /// Returns what differs, if a schema does: added is what is there and should not be.
    pub fn deltas(&self) -> Vec<Delta<'_>> {
        match self {
            TestFault::Differs { expected, found, .. } => diff(expected, found),
            _ => Vec::new(),
        }
    }

    /// Returns the lines below the first: what differs, or what a query returned.
    pub fn details(&self) -> Vec<String> {
        match self {
            TestFault::Differs { expected, found, lost_on_the_way_up, .. } => {
                let mut lines = tree(&diff(expected, found), expected, found);
                if !lost_on_the_way_up.is_empty() {
                    lines.push(format!("the way up took away {}", join(lost_on_the_way_up)));
                }
                lines
            }
            TestFault::CheckFails { query, rows, .. } => {
                let mut lines: Vec<String> = query.lines().map(str::to_owned).collect();
                let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "null".to_owned());
                let row = |row: &Vec<Option<String>>| row.iter().map(value).collect::<Vec<_>>().join(" | ");
                lines.extend(rows.iter().take(ROWS).map(|values| format!("= {}", row(values))));
                if rows.len() > ROWS {
                    lines.push(format!("  and {} more", count(rows.len() - ROWS, "row")));
                }
                lines
            }
            TestFault::Fails { .. } | TestFault::RowsLost { .. } => Vec::new(),
        }
    }

    /// Returns the first line, or the lines of a message.
    pub fn says(&self) -> String {
        match self {
            TestFault::Fails { stage, message } => format!("{} fails: {message}", stage.way()),
            TestFault::Differs { stage, .. } => {
                format!("{} {}; `+` is there and should not be, `-` should be there:", stage.way(), stage.goal())
            }
            TestFault::RowsLost { stage, table, before, after } => format!(
                "{} loses rows of `{table}`: there were {before}, there {} {after}",
                stage.way(),
                if *after == 1 { "is" } else { "are" }
            ),
            TestFault::CheckFails { file, location, rows, .. } if rows.is_empty() => {
                format!("{file}:{location}: the check returns no row")
            }
            TestFault::CheckFails { file, location, .. } => format!("{file}:{location}: the check does not hold"),
        }
    }
}

impl fmt::Display for TestFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.says())?;
        self.details().iter().try_for_each(|line| write!(f, "\n    {line}"))
    }
}
