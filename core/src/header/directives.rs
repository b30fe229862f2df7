//! The table of directives.

use super::values::{self, BadValue};
use super::{Header, Wrap};

/// One directive, as the parser, the documentation and the tests know it.
#[derive(Debug)]
pub struct Directive {
    /// Its name.
    pub key: &'static str,
    /// What its value must be, for people.
    pub grammar: &'static str,
    /// What it does, in one sentence.
    pub sentence: &'static str,
    /// A right use, without `-- dunlin:`.
    pub example: &'static str,
    /// Which files may carry it.
    pub files: Files,
    /// Whether it may stand more than once.
    pub repeats: bool,
    /// Whether it counts for the semantic checksum.
    pub changes_behaviour: bool,
    pub(super) set: fn(&mut Header, &str) -> Result<(), BadValue>,
}

/// Which files may carry a directive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    /// Up files only.
    Up,
    /// Up and down files, each for itself.
    UpAndDown,
    /// Every file, repeatable ones too.
    All,
}

/// Every directive.
pub static DIRECTIVES: [Directive; 13] = [
    Directive {
        key: "revises",
        grammar: "the ids of the parents, or `base`",
        sentence: "Names the migrations that this one comes after; several are a merge, `base` is none.",
        example: "revises 20261121093000",
        files: Files::Up,
        repeats: false,
        changes_behaviour: false,
        set: |header, value| values::parents(value).map(|ids| header.revises = Some(ids)),
    },
    Directive {
        key: "depends-on",
        grammar: "ids, each with its set and a `/` if it is in another",
        sentence: "Names migrations that must be applied first without being parents.",
        example: "depends-on auth/0003, 0007",
        files: Files::Up,
        repeats: true,
        changes_behaviour: false,
        set: |header, value| values::dependencies(value).map(|ids| header.depends_on.extend(ids)),
    },
    Directive {
        key: "replaces",
        grammar: "the ids of the migrations that it stands for, the last of them last",
        sentence: "Says that this migration makes what others make together; `dunlin squash` writes it.",
        example: "replaces 20261121093000, 20261122101500",
        files: Files::Up,
        repeats: true,
        changes_behaviour: false,
        set: |header, value| values::ids(value).map(|ids| header.replaces.extend(ids)),
    },
    Directive {
        key: "label",
        grammar: "a name of letters, digits, `_`, `-` and `.`",
        sentence: "Names the line of migrations that this one and its descendants are in.",
        example: "label billing",
        files: Files::Up,
        repeats: true,
        changes_behaviour: false,
        set: |header, value| values::label(value).map(|label| header.labels.push(label)),
    },
    Directive {
        key: "transaction",
        grammar: "`none`",
        sentence: "Runs the statements one by one outside a transaction, and records each in the journal.",
        example: "transaction none",
        files: Files::UpAndDown,
        repeats: false,
        changes_behaviour: true,
        set: |header, value| values::word(value, "none").map(|()| header.wrap = Wrap::None),
    },
    Directive {
        key: "irreversible",
        grammar: "the reason",
        sentence: "Says that there is no way back and so no down file, and why.",
        example: "irreversible the old passwords are gone",
        files: Files::Up,
        repeats: false,
        changes_behaviour: false,
        set: |header, value| values::some_text(value).map(|reason| header.irreversible = Some(reason)),
    },
    Directive {
        key: "breaking",
        grammar: "no value",
        sentence: "Forbids binaries that do not know this migration to run against a database that has it.",
        example: "breaking",
        files: Files::Up,
        repeats: false,
        changes_behaviour: false,
        set: |header, value| values::nothing(value).map(|()| header.breaking = true),
    },
    Directive {
        key: "foreign-keys",
        grammar: "`off`",
        sentence: "SQLite: switches foreign keys off round the transaction and checks all of them before it commits.",
        example: "foreign-keys off",
        files: Files::UpAndDown,
        repeats: false,
        changes_behaviour: true,
        set: |header, value| values::word(value, "off").map(|()| header.foreign_keys_off = true),
    },
    Directive {
        key: "lock-timeout",
        grammar: "a duration such as `5s`, `500ms`, `2min` or `1h`",
        sentence: "Limits how long a statement of this file waits for the database's locks.",
        example: "lock-timeout 5s",
        files: Files::All,
        repeats: false,
        changes_behaviour: true,
        set: |header, value| values::duration(value).map(|limit| header.lock_timeout = Some(limit)),
    },
    Directive {
        key: "statement-timeout",
        grammar: "a duration such as `5s`, `500ms`, `2min` or `1h`",
        sentence: "Limits how long a statement of this file runs.",
        example: "statement-timeout 15min",
        files: Files::All,
        repeats: false,
        changes_behaviour: true,
        set: |header, value| values::duration(value).map(|limit| header.statement_timeout = Some(limit)),
    },
    Directive {
        key: "retry",
        grammar: "a duration such as `30s` or `10min`, or `off`",
        sentence: "Limits for how long it is tried again when a statement did not obtain a lock in its time.",
        example: "retry 2min",
        files: Files::UpAndDown,
        repeats: false,
        changes_behaviour: false,
        set: |header, value| values::budget(value).map(|budget| header.retry = Some(budget)),
    },
    Directive {
        key: "vars",
        grammar: "names of letters, digits and `_`",
        sentence: "Declares the variables that stand as `${name}` in this file and get their values when it runs.",
        example: "vars role, schema",
        files: Files::All,
        repeats: true,
        changes_behaviour: true,
        set: |header, value| values::variables(value).map(|names| header.variables.extend(names)),
    },
    Directive {
        key: "allow",
        grammar: "a lint rule and the reason",
        sentence: "Silences one lint rule for this file.",
        example: "allow drop-column unused since version 3.2",
        files: Files::All,
        repeats: true,
        changes_behaviour: false,
        set: |header, value| values::allowance(value).map(|allowance| header.allow.push(allowance)),
    },
];
