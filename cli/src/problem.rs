//! What went wrong, as it is told: a message, the ways out, and the exit code.

use std::path::PathBuf;

use dunlin::core::dialect::Dialect;
use dunlin::core::fault::Faults;
use dunlin::core::migration::Direction;
use dunlin::core::plan::{MarkError, PlanError, SkipError};
use dunlin::core::restore::CannotRestore;
use dunlin::core::text::{join, list};
use dunlin::schema::SchemaError;
use dunlin::schema::engine::Allow;
use dunlin::{BadPlanFile, Error, Finding, Outcome, Report};
use serde_json::{Value, json};

use crate::commands::{CannotAdopt, CannotEdit, CannotRepair, CannotSeal, CannotSquash};
use crate::exit_code::Exit;
use crate::git::GitError;
use crate::new_migration::CannotAdd;
use crate::program::ProgramFailed;
use crate::rebase::CannotRebase;
use crate::settings::BadSetting;

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    #[error(transparent)]
    Migrations(#[from] Error),
    #[error(transparent)]
    Setting(#[from] BadSetting),
    #[error(transparent)]
    Add(#[from] CannotAdd),
    #[error(transparent)]
    Seal(#[from] CannotSeal),
    #[error(transparent)]
    Edit(#[from] CannotEdit),
    #[error(transparent)]
    Rebase(#[from] CannotRebase),
    #[error(transparent)]
    Squash(#[from] CannotSquash),
    #[error(transparent)]
    Program(#[from] ProgramFailed),
    #[error(transparent)]
    Git(#[from] GitError),
    #[error(transparent)]
    Schema(#[from] SchemaError),
    #[error(transparent)]
    Adopt(#[from] CannotAdopt),
    #[error(
        "the two sides are of different engines, and what differs between those is not told: {} ({}) and {} ({})",
        .0[0].0, .0[0].1.facts().name, .0[1].0, .0[1].1.facts().name
    )]
    TwoEngines([(String, Dialect); 2]),
    #[error("{problem}")]
    ReadBy { engine: Dialect, path: PathBuf, url: String, own: Option<Dialect>, problem: Box<Problem> },
    #[error("there is no {}, which would declare the schema", .0.display())]
    NoSchemaFile(PathBuf),
    #[error("there is no .sql file in `{}`, which would declare the schema", .0.display())]
    NoSqlFile(PathBuf),
    #[error("{} is a database of SQLite, and no text that declares a schema", .0.display())]
    DatabaseAsText(PathBuf),
    #[error("there is no folder `{}` of tests", .0.display())]
    NoTests(PathBuf),
    #[error("the migrations make no table `{name}`")]
    NoTable { name: String, nearest: Option<String> },
    #[error("refused: the way up loses data{}\n{}", if .locks.is_empty() { "" } else { " and locks tables" }, [.lost.as_slice(), .locks].concat().join("\n"))]
    LosesData {
        lost: Vec<String>,
        locks: Vec<String>,
        allow: Vec<Allow>,
        renames: Vec<String>,
        possible: Option<String>,
    },
    #[error("refused: it would lock tables for as long as they are large\n{}", .locks.join("\n"))]
    LocksTables { locks: Vec<String>, allow: Vec<Allow> },
    #[error("no database was named")]
    NoUrl,
    #[error("there are {} databases, and none of them was chosen: {}", .0.len(), list(.0))]
    Unchosen(Vec<String>),
    #[error("{0} in dunlin.toml protects this database")]
    Protected(String),
    #[error("{0} in dunlin.toml protects this database from being dropped")]
    ProtectedWhole(String),
    #[error("`{0}` is no database URL")]
    NoScheme(String),
    #[error("{}: {} no database URL", .file.display(), which(.lines))]
    OddLines { file: PathBuf, lines: Vec<usize> },
    #[error("there is no directory `{}`", .0.display())]
    NoDirectory(PathBuf),
    #[error("the migrations are embedded in this program, and the directory they came from is not here")]
    NoDirectoryHere,
    #[error("the embedded migrations are the set `{embedded}`, not `{asked}`")]
    OtherSet { embedded: String, asked: String },
    #[error("{}: {source}", .path.display())]
    File { path: PathBuf, source: std::io::Error },
    #[error("{}:{error}", .path.display())]
    PlanFile { path: PathBuf, error: BadPlanFile },
    #[error("the plan in {} goes {way}", .path.display())]
    PlanGoes { path: PathBuf, way: Direction },
    #[error("{error}")]
    StepsWithoutSign { steps: u32, error: Error },
    #[error("nothing was reverted")]
    Declined,
    #[error("nothing was dropped")]
    NotDropped,
    #[error("nothing was stamped")]
    NotStamped,
    #[error("nothing was marked")]
    NotMarked,
    #[error("the lock was not given up")]
    NotUnlocked,
    #[error("nothing was restored")]
    NotRestored,
    #[error("{0}")]
    Unconfirmed(&'static str),
    #[error(transparent)]
    Restore(#[from] CannotRestore),
    #[error(transparent)]
    Repair(#[from] CannotRepair),
    #[error("{0}")]
    Usage(&'static str),
}

impl From<Faults> for Problem {
    fn from(faults: Faults) -> Problem {
        Error::from(faults).into()
    }
}

impl From<PlanError> for Problem {
    fn from(error: PlanError) -> Problem {
        Error::from(error).into()
    }
}

impl Problem {
    /// Returns the ways out, as sentences with commands.
    pub(crate) fn hints(&self) -> Vec<String> {
        let hint = match self {
            Problem::Migrations(error) => return error.hints(),
            Problem::Add(error) => return error.hints(),
            Problem::Seal(error) => return error.hints(),
            Problem::Edit(error) => return error.hint().into_iter().collect(),
            Problem::Rebase(error) => return error.hints(),
            Problem::Squash(error) => return error.hints(),
            Problem::Program(error) => error.hint().to_owned(),
            Problem::Git(error) => return error.hint().into_iter().collect(),
            Problem::Schema(error) => return error.hints(),
            Problem::Adopt(error) => error.hint(),
            Problem::TwoEngines(_) => {
                "compare each with files for its engine: `dunlin diff --from versions --to <url>`".to_owned()
            }
            Problem::ReadBy { engine, path, url, own, problem } => {
                let engine = engine.facts().name;
                let own = own.map(|own| format!(", and the project's own database is {}", own.facts().name));
                let read = format!(
                    "{engine} reads {}, for the other side is {url}{}: what differs between engines is not told",
                    path.display(),
                    own.unwrap_or_default()
                );
                return std::iter::once(read).chain(problem.hints()).collect();
            }
            Problem::NoSchemaFile(_) => {
                "write the tables that are wanted there, or name another file: `file` in `[schema]` of dunlin.toml"
                    .to_owned()
            }
            Problem::NoSqlFile(_) => "an empty schema is a file without statements".to_owned(),
            Problem::DatabaseAsText(path) => format!("`sqlite:{}` names it as a database", path.display()),
            Problem::NoTable { nearest, .. } => {
                return nearest.iter().map(|near| format!("did you mean `{near}`?")).collect();
            }
            Problem::LosesData { allow, renames, possible, .. } => {
                let rename =
                    |rename: &String| format!("if it is a rename, say so in the schema: `-- dunlin: rename {rename}`");
                let allowed = format!("`--allow {}` says that it is meant", join(allow).replace(", ", ","));
                let possible = possible.iter().map(|rename| {
                    format!(
                        "a rename is said, and never guessed: `-- dunlin: rename {rename}` in the schema would be one"
                    )
                });
                return renames.iter().map(rename).chain(possible).chain([allowed]).collect();
            }
            Problem::LocksTables { allow, .. } => {
                return vec![
                    "write by hand what does it in steps, or leave `--online` out".to_owned(),
                    format!("`--allow {}` says that it is meant", join(allow).replace(", ", ",")),
                ];
            }
            Problem::NoUrl => {
                "pass `--url sqlite:app.db`, set DATABASE_URL, or write `url = \"…\"` in dunlin.toml".to_owned()
            }
            Problem::Unchosen(names) => {
                let one = names.first().map_or("<name>", String::as_str);
                format!("`--database {one}` chooses one, `--database all` takes one after the other")
            }
            Problem::Protected(_) | Problem::Unconfirmed(_) => "`--yes` says that it is meant".to_owned(),
            Problem::ProtectedWhole(_) => {
                "`--yes` does not help here: take `protected = true` away first, or drop it by hand".to_owned()
            }
            Problem::Restore(error) => return error.hint().into_iter().collect(),
            Problem::Repair(error) => error.hint(),
            Problem::NoScheme(url) => format!("for a SQLite file, write `sqlite:{url}`"),
            Problem::OddLines { .. } => {
                "write one a line: `sqlite:app.db`, `postgres://…` or `mysql://…`; `#` begins a comment".to_owned()
            }
            Problem::NoDirectory(_) => "`dunlin init` makes one; `--dir` names another".to_owned(),
            Problem::PlanFile { error, .. } => error.kind.hint().to_owned(),
            Problem::PlanGoes { path, way } => format!("`dunlin {way} --plan {}` runs it", path.display()),
            Problem::StepsWithoutSign { steps, .. } => format!("to revert the last {steps}, `dunlin down -{steps}`"),
            Problem::NoDirectoryHere => "name it with `--dir`".to_owned(),
            Problem::OtherSet { .. } => "`embed!(set = \"…\")` names it".to_owned(),
            Problem::Setting(_)
            | Problem::NoTests(_)
            | Problem::File { .. }
            | Problem::Declined
            | Problem::NotDropped
            | Problem::NotStamped
            | Problem::NotMarked
            | Problem::NotUnlocked
            | Problem::NotRestored
            | Problem::Usage(_) => return Vec::new(),
        };
        vec![hint]
    }

    /// Returns the exit code that says what kind of problem it is.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Problem::Migrations(error) => exit(error),
            Problem::Seal(error) => error.exit(),
            Problem::Edit(error) => error.exit(),
            Problem::Rebase(error) => error.exit(),
            Problem::ReadBy { problem, .. } => problem.exit(),
            Problem::Schema(SchemaError::Migrations(error)) => exit(error),
            Problem::Schema(SchemaError::Interrupted { .. }) => Exit::Interrupted,
            Problem::Schema(
                SchemaError::NoDatabase { .. } | SchemaError::Lost { .. } | SchemaError::MayNotMake { .. },
            ) => Exit::Usage,
            Problem::LosesData { .. }
            | Problem::Squash(
                CannotSquash::LosesStatements(_) | CannotSquash::LosesData(_) | CannotSquash::InTheMiddle { .. },
            )
            | Problem::LocksTables { .. }
            | Problem::Protected(_)
            | Problem::ProtectedWhole(_)
            | Problem::Unconfirmed(_) => Exit::Refused,
            Problem::Schema(_) | Problem::PlanFile { .. } | Problem::Restore(CannotRestore::Altered { .. }) => {
                Exit::Disagree
            }
            _ => Exit::Usage,
        }
    }

    /// Says whether the work was told to stop.
    pub(crate) fn is_interruption(&self) -> bool {
        self.exit() == Exit::Interrupted
    }

    /// Returns what two that were done at the same time came to. Of two problems it is the first, or one that left a scratch database
    /// behind.
    pub(crate) fn of_both<A, B>(one: Result<A, Problem>, other: Result<B, Problem>) -> Result<(A, B), Problem> {
        match (one, other) {
            (Ok(one), Ok(other)) => Ok((one, other)),
            (Err(_), Err(problem @ Problem::Schema(SchemaError::Interrupted { left: Some(_) })))
            | (Err(problem), _)
            | (Ok(_), Err(problem)) => Err(problem),
        }
    }

    /// Returns the problem as a JSON document holds it.
    pub(crate) fn to_json(&self) -> Value {
        let message = dunlin::redacted(&self.to_string());
        let mut error =
            json!({ "kind": self.kind(), "exit": self.exit().code(), "message": message, "hints": self.hints() });
        let mut document = json!({});
        if let Problem::Migrations(cause) = self {
            if let Error::Plan(PlanError::Refused(findings)) = cause {
                error["findings"] = json!(findings);
            }
            if let Error::Stale(stale) = cause {
                error["done"] = json!(stale.is_done);
                error["moved"] = json!(stale.moved);
            }
            if let Error::Held(holder) = cause {
                error["holder"] = json!(holder);
            }
            if let Error::Files(faults) = cause {
                error["faults"] = faults.iter().map(fault).collect();
            }
            if let Some(report) = cause.report().filter(|report| **report != Report::default()) {
                document["report"] = json!(report);
            }
        }
        if let Problem::Program(ProgramFailed::Hook { written, .. }) = self {
            document["files"] = json!(written);
        }
        document["error"] = error;
        document
    }

    fn kind(&self) -> &'static str {
        match self {
            Problem::Migrations(error) => kind(error),
            Problem::ReadBy { problem, .. } => problem.kind(),
            Problem::TwoEngines(_) => "engine",
            Problem::Schema(SchemaError::Migrations(error)) => kind(error),
            Problem::Schema(SchemaError::Interrupted { .. }) => "interrupted",
            Problem::Schema(SchemaError::File { .. })
            | Problem::NoSchemaFile(_)
            | Problem::NoSqlFile(_)
            | Problem::DatabaseAsText(_) => "schema-file",
            Problem::Schema(SchemaError::NoDatabase { .. } | SchemaError::Lost { .. }) => "connect",
            Problem::Schema(SchemaError::Replay(_)) => "replay",
            Problem::Schema(SchemaError::MayNotMake { .. }) => "database",
            Problem::Schema(_) => "schema",
            Problem::LosesData { .. }
            | Problem::Squash(CannotSquash::LosesStatements(_) | CannotSquash::LosesData(_)) => "loses-data",
            Problem::Squash(CannotSquash::InTheMiddle { .. }) => "in-the-middle",
            Problem::LocksTables { .. } => "locks-tables",
            Problem::Setting(_) => "setting",
            Problem::NoUrl
            | Problem::Unchosen(_)
            | Problem::NoScheme(_)
            | Problem::OddLines { .. }
            | Problem::Adopt(CannotAdopt::NoDatabase(_)) => "url",
            Problem::Protected(_) | Problem::ProtectedWhole(_) => "protected",
            Problem::Edit(CannotEdit::Fixed { .. })
            | Problem::Rebase(CannotRebase::Fixed { .. } | CannotRebase::NoneMoves(_)) => "fixed",
            Problem::NoDirectory(_) | Problem::NoDirectoryHere | Problem::NoTests(_) => "directory",
            Problem::File { .. } => "file",
            Problem::PlanFile { .. } => "plan-file",
            Problem::Program(ProgramFailed::Hook { .. }) => "hook",
            Problem::Program(_) => "editor",
            Problem::Git(_) => "git",
            Problem::NoTable { .. }
            | Problem::StepsWithoutSign { .. }
            | Problem::Restore(CannotRestore::Unheard { .. }) => "target",
            Problem::Declined
            | Problem::NotDropped
            | Problem::NotStamped
            | Problem::NotMarked
            | Problem::NotUnlocked
            | Problem::NotRestored => "declined",
            Problem::Seal(CannotSeal::Open { .. }) => "open",
            Problem::Unconfirmed(_) => "unconfirmed",
            Problem::Restore(_) => "history",
            Problem::Add(_)
            | Problem::Adopt(_)
            | Problem::Edit(_)
            | Problem::Rebase(_)
            | Problem::Repair(_)
            | Problem::Squash(_)
            | Problem::Seal(_)
            | Problem::OtherSet { .. }
            | Problem::PlanGoes { .. }
            | Problem::Usage(_) => "usage",
        }
    }
}

/// Says which lines are something.
fn which(lines: &[usize]) -> String {
    let numbers: Vec<String> = lines.iter().map(usize::to_string).collect();
    match &numbers[..] {
        [line] => format!("line {line} is"),
        [lines @ .., last] => format!("lines {} and {last} are", lines.join(", ")),
        [] => String::new(),
    }
}

/// Returns a fault as a JSON document holds it.
pub(crate) fn fault(fault: &dunlin::core::fault::Fault) -> Value {
    let location = fault.location;
    json!({
        "file": fault.file,
        "line": location.map(|location| location.line),
        "column": location.map(|location| location.column),
        "message": fault.kind.to_string(),
        "hint": fault.kind.hint(),
    })
}

/// Says which way to end a finding that stands in the way leads to.
pub(crate) fn stands_in_the_way(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.verdict == dunlin::Verdict::Refuse)
}

fn exit(error: &Error) -> Exit {
    match error {
        Error::Files(_)
        | Error::Plan(PlanError::Refused(_))
        | Error::Stale(_)
        | Error::Unfinished { .. }
        | Error::NewerLayout { .. }
        | Error::UnreadableHistory { .. } => Exit::Disagree,
        Error::Plan(PlanError::Irreversible { .. })
        | Error::Skip(SkipError::Applied(_) | SkipError::Unfinished(_) | SkipError::Early { .. })
        | Error::Mark(MarkError::Already { .. } | MarkError::Early { .. } | MarkError::Late { .. })
        | Error::Script(_)
        | Error::Pooled
        | Error::NoTransactions { .. }
        | Error::NoLease
        | Error::NoSecondConnection { .. }
        | Error::NotSqlite { .. }
        | Error::InUse { .. } => Exit::Refused,
        Error::Locked { .. } | Error::Held(_) | Error::LeaseLost { .. } => Exit::Locked,
        Error::NotApplied { .. } => Exit::Pending,
        Error::Interrupted { .. } => Exit::Interrupted,
        Error::Step(failure) if failure.interrupted => Exit::Interrupted,
        Error::Step(failure) => match failure.outcome {
            Outcome::RolledBack | Outcome::AllRolledBack => Exit::RolledBack,
            Outcome::Partial { .. } | Outcome::Unknown => Exit::PartWay,
        },
        _ => Exit::Usage,
    }
}

fn kind(error: &Error) -> &'static str {
    match error {
        Error::Files(_) => "files",
        Error::Plan(PlanError::Refused(_)) => "refused",
        Error::Plan(PlanError::MultipleHeads { .. }) => "multiple-heads",
        Error::Plan(PlanError::Irreversible { .. }) => "irreversible",
        Error::Plan(_) | Error::Skip(SkipError::Name(_)) | Error::Mark(MarkError::Name(_)) => "target",
        Error::Skip(_) => "skip",
        Error::Mark(_) => "mark",
        Error::NoReason => "no-reason",
        Error::Script(_) => "script",
        Error::Stale(_) => "stale-plan",
        Error::Unfinished { .. } => "unfinished",
        Error::UnknownUrl { .. } | Error::NoDatabaseName | Error::InMemory => "url",
        Error::NoEngine(_) => "engine",
        Error::Connect { .. } => "connect",
        Error::Locked { .. } => "locked",
        Error::Held(_) => "held",
        Error::LeaseLost { .. } => "lease-lost",
        Error::Interrupted { .. } => "interrupted",
        Error::Step(failure) if failure.interrupted => "interrupted",
        Error::Pooled | Error::NoTransactions { .. } => "pooled",
        Error::NoSecondConnection { .. } | Error::NoLease => "lease",
        Error::NotApplied { .. } => "pending",
        Error::NotSqlite { .. } => "not-sqlite",
        Error::InUse { .. } => "in-use",
        Error::Step(failure) => match failure.outcome {
            Outcome::RolledBack | Outcome::AllRolledBack => "rolled-back",
            Outcome::Partial { .. } => "part-way",
            Outcome::Unknown => "connection-lost",
        },
        Error::NewerLayout { .. } => "newer-layout",
        Error::UnreadableHistory { .. } => "history",
        Error::NoSchema { .. } => "schema",
        Error::TenantRefused { .. }
        | Error::NoTenant { .. }
        | Error::TenantQuery { .. }
        | Error::UnnamedTenant { .. } => "tenant",
        Error::Io { .. } => "file",
        _ => "database",
    }
}
