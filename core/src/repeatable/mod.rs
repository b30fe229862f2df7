//! Repeatable files: views, functions and whatever else is made anew when its text changes.
//!
//! `repeatable/<name>[.<engine>].sql` beside the migrations has neither an id nor a way down; it runs behind the migrations, in
//! an order that `order.rs` finds. [`Repeatables`] are those of one engine, and know which of them are due.

mod mentions;
mod name;
mod order;
mod planned;
mod repeat;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

pub use mentions::mentioned;
pub use name::{BadRepeatableName, RepeatableFile, RepeatableName};
pub use order::order;
pub use repeat::Repeat;

use crate::checksum::Checksum;
use crate::dialect::Dialect;
use crate::directory::Variants;
use crate::embedded::Embedded;
use crate::migration::{Script, SharedScript};

/// The folder of repeatable files inside the versions directory.
pub const FOLDER: &str = "repeatable";

/// All files of one name.
#[derive(Debug, Clone)]
pub struct RepeatableFiles {
    /// The name.
    pub name: RepeatableName,
    /// The general file and those of single engines.
    pub scripts: Variants,
}

/// One repeatable file, as one engine sees it.
#[derive(Debug, Clone)]
pub struct Repeatable {
    /// The name.
    pub name: RepeatableName,
    /// The file.
    pub script: SharedScript,
    /// Which others it mentions, by their places.
    mentions: Vec<usize>,
}

/// The repeatable files of a set for one engine, in the order in which they run.
#[derive(Debug, Clone, Default)]
pub struct Repeatables(Vec<Arc<Repeatable>>);

/// What the history says of a repeatable file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The checksum of the text that ran last.
    pub checksum: Checksum,
    /// When, by the database's clock.
    pub applied_at: String,
}

/// What the history says of repeatable files, by name.
pub type Records = BTreeMap<String, Recorded>;

impl Repeatables {
    /// Brings files, which must be in the order of their names, into the order in which they run.
    pub(crate) fn new(files: &[(RepeatableName, SharedScript)], dialect: Dialect) -> Repeatables {
        let objects: Vec<String> = files.iter().map(|(name, _)| name.object()).collect();
        let mentions = files.iter().enumerate().map(|(of, (_, script))| {
            let mentioned = mentioned(&script.text, dialect);
            let others =
                objects.iter().enumerate().filter(|(other, object)| *other != of && mentioned.contains(*object));
            others.map(|(other, _)| other).collect()
        });
        let mentions: Vec<Vec<usize>> = mentions.collect();
        let order = order(&mentions);
        let mut places = vec![0; order.len()];
        for (place, &number) in order.iter().enumerate() {
            if let Some(of) = places.get_mut(number) {
                *of = place;
            }
        }
        let place_of = |number: &usize| places.get(*number).copied();
        let ordered = order.iter().filter_map(|&number| {
            let ((name, script), mentions) = (files.get(number)?, mentions.get(number)?);
            let mentions = mentions.iter().filter_map(place_of).collect();
            Some(Arc::new(Repeatable { name: name.clone(), script: script.clone(), mentions }))
        });
        Repeatables(ordered.collect())
    }

    /// Returns the files in the order in which they run.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<Repeatable>> {
        self.0.iter()
    }

    /// Says whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns what must run: what never ran or ran with another text, and whatever mentions, over others too, one that
    /// runs, since making that one anew may have taken it along.
    pub fn due(&self, records: &Records) -> Vec<Repeat> {
        let is_new = |repeatable: &Arc<Repeatable>| !repeatable.is_current(records);
        let mut due: HashSet<usize> = self.0.iter().enumerate().filter(|(_, of)| is_new(of)).map(|(n, _)| n).collect();
        // Once round is enough but for files that mention each other.
        let mut known = usize::MAX;
        while known != due.len() {
            known = due.len();
            for (place, repeatable) in self.0.iter().enumerate() {
                if repeatable.mentions.iter().any(|other| due.contains(other)) {
                    due.insert(place);
                }
            }
        }
        let due = self.0.iter().enumerate().filter(|(place, _)| due.contains(place));
        due.map(|(_, repeatable)| Repeat::new(repeatable.clone())).collect()
    }
}

impl Repeatable {
    /// Says whether this very text ran last.
    pub fn is_current(&self, records: &Records) -> bool {
        records.get(self.name.as_str()).is_some_and(|recorded| recorded.checksum == self.script.checksum)
    }

    /// Returns the file.
    pub fn script(&self) -> &Script {
        &self.script
    }
}

/// Returns the checksums of the repeatable files that a binary carries for an engine. No text is looked at.
pub fn carried(embedded: &Embedded, dialect: Dialect) -> BTreeMap<RepeatableName, Checksum> {
    let of = |engine: Option<Dialect>| {
        let files = embedded.files.iter().filter_map(move |file| {
            let named = RepeatableFile::parse(in_folder(file.name)?).ok()?;
            (named.engine == engine).then(|| (named.name, file.checksum()))
        });
        files.collect::<Vec<_>>()
    };
    // An engine's own file takes the place of the general one.
    of(None).into_iter().chain(of(Some(dialect))).collect()
}

/// Returns the name inside the folder of repeatable files, if the file is in it.
pub fn in_folder(name: &str) -> Option<&str> {
    name.strip_prefix(FOLDER)?.strip_prefix('/')
}

#[cfg(test)]
mod tests;
