//! What stands before a change: the migrations themselves.
//!
//! A scratch database can be made of what was read of a schema, and that is quick. It cannot where a schema needs what nothing is
//! known of, or what is ignored. Then the migrations are run in it.

use dunlin_core::target::Target;
use dunlin_schema::{Ignored, Schema};

use super::error::SchemaError;
use super::scratch::Scratch;
use super::{replay, without_history};
use crate::migrations::Migrations;
use crate::migrator::Migrator;
use crate::options::Options;

/// The prefix of the history of this: what is proved behind it has one of its own.
pub(super) const HISTORY_PREFIX: &str = "dunlin_past";

/// Migrations up to a target, and what of that is never seen.
#[derive(Debug)]
pub(super) struct Past {
    pub(super) migrations: Migrations,
    pub(super) options: Options,
    pub(super) target: Target,
    pub(super) ignored: Ignored,
}

impl Past {
    /// Runs the migrations in a scratch database.
    pub(super) async fn run(&self, scratch: &mut Scratch) -> Result<(), SchemaError> {
        let migrator = Migrator { migrations: &self.migrations, options: self.options.clone() };
        replay(&migrator, vec![self.target.clone()], scratch).await
    }

    /// Leaves out what is never seen.
    pub(super) fn seen(&self, schema: &Schema) -> Schema {
        without_history(&schema.without(&self.ignored), HISTORY_PREFIX)
    }
}
