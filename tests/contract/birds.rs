//! The migrations that most tests begin with.

use dunlin_core::checksum::Checksum;

use crate::support::project::Project;

pub(super) const BIRD_UP: &str = "create table bird (id integer primary key, name varchar(20));\n";
pub(super) const BIRD_DOWN: &str = "drop table bird;\n";

/// Makes a project with one migration, `1_bird`.
pub(super) fn bird() -> Project {
    let project = Project::new();
    project.migration("1_bird", BIRD_UP, BIRD_DOWN);
    project
}

/// Makes a project with three: `1_bird` makes a table, `2_wren` puts a row into it, `3_nest` makes another table.
pub(super) fn birds() -> Project {
    let project = bird();
    project.migration("2_wren", "insert into bird values (1, 'wren');\n", "delete from bird where id = 1;\n");
    project.migration("3_nest", "create table nest (bird integer);\n", "drop table nest;\n");
    project
}

/// Returns the checksum of a file, as the history writes it.
pub(super) fn checksum(text: &str) -> String {
    Checksum::of_text(text).to_string()
}
