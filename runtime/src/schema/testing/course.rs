//! A scratch database that goes from migration to migration.

use std::collections::VecDeque;
use std::sync::Arc;

use dunlin_core::target::{Place, Target};
use dunlin_schema::Schema;

use super::subject::Subject;
use crate::error::{Error, StepFailure};
use crate::report::Report;
use crate::schema::SchemaError;
use crate::schema::introspect::Catalogue;
use crate::schema::scratch::Scratch;

/// A scratch database on which the first so many migrations are applied.
pub(super) struct Course<'s> {
    pub(super) subject: &'s Subject<'s>,
    scratch: Scratch,
    at: usize,
    /// The schema as it is, if it was read.
    schema: Option<Arc<Schema>>,
    /// The last that were read, with what the database said: what it says again is the same.
    known: VecDeque<(Catalogue, Arc<Schema>)>,
}

/// How many are known. Down leads back to the one before the last.
const KNOWN: usize = 2;

impl<'s> Course<'s> {
    /// Begins with an empty database.
    pub(super) async fn begin(subject: &'s Subject<'s>) -> Result<Course<'s>, SchemaError> {
        let scratch = Scratch::open(&subject.schemas.ground).await?;
        Ok(Course { subject, scratch, at: 0, schema: None, known: VecDeque::new() })
    }

    /// Begins anew, with an empty database.
    pub(super) async fn begin_anew(&mut self) -> Result<(), SchemaError> {
        let scratch = Scratch::open(&self.subject.schemas.ground).await?;
        std::mem::replace(&mut self.scratch, scratch).close(Ok(())).await?;
        (self.at, self.schema) = (0, None);
        Ok(())
    }

    /// Returns the database, to be asked.
    pub(super) fn scratch(&mut self) -> &mut Scratch {
        &mut self.scratch
    }

    /// Returns the database, to be changed.
    pub(super) fn changed(&mut self) -> &mut Scratch {
        self.schema = None;
        &mut self.scratch
    }

    /// Applies all before the migration at a place, with as few runs as can be.
    pub(super) async fn go_to(&mut self, place: usize) -> Result<Result<(), Box<StepFailure>>, SchemaError> {
        if self.at < place {
            let before: Vec<bool> = (0..self.subject.len()).map(|other| other < place).collect();
            let applied = self.up_to(&self.subject.revisions().graph().maximal(&before)).await?;
            self.at = place;
            return Ok(applied);
        }
        Ok(Ok(()))
    }

    /// Applies the migrations at these places, and what comes before them.
    pub(super) async fn up_to(&mut self, places: &[usize]) -> Result<Result<(), Box<StepFailure>>, SchemaError> {
        for &place in places {
            if let Err(failure) = self.up_to_target(self.target(place)).await? {
                return Ok(Err(failure));
            }
        }
        Ok(Ok(()))
    }

    /// Applies what leads up to a target, in one run.
    pub(super) async fn up_to_target(&mut self, target: Target) -> Result<Result<(), Box<StepFailure>>, SchemaError> {
        self.subject.goes_on()?;
        self.schema = None;
        step(self.subject.migrator.up_to(self.scratch.connect(), target).await)
    }

    /// Applies the next migration.
    pub(super) async fn up(&mut self, place: usize) -> Result<Result<(), Box<StepFailure>>, SchemaError> {
        let applied = self.up_to(&[place]).await?;
        if applied.is_ok() {
            self.at = place + 1;
        }
        Ok(applied)
    }

    /// Reverts the last migration.
    pub(super) async fn down(&mut self, place: usize) -> Result<Result<(), Box<StepFailure>>, SchemaError> {
        let branch = self.id(place);
        let reverted = self.down_to(Target::Branch { branch, place: Place::Back(1) }).await?;
        if reverted.is_ok() {
            self.at = place;
        }
        Ok(reverted)
    }

    /// Reverts what lies behind a target.
    pub(super) async fn down_to(&mut self, target: Target) -> Result<Result<(), Box<StepFailure>>, SchemaError> {
        self.subject.goes_on()?;
        self.schema = None;
        step(self.subject.migrator.down(self.scratch.connect(), target).await)
    }

    /// Returns the schema as it is.
    pub(super) async fn schema(&mut self) -> Result<Arc<Schema>, SchemaError> {
        self.subject.goes_on()?;
        if let Some(schema) = &self.schema {
            return Ok(schema.clone());
        }
        let catalogue = self.scratch.catalogue().await?;
        let known = self.known.iter().find(|(known, _)| *known == catalogue);
        let schema = if let Some((_, schema)) = known {
            schema.clone()
        } else {
            let schema = Arc::new(self.subject.schemas.seen(&catalogue.schema()?));
            self.known.truncate(KNOWN - 1);
            self.known.push_front((catalogue, schema.clone()));
            schema
        };
        self.schema = Some(schema.clone());
        Ok(schema)
    }

    /// Drops the database, and returns what was done in it, unless that was told to stop.
    pub(super) async fn close<T>(self, done: Result<T, SchemaError>) -> Result<T, SchemaError> {
        self.scratch.close(done).await
    }

    pub(super) fn target(&self, place: usize) -> Target {
        Target::Migration(self.id(place))
    }

    fn id(&self, place: usize) -> String {
        self.subject.migration(place).map(|migration| migration.id.to_string()).unwrap_or_default()
    }
}

/// Tells a step that failed from all else that can go wrong.
fn step(result: Result<Report, Error>) -> Result<Result<(), Box<StepFailure>>, SchemaError> {
    match result {
        Ok(_) => Ok(Ok(())),
        Err(error) => match SchemaError::from(error) {
            SchemaError::Replay(failure) => Ok(Err(failure)),
            error => Err(error),
        },
    }
}
