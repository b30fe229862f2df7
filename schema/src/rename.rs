//! Names that are given up for others. A rename is said, never guessed.

use std::fmt;

use dunlin_core::dialect::Dialect;
use dunlin_core::header::is_directive;
use dunlin_core::statements::{LexError, TokenKind, tokens};

use crate::diff::Delta;
use crate::fact::{Fact, Id, Kind};
use crate::name::{Name, folded, without_public};
use crate::renamed::{Renamed, parsed};
use crate::schema::Schema;

/// A name that is given up for another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    /// What is renamed.
    pub what: Renamed,
    /// Its kind: of the kinds that `what` may mean, the one that it has in the schemas.
    pub kind: Kind,
    /// The table or type that it is a part of, as that is called when the rename is made.
    pub owner: Option<Name>,
    /// The name that is given up.
    pub from: Name,
    /// The new name.
    pub to: Name,
    /// Which of the texts says it, and at which byte.
    pub said: Said,
}

/// A place in one of several texts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Said {
    /// The number of the text, from 0.
    pub text: usize,
    /// The byte in it.
    pub offset: usize,
}

/// The renames that texts say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Renames(pub(crate) Vec<Rename>);

/// A directive of a schema's text that cannot be followed, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BadRename {
    /// Where it stands.
    pub said: Said,
    /// What is wrong with it.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Rename {
    /// Returns the same, back.
    pub fn inverse(&self) -> Rename {
        Rename { from: self.to.clone(), to: self.from.clone(), ..self.clone() }
    }

    /// Returns what tells the thing from others, under one of its names. A value is told by its type.
    pub(crate) fn id(&self, name: &Name, dialect: Dialect) -> Id {
        let name = Some(name).filter(|_| self.what != Renamed::Value);
        let parts = self.owner.iter().chain(name).flat_map(Name::parts).map(String::as_str);
        match dialect {
            Dialect::Postgres if self.what == Renamed::Schema => Id::new(self.kind, parts),
            // What stands in no schema by its name is in the one that everybody has.
            Dialect::Postgres => {
                let outer = self.owner.as_ref().or(name).map_or(0, |outer| outer.parts().len());
                let schema = if outer > 1 { None } else { Some("public") };
                Id::new(self.kind, schema.into_iter().chain(parts))
            }
            Dialect::Sqlite | Dialect::Mysql => Id::new(self.kind, parts.map(|part| folded(part, dialect))),
        }
    }

    /// Returns what tells the table that it is about, as that is called before it.
    pub(crate) fn table(&self, dialect: Dialect) -> Id {
        let table = self.owner.as_ref().unwrap_or(&self.from);
        Rename { what: Renamed::Table, kind: Kind::Table, owner: None, ..self.clone() }.id(table, dialect)
    }

    /// Returns the kind that the thing has in a schema under a name; `None` is that it is not there.
    pub(crate) fn kind_in(&self, schema: &Schema, name: &Name) -> Option<Kind> {
        let is_there = |kind: &&Kind| {
            let fact = schema.get(&Rename { kind: **kind, ..self.clone() }.id(name, schema.dialect()));
            fact.is_some_and(|fact| self.what != Renamed::Value || has_value(fact, name.last()))
        };
        self.what.kinds().iter().find(is_there).copied()
    }

    /// Returns what something is called behind it: what is renamed, or a part of that.
    pub fn followed(&self, dialect: Dialect, id: &Id) -> Id {
        if !matches!(self.what, Renamed::Table | Renamed::Column | Renamed::Schema) {
            return id.clone();
        }
        let (from, to) = (self.id(&self.from, dialect), self.id(&self.to, dialect));
        if *id == from {
            return to;
        }
        let is_inside = match self.what {
            Renamed::Schema => id.kind != Kind::Schema,
            _ => self.what == Renamed::Table && id.kind == Kind::Column,
        };
        match id.name.get(..from.name.len()) {
            Some(outer) if is_inside && outer == from.name => {
                Id::new(id.kind, to.name.iter().chain(id.name.iter().skip(from.name.len())).cloned())
            }
            _ => id.clone(),
        }
    }
}

/// Says whether an enum has a value.
fn has_value(fact: &Fact, value: &str) -> bool {
    let literal = Dialect::Postgres.literal(value);
    fact.attribute("values").is_some_and(|values| format!(", {values},").contains(&format!(", {literal},")))
}

impl fmt::Display for Rename {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let owner = self.owner.as_ref().map(|owner| format!("{owner}.")).unwrap_or_default();
        write!(f, "{} {owner}{} -> {}", self.what.word(), self.what.written(&self.from), self.what.written(&self.to))
    }
}

impl Renames {
    /// Says whether one of them is this one.
    pub fn say(&self, rename: &Rename) -> bool {
        let named = |rename: &Rename| (rename.what, rename.from.clone(), rename.to.clone(), rename.said);
        self.0.iter().any(|said| named(said) == named(rename))
    }

    /// Finds the directives of texts, wherever they stand: `-- dunlin: rename column users.username -> user_name`,
    /// `-- dunlin: rename table a -> b`. Any other directive is a fault, and so is one for something that the engine cannot rename.
    pub fn read(texts: &[&str], dialect: Dialect) -> Result<Renames, BadRename> {
        let mut renames = Vec::new();
        for (text, sql) in texts.iter().enumerate() {
            let place = |offset| Said { text, offset };
            let bad = |error: LexError| BadRename { said: place(error.offset), message: error.to_string(), hint: None };
            let tokens = tokens(sql, dialect).map_err(bad)?;
            for token in tokens.into_iter().filter(|token| token.kind == TokenKind::Comment) {
                let comment = sql.get(token.start..token.end).unwrap_or_default();
                match said(comment) {
                    Some(said) => renames.push(parsed(said, place(token.start), dialect)?),
                    None if is_directive(comment) => return Err(odd(place(token.start))),
                    None => {}
                }
            }
        }
        Ok(Renames(renames))
    }
}

/// Returns what looks like a rename: something is gone and something has come that differs in its name alone.
pub fn likely(deltas: &[Delta<'_>]) -> Vec<Rename> {
    let last = |fact: &Fact| fact.id.name.last().cloned().unwrap_or_default();
    let is_named = |fact: &Fact| matches!(fact.id.kind, Kind::Table | Kind::Column);
    let mut renames = Vec::new();
    for removed in
        deltas.iter().filter(|delta| matches!(delta, Delta::Removed(fact) if is_named(fact))).map(Delta::fact)
    {
        let is_alike = |fact: &&Fact| {
            // What is named after it, such as its key, has another name with it.
            let mut names = [last(removed), last(fact)];
            names.sort_by_key(|name| std::cmp::Reverse(name.len()));
            let said = |text: &str| names.iter().fold(text.to_owned(), |text, name| text.replace(name, "…"));
            let essence = |fact: &Fact| -> Vec<(&'static str, String)> {
                let others = fact.attributes.iter().filter(|(name, _)| *name != "name");
                others.map(|(name, text)| (*name, said(text))).collect()
            };
            let parts = |of: &Fact| {
                let facts = deltas.iter().flat_map(|delta| match delta {
                    Delta::Added(fact) | Delta::Removed(fact) => vec![*fact],
                    Delta::Changed { from, to, .. } => vec![*from, *to],
                });
                let parts = facts.filter(|part| part.parent.as_ref() == Some(&of.id));
                let mut parts: Vec<_> = parts.map(|part| (part.id.kind, said(&last(part)), essence(part))).collect();
                parts.sort();
                parts
            };
            fact.id.kind == removed.id.kind
                && fact.parent == removed.parent
                // What is in another schema was moved, which is no rename.
                && fact.id.name.iter().rev().skip(1).eq(removed.id.name.iter().rev().skip(1))
                && essence(fact) == essence(removed)
                && parts(fact) == parts(removed)
        };
        let added = deltas.iter().filter(|delta| matches!(delta, Delta::Added(_))).map(Delta::fact);
        let alike: Vec<&Fact> = added.filter(is_alike).collect();
        if let [one] = alike[..] {
            renames.push(saying(removed, one));
        }
    }
    renames
}

/// Returns what may be a rename: the first thing that is gone from where another has come, and the first that came there. Nothing else
/// tells which of several became which.
pub fn possible(deltas: &[Delta<'_>]) -> Option<Rename> {
    let named = |fact: &&Fact| matches!(fact.id.kind, Kind::Table | Kind::Column);
    let gone = deltas.iter().filter(|delta| matches!(delta, Delta::Removed(_))).map(Delta::fact).filter(named);
    let place = |fact: &Fact| (fact.id.kind, fact.parent.clone());
    gone.into_iter().find_map(|removed| {
        let come = deltas.iter().filter(|delta| matches!(delta, Delta::Added(_))).map(Delta::fact);
        let added = come.filter(named).find(|added| place(added) == place(removed))?;
        Some(saying(removed, added))
    })
}

/// Returns the rename that makes one thing of another.
fn saying(removed: &Fact, added: &Fact) -> Rename {
    Rename {
        what: if removed.id.kind == Kind::Table { Renamed::Table } else { Renamed::Column },
        kind: removed.id.kind,
        owner: removed.parent.as_ref().and_then(|_| owner_of(removed)),
        from: said_name(removed),
        to: said_name(added),
        said: Said::default(),
    }
}

/// Returns what something is called in a directive. Where names have no attribute, the parts of one are those of its id.
fn said_name(fact: &Fact) -> Name {
    let own = fact.id.name.last().cloned().unwrap_or_default();
    match fact.attribute("name") {
        Some(name) => Name::of(name),
        None if fact.parent.is_some() => Name::of(own),
        None => Name::of_parts(without_public(&fact.id.name)).unwrap_or_else(|| Name::of(own)),
    }
}

/// Returns what the thing is called that something is part of.
fn owner_of(part: &Fact) -> Option<Name> {
    match part.attribute("name") {
        Some(name) => part.name.strip_suffix(name)?.strip_suffix('.').map(Name::of),
        None => Name::of_parts(without_public(part.id.name.split_last()?.1)),
    }
}

/// Returns the renames that nobody need say: of an index, a constraint or a column's sequence of which nothing but its name is
/// another, where the engine can rename it. What would be made again then is not.
pub fn lossless(from: &Schema, to: &Schema) -> Vec<Rename> {
    if from.dialect() != Dialect::Postgres {
        return Vec::new();
    }
    let owner = |of: &Schema, fact: &Fact| {
        let ownership = of.get(&Id { kind: Kind::Ownership, ..fact.id.clone() });
        ownership.and_then(|ownership| ownership.attribute("by").map(str::to_owned))
    };
    let what = |fact: &Fact| match fact.id.kind {
        Kind::Index => Some(Renamed::Index),
        Kind::Sequence => Some(Renamed::Sequence),
        kind if Renamed::Constraint.kinds().contains(&kind) => {
            fact.parent.as_ref().filter(|parent| parent.kind == Kind::Table).map(|_| Renamed::Constraint)
        }
        _ => None,
    };
    let last = |fact: &Fact| fact.id.name.last().cloned().unwrap_or_default();
    let essence = |fact: &Fact| -> Vec<(&'static str, String)> {
        // The text of an index begins with its name.
        let name = Dialect::Postgres.quote(&last(fact));
        let bare = |text: &str| {
            text.replacen(&format!(" {name} ON "), " ON ", 1).replacen(&format!(" {} ON ", last(fact)), " ON ", 1)
        };
        fact.attributes.iter().map(|(key, text)| (*key, bare(text))).collect()
    };
    let candidates = |of: &'_ Schema, other: &Schema| -> Vec<Fact> {
        let is_only_here = |fact: &&Fact| what(fact).is_some() && other.get(&fact.id).is_none();
        // A check has the name of what it is inherited from.
        let is_its_own = |fact: &&Fact| fact.id.kind != Kind::Check || fact.attribute("inherited").is_none();
        of.facts().filter(is_only_here).filter(is_its_own).cloned().collect()
    };
    let (gone, come) = (candidates(from, to), candidates(to, from));
    let is_alike = |one: &Fact, other: &Fact| {
        let have_one_owner = || owner(from, one).is_some_and(|column| owner(to, other) == Some(column));
        one.id.kind == other.id.kind
            && one.parent == other.parent
            && (one.id.kind != Kind::Sequence || have_one_owner())
            && essence(one) == essence(other)
    };
    let mut renames = Vec::new();
    for old in &gone {
        let alike: Vec<&Fact> = come.iter().filter(|new| is_alike(old, new)).collect();
        let is_only = gone.iter().filter(|other| other.parent == old.parent && essence(old) == essence(other)).count()
            == 1
            || old.id.kind == Kind::Sequence;
        let ([new], Some(what), true) = (&alike[..], what(old), is_only) else { continue };
        // The name must be free before anything else is done.
        let has_it = |fact: &Fact| {
            fact.id.kind != Kind::Column
                && fact.id.name.first() == new.id.name.first()
                && fact.id.name.last() == new.id.name.last()
        };
        if from.facts().any(has_it) {
            continue;
        }
        let of = if what == Renamed::Constraint { 2 } else { 1 };
        let outer = old.id.name.get(..of).unwrap_or_default();
        let named = |name: String| match what {
            Renamed::Index | Renamed::Sequence => Name::of_parts(&[outer, &[name]].concat()),
            _ => Some(Name::of(name)),
        };
        let owner = if what == Renamed::Constraint { Name::of_parts(outer) } else { None };
        let Some((from, to)) = named(last(old)).zip(named(last(new))) else { continue };
        renames.push(Rename { what, kind: old.id.kind, owner, from, to, said: Said::default() });
    }
    renames
}

/// Returns a text with blanks for its directives, so that none of them becomes part of what a database keeps. Everything else keeps
/// its place.
pub fn without_directives(sql: &str, dialect: Dialect) -> String {
    let mut blanked = sql.to_owned();
    for token in tokens(sql, dialect).unwrap_or_default().iter().rev().filter(|token| token.kind == TokenKind::Comment)
    {
        if let Some(comment) = sql.get(token.start..token.end).filter(|comment| said(comment).is_some()) {
            blanked.replace_range(token.start..token.end, &" ".repeat(comment.len()));
        }
    }
    blanked
}

/// Says of a comment that it is written nearly as a directive.
fn odd(said: Said) -> BadRename {
    let message = "write a directive as `-- dunlin: rename <what> <old> -> <new>`".to_owned();
    BadRename { said, message, hint: None }
}

/// Returns what a comment says to dunlin.
fn said(comment: &str) -> Option<&str> {
    comment.strip_prefix("--")?.trim_start().strip_prefix("dunlin:").map(str::trim)
}
