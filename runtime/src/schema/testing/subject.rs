//! What is tested: migrations in their order, with the seeds and checks of each.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use dunlin_core::dialect::Dialect;
use dunlin_core::fault::{Fault, Faults};
use dunlin_core::graph::Revisions;
use dunlin_core::migration::{Direction, MigrationId, Migrations as Chosen, SharedMigration};
use dunlin_core::statements::{Statement, split};
use dunlin_core::test_file::{self, TestPart};
use dunlin_schema::{Schema, diff};

use super::Tests;
use super::file::TestFile;
use super::report::{TestFault, TestStage};
use crate::error::Error;
use crate::migrations::Migrations;
use crate::migrator::Migrator;
use crate::options::Options;
use crate::schema::scratch::Scratch;
use crate::schema::{SchemaError, Schemas};

/// What in a file may put rows into tables.
const MAKES_ROWS: [&str; 6] = ["insert", "replace", "load", "select", "call", "do"];

/// Migrations of one engine, to be tested.
pub(super) struct Subject<'s> {
    pub(super) schemas: &'s Schemas<'s>,
    pub(super) migrator: Migrator<'s>,
    migrations: Vec<&'s SharedMigration>,
    revisions: &'s Revisions,
    scripts: BTreeMap<(usize, TestPart), Script<'s>>,
    /// From which migration on there may be rows.
    rows_from: usize,
}

/// A seed or a check, as statements.
pub(super) struct Script<'s> {
    pub(super) file: &'s TestFile,
    pub(super) dialect: Dialect,
    pub(super) statements: Vec<Statement<'s>>,
}

impl<'s> Subject<'s> {
    /// Looks at all files before anything runs.
    pub(super) async fn new(
        schemas: &'s Schemas<'s>,
        bare: &'s Migrations,
        chosen: &'s Chosen,
        options: Options,
        tests: &'s Tests,
    ) -> Result<Subject<'s>, SchemaError> {
        let migrations: Vec<&SharedMigration> = chosen.iter().collect();
        let revisions = chosen.revisions();
        let scripts = scripts(&tests.files, revisions, schemas.dialect)?;
        let makes_rows = |migration: &&SharedMigration| {
            let text = migration.up.text.to_lowercase();
            MAKES_ROWS.iter().any(|word| text.contains(word))
        };
        let rows_from = migrations.iter().position(makes_rows).unwrap_or(migrations.len());
        let migrator = Migrator { migrations: bare, options };
        let subject = Subject { schemas, migrator, migrations, revisions, scripts, rows_from };
        subject.stays_inside().await?;
        Ok(subject)
    }

    /// Makes sure that nothing reaches out of a scratch database on a server that others use.
    async fn stays_inside(&self) -> Result<(), SchemaError> {
        if !self.schemas.ground.is_shared() {
            return Ok(());
        }
        Scratch::within(&self.schemas.ground, async |scratch| self.stays_inside_of(scratch).await).await
    }

    async fn stays_inside_of(&self, scratch: &mut Scratch) -> Result<(), SchemaError> {
        let halves = self.migrations.iter().flat_map(|migration| {
            [Direction::Up, Direction::Down].into_iter().filter_map(|direction| migration.script(direction))
        });
        let migrations = halves.map(|script| (&script.file, split(&script.text, self.dialect()).unwrap_or_default()));
        let tests = self.scripts.values().map(|script| (&script.file.shown, script.statements.clone()));
        for (file, statements) in migrations.chain(tests) {
            scratch.holds(file, &statements).await?;
        }
        Ok(())
    }

    pub(super) fn dialect(&self) -> Dialect {
        self.schemas.dialect
    }

    pub(super) fn revisions(&self) -> &'s Revisions {
        self.revisions
    }

    pub(super) fn len(&self) -> usize {
        self.migrations.len()
    }

    pub(super) fn migration(&self, place: usize) -> Option<&'s SharedMigration> {
        self.migrations.get(place).copied()
    }

    pub(super) fn place(&self, id: &MigrationId) -> Option<usize> {
        self.revisions.place(id)
    }

    /// Returns the places of these migrations, or of all.
    pub(super) fn selected(&self, only: Option<&BTreeSet<MigrationId>>) -> Vec<usize> {
        let is_selected =
            |place: &usize| only.is_none_or(|only| self.migration(*place).is_some_and(|one| only.contains(&one.id)));
        (0..self.len()).filter(is_selected).collect()
    }

    pub(super) fn script(&self, place: usize, part: TestPart) -> Option<&Script<'s>> {
        self.scripts.get(&(place, part))
    }

    pub(super) fn is_seeded(&self, place: usize) -> bool {
        self.script(place, TestPart::Seed).is_some()
    }

    /// Says whether there may be rows while a migration is tested.
    pub(super) fn may_have_rows(&self, place: usize) -> bool {
        self.is_seeded(place) || place >= self.rows_from
    }

    /// Ends the tests if they were told to stop.
    pub(super) fn goes_on(&self) -> Result<(), SchemaError> {
        if self.migrator.options.stop.is_stopped() {
            return Err(SchemaError::Interrupted { left: None });
        }
        Ok(())
    }

    /// Compares two schemas.
    pub(super) async fn compared(
        &self,
        stage: TestStage,
        expected: &Arc<Schema>,
        found: &Arc<Schema>,
    ) -> Result<Option<TestFault>, SchemaError> {
        if Arc::ptr_eq(expected, found) || diff(expected, found).is_empty() {
            return Ok(None);
        }
        let (expected, found) = self.schemas.settled(expected, found).await?;
        let differs = !diff(&expected, &found).is_empty();
        let (expected, found) = (Box::new(expected), Box::new(found));
        Ok(differs.then_some(TestFault::Differs { stage, expected, found, lost_on_the_way_up: Vec::new() }))
    }
}

/// Takes the files of one engine apart, its own before those of all.
fn scripts<'s>(
    files: &'s [TestFile],
    revisions: &Revisions,
    dialect: Dialect,
) -> Result<BTreeMap<(usize, TestPart), Script<'s>>, Error> {
    let (mut scripts, mut faults) = (BTreeMap::new(), Vec::<Fault>::new());
    let of_engine = |own: Option<Dialect>| files.iter().filter(move |file| file.name.engine == own);
    for file in of_engine(None).chain(of_engine(Some(dialect))) {
        let Some(place) = revisions.place(&file.name.id) else { continue };
        match test_file::statements(&file.shown, &file.text, file.name.part, dialect) {
            Ok(statements) => _ = scripts.insert((place, file.name.part), Script { file, dialect, statements }),
            Err(bad) => faults.extend(bad),
        }
    }
    Faults::none_or(faults).map_err(Error::Files)?;
    Ok(scripts)
}
