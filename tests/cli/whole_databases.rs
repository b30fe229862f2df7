//! `wait` and `db`: databases as wholes, before there is one and when there is to be none.

use expect_test::expect;

use super::environments::dunlin;
use super::{birds, run, session, shown};
use crate::support::command::Command;
use crate::support::database::Database;
use crate::support::gate::Gate;
use crate::support::project::Project;

#[test]
fn a_database_is_made_dropped_and_begun_anew() {
    let project = birds();
    session(
        &project,
        [
            "db create",
            "db create",
            "db reset --yes",
            "down -q",
            "db reset --yes -q",
            "db drop",
            "db drop --yes",
            "db drop --yes",
            "db create --format json",
            "db drop -y --format json",
        ],
        &expect![[r#"
            $ dunlin db create
            created `app.db`
            --- exit 0

            $ dunlin db create
            `app.db` is there already
            --- exit 0

            $ dunlin db reset --yes
            dropped `app.db`
            3 migrations applied, the database is at 0003_egg
            --- stderr
              applied   0001_bird  [duration]
              applied   0002_name  [duration]
              applied   0003_egg  [duration]
            --- exit 0

            $ dunlin down -q
            1 migration reverted, the database is at 0002_name
            --- exit 0

            $ dunlin db reset --yes -q
            dropped `app.db`
            3 migrations applied, the database is at 0003_egg
            --- exit 0

            $ dunlin db drop
            --- stderr
            error: dropping a database has to be confirmed
            hint: `--yes` says that it is meant
            --- exit 9

            $ dunlin db drop --yes
            dropped `app.db`
            --- exit 0

            $ dunlin db drop --yes
            there is no `app.db`
            --- exit 0

            $ dunlin db create --format json
            {
              "version": 1,
              "created": true,
              "name": "app.db"
            }
            --- exit 0

            $ dunlin db drop -y --format json
            {
              "version": 1,
              "dropped": true,
              "name": "app.db"
            }
            --- exit 0
        "#]],
    );
    assert_eq!(project.files().iter().filter(|file| file.starts_with("app.db")).count(), 0);
}

#[test]
fn files_with_faults_keep_the_database() {
    let project = birds();
    run(&project, "up -q").expect_code(0);
    project.file("versions/4_odd.sql.up.sql", "");
    run(&project, "db reset --yes").expect_code(3);
    project.remove("versions/4_odd.sql.up.sql");
    run(&project, "status --check").expect_code(0);
}

#[test]
fn a_protected_database_is_never_dropped() {
    let project = birds();
    project.file("dunlin.toml", "url = \"sqlite:app.db\"\n[env.live]\nprotected = true\n");
    let lines = ["up -q --env live", "db drop --env live", "db reset --env live --yes", "db create --env live"];
    expect![[r#"
        $ dunlin up -q --env live
        3 migrations applied, the database is at 0003_egg
        --- exit 0

        $ dunlin db drop --env live
        --- stderr
        error: [env.live] in dunlin.toml protects this database from being dropped
        hint: `--yes` does not help here: take `protected = true` away first, or drop it by hand
        --- exit 9

        $ dunlin db reset --env live --yes
        --- stderr
        error: [env.live] in dunlin.toml protects this database from being dropped
        hint: `--yes` does not help here: take `protected = true` away first, or drop it by hand
        --- exit 9

        $ dunlin db create --env live
        `app.db` is there already
        --- exit 0
    "#]]
    .assert_eq(&lines.map(|line| shown(&dunlin(&project, line).run())).join("\n"));
    dunlin(&project, "db drop --yes").run().expect_code(0);
}

#[test]
fn what_is_no_database_is_left_alone() {
    let project = birds();
    project.file("app.db", "a diary, which is longer than a header\n");
    session(
        &project,
        ["db create", "db drop --yes", "db drop --yes --url sqlite:", "db drop --yes --url mysql://127.0.0.1/"],
        &expect![[r#"
            $ dunlin db create
            --- stderr
            error: app.db is no database of SQLite
            --- exit 9

            $ dunlin db drop --yes
            --- stderr
            error: [project]/app.db is no database of SQLite
            --- exit 9

            $ dunlin db drop --yes --url sqlite:
            --- stderr
            error: the URL names no file
            hint: write `sqlite:app.db`, or `sqlite::memory:` for a database that is gone afterwards
            --- exit 1

            $ dunlin db drop --yes --url mysql://127.0.0.1/
            --- stderr
            error: the URL names no database
            hint: name it behind the host: `postgres://user@host/database`
            --- exit 1
        "#]],
    );
    assert_eq!(project.read("app.db"), "a diary, which is longer than a header\n");
}

#[test]
fn a_database_in_use_names_those_who_use_it() {
    let Some(database) = Database::postgres() else { return };
    let project = birds();
    let shown = |line: &str| shown(&dunlin(&project, line).variable("DATABASE_URL", &database.url).run());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let _held = runtime.block_on(<sqlx::PgConnection as sqlx::Connection>::connect(&database.url)).expect("let in");
    let pid = regex::Regex::new(r"connection \d+").expect("a pattern");
    let told = [shown("db drop --yes"), shown("db drop --yes --force")].join("\n");
    expect![[r#"
        $ dunlin db drop --yes
        --- stderr
        error: `[database]` is in use by 1 connection:
          connection [pid] of dunlin from 127.0.0.1
        hint: end what uses it, or end the connections with `--force`
        --- exit 9

        $ dunlin db drop --yes --force
        dropped `[database]`
        --- exit 0
    "#]]
    .assert_eq(&pid.replace_all(&told, "connection [pid]"));
}

#[test]
fn on_a_terminal_it_is_asked_for() {
    let project = birds();
    run(&project, "up -q").expect_code(0);
    let answer = |answer: &str| {
        // A terminal of its own, which util-linux brings.
        let line = format!("{} db drop --color never", crate::support::binary::dunlin().display());
        let command = Command::new("script").arguments(["-qec", &line, "/dev/null"]).within(project.path());
        command.variable("DATABASE_URL", "sqlite:app.db").input(format!("{answer}\n")).run()
    };
    let declined = answer("n").expect_code(1).stdout;
    assert!(declined.contains("drop sqlite:app.db with all that is in it? [y/N] "), "{declined}");
    assert!(declined.contains("error: nothing was dropped"), "{declined}");
    assert!(project.path().join("app.db").exists());
    assert_eq!(answer("y").code, Some(0));
    assert!(!project.path().join("app.db").exists());
}

#[test]
fn wait_ends_when_everything_is_applied_and_gives_up_when_time_is_over() {
    let project = birds();
    session(
        &project,
        [
            "wait",
            "wait --applied --timeout 900ms",
            "up -q +2",
            "wait --applied 0002",
            "wait --applied --timeout 0s",
            "wait --applied --timeout 0s --format json",
            "wait --applied 0009",
            "wait --timeout 1",
            "wait --timeout 1500ms --url sqlite:nowhere/app.db",
        ],
        &expect![[r#"
            $ dunlin wait
            the database answers
            --- exit 0

            $ dunlin wait --applied --timeout [duration]
            --- stderr
              waiting for 3 migrations to be applied
            error: not applied within [duration]: `0001_bird`, `0002_name` and `0003_egg`
            hint: is something there that applies them? `dunlin status` shows what is in place
            --- exit 2

            $ dunlin up -q +2
            2 migrations applied, the database is at 0002_name
            --- exit 0

            $ dunlin wait --applied 0002
            nothing is pending up to `0002`
            --- exit 0

            $ dunlin wait --applied --timeout [duration]
            --- stderr
            error: not applied within [duration]: `0003_egg`
            hint: is something there that applies them? `dunlin status` shows what is in place
            --- exit 2

            $ dunlin wait --applied --timeout [duration] --format json
            {
              "version": 1,
              "error": {
                "exit": 2,
                "hints": [
                  "is something there that applies them? `dunlin status` shows what is in place"
                ],
                "kind": "pending",
                "message": "not applied within [duration]: `0003_egg`"
              }
            }
            --- stderr
            error: not applied within [duration]: `0003_egg`
            hint: is something there that applies them? `dunlin status` shows what is in place
            --- exit 2

            $ dunlin wait --applied 0009
            --- stderr
            error: no migration is called `0009`; did you mean `0003`?
            hint: `dunlin status` lists them
            --- exit 1

            $ dunlin wait --timeout 1
            --- stderr
            error: invalid value '1' for '--timeout <DURATION>': `1` is no duration; one is `[duration]`, `[duration]`, `5min` or `1h`

            For more information, try '--help'.
            --- exit 1

            $ dunlin wait --timeout [duration] --url sqlite:nowhere/app.db
            --- stderr
              waiting for the database: there is no folder nowhere
            error: cannot connect to sqlite:nowhere/app.db within [duration]: there is no folder nowhere
            --- exit 1
        "#]],
    );
    assert!(!project.path().join("nowhere").exists());
    project.file("versions/0001_bird.up.sql", "create table bird (id bigint);\n");
    run(&project, "wait --applied").expect_code(3);
}

#[test]
fn wait_needs_no_migrations() {
    let project = Project::new();
    std::fs::remove_dir(project.versions()).expect("it is empty");
    expect![[r#"
        $ dunlin wait
        the database answers
        --- exit 0

        $ dunlin wait --applied
        --- stderr
        error: there is no directory `versions`
        hint: `dunlin init` makes one; `--dir` names another
        --- exit 1

        $ dunlin db create
        created `app.db`
        --- exit 0
    "#]]
    .assert_eq(&["wait", "wait --applied", "db create"].map(|line| shown(&run(&project, line))).join("\n"));
}

#[test]
fn a_server_that_starts_late_can_be_waited_for_or_tried_again() {
    for database in [Database::postgres(), Database::mysql()].into_iter().flatten() {
        let project = birds();
        let (gate, url) = Gate::closed(&database.url);
        let command = |line: &str| dunlin(&project, line).variable("DATABASE_URL", &url);
        let refused = command("up -q").run().expect_code(1);
        assert!(refused.stderr.contains("refused (os error 111)\n"), "{}", refused.stderr);
        command("wait --timeout 100ms").run().expect_code(1);
        let waits = ["wait --timeout 50s", "wait --timeout 50s --applied"].map(|line| command(line).start());
        let by_variable = command("up -q").variable("DUNLIN_CONNECT_WAIT", "50s").start();
        std::thread::sleep(std::time::Duration::from_millis(300));
        gate.open();
        let up = by_variable.finish().expect_code(0);
        assert!(up.stderr.is_empty() && up.stdout.starts_with("3 migrations applied"), "{}", up.snapshot());
        for wait in waits {
            wait.finish().expect_code(0);
        }
        project.file("dunlin.toml", "connect-wait = \"2s\"\n");
        command("status --check").run().expect_code(0);
    }
}
