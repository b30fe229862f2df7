//! The proof of a squash: what it makes is what the migrations make that it stands for, both ways.

use dunlin_core::directory::Directory;
use dunlin_core::migration::MigrationId;
use dunlin_core::target::Target;
use dunlin_schema::{Schema, diff, tree};

use super::error::{SchemaError, Way};
use super::scratch::Scratch;
use super::{Proposal, Schemas};
use crate::migrations::Migrations;
use crate::migrator::Migrator;

/// A squash among the migrations that it stands for.
#[derive(Debug)]
pub struct Squashed<'s> {
    /// The directory with it. A database that is made anew takes the short way there.
    pub directory: &'s Directory,
    /// The squash.
    pub id: &'s MigrationId,
    /// The last of those that it stands for.
    pub last: &'s MigrationId,
    /// What it revises; none is a base.
    pub parents: &'s [MigrationId],
    /// Whether there is a way back.
    pub ways_back: WaysBack,
}

/// Whether a squash has a way back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaysBack {
    /// It has one, which leads where those of the others lead.
    Same,
    /// One of the others has none.
    None,
}

impl Schemas<'_> {
    /// Proves that a squash makes what the migrations make that it stands for, and that its way back leads where theirs do.
    /// Returns the schema that both make.
    pub async fn prove_squash(&self, squashed: &Squashed<'_>) -> Result<Schema, SchemaError> {
        let originals = self.there_and_back(self.migrator.migrations.directory()?, squashed.last, squashed).await?;
        let short =
            self.there_and_back(squashed.directory, squashed.id, squashed).await.map_err(|error| match error {
                error @ (SchemaError::Migrations(_) | SchemaError::Replay(_)) => {
                    SchemaError::SquashFails { message: error.to_string() }
                }
                error => error,
            })?;
        self.same(&originals.0, &short.0, Way::Up).await?;
        if let (Some(one), Some(other)) = (&originals.1, &short.1) {
            self.same(one, other, Way::Down).await?;
        }
        Ok(short.0)
    }

    /// Plans one migration that makes what the migrations of a squash make, and proves it. Nothing but the schema is made.
    pub async fn compacted(&self, parents: &[MigrationId], last: &MigrationId) -> Result<Proposal, SchemaError> {
        let named = |id: &MigrationId| Target::Migration(id.to_string());
        let before = Box::pin(self.replayed(parents.iter().map(named).collect())).await?;
        let after = Box::pin(self.replayed(vec![named(last)])).await?;
        self.propose(&before, &after, &[]).await
    }

    /// Returns what migrations make up to one of them, and what is left when they are taken back to what a squash revises.
    async fn there_and_back(
        &self,
        directory: &Directory,
        id: &MigrationId,
        squashed: &Squashed<'_>,
    ) -> Result<(Schema, Option<Schema>), SchemaError> {
        let bare = Migrations::given(directory.clone().without_repeatables());
        let migrator = Migrator { migrations: &bare, options: self.bare_options() };
        let going = async |scratch: &mut Scratch| {
            let target = Target::Migration(id.to_string());
            let up = Self::replayed_in(scratch, &migrator, vec![target]).await?.schema()?;
            if squashed.ways_back == WaysBack::None {
                return Ok((up, None));
            }
            let start = squashed.parents.first().map_or(Target::Base, |id| Target::Migration(id.to_string()));
            migrator.down(scratch.connect(), start).await?;
            let down = scratch.schema().await?;
            Ok((up, Some(down)))
        };
        let (up, down) = Box::pin(Scratch::within(&self.ground, going)).await?;
        Ok((self.seen(&up), down.map(|down| self.seen(&down))))
    }

    async fn same(&self, originals: &Schema, squash: &Schema, way: Way) -> Result<(), SchemaError> {
        if originals.fingerprint() == squash.fingerprint() {
            return Ok(());
        }
        // What an engine prints can differ where nothing else does.
        let (originals, squash) = self.settled(originals, squash).await?;
        let left = diff(&squash, &originals);
        if left.is_empty() {
            return Ok(());
        }
        Err(SchemaError::SquashDiffers { way, left: tree(&left, &squash, &originals) })
    }
}
