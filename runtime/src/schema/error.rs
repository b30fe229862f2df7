//! Why there is no schema, or no way from one to another.

use std::fmt;

use dunlin_core::dialect::Dialect;
use dunlin_core::fingerprint::NotKnown;
use dunlin_core::location::Location;
use dunlin_core::text::list;
use dunlin_schema::{Refusal, Rename};

use crate::connect::Connect;
use crate::error::{Error, Outcome, StepFailure};
use crate::redact::redacted;
#[cfg(feature = "postgres")]
use crate::session::SqlError;

/// Which of the two ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The way there.
    Up,
    /// The way back.
    Down,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Way::Up => "up",
            Way::Down => "down",
        })
    }
}

/// Why there is no schema, or no way from one to another. Nothing was written, and no database but scratch ones was touched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// Migrations or a database stood in the way.
    #[error(transparent)]
    Migrations(Box<Error>),
    /// It was told to stop.
    #[error("interrupted; {}", what_is_left(.left.as_ref()))]
    Interrupted {
        /// A scratch database that could not be dropped.
        left: Option<LeftBehind>,
    },
    /// A database that is to be looked at is not there.
    #[error("there is no database `{url}`")]
    NoDatabase {
        /// Its URL.
        url: String,
    },
    /// A migration does not run on a scratch database.
    #[error("{}", .0.on_scratch())]
    Replay(Box<StepFailure>),
    /// The connection to the server was lost.
    #[error("{at}: the connection to the server was lost: {message}")]
    Lost {
        /// What was at work, or which file and line.
        at: String,
        /// What was said.
        message: String,
    },
    /// Scratch databases need a server.
    #[error("a scratch database of {} needs a server, and none was named", .0.facts().name)]
    NoServer(Dialect),
    /// The user may make no scratch databases.
    #[error("a scratch database cannot be made: {message}")]
    MayNotMake {
        /// What the server said.
        message: String,
        /// The statement that gives the right.
        grant: String,
    },
    /// A migration cannot be tried on a server that others use.
    #[error("{file}:{line}: this cannot be replayed beside the database: {why}")]
    Reaches {
        /// The file.
        file: String,
        /// The line of the statement.
        line: usize,
        /// What it reaches for.
        why: String,
    },
    /// A text that declares a schema has a fault.
    #[error("{file}:{location}: {message}{}", excerpt.as_deref().map(|excerpt| format!("\n{excerpt}")).unwrap_or_default())]
    File {
        /// The file.
        file: String,
        /// Where in it.
        location: Location,
        /// What is wrong.
        message: String,
        /// The lines round it.
        excerpt: Option<String>,
        /// What to do.
        hint: Option<String>,
    },
    /// The engine does not make a rename.
    #[error("`rename {rename}` cannot be made: {message}")]
    NotRenamed {
        /// The rename.
        rename: Box<Rename>,
        /// What was said.
        message: String,
    },
    /// No statement is known for a difference.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// What was planned does not run on a scratch database.
    #[error("refused: the way {way} that was planned fails: {message}")]
    Fails {
        /// Which way.
        way: Way,
        /// What was said.
        message: String,
        /// SQLSTATE, or the engine's own number.
        code: Option<String>,
        /// The whole file.
        sql: String,
    },
    /// A schema is not the same when it is made from what its engine printed.
    #[error("refused: a scratch database that is made from what was read comes out otherwise:\n{}", .left.join("\n"))]
    NotMadeAnew {
        /// What differs.
        left: Vec<String>,
    },
    /// A schema cannot be made of what its engine printed.
    #[error("refused: a scratch database cannot be made of what was read: {message}")]
    NotMade {
        /// What was said.
        message: String,
    },
    /// There is something that nothing is known of.
    #[error("refused: nothing is known of {}, so what is written down would be less than there is", list(.objects))]
    Unmodelled {
        /// What it is called.
        objects: Vec<String>,
    },
    /// What was written down does not run.
    #[error("refused: what was written down of the schema does not run on a scratch database: {message}")]
    NotLoaded {
        /// What was said.
        message: String,
        /// The statement.
        sql: String,
    },
    /// What is written of a schema that was made from a text is another text, each time.
    #[error("refused: what the server prints of this schema is another text each time that it is loaded")]
    Unsettled,
    /// What was planned does not lead where it should.
    #[error("refused: the way {way} that was planned does not lead there; what is left:\n{}", .left.join("\n"))]
    Residual {
        /// Which way.
        way: Way,
        /// What still differs.
        left: Vec<String>,
    },
    /// The text of a squash does not run on a scratch database, and those of the migrations do that it stands for.
    #[error("refused: the migrations run one after another, and put together they do not: {message}")]
    SquashFails {
        /// What was said.
        message: String,
    },
    /// A squash does not make what the migrations make that it stands for.
    #[error("refused: the way {way} of the squash makes something else than the migrations that it stands for:\n{}", .left.join("\n"))]
    SquashDiffers {
        /// Which way.
        way: Way,
        /// What it would take to make them the same.
        left: Vec<String>,
    },
    /// Rows that should have been left alone were not.
    #[error("refused: the way {way} that was planned loses or changes rows of `{table}` on a scratch database")]
    RowsLost {
        /// Which way.
        way: Way,
        /// Their table.
        table: String,
    },
    /// The database knows migrations that the files do not have.
    #[error("`{name}` is applied, and there is no file of it, so nothing tells what the schema should be")]
    Ahead {
        /// The migration.
        name: String,
    },
    /// The lock file does not tell what the schema should be.
    #[error(transparent)]
    NotKnown(#[from] NotKnown),
    /// A step began and did not end.
    #[error("`{name}` began and did not end, so nothing tells what the schema should be")]
    Unfinished {
        /// The migration.
        name: String,
    },
}

/// A scratch database that could not be dropped. A later run drops it.
#[derive(Debug)]
pub struct LeftBehind {
    /// What it is called.
    pub name: String,
    /// What was said.
    pub message: String,
}

impl LeftBehind {
    #[cfg(feature = "postgres")]
    pub(super) fn new(name: &str, error: &SqlError) -> LeftBehind {
        LeftBehind { name: name.to_owned(), message: error.to_string() }
    }
}

fn what_is_left(left: Option<&LeftBehind>) -> String {
    match left {
        None => "the scratch databases are dropped, and nothing was written".to_owned(),
        Some(LeftBehind { name, message }) => {
            format!("nothing was written, and the scratch database `{name}` could not be dropped: {message}")
        }
    }
}

impl From<Error> for SchemaError {
    fn from(error: Error) -> SchemaError {
        match error {
            Error::Interrupted { .. } => SchemaError::Interrupted { left: None },
            // No step is run here but on a scratch database.
            Error::Step(failure) if failure.interrupted => SchemaError::Interrupted { left: None },
            Error::Step(failure) if failure.outcome == Outcome::Unknown => SchemaError::Lost {
                at: format!("{}, on a scratch database", failure.place()),
                message: failure.message.clone(),
            },
            Error::Step(failure) => SchemaError::Replay(failure),
            Error::Database { disconnected: true, doing, message, .. } => {
                SchemaError::Lost { at: doing.to_owned(), message }
            }
            error => SchemaError::Migrations(Box::new(error)),
        }
    }
}

impl SchemaError {
    /// Says that a database is not there.
    pub(super) fn no_database(database: &Connect<'_>) -> SchemaError {
        SchemaError::NoDatabase { url: redacted(database.url().unwrap_or_default()) }
    }

    /// Returns the one to tell of several: the first, or one that left something behind.
    pub(super) fn behind(self, first: Option<SchemaError>) -> SchemaError {
        match first {
            Some(first) if !matches!(self, SchemaError::Interrupted { left: Some(_) }) => first,
            _ => self,
        }
    }

    /// Says of an interruption what was left behind.
    #[cfg(feature = "postgres")]
    pub(super) fn leaving(self, dropped: Result<(), LeftBehind>) -> SchemaError {
        match self {
            SchemaError::Interrupted { .. } => SchemaError::Interrupted { left: dropped.err() },
            error => error,
        }
    }

    /// Returns the ways out, as sentences with commands.
    pub fn hints(&self) -> Vec<String> {
        match self {
            SchemaError::Migrations(error) => error.hints(),
            SchemaError::Replay(failure) if failure.denied => vec![
                "this user may not do that on a scratch database; set `scratch-url` under `[schema]` in dunlin.toml to a server that is \
                 there for this, with a user who may"
                    .to_owned(),
            ],
            SchemaError::Replay(_) => vec![
                "nothing was written, and no other database was touched; mend the file, and `dunlin test` tries each of them on scratch \
                 databases"
                    .to_owned(),
            ],
            SchemaError::Lost { .. } => vec![
                "nothing was written; run it again when the server is there. A later run drops what is left of scratch databases"
                    .to_owned(),
            ],
            SchemaError::File { hint, .. } => hint.iter().cloned().collect(),
            SchemaError::Refused(refusal) => vec![refusal.instead.clone()],
            // `cannot_coerce` in the manual's appendix A.
            SchemaError::Fails { code: Some(code), .. } if code == "42846" => vec![
                "PostgreSQL has no cast for this: write this migration by hand (`dunlin new`), with a `using` that says what becomes of the values"
                    .to_owned(),
            ],
            SchemaError::Fails { .. } => vec![
                "where schema.sql asks for what cannot be, mend it there; where it does not, this is a gap of the schema engine: write \
                 this migration by hand (`dunlin new`), and please report what it was"
                    .to_owned(),
            ],
            SchemaError::Residual { .. } | SchemaError::RowsLost { .. } => vec![
                "write this migration by hand (`dunlin new`), and please report what it was: this is a gap of the schema engine"
                    .to_owned(),
            ],
            SchemaError::Unmodelled { .. } => vec![
                "`--unmodelled name` leaves them out, and names them in a comment; `ignore` under `[schema]` in dunlin.toml takes them for nobody's business"
                    .to_owned(),
            ],
            SchemaError::NotLoaded { sql, .. } => vec![format!("it is this statement: {}", sql.lines().next().unwrap_or_default())],
            SchemaError::SquashFails { .. } | SchemaError::SquashDiffers { .. } => vec![
                "nothing was written; take the migration out of the range that is in the way, or try `--compact`, which plans the \
                 statements anew where there are no rows to keep"
                    .to_owned(),
            ],
            SchemaError::Unfinished { .. } => vec!["`dunlin resume` finishes it".to_owned()],
            SchemaError::NoDatabase { .. } => vec!["look at the URL; `dunlin up` makes the database".to_owned()],
            SchemaError::MayNotMake { grant, .. } => vec![
                format!("as one who may, give that right to the user: {grant}"),
                "or set `scratch-url` under `[schema]` in dunlin.toml to a server that is there for this, with a user who may"
                    .to_owned(),
            ],
            SchemaError::NoServer(_) => vec!["name the database, or `scratch-url` under `[schema]` in dunlin.toml".to_owned()],
            SchemaError::Reaches { .. } => vec![
                "set `scratch-url` under `[schema]` in dunlin.toml to a server that is there for this: migrations may do there what they like"
                    .to_owned(),
            ],
            SchemaError::NotKnown(NotKnown::Missing { .. } | NotKnown::Stale { .. }) => {
                vec!["`dunlin lock --fingerprint` takes those that are missing; commit dunlin.lock".to_owned()]
            }
            SchemaError::NotKnown(NotKnown::NotInOrder { .. }) => {
                vec!["`dunlin verify --schema` compares without fingerprints, on a scratch database".to_owned()]
            }
            SchemaError::NotMade { .. } => vec![
                "it needs something that is ignored, or of a kind that nothing is known of; write this migration by hand (`dunlin new`)"
                    .to_owned(),
            ],
            SchemaError::Interrupted { left: Some(_) } => {
                vec!["a later run drops it, when it is ten minutes old and nobody is connected to it".to_owned()]
            }
            SchemaError::Interrupted { left: None }
            | SchemaError::NotRenamed { .. }
            | SchemaError::NotMadeAnew { .. }
            | SchemaError::Unsettled
            | SchemaError::Ahead { .. } => Vec::new(),
        }
    }
}
