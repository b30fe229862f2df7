use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use super::Members;
use crate::commands::Command;
use crate::options::Options;
use crate::problem::Problem;

/// How many of a fleet are worked on at once, if it is not said.
const USUAL_JOBS: usize = 4;

/// The options of a verb on many databases, as they were typed.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Many databases")]
pub(crate) struct Fleet {
    /// Work on every tenant that this query names: schemas of a PostgreSQL database, databases of a MySQL server
    ///
    /// The first column of its rows is the names. Each tenant has a history and a lock of its own.
    #[arg(long, global = true, value_name = "QUERY")]
    pub(crate) each: Option<String>,

    /// Let the unqualified names of a PostgreSQL tenant lead to these schemas too, behind its own
    #[arg(long, global = true, value_name = "SCHEMA", value_delimiter = ',')]
    pub(crate) each_path: Vec<String>,

    /// Work on every database whose URL is a line of this file; `-` is stdin
    ///
    /// Empty lines and those that begin with `#` are passed over.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) each_url: Option<PathBuf>,

    /// Work on so many at once; with `test`, on scratch databases [default: 4; with `--database all` 1]
    #[arg(long, global = true, value_name = "N", value_parser = jobs)]
    pub(crate) jobs: Option<NonZeroUsize>,

    /// Work on the first N one by one, and begin no other if one of them fails [default: 1 for what changes a fleet]
    #[arg(long, global = true, value_name = "N")]
    pub(crate) canary: Option<usize>,
}

fn jobs(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "it is a number, 1 or more".to_owned())
}

impl Fleet {
    /// Refuses what says something about a fleet that is not there.
    pub(crate) fn check(&self) -> Result<(), Problem> {
        match self {
            Fleet { each: None, each_path, .. } if !each_path.is_empty() => {
                Err(Problem::Usage("`--each-path` is for the tenants that `--each` names"))
            }
            Fleet { each: Some(_), each_url: Some(_), .. } => {
                Err(Problem::Usage("`--each` and `--each-url` exclude each other"))
            }
            _ => Ok(()),
        }
    }

    /// Returns the flag that names a fleet, if one does.
    pub(crate) fn flag(&self) -> Option<&'static str> {
        let each = self.each.as_ref().map(|_| "`--each`");
        each.or_else(|| self.each_url.as_ref().map(|_| "`--each-url`"))
    }
}

/// How many at once, and what a failure stops.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    jobs: usize,
    /// So many run one by one first.
    canaries: usize,
    canary_failed: Then,
    failed: Then,
}

/// What comes after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// Nothing else begins.
    Stop,
    /// The others are not concerned.
    GoOn,
}

impl Manner {
    /// Databases of a file may depend on one another; those of a fleet do not, once a canary has shown that it works.
    pub(super) fn new(command: &Command, options: &Options, members: &Members<'_>) -> Manner {
        let (is_fleet, Fleet { jobs, canary, .. }) = (members.are_fleet(), &options.fleet);
        let then = |goes_on| if goes_on { Then::GoOn } else { Then::Stop };
        Manner {
            jobs: jobs.map_or(if is_fleet { USUAL_JOBS } else { 1 }, NonZeroUsize::get),
            canaries: canary.unwrap_or(usize::from(is_fleet && command.changes_databases())),
            canary_failed: then(options.keep_going),
            failed: then(is_fleet || options.keep_going),
        }
    }

    /// Returns how many may run once so many have ended.
    pub(super) fn room(&self, ended: usize) -> usize {
        if ended < self.canaries { 1 } else { self.jobs }
    }

    /// Says whether others begin although one failed when so many had ended before it.
    pub(super) fn outlasts_failure(&self, ended: usize) -> bool {
        let then = if ended < self.canaries { self.canary_failed } else { self.failed };
        then == Then::GoOn
    }

    pub(super) fn is_parallel(&self) -> bool {
        self.jobs > 1
    }
}
