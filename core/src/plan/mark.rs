//! Marking: what one migration is to count as, without running anything.

use serde::{Deserialize, Serialize};

use super::rows::Rows;
use super::waiting::waits_for;
use super::{Applied, PlanError, Resolver, State, View, downgrade};
use crate::header::Dependency;
use crate::migration::{MigrationId, Migrations, SharedMigration};
use crate::text::list;

/// What a migration is to count as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// All that it does is in place.
    Applied,
    /// Nothing that it does is in place.
    Reverted,
}

impl Mark {
    /// Returns the word.
    pub fn as_str(self) -> &'static str {
        match self {
            Mark::Applied => "applied",
            Mark::Reverted => "reverted",
        }
    }
}

/// What marking a migration changes.
#[derive(Debug, Clone)]
pub struct MarkPlan {
    /// The migration's id.
    pub id: MigrationId,
    /// `<id>_<slug>`.
    pub name: String,
    /// The row that there is, with what its journal says.
    pub row: Option<Applied>,
    /// What becomes of it.
    pub change: MarkChange,
}

/// What becomes of the row of a migration that is marked.
#[derive(Debug, Clone)]
pub enum MarkChange {
    /// A row is written, in the place of the one that there is.
    Written(SharedMigration),
    /// Its way down counts as never begun.
    TakenBack(SharedMigration),
    /// It goes.
    Removed,
}

/// Why a migration is not marked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MarkError {
    /// The name means no migration, or several.
    #[error(transparent)]
    Name(#[from] PlanError),
    /// It counts as that already.
    #[error("`{name}` is {}, so there is nothing to mark", match .mark { Mark::Applied => "applied", Mark::Reverted => "not applied" })]
    Already {
        /// The migration.
        name: String,
        /// What it was to count as.
        mark: Mark,
    },
    /// What must be applied before it is not.
    #[error("`{name}` comes after {}, which {} not applied", list(.waits_for), if .waits_for.len() == 1 { "is" } else { "are" })]
    Early {
        /// The migration.
        name: String,
        /// Its parents and dependencies that are not applied whole.
        waits_for: Vec<String>,
    },
    /// The database has what comes after it.
    #[error("`{name}` comes before {}, which the database has", list(.after))]
    Late {
        /// The migration.
        name: String,
        /// What comes after it, the last first.
        after: Vec<String>,
    },
}

impl MarkError {
    /// Returns the ways out.
    pub fn hints(&self) -> Vec<String> {
        match self {
            MarkError::Name(error) => error.hints(),
            MarkError::Already { name, mark: Mark::Applied } => {
                vec![format!("`dunlin show {name}` tells when it was applied")]
            }
            MarkError::Already { mark: Mark::Reverted, .. } => vec!["`dunlin status` lists what is applied".to_owned()],
            MarkError::Early { waits_for, .. } => {
                let first = waits_for.first().map_or("", String::as_str);
                vec![format!(
                    "`dunlin up {first}` applies that, and what comes before it; if it is in place, \
                     `dunlin mark {first} applied --reason \"…\"` says so"
                )]
            }
            MarkError::Late { name, after } => {
                let last = after.first().map_or("", String::as_str);
                vec![format!(
                    "`dunlin down {name}` takes back what comes after it; if that is not in place, begin with \
                     `dunlin mark {last} reverted --reason \"…\"`"
                )]
            }
        }
    }
}

/// Decides what marking the migration that a name means changes.
///
/// It settles a step that began and did not end, or says what somebody did by hand. What counts as applied must come after
/// what is applied whole, and what counts as reverted before nothing that the database has. One that no file has can be
/// marked too, where there is a row of it. Rows come in the order of their `seq`; `elsewhere` are those of the migrations of
/// other sets that it depends on which are applied.
pub fn mark(
    migrations: &Migrations,
    applied: &[Applied],
    elsewhere: &[Dependency],
    name: &str,
    mark: Mark,
) -> Result<MarkPlan, MarkError> {
    let view = View::new(migrations, applied, &[]);
    let (migrations, applied) = (view.migrations(), view.rows());
    let unknown = applied.iter().filter(|row| migrations.get(&row.id).is_none());
    let resolver = Resolver::with_unknown(migrations.revisions(), unknown.map(Applied::revision));
    let id = resolver.named(name)?;
    let row = applied.iter().find(|row| row.id == id);
    let file = migrations.get(&id);
    let name = match (file, row) {
        (Some(migration), _) => migration.name(),
        (None, Some(row)) => row.name(),
        (None, None) => id.to_string(),
    };
    let change = match (mark, row.map(|row| row.state)) {
        (Mark::Applied, Some(State::Applied)) | (Mark::Reverted, None) => {
            return Err(MarkError::Already { name, mark });
        }
        (Mark::Applied, state) => {
            let stored = || row.map(|row| downgrade::stored(row, file).into());
            let migration: Option<SharedMigration> = match state {
                // What is applied again is what was applied, whatever the file says now.
                Some(State::Reverting) => stored(),
                _ => file.map(|file| row.map_or_else(|| file.clone(), |row| row.as_recorded(file))).or_else(stored),
            };
            let unheard = || PlanError::UnknownTarget { name: name.clone(), nearest: None };
            let migration = migration.ok_or_else(unheard)?;
            let waits_for = waits_for(migrations, file.unwrap_or(&migration), applied, elsewhere);
            if !waits_for.is_empty() {
                return Err(MarkError::Early { name, waits_for });
            }
            if state == Some(State::Reverting) {
                MarkChange::TakenBack(migration)
            } else {
                MarkChange::Written(migration)
            }
        }
        (Mark::Reverted, Some(_)) => {
            if let Some(rows) = view.behind(&id) {
                return Err(MarkError::Late { name, after: rows.iter().map(|row| row.name()).collect() });
            }
            let rows = Rows::new(resolver.revisions(), applied);
            let after = resolver.revisions().place(&id).map(|place| (place, rows.from([place])));
            let after = after.map(|(place, mut after)| {
                after[place] = false;
                rows.last_first(&after)
            });
            let after: Vec<String> = after.unwrap_or_default().into_iter().map(Applied::name).collect();
            if !after.is_empty() {
                return Err(MarkError::Late { name, after });
            }
            MarkChange::Removed
        }
    };
    Ok(MarkPlan { id, name, row: row.cloned(), change })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::super::tests::{graph, row};
    use super::*;
    use crate::migration::{Migrations, SetName};

    const LINES: &str = "1_a\n2_b < 1\n3_c < 2\n4_d < 1 & 3 auth/7 : side";

    /// Rows of the migrations with these ids; one with `+` is going up, one with `-` is going down.
    fn held(migrations: &Migrations, ids: &str) -> Vec<Applied> {
        let state = |id: &str| match id.chars().last() {
            Some('+') => State::Applying,
            Some('-') => State::Reverting,
            _ => State::Applied,
        };
        let ids = ids.split_whitespace().map(|id| (id.trim_end_matches(['+', '-']), state(id)));
        let rows = ids.enumerate().map(|(n, (id, state))| {
            let migration = migrations.get(&id.parse().unwrap()).unwrap();
            Applied { state, ..row(migration, n + 1) }
        });
        rows.collect()
    }

    fn marked(files: &str, held_ids: &str, elsewhere: &[Dependency], name: &str, as_what: Mark) -> String {
        let rows = held(&graph(LINES), held_ids);
        let plan = mark(&graph(files), &rows, elsewhere, name, as_what);
        plan.map_or_else(
            |error| error.to_string(),
            |MarkPlan { name, row, change, .. }| {
                let change = match change {
                    MarkChange::Written(migration) => format!("written, {}", migration.up.file),
                    MarkChange::TakenBack(migration) => format!("taken back, {}", migration.up.file),
                    MarkChange::Removed => "removed".to_owned(),
                };
                format!("{name} {change}{}", row.map_or("", |_| ", in place of a row"))
            },
        )
    }

    #[expect(clippy::needless_pass_by_value, reason = "a test reads better so")]
    fn check(files: &str, marks: &[(&str, &str, Mark)], expected: Expect) {
        let told = marks.iter().map(|(held, name, mark)| {
            format!("[{held}] {name} {}: {}", mark.as_str(), marked(files, held, &[], name, *mark))
        });
        expected.assert_eq(&told.collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn a_step_that_did_not_end_is_settled_one_way_or_the_other() {
        check(
            LINES,
            &[
                ("1 2+", "2", Mark::Applied),
                ("1 2+", "2", Mark::Reverted),
                ("1 2-", "b", Mark::Applied),
                ("1 2-", "b", Mark::Reverted),
            ],
            expect![[r#"
                [1 2+] 2 applied: 2_b written, versions/2_b.up.sql, in place of a row
                [1 2+] 2 reverted: 2_b removed, in place of a row
                [1 2-] b applied: 2_b taken back, 2_b.up.sql (stored in the database), in place of a row
                [1 2-] b reverted: 2_b removed, in place of a row"#]],
        );
    }

    #[test]
    fn what_somebody_did_by_hand_is_said() {
        check(
            LINES,
            &[("1", "2", Mark::Applied), ("1 2", "2", Mark::Reverted), ("", "a", Mark::Applied)],
            expect![[r#"
                [1] 2 applied: 2_b written, versions/2_b.up.sql
                [1 2] 2 reverted: 2_b removed, in place of a row
                [] a applied: 1_a written, versions/1_a.up.sql"#]],
        );
    }

    #[test]
    fn nothing_is_marked_that_is_so_already_or_out_of_order() {
        check(
            LINES,
            &[
                ("1", "1", Mark::Applied),
                ("1", "2", Mark::Reverted),
                ("1", "3", Mark::Applied),
                ("1+", "2", Mark::Applied),
                ("1 2 3", "1", Mark::Reverted),
                ("1 2 3+", "2", Mark::Reverted),
                ("1 2 3 4", "3", Mark::Reverted),
                ("1 2 3", "4", Mark::Applied),
                ("1", "9", Mark::Applied),
            ],
            expect![[r#"
                [1] 1 applied: `1_a` is applied, so there is nothing to mark
                [1] 2 reverted: `2_b` is not applied, so there is nothing to mark
                [1] 3 applied: `3_c` comes after `2_b`, which is not applied
                [1+] 2 applied: `2_b` comes after `1_a`, which is not applied
                [1 2 3] 1 reverted: `1_a` comes before `3_c` and `2_b`, which the database has
                [1 2 3+] 2 reverted: `2_b` comes before `3_c`, which the database has
                [1 2 3 4] 3 reverted: `3_c` comes before `4_d`, which the database has
                [1 2 3] 4 applied: `4_d` comes after `auth/7`, which is not applied
                [1] 9 applied: no migration is called `9`"#]],
        );
        let seven = Dependency { set: SetName::new("auth").ok(), id: "7".parse().unwrap() };
        let marked = marked(LINES, "1 2 3", std::slice::from_ref(&seven), "side", Mark::Applied);
        assert_eq!(marked, "4_d written, versions/4_d.up.sql");
    }

    #[test]
    fn what_no_file_has_is_marked_by_what_the_history_stores() {
        check(
            "1_a",
            &[
                ("1 2+", "2", Mark::Applied),
                ("1 2-", "2", Mark::Applied),
                ("1 2", "2_b", Mark::Reverted),
                ("1 2 3", "2", Mark::Reverted),
                ("2+", "2", Mark::Applied),
                ("1", "2", Mark::Applied),
            ],
            expect![[r#"
                [1 2+] 2 applied: 2_b written, 2_b.up.sql (stored in the database), in place of a row
                [1 2-] 2 applied: 2_b taken back, 2_b.up.sql (stored in the database), in place of a row
                [1 2] 2_b reverted: 2_b removed, in place of a row
                [1 2 3] 2 reverted: `2_b` comes before `3_c`, which the database has
                [2+] 2 applied: `2_b` comes after `1_a`, which is not applied
                [1] 2 applied: no migration is called `2`"#]],
        );
    }
}
