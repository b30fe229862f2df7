//! What a merge would make, and how it is told.

use std::fmt;

use dunlin::core::fault::{Fault, Faults};
use dunlin::core::migration::MigrationId;
use dunlin::core::text::{count, list};
use serde_json::{Value, json};

use super::files::{NOT_IN_ORDER, apart};
use super::outcome::{Name, Outcome};
use super::three_way::Conflict;
use crate::problem;

/// What a merge would make.
pub(super) struct Foretold {
    /// What the user calls the other side.
    pub(super) name: String,
    pub(super) is_empty_there: bool,
    /// Files that both sides changed differently.
    pub(super) conflicts: Vec<(String, Conflict)>,
    /// The ids of which both sides changed the line in the lock file differently.
    pub(super) differing_lines: Vec<String>,
    /// Faults that the files here do not have.
    pub(super) faults: Vec<(Sided, Fault)>,
    pub(super) moved: Vec<Moved>,
    /// There is no word of them where the files are not in order.
    pub(super) heads: Option<Heads>,
    pub(super) is_lock_changed_twice: bool,
}

/// A file, and the side that alone has it.
#[derive(Debug)]
pub(super) struct Sided {
    pub(super) file: String,
    pub(super) from: Option<String>,
}

#[derive(Debug)]
pub(super) struct Heads {
    pub(super) names: Vec<String>,
    pub(super) files: Vec<Sided>,
    /// The last migrations that all of them come after.
    pub(super) after: Vec<String>,
}

/// A migration of the other side before which something of ours would come.
#[derive(Debug)]
pub(super) struct Moved {
    pub(super) file: Sided,
    /// What it comes after on the other side.
    pub(super) after: Vec<MigrationId>,
    /// What is new here and it would come after.
    pub(super) new: Vec<MigrationId>,
}

/// What is wrong, as it is told.
#[derive(Debug, Default)]
struct Wrong {
    says: Vec<String>,
    details: Vec<String>,
    hints: Vec<String>,
}

impl Foretold {
    pub(super) fn outcome(&self, must_have_one_head: bool) -> Outcome {
        let name = &self.name;
        let mut wrong = Wrong::default();
        self.tell_conflicts(&mut wrong);
        self.tell_faults(&mut wrong);
        self.tell_moved(&mut wrong);
        if must_have_one_head {
            self.tell_heads(&mut wrong);
        }
        let heads = self.heads.as_ref().map(|heads| &heads.names[..]);
        let outcome = match (&wrong.says[..], heads) {
            ([], None) => Outcome::skipped(Name::Merge, NOT_IN_ORDER),
            ([], _) if self.is_empty_there => {
                Outcome::ok(Name::Merge, format!("`{name}` has no migrations in this folder"))
            }
            ([], Some([head])) => Outcome::ok(Name::Merge, format!("merged with `{name}`, `{head}` is the one head")),
            ([], Some(_)) => Outcome::ok(Name::Merge, format!("merged with `{name}`, the files are in order")),
            (says, _) => Outcome::fail(Name::Merge, format!("merged with `{name}`, {}", says.join("; "))),
        };
        outcome.details(wrong.details).hints(wrong.hints).facts(self.facts())
    }

    fn tell_conflicts(&self, wrong: &mut Wrong) {
        let name = &self.name;
        for (file, how) in &self.conflicts {
            wrong.details.push(match how {
                Conflict::Added => format!("{file} was added here and in `{name}`, with different texts"),
                Conflict::Edited => format!("{file} was edited here and in `{name}`, differently"),
                Conflict::DeletedHere => format!("{file} was deleted here and edited in `{name}`"),
                Conflict::DeletedThere => format!("{file} was edited here and deleted in `{name}`"),
            });
        }
        // Where files differ, or an id is taken twice, their lines are no news.
        if self.conflicts.is_empty() && self.faults.is_empty() && !self.differing_lines.is_empty() {
            wrong.says.push(format!("dunlin.lock says different things of {}", list(&self.differing_lines)));
        } else if !self.conflicts.is_empty() {
            let number = self.conflicts.len();
            wrong.says.push(match number {
                1 => "1 file is changed on both sides".to_owned(),
                _ => format!("{number} files are changed on both sides"),
            });
        } else {
            return;
        }
        wrong.hints.push(format!("`git merge {name}` shows what differs"));
    }

    fn tell_faults(&self, wrong: &mut Wrong) {
        if self.faults.is_empty() {
            return;
        }
        let (are, number) = (if self.faults.len() == 1 { "is" } else { "are" }, count(self.faults.len(), "fault"));
        wrong.says.push(format!("there {are} {number}"));
        wrong.details.extend(self.faults.iter().map(|(at, fault)| {
            let place = fault.location.map_or_else(String::new, |place| format!(":{place}"));
            let from = at.from.as_ref().map_or_else(String::new, |from| format!(" ({from})"));
            format!("{}{place}{from}: {}", at.file, fault.kind)
        }));
        let faults: Vec<Fault> = self.faults.iter().map(|(_, fault)| fault.clone()).collect();
        wrong.hints.extend(Faults::none_or(faults).err().map(|faults| faults.hints()).unwrap_or_default());
    }

    fn tell_moved(&self, wrong: &mut Wrong) {
        if self.moved.is_empty() {
            return;
        }
        wrong.says.push(format!("what is new here comes before what `{}` has", self.name));
        wrong.details.extend(self.moved.iter().map(|Moved { file, after, new }| {
            let after = if after.is_empty() { "nothing".to_owned() } else { list(after) };
            format!("{file} comes after {after} there, and would come after {}, new here", list(new))
        }));
        wrong.hints.push("give what is new here a later id: databases may have the others already".to_owned());
    }

    fn tell_heads(&self, wrong: &mut Wrong) {
        let Some(heads) = self.heads.as_ref().filter(|heads| heads.names.len() > 1) else { return };
        wrong.says.push(format!("there are {} heads, which {}", heads.names.len(), apart(&heads.after)));
        wrong.details.extend(heads.files.iter().map(Sided::to_string));
        wrong.hints.push(format!(
            "after `git merge {}`, `dunlin rebase` puts one line behind the other, or `dunlin merge` joins them with a \
             migration",
            self.name
        ));
        if self.is_lock_changed_twice {
            let hint = "where git stops at dunlin.lock, keep the lines of both sides, as `dunlin doctor --fix` does";
            wrong.hints.push(hint.to_owned());
        }
    }

    fn facts(&self) -> Value {
        let mut facts = json!({
            "against": self.name,
            "conflicts": self.conflicts.iter().map(|(file, _)| file).collect::<Vec<_>>(),
            "faults": self.faults.iter().map(|(_, fault)| problem::fault(fault)).collect::<Vec<_>>(),
            "moved": self.moved.iter().map(|moved| &moved.file.file).collect::<Vec<_>>(),
        });
        if let Some(heads) = &self.heads {
            facts["heads"] = heads.files.iter().map(|head| json!({ "file": head.file, "from": head.from })).collect();
            facts["after"] = json!(heads.after);
        }
        facts
    }
}

impl fmt::Display for Sided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        self.from.as_ref().map_or(Ok(()), |from| write!(f, " ({from})"))
    }
}
