//! A project that git knows.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use super::{run, shown};
use crate::support::command::{Command, Outcome};
use crate::support::project::Project;

/// Puts a project under git, with all of its files in the first commit of `main`.
pub(super) fn commit_all(project: &Project) {
    git(project, "init -q -b main");
    commit(project, "first");
}

/// Commits everything that is there.
pub(super) fn commit(project: &Project, message: &str) {
    git(project, "add --all");
    git(project, &format!("commit -q --allow-empty -m {message}"));
}

/// Writes a migration that makes a table.
pub(super) fn add(project: &Project, id: &str, slug: &str) {
    run(project, &format!("new {slug} --id {id}")).expect_code(0);
    let up = format!("versions/{id}_{slug}.up.sql");
    project.file(&up, format!("{}create table {slug} (id integer);\n", project.read(&up)));
    project.file(&format!("versions/{id}_{slug}.down.sql"), format!("drop table {slug};\n"));
}

/// Runs git, which must end well, and returns what it says.
pub(super) fn git(project: &Project, line: &str) -> String {
    try_git(project.path(), line).expect_code(0).stdout
}

/// Runs git with settings of its own only.
pub(super) fn try_git(folder: &Path, line: &str) -> Outcome {
    let settings = ["-c", "user.name=Ann", "-c", "user.email=ann@localhost", "-c", "protocol.file.allow=always"];
    let command = Command::new("git").arguments(settings).arguments(line.split_whitespace()).within(folder);
    command.variable("GIT_CONFIG_GLOBAL", "/dev/null").variable("GIT_CONFIG_NOSYSTEM", "1").run()
}

/// Writes down an outcome without the hashes of commits.
pub(super) fn without_commits(outcome: &Outcome) -> String {
    static HASH: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b[0-9a-f]{7,40}\b").expect("a pattern"));
    HASH.replace_all(&shown(outcome), "[commit]").into_owned()
}
