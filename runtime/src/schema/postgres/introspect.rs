//! Reading a catalogue: one message, one snapshot.

use dunlin_schema::postgres;

use crate::error::Error;
use crate::schema::SchemaError;
use crate::session::{Row, Session};

/// What is asked of a catalogue, in one snapshot, each statement about one kind of thing. They return two columns.
const CATALOGUE: [&str; 17] = [
    include_str!("sql/schemas.sql"),
    include_str!("sql/extensions.sql"),
    include_str!("sql/types.sql"),
    include_str!("sql/sequences.sql"),
    include_str!("sql/tables.sql"),
    include_str!("sql/columns.sql"),
    include_str!("sql/constraints.sql"),
    include_str!("sql/indexes.sql"),
    include_str!("sql/views.sql"),
    include_str!("sql/routines.sql"),
    include_str!("sql/triggers.sql"),
    include_str!("sql/policies.sql"),
    include_str!("sql/statistics.sql"),
    include_str!("sql/comments.sql"),
    include_str!("sql/kept.sql"),
    include_str!("sql/dependencies.sql"),
    include_str!("sql/unmodelled.sql"),
];

/// A snapshot, with an empty search path: so every name in a text of the server has its schema.
const BEGIN: &str = include_str!("sql/begin.sql");

/// Returns all that is asked, in one message.
pub(in crate::schema) fn questions() -> String {
    [BEGIN].into_iter().chain(CATALOGUE).chain(["commit"]).collect::<Vec<_>>().join(";\n")
}

/// Reads the catalogue of the database that a session is on, in one message.
pub(in crate::schema) async fn catalogue(session: &mut dyn Session) -> Result<Vec<postgres::Row>, SchemaError> {
    let rows = session.rows(&questions()).await;
    if rows.is_err() {
        // What went wrong is told, and not that it left a transaction.
        let _ = session.run("rollback").await;
    }
    let rows = rows.map_err(|error| Error::database("reading the schema", error))?;
    Ok(rows.iter().filter_map(row).collect())
}

fn row(row: &Row) -> Option<postgres::Row> {
    Some(postgres::Row { about: row.text(0)?.to_owned(), json: row.text(1)?.to_owned() })
}
