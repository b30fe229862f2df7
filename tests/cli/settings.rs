//! Where settings come from: flags, then the environment, then `dunlin.toml`, then defaults.

use expect_test::expect;

use super::{birds, shown};
use crate::support::command::Command;
use crate::support::project::Project;

fn dunlin(project: &Project, arguments: &str) -> Command {
    Command::dunlin(project).arguments(arguments.split_whitespace())
}

/// Says which database a command chose.
fn chosen(command: &Command) -> String {
    let talk = command.run().stderr;
    let line = talk.lines().find_map(|line| line.strip_prefix("database"));
    line.unwrap_or(&talk).trim().to_owned()
}

#[test]
fn a_flag_comes_before_the_environment_and_that_before_the_file() {
    let project = birds();
    let status = dunlin(&project, "status -v");
    assert_eq!(chosen(&status), "none");
    project.file("dunlin.toml", "url = \"sqlite:file.db\"\n");
    assert_eq!(chosen(&status), "sqlite:file.db (from dunlin.toml)");
    project.file(".env", "DATABASE_URL=sqlite:env-file.db\n");
    assert_eq!(chosen(&status), "sqlite:env-file.db (from DATABASE_URL)");
    let status = status.variable("DATABASE_URL", "sqlite:environment.db");
    assert_eq!(chosen(&status), "sqlite:environment.db (from DATABASE_URL)");
    let status = status.variable("DUNLIN_URL", "sqlite:own.db");
    assert_eq!(chosen(&status), "sqlite:own.db (from DUNLIN_URL)");
    assert_eq!(chosen(&status.arguments(["--url", "sqlite:flag.db"])), "sqlite:flag.db (from --url)");
}

#[test]
fn the_file_can_name_a_variable_for_the_url() {
    let project = birds();
    project.file("dunlin.toml", "url = \"env:APP_DB\"\n");
    let status = dunlin(&project, "status -v");
    assert_eq!(chosen(&status.clone().variable("APP_DB", "sqlite:app.db")), "sqlite:app.db (from dunlin.toml)");
    expect![[r#"
        $ dunlin status -v
        --- stderr
        settings file  dunlin.toml
        database       APP_DB is not set
        migrations     versions
        error: dunlin.toml: `url` is to come from the environment variable `APP_DB`, which is not set
        --- exit 1
    "#]]
    .assert_eq(&shown(&status.run()));
}

#[test]
fn the_file_is_found_above_and_its_paths_are_relative_to_it() {
    let project = birds();
    project.file("dunlin.toml", "url = \"sqlite:app.db\"\ndir = \"versions\"\n").file("src/deep/keep", "");
    let up = dunlin(&project, "up -v").within(&project.path().join("src/deep"));
    expect![[r#"
        $ dunlin up -v
        3 migrations applied, the database is at 0003_egg
        --- stderr
        settings file  ../../dunlin.toml
        database       sqlite://../../app.db (from dunlin.toml)
        migrations     ../../versions
          applied   0001_bird  [duration]
          applied   0002_name  [duration]
          applied   0003_egg  [duration]
        --- exit 0
    "#]]
    .assert_eq(&shown(&up.run()));
    assert!(project.path().join("app.db").exists());
}

#[test]
fn every_setting_can_stand_in_the_file() {
    let project = birds();
    project.file(
        "db/settings.toml",
        r#"
        url = "sqlite:app.db"
        dir = "../versions"
        set = "birds"
        allow-up-only = true
        allow-out-of-order = true
        allow-missing = true
        lock-wait = "2s"
        history-prefix = "app"
        "#,
    );
    project.file("versions/0002_name.up.sql", "create table name (id integer);");
    project.remove("versions/0002_name.down.sql");
    let up = dunlin(&project, "up -q --config db/settings.toml");
    up.run().expect_code(0);
    let tables = dunlin(&project, "status --config db/settings.toml --format json");
    expect![[r#"
        $ dunlin status --config db/settings.toml --format json
        {
          "version": 1,
          "set": "birds",
          "engine": "sqlite",
          "migrations": [
            {
              "id": "0001",
              "name": "0001_bird",
              "file": "db/../versions/0001_bird.up.sql",
              "parents": [],
              "state": "applied",
              "kind": "applied",
              "applied_at": "[time]",
              "journal": []
            },
            {
              "id": "0002",
              "name": "0002_name",
              "file": "db/../versions/0002_name.up.sql",
              "parents": [
                "0001"
              ],
              "state": "applied",
              "kind": "applied",
              "applied_at": "[time]",
              "journal": []
            },
            {
              "id": "0003",
              "name": "0003_egg",
              "file": "db/../versions/0003_egg.up.sql",
              "parents": [
                "0002"
              ],
              "state": "applied",
              "kind": "applied",
              "applied_at": "[time]",
              "journal": []
            }
          ],
          "repeatables": [],
          "findings": [],
          "last_failure": null,
          "pending": 0
        }
        --- exit 0
    "#]]
    .assert_eq(&shown(&tables.run()));
}

#[test]
fn a_key_that_nobody_knows_is_met_with_the_nearest() {
    let project = birds();
    let shown_of = |text: &str| {
        project.file("dunlin.toml", text);
        shown(&dunlin(&project, "status").run())
    };
    expect![[r#"
        $ dunlin status
        --- stderr
        error: dunlin.toml:2:1: unknown key `lock-wiat`; did you mean `lock-wait`?
        --- exit 1
    "#]]
    .assert_eq(&shown_of("url = \"sqlite:app.db\"\nlock-wiat = \"5s\"\n"));
    expect![[r#"
        $ dunlin status
        --- stderr
        error: dunlin.toml:1:2: unknown key `environment`; the keys are url, dir, tests, set, allow-up-only, allow-out-of-order, allow-missing, connect-wait, lock-wait, direct-url, lock, lease-ttl, lock-timeout, retry, history-schema, history-prefix, protected, id, file-template, hooks, schema, vars, env, databases
        --- exit 1
    "#]].assert_eq(&shown_of("[environment]\n"));
    expect![[r#"
        $ dunlin status
        --- stderr
        error: dunlin.toml:1:13: `soon` is no duration; one is `[duration]`, `[duration]`, `5min` or `1h`
        --- exit 1
    "#]]
    .assert_eq(&shown_of("lock-wait = \"soon\"\n"));
    expect![[r#"
        $ dunlin status
        --- stderr
        error: dunlin.toml:1:17: invalid type: string "yes", expected a boolean
        --- exit 1
    "#]]
    .assert_eq(&shown_of("allow-missing = \"yes\"\n"));
    expect![[r#"
        $ dunlin status
        --- stderr
        error: dunlin.toml:1:7: the set name `a b` must be 1 to 64 letters, digits, `_` or `-`
        --- exit 1
    "#]]
    .assert_eq(&shown_of("set = \"a b\"\n"));
    expect![[r#"
        $ dunlin status
        --- stderr
        error: dunlin.toml:1:7: string values must be quoted, expected literal string
        --- exit 1
    "#]]
    .assert_eq(&shown_of("url = \n"));
}

#[test]
fn a_variable_with_a_wrong_value_is_named() {
    let project = birds();
    let of = |name: &str, value: &str| shown(&dunlin(&project, "status").variable(name, value).run());
    expect![[r#"
        $ dunlin status
        --- stderr
        error: the environment variable DUNLIN_LOCK_WAIT: `soon` is no duration; one is `[duration]`, `[duration]`, `5min` or `1h`
        --- exit 1
    "#]].assert_eq(&of("DUNLIN_LOCK_WAIT", "soon"));
    expect![[r#"
        $ dunlin status
        --- stderr
        error: the environment variable DUNLIN_ALLOW_MISSING: `perhaps` is neither `true` nor `false`
        --- exit 1
    "#]]
    .assert_eq(&of("DUNLIN_ALLOW_MISSING", "perhaps"));
    expect![[r#"
        $ dunlin status
        --- stderr
        error: the environment variable DUNLIN_FORMAT: `xml` is none of `text`, `json`, `json-lines`, `dot`, `mermaid`, `svg` and `html`
        --- exit 1
    "#]]
    .assert_eq(&of("DUNLIN_FORMAT", "xml"));
    expect![[r#"
        $ dunlin status
        --- stderr
        error: nowhere.toml: No such file or directory (os error 2)
        --- exit 1
    "#]]
    .assert_eq(&of("DUNLIN_CONFIG", "nowhere.toml"));
}

#[test]
fn a_url_without_a_scheme_is_explained() {
    let project = birds();
    let of = |url: &str| shown(&dunlin(&project, "status").arguments(["--url", url]).run());
    expect![[r#"
        $ dunlin status --url app.db
        --- stderr
        error: `app.db` is no database URL
        hint: for a SQLite file, write `sqlite:app.db`
        --- exit 1
    "#]]
    .assert_eq(&of("app.db"));
    expect![[r#"
        $ dunlin status --url oracle://db/app
        --- stderr
        error: `oracle` is no database URL that dunlin knows; one begins with `sqlite:`, `postgres://` or `mysql://`
        --- exit 1
    "#]]
    .assert_eq(&of("oracle://db/app"));
}

#[test]
fn a_scratch_url_that_leads_nowhere_is_an_error_with_its_line_where_scratch_databases_are_made() {
    let project = birds();
    project.file("schema.sql", "create table bird (id integer primary key);\n");
    let diff = |said: &str| {
        project.file("dunlin.toml", format!("[schema]\ncache = false\nscratch-url = \"{said}\"\n"));
        let diff = dunlin(&project, "diff").variable("DATABASE_URL", "postgres://ann@127.0.0.1:1/app");
        shown(&diff.variable("SCRATCH", "elsewhere").variable("LITE", "sqlite:x.db").run().expect_code(1))
    };
    let told = ["foo", "sqlite:x.db", "mysql://ann:secret@db/app", "env:NOPE", "env:SCRATCH", "env:LITE"].map(diff);
    expect![[r#"
        $ dunlin diff
        --- stderr
        error: dunlin.toml:3:15: `scratch-url` is `foo`, which is no database URL; it must be that of a server of PostgreSQL: `postgres://user@host/database`
        --- exit 1

        $ dunlin diff
        --- stderr
        error: dunlin.toml:3:15: `scratch-url` leads to SQLite; it must be that of a server of PostgreSQL: `postgres://user@host/database`
        --- exit 1

        $ dunlin diff
        --- stderr
        error: dunlin.toml:3:15: `scratch-url` leads to MySQL/MariaDB; it must be that of a server of PostgreSQL: `postgres://user@host/database`
        --- exit 1

        $ dunlin diff
        --- stderr
        error: dunlin.toml:3:15: `scratch-url` is to come from the environment variable `NOPE`, which is not set
        --- exit 1

        $ dunlin diff
        --- stderr
        error: dunlin.toml:3:15: `scratch-url` comes from the environment variable `SCRATCH`, which holds no database URL; it must be that of a server of PostgreSQL: `postgres://user@host/database`
        --- exit 1

        $ dunlin diff
        --- stderr
        error: dunlin.toml:3:15: `scratch-url` leads to SQLite, as `LITE` says; it must be that of a server of PostgreSQL: `postgres://user@host/database`
        --- exit 1
    "#]].assert_eq(&told.join("\n"));
    // Nothing else asks for it: not what makes none, and not SQLite, which has them in memory.
    project.file("dunlin.toml", "[schema]\nscratch-url = \"env:NOPE\"\n");
    for line in ["up", "diff"] {
        dunlin(&project, line).variable("DATABASE_URL", "sqlite:app.db").run().expect_code(0);
    }
    project.file("dunlin.toml", "url = \"sqlite:app.db\"\ndirect-url = \"env:NOPE\"\n");
    let up = dunlin(&project, "up").run().expect_code(1);
    assert!(
        up.stderr.contains("dunlin.toml: `direct-url` is to come from the environment variable `NOPE`"),
        "{}",
        up.snapshot()
    );
}
