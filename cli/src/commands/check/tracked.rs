//! Whether git tracks the files: what it does not is missing in every other clone.

use dunlin::core::text::count;
use serde_json::json;

use super::files::Files;
use super::outcome::{Name, Outcome};
use crate::context::shown;
use crate::git::{Git, GitError};

pub(super) fn by_git(files: &Files) -> Outcome {
    looked_at(files).unwrap_or_else(|error| match error {
        error if error.is_absence() => Outcome::skipped(Name::Git, error.to_string()),
        error => Outcome::fail(Name::Git, error.to_string()).hints(error.hint()),
    })
}

fn looked_at(files: &Files) -> Result<Outcome, GitError> {
    let git = Git::at(&files.dir)?;
    let tracked = git.tracked()?;
    let mut names = files.names();
    let all = count(names.len(), "file");
    names.retain(|name| !tracked.contains(name));
    let ignored = git.ignored(&names)?;
    let path = |name: &String| shown(&files.dir.join(name));
    let told = |name: &String| match ignored.get(name) {
        Some(rule) => format!("{} (ignored by {rule})", path(name)),
        None => path(name),
    };
    let (kept_out, untracked): (Vec<&String>, Vec<&String>) =
        names.iter().partition(|name| ignored.contains_key(*name));
    let paths = |names: &[&String]| names.iter().map(|name| path(name)).collect::<Vec<_>>();
    let facts = json!({ "untracked": paths(&untracked), "ignored": paths(&kept_out) });
    if names.is_empty() {
        return Ok(Outcome::ok(Name::Git, format!("git tracks {all}")).facts(facts));
    }
    let mut outcome = Outcome::fail(Name::Git, format!("git does not track {} of {all}", names.len()));
    outcome = outcome.details(names.iter().map(told)).facts(facts);
    if !kept_out.is_empty() {
        outcome = outcome.hint("migrations belong into git: take the pattern out of the file that ignores them");
    }
    Ok(outcome.hint(format!("`git add {}`, and commit them", shown(&files.dir))))
}
