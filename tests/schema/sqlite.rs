//! SQLite: every pair of the corpus, there and back.

use dunlin::schema::engine::{Ignored, Pair as Ways};
use dunlin::schema::{SchemaError, SchemaFile, Schemas};
use dunlin::{Dialect, Migrations};
use sqlx::{Connection as _, Row as _, SqliteConnection, raw_sql};

use super::chance::may_fail;
use super::pairs::{self, Pair};

/// No migrations: what is compared here are texts.
pub(super) static NO_FILES: include_dir::Dir<'static> = include_dir::Dir::new("", &[]);

/// What a database is, asked of pragmas and not of its texts.
const PRAGMAS: &str = "
    select 'table', l.name, l.type, l.wr, l.strict, '', '', '' from pragma_table_list l where l.schema = 'main' and l.name not like 'sqlite%'
    union all
    select 'column', l.name, x.cid, x.name, lower(x.type), x.\"notnull\", x.dflt_value, x.pk || ' ' || x.hidden
    from pragma_table_list l, pragma_table_xinfo(l.name) x where l.schema = 'main' and l.type = 'table' and l.name not like 'sqlite%'
    union all
    select 'index', l.name, case i.origin when 'c' then i.name end, i.\"unique\" || i.origin || i.partial, x.seqno, x.name, x.\"desc\", x.coll
    from pragma_table_list l, pragma_index_list(l.name) i, pragma_index_xinfo(i.name) x where l.schema = 'main' and l.type = 'table'
    union all
    select 'reference', l.name, f.seq, f.\"table\", f.\"from\", f.\"to\", f.on_update, f.on_delete
    from pragma_table_list l, pragma_foreign_key_list(l.name) f where l.schema = 'main' and l.type = 'table'
    union all
    select m.type, m.name, m.tbl_name, '', '', '', '', '' from sqlite_schema m where m.type in ('view', 'trigger')
    order by 1, 2, 3, 4, 5, 6, 7, 8";

fn file(text: &str) -> [SchemaFile; 1] {
    [SchemaFile { name: "schema.sql".to_owned(), text: text.to_owned() }]
}

/// Returns both ways.
pub(super) async fn ways(from: &str, to: &str) -> Result<Ways, SchemaError> {
    let migrations = Migrations::included(&NO_FILES);
    let migrator = migrations.migrator();
    let schemas = Schemas::new(&migrator, Dialect::Sqlite, Ignored::default());
    let from = schemas.of_files(&file(from)).await?.schema;
    let declared = schemas.of_files(&file(to)).await?;
    let renames = declared.renames_from(&from)?;
    Ok(schemas.propose(&from, &declared.schema, &renames).await?.pairs.pop().unwrap_or_default())
}

pub(super) async fn run(connection: &mut SqliteConnection, sql: &str) -> Result<(), String> {
    raw_sql(sqlx::AssertSqlSafe(sql)).execute(connection).await.map(drop).map_err(|error| error.to_string())
}

pub(super) async fn asked(connection: &mut SqliteConnection, sql: &str) -> Vec<String> {
    let rows =
        raw_sql(sqlx::AssertSqlSafe(sql)).fetch_all(connection).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    let value = |row: &sqlx::sqlite::SqliteRow, n| {
        row.try_get_unchecked::<Option<String>, _>(n).ok().flatten().unwrap_or_default()
    };
    rows.iter().map(|row| (0..row.len()).map(|n| value(row, n)).collect::<Vec<_>>().join("|")).collect()
}

/// Runs a text as the runner does that obeys its directive.
pub(super) async fn migrate(connection: &mut SqliteConnection, sql: &str) -> Result<(), String> {
    let is_off = sql.contains("-- dunlin: foreign-keys off");
    run(connection, if is_off { "pragma foreign_keys = off" } else { "pragma foreign_keys = on" }).await?;
    run(connection, &format!("begin;\n{sql}\n;commit")).await?;
    // One that fits nothing cannot be checked.
    if run(connection, "explain pragma foreign_key_check").await.is_err() {
        return Ok(());
    }
    let broken = asked(connection, "pragma foreign_key_check").await;
    if broken.is_empty() { Ok(()) } else { Err(format!("broken references: {broken:?}")) }
}

/// Returns how many rows each table has.
async fn counts(connection: &mut SqliteConnection) -> Vec<String> {
    let tables = "select name from pragma_table_list where schema = 'main' and type = 'table' and name not like 'sqlite%' order by 1";
    let mut counts = Vec::new();
    for table in asked(connection, tables).await {
        let rows = asked(connection, &format!("select count(*) from {}", Dialect::Sqlite.quote(&table))).await;
        counts.push(format!("{}|{}", table.to_ascii_lowercase(), rows.concat()));
    }
    counts
}

/// Checks one pair; returns what is wrong with it.
pub(super) async fn check(pair: &Pair) -> Result<(), String> {
    if let Some(expected) = pair.to.strip_prefix("refused:") {
        let (expected, to) = expected.split_once('\n').unwrap_or((expected, ""));
        let refusal = ways(&pair.from, to).await.err().map(|error| error.to_string()).unwrap_or_default();
        return if refusal.contains(expected.trim()) {
            Ok(())
        } else {
            Err(format!("it is not refused so, but: {refusal:?}"))
        };
    }
    let ways = ways(&pair.from, &pair.to).await.map_err(|error| error.to_string())?;
    let mut connections = Vec::new();
    for text in [&pair.from, &pair.to] {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.expect("a database in memory");
        run(&mut connection, text).await?;
        connections.push(connection);
    }
    let [database, wanted] = &mut connections[..] else { unreachable!("two texts") };
    let (from, to) = (asked(database, PRAGMAS).await, asked(wanted, PRAGMAS).await);
    for row in &pair.rows {
        run(database, row).await?;
    }
    for row in pair.tries.iter().filter(|_| !may_fail(&ways)) {
        // It may not fit.
        let _ = run(database, row).await;
    }
    let before = counts(database).await;
    let up = ways.up_text();
    migrate(database, &up).await.map_err(|error| format!("up: {error}\n{up}"))?;
    let reached = asked(database, PRAGMAS).await;
    if reached != to {
        return Err(format!("up leads to {reached:#?}\nand not to {to:#?}\nby {up}"));
    }
    let are_there = counts(database).await;
    let is_dropped = |name: &str| !are_there.iter().any(|count| count.split('|').next() == Some(name));
    for count in &before {
        let name = count.split('|').next().unwrap_or_default();
        if !is_dropped(name) && !are_there.contains(count) {
            return Err(format!("up leaves {are_there:?} of {before:?} by {up}"));
        }
    }
    let down = ways.down_text();
    migrate(database, &down).await.map_err(|error| format!("down: {error}\n{down}"))?;
    let back = asked(database, PRAGMAS).await;
    if back == from { Ok(()) } else { Err(format!("down leads to {back:#?}\nand not to {from:#?}\nby {down}")) }
}

/// Says in what two databases differ.
pub(super) async fn are_same(one: &str, other: &str) -> Result<(), String> {
    let mut described = Vec::new();
    for url in [one, other] {
        let mut connection = SqliteConnection::connect(url).await.expect("a database");
        described.push(asked(&mut connection, PRAGMAS).await);
    }
    if described[0] == described[1] { Ok(()) } else { Err(format!("{described:#?}")) }
}

#[tokio::test]
async fn every_pair_of_the_corpus_leads_there_and_back() {
    let pairs = pairs::read(include_str!("sqlite.pairs"));
    let mut wrong = Vec::new();
    for pair in &pairs {
        if let Err(error) = check(pair).await {
            wrong.push(format!("== {}\n{error}", pair.name));
        }
    }
    assert!(wrong.is_empty(), "{} of {} pairs fail\n{}", wrong.len(), pairs.len(), wrong.join("\n\n"));
    assert!(pairs.len() >= 150, "there are {} pairs", pairs.len());
}

#[tokio::test]
async fn what_is_the_same_needs_nothing() {
    for pair in pairs::read(include_str!("sqlite.pairs")) {
        let ways = ways(&pair.from, &pair.from).await.unwrap_or_else(|error| panic!("{}: {error}", pair.name));
        assert!(ways.up.is_empty() && ways.down.is_empty(), "{}: {}", pair.name, ways.up_text());
    }
}

/// Does to a database what nobody should do beside the migrations.
pub(crate) fn execute(url: &str, sql: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut connection = SqliteConnection::connect(url).await.expect("a database");
        run(&mut connection, sql).await.expect("it runs");
    });
}
