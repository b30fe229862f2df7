//! The verbs: one file each, with its arguments, whose comments are its help, and one function that does it.
//!
//! To add a verb, add its file and its line in [`Command`]. A verb is given a [`Context`](crate::context::Context), and
//! returns how it ended or the problem that stopped it.

mod adding;
mod applied;
mod auto;
mod branches;
mod check;
mod completions;
mod current;
mod db;
mod diff;
mod doctor;
mod down;
mod edit;
mod heads;
mod history;
mod init;
mod listed;
mod lock;
mod log;
mod mark;
mod merge;
mod new;
mod offline;
mod plan;
mod planned;
mod rebase;
mod rebuild;
mod redo;
mod repair;
mod restore;
mod resume;
mod schema;
mod show;
mod side;
mod skip;
mod squash;
mod stamp;
mod status;
mod test;
mod to;
mod unlock;
mod up;
mod verify;
mod wait;
mod written;

use clap::Subcommand;

pub(crate) use edit::CannotEdit;
pub(crate) use init::CannotAdopt;
pub(crate) use lock::CannotSeal;
pub(crate) use repair::CannotRepair;
pub(crate) use squash::CannotSquash;
pub(crate) use up::Up;

use crate::context::Context;
use crate::exit_code::Exit;
use crate::problem::Problem;

/// Every verb. The aliases are what Alembic, sqlx and others call it.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Command {
    Init(init::Init),
    #[command(visible_aliases = ["revision", "add"])]
    New(new::New),
    Merge(merge::Merge),
    Rebase(rebase::Rebase),
    Squash(squash::Squash),
    Edit(edit::Edit),
    #[command(visible_aliases = ["upgrade", "migrate", "run"])]
    Up(Up),
    #[command(visible_aliases = ["downgrade", "revert"])]
    Down(down::Down),
    To(to::To),
    Redo(redo::Redo),
    Resume(resume::Resume),
    Stamp(stamp::Stamp),
    Skip(skip::Skip),
    Mark(mark::Mark),
    Wait(wait::Wait),
    Db(db::Db),
    #[command(visible_alias = "info")]
    Status(status::Status),
    Current(current::Current),
    History(history::History),
    Log(log::Log),
    Heads(heads::Heads),
    Branches(branches::Branches),
    Plan(plan::Plan),
    Verify(verify::Verify),
    Diff(diff::Diff),
    Test(test::Test),
    Schema(schema::Schema),
    Rebuild(rebuild::Rebuild),
    Check(check::Check),
    Doctor(doctor::Doctor),
    Show(show::Show),
    Restore(restore::Restore),
    Repair(repair::Repair),
    Lock(lock::Lock),
    Unlock(unlock::Unlock),
    Completions(completions::Completions),
}

impl Command {
    /// Says whether the verb writes files of the project, so that it cannot run on several databases at once.
    pub(crate) fn is_for_one(&self) -> bool {
        use Command::{Completions, Edit, Init, Merge, New, Plan, Rebase, Restore, Squash};
        match self {
            Init(_) | New(_) | Merge(_) | Rebase(_) | Squash(_) | Edit(_) | Restore(_) | Completions(_) => true,
            Plan(plan) => plan.writes_a_file(),
            Command::Schema(schema) => schema.writes_a_file(),
            _ => false,
        }
    }

    /// Says whether what the verb does differs from database to database.
    pub(crate) fn works_on_a_database(&self) -> bool {
        match self {
            Command::Branches(_) | Command::Heads(_) | Command::Lock(_) => false,
            Command::Doctor(doctor) => !doctor.repairs(),
            _ => !self.is_for_one(),
        }
    }

    /// Says whether the verb changes databases.
    pub(crate) fn changes_databases(&self) -> bool {
        use Command::{Db, Down, Mark, Redo, Repair, Resume, Skip, Stamp, To, Unlock, Up};
        matches!(
            self,
            Up(_)
                | Down(_)
                | To(_)
                | Redo(_)
                | Resume(_)
                | Stamp(_)
                | Skip(_)
                | Mark(_)
                | Repair(_)
                | Unlock(_)
                | Db(_)
        )
    }

    /// Says whether the verb would ask before it takes something back.
    pub(crate) fn asks(&self) -> bool {
        match self {
            Command::Down(down) => down.asks(),
            Command::To(to) => to.asks(),
            Command::Stamp(stamp) => stamp.asks(),
            Command::Mark(mark) => mark.asks(),
            _ => false,
        }
    }

    /// Says whether the verb is to write a script in place of doing something.
    pub(crate) fn writes_script(&self) -> bool {
        match self {
            Command::Up(up) => up.writes_script(),
            Command::Down(down) => down.writes_script(),
            Command::Stamp(stamp) => stamp.writes_script(),
            Command::Plan(plan) => plan.writes_script(),
            _ => false,
        }
    }

    /// Says whether the verb can draw a picture.
    pub(crate) fn draws(&self) -> bool {
        matches!(self, Command::History(_) | Command::Schema(_))
    }

    pub(crate) async fn run(self, context: &Context<'_>) -> Result<Exit, Problem> {
        match self {
            Command::Init(init) => init::run(&init, context).await,
            Command::New(new) => Box::pin(new::run(&new, context)).await,
            Command::Merge(merge) => merge::run(&merge, context),
            Command::Rebase(rebase) => rebase::run(&rebase, context).await,
            Command::Squash(squash) => Box::pin(squash::run(&squash, context)).await,
            Command::Edit(edit) => edit::run(&edit, context).await,
            Command::Up(up) => up::run(up, context).await,
            Command::Down(down) => down::run(down, context).await,
            Command::To(to) => to::run(to, context).await,
            Command::Redo(redo) => redo::run(redo, context).await,
            Command::Resume(resume) => resume::run(resume, context).await,
            Command::Stamp(stamp) => stamp::run(stamp, context).await,
            Command::Skip(skip) => skip::run(skip, context).await,
            Command::Mark(mark) => mark::run(mark, context).await,
            Command::Wait(wait) => wait::run(wait, context).await,
            Command::Db(db) => db::run(db, context).await,
            Command::Status(status) => status::run(&status, context).await,
            Command::Current(current) => current::run(&current, context).await,
            Command::History(history) => history::run(history, context).await,
            Command::Log(log) => log::run(&log, context).await,
            Command::Heads(heads) => heads::run(&heads, context),
            Command::Branches(branches) => branches::run(&branches, context),
            Command::Plan(plan) => plan::run(plan, context).await,
            Command::Verify(verify) => verify::run(&verify, context).await,
            Command::Rebuild(rebuild) => rebuild::run(&rebuild, context).await,
            Command::Diff(diff) => Box::pin(diff::run(&diff, context)).await,
            Command::Test(test) => Box::pin(test::run(&test, context)).await,
            Command::Schema(schema) => Box::pin(schema::run(&schema, context)).await,
            Command::Check(check) => check::run(&check, context).await,
            Command::Doctor(doctor) => doctor::run(&doctor, context).await,
            Command::Show(show) => show::run(&show, context).await,
            Command::Restore(restore) => restore::run(&restore, context).await,
            Command::Repair(repair) => repair::run(repair, context).await,
            Command::Lock(lock) => lock::run(&lock, context).await,
            Command::Unlock(unlock) => unlock::run(unlock, context).await,
            Command::Completions(completions) => completions::run(&completions, context),
        }
    }
}
