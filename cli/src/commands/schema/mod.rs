//! `schema`: what there is, as a list, as SQL that makes it, and as a picture.
//!
//! `listed.rs` has the list, `dump.rs` the SQL, `kept.rs` the file that either is written to.

mod dump;
mod kept;
mod listed;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use dunlin::schema::engine::picture::Picture;
use dunlin::schema::engine::rules;

pub(super) use self::dump::text as dumped;
use self::kept::Kept;
use super::auto;
use super::side::{Side, engine, read};
use crate::context::Context;
use crate::diagram::{Diagram, mermaid};
use crate::exit_code::Exit;
use crate::options::Format;
use crate::problem::Problem;

/// Show the schema: as a list, as SQL that makes it, or as a picture
///
/// It is what the migrations make, on a scratch database, or what `--from` names. `dunlin schema dump` writes it as SQL; `--format mermaid`,
/// `svg` and `html` draw its tables and how they refer to one another.
#[derive(Debug, Clone, Args)]
pub(crate) struct Schema {
    #[command(subcommand)]
    action: Option<Action>,

    /// Take the schema of this, and not what the migrations make
    #[arg(long, value_name = "URL|DIR|FILE", global = true)]
    from: Option<String>,

    /// Write to this file, whole or not at all
    #[arg(long, value_name = "FILE", global = true, alias = "output")]
    out: Option<PathBuf>,

    /// Write nothing, and exit with 8 if the file of `--out` is not up to date
    #[arg(long, global = true, requires = "out")]
    check: bool,
}

#[derive(Debug, Clone, Subcommand)]
enum Action {
    Dump(dump::Dump),
}

impl Schema {
    /// Says whether it writes a file.
    pub(super) fn writes_a_file(&self) -> bool {
        self.out.is_some() && !self.check
    }
}

pub(crate) async fn run(arguments: &Schema, context: &Context<'_>) -> Result<Exit, Problem> {
    let kept = Kept::of(arguments.out.as_deref(), arguments.check);
    let side = Side::or_migrations(arguments.from.as_deref(), context)?;
    let (dialect, server) = engine(&[&side], context)?;
    let nothing = context.without_files()?;
    let migrator = context.migrator_of(&nothing);
    let schemas = auto::schemas(&migrator, dialect, server, context)?;
    let (schema, _) = context.watched(read(&side, &schemas, context)).await?;
    let picture = || Picture::of(&schema, rules(dialect));
    match (&arguments.action, context.output.format()) {
        (Some(Action::Dump(_)), format) if format.is_picture() => {
            Err(Problem::Usage("`schema dump` writes SQL: leave `dump` out for a picture"))
        }
        (Some(Action::Dump(dump)), _) => dump::run(dump, &schema, &schemas, &kept, context).await,
        (None, Format::Json | Format::JsonLines) => listed::write_json(&schema, rules(dialect), &kept, context),
        (None, Format::Text) => kept.text(&listed::text(&schema, rules(dialect), context), context),
        (None, Format::Mermaid) => kept.text(&mermaid(&picture()), context),
        (None, Format::Svg) => kept.text(&Diagram::of(&picture()).svg(), context),
        (None, Format::Html) => kept.text(&Diagram::of(&picture()).html(), context),
        (None, Format::Dot) => Err(Problem::Usage("`schema` draws `mermaid`, `svg` and `html`")),
    }
}
