//! The proof of a way and its way back: both are run, by the runner that will run them, on a scratch database with rows.

use std::collections::BTreeSet;

use dunlin_core::dialect::Dialect;
use dunlin_core::directory::{Directory, Options, SourceFile};
use dunlin_core::target::Target;
use dunlin_schema::{Fact, Id, Kind, Pair, Plan, Rename, Rules, Schema, diff, tree};

use super::error::{SchemaError, Way};
use super::scratch::{Ground, Scratch};
use super::without_history;
use crate::error::Error;
use crate::migrations::Migrations;
use crate::session::Row;

/// Migrations that follow one another, with what is there before, between and behind them: one schema more than there are pairs.
pub(super) struct Course {
    pub(super) states: Vec<Schema>,
    pub(super) pairs: Vec<Pair>,
}

impl Course {
    /// Returns where it begins.
    pub(super) fn from(&self) -> &Schema {
        &self.states[0]
    }

    /// Returns where it ends.
    pub(super) fn to(&self) -> &Schema {
        &self.states[self.states.len() - 1]
    }

    /// Returns the pairs from the last to the first, each with its number and what its way back leads to.
    fn back(&self) -> impl Iterator<Item = (usize, &Pair, &Schema)> {
        let there = self.pairs.iter().zip(&self.states).enumerate();
        there.map(|(number, (pair, state))| (number, pair, state)).rev()
    }
}

/// Runs both ways, with a row in every table but those that are to be without, and those that take none. Returns their names.
pub(super) async fn prove(
    course: &Course,
    renames: &[Rename],
    rules: &dyn Rules,
    ground: &Ground,
    without_rows: &BTreeSet<String>,
) -> Result<Vec<String>, SchemaError> {
    let proving = async |scratch: &mut Scratch| prove_in(scratch, course, renames, rules, without_rows).await;
    Scratch::within(ground, proving).await
}

async fn prove_in(
    scratch: &mut Scratch,
    course: &Course,
    renames: &[Rename],
    rules: &dyn Rules,
    without_rows: &BTreeSet<String>,
) -> Result<Vec<String>, SchemaError> {
    let (from, to) = (course.from(), course.to());
    let migrations = migrations(&course.pairs)?;
    scratch.make(from, rules).await?;
    let seeded = seed(scratch, from, rules, without_rows).await?;
    let survivors = Survivors::of(from, to, renames, &seeded);
    let before = survivors.read(scratch, Way::Down, rules).await?;

    let ran = migrations.up(scratch.connect()).await;
    ran.map_err(|error| fails(Way::Up, error, up_text(&course.pairs)))?;
    leads_to(scratch, to, Way::Up).await?;
    survivors.are_all_there(&before, scratch, Way::Up, rules).await?;

    for (number, pair, state) in course.back() {
        let ran = migrations.down(scratch.connect(), place(number)).await;
        ran.map_err(|error| fails(Way::Down, error, pair.down_text()))?;
        leads_to(scratch, state, Way::Down).await?;
    }
    survivors.are_all_there(&before, scratch, Way::Down, rules).await?;

    let is_seeded = |fact: &&Fact| seeded.contains(&fact.id);
    let tables = from.facts().filter(|fact| fact.id.kind == Kind::Table);
    Ok(tables.filter(|fact| !is_seeded(fact)).map(|fact| fact.name.clone()).collect())
}

/// Makes migrations of texts, as if they stood in a directory of their own: `1_proof`, `2_proof` and so on.
fn migrations(pairs: &[Pair]) -> Result<Migrations, SchemaError> {
    let file = |name: String, text: String| SourceFile { name: name.into(), text: text.into(), checksum: None };
    let files = pairs.iter().zip(1..).flat_map(|(pair, number)| {
        let down = file(format!("{number}_proof.down.sql"), pair.down_text());
        [down, file(format!("{number}_proof.up.sql"), pair.up_text())]
    });
    let directory = Directory::from_files("a scratch directory", files.collect(), None, Options::default());
    Ok(Migrations::given(directory.map_err(Error::Files)?))
}

/// Returns where a database is when so many of them are applied.
fn place(number: usize) -> Target {
    if number == 0 { Target::Base } else { Target::Migration(number.to_string()) }
}

/// Returns the texts of all ways up, one after the other.
pub(super) fn up_text(pairs: &[Pair]) -> String {
    pairs.iter().map(Pair::up_text).collect::<Vec<_>>().join("\n")
}

fn fails(way: Way, error: Error, sql: String) -> SchemaError {
    match SchemaError::from(error) {
        SchemaError::Replay(failure) => {
            SchemaError::Fails { way, message: failure.on_scratch().to_string(), code: failure.code, sql }
        }
        SchemaError::Migrations(error) => SchemaError::Fails { way, message: error.to_string(), code: None, sql },
        // It says nothing about the way.
        other => other,
    }
}

/// Returns what each of these makes of what the one before it made.
pub(super) async fn reached_by(
    ups: &[Plan],
    from: &Schema,
    rules: &dyn Rules,
    ground: &Ground,
) -> Result<Vec<Schema>, SchemaError> {
    Scratch::within(ground, async |scratch| reached_in(scratch, ups, from, rules).await).await
}

async fn reached_in(
    scratch: &mut Scratch,
    ups: &[Plan],
    from: &Schema,
    rules: &dyn Rules,
) -> Result<Vec<Schema>, SchemaError> {
    // No way back is gone here.
    let pairs: Vec<Pair> = ups.iter().map(|up| Pair { up: up.clone(), down: up.clone() }).collect();
    let migrations = migrations(&pairs)?;
    scratch.make(from, rules).await?;
    let mut states = Vec::new();
    for number in 1..=ups.len() {
        let ran = migrations.migrator().up_to(scratch.connect(), place(number)).await;
        ran.map_err(|error| fails(Way::Up, error, up_text(&pairs)))?;
        states.push(reached(scratch).await?);
    }
    Ok(states)
}

/// Runs the ways as far as one of them leads elsewhere than it should, and returns which one that is, and where.
pub(super) async fn astray(
    course: &Course,
    way: Way,
    rules: &dyn Rules,
    ground: &Ground,
) -> Result<Option<(usize, Schema)>, SchemaError> {
    Scratch::within(ground, async |scratch| astray_in(scratch, course, way, rules).await).await
}

async fn astray_in(
    scratch: &mut Scratch,
    course: &Course,
    way: Way,
    rules: &dyn Rules,
) -> Result<Option<(usize, Schema)>, SchemaError> {
    let migrations = migrations(&course.pairs)?;
    scratch.make(course.from(), rules).await?;
    migrations.up(scratch.connect()).await?;
    if way == Way::Up {
        return Ok(Some((course.pairs.len() - 1, reached(scratch).await?)));
    }
    for (number, _, state) in course.back() {
        migrations.down(scratch.connect(), place(number)).await?;
        let reached = reached(scratch).await?;
        if !diff(&reached, state).is_empty() {
            return Ok(Some((number, reached)));
        }
    }
    Ok(None)
}

/// Reads the schema without the history of the proof itself.
async fn reached(scratch: &mut Scratch) -> Result<Schema, SchemaError> {
    Ok(without_history(&scratch.schema().await?, &crate::options::Options::default().history_prefix))
}

async fn leads_to(scratch: &mut Scratch, wanted: &Schema, way: Way) -> Result<(), SchemaError> {
    let reached = reached(scratch).await?;
    let left = diff(&reached, wanted);
    if left.is_empty() {
        return Ok(());
    }
    Err(SchemaError::Residual { way, left: tree(&left, &reached, wanted) })
}

/// Puts a row into every table that takes one. Returns those that did.
async fn seed(
    scratch: &mut Scratch,
    schema: &Schema,
    rules: &dyn Rules,
    without_rows: &BTreeSet<String>,
) -> Result<Vec<Id>, SchemaError> {
    let mut seeded = Vec::new();
    let mut waiting: Vec<&Fact> = dunlin_schema::order(schema)
        .iter()
        .filter_map(|id| schema.get(id))
        .filter(|fact| fact.id.kind == Kind::Table && !without_rows.contains(&fact.title()))
        .collect();
    // A row may need one of another table first.
    loop {
        let mut refused = Vec::new();
        for table in &waiting {
            let mut is_seeded = false;
            for sql in rules.seeds(schema, table) {
                is_seeded = scratch.run(&sql).await?.is_ok();
                if is_seeded {
                    break;
                }
            }
            if is_seeded { seeded.push(table.id.clone()) } else { refused.push(*table) }
        }
        if refused.is_empty() || refused.len() == waiting.len() {
            return Ok(seeded);
        }
        waiting = refused;
    }
}

/// What must be there all the time: the rows of tables that both schemas have, in the columns that do not change.
struct Survivors<'s>(Vec<Survivor<'s>>);

/// A table, as it is on each side, with the columns that do not change.
struct Survivor<'s> {
    from: &'s Fact,
    to: &'s Fact,
    columns: Vec<(String, String)>,
}

/// What says which values a column has, on any engine: its type above all.
const ESSENCE: [&str; 4] = ["definition", "charset", "type", "generated"];

impl<'s> Survivors<'s> {
    fn of(from: &'s Schema, to: &'s Schema, renames: &[Rename], seeded: &[Id]) -> Survivors<'s> {
        let survivor = |id: &Id| {
            let table = from.get(id)?;
            let after = to.get(&renamed(renames, from.dialect(), id))?;
            let columns = from.children(id).into_iter().filter(|fact| fact.id.kind == Kind::Column);
            let same = columns.filter_map(|column| {
                let other = to.get(&renamed(renames, from.dialect(), &column.id))?;
                let is_same = ESSENCE.iter().all(|name| column.attribute(name) == other.attribute(name));
                is_same.then(|| (own_name(column), own_name(other)))
            });
            Some(Survivor { from: table, to: after, columns: same.collect() })
        };
        Survivors(seeded.iter().filter_map(survivor).collect())
    }

    /// Reads the rows, as the side that a way leads to has them.
    async fn read(&self, scratch: &mut Scratch, side: Way, rules: &dyn Rules) -> Result<Vec<Vec<Row>>, SchemaError> {
        let mut all = Vec::new();
        for Survivor { from, to, columns } in &self.0 {
            let pick =
                |(before, after): &'_ (String, String)| if side == Way::Up { after.clone() } else { before.clone() };
            let columns: Vec<String> = columns.iter().map(pick).collect();
            let table = if side == Way::Up { to } else { from };
            let sql = rules.rows(table, &columns.iter().map(String::as_str).collect::<Vec<_>>());
            all.push(scratch.rows(&sql).await?);
        }
        Ok(all)
    }

    async fn are_all_there(
        &self,
        before: &[Vec<Row>],
        scratch: &mut Scratch,
        side: Way,
        rules: &dyn Rules,
    ) -> Result<(), SchemaError> {
        let now = self.read(scratch, side, rules).await?;
        let is_same = |one: &[Row], other: &[Row]| one.iter().map(|row| &row.0).eq(other.iter().map(|row| &row.0));
        let lost = self.0.iter().zip(before.iter().zip(&now)).find(|(_, (before, now))| !is_same(before, now));
        match lost {
            Some((survivor, _)) => Err(SchemaError::RowsLost { way: side, table: survivor.to.name.clone() }),
            None => Ok(()),
        }
    }
}

/// Returns what something is called behind renames.
fn renamed(renames: &[Rename], dialect: Dialect, id: &Id) -> Id {
    renames.iter().fold(id.clone(), |id, rename| rename.followed(dialect, &id))
}

fn own_name(column: &Fact) -> String {
    let last = column.id.name.last().map_or("", String::as_str);
    column.attribute("name").unwrap_or(last).to_owned()
}
