//! Where to: the targets of `up` and `down`.

use expect_test::expect;

use super::{birds, session};

#[test]
fn up_stops_where_it_is_told_to() {
    session(
        &birds(),
        ["up name", "up 0002", "up 0003"],
        &expect![[r#"
            $ dunlin up name
            2 migrations applied, the database is at 0002_name
            --- stderr
              applied   0001_bird  [duration]
              applied   0002_name  [duration]
            --- exit 0

            $ dunlin up 0002
            nothing to do: `0002_name` is already applied; the database is at 0002_name
            --- exit 0

            $ dunlin up 0003
            1 migration applied, the database is at 0003_egg
            --- stderr
              applied   0003_egg  [duration]
            --- exit 0
        "#]],
    );
}

#[test]
fn down_keeps_the_migration_that_is_named() {
    session(
        &birds(),
        ["up -q", "down 0001", "down base", "down base"],
        &expect![[r#"
            $ dunlin up -q
            3 migrations applied, the database is at 0003_egg
            --- exit 0

            $ dunlin down 0001
            2 migrations reverted, the database is at 0001_bird
            --- stderr
              reverted  0003_egg  [duration]
              reverted  0002_name  [duration]
            --- exit 0

            $ dunlin down base
            1 migration reverted, the database is at base
            --- stderr
              reverted  0001_bird  [duration]
            --- exit 0

            $ dunlin down base
            nothing to revert: nothing is applied; the database is at base
            --- exit 0
        "#]],
    );
}

#[test]
fn more_steps_back_than_there_are_revert_nothing() {
    session(
        &birds(),
        ["up -q", "down -4", "status"],
        &expect![[r#"
        $ dunlin up -q
        3 migrations applied, the database is at 0003_egg
        --- exit 0

        $ dunlin down -4
        --- stderr
        error: 3 migrations are applied, not 4
        --- exit 1

        $ dunlin status
        state    migration  applied at (UTC)
        applied  0001_bird  [time]
        applied  0002_name  [time]
        applied  0003_egg   [time]

        3 migrations: 3 applied, 0 pending; the database is at 0003_egg
        --- exit 0
    "#]],
    );
}

#[test]
fn a_number_of_steps_without_its_sign_is_explained() {
    session(
        &birds(),
        ["up -q", "down 9"],
        &expect![[r#"
        $ dunlin up -q
        3 migrations applied, the database is at 0003_egg
        --- exit 0

        $ dunlin down 9
        --- stderr
        error: no migration is called `9`
        hint: to revert the last 9, `dunlin down -9`
        --- exit 1
    "#]],
    );
}

#[test]
fn a_mistyped_target_is_met_with_the_nearest_name() {
    session(
        &birds(),
        ["up brid", "up base", "up -1", "up +x", "down head"],
        &expect![[r#"
            $ dunlin up brid
            --- stderr
            error: no migration is called `brid`; did you mean `bird`?
            hint: `dunlin status` lists them
            --- exit 1

            $ dunlin up base
            nothing to do: every database is at `base` or past it; the database is at base
            --- exit 0

            $ dunlin up -1
            --- stderr
            error: `-1` does not lead up
            hint: `dunlin down -1` reverts to there
            --- exit 1

            $ dunlin up +x
            --- stderr
            error: invalid value '+x' for '[TARGET]': `+x` is no target; one is `head`, `heads`, `base`, `current`, `+N`, `-N`, an id, a slug, a label, the beginning of one, any of these with `+N` or `-N` behind it, or `<label>@` and one of these

            For more information, try '--help'.
            --- exit 1

            $ dunlin down head
            --- stderr
            error: `head` does not lead down
            hint: `dunlin up head` applies up to there
            --- exit 1
        "#]],
    );
}

#[test]
fn two_heads_are_applied_one_by_one_or_together() {
    let project = birds();
    project.migration("0004_nest", "-- dunlin: revises 0003\ncreate table nest (id integer);", "drop table nest;");
    project.migration("0005_song", "-- dunlin: revises 0003\ncreate table song (id integer);", "drop table song;");
    session(
        &project,
        ["up", "up heads", "down"],
        &expect![[r#"
            $ dunlin up
            --- stderr
            error: there are 2 heads: `0004_nest` and `0005_song`
            hint: apply all of them with `dunlin up heads`, or one with `dunlin up <id>`; `dunlin merge` joins them for good, and `dunlin rebase` puts one behind the other
            --- exit 1

            $ dunlin up heads
            5 migrations applied, the database is at `0004_nest` and `0005_song`
            --- stderr
              applied   0001_bird  [duration]
              applied   0002_name  [duration]
              applied   0003_egg  [duration]
              applied   0004_nest  [duration]
              applied   0005_song  [duration]
            --- exit 0

            $ dunlin down
            1 migration reverted, the database is at 0004_nest
            --- stderr
              reverted  0005_song  [duration]
            --- exit 0
        "#]],
    );
}
