//! Tests of migrations on each engine: what they find, and that nothing of them stays.

use std::time::Duration;

use dunlin::core::dialect::Dialect;
use dunlin::schema::engine::Ignored;
use dunlin::schema::{SchemaError, Schemas, TestFault, TestFile, TestOutcome, TestReport, Tests};

use super::migrations;
use crate::support::command::Command;
use crate::support::database::Database;
use crate::support::engines;
use crate::support::project::Project;

const BIRD: &str = "create table bird (id integer primary key, name varchar(20));\n";

/// A project with one table.
fn bird() -> Project {
    let project = Project::new();
    project.migration("1_bird", BIRD, "drop table bird;\n");
    project
}

async fn tested(project: &Project, database: &Database, tests: Tests) -> Result<TestReport, SchemaError> {
    let migrations = migrations(project);
    let migrator = migrations.migrator();
    let url = database.superuser_url();
    let schemas = Schemas::new(&migrator, database.dialect, Ignored::default());
    let schemas = if database.dialect == Dialect::Sqlite { schemas } else { schemas.scratch_beside(url) };
    let revisions = migrations.directory().expect("files in order").revisions();
    let files = TestFile::of_folder(&project.path().join("tests"), "tests", revisions).expect("tests in order");
    schemas.test(&tests.files(files)).await
}

/// Writes down what was found.
fn told(report: &TestReport) -> Vec<String> {
    let outcome = |outcome: &TestOutcome| match outcome {
        TestOutcome::Passed => "passed".to_owned(),
        TestOutcome::Irreversible { .. } => "up only".to_owned(),
        TestOutcome::Failed(faults) => faults
            .iter()
            .map(|fault| match fault {
                TestFault::Differs { stage, .. } => format!("{stage:?}: {}", fault.details().join("|")),
                TestFault::RowsLost { stage, table, before, after } => {
                    format!("{stage:?}: {table} {before}, {after}")
                }
                TestFault::CheckFails { rows, .. } => format!("check: {rows:?}"),
                other => format!("{:?}: fails", other.stage()),
            })
            .collect::<Vec<_>>()
            .join("; "),
        other => format!("{other:?}"),
    };
    let tests = report.tests.iter().map(|test| format!("{}: {}", test.name, outcome(&test.outcome)));
    tests.chain(report.states.iter().map(|state| format!("from {}: {}", state.from, outcome(&state.outcome)))).collect()
}

fn drops_index(dialect: Dialect) -> &'static str {
    if dialect == Dialect::Mysql { "drop index by_name on bird;\n" } else { "drop index by_name;\n" }
}

engines! {
    async fn what_leads_back_passes_from_every_state(database: &Database) {
        let project = bird();
        project
            .migration("2_find", "create index by_name on bird (name);\n", drops_index(database.dialect))
            .migration("3_view", "create view birds as select name from bird;\n", "drop view birds;\n")
            .file("versions/4_end.up.sql", "-- dunlin: irreversible it is over\ncreate table egg (id integer primary key);\n");
        let report = tested(&project, database, Tests::new().all_states()).await.expect("a report");
        assert!(report.has_passed());
        assert_eq!(
            told(&report),
            [
                "1_bird: passed", "2_find: passed", "3_view: passed", "4_end: up only",
                "from base: up only", "from 1_bird: up only", "from 2_find: up only", "from 3_view: up only",
            ]
        );
    }

    async fn a_way_down_that_forgets_an_index_is_found(database: &Database) {
        let project = bird();
        project
            .migration("2_find", "create index by_name on bird (name);\n", "select 1;\n")
            .migration("3_egg", "create table egg (id integer primary key);\n", "drop table egg;\n");
        let told = told(&tested(&project, database, Tests::new()).await.expect("a report"));
        let [first, second, third] = &told[..] else { panic!("{told:#?}") };
        assert_eq!((&**first, &**third), ("1_bird: passed", "3_egg: passed"));
        assert!(second.starts_with("2_find: Down: ~ table bird|    + index"), "{second}");
        assert!(second.ends_with("; UpAgain: fails"), "{second}");
    }

    async fn rows_stay_through_down_and_up(database: &Database) {
        let project = bird();
        project
            .migration("2_age", "alter table bird add column age integer;\nupdate bird set age = id;\n", "alter table bird drop column age;\n")
            .file("tests/2.seed.sql", "insert into bird values (1, 'owl'), (2, 'tit');\n")
            .file("tests/2.check.sql", "select count(*) = 2 and min(age) = 1 from bird;\nselect name, age from bird;\n")
            .migration("3_lost", "create table kept (id integer primary key);\n", "drop table kept;\ndrop table bird;\ncreate table bird (id integer primary key, name varchar(20), age integer);\n")
            .file("tests/3.seed.sql", "insert into bird values (1, 'owl', 3);\n");
        let report = tested(&project, database, Tests::new()).await.expect("a report");
        assert_eq!(told(&report), ["1_bird: passed", "2_age: passed", "3_lost: Down: bird 1, 0"]);
        assert!(report.tests[1].is_seeded);
        assert_eq!(report.tests[1].checks, 2);
    }

    async fn scratch_databases_are_gone_behind_a_test(database: &Database) {
        let name = match database.dialect {
            Dialect::Sqlite => return,
            Dialect::Postgres => "current_database()",
            Dialect::Mysql => "database()",
        };
        let project = bird();
        // A check that fails says in which database it was made.
        project.file("tests/1.check.sql", format!("select {name}, 0;\n"));
        let report = tested(&project, database, Tests::new()).await.expect("a report");
        let TestOutcome::Failed(faults) = &report.tests[0].outcome else { panic!("{report:#?}") };
        let TestFault::CheckFails { rows, .. } = &faults[0] else { panic!("{faults:#?}") };
        let scratch = rows[0][0].clone().expect("a name");
        assert!(scratch.starts_with("dunlin_scratch_"), "{scratch}");
        assert!(!is_there(database, &scratch));
    }

    async fn nothing_reaches_out_of_a_scratch_database(database: &Database) {
        let role = match database.dialect {
            Dialect::Sqlite => return,
            Dialect::Postgres => "create role bird_watcher;\n",
            Dialect::Mysql => "create user bird_watcher;\n",
        };
        let project = bird();
        project.migration("2_role", "select 1;\n", role);
        let error = tested(&project, database, Tests::new()).await.expect_err("it reaches out").to_string();
        assert!(error.contains("2_role.down.sql:1: this cannot be replayed beside the database"), "{error}");
        project.migration("2_role", "select 1;\n", "select 1;\n").file("tests/2.seed.sql", role);
        let error = tested(&project, database, Tests::new()).await.expect_err("it reaches out").to_string();
        assert!(error.contains("tests/2.seed.sql:1: this cannot be replayed beside the database"), "{error}");
    }

    async fn an_interrupted_test_leaves_no_scratch_database(database: &Database) {
        let (sleeps, running) = match database.dialect {
            Dialect::Sqlite => return,
            Dialect::Postgres => (
                "select pg_sleep(57.31);\n",
                "select datname from pg_stat_activity where query like '%pg_sleep(57.31)%' and datname like 'dunlin\\_scratch%'",
            ),
            Dialect::Mysql => (
                "select sleep(57.31);\n",
                "select db from information_schema.processlist where info like '%sleep(57.31)%' and db like 'dunlin\\_scratch%'",
            ),
        };
        let project = bird();
        project.migration("2_slow", sleeps, "select 1;\n");
        let test = Command::dunlin(&project).argument("test").variable("DATABASE_URL", database.superuser_url()).start();
        let mut scratch = String::new();
        while scratch.is_empty() {
            std::thread::sleep(Duration::from_millis(50));
            scratch = database.superuser_sql(running).trim().to_owned();
        }
        test.interrupt();
        let outcome = test.finish().expect_code(130);
        assert!(outcome.stderr.ends_with("error: interrupted; the scratch databases are dropped, and nothing was written\n"), "{}", outcome.snapshot());
        assert!(!is_there(database, &scratch), "{scratch} is left");
    }
}

fn is_there(database: &Database, name: &str) -> bool {
    let all = match database.dialect {
        Dialect::Mysql => "select schema_name from information_schema.schemata",
        _ => "select datname from pg_database",
    };
    database.superuser_sql(all).lines().any(|other| other.trim() == name)
}

#[test]
fn a_text_that_postgresql_prints_otherwise_is_no_difference() {
    engines::on(Dialect::Postgres, async |database| {
        let project = Project::new();
        project
            .migration("1_bird", "create table bird (name varchar(9) check (name in ('owl', 'tit')));\n", "drop table bird;\n")
            .migration(
                "2_any",
                "alter table bird drop constraint bird_name_check;\n",
                "alter table bird add constraint bird_name_check CHECK (name::text = ANY (ARRAY['owl'::character varying, 'tit'::character varying]::text[]));\n",
            );
        let report = tested(&project, database, Tests::new()).await.expect("a report");
        assert_eq!(told(&report), ["1_bird: passed", "2_any: passed"]);
    });
}
