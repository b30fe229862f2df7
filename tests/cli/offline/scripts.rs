use expect_test::expect;

use super::{shown, without_database};
use crate::support::command::Outcome;
use crate::support::project::Project;

fn one_bird() -> Project {
    let project = Project::new();
    project.migration("1_bird", "-- dunlin: lock-timeout 5s\ncreate table bird (id int);\n", "drop table bird;\n");
    project
}

/// Leaves out what differs from version to version, and the tables, which every script makes alike.
fn without_tables(outcome: &Outcome) -> String {
    let text = shown(outcome).replace(env!("CARGO_PKG_VERSION"), "[version]");
    let table = regex::Regex::new(r"(?ms)^(create table if not exists \S+) \(.*?^\)[^;]*;").expect("a pattern");
    table.replace_all(&text, "$1 (…);").into_owned()
}

#[test]
fn a_script_for_sqlite() {
    let outcome = without_database(&one_bird(), "up --sql --engine sqlite");
    expect![[r#"
        $ dunlin up --sql --engine sqlite
        -- dunlin [version], for SQLite, set main
        -- from base to `1_bird`: 1 migration up
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

        -- The database stands at base, as this script knows it
        begin immediate;
        create table if not exists "dunlin_layout" (…);
        insert or ignore into "dunlin_layout" (id, version) values (1, 1);
        create table if not exists "dunlin_events" (…);
        create table if not exists "dunlin_migrations" (…);
        drop trigger if exists temp.dunlin_assert;
        create temp trigger dunlin_assert before insert on dunlin_assertion when not coalesce(new.holds, 0)
        begin
          select raise(abort, 'the history tables are of a newer dunlin than this script');
        end;
        insert into temp.dunlin_assertion (holds) select (select max(l.version) from "dunlin_layout" l) <= 1;
        drop trigger if exists temp.dunlin_assert;
        create temp trigger dunlin_assert before insert on dunlin_assertion when not coalesce(new.holds, 0)
        begin
          select raise(abort, 'the database does not stand where this script begins: at base');
        end;
        insert into temp.dunlin_assertion (holds) select (select count(*) from "dunlin_migrations" m where m.set_name = 'main') = 0;
        insert into temp.dunlin_start (event, seq)
        select
          (select coalesce(max(e.n), 0) from "dunlin_events" e where e.set_name = 'main'),
          (select coalesce(max(m.seq), 0) from "dunlin_migrations" m where m.set_name = 'main');
        commit;

        -- up: versions/1_bird.up.sql (in a transaction)
        begin immediate;
        -- dunlin: lock-timeout [duration]
        create table bird (id int);
        insert into "dunlin_migrations" (
          set_name, id, slug, parents, seq, kind, state, up_checksum, down_checksum, up_sql, down_sql, breaking,
          applied_at, duration_us, tool_version
        )
        values
        ('main', '1', 'bird', '', (select seq from temp.dunlin_start) + 1, 'applied', 'applied', '[checksum]', '[checksum]', '-- dunlin: lock-timeout [duration]
        create table bird (id int);
        ', 'drop table bird;
        ', false, strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'), 0, '[version]');
        insert into "dunlin_events" (
          set_name, n, at, action, id, checksum, db_user, os_user, host, application, tool_version, detail, hash
        )
        values
        ('main', (select event from temp.dunlin_start) + 1, strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'), 'up', '1', '[checksum]', '', '', '', '', '[version]', '{"script":true}', '');
        commit;
        .print '  applied   1_bird'

        -- The end
        drop table temp.dunlin_assertion;
        drop table temp.dunlin_start;
        --- exit 0
    "#]].assert_eq(&without_tables(&outcome));
}

#[test]
fn a_script_for_postgresql_begins_with_what_it_takes_for_granted() {
    let outcome = without_database(&one_bird(), "up --sql --engine postgres");
    let script = without_tables(&outcome);
    let (opening, _) = script.split_once("\n-- up: ").expect("a step");
    expect![[r#"
        $ dunlin up --sql --engine postgres
        -- dunlin [version], for PostgreSQL, set main
        -- from base to `1_bird`: 1 migration up
        -- Feed it with psql -X -f <this file> <database>.
        -- It stops at the first error, and before anything else if the database does not stand where it begins.

        \set ON_ERROR_STOP on
        \set AUTOCOMMIT on
        \set QUIET on
        set client_encoding to 'UTF8';
        select coalesce(current_schema() is not null, false) as dunlin_ok \gset
        \if :dunlin_ok
        \else
        do 'begin raise exception using message = ''there is no schema to make the history tables in''; end';
        \endif
        select current_schema() as dunlin_schema \gset
        select
          ('x' || left(encode(sha256(convert_to(
            concat_ws(chr(31), 'dunlin', current_database(), :'dunlin_schema', 'dunlin', 'main'),
            'UTF8')), 'hex'), 16))::bit(64)::bigint as dunlin_key,
          ('x' || left(encode(sha256(convert_to(
            concat_ws(chr(31), 'dunlin', current_database(), :'dunlin_schema', 'dunlin'),
            'UTF8')), 'hex'), 16))::bit(64)::bigint as dunlin_tables
        \gset
        -- What the session is, so that it can be brought back to it behind a file
        select
          'reset session authorization; reset role; reset all; '
            || case when current_setting('role') = 'none' then '' else format('set role %I; ', current_setting('role')) end
            || format('do %L;', 'begin ' || coalesce(string_agg(
              format('perform set_config(%L, %L, false);', s.name, s.setting), ' '), 'null;') || ' end')
            as dunlin_restore,
          'set local session authorization default; set local role '
            || case when current_setting('role') = 'none' then 'none' else quote_ident(current_setting('role')) end || ';'
            as dunlin_as_ourselves
        from pg_settings s
        where s.source = 'session'
          and s.context in ('user', 'superuser')
          and s.name not in ('role', 'session_authorization')
        \gset

        -- The lock of a run, so that nobody migrates meanwhile
        select coalesce(pg_try_advisory_lock(:dunlin_key), false) as dunlin_ok \gset
        \if :dunlin_ok
        \else
        do 'begin raise exception using message = ''another run holds the lock; feed the script again when it has ended''; end';
        \endif

        -- The database stands at base, as this script knows it
        begin;
        set local client_min_messages = warning;
        select coalesce(pg_try_advisory_xact_lock(:dunlin_tables + 1), false) as dunlin_ok \gset
        \if :dunlin_ok
        \else
        do 'begin raise exception using message = ''another run makes the history tables just now; feed the script again''; end';
        \endif
        create table if not exists :"dunlin_schema"."dunlin_layout" (…);
        insert into :"dunlin_schema"."dunlin_layout" (id, version) values (1, 1) on conflict do nothing;
        create table if not exists :"dunlin_schema"."dunlin_events" (…);
        create table if not exists :"dunlin_schema"."dunlin_migrations" (…);
        select coalesce((select max(l.version) from :"dunlin_schema"."dunlin_layout" l) <= 1, false) as dunlin_ok \gset
        \if :dunlin_ok
        \else
        do 'begin raise exception using message = ''the history tables are of a newer dunlin than this script''; end';
        \endif
        select coalesce((select count(*) from :"dunlin_schema"."dunlin_migrations" m where m.set_name = 'main') = 0, false) as dunlin_ok \gset
        \if :dunlin_ok
        \else
        do 'begin raise exception using message = ''the database does not stand where this script begins: at base''; end';
        \endif
        select
          (select coalesce(max(e.n), 0) from :"dunlin_schema"."dunlin_events" e where e.set_name = 'main') as dunlin_event,
          (select coalesce(max(m.seq), 0) from :"dunlin_schema"."dunlin_migrations" m where m.set_name = 'main') as dunlin_row
        \gset
        commit;
    "#]].assert_eq(opening);
}

#[test]
fn a_script_for_postgresql_goes_on_with_steps() {
    let outcome = without_database(&one_bird(), "up --sql --engine postgres");
    let script = without_tables(&outcome);
    let (_, steps) = script.split_once("\n-- up: ").expect("a step");
    expect![[r#"
        versions/1_bird.up.sql (in a transaction)
        begin;
        select coalesce(pg_try_advisory_xact_lock(:dunlin_key + 1), false) as dunlin_ok \gset
        \if :dunlin_ok
        \else
        do 'begin raise exception using message = ''another run holds the lock''; end';
        \endif
        set lock_timeout = 5000;
        -- dunlin: lock-timeout [duration]
        create table bird (id int);
        :dunlin_restore
        insert into :"dunlin_schema"."dunlin_migrations" (
          set_name, id, slug, parents, seq, kind, state, up_checksum, down_checksum, up_sql, down_sql, breaking,
          applied_at, duration_us, tool_version
        )
        values
        ('main', '1', 'bird', '', :dunlin_row + 1, 'applied', 'applied', '[checksum]', '[checksum]', '-- dunlin: lock-timeout [duration]
        create table bird (id int);
        ', 'drop table bird;
        ', false, clock_timestamp(), 0, '[version]');
        insert into :"dunlin_schema"."dunlin_events" (
          set_name, n, at, action, id, checksum, db_user, os_user, host, application, tool_version, detail, hash
        )
        values
        ('main', :dunlin_event + 1, clock_timestamp(), 'up', '1', '[checksum]', session_user, '', '', '', '[version]', '{"script":true}', '');
        commit;
        \echo '  applied   1_bird'

        -- The end
        select pg_advisory_unlock(:dunlin_key) as dunlin_ok \gset
        --- exit 0
    "#]].assert_eq(steps);
}

#[test]
fn a_script_for_mysql() {
    let outcome = without_database(&one_bird(), "up --sql --engine mysql");
    expect![[r#"
        $ dunlin up --sql --engine mysql
        -- dunlin [version], for MySQL/MariaDB, set main
        -- from base to `1_bird`: 1 migration up
        -- Feed it with mariadb --comments <database> < <this file>.
        -- It stops at the first error, and before anything else if the database does not stand where it begins.

        set names utf8mb4;
        set autocommit = 1;
        -- What the session is, so that it can be brought back to it behind a file
        set @dunlin_sql_mode = @@sql_mode,
          @dunlin_time_zone = @@time_zone,
          @dunlin_foreign_key_checks = @@foreign_key_checks,
          @dunlin_unique_checks = @@unique_checks,
          @dunlin_lock_wait_timeout = @@lock_wait_timeout,
          @dunlin_innodb_lock_wait_timeout = @@innodb_lock_wait_timeout;
        drop temporary table if exists dunlin_assertion;
        create temporary table dunlin_assertion (message varchar(255) primary key);

        -- The lock of a run, so that nobody migrates meanwhile
        set @dunlin_lock = concat('dunlin:', left(sha2(concat_ws(char(31), 'dunlin', coalesce(database(), ''), database(), 'dunlin', 'main'), 256), 40));
        set @dunlin_locked = get_lock(@dunlin_lock, 300);
        insert into dunlin_assertion (message)
        select 'another run holds the lock; feed the script again later'
        from (select 1 union all select 2) twice
        where not coalesce(@dunlin_locked = 1, false);

        -- The database stands at base, as this script knows it
        start transaction;
        create table if not exists `dunlin_layout` (…);
        insert ignore into `dunlin_layout` (id, version) values (1, 1);
        create table if not exists `dunlin_events` (…);
        create table if not exists `dunlin_migrations` (…);
        insert into dunlin_assertion (message)
        select 'the history tables are of a newer dunlin than this script'
        from (select 1 union all select 2) twice
        where not coalesce((select max(l.version) from `dunlin_layout` l) <= 1, false);
        insert into dunlin_assertion (message)
        select 'the database does not stand where this script begins: at base'
        from (select 1 union all select 2) twice
        where not coalesce((select count(*) from `dunlin_migrations` m where m.set_name = 'main') = 0, false);
        set @dunlin_event = (select coalesce(max(e.n), 0) from `dunlin_events` e where e.set_name = 'main'),
          @dunlin_row = (select coalesce(max(m.seq), 0) from `dunlin_migrations` m where m.set_name = 'main');
        commit;

        -- up: versions/1_bird.up.sql (statement by statement)
        create table if not exists `dunlin_statements` (…);
        delete from `dunlin_statements` where set_name = 'main';
        start transaction;
        set lock_wait_timeout = 5, innodb_lock_wait_timeout = 5;
        insert into `dunlin_migrations` (
          set_name, id, slug, parents, seq, kind, state, up_checksum, down_checksum, up_sql, down_sql, breaking,
          applied_at, duration_us, tool_version
        )
        values
        ('main', '1', 'bird', '', @dunlin_row + 1, 'applied', 'applying', '[checksum]', '[checksum]', '-- dunlin: lock-timeout [duration]
        create table bird (id int);
        ', 'drop table bird;
        ', false, utc_timestamp(6), 0, '[version]');
        insert into `dunlin_statements` (
          set_name, id, direction, n, state, recovery, line, summary, checksum, fingerprint, connection, message, started_at,
          row_text
        )
        select s.*, concat_ws(',', '4:main,1:1,2:up,1:1,7:started,6:schema,1:2,26:create table bird (id int),67:[checksum],-',
          coalesce(concat(char_length(s.connection), ':', s.connection), '-'),
          '-',
          coalesce(concat(char_length(date_format(s.started_at, '%Y-%m-%dT%H:%i:%s.%fZ')), ':', date_format(s.started_at, '%Y-%m-%dT%H:%i:%s.%fZ')), '-'))
        from (
          select
            'main' as set_name, '1' as id, 'up' as direction, 1 as n, 'started' as state, 'schema' as recovery, 2 as line, 'create table bird (id int)' as summary, '[checksum]' as checksum,
            null as fingerprint, connection_id() as connection, null as message, current_timestamp as started_at
          limit 1
        ) s;
        commit;
        create table bird (id int);
        unlock tables;
        set names utf8mb4;
        set sql_mode = @dunlin_sql_mode,
          time_zone = @dunlin_time_zone,
          foreign_key_checks = @dunlin_foreign_key_checks,
          unique_checks = @dunlin_unique_checks,
          lock_wait_timeout = @dunlin_lock_wait_timeout,
          innodb_lock_wait_timeout = @dunlin_innodb_lock_wait_timeout;
        start transaction;
        update `dunlin_statements` set state = 'done', row_text = concat('4:main,1:1,2:up,1:1,4:done', substr(row_text, 30)) where set_name = 'main' and id = '1' and direction = 'up' and n = 1;
        delete from `dunlin_statements` where set_name = 'main' and id = '1' and direction = 'up' and n in (1);
        update `dunlin_migrations` set state = 'applied' where set_name = 'main' and id = '1';
        insert into `dunlin_events` (
          set_name, n, at, action, id, checksum, db_user, os_user, host, application, tool_version, detail, hash
        )
        values
        ('main', @dunlin_event + 1, utc_timestamp(6), 'up', '1', '[checksum]', user(), '', '', '', '[version]', '{"script":true}', '');
        commit;

        -- The end
        do release_lock(@dunlin_lock);
        drop temporary table dunlin_assertion;
        --- exit 0
    "#]].assert_eq(&without_tables(&outcome));
}
