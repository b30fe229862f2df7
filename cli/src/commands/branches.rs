use clap::Args;
use serde_json::json;

use super::listed::Listed;
use crate::context::Context;
use crate::exit_code::Exit;
use crate::problem::Problem;

/// Show the migrations that several others revise, and which
///
/// It looks at the files only. `dunlin history` lists all migrations.
#[derive(Debug, Clone, Args)]
pub(crate) struct Branches {}

pub(crate) fn run(_: &Branches, context: &Context<'_>) -> Result<Exit, Problem> {
    let listed = Listed::new(context.migrations()?.directory()?, None);
    let revisions = listed.revisions();
    let points = revisions.branch_points();
    let output = &context.output;
    if context.wants_json() {
        let names = |point: usize| revisions.lines().after(point).iter().map(|&after| listed.to_json(after));
        let points = points.iter().map(
            |&point| json!({ "branch_point": listed.to_json(point), "branches": names(point).collect::<Vec<_>>() }),
        );
        output.json(&json!({ "branch_points": points.collect::<Vec<_>>() }));
        return Ok(Exit::Done);
    }
    if points.is_empty() {
        output.data("no migration is revised by several others");
    }
    for &point in &points {
        output.data(&described(&listed, point));
        for &after in revisions.lines().after(point) {
            output.data(&format!("  -> {}", described(&listed, after)));
        }
    }
    Ok(Exit::Done)
}

fn described(listed: &Listed<'_>, place: usize) -> String {
    let remarks = listed.remarks(place);
    let remarks = if remarks.is_empty() { String::new() } else { format!(" ({})", remarks.join(", ")) };
    format!("{}{remarks}", listed.revisions().name(place))
}
