//! What stands in files for MySQL and MariaDB, where DDL commits by itself.

use super::Trace::{Column, Count, Dropped, Either, Index, Nothing, Relation, Row, That};
use super::{Group, Piece, piece};

pub(super) const GROUPS: &[Group] = &[TABLE, COLUMNS, INDEXES, MOVES, CODE, SESSION];

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
        "alter table step_{n} add column note varchar(20) default 'new', add column seen datetime(6)",
        "alter table step_{n} drop column seen, drop column note",
        Column("step_{n}", "note"),
    ),
    piece(
        "alter table step_{n} modify column name varchar(40)",
        "alter table step_{n} modify column name varchar(20)",
        That(
            "exists (select 1 from information_schema.columns where table_schema = '{main}' and table_name = 'step_{n}' \
             and column_name = 'name' and character_maximum_length = 40)",
        ),
    ),
    piece(
        "alter table step_{n} drop column spare",
        "alter table step_{n} add column spare integer",
        Dropped("step_{n}", "spare"),
    ),
    piece("update step_{n} set name = concat('bird ', id)", "update step_{n} set name = null", Nothing),
    piece("alter table step_{n} engine = InnoDB", "alter table step_{n} force", Nothing),
];

const INDEXES: &[Piece] = &[
    piece("create index step_{n}_name on step_{n} (name)", "drop index step_{n}_name on step_{n}", Nothing),
    piece("insert into log values (1000 + {n})", "delete from log where n = 1000 + {n}", Nothing),
    piece(
        "alter table step_{n} add unique index step_{n}_both (id, name)",
        "alter table step_{n} drop index step_{n}_both",
        Index("step_{n}_both"),
    ),
    piece(
        "alter table step_{n} rename index step_{n}_name to step_{n}_known",
        "alter table step_{n} rename index step_{n}_known to step_{n}_name",
        Nothing,
    ),
    piece("analyze table step_{n}", "analyze table step_{n}", Nothing),
    piece("drop index step_{n}_known on step_{n}", "create index step_{n}_known on step_{n} (name)", Nothing),
];

/// Tables that are made of others, emptied, and called otherwise.
const MOVES: &[Piece] = &[
    piece("create table loose_{n} (id integer primary key)", "drop table loose_{n}", Either("loose_{n}", "bound_{n}")),
    piece("insert into loose_{n} values (1), (2)", "delete from loose_{n}", Nothing),
    piece("rename table loose_{n} to bound_{n}", "rename table bound_{n} to loose_{n}", Relation("bound_{n}")),
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
    piece("create or replace table fresh_{n} as select * from kept_{n}", "drop table fresh_{n}", Nothing),
];

const CODE: &[Piece] = &[
    piece("create view view_{n} as select id, name from step_{n}", "drop view view_{n}", Relation("view_{n}")),
    piece(
        "create or replace view view_{n} as select id from step_{n}",
        "create or replace view view_{n} as select id, name from step_{n}",
        Nothing,
    ),
    piece(
        "create trigger watch_{n} after insert on step_{n} for each row \
         begin update tally set n = n + 1 where step = {n} and kind = 'seen'; end",
        "drop trigger watch_{n}",
        That(
            "exists (select 1 from information_schema.triggers where trigger_schema = '{main}' and trigger_name = 'watch_{n}')",
        ),
    ),
    piece("insert into step_{n} (id) values (1), (2)", "delete from step_{n} where id < 100", Nothing),
    piece(
        "create procedure proc_{n}() begin declare a integer default 1; update tally set n = n + a where step = 0; \
         insert into log values (-1); end",
        "drop procedure proc_{n}",
        That(
            "exists (select 1 from information_schema.routines where routine_schema = '{main}' and routine_name = 'proc_{n}')",
        ),
    ),
    piece(
        "create function func_{n}(a integer) returns integer deterministic begin return a * 2; end",
        "drop function func_{n}",
        That(
            "exists (select 1 from information_schema.routines where routine_schema = '{main}' and routine_name = 'func_{n}')",
        ),
    ),
    piece(
        "update tally set n = n + func_{n}(2) where step = {n} and kind = 'doubled'",
        "update tally set n = n - func_{n}(2) where step = {n} and kind = 'doubled'",
        Count("doubled", 4),
    ),
];

/// What must be set in the session anew when another goes on. What a function of the database tells is not asked again: it
/// may write.
const SESSION: &[Piece] = &[
    piece("set foreign_key_checks = 0", "set foreign_key_checks = 1", Nothing),
    piece(
        "create table child_{n} (id integer primary key, parent integer, foreign key (parent) references parent (id))",
        "drop table child_{n}",
        Relation("child_{n}"),
    ),
    piece("insert into child_{n} values ({n}, 4711)", "delete from child_{n}", Nothing),
    piece(
        "alter table child_{n} add column more integer",
        "alter table child_{n} drop column more",
        Column("child_{n}", "more"),
    ),
    piece("insert into child_{n} values (1000 + {n}, 4712, 1)", "delete from child_{n} where id > 1000", Nothing),
    piece("set foreign_key_checks = 1", "set foreign_key_checks = 0", Nothing),
    piece("set @bonus = 5", "set @bonus = null", Nothing),
    piece("create table bonus_{n} (id integer)", "drop table bonus_{n}", Relation("bonus_{n}")),
    piece(
        "update tally set n = n + @bonus where step = {n} and kind = 'bonus'",
        "update tally set n = n - @bonus where step = {n} and kind = 'bonus'",
        Count("bonus", 5),
    ),
    piece("set @bonus = null", "set @bonus = 5", Nothing),
    piece(
        "create function next_{n}() returns integer \
         begin update tally set n = n + 1 where step = {n} and kind = 'called'; return 5; end",
        "drop function next_{n}",
        Nothing,
    ),
    piece(
        "set @next = next_{n}()",
        "update tally set n = n - 1 where step = {n} and kind = 'called'",
        Count("called", 1),
    ),
    piece("use {side}", "use {main}", Nothing),
    piece(
        "create table side_{n} (id integer)",
        "drop table side_{n}",
        That(
            "exists (select 1 from information_schema.tables where table_schema = '{side}' and table_name = 'side_{n}')",
        ),
    ),
    piece("insert into side_{n} values (1)", "delete from side_{n}", Nothing),
    piece("use {main}", "use {side}", Nothing),
];

/// Statements that a server does one piece after the other. What it had begun when its client died, it finishes.
pub(super) const IN_PIECES: Group = &[
    piece("create table one_{n} (id integer)", "drop table if exists one_{n}", Nothing),
    piece("create table two_{n} (name varchar(20))", "drop table if exists two_{n}", Nothing),
    piece("insert into two_{n} values ('wren')", "delete from two_{n}", Nothing),
    piece(
        "rename table one_{n} to three_{n}, two_{n} to one_{n}",
        "rename table one_{n} to two_{n}, three_{n} to one_{n}",
        Nothing,
    ),
    piece("create table four_{n} (id integer)", "drop table if exists four_{n}", Nothing),
    piece("create table five_{n} (id integer)", "drop table if exists five_{n}", Nothing),
    piece("drop table four_{n}, five_{n}", "create table four_{n} (id integer)", Nothing),
];
