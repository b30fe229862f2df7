//! SQLite: what a change may do to values is said, and what is not said does not happen.

use dunlin::schema::engine::{Allow, Hazard, HazardKind, Plan};
use sqlx::{Connection as _, SqliteConnection};

use super::sqlite::{asked, migrate, run, ways};

/// Types, and whether their table is strict.
const TYPES: [(&str, &str); 15] = [
    ("integer", ""),
    ("real", ""),
    ("numeric", ""),
    ("text", ""),
    ("varchar(20)", ""),
    ("varchar(50)", ""),
    ("blob", ""),
    ("any", ""),
    ("", ""),
    ("int", " strict"),
    ("integer", " strict"),
    ("real", " strict"),
    ("text", " strict"),
    ("blob", " strict"),
    ("any", " strict"),
];

/// Values that one type or another does not keep.
const VALUES: [&str; 13] = [
    "'007'",
    "'1e3'",
    "'abc'",
    "'12'",
    "0.30000000000000004",
    "3.0",
    "1.5",
    "5",
    "9007199254740993",
    "x'3037'",
    "'3.0'",
    "9e99",
    "null",
];

fn is_said(plan: &Plan) -> bool {
    let changes =
        |hazard: &&Hazard| hazard.allow == Some(Allow::NarrowType) || hazard.kind == HazardKind::ChangesValues;
    plan.hazards().iter().any(changes)
}

fn is_said_to_fail(plan: &Plan) -> bool {
    plan.hazards().iter().any(|hazard| hazard.kind == HazardKind::MayFail)
}

async fn database(sql: &str) -> SqliteConnection {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.expect("a database in memory");
    run(&mut connection, sql).await.expect("it runs");
    connection
}

/// What became of a value.
#[derive(Debug, PartialEq)]
enum Fate {
    NotTaken,
    Kept,
    Changed(String),
    Failed,
}

async fn fate(from: &str, value: &str, up: &str) -> Fate {
    const READ: &str = "select quote(a) from t";
    let mut database = database(from).await;
    if run(&mut database, &format!("insert into t (id, a) values (1, {value})")).await.is_err() {
        return Fate::NotTaken;
    }
    let before = asked(&mut database, READ).await.concat();
    if migrate(&mut database, up).await.is_err() {
        return Fate::Failed;
    }
    let after = asked(&mut database, READ).await.concat();
    if before == after { Fate::Kept } else { Fate::Changed(format!("{before} became {after}")) }
}

#[tokio::test]
async fn a_type_that_changes_values_says_so_and_any_other_changes_none() {
    let mut wrong = Vec::new();
    for (from_type, from_options) in TYPES {
        for (to_type, to_options) in TYPES {
            let from = format!("create table t (id integer primary key, a {from_type}){from_options}");
            let to = format!("create table t (id integer primary key, a {to_type}){to_options}");
            let ways = ways(&from, &to).await.unwrap_or_else(|error| panic!("{from} -> {to}: {error}"));
            let mut changes = false;
            for value in VALUES {
                match fate(&from, value, &ways.up_text()).await {
                    Fate::Changed(how) => {
                        changes = true;
                        if !is_said(&ways.up) {
                            wrong.push(format!("{from} -> {to}: {how}, and nothing says so"));
                        }
                    }
                    Fate::Failed if !is_said_to_fail(&ways.up) => {
                        wrong.push(format!("{from} -> {to}: {value} is in the way, and nothing says so"));
                    }
                    Fate::NotTaken | Fate::Kept | Fate::Failed => {}
                }
            }
            if is_said(&ways.up) && !changes {
                wrong.push(format!("{from} -> {to}: it is said to change values, and changes none"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_column_that_becomes_the_rowid_says_that_nulls_get_numbers() {
    for to in ["create table t (a integer primary key, b)", "create table t (a integer, b, primary key (a))"] {
        let ways = ways("create table t (a integer, b)", to).await.expect("two ways");
        let label = "-- changes values: t.a becomes a number of its own where it is null\n";
        assert!(ways.up_text().contains(label), "{}", ways.up_text());
    }
}

#[tokio::test]
async fn a_table_is_dropped_without_its_rows_taking_those_of_others_along() {
    // The other table is of no schema that is known here.
    let ways = ways("create table p (id integer primary key); create table q (x)", "create table q (x)");
    let up = ways.await.expect("two ways").up_text();
    let mut database = database(
        "create table p (id integer primary key); create table q (x);
         create table theirs (id integer primary key, p references p on delete cascade);
         insert into p values (1); insert into theirs values (1, 1)",
    )
    .await;
    let outcome = migrate(&mut database, &up).await;
    assert!(outcome.is_err_and(|error| error.contains("broken references")), "{up}");
    assert_eq!(asked(&mut database, "select count(*) from theirs").await, ["1"]);
}

#[tokio::test]
async fn names_that_differ_in_letters_beyond_ascii_are_two_names() {
    let from = r#"create table t ("Ü" text, "ü" text); create table "Ä" (a); create table "ä" (b)"#;
    let to =
        r#"create table t ("Ü" text not null default '', "ü" text); create table "Ä" (a); create table "ä" (b, c)"#;
    let ways = ways(from, to).await.expect("two ways");
    let mut database = database(from).await;
    run(&mut database, "insert into t values ('large', 'small'); insert into \"ä\" values (1)").await.expect("rows");
    migrate(&mut database, &ways.up_text()).await.expect("it runs");
    assert_eq!(asked(&mut database, r#"select "Ü", "ü" from t"#).await, ["large|small"]);
    migrate(&mut database, &ways.down_text()).await.expect("it runs");
    assert_eq!(asked(&mut database, r#"select "Ü", "ü" from t"#).await, ["large|small"]);
}

#[tokio::test]
async fn a_text_in_double_quotes_is_compared_with_its_case() {
    let changed = [
        (r#"create table t (a default "Foo")"#, r#"create table t (a default "foo")"#),
        ("create table t (a default Foo)", "create table t (a default foo)"),
        ("create table t (a default [Foo])", "create table t (a default [foo])"),
        (r#"create table t (a check (a in ("A", "B")))"#, r#"create table t (a check (a in ("a", "b")))"#),
        (r#"create table t (b, a check (a <> "X"))"#, r#"create table t (b, a check (a <> "x"))"#),
        (r#"create view v as select "Hello" as x"#, r#"create view v as select "hello" as x"#),
        (
            r#"create table t (a); create trigger g before delete on t begin select raise(abort, "Not Allowed"); end"#,
            r#"create table t (a); create trigger g before delete on t begin select raise(abort, "not allowed"); end"#,
        ),
        (
            r#"create table t (a); create table u (hello); create view v as select "Hello" as x from t"#,
            r#"create table t (a); create table u (hello); create view v as select "hello" as x from t"#,
        ),
        (
            r#"create virtual table f using fts5(a, tokenize = "unicode61 separators 'X'")"#,
            r#"create virtual table f using fts5(a, tokenize = "unicode61 separators 'x'")"#,
        ),
    ];
    for (from, to) in changed {
        assert!(!ways(from, to).await.expect("two ways").up.is_empty(), "{from} -> {to}");
    }
    let same = [
        (r#"create table t ("a" integer check ("A" > 0))"#, "create table [t] (a integer check (a > 0))"),
        (
            "create table t (a default NULL, b default Current_Timestamp)",
            "create table t (a default null, b default current_timestamp)",
        ),
        (
            r#"create table p ("id" integer primary key); create table c (p references "P" ("ID"), unique ("P"))"#,
            "create table p (id integer primary key); create table c (p references p (id), unique (p))",
        ),
        (
            r#"create table t ("a"); create view v as select "A" from "T"; create index i on "T" ("A")"#,
            "create table t (a); create view v as select a from t; create index i on t (a)",
        ),
        (
            r#"create table t (a); create view v as select "X"."A" from t as "X"; create view w as select "ROWID", "V"."A" from t, "V""#,
            "create table t (a); create view v as select X.a from t as x; create view w as select rowid, v.a from t, v",
        ),
        (
            r#"create table t (a "TEXT" collate "NOCASE", constraint "Named" unique (a))"#,
            "create table t (a text collate nocase, constraint named unique (a))",
        ),
    ];
    for (from, to) in same {
        let ways = ways(from, to).await.expect("two ways");
        assert!(ways.up.is_empty(), "{from} -> {to}: {}", ways.up_text());
    }
}

#[tokio::test]
async fn a_name_with_a_line_break_stays_in_its_comment() {
    let from = "create table t (a, \"b\ndrop table t; --\")";
    let up = ways(from, "create table t (a)").await.expect("two ways").up_text();
    assert!(up.starts_with("-- loses data: column t.b\\ndrop table t; -- is dropped\n"), "{up}");
    let from = "create table t (a)";
    let up = ways(from, "create table t (a, \"b\ndelete from t; --\" not null)").await.expect("two ways").up_text();
    assert!(up.lines().all(|line| !line.starts_with("delete from t; -- is")), "{up}");
    assert!(up.lines().all(|line| !line.starts_with("delete from t; --\" = ")), "{up}");
}

#[tokio::test]
async fn a_unique_column_of_another_collation_may_not_fit() {
    let pairs = [
        ("create table t (a text unique)", "create table t (a text collate nocase unique)"),
        ("create table t (a text, unique (a))", "create table t (a text collate nocase, unique (a))"),
        (
            "create table t (a text); create unique index i on t (a)",
            "create table t (a text collate nocase); create unique index i on t (a)",
        ),
    ];
    for (from, to) in pairs {
        let up = ways(from, to).await.expect("two ways").up_text();
        assert!(up.contains("-- may fail: t.a is compared otherwise than before, and must fulfil the same\n"), "{up}");
    }
    let up = ways("create table t (a text)", "create table t (a text collate nocase)").await.expect("two ways");
    assert!(!is_said_to_fail(&up.up), "{}", up.up_text());
}

#[tokio::test]
async fn a_new_column_of_a_key_that_takes_no_null_has_a_place_for_its_values() {
    let pairs = [
        (
            "create table t (a text primary key) without rowid",
            "create table t (a text, b text, primary key (a, b)) without rowid",
        ),
        ("create table t (a text) strict", "create table t (a text, b text primary key) strict"),
    ];
    for (from, to) in pairs {
        let up = ways(from, to).await.expect("two ways").up_text();
        assert!(up.contains("-- update t set b = … where b is null;\n"), "{up}");
        let mut database = database(from).await;
        run(&mut database, "insert into t (a) values ('x')").await.expect("a row");
        let filled = up.replace("-- update t set b = …", "update t set b = 'y'");
        migrate(&mut database, &filled).await.expect("it runs");
        assert_eq!(asked(&mut database, "select a, b from t").await, ["x|y"]);
    }
}
