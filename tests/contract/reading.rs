//! Reading: nothing is written, nothing is locked, and little is needed.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use dunlin::{Dialect, Error, Target};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::Notify;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use super::birds::{bird, birds};
use super::reader::Reader;
use super::{has, migrations};
use crate::support::database::Database;

engines! {
    async fn a_reading_verb_creates_nothing(database: &Database) {
        if let Some(file) = database.url.strip_prefix("sqlite://") {
            std::fs::remove_file(file).expect("an empty file");
        }
        let project = birds();
        let migrations = migrations(&project);
        assert_eq!(migrations.status(&database.url).await.expect("a status").pending(), 3);
        assert_eq!(migrations.plan(&database.url, Target::Head).await.expect("a plan").steps.len(), 3);
        assert!(migrations.verify(&database.url).await.expect("findings").is_empty());
        assert!(migrations.history(&database.url).await.expect("a log").is_empty());
        match database.url.strip_prefix("sqlite://") {
            Some(file) => assert!(!std::path::Path::new(file).exists()),
            None => assert!(!has(database, "dunlin_layout") && !has(database, "dunlin_migrations")),
        }
    }

    async fn nothing_pending_is_one_statement(database: &Database) {
        let project = birds();
        let migrations = migrations(&project);
        migrations.up(&database.url).await.expect("it is applied");
        let sent = sent_by(&migrations, database).await;
        assert_eq!(sent.len(), 1, "{sent:#?}");
        assert!(sent[0].trim_start().to_lowercase().starts_with("select"), "{sent:#?}");
    }

    async fn nothing_pending_needs_no_right_but_to_read(database: &Database) {
        let project = birds();
        let migrations = migrations(&project);
        migrations.up(&database.url).await.expect("it is applied");
        let Some(reader) = Reader::new(database) else { return };
        assert!(database.try_sql_as(&reader.url, "delete from dunlin_migrations").is_err());
        assert!(migrations.up(&reader.url).await.expect("nothing is pending").steps.is_empty());
        assert_eq!(migrations.status(&reader.url).await.expect("a status").pending(), 0);
        assert_eq!(migrations.history(&reader.url).await.expect("a log").len(), 3);
    }

    async fn something_pending_and_no_right_to_write_is_told(database: &Database) {
        migrations(&bird()).up(&database.url).await.expect("it is applied");
        let Some(reader) = Reader::new(database) else { return };
        let error = migrations(&birds()).up(&reader.url).await.expect_err("it may not write");
        assert!(matches!(&error, Error::Database { denied: true, .. }) || matches!(&error, Error::Step(_)), "{error:?}");
        assert!(error.hints().join(" ").contains("the right to write"), "{error}\n{:?}", error.hints());
        assert_eq!(database.sql("select count(*) from dunlin_migrations"), "1");
    }

    async fn nothing_pending_waits_for_nobody(database: &Database) {
        let older = bird();
        migrations(&older).up(&database.url).await.expect("it is applied");
        while_one_is_slow(database, async {
            let run = migrations(&older);
            assert!(run.migrator().lock_wait(Duration::ZERO).up(&database.url).await.expect("nothing is pending").steps.is_empty());
        })
        .await;
    }
}

/// SQLite does not tell who writes.
#[tokio::test]
async fn a_lock_that_is_not_obtained_names_its_holder() {
    for database in [Database::postgres(), Database::mysql()].into_iter().flatten() {
        migrations(&bird()).up(&database.url).await.expect("it is applied");
        while_one_is_slow(&database, async {
            let project = birds();
            let run = migrations(&project);
            let impatient = run.migrator().lock_wait(Duration::from_millis(100));
            let error = impatient.up(&database.url).await.expect_err("it is locked");
            let Error::Locked { waited, holder: Some(holder), .. } = &error else { panic!("{error:?}") };
            assert!(*waited >= Duration::from_millis(100));
            assert!(holder.starts_with("connection ") && holder.contains(" of dunlin"), "{holder}");
            assert!(error.hints().join(" ").contains("it is held by connection"), "{:?}", error.hints());
        })
        .await;
    }
}

/// Does something while another run holds the lock, in the middle of a slow step.
async fn while_one_is_slow(database: &Database, act: impl Future<Output = ()>) {
    let project = bird();
    project.migration("2_slow", slow(database.dialect), "delete from bird;");
    let (newer, begun) = (migrations(&project), Arc::new(Notify::new()));
    let told = begun.clone();
    let migrator = newer.migrator().on_event(move |event| {
        if matches!(event.progress, dunlin::Progress::StepStarted { .. }) {
            told.notify_one();
        }
    });
    let mut run = Box::pin(migrator.up(&database.url));
    tokio::select! {
        result = &mut run => panic!("it was to be slow: {result:?}"),
        () = begun.notified() => {}
    }
    tokio::select! {
        result = &mut run => panic!("it was to be slower: {result:?}"),
        () = act => {}
    }
    assert_eq!(run.await.expect("it is applied").steps.len(), 1);
}

/// Returns SQL that can be rolled back and takes about two seconds.
pub(super) fn slow(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => {
            "insert into bird values (7, 'slow');\n\
             with recursive n(i) as (select 1 union all select i + 1 from n where i < 6000000) select count(*) from n;\n"
        }
        Dialect::Postgres => "insert into bird values (7, 'slow');\nselect pg_sleep(2);\n",
        Dialect::Mysql => "insert into bird values (7, 'slow');\nselect sleep(2);\n",
    }
}

/// Returns the statements that a run on a lent connection sends.
pub(super) async fn sent_by(migrations: &dunlin::Migrations, database: &Database) -> Vec<String> {
    static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let _alone = ONE_AT_A_TIME.lock().await;
    // It is there already when another test came before.
    let _ = tracing::subscriber::set_global_default(Ear);
    let url = url::Url::parse(&database.url).expect("a URL");
    // This connection alone speaks at this level, so that no other is heard.
    macro_rules! on {
        ($connection:ty) => {{
            let options = <<$connection as Connection>::Options as ConnectOptions>::from_url(&url).expect("options");
            let mut connection =
                options.log_statements("error".parse().expect("a level")).connect().await.expect("a connection");
            heard().clear();
            migrations.up(&mut connection).await.expect("nothing is pending");
        }};
    }
    match database.dialect {
        Dialect::Sqlite => on!(sqlx::SqliteConnection),
        Dialect::Postgres => on!(sqlx::PgConnection),
        Dialect::Mysql => on!(sqlx::MySqlConnection),
    }
    heard().clone()
}

static HEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn heard() -> std::sync::MutexGuard<'static, Vec<String>> {
    HEARD.lock().expect("nobody panics with it")
}

/// Hears what the drivers say of the statements that they send.
struct Ear;

impl Subscriber for Ear {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query" && *metadata.level() == Level::ERROR
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut words = Words::default();
        event.record(&mut words);
        heard().push(if words.statement.trim().is_empty() { words.summary } else { words.statement });
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Words {
    summary: String,
    statement: String,
}

impl Visit for Words {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "summary" => value.clone_into(&mut self.summary),
            "db.statement" => value.clone_into(&mut self.statement),
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}
