use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use crate::support::command::{Command, Running};
use crate::support::database::Database;
use crate::support::project::Project;
use crate::support::{binary, engines};

#[test]
fn an_application_and_a_library_share_a_database() {
    let project = Project::new();
    let run =
        || Command::new(binary::example("two-sets")).within(project.path()).argument("app.db").run().expect_code(0);
    assert_eq!(run().stdout, "accounts: 2 applied\nmain: 1 applied\naccount 1 has ordered tea\n");
    assert_eq!(run().stdout, "accounts: 0 applied\nmain: 0 applied\naccount 1 has ordered tea\n");
}

#[test]
fn the_quickstart_migrates_and_keeps_books() {
    let project = Project::new();
    let run = |arguments: &[&str]| {
        Command::new(binary::example("quickstart")).within(project.path()).arguments(arguments).run().expect_code(0)
    };
    assert!(run(&["migrate"]).stdout.contains("migrations applied"));
    assert!(run(&["migrate"]).stdout.contains("nothing is pending"));
    assert!(run(&["migrate", "status"]).stdout.contains("0 pending"));
    // What `dunlin lock --fingerprint` noted is in the binary.
    assert!(run(&["migrate", "verify", "--fingerprint"]).stdout.contains("has the fingerprints"));
}

#[test]
fn replicas_of_the_web_service_start_at_once() {
    let Some(database) = Database::postgres() else {
        return engines::skip("PostgreSQL is not installed");
    };
    let replicas: Vec<(SocketAddr, Running)> = (0..4).map(|_| replica(&database)).collect();
    for (address, _) in &replicas {
        assert_eq!(get(*address), "[]");
    }
    let applied = "select count(*), count(distinct id), min(state), max(state) from dunlin_migrations";
    assert_eq!(database.sql(applied).trim(), "3|3|applied|applied");
}

fn replica(database: &Database) -> (SocketAddr, Running) {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let command = Command::new(binary::example("axum-postgres"));
    (free, command.variable("DATABASE_URL", &database.url).variable("LISTEN", free.to_string()).start())
}

/// Asks for the entries until the service answers.
fn get(address: SocketAddr) -> String {
    let start = Instant::now();
    loop {
        if let Ok(mut stream) = TcpStream::connect(address) {
            stream.write_all(b"GET /entries HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            return answer.split("\r\n\r\n").nth(1).unwrap_or_default().to_owned();
        }
        assert!(start.elapsed() < Duration::from_secs(30), "the service does not answer on {address}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
