//! What a history stores, given back: `stored` and `log_restored`, and `restore` of the command line on every engine.

use dunlin::{FilesRestored, PlanError};
use dunlin_core::ledger::Action;
use dunlin_core::plan::Applied;

use super::birds::{BIRD_DOWN, BIRD_UP, birds, checksum};
use super::reader::Reader;
use super::{is_audited, migrations};
use crate::support::command::{Command, Outcome};
use crate::support::database::Database;
use crate::support::project::Project;

fn on(project: &Project, url: &str, line: &str) -> Outcome {
    Command::dunlin(project).arguments(line.split(' ')).arguments(["--url", url]).run()
}

engines! {
    async fn rows_are_given_back_with_their_sql(database: &Database) {
        let project = birds();
        let migrations = migrations(&project);
        let all = |rows: &[Applied]| Ok(rows.iter().map(|row| row.id.clone()).collect());
        assert!(migrations.migrator().stored(&database.url, all).await.expect("no rows").is_empty());
        migrations.up(&database.url).await.expect("it is applied");
        let first = |rows: &[Applied]| {
            assert!(rows.iter().all(|row| row.stored.is_none()) && rows.len() == 3);
            Ok(vec![rows[0].id.clone()])
        };
        let rows = migrations.migrator().stored(&database.url, first).await.expect("rows");
        let stored = rows[0].stored.as_ref().expect("SQL");
        assert_eq!((rows.len(), &*stored.up, stored.down.as_deref()), (1, BIRD_UP, Some(BIRD_DOWN)));
        let refuse = |_: &[Applied]| Err(PlanError::NoDatabase);
        assert!(migrations.migrator().stored(&database.url, refuse).await.is_err());
    }

    async fn what_was_restored_is_in_the_log_and_changes_no_row(database: &Database) {
        let project = birds();
        let migrations = migrations(&project);
        migrations.up(&database.url).await.expect("it is applied");
        let before = database.sql("select * from dunlin_migrations order by seq");
        let (id, checksum) = ("1".parse().expect("an id"), checksum(BIRD_UP).parse().expect("a checksum"));
        let restored = FilesRestored { id, checksum, files: vec!["it's/1_bird.up.sql".to_owned()] };
        migrations.migrator().log_restored(&database.url, &[restored]).await.expect("it is logged");
        let event = migrations.history(&database.url).await.expect("the log is whole").pop().expect("an event");
        assert_eq!((event.action, event.n, &*event.detail), (Action::Restore, 4, r#"{"files":["it's/1_bird.up.sql"]}"#));
        assert_eq!(database.sql("select * from dunlin_migrations order by seq"), before);
        assert!(migrations.up(&database.url).await.expect("nothing is pending").steps.is_empty());
        is_audited(&migrations, database).await;
    }

    async fn files_come_back_from_every_engine_byte_for_byte(database: &Database) {
        let project = Project::new();
        let up = "-- it's a \\ \"ñ\" 🐦\ncreate table bird (name varchar(20) default 'O''Neil; \\\\');\n\n\n-- end";
        project.migration("1_bird", up, BIRD_DOWN);
        on(&project, &database.url, "up -q").expect_code(0);
        project.remove("versions/1_bird.up.sql").remove("versions/1_bird.down.sql");
        on(&project, &database.url, "restore 1").expect_code(0);
        assert_eq!((project.read("versions/1_bird.up.sql"), project.read("versions/1_bird.down.sql")), (up.to_owned(), BIRD_DOWN.to_owned()));
        let log = on(&project, &database.url, "log -n 1").expect_code(0).stdout;
        assert!(log.contains("restore") && log.contains("versions/1_bird.up.sql, versions/1_bird.down.sql"), "{log}");
        on(&project, &database.url, "verify").expect_code(0);
    }

    async fn who_may_only_read_gets_the_files_and_is_told_that_the_log_says_nothing(database: &Database) {
        let project = birds();
        on(&project, &database.url, "up -q").expect_code(0);
        let Some(reader) = Reader::new(database) else { return };
        project.remove("versions/3_nest.up.sql");
        let outcome = on(&project, &reader.url, "restore 3").expect_code(0);
        assert_eq!(project.read("versions/3_nest.up.sql"), "create table nest (bird integer);\n");
        assert!(outcome.stderr.contains("warning: the files are written; the log of the database does not tell of it: "), "{}", outcome.snapshot());
        assert_eq!(database.sql("select count(*) from dunlin_events"), "3");
    }

    async fn a_migration_whose_row_was_removed_comes_back_from_the_log(database: &Database) {
        let project = birds();
        on(&project, &database.url, "up -q").expect_code(0);
        let files = ["versions/3_nest.up.sql", "versions/3_nest.down.sql"];
        let before = files.map(|file| project.read(file));
        project.remove(files[0]).remove(files[1]);
        Command::dunlin(&project).arguments(["mark", "3", "reverted", "--yes", "--reason", "it was given up", "--url", &database.url]).run().expect_code(0);
        assert_eq!(database.sql("select count(*) from dunlin_migrations"), "2");
        let outcome = on(&project, &database.url, "restore nest").expect_code(0);
        assert!(outcome.stderr.contains("`3_nest` was removed from the history; its log keeps the SQL"), "{}", outcome.snapshot());
        assert_eq!(files.map(|file| project.read(file)), before);
        let outcome = on(&project, &database.url, "restore neste").expect_code(1);
        assert!(outcome.stderr.contains("did you mean `nest`?"), "{}", outcome.snapshot());
        on(&project, &database.url, "verify").expect_code(0);
    }
}
