use clap::Args;
use dunlin::core::text::{count, list};
use dunlin::{Forget, Stamp as Wish, StampReport, Target};

use super::offline::{Offline, Way};
use crate::context::Context;
use crate::exit_code::Exit;
use crate::output::{GREEN, Output, RED, YELLOW};
use crate::problem::Problem;
use crate::table::{self, Cell};

/// Record where the database stands, without running anything
///
/// What is applied on the lines of the targets becomes exactly the targets and what comes before them; rows of other
/// branches stay. Rows that no file has go where they stand in the way. Nothing is lost: the log keeps what a row held.
#[derive(Debug, Clone, Args)]
pub(crate) struct Stamp {
    /// Where it stands: `head`, `base`, an id, the beginning of one, a slug, `<label>@head`, `<label>@base`
    ///
    /// With `--sql`, a range says where the database stands before: `<from>:<to>`.
    #[arg(required = true, allow_negative_numbers = true, value_name = "TARGET")]
    targets: Vec<Way>,

    /// Forget every row first, and write those of the targets anew
    #[arg(long)]
    purge: bool,

    /// Do not ask; off a terminal it never does. Where dunlin.toml says `protected`, nothing is stamped without this
    #[arg(short, long)]
    yes: bool,

    /// Show what would be changed, change nothing, and exit with 2 if there is something
    #[arg(long, conflicts_with = "sql")]
    dry_run: bool,

    #[command(flatten)]
    offline: Offline,
}

impl Stamp {
    /// Says whether it asks, where somebody can be asked.
    pub(super) fn asks(&self) -> bool {
        !self.yes && !self.dry_run && !self.offline.sql
    }

    pub(super) fn writes_script(&self) -> bool {
        self.offline.sql
    }
}

pub(crate) async fn run(stamp: Stamp, context: &Context<'_>) -> Result<Exit, Problem> {
    let forget = if stamp.purge { Forget::Everything } else { Forget::InTheWay };
    if stamp.offline.sql {
        let (from, targets) = script_ends(stamp.targets)?;
        return stamp.offline.stamp(&from, &Wish::at(targets).forgetting(forget), context);
    }
    let targets: Result<Vec<Target>, Problem> = stamp.targets.into_iter().map(Way::target).collect();
    let wish = Wish::at(targets?).forgetting(forget);
    let (url, migrator, output) = (context.url()?, context.migrator()?, &context.output);
    let planned = context.watched(migrator.plan_stamp(url, &wish)).await?;
    if stamp.dry_run {
        if context.wants_json() {
            output.json(&planned);
        } else {
            output.lines(changes(&planned, output));
            output.data(&verdict(&planned, "would be"));
        }
        return Ok(if planned.is_empty() { Exit::Done } else { Exit::Pending });
    }
    let done = if planned.is_empty() {
        planned
    } else {
        context.permit(stamp.yes)?;
        agree(&planned, stamp.yes, url, context).await?;
        context.watched(migrator.stamp(url, &wish)).await?
    };
    if context.wants_json() {
        output.json(&done);
    } else {
        output.data(&verdict(&done, "is"));
    }
    Ok(Exit::Done)
}

/// Shows what is to be changed, and on a terminal asks for a yes.
async fn agree(planned: &StampReport, is_confirmed: bool, url: &str, context: &Context<'_>) -> Result<(), Problem> {
    let output = &context.output;
    if !context.wants_json() {
        for line in changes(planned, output) {
            output.talk(&line);
        }
    }
    if is_confirmed || !context.host.can_be_asked() {
        return Ok(());
    }
    output.talk(&verdict(planned, "will be"));
    context.agree(false, &format!("stamp {}?", dunlin::redacted(url)), Problem::NotStamped).await
}

/// Returns where a script begins, `base` if it is not said, and the targets.
fn script_ends(ways: Vec<Way>) -> Result<(Target, Vec<Target>), Problem> {
    let is_alone = ways.len() == 1;
    let (mut start, mut targets) = (Target::Base, Vec::new());
    for way in ways {
        match way.ends() {
            (None, Some(target)) => targets.push(target),
            (from, Some(to)) if is_alone => {
                start = from.unwrap_or(Target::Base);
                targets.push(to);
            }
            (_, Some(_)) => {
                return Err(Problem::Usage("a range stands alone: it says where the database stands before"));
            }
            (_, None) => return Err(Problem::Usage("a range for `stamp` needs its end")),
        }
    }
    Ok((start, targets))
}

/// Says what happens to each row.
fn changes(report: &StampReport, output: &Output) -> Vec<String> {
    let is_written_anew = |id| report.added.iter().any(|row| row.id == id);
    let mut rows: Vec<[Cell; 3]> = Vec::new();
    let mut push = |word: &str, style, name: &str, remark: &str| {
        rows.push([Cell::coloured(word, style), name.into(), remark.into()]);
    };
    for row in &report.removed {
        let remark = match (row.unknown, row.unfinished) {
            (true, false) => "no file has it",
            (true, true) => "no file has it, and its step did not end",
            (false, true) => "its step began and did not end",
            (false, false) => "",
        };
        if !is_written_anew(row.id.clone()) {
            push("remove", RED, &row.name, remark);
        }
    }
    for row in &report.settled {
        push("settle", YELLOW, &row.name, "its step began and did not end, and counts as whole");
    }
    for row in &report.added {
        let is_there = report.removed.iter().any(|removed| removed.id == row.id);
        push(if is_there { "renew" } else { "add" }, GREEN, &row.name, "");
    }
    let mut lines: Vec<String> = table::lines(&rows, output).iter().map(|line| format!("  {line}")).collect();
    for target in &report.left_out {
        lines.push(format!("  `{}` changes nothing: `{}` comes after it", target.name, target.before));
    }
    lines
}

/// Says where the database stands then, and how many rows change.
fn verdict(report: &StampReport, tense: &str) -> String {
    let place = match &report.heads[..] {
        [] => "base".to_owned(),
        [head] => head.clone(),
        heads => list(heads),
    };
    if report.is_empty() {
        return format!("nothing to stamp: the database is at {place}");
    }
    let numbers = [(report.removed.len(), "removed"), (report.settled.len(), "settled"), (report.added.len(), "added")];
    let changed = numbers.iter().filter(|(number, _)| *number > 0);
    let changed: Vec<String> = changed.map(|(number, what)| format!("{} {what}", count(*number, "row"))).collect();
    format!("{}, the database {tense} at {place}", changed.join(", "))
}
