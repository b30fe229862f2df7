//! DDL that finds somebody in its way does not make everybody else wait behind it.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use dunlin::{Outcome, Progress};
use dunlin_core::dialect::Dialect;
use tokio::sync::Notify;

use super::{dunlin, pause, reader, reader_of, transaction};
use crate::contract::birds::bird;
use crate::contract::{has, migrations, step_failure};
use crate::support::database::Database;
use crate::support::environment::rounds;
use crate::support::project::Project;

const SERVERS: [Dialect; 2] = [Dialect::Postgres, Dialect::Mysql];

/// What a run told.
#[derive(Debug, Clone, Default)]
struct Told(Arc<Mutex<Vec<Progress>>>);

impl Told {
    fn listener(&self) -> impl Fn(&dunlin::RunEvent) + Send + Sync + 'static {
        let Told(told) = self.clone();
        move |event| told.lock().expect("nobody panicked").push(event.progress.clone())
    }

    fn any(&self, is: impl Fn(&Progress) -> bool) -> bool {
        self.0.lock().expect("nobody panicked").iter().any(is)
    }
}

/// Makes `1_bird`, applied, and a second migration with this text.
async fn with_second(database: &Database, up: &str) -> Project {
    let project = bird();
    migrations(&project).up(&database.url).await.expect("it is applied");
    project.migration("2_second", up, "select 1;");
    project
}

/// Reads `bird` again and again for as long as something takes, and returns how long the slowest read took.
async fn bystander(database: &Database, done: &Notify) -> Duration {
    macro_rules! reading {
        ($connection:ty) => {{
            let mut connection = <$connection as sqlx::Connection>::connect(&database.url).await.expect("a connection");
            let mut worst = Duration::ZERO;
            loop {
                let start = Instant::now();
                sqlx::raw_sql("select count(*) from bird").execute(&mut connection).await.expect("it reads");
                worst = worst.max(start.elapsed());
                tokio::select! {
                    () = done.notified() => return worst,
                    () = tokio::time::sleep(Duration::from_millis(50)) => {}
                }
            }
        }};
    }
    match database.dialect {
        Dialect::Sqlite => panic!("SQLite has no such readers"),
        Dialect::Postgres => reading!(sqlx::PgConnection),
        Dialect::Mysql => reading!(sqlx::MySqlConnection),
    }
}

#[tokio::test]
async fn a_reader_in_the_way_of_ddl_makes_a_bystander_wait_no_longer_than_the_timeout() {
    for dialect in SERVERS {
        for _ in 0..rounds(1, 10) {
            let Some(database) = Database::new(dialect) else { continue };
            let project = with_second(&database, "alter table bird add age integer;\n").await;
            let (set, told, done) = (migrations(&project), Told::default(), Notify::new());
            let migrator = set.migrator().on_event(told.listener());
            let reader = reader(&database).await;
            let start = Instant::now();
            let migrate = async {
                let result = migrator.up(&database.url).await;
                done.notify_one();
                result
            };
            let read = async {
                tokio::time::sleep(Duration::from_secs(4)).await;
                drop(reader);
            };
            let (result, worst, ()) = tokio::join!(migrate, bystander(&database, &done), read);
            result.expect("it is tried again");
            println!("{dialect}: the slowest read took {worst:?}, the whole {:?}", start.elapsed());
            assert!(worst < Duration::from_secs(2), "the slowest read took {worst:?}");
            assert!(start.elapsed() > Duration::from_secs(4));
            assert!(has(&database, "(select age from bird) b"));
            let names = |blocker: &str| blocker.contains("connection");
            assert!(told.any(|told| matches!(told, Progress::Blocked { blocker, .. } if names(blocker))), "{told:?}");
            let retried = |told: &Progress| matches!(told, Progress::Retrying { blocker: Some(_), .. });
            assert!(told.any(retried), "{told:?}");
        }
    }
}

/// Runs `up` with a reader in the way that does not go.
async fn given_up(database: &Database, project: &Project, line: &str) -> crate::support::command::Outcome {
    let _reader = reader(database).await;
    let command = dunlin(project, &database.url, line);
    tokio::task::spawn_blocking(move || command.run()).await.expect("it does not panic")
}

#[tokio::test]
async fn when_its_time_is_over_it_fails_and_names_who_was_in_the_way() {
    for dialect in SERVERS {
        let Some(database) = Database::new(dialect) else { continue };
        let project = with_second(&database, "alter table bird add age integer;\n").await;
        let start = Instant::now();
        let outcome = given_up(&database, &project, "up --retry 2s --lock-timeout 300ms").await.expect_code(5);
        assert!((2..15).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
        for said in [
            "  waiting for a lock (",
            "a lock was not obtained in time: in the way was ",
            "in the way: ",
            "it was tried ",
            "`2_second` was rolled back",
        ] {
            assert!(outcome.stderr.contains(said), "{said}: {}", outcome.snapshot());
        }
        dunlin(&project, &database.url, "up").run().expect_code(0);
    }
}

#[tokio::test]
async fn a_file_says_how_long_it_is_tried() {
    for dialect in SERVERS {
        let Some(database) = Database::new(dialect) else { continue };
        let header = "-- dunlin: lock-timeout 300ms\n-- dunlin: retry off\n";
        let project = with_second(&database, &format!("{header}alter table bird add age integer;\n")).await;
        let start = Instant::now();
        let outcome = given_up(&database, &project, "up --retry 1h --lock-timeout 1h").await.expect_code(5);
        assert!(start.elapsed() < Duration::from_secs(6), "{:?}", start.elapsed());
        assert!(!outcome.stderr.contains("it was tried"), "{}", outcome.snapshot());

        let header = "-- dunlin: lock-timeout 300ms\n-- dunlin: retry 2s\n";
        project.file("versions/2_second.up.sql", format!("{header}alter table bird add age integer;\n"));
        let outcome = given_up(&database, &project, "up --retry 1h").await.expect_code(5);
        assert!(outcome.stderr.contains("it was tried"), "{}", outcome.snapshot());
    }
}

#[tokio::test]
async fn a_repeatable_file_is_tried_again_too() {
    for dialect in SERVERS {
        let Some(database) = Database::new(dialect) else { continue };
        let project = bird();
        let view =
            |columns: &str| format!("drop view if exists best;\ncreate view best as select {columns} from bird;\n");
        project.file("versions/repeatable/best.sql", view("id"));
        migrations(&project).up(&database.url).await.expect("it is applied");
        project.file("versions/repeatable/best.sql", view("id, name"));
        let (set, told) = (migrations(&project), Told::default());
        let migrator = set.migrator().on_event(told.listener());
        let reader = reader_of(&database, "best").await;
        let read = async {
            tokio::time::sleep(Duration::from_millis(2500)).await;
            drop(reader);
        };
        let (result, ()) = tokio::join!(migrator.up(&database.url), read);
        result.expect("it is tried again");
        assert!(told.any(|told| matches!(told, Progress::Retrying { .. })), "{dialect}");
        assert!(has(&database, "(select name from best) b"));
    }
}

#[tokio::test]
async fn an_index_that_is_made_beside_others_waits_for_them() {
    let Some(database) = Database::postgres() else { return };
    let text = "-- dunlin: transaction none\ncreate index concurrently bird_name on bird (name);\n";
    let project = with_second(&database, text).await;
    let (set, told) = (migrations(&project), Told::default());
    let migrator = set.migrator().on_event(told.listener());
    let reader = reader(&database).await;
    let read = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        drop(reader);
    };
    let (result, ()) = tokio::join!(migrator.up(&database.url), read);
    result.expect("it waits");
    assert!(!told.any(|told| matches!(told, Progress::Retrying { .. })), "{told:?}");
}

#[tokio::test]
async fn a_lock_timeout_that_a_file_says_holds_for_rows_too() {
    for dialect in SERVERS {
        let Some(database) = Database::new(dialect) else { continue };
        let header = "-- dunlin: lock-timeout 1s\n-- dunlin: retry off\n";
        let text = format!("{header}update bird set name = 'heron' where id = 1;\n");
        let project = with_second(&database, &text).await;
        database.sql("insert into bird values (1, 'wren')");
        let _writer = transaction(&database, "update bird set name = 'robin' where id = 1").await;
        let start = Instant::now();
        let failure = step_failure(migrations(&project).up(&database.url).await);
        assert_eq!(failure.outcome, Outcome::RolledBack, "{failure}");
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    }
}

engines! {
    async fn a_statement_timeout_ends_a_statement(database: &Database) {
        for header in ["", "-- dunlin: transaction none\n"] {
            let Some(database) = Database::new(database.dialect) else { return };
            let slow = pause(database.dialect, 60_000);
            let text = format!("{header}-- dunlin: statement-timeout 600ms\n{slow};\n");
            let project = with_second(&database, &text).await;
            let start = Instant::now();
            let failure = step_failure(migrations(&project).up(&database.url).await);
            assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
            assert_eq!(failure.outcome, Outcome::RolledBack, "{failure}");
            assert!(failure.message.contains("timeout") && !failure.interrupted, "{failure}");
            assert_eq!(failure.statement, Some((1, 1)), "{failure}");
            assert_eq!(database.sql("select action from dunlin_events order by n desc limit 1"), "failed");
        }
    }

    async fn a_statement_timeout_is_for_each_statement_and_each_file_alone(database: &Database) {
        let short = format!("{};\n", pause(database.dialect, 300));
        let text = format!("-- dunlin: statement-timeout 3s\n{}", short.repeat(12));
        let project = with_second(database, &text).await;
        project.migration("3_slow", &format!("{};\n", pause(database.dialect, 3_500)), "select 1;");
        migrations(&project).up(&database.url).await.expect("each is quick enough");
    }

    async fn a_repeatable_file_has_a_statement_timeout_too(database: &Database) {
        let project = bird();
        let slow = pause(database.dialect, 60_000);
        project.file("versions/repeatable/slow.sql", format!("-- dunlin: statement-timeout 600ms\n{slow};\n"));
        let start = Instant::now();
        let failure = step_failure(migrations(&project).up(&database.url).await);
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
        assert!(failure.message.contains("timeout"), "{failure}");
    }
}
