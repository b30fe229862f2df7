//! A verb on several databases: those of `dunlin.toml`, the tenants that a query names, or the URLs of a file.
//!
//! `members.rs` says on which, [`Manner`] how many at once and what a failure stops, `tally.rs` how it ended.

mod manner;
mod members;
mod tally;

use dunlin::Migrations;
use dunlin::core::text::count;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

pub(crate) use self::manner::Fleet;
use self::manner::Manner;
use self::members::Member;
pub(crate) use self::members::Members;
use self::tally::{Ended, Tally};
use crate::commands::Command;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::host::Host;
use crate::options::Options;
use crate::output::{Documents, Output};
use crate::problem::Problem;

/// What every member has in common.
struct All<'a, 'm> {
    command: &'a Command,
    options: &'a Options,
    host: &'a Host,
    output: &'a Output,
    mounted: Option<&'m Migrations>,
    /// What the migrations were read with, where they are those of every member.
    shared: Option<&'a Context<'m>>,
    manner: Manner,
}

/// Runs a verb on each database, says how that went, and ends as the worst of them did.
pub(crate) async fn run(
    command: &Command,
    members: Members<'_>,
    options: &Options,
    host: &Host,
    output: &Output,
    mounted: Option<&Migrations>,
) -> Result<Exit, Problem> {
    let manner = Manner::new(command, options, &members);
    refuse(command, &members, output)?;
    let mut host = host.clone();
    if members.are_fleet() {
        let question = format!("do this on {}?", count(members.list.len(), "database"));
        if command.asks() && host.can_be_asked() && !output.confirm(&question).await {
            return Err(Problem::Usage("nothing was done"));
        }
        // Many that ask at the same time could not be answered.
        host = host.unattended();
    }
    let Members { list, shared, .. } = members;
    let shared = shared.as_deref();
    let all = All { command, options, host: &host, output, mounted, shared, manner };
    let tally = all.run(list).await;
    tally.tell(output, shared.is_some() && command.changes_databases());
    Ok(tally.exit())
}

/// Refuses verbs that mean nothing on several databases.
fn refuse(command: &Command, members: &Members<'_>, output: &Output) -> Result<(), Problem> {
    let is_picture = output.format().is_picture();
    let why = match (members.are_fleet(), members.are_tenants()) {
        (false, _) if command.is_for_one() => {
            "this writes files, and is for one database; choose it with `--database <name>`"
        }
        (false, _) if is_picture => "a picture is of one database; choose it with `--database <name>`",
        (true, _) if !command.works_on_a_database() => {
            "this is about files, and the same for all; run it without `--each`"
        }
        (true, _) if is_picture => "a picture is of one database; run it without `--each`",
        (_, true) if matches!(command, Command::Db(_)) => {
            "`db` makes and drops whole databases; tenants are made where the query finds them"
        }
        (_, true) if command.writes_script() => "a script does not know the tenants; write it for one database",
        _ => return Ok(()),
    };
    Err(Problem::Usage(why))
}

impl All<'_, '_> {
    /// Runs the members, so many at once, until all have ended or nothing else is to begin.
    async fn run(&self, members: Vec<Member>) -> Tally {
        let (mut tally, mut goes_on) = (Tally::default(), true);
        let mut waiting = members.into_iter().enumerate();
        let mut running = FuturesUnordered::new();
        loop {
            goes_on &= !self.host.stop().is_stopped();
            while goes_on && running.len() < self.manner.room(tally.ended()) {
                let Some((place, member)) = waiting.next() else { break };
                running.push(self.run_one(place, member));
            }
            let Some(ended) = running.next().await else { break };
            goes_on &= !ended.has_failed() || self.manner.outlasts_failure(tally.ended());
            tally.add(ended);
        }
        tally.leave(waiting.map(|(_, member)| member.name));
        tally
    }

    async fn run_one(&self, place: usize, Member { name, settings }: Member) -> Ended {
        let documents = Documents::default();
        let mut output = self.output.among_several(&name, &documents);
        if self.manner.is_parallel() {
            output = output.with_own_display();
        }
        let mut context = match self.shared {
            Some(shared) => shared.beside(self.host.clone(), *settings, output.clone()),
            None => Context::new(self.host.clone(), *settings, output.clone(), self.mounted),
        };
        context.is_verbose = self.options.verbose;
        if context.is_verbose {
            context.explain();
        }
        let how = Box::pin(self.command.clone().run(&context)).await;
        if let Err(problem) = &how {
            output.problem(problem);
        }
        Ended::new(place, name, how, documents.take())
    }
}
