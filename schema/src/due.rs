//! Which of the renames that are said are still to be made, and what is wrong with one that cannot be.

use std::fmt;

use dunlin_core::dialect::Dialect;
use dunlin_core::text::nearest;

use crate::fact::{Id, Kind};
use crate::name::Name;
use crate::rename::{BadRename, Rename, Renames};
use crate::renamed::Renamed;
use crate::schema::Schema;

const CORRECT: &str = "correct its names, or take it away if nothing is to be renamed";

impl Renames {
    /// Returns those that are still to be made, in the order in which they can be: tables first. What is satisfied already is
    /// left out.
    ///
    /// Fails for one that matches nothing.
    pub fn due(&self, from: &Schema, to: &Schema) -> Result<Vec<Rename>, BadRename> {
        let mut said = self.0.clone();
        said.sort_by_key(|rename| rename.what);
        let (mut due, mut done): (Vec<Rename>, Vec<Rename>) = (Vec::new(), Vec::new());
        for rename in &said {
            let mut fates = Vec::new();
            for (before, after) in owners(rename, &due, &done) {
                let owned = |owner| Rename { owner, ..rename.clone() };
                fates.push(fate(rename, &owned(before), &owned(after), &said, from, to));
            }
            let first = |is_it: fn(&Result<Fate, BadRename>) -> bool| fates.iter().position(is_it);
            let best =
                first(|fate| matches!(fate, Ok(Fate::Due(_)))).or_else(|| first(|fate| matches!(fate, Ok(Fate::Done))));
            match fates.swap_remove(best.unwrap_or(0))? {
                Fate::Due(rename) => due.push(rename),
                Fate::Done => done.push(rename.clone()),
            }
        }
        Ok(ends_of_chains_first(due))
    }
}

/// What is to become of a rename.
enum Fate {
    Due(Rename),
    Done,
}

/// Returns what the thing that something is part of may be called, before the renames and behind them: it may be named as it was, as
/// it is, or as it is to be. In a chain a name may mean two of them.
fn owners(rename: &Rename, due: &[Rename], done: &[Rename]) -> Vec<(Option<Name>, Option<Name>)> {
    let Some(owner) = &rename.owner else { return vec![(None, None)] };
    let of = |way: &'_ [Rename]| -> Vec<Rename> {
        way.iter().filter(|earlier| Some(earlier.what) == rename.what.owner()).cloned().collect()
    };
    let (due, done) = (of(due), of(done));
    let mut called = vec![owner.clone()];
    while let Some(next) = called.last().and_then(|last| done.iter().find(|earlier| earlier.from.is_like(last)))
        && !called.contains(&next.to)
    {
        called.push(next.to.clone());
    }
    let behind =
        |name: &Name| due.iter().find(|earlier| earlier.from.is_like(name)).map_or(name, |next| &next.to).clone();
    let mut owners = Vec::new();
    for name in called.iter().rev() {
        let before = due.iter().filter(|earlier| earlier.to.is_like(name)).map(|earlier| &earlier.from);
        owners.extend(before.chain([name]).map(|before| (Some(before.clone()), Some(behind(before)))));
    }
    owners
}

/// Decides on a rename, with the owner that it has before all of them and behind them.
fn fate(
    rename: &Rename,
    before: &Rename,
    after: &Rename,
    said: &[Rename],
    from: &Schema,
    to: &Schema,
) -> Result<Fate, BadRename> {
    let (old, is_to_be) = (before.kind_in(from, &rename.from), after.kind_in(to, &rename.to));
    let (new, still) = (before.kind_in(from, &rename.to), after.kind_in(to, &rename.from));
    // The new name may be given up in turn, and the old one be taken by another: `a -> b` and `b -> c`.
    let last = rename.last_of_chain(said);
    let is_free = new.is_none() || last.is_some_and(|last| before.kind_in(from, &last.to).is_none());
    let taker = said.iter().find(|earlier| rename.goes_on_from(earlier)).filter(|_| last.is_some());
    let is_taken_first = taker.is_some_and(|taker| before.kind_in(from, &taker.from).is_none());
    match (old, is_to_be) {
        (Some(_), Some(_)) if rename.leads_nowhere(said, from) => Err(BadRename {
            hint: Some("make the schema in a migration of its own, and say the rename behind that".to_owned()),
            ..rename.taken(format!("the migrations make no schema `{}`, and renames come first", rename.to.schema()))
        }),
        (Some(kind), Some(_)) if is_free && (still.is_none() || taker.is_some()) => {
            Ok(Fate::Due(Rename { kind, ..after.clone() }))
        }
        (None, Some(_)) if new.is_some() => Ok(Fate::Done),
        // Another one has taken its old name, and keeps it.
        (Some(_), Some(_)) if is_taken_first && new.is_some() && still.is_some() => Ok(Fate::Done),
        // It was done, and its new name is given up in turn.
        (None, None) if said.iter().any(|next| next.goes_on_from(rename)) => Ok(Fate::Done),
        (Some(_), Some(_)) if last.is_none() => {
            Err(rename.taken("names that change places cannot be told from those that did; take two migrations"))
        }
        (Some(_), Some(_)) if new.is_some() => {
            Err(rename.taken(format!("the migrations make {} as well", before.called(&rename.to))))
        }
        (Some(_), Some(_)) => Err(rename.taken(format!("the schema still has {}", after.called(&rename.from)))),
        (Some(_), None) => Err(rename.unmatched("the schema has no", after, &rename.to, to)),
        (None, _) => Err(rename.unmatched("the migrations make no", before, &rename.from, from)),
    }
}

/// Puts each rename behind the one that gives up its new name.
fn ends_of_chains_first(mut renames: Vec<Rename>) -> Vec<Rename> {
    let mut ordered = Vec::with_capacity(renames.len());
    let is_free = |all: &[Rename], rename: &Rename| !all.iter().any(|next| next.goes_on_from(rename));
    while let Some(at) = renames.iter().position(|rename| is_free(&renames, rename)) {
        ordered.push(renames.remove(at));
    }
    ordered
}

impl Rename {
    /// Says whether it gives up the name that another one gives.
    fn goes_on_from(&self, earlier: &Rename) -> bool {
        self.what == earlier.what && self.owner == earlier.owner && self.from.is_like(&earlier.to)
    }

    /// Returns the last of those that go on from it, one from another; `None` is that they come back to it.
    fn last_of_chain<'r>(&'r self, all: &'r [Rename]) -> Option<&'r Rename> {
        let mut last = self;
        for _ in all {
            match all.iter().find(|next| next.goes_on_from(last)) {
                Some(next) => last = next,
                None => return Some(last),
            }
        }
        None
    }

    /// Says whether it leads into a schema of PostgreSQL that is not there when it is made.
    fn leads_nowhere(&self, said: &[Rename], from: &Schema) -> bool {
        let schema = self.to.schema();
        let is_renamed = || said.iter().any(|one| one.what == Renamed::Schema && one.to.last() == schema);
        from.dialect() == Dialect::Postgres
            && self.from.schema() != schema
            && from.get(&Id::new(Kind::Schema, [schema])).is_none()
            && !is_renamed()
    }

    /// Names the thing for people: column `users.name`.
    fn called(&self, name: &Name) -> String {
        let owner = self.owner.as_ref().map(|owner| format!("{owner}.")).unwrap_or_default();
        format!("{} `{owner}{name}`", self.what.word())
    }

    /// Says that a schema does not have it, with its owner as that is called there, under a name, and what was probably meant.
    fn unmatched(&self, has_no: &str, there: &Rename, name: &Name, schema: &Schema) -> BadRename {
        let meant = there.nearest_in(schema, name).map(|near| format!("did you mean `{near}`?"));
        let message = format!("`rename {self}` matches nothing: {has_no} {}", there.called(name));
        BadRename { said: self.said, message, hint: Some(meant.unwrap_or_else(|| CORRECT.to_owned())) }
    }

    fn taken(&self, why: impl fmt::Display) -> BadRename {
        let message = format!("`rename {self}` cannot be made: {why}");
        BadRename { said: self.said, message, hint: Some(CORRECT.to_owned()) }
    }

    /// Returns what a schema has of its kind under a name that is near, in something of a name that is near.
    fn nearest_in(&self, schema: &Schema, name: &Name) -> Option<String> {
        let owner = self.owner.as_ref().map(Name::said).unwrap_or_default();
        let wanted = [owner.clone(), name.said()].join(".");
        let is_near = |one: &str, other: &str| one == other || nearest(one, [other]).is_some();
        let names =
            schema.facts().filter(|fact| self.what.kinds().contains(&fact.id.kind)).map(|fact| fact.name.as_str());
        let is_meant = |there: &&str| match there.rsplit_once('.').filter(|_| self.owner.is_some()) {
            Some((of, own)) => is_near(&owner, of) && is_near(&name.said(), own),
            None => is_near(&name.said(), there),
        };
        nearest(wanted.trim_start_matches('.'), names.filter(is_meant)).map(str::to_owned)
    }
}
