//! What is not as it was when a plan was made.

use std::collections::HashMap;
use std::fmt;

use serde::Serialize;

use super::{Basis, Holding, PlanFile, PlannedRepeat, PlannedStep};
use crate::checksum::Checksum;
use crate::dialect::Dialect;
use crate::ledger::{Event, Logged};
use crate::migration::{MigrationId, SetName};
use crate::text::{count, join, list};
use crate::variables::Values;

/// Something that is not as it was when a plan was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "moved", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Moved {
    /// The plan is for another engine.
    Engine {
        /// That of the plan.
        planned: Dialect,
        /// That of the database.
        found: Dialect,
    },
    /// The plan is for another set.
    Set {
        /// That of the plan.
        planned: SetName,
        /// That of the migrations.
        found: SetName,
    },
    /// Steps began since and did not end.
    Unfinished {
        /// `<id>_<slug>` of their migrations.
        names: Vec<String>,
    },
    /// Something happened to the set since.
    Events {
        /// The events that came since, in order.
        since: Vec<Event>,
    },
    /// The history does not have the event that the plan was made behind.
    OtherHistory {
        /// The event's number.
        event: u64,
        /// Its hash in the plan.
        planned: Option<Checksum>,
        /// Its hash in the database, if there is one with this number.
        found: Option<Checksum>,
    },
    /// Rows changed without an event.
    Rows {
        /// Their digest in the plan.
        planned: Checksum,
        /// Their digest now.
        found: Checksum,
    },
    /// A file was edited.
    Edited {
        /// What is planned of it: `up 0003_egg`.
        work: String,
        /// Which half of the migration.
        half: Half,
        /// Its checksum in the plan.
        planned: Option<Checksum>,
        /// Its checksum now.
        found: Option<Checksum>,
    },
    /// A variable has another value.
    Value {
        /// What is planned with it.
        work: String,
        /// The variable.
        name: String,
        /// Its value in the plan.
        planned: Option<String>,
        /// Its value now.
        found: Option<String>,
    },
    /// The SQL is another, and the file is the same.
    Sql {
        /// What is planned.
        work: String,
    },
    /// Another transaction would hold it.
    Transaction {
        /// What is planned.
        work: String,
        /// The transaction in the plan.
        planned: Holding,
        /// The transaction now.
        found: Holding,
    },
    /// A migration has another name.
    Renamed {
        /// What is planned.
        work: String,
        /// Its name now.
        found: String,
    },
    /// A migration revises others.
    Reparented {
        /// What is planned.
        work: String,
        /// What it revises in the plan.
        planned: Vec<MigrationId>,
        /// What it revises now.
        found: Vec<MigrationId>,
    },
    /// It is in the plan, and would not be done now.
    Gone {
        /// What is planned.
        work: String,
    },
    /// It is not in the plan, and would be done now.
    New {
        /// What would be done.
        work: String,
    },
    /// The same would be done in another order.
    Order,
}

/// Half of a migration, or a repeatable file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Half {
    /// The way up.
    Up,
    /// The way down.
    Down,
    /// The only way of a repeatable file.
    Repeat,
}

impl Basis {
    /// Says whether a database is in another state than this. `since` are the events from this one's last event on.
    pub fn moved(&self, now: &Basis, since: &[Logged]) -> Option<Moved> {
        if (self.event, self.hash) != (now.event, now.hash) {
            let (same, later): (Vec<&Logged>, Vec<&Logged>) =
                since.iter().partition(|logged| logged.event.n <= self.event);
            let found = same.first().and_then(|logged| logged.hash);
            // One that a script wrote has no hash of its own yet.
            let is_its_own =
                self.event == 0 || same.first().is_some_and(|logged| [None, self.hash].contains(&logged.hash));
            return Some(if is_its_own && !later.is_empty() {
                Moved::Events { since: later.into_iter().map(|logged| logged.event.clone()).collect() }
            } else {
                Moved::OtherHistory { event: self.event, planned: self.hash, found }
            });
        }
        let is_same = (self.rows, self.digest) == (now.rows, now.digest);
        (!is_same).then_some(Moved::Rows { planned: self.digest, found: now.digest })
    }
}

impl PlanFile {
    /// Returns on what this plan and one that is made now do not agree, but for the state of the database.
    pub fn moved(&self, now: &PlanFile) -> Vec<Moved> {
        let mut moved = self.elsewhere(&now.set, now.engine);
        if moved.is_empty() {
            work(&self.work(), &now.work(), &mut moved);
        }
        moved
    }

    /// Says whether it is for another set, or another engine, than these.
    pub fn elsewhere(&self, set: &SetName, engine: Dialect) -> Vec<Moved> {
        let mut moved = Vec::new();
        if self.engine != engine {
            moved.push(Moved::Engine { planned: self.engine, found: engine });
        }
        if self.set != *set {
            moved.push(Moved::Set { planned: self.set.clone(), found: set.clone() });
        }
        moved
    }

    fn work(&self) -> Vec<Work<'_>> {
        let heals = self.heals.iter().map(|heal| Work {
            files: vec![(Half::Up, Some(heal.up)), (Half::Down, heal.down)],
            ..Work::of(format!("heal {} from {}", heal.name(), heal.from.short()))
        });
        let forgets = self.forgets.iter().map(|name| Work::of(format!("forget {name}")));
        let steps = self.steps.iter().map(Work::of_step);
        let repeats = self.repeats.iter().map(Work::of_repeat);
        heals.chain(forgets).chain(steps).chain(repeats).collect()
    }
}

/// Something to be done, and all that matters of it.
struct Work<'p> {
    /// What it is; no two of a plan are the same.
    key: String,
    shown: String,
    name: Option<String>,
    parents: &'p [MigrationId],
    files: Vec<(Half, Option<Checksum>)>,
    holding: Option<Holding>,
    values: Option<&'p Values>,
    sql: &'p str,
}

impl<'p> Work<'p> {
    fn of(shown: String) -> Work<'p> {
        let key = shown.clone();
        let (name, parents, files, holding, values, sql) = (None, &[][..], Vec::new(), None, None, "");
        Work { key, shown, name, parents, files, holding, values, sql }
    }

    fn of_step(step: &'p PlannedStep) -> Work<'p> {
        Work {
            key: format!("{} {}", step.direction, step.id),
            name: Some(step.name()),
            parents: &step.parents,
            files: vec![(Half::Up, Some(step.up)), (Half::Down, step.down)],
            holding: Some(step.holding),
            values: Some(&step.values),
            sql: &step.sql,
            ..Work::of(format!("{} {}", step.direction, step.name()))
        }
    }

    fn of_repeat(repeat: &'p PlannedRepeat) -> Work<'p> {
        Work {
            files: vec![(Half::Repeat, Some(repeat.checksum))],
            holding: Some(repeat.holding),
            values: Some(&repeat.values),
            sql: &repeat.sql,
            ..Work::of(format!("repeat {}", repeat.name))
        }
    }

    /// Says on what this and what is found now do not agree. What follows from something else is not told.
    fn compare(&self, now: &Work<'_>, moved: &mut Vec<Moved>) {
        let before = moved.len();
        let work = || self.shown.clone();
        for (&(half, planned), &(_, found)) in self.files.iter().zip(&now.files) {
            if planned != found {
                moved.push(Moved::Edited { work: work(), half, planned, found });
            }
        }
        if let (true, Some(found)) = (self.name != now.name, &now.name) {
            moved.push(Moved::Renamed { work: work(), found: found.clone() });
        }
        if self.parents != now.parents {
            let (planned, found) = (self.parents.to_vec(), now.parents.to_vec());
            moved.push(Moved::Reparented { work: work(), planned, found });
        }
        if let (Some(planned), Some(found)) = (self.values, now.values) {
            let names = planned.keys().chain(found.keys().filter(|name| !planned.contains_key(*name)));
            for name in names.filter(|name| planned.get(*name) != found.get(*name)) {
                let (planned, found) = (planned.get(name).cloned(), found.get(name).cloned());
                moved.push(Moved::Value { work: work(), name: name.to_string(), planned, found });
            }
        }
        if moved.len() > before {
            return;
        }
        if self.sql != now.sql {
            moved.push(Moved::Sql { work: work() });
        } else if let (true, Some(planned), Some(found)) = (self.holding != now.holding, self.holding, now.holding) {
            moved.push(Moved::Transaction { work: work(), planned, found });
        }
    }
}

fn work(planned: &[Work<'_>], found: &[Work<'_>], moved: &mut Vec<Moved>) {
    let before = moved.len();
    let by_key = |all: &'_ [Work<'_>]| all.iter().map(|work| work.key.clone()).zip(0..).collect::<HashMap<_, usize>>();
    let (planned_at, found_at) = (by_key(planned), by_key(found));
    for work in planned {
        match found_at.get(&work.key).and_then(|&place| found.get(place)) {
            Some(now) => work.compare(now, moved),
            None => moved.push(Moved::Gone { work: work.shown.clone() }),
        }
    }
    for work in found.iter().filter(|work| !planned_at.contains_key(&work.key)) {
        moved.push(Moved::New { work: work.shown.clone() });
    }
    if moved.len() == before && planned.iter().zip(found).any(|(planned, found)| planned.key != found.key) {
        moved.push(Moved::Order);
    }
}

/// How many events are told one by one.
const TOLD: usize = 5;

impl fmt::Display for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Moved::Engine { planned, found } => {
                write!(f, "it is for {}, and this is {}", planned.facts().name, found.facts().name)
            }
            Moved::Set { planned, found } => write!(f, "it is for the set `{planned}`, and this is `{found}`"),
            Moved::Unfinished { names } => write!(f, "{} began since and did not end", list(names)),
            Moved::Events { since } => events(since, f),
            Moved::OtherHistory { event, planned, found } => {
                write!(
                    f,
                    "it was made behind event {event}, which is not in this history: this is another database, or one that was restored"
                )?;
                both(f, planned.as_ref(), found.as_ref(), "here")
            }
            Moved::Rows { planned, found } => {
                f.write_str("rows of the history were changed, and no event tells of it")?;
                both(f, Some(planned), Some(found), "here")
            }
            Moved::Edited { work, half, planned, found } => {
                let half = match half {
                    Half::Up => "the up file",
                    Half::Down => "the down file",
                    Half::Repeat => "the file",
                };
                write!(f, "`{work}`: {half} was edited")?;
                both(f, planned.as_ref(), found.as_ref(), "in file")
            }
            Moved::Value { work, name, planned, found } => {
                write!(f, "`{work}`: the variable `{name}` has another value")?;
                both(f, planned.as_ref(), found.as_ref(), "now")
            }
            Moved::Sql { work } => write!(f, "`{work}`: the SQL is another"),
            Moved::Transaction { work, planned, found } => {
                write!(f, "`{work}`: another transaction would hold it")?;
                both(f, Some(planned), Some(found), "now")
            }
            Moved::Renamed { work, found } => write!(f, "`{work}`: it is called `{found}` now"),
            Moved::Reparented { work, planned, found } => {
                write!(f, "`{work}`: it revises others")?;
                both(f, Some(&parents(planned)), Some(&parents(found)), "in file")
            }
            Moved::Gone { work } => write!(f, "`{work}`: this would not be done now"),
            Moved::New { work } => write!(f, "`{work}`: this would be done now, and is not in the plan"),
            Moved::Order => f.write_str("the same would be done now in another order"),
        }
    }
}

fn both<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    planned: Option<&T>,
    found: Option<&T>,
    here: &str,
) -> fmt::Result {
    let shown = |value: Option<&T>| value.map_or_else(|| "none".to_owned(), T::to_string);
    write!(f, "\n  in plan  {}\n  {here:<7}  {}", shown(planned), shown(found))
}

fn events(since: &[Event], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{} came since:", count(since.len(), "event"))?;
    for event in since.iter().take(TOLD) {
        let id = event.id.as_ref().map_or_else(String::new, |id| format!(" {id}"));
        let at = event.at.get(..19).unwrap_or(&event.at).replace('T', " ");
        write!(f, "\n  {}  {at}  {}{id}", event.n, event.action.as_str())?;
    }
    match since.len().checked_sub(TOLD) {
        None | Some(0) => Ok(()),
        Some(more) => write!(f, "\n  and {more} more"),
    }
}

fn parents(ids: &[MigrationId]) -> String {
    if ids.is_empty() { "base".to_owned() } else { join(ids) }
}
