//! What becomes of servers whose users are killed.

use std::fs::{self, File};
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::home::Home;
use super::killable::signal;
use super::{Installation, Mode, Use, cluster, mariadb, pooler, postgres, supervisor};
use crate::support::{engines, environment};

type Find = fn() -> Result<Installation, String>;

/// How to find each kind of server, and the folder that it lives in here, where no other test uses it.
const KINDS: [(&str, Find); 4] = [
    ("postgres-left", postgres::find),
    ("mariadb-left", mariadb::find),
    ("pgbouncer-left", || pooler::find(Mode::Transaction)),
    ("galera-left", cluster::find),
];

const LONGEST: Duration = Duration::from_mins(1);

fn installation(name: &str) -> Result<Installation, String> {
    let (name, find) = KINDS.into_iter().find(|(known, _)| *known == name).expect("a kind of server");
    let mut installation = find()?;
    installation.name = name;
    installation.settings.push(("IDLE_SECONDS", "1".into()));
    Ok(installation)
}

#[test]
fn a_server_that_a_killed_test_leaves_behind_is_gone_after_the_idle_time() {
    for mut used in used_servers() {
        used.kill_user();
        await_until(|| used.processes().is_empty());
        for left in ["ports", "server", "data", "sockets"] {
            assert!(!used.home.folder.join(left).exists(), "{left} in {}", used.home.folder.display());
        }
    }
}

#[test]
fn a_server_ends_with_its_supervisor_even_where_that_is_killed() {
    for used in used_servers() {
        let supervisor = |(id, line): (String, String)| line.contains("supervise.sh").then_some(id);
        let supervisor: Vec<String> = used.processes().into_iter().filter_map(supervisor).collect();
        assert!(!supervisor.is_empty(), "{}", used.home.folder.display());
        signal("KILL", &supervisor);
        await_until(|| used.processes().is_empty());
    }
}

/// A server with one user, which can be killed.
struct Used {
    user: Child,
    home: Home,
    /// Held alone: each test of this file has its servers to itself.
    _turn: File,
}

impl Used {
    fn kill_user(&mut self) {
        self.user.kill().expect("a child can be killed");
        self.user.wait().expect("a child");
    }

    /// Returns the ids and command lines of those that name its folder: the server and its supervisor.
    fn processes(&self) -> Vec<(String, String)> {
        let folder = self.home.folder.to_str().expect("a plain path");
        let processes = fs::read_dir("/proc").expect("there is a /proc").flatten();
        let lines = processes.filter_map(|process| {
            let line = fs::read_to_string(process.path().join("cmdline")).ok()?;
            Some((process.file_name().into_string().ok()?, line))
        });
        lines.filter(|(_, line)| line.contains(folder)).collect()
    }
}

impl Drop for Used {
    fn drop(&mut self) {
        self.kill_user();
    }
}

/// Starts every kind of server that there is here.
fn used_servers() -> Vec<Used> {
    let kinds = KINDS.map(|(name, _)| (name, installation(name)));
    let kinds = kinds.into_iter().filter_map(|(name, installation)| Some((name, engines::or_skip(installation)?)));
    let mut all: Vec<Used> = kinds
        .map(|(name, installation)| {
            let home = supervisor::home(&installation, Use::Shared).expect("a home");
            Used { _turn: supervisor::turn(&home).expect("a turn"), user: user(name), home }
        })
        .collect();
    for used in &mut all {
        await_until(|| {
            let folder = used.home.folder.display().to_string();
            assert_eq!(used.user.try_wait().expect("a child"), None, "{folder}");
            used.home.folder.join("ports").exists() && !used.processes().is_empty()
        });
    }
    all
}

#[test]
#[ignore = "the tests above start it, and kill it"]
fn a_user() {
    let name = environment::text(environment::USER_OF).expect("the name of a server");
    let installation = installation(&name).expect("it was found before");
    let home = supervisor::home(&installation, Use::Shared).expect("a home");
    supervisor::join_or_start(&installation, &home, Use::Shared).expect("a server");
    sleep(LONGEST);
}

/// Starts a process that uses a server until it is killed.
fn user(name: &str) -> Child {
    std::process::Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "--ignored", "support::servers::tests::a_user"])
        .env(environment::USER_OF, name)
        .stdout(Stdio::null())
        .spawn()
        .expect("this program starts")
}

fn await_until(mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < LONGEST, "not after {LONGEST:?}");
        sleep(Duration::from_millis(20));
    }
}
