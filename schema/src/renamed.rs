//! What can be renamed, and how it is said.

use dunlin_core::dialect::Dialect;

use crate::fact::Kind;
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

    /// Returns a name as it is said: a value of several words stands in quotes.
    pub(crate) fn written(self, name: &str) -> String {
        let is_plain = !name.contains(|c: char| c.is_whitespace() || matches!(c, '.' | '\''));
        if self != Renamed::Value || is_plain { name.to_owned() } else { Dialect::Postgres.literal(name) }
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
    let unreadable = || bad(format!("`{said}` cannot be read; {}", every()));
    let (left, to) = rest.split_once("->").ok_or_else(unreadable)?;
    let (word, from) = left.trim().split_once(char::is_whitespace).ok_or_else(unreadable)?;
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
    let (from, to) = (from.trim(), to.trim());
    let (owner, from) = match form.owner {
        None => (None, from),
        Some(owner) => {
            let split = from
                .split_once(".'")
                .map(|(owner, _)| from.split_at(owner.len()))
                .map(|(owner, rest)| (owner, rest.trim_start_matches('.')));
            let (of, from) = split
                .or_else(|| from.rsplit_once('.'))
                .ok_or_else(|| bad(format!("`{said}` names no {}; it is `rename {}`", owner.word(), form.form)))?;
            (Some(of.to_owned()), from)
        }
    };
    let name = |text: &str| match text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        Some(inner) if form.what == Renamed::Value => Some(inner.replace("''", "'")),
        _ => Some(text.to_owned()).filter(|text| !text.is_empty() && !text.contains(char::is_whitespace)),
    };
    // The owner may be repeated.
    let to = owner.as_ref().and_then(|owner| to.strip_prefix(&format!("{owner}."))).unwrap_or(to);
    let (from, to) = name(from).zip(name(to)).ok_or_else(unreadable)?;
    let kind = form.kinds.first().copied().unwrap_or(Kind::Table);
    Ok(Rename { what: form.what, kind, owner, from, to, said: place })
}
