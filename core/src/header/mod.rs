//! What a file says about itself: the directives of its leading comment.
//!
//! [`DIRECTIVES`] is the one table of them; [`parse`] reads a file's header by it, and the documentation is made from it.
//! To add a directive, add its row in `directives.rs` and the field of [`Header`] that it sets.

mod directives;
mod lines;
mod values;

use std::time::Duration;

pub use directives::{DIRECTIVES, Directive, Files};
pub use lines::is_directive;

use crate::migration::{BadId, BadLabel, Label, MigrationId, SetName};
use crate::text::nearest;
use crate::variables::Variable;

/// The directives of one file. The default is a file without any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// `revises`: the parents; `Some` and empty for `base`, `None` if the file does not say.
    pub revises: Option<Vec<MigrationId>>,
    /// `depends-on`.
    pub depends_on: Vec<Dependency>,
    /// `replaces`, as often as it stands.
    pub replaces: Vec<MigrationId>,
    /// `label`, as often as it stands.
    pub labels: Vec<Label>,
    /// `transaction`.
    pub wrap: Wrap,
    /// `irreversible`, with its reason.
    pub irreversible: Option<String>,
    /// `breaking`.
    pub breaking: bool,
    /// `foreign-keys off`.
    pub foreign_keys_off: bool,
    /// `lock-timeout`.
    pub lock_timeout: Option<Duration>,
    /// `statement-timeout`.
    pub statement_timeout: Option<Duration>,
    /// `retry`: for how long; zero is not at all.
    pub retry: Option<Duration>,
    /// `vars`, as often as it stands.
    pub variables: Vec<Variable>,
    /// `allow`, as often as it stands.
    pub allow: Vec<Allowance>,
    /// The names of the directives that stand there.
    keys: Vec<&'static str>,
    /// The directives that change what the file does, by name, one a line.
    behaviour: String,
}

/// How a file's statements are held together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Wrap {
    /// All of them in one transaction, with the history.
    #[default]
    Transaction,
    /// One by one, each recorded in the journal.
    None,
}

/// A migration that must be applied first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The set that it is in, if another.
    pub set: Option<SetName>,
    /// Its id.
    pub id: MigrationId,
}

/// A lint rule that a file is excused from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    /// The rule.
    pub rule: String,
    /// Why.
    pub reason: String,
}

/// A directive that cannot be read, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadDirective {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub kind: BadDirectiveKind,
}

/// What is wrong with a directive.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadDirectiveKind {
    /// No directive has this name.
    #[error("unknown directive `{key}`{}", .nearest.map_or(String::new(), |nearest| format!("; did you mean `{nearest}`?")))]
    Unknown {
        /// The name.
        key: String,
        /// What was probably meant.
        nearest: Option<&'static str>,
    },
    /// The line means to be a directive but is not written as one.
    #[error("write a directive as `-- dunlin: <key> [value]`")]
    Form,
    /// The value does not follow the directive's grammar.
    #[error("`{key}` takes {grammar}, not `{value}`; for example `-- dunlin: {example}`")]
    Value {
        /// The directive.
        key: &'static str,
        /// What it takes.
        grammar: &'static str,
        /// What stands there.
        value: String,
        /// A right one.
        example: &'static str,
    },
    /// An id in the value is none.
    #[error(transparent)]
    Id(#[from] BadId),
    /// A label reads as something else.
    #[error(transparent)]
    Label(#[from] BadLabel),
    /// The directive may stand once and stands again.
    #[error("`{0}` stands a second time")]
    Twice(&'static str),
}

impl Header {
    /// Returns the directives that change what the file does, in canonical form.
    pub fn behaviour(&self) -> &str {
        &self.behaviour
    }

    /// Says whether a directive stands there.
    pub fn carries(&self, key: &str) -> bool {
        self.keys.contains(&key)
    }
}

/// Reads the header of a text, which must be normalised.
///
/// The header is the leading run of comments and blank lines. All its faults are returned, in order.
pub fn parse(text: &str) -> Result<Header, Vec<BadDirective>> {
    let mut header = Header::default();
    let mut faults = Vec::new();
    let mut seen: Vec<(&'static Directive, String)> = Vec::new();
    for (line, comment) in lines::leading_comments(text) {
        match lines::directive(comment) {
            lines::Reading::Comment => {}
            lines::Reading::Malformed => faults.push(BadDirective { line, kind: BadDirectiveKind::Form }),
            lines::Reading::Directive { key, value } => match apply(&mut header, &mut seen, key, value) {
                Ok(()) => {}
                Err(kind) => faults.push(BadDirective { line, kind }),
            },
        }
    }
    header.keys = seen.iter().map(|(directive, _)| directive.key).collect();
    seen.retain(|(directive, _)| directive.changes_behaviour);
    seen.sort_by_key(|(directive, _)| directive.key);
    header.behaviour = seen.iter().map(|(directive, value)| format!("{} {value}\n", directive.key)).collect();
    if faults.is_empty() { Ok(header) } else { Err(faults) }
}

fn apply(
    header: &mut Header,
    seen: &mut Vec<(&'static Directive, String)>,
    key: &str,
    value: &str,
) -> Result<(), BadDirectiveKind> {
    let directive =
        DIRECTIVES.iter().find(|directive| directive.key == key).ok_or_else(|| BadDirectiveKind::Unknown {
            key: key.to_owned(),
            nearest: nearest(key, DIRECTIVES.iter().map(|directive| directive.key)),
        })?;
    if !directive.repeats && seen.iter().any(|(earlier, _)| earlier.key == directive.key) {
        return Err(BadDirectiveKind::Twice(directive.key));
    }
    let folded = value.split_whitespace().collect::<Vec<_>>().join(" ");
    (directive.set)(header, &folded).map_err(|error| match error {
        values::BadValue::Grammar => BadDirectiveKind::Value {
            key: directive.key,
            grammar: directive.grammar,
            value: folded.clone(),
            example: directive.example,
        },
        values::BadValue::Id(bad) => BadDirectiveKind::Id(bad),
        values::BadValue::Label(bad) => BadDirectiveKind::Label(bad),
    })?;
    seen.push((directive, folded));
    Ok(())
}

#[cfg(test)]
mod tests;
