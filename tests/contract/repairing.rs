//! Repairing rows of the history, on every engine.

use dunlin::{Error, FindingKind, Migrations, Repair, RepairKind, RepairReport};
use dunlin_core::ledger::{Action, Event};
use serde_json::{Value, json};

use super::birds::{BIRD_DOWN, BIRD_UP, birds, checksum};
use super::{has, is_audited, migrations};
use crate::support::database::Database;
use crate::support::project::Project;

const COMMENTED: &str = "-- it's licensed to fly\ncreate table bird (id integer primary key, name varchar(20));\n";
const WIDER: &str = "create table bird (id integer primary key, name varchar(40));\n";

/// Three migrations, applied.
async fn applied(database: &Database) -> Project {
    let project = birds();
    migrations(&project).up(&database.url).await.expect("it is applied");
    project
}

fn wish(kind: RepairKind, names: &[&str]) -> Repair {
    Repair { kinds: vec![kind], names: names.iter().map(|name| (*name).to_owned()).collect() }
}

async fn plan(project: &Project, database: &Database, wish: &Repair) -> RepairReport {
    migrations(project).migrator().plan_repair(&database.url, wish).await.expect("a plan")
}

async fn repair(project: &Project, database: &Database, wish: &Repair) -> RepairReport {
    migrations(project).migrator().repair(&database.url, wish, Some("O'Neil says so")).await.expect("it is repaired")
}

/// The last event, and its detail.
async fn last(migrations: &Migrations, database: &Database) -> (Event, Value) {
    let event = migrations.history(&database.url).await.expect("the log is whole").pop().expect("an event");
    let detail = serde_json::from_str(&event.detail).expect("JSON");
    (event, detail)
}

fn names(report: &RepairReport) -> Vec<&str> {
    report.rows.iter().map(|row| &*row.name).collect()
}

async fn is_sound(project: &Project, database: &Database) {
    assert!(migrations(project).verify(&database.url).await.expect("findings").is_empty());
    assert_eq!(plan(project, database, &Repair::default()).await, RepairReport::default());
    is_audited(&migrations(project), database).await;
}

engines! {
    async fn rows_follow_comments_and_the_event_keeps_what_they_held(database: &Database) {
        let project = applied(database).await;
        project.file("versions/1_bird.up.sql", COMMENTED).file("versions/2_wren.down.sql", "delete from bird\nwhere id = 1;\n");
        let before = database.sql("select seq, kind, applied_at, duration_us from dunlin_migrations where id = '1'");
        let planned = plan(&project, database, &Repair::default()).await;
        assert_eq!((names(&planned), planned.needs_reason), (vec!["1_bird", "2_wren"], false));
        let columns: Vec<_> = planned.rows[0].changes.iter().map(|change| change.column).collect();
        assert_eq!(columns, ["up_checksum", "up_sql"]);
        assert_eq!(database.sql("select count(*) from dunlin_events"), "3", "a plan changes nothing");

        let repaired = migrations(&project).migrator().repair(&database.url, &Repair::default(), None).await;
        assert_eq!(repaired.expect("no reason is needed"), planned);
        assert_eq!(database.sql("select up_checksum from dunlin_migrations where id = '1'"), checksum(COMMENTED));
        assert_eq!(database.sql("select seq, kind, applied_at, duration_us from dunlin_migrations where id = '1'"), before);
        let events = migrations(&project).history(&database.url).await.expect("the log is whole");
        assert_eq!(events[3..].iter().map(|event| &event.action).collect::<Vec<_>>(), [&Action::Repair; 2]);
        let detail: Value = serde_json::from_str(&events[3].detail).expect("JSON");
        let told = ["change", "repair", "up_sql", "down_sql", "up_checksum"].map(|key| detail[key].as_str().expect("a text"));
        assert_eq!(told, ["rewritten", "cosmetic", BIRD_UP, BIRD_DOWN, &*checksum(BIRD_UP)]);
        is_sound(&project, database).await;
    }

    async fn rows_that_no_file_has_go_and_the_event_keeps_them(database: &Database) {
        let project = applied(database).await;
        let gone = ["2_wren.up", "2_wren.down", "3_nest.up", "3_nest.down"];
        for half in gone {
            project.remove(&format!("versions/{half}.sql"));
        }
        // They are ahead, unless something else comes after what they came after.
        assert_eq!(plan(&project, database, &Repair::default()).await, RepairReport::default());
        project.migration("4_egg", "-- dunlin: revises 1\ncreate table egg (id int);\n", "drop table egg;\n");
        let planned = plan(&project, database, &Repair::default()).await;
        assert_eq!((names(&planned), planned.needs_reason), (vec!["3_nest", "2_wren"], true));
        let refused = migrations(&project).migrator().repair(&database.url, &Repair::default(), None).await;
        assert!(matches!(refused, Err(Error::NoReason)), "{refused:?}");
        assert_eq!(database.sql("select count(*) from dunlin_migrations"), "3");

        let missing = wish(RepairKind::Missing, &["2"]);
        let left = plan(&project, database, &missing).await.left;
        assert_eq!(left[0].to_string(), "no file has `2_wren`, but `3_nest` comes after it and stays");
        assert_eq!(names(&repair(&project, database, &wish(RepairKind::Missing, &[])).await), ["3_nest", "2_wren"]);
        assert_eq!(database.sql("select id from dunlin_migrations"), "1");
        assert!(has(database, "nest"), "nothing was run");
        let (event, detail) = last(&migrations(&project), database).await;
        assert_eq!((event.action, &detail["change"], &detail["repair"]), (Action::Repair, &json!("removed"), &json!("missing")));
        assert_eq!((&detail["up_sql"], &detail["reason"]), (&json!("insert into bird values (1, 'wren');\n"), &json!("O'Neil says so")));
        migrations(&project).up(&database.url).await.expect("the way is free");
        is_audited(&migrations(&project), database).await;
    }

    async fn a_row_that_was_altered_by_hand_fits_again(database: &Database) {
        let project = applied(database).await;
        let (up, other) = (checksum(BIRD_UP), checksum("x"));
        // The SQL was altered, and the file has what the checksum says.
        database.sql("update dunlin_migrations set up_sql = 'drop table bird', down_sql = null where id = '1'");
        // The checksum was altered, and the SQL is all that there is.
        database.sql(&format!("update dunlin_migrations set up_checksum = '{other}' where id = '2'"));
        let error = migrations(&project).up(&database.url).await.expect_err("it is refused");
        assert!(error.to_string().contains("the row of `2_wren` was altered"), "{error}");
        assert!(error.hints().join("\n").contains("`dunlin repair checksums`"), "{:?}", error.hints());
        let planned = plan(&project, database, &Repair::default()).await;
        let columns = |n: usize| planned.rows[n].changes.iter().map(|change| change.column).collect::<Vec<_>>();
        assert_eq!((names(&planned), columns(0), columns(1)), (vec!["1_bird", "2_wren"], vec!["up_sql", "down_sql"], vec!["up_checksum"]));
        repair(&project, database, &wish(RepairKind::Checksums, &[])).await;
        let row = "select up_checksum from dunlin_migrations where id = '1' and up_sql like 'create table%' and down_sql like 'drop%'";
        assert_eq!(database.sql(row), up);
        let (event, detail) = last(&migrations(&project), database).await;
        assert_eq!((event.action, &detail["up_checksum"]), (Action::Repair, &json!(other)));
        is_sound(&project, database).await;
    }

    async fn an_edited_file_counts_as_what_was_applied_where_it_is_named(database: &Database) {
        let project = applied(database).await;
        project.file("versions/1_bird.up.sql", WIDER);
        let planned = plan(&project, database, &Repair::default()).await;
        assert!(planned.rows.is_empty() && planned.left.len() == 1, "{planned:?}");
        let findings = migrations(&project).verify(&database.url).await.expect("findings");
        assert!(matches!(findings[0].kind, FindingKind::Edited { .. }));
        let repaired = repair(&project, database, &wish(RepairKind::Checksums, &["bird"])).await;
        assert_eq!(names(&repaired), ["1_bird"]);
        assert_eq!(database.sql("select up_checksum from dunlin_migrations where id = '1'"), checksum(WIDER));
        let (event, detail) = last(&migrations(&project), database).await;
        assert_eq!(event.checksum.map(|checksum| checksum.to_string()), Some(checksum(WIDER)));
        assert_eq!((&detail["up_sql"], &detail["reason"]), (&json!(BIRD_UP), &json!("O'Neil says so")));
        is_sound(&project, database).await;
    }

    async fn a_repair_is_one_transaction(database: &Database) {
        let project = applied(database).await;
        project.file("versions/1_bird.up.sql", COMMENTED).file("versions/3_nest.up.sql", "-- nests\ncreate table nest (bird integer);\n");
        let refuse = match database.dialect {
            dunlin::Dialect::Sqlite => {
                "create trigger refuse before insert on dunlin_events when new.id = '3' and new.action = 'repair' begin select raise(abort, 'no'); end;"
            }
            dunlin::Dialect::Postgres | dunlin::Dialect::Mysql => {
                "alter table dunlin_events add constraint refuse check (id <> '3' or action <> 'repair')"
            }
        };
        database.sql(refuse);
        let failed = migrations(&project).migrator().repair(&database.url, &Repair::default(), None).await;
        assert!(matches!(failed, Err(Error::Database { .. })), "{failed:?}");
        assert_eq!(database.sql("select up_checksum from dunlin_migrations where id = '1'"), checksum(BIRD_UP));
        assert_eq!(migrations(&project).history(&database.url).await.expect("the log is whole").len(), 3);
    }

    async fn nothing_is_made_where_there_is_no_history(database: &Database) {
        let project = birds();
        assert!(plan(&project, database, &Repair::default()).await.rows.is_empty());
        assert!(repair(&project, database, &Repair::default()).await.rows.is_empty());
        assert!(!has(database, "dunlin_migrations"));
    }
}
