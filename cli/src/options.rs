//! The options that every verb takes.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use dunlin::core::migration::SetName;
use dunlin::core::variables::Variable;

use crate::database_url::DatabaseUrl;
use crate::duration;
use crate::each::Fleet;

/// The options of every verb, as they were typed.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Options of every command")]
#[expect(clippy::doc_markdown, reason = "the comments are help, which shows backticks")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Options {
    /// Work on this database [env: DUNLIN_URL, DATABASE_URL]
    ///
    /// `sqlite:app.db`, `postgres://user:password@host/database` or `mysql://user:password@host/database`. The environment
    /// keeps a password from other users of the machine; a flag does not.
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) url: Option<DatabaseUrl>,

    /// Take the migrations from this directory [env: DUNLIN_DIR] [default: versions]
    ///
    /// In a program that embeds its migrations, it is the directory that new files go to.
    #[arg(long, global = true, value_name = "DIR", alias = "version-path")]
    pub(crate) dir: Option<PathBuf>,

    /// Read the settings from this file [env: DUNLIN_CONFIG]
    ///
    /// Without it, the first dunlin.toml is read in the current folder or one above. Its paths are relative to itself.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// Take the settings of this environment, `[env.<NAME>]` in dunlin.toml [env: DUNLIN_ENV]
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) env: Option<String>,

    /// Work on this database, `[databases.<NAME>]` in dunlin.toml, or on `all` [env: DUNLIN_DATABASE]
    ///
    /// On `all`, one after the other in the file's order, up to the first that fails.
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) database: Option<String>,

    /// With `--database all`, go on when one fails
    #[arg(long, global = true)]
    pub(crate) keep_going: bool,

    /// Name the set of the migrations [env: DUNLIN_SET] [default: main]
    #[arg(long, global = true, value_name = "NAME", value_parser = |name: &str| SetName::new(name.to_owned()))]
    pub(crate) set: Option<SetName>,

    /// Accept migrations without a down file [env: DUNLIN_ALLOW_UP_ONLY]
    #[arg(long, global = true)]
    pub(crate) allow_up_only: bool,

    /// Apply pending migrations that come before applied ones [env: DUNLIN_ALLOW_OUT_OF_ORDER]
    #[arg(long, global = true)]
    pub(crate) allow_out_of_order: bool,

    /// Go on although files of applied migrations are missing [env: DUNLIN_ALLOW_MISSING]
    #[arg(long, global = true)]
    pub(crate) allow_missing: bool,

    /// Try this long to connect to a server that cannot be reached yet [env: DUNLIN_CONNECT_WAIT] [default: once]
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration::parse)]
    pub(crate) connect_wait: Option<Duration>,

    /// Wait this long for another run to end [env: DUNLIN_LOCK_WAIT] [default: 5min]
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration::parse)]
    pub(crate) lock_wait: Option<Duration>,

    /// Connect here, past a pooler, where there is something to do [env: DUNLIN_DIRECT_URL]
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) direct_url: Option<DatabaseUrl>,

    /// Keep runs apart with the server's own lock, or with a lease [env: DUNLIN_LOCK] [default: auto]
    #[arg(long, global = true, value_name = "KIND")]
    pub(crate) lock: Option<LockKind>,

    /// Let a lease end that is not renewed for so long [env: DUNLIN_LEASE_TTL] [default: 30s]
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration::parse)]
    pub(crate) lease_ttl: Option<Duration>,

    /// Let DDL wait this long for a lock on a table; 0s is for ever [env: DUNLIN_LOCK_TIMEOUT] [default: 1s]
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration::parse)]
    pub(crate) lock_timeout: Option<Duration>,

    /// Try such DDL again for this long [env: DUNLIN_RETRY] [default: 10min]
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration::parse)]
    pub(crate) retry: Option<Duration>,

    /// End statements that a run which is gone left running, in place of waiting for them
    #[arg(long, global = true)]
    pub(crate) kill_orphans: bool,

    /// Give a variable its value, for files that say `-- dunlin: vars NAME`; may stand more than once
    #[arg(short = 'x', long = "var", global = true, value_name = "NAME=VALUE", value_parser = value)]
    pub(crate) vars: Vec<(Variable, String)>,

    /// Keep the history tables in this schema [env: DUNLIN_HISTORY_SCHEMA]
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) history_schema: Option<String>,

    /// Begin the names of the history tables so [env: DUNLIN_HISTORY_PREFIX] [default: dunlin]
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) history_prefix: Option<String>,

    /// Write text for people, or one JSON document for programs [env: DUNLIN_FORMAT] [default: text]
    #[arg(long, global = true, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,

    /// Use colours [env: DUNLIN_COLOR, NO_COLOR] [default: auto]
    #[arg(long, global = true, value_name = "WHEN")]
    pub(crate) color: Option<Color>,

    /// Do not tell of each step as it is done
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,

    /// Tell where the settings come from
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,

    #[command(flatten)]
    pub(crate) fleet: Fleet,

    #[arg(skip)]
    pub(crate) own: Own,
}

/// What the program says that the command line is mounted in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Own {
    /// Its database.
    pub(crate) url: Option<DatabaseUrl>,
    /// What a user types in place of `dunlin`.
    pub(crate) name: Option<String>,
}

/// Reads `NAME=VALUE`.
fn value(text: &str) -> Result<(Variable, String), String> {
    let (name, value) = text.split_once('=').ok_or("it has no `=`")?;
    Ok((name.parse::<Variable>().map_err(|bad| bad.to_string())?, value.to_owned()))
}

/// What the output is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Format {
    #[default]
    Text,
    Json,
    /// What happens, a line each as it happens, and then the document in one line.
    JsonLines,
    /// The language of Graphviz. This and what follows are pictures, of `history` and `schema`.
    Dot,
    Mermaid,
    Svg,
    /// A page to look round in.
    Html,
}

impl Format {
    /// Says whether it is for programs.
    pub(crate) fn is_json(self) -> bool {
        matches!(self, Format::Json | Format::JsonLines)
    }

    /// Says whether it draws a picture.
    pub(crate) fn is_picture(self) -> bool {
        matches!(self, Format::Dot | Format::Mermaid | Format::Svg | Format::Html)
    }
}

/// Which lock keeps runs apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LockKind {
    Auto,
    Lease,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Format] {
        &[Format::Text, Format::Json, Format::JsonLines, Format::Dot, Format::Mermaid, Format::Svg, Format::Html]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Format::Text => "text",
            Format::Json => "json",
            Format::JsonLines => "json-lines",
            Format::Dot => "dot",
            Format::Mermaid => "mermaid",
            Format::Svg => "svg",
            Format::Html => "html",
        }))
    }
}

impl ValueEnum for Color {
    fn value_variants<'a>() -> &'a [Color] {
        &[Color::Auto, Color::Always, Color::Never]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Color::Auto => "auto",
            Color::Always => "always",
            Color::Never => "never",
        }))
    }
}
