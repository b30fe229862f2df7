//! `lock`.

use expect_test::expect;

use super::{birds, run, session};

#[test]
fn lock_seals_what_is_open() {
    let project = birds();
    session(
        &project,
        ["lock --check", "lock", "lock --check", "lock"],
        &expect![[r#"
        $ dunlin lock --check
          open  0001_bird
          open  0002_name
          open  0003_egg
        --- stderr
        error: 3 migrations are open
        hint: `dunlin lock` seals what is open
        --- exit 3

        $ dunlin lock
          sealed  0001_bird
          sealed  0002_name
          sealed  0003_egg
        3 migrations sealed in versions/dunlin.lock; commit it
        --- exit 0

        $ dunlin lock --check
        nothing is open: 3 migrations sealed
        --- exit 0

        $ dunlin lock
        nothing is open: 3 migrations sealed in versions/dunlin.lock
        --- exit 0
    "#]],
    );
    expect![[r#"
        # Written by dunlin; commit it. A line is a migration in order. `dunlin lock` seals the open ones,
        # and a sealed file that is edited or deleted does not compile.
        0001_bird up=b3:0d2e1bd7d522ff89f8e059fb791d08564895e6184d42b4d48ea948b690f2a9f7 down=b3:0621c14629ea5232cec6af11958b0c97a2a630a7b264dad6a053994e50246ebc parents=base
        0002_name up=b3:17fbdf6cf53d7ef435a09fdccacc3fb2202a9e18609c9a391a3f0722b611a0ae down=b3:f2f44417d09ffc7ee6e79bf5e9c2ad2050fc99bbb337931276f5c924703730a4 parents=0001
        0003_egg up=b3:f8d5b016b1efc8b1a78c1e554ff2d74b8f25ffbc1675f9b3e657b7f06ca59bd2 down=b3:d0a2a96b1890e82c06bd326701dd1d98eda43742e0205d87b3e153b0063c941d parents=0002
    "#]].assert_eq(&project.read("versions/dunlin.lock"));
}

#[test]
fn an_edit_of_a_sealed_file_is_refused_until_it_is_accepted_and_then_databases_heal() {
    let project = birds();
    run(&project, "lock").expect_code(0);
    run(&project, "up").expect_code(0);
    project.file("versions/0002_name.up.sql", "alter table bird add column name varchar(80);\n");
    session(
        &project,
        ["up", "lock", "lock --accept 0002 --reason 'text and varchar are the same here'", "up", "up", "log -n 1"],
        &expect![[r#"
            $ dunlin up
            --- stderr
            error: versions/0002_name.up.sql: it was edited after it was sealed
                sealed   [checksum]
                in file  [checksum]
            hint: restore the file (`git log` shows who changed it, and `dunlin restore 0002` writes it back from a database that has it), or accept the edit with `dunlin lock --accept 0002 --reason "…"`, or put the change in a new migration with `dunlin new`
            --- exit 3

            $ dunlin lock
            --- stderr
            error: versions/0002_name.up.sql: it was edited after it was sealed
                sealed   [checksum]
                in file  [checksum]
            hint: restore the file (`git log` shows who changed it, and `dunlin restore 0002` writes it back from a database that has it), or accept the edit with `dunlin lock --accept 0002 --reason "…"`, or put the change in a new migration with `dunlin new`
            --- exit 3

            $ dunlin lock --accept 0002 --reason 'text and varchar are the same here'
              accepted  0002_name
                was  [checksum]
                is   [checksum]
            written to versions/dunlin.lock; commit it, and databases heal with the next run
            --- exit 0

            $ dunlin up
              healed    0002_name: its history follows the accepted edit
            nothing is pending: the database is at 0003_egg
            --- stderr
            note: versions/0002_name.up.sql was edited after it was applied, and the lock file accepts the edit
            --- exit 0

            $ dunlin up
            nothing is pending: the database is at 0003_egg (3 migrations)
            --- exit 0

            $ dunlin log -n 1
            when (UTC)           action  migration  who
            [time]  heal    0002       [who]

            1 of 4 events; the chain is whole, head [checksum]
            --- exit 0
        "#]],
    );
    let lock = crate::support::redaction::without_checksums(&project.read("versions/dunlin.lock"));
    expect![[r#"
        # Written by dunlin; commit it. A line is a migration in order. `dunlin lock` seals the open ones,
        # and a sealed file that is edited or deleted does not compile.
        0001_bird up=[checksum] down=[checksum] parents=base
        # 0002 accepted: text and varchar are the same here
        0002_name up=[checksum] down=[checksum] parents=0001 was=[checksum]
        0003_egg up=[checksum] down=[checksum] parents=0002
    "#]]
    .assert_eq(&lock);
}

#[test]
fn an_edit_of_an_open_file_is_accepted_with_a_database_that_has_it() {
    let project = birds();
    run(&project, "up").expect_code(0);
    project.file("versions/0002_name.up.sql", "alter table bird add column name varchar(80);\n");
    session(
        &project,
        ["lock --accept 0002 --reason 'it is the same here'", "up", "up"],
        &expect![[r#"
        $ dunlin lock --accept 0002 --reason 'it is the same here'
          accepted  0002_name
            was  [checksum]
            is   [checksum]
        written to versions/dunlin.lock; commit it, and databases heal with the next run
        --- exit 0

        $ dunlin up
          healed    0002_name: its history follows the accepted edit
        nothing is pending: the database is at 0003_egg
        --- stderr
        note: versions/0002_name.up.sql was edited after it was applied, and the lock file accepts the edit
        --- exit 0

        $ dunlin up
        nothing is pending: the database is at 0003_egg (3 migrations)
        --- exit 0
    "#]],
    );
}

#[test]
fn only_an_edited_file_can_be_accepted_and_only_with_a_reason() {
    let project = birds();
    session(
        &project,
        [
            "lock --accept 0002 --reason why",
            "lock -q",
            "lock --accept 0002 --reason why",
            "lock --accept 0009 --reason why",
            "lock --accept 0002",
            "lock --accept 0002 --reason ' '",
        ],
        &expect![[r#"
            $ dunlin lock --accept 0002 --reason why
            --- stderr
            error: `0002_name` is as it was sealed or applied
            --- exit 1

            $ dunlin lock -q
              sealed  0001_bird
              sealed  0002_name
              sealed  0003_egg
            3 migrations sealed in versions/dunlin.lock; commit it
            --- exit 0

            $ dunlin lock --accept 0002 --reason why
            --- stderr
            error: `0002_name` is as it was sealed or applied
            --- exit 1

            $ dunlin lock --accept 0009 --reason why
            --- stderr
            error: no migration is called `0009`; did you mean `0003`?
            hint: `dunlin status` lists them
            --- exit 1

            $ dunlin lock --accept 0002
            --- stderr
            error: the following required arguments were not provided:
              --reason <WHY>

            Usage: dunlin lock --accept <ID> --reason <WHY>

            For more information, try '--help'.
            --- exit 1

            $ dunlin lock --accept 0002 --reason ' '
            --- stderr
            error: the reason is empty
            --- exit 1
        "#]],
    );
}

#[test]
fn a_sealed_file_that_is_gone_is_named() {
    let project = birds();
    run(&project, "lock").expect_code(0);
    project.remove("versions/0003_egg.up.sql").remove("versions/0003_egg.down.sql");
    session(
        &project,
        ["up"],
        &expect![[r#"
            $ dunlin up
            --- stderr
            error: versions/0003_egg.up.sql: it was deleted after it was sealed in `versions/dunlin.lock`
            hint: restore the file (`dunlin restore <id>` writes it back from a database that has it), or remove its line from `versions/dunlin.lock` if no database can have it
            --- exit 3
        "#]],
    );
}

#[test]
fn an_open_line_is_that_of_whichever_migration_has_its_id() {
    let project = birds();
    session(
        &project,
        ["new one"],
        &expect![[r#"
            $ dunlin new one
            wrote versions/0004_one.up.sql
            wrote versions/0004_one.down.sql
            --- stderr
            it revises `0003_egg`
            --- exit 0
        "#]],
    );
    project.remove("versions/0004_one.up.sql").remove("versions/0004_one.down.sql");
    session(
        &project,
        ["new two", "check --skip git --skip down"],
        &expect![[r#"
            $ dunlin new two
            wrote versions/0004_two.up.sql
            wrote versions/0004_two.down.sql
            --- stderr
            it revises `0003_egg`
            --- exit 0

            $ dunlin check --skip git --skip down
            fail     files  1 fault in versions
                versions/0004_two.up.sql: the up file has no statement
                hint: delete it, or write the statement; `select 1;` does nothing
            ok       heads  `0004_two` is the one head
            skipped  seals  the files are not in order
            skipped  down   as `--skip` says
            skipped  git    as `--skip` says
            skipped  edits  the files are not in order

            1 check failed, 1 passed, 4 skipped
            --- exit 3
        "#]],
    );
    assert!(project.read("versions/dunlin.lock").ends_with("\n0003_egg open\n0004_two open\n"));
}
