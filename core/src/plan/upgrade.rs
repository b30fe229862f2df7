//! The steps up.

use std::collections::HashSet;

use super::{Applied, PlanError, Step, resolve};
use crate::migration::{Direction, MigrationId, Migrations};
use crate::target::Target;

/// Returns the pending migrations up to a target, in graph order.
pub(super) fn steps(migrations: &Migrations, applied: &[Applied], target: &Target) -> Result<Vec<Step>, PlanError> {
    let is_applied: HashSet<&MigrationId> = applied.iter().map(|row| &row.id).collect();
    let (wanted, most) = match target {
        Target::Head | Target::Forward(_) | Target::Heads => {
            let heads = migrations.heads();
            if *target == Target::Head && heads.len() > 1 {
                return Err(PlanError::MultipleHeads(heads.into_iter().map(|head| head.name()).collect()));
            }
            let most = if let Target::Forward(n) = target { *n } else { usize::MAX };
            (vec![true; migrations.len()], most)
        }
        Target::Migration(name) => {
            let id = resolve::migration(migrations, applied, name)?;
            (migrations.graph().with_ancestors(migrations.place(&id)), usize::MAX)
        }
        Target::Base | Target::Back(_) => {
            return Err(PlanError::WrongWay { target: target.clone(), direction: Direction::Up });
        }
    };
    let pending =
        migrations.iter().zip(wanted).filter(|(migration, wanted)| *wanted && !is_applied.contains(&migration.id));
    Ok(pending
        .take(most)
        .map(|(migration, _)| Step { direction: Direction::Up, migration: migration.clone() })
        .collect())
}
