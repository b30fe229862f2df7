//! `plan --sql`: the run as a script for the engine's own client.

use expect_test::expect;

use super::{birds, run, session, shown};
use crate::support::command::Command;
use crate::support::database::Database;

#[test]
fn the_script_of_a_plan_begins_where_the_database_is() {
    let project = birds();
    run(&project, "up +2 -q").expect_code(0);
    let text = shown(&run(&project, "plan --sql --check")).replace(env!("CARGO_PKG_VERSION"), "[version]");
    let who = regex::Regex::new(r"', '', '[^']*', '[^']*', '', '\[version\]'").expect("a pattern");
    let text = who.replace_all(&text, "', '', '[os_user]', '[host]', '', '[version]'").into_owned();
    expect![[r#"
        $ dunlin plan --sql --check
        -- dunlin [version], for SQLite, set main
        -- from `0002_name` to `0003_egg`: 1 migration up
        -- Feed it with sqlite3 <database> < <this file>.
        -- It stops at the first error, and before anything else if the database does not stand where it begins.

        .bail on
        .timeout 300000
        pragma foreign_keys = on;
        drop trigger if exists temp.dunlin_assert;
        drop table if exists temp.dunlin_assertion;
        drop table if exists temp.dunlin_start;
        create temp table dunlin_assertion (holds integer);
        create temp table dunlin_start (event integer not null, seq integer not null);

        -- The lock of a run, so that nobody migrates meanwhile
        -- `begin immediate` takes it for each transaction, and each makes sure that it follows the one before.

        -- The database stands at `0002_name`, as this script knows it
        begin immediate;
        drop trigger if exists temp.dunlin_assert;
        create temp trigger dunlin_assert before insert on dunlin_assertion when not coalesce(new.holds, 0)
        begin
          select raise(abort, 'the database does not stand where this script begins: at `0002_name`');
        end;
        insert into temp.dunlin_assertion (holds) select exists (select 1 from sqlite_schema where type = 'table' and lower(name) = lower('dunlin_layout'));
        drop trigger if exists temp.dunlin_assert;
        create temp trigger dunlin_assert before insert on dunlin_assertion when not coalesce(new.holds, 0)
        begin
          select raise(abort, 'the history tables are of a newer dunlin than this script');
        end;
        insert into temp.dunlin_assertion (holds) select (select max(l.version) from "dunlin_layout" l) <= 1;
        drop trigger if exists temp.dunlin_assert;
        create temp trigger dunlin_assert before insert on dunlin_assertion when not coalesce(new.holds, 0)
        begin
          select raise(abort, 'the database does not stand where this script begins: at `0002_name`');
        end;
        insert into temp.dunlin_assertion (holds) select (select count(*) from "dunlin_migrations" m where m.set_name = 'main') = 2
        and (select count(*) from "dunlin_migrations" m where m.set_name = 'main' and m.state = 'applied' and (m.id, m.up_checksum) in (values
          ('0001', '[checksum]'),
          ('0002', '[checksum]')
        )) = 2;
        drop trigger if exists temp.dunlin_assert;
        create temp trigger dunlin_assert before insert on dunlin_assertion when not coalesce(new.holds, 0)
        begin
          select raise(abort, 'something was done here since this script was made');
        end;
        insert into temp.dunlin_assertion (holds) select (select coalesce(max(e.n), 0) from "dunlin_events" e where e.set_name = 'main') = 2
        and coalesce((select e.hash from "dunlin_events" e where e.set_name = 'main' order by e.n desc limit 1), '') = '[checksum]';
        insert into temp.dunlin_start (event, seq)
        select
          (select coalesce(max(e.n), 0) from "dunlin_events" e where e.set_name = 'main'),
          (select coalesce(max(m.seq), 0) from "dunlin_migrations" m where m.set_name = 'main');
        commit;

        -- up: versions/0003_egg.up.sql (in a transaction)
        begin immediate;
        create table egg (id integer primary key);
        insert into "dunlin_migrations" (
          set_name, id, slug, parents, seq, kind, state, up_checksum, down_checksum, up_sql, down_sql, breaking,
          applied_at, duration_us, tool_version
        )
        values
        ('main', '0003', 'egg', '0002', (select seq from temp.dunlin_start) + 1, 'applied', 'applied', '[checksum]', '[checksum]', 'create table egg (id integer primary key);
        ', 'drop table egg;
        ', false, strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'), 0, '[version]');
        insert into "dunlin_events" (
          set_name, n, at, action, id, checksum, db_user, os_user, host, application, tool_version, detail, hash
        )
        values
        ('main', (select event from temp.dunlin_start) + 1, strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'), 'up', '0003', '[checksum]', '', '[os_user]', '[host]', '', '[version]', '{"script":true}', '');
        commit;
        .print '  applied   0003_egg'

        -- The end
        drop table temp.dunlin_assertion;
        drop table temp.dunlin_start;
        --- exit 2
    "#]].assert_eq(&text);
    run(&project, "up -q").expect_code(0);
    session(
        &project,
        ["plan --sql --check"],
        &expect![[r#"
        $ dunlin plan --sql --check
        -- Nothing to do from `0003_egg`
        --- stderr
        note: there is nothing to do, and the script says no more than that
        --- exit 0
    "#]],
    );
}

#[test]
fn the_script_of_a_plan_says_that_it_does_not_hold_the_lease_of_runs() {
    let Some(database) = Database::postgres() else { return };
    let plan = |lock: &str| {
        let line = format!("plan --sql --lock {lock}");
        super::command(&birds(), &line).variable("DUNLIN_URL", &database.url).run().expect_code(0).stderr
    };
    assert!(plan("lease").starts_with("warning: runs are kept apart by a lease"), "{}", plan("lease"));
    assert_eq!(plan("auto"), "");
}

#[test]
fn a_script_piped_into_the_client_is_the_run() {
    let project = birds();
    if !Database::sqlite().has_client() {
        return;
    }
    run(&project, "up +1 -q").expect_code(0);
    let script = run(&project, "plan --sql").expect_code(0).stdout;
    let sqlite3 = Command::new("sqlite3").argument("app.db").within(project.path()).input(script);
    expect![[r#"
        $ sqlite3 app.db
          applied   0002_name
          applied   0003_egg
        --- exit 0
    "#]]
    .assert_eq(&shown(&sqlite3.run()));
    session(
        &project,
        ["up", "log", "status"],
        &expect![[r#"
            $ dunlin up
            nothing is pending: the database is at 0003_egg (3 migrations)
            --- exit 0

            $ dunlin log
            when (UTC)           action  migration  who
            [time]  up      0001       [who]
            [time]  up      0002       [who]  by a script
            [time]  up      0003       [who]  by a script

            3 events; the chain is whole, head [checksum]
            --- exit 0

            $ dunlin status
            state    migration  applied at (UTC)
            applied  0001_bird  [time]
            applied  0002_name  [time]
            applied  0003_egg   [time]

            3 migrations: 3 applied, 0 pending; the database is at 0003_egg
            --- exit 0
        "#]],
    );
    let again = sqlite3.run().expect_code(1).stderr;
    assert!(again.contains("the database does not stand where this script begins: at `0001_bird`"), "{again}");
}
