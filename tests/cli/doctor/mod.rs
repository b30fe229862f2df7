//! `doctor`: what it says of each kind of trouble, and that what it advises helps.
//!
//! `rows` is about rows that no file has, `edits` about files and rows that differ, `repairs` about what it does by itself.

mod edits;
mod repairs;
mod rows;

use expect_test::{Expect, expect};

use super::repository::{add, commit_all, try_git, without_commits};
use super::{birds, command, run};
use crate::support::command::{Command, Outcome};
use crate::support::database::Database;
use crate::support::project::Project;

/// Runs commands, and compares all that came out.
#[expect(clippy::needless_pass_by_value, reason = "a test reads better so")]
fn session<const N: usize>(project: &Project, lines: [&str; N], expected: Expect) {
    let shown = lines.map(|line| without_commits(&run(project, line)));
    expected.assert_eq(&shown.join("\n"));
}

/// The birds, sealed, committed and applied.
fn applied_birds() -> Project {
    let project = birds();
    run(&project, "lock").expect_code(0);
    project.file(".gitignore", "app.db*\n");
    commit_all(&project);
    run(&project, "up").expect_code(0);
    project
}
/// Removes the files of a migration that is open.
fn lose(project: &Project, name: &str) {
    project.remove(&format!("versions/{name}.up.sql")).remove(&format!("versions/{name}.down.sql"));
    let lock = project.read("versions/dunlin.lock");
    project.file("versions/dunlin.lock", lock.replace(&format!("{name} open\n"), ""));
}

/// Returns the commands that the doctor advises, with the program that runs them.
fn advice(project: &Project) -> Vec<String> {
    let said = run(project, "doctor --format json").expect_code(3).stdout;
    let lines = said.lines().filter_map(|line| line.trim().strip_prefix(r#""command": ""#));
    lines.map(|line| line.trim_end_matches(',').trim_end_matches('"').replace("\\\"", "'")).collect()
}

/// Does what the doctor advises.
fn follow(project: &Project, advised: &str) -> Outcome {
    match advised.split_once(' ') {
        Some(("git", line)) => try_git(project.path(), line),
        Some(("dunlin", line)) => run(project, line),
        _ => panic!("`{advised}` is no command"),
    }
}

/// Makes the trouble anew for each piece of advice that begins so, follows it, and expects that nothing is wrong then.
fn heals(make: impl Fn() -> Project, pieces: &[&str]) {
    for piece in pieces {
        let project = make();
        let advice = advice(&project);
        let advised = advice.iter().find(|advised| advised.starts_with(piece));
        let advised = advised.unwrap_or_else(|| panic!("nobody advises `{piece}`: {advice:#?}"));
        follow(&project, advised).expect_code(0);
        run(&project, "doctor").expect_code(0);
    }
}

#[test]
fn a_healthy_project_is_told_how_it_stands() {
    let project = birds();
    run(&project, "lock").expect_code(0);
    session(
        &project,
        ["doctor"],
        expect![[r#"
        $ dunlin doctor
        versions holds 3 migrations, up to `0003_egg`.
        The database sqlite:app.db has no history of dunlin yet: `dunlin up` begins it and applies 3 migrations. If what they make is there already, `dunlin stamp heads` records them without running anything.

        nothing is wrong
        --- exit 0
    "#]],
    );
    run(&project, "up 0001").expect_code(0);
    project.file("versions/repeatable/view.sql", "create view two as select 2;\n");
    session(
        &project,
        ["doctor"],
        expect![[r#"
        $ dunlin doctor
        versions holds 3 migrations, up to `0003_egg`.
        The database sqlite:app.db is at `0001_bird`; 2 migrations are pending, `0002_name` first, and `dunlin up` applies them.
        1 repeatable file is to run, and `dunlin up` runs it.

        nothing is wrong
        --- exit 0
    "#]],
    );
    run(&project, "up").expect_code(0);
    session(
        &project,
        ["doctor", "doctor --fix", "doctor --format json"],
        expect![[r#"
        $ dunlin doctor
        versions holds 3 migrations, up to `0003_egg`.
        The database sqlite:app.db is at `0003_egg`; nothing is pending.

        nothing is wrong
        --- exit 0

        $ dunlin doctor --fix
        versions holds 3 migrations, up to `0003_egg`.
        The database sqlite:app.db is at `0003_egg`; nothing is pending.

        nothing is wrong
        --- exit 0

        $ dunlin doctor --format json
        {
          "version": 1,
          "complaints": [],
          "healthy": true,
          "standing": [
            "versions holds 3 migrations, up to `0003_egg`.",
            "The database sqlite:app.db is at `0003_egg`; nothing is pending."
          ]
        }
        --- exit 0
    "#]],
    );
    let without_database = command(&project, "doctor").variable("DATABASE_URL", "").run();
    expect![[r#"
        $ dunlin doctor
        versions holds 3 migrations, up to `0003_egg`.
        No database was named, so only the files were looked at.

        nothing is wrong
        --- exit 0
    "#]]
    .assert_eq(&without_commits(&without_database));
}
#[test]
fn what_is_wrong_with_files_is_explained_by_kind() {
    let project = applied_birds();
    project
        .file("versions/0004_a.up.sql", "-- dunlin: revises 0099\nselect 1;\n")
        .file("versions/0004_a.down.sql", "select 1;\n")
        .file("versions/0005_b.up.sql", "-- dunlin: revises 0003\nselect 1;\n")
        .file("versions/0006_c.up.sql", "-- dunlin: revises 0003\nselect 1;\n")
        .file("versions/05_d.up.sql", "<<<<<<< HEAD\nselect 1;\n=======\nselect 2;\n>>>>>>> wings\n");
    session(
        &project,
        ["doctor"],
        expect![[r#"
            $ dunlin doctor
            The files of versions are not in order.
            The database sqlite:app.db has 3 applied migrations; whether they agree with the files shows once these are in order.

            trouble  versions/05_d.up.sql holds the marks of a conflict that git left
              why    both sides of a merge changed it differently
              do     choose one of the texts, or put them together, and delete the marks

            trouble  versions/0004_a.up.sql: it revises `0099`, which no file has
              why    git knows no commit here with a file of `0099`: it was never committed, or is on a branch that was not fetched
              do     `git fetch --all` fetches what others have pushed; `dunlin doctor` then looks for it again
                     `dunlin restore 0099` writes back what was applied, if the database has it
                     or let it revise another migration, if it was never applied

            trouble  2 files have the same fault
                       versions/0005_b.up.sql: there is no down file, and nothing says why
                       versions/0006_c.up.sql: there is no down file, and nothing says why
              do     add the `.down.sql` file, or `-- dunlin: irreversible <reason>`, or allow up-only files for the whole set (`allow_up_only` in `embed!`, `allow-up-only = true` in dunlin.toml, `--allow-up-only`)

            3 things are wrong
            --- exit 3
        "#]],
    );
}

#[test]
fn a_database_that_does_not_answer() {
    let project = birds();
    run(&project, "lock").expect_code(0);
    let lines = ["sqlite:no/such/folder/app.db", "postgres://ann:secret@127.0.0.1:1/app"]
        .map(|url| without_commits(&command(&project, "doctor").variable("DATABASE_URL", url).run()));
    expect![[r#"
        $ dunlin doctor
        versions holds 3 migrations, up to `0003_egg`.
        The database sqlite:no/such/folder/app.db has no history of dunlin yet: `dunlin up` begins it and applies 3 migrations. If what they make is there already, `dunlin stamp heads` records them without running anything.

        nothing is wrong
        --- exit 0

        $ dunlin doctor
        versions holds 3 migrations, up to `0003_egg`.
        The database postgres://ann:***@127.0.0.1:[port]/app did not tell how it stands.

        trouble  cannot connect to postgres://ann:***@127.0.0.1:[port]/app: Connection refused (os error 111)
          why    the URL comes from DATABASE_URL
                 no server answers there: it does not run, host or port are wrong, or something is in between
          do     `dunlin --verbose doctor` shows the settings that count, and where each comes from

        1 thing is wrong
        --- exit 3
    "#]].assert_eq(&lines.join("\n"));
    project.file("dunlin.toml", "url = \"env:NO_SUCH_URL\"\n");
    let unset = command(&project, "doctor").variable("DATABASE_URL", "").run();
    expect![[r#"
        $ dunlin doctor
        versions holds 3 migrations, up to `0003_egg`.
        The database was not looked at: its URL is to come from NO_SUCH_URL, which is not set.

        nothing is wrong
        --- exit 0
    "#]]
    .assert_eq(&without_commits(&unset));
}

/// Runs a command on a database.
fn on(project: &Project, database: &Database, line: &str) -> Outcome {
    Command::dunlin(project).arguments(line.split(' ')).arguments(["--url", &database.url]).run()
}

engines! {
    async fn a_row_without_a_file_is_taken_back_on_every_engine(database: &Database) {
        let project = birds();
        on(&project, database, "lock -q").expect_code(0);
        add(&project, "0004", "nest");
        on(&project, database, "up -q").expect_code(0);
        lose(&project, "0004_nest");
        add(&project, "0005", "wing");
        let said = on(&project, database, "doctor").expect_code(3).stdout;
        assert!(said.contains("trouble  `0004_nest` is applied, and no file here has it"), "{said}");
        assert!(said.contains("`dunlin down -1` takes back what was done"), "{said}");
        on(&project, database, "down -1 -q").expect_code(0);
        on(&project, database, "up -q").expect_code(0);
        on(&project, database, "doctor").expect_code(0);
        on(&project, database, "check --skip git --skip seals").expect_code(0);
    }

    async fn a_newer_layout_and_a_broken_history_are_explained(database: &Database) {
        let project = birds();
        on(&project, database, "lock -q").expect_code(0);
        on(&project, database, "up -q").expect_code(0);
        database.sql("update dunlin_events set host = 'elsewhere' where n = 2");
        let said = on(&project, database, "doctor").expect_code(3).stdout;
        assert!(said.contains("trouble  the history cannot be read"), "{said}");
        database.sql("update dunlin_layout set version = 99");
        let said = on(&project, database, "doctor").expect_code(3).stdout;
        assert!(said.contains("has layout 99"), "{said}");
    }
}
