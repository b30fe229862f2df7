//! Where files are that are not here: what git knows of them.

use std::path::PathBuf;

use dunlin::core::checksum::Checksum;
use dunlin::core::migration::MigrationId;
use dunlin::core::text::list;

use super::complaint::Complaint;
use crate::context::{Context, shown};
use crate::git::{Git, GitError, Place, Sighting};

/// Of how many migrations the files are looked for.
const LOOKED_FOR: usize = 5;

/// git, if the migrations come from a folder that it knows.
pub(super) struct Traces {
    dir: PathBuf,
    git: Result<Git, GitError>,
    /// The path of the folder from the top of the work tree.
    prefix: String,
}

impl Traces {
    pub(super) fn new(context: &Context<'_>) -> Option<Traces> {
        let dir = context.existing_directory().ok()?;
        let git = Git::at(&dir);
        let prefix = git.as_ref().ok().and_then(|git| git.prefix().ok()).unwrap_or_default();
        Some(Traces { dir, git, prefix })
    }

    /// Says where the files of migrations are, and what brings them back.
    pub(super) fn of_gone(&self, gone: &[(&MigrationId, &str)], mut complaint: Complaint) -> Complaint {
        let git = match &self.git {
            Ok(git) => git,
            Err(error) => return complaint.why(format!("where the files are is not known, for {error}")),
        };
        // The places that have the files of all of them.
        let mut shared: Option<Vec<Place>> = None;
        let (mut unseen, mut restoring) = (Vec::new(), Vec::new());
        for (id, name) in gone.iter().take(LOOKED_FOR) {
            let sightings = git.sightings(id, name).unwrap_or_default();
            let Some(seen) = sightings.first() else {
                unseen.push(*name);
                continue;
            };
            let places = git.places_with(&seen.commit).unwrap_or_default();
            complaint = complaint.why(told(git, id, name, seen, &places));
            restoring.push((self.restoring(git, seen, &sightings), format!("brings the files of `{name}` back")));
            shared = Some(match shared {
                Some(shared) => shared.into_iter().filter(|place| places.contains(place)).collect(),
                None => places,
            });
        }
        if !unseen.is_empty() {
            let (it_was, it) = if unseen.len() == 1 { ("it was", "it") } else { ("they were", "them") };
            complaint = complaint
                .why(format!(
                    "git knows no commit here with a file of {}: {it_was} never committed, or is on a branch that was not \
                     fetched",
                    list(unseen)
                ))
                .way("git fetch --all", format!("fetches what others have pushed; `dunlin doctor` then looks for {it} again"));
        } else if let Some(shared) = shared.filter(|shared| !shared.contains(&Place::Here)) {
            complaint = match shared.into_iter().find(|place| matches!(place, Place::Branch(_) | Place::Remote(_))) {
                Some(Place::Branch(branch)) => complaint
                    .way(format!("git switch {branch}"), "goes to the branch")
                    .way(format!("git merge {branch}"), "brings the branch here"),
                Some(Place::Remote(branch)) => complaint.way(format!("git merge {branch}"), "brings the branch here"),
                Some(Place::Tag(_) | Place::Here) | None => complaint,
            };
        }
        restoring.into_iter().fold(complaint, |complaint, (command, does)| complaint.way(command, does))
    }

    /// Says which commit had a file of the folder that is gone, and what brings it back.
    pub(super) fn of_file(&self, name: &str) -> Option<(String, String)> {
        let git = self.git.as_ref().ok()?;
        let path = format!("{}{name}", self.prefix);
        let seen = git.last_change(&path).ok().flatten()?;
        let command = format!("git checkout {} -- {}", seen.commit, self.typed(&path));
        Some((format!("it was in {}", seen.told()), command))
    }

    /// Says where the text of a migration is that has a checksum, and what brings it back.
    pub(super) fn of_text(&self, id: &MigrationId, name: &str, checksum: Checksum, complaint: Complaint) -> Complaint {
        let Ok(git) = &self.git else { return complaint };
        let Ok(Some((seen, path))) = git.version(id, name, checksum) else {
            return complaint.why("no commit that git knows here has the text that was meant");
        };
        let typed = self.typed(&path);
        if git.has("HEAD", &path, checksum) {
            let complaint = complaint.why("the edit is not committed");
            return complaint.way(format!("git checkout HEAD -- {typed}"), "takes the edit back");
        }
        let complaint = if git.is_in_head(&seen.commit) {
            match git.last_change(&path).ok().flatten() {
                Some(later) => complaint.why(format!("it was edited in {}", later.told())),
                None => complaint,
            }
        } else {
            complaint.why(format!("the text that was meant is in {}, which this branch does not have", seen.told()))
        };
        complaint.way(format!("git checkout {} -- {typed}", seen.commit), "brings the text back that was meant")
    }

    /// The command that brings the files of a migration back as a commit had them, those that are not here.
    fn restoring(&self, git: &Git, seen: &Sighting, all: &[Sighting]) -> String {
        let mut files: Vec<&String> = all.iter().flat_map(|seen| &seen.files).collect();
        files.sort_by_key(|file| (file.ends_with(".down.sql"), *file));
        files.dedup();
        let files = git.those_in(&seen.commit, &files).unwrap_or_default();
        let is_gone = |file: &&String| file.strip_prefix(&self.prefix).is_none_or(|file| !self.dir.join(file).exists());
        let files: Vec<String> = files.iter().filter(is_gone).map(|file| self.typed(file)).collect();
        format!("git checkout {} -- {}", seen.commit, files.join(" "))
    }

    /// A path from the top of the work tree, as one types it here.
    fn typed(&self, path: &str) -> String {
        let path = match path.strip_prefix(&self.prefix) {
            Some(rest) => shown(&self.dir.join(rest)),
            None => format!(":/{path}"),
        };
        if path.contains([' ', '\'', '"', '$', '&', ';', '(', ')']) {
            format!("'{}'", path.replace('\'', r"'\''"))
        } else {
            path
        }
    }
}

fn told(git: &Git, id: &MigrationId, name: &str, seen: &Sighting, places: &[Place]) -> String {
    if places.contains(&Place::Here) {
        return match git.deletion(id).ok().flatten() {
            Some(deletion) => format!("the files of `{name}` were deleted in {}", deletion.told()),
            None => format!("the files of `{name}` are in {}, and the deletion is not committed", seen.told()),
        };
    }
    let names: Vec<&str> = places.iter().filter_map(Place::name).take(3).collect();
    let on = match &names[..] {
        [] => "which no branch has any more".to_owned(),
        [one] => format!("on `{one}`, which is not merged here"),
        several => format!("on {}, which are not merged here", list(several)),
    };
    format!("the files of `{name}` are in {}, {on}", seen.told())
}
