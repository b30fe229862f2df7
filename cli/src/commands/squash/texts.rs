//! What the files of a squash hold: the texts joined, or statements that were planned anew.

use dunlin::core::directory::Directory;
use dunlin::core::file_name::{FileName, Part};
use dunlin::core::migration::Direction;
use dunlin::core::squash::Squash;
use dunlin::schema::Schemas;

use super::CannotSquash;
use crate::context::Context;
use crate::new_migration::NewMigration;
use crate::problem::Problem;

/// The statements of both ways.
pub(super) struct Texts {
    up: String,
    down: String,
}

impl Texts {
    /// Joins the texts.
    pub(super) fn joined(squash: &Squash<'_>) -> Texts {
        Texts { up: squash.joined(Direction::Up), down: squash.joined(Direction::Down) }
    }

    /// Returns the files: name and text, the up file first.
    pub(super) fn files(
        &self,
        made: &NewMigration,
        squash: &Squash<'_>,
        directory: &Directory,
    ) -> Vec<(String, String)> {
        let stem = made.files.first().map_or("", |(name, _)| name.split('.').next().unwrap_or(name));
        let engine = squash.engine().map_or(String::new(), |engine| format!(".{}", engine.facts().word));
        let up = squash.text(Direction::Up, &self.up);
        if is_plain(directory) {
            return vec![(format!("{stem}.sql"), up)];
        }
        let mut files = vec![(format!("{stem}{engine}.up.sql"), up)];
        if squash.irreversible().is_none() {
            files.push((format!("{stem}{engine}.down.sql"), squash.text(Direction::Down, &self.down)));
        }
        files
    }
}

/// Plans the statements anew, from what is there before to what is there behind.
pub(super) async fn compacted(
    squash: &Squash<'_>,
    schemas: &Schemas<'_>,
    context: &Context<'_>,
) -> Result<Texts, Problem> {
    let Some(last) = squash.replaces().last() else { return Err(CannotSquash::NothingLeft.into()) };
    let proposal = context.watched(schemas.compacted(squash.parents(), last)).await?;
    let Some(pair) = proposal.pairs.first() else { return Err(CannotSquash::NothingLeft.into()) };
    let losses: Vec<String> = proposal.forbidden(&[]).iter().map(|hazard| hazard.sentence()).collect();
    if !losses.is_empty() {
        return Err(CannotSquash::LosesData(losses).into());
    }
    Ok(Texts { up: pair.up_text(), down: pair.down_text() })
}

/// Whether all files are `<id>_<slug>.sql`, as sqlx and refinery write them.
fn is_plain(directory: &Directory) -> bool {
    let mut scripts = directory.pairs().iter().flat_map(|pair| pair.up.iter().chain(pair.down.iter()));
    scripts.all(|(_, script)| {
        let name = script.file.rsplit('/').next().unwrap_or(&script.file);
        FileName::parse(name).is_ok_and(|name| name.part == Part::Plain)
    })
}
