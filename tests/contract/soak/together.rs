//! Processes that start at the same time: each migration runs once, and nobody fails.

use crate::support::command::Command;
use crate::support::database::Database;
use crate::support::environment::rounds;
use crate::support::process::run_together;
use crate::support::project::Project;

const PROCESSES: usize = 16;

/// Names the program that brings a database to its head.
pub(in crate::contract) fn migrate(project: &Project, database: &Database) -> Command {
    Command::new(env!("CARGO_BIN_EXE_migrate")).argument(project.versions()).argument(&database.url)
}

/// Makes a project whose every migration leaves a row in `log`, and one table each.
pub(super) fn logged(count: usize) -> Project {
    let project = Project::new();
    project.migration("1_log", "create table log (n integer);", "drop table log;");
    for n in 2..=count {
        // On an engine that cannot roll DDL back, every other step can be rolled back all the same.
        let table = if n % 2 == 0 { format!("create table t{n} (id integer);\n") } else { String::new() };
        let drop = if n % 2 == 0 { format!("drop table t{n};") } else { format!("delete from log where n = {n};") };
        project.migration(&format!("{n}_step"), &format!("insert into log values ({n});\n{table}"), &drop);
    }
    project
}

fn all_once(project: &Project, database: &Database, count: usize) {
    let outcomes = run_together(&vec![migrate(project, database); PROCESSES]);
    for outcome in &outcomes {
        assert_eq!(outcome.code, Some(0), "{}", outcome.snapshot());
    }
    let steps: Vec<_> = outcomes.iter().flat_map(|outcome| outcome.stdout.lines()).collect();
    assert_eq!(steps.len(), count, "{steps:?}");
    let expected: Vec<_> = (2..=count).map(|n| n.to_string()).collect();
    assert_eq!(database.sql("select n from log order by n"), expected.join("\n"));
    assert_eq!(database.sql("select count(*) from dunlin_migrations where state = 'applied'"), count.to_string());
    assert_eq!(database.sql("select count(*) from dunlin_events"), count.to_string());
}

engines! {
    async fn sixteen_processes_apply_each_migration_once(database: &Database) {
        for _ in 0..rounds(1, 20) {
            let Some(database) = Database::new(database.dialect) else { return };
            all_once(&logged(10), &database, 10);
        }
    }

    async fn sixteen_processes_apply_each_migration_once_outside_transactions_too(database: &Database) {
        for _ in 0..rounds(1, 20) {
            let Some(database) = Database::new(database.dialect) else { return };
            let project = logged(10);
            for n in [3, 4, 8] {
                let up = project.read(&format!("versions/{n}_step.up.sql"));
                project.file(&format!("versions/{n}_step.up.sql"), format!("-- dunlin: transaction none\n{up}"));
            }
            all_once(&project, &database, 10);
        }
    }
}
