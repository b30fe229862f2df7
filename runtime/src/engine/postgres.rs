//! PostgreSQL: an advisory lock on the session, polled, and one in every step's transaction.

use std::time::Duration;

use async_trait::async_trait;
use dunlin_core::dialect::Dialect;
use dunlin_core::statements::{ConcurrentWork, Recovery, Statement, Subject};
use sqlx::error::DatabaseError;
use sqlx::postgres::{PgDatabaseError, PgErrorPosition};

use super::{
    Asked, Attempt, Engine, Holder, Limits, Lock, LockKey, Readiness, ServerLocks, Survey, postgres_index,
    postgres_partition,
};
use crate::history::History;
use crate::session::{AtWork, Driver, DriverError, Place, Row, Session, SqlError, Trouble};

pub(super) struct Postgres;

const SURVEY: &str = include_str!("sql/survey_postgres.sql");
/// Since PostgreSQL 14 a server that is busy can notice that its client is gone, if it is told to look.
const NOTICE_LOST_CLIENT: &str = "select set_config(name, '1000', false) from pg_settings \
     where name = 'client_connection_check_interval' and setting = '0'";
const HOLDER: &str = include_str!("sql/holder_postgres.sql");
const CANCEL_HOLDER: &str = include_str!("sql/cancel_postgres.sql");

#[async_trait]
impl Engine for Postgres {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    async fn survey(&self, session: &mut dyn Session) -> Result<Survey, SqlError> {
        let rows = session.rows(SURVEY).await?;
        let Some(first) = rows.first() else { return Ok(Survey::default()) };
        let text = |column| first.text(column).unwrap_or_default().to_owned();
        Ok(Survey {
            database: text(0),
            schema: first.text(1).map(str::to_owned),
            user: text(2),
            restore: restore(first.text(3), &rows),
            connection: first.number(6),
            at_work: first.number(6).map_or(AtWork::Somebody, AtWork::Connection),
            locks: if first.text(7).is_some_and(is_postgres) { ServerLocks::Hold } else { ServerLocks::Untried },
            up_for: None,
            node: String::new(),
            is_mariadb: false,
            keeps_rows: false,
            as_ourselves: as_ourselves(first.text(3)),
        })
    }

    async fn try_lock(&self, session: &mut dyn Session, key: &LockKey) -> Result<Attempt, SqlError> {
        let rows = session.rows(&format!("select pg_try_advisory_lock({})::int", key.number)).await?;
        if rows.first().and_then(|row| row.number(0)) == Some(1) {
            return Ok(Attempt::Obtained(Lock::default()));
        }
        Ok(Attempt::Held(self.holder(session, key).await?))
    }

    async fn holder(&self, session: &mut dyn Session, key: &LockKey) -> Result<Option<Holder>, SqlError> {
        Ok(Holder::read(&session.rows(&of_lock(HOLDER, key.number)).await?))
    }

    async fn unlock(&self, session: &mut dyn Session, key: &LockKey, _: Lock) -> Result<(), SqlError> {
        session.run(&format!("select pg_advisory_unlock({})", key.number)).await
    }

    fn here(&self, layout_table: &str) -> String {
        let literal = Dialect::Postgres.literal(&Dialect::Postgres.quote(layout_table));
        format!("where {literal}::regclass = to_regclass(quote_ident(current_schema()) || '.' || {literal})")
    }

    fn limits(&self, limits: &Limits) -> String {
        let set = if limits.for_the_transaction { "set local" } else { "set" };
        [("lock_timeout", limits.lock_timeout), ("statement_timeout", limits.statement_timeout)]
            .into_iter()
            .filter_map(|(name, limit)| limit.map(|limit| format!("{set} {name} = {};\n", limit.as_millis())))
            .collect()
    }

    fn limits_statements(&self) -> bool {
        true
    }

    fn may_be_pooled(&self) -> bool {
        true
    }

    fn introduction(&self, name: &str) -> Vec<String> {
        let set = format!("select set_config('application_name', {}, false)", Dialect::Postgres.literal(name));
        vec![set, NOTICE_LOST_CLIENT.to_owned()]
    }

    fn cancel(&self, at_work: AtWork) -> Option<String> {
        match at_work {
            AtWork::Connection(connection) => Some(format!("select pg_cancel_backend({connection})")),
            AtWork::Holding(connection, lock) => {
                Some(of_lock(CANCEL_HOLDER, lock).replace("{connection}", &connection.to_string()))
            }
            AtWork::Somebody | AtWork::Embedded => None,
        }
    }

    fn client(&self, connection: i64) -> Option<String> {
        Some(include_str!("sql/client_postgres.sql").replace("{connection}", &connection.to_string()))
    }

    fn end(&self, connection: i64) -> Option<String> {
        Some(format!("select pg_terminate_backend({connection})"))
    }

    fn is_connected(&self, connection: i64, ago: Duration) -> Option<String> {
        let was_there = format!("backend_start < clock_timestamp() - interval '{} milliseconds'", ago.as_millis());
        Some(format!("select 1 from pg_stat_activity where pid = {connection} and {was_there}"))
    }

    fn blockers(&self, connection: i64) -> Vec<String> {
        vec![include_str!("sql/blockers_postgres.sql").replace("{connection}", &connection.to_string())]
    }

    fn orphans(&self, _: &History, _: &Survey, introduced: &str) -> Option<String> {
        // Its own run's number stands behind the last point.
        let of_all_runs = introduced.rsplit_once('.').map_or(introduced, |(of_all, _)| of_all);
        let literal = Dialect::Postgres.literal(of_all_runs);
        Some(include_str!("sql/orphans_postgres.sql").replace("{introduced}", &literal))
    }

    fn refuses_stale_lease(&self, code: &str) -> bool {
        // division_by_zero
        code == "22012"
    }

    fn lock_in_transaction(&self, number: i64, holds_none: bool) -> String {
        // Another key than the session's: a session holds its own lock already, and the lock must be new behind a pooler.
        let of_the_step = format!("pg_try_advisory_xact_lock({})", number.wrapping_add(1));
        if holds_none {
            // Any other level would read the history as it was when the lock was asked for, and not when it was given.
            let level = "set transaction isolation level read committed";
            format!("{level};\nselect (pg_try_advisory_xact_lock({number}) and {of_the_step})::int, pg_backend_pid()")
        } else {
            format!("select {of_the_step}::int, pg_backend_pid()")
        }
    }

    fn leaves_remains(&self, statement: &str) -> bool {
        let statement = statement.to_ascii_lowercase();
        // A procedure or a block may commit on its way.
        statement.contains("concurrently") || ["call", "do"].contains(&super::first_word(&statement))
    }

    fn fingerprint(&self, _: &Survey, subject: &Subject) -> Option<Asked> {
        let names: Vec<String> = names(subject).into_iter().map(|name| Dialect::Postgres.literal(name)).collect();
        let template = include_str!("sql/fingerprint_postgres.sql").trim_end();
        let expression = template.replace("{names}", &names.join(", "));
        Some(Asked { before: None, written: expression })
    }

    fn only_outside(&self, error: &SqlError) -> Option<Recovery> {
        match error.code.as_deref() {
            // active_sql_transaction: "… cannot run inside a transaction block"
            Some("25001") => Some(Recovery::Schema),
            // invalid_transaction_termination: it commits on its way
            Some("2D000") => Some(Recovery::Unsure),
            _ => None,
        }
    }

    async fn before_concurrent(
        &self,
        session: &mut dyn Session,
        statement: &Statement<'_>,
        began: bool,
    ) -> Result<Readiness, SqlError> {
        match statement.concurrent_work() {
            Some(ConcurrentWork::Detach(detachment)) if began => postgres_partition::finish(session, &detachment).await,
            Some(ConcurrentWork::Detach(_)) | None => Ok(Readiness::Ready),
            Some(work) => postgres_index::before(session, &work, began).await,
        }
    }

    async fn after_concurrent(&self, session: &mut dyn Session, statement: &Statement<'_>) -> Result<(), SqlError> {
        match statement.concurrent_work() {
            Some(ConcurrentWork::Build(build)) => postgres_index::after(session, &build).await,
            _ => Ok(()),
        }
    }
}

/// Returns the names of what a statement may change.
fn names(subject: &Subject) -> Vec<&str> {
    match subject {
        Subject::WholeTable(object)
        | Subject::Table(object)
        | Subject::View(object)
        | Subject::Trigger(object, _)
        | Subject::Routine(object)
        | Subject::Event(object) => vec![&object.name],
        Subject::Database(name) => vec![name],
        Subject::Several(pieces) => pieces.names().into_iter().map(|object| &*object.name).collect(),
        Subject::Named { names, .. } => names.iter().map(String::as_str).collect(),
    }
}

/// Puts a lock's number into a question about `pg_locks`, where its two halves are two columns; chapter "`pg_locks`" of
/// the manual.
fn of_lock(template: &str, number: i64) -> String {
    let [high, low] = [(number >> 32) & 0xffff_ffff, number & 0xffff_ffff];
    template.replace("{high}", &high.to_string()).replace("{low}", &low.to_string())
}

/// Says whether a version is that of PostgreSQL itself. Others say theirs in front of, or behind, the one that they speak.
fn is_postgres(version: &str) -> bool {
    const STRANGERS: [&str; 5] = ["CockroachDB", "YugabyteDB", "-YB-", "Redshift", "CrateDB"];
    version.starts_with("PostgreSQL ") && !STRANGERS.iter().any(|name| version.contains(name))
}

/// `reset all` brings back what the connection began with; what had been set on it since is set again.
fn restore(role: Option<&str>, rows: &[Row]) -> String {
    let literal = |text: &str| Dialect::Postgres.literal(text);
    let mut sql = "reset session authorization;\nreset role;\nreset all;\n".to_owned();
    if let Some(role) = role.filter(|role| *role != "none") {
        sql.push_str(&format!("set role {};\n", Dialect::Postgres.quote(role)));
    }
    for row in rows {
        if let (Some(name), Some(value)) = (row.text(4), row.text(5)) {
            sql.push_str(&format!("select set_config({}, {}, false);\n", literal(name), literal(value)));
        }
    }
    sql
}

fn as_ourselves(role: Option<&str>) -> String {
    let role =
        role.filter(|role| *role != "none").map_or_else(|| "none".to_owned(), |role| Dialect::Postgres.quote(role));
    format!("set local session authorization default;\nset local role {role};\n")
}

impl Driver for sqlx::Postgres {
    fn read(error: &dyn DatabaseError) -> DriverError {
        let Some(error) = error.try_downcast_ref::<PgDatabaseError>() else {
            let place = Place::Unknown;
            return DriverError { code: None, detail: None, hint: None, place, trouble: Trouble::Other };
        };
        let trouble = match error.code() {
            "42P01" => Trouble::MissingTable,
            "42703" => Trouble::MissingColumn,
            "42501" | "25006" => Trouble::Denied,
            "55P03" => Trouble::LockTimeout,
            "40001" | "40P01" => Trouble::Conflict,
            "57P01" | "57P02" | "57P03" => Trouble::Connection,
            _ => Trouble::Other,
        };
        DriverError {
            code: Some(error.code().to_owned()),
            detail: error.detail().map(str::to_owned),
            hint: error.hint().map(str::to_owned),
            place: match error.position() {
                Some(PgErrorPosition::Original(position)) => Place::Character(position),
                _ => Place::Unknown,
            },
            trouble,
        }
    }
}
