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

/// Returns an example's binary, built from the sources as they are unless `DUNLIN_TEST_BIN` stands beside it.
///
/// # Panics
///
/// When it cannot be built.
pub(crate) fn example(name: &str) -> PathBuf {
    if let Some(folder) =
        environment::text(environment::BINARY).and_then(|binary| Some(Path::new(&binary).parent()?.to_owned()))
    {
        return folder.join(name);
    }
    let profile = profile();
    build(&profile, name, name);
    profile.join(name)
}

/// The folder that this test's own target and profile lead to.
fn profile() -> PathBuf {
    let test = std::env::current_exe().expect("a path");
    test.ancestors().nth(2).expect("a test stands in `<target>/<profile>/deps`").to_owned()
}

fn built() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let lock = File::create(folder.join("binary.lock")).expect("a lock file");
    lock.lock().expect("a lock");

    let profile = profile();
    let binary = profile.join("dunlin");
    let run = environment::text("NEXTEST_RUN_ID");
    let note = folder.join("binary.run");
    if run.is_some() && fs::read_to_string(&note).ok() == run && binary.is_file() {
        return binary;
    }
    build(&profile, "dunlin-cli", "dunlin");
    fs::write(note, run.unwrap_or_default()).expect("a note of the run");
    binary
}

fn build(profile: &Path, package: &str, binary: &str) {
    let name = profile.file_name().and_then(|name| name.to_str()).expect("a profile's name");
    let output = Command::new(environment::text("CARGO").unwrap_or_else(|| "cargo".to_owned()))
        .args(["build", "--quiet", "--package", package, "--bin", binary])
        .args(["--profile", if name == "debug" { "dev" } else { name }])
        .arg("--target-dir")
        .arg(profile.parent().expect("a profile stands in the target folder"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
