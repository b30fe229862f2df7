//! Whoever lost its lease to another finds that out with its next write, whatever it writes.

use std::sync::{Arc, Mutex};

use dunlin::{Error, LockKind, Migrations, Migrator, Progress, Stamp, Target};
use dunlin_core::dialect::Dialect;

use crate::contract::birds::{bird, birds};
use crate::contract::migrations;
use crate::support::database::Database;
use crate::support::project::Project;

/// Takes the lease from whoever holds it, as a run does.
const STEAL: &str = "update dunlin_lock set token = token + 1, owner = 'a thief'";

/// When the lease is taken.
#[derive(Debug, Clone, Copy)]
enum When {
    LockObtained,
    StepStarted,
    StatementDone,
    StepDone,
    RepeatStarted,
}

impl When {
    fn is(self, progress: &Progress) -> bool {
        match self {
            When::LockObtained => matches!(progress, Progress::LockObtained { .. }),
            When::StepStarted => matches!(progress, Progress::StepStarted { .. }),
            When::StatementDone => matches!(progress, Progress::StatementDone { .. }),
            When::StepDone => matches!(progress, Progress::StepDone { .. }),
            When::RepeatStarted => matches!(progress, Progress::RepeatStarted { .. }),
        }
    }
}

/// Everything that the history says, and what the steps left.
fn contents(database: &Database) -> String {
    let tables =
        ["dunlin_migrations", "dunlin_events", "dunlin_statements", "dunlin_repeatable", "bird", "nest", "best"];
    let counts = tables.map(|table| {
        let count = database.try_sql(&format!("select count(*) from {table}")).unwrap_or_else(|_| "0".to_owned());
        format!("{table}: {count}")
    });
    let rows = database.sql("select id, state, up_checksum from dunlin_migrations order by id");
    format!("{}\n{rows}", counts.join("\n"))
}

/// Runs something under a lease that is taken away, and makes sure that nothing was written since.
async fn fenced(
    database: &Arc<Database>,
    migrations: &Migrations,
    when: When,
    run: impl AsyncFnOnce(Migrator<'_>, &str) -> Option<Error>,
) {
    let stolen = Arc::new(Mutex::new(None::<String>));
    let (seen, place) = (stolen.clone(), database.clone());
    let migrator = migrations.migrator().lock_kind(LockKind::Lease).on_event(move |event| {
        let mut seen = seen.lock().expect("nobody panicked");
        if when.is(&event.progress) && seen.is_none() {
            place.sql(STEAL);
            *seen = Some(contents(&place));
        }
    });
    let error = run(migrator, &database.url).await.unwrap_or_else(|| panic!("{when:?}: it is stopped"));
    assert!(error.to_string().contains("the lease was lost"), "{when:?}: {error}");
    let before = stolen.lock().expect("nobody panicked").take().expect("it was taken");
    assert_eq!(contents(database), before, "{when:?}");
    assert_eq!(database.sql("select owner from dunlin_lock"), "a thief", "it is not given back for the thief");
    database.sql("update dunlin_lock set owner = ''");
}

/// Databases of each server with one migration applied under a lease.
async fn prepared(project: &Project) -> Vec<Arc<Database>> {
    let mut prepared = Vec::new();
    for database in [Dialect::Postgres, Dialect::Mysql].into_iter().filter_map(Database::new) {
        let migrations = migrations(project);
        let migrator = migrations.migrator().lock_kind(LockKind::Lease);
        migrator.up_to(&database.url, Target::Forward(1)).await.expect("it is applied");
        prepared.push(Arc::new(database));
    }
    prepared
}

async fn up(migrator: Migrator<'_>, url: &str) -> Option<Error> {
    migrator.up(url).await.err()
}

#[tokio::test]
async fn a_step_is_fenced() {
    let project = birds();
    for database in prepared(&project).await {
        for when in [When::LockObtained, When::StepStarted, When::StatementDone] {
            fenced(&database, &migrations(&project), when, up).await;
        }
    }
}

#[tokio::test]
async fn the_step_behind_another_is_fenced() {
    let project = birds();
    for database in prepared(&project).await {
        fenced(&database, &migrations(&project), When::StepDone, up).await;
    }
}

#[tokio::test]
async fn a_step_outside_transactions_is_fenced() {
    let project = bird();
    let statements =
        "insert into bird values (1, 'wren');\ncreate table nest (id integer);\ncreate table best (id integer);\n";
    project.migration("2_nest", &format!("-- dunlin: transaction none\n{statements}"), "select 1;");
    for when in [When::LockObtained, When::StepStarted, When::StatementDone] {
        for database in prepared(&project).await {
            fenced(&database, &migrations(&project), when, up).await;
        }
    }
}

#[tokio::test]
async fn a_way_down_is_fenced() {
    let project = birds();
    for database in prepared(&project).await {
        migrations(&project).up(&database.url).await.expect("it is applied");
        let down = async |migrator: Migrator<'_>, url: &str| migrator.down(url, Target::Base).await.err();
        fenced(&database, &migrations(&project), When::StepStarted, down).await;
    }
}

#[tokio::test]
async fn a_stamp_and_a_skip_are_fenced() {
    let project = birds();
    for database in prepared(&project).await {
        let stamp = Stamp::at([Target::Head]);
        let stamp = async |migrator: Migrator<'_>, url: &str| migrator.stamp(url, &stamp).await.err();
        fenced(&database, &migrations(&project), When::LockObtained, stamp).await;
        let skip = async |migrator: Migrator<'_>, url: &str| migrator.skip(url, "2", "a test").await.err();
        fenced(&database, &migrations(&project), When::LockObtained, skip).await;
    }
}

#[tokio::test]
async fn a_heal_is_fenced() {
    for dialect in [Dialect::Postgres, Dialect::Mysql] {
        let Some(database) = Database::new(dialect) else { continue };
        let (database, project) = (Arc::new(database), bird());
        let lock = |line: &str| super::dunlin(&project, &database.url, line).run().expect_code(0);
        lock("lock");
        lock("up --lock lease");
        project.file("versions/1_bird.up.sql", "create table bird (id integer primary key, name varchar(21));\n");
        lock("lock --accept 1 --reason test");
        fenced(&database, &migrations(&project), When::LockObtained, up).await;
    }
}

#[tokio::test]
async fn a_repeatable_file_is_fenced() {
    for when in [When::LockObtained, When::RepeatStarted] {
        let project = bird();
        for database in prepared(&project).await {
            project.file("versions/repeatable/best.sql", "create or replace view best as select * from bird;\n");
            fenced(&database, &migrations(&project), when, up).await;
        }
    }
}

#[tokio::test]
async fn a_statement_that_fails_as_a_lost_lease_does_is_told_as_what_it_is() {
    for (dialect, wrong, message) in [
        (Dialect::Postgres, "select 1 / 0;", "division by zero"),
        (Dialect::Mysql, "select (select 1 union select 2);", "Subquery returns more than 1 row"),
    ] {
        let Some(database) = Database::new(dialect) else { continue };
        for header in ["", "-- dunlin: transaction none\n"] {
            let project = Project::new();
            project.migration("1_wrong", &format!("{header}{wrong}"), "select 1;");
            let migrations = migrations(&project);
            let error = migrations.migrator().lock_kind(LockKind::Lease).up(&database.url).await;
            let error = error.expect_err("it fails").to_string();
            assert!(error.contains(message) && !error.contains("lease"), "{error}");
        }
    }
}
