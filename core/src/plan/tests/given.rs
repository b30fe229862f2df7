//! Small worlds in one line, and what is decided in them as text.

use expect_test::Expect;

use super::super::*;
use crate::checksum::Checksum;
use crate::dialect::Dialect;
use crate::directory::{Directory, Options, SourceFile, UpOnly};
use crate::statements::{Recovery, Statement, split};

/// Files named `1_a.up.sql` and so on, as SQLite sees them.
pub(super) fn migrations(files: &[(&str, &str)]) -> Migrations {
    let source = |(name, text): &(&str, &str)| SourceFile {
        name: (*name).to_owned().into(),
        text: (*text).to_owned().into(),
        checksum: None,
    };
    let options = Options { up_only: UpOnly::Allow, ..Options::default() };
    let directory = Directory::from_files("versions", files.iter().map(source).collect(), None, options);
    directory.and_then(|directory| directory.migrations(Dialect::Sqlite)).unwrap()
}

/// A chain of migrations `1_a`, `2_b`, …, each with a way down.
pub(super) fn chain(n: usize) -> Migrations {
    let names: Vec<(String, String)> = (0..n)
        .map(|n| (n + 1, char::from(b'a' + u8::try_from(n).unwrap())))
        .flat_map(|(id, letter)| {
            ["up", "down"].map(|half| (format!("{id}_{letter}.{half}.sql"), format!("select '{half} {id}';\n")))
        })
        .collect();
    migrations(&names.iter().map(|(name, text)| (&**name, &**text)).collect::<Vec<_>>())
}

/// Migrations with ways down, one a line, such as `3_c < 1 2 & 4 : x y = 8 9`: its parents, what it depends on, its labels, what
/// it stands for.
pub(in crate::plan) fn graph(lines: &str) -> Migrations {
    let files = lines.lines().flat_map(|line| {
        let (line, replaces) = line.split_once(" = ").unwrap_or((line, ""));
        let (rest, labels) = line.split_once(" : ").unwrap_or((line, ""));
        let (rest, depends_on) = rest.split_once(" & ").unwrap_or((rest, ""));
        let (name, parents) = rest.split_once(" < ").unwrap_or((rest, "base"));
        let mut up = format!("-- dunlin: revises {}\n", parents.split_whitespace().collect::<Vec<_>>().join(", "));
        depends_on.split_whitespace().for_each(|id| up.push_str(&format!("-- dunlin: depends-on {id}\n")));
        labels.split_whitespace().for_each(|label| up.push_str(&format!("-- dunlin: label {label}\n")));
        replaces.split_whitespace().for_each(|id| up.push_str(&format!("-- dunlin: replaces {id}\n")));
        let name = name.trim();
        [(format!("{name}.up.sql"), format!("{up}select 1;")), (format!("{name}.down.sql"), "select 2;".to_owned())]
    });
    let files: Vec<(String, String)> = files.collect();
    migrations(&files.iter().map(|(name, text)| (&**name, &**text)).collect::<Vec<_>>())
}

/// The history of a database that applied these migrations whole.
pub(in crate::plan) fn rows(migrations: &Migrations) -> Vec<Applied> {
    migrations.iter().enumerate().map(|(n, migration)| row(migration, n + 1)).collect()
}

/// The history of a database that applied the migrations with these ids whole, in this order.
pub(super) fn history(migrations: &Migrations, ids: &str) -> Vec<Applied> {
    let of = |id: &str| migrations.get(&id.parse().unwrap()).unwrap();
    ids.split_whitespace().enumerate().map(|(n, id)| row(of(id), n + 1)).collect()
}

pub(in crate::plan) fn row(migration: &SharedMigration, seq: usize) -> Applied {
    Applied {
        id: migration.id.clone(),
        slug: migration.slug.clone(),
        parents: migration.parents.clone(),
        seq: i64::try_from(seq).unwrap(),
        kind: Kind::Applied,
        state: State::Applied,
        up_checksum: migration.up.checksum,
        down_checksum: migration.down.as_ref().map(|down| down.checksum),
        breaking: migration.is_breaking(),
        applied_at: "2026-03-02T10:00:00.000000Z".to_owned(),
        stored: Some(Stored {
            up: migration.up.text.to_string(),
            down: migration.down.as_ref().map(|down| down.text.to_string()),
        }),
        journal: Vec::new(),
    }
}

/// Makes a row one of a step up that did not end. The journal is a word for each statement, such as `done:recorded`.
pub(super) fn unfinished(row: &mut Applied, up: &str, journal: &str) {
    row.state = State::Applying;
    row.up_checksum = Checksum::of_text(up);
    row.stored = Some(Stored { up: up.to_owned(), down: None });
    let statements = split(up, Dialect::Sqlite).unwrap();
    let entry = |(n, (statement, word)): (usize, (&Statement<'_>, &str))| {
        let (state, recovery) = word.split_once(':').unwrap();
        JournalEntry {
            n,
            state: JournalState::ALL.into_iter().find(|of| of.as_str() == state).unwrap(),
            recovery: Recovery::ALL.into_iter().find(|of| of.as_str() == recovery).unwrap(),
            line: statement.line(),
            summary: statement.summary(),
            checksum: statement.checksum(Dialect::Sqlite),
            fingerprint: None,
            connection: None,
            message: (state == "failed").then(|| "it is a test".to_owned()),
        }
    };
    row.journal = (1..).zip(statements.iter().zip(journal.split_whitespace())).map(entry).collect();
}

pub(super) fn shown(migrations: &Migrations, applied: &[Applied], goal: &Goal) -> String {
    match plan(migrations, applied, goal, &Policy::default()) {
        Ok(plan) => {
            let findings = plan.findings.iter().map(|finding| format!("note: {finding}"));
            let heals = plan.heals.iter().map(|heal| format!("heal {}", heal.migration.name()));
            let resumed = plan.resumptions.iter().map(|of| {
                format!("finish {} {} behind {}", of.step.direction, of.step.migration.name(), behind(&of.journal))
            });
            let steps = plan.steps.iter().map(|step| format!("{} {}", step.direction, step.migration.name()));
            let steps = resumed.chain(steps);
            let nothing = plan.nothing_to_do.iter().map(|why| format!("nothing to do: {why}"));
            findings.chain(heals).chain(steps).chain(nothing).collect::<Vec<_>>().join("\n")
        }
        Err(error) => {
            let hints = error.hints().into_iter().map(|hint| format!("\nhint: {hint}"));
            format!("error: {error}{}", hints.collect::<String>())
        }
    }
}

pub(super) fn check(migrations: &Migrations, applied: &[Applied], goal: &Goal, expected: &Expect) {
    expected.assert_eq(&shown(migrations, applied, goal));
}

pub(super) fn up() -> Goal {
    Goal::up(Target::Head)
}

pub(super) fn to(text: &str) -> Goal {
    Goal::to(Target::parse(text).unwrap())
}

/// Asks one thing after another of one database, such as `up 2` or `down a@base`, and shows each plan in one line.
pub(super) fn asked(migrations: &Migrations, applied: &[Applied], goals: &[&str], expected: &Expect) {
    let answers =
        goals.iter().map(|asked| format!("{asked:<16} {}", answer(migrations, applied, asked)).trim().to_owned());
    expected.assert_eq(&answers.collect::<Vec<_>>().join("\n"));
}

pub(super) fn answer(migrations: &Migrations, applied: &[Applied], asked: &str) -> String {
    let (way, target) = asked.split_once(' ').unwrap();
    let target = match Target::parse(target) {
        Ok(target) => target,
        Err(bad) => return format!("error: {}", bad.to_string().split(';').next().unwrap()),
    };
    let goal = match way {
        "up" => Goal::up(target),
        "down" => Goal::down(target),
        _ => Goal::to(target),
    };
    match plan(migrations, applied, &goal, &Policy::default()) {
        Ok(plan) => {
            let steps = plan.steps.iter().map(|step| format!("{} {}", step.direction, step.migration.id));
            let nothing = plan.nothing_to_do.iter().map(|why| format!("nothing to do: {why}"));
            let is_news = |finding: &&Finding| !matches!(finding.kind, FindingKind::Ahead { .. });
            let findings = plan.findings.iter().filter(is_news).map(|finding| format!("note: {finding}"));
            steps.chain(nothing).chain(findings).collect::<Vec<_>>().join(", ")
        }
        Err(error) => format!("error: {error}"),
    }
}

fn behind(journal: &[JournalEntry]) -> usize {
    journal.iter().filter(|entry| entry.state == JournalState::Done).count()
}
