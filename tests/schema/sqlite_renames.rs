//! SQLite: renames, whatever the names are and whoever reads them.

use sqlx::{Connection as _, SqliteConnection};

use super::sqlite::{asked, migrate, run, ways};

async fn there_and_back(from: &str, to: &str, rows: &str, before: &str, after: &str) {
    let ways = ways(from, to).await.unwrap_or_else(|error| panic!("{from} -> {to}: {error}"));
    let mut database = SqliteConnection::connect("sqlite::memory:").await.expect("a database in memory");
    run(&mut database, from).await.expect("it runs");
    run(&mut database, rows).await.expect("rows");
    let rows_before = asked(&mut database, before).await;
    let (up, down) = (ways.up_text(), ways.down_text());
    migrate(&mut database, &up).await.unwrap_or_else(|error| panic!("{error}\n{up}"));
    assert_eq!(asked(&mut database, after).await, rows_before, "{up}");
    migrate(&mut database, &down).await.unwrap_or_else(|error| panic!("{error}\n{down}"));
    assert_eq!(asked(&mut database, before).await, rows_before, "{down}");
}

#[tokio::test]
async fn a_done_rename_under_the_old_name_of_its_table_may_stay() {
    let declared =
        "-- dunlin: rename table users -> people\n-- dunlin: rename column users.a -> aa\ncreate table people (aa)";
    there_and_back(
        "create table users (a)",
        declared,
        "insert into users values (1)",
        "select a from users",
        "select aa from people",
    )
    .await;
    let done = ways("create table people (aa)", declared).await.expect("nothing is left to do");
    assert!(done.up.is_empty(), "{}", done.up_text());
    // The table has its new name, and the column has not.
    let half = ways("create table people (a)", declared).await.expect("a rename is left").up_text();
    assert_eq!(half.trim(), "alter table people rename column a to aa;");
}

#[tokio::test]
async fn a_done_rename_may_stay_before_the_next_one() {
    let declared = "-- dunlin: rename table a -> b\n-- dunlin: rename table b -> c\ncreate table c (x)";
    let up = ways("create table b (x)", declared).await.expect("a rename is left").up_text();
    assert_eq!(up.trim(), "alter table b rename to c;");
    let done = ways("create table c (x)", declared).await.expect("nothing is left to do");
    assert!(done.up.is_empty(), "{}", done.up_text());
}

#[tokio::test]
async fn names_of_any_kind_are_renamed() {
    let declared = "-- dunlin: rename table \"my t\" -> \"your.t\"\n-- dunlin: rename column \"my t\".\"a -> b\" -> `c d`\ncreate table \"your.t\" (\"c d\")";
    there_and_back(
        "create table \"my t\" (\"a -> b\")",
        declared,
        "insert into \"my t\" values (1)",
        "select \"a -> b\" from \"my t\"",
        "select \"c d\" from \"your.t\"",
    )
    .await;
}

#[tokio::test]
async fn views_and_triggers_that_are_in_the_way_of_a_rename_are_made_again() {
    // A view shows the column under its name, and another one reads it there.
    there_and_back(
        "create table t (old); create view v as select old from t; create view w as select old from v",
        "-- dunlin: rename column t.old -> new\ncreate table t (new); create view v as select new from t; create view w as select new from v",
        "insert into t values (1)",
        "select old from w",
        "select new from w",
    )
    .await;
    there_and_back(
        "create table t (old); create view v as select * from t; create view w as select old from v;
         create table log (x); create trigger g instead of insert on w begin insert into log values (new.old); end",
        "-- dunlin: rename column t.old -> new\ncreate table t (new); create view v as select * from t; create view w as select new from v;
         create table log (x); create trigger g instead of insert on w begin insert into log values (new.new); end",
        "insert into t values (1)",
        "select old from w",
        "select new from w",
    )
    .await;
    // A view that has nothing to do with it is broken.
    there_and_back(
        "create table t (old); create view broken as select x from nowhere",
        "-- dunlin: rename column t.old -> new\ncreate table t (new); create view broken as select x from nowhere",
        "insert into t values (1)",
        "select old from t",
        "select new from t",
    )
    .await;
}
