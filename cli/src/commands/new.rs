use clap::Args;
use dunlin::Target;
use dunlin::schema::engine::{Allow, Pace};

use super::{adding, auto};
use crate::context::{Context, shown};
use crate::exit_code::Exit;
use crate::new_migration::{Template, Templates, Text, Wish, Words};
use crate::problem::Problem;
use crate::program::Editor;

/// Write the files of a new migration, and its line in dunlin.lock
///
/// It comes after the head. Nothing is overwritten, and nothing is written unless everything can be.
#[derive(Debug, Clone, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct New {
    /// What it does: `create users` makes `<id>_create_users`
    #[arg(value_name = "SLUG", conflicts_with = "message")]
    words: Vec<String>,

    /// What it does, as one text, which the up file begins with
    #[arg(short, long, value_name = "TEXT")]
    message: Option<String>,

    /// Let it come after these migrations and not after the head; several are a merge, `base` is none
    #[arg(long, value_name = "TARGET", value_delimiter = ',', alias = "revises")]
    head: Vec<Target>,

    /// Let it come after a migration that another one revises already, so that the line parts there
    #[arg(long)]
    splice: bool,

    /// Give its line this label
    #[arg(long, value_name = "NAME", alias = "branch-label")]
    label: Vec<String>,

    /// Let it be applied after these migrations without revising them; those of other sets are `<set>/<id>`
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    depends_on: Vec<String>,

    /// Give it this id, in place of the one that `id` in dunlin.toml makes: the time in UTC, or the next number where ids are
    /// short numbers
    #[arg(long, alias = "rev-id")]
    id: Option<String>,

    /// Write no down file, and say why there is no way back
    #[arg(long, value_name = "WHY")]
    irreversible: Option<String>,

    /// Write what leads from the migrations to schema.sql, and back
    ///
    /// schema.sql, a file or a folder of files, declares the schema that is wanted. Both ways are run on a scratch database
    /// before anything is written. A rename is said there: `-- dunlin: rename column users.name -> full_name`.
    #[arg(long, conflicts_with = "irreversible")]
    auto: bool,

    /// With `--auto`, lock no table for as long as it is large: several migrations may be written
    ///
    /// On PostgreSQL indexes are built concurrently, in migrations without a transaction, and constraints are checked behind
    /// their making. On MySQL the server is told to refuse what it would copy a table for. `online = true` under `[schema]`
    /// in dunlin.toml says it for good. What cannot be done so is refused; `--allow lock-table` lets it.
    #[arg(long, requires = "auto")]
    online: bool,

    /// With `--auto`, let the way up lose data or lock a table: `drop-table`, `drop-column`, `drop-sequence`, `narrow-type`,
    /// `lock-table`
    #[arg(long, value_name = "WHAT", value_delimiter = ',', requires = "auto")]
    allow: Vec<Allow>,

    /// Open the files in the editor that VISUAL or EDITOR names, and check them afterwards
    #[arg(long)]
    edit: bool,
}

pub(crate) async fn run(new: &New, context: &Context<'_>) -> Result<Exit, Problem> {
    let editor = new.edit.then(|| Editor::of(&context.host)).transpose()?;
    let words = match &new.message {
        Some(message) => Words::Message(message.clone()),
        None => Words::Slug(new.words.join(" ")),
    };
    let wish = Wish {
        words,
        id: new.id.clone(),
        heads: new.head.clone(),
        splice: new.splice,
        labels: new.label.clone(),
        depends_on: new.depends_on.clone(),
        irreversible: new.irreversible.clone(),
    };
    if new.auto {
        let pace = if new.online { Pace::Online } else { context.settings.schema.pace };
        return Box::pin(auto::add(&wish, pace, &new.allow, editor.as_ref(), context)).await;
    }
    adding::add(vec![(wish, templates(context)?)], editor.as_ref(), context)
}

/// Returns the project's own templates, which stand in `templates/` beside dunlin.toml, or else those of dunlin.
fn templates(context: &Context<'_>) -> Result<Templates, Problem> {
    let mut templates = Templates::default();
    if context.settings.config.is_none() {
        return Ok(templates);
    }
    for (name, template) in [("up.sql", &mut templates.up), ("down.sql", &mut templates.down)] {
        let path = context.settings.folder().join("templates").join(name);
        match std::fs::read_to_string(&path) {
            Ok(text) => *template = Template { file: shown(&path), text: Text::WithFields(text) },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => return Err(Problem::File { path, source }),
        }
    }
    Ok(templates)
}
