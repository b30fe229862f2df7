//! `new --auto` where there is somebody who can be asked.

use super::birds;
use crate::support::project::Project;
use crate::support::terminal::{CTRL_C, CTRL_D, Terminal};

const RENAME: &str = "is this a rename: column bird.name -> title? [y/N] ";
const DROP: &str = "column bird.name is dropped. Write it all the same? [y/N] ";

/// Birds whose names are to be titles.
fn titles() -> (Project, Vec<String>) {
    let project = birds();
    project.file(
        "schema.sql",
        "create table bird (id integer primary key, title text);\ncreate table egg (id integer primary key);\n",
    );
    let files = project.files();
    (project, files)
}

fn new_at(project: &Project) -> Terminal {
    Terminal::dunlin(project, "new --auto -m Titles")
}

#[test]
fn a_rename_is_asked_about_and_made() {
    let (project, _) = titles();
    let (code, shown) = new_at(&project).at(RENAME, "y\n").end();
    assert_eq!(code, Some(0), "{shown}");
    let up = project.read("versions/0004_titles.up.sql");
    assert!(up.contains("alter table bird rename column name to title;"), "{up}");
    assert!(!up.contains("loses data"), "{up}");
}

#[test]
fn what_is_no_rename_loses_data_and_that_is_asked_about_too() {
    let (project, _) = titles();
    let (code, shown) = new_at(&project).at(RENAME, "no\n").at(DROP, "Yes\n").end();
    assert_eq!(code, Some(0), "{shown}");
    let up = project.read("versions/0004_titles.up.sql");
    assert!(up.contains("-- loses data: column bird.name is dropped"), "{up}");
}

#[test]
fn whatever_is_not_yes_is_no_and_nothing_is_written() {
    for (rename, drop) in [("n\n", "n\n"), ("\n", "\n"), ("perhaps\n", "yup\n"), (CTRL_D, CTRL_D)] {
        let (project, before) = titles();
        let (code, shown) = new_at(&project).at(RENAME, rename).at(DROP, drop).end();
        assert_eq!(code, Some(9), "{rename:?}: {shown}");
        assert!(shown.contains("--allow drop-column"), "{shown}");
        assert!(shown.lines().all(|line| !(line.contains("[y/N]") && line.contains("error: "))), "{shown}");
        assert_eq!(project.files(), before, "{rename:?}");
    }
}

#[test]
fn an_interruption_at_a_question_ends_it_and_nothing_is_written() {
    let (project, before) = titles();
    let began = std::time::Instant::now();
    let (code, shown) = new_at(&project).at(RENAME, CTRL_C).end();
    assert_eq!(code, Some(130), "{shown}");
    let (code, shown) = new_at(&project).at(RENAME, "n\n").at(DROP, CTRL_C).end();
    assert_eq!(code, Some(130), "{shown}");
    assert!(began.elapsed().as_secs() < 20, "it goes on waiting for an answer: {shown}");
    assert_eq!(project.files(), before);
}

#[test]
fn a_migration_that_another_writes_meanwhile_is_not_planned_over() {
    let (project, _) = titles();
    let asking = new_at(&project).at(RENAME, "");
    project.migration(
        "0004_titles",
        "alter table bird rename name to title;",
        "alter table bird rename title to name;",
    );
    let before = project.files();
    let (code, shown) = asking.at("", "y\n").end();
    assert_eq!(code, Some(1), "{shown}");
    assert!(shown.contains("the migrations changed while this one was planned"), "{shown}");
    assert_eq!(project.files(), before);
}
