//! MariaDB: every pair of the corpus, there and back.
//!
//! What came out is looked at through `SHOW CREATE` and `information_schema` as they stand, key by key and line by line; of that,
//! the engine itself reads the one alone.

use dunlin::schema::engine::{Ignored, Pace, Pair as Ways, Schema, diff, tree};
use dunlin::schema::{SchemaError, SchemaFile, Schemas};
use dunlin::{Dialect, Migrations};
use dunlin_core::statements::split;
use sqlx::{Connection as _, MySqlConnection, Row as _, raw_sql};

use super::chance::may_fail;
use super::pairs::{Pair, all_pass, read};
use super::sqlite::NO_FILES;
use crate::support::database::Database;
use crate::support::environment;

/// All that is in a database and no table's own text.
const OTHERS: &str = "
    select 'column', table_name, lpad(ordinal_position, 3, '0'), column_name, column_type, is_nullable, column_default,
        character_set_name, collation_name, extra, column_comment, generation_expression
    from information_schema.columns where table_schema = database()
    union all
    select 'key', table_name, index_name, seq_in_index, column_name, non_unique, sub_part, index_type, index_comment, '', '', ''
    from information_schema.statistics where table_schema = database()
    union all
    select 'trigger', trigger_name, event_object_table, action_timing, event_manipulation, action_order, action_statement,
        sql_mode, replace(definer, '`', ''), '', '', ''
    from information_schema.triggers where trigger_schema = database()
    union all
    select routine_type, routine_name, dtd_identifier, routine_definition, is_deterministic, sql_data_access, security_type,
        sql_mode, routine_comment, definer, '', ''
    from information_schema.routines where routine_schema = database()
    union all
    select 'event', event_name, event_definition, event_type, execute_at, interval_value, interval_field,
        if(starts = created, 'at once', starts), ends, status, on_completion, event_comment
    from information_schema.events where event_schema = database()
    union all
    select 'database', default_character_set_name, default_collation_name, '', '', '', '', '', '', '', '', ''
    from information_schema.schemata where schema_name = database()
    order by 1, 2, 3, 4";

fn file(text: &str) -> [SchemaFile; 1] {
    [SchemaFile { name: "schema.sql".to_owned(), text: text.to_owned() }]
}

/// Both ways, with what they lead between.
struct Found {
    from: Schema,
    to: Schema,
    ways: Ways,
}

async fn found(schemas: &Schemas<'_>, pair: &Pair, to: &str) -> Result<Found, SchemaError> {
    let from = schemas.of_files(&file(&pair.from)).await?.schema;
    let declared = schemas.of_files(&file(to)).await?;
    let renames = declared.renames_from(&from)?;
    let ways = schemas.propose(&from, &declared.schema, &renames).await?.pairs.pop().unwrap_or_default();
    Ok(Found { from, to: declared.schema, ways })
}

/// Returns what a second comparison finds in a database.
async fn left(schemas: &Schemas<'_>, url: &str, wanted: &Schema) -> Result<(), String> {
    let reached = schemas.of_database(url).await.map_err(|error| error.to_string())?;
    let left = tree(&diff(&reached, wanted), &reached, wanted);
    if left.is_empty() { Ok(()) } else { Err(format!("a second comparison finds\n{}", left.join("\n"))) }
}

async fn run(connection: &mut MySqlConnection, sql: &str) -> Result<(), String> {
    for statement in split(sql, Dialect::Mysql).map_err(|error| error.to_string())? {
        let ran = raw_sql(sqlx::AssertSqlSafe(statement.text())).execute(&mut *connection).await;
        ran.map_err(|error| format!("{error} in {}", statement.text()))?;
    }
    Ok(())
}

async fn asked(connection: &mut MySqlConnection, sql: &str) -> Vec<Vec<String>> {
    let rows =
        raw_sql(sqlx::AssertSqlSafe(sql)).fetch_all(connection).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    let value = |row: &sqlx::mysql::MySqlRow, n| {
        row.try_get_unchecked::<Option<String>, _>(n).ok().flatten().unwrap_or_else(|| "null".to_owned())
    };
    rows.iter().map(|row| (0..row.len()).map(|n| value(row, n)).collect()).collect()
}

/// Writes down all that is in a database. The order of keys and constraints means nothing, nor does a counter's next value.
async fn described(connection: &mut MySqlConnection) -> Vec<String> {
    let mut all = Vec::new();
    for row in asked(connection, "show full tables").await {
        let (name, kind) = (
            &row[0],
            if row[1] == "VIEW" {
                "view"
            } else if row[1] == "SEQUENCE" {
                "sequence"
            } else {
                "table"
            },
        );
        let shown = asked(connection, &format!("show create {kind} {}", Dialect::Mysql.quote(name))).await;
        let (keys, others): (Vec<&str>, Vec<&str>) =
            shown[0][1].lines().partition(|line| line.contains("KEY ") || line.starts_with("  CONSTRAINT"));
        let mut keys: Vec<&str> = keys.iter().map(|line| line.trim_end_matches(',')).collect();
        keys.sort_unstable();
        let text = others.iter().map(|line| line.trim_end_matches(',')).chain(keys).collect::<Vec<_>>().join("\n");
        all.push(without_counter(&text));
    }
    let others = asked(connection, OTHERS).await;
    all.extend(others.iter().map(|row| row.join("|")));
    let database = asked(connection, "select database()").await[0][0].clone();
    all.iter().map(|text| text.replace(&format!("`{database}`."), "")).collect()
}

fn without_counter(text: &str) -> String {
    let Some((before, behind)) = text.split_once(" AUTO_INCREMENT=") else { return text.to_owned() };
    format!("{before}{}", behind.trim_start_matches(|c: char| c.is_ascii_digit()))
}

async fn counts(connection: &mut MySqlConnection) -> Vec<(String, String)> {
    let mut counts = Vec::new();
    for row in asked(connection, "show full tables where table_type in ('BASE TABLE', 'SYSTEM VERSIONED')").await {
        let sql = format!("select count(*) from {}", Dialect::Mysql.quote(&row[0]));
        counts.push((row[0].clone(), asked(connection, &sql).await[0][0].clone()));
    }
    counts
}

async fn connected(database: &Database) -> MySqlConnection {
    let options: sqlx::mysql::MySqlConnectOptions = database.superuser_url().parse().expect("a URL");
    let options = options.pipes_as_concat(false).no_engine_substitution(false).timezone(None::<String>);
    MySqlConnection::connect_with(&options).await.expect("a connection")
}

fn difference(from: &[String], to: &[String]) -> String {
    let minus = from.iter().filter(|line| !to.contains(line)).map(|line| format!("- {line}"));
    let plus = to.iter().filter(|line| !from.contains(line)).map(|line| format!("+ {line}"));
    minus.chain(plus).collect::<Vec<_>>().join("\n")
}

/// Checks one pair; returns what is wrong with it.
pub(super) async fn check(pair: &Pair) -> Result<(), String> {
    check_at(pair, Pace::AtOnce).await
}

async fn check_at(pair: &Pair, pace: Pace) -> Result<(), String> {
    let Some((first, second)) = Database::mysql().zip(Database::mysql()) else { return Ok(()) };
    let url = first.superuser_url();
    let migrations = Migrations::included(&NO_FILES);
    let migrator = migrations.migrator();
    let schemas = Schemas::new(&migrator, Dialect::Mysql, Ignored::default()).scratch_beside(&url).pace(pace);
    if let Some(expected) = pair.to.strip_prefix("refused:") {
        let (expected, to) = expected.split_once('\n').unwrap_or((expected, ""));
        let refusal = found(&schemas, pair, to).await.err().map(|error| error.to_string()).unwrap_or_default();
        return if refusal.contains(expected.trim()) {
            Ok(())
        } else {
            Err(format!("it is not refused so, but: {refusal:?}"))
        };
    }
    let (mut database, mut wanted) = (connected(&first).await, connected(&second).await);
    let found = found(&schemas, pair, &pair.to).await.map_err(|error| error.to_string())?;
    run(&mut database, &pair.from).await?;
    run(&mut wanted, &pair.to).await?;
    // What the texts set is no part of what they made.
    (database, wanted) = (connected(&first).await, connected(&second).await);
    let (from, to) = (described(&mut database).await, described(&mut wanted).await);
    for row in &pair.rows {
        run(&mut database, row).await?;
    }
    for row in pair.tries.iter().filter(|_| !may_fail(&found.ways)) {
        // It may not fit.
        let _ = run(&mut database, row).await;
    }
    let before = counts(&mut database).await;
    let up = found.ways.up_text();
    run(&mut database, &up).await.map_err(|error| format!("up: {error}\n{up}"))?;
    let reached = described(&mut database).await;
    if reached != to {
        return Err(format!("up does not lead there:\n{}\nby {up}", difference(&reached, &to)));
    }
    left(&schemas, &url, &found.to).await.map_err(|error| format!("up: {error}\nby {up}"))?;
    let now = counts(&mut database).await;
    let is_lost = |(table, rows): &&(String, String)| now.iter().any(|(name, now)| name == table && now != rows);
    if let Some((table, _)) = before.iter().find(is_lost) {
        return Err(format!("up loses rows of {table} by {up}"));
    }
    let down = found.ways.down_text();
    run(&mut database, &down).await.map_err(|error| format!("down: {error}\n{down}"))?;
    let back = described(&mut database).await;
    left(&schemas, &url, &found.from).await.map_err(|error| format!("down: {error}\nby {down}"))?;
    if back == from {
        Ok(())
    } else {
        Err(format!("down does not lead back:\n{}\nby {down}", difference(&back, &from)))
    }
}

/// Runs statements as dunlin splits them: the client would end one at the first `;` of a body.
pub(super) async fn run_in(database: &Database, sql: &str) -> Result<(), String> {
    run(&mut connected(database).await, sql).await
}

/// Says in what two databases differ.
pub(super) async fn are_same(one: &Database, other: &Database) -> Result<(), String> {
    // The driver, and no client, lets spaces stand before brackets.
    let told = async |database: &Database| -> Vec<String> {
        let lines = described(&mut connected(database).await).await;
        lines.iter().map(|line| line.replace("|IGNORE_SPACE,", "|")).collect()
    };
    let (one, other) = (told(one).await, told(other).await);
    if one == other { Ok(()) } else { Err(difference(&one, &other)) }
}

/// Each part is one pair of so many.
const PARTS: usize = 4;

fn every_pair_leads_there_and_back(part: usize) {
    let pairs = read(include_str!("mysql.pairs"));
    assert!(pairs.len() >= 150, "there are {} pairs", pairs.len());
    all_pass(pairs.iter().skip(part).step_by(PARTS * environment::rounds(2, 1)), check);
}

fn every_pair_leads_there_and_back_without_copying_where_the_server_can(part: usize) {
    let pairs = read(include_str!("mysql.pairs"));
    let check = async |pair: &Pair| check_at(pair, Pace::Online).await;
    all_pass(pairs.iter().skip(part).step_by(environment::rounds(6, 1)), check);
}

/// Half of them daily, a sixth where the server must not copy, all of them in a soak.
mod soak {
    parts! {
        super::every_pair_leads_there_and_back;
        every_pair_leads_there_and_back_1: 0
        every_pair_leads_there_and_back_2: 1
        every_pair_leads_there_and_back_3: 2
        every_pair_leads_there_and_back_4: 3
    }

    parts! {
        super::every_pair_leads_there_and_back_without_copying_where_the_server_can;
        every_pair_leads_there_and_back_without_copying_where_the_server_can: 0
    }
}

#[tokio::test]
async fn scratch_databases_that_a_killed_run_left_are_dropped_and_others_are_not() {
    let Some(database) = Database::mysql() else { return };
    let url = database.superuser_url();
    let mut connection = connected(&database).await;
    let now = asked(&mut connection, "select unix_timestamp()").await[0][0].clone();
    // The first is old; the second is as if a run were at it; the third is none of these.
    let names =
        ["dunlin_scratch_1000000000_1".to_owned(), format!("dunlin_scratch_{now}_1"), "dunlin_scratch_mine".to_owned()];
    for name in &names {
        run(&mut connection, &format!("create or replace database {name}")).await.expect("a database");
    }
    let migrations = Migrations::included(&NO_FILES);
    let migrator = migrations.migrator();
    let schemas = Schemas::new(&migrator, Dialect::Mysql, Ignored::default()).scratch_beside(&url);
    schemas.of_files(&file("create table nonsense")).await.expect_err("no schema");
    let mut there = Vec::new();
    for name in &names {
        let sql = format!("select schema_name from information_schema.schemata where schema_name = '{name}'");
        there.push(!asked(&mut connection, &sql).await.is_empty());
        run(&mut connection, &format!("drop database if exists {name}")).await.expect("dropped");
    }
    assert_eq!(there, [false, true, true]);
}

#[tokio::test]
async fn zeros_stay_where_a_column_begins_to_count_and_a_sequence_goes_on_where_it_stands() {
    for (from, row, to, asks, expected) in [
        (
            "create table t (id int not null primary key)",
            "insert into t values (0), (5)",
            "create table t (id int not null auto_increment primary key)",
            "select group_concat(id order by id) from t",
            "0,5",
        ),
        (
            "create table t (id int, key (id))",
            "insert into t values (null), (5)",
            "create table t (id int not null auto_increment, key (id))",
            "select group_concat(id order by id) from t",
            "1,5",
        ),
        (
            "create sequence s start with 1 minvalue 1 maxvalue 1000 nocache",
            "do setval(s, 500)",
            "create sequence s start with 100 minvalue 100 maxvalue 1000 nocache",
            "select nextval(s)",
            "501",
        ),
        (
            "create sequence s start with 1 minvalue 1 maxvalue 1000 nocache",
            "do setval(s, 50)",
            "create sequence s start with 200 minvalue 100 maxvalue 1000 nocache",
            "select nextval(s)",
            "100",
        ),
    ] {
        let Some(database) = Database::mysql() else { return };
        let migrations = Migrations::included(&NO_FILES);
        let migrator = migrations.migrator();
        let schemas =
            Schemas::new(&migrator, Dialect::Mysql, Ignored::default()).scratch_beside(database.superuser_url());
        let pair = Pair {
            name: from.to_owned(),
            from: from.to_owned(),
            rows: Vec::new(),
            to: to.to_owned(),
            tries: Vec::new(),
        };
        let up = found(&schemas, &pair, to).await.expect("a way").ways.up_text();
        let mut connection = connected(&database).await;
        for sql in [from, row, &up] {
            run(&mut connection, sql).await.unwrap_or_else(|error| panic!("{error}\n{sql}"));
        }
        assert_eq!(asked(&mut connection, asks).await[0][0], expected, "{from} -> {to} by {up}");
    }
}
