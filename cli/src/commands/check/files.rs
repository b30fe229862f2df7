//! The directory, read as far as it can be, and the checks that look at nothing else.

use std::path::PathBuf;

use dunlin::Dialect;
use dunlin::core::directory::{Directory, Options, Pair, UpOnly, repeatable_names, sql_names};
use dunlin::core::fault::{Fault, FaultKind, Faults};
use dunlin::core::lockfile;
use dunlin::core::statements;
use dunlin::core::text::{count, list};
use serde_json::{Value, json};

use super::outcome::{Name, Outcome};
use crate::commands::{adding, listed, lock};
use crate::context::{Context, shown};
use crate::problem::{self, Problem};

/// Why what is told by the order cannot be checked.
pub(super) const NOT_IN_ORDER: &str = "the files are not in order";

/// The files of a directory, and what is wrong with them.
pub(super) struct Files {
    pub(super) dir: PathBuf,
    /// The directory, if lone up files and seals do not count.
    pub(super) directory: Option<Directory>,
    pub(super) faults: Vec<Fault>,
    pub(super) options: Options,
}

fn of_all(some: usize, all: usize) -> String {
    format!("{some} of {} {} no", count(all, "migration"), if some == 1 { "has" } else { "have" })
}

/// Which check a fault is a matter of.
pub(super) fn check_of(kind: &FaultKind) -> Name {
    match kind {
        FaultKind::NoDown => Name::Down,
        FaultKind::SealedEdited { .. }
        | FaultKind::SealedDeleted { .. }
        | FaultKind::SealedAdded
        | FaultKind::SealedReordered { .. } => Name::Edits,
        _ => Name::Files,
    }
}

impl Files {
    pub(super) fn read(context: &Context<'_>) -> Result<Files, Problem> {
        let dir = context.existing_directory()?;
        let mut options = context.reading();
        if context.is_mounted() {
            options.set = context.migrations()?.directory()?.set().clone();
        }
        let strict = Directory::read(&dir, &shown(&dir), options.clone());
        let (directory, faults) = match strict {
            Ok(directory) => (Some(directory), Vec::new()),
            Err(faults) => {
                let lenient = Options { up_only: UpOnly::Allow, ..options.clone() };
                let read = Directory::read_unsealed(&dir, &shown(&dir), lenient).ok();
                // Names and headers may be in order all the same.
                let outline = || adding::outline(adding::sources(&dir).ok()?, &dir, options.clone()).ok();
                (read.or_else(outline), faults.iter().cloned().collect())
            }
        };
        Ok(Files { dir, directory, faults, options })
    }

    /// Returns the names of all files that are read, from the directory. What cannot be listed is a fault that is told
    /// already.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names = sql_names(&self.dir, "").unwrap_or_default();
        names.extend(repeatable_names(&self.dir, "").unwrap_or_default());
        names.extend(Some(lockfile::FILE_NAME.to_owned()).filter(|name| self.dir.join(name).is_file()));
        names
    }

    /// Returns the faults that are a matter of one check.
    pub(super) fn faults_of(&self, check: Name) -> Vec<&Fault> {
        self.faults.iter().filter(|fault| check_of(&fault.kind) == check).collect()
    }

    pub(super) fn are_in_order(&self) -> Outcome {
        let faults = self.faults_of(Name::Files);
        let pairs = self.directory.as_ref().map(|directory| directory.pairs().len());
        if !faults.is_empty() {
            let says = format!("{} in {}", count(faults.len(), "fault"), shown(&self.dir));
            return failed(Name::Files, says, &faults);
        }
        match pairs {
            Some(0) => Outcome::ok(Name::Files, "there are no migrations yet"),
            Some(1) => Outcome::ok(Name::Files, "1 migration is in order"),
            _ => Outcome::ok(Name::Files, format!("{} are in order", count(pairs.unwrap_or_default(), "migration"))),
        }
        .facts(json!({ "migrations": pairs, "faults": [] }))
    }

    pub(super) fn have_one_head(&self) -> Outcome {
        let Some(directory) = &self.directory else { return Outcome::skipped(Name::Heads, NOT_IN_ORDER) };
        let revisions = directory.revisions();
        let heads = revisions.real_heads();
        let files: Vec<&str> = heads.iter().filter_map(|&head| up_file(directory.pairs().get(head)?)).collect();
        let parted = if heads.len() > 1 { listed::common(revisions, &heads) } else { Vec::new() };
        let outcome = match &heads[..] {
            [] => Outcome::ok(Name::Heads, "there is none yet"),
            [head] => Outcome::ok(Name::Heads, format!("`{}` is the one head", revisions.name(*head))),
            several => {
                Outcome::fail(Name::Heads, format!("there are {} heads, which {}", several.len(), apart(&parted)))
                    .details(files.iter().copied())
                    .hint("`dunlin merge` joins them with a migration, `dunlin rebase` puts one line behind the other")
            }
        };
        outcome.facts(json!({ "heads": files, "after": parted }))
    }

    pub(super) fn are_sealed(&self) -> Outcome {
        let Some(directory) = &self.directory else { return Outcome::skipped(Name::Seals, NOT_IN_ORDER) };
        let lock = lock::followed(directory);
        let entries = lock.entries().iter().filter(|entry| directory.revisions().place(&entry.id).is_some());
        let open: Vec<&str> = entries.filter(|entry| entry.seal.is_none()).map(|entry| &*entry.name).collect();
        let all = directory.pairs().len();
        let facts = json!({ "lock_file": directory.lock().is_some(), "open": open });
        if self.faults.iter().any(|fault| matches!(fault.kind, FaultKind::Lock(_))) {
            return Outcome::skipped(Name::Seals, "dunlin.lock cannot be read");
        }
        if directory.lock().is_none() {
            let path = self.dir.join(lockfile::FILE_NAME);
            // Where files are not in order, the lock file may not have been read.
            if path.is_file() {
                return Outcome::skipped(Name::Seals, NOT_IN_ORDER);
            }
            let says = format!("there is no {}", shown(&path));
            return Outcome::fail(Name::Seals, says).hint("`dunlin lock` writes it; commit it").facts(facts);
        }
        let without = directory.without_fingerprint();
        if open.is_empty()
            && let Some((server, names)) = without.first_key_value()
        {
            let says = format!("{} fingerprint for {server}, or a stale one", of_all(names.len(), all));
            return Outcome::fail(Name::Seals, says)
                .details(names)
                .hint("`dunlin lock --fingerprint` takes them anew; commit dunlin.lock")
                .facts(facts);
        }
        let (are, sealed) = (if open.len() == 1 { "is" } else { "are" }, count(all, "migration"));
        let outcome = match (all, open.len()) {
            (0, _) => Outcome::ok(Name::Seals, "there is nothing to seal yet"),
            (1, 0) => Outcome::ok(Name::Seals, "1 migration is sealed"),
            (_, 0) => Outcome::ok(Name::Seals, format!("{sealed} are sealed")),
            (_, open_ones) => Outcome::fail(Name::Seals, format!("{open_ones} of {sealed} {are} open"))
                .details(open.iter().copied())
                .hint("`dunlin lock` seals what is open; commit dunlin.lock"),
        };
        outcome.facts(facts)
    }

    pub(super) fn lead_back(&self) -> Outcome {
        let Some(directory) = &self.directory else { return Outcome::skipped(Name::Down, NOT_IN_ORDER) };
        if self.options.up_only == UpOnly::Allow {
            return Outcome::skipped(Name::Down, "the settings allow migrations without a way back");
        }
        let pairs = directory.pairs();
        let lone: Vec<&str> = pairs.iter().flat_map(lone_up_files).collect();
        let empty: Vec<&str> = pairs.iter().flat_map(empty_down_files).collect();
        let is_irreversible = |pair: &&Pair| pair.up.iter().any(|(_, up)| up.header.irreversible.is_some());
        let irreversible = pairs.iter().filter(is_irreversible).count();
        let missing = lone.len() + empty.len();
        let mut outcome = match (missing, irreversible) {
            (0, 0) => Outcome::ok(Name::Down, "every migration has a way back"),
            (0, 1) => Outcome::ok(Name::Down, "every migration has a way back, but for 1 that says why not"),
            (0, some) => {
                Outcome::ok(Name::Down, format!("every migration has a way back, but for {some} that say why not"))
            }
            (some, _) => {
                let says = format!("{} without a way back, and nothing says why", count(some, "migration"));
                Outcome::fail(Name::Down, says)
            }
        };
        if !lone.is_empty() {
            outcome = outcome.details(lone.iter().copied()).hints(FaultKind::NoDown.hint());
        }
        if !empty.is_empty() {
            outcome = outcome.details(empty.iter().map(|file| format!("{file} has no statement"))).hint(
                "write the way back, or delete the file and put `-- dunlin: irreversible <reason>` into the up file; \
                 `select 1;` says that there is nothing to take back",
            );
        }
        outcome.facts(json!({ "without": lone, "empty": empty, "irreversible": irreversible }))
    }
}

/// A check that failed because of faults.
pub(super) fn failed(name: Name, says: String, faults: &[&Fault]) -> Outcome {
    let listed: Vec<Value> = faults.iter().map(|fault| problem::fault(fault)).collect();
    let hints = match Faults::none_or(faults.iter().map(|&fault| fault.clone()).collect()) {
        Err(faults) => faults.hints(),
        Ok(()) => Vec::new(),
    };
    let details = faults.iter().map(ToString::to_string);
    Outcome::fail(name, says).details(details).hints(hints).facts(json!({ "faults": listed }))
}

/// The file that states the graph.
pub(super) fn up_file(pair: &Pair) -> Option<&str> {
    pair.up.primary().map(|up| &*up.file)
}

/// Says where heads part.
pub(super) fn apart(after: &[String]) -> String {
    if after.is_empty() { "have no common parent".to_owned() } else { format!("go apart after {}", list(after)) }
}

/// The up files that nothing leads back from.
fn lone_up_files(pair: &Pair) -> impl Iterator<Item = &str> {
    let is_lone =
        |engine: Option<Dialect>| engine.map_or_else(|| pair.down.primary(), |engine| pair.down.get(engine)).is_none();
    let lone = pair.up.iter().filter(move |(engine, up)| up.header.irreversible.is_none() && is_lone(*engine));
    lone.map(|(_, up)| &*up.file)
}

/// The down files that say nothing.
fn empty_down_files(pair: &Pair) -> impl Iterator<Item = &str> {
    let is_empty = |engine: Option<Dialect>, text: &str| {
        statements::split(text, engine.unwrap_or(Dialect::Postgres)).is_ok_and(|statements| statements.is_empty())
    };
    pair.down.iter().filter(move |(engine, down)| is_empty(*engine, &down.text)).map(|(_, down)| &*down.file)
}
