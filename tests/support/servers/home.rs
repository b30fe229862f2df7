//! The folder in which a server lives.

use std::fs;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The longest path to a home for which a socket in it can still be named; the kernel allows about 107 bytes.
const LONGEST: usize = 70;

/// Where files live in memory. Servers whose databases come and go by the hundred take half the time there: a file system on a disk
/// that gives none of a file's numbers away for seconds looks ever longer for another.
const MEMORY: &str = "/dev/shm";

/// How much must fit into memory for a server to live there, in bytes. Containers are often given 64 MiB.
const ROOM: u64 = 4 << 30;

/// A folder that the server's account can reach.
#[derive(Debug)]
pub(super) struct Home {
    pub(super) folder: PathBuf,
    /// Who runs the server; `None` is whoever runs the tests.
    pub(super) account: Option<&'static str>,
}

impl Home {
    /// Makes the folder with this name, or says why it cannot be.
    ///
    /// It stands in memory where there is room, or else in the target folder. Where that cannot be reached by the server's account,
    /// or its path is too long for a socket, it stands in the folder for temporary files. It has the same name for every process of
    /// this target.
    pub(super) fn make(name: &str, accounts: &[&'static str]) -> Result<Home, String> {
        let account = account(accounts)?;
        let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let mut faults = Vec::new();
        let memory = has_room(Path::new(MEMORY)).then(|| Path::new(MEMORY).join(elsewhere(target)));
        let roots = [target.join("servers"), std::env::temp_dir().join(elsewhere(target))];
        for root in memory.into_iter().chain(roots) {
            match open(&root, name, account) {
                Ok(folder) => return Ok(Home { folder, account }),
                Err(fault) => faults.push(fault),
            }
        }
        Err(faults.join("; "))
    }
}

/// Makes a folder below a root, open to the account.
fn open(root: &Path, name: &str, account: Option<&str>) -> Result<PathBuf, String> {
    let folder = root.join(name);
    if folder.as_os_str().len() > LONGEST {
        return Err(format!("{} is too long a path for a socket", folder.display()));
    }
    for made in [root, &folder] {
        fs::create_dir_all(made)
            .and_then(|()| fs::set_permissions(made, fs::Permissions::from_mode(0o755)))
            .map_err(|error| format!("{}: {error}", made.display()))?;
    }
    match account {
        Some(account) if !can_reach(account, &folder) => Err(format!("`{account}` cannot reach {}", folder.display())),
        Some(_) | None => Ok(folder),
    }
}

/// Returns the account to give the server: none is needed unless the tests run as root, whom servers refuse.
fn account(accounts: &[&'static str]) -> Result<Option<&'static str>, String> {
    if user_id() != 0 {
        return Ok(None);
    }
    let known = |name: &&&str| fs::read_to_string("/etc/passwd").is_ok_and(|text| has_account(&text, name));
    accounts.iter().find(known).copied().map(Some).ok_or_else(|| format!("there is no account among {accounts:?}"))
}

fn has_account(passwd: &str, name: &str) -> bool {
    passwd.lines().any(|line| line.split(':').next() == Some(name))
}

fn user_id() -> u32 {
    fs::metadata("/proc/self").map_or(u32::MAX, |metadata| metadata.uid())
}

fn can_reach(account: &str, folder: &Path) -> bool {
    Command::new("setpriv")
        .args([&format!("--reuid={account}"), "--clear-groups", "test", "-x"])
        .arg(folder)
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Asks for the size as a whole, which is the same for every process that asks.
fn has_room(memory: &Path) -> bool {
    rustix::fs::statvfs(memory).is_ok_and(|size| size.f_blocks.saturating_mul(size.f_frsize) >= ROOM)
}

/// Returns the name of this target's servers in a folder that others use too.
fn elsewhere(target: &Path) -> String {
    let name = BuildHasherDefault::<DefaultHasher>::default().hash_one(target);
    format!("dunlin-tests-{}-{name:016x}", user_id())
}
