//! Joining a server that runs, or starting one.
//!
//! Two locks decide everything, and the kernel lets go of both when their holder dies. A supervisor holds
//! `supervisor.lock` as long as it lives, so there is one; users hold `users.lock` shared as long as they live, so it
//! knows when it is alone. A supervisor that stops holds `users.lock` alone until nothing of the server is left.

use std::fs::{self, File, TryLockError};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread::sleep;
use std::time::{Duration, Instant};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::home::Home;
use super::{Address, Installation, Use, program};

/// Characters that a URL must encode, and none that a shell or SQL treats specially between single quotes.
const PASSWORD: &str = "wr/ng? p@ss:w%rd #1é";

const LONGEST_WAIT: Duration = Duration::from_mins(2);
const ATTEMPTS: usize = 3;
const ANOTHER_IS_AT_WORK: i32 = 3;

/// The locks by which supervisors know that this process lives.
static HELD: Mutex<Vec<File>> = Mutex::new(Vec::new());

/// Makes the home of a server, or says what is lacking here to run one.
pub(super) fn home(installation: &Installation, server: Use) -> Result<Home, String> {
    for tool in ["flock", "setpriv", "setsid"] {
        program(tool).ok_or_else(|| format!("`{tool}`, which holds the test servers, is not installed"))?;
    }
    let name = match server {
        Use::Shared => installation.engine.to_owned(),
        Use::Killable => format!("{}-killable", installation.engine),
    };
    Home::make(&name, installation.accounts)
}

/// Returns the address of a running server, which stays until this process ends.
pub(super) fn join_or_start(installation: &Installation, home: &Home, server: Use) -> Result<Address, String> {
    let port = join(installation, home, server).map_err(|error| format!("{} server: {error}", installation.engine))?;
    Ok(Address { user: url(installation, "dunlin", port), superuser: url(installation, "superuser", port) })
}

/// Waits until the supervisor of a server that was killed has started it again.
pub(super) fn await_again(home: &Home) -> Result<(), String> {
    let began = Instant::now();
    while began.elapsed() < LONGEST_WAIT {
        if !has_supervisor(&home.folder)? {
            return Err(format!("cannot be started again:\n{}", log(home)));
        }
        if home.folder.join("port").exists() {
            return Ok(());
        }
        sleep(Duration::from_millis(20));
    }
    Err(not_ready(home))
}

fn join(installation: &Installation, home: &Home, server: Use) -> Result<u16, String> {
    let users = lock_file(&home.folder, "users.lock")?;
    users.lock_shared().map_err(|error| error.to_string())?;
    HELD.lock().map_err(|error| error.to_string())?.push(users);

    let began = Instant::now();
    let mut failures = 0;
    let mut started: Option<Child> = None;
    while began.elapsed() < LONGEST_WAIT {
        if let Some(port) = running(&home.folder)? {
            return Ok(port);
        }
        let ended = match &mut started {
            Some(supervisor) => supervisor.try_wait().map_err(|error| error.to_string())?,
            None => None,
        };
        if let Some(status) = ended {
            failures += usize::from(status.code() != Some(ANOTHER_IS_AT_WORK));
            if failures == ATTEMPTS {
                return Err(format!("cannot be started ({status}):\n{}", log(home)));
            }
        }
        if started.is_none() || ended.is_some() {
            started = Some(start(installation, home, server)?);
        }
        sleep(Duration::from_millis(20));
    }
    Err(not_ready(home))
}

fn not_ready(home: &Home) -> String {
    format!("not ready after {} s; see {}", LONGEST_WAIT.as_secs(), home.folder.join("log").display())
}

fn log(home: &Home) -> String {
    fs::read_to_string(home.folder.join("log")).unwrap_or_default()
}

/// Returns the port of a server that has a living supervisor and answers.
fn running(folder: &Path) -> Result<Option<u16>, String> {
    if has_supervisor(folder)? {
        Ok(fs::read_to_string(folder.join("port")).ok().and_then(|text| text.trim().parse().ok()))
    } else {
        Ok(None)
    }
}

/// Asks whether a supervisor lives. The port of one that was killed is forgotten before another can begin.
fn has_supervisor(folder: &Path) -> Result<bool, String> {
    let lock = lock_file(folder, "supervisor.lock")?;
    match lock.try_lock_shared() {
        Ok(()) => {
            // Nobody else removes it, or it was not there: either way it is gone.
            let _ = fs::remove_file(folder.join("port"));
            Ok(false)
        }
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error.to_string()),
    }
}

/// Starts a supervisor in a session of its own, out of reach of what ends this process and its group.
fn start(installation: &Installation, home: &Home, server: Use) -> Result<Child, String> {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("support/servers/supervise.sh");
    let programs = std::env::join_paths(&installation.programs).map_err(|error| error.to_string())?;
    Command::new("setsid")
        .arg("sh")
        .arg(scripts)
        .arg(installation.engine)
        .arg(&home.folder)
        .arg(programs)
        .arg(free_port()?.to_string())
        .arg(home.account.unwrap_or("-"))
        .arg(match server {
            Use::Shared => "shared",
            Use::Killable => "killable",
        })
        .env("PASSWORD", PASSWORD)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("cannot start a supervisor: {error}"))
}

pub(super) fn lock_file(folder: &Path, name: &str) -> Result<File, String> {
    let path = folder.join(name);
    File::options()
        .create(true)
        .append(true)
        .open(&path)
        .map_err(|error| format!("cannot open {}: {error}", path.display()))
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|error| format!("no free port: {error}"))?;
    listener.local_addr().map(|address| address.port()).map_err(|error| error.to_string())
}

fn url(installation: &Installation, user: &str, port: u16) -> Url {
    let mut url =
        Url::parse(&format!("{}://{user}@127.0.0.1:{port}", installation.scheme)).expect("the parts are plain");
    url.set_password(Some(&utf8_percent_encode(PASSWORD, NON_ALPHANUMERIC).to_string()))
        .expect("a URL with a host can carry a password");
    url
}
