//! `--plan`: a plan that was made before, and is run as it stands or not at all.

use std::path::PathBuf;

use clap::Args;
use dunlin::core::migration::Direction;
use dunlin::{Error, Goal, Migrator, PlanFile, Report};

use crate::problem::Problem;

/// The flag of a verb that can run a plan.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Planned {
    /// Run the plan in this file, which `plan --out` wrote, if the database and the files are as they were then
    ///
    /// If anything moved, nothing runs, and the exit code is 3. What the plan allows is allowed; variables have the values that
    /// they have in it.
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
}

impl Planned {
    /// Reads the plan, if one is to be run. Its steps must go the way of the verb, if that goes one way only.
    pub(super) fn read(&self, way: Option<Direction>) -> Result<Option<PlanFile>, Problem> {
        let Some(path) = &self.plan else { return Ok(None) };
        let text = std::fs::read_to_string(path).map_err(|source| Problem::File { path: path.clone(), source })?;
        let file = PlanFile::parse(&text).map_err(|error| Problem::PlanFile { path: path.clone(), error })?;
        match (way, file.direction()) {
            (Some(way), Some(goes)) if way != goes => Err(Problem::PlanGoes { path: path.clone(), way: goes }),
            _ => Ok(Some(file)),
        }
    }
}

/// Brings a database to a goal, by the plan if there is one.
pub(super) async fn run_to(
    migrator: &Migrator<'_>,
    url: &str,
    goal: &Goal,
    file: Option<&PlanFile>,
) -> Result<Report, Error> {
    match file {
        Some(file) => migrator.run_plan(url, file).await,
        None => migrator.run(url.into(), goal.clone()).await,
    }
}

/// Decides what [`run_to`] would do.
pub(super) async fn plan_of(
    migrator: &Migrator<'_>,
    url: &str,
    goal: &Goal,
    file: Option<&PlanFile>,
) -> Result<dunlin::Plan, Error> {
    match file {
        Some(file) => migrator.check_plan(url, file).await,
        None => migrator.plan_goal(url, goal.clone()).await,
    }
}
