//! Where a database stands, in words.

use dunlin::Status;
use dunlin::core::migration::Migrations;
use dunlin::core::text::list;

/// Returns the heads of the database: the applied migrations that no applied one comes after.
pub(crate) fn of_status(status: &Status) -> String {
    let heads = status.migrations.iter().filter(|migration| status.heads.contains(&migration.id));
    in_words(heads.map(|migration| migration.name.clone()))
}

/// Returns the heads: what nothing comes after.
pub(crate) fn of_migrations(migrations: &Migrations) -> String {
    in_words(migrations.real_heads().into_iter().map(|migration| migration.name()))
}

fn in_words(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.collect();
    match &names[..] {
        [] => "base".to_owned(),
        [name] => name.clone(),
        _ => list(names),
    }
}
