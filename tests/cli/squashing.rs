//! `squash`: many migrations become one.

use expect_test::expect;

use super::{birds, run, session};
use crate::support::project::Project;

/// Four migrations, of which one puts in a row.
pub(super) fn nests() -> Project {
    let project = birds();
    project.migration(
        "0004_owl",
        "-- The first bird.\n-- dunlin: lock-timeout 5s\ninsert into bird (id, name) values (1, 'owl')\n",
        "delete from bird;\n",
    );
    project
}

#[test]
#[expect(clippy::too_many_lines, reason = "a session is one text")]
fn migrations_are_put_together_and_every_database_goes_on() {
    let project = nests();
    run(&project, "up --url sqlite:middle.db 2");
    run(&project, "up");
    session(
        &project,
        [
            "squash 0002..0004 -m 'birds with names'",
            "status",
            "up",
            "status",
            "history",
            "up --url sqlite:middle.db -q",
            "up --url sqlite:fresh.db -q",
            "status --url sqlite:fresh.db",
            "down -1 --yes -q",
            "down -1 --yes -q --url sqlite:fresh.db",
            "lock",
        ],
        &expect![[r#"
            $ dunlin squash 0002..0004 -m 'birds with names'
            wrote versions/0005_birds_with_names.up.sql
            wrote versions/0005_birds_with_names.down.sql
            --- stderr
            it stands for 3 migrations, and was proved to make the same schema
            hint: databases in the middle go on with the original files; when none is, `dunlin squash --prune 0005` deletes them
            --- exit 0

            $ dunlin status
            state     migration              applied at (UTC)
            applied   0001_bird              [time]
            applied   0002_name              [time]
            applied   0003_egg               [time]
            applied   0004_owl               [time]
            squashed  0005_birds_with_names

            5 migrations: 5 applied, 0 pending; the database is at 0005_birds_with_names
            --- exit 0

            $ dunlin up
              squashed  0005_birds_with_names: all that it stands for is applied
            nothing is pending: the database is at 0005_birds_with_names (5 migrations)
            --- exit 0

            $ dunlin status
            state     migration              applied at (UTC)
            applied   0001_bird              [time]
            applied   0002_name              [time]
            applied   0003_egg               [time]
            applied   0004_owl               [time]
            squashed  0005_birds_with_names  [time]

            5 migrations: 5 applied, 0 pending; the database is at 0005_birds_with_names
            --- exit 0

            $ dunlin history
            * 0005_birds_with_names (head, current, squash of 3, applied)
            * 0004_owl (applied)
            * 0003_egg (applied)
            * 0002_name (applied)
            * 0001_bird (applied)
            --- exit 0

            $ dunlin up --url sqlite:middle.db -q
              squashed  0005_birds_with_names: all that it stands for is applied
            2 migrations applied, the database is at 0005_birds_with_names
            --- exit 0

            $ dunlin up --url sqlite:fresh.db -q
            2 migrations applied, the database is at 0005_birds_with_names
            --- exit 0

            $ dunlin status --url sqlite:fresh.db
            state    migration              applied at (UTC)
            applied  0001_bird              [time]
            applied  0005_birds_with_names  [time]

            2 migrations: 2 applied, 0 pending; the database is at 0005_birds_with_names
            --- exit 0

            $ dunlin down -1 --yes -q
            1 migration reverted, the database is at 0003_egg
            --- exit 0

            $ dunlin down -1 --yes -q --url sqlite:fresh.db
            1 migration reverted, the database is at 0001_bird
            --- exit 0

            $ dunlin lock
              sealed  0001_bird
              sealed  0002_name
              sealed  0003_egg
              sealed  0004_owl
              sealed  0005_birds_with_names
            5 migrations sealed in versions/dunlin.lock; commit it
            --- exit 0
        "#]],
    );
    expect![[r#"
        -- dunlin: revises 0001
        -- dunlin: replaces 0002, 0003, 0004

        -- 0002_name
        alter table bird add column name text;

        -- 0003_egg
        create table egg (id integer primary key);

        -- 0004_owl
        -- The first bird.
        insert into bird (id, name) values (1, 'owl');
        ===
        -- 0004_owl
        delete from bird;

        -- 0003_egg
        drop table egg;

        -- 0002_name
        alter table bird drop column name;
    "#]]
    .assert_eq(
        &["up", "down"].map(|half| project.read(&format!("versions/0005_birds_with_names.{half}.sql"))).join("===\n"),
    );
}

#[test]
fn the_tests_of_the_originals_are_deleted_with_them() {
    let project = nests();
    project
        .file("tests/0002.seed.sql", "insert into bird (id) values (7);\n")
        .file("tests/0002.check.sql", "select count(*) > 0 from bird;\n")
        .file("tests/readme.sql", "-- nothing\n");
    run(&project, "squash");
    project.file("tests/0005.check.sql", "select count(*) > 0 from bird;\n");
    session(
        &project,
        ["test", "squash --prune", "test"],
        &expect![[r#"
        $ dunlin test
        1 migration passed
        --- exit 0

        $ dunlin squash --prune
        deleted versions/0001_bird.up.sql
        deleted versions/0001_bird.down.sql
        deleted versions/0002_name.up.sql
        deleted versions/0002_name.down.sql
        deleted versions/0003_egg.up.sql
        deleted versions/0003_egg.down.sql
        deleted versions/0004_owl.up.sql
        deleted versions/0004_owl.down.sql
        deleted tests/0002.check.sql
        deleted tests/0002.seed.sql
        --- exit 0

        $ dunlin test
        1 migration passed
        --- exit 0
    "#]],
    );
    assert!(project.files().iter().all(|file| !file.starts_with("tests/0002")), "{:?}", project.files());
}

#[test]
fn the_originals_are_deleted_when_no_database_is_in_the_middle() {
    let project = nests();
    run(&project, "up --url sqlite:middle.db 2");
    run(&project, "up");
    run(&project, "lock");
    run(&project, "squash");
    session(
        &project,
        [
            "squash --prune --url sqlite:middle.db",
            "squash --prune 0001",
            "squash --prune",
            "squash --prune",
            "status",
            "up --url sqlite:middle.db",
            "down base --yes -q",
            "verify --ledger",
        ],
        &expect![[r#"
            $ dunlin squash --prune --url sqlite:middle.db
            --- stderr
            error: refused: this database is in the middle of what `0005_squash_of_0001_to_0004` stands for: it has not `0003` and `0004`
            hint: `dunlin up` brings it past them
            --- exit 9

            $ dunlin squash --prune 0001
            --- stderr
            error: `0001_bird` stands for no other migration
            hint: `dunlin squash <first>..<last>` writes one that does
            --- exit 1

            $ dunlin squash --prune
            deleted versions/0001_bird.up.sql
            deleted versions/0001_bird.down.sql
            deleted versions/0002_name.up.sql
            deleted versions/0002_name.down.sql
            deleted versions/0003_egg.up.sql
            deleted versions/0003_egg.down.sql
            deleted versions/0004_owl.up.sql
            deleted versions/0004_owl.down.sql
            --- exit 0

            $ dunlin squash --prune
            there is nothing to delete
            --- exit 0

            $ dunlin status
            state     migration                    applied at (UTC)
            squashed  0005_squash_of_0001_to_0004  [time]

            1 migration: 1 applied, 0 pending; the database is at 0005_squash_of_0001_to_0004
            --- exit 0

            $ dunlin up --url sqlite:middle.db
            --- stderr
            error: versions/0005_squash_of_0001_to_0004.up.sql stands for migrations of which `0001_bird` and `0002_name` are applied and `0003` and `0004` are not, and their files are not here
            hint: this database is in the middle of what `0005` stands for, and goes on with the original files only: bring all of them back from version control, run `dunlin up`, and delete them again when no database needs them
            --- exit 3

            $ dunlin down base --yes -q
            4 migrations reverted, the database is at base
            --- exit 0

            $ dunlin verify --ledger
            the files of 1 migration are in order
            the history agrees with them
            the ledger is whole
              main: 8 events, head [checksum]
            --- exit 0
        "#]],
    );
    expect![[r#"
        app.db
        middle.db
        versions/0005_squash_of_0001_to_0004.down.sql
        versions/0005_squash_of_0001_to_0004.up.sql
        versions/dunlin.lock"#]]
    .assert_eq(&project.files().join("\n"));
}

#[test]
fn a_squash_says_all_that_its_migrations_say() {
    let project = Project::new();
    project
        .migration("1_a", "create table a (x integer);\n", "drop table a;\n")
        .migration(
            "2_b",
            "-- dunlin: revises 1\n-- dunlin: label birds\n-- dunlin: vars size\n-- dunlin: statement-timeout 5s\n-- dunlin: allow drop-column why not\ncreate table b (x varchar(${size}));\n",
            "drop table b;\n",
        )
        .migration("3_side", "-- dunlin: revises base\n-- dunlin: label side\ncreate table s (x integer);\n", "drop table s;\n")
        .file(
            "versions/4_c.up.sql",
            "-- no-transaction\n-- dunlin: revises 2\n-- dunlin: breaking\n-- dunlin: depends-on 3\n-- dunlin: irreversible it is done\n-- dunlin: statement-timeout 1min\nvacuum;\n",
        )
        .migration("5_d", "-- dunlin: revises 4\ncreate table d (x integer);\n", "drop table d;\n");
    session(
        &project,
        ["squash 2..4 --id 9 -m both --var size=5", "heads", "branches", "up heads --var size=5 -q", "down 1 --yes"],
        &expect![[r#"
            $ dunlin squash 2..4 --id 9 -m both --var size=5
            wrote versions/9_both.up.sql
            --- stderr
            it stands for 2 migrations, and was proved to make the same schema
            hint: databases in the middle go on with the original files; when none is, `dunlin squash --prune 9` deletes them
            --- exit 0

            $ dunlin heads
            3_side (label side, `4_c` and `9_both` depends on it)
            5_d
            --- exit 0

            $ dunlin branches
            no migration is revised by several others
            --- exit 0

            $ dunlin up heads --var size=5 -q
            4 migrations applied, the database is at 5_d
            --- exit 0

            $ dunlin down 1 --yes
            --- stderr
            error: `9_both` is irreversible: as 4_c is: it is done
            hint: nothing was reverted; stop above it with `dunlin down <id>`, or write a new migration
            --- exit 9
        "#]],
    );
    expect![[r#"
        -- dunlin: revises 1
        -- dunlin: depends-on 3
        -- dunlin: replaces 2, 4
        -- dunlin: label birds
        -- dunlin: breaking
        -- dunlin: irreversible as 4_c is: it is done
        -- dunlin: transaction none
        -- dunlin: statement-timeout 60000ms
        -- dunlin: vars size
        -- dunlin: allow drop-column why not

        -- 2_b
        create table b (x varchar(${size}));

        -- 4_c
        vacuum;
    "#]]
    .assert_eq(&project.read("versions/9_both.up.sql"));
}

#[test]
fn what_cannot_become_one_is_refused_by_name() {
    let project = nests();
    project
        .migration("0005_side", "-- dunlin: revises 0002\ncreate table side (x integer);\n", "drop table side;\n")
        .migration("0006_own", "-- dunlin: revises base\ncreate table own (x integer);\n", "drop table own;\n")
        .migration("0007_join", "-- dunlin: revises 0005, 0006\ncreate table j (x integer);\n", "drop table j;\n");
    session(
        &project,
        ["squash 0003", "squash 0003..0003", "squash 0001..0004", "squash", "squash 0005..0007", "squash 0009..0010"],
        &expect![[r#"
            $ dunlin squash 0003
            --- stderr
            error: invalid value '0003' for '[RANGE]': `0003` is no range; one is two targets with `:` between them, and either may be left out

            For more information, try '--help'.
            --- exit 1

            $ dunlin squash 0003..0003
            --- stderr
            error: refused: there is only `0003_egg`, and it takes two to put together
            hint: `dunlin squash <first>..<last>` names the first and the last
            --- exit 1

            $ dunlin squash 0001..0004
            --- stderr
            error: refused: `0005_side` comes after `0002_name`, in the middle of them, and not after `0004_owl`
            hint: end the range at `0002`, or take `0005` in
            --- exit 1

            $ dunlin squash
            --- stderr
            error: refused: they have no one end: nothing of them comes after `0004_owl` and `0007_join`
            hint: take in where their lines part, or where they meet: `dunlin history` shows both
            --- exit 1

            $ dunlin squash 0005..0007
            --- stderr
            error: refused: they have no one beginning: `0005_side` and `0007_join` come from elsewhere
            hint: take in where their lines part, or where they meet: `dunlin history` shows both
            --- exit 1

            $ dunlin squash 0009..0010
            --- stderr
            error: no migration is called `0009`; did you mean `0007`?
            hint: `dunlin status` lists them
            --- exit 1
        "#]],
    );
}

#[test]
fn a_branch_that_comes_from_the_middle_is_a_fault_with_a_way_out() {
    let project = nests();
    run(&project, "squash 0001..0003 --id 9 -m one");
    project.migration("0005_late", "-- dunlin: revises 0002\nselect 1;\n", "select 1;\n");
    session(
        &project,
        ["check", "up"],
        &expect![[r#"
        $ dunlin check
        fail     files  1 fault in versions
            versions/0005_late.up.sql: it revises `0002`, which `9_one` replaces together with what comes after it
            hint: let it come after all of them: `-- dunlin: revises 0003`
        skipped  heads  the files are not in order
        skipped  seals  the files are not in order
        skipped  down   the files are not in order
        skipped  git    `versions` is in no git repository
        skipped  edits  the files are not in order

        1 check failed, 0 passed, 5 skipped
        --- exit 3

        $ dunlin up
        --- stderr
        error: versions/0005_late.up.sql: it revises `0002`, which `9_one` replaces together with what comes after it
        hint: let it come after all of them: `-- dunlin: revises 0003`
        --- exit 3
    "#]],
    );
    project.remove("versions/0005_late.up.sql").remove("versions/0005_late.down.sql");
    project.remove("versions/0002_name.up.sql").remove("versions/0002_name.down.sql");
    session(
        &project,
        ["up"],
        &expect![[r#"
        $ dunlin up
        --- stderr
        error: versions/9_one.up.sql: it replaces `0002`, which no file has, and `0001` and `0003`, which there is
        hint: restore all of their files, or delete all of them
        --- exit 3
    "#]],
    );
}

#[test]
fn a_squash_can_be_squashed_again() {
    let project = nests();
    run(&project, "up 2 --url sqlite:middle.db");
    run(&project, "squash 0001..0003 --id 8 -m first");
    run(&project, "up --url sqlite:short.db");
    session(
        &project,
        [
            "squash --id 9 -m second",
            "up -q",
            "up --url sqlite:middle.db",
            "up --url sqlite:short.db",
            "status --url sqlite:short.db",
        ],
        &expect![[r#"
            $ dunlin squash --id 9 -m second
            wrote versions/9_second.up.sql
            wrote versions/9_second.down.sql
            --- stderr
            it stands for 5 migrations, and was proved to make the same schema
            hint: databases in the middle go on with the original files; when none is, `dunlin squash --prune 9` deletes them
            --- exit 0

            $ dunlin up -q
            1 migration applied, the database is at 9_second
            --- exit 0

            $ dunlin up --url sqlite:middle.db
              squashed  8_first: all that it stands for is applied
              squashed  9_second: all that it stands for is applied
            2 migrations applied, the database is at 9_second
            --- stderr
              applied   0003_egg  [duration]
              applied   0004_owl  [duration]
            --- exit 0

            $ dunlin up --url sqlite:short.db
              squashed  9_second: all that it stands for is applied
            nothing is pending: the database is at 9_second (6 migrations)
            --- exit 0

            $ dunlin status --url sqlite:short.db
            state     migration  applied at (UTC)
            applied   8_first    [time]
            applied   0004_owl   [time]
            squashed  9_second   [time]

            3 migrations: 3 applied, 0 pending; the database is at 9_second
            --- exit 0
        "#]],
    );
    expect![[r#"
        -- dunlin: revises base
        -- dunlin: replaces 0001, 0002, 0003, 8, 0004

        -- 8_first
        -- 0001_bird
        create table bird (id integer primary key);

        -- 0002_name
        alter table bird add column name text;

        -- 0003_egg
        create table egg (id integer primary key);

        -- 0004_owl
        -- The first bird.
        insert into bird (id, name) values (1, 'owl');
    "#]]
    .assert_eq(&project.read("versions/9_second.up.sql"));
}

#[test]
fn fingerprints_hold_for_whichever_way_a_database_took() {
    let project = nests();
    run(&project, "up --url sqlite:middle.db 2");
    run(&project, "up");
    run(&project, "squash 0002..0004 --id 9 -m one");
    run(&project, "up --url sqlite:fresh.db");
    assert_eq!(run(&project, "lock --fingerprint").code, Some(0));
    for database in ["app", "middle", "fresh"] {
        for manner in ["fingerprint", "schema"] {
            let outcome = run(&project, &format!("verify --{manner} --url sqlite:{database}.db"));
            assert_eq!(outcome.code, Some(0), "{database}: {outcome:?}");
        }
    }
}
