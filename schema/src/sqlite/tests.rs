use dunlin_core::dialect::Dialect;
use dunlin_core::statements::split;
use expect_test::{Expect, expect};

use super::words::{Word, words};
use super::{Row, Sqlite, read};
use crate::{Manner, Pair, Schema, diff, likely, plan, tree};

/// Reads a schema's text as SQLite would keep it.
fn schema(sql: &str) -> Schema {
    let row = |text: &str| {
        let words = words(text);
        let at = words
            .iter()
            .position(|word| ["table", "index", "view", "trigger"].iter().any(|kind| word.is(kind)))
            .unwrap();
        let name = words[at + 1].name().unwrap();
        let on = words.iter().skip(at + 2).position(|word| word.is("on")).and_then(|on| words.get(at + on + 3));
        let table = on.and_then(Word::name).unwrap_or_else(|| name.clone());
        Row { kind: words[at].text.clone(), name, table, sql: text.to_owned() }
    };
    let rows: Vec<Row> = split(sql, Dialect::Sqlite).unwrap().iter().map(|statement| row(statement.text())).collect();
    read(&rows).unwrap()
}

fn up(from: &str, to: &str, manner: Manner, expected: &Expect) {
    let (from, to) = (schema(from), schema(to));
    let up = plan(&from, &to, &Sqlite, manner).unwrap();
    expected.assert_eq(&Pair { up, down: crate::Plan::default() }.up_text());
}

#[test]
fn what_means_the_same_is_the_same() {
    let one = schema(
        "create table T (a int, b text, check (t.a > 0)) strict, without rowid; create view v as select \"A\" from T",
    );
    let other = schema(
        "CREATE TABLE \"t\"(a INT, /* b */ [b] TEXT, CHECK(a>0)) WITHOUT ROWID,STRICT; create view v as select a from t",
    );
    let deltas = diff(&one, &other);
    assert!(deltas.iter().all(|delta| delta.fact().id.name == ["t"]), "{deltas:?}");
    assert_eq!(
        one.fingerprint(),
        schema("create view v as select a from t; create table t (a int, b text, check (a > 0)) without rowid, strict")
            .fingerprint()
    );
}

#[test]
fn a_column_is_added_and_dropped_in_place() {
    up(
        "create table users (id integer primary key, name text, old text)",
        "create table users (id integer primary key, name text, email text default 'none')",
        Manner::Shortest,
        &expect![[r#"
            -- loses data: column users.old is dropped

            alter table users drop column old;
            alter table users add column email text default 'none';
        "#]],
    );
}

#[test]
fn what_cannot_be_altered_is_rebuilt() {
    up(
        "create table users (id integer primary key autoincrement, name text); create index by_name on users (name)",
        "create table users (id integer primary key autoincrement, email text not null, name text not null default '')\n; create index by_name on users (name)",
        Manner::Shortest,
        &expect![[r#"
            -- dunlin: foreign-keys off
            -- changes values: users.name becomes its default where it is null
            -- may fail: users.email needs a value in every row
            -- rewrites table: users

            alter table users add column email text;
            -- Rows that are there need values here, or the copy below fails:
            -- update users set email = … where email is null;
            create table new_users (id integer primary key autoincrement, email text not null, name text not null default '');
            insert or abort into new_users (id, email, name)
            select id, email, coalesce(name, '') from users;
            delete from sqlite_sequence where name = 'new_users';
            insert into sqlite_sequence (name, seq)
            select 'new_users', seq from sqlite_sequence where name = 'users';
            drop table users;
            pragma legacy_alter_table = on;
            alter table new_users rename to users;
            pragma legacy_alter_table = off;

            create index by_name on users (name);
        "#]],
    );
}

#[test]
fn what_differs_is_shown_as_a_tree() {
    let from = schema("create table a (b int, c int); create table gone (x); create view v as select 1");
    let to = schema("create table a (c text, b int, d int); create index i on a (b); create view v as select 2");
    let lines = tree(&diff(&from, &to), &from, &to).join("\n");
    expect![[r#"
        ~ table a
            - order: b, c
            + order: c, b
            ~ column a.c
                - definition: int
                + definition: text
            + column a.d: int
            + index i: on a ( b )
        - table gone
        ~ view v
            - definition: as select 1
            + definition: as select 2"#]]
    .assert_eq(&lines);
}

#[test]
fn a_unique_index_may_not_fit_rows_that_are_there() {
    up(
        "create table t (a); create unique index j on t (a)",
        "create table t (a not null default 0); create unique index i on t (a); create unique index j on t (a); create table u (a); create unique index k on u (a)",
        Manner::Shortest,
        &expect![[r#"
            -- dunlin: foreign-keys off
            -- changes values: t.a becomes its default where it is null
            -- may fail: index i may not fit the rows that are there
            -- rewrites table: t

            create table new_t (a not null default 0);
            insert or abort into new_t (rowid, a)
            select rowid, coalesce(a, 0) from t;
            drop table t;
            pragma legacy_alter_table = on;
            alter table new_t rename to t;
            pragma legacy_alter_table = off;

            create table u (a);

            create unique index i on t (a);

            create unique index j on t (a);

            create unique index k on u (a);
        "#]],
    );
}

#[test]
fn the_surest_manner_alters_nothing_in_place() {
    up(
        "create table t (a)",
        "create table t (a, b)",
        Manner::Surest,
        &expect![[r#"
        -- dunlin: foreign-keys off
        -- rewrites table: t

        create table new_t (a, b);
        insert or abort into new_t (rowid, a)
        select rowid, a from t;
        drop table t;
        pragma legacy_alter_table = on;
        alter table new_t rename to t;
        pragma legacy_alter_table = off;
    "#]],
    );
}

#[test]
fn what_is_alike_but_for_its_name_looks_like_a_rename() {
    let from = schema("create table a (x int, y text); create table p (q)");
    let to = schema("create table a (z int, y text); create table r (q)");
    let renames: Vec<String> = likely(&diff(&from, &to)).iter().map(ToString::to_string).collect();
    assert_eq!(renames, ["table p -> r", "column a.x -> z"]);
}
