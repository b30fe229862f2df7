use dunlin::core::checksum::Checksum;
use dunlin::core::migration::MigrationId;

use super::{Git, GitError, Object};

/// How many versions of a file are looked at.
const VERSIONS: usize = 200;

/// How a commit is written for [`sighting`].
const FORMAT: &str = "--format=%x1e%h%x1f%an%x1f%as%x1f%s";

/// A commit, and the files in it that were looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sighting {
    /// The commit's short hash.
    pub(crate) commit: String,
    author: String,
    /// `2026-11-21`.
    date: String,
    subject: String,
    /// The paths from the top of the work tree.
    pub(crate) files: Vec<String>,
}

/// Where a commit is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// On what is checked out.
    Here,
    Branch(String),
    /// A branch of another repository, as this one knows it.
    Remote(String),
    Tag(String),
}

impl Sighting {
    /// Says in words which commit it is.
    pub(crate) fn told(&self) -> String {
        format!("commit {} ({}, {}: {})", self.commit, self.author, self.date, self.subject)
    }
}

impl Place {
    /// Returns the name of what has the commit, unless it is what is checked out.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Place::Here => None,
            Place::Branch(name) | Place::Remote(name) | Place::Tag(name) => Some(name),
        }
    }
}

impl Git {
    /// Returns the commits, newest first, that added or changed files of a migration: on any branch, in a stash, or in what
    /// this clone remembers of branches that are gone. `name` is `<id>_<slug>`; in the folder, another slug counts too.
    pub(crate) fn sightings(&self, id: &MigrationId, name: &str) -> Result<Vec<Sighting>, GitError> {
        let prefix = self.prefix()?;
        let is_it = |file: &String| {
            let base = file.rsplit('/').next().unwrap_or(file);
            base.split('.').next() == Some(name) || file.strip_prefix(&prefix) == Some(base)
        };
        let mut sightings = self.log(&["--all", "--reflog", "--diff-filter=AM"], &anywhere(id))?;
        for seen in &mut sightings {
            seen.files.retain(is_it);
        }
        sightings.retain(|seen| !seen.files.is_empty());
        Ok(sightings)
    }

    /// Returns the last commit of what is checked out that deleted files of a migration.
    pub(crate) fn deletion(&self, id: &MigrationId) -> Result<Option<Sighting>, GitError> {
        Ok(self.log(&["--diff-filter=D", "--max-count=1", "HEAD"], &anywhere(id))?.into_iter().next())
    }

    /// Returns the last commit of what is checked out that added or changed a file, whose path is from the top of the work
    /// tree.
    pub(crate) fn last_change(&self, path: &str) -> Result<Option<Sighting>, GitError> {
        Ok(self
            .log(&["--diff-filter=AM", "--max-count=1", "HEAD"], &format!(":(top,literal){path}"))?
            .into_iter()
            .next())
    }

    /// Returns where a commit is; one that is nowhere was left behind by its branch.
    pub(crate) fn places_with(&self, commit: &str) -> Result<Vec<Place>, GitError> {
        let contains = format!("--contains={commit}");
        let listed = self.text(&["for-each-ref", &contains, "--format=%(refname) %(symref)"])?;
        let place = |line: &str| {
            let name = line.trim_end();
            let after = |start: &str| name.strip_prefix(start).map(str::to_owned);
            // What stands for another branch has a second word.
            if name.contains(' ') {
                return None;
            }
            let branch = after("refs/heads/").map(Place::Branch);
            branch.or_else(|| after("refs/remotes/").map(Place::Remote)).or_else(|| after("refs/tags/").map(Place::Tag))
        };
        let here = self.is_in_head(commit).then_some(Place::Here);
        Ok(here.into_iter().chain(listed.lines().filter_map(place)).collect())
    }

    /// Says whether a commit is on what is checked out.
    pub(crate) fn is_in_head(&self, commit: &str) -> bool {
        self.answer(&["merge-base", "--is-ancestor", commit, "HEAD"]).is_ok()
    }

    /// Finds a commit in which a file of a migration has a checksum, on what is checked out if it is there, and the path
    /// from the top of the work tree.
    pub(crate) fn version(
        &self,
        id: &MigrationId,
        name: &str,
        checksum: Checksum,
    ) -> Result<Option<(Sighting, String)>, GitError> {
        let sightings = self.sightings(id, name)?;
        let files = sightings.iter().flat_map(|seen| seen.files.iter().map(move |file| (seen, file)));
        let files: Vec<(&Sighting, &String, Object)> =
            files.take(VERSIONS).map(|(seen, file)| (seen, file, Object::of_file(&seen.commit, file))).collect();
        let objects: Vec<Object> = files.iter().map(|(_, _, object)| object.clone()).collect();
        let texts = self.texts(&objects)?;
        let is_it = |object: &Object| texts.get(object).is_some_and(|text| Checksum::of_text(text) == checksum);
        let mut found = files.iter().filter(|(_, _, object)| is_it(object));
        let first = found.clone().next();
        let here = found.find(|(seen, ..)| self.is_in_head(&seen.commit));
        Ok(here.or(first).map(|(seen, file, _)| ((*seen).clone(), (*file).clone())))
    }

    /// Says whether a file of a commit has a checksum. Its path is from the top of the work tree.
    pub(crate) fn has(&self, commit: &str, path: &str, checksum: Checksum) -> bool {
        let object = Object::of_file(commit, path);
        let texts = self.texts(std::slice::from_ref(&object)).unwrap_or_default();
        texts.get(&object).is_some_and(|text| Checksum::of_text(text) == checksum)
    }

    /// Returns those files, by their paths from the top of the work tree, that a commit has.
    pub(crate) fn those_in(&self, commit: &str, paths: &[&String]) -> Result<Vec<String>, GitError> {
        let objects: Vec<Object> = paths.iter().map(|path| Object::of_file(commit, path)).collect();
        let texts = self.texts(&objects)?;
        let there = paths.iter().zip(&objects).filter(|(_, object)| texts.contains_key(object));
        Ok(there.map(|(path, _)| (*path).clone()).collect())
    }

    /// Returns the path of the folder from the top of the work tree; it is empty or ends with `/`.
    pub(crate) fn prefix(&self) -> Result<String, GitError> {
        self.text(&["rev-parse", "--show-prefix"])
    }

    fn log(&self, which: &[&str], files: &str) -> Result<Vec<Sighting>, GitError> {
        let mut arguments = vec!["log", "--no-show-signature", "--no-renames", "--name-only", "-z", FORMAT];
        arguments.extend_from_slice(which);
        arguments.extend(["--", files]);
        let said = self.answer(&arguments)?;
        Ok(String::from_utf8_lossy(&said).split('\x1e').filter_map(sighting).collect())
    }
}

/// The files of a migration in every folder: the directory may have been moved.
fn anywhere(id: &MigrationId) -> String {
    format!(":(top,glob)**/{id}_*.sql")
}

/// Takes a commit with its files apart.
fn sighting(said: &str) -> Option<Sighting> {
    let (head, files) = said.split_once('\0')?;
    let mut parts = head.split('\x1f').map(str::to_owned);
    let (commit, author) = (parts.next()?, parts.next()?);
    let (date, subject) = (parts.next()?, parts.next()?);
    let files = files.split('\0').map(|file| file.trim_start_matches('\n')).filter(|file| !file.is_empty());
    Some(Sighting { commit, author, date, subject, files: files.map(str::to_owned).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_taken_apart() {
        let said = "12ab\x1fAnn\x1f2026-11-21\x1fbirds: all\0\na/1_x.up.sql\0a/1_x.down.sql\0";
        let seen = sighting(said).unwrap();
        assert_eq!(seen.told(), "commit 12ab (Ann, 2026-11-21: birds: all)");
        assert_eq!(seen.files, ["a/1_x.up.sql", "a/1_x.down.sql"]);
        assert_eq!(sighting(""), None);
    }
}
