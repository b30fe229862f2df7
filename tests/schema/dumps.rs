//! Dumps: every schema of the corpora is written down, loaded by the engine's own client, and written down again.
//!
//! What was loaded is held against what the corpus' own text makes, by what judges the pairs too: pragmas, `pg_dump`, `SHOW CREATE`.

use std::collections::BTreeMap;

use dunlin::schema::engine::{Grants, Ignored, Schema, diff, tree};
use dunlin::schema::{Dump, SchemaError, SchemaFile, Schemas, Unmodelled};
use dunlin::{Dialect, Migrations};

use super::sqlite::NO_FILES;
use super::{mysql, pairs, postgres, sqlite, threads};
use crate::support::database::Database;

fn file(text: &str) -> [SchemaFile; 1] {
    [SchemaFile { name: "schema.sql".to_owned(), text: text.to_owned() }]
}

/// Every schema of a corpus, once, and whether it may be refused: where the corpus says that a pair is.
fn texts(corpus: &str) -> BTreeMap<String, bool> {
    let mut texts = BTreeMap::new();
    for pair in pairs::read(corpus) {
        let refused = pair.to.strip_prefix("refused:").map(|rest| rest.split_once('\n').map_or("", |(_, to)| to));
        texts.insert(refused.unwrap_or(&pair.to).to_owned(), refused.is_some());
        texts.insert(pair.from, refused.is_some());
    }
    texts.retain(|text, _| !text.trim().is_empty());
    texts
}

async fn dumped(schemas: &Schemas<'_>, schema: &Schema) -> Result<Dump, SchemaError> {
    schemas.dump(schema, Grants::Written, Unmodelled::Refused).await
}

/// Returns what the engine's client says when it is fed a text; nothing is that it took it.
fn fed(database: &Database, text: &str) -> Result<(), String> {
    let stops = match database.dialect {
        Dialect::Sqlite => ".bail on\n",
        Dialect::Postgres => "\\set ON_ERROR_STOP on\n",
        Dialect::Mysql => "",
    };
    let fed = Database::feed_at(database.dialect, &database.superuser_url(), &format!("{stops}{text}"));
    fed.map(drop).map_err(|error| format!("{error}\nof\n{text}"))
}

/// Says in what two databases differ, as the engine's own tools see it.
async fn judged(one: &Database, other: &Database) -> Result<(), String> {
    match one.dialect {
        Dialect::Sqlite => sqlite::are_same(&one.url, &other.url).await,
        Dialect::Postgres => postgres::are_same(&one.superuser_url(), &other.superuser_url()).await,
        Dialect::Mysql => mysql::are_same(one, other).await,
    }
}

/// Tries a schema. Fails with what is wrong; `Ok(Some(…))` is that it is refused, and why.
async fn tried(text: &str, dialect: Dialect) -> Result<Option<String>, String> {
    let said = |error: SchemaError| error.to_string();
    let (first, second) = (Database::new(dialect).expect("a server"), Database::new(dialect).expect("a server"));
    let migrations = Migrations::included(&NO_FILES);
    let migrator = migrations.migrator();
    let schemas = Schemas::new(&migrator, dialect, Ignored::default());
    let schemas = if dialect == Dialect::Sqlite { schemas } else { schemas.scratch_beside(first.superuser_url()) };
    let declared = match schemas.of_files(&file(text)).await {
        Ok(declared) => declared.schema,
        Err(error) => return Ok(Some(error.to_string())),
    };
    let dump = match dumped(&schemas, &declared).await {
        Ok(dump) => dump,
        Err(error) => return Ok(Some(error.to_string())),
    };
    // It is loaded by somebody who does not know dunlin.
    fed(&second, &dump.sql).map_err(|error| format!("it cannot be loaded: {error}"))?;
    let live = schemas.of_database(second.superuser_url()).await.map_err(said)?;
    let again = dumped(&schemas, &live).await.map_err(said)?;
    if again.sql != dump.sql {
        return Err(format!("it is another text the second time:\n{}\nand was\n{}", again.sql, dump.sql));
    }
    let left = tree(&diff(&dump.schema, &live), &dump.schema, &live);
    if !left.is_empty() {
        return Err(format!("it makes something else:\n{}", left.join("\n")));
    }
    match dialect {
        Dialect::Mysql => mysql::run_in(&first, text).await?,
        Dialect::Sqlite | Dialect::Postgres => drop(first.try_sql_as(&first.superuser_url(), text)?),
    }
    judged(&first, &second).await.map_err(|left| format!("{left}\nby\n{}", dump.sql))?;
    Ok(None)
}

/// Tries a part of the schemas, each in a thread with a runtime of its own. Returns how many are the same.
fn every_schema(corpus: &str, dialect: Dialect, part: usize, parts: usize) -> usize {
    let texts = texts(corpus);
    let some = texts.iter().skip(part).step_by(parts);
    let outcomes: Vec<Result<usize, String>> =
        threads::each(some, |runtime, (text, may_be_refused)| match runtime.block_on(tried(text, dialect)) {
            Ok(None) => Ok(1),
            Ok(Some(_)) if *may_be_refused => Ok(0),
            Ok(Some(why)) => Err(format!("== {text}\nit is refused: {why}")),
            Err(error) => Err(format!("== {text}\n{error}")),
        });
    let wrong: Vec<&String> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
    let text = wrong.iter().map(|error| error.as_str()).collect::<Vec<_>>().join("\n\n");
    assert!(wrong.is_empty(), "{} of {} schemas fail\n{text}", wrong.len(), outcomes.len());
    outcomes.into_iter().filter_map(Result::ok).sum()
}

#[test]
fn every_schema_of_sqlite_is_the_same_when_it_is_loaded() {
    let same = every_schema(include_str!("sqlite.pairs"), Dialect::Sqlite, 0, 1);
    assert!(same >= 250, "{same} are the same");
}

/// The servers take seconds over a schema: an eighth of PostgreSQL's every day, a fourth of MariaDB's, all of them in a soak.
mod soak {
    use super::*;
    use crate::support::environment;

    fn on_postgres(part: usize) {
        const PARTS: usize = 12;
        if Database::postgres().is_some() {
            let (every, least) = (environment::rounds(8, 1), environment::rounds(2, 20));
            let same = every_schema(include_str!("postgres.pairs"), Dialect::Postgres, part, PARTS * every);
            assert!(same >= least, "{same} are the same");
        }
    }

    fn on_mysql(part: usize) {
        const PARTS: usize = 4;
        if Database::mysql().is_some() {
            let (every, least) = (environment::rounds(4, 1), environment::rounds(20, 85));
            let same = every_schema(include_str!("mysql.pairs"), Dialect::Mysql, part, PARTS * every);
            assert!(same >= least, "{same} are the same");
        }
    }

    parts! {
        on_mysql;
        every_schema_of_mysql_is_the_same_when_it_is_loaded_1: 0
        every_schema_of_mysql_is_the_same_when_it_is_loaded_2: 1
        every_schema_of_mysql_is_the_same_when_it_is_loaded_3: 2
        every_schema_of_mysql_is_the_same_when_it_is_loaded_4: 3
    }

    parts! {
        on_postgres;
        every_schema_of_postgres_is_the_same_when_it_is_loaded_1: 0
        every_schema_of_postgres_is_the_same_when_it_is_loaded_2: 1
        every_schema_of_postgres_is_the_same_when_it_is_loaded_3: 2
        every_schema_of_postgres_is_the_same_when_it_is_loaded_4: 3
        every_schema_of_postgres_is_the_same_when_it_is_loaded_5: 4
        every_schema_of_postgres_is_the_same_when_it_is_loaded_6: 5
        every_schema_of_postgres_is_the_same_when_it_is_loaded_7: 6
        every_schema_of_postgres_is_the_same_when_it_is_loaded_8: 7
        every_schema_of_postgres_is_the_same_when_it_is_loaded_9: 8
        every_schema_of_postgres_is_the_same_when_it_is_loaded_10: 9
        every_schema_of_postgres_is_the_same_when_it_is_loaded_11: 10
        every_schema_of_postgres_is_the_same_when_it_is_loaded_12: 11
    }
}
