//! Waiting until another run has applied what is pending.

use std::time::Duration;

use dunlin_core::plan::{FindingKind, Goal, Plan, PlanError, Verdict};
use dunlin_core::target::Target;

use crate::connect::{Connect, Prospect, SHORTEST_LIMIT, cannot_connect, no_answer, prospect};
use crate::error::Error;
use crate::migrator::Migrator;
use crate::progress::Progress;
use crate::stop::Stop;
use crate::tries::Terms;

impl Migrator<'_> {
    /// Waits until everything up to a target is applied and nothing stands in the way: for a program that does not migrate
    /// itself, and starts beside one that does. It never writes, and creates nothing.
    ///
    /// A server that cannot be reached yet, a database that is not there, and a step that has begun and not ended are
    /// waited for. What another run with these migrations could not mend either is told at once: an edited file, a
    /// migration that is missing here, a wrong password. When the time is over, [`Error::NotApplied`] says what is
    /// pending, or the error says what stood in the way the last time.
    pub async fn wait(&self, database: impl Into<Connect<'_>>, target: Target, limit: Duration) -> Result<(), Error> {
        let (mut database, goal) = (database.into(), Goal::up(target));
        let listener = self.options.listener.of_a_run(self.migrations.set_name());
        let terms = Terms { limit, listener, stop: Stop::new() };
        // Here everything is tried again, not connections alone.
        let once = self.clone().connect_wait(Duration::ZERO);
        let mut tries = terms.tries();
        loop {
            let limit = tries.left().max(SHORTEST_LIMIT);
            let looking = tokio::time::timeout(limit, once.outline(database.again(), &goal)).await;
            let error = match looking.unwrap_or_else(|_| Err(cannot_connect("the database", no_answer(limit)))) {
                Ok(plan) => match pending(&plan) {
                    names if names.is_empty() => return Ok(()),
                    names => Error::NotApplied { names, waited: Duration::ZERO },
                },
                Err(error) if may_pass(&error) => error,
                Err(error) => return Err(error),
            };
            if !tries.again(|waited| told(&error, waited)).await {
                let waited = tries.waited();
                return Err(match error {
                    Error::NotApplied { names, .. } => Error::NotApplied { names, waited },
                    error => error.after(waited),
                });
            }
        }
    }

    async fn outline(&self, database: Connect<'_>, goal: &Goal) -> Result<Plan, Error> {
        let (undertaking, snapshot) = self.read(database).await?;
        Ok(undertaking.outline(&snapshot, goal)?)
    }
}

/// Names what is still to run.
fn pending(plan: &Plan) -> Vec<String> {
    let begun = plan.resumptions.iter().map(|resumption| resumption.step.migration.name());
    let steps = plan.steps.iter().map(|step| step.migration.name());
    begun.chain(steps).chain(plan.repeats.iter().map(|repeat| repeat.name().clone())).collect()
}

fn told(error: &Error, waited: Duration) -> Progress {
    match error {
        Error::NotApplied { names, .. } => Progress::NotApplied { waited, pending: names.len() },
        Error::Plan(PlanError::Refused(findings)) => Progress::NotApplied { waited, pending: findings.len() },
        error => Progress::Unreachable { waited, message: error.reason() },
    }
}

/// Says whether time, or another run, may do away with an error.
fn may_pass(error: &Error) -> bool {
    match error {
        // A run that is in the middle of it, one that may go out of order, one of another set.
        Error::Plan(PlanError::Refused(findings)) => {
            let in_the_way = findings.iter().filter(|finding| finding.verdict == Verdict::Refuse);
            in_the_way.into_iter().all(|finding| {
                use FindingKind::{DependsOn, OutOfOrder, Unfinished};
                matches!(finding.kind, Unfinished { .. } | OutOfOrder { .. } | DependsOn { .. })
            })
        }
        error => prospect(error) != Prospect::Lasting,
    }
}
