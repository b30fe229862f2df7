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
        Use::Shared => installation.name.to_owned(),
        Use::Killable => format!("{}-killable", installation.name),
    };
    Home::make(&name, installation.accounts)
}

/// Waits for the turn of a test that is to have the server to itself, which lasts until the file is closed.
pub(super) fn turn(home: &Home) -> Result<File, String> {
    let turn = lock_file(&home.folder, "turn.lock")?;
    turn.lock().map_err(|error| error.to_string())?;
    Ok(turn)
}

/// Returns the ports of a running server, which stays until this process ends.
pub(super) fn join_or_start(installation: &Installation, home: &Home, server: Use) -> Result<Vec<u16>, String> {
    join(installation, home, server).map_err(|error| format!("{}: {error}", installation.name))
}

/// Returns the address that a server has on one of its ports.
pub(super) fn address(installation: &Installation, port: u16) -> Address {
    Address { user: url(installation, "dunlin", port), superuser: url(installation, "superuser", port) }
}

/// Waits until the supervisor of a server that was killed has started it again.
pub(super) fn await_again(home: &Home) -> Result<(), String> {
    let began = Instant::now();
    while began.elapsed() < LONGEST_WAIT {
        if !has_supervisor(&home.folder)? {
            return Err(format!("cannot be started again:\n{}", log(home)));
        }
        if home.folder.join("ports").exists() {
            return Ok(());
        }
        sleep(Duration::from_millis(20));
    }
    Err(not_ready(home))
}

fn join(installation: &Installation, home: &Home, server: Use) -> Result<Vec<u16>, String> {
    let users = lock_file(&home.folder, "users.lock")?;
    users.lock_shared().map_err(|error| error.to_string())?;
    HELD.lock().map_err(|error| error.to_string())?.push(users);

    let began = Instant::now();
    let mut failures = 0;
    let mut started: Option<Child> = None;
    while began.elapsed() < LONGEST_WAIT {
        if let Some(ports) = running(&home.folder)? {
            return Ok(ports);
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

/// Returns the ports of a server that has a living supervisor and answers.
fn running(folder: &Path) -> Result<Option<Vec<u16>>, String> {
    if has_supervisor(folder)? {
        let ports = fs::read_to_string(folder.join("ports")).ok();
        Ok(ports.and_then(|text| text.split_whitespace().map(|port| port.parse().ok()).collect()))
    } else {
        Ok(None)
    }
}

/// Asks whether a supervisor lives. The ports of one that was killed are forgotten before another can begin.
fn has_supervisor(folder: &Path) -> Result<bool, String> {
    let lock = lock_file(folder, "supervisor.lock")?;
    match lock.try_lock_shared() {
        Ok(()) => {
            // Nobody else removes it, or it was not there: either way it is gone.
            let _ = fs::remove_file(folder.join("ports"));
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
        .arg(free_ports(installation.ports)?)
        .arg(home.account.unwrap_or("-"))
        .arg(match server {
            Use::Shared => "shared",
            Use::Killable => "killable",
        })
        .env("PASSWORD", PASSWORD)
        .envs(installation.settings.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("cannot start a supervisor: {error}"))
}

fn lock_file(folder: &Path, name: &str) -> Result<File, String> {
    let path = folder.join(name);
    File::options()
        .create(true)
        .append(true)
        .open(&path)
        .map_err(|error| format!("cannot open {}: {error}", path.display()))
}

/// Returns ports that nobody listens on, with spaces between.
fn free_ports(count: usize) -> Result<String, String> {
    let listeners: Result<Vec<_>, _> = (0..count).map(|_| TcpListener::bind(("127.0.0.1", 0))).collect();
    let listeners = listeners.map_err(|error| format!("no free port: {error}"))?;
    let ports: Result<Vec<_>, _> = listeners.iter().map(TcpListener::local_addr).collect();
    let ports = ports.map_err(|error| error.to_string())?;
    Ok(ports.iter().map(|address| address.port().to_string()).collect::<Vec<_>>().join(" "))
}

fn url(installation: &Installation, user: &str, port: u16) -> Url {
    let mut url =
        Url::parse(&format!("{}://{user}@127.0.0.1:{port}", installation.scheme)).expect("the parts are plain");
    url.set_password(Some(&utf8_percent_encode(PASSWORD, NON_ALPHANUMERIC).to_string()))
        .expect("a URL with a host can carry a password");
    url
}
