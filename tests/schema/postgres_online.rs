//! PostgreSQL without locking tables for long: a third of the corpus, there and back, by the runner on a real server.

use dunlin::schema::SchemaError;
use dunlin::schema::engine::{Pace, Pair as Ways};
use dunlin::{Migrations, Target};

use super::pairs::{self, Pair};
use super::postgres::{all_ways, counts, dumped, is_same, run};
use crate::support::database::Database;
use crate::support::environment;
use crate::support::project::Project;

/// Checks one pair; returns what is wrong with it. What is refused is refused by name.
async fn check(pair: &Pair) -> Result<(), String> {
    let (database, wanted) = (Database::postgres().expect("a server"), Database::postgres().expect("a server"));
    let (database, wanted) = (&database.superuser_url(), &wanted.superuser_url());
    if pair.to.starts_with("refused:") {
        return Ok(());
    }
    let ways = match all_ways(pair, &pair.to, database, Pace::Online).await {
        Ok(ways) => ways,
        Err(SchemaError::Refused(_)) => return Ok(()),
        Err(error) => return Err(error.to_string()),
    };
    run(database, &pair.from).await?;
    run(wanted, &pair.to).await?;
    let (from, to) = (dumped(database), dumped(wanted));
    for row in &pair.rows {
        run(database, row).await?;
    }
    let before = counts(database).await;
    let project = Project::new();
    for (way, number) in ways.iter().zip(1..) {
        project.file(&format!("versions/{number:02}_step.up.sql"), way.up_text());
        project.file(&format!("versions/{number:02}_step.down.sql"), way.down_text());
    }
    if ways.is_empty() {
        return is_same(&dumped(database), &to).await;
    }
    let written = || ways.iter().map(Ways::up_text).collect::<Vec<_>>().join("\n----\n");
    let migrations = Migrations::on_disk(project.versions());
    migrations.up(database).await.map_err(|error| format!("up: {error}\n{}", written()))?;
    is_same(&dumped(database), &to).await.map_err(|left| format!("up leads elsewhere:\n{left}\nby\n{}", written()))?;
    let reached = counts(database).await;
    for (table, count) in &before {
        if reached.iter().any(|(other, now)| other == table && now != count) {
            return Err(format!("up leaves {reached:?} of {before:?} by {}", written()));
        }
    }
    migrations.down(database, Target::Base).await.map_err(|error| format!("down: {error}"))?;
    is_same(&dumped(database), &from).await.map_err(|left| format!("down leads elsewhere:\n{left}\nby\n{}", written()))
}

/// Each part is one pair of so many.
const PARTS: usize = 9;

fn every_pair_leads_there_and_back(part: usize) {
    if Database::postgres().is_none() {
        return;
    }
    let pairs = pairs::read(include_str!("postgres.pairs"));
    pairs::all_pass(pairs.iter().skip(part).step_by(PARTS * environment::rounds(6, 1)), check);
}

/// PostgreSQL takes seconds over a pair: a sixth of these daily, all of them in a soak.
mod soak {
    parts! {
        super::every_pair_leads_there_and_back;
        every_pair_leads_there_and_back_1: 0
        every_pair_leads_there_and_back_2: 1
        every_pair_leads_there_and_back_3: 2
    }
}
