//! The arguments themselves: help, mistyped words, aliases.

use expect_test::expect;

use super::{birds, run, session, shown};
use crate::support::command::Command;
use crate::support::project::Project;

#[test]
#[expect(clippy::too_many_lines, reason = "it is one text")]
fn no_verb_shows_help_and_is_no_success() {
    expect![[r#"
        $ dunlin
        --- stderr
        Migrate databases with SQL files, and verify what was applied

        Usage: dunlin [OPTIONS] [COMMAND]

        Commands:
          init         Set a project up: a directory for migrations, dunlin.toml, and build.rs beside a
                       Cargo.toml
          new          Write the files of a new migration, and its line in dunlin.lock [aliases: revision,
                       add]
          merge        Write a migration that joins lines, so that there is one head
          rebase       Move a line of migrations that is not applied yet after the other head, so that there
                       is one
          squash       Put migrations together into one, which new databases run in their place
          edit         Open a migration in the editor that VISUAL or EDITOR names, and check it afterwards
          up           Apply what is pending [aliases: upgrade, migrate, run]
          down         Revert what was applied last, one migration if nothing else is said [aliases:
                       downgrade, revert]
          to           Bring the database to a migration, up or down, whichever leads there
          redo         Revert what was applied last and apply it again, while it is being written
          resume       Finish a migration whose statements are partly in place
          stamp        Record where the database stands, without running anything
          skip         Count one pending migration as applied, without running it
          mark         Count one migration as applied or as reverted, without running anything
          wait         Wait until the database answers, or until everything is applied
          db           Make the database, drop it, or begin anew with an empty one
          status       Show which migrations are applied and which are pending, and what does not agree
                       [alias: info]
          current      Show where the database is: the applied migrations that no applied one comes after
          history      Show the migrations and how they follow each other, the newest first
          log          Show what was done to the database, when, and by whom
          heads        Show the migrations that nothing revises: where new ones go on
          branches     Show the migrations that several others revise, and which
          plan         Show what a run would do, and do nothing
          verify       Verify the files, and the database's history against them
          diff         Show what two schemas differ in: the migrations and schema.sql, or any two
          test         Test migrations on scratch databases: each up, down and up again, with the schemas
                       compared
          schema       Show the schema: as a list, as SQL that makes it, or as a picture
          rebuild      Write the SQL that makes a table of SQLite anew with its rows, to be changed by hand
          check        Check that the migrations are fit to be merged and deployed
          doctor       Explain how files and database stand, and what to do where something is wrong
          show         Show one migration: its files, what it comes after, whether it is applied, and its
                       SQL
          restore      Write the files of a migration back from the SQL that the database stores
          repair       Repair rows of the history, without running anything
          lock         Seal the open migrations in dunlin.lock, so that an edit of them does not compile
          unlock       Show who holds the lock, and give it up for a run that is gone
          completions  Write a shell's completions to stdout
          help         Print this message or the help of the given subcommand(s)

        Options:
          -h, --help     Print help (see more with '--help')
          -V, --version  Print version

        Options of every command:
              --url <URL>                Work on this database [env: DUNLIN_URL, DATABASE_URL]
              --dir <DIR>                Take the migrations from this directory [env: DUNLIN_DIR] [default:
                                         versions]
              --config <FILE>            Read the settings from this file [env: DUNLIN_CONFIG]
              --env <NAME>               Take the settings of this environment, `[env.<NAME>]` in
                                         dunlin.toml [env: DUNLIN_ENV]
              --database <NAME>          Work on this database, `[databases.<NAME>]` in dunlin.toml, or on
                                         `all` [env: DUNLIN_DATABASE]
              --keep-going               With `--database all`, go on when one fails
              --set <NAME>               Name the set of the migrations [env: DUNLIN_SET] [default: main]
              --allow-up-only            Accept migrations without a down file [env: DUNLIN_ALLOW_UP_ONLY]
              --allow-out-of-order       Apply pending migrations that come before applied ones [env:
                                         DUNLIN_ALLOW_OUT_OF_ORDER]
              --allow-missing            Go on although files of applied migrations are missing [env:
                                         DUNLIN_ALLOW_MISSING]
              --connect-wait <DURATION>  Try this long to connect to a server that cannot be reached yet
                                         [env: DUNLIN_CONNECT_WAIT] [default: once]
              --lock-wait <DURATION>     Wait this long for another run to end [env: DUNLIN_LOCK_WAIT]
                                         [default: 5min]
              --direct-url <URL>         Connect here, past a pooler, where there is something to do [env:
                                         DUNLIN_DIRECT_URL]
              --lock <KIND>              Keep runs apart with the server's own lock, or with a lease [env:
                                         DUNLIN_LOCK] [default: auto] [possible values: auto, lease]
              --lease-ttl <DURATION>     Let a lease end that is not renewed for so long [env:
                                         DUNLIN_LEASE_TTL] [default: [duration]]
              --lock-timeout <DURATION>  Let DDL wait this long for a lock on a table; [duration] is for ever [env:
                                         DUNLIN_LOCK_TIMEOUT] [default: [duration]]
              --retry <DURATION>         Try such DDL again for this long [env: DUNLIN_RETRY] [default:
                                         10min]
              --kill-orphans             End statements that a run which is gone left running, in place of
                                         waiting for them
          -x, --var <NAME=VALUE>         Give a variable its value, for files that say `-- dunlin: vars
                                         NAME`; may stand more than once
              --history-schema <NAME>    Keep the history tables in this schema [env: DUNLIN_HISTORY_SCHEMA]
              --history-prefix <NAME>    Begin the names of the history tables so [env:
                                         DUNLIN_HISTORY_PREFIX] [default: dunlin]
              --format <FORMAT>          Write text for people, or one JSON document for programs [env:
                                         DUNLIN_FORMAT] [default: text] [possible values: text, json,
                                         json-lines, dot, mermaid, svg, html]
              --color <WHEN>             Use colours [env: DUNLIN_COLOR, NO_COLOR] [default: auto] [possible
                                         values: auto, always, never]
          -q, --quiet                    Do not tell of each step as it is done
          -v, --verbose                  Tell where the settings come from
          -C <FOLDER>                    Work as if started in this folder

        Many databases:
              --each <QUERY>        Work on every tenant that this query names: schemas of a PostgreSQL
                                    database, databases of a MySQL server
              --each-path <SCHEMA>  Let the unqualified names of a PostgreSQL tenant lead to these schemas
                                    too, behind its own
              --each-url <FILE>     Work on every database whose URL is a line of this file; `-` is stdin
              --jobs <N>            Work on so many at once; with `test`, on scratch databases [default: 4;
                                    with `--database all` 1]
              --canary <N>          Work on the first N one by one, and begin no other if one of them fails
                                    [default: 1 for what changes a fleet]
        --- exit 1
    "#]]
    .assert_eq(&shown(&Command::dunlin(&Project::new()).run()));
}

#[test]
fn help_lists_the_exit_codes() {
    let help = run(&Project::new(), "--help").expect_code(0).stdout;
    let codes = help.find("Exit codes:").map(|start| help[start..].to_owned());
    expect![[r#"
        Exit codes:
            0  done
            1  the command was not understood, or the database cannot be reached
            2  something is pending (`--check`, `--dry-run`, `wait --applied`)
            3  the history and the files disagree, the files have faults, or a plan no longer holds
            4  another run held the lock all the time
            5  a step failed and was rolled back
            6  a step failed part-way, or the connection was lost in it; the history says how far it got
            7  a lint rule was broken
            8  the schema is not what the migrations make
            9  refused: a migration is irreversible, a setting forbids it, or nobody confirmed it
          130  interrupted
    "#]]
    .assert_eq(&codes.unwrap_or_default());
}

#[test]
fn a_verb_has_help_of_its_own() {
    session(
        &Project::new(),
        ["down -h"],
        &expect![[r#"
            $ dunlin down -h
            Revert what was applied last, one migration if nothing else is said

            Usage: dunlin down [OPTIONS] [TARGET]

            Arguments:
              [TARGET]  How far: `-N` for the last N, `base` for all, or the migration that stays as the last
                        one [default: -1]

            Options:
                  --all              Revert everything, as `base` does
              -y, --yes              Do not ask; off a terminal it never does. Where dunlin.toml says
                                     `protected`, nothing is reverted without this
                  --dry-run          Show what would be reverted, revert nothing, and exit with 2 if there is
                                     something
                  --plan <FILE>      Run the plan in this file, which `plan --out` wrote, if the database and
                                     the files are as they were then
                  --sql              Connect to nothing; write the SQL as a script for `sqlite3`, `psql` or
                                     `mariadb`
                  --engine <ENGINE>  Write the script for `sqlite`, `postgres` or `mysql` [default: as the URL
                                     says]
                  --output <FILE>    Write the script to this file
              -h, --help             Print help (see more with '--help')

            Options of every command:
                  --url <URL>                Work on this database [env: DUNLIN_URL, DATABASE_URL]
                  --dir <DIR>                Take the migrations from this directory [env: DUNLIN_DIR] [default:
                                             versions]
                  --config <FILE>            Read the settings from this file [env: DUNLIN_CONFIG]
                  --env <NAME>               Take the settings of this environment, `[env.<NAME>]` in
                                             dunlin.toml [env: DUNLIN_ENV]
                  --database <NAME>          Work on this database, `[databases.<NAME>]` in dunlin.toml, or on
                                             `all` [env: DUNLIN_DATABASE]
                  --keep-going               With `--database all`, go on when one fails
                  --set <NAME>               Name the set of the migrations [env: DUNLIN_SET] [default: main]
                  --allow-up-only            Accept migrations without a down file [env: DUNLIN_ALLOW_UP_ONLY]
                  --allow-out-of-order       Apply pending migrations that come before applied ones [env:
                                             DUNLIN_ALLOW_OUT_OF_ORDER]
                  --allow-missing            Go on although files of applied migrations are missing [env:
                                             DUNLIN_ALLOW_MISSING]
                  --connect-wait <DURATION>  Try this long to connect to a server that cannot be reached yet
                                             [env: DUNLIN_CONNECT_WAIT] [default: once]
                  --lock-wait <DURATION>     Wait this long for another run to end [env: DUNLIN_LOCK_WAIT]
                                             [default: 5min]
                  --direct-url <URL>         Connect here, past a pooler, where there is something to do [env:
                                             DUNLIN_DIRECT_URL]
                  --lock <KIND>              Keep runs apart with the server's own lock, or with a lease [env:
                                             DUNLIN_LOCK] [default: auto] [possible values: auto, lease]
                  --lease-ttl <DURATION>     Let a lease end that is not renewed for so long [env:
                                             DUNLIN_LEASE_TTL] [default: [duration]]
                  --lock-timeout <DURATION>  Let DDL wait this long for a lock on a table; [duration] is for ever [env:
                                             DUNLIN_LOCK_TIMEOUT] [default: [duration]]
                  --retry <DURATION>         Try such DDL again for this long [env: DUNLIN_RETRY] [default:
                                             10min]
                  --kill-orphans             End statements that a run which is gone left running, in place of
                                             waiting for them
              -x, --var <NAME=VALUE>         Give a variable its value, for files that say `-- dunlin: vars
                                             NAME`; may stand more than once
                  --history-schema <NAME>    Keep the history tables in this schema [env: DUNLIN_HISTORY_SCHEMA]
                  --history-prefix <NAME>    Begin the names of the history tables so [env:
                                             DUNLIN_HISTORY_PREFIX] [default: dunlin]
                  --format <FORMAT>          Write text for people, or one JSON document for programs [env:
                                             DUNLIN_FORMAT] [default: text] [possible values: text, json,
                                             json-lines, dot, mermaid, svg, html]
                  --color <WHEN>             Use colours [env: DUNLIN_COLOR, NO_COLOR] [default: auto] [possible
                                             values: auto, always, never]
              -q, --quiet                    Do not tell of each step as it is done
              -v, --verbose                  Tell where the settings come from
              -C <FOLDER>                    Work as if started in this folder

            Many databases:
                  --each <QUERY>        Work on every tenant that this query names: schemas of a PostgreSQL
                                        database, databases of a MySQL server
                  --each-path <SCHEMA>  Let the unqualified names of a PostgreSQL tenant lead to these schemas
                                        too, behind its own
                  --each-url <FILE>     Work on every database whose URL is a line of this file; `-` is stdin
                  --jobs <N>            Work on so many at once; with `test`, on scratch databases [default: 4;
                                        with `--database all` 1]
                  --canary <N>          Work on the first N one by one, and begin no other if one of them fails
                                        [default: 1 for what changes a fleet]
            --- exit 0
        "#]],
    );
}

#[test]
fn a_mistyped_verb_is_met_with_the_nearest() {
    session(
        &Project::new(),
        ["statsu", "up --dry-rum", "status extra"],
        &expect![[r#"
            $ dunlin statsu
            --- stderr
            error: unrecognized subcommand 'statsu'

              tip: some similar subcommands exist: 'stamp', 'status'

            Usage: dunlin [OPTIONS] [COMMAND]

            For more information, try '--help'.
            --- exit 1

            $ dunlin up --dry-rum
            --- stderr
            error: unexpected argument '--dry-rum' found

              tip: a similar argument exists: '--dry-run'

            Usage: dunlin up --dry-run [TARGET]

            For more information, try '--help'.
            --- exit 1

            $ dunlin status extra
            --- stderr
            error: unexpected argument 'extra' found

            Usage: dunlin status [OPTIONS]

            For more information, try '--help'.
            --- exit 1
        "#]],
    );
}

#[test]
fn the_names_of_other_tools_work() {
    let project = birds();
    for line in ["upgrade +1", "migrate", "run", "info", "log", "downgrade -1", "revert", "revision x", "add y"] {
        run(&project, line).expect_code(0);
    }
}

#[test]
fn colour_is_for_terminals_and_for_those_who_ask() {
    let project = birds();
    assert!(!run(&project, "status").stdout.contains('\u{1b}'));
    assert!(run(&project, "status --color always").stdout.contains('\u{1b}'));
    assert!(!run(&project, "status --color never").stdout.contains('\u{1b}'));
}
