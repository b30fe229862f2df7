//! `check`: is this fit to be merged and deployed? Each check is a function that returns an [`Outcome`].
//!
//! `files.rs` looks at the directory, `tracked.rs` at git, `edits.rs` at the lock file and the database, `schema.rs` at schema.sql; `against.rs` merges
//! another commit, with `three_way.rs`, and `foretold.rs` says what is wrong with that. `outcome.rs` has the table of all
//! checks and writes what came of them.

mod against;
mod edits;
mod files;
mod foretold;
mod outcome;
mod schema;
mod three_way;
mod tracked;

use clap::Args;
use outcome::{Name, Outcome, Verdict};

use self::against::Against;
use self::files::Files;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::problem::Problem;

const SKIPPED: &str = "as `--skip` says";

/// Check that the migrations are fit to be merged and deployed
///
/// One line a check: `ok`, `fail` or `skipped` and why. It looks at the files, at dunlin.lock, at git and, if one is named,
/// at the database; it writes nothing. It exits with 3 if a check fails.
#[derive(Debug, Clone, Args)]
pub(crate) struct Check {
    /// Merge this git commit or branch in memory, and check what comes of it
    ///
    /// It tells before the merge whether there would be two heads, an id that both have, or a file that both changed. The
    /// files are as they are in the folder now; nothing is written, and the work tree stays as it is.
    #[arg(long, value_name = "GIT REF")]
    against: Option<String>,

    /// Leave a check out
    #[arg(long, value_name = "CHECK", value_enum)]
    skip: Vec<Name>,
}

pub(crate) async fn run(arguments: &Check, context: &Context<'_>) -> Result<Exit, Problem> {
    let files = Files::read(context)?;
    let against = arguments.against.as_deref().map(|name| Against::find(name, &files)).transpose()?;
    let is_wanted = |name: Name| !arguments.skip.contains(&name);
    let unless_skipped = |name: Name, check: &dyn Fn() -> Outcome| {
        if is_wanted(name) { check() } else { Outcome::skipped(name, SKIPPED) }
    };
    let mut outcomes = vec![
        unless_skipped(Name::Files, &|| files.are_in_order()),
        unless_skipped(Name::Heads, &|| files.have_one_head()),
        unless_skipped(Name::Seals, &|| files.are_sealed()),
        unless_skipped(Name::Down, &|| files.lead_back()),
        unless_skipped(Name::Git, &|| tracked::by_git(&files)),
        if is_wanted(Name::Edits) {
            edits::since(&files, context).await?
        } else {
            Outcome::skipped(Name::Edits, SKIPPED)
        },
    ];
    if is_wanted(Name::Schema) {
        outcomes.extend(Box::pin(schema::is_declared(context)).await?);
    }
    if let Some(against) = &against {
        outcomes.push(unless_skipped(Name::Merge, &|| against.foretell(&files).outcome(is_wanted(Name::Heads))));
    }

    if context.wants_json() {
        outcome::write_json(&outcomes, &context.output);
    } else {
        outcome::write(&outcomes, &context.output);
    }
    let has_failed = outcomes.iter().any(|outcome| outcome.verdict == Verdict::Fail);
    Ok(if has_failed { Exit::Disagree } else { Exit::Done })
}
