//! Two branches of git that each add a migration, and databases that had one of them first.

use expect_test::expect;

use super::repository::{commit, commit_all, git, try_git};
use super::{run, shown};
use crate::support::command::{Command, Outcome};
use crate::support::database::Database;
use crate::support::project::Project;
use crate::support::redaction::without_checksums;

/// The branches: each adds one migration to what `main` has.
const BRANCHES: [(&str, &str); 2] = [("nests", "10_nest"), ("songs", "11_song")];

/// A clone: sealed migrations on `main`, and a branch for each of two people.
fn clone() -> Project {
    let project = Project::new();
    project.migration("01_bird", "create table bird (id integer primary key);\n", "drop table bird;\n");
    run(&project, "lock").expect_code(0);
    commit_all(&project);
    for (branch, name) in BRANCHES {
        git(&project, &format!("checkout -q -b {branch} main"));
        let (id, slug) = name.split_once('_').expect("an id");
        run(&project, &format!("new {slug} --id {id}")).expect_code(0);
        let up = format!("versions/{name}.up.sql");
        project.file(&up, format!("{}create table {slug} (id integer);\n", project.read(&up)));
        project.file(&format!("versions/{name}.down.sql"), format!("drop table {slug};\n"));
        commit(&project, slug);
    }
    project
}

/// Merges both branches into `main`, up to the conflict.
fn merge(project: &Project) {
    git(project, "checkout -q main");
    git(project, "merge -q nests");
    let told = try_git(project.path(), "merge songs").expect_code(1).stdout;
    assert!(told.contains("CONFLICT (content): Merge conflict in versions/dunlin.lock"), "{told}");
}

/// Takes the lines of both sides.
fn resolve(project: &Project) {
    let lock = project.read("versions/dunlin.lock");
    let is_mark = |line: &&str| ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|mark| line.starts_with(mark));
    let lines: Vec<&str> = lock.lines().filter(|line| !is_mark(line)).collect();
    project.file("versions/dunlin.lock", lines.join("\n") + "\n");
}

fn up(project: &Project, database: &Database) {
    on(project, database, "up -q").expect_code(0);
}

fn on(project: &Project, database: &Database, line: &str) -> Outcome {
    let arguments = line.split(' ').chain(["--url", &database.url]);
    Command::dunlin(project).arguments(arguments).run()
}

/// A clone whose branches are merged, and three databases: one had the nests first, one the songs, one is new.
fn merged(database: &Database) -> Option<(Project, [Database; 3])> {
    let project = clone();
    let databases =
        [Database::new(database.dialect)?, Database::new(database.dialect)?, Database::new(database.dialect)?];
    for ((branch, _), database) in BRANCHES.iter().zip(&databases) {
        git(&project, &format!("checkout -q {branch}"));
        up(&project, database);
    }
    merge(&project);
    resolve(&project);
    Some((project, databases))
}

engines! {
    async fn a_merge_leads_to_one_schema_whichever_a_database_had_first(database: &Database) {
        let Some((project, databases)) = merged(database) else { return };
        run(&project, "merge").expect_code(0);
        for database in &databases {
            up(&project, database);
        }
        same_schema(&databases);
    }

    async fn a_rebase_leads_to_one_schema_whichever_a_database_had_first(database: &Database) {
        let Some((project, databases)) = merged(database) else { return };
        let [nests, songs, new] = &databases;
        // The nests are out in the world, the songs are not.
        on(&project, nests, "rebase").expect_code(0);
        assert!(project.read("versions/11_song.up.sql").starts_with("-- dunlin: revises 10\n"));
        on(&project, songs, "up -q").expect_code(3);
        on(&project, songs, "down -q -1").expect_code(0);
        for database in [nests, songs, new] {
            up(&project, database);
        }
        same_schema(&databases);
    }
}

fn same_schema(databases: &[Database; 3]) {
    let [nests, songs, new] = databases.each_ref().map(Database::schema);
    assert_eq!(nests, songs);
    assert_eq!(nests, new);
    assert!(nests.contains("nest") && nests.contains("song"), "{nests}");
}

#[test]
fn a_conflict_in_the_lock_file_is_told_as_one() {
    let project = clone();
    merge(&project);
    expect![[r#"
        $ dunlin merge
        --- stderr
        error: versions/dunlin.lock:4:1: git left a conflict here: keep the lines of both sides, without the marks
        --- exit 3

        $ dunlin rebase --offline
        --- stderr
        error: versions/dunlin.lock:4:1: git left a conflict here: keep the lines of both sides, without the marks
        --- exit 3

        $ dunlin new wing
        --- stderr
        error: versions/dunlin.lock:4:1: git left a conflict here: keep the lines of both sides, without the marks
        --- exit 3
    "#]]
    .assert_eq(&["merge", "rebase --offline", "new wing"].map(|line| shown(&run(&project, line))).join("\n"));
    resolve(&project);
    run(&project, "merge").expect_code(0);
    expect![[r#"
        # Written by dunlin; commit it. A line is a migration in order. `dunlin lock` seals the open ones,
        # and a sealed file that is edited or deleted does not compile.
        01_bird up=[checksum] down=[checksum] parents=base
        10_nest open
        11_song open
        12_merge_10_nest_and_11_song open
    "#]]
    .assert_eq(&without_checksums(&project.read("versions/dunlin.lock")));
}
