//! What stands in files for SQLite that ask for no transaction.

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
        "alter table step_{n} add column note varchar(20) default 'new'",
        "alter table step_{n} drop column note",
        Column("step_{n}", "note"),
    ),
    piece(
        "alter table step_{n} rename column name to title",
        "alter table step_{n} rename column title to name",
        Column("step_{n}", "title"),
    ),
    piece(
        "alter table step_{n} drop column spare",
        "alter table step_{n} add column spare integer",
        Dropped("step_{n}", "spare"),
    ),
    piece("update step_{n} set title = 'bird ' || id", "update step_{n} set title = null", Nothing),
    piece("vacuum", "vacuum", Nothing),
];

const INDEXES: &[Piece] = &[
    piece("create index step_{n}_known on step_{n} (id, id + 1)", "drop index step_{n}_known", Index("step_{n}_known")),
    piece("insert into log values (1000 + {n})", "delete from log where n = 1000 + {n}", Nothing),
    piece(
        "create unique index step_{n}_both on step_{n} (id) where id > 5",
        "drop index step_{n}_both",
        Index("step_{n}_both"),
    ),
    piece("reindex step_{n}", "reindex", Nothing),
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
        "delete from copy_{n}",
        "insert into copy_{n} select * from tally where step = {n} and kind = 'one'",
        Nothing,
    ),
    piece("insert into copy_{n} values ({n}, 'again', 7)", "delete from copy_{n} where kind = 'again'", Nothing),
    piece("alter table copy_{n} rename to kept_{n}", "alter table kept_{n} rename to copy_{n}", Relation("kept_{n}")),
];

const CODE: &[Piece] = &[
    piece("create view view_{n} as select id from step_{n}", "drop view view_{n}", Relation("view_{n}")),
    piece(
        "create trigger watch_{n} after insert on step_{n} begin \
         update tally set n = n + 1 where step = {n} and kind = 'seen'; end",
        "drop trigger watch_{n}",
        Relation("watch_{n}"),
    ),
    piece("insert into step_{n} (id) values (1), (2)", "delete from step_{n} where id < 100", Nothing),
];

/// What must be set in the session anew when another goes on.
const SESSION: &[Piece] = &[
    piece("pragma ignore_check_constraints = on", "pragma ignore_check_constraints = off", Nothing),
    piece("create table odd_{n} (n integer check (n > 0))", "drop table odd_{n}", Relation("odd_{n}")),
    piece("insert into odd_{n} values (-1)", "delete from odd_{n} where n = -1", Nothing),
    piece(
        "create table more_{n} (id integer)",
        "drop table more_{n}",
        That("exists (select 1 from sqlite_schema where name = 'more_{n}')"),
    ),
    piece("insert into odd_{n} values (-2)", "delete from odd_{n} where n = -2", Nothing),
    piece("pragma ignore_check_constraints = off", "pragma ignore_check_constraints = on", Nothing),
    piece(
        "update tally set n = n + 5 where step = {n} and kind = 'bonus'",
        "update tally set n = n - 5 where step = {n} and kind = 'bonus'",
        Count("bonus", 5),
    ),
];
