//! Where PostgreSQL's programs are.

use std::path::{Path, PathBuf};

use super::{Installation, Use, program, supervisor};
use crate::support::environment;

/// Finds PostgreSQL, or says where it was looked for.
pub(super) fn find() -> Result<Installation, String> {
    let programs =
        programs().ok_or("PostgreSQL is not installed: no `initdb` in /usr/lib/postgresql/*/bin or the PATH")?;
    Ok(Installation {
        engine: "postgres",
        name: "postgres",
        scheme: "postgres",
        programs: vec![programs],
        accounts: &["postgres", "nobody"],
        ports: 1,
        settings: Vec::new(),
    })
}

/// Returns the folder with the socket of the server that the tests share, if it is theirs. The socket is called as that of
/// port 5432 is.
pub(crate) fn sockets() -> Option<PathBuf> {
    let is_given = environment::text(environment::POSTGRES_URL).is_some();
    let home = supervisor::home(&find().ok()?, Use::Shared).ok()?;
    (!is_given).then(|| home.folder.join("sockets"))
}

/// Returns the folder of the newest PostgreSQL's programs, server and clients.
///
/// Debian and Ubuntu keep each version in a folder of its own, outside the PATH.
pub(crate) fn programs() -> Option<PathBuf> {
    let newest = versions(Path::new("/usr/lib/postgresql")).into_iter().max().map(|(_, folder)| folder);
    newest.or_else(|| program("initdb")?.canonicalize().ok()?.parent().map(Path::to_path_buf))
}

fn versions(root: &Path) -> Vec<(u32, PathBuf)> {
    let Ok(entries) = root.read_dir() else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            let folder = entry.path().join("bin");
            folder.join("initdb").is_file().then_some((version, folder))
        })
        .collect()
}
