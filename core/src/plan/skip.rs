//! Skipping: one pending migration that is to count as applied without being run.

use super::waiting::waits_for;
use super::{Applied, PlanError, Resolver, State, View};
use crate::header::Dependency;
use crate::migration::{MigrationId, Migrations, SharedMigration};
use crate::text::list;

/// Why a migration is not skipped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SkipError {
    /// The name means no migration, or several.
    #[error(transparent)]
    Name(#[from] PlanError),
    /// It is applied.
    #[error("`{0}` is applied, so there is nothing to skip")]
    Applied(String),
    /// A step of it began and did not end.
    #[error("`{0}` began and did not end, so it is too late to skip it")]
    Unfinished(String),
    /// What must be applied before it is not.
    #[error("`{name}` comes after {}, which {} not applied", list(.waits_for), if .waits_for.len() == 1 { "is" } else { "are" })]
    Early {
        /// The migration.
        name: String,
        /// Its parents and dependencies that are not applied whole.
        waits_for: Vec<String>,
    },
}

impl SkipError {
    /// Returns the ways out.
    pub fn hints(&self) -> Vec<String> {
        match self {
            SkipError::Name(error) => error.hints(),
            SkipError::Applied(name) => vec![format!("`dunlin show {name}` tells when it was applied")],
            SkipError::Unfinished(name) => {
                vec![format!(
                    "`dunlin status` shows what is in place; `dunlin mark {name} applied --reason \"…\"` counts it as applied"
                )]
            }
            SkipError::Early { waits_for, .. } => {
                let first = waits_for.first().map_or("", String::as_str);
                vec![format!("`dunlin up {first}` applies that, and what comes before it")]
            }
        }
    }
}

/// Decides which migration a name means that is to be skipped. It must be pending, and what comes before it applied.
///
/// `elsewhere` are those of the migrations of other sets that it depends on which are applied.
pub fn skip(
    migrations: &Migrations,
    applied: &[Applied],
    elsewhere: &[Dependency],
    name: &str,
) -> Result<SharedMigration, SkipError> {
    let view = View::new(migrations, applied, &[]);
    let (migrations, applied) = (view.migrations(), view.rows());
    let id = Resolver::new(migrations.revisions()).named(name)?;
    let Some(migration) = migrations.get(&id) else {
        return Err(PlanError::UnknownTarget { name: name.to_owned(), nearest: None }.into());
    };
    let state = |id: &MigrationId| applied.iter().find(|row| row.id == *id).map(|row| row.state);
    match state(&id) {
        Some(State::Applied) => return Err(SkipError::Applied(migration.name())),
        Some(State::Applying | State::Reverting) => return Err(SkipError::Unfinished(migration.name())),
        None => {}
    }
    let waits_for = waits_for(migrations, migration, applied, elsewhere);
    if waits_for.is_empty() {
        Ok(migration.clone())
    } else {
        Err(SkipError::Early { name: migration.name(), waits_for })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{graph, row};
    use super::*;
    use crate::migration::SetName;

    const LINES: &str = "1_a\n2_b < 1\n3_c < 2\n4_d < 1 & 3 auth/7 : side";

    fn skipped(held: &str, elsewhere: &[Dependency], name: &str) -> String {
        let migrations = graph(LINES);
        let rows: Vec<Applied> = migrations
            .iter()
            .enumerate()
            .filter(|(_, migration)| held.contains(migration.id.as_str()))
            .map(|(n, migration)| {
                let is_unfinished = held.contains(&format!("{}!", migration.id));
                let state = if is_unfinished { State::Reverting } else { State::Applied };
                Applied { state, ..row(migration, n + 1) }
            })
            .collect();
        let skipped = skip(&migrations, &rows, elsewhere, name);
        skipped.map_or_else(|error| error.to_string(), |migration| migration.name())
    }

    #[test]
    fn a_pending_migration_behind_applied_ones_is_skipped() {
        assert_eq!(skipped("", &[], "1"), "1_a");
        assert_eq!(skipped("1", &[], "b"), "2_b");
    }

    #[test]
    fn what_is_applied_or_unfinished_or_waits_for_something_is_not() {
        assert_eq!(skipped("1", &[], "1_a"), "`1_a` is applied, so there is nothing to skip");
        assert_eq!(skipped("1!", &[], "1"), "`1_a` began and did not end, so it is too late to skip it");
        assert_eq!(skipped("1!", &[], "2"), "`2_b` comes after `1_a`, which is not applied");
        assert_eq!(skipped("1", &[], "4"), "`4_d` comes after `3_c` and `auth/7`, which are not applied");
        assert_eq!(skipped("1", &[], "9"), "no migration is called `9`");
    }

    #[test]
    fn a_migration_of_another_set_counts_where_it_is_applied() {
        let seven = Dependency { set: SetName::new("auth").ok(), id: "7".parse().unwrap() };
        assert_eq!(skipped("1 2 3", std::slice::from_ref(&seven), "side"), "4_d");
        assert_eq!(skipped("1 2 3", &[], "side"), "`4_d` comes after `auth/7`, which is not applied");
    }
}
