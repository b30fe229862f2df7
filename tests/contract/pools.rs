//! Connections that are lent: they come back as they were, or not at all, and the lock never stays on one.

use std::sync::Arc;
use std::time::Duration;

use dunlin::{Connect, Dialect, Migrations, Outcome, Progress, Report};
use tokio::sync::Notify;

use super::birds::bird;
use super::reading::slow;
use super::{migrations, step_failure};
use crate::support::database::Database;

/// A pool of one connection, of any engine.
enum Pool {
    Sqlite(sqlx::SqlitePool),
    Postgres(sqlx::PgPool),
    Mysql(sqlx::MySqlPool),
}

impl Pool {
    async fn of_one(database: &Database) -> Pool {
        let patience = Duration::from_secs(20);
        macro_rules! pool {
            ($options:ty) => {
                <$options>::new()
                    .max_connections(1)
                    .acquire_timeout(patience)
                    .connect(&database.url)
                    .await
                    .expect("a pool")
            };
        }
        match database.dialect {
            Dialect::Sqlite => Pool::Sqlite(pool!(sqlx::sqlite::SqlitePoolOptions)),
            Dialect::Postgres => Pool::Postgres(pool!(sqlx::postgres::PgPoolOptions)),
            Dialect::Mysql => Pool::Mysql(pool!(sqlx::mysql::MySqlPoolOptions)),
        }
    }

    fn connect(&self) -> Connect<'static> {
        match self {
            Pool::Sqlite(pool) => pool.into(),
            Pool::Postgres(pool) => pool.into(),
            Pool::Mysql(pool) => pool.into(),
        }
    }

    async fn execute(&self, sql: &'static str) {
        match self {
            Pool::Sqlite(pool) => drop(sqlx::raw_sql(sql).execute(pool).await.expect("it runs")),
            Pool::Postgres(pool) => drop(sqlx::raw_sql(sql).execute(pool).await.expect("it runs")),
            Pool::Mysql(pool) => drop(sqlx::raw_sql(sql).execute(pool).await.expect("it runs")),
        }
    }
}

engines! {
    async fn a_failure_leaves_no_lock_on_a_pooled_connection(database: &Database) {
        let pool = Pool::of_one(database).await;
        let project = bird();
        project.migration("2_wren", "insert into nowhere values (1);", "delete from bird;");
        step_failure(migrations(&project).up(pool.connect()).await);

        // From the same pool, and from elsewhere, at once.
        project.file("versions/2_wren.up.sql", "insert into bird values (1, 'wren');");
        let migrations = migrations(&project);
        let impatient = migrations.migrator().lock_wait(Duration::ZERO);
        impatient.up(pool.connect()).await.expect("it is mended");
        assert_eq!(database.sql("select id from bird"), "1");
        pool.execute("insert into bird values (2, 'heron')").await;
        assert_eq!(database.sql("select count(*) from bird"), "2");
    }

    async fn a_refusal_leaves_no_lock_on_a_pooled_connection(database: &Database) {
        let pool = Pool::of_one(database).await;
        let project = bird();
        migrations(&project).up(pool.connect()).await.expect("it is applied");
        project.file("versions/1_bird.up.sql", "create table bird (id bigint);");
        migrations(&project).up(pool.connect()).await.expect_err("it is refused");
        let other = bird();
        other.migration("2_wren", "insert into bird values (1, 'wren');", "delete from bird;");
        migrations(&other).migrator().lock_wait(Duration::ZERO).up(&database.url).await.expect("the lock is free");
    }

    async fn a_run_that_is_dropped_half_way_frees_the_lock_and_leaves_the_pool_usable(database: &Database) {
        let pool = Pool::of_one(database).await;
        let project = bird();
        migrations(&project).up(&database.url).await.expect("it is applied");
        project.migration("2_slow", slow(database.dialect), "delete from bird;");
        let (slow, begun) = (migrations(&project), Arc::new(Notify::new()));
        let told = begun.clone();
        let migrator = slow.migrator().on_event(move |event| {
            if matches!(event.progress, Progress::StepStarted { .. }) {
                told.notify_one();
            }
        });
        tokio::select! {
            result = migrator.up(pool.connect()) => panic!("it was to be slow: {result:?}"),
            () = begun.notified() => {}
        }
        pool.execute("select 1").await;
        project.file("versions/3_heron.up.sql", "-- dunlin: irreversible herons stay\ninsert into bird values (8, 'heron');");
        migrations(&project).up(pool.connect()).await.expect("the lock is free");
        assert_eq!(database.sql("select id, name from bird order by id"), "7|slow\n8|heron");
        assert_eq!(database.sql("select id from dunlin_migrations order by seq"), "1\n2\n3");
    }

    async fn a_lent_connection_is_as_it_was_afterwards(database: &Database) {
        let project = bird();
        macro_rules! lend {
            ($connection:ty) => {{
                let mut connection = <$connection as sqlx::Connection>::connect(&database.url).await.expect("a connection");
                migrations(&project).up(&mut connection).await.expect("it is applied");
                sqlx::raw_sql("insert into bird values (1, 'wren')").execute(&mut connection).await.expect("it runs");
                project.migration("2_broken", "insert into bird values (1, 'wren');", "delete from bird;");
                let failure = step_failure(migrations(&project).up(&mut connection).await);
                assert_eq!(failure.outcome, Outcome::RolledBack);
                sqlx::raw_sql("insert into bird values (2, 'heron')").execute(&mut connection).await.expect("it runs");
            }};
        }
        match database.dialect {
            Dialect::Sqlite => lend!(sqlx::SqliteConnection),
            Dialect::Postgres => lend!(sqlx::PgConnection),
            Dialect::Mysql => lend!(sqlx::MySqlConnection),
        }
        assert_eq!(database.sql("select count(*) from bird"), "2");
    }

    async fn a_run_can_be_spawned(database: &Database) {
        let (url, project) = (database.url.clone(), bird());
        let migrations = Arc::new(migrations(&project));
        let ours = migrations.clone();
        let run = tokio::spawn(async move { ours.up(&url).await });
        assert_eq!(run.await.expect("it does not panic").expect("it is applied").steps.len(), 1);
    }
}

/// Futures can move between threads: this compiles.
#[expect(dead_code, reason = "it only has to compile")]
fn every_future_is_send(migrations: &'static Migrations, pool: &sqlx::PgPool, lent: &mut sqlx::SqliteConnection) {
    fn is_send<T: Send>(_: T) {}
    use dunlin::Target::Head;
    use dunlin::schema::engine::{Grants, Ignored};
    is_send(migrations.up(pool));
    is_send(migrations.up(lent));
    is_send(migrations.down("", Head));
    is_send(migrations.to("", Head));
    is_send(migrations.plan("", Head));
    is_send(migrations.status(""));
    is_send(migrations.verify(""));
    is_send(migrations.history(""));
    is_send(migrations.migrator().redo("", Head));
    is_send(async {
        let migrator = migrations.migrator();
        let outlook = migrator.outlook("", dunlin::Goal::to(Head)).await?;
        let file = outlook.file()?;
        migrator.check_plan("", &file).await?;
        migrator.run_plan("", &file).await
    });
    is_send(async {
        let migrator = migrations.migrator();
        let schemas = dunlin::schema::Schemas::new(&migrator, Dialect::Postgres, Ignored::default());
        let from = schemas.of_migrations(Head).await?;
        let to = schemas.of_files(&[]).await?.schema;
        schemas.propose(&from, &to, &[]).await?;
        schemas.dump(&to, Grants::LeftOut, dunlin::schema::Unmodelled::Refused).await?;
        schemas.drift("".into()).await?;
        schemas.fingerprints().await?;
        Ok::<_, dunlin::schema::SchemaError>(())
    });
    is_send(async { migrations.migrator().wait(pool, Head, Duration::ZERO).await });
    is_send(async { dunlin::Database::at("")?.drop(dunlin::Clients::Keep).await });
    is_send::<Result<Report, dunlin::Error>>(Ok(Report::default()));
}
