//! Databases that are not there yet: what is tried again, what is waited for, and what is told at once.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use dunlin::{Clients, Creation, Dialect, Error, Progress, RunEvent, Target};
use sqlx::Connection;
use url::Url;

use super::birds::{bird, birds};
use super::{has, migrations, refused};
use crate::support::database::Database;
use crate::support::gate::Gate;
use crate::support::servers::Killable;

/// Long enough for everything here; no test waits for it.
const LONG: Duration = Duration::from_secs(50);

/// What was told while something was waited for.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<Progress>>>);

impl Told {
    fn listener(&self) -> impl Fn(&RunEvent) + Send + Sync + 'static {
        let told = self.0.clone();
        move |event| told.lock().expect("no panic").push(event.progress.clone())
    }

    fn waits(&self) -> usize {
        let is_wait = |told: &&Progress| matches!(told, Progress::Unreachable { .. } | Progress::NotApplied { .. });
        self.0.lock().expect("no panic").iter().filter(is_wait).count()
    }

    /// Waits until it was told that it is waited.
    async fn first_wait(&self) {
        while self.waits() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

fn servers() -> impl Iterator<Item = Database> {
    [Dialect::Postgres, Dialect::Mysql].into_iter().filter_map(Database::new)
}

fn whole(database: &Database) -> dunlin::Database {
    dunlin::Database::at(database.superuser_url()).expect("a URL")
}

#[tokio::test]
async fn a_server_that_starts_late_is_tried_again() {
    for database in servers() {
        let (gate, url) = Gate::closed(&database.url);
        let (project, told) = (bird(), Told::default());
        let migrations = migrations(&project);
        let error = migrations.up(&url).await.expect_err("nobody listens");
        assert!(!error.to_string().contains("within"), "it was tried once: {error}");
        let migrator = migrations.migrator().connect_wait(LONG).on_event(told.listener());
        let (report, ()) = tokio::join!(migrator.up(&url), async {
            told.first_wait().await;
            gate.open();
        });
        assert_eq!(report.expect("it is applied").steps.len(), 1);
    }
}

#[tokio::test]
async fn a_server_that_never_starts_is_given_up() {
    let project = bird();
    for url in ["postgres://ann@127.0.0.1:1/app", "mysql://ann@127.0.0.1:1/app"] {
        let told = Told::default();
        let impatient = Duration::from_millis(800);
        let migrator = migrations(&project);
        let migrator = migrator.migrator().connect_wait(impatient).on_event(told.listener());
        match migrator.up(url).await {
            Err(error @ Error::Connect { waited, .. }) => {
                assert!(waited >= impatient, "{waited:?}");
                assert!(error.to_string().contains(" within 0."), "{error}");
            }
            other => panic!("nobody listens: {other:?}"),
        }
        assert_eq!(told.waits(), 1, "it is told now and then, not each time");
    }
}

#[tokio::test]
async fn a_server_that_lets_nobody_more_in_is_tried_again() {
    for database in servers() {
        let owner = Url::parse(&database.url).expect("a URL").username().to_owned();
        let name = database.url.rsplit('/').next().expect("a name").to_owned();
        let (url, guest) = match database.dialect {
            Dialect::Postgres => {
                database.superuser_sql(&format!("alter database {name} connection limit 1"));
                (database.url.clone(), owner)
            }
            _ => {
                database.superuser_sql(&format!(
                    "create user {name} identified by 'x' with max_user_connections 1; grant all on {name}.* to {name}"
                ));
                let mut url = Url::parse(&database.url).expect("a URL");
                url.set_username(&name).and_then(|()| url.set_password(Some("x"))).expect("a URL with a host");
                (url.to_string(), name)
            }
        };
        let told = Told::default();
        let project = bird();
        let migrations = migrations(&project);
        let migrator = migrations.migrator().connect_wait(LONG).on_event(told.listener());
        macro_rules! crowded {
            ($connection:ty) => {{
                let held = <$connection as Connection>::connect(&url).await.expect("the one that is allowed");
                let error = migrations.up(&url).await.expect_err("it is one too many");
                assert!(matches!(error, Error::Connect { .. }), "{error}");
                let (report, ()) = tokio::join!(migrator.up(&url), async {
                    told.first_wait().await;
                    held.close().await.expect("it closes");
                });
                report.expect("it is applied");
            }};
        }
        match database.dialect {
            Dialect::Postgres => crowded!(sqlx::PgConnection),
            _ => crowded!(sqlx::MySqlConnection),
        }
        if database.dialect == Dialect::Mysql {
            database.superuser_sql(&format!("drop user {guest}"));
        }
    }
}

#[tokio::test]
async fn what_a_person_must_mend_is_told_at_once() {
    for database in servers() {
        let mut url = Url::parse(&database.url).expect("a URL");
        url.set_password(Some("wrong")).expect("a URL with a host");
        let (project, told) = (bird(), Told::default());
        let migrations = migrations(&project);
        let patient = migrations.migrator().connect_wait(LONG).on_event(told.listener());
        let whole = dunlin::Database::at(url.as_str()).expect("a URL").on_event(told.listener());
        for error in [
            patient.up(url.as_str()).await.map(drop).expect_err("a wrong password"),
            patient.wait(url.as_str(), Target::Heads, LONG).await.expect_err("a wrong password"),
            whole.wait(LONG).await.expect_err("a wrong password"),
        ] {
            assert!(error.to_string().to_lowercase().contains("password"), "{error}");
        }
        // A migrator makes no database, so that it waits for none; `wait` waits for whoever makes it.
        url = Url::parse(&database.url).expect("a URL");
        url.set_path("/dunlin_nowhere");
        let error = patient.up(url.as_str()).await.expect_err("there is none");
        assert!(error.hints().join(" ").contains("`dunlin db create`"), "{:?}", error.hints());
        assert_eq!(told.waits(), 0);
    }
}

#[tokio::test]
async fn a_server_that_was_killed_is_waited_for() {
    for dialect in [Dialect::Postgres, Dialect::Mysql] {
        let Some(server) = Killable::new(dialect) else { continue };
        let database = Database::on(dialect, &server.address);
        server.kill();
        // It is down, then it starts, reads its log, and lets nobody in before it has.
        dunlin::Database::at(&*database.url).expect("a URL").wait(LONG).await.expect("it comes back");
        assert_eq!(database.sql("select 1"), "1");
        server.await_again();
    }
}

engines! {
    async fn wait_waits_for_a_database_that_is_made(database: &Database) {
        let (whole, told) = (whole(database), Told::default());
        let gone = whole.clone().on_event(told.listener());
        let folder = database.url.strip_prefix("sqlite://").map(std::path::Path::new).and_then(std::path::Path::parent);
        let away = folder.map(|folder| folder.with_extension("away"));
        match (folder, &away) {
            // Of SQLite, it is the folder that somebody may still make.
            (Some(folder), Some(away)) => std::fs::rename(folder, away).expect("it moves"),
            _ => drop(whole.drop(Clients::Keep).await.expect("it is dropped")),
        }
        let (answered, ()) = tokio::join!(gone.wait(LONG), async {
            told.first_wait().await;
            match (folder, &away) {
                (Some(folder), Some(away)) => std::fs::rename(away, folder).expect("it moves"),
                _ => assert_eq!(whole.create().await.expect("it is made"), Creation::Created),
            }
        });
        answered.expect("it is there");
    }

    async fn waiting_creates_nothing(database: &Database) {
        let project = bird();
        let migrations = migrations(&project);
        let brief = Duration::from_millis(200);
        let file = database.url.strip_prefix("sqlite://").map(std::path::Path::new);
        file.map_or(Ok(()), std::fs::remove_file).expect("an empty file");
        dunlin::Database::at(&*database.url).expect("a URL").wait(brief).await.expect("it could be made");
        let error = migrations.migrator().wait(&database.url, Target::Heads, brief).await.expect_err("nobody applies");
        assert!(matches!(&error, Error::NotApplied { names, .. } if *names == ["1_bird"]), "{error:?}");
        match file {
            Some(file) => assert!(!file.exists()),
            None => assert!(!has(database, "dunlin_layout")),
        }
    }

    async fn wait_ends_when_another_run_has_applied_everything(database: &Database) {
        let (early, project) = (bird(), birds());
        let (told, patient) = (Told::default(), migrations(&project));
        let patient = patient.migrator().on_event(told.listener());
        let (awaited, ()) = tokio::join!(patient.wait(&database.url, Target::Heads, LONG), async {
            told.first_wait().await;
            // The half of it does not do.
            migrations(&early).up(&database.url).await.expect("it is applied");
            patient.wait(&database.url, "1".parse().expect("a target"), LONG).await.expect("so far it is");
            migrations(&project).up(&database.url).await.expect("it is applied");
        });
        awaited.expect("everything is applied");
        patient.wait(&database.url, Target::Heads, Duration::ZERO).await.expect("and stays so");
    }

    async fn a_step_that_has_begun_is_waited_for_and_an_edit_is_not(database: &Database) {
        let project = birds();
        let migrations = migrations(&project);
        migrations.up(&database.url).await.expect("it is applied");
        database.sql("update dunlin_migrations set state = 'applying' where id = '3'");
        let told = Told::default();
        let patient = migrations.migrator().on_event(told.listener());
        let error = patient.wait(&database.url, Target::Heads, Duration::from_millis(200)).await.expect_err("unfinished");
        assert!(matches!(&error, Error::NotApplied { names, .. } if *names == ["3_nest"]), "{error:?}");
        let (awaited, ()) = tokio::join!(patient.wait(&database.url, Target::Heads, LONG), async {
            database.sql("update dunlin_migrations set state = 'applied' where id = '3'");
        });
        awaited.expect("the step has ended");

        project.file("versions/1_bird.up.sql", "create table bird (id bigint);");
        let (edited, told) = (super::migrations(&project), Told::default());
        let patient = edited.migrator().on_event(told.listener());
        refused(patient.wait(&database.url, Target::Heads, LONG).await);
        assert_eq!(told.waits(), 0);
    }

    async fn a_pool_can_wait_too(database: &Database) {
        let (project, told) = (bird(), Told::default());
        let migrations = migrations(&project);
        let patient = migrations.migrator().on_event(told.listener());
        macro_rules! wait {
            ($pool:ty) => {{
                let pool = <$pool>::connect(&database.url).await.expect("a pool");
                let (awaited, ()) = tokio::join!(patient.wait(&pool, Target::Heads, LONG), async {
                    told.first_wait().await;
                    migrations.up(&pool).await.expect("it is applied");
                });
                awaited.expect("everything is applied");
            }};
        }
        match database.dialect {
            Dialect::Sqlite => wait!(sqlx::SqlitePool),
            Dialect::Postgres => wait!(sqlx::PgPool),
            Dialect::Mysql => wait!(sqlx::MySqlPool),
        }
    }
}
