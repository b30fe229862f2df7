//! MySQL and MariaDB: `get_lock` on the working connection, polled.

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use dunlin_core::dialect::Dialect;
use dunlin_core::statements::{Pieces, Subject};
use sqlx::error::DatabaseError;
use sqlx::mysql::MySqlDatabaseError;

use super::mysql_fingerprint::{self, Server};
use super::{Asked, Attempt, Engine, Holder, Limits, Lock, LockKey, ServerLocks, Survey};
use crate::history::History;
use crate::session::{AtWork, Driver, DriverError, Place, Session, SqlError, Trouble};

pub(super) struct Mysql;

const SURVEY: &str = include_str!("sql/survey_mysql.sql");
/// Statements that take effect whole or not at all: DDL that is atomic, and what runs in a transaction of its own.
const WHOLE_OR_NOT_AT_ALL: [&str; 14] = [
    "create", "alter", "truncate", "grant", "revoke", "set", "insert", "update", "delete", "replace", "select", "with",
    "values", "load",
];
const CAUSAL: &str = "set session wsrep_sync_wait = 15";
/// Servers that speak MySQL's protocol, by their versions.
const STRANGERS: [&str; 4] = ["TiDB", "Vitess", "PlanetScale", "OceanBase"];
const HOLDER: &str = include_str!("sql/holder_mysql.sql");

#[async_trait]
impl Engine for Mysql {
    fn dialect(&self) -> Dialect {
        Dialect::Mysql
    }

    async fn survey(&self, session: &mut dyn Session) -> Result<Survey, SqlError> {
        let rows = session
            .rows(&SURVEY.replace("{keeps_rows}", &mysql_fingerprint::without_transactions_in("database()")))
            .await?;
        let Some(row) = rows.first() else { return Ok(Survey::default()) };
        let text = |column| row.text(column).unwrap_or_default().to_owned();
        let literal = |column| Dialect::Mysql.literal(row.text(column).unwrap_or_default());
        let database = text(0);
        let back =
            if database.is_empty() { String::new() } else { format!("use {};\n", Dialect::Mysql.quote(&database)) };
        let restore = format!(
            "unlock tables;\nset names utf8mb4;\nset character_set_client = {}, character_set_results = {}, \
             collation_connection = {}, sql_mode = {}, time_zone = {}, foreign_key_checks = {}, unique_checks = {}, \
             lock_wait_timeout = {}, innodb_lock_wait_timeout = {};\n{back}",
            literal(2),
            literal(3),
            literal(4),
            literal(5),
            literal(6),
            text(7),
            text(8),
            text(9),
            text(10),
        );
        let schema = (!database.is_empty()).then(|| database.clone());
        let is_mariadb = text(11).contains("MariaDB");
        let keeps_rows = row.number(12) == Some(1);
        let connection = row.number(13);
        let node = text(14);
        let variable = |name| rows.iter().skip(1).find(|row| row.text(0) == Some(name));
        let up_for = variable("Uptime").and_then(|uptime| uptime.number(1));
        // Galera says of itself whether it is on; other servers say nothing.
        let is_cluster = variable("wsrep_on").is_some_and(|galera| galera.text(1) == Some("ON"));
        let restore = if is_cluster {
            // What another node committed is to be seen at once.
            session.run(CAUSAL).await?;
            format!("{restore}{CAUSAL};\n")
        } else {
            restore
        };
        let locks = if is_cluster {
            ServerLocks::HoldOnOneNode
        } else if STRANGERS.iter().any(|name| text(11).contains(name)) {
            ServerLocks::Untried
        } else {
            ServerLocks::Hold
        };
        let user = text(1);
        let as_ourselves = String::new();
        let at_work = connection.map_or(AtWork::Somebody, AtWork::Connection);
        Ok(Survey {
            database,
            schema,
            user,
            restore,
            connection,
            at_work,
            up_for,
            node,
            locks,
            is_mariadb,
            keeps_rows,
            as_ourselves,
        })
    }

    fn limits(&self, limits: &Limits) -> String {
        // The server counts in seconds.
        let Some(limit) = limits.lock_timeout else { return String::new() };
        let seconds = limit.as_millis().div_ceil(1000).max(1);
        let rows = if limits.is_said { format!(", innodb_lock_wait_timeout = {seconds}") } else { String::new() };
        format!("set lock_wait_timeout = {seconds}{rows};\n")
    }

    fn cancel(&self, at_work: AtWork) -> Option<String> {
        match at_work {
            AtWork::Connection(connection) => Some(format!("kill query {connection}")),
            AtWork::Somebody | AtWork::Embedded | AtWork::Holding(..) => None,
        }
    }

    fn client(&self, connection: i64) -> Option<String> {
        Some(include_str!("sql/client_mysql.sql").replace("{connection}", &connection.to_string()))
    }

    fn end(&self, connection: i64) -> Option<String> {
        Some(format!("kill connection {connection}"))
    }

    fn is_connected(&self, connection: i64, _: Duration) -> Option<String> {
        Some(format!("select 1 from information_schema.processlist where id = {connection}"))
    }

    fn blockers(&self, connection: i64) -> Vec<String> {
        let questions = include_str!("sql/blockers_mysql.sql").split("\n\n");
        questions.map(|question| question.trim_end().replace("{connection}", &connection.to_string())).collect()
    }

    fn orphans(&self, history: &History, survey: &Survey, _: &str) -> Option<String> {
        let set = Dialect::Mysql.literal(history.set.as_str());
        let template = include_str!("sql/orphans_mysql.sql").replace("{statements}", &history.table("statements"));
        Some(template.replace("{set}", &set).replace("{up_for}", &survey.up_for?.to_string()))
    }

    fn refuses_stale_lease(&self, code: &str) -> bool {
        // ER_SUBQUERY_NO_1_ROW
        code == "1242"
    }

    async fn try_lock(&self, session: &mut dyn Session, key: &LockKey) -> Result<Attempt, SqlError> {
        let name = Dialect::Mysql.literal(&key.name);
        let rows = session.rows(&format!("select get_lock({name}, 0)")).await?;
        if rows.first().and_then(|row| row.number(0)) == Some(1) {
            return Ok(Attempt::Obtained(Lock::default()));
        }
        Ok(Attempt::Held(self.holder(session, key).await?))
    }

    async fn holder(&self, session: &mut dyn Session, key: &LockKey) -> Result<Option<Holder>, SqlError> {
        let name = Dialect::Mysql.literal(&key.name);
        Ok(Holder::read(&session.rows(&HOLDER.replace("{name}", &name)).await?))
    }

    fn leaves_remains(&self, statement: &str) -> bool {
        // What runs several statements, or names several tables, may have done some of it.
        let statement = statement.to_ascii_lowercase();
        match super::first_word(&statement) {
            "drop" | "rename" => statement.contains(','),
            word => !WHOLE_OR_NOT_AT_ALL.contains(&word),
        }
    }

    fn fingerprint(&self, survey: &Survey, subject: &Subject) -> Option<Asked> {
        let server = if survey.is_mariadb { Server::Mariadb } else { Server::Mysql };
        let expression = mysql_fingerprint::expression(subject, server);
        Some(asked(&expression, "@dunlin_fingerprint"))
    }

    fn all_done(&self, pieces: &Pieces) -> Option<Asked> {
        Some(asked(&format!("({})", mysql_fingerprint::all_done(pieces)), "@dunlin_all_done"))
    }

    fn recovery_of_rows(&self, subject: &Subject) -> Option<Asked> {
        let keeps = mysql_fingerprint::without_transactions(subject);
        Some(asked(&format!("(select case when {keeps} then 'unsure' else 'recorded' end)"), "@dunlin_recovery"))
    }

    fn keeps_rows_here(&self) -> Option<String> {
        Some(mysql_fingerprint::without_transactions_in("database()"))
    }

    fn keeps_rows_in(&self, schemas: &BTreeSet<String>) -> Option<String> {
        let in_one = |schema: &String| mysql_fingerprint::without_transactions_in(&Dialect::Mysql.literal(schema));
        let any: Vec<String> = schemas.iter().map(in_one).collect();
        (!any.is_empty()).then(|| any.join(" or "))
    }

    async fn unlock(&self, session: &mut dyn Session, key: &LockKey, _: Lock) -> Result<(), SqlError> {
        session.run(&format!("do release_lock({})", Dialect::Mysql.literal(&key.name))).await
    }
}

/// Inside a transaction, or a statement that writes, MariaDB would pass over tables that others change just now.
fn asked(expression: &str, variable: &str) -> Asked {
    Asked { before: Some(format!("set {variable} = {expression}")), written: variable.to_owned() }
}

impl Driver for sqlx::MySql {
    fn read(error: &dyn DatabaseError) -> DriverError {
        let number = error.try_downcast_ref::<MySqlDatabaseError>().map(MySqlDatabaseError::number);
        let trouble = match number {
            Some(1146) => Trouble::MissingTable,
            Some(1054) => Trouble::MissingColumn,
            Some(1046) => Trouble::NoSchema,
            Some(1044 | 1045 | 1142 | 1143 | 1227 | 1290 | 1792 | 1836) => Trouble::Denied,
            Some(1205) => Trouble::LockTimeout,
            Some(1213) => Trouble::Conflict,
            Some(1053 | 1927) => Trouble::Connection,
            _ => Trouble::Other,
        };
        // "You have an error in your SQL syntax; … near 'x y' at line 1"
        let near = error.message().split_once(" near '").and_then(|(_, rest)| rest.rsplit_once("' at line "));
        DriverError {
            code: number.map(|number| number.to_string()),
            detail: None,
            hint: None,
            place: near.map_or(Place::Unknown, |(near, _)| Place::Near(near.to_owned())),
            trouble,
        }
    }
}
