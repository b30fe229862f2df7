//! Two binaries of one application, really built: the newer one takes a database forward, and the older one takes it back,
//! by SQL that only the database has.

use std::time::Instant;

use dunlin::Dialect;

use super::application::Application;
use crate::support::command::{Command, Outcome};
use crate::support::database::Database;
use crate::support::environment::rounds;
use crate::support::process::{Chance, End, run_and_kill};

/// Goes where its arguments say, and prints the steps that it took.
const MAIN: &str = r#"
use dunlin::Target;

static MIGRATIONS: dunlin::Migrations = dunlin::embed!();

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let (url, verb) = (arguments[1].as_str(), arguments[2].as_str());
    let target = arguments[3].parse::<Target>().expect("a target");
    let migrator = MIGRATIONS.migrator();
    let report = match verb {
        "up" => migrator.up_to(url, target).await,
        "down" => migrator.down(url, target).await,
        _ => migrator.to(url, target).await,
    };
    match report {
        Ok(report) => {
            report.findings.iter().for_each(|finding| eprintln!("{finding}"));
            report.steps.iter().for_each(|step| println!("{} {}", step.direction, step.name));
            std::process::ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            std::process::ExitCode::FAILURE
        }
    }
}
"#;

/// What both versions have.
const COMMON: [(&str, &str, &str); 2] = [
    ("1_bird", "create table bird (id integer primary key, name varchar(20));", "drop table bird;"),
    ("2_wren", "insert into bird values (1, 'wren');", "delete from bird;"),
];

/// What only the newer version has: two lines that meet again.
const NEWER: [(&str, &str, &str); 4] = [
    (
        "3_nest",
        "-- dunlin: revises 2\n-- dunlin: transaction none\n\
         create table nest (bird integer);\ninsert into nest values (1);\n\
         alter table bird add column nests integer;\nupdate bird set nests = 1;",
        "-- dunlin: transaction none\n\
         alter table bird drop column nests;\nupdate bird set name = concat(name, '!');\ndrop table nest;",
    ),
    (
        "4_egg",
        "-- dunlin: revises 3\n-- dunlin: transaction none\n\
         create table egg (nest integer);\ncreate table shell (egg integer);",
        "-- dunlin: transaction none\n\
         drop table shell;\nupdate bird set name = concat(name, '?');\ndrop table egg;",
    ),
    ("5_moult", "-- dunlin: revises 3\ncreate table moult (bird integer);", "drop table moult;"),
    (
        "6_brood",
        "-- dunlin: revises 4, 5\ncreate table brood (egg integer, moult integer);\nupdate nest set bird = bird + 1;",
        "update nest set bird = bird - 1;\ndrop table brood;",
    ),
];

/// What has no way back.
const GONE: &str = "-- dunlin: revises 6\n-- dunlin: irreversible birds do not come back\ndelete from nest;";

struct Versions {
    older: Application,
    newer: Application,
}

/// Builds both.
fn versions() -> Versions {
    let version = |name, migrations: &[(&str, &str, &str)]| {
        let application = Application::with_features(name, MAIN, r#""postgres", "mysql""#);
        for (name, up, down) in migrations {
            application.project().migration(name, up, down);
        }
        application
    };
    let older = version("aviary_older", &COMMON);
    let newer = version("aviary_newer", &[&COMMON[..], &NEWER].concat());
    newer.project().file("versions/7_gone.up.sql", GONE);
    for application in [&older, &newer] {
        application.build().expect_code(0);
    }
    Versions { older, newer }
}

fn to(application: &Application, database: &Database, verb: &str, target: &str) -> Command {
    application.binary().arguments([&database.url, verb, target])
}

fn steps(outcome: Outcome) -> Vec<String> {
    outcome.expect_code(0).stdout.lines().map(str::to_owned).collect()
}

/// Returns what is there, with the history but for times and what a run says of being cut off.
fn contents(database: &Database) -> String {
    let events = "select action, id from dunlin_events where action <> 'resume' order by n";
    let rows = "select id, seq, kind, state, up_checksum, down_checksum from dunlin_migrations order by seq";
    let birds = "select id, name from bird order by id";
    [database.schema(), database.sql(birds), database.sql(rows), database.sql(events)].join("\n")
}

fn there_and_back(versions: &Versions, dialect: Dialect, chance: &mut Chance) {
    let Versions { older, newer } = versions;
    let (Some(database), Some(reference)) = (Database::new(dialect), Database::new(dialect)) else { return };
    steps(to(older, &reference, "up", "head").run());
    let before = reference.schema();
    assert_eq!(steps(to(newer, &reference, "up", "6").run()).len(), 4);
    let ahead = reference.schema();

    // An older binary starts on the newer database, and does nothing to it.
    let lenient = to(older, &reference, "up", "head").run().expect_code(0);
    assert_eq!((&*lenient.stdout, lenient.stderr.lines().count()), ("", 4), "{}", lenient.snapshot());
    // It goes back, children first.
    let start = Instant::now();
    let back = steps(to(older, &reference, "down", "2").run());
    let longest = start.elapsed();
    assert_eq!(back, ["down 6_brood", "down 5_moult", "down 4_egg", "down 3_nest"]);
    assert_eq!(reference.schema(), before);
    assert_eq!(reference.sql("select id, name from bird"), "1|wren?!");
    let back = contents(&reference);

    // Killed on its way as often as it takes, by either verb, it ends there too.
    for verb in ["down", "to"].repeat(rounds(1, 5)) {
        let mut kills = 0;
        while kills == 0 {
            let Some(database) = Database::new(dialect) else { return };
            steps(to(newer, &database, "up", "6").run());
            let run = to(older, &database, verb, "2");
            while let End::Killed(_) = run_and_kill(&run, chance.delay(longest)).expect_code(0) {
                kills += 1;
            }
            assert_eq!(contents(&database), back);
            steps(to(older, &database, "up", "head").run());
            assert_eq!(steps(to(newer, &database, "up", "6").run()).len(), 4);
            assert_eq!(database.schema(), ahead);
        }
        println!("{dialect}: {verb} was killed {kills} times");
    }

    // What has no way back is named, and nothing is touched.
    steps(to(newer, &database, "up", "head").run());
    let all = contents(&database);
    for verb in ["down", "to"] {
        let refused = to(older, &database, verb, "2").run().expect_code(1);
        assert!(refused.stderr.contains("`7_gone` is irreversible: birds do not come back"), "{}", refused.snapshot());
        assert_eq!(contents(&database), all);
    }
}

#[test]
fn an_older_binary_takes_a_newer_database_back_killed_or_not() {
    let (versions, mut chance) = (versions(), Chance::new());
    for dialect in Dialect::ALL {
        there_and_back(&versions, dialect, &mut chance);
    }
}
