use std::path::PathBuf;

use clap::Args;
use dunlin::Target;
use dunlin::core::directory::{Directory, Pair};
use dunlin::core::migration::{Direction, MigrationId};
use dunlin::core::plan::Resolver;
use dunlin::core::text::list;
use serde_json::json;

use super::{adding, applied};
use crate::context::{Context, shown};
use crate::exit_code::Exit;
use crate::problem::Problem;
use crate::program::Editor;

/// Open a migration in the editor that VISUAL or EDITOR names, and check it afterwards
///
/// One that is sealed in dunlin.lock or applied in the database is refused: what was done stays as it was written.
#[derive(Debug, Clone, Args)]
pub(crate) struct Edit {
    /// Which: an id, the beginning of one, a slug, a label, `head`, `-1`
    #[arg(value_name = "TARGET", default_value = "head", allow_negative_numbers = true)]
    target: Target,

    /// Open the way down
    #[arg(long)]
    down: bool,

    /// Open it although it is sealed or applied
    #[arg(long)]
    force: bool,
}

/// Why a file was not opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CannotEdit {
    #[error("`{name}` is {why}")]
    Fixed { name: String, why: crate::rebase::Fixed },
    #[error("there is no down file of `{0}`")]
    NoDown(String),
    #[error("`{target}` {}", if .names.is_empty() { "is no migration".to_owned() } else { format!("could be {}", list(.names)) })]
    NotOne { target: Target, names: Vec<String> },
}

impl CannotEdit {
    pub(crate) fn exit(&self) -> Exit {
        match self {
            CannotEdit::Fixed { .. } => Exit::Refused,
            CannotEdit::NoDown(_) | CannotEdit::NotOne { .. } => Exit::Usage,
        }
    }

    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            CannotEdit::Fixed { .. } => Some(
                "put the change in a new migration: `dunlin new <what it does>`; `--force` opens it all the same"
                    .to_owned(),
            ),
            CannotEdit::NoDown(_) | CannotEdit::NotOne { .. } => None,
        }
    }
}

pub(crate) async fn run(edit: &Edit, context: &Context<'_>) -> Result<Exit, Problem> {
    let editor = Editor::of(&context.host)?;
    let dir = context.existing_directory()?;
    let directory = adding::outline(adding::sources(&dir)?, &dir, context.reading())?;
    let pair = pair(&edit.target, &directory, context).await?;
    let direction = if edit.down { Direction::Down } else { Direction::Up };
    let names = pair.half(direction).iter().filter_map(|(_, script)| script.file.rsplit('/').next());
    let files: Vec<PathBuf> = names.map(|name| dir.join(name)).collect();
    if files.is_empty() {
        return Err(CannotEdit::NoDown(pair.name()).into());
    }
    if !edit.force {
        check(pair, &dir, context).await?;
    }
    editor.open(&files)?;
    adding::recheck(&dir, &files, context, |_| false)?;
    let shown: Vec<String> = files.iter().map(|file| shown(file)).collect();
    if context.wants_json() {
        context.output.json(&json!({ "name": pair.name(), "files": shown }));
    } else {
        context.output.lines(shown.iter().map(|file| format!("{file} is in order")));
    }
    Ok(Exit::Done)
}

async fn pair<'d>(target: &Target, directory: &'d Directory, context: &Context<'_>) -> Result<&'d Pair, Problem> {
    let revisions = directory.revisions();
    let found = match target {
        Target::Head => revisions.heads(),
        Target::Current => {
            let applied = applied::ids(context).await?;
            let mut marked = vec![false; revisions.len()];
            applied.iter().filter_map(|id| revisions.place(id)).for_each(|place| marked[place] = true);
            revisions.graph().maximal(&marked)
        }
        target => {
            let found: Vec<MigrationId> = Resolver::new(revisions).at(target)?;
            found.iter().filter_map(|id| revisions.place(id)).collect()
        }
    };
    let not_one = || {
        let names = found.iter().map(|&place| revisions.name(place)).collect();
        CannotEdit::NotOne { target: target.clone(), names }
    };
    match found[..] {
        [place] => Ok(directory.pairs().get(place).ok_or_else(not_one)?),
        _ => Err(not_one().into()),
    }
}

async fn check(pair: &Pair, dir: &std::path::Path, context: &Context<'_>) -> Result<(), Problem> {
    let is_sealed = adding::read_lock(dir)?.get(&pair.id).is_some_and(|entry| entry.seal.is_some());
    let why = if is_sealed {
        crate::rebase::Fixed::Sealed
    } else if applied::ids(context).await?.contains(&pair.id) {
        crate::rebase::Fixed::Applied
    } else {
        return Ok(());
    };
    Err(CannotEdit::Fixed { name: pair.name(), why }.into())
}
