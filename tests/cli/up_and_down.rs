//! `up`, `down` and `redo`.

use expect_test::expect;

use super::{birds, run, session};
use crate::support::project::Project;

#[test]
fn up_tells_of_every_step_and_where_the_database_is() {
    session(
        &birds(),
        ["up +1", "up", "up"],
        &expect![[r#"
        $ dunlin up +1
        1 migration applied, the database is at 0001_bird
        --- stderr
          applied   0001_bird  [duration]
        --- exit 0

        $ dunlin up
        2 migrations applied, the database is at 0003_egg
        --- stderr
          applied   0002_name  [duration]
          applied   0003_egg  [duration]
        --- exit 0

        $ dunlin up
        nothing is pending: the database is at 0003_egg (3 migrations)
        --- exit 0
    "#]],
    );
}

#[test]
fn a_dry_run_shows_what_is_pending_and_does_nothing() {
    session(
        &birds(),
        ["up --dry-run", "up 0002 -q", "up --dry-run", "down --dry-run", "up -q", "up --dry-run"],
        &expect![[r#"
            $ dunlin up --dry-run
            up  versions/0001_bird.up.sql  1 statement, in a transaction
            up  versions/0002_name.up.sql  1 statement, in a transaction
            up  versions/0003_egg.up.sql   1 statement, in a transaction

            3 migrations to apply
            --- exit 2

            $ dunlin up 0002 -q
            2 migrations applied, the database is at 0002_name
            --- exit 0

            $ dunlin up --dry-run
            up  versions/0003_egg.up.sql  1 statement, in a transaction

            1 migration to apply
            --- exit 2

            $ dunlin down --dry-run
            down  versions/0002_name.down.sql  1 statement, in a transaction

            1 migration to revert
            --- exit 2

            $ dunlin up -q
            1 migration applied, the database is at 0003_egg
            --- exit 0

            $ dunlin up --dry-run
            nothing to do
            --- exit 0
        "#]],
    );
}

#[test]
fn down_reverts_one_migration_unless_more_is_asked_for() {
    session(
        &birds(),
        ["up -q", "down", "down -2", "down"],
        &expect![[r#"
            $ dunlin up -q
            3 migrations applied, the database is at 0003_egg
            --- exit 0

            $ dunlin down
            1 migration reverted, the database is at 0002_name
            --- stderr
              reverted  0003_egg  [duration]
            --- exit 0

            $ dunlin down -2
            2 migrations reverted, the database is at base
            --- stderr
              reverted  0002_name  [duration]
              reverted  0001_bird  [duration]
            --- exit 0

            $ dunlin down
            nothing to revert: nothing is applied; the database is at base
            --- exit 0
        "#]],
    );
}

#[test]
fn down_all_reverts_everything_without_asking_off_a_terminal() {
    session(
        &birds(),
        ["up -q", "down --all"],
        &expect![[r#"
        $ dunlin up -q
        3 migrations applied, the database is at 0003_egg
        --- exit 0

        $ dunlin down --all
        3 migrations reverted, the database is at base
        --- stderr
          reverted  0003_egg  [duration]
          reverted  0002_name  [duration]
          reverted  0001_bird  [duration]
        --- exit 0
    "#]],
    );
}

#[test]
fn redo_reverts_and_applies() {
    session(
        &birds(),
        ["redo", "up -q", "redo", "redo -2"],
        &expect![[r#"
        $ dunlin redo
        nothing to redo: the database is at base
        --- exit 0

        $ dunlin up -q
        3 migrations applied, the database is at 0003_egg
        --- exit 0

        $ dunlin redo
        1 migration redone, the database is at 0003_egg
        --- stderr
          reverted  0003_egg  [duration]
          applied   0003_egg  [duration]
        --- exit 0

        $ dunlin redo -2
        2 migrations redone, the database is at 0003_egg
        --- stderr
          reverted  0003_egg  [duration]
          reverted  0002_name  [duration]
          applied   0002_name  [duration]
          applied   0003_egg  [duration]
        --- exit 0
    "#]],
    );
}

#[test]
fn quiet_mutes_the_steps_and_nothing_else() {
    let project = birds();
    run(&project, "up").expect_code(0);
    project.file("versions/0001_bird.up.sql", "-- a comment\ncreate table bird (id integer primary key);\n");
    session(
        &project,
        ["down --quiet", "up --quiet"],
        &expect![[r#"
        $ dunlin down --quiet
        1 migration reverted, the database is at 0002_name
        --- stderr
        note: versions/0001_bird.up.sql was edited after it was applied, in comments or white space only
        --- exit 0

        $ dunlin up --quiet
        1 migration applied, the database is at 0003_egg
        --- stderr
        note: versions/0001_bird.up.sql was edited after it was applied, in comments or white space only
        --- exit 0
    "#]],
    );
}

#[test]
fn a_directory_without_migrations_is_no_mistake() {
    session(
        &Project::new(),
        ["up", "status", "down", "log", "verify", "lock"],
        &expect![[r#"
            $ dunlin up
            there are no migrations yet
            --- exit 0

            $ dunlin status
            there are no migrations yet
            --- exit 0

            $ dunlin down
            nothing to revert: nothing is applied; the database is at base
            --- exit 0

            $ dunlin log
            nothing was done to the database yet
            --- exit 0

            $ dunlin verify
            the files of 0 migrations are in order
            the history agrees with them
            --- exit 0

            $ dunlin lock
            there are no migrations yet
            --- exit 0
        "#]],
    );
}

#[test]
fn a_directory_as_sqlx_writes_it_runs_as_it_is() {
    let project = Project::new();
    project.file("versions/20230101000000_bird.sql", "create table bird (id integer);");
    session(
        &project,
        ["up", "up --allow-up-only", "down"],
        &expect![[r#"
        $ dunlin up
        1 migration applied, the database is at [id]_bird
        --- stderr
        note: no migration has a down file; `--allow-up-only` says that this is meant
          applied   [id]_bird  [duration]
        --- exit 0

        $ dunlin up --allow-up-only
        nothing is pending: the database is at [id]_bird (1 migration)
        --- exit 0

        $ dunlin down
        --- stderr
        note: no migration has a down file; `--allow-up-only` says that this is meant
        error: `[id]_bird` is irreversible
        hint: nothing was reverted; stop above it with `dunlin down <id>`, or write a new migration
        --- exit 9
    "#]],
    );
}
