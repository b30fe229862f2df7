//! Migrators on both nodes of a cluster: a lease keeps them apart, for the server's own locks do not.

use std::time::Duration;

use dunlin_core::dialect::Dialect;

use crate::contract::locking::{all_did, dunlin, is_running, marking, ran_once_and_one_after_the_other, until};
use crate::support::command::Command;
use crate::support::database::Database;
use crate::support::environment::rounds;
use crate::support::process::{Chance, run_together};
use crate::support::project::Project;
use crate::support::servers::Cluster;

const STEPS: usize = 4;

/// Everything that a run writes.
const WRITTEN: &str =
    "select n, action from dunlin_events; select * from mark; select id, state from dunlin_migrations";

/// Makes migrations that mark when they run, some with a table each.
fn project() -> Project {
    let project = marking(Dialect::Mysql, STEPS, 30);
    for n in [2, 4] {
        let name = format!("versions/{n}_step.up.sql");
        project.file(&name, format!("{}create table t{n} (id integer primary key);\n", project.read(&name)));
    }
    project
}

fn on_each_node(cluster: &Cluster, database: &Database, project: &Project, line: &str) -> [Command; 2] {
    cluster.nodes.each_ref().map(|node| dunlin(project, &database.url_at(node), line))
}

#[test]
fn of_two_migrators_on_two_nodes_each_step_has_one_winner() {
    let Some(cluster) = Cluster::new() else { return };
    for _ in 0..rounds(3, 50) {
        let (database, project) = (cluster.database(), project());
        let [first, second] = on_each_node(&cluster, &database, &project, "up");
        all_did(&run_together(&[first.clone(), second.clone(), first, second]), STEPS);
        ran_once_and_one_after_the_other(&database, STEPS);
        assert_eq!(database.sql("select owner, connection from dunlin_lock"), "|NULL");
    }
}

#[test]
fn a_migrator_that_is_killed_on_one_node_is_followed_by_one_on_the_other() {
    let Some(cluster) = Cluster::new() else { return };
    let mut chance = Chance::new();
    for _ in 0..rounds(2, 20) {
        let (database, project) = (cluster.database(), project());
        let [first, second] = on_each_node(&cluster, &database, &project, "up --lease-ttl 1s");
        let mut first = first.start();
        first.wait(chance.delay(Duration::from_millis(700)));
        first.kill();
        second.run().expect_code(0);
        ran_once_and_one_after_the_other(&database, STEPS);
    }
}

#[test]
fn a_migrator_that_was_stopped_writes_nothing_when_the_other_node_has_taken_over() {
    let Some(cluster) = Cluster::new() else { return };
    for _ in 0..rounds(1, 10) {
        let database = cluster.database();
        let project = marking(Dialect::Mysql, STEPS, 400);
        let [first, second] = on_each_node(&cluster, &database, &project, "up --lease-ttl 1s");
        let first = first.start();
        until("the second step runs", || is_running(&database, "sleep("));
        first.signal("STOP");
        until("its statement has ended", || !is_running(&database, "sleep("));
        // Its connection is to the other node, so twice its time is waited for.
        second.run().expect_code(0);
        ran_once_and_one_after_the_other(&database, STEPS);
        let before = database.sql(WRITTEN);
        first.signal("CONT");
        let outcome = first.finish();
        assert!(outcome.stderr.contains("the lease was lost"), "{}", outcome.snapshot());
        assert_eq!(before, database.sql(WRITTEN));
    }
}
