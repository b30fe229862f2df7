//! Holding the history against the migrations.

use std::collections::{HashMap, HashSet};

use super::unfinished::obstacle;
use super::{Applied, Finding, FindingKind, Policy, State, Verdict, View};
use crate::checksum::differ_cosmetically;
use crate::migration::{Direction, Migration, MigrationId, Migrations};
use crate::text::diff;

/// Names the rows whose stored SQL and journal [`verify`] or a way down may need: edited, unknown or unfinished ones. Of those
/// that another migration stands for, only a way down does: see [`View::covered`].
pub fn needs_stored_sql(migrations: &Migrations, applied: &[Applied]) -> Vec<MigrationId> {
    let view = View::new(migrations, applied, &[]);
    let covered: HashSet<&MigrationId> = view.covered().collect();
    let in_question = applied.iter().filter(|row| match migrations.get(&row.id) {
        Some(migration) => {
            row.state != State::Applied
                || row.up_checksum != migration.up.checksum
                || row.down_checksum != migration.down.as_ref().map(|down| down.checksum)
        }
        None => true,
    });
    in_question.map(|row| row.id.clone()).filter(|id| !covered.contains(id)).collect()
}

/// Returns everything on which the history and the migrations do not agree, rows first, in order.
pub fn verify(migrations: &Migrations, applied: &[Applied], policy: &Policy) -> Vec<Finding> {
    let view = View::new(migrations, applied, &[]);
    let (migrations, applied) = (view.migrations(), view.rows());
    let rows: HashMap<&MigrationId, &Applied> = applied.iter().map(|row| (&row.id, row)).collect();
    let ahead = ahead(migrations, applied, &rows);
    let mut findings = Vec::new();
    for row in applied {
        if is_altered(migrations, row) {
            let file = migrations.get(&row.id).map(|migration| migration.up.file.clone());
            let (id, name, kind) = (row.id.clone(), row.name(), FindingKind::Altered);
            findings.push(Finding { id, name, file, verdict: Verdict::Refuse, kind });
        }
        match migrations.get(&row.id) {
            Some(migration) => compare(migrations, migration, row, &rows, &mut findings),
            None => findings.push(unknown(row, ahead.contains(&row.id), policy)),
        }
        if row.state != State::Applied {
            let direction = if row.state == State::Applying { Direction::Up } else { Direction::Down };
            let obstacle = obstacle(migrations, row, policy.unfinished);
            let verdict = if obstacle.is_some() { Verdict::Refuse } else { Verdict::Warn };
            let kind = FindingKind::Unfinished { direction, journal: row.journal.clone(), obstacle };
            let script = migrations.get(&row.id).and_then(|migration| migration.script(direction));
            let file = script.map(|script| script.file.clone());
            findings.push(Finding { id: row.id.clone(), name: row.name(), file, verdict, kind });
        }
    }
    out_of_order(migrations, &rows, policy, &mut findings);
    view.put_right(&mut findings);
    findings
}

fn finding(migration: &Migration, verdict: Verdict, kind: FindingKind) -> Finding {
    let (id, name) = (migration.id.clone(), migration.name());
    Finding { id, name, file: Some(migration.up.file.clone()), verdict, kind }
}

fn unknown(row: &Applied, is_ahead: bool, policy: &Policy) -> Finding {
    let (verdict, kind) = match (is_ahead, row.breaking) {
        (true, true) => (Verdict::Refuse, FindingKind::Ahead { breaking: true }),
        (true, false) => (policy.ahead, FindingKind::Ahead { breaking: false }),
        (false, _) => (policy.missing, FindingKind::Missing),
    };
    Finding { id: row.id.clone(), name: row.name(), file: None, verdict, kind }
}

fn compare(
    migrations: &Migrations,
    migration: &Migration,
    row: &Applied,
    rows: &HashMap<&MigrationId, &Applied>,
    findings: &mut Vec<Finding>,
) {
    let is_altered = is_altered(migrations, row);
    // Of a step that is unfinished, what is in place must stand as it ran, and the rest may be mended.
    if row.up_checksum != migration.up.checksum && row.state != State::Applying && !is_altered {
        findings.push(edited(migrations, migration, row));
    }
    if row.slug != migration.slug {
        findings.push(finding(migration, Verdict::Warn, FindingKind::Renamed { from: row.slug.clone() }));
    }
    let down_checksum = migration.down.as_ref().map(|down| down.checksum);
    if row.down_checksum != down_checksum && row.state == State::Applied && !is_altered {
        let stored = row.stored.as_ref().and_then(|stored| stored.down.as_deref());
        let cosmetic = stored
            .zip(migration.down.as_ref())
            .is_some_and(|(stored, down)| differ_cosmetically(stored, &down.text, migrations.dialect()));
        if !cosmetic {
            findings.push(finding(migration, Verdict::Warn, FindingKind::DownEdited));
        }
    }
    if is_reparented(migrations, migration, row, rows) {
        let kind = FindingKind::Reparented { applied: row.parents.clone(), found: migration.parents.clone() };
        findings.push(finding(migration, Verdict::Refuse, kind));
    }
}

/// Of a row that was changed by hand, nothing tells what was applied. An accepted edit replaces both SQL and checksums.
fn is_altered(migrations: &Migrations, row: &Applied) -> bool {
    let is_accepted = || migrations.get(&row.id).is_some_and(|migration| migration.was.contains(&row.up_checksum));
    row.state == State::Applied && !row.holds_what_it_says() && !is_accepted()
}

fn edited(migrations: &Migrations, migration: &Migration, row: &Applied) -> Finding {
    let (applied, found) = (row.up_checksum, migration.up.checksum);
    if migration.was.contains(&applied) {
        return finding(migration, Verdict::Warn, FindingKind::Accepted { applied, found });
    }
    let stored = row.stored.as_ref().map(|stored| &*stored.up);
    if stored.is_some_and(|stored| differ_cosmetically(stored, &migration.up.text, migrations.dialect())) {
        return finding(migration, Verdict::Warn, FindingKind::Cosmetic { applied, found });
    }
    let diff = stored.map(|stored| diff(stored, &migration.up.text)).unwrap_or_default();
    let applied_at = row.applied_at.clone();
    finding(migration, Verdict::Refuse, FindingKind::Edited { applied_at, applied, found, diff })
}

/// Other parents are no matter where the change is only that migrations came in between which were applied later or are
/// pending: the pending ones are reported themselves, as out of order.
fn is_reparented(
    migrations: &Migrations,
    migration: &Migration,
    row: &Applied,
    rows: &HashMap<&MigrationId, &Applied>,
) -> bool {
    let same = |one: &[MigrationId], other: &[MigrationId]| {
        one.iter().collect::<HashSet<_>>() == other.iter().collect::<HashSet<_>>()
    };
    if same(&row.parents, &migration.parents) {
        return false;
    }
    let mut nearest_applied = Vec::new();
    let mut seen = HashSet::new();
    let mut open = migration.parents.clone();
    while let Some(id) = open.pop() {
        if rows.get(&id).is_some_and(|parent| parent.seq < row.seq) {
            nearest_applied.push(id);
        } else if seen.insert(id.clone()) {
            open.extend(migrations.get(&id).map(|parent| parent.parents.clone()).unwrap_or_default());
        }
    }
    !same(&row.parents, &nearest_applied)
}

/// Unknown rows all of whose lines lead to heads of this binary.
fn ahead<'a>(
    migrations: &Migrations,
    applied: &'a [Applied],
    rows: &HashMap<&MigrationId, &'a Applied>,
) -> HashSet<&'a MigrationId> {
    let heads: HashSet<&MigrationId> = migrations.heads().into_iter().map(|head| &head.id).collect();
    let mut ahead: HashSet<&MigrationId> = HashSet::new();
    let mut waiting: Vec<&Applied> = applied.iter().filter(|row| migrations.get(&row.id).is_none()).collect();
    // Rows come after their parents, so one round is enough but for histories that were meddled with.
    loop {
        let found = ahead.len();
        waiting.retain(|row| {
            let parents = &row.parents;
            let is_ahead = !parents.is_empty()
                && parents
                    .iter()
                    .all(|parent| rows.contains_key(parent) && (heads.contains(parent) || ahead.contains(parent)));
            if is_ahead {
                ahead.insert(&row.id);
            }
            !is_ahead
        });
        if ahead.len() == found {
            return ahead;
        }
    }
}

fn out_of_order(
    migrations: &Migrations,
    rows: &HashMap<&MigrationId, &Applied>,
    policy: &Policy,
    findings: &mut Vec<Finding>,
) {
    let is_applied: Vec<bool> = migrations.iter().map(|migration| rows.contains_key(&migration.id)).collect();
    let before_applied = migrations.graph().with_ancestors((0..is_applied.len()).filter(|&place| is_applied[place]));
    for (place, migration) in migrations.iter().enumerate() {
        if is_applied[place] || !before_applied[place] {
            continue;
        }
        let after = migrations.graph().with_descendants([place]);
        let applied_after = migrations
            .iter()
            .enumerate()
            .filter(|(other, _)| after[*other] && is_applied[*other])
            .map(|(_, other)| other.name());
        let kind = FindingKind::OutOfOrder { applied_after: applied_after.take(3).collect() };
        findings.push(finding(migration, policy.out_of_order, kind));
    }
}
