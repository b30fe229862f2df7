//! `up`, `down` and `redo`.

use expect_test::expect;

use super::{birds, run, session};
use crate::support::project::Project;

#[test]
fn up_tells_of_every_step_and_where_the_database_is() {
    session(&birds(), ["up +1", "up", "up"], &expect![]);
}

#[test]
fn up_stops_where_it_is_told_to() {
    session(&birds(), ["up name", "up 0002", "up 0003"], &expect![]);
}

#[test]
fn a_dry_run_shows_what_is_pending_and_does_nothing() {
    session(
        &birds(),
        ["up --dry-run", "up 0002 -q", "up --dry-run", "down --dry-run", "up -q", "up --dry-run"],
        &expect![],
    );
}

#[test]
fn down_reverts_one_migration_unless_more_is_asked_for() {
    session(&birds(), ["up -q", "down", "down -2", "down"], &expect![]);
}

#[test]
fn down_keeps_the_migration_that_is_named() {
    session(&birds(), ["up -q", "down 0001", "down base", "down base"], &expect![]);
}

#[test]
fn down_all_reverts_everything_without_asking_off_a_terminal() {
    session(&birds(), ["up -q", "down --all"], &expect![]);
}

#[test]
fn more_steps_back_than_there_are_revert_nothing() {
    session(&birds(), ["up -q", "down -4", "status"], &expect![]);
}

#[test]
fn a_number_of_steps_without_its_sign_is_explained() {
    session(&birds(), ["up -q", "down 9"], &expect![]);
}

#[test]
fn redo_reverts_and_applies() {
    session(&birds(), ["redo", "up -q", "redo", "redo -2"], &expect![]);
}

#[test]
fn a_mistyped_target_is_met_with_the_nearest_name() {
    session(&birds(), ["up brid", "up base", "up -1", "up +x", "down head"], &expect![]);
}

#[test]
fn quiet_mutes_the_steps_and_nothing_else() {
    let project = birds();
    run(&project, "up").expect_code(0);
    project.file("versions/0001_bird.up.sql", "-- a comment\ncreate table bird (id integer primary key);\n");
    session(&project, ["down --quiet", "up --quiet"], &expect![]);
}

#[test]
fn two_heads_are_applied_one_by_one_or_together() {
    let project = birds();
    project.migration("0004_nest", "-- dunlin: revises 0003\ncreate table nest (id integer);", "drop table nest;");
    project.migration("0005_song", "-- dunlin: revises 0003\ncreate table song (id integer);", "drop table song;");
    session(&project, ["up", "up heads", "down"], &expect![]);
}

#[test]
fn a_directory_without_migrations_is_no_mistake() {
    session(&Project::new(), ["up", "status", "down", "history", "verify", "lock"], &expect![]);
}

#[test]
fn a_directory_as_sqlx_writes_it_runs_as_it_is() {
    let project = Project::new();
    project.file("versions/20230101000000_bird.sql", "create table bird (id integer);");
    session(&project, ["up", "up --allow-up-only", "down"], &expect![]);
}
