//! What a plan that is wrong comes to. The planner makes none that is known, so these are written by hand.

#![cfg(feature = "sqlite")]

use std::collections::BTreeSet;

use dunlin_schema::{Fact, Pair, Plan, Step, sqlite::Sqlite};

use super::error::{SchemaError, Way};
use super::proof::{Course, prove};
use super::scratch::Scratch;
use super::*;

const FROM: &str = "create table t (a); create index i on t (a)";
const TO: &str = "create table t (a, b); create index i on t (a)";

/// Where SQLite has its scratch databases.
fn in_memory() -> Ground {
    Ground { dialect: Dialect::Sqlite, server: None, grants: Grants::LeftOut, past: None, stop: crate::Stop::new() }
}

async fn schema(sql: &str) -> Schema {
    let mut scratch = Scratch::open(&in_memory()).await.unwrap();
    scratch.run(sql).await.unwrap().unwrap();
    scratch.schema().await.unwrap()
}

fn plan(about: &Fact, statements: &[&str]) -> Plan {
    Plan { steps: statements.iter().map(|sql| Step::new(about, *sql)).collect(), directives: Vec::new() }
}

/// Proves that these statements lead from the one schema to the other and back.
async fn proof(up: &[&str], down: &[&str]) -> Result<Vec<String>, SchemaError> {
    let (from, to) = (schema(FROM).await, schema(TO).await);
    let about = from.facts().next().unwrap();
    let pair = Pair { up: plan(about, up), down: plan(about, down) };
    let course = Course { states: vec![from, to], pairs: vec![pair] };
    prove(&course, &[], &Sqlite, &in_memory(), &BTreeSet::new()).await
}

const UP: &str = "alter table t add column b";
const DOWN: &str = "alter table t drop column b";

#[tokio::test]
async fn what_is_right_is_proved_with_a_row_in_every_table() {
    assert_eq!(proof(&[UP], &[DOWN]).await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn what_does_not_lead_there_is_told_with_what_is_left() {
    let error = proof(&[UP, "drop index i"], &[DOWN]).await.unwrap_err();
    let SchemaError::Residual { way: Way::Up, left } = error else { panic!("{error}") };
    assert_eq!(left, ["~ table t", "    + index i: on t ( a )"]);
}

#[tokio::test]
async fn a_way_back_that_forgets_something_is_told() {
    let error = proof(&[UP], &["select 1"]).await.unwrap_err();
    let SchemaError::Residual { way: Way::Down, left } = error else { panic!("{error}") };
    assert_eq!(left, ["~ table t", "    - column t.b"]);
}

#[tokio::test]
async fn rows_that_are_lost_on_the_way_are_missed() {
    let error = proof(&["drop table t", TO], &[DOWN]).await.unwrap_err();
    assert!(matches!(error, SchemaError::RowsLost { way: Way::Up, ref table } if table == "t"), "{error}");
    let error = proof(&[UP, "update t set a = 'other'"], &[DOWN]).await.unwrap_err();
    assert!(matches!(error, SchemaError::RowsLost { way: Way::Up, .. }), "{error}");
    let error = proof(&[UP], &["drop table t", FROM]).await.unwrap_err();
    assert!(matches!(error, SchemaError::RowsLost { way: Way::Down, .. }), "{error}");
}

#[tokio::test]
async fn what_fails_is_told_with_what_the_engine_said() {
    let error = proof(&["alter table nowhere add column b"], &[DOWN]).await.unwrap_err();
    assert!(
        matches!(error, SchemaError::Fails { way: Way::Up, ref message, .. } if message.contains("no such table: nowhere")),
        "{error}"
    );
}
