//! The `dunlin` binary under test.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::environment;

/// Returns the binary that `DUNLIN_TEST_BIN` names, or builds it from the sources as they are.
///
/// It is built once in a run: a process remembers it, and so do the processes of one run of nextest.
///
/// # Panics
///
/// When it cannot be built.
pub(crate) fn dunlin() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| environment::text(environment::BINARY).map_or_else(built, PathBuf::from)).clone()
}

fn built() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let lock = File::create(folder.join("binary.lock")).expect("a lock file");
    lock.lock().expect("a lock");

    let test = std::env::current_exe().expect("a path");
    let profile = test.ancestors().nth(2).expect("a test stands in `<target>/<profile>/deps`");
    let binary = profile.join("dunlin");
    let run = environment::text("NEXTEST_RUN_ID");
    let note = folder.join("binary.run");
    if run.is_some() && fs::read_to_string(&note).ok() == run && binary.is_file() {
        return binary;
    }
    build(profile);
    fs::write(note, run.unwrap_or_default()).expect("a note of the run");
    binary
}

fn build(profile: &Path) {
    let name = profile.file_name().and_then(|name| name.to_str()).expect("a profile's name");
    let output = Command::new(environment::text("CARGO").unwrap_or_else(|| "cargo".to_owned()))
        .args(["build", "--quiet", "--package", "dunlin-cli", "--bin", "dunlin"])
        .args(["--profile", if name == "debug" { "dev" } else { name }])
        .arg("--target-dir")
        .arg(profile.parent().expect("a profile stands in the target folder"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
