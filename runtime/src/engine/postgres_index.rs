//! The life of an index that is built beside running transactions: a build that fails or is cut off leaves one that is
//! invalid, and nothing but its state in the catalogue tells.

use dunlin_core::dialect::Dialect;
use dunlin_core::statements::{ConcurrentWork, IndexBuild};

use super::Readiness;
use crate::session::{Place, Row, Session, SqlError};

const STATE: &str = include_str!("sql/index_state_postgres.sql");
const REMAINS: &str = include_str!("sql/index_remains_postgres.sql");

/// Clears away what earlier tries left, and says whether there is something to do.
///
/// An index of the same name that is valid and is another one is never touched. `began` is whether an earlier run began
/// the statement.
pub(super) async fn before(
    session: &mut dyn Session,
    work: &ConcurrentWork,
    began: bool,
) -> Result<Readiness, SqlError> {
    match work {
        ConcurrentWork::Build(build) => before_build(session, build, began).await,
        ConcurrentWork::Drop(name) if began => {
            let rows = session.rows(&format!("select to_regclass({})::text", literal(name))).await?;
            let is_gone = rows.first().is_some_and(|row| row.text(0).is_none());
            Ok(if is_gone { Readiness::InPlace } else { Readiness::Ready })
        }
        ConcurrentWork::Rebuild(name) => {
            for row in session.rows(&REMAINS.replace("{name}", &literal(name))).await? {
                drop_index(session, row.text(0).unwrap_or_default()).await?;
            }
            Ok(Readiness::Ready)
        }
        ConcurrentWork::Drop(_) | ConcurrentWork::Detach(_) => Ok(Readiness::Ready),
    }
}

/// Makes sure that what was built is valid.
pub(super) async fn after(session: &mut dyn Session, build: &IndexBuild) -> Result<(), SqlError> {
    let found = indexes(session, build).await?;
    let invalid: Vec<&Index> = found.iter().filter(|index| !index.is_valid).collect();
    if invalid.is_empty() {
        return Ok(());
    }
    let wanted = Wanted::of(session, build).await?;
    match invalid.iter().find(|index| wanted.is_in_place_of(index)) {
        Some(index) => Err(SqlError::own(format!("the index {} was built and is not valid", index.name))),
        None => Ok(()),
    }
}

async fn before_build(session: &mut dyn Session, build: &IndexBuild, began: bool) -> Result<Readiness, SqlError> {
    let mut found = indexes(session, build).await?;
    found.retain(|index| match &build.name {
        Some(name) => index.plain == *name,
        None => began || !index.is_valid,
    });
    if found.is_empty() {
        return Ok(Readiness::Ready);
    }
    let wanted = Wanted::of(session, build).await?;
    let mut readiness = Readiness::Ready;
    for index in found.iter().filter(|index| wanted.is_in_place_of(index)) {
        if index.is_valid && wanted.is(index) {
            if began {
                readiness = Readiness::InPlace;
            }
        } else if index.is_of_the_table && !index.is_valid {
            drop_index(session, &index.name).await?;
        } else if began || build.if_not_exists {
            let (name, definition) = (&index.name, &index.definition);
            return Err(SqlError::own(format!(
                "there is an index {name} already, and it is another one: {definition}"
            )));
        }
    }
    Ok(readiness)
}

/// An index of the table, or one of the same name.
struct Index {
    /// As SQL writes it.
    name: String,
    /// As the catalogue has it.
    plain: String,
    is_valid: bool,
    is_of_the_table: bool,
    definition: String,
}

/// The index that is to be built.
struct Wanted<'b> {
    name: Option<&'b str>,
    definition: String,
}

impl<'b> Wanted<'b> {
    async fn of(session: &mut dyn Session, build: &'b IndexBuild) -> Result<Wanted<'b>, SqlError> {
        Ok(Wanted { name: build.name.as_deref(), definition: definition(session, build).await? })
    }

    /// Says whether an index is this one.
    fn is(&self, index: &Index) -> bool {
        index.is_of_the_table && meaning(&index.definition) == meaning(&self.definition)
    }

    /// Says whether an index is this one, or has its name.
    fn is_in_place_of(&self, index: &Index) -> bool {
        self.name.map_or_else(|| self.is(index), |name| index.plain == name)
    }
}

/// Returns what a definition says beside the names of the index and its table.
fn meaning(definition: &str) -> (bool, &str) {
    let is_unique = definition.starts_with("CREATE UNIQUE");
    (is_unique, definition.split_once(" USING ").map_or(definition, |(_, rest)| rest))
}

async fn indexes(session: &mut dyn Session, build: &IndexBuild) -> Result<Vec<Index>, SqlError> {
    let name = build.name.as_deref().map_or_else(|| "null".to_owned(), literal);
    let rows = session.rows(&STATE.replace("{table}", &literal(&build.table)).replace("{name}", &name)).await?;
    let index = |row: &Row| {
        let text = |column| row.text(column).unwrap_or_default().to_owned();
        let (is_valid, is_of_the_table) = (row.number(2) == Some(1), row.number(3) == Some(1));
        Index { name: text(0), plain: text(1), is_valid, is_of_the_table, definition: text(4) }
    };
    Ok(rows.iter().map(index).collect())
}

/// Asks the server for the definition as it writes it, by an index on an empty copy, which is taken back.
async fn definition(session: &mut dyn Session, build: &IndexBuild) -> Result<String, SqlError> {
    let IndexBuild { table, on_copy, .. } = build;
    let copy = format!("begin;\ncreate temporary table dunlin_copy (like {table});\n{on_copy};\n");
    let asked = format!("{copy}select pg_get_indexdef('pg_temp.dunlin_copy_index'::regclass);\nrollback");
    match session.rows(&asked).await {
        Ok(rows) => Ok(rows.first().and_then(|row| row.text(0)).unwrap_or_default().to_owned()),
        Err(mut error) => {
            session.run("rollback").await?;
            // It is a place in this text, not in the statement.
            error.place = Place::Unknown;
            Err(error)
        }
    }
}

async fn drop_index(session: &mut dyn Session, name: &str) -> Result<(), SqlError> {
    tracing::info!(name, "dropping what an earlier build of the index left");
    session.run(&format!("drop index concurrently if exists {name}")).await
}

fn literal(text: &str) -> String {
    Dialect::Postgres.literal(text)
}
