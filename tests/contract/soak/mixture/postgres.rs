//! What stands in files for PostgreSQL that ask for no transaction.

use super::Trace::{Column, Count, Dropped, Either, Index, Nothing, Relation, Row, That};
use super::{Group, Piece, piece};

pub(super) const GROUPS: &[Group] = &[TABLE, COLUMNS, INDEXES, MOVES, CODE, SESSION, CONCURRENT];

const TABLE: &[Piece] = &[
    piece(
        "create table step_{n} (id integer primary key, name varchar(20), spare integer)",
        "drop table step_{n}",
        Relation("step_{n}"),
    ),
    piece("insert into log values ({n})", "delete from log where n = {n}", Row),
    piece(
        "update tally set n = n + 1 where step = {n} and kind = 'one'",
        "update tally set n = n - 1 where step = {n} and kind = 'one'",
        Count("one", 1),
    ),
    piece("insert into step_{n} (id) values (100), (101)", "delete from step_{n} where id >= 100", Nothing),
];

const COLUMNS: &[Piece] = &[
    piece(
        "alter table step_{n} add column note varchar(20) default 'new'",
        "alter table step_{n} drop column note",
        Column("step_{n}", "note"),
    ),
    piece(
        "alter table step_{n} alter column name type varchar(40)",
        "alter table step_{n} alter column name type varchar(20)",
        That(
            "exists (select 1 from pg_attribute where attrelid = to_regclass('public.step_{n}') and attname = 'name' \
             and atttypmod = 44)",
        ),
    ),
    piece(
        "alter table step_{n} drop column spare",
        "alter table step_{n} add column spare integer",
        Dropped("step_{n}", "spare"),
    ),
    piece("update step_{n} set name = 'bird ' || id", "update step_{n} set name = null", Nothing),
    piece("vacuum step_{n}", "vacuum full step_{n}", Nothing),
];

const INDEXES: &[Piece] = &[
    piece("create index step_{n}_known on step_{n} (name)", "drop index step_{n}_known", Index("step_{n}_known")),
    piece("insert into log values (1000 + {n})", "delete from log where n = 1000 + {n}", Nothing),
    piece(
        "alter table step_{n} add constraint step_{n}_both unique (id, name)",
        "alter table step_{n} drop constraint step_{n}_both",
        Index("step_{n}_both"),
    ),
    piece("reindex table step_{n}", "reindex table step_{n}", Nothing),
];

/// Tables that are made of others, emptied, and called otherwise.
const MOVES: &[Piece] = &[
    piece("create table loose_{n} (id integer primary key)", "drop table loose_{n}", Either("loose_{n}", "bound_{n}")),
    piece("insert into loose_{n} values (1), (2)", "delete from loose_{n}", Nothing),
    piece(
        "alter table loose_{n} rename to bound_{n}",
        "alter table bound_{n} rename to loose_{n}",
        Relation("bound_{n}"),
    ),
    piece(
        "create table copy_{n} as select * from tally where step = {n}",
        "drop table copy_{n}",
        Either("copy_{n}", "kept_{n}"),
    ),
    piece(
        "update tally set n = n + 1 where step = {n} and kind = 'moved'",
        "update tally set n = n - 1 where step = {n} and kind = 'moved'",
        Count("moved", 1),
    ),
    piece(
        "truncate table copy_{n}",
        "insert into copy_{n} select * from tally where step = {n} and kind = 'one'",
        Nothing,
    ),
    piece("insert into copy_{n} values ({n}, 'again', 7)", "delete from copy_{n} where kind = 'again'", Nothing),
    piece("alter table copy_{n} rename to kept_{n}", "alter table kept_{n} rename to copy_{n}", Relation("kept_{n}")),
];

const CODE: &[Piece] = &[
    piece("create view view_{n} as select id from step_{n}", "drop view view_{n}", Relation("view_{n}")),
    piece(
        "create function see_{n}() returns trigger language plpgsql as $$ begin \
         update public.tally set n = n + 1 where step = {n} and kind = 'seen'; return new; end $$",
        "drop function see_{n}()",
        That("to_regproc('public.see_{n}') is not null"),
    ),
    piece(
        "create trigger watch_{n} after insert on step_{n} for each row execute function see_{n}()",
        "drop trigger watch_{n} on step_{n}",
        That("exists (select 1 from pg_trigger where tgname = 'watch_{n}')"),
    ),
    piece("insert into step_{n} (id) values (1), (2)", "delete from step_{n} where id < 100", Nothing),
    piece(
        "create procedure double_{n}(a integer) language plpgsql as $$ begin \
         update public.tally set n = n + a * 2 where step = {n} and kind = 'doubled'; end $$",
        "drop procedure double_{n}(integer)",
        That("to_regproc('public.double_{n}') is not null"),
    ),
    piece("call double_{n}(2)", "call double_{n}(-2)", Count("doubled", 4)),
    piece(
        "do $$ begin update tally set n = n + 3 where step = {n} and kind = 'done'; end $$",
        "do $$ begin update tally set n = n - 3 where step = {n} and kind = 'done'; end $$",
        Count("done", 3),
    ),
];

/// What must be set in the session anew when another goes on.
const SESSION: &[Piece] = &[
    piece("set search_path = side", "reset search_path", Nothing),
    piece(
        "create table side_{n} (id integer)",
        "drop table side_{n}",
        That("to_regclass('side.side_{n}') is not null"),
    ),
    piece("insert into side_{n} values (1)", "delete from side_{n}", Nothing),
    piece("reset search_path", "select pg_catalog.set_config('search_path', 'side', false)", Nothing),
    piece("set role {role}", "reset role", Nothing),
    piece(
        "create table side.roled_{n} (id integer)",
        "drop table side.roled_{n}",
        That("to_regclass('side.roled_{n}') is not null"),
    ),
    piece("insert into side.roled_{n} values (1)", "delete from side.roled_{n}", Nothing),
    piece("reset role", "set role {role}", Nothing),
    piece(
        "prepare bonus (integer) as update tally set n = n + $1 where step = {n} and kind = 'bonus'",
        "deallocate bonus",
        Nothing,
    ),
    piece("create table bonus_{n} (id integer)", "drop table bonus_{n}", Relation("bonus_{n}")),
    piece("execute bonus (5)", "execute bonus (-5)", Count("bonus", 5)),
    piece(
        "deallocate bonus",
        "prepare bonus (integer) as update tally set n = n + $1 where step = {n} and kind = 'bonus'",
        Nothing,
    ),
];

/// What works beside running transactions, and leaves remains when it is cut off.
const CONCURRENT: &[Piece] = &[
    piece("create index concurrently big_{n} on big (a, b)", "drop index concurrently big_{n}", Index("big_{n}")),
    piece(
        "create unique index concurrently if not exists big_{n}_part on big (id, lower(b)) where a > {n}",
        "drop index concurrently if exists big_{n}_part",
        Index("big_{n}_part"),
    ),
    piece(
        "create index concurrently on step_{n} (spare)",
        "drop index concurrently step_{n}_spare_idx",
        Index("step_{n}_spare_idx"),
    ),
    piece("insert into log values (2000 + {n})", "delete from log where n = 2000 + {n}", Nothing),
    piece("create index big_{n}_old on big (b)", "drop index big_{n}_old", Nothing),
    piece("drop index concurrently big_{n}_old", "create index concurrently big_{n}_old on big (b)", Nothing),
    piece("reindex index concurrently big_{n}", "reindex (concurrently) table big", Nothing),
    piece("create table part_{n} partition of parts for values in ({n})", "drop table part_{n}", Relation("part_{n}")),
    piece("insert into parts values ({n})", "delete from parts where n = {n}", Nothing),
    piece(
        "alter table parts detach partition part_{n} concurrently",
        "alter table parts attach partition part_{n} for values in ({n})",
        That("exists (select 1 from pg_class where oid = to_regclass('public.part_{n}') and not relispartition)"),
    ),
];
