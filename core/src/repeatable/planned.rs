//! What a plan says of repeatable files.

use super::{Records, Repeatables, mentioned, name};
use crate::migration::{Direction, Migrations, SharedMigration};
use crate::plan::{Applied, FindingKind, Goal, Plan, View};

impl Plan {
    /// Adds what is to become of repeatable files.
    ///
    /// They run where the steps leave nothing pending, never on a way down, and not from a binary that the database is ahead
    /// of: its files may be the older ones. Steps down make all of them count as never run, as what they are made from may
    /// have gone; a step up does so for those that it mentions. So does, for what is to run with an unchanged text, the run
    /// itself: if it ends half-way, the next one goes on.
    pub fn repeat(
        &mut self,
        migrations: &Migrations,
        applied: &[Applied],
        goal: &Goal,
        repeatables: &Repeatables,
        records: &Records,
    ) {
        let goes_down = self.steps.iter().any(|step| step.direction == Direction::Down);
        if goes_down {
            self.forgets = records.keys().cloned().collect();
            return;
        }
        let mut left = records.clone();
        if !records.is_empty() {
            for script in self.steps.iter().filter_map(|step| step.script.as_ref()) {
                let mentioned = mentioned(&script.text, migrations.dialect());
                left.retain(|name, _| !mentioned.contains(&name::object(name)));
            }
        }
        let is_ahead = self.findings.iter().any(|finding| matches!(finding.kind, FindingKind::Ahead { .. }));
        if !is_ahead && goal.direction != Some(Direction::Down) && self.leaves_nothing_pending(migrations, applied) {
            self.repeats = repeatables.due(&left);
            left.retain(|name, recorded| {
                let mut repeats = self.repeats.iter().map(|repeat| &repeat.repeatable);
                let is_same = recorded.checksum;
                !repeats.any(|due| due.name.as_str() == name && due.script.checksum == is_same)
            });
        }
        self.forgets = records.keys().filter(|name| !left.contains_key(*name)).cloned().collect();
    }

    fn leaves_nothing_pending(&self, migrations: &Migrations, applied: &[Applied]) -> bool {
        let rows = applied.iter().map(|row| &row.id);
        let done: std::collections::HashSet<_> = rows.chain(self.steps.iter().map(|step| &step.migration.id)).collect();
        let view = View::new(migrations, applied, &[]);
        let is_done = |migration: &SharedMigration| {
            done.contains(&migration.id) || view.rows().iter().any(|row| row.id == migration.id)
        };
        view.migrations().iter().all(is_done)
    }
}
