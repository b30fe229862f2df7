//! What databases said of themselves after the same files were run into them before.
//!
//! What migrations make depends on their texts and on the server alone, and what is read of it on what is asked. So the catalogue
//! that a scratch database had is kept in a folder, as the file that a hash over all of that names, and need not be made again. A
//! file that cannot be read counts for none, and one that cannot be written is no failure: both only cost time.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dunlin_core::checksum::Checksum;
use tokio::sync::OnceCell;

use super::error::SchemaError;
use super::introspect::{Catalogue, questions};
use super::scratch::Ground;

/// A folder of catalogues.
#[derive(Debug, Clone)]
pub(super) struct Cache {
    folder: PathBuf,
    /// What the server says of itself. It is asked once.
    surroundings: Arc<OnceCell<String>>,
}

/// How many are kept, the newest of them.
const KEPT: usize = 64;

impl Cache {
    pub(super) fn new(folder: PathBuf) -> Cache {
        Cache { folder, surroundings: Arc::default() }
    }

    /// Names what texts make on a ground.
    pub(super) async fn key(&self, of: &str, ground: &Ground, texts: &[&str]) -> Result<Key, SchemaError> {
        let surroundings = self.surroundings.get_or_try_init(|| ground.surroundings()).await?;
        let shared = if ground.is_shared() { "shared" } else { "own" };
        let asked = questions(ground.dialect);
        let first = [of, ground.dialect.facts().word, surroundings, shared, &asked];
        Ok(Key::of(first.into_iter().chain(texts.iter().copied())))
    }

    /// Returns the catalogue that is kept for a key.
    pub(super) fn find(&self, key: &Key) -> Option<Catalogue> {
        let text = fs::read_to_string(self.file(key)).ok()?;
        let (checksum, document) = text.split_once('\n')?;
        let is_whole = checksum == Checksum::of_bytes(document.as_bytes()).to_string();
        is_whole.then(|| serde_json::from_str(document).ok()).flatten()
    }

    /// Keeps a catalogue.
    pub(super) fn keep(&self, key: &Key, catalogue: &Catalogue) {
        if let Err(error) = self.write(key, catalogue) {
            tracing::debug!(%error, folder = %self.folder.display(), "a catalogue could not be kept");
        }
    }

    fn write(&self, key: &Key, catalogue: &Catalogue) -> std::io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let document = serde_json::to_string(catalogue)?;
        let file = self.file(key);
        // Another run may be reading or writing the same.
        let beside = file.with_extension(format!("{}.tmp", std::process::id()));
        fs::write(&beside, format!("{}\n{document}", Checksum::of_bytes(document.as_bytes())))?;
        fs::rename(&beside, &file)?;
        self.tidy()
    }

    /// Deletes the oldest where there are too many.
    fn tidy(&self) -> std::io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            files.push((entry.metadata()?.modified()?, entry.path()));
        }
        files.sort_unstable();
        let many = files.len().saturating_sub(KEPT);
        files.iter().take(many).try_for_each(|(_, file)| remove(file))
    }

    fn file(&self, key: &Key) -> PathBuf {
        self.folder.join(format!("{}.json", key.0.to_string().trim_start_matches("b3:")))
    }
}

/// Deletes a file that another run may delete too.
fn remove(file: &Path) -> std::io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Names all that a catalogue depends on.
#[derive(Debug)]
pub(super) struct Key(Checksum);

impl Key {
    /// Takes all of it as texts.
    fn of<'t>(texts: impl IntoIterator<Item = &'t str>) -> Key {
        let mut bytes = env!("CARGO_PKG_VERSION").as_bytes().to_vec();
        for text in texts {
            bytes.extend(text.len().to_le_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
        Key(Checksum::of_bytes(&bytes))
    }
}

#[cfg(test)]
mod tests {
    use dunlin_schema::sqlite;

    use super::*;

    fn catalogue(name: &str) -> Catalogue {
        let text = |text: &str| text.to_owned();
        let row = sqlite::Row {
            kind: text("table"),
            name: text(name),
            table: text(name),
            sql: format!("create table {name} (a integer)"),
        };
        Catalogue::Sqlite(vec![row])
    }

    #[test]
    fn a_catalogue_is_found_again_whole_or_not_at_all() {
        let folder = std::env::temp_dir().join(format!("dunlin-cache-{}", std::process::id()));
        let cache = Cache::new(folder.clone());
        let (one, other) = (Key::of(["a", "b"]), Key::of(["ab", ""]));
        assert!(cache.find(&one).is_none());
        cache.keep(&one, &catalogue("birds"));
        let found = cache.find(&one).unwrap().schema().unwrap();
        assert_eq!(found, catalogue("birds").schema().unwrap());
        assert!(cache.find(&other).is_none());

        let file = cache.file(&one);
        let whole = fs::read_to_string(&file).unwrap();
        fs::write(&file, whole.replace("birds", "eagle")).unwrap();
        assert!(cache.find(&one).is_none(), "what was changed is not believed");
        fs::write(&file, &whole[..whole.len() / 2]).unwrap();
        assert!(cache.find(&one).is_none());

        for n in 0..KEPT + 3 {
            cache.keep(&Key::of([&*n.to_string()]), &catalogue("birds"));
        }
        assert_eq!(fs::read_dir(&folder).unwrap().count(), KEPT);
        fs::remove_dir_all(&folder).unwrap();
    }
}
