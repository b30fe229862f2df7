//! What can be renamed, and how it is said.

use dunlin_core::dialect::Dialect;

use crate::fact::Kind;
use crate::name::{Name, parts};
use crate::rename::{BadRename, Rename, Said};

/// What can be renamed, in the order in which it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Renamed {
    /// A schema of PostgreSQL, with all that is in it.
    Schema,
    /// A type: an enum, a domain, a composite or range type.
    Type,
    /// A value of an enum.
    Value,
    /// A table.
    Table,
    /// A column.
    Column,
    /// A constraint of a table.
    Constraint,
    /// An index.
    Index,
    /// A sequence.
    Sequence,
    /// A view, also a materialized one.
    View,
}

/// How one of them is said.
struct Form {
    what: Renamed,
    word: &'static str,
    /// The kinds that it may be of.
    kinds: &'static [Kind],
    /// What it is named as a part of.
    owner: Option<Renamed>,
    form: &'static str,
    /// The engines that can rename it.
    engines: &'static [Dialect],
}

const TYPES: [Kind; 4] = [Kind::Enum, Kind::Domain, Kind::Composite, Kind::Range];
const CONSTRAINTS: [Kind; 5] = [Kind::PrimaryKey, Kind::Unique, Kind::Exclusion, Kind::Check, Kind::ForeignKey];
const POSTGRES: [Dialect; 1] = [Dialect::Postgres];
const SERVERS: [Dialect; 2] = [Dialect::Postgres, Dialect::Mysql];

const FORMS: [Form; 9] = [
    form(Renamed::Table, "table", &[Kind::Table], None, "table <old> -> <new>", &Dialect::ALL),
    form(
        Renamed::Column,
        "column",
        &[Kind::Column],
        Some(Renamed::Table),
        "column <table>.<old> -> <new>",
        &Dialect::ALL,
    ),
    form(Renamed::View, "view", &[Kind::View, Kind::MaterializedView], None, "view <old> -> <new>", &SERVERS),
    form(Renamed::Index, "index", &[Kind::Index], None, "index <old> -> <new>", &POSTGRES),
    form(
        Renamed::Constraint,
        "constraint",
        &CONSTRAINTS,
        Some(Renamed::Table),
        "constraint <table>.<old> -> <new>",
        &POSTGRES,
    ),
    form(Renamed::Type, "type", &TYPES, None, "type <old> -> <new>", &POSTGRES),
    form(Renamed::Value, "value", &[Kind::Enum], Some(Renamed::Type), "value <type>.<old> -> <new>", &POSTGRES),
    form(Renamed::Sequence, "sequence", &[Kind::Sequence], None, "sequence <old> -> <new>", &POSTGRES),
    form(Renamed::Schema, "schema", &[Kind::Schema], None, "schema <old> -> <new>", &POSTGRES),
];

const fn form(
    what: Renamed,
    word: &'static str,
    kinds: &'static [Kind],
    owner: Option<Renamed>,
    form: &'static str,
    engines: &'static [Dialect],
) -> Form {
    Form { what, word, kinds, owner, form, engines }
}

impl Renamed {
    fn form(self) -> Option<&'static Form> {
        FORMS.iter().find(|form| form.what == self)
    }

    /// Returns the word for it.
    pub fn word(self) -> &'static str {
        self.form().map_or("", |form| form.word)
    }

    /// Returns the kinds that it may be of.
    pub(crate) fn kinds(self) -> &'static [Kind] {
        self.form().map_or(&[], |form| form.kinds)
    }

    /// Returns what it is named as a part of.
    pub(crate) fn owner(self) -> Option<Renamed> {
        self.form().and_then(|form| form.owner)
    }

    /// Returns a name as it is said: a value of several words stands in the quotes of a text.
    pub(crate) fn written(self, name: &Name) -> String {
        let is_plain = |name: &str| !name.contains(|c: char| c.is_whitespace() || matches!(c, '.' | '\'' | '"'));
        if self != Renamed::Value || is_plain(name.last()) {
            name.to_string()
        } else {
            Dialect::Postgres.literal(name.last())
        }
    }
}

/// Reads what a directive says.
pub(crate) fn parsed(said: &str, place: Said, dialect: Dialect) -> Result<Rename, BadRename> {
    let bad = |message: String| BadRename { said: place, message, hint: None };
    let forms: Vec<&Form> = FORMS.iter().filter(|form| form.engines.contains(&dialect)).collect();
    let every = || {
        let (last, others) = forms.split_last().map_or(("", &[][..]), |(last, others)| (last.form, others));
        let others: Vec<String> = others.iter().map(|form| format!("`rename {}`", form.form)).collect();
        format!("it is {} or `rename {last}`", others.join(", "))
    };
    let Some(rest) = said.strip_prefix("rename ") else {
        return Err(bad(format!("`{said}` is no directive of a schema; {}", every())));
    };
    let unreadable =
        || bad(format!("`{said}` cannot be read; {}, with any name of more than a word in double quotes", every()));
    let (word, names) = rest.trim_start().split_once(char::is_whitespace).ok_or_else(unreadable)?;
    let form = FORMS.iter().find(|form| form.word == word).ok_or_else(unreadable)?;
    if !form.engines.contains(&dialect) {
        let can: Vec<String> = forms.iter().map(|form| format!("{}s", form.word)).collect();
        let message = format!(
            "`rename {word}`: {} renames {} alone; what else has another name is made again, which loses nothing",
            dialect.facts().name,
            can.join(" and ")
        );
        return Err(bad(message));
    }
    let quotes = quotes(form, dialect);
    let (mut from, rest) = parts(names, quotes).ok_or_else(unreadable)?;
    let (mut to, rest) = rest.strip_prefix("->").and_then(|to| parts(to, quotes)).ok_or_else(unreadable)?;
    if !rest.is_empty() {
        return Err(unreadable());
    }
    let owner = match form.owner {
        None => None,
        Some(owner) => {
            let own = from.pop().unwrap_or_default();
            let of = named(&std::mem::replace(&mut from, vec![own]), dialect)
                .ok_or_else(|| bad(format!("`{said}` names no {}; it is `rename {}`", owner.word(), form.form)))?;
            // The owner may be repeated.
            if to.len() == of.parts().len() + 1 && to.starts_with(of.parts()) {
                to.drain(..of.parts().len());
            }
            to = vec![to.join(".")];
            Some(of)
        }
    };
    // What is renamed stays in its schema, unless another is said.
    if let ([schema, _], [_], Dialect::Postgres, None) = (&from[..], &to[..], dialect, form.owner) {
        to.insert(0, schema.clone());
    }
    let (from, to) = named(&from, dialect).zip(named(&to, dialect)).ok_or_else(unreadable)?;
    if form.what == Renamed::Index && from.schema() != to.schema() {
        return Err(bad(format!("`{said}` leads into another schema, and an index is in that of its table")));
    }
    let kind = form.kinds.first().copied().unwrap_or(Kind::Table);
    Ok(Rename { what: form.what, kind, owner, from, to, said: place })
}

/// Returns the quotes that a name may stand in.
fn quotes(form: &Form, dialect: Dialect) -> &'static [char] {
    match dialect {
        Dialect::Postgres if form.what == Renamed::Value => &['"', '\''],
        Dialect::Postgres => &['"'],
        Dialect::Sqlite | Dialect::Mysql => &['"', '`'],
    }
}

/// Takes parts for a name. Where nothing is in a schema, a dot is part of it.
fn named(parts: &[String], dialect: Dialect) -> Option<Name> {
    match dialect {
        Dialect::Postgres => Name::of_parts(parts),
        Dialect::Sqlite | Dialect::Mysql => (!parts.is_empty()).then(|| Name::of(parts.join("."))),
    }
}
