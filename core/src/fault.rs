//! What can be wrong with a directory of migrations.
//!
//! Reading collects every fault; nothing stops at the first. Each says where it is, what is wrong and, where there is
//! one, the way out.

use std::fmt;

use crate::checksum::Checksum;
use crate::dialect::Dialect;
use crate::file_name::BadFileName;
use crate::header::BadDirectiveKind;
use crate::location::Location;
use crate::migration::MigrationId;
use crate::repeatable::BadRepeatableName;
use crate::statements::{LexError, Refusal};
use crate::test_file::BadTestFile;
use crate::text::list;

/// One fault of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The path to show to people.
    pub file: String,
    /// The place in it, if it is at one.
    pub location: Option<Location>,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultKind {
    /// The file or directory cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// The name is no migration's.
    #[error("not a migration's file name: {0}")]
    Name(#[from] BadFileName),
    /// The text is not UTF-8.
    #[error("not UTF-8: byte 0x{byte:02x} cannot stand here")]
    NotUtf8 {
        /// The first byte that is wrong.
        byte: u8,
    },
    /// A directive is wrong.
    #[error(transparent)]
    Directive(#[from] BadDirectiveKind),
    /// A directive stands behind the first statement.
    #[error("a directive must stand in the comment at the top of the file, before the first statement")]
    LateDirective,
    /// A down file carries what only an up file may.
    #[error("`{0}` stands in the up file, not in the down file")]
    UpOnlyDirective(&'static str),
    /// A file that declares variables has one that it does not declare.
    #[error("`${{{name}}}` is not among the variables that the file declares{}", .nearest.as_ref().map_or(String::new(), |near| format!("; did you mean `${{{near}}}`?")))]
    UndeclaredVariable {
        /// What stands in the braces.
        name: String,
        /// What was probably meant.
        nearest: Option<String>,
    },
    /// The up file has no statement.
    #[error("the up file has no statement")]
    Empty,
    /// Another tool's mark divides the file into a way up and a way down.
    #[error("`{0}` is another tool's mark; dunlin would run all of the file")]
    ForeignMark(&'static str),
    /// Another tool's file that must not be run as a migration.
    #[error("Flyway and refinery mean {0} by this name, and dunlin would run it as a migration up")]
    ForeignName(&'static str),
    /// There are folders as diesel and prisma make them, which dunlin does not read.
    #[error("it holds `{0}`; dunlin reads files, not folders")]
    FolderOfSql(String),
    /// The statements cannot be told apart.
    #[error(transparent)]
    Lex(LexError),
    /// A statement cannot stand here.
    #[error("{0}")]
    Refused(Refusal),
    /// Two files say the same half of one id.
    #[error("the id `{id}` is taken by `{other}`")]
    DuplicateId {
        /// The id.
        id: MigrationId,
        /// The other file.
        other: String,
    },
    /// There is a down file without an up file.
    #[error("there is no up file to go with it")]
    LoneDown,
    /// There is an up file without a down file, and no word about it.
    #[error("there is no down file, and nothing says why")]
    NoDown,
    /// The file calls itself irreversible, and there is a down file.
    #[error("`irreversible` stands here, and yet there is `{0}`")]
    NotIrreversible(String),
    /// There are files for other engines only.
    #[error("there is no file of `{name}` for {}", .dialect.facts().name)]
    OtherEngine {
        /// The migration.
        name: String,
        /// The engine that is asked for.
        dialect: Dialect,
    },
    /// An engine's own file says something else about the graph.
    #[error("`revises`, `depends-on`, `label` and `replaces` differ from those of `{0}`")]
    Disagrees(String),
    /// A file does not say what it revises where it must.
    #[error("it states no `revises`, and `{explicit}`, which comes before it, does")]
    NoRevises {
        /// The first file that does.
        explicit: String,
    },
    /// A parent is no migration of the set.
    #[error("it revises `{parent}`, which no file has{}", .nearest.as_ref().map_or(String::new(), |near| format!("; did you mean `{near}`?")))]
    UnknownParent {
        /// The parent.
        parent: MigrationId,
        /// What was probably meant.
        nearest: Option<String>,
    },
    /// A parent stands twice.
    #[error("it revises `{0}` twice")]
    DuplicateParent(MigrationId),
    /// A merge joins a line with what that line comes from.
    #[error("it revises both `{ancestor}` and `{parent}`, and `{parent}` comes after `{ancestor}` already")]
    AncestorParent {
        /// The parent that comes before the other.
        ancestor: String,
        /// The other.
        parent: String,
    },
    /// A dependency within the set is no migration of it.
    #[error("it depends on `{id}`, which no file has{}", .nearest.as_ref().map_or(String::new(), |near| format!("; did you mean `{near}`?")))]
    UnknownDependency {
        /// The dependency.
        id: MigrationId,
        /// What was probably meant.
        nearest: Option<String>,
    },
    /// Some of the migrations that it stands for have files, and others have none.
    #[error("it replaces {}, which no file has, and {}, which there is", list(.gone), list(.there))]
    ReplacesPartly {
        /// Those that have none.
        gone: Vec<String>,
        /// Those that have some.
        there: Vec<String>,
    },
    /// Two migrations stand for one, and neither of them for the other.
    #[error("it replaces `{id}`, which `{other}` replaces too")]
    ReplacedTwice {
        /// The migration that both stand for.
        id: MigrationId,
        /// The other file.
        other: String,
    },
    /// It stands for itself, or for something that comes after it.
    #[error("it replaces itself")]
    ReplacesItself,
    /// It does not name last what comes last.
    #[error("it replaces `{last}` last, and `{after}` comes after that")]
    ReplacesOrder {
        /// The one that it names last.
        last: MigrationId,
        /// One that does not come before it.
        after: String,
    },
    /// It has other parents than those that it stands for.
    #[error("it revises {}, and what it replaces revises {}", parents(.stated), parents(.expected))]
    ReplacesElsewhere {
        /// What it revises.
        stated: Vec<MigrationId>,
        /// What they revise.
        expected: Vec<MigrationId>,
    },
    /// A migration comes after one in the middle of those that another stands for.
    #[error("it revises `{parent}`, which `{squash}` replaces together with what comes after it")]
    RevisesReplaced {
        /// The migration that it revises.
        parent: MigrationId,
        /// The one that stands for it.
        squash: String,
        /// The last of those that it stands for.
        last: MigrationId,
    },
    /// Parents and dependencies lead back to where they began.
    #[error("it comes after itself: {}", .0.join(" → "))]
    Cycle(Vec<String>),
    /// A label is the id of a migration: a target could mean either.
    #[error("the label `{label}` is the id of `{other}`")]
    LabelIsId {
        /// The label.
        label: String,
        /// The file whose id it is.
        other: String,
    },
    /// Two migrations declare one label, or one declares it twice.
    #[error("the label `{label}` is taken by `{other}`")]
    DuplicateLabel {
        /// The label.
        label: String,
        /// The other file.
        other: String,
    },
    /// The name is no repeatable file's.
    #[error("not a repeatable file's name: {0}")]
    RepeatableName(#[from] BadRepeatableName),
    /// A repeatable file has a name that another one has, but for case.
    #[error("`{other}` has this name already; upper and lower case make no difference")]
    RepeatableTwice {
        /// The other file.
        other: String,
    },
    /// A repeatable file carries what has a meaning in migrations only.
    #[error("`{0}` has no meaning in a repeatable file")]
    NotInRepeatable(&'static str),
    /// A repeatable file has no statement.
    #[error("the file has no statement")]
    EmptyRepeatable,
    /// A file of a migration's test is none, or no good.
    #[error(transparent)]
    TestFile(#[from] BadTestFile),
    /// A line of the lock file cannot be read.
    #[error("{0}")]
    Lock(String),
    /// A sealed file was edited.
    #[error("it was edited after it was sealed\n  sealed   {sealed}\n  in file  {found}")]
    SealedEdited {
        /// The migration's id.
        id: MigrationId,
        /// What the lock file holds.
        sealed: Checksum,
        /// What the file's checksum is.
        found: Checksum,
    },
    /// A sealed file is gone.
    #[error("it was deleted after it was sealed in `{lock}`")]
    SealedDeleted {
        /// The lock file.
        lock: String,
    },
    /// A sealed migration has a half that it did not have.
    #[error("it was added after its migration was sealed without it")]
    SealedAdded,
    /// A sealed migration has other parents.
    #[error("its parents changed after it was sealed, from {} to {}", parents(.sealed), parents(.found))]
    SealedReordered {
        /// What the lock file holds.
        sealed: Vec<MigrationId>,
        /// What they are.
        found: Vec<MigrationId>,
    },
}

fn parents(ids: &[MigrationId]) -> String {
    if ids.is_empty() { "`base`".to_owned() } else { list(ids) }
}

impl FaultKind {
    /// Returns the way out, if there is a usual one.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            FaultKind::Refused(refusal) => refusal.hint.to_string(),
            FaultKind::Name(_) => "a migration is `<id>_<slug>.up.sql` and `<id>_<slug>.down.sql`".to_owned(),
            FaultKind::ForeignMark(_) => {
                "put what leads down in `<id>_<slug>.down.sql`, the rest in `<id>_<slug>.up.sql`, without the marks".to_owned()
            }
            FaultKind::ForeignName(_) => "name a way down `<id>_<slug>.down.sql`; leave the others out".to_owned(),
            FaultKind::FolderOfSql(_) => {
                "write `<folder>/up.sql` as `<id>_<slug>.up.sql`, `<folder>/down.sql` as `<id>_<slug>.down.sql`; ids are \
                 letters and digits"
                    .to_owned()
            }
            FaultKind::RepeatableName(_) => {
                "a repeatable file is `<name>.sql` or `<name>.<engine>.sql`; its text says what is to be there".to_owned()
            }
            FaultKind::NotInRepeatable("transaction") => {
                "a repeatable file runs in a transaction; what cannot run in one belongs in a migration".to_owned()
            }
            FaultKind::NotInRepeatable(_) => {
                "leave it out; such files run behind the migrations, and in an order that follows from their texts".to_owned()
            }
            FaultKind::Empty | FaultKind::EmptyRepeatable => "delete it, or write the statement; `select 1;` does nothing".to_owned(),
            FaultKind::DuplicateId { .. } => "give one of them another id; `1` and `001` are the same".to_owned(),
            FaultKind::NoDown => {
                "add the `.down.sql` file, or `-- dunlin: irreversible <reason>`, or allow up-only files for the whole set \
                 (`allow_up_only` in `embed!`, `allow-up-only = true` in dunlin.toml, `--allow-up-only`)"
                    .to_owned()
            }
            FaultKind::ReplacesPartly { .. } => "restore all of their files, or delete all of them".to_owned(),
            FaultKind::ReplacedTwice { .. } => {
                "keep one of the two, and delete the other as long as no database was made with it".to_owned()
            }
            FaultKind::ReplacesOrder { .. } | FaultKind::ReplacesElsewhere { .. } => {
                "delete its files, and let `dunlin squash` write it anew".to_owned()
            }
            FaultKind::RevisesReplaced { last, .. } => {
                format!("let it come after all of them: `-- dunlin: revises {last}`")
            }
            FaultKind::AncestorParent { ancestor, .. } => {
                format!("leave `{ancestor}` out of its `revises`")
            }
            FaultKind::NoRevises { .. } => "add `-- dunlin: revises <id>`; `dunlin new` writes it".to_owned(),
            FaultKind::SealedEdited { id, .. } => format!(
                "restore the file (`git log` shows who changed it, and `dunlin restore {id}` writes it back from a database that \
                 has it), or accept the edit with \
                 `dunlin lock --accept {id} --reason \"…\"`, or put the change in a new migration with `dunlin new`"
            ),
            FaultKind::SealedDeleted { lock } => {
                format!(
                    "restore the file (`dunlin restore <id>` writes it back from a database that has it), or remove its line \
                     from `{lock}` if no database can have it"
                )
            }
            FaultKind::SealedAdded | FaultKind::SealedReordered { .. } => {
                "restore the files, or seal them anew with `dunlin lock --accept <id> --reason \"…\"`".to_owned()
            }
            _ => return None,
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.location {
            Some(location) => write!(f, "{}:{location}: {}", self.file, self.kind),
            None => write!(f, "{}: {}", self.file, self.kind),
        }
    }
}

/// Every fault of a directory, by file and place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Sorts the faults; `Ok` if there are none.
    pub fn none_or(mut faults: Vec<Fault>) -> Result<(), Faults> {
        faults.sort_by(|one, other| (&one.file, one.location).cmp(&(&other.file, other.location)));
        if faults.is_empty() { Ok(()) } else { Err(Faults(faults)) }
    }

    /// Makes one fault the whole of them.
    pub fn one(fault: Fault) -> Faults {
        Faults(vec![fault])
    }

    /// Returns the faults in order.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }

    /// Returns the ways out, each once, in the order of the faults.
    pub fn hints(&self) -> Vec<String> {
        let mut hints: Vec<String> = Vec::new();
        for hint in self.0.iter().filter_map(|fault| fault.kind.hint()) {
            if !hints.contains(&hint) {
                hints.push(hint);
            }
        }
        hints
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, fault) in self.0.iter().enumerate() {
            if n > 0 {
                f.write_str("\n")?;
            }
            fault.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
