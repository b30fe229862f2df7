//! What a database has applied, for verbs that change files.

use std::collections::HashSet;

use dunlin::Error;
use dunlin::core::migration::MigrationId;

use crate::context::Context;
use crate::problem::Problem;

/// Returns the ids of all migrations that the database has, or that began in it. If none was named or it cannot be reached,
/// there is no word of any.
pub(super) async fn ids(context: &Context<'_>) -> Result<HashSet<MigrationId>, Problem> {
    if context.settings.url.is_none() && context.settings.unchosen.names.is_empty() {
        return Ok(HashSet::new());
    }
    let url = context.url()?;
    let nothing = context.without_files()?;
    match context.watched(context.migrator_of(&nothing).status(url)).await {
        Ok(status) => Ok(status.migrations.into_iter().map(|migration| migration.id).collect()),
        Err(error @ Error::Connect { .. }) => {
            context.output.note(&format!("{error}; what it has applied is not known"));
            Ok(HashSet::new())
        }
        Err(error) => Err(error.into()),
    }
}
