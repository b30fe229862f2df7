//! Rows that are gone, as the events keep them that removed them.

use dunlin_core::checksum::Checksum;
use dunlin_core::ledger::{Change, Logged};
use dunlin_core::migration::{MigrationId, Slug};
use dunlin_core::plan::{Applied, Kind, State, Stored};
use serde::Deserialize;

/// What an event keeps of a row, as far as it takes that to write its files.
#[derive(Deserialize)]
struct KeptSql {
    slug: String,
    #[serde(default)]
    parents: Vec<String>,
    #[serde(default)]
    seq: i64,
    up_checksum: String,
    down_checksum: Option<String>,
    up_sql: String,
    down_sql: Option<String>,
}

/// Returns the row that an event removed, with its SQL, if the event keeps that.
pub(crate) fn removed(Logged { event, detail, .. }: &Logged) -> Option<Applied> {
    if detail.change != Some(Change::Removed) {
        return None;
    }
    let kept: KeptSql = serde_json::from_str(&event.detail).ok()?;
    let down_checksum: Option<Checksum> = kept.down_checksum.map(|checksum| checksum.parse()).transpose().ok()?;
    let parents = kept.parents.iter().filter(|id| !id.is_empty()).map(|id| id.parse());
    Some(Applied {
        id: event.id.clone()?,
        slug: Slug::from(&*kept.slug),
        parents: parents.collect::<Result<Vec<MigrationId>, _>>().ok()?,
        seq: kept.seq,
        kind: Kind::Applied,
        state: State::Applied,
        up_checksum: kept.up_checksum.parse().ok()?,
        down_checksum,
        breaking: false,
        applied_at: event.at.clone(),
        stored: Some(Stored { up: kept.up_sql, down: kept.down_sql }),
        journal: Vec::new(),
    })
}
