//! The test of one migration: up, down and up again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use dunlin_core::migration::{Migration, Script};
use dunlin_core::test_file::TestPart;
use dunlin_schema::{Delta, Fact, Schema, diff};

use super::Progress;
use super::course::Course;
use super::queries;
use super::report::{MigrationTest, TestFault, TestOutcome, TestStage};
use super::rows::{self, Counts};
use super::subject::Subject;
use crate::schema::SchemaError;

/// Tests the migrations at these places one after the other, on one scratch database.
pub(super) async fn run_all(
    subject: &Subject<'_>,
    places: Vec<usize>,
    progress: &Progress<'_>,
) -> Result<Vec<MigrationTest>, SchemaError> {
    if progress.is_over() {
        return Ok(Vec::new());
    }
    let mut course = Course::begin(subject).await?;
    let tests = along(&mut course, &places, progress).await;
    course.close(tests).await
}

async fn along(
    course: &mut Course<'_>,
    places: &[usize],
    progress: &Progress<'_>,
) -> Result<Vec<MigrationTest>, SchemaError> {
    let mut tests = Vec::new();
    // Behind a migration that does not go up there is nowhere to go.
    let mut blocked: Option<(String, String)> = None;
    for &place in places {
        let Some(migration) = course.subject.migration(place) else { continue };
        if blocked.is_none()
            && let Err(failure) = course.go_to(place).await?
        {
            blocked = Some((failure.name.clone(), failure.on_scratch().to_string()));
        }
        let mut test = MigrationTest {
            id: migration.id.clone(),
            name: migration.name(),
            file: migration.up.file.clone(),
            outcome: TestOutcome::Passed,
            is_seeded: course.subject.is_seeded(place),
            checks: course.subject.script(place, TestPart::Check).map_or(0, |script| script.statements.len()),
            duration: Duration::ZERO,
        };
        if let Some((behind, message)) = &blocked {
            test.outcome = TestOutcome::Unreached { behind: behind.clone(), message: message.clone() };
        } else {
            let began = Instant::now();
            let faults = Trip { course, migration, place, faults: Vec::new() }.run().await?;
            test.duration = began.elapsed();
            if let Some(TestFault::Fails { stage: TestStage::Up, message }) = faults.last() {
                blocked = Some((test.name.clone(), message.clone()));
            } else if !faults.is_empty() {
                // Nobody knows what it left behind.
                course.begin_anew().await?;
            }
            test.outcome = outcome(faults, migration);
        }
        progress.done(&test.name);
        tests.push(test);
    }
    Ok(tests)
}

fn outcome(faults: Vec<TestFault>, migration: &Migration) -> TestOutcome {
    if !faults.is_empty() {
        return TestOutcome::Failed(faults);
    }
    match &migration.down {
        Some(_) => TestOutcome::Passed,
        None => TestOutcome::Irreversible { reason: migration.up.header.irreversible.clone() },
    }
}

/// Adds what the way up took away already: nobody may have meant that.
fn with_losses(mut fault: TestFault, up: &Schema) -> TestFault {
    if let TestFault::Differs { expected, found, lost_on_the_way_up, .. } = &mut fault {
        let removed = diff(expected, found).into_iter().filter_map(|delta| match delta {
            Delta::Removed(fact) => Some(fact),
            Delta::Added(_) | Delta::Changed { .. } => None,
        });
        *lost_on_the_way_up = removed.filter(|fact| up.get(&fact.id).is_none()).map(Fact::title).collect();
    }
    fault
}

/// A migration on its way.
struct Trip<'t, 's> {
    course: &'t mut Course<'s>,
    migration: &'t Migration,
    place: usize,
    faults: Vec<TestFault>,
}

/// How the database is at one point of the way.
struct Point {
    schema: Arc<Schema>,
    rows: Counts,
}

impl Trip<'_, '_> {
    /// Returns what is not as it should be. It ends where there is no way on.
    async fn run(mut self) -> Result<Vec<TestFault>, SchemaError> {
        if self.way().await?.is_none() {
            tracing::debug!(migration = %self.migration.name(), "the test ends half way");
        }
        Ok(self.faults)
    }

    async fn way(&mut self) -> Result<Option<()>, SchemaError> {
        let (subject, migration, place) = (self.course.subject, self.migration, self.place);
        if let Some(seed) = subject.script(place, TestPart::Seed)
            && let Some(fault) = queries::seed(self.course.changed(), seed).await?
        {
            self.faults.push(fault);
            return Ok(None);
        }
        let before = self.point().await?;

        let Some(first) = self.up(TestStage::Up).await? else { return Ok(None) };
        self.rows_stay(TestStage::Up, &[&migration.up], &before.rows, &first);
        if let Some(check) = subject.script(place, TestPart::Check) {
            let failed = queries::check(self.course.scratch(), check).await?;
            self.faults.extend(failed);
        }
        let Some(down) = &migration.down else { return Ok(Some(())) };

        if let Err(failure) = self.course.down(place).await? {
            self.faults.push(TestFault::Fails { stage: TestStage::Down, message: failure.on_scratch().to_string() });
            return Ok(None);
        }
        let back = self.point().await?;
        let differs = subject.compared(TestStage::Down, &before.schema, &back.schema).await?;
        self.faults.extend(differs.map(|fault| with_losses(fault, &first.schema)));
        self.rows_stay(TestStage::Down, &[&migration.up, down], &before.rows.at_both(&first.rows), &back);

        let Some(again) = self.up(TestStage::UpAgain).await? else { return Ok(None) };
        self.faults.extend(subject.compared(TestStage::UpAgain, &first.schema, &again.schema).await?);
        self.rows_stay(TestStage::UpAgain, &[&migration.up], &back.rows, &again);
        Ok(Some(()))
    }

    async fn up(&mut self, stage: TestStage) -> Result<Option<Point>, SchemaError> {
        if let Err(failure) = self.course.up(self.place).await? {
            self.faults.push(TestFault::Fails { stage, message: failure.on_scratch().to_string() });
            return Ok(None);
        }
        self.point().await.map(Some)
    }

    async fn point(&mut self) -> Result<Point, SchemaError> {
        let schema = self.course.schema().await?;
        let has_rows = self.course.subject.may_have_rows(self.place);
        let rows = if has_rows { Counts::of(&schema, self.course.scratch()).await? } else { Counts::default() };
        Ok(Point { schema, rows })
    }

    fn rows_stay(&mut self, stage: TestStage, files: &[&Script], before: &Counts, after: &Point) {
        self.faults.extend(rows::lost(stage, files, before, &after.rows, &after.schema));
    }
}
