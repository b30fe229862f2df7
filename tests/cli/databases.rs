//! `[databases.<name>]` of `dunlin.toml`, and `--database`.

use expect_test::expect;

use super::birds;
use super::environments::{TWO_DATABASES, chosen, dunlin, session};
use crate::support::command::Command;

#[test]
fn of_several_databases_one_must_be_chosen() {
    let project = birds();
    project.file("dunlin.toml", TWO_DATABASES);
    expect![[r#"
        $ dunlin up
        --- stderr
        error: there are 2 databases, and none of them was chosen: `web` and `jobs`
        hint: `--database web` chooses one, `--database all` takes one after the other
        --- exit 1

        $ dunlin up --database jobs
        3 migrations applied, the database is at 0003_egg
        --- stderr
          applied   0001_bird  [duration]
          applied   0002_name  [duration]
          applied   0003_egg  [duration]
        --- exit 0

        $ dunlin up --database web --url sqlite:third.db -q
        3 migrations applied, the database is at 0003_egg
        --- exit 0

        $ dunlin up --url sqlite:third.db
        nothing is pending: the database is at 0003_egg (3 migrations)
        --- exit 0

        $ dunlin up --database all --url sqlite:third.db
        --- stderr
        error: `--url` says which database it is, so `--database all` cannot
        --- exit 1
    "#]]
    .assert_eq(&session(
        &project,
        [
            "up",
            "up --database jobs",
            "up --database web --url sqlite:third.db -q",
            "up --url sqlite:third.db",
            "up --database all --url sqlite:third.db",
        ],
    ));
    let outcome = dunlin(&project, "up -q").variable("DATABASE_URL", "sqlite:elsewhere.db").run();
    assert_eq!(outcome.code, Some(1), "a variable is no choice");
    let outcome = dunlin(&project, "up -q").variable("DUNLIN_DATABASE", "web").run();
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert_eq!(
        ["web.db", "jobs.db", "elsewhere.db"].map(|file| project.path().join(file).exists()),
        [true, true, false]
    );
}

#[test]
fn the_one_database_of_a_file_needs_no_choice() {
    let project = birds();
    project.file("dunlin.toml", "[databases.web]\nurl = \"sqlite:web.db\"\n");
    assert_eq!(chosen(&dunlin(&project, "status -v")), "web: sqlite:web.db (from [databases.web] in dunlin.toml)");
}

#[test]
fn an_environment_and_a_database_combine() {
    let project = birds();
    project.file(
        "dunlin.toml",
        "url = \"sqlite:top.db\"\n[env.live]\nurl = \"sqlite:live.db\"\n[databases.web]\n[databases.jobs]\nurl = \"sqlite:jobs.db\"\n\
         [env.live.databases.jobs]\nurl = \"sqlite:live-jobs.db\"\n[env.live.databases.archive]\nurl = \"sqlite:archive.db\"\n",
    );
    let of = |line: &str| chosen(&dunlin(&project, &format!("status -v {line}")));
    assert_eq!(of("--database web"), "web: sqlite:top.db (from dunlin.toml)");
    assert_eq!(of("--database web --env live"), "web: sqlite:live.db (from [env.live] in dunlin.toml)");
    assert_eq!(of("--database jobs"), "jobs: sqlite:jobs.db (from [databases.jobs] in dunlin.toml)");
    assert_eq!(
        of("--database jobs --env live"),
        "jobs: sqlite:live-jobs.db (from [env.live.databases.jobs] in dunlin.toml)"
    );
    assert_eq!(of("--database archive"), "error: dunlin.toml has no database `archive`; it has `web` and `jobs`");
    let all = dunlin(&project, "up -q --env live --database all").run().expect_code(0);
    let named: Vec<&str> = all.stdout.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(named, ["[web]", "[jobs]", "[archive]"]);
}

#[test]
fn all_databases_are_taken_one_after_the_other() {
    let project = birds();
    project.file("dunlin.toml", TWO_DATABASES);
    expect![[r#"
        $ dunlin up --database all
        [web] 3 migrations applied, the database is at 0003_egg
        [jobs] 3 migrations applied, the database is at 0003_egg
        --- stderr
        [web]   applied   0001_bird  [duration]
        [web]   applied   0002_name  [duration]
        [web]   applied   0003_egg  [duration]
        [jobs]   applied   0001_bird  [duration]
        [jobs]   applied   0002_name  [duration]
        [jobs]   applied   0003_egg  [duration]
        --- exit 0

        $ dunlin down --database jobs -q
        1 migration reverted, the database is at 0002_name
        --- exit 0

        $ dunlin status --check --database all
        [web] state    migration  applied at (UTC)
        [web] applied  0001_bird  [time]
        [web] applied  0002_name  [time]
        [web] applied  0003_egg   [time]
        [web]
        [web] 3 migrations: 3 applied, 0 pending; the database is at 0003_egg
        [jobs] state    migration  applied at (UTC)
        [jobs] applied  0001_bird  [time]
        [jobs] applied  0002_name  [time]
        [jobs] pending  0003_egg
        [jobs]
        [jobs] 3 migrations: 2 applied, 1 pending; the database is at 0002_name
        --- exit 2

        $ dunlin plan --database all --format json
        {
          "version": 1,
          "databases": [
            {
              "database_name": "web",
              "findings": [],
              "heals": [],
              "repeats": [],
              "resumed": [],
              "steps": []
            },
            {
              "database_name": "jobs",
              "findings": [],
              "heals": [],
              "repeats": [],
              "resumed": [],
              "steps": [
                {
                  "direction": "up",
                  "file": "versions/0003_egg.up.sql",
                  "id": "0003",
                  "name": "0003_egg",
                  "statements": 1,
                  "transaction": true
                }
              ]
            }
          ],
          "done": [
            "web",
            "jobs"
          ],
          "exits": {},
          "failed": [],
          "not_begun": []
        }
        --- exit 0
    "#]]
    .assert_eq(&session(
        &project,
        [
            "up --database all",
            "down --database jobs -q",
            "status --check --database all",
            "plan --database all --format json",
        ],
    ));
}

#[test]
fn the_first_that_fails_ends_it_unless_it_is_to_go_on() {
    let project = birds();
    project.file(
        "dunlin.toml",
        "[databases.web]\nurl = \"sqlite:web.db\"\n[databases.gone]\nurl = \"sqlite:nowhere/gone.db\"\n[databases.old]\n\
         url = \"sqlite:old.db\"\ndir = \"old\"\n[databases.jobs]\nurl = \"sqlite:jobs.db\"\n",
    );
    project
        .file("old/1_x.up.sql", "create table x (id integer);\nnonsense;\n")
        .file("old/1_x.down.sql", "drop table x;");
    expect![[r#"
        $ dunlin up -q --database all
        [web] 3 migrations applied, the database is at 0003_egg
        --- stderr
        [gone] error: cannot connect to sqlite:nowhere/gone.db: unable to open database file
        note: done: `web`; failed: `gone`; not begun: `old` and `jobs`
        --- exit 1

        $ dunlin up -q --database all --keep-going
        [web] nothing is pending: the database is at 0003_egg (3 migrations)
        [jobs] 3 migrations applied, the database is at 0003_egg
        --- stderr
        [gone] error: cannot connect to sqlite:nowhere/gone.db: unable to open database file
        [old] error: old/1_x.up.sql:2:1: near "nonsense": syntax error (1)
        [old]     |
        [old]   2 | nonsense;
        [old]     | ^^^^^^^^
        [old]     statement 2 of 2 failed; `1_x` was rolled back
        [old] hint: mend what is wrong and run again; `dunlin plan` shows what is pending
        note: done: `web` and `jobs`; failed: `gone` and `old`
        --- exit 5
    "#]]
    .assert_eq(&session(&project, ["up -q --database all", "up -q --database all --keep-going"]));
    let json = dunlin(&project, "up -q --database all --format json").run().expect_code(1).stdout;
    let tail = json.find("\"done\"").map(|start| json[start..].to_owned());
    assert!(json.contains("\"database_name\": \"gone\",\n      \"error\""), "{json}");
    assert_eq!(
        tail.as_deref(),
        Some(
            "\"done\": [\n    \"web\"\n  ],\n  \"exits\": {\n    \"gone\": 1\n  },\n  \"failed\": [\n    \"gone\"\n  ],\n  \"not_begun\": [\n    \"old\",\n    \"jobs\"\n  ]\n}\n"
        )
    );
}

#[test]
fn what_writes_files_is_for_one_directory() {
    let project = birds();
    project.file("dunlin.toml", format!("{TWO_DATABASES}dir = \"jobs\"\n"));
    project.file("jobs/1_job.up.sql", "select 1;").file("jobs/1_job.down.sql", "select 1;");
    expect![[r#"
        $ dunlin new nest
        --- stderr
        error: there are 2 databases, and none of them was chosen: `web` and `jobs`
        hint: `--database web` chooses one, `--database all` takes one after the other
        --- exit 1

        $ dunlin new nest --database all
        --- stderr
        error: this writes files, and is for one database; choose it with `--database <name>`
        --- exit 1

        $ dunlin new nest --database jobs
        wrote jobs/2_nest.up.sql
        wrote jobs/2_nest.down.sql
        --- stderr
        it revises `1_job`
        --- exit 0
    "#]]
    .assert_eq(&session(&project, ["new nest", "new nest --database all", "new nest --database jobs"]));
    // Where all databases have the same migrations, there is nothing to choose.
    project.file("dunlin.toml", TWO_DATABASES);
    dunlin(&project, "new nest").run().expect_code(0);
}

#[test]
fn a_direct_url_that_leads_two_databases_to_one_is_refused() {
    let project = birds();
    project.file("dunlin.toml", TWO_DATABASES);
    let all = |words: &[&str]| {
        let command = Command::dunlin(&project).arguments(words.iter().copied()).argument("--database").argument("all");
        command.variable("DUNLIN_DIRECT_URL", "sqlite:other.db").run()
    };
    let refused = all(&["up"]).expect_code(1);
    expect![[r#"
        $ dunlin up --database all
        --- stderr
        error: the direct URL is the same for `web` and `jobs`, which are two databases; write `direct-url` into the section of each
        --- exit 1
    "#]].assert_eq(&refused.snapshot());
    all(&["status"]).expect_code(1);
    assert!(project.files().iter().all(|file| !file.contains(".db")), "{:?}", project.files());
    // Where it leads one database only, it is what was meant.
    let own = TWO_DATABASES.replace("[databases.jobs]", "[databases.jobs]\ndirect-url = 'sqlite:jobs.db'");
    project.file("dunlin.toml", own);
    all(&["up", "-q"]).expect_code(0);
    let one = Command::dunlin(&project).arguments(["status", "--database", "web"]);
    one.variable("DUNLIN_DIRECT_URL", "sqlite:other.db").run().expect_code(0);
    // Two sets of one database have one way in.
    project.file(
        "dunlin.toml",
        "direct-url = 'sqlite:a.db'\n[databases.web]\nurl = 'sqlite:a.db'\n[databases.jobs]\nurl = 'sqlite:a.db'\nset = 'jobs'\n",
    );
    Command::dunlin(&project).arguments(["status", "--database", "all"]).run().expect_code(0);
}
