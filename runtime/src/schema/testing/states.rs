//! From every state to the heads, and back.
//!
//! A database can be where any migration with all that comes before it is applied, and nothing else. From there a run goes to the
//! heads in one go, on a graph with branches not in the order of an empty database; wherever it begins, the end must be the same.

use std::sync::Arc;
use std::time::Instant;

use dunlin_core::target::Target;
use dunlin_schema::Schema;
use futures_util::{StreamExt as _, stream};

use super::Progress;
use super::course::Course;
use super::report::{StateTest, TestFault, TestOutcome, TestStage};
use super::subject::Subject;
use crate::error::StepFailure;
use crate::schema::SchemaError;

/// A migration with all that comes before it, by its place; `None` is an empty database.
pub(super) type State = Option<usize>;

impl Subject<'_> {
    /// Returns every state but the heads themselves, which is the end of every way.
    pub(super) fn states(&self) -> Vec<State> {
        let all = self.len();
        let is_end = |place: &usize| self.applied_at(Some(*place)).iter().all(|applied| *applied);
        std::iter::once(None).chain((0..all).filter(|place| !is_end(place)).map(Some)).collect()
    }

    /// Marks what is applied in a state.
    fn applied_at(&self, state: State) -> Vec<bool> {
        self.revisions().graph().with_ancestors(state)
    }

    fn state_name(&self, state: State) -> String {
        state.map_or_else(|| "base".to_owned(), |place| self.revisions().name(place))
    }
}

/// Tests all of them. The first tells what the heads should be.
pub(super) async fn run_all(
    subject: &Subject<'_>,
    states: Vec<State>,
    progress: &Progress<'_>,
) -> Result<Vec<StateTest>, SchemaError> {
    let mut states = states.into_iter();
    let Some(base) = states.next() else { return Ok(Vec::new()) };
    let (first, heads) = run_one(subject, base, None, progress).await?;
    let mut tests = vec![first];
    let runs = states.map(|state| Box::pin(run_one(subject, state, heads.as_ref(), progress)));
    // When one cannot be run, no other begins.
    let runs = runs.take_while(|_| !progress.is_over());
    let mut ended = stream::iter(runs).buffered(progress.tests.jobs_at_once());
    let mut failed: Option<SchemaError> = None;
    while let Some(test) = ended.next().await {
        match test {
            Ok((test, _)) => tests.push(test),
            Err(error) => {
                progress.end();
                failed = Some(error.behind(failed));
            }
        }
    }
    failed.map_or(Ok(tests), Err)
}

/// Tests one, and returns the schema of the heads.
async fn run_one(
    subject: &Subject<'_>,
    state: State,
    heads: Option<&Arc<Schema>>,
    progress: &Progress<'_>,
) -> Result<(StateTest, Option<Arc<Schema>>), SchemaError> {
    let began = Instant::now();
    let mut course = Course::begin(subject).await?;
    let ended = there_and_back(&mut course, state, heads).await;
    let (outcome, reached) = course.close(ended).await?;
    let from = subject.state_name(state);
    progress.done(&from);
    Ok((StateTest { from, outcome, duration: began.elapsed() }, reached))
}

async fn there_and_back(
    course: &mut Course<'_>,
    state: State,
    heads: Option<&Arc<Schema>>,
) -> Result<(TestOutcome, Option<Arc<Schema>>), SchemaError> {
    let subject = course.subject;
    if let Err(failure) = course.up_to(state.as_slice()).await? {
        return Ok((unreached(&failure), None));
    }
    let start = course.schema().await?;
    let ends: Vec<usize> = subject.revisions().real_heads();
    if let Err(failure) = course.up_to_all(&ends).await? {
        return Ok((failed(TestStage::ToHeads, &failure), None));
    }
    let end = course.schema().await?;
    let mut faults = Vec::new();
    if let Some(heads) = heads {
        faults.extend(subject.compared(TestStage::ToHeads, heads, &end).await?);
    }
    let applied = subject.applied_at(state);
    let beyond: Vec<usize> = (0..subject.len()).rev().filter(|&place| !applied[place]).collect();
    let is_irreversible = |&&place: &&usize| subject.migration(place).is_some_and(|one| one.down.is_none());
    let irreversible = beyond.iter().find(is_irreversible).copied();
    if irreversible.is_none() {
        if let Err(failure) = course.back_over(&beyond, state).await? {
            return Ok((failed(TestStage::FromHeads, &failure), Some(end)));
        }
        let back = course.schema().await?;
        faults.extend(subject.compared(TestStage::FromHeads, &start, &back).await?);
    }
    let outcome = match irreversible {
        _ if !faults.is_empty() => TestOutcome::Failed(faults),
        Some(place) => {
            TestOutcome::Irreversible { reason: Some(format!("`{}` has no way back", subject.revisions().name(place))) }
        }
        None => TestOutcome::Passed,
    };
    Ok((outcome, Some(end)))
}

fn failed(stage: TestStage, failure: &StepFailure) -> TestOutcome {
    TestOutcome::Failed(vec![TestFault::Fails { stage, message: failure.on_scratch().to_string() }])
}

fn unreached(failure: &StepFailure) -> TestOutcome {
    TestOutcome::Unreached { behind: failure.name.clone(), message: failure.on_scratch().to_string() }
}

impl Course<'_> {
    /// Goes to the heads in one run.
    async fn up_to_all(&mut self, heads: &[usize]) -> Result<Result<(), Box<StepFailure>>, SchemaError> {
        match heads {
            [_] => self.up_to(heads).await,
            _ => self.up_to_target(Target::Heads).await,
        }
    }

    /// Reverts these, the last first: in one run where they are one line.
    async fn back_over(&mut self, places: &[usize], state: State) -> Result<Result<(), Box<StepFailure>>, SchemaError> {
        let graph = self.subject.revisions().graph();
        let is_line = (0..graph.len()).all(|place| graph.before(place).len() <= 1 && graph.after(place).len() <= 1)
            && graph.first().len() <= 1;
        if is_line {
            let target = state.map_or(Target::Base, |place| self.target(place));
            return self.down_to(target).await;
        }
        for &place in places {
            if let Err(failure) = self.down(place).await? {
                return Ok(Err(failure));
            }
        }
        Ok(Ok(()))
    }
}
