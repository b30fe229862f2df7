//! The command line, as a user sees it: whole outputs with their exit codes.
//!
//! A test makes a [`Project`] and runs a session of commands in it. `words` is about the arguments themselves, `targets`
//! about the places to go to, `settings` and `environments` about where settings come from, `secrets` about what must never show,
//! `ways_to_end` about exit codes; the rest is named after verbs.

mod adding;
mod adopting;
mod caching;
mod checking;
mod comparing;
mod databases;
mod declaring;
mod declaring_among_others;
mod declaring_at_a_terminal;
mod declaring_in_files;
mod declaring_on_mysql;
mod declaring_on_postgres;
mod declaring_online;
mod declaring_renames;
mod doctor;
mod drawing;
mod dumping;
mod editing;
mod environments;
mod fingerprints;
mod fleets;
mod git_branches;
mod json;
mod json_errors;
mod last_failure;
mod ledger;
mod making;
mod marking;
mod merging;
mod mounted;
mod offline;
mod planned;
mod planned_scripts;
mod reading;
mod rebasing;
mod repairing;
mod repeatable;
mod repository;
mod restoring;
mod sealing;
mod secrets;
mod setting_up;
mod settings;
mod squash_proofs;
mod squashing;
mod stamping;
mod targets;
mod testing;
mod up_and_down;
mod ways_to_end;
mod whole_databases;
mod words;

use std::sync::LazyLock;

use expect_test::Expect;
use regex::Regex;

use crate::support::command::{Command, Outcome};
use crate::support::database::Database;
use crate::support::project::Project;
use crate::support::redaction::without_checksums;

/// A project of three small migrations.
fn birds() -> Project {
    let project = Project::new();
    project
        .migration("0001_bird", "create table bird (id integer primary key);\n", "drop table bird;\n")
        .migration("0002_name", "alter table bird add column name text;\n", "alter table bird drop column name;\n")
        .migration("0003_egg", "create table egg (id integer primary key);\n", "drop table egg;\n");
    project
}

/// Makes a command of a line, as one would type it, on the database `app.db` of the project.
fn command(project: &Project, line: &str) -> Command {
    let mut words: Vec<String> = Vec::new();
    for (n, part) in line.split('\'').enumerate() {
        if n % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    Command::dunlin(project).arguments(words).variable("DATABASE_URL", "sqlite:app.db")
}

fn run(project: &Project, line: &str) -> Outcome {
    command(project, line).run()
}

/// Runs commands one after the other and compares all that came out.
fn session<const N: usize>(project: &Project, lines: [&str; N], expected: &Expect) {
    let shown = lines.map(|line| shown(&run(project, line)));
    expected.assert_eq(&shown.join("\n"));
}

/// Returns what runs a line on a database of a server and writes down its outcome, as one who may make scratch databases there.
fn on<'s>(project: &'s Project, database: &'s Database) -> impl Fn(&str) -> String + 's {
    |line| shown(&command(project, line).variable("DATABASE_URL", database.superuser_url()).run())
}

/// Writes down an outcome without checksums, the ids of today, and who ran it where.
fn shown(outcome: &Outcome) -> String {
    static ID: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b20\d{12}").expect("a pattern"));
    static WHO: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\[time\](  \w+ +\w+ +)\S+").expect("a pattern"));
    static BY: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\[time\], run by \S+").expect("a pattern"));
    static FIELD: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"("(duration_us|host|os_user)": )("[^"]*"|\d+)"#).expect("a pattern"));
    let text = without_checksums(&outcome.snapshot());
    let text = ID.replace_all(&text, "[id]");
    let text = WHO.replace_all(&text, "[time]${1}[who]");
    let text = BY.replace_all(&text, "[time], run by [who]");
    FIELD.replace_all(&text, "$1[$2]").into_owned()
}
