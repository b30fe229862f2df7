//! What is refused, and what is asked for, before anything begins.

use expect_test::expect;

use super::{Tenants, database_files};
use crate::cli::{birds, shown};
use crate::support::command::Command;
use crate::support::database::Database;

#[test]
fn what_cannot_be_meant_is_refused_before_anything_begins() {
    let Some(tenants) = Tenants::new(2) else { return };
    tenants
        .project
        .file("secret.txt", "sqlite:one.db\nann:hush@host/app\n\npostgres//nowhere\n")
        .file("none.txt", "# nobody\n");
    let told = [
        &["up", "--each", "select 1", "--each-url", "none.txt"][..],
        &["up", "--each-path", "public"],
        &["up", "--each-url", "none.txt", "--url", "sqlite:one.db"],
        &["up", "--each-url", "none.txt", "--database", "all"],
        &["up", "--each-url", "none.txt"],
        &["up", "--each-url", "nowhere.txt"],
        &["up", "--each-url", "secret.txt"],
        &["up", "--each", "select 'tenant_000' where false"],
        &["up", "--each", "selec 'tenant_000'"],
        &["up", "--each", "create table public.egg (id integer)"],
        &["up", "--each", "select 'tenant_000' union all select null order by 1"],
        &["up", "--each", "select 'tenant_000'", "--history-schema", "public"],
        &["up", "--each", "select 'tenant_000'", "--url", "sqlite:one.db"],
        &["up", "--each", "select 'tenant_000'", "--jobs", "0"],
    ]
    .map(|words| shown(&tenants.dunlin(words).run()));
    let told = told.join("\n");
    assert!(!told.contains("hush"), "{told}");
    expect![[r#"
        $ dunlin up --each 'select 1' --each-url none.txt
        --- stderr
        error: `--each` and `--each-url` exclude each other
        --- exit 1

        $ dunlin up --each-path public
        --- stderr
        error: `--each-path` is for the tenants that `--each` names
        --- exit 1

        $ dunlin up --each-url none.txt --url sqlite:one.db
        --- stderr
        error: `--each-url` names the databases, so `--url` cannot
        --- exit 1

        $ dunlin up --each-url none.txt --database all
        --- stderr
        error: there is no database `all`, for there is no dunlin.toml
        --- exit 1

        $ dunlin up --each-url none.txt
        --- stderr
        note: there is no database to work on
        --- exit 0

        $ dunlin up --each-url nowhere.txt
        --- stderr
        error: nowhere.txt: No such file or directory (os error 2)
        --- exit 1

        $ dunlin up --each-url secret.txt
        --- stderr
        error: secret.txt: lines 2 and 4 are no database URL
        hint: write one a line: `sqlite:app.db`, `postgres://…` or `mysql://…`; `#` begins a comment
        --- exit 1

        $ dunlin up --each 'select 'tenant_000' where false'
        --- stderr
        note: there is no database to work on
        --- exit 0

        $ dunlin up --each 'selec 'tenant_000''
        --- stderr
        error: the query for the tenants failed: syntax error at or near "selec" (42601)
        --- exit 1

        $ dunlin up --each 'create table public.egg (id integer)'
        --- stderr
        error: the query for the tenants failed: cannot execute CREATE TABLE in a read-only transaction (25006)
        --- exit 1

        $ dunlin up --each 'select 'tenant_000' union all select null order by 1'
        --- stderr
        error: row 2 of the query names no tenant
        --- exit 1

        $ dunlin up --each 'select 'tenant_000'' --history-schema public
        --- stderr
        error: with `--each` the history of each tenant is its own; leave `history-schema` out
        --- exit 1

        $ dunlin up --each 'select 'tenant_000'' --url sqlite:one.db
        --- stderr
        error: no tenant can be chosen: of SQLite each is a file, with a URL of its own
        --- exit 1

        $ dunlin up --each 'select 'tenant_000'' --jobs 0
        --- stderr
        error: invalid value '0' for '--jobs <N>': it is a number, 1 or more

        For more information, try '--help'.
        --- exit 1
    "#]]
    .assert_eq(&told);
    assert_eq!(tenants.with_table("bird"), 0);
    assert!(database_files(&tenants.project).is_empty());
}

#[test]
fn one_direct_url_leads_none_of_a_fleet_elsewhere() {
    let project = birds();
    project.file("fleet.txt", "sqlite:one.db\nsqlite:two.db\n");
    let up = Command::dunlin(&project).arguments(["up", "-q", "--each-url", "fleet.txt"]);
    up.variable("DUNLIN_DIRECT_URL", "sqlite:other.db").run().expect_code(0);
    assert_eq!(database_files(&project), ["one.db", "two.db"]);
}

#[test]
fn a_protected_fleet_is_protected() {
    let project = birds();
    project.file("dunlin.toml", "[env.live]\nprotected = true\n").file("fleet.txt", "sqlite:one.db\nsqlite:two.db\n");
    let dunlin = |words: &[&str]| {
        let command = Command::dunlin(&project).arguments(words.iter().copied());
        command.arguments(["-q", "--env", "live", "--each-url", "fleet.txt"]).run()
    };
    dunlin(&["up"]).expect_code(0);
    dunlin(&["down"]).expect_code(9);
    dunlin(&["db", "drop", "--yes"]).expect_code(9);
    dunlin(&["down", "--yes"]).expect_code(0);
    dunlin(&["status", "--check"]).expect_code(2);
}

#[test]
fn a_fleet_is_asked_for_once() {
    let project = birds();
    project.file("fleet.txt", "sqlite:one.db\nsqlite:two.db\n");
    let fleet = |words: &str| format!("{} {words} --each-url fleet.txt -q", crate::support::binary::dunlin().display());
    let on_a_terminal = |words: &str, answer: &str| {
        let command = Command::new("script").arguments(["-qec", &fleet(words), "/dev/null"]).within(project.path());
        command.input(format!("{answer}\n")).run()
    };
    on_a_terminal("up", "").expect_code(0);
    let declined = on_a_terminal("down", "n").expect_code(1);
    assert!(declined.stdout.contains("do this on 2 databases? [y/N] "), "{}", declined.stdout);
    on_a_terminal("status --check", "").expect_code(0);
    for database in ["one.db", "two.db"] {
        let url = format!("sqlite://{}", project.path().join(database).display());
        Database::sql_at(&url, "update dunlin_migrations set up_sql = up_sql || '--' where id = '0001'");
    }
    // What does nothing without `--yes` asks nothing.
    let shown = on_a_terminal("repair checksums", "").expect_code(2);
    assert!(!shown.stdout.contains("[y/N]"), "{}", shown.stdout);
    let repaired = on_a_terminal("repair checksums --yes --reason mended", "").expect_code(0);
    assert!(!repaired.stdout.contains("[y/N]"), "{}", repaired.stdout);
    let agreed = on_a_terminal("down", "y").expect_code(0);
    assert_eq!(agreed.stdout.matches("[y/N]").count(), 1, "{}", agreed.stdout);
    on_a_terminal("status --check", "").expect_code(2);
}

#[test]
fn databases_can_be_made_and_dropped_by_the_list() {
    let project = birds();
    project.file("fleet.txt", "sqlite:one.db\nsqlite:two.db\n");
    let dunlin = |line: &str| {
        let command = Command::dunlin(&project).arguments(line.split_whitespace());
        command.arguments(["--each-url", "fleet.txt"]).run()
    };
    dunlin("db create").expect_code(0);
    dunlin("db drop").expect_code(9);
    dunlin("db reset --yes -q").expect_code(0);
    dunlin("status --check").expect_code(0);
    dunlin("db drop --yes").expect_code(0);
    assert!(database_files(&project).is_empty());
}
