//! Scripts: fed to the engine's own client, they leave what a run leaves. `clients.rs` is about one
//! engine's client each, `present.rs` about scripts that begin where a database is.

mod clients;
mod present;

use std::time::Duration;

use dunlin::core::target::Range;
use dunlin::{Dialect, Goal, Migrations, Progress, RunEvent, Stamp, Target};
use dunlin_core::migration::SetName;

use super::birds::{bird, birds};
use super::{has, migrations, names};
use crate::support::database::Database;
use crate::support::project::Project;

/// Writes the script of `up 1:head` and the like.
fn script(migrations: &Migrations, engine: Dialect, verb: &str) -> String {
    let (way, range) = verb.split_once(' ').expect("a verb and a range");
    let range = Range::parse(range).expect("a range");
    let (from, to) = (range.from.unwrap_or(Target::Base), range.to.unwrap_or(Target::Heads));
    let migrator = migrations.migrator();
    let script = match way {
        "up" => migrator.script(engine, &from, &Goal::up(to)),
        "down" => migrator.script(engine, &from, &Goal::down(to)),
        _ => migrator.stamp_script(engine, &from, &Stamp::at([to])),
    };
    script.unwrap_or_else(|error| panic!("{verb}: {error}")).sql
}

/// Feeds a script that is to succeed.
fn feed(database: &Database, script: &str) {
    database.feed(script).unwrap_or_else(|message| panic!("{message}\nin: {script}"));
}

/// Everything that a history says of what is applied, but times and durations.
fn rows(database: &Database) -> String {
    database.sql(
        "select set_name, id, slug, parents, seq, kind, state, up_checksum, down_checksum, up_sql, down_sql, breaking, \
         tool_version from dunlin_migrations order by set_name, seq",
    )
}

/// What was done, without when and by whom.
fn events(database: &Database) -> String {
    database.sql("select set_name, n, action, id, checksum, db_user from dunlin_events order by set_name, n")
}

/// A project with everything that an engine has, a migration outside transactions, and one of several statements.
fn everything(engine: Dialect) -> Project {
    let project = bird();
    let file = match engine {
        Dialect::Sqlite => include_str!("../../fixtures/contract/everything.sqlite.sql"),
        Dialect::Postgres => include_str!("../../fixtures/contract/everything.postgres.sql"),
        Dialect::Mysql => include_str!("../../fixtures/contract/everything.mysql.sql"),
    };
    let file = file.replace("-- dunlin: irreversible this file only goes one way\n", "");
    // A body keeps its comments.
    let file = file.replace("bird", "heron").replace("  update species", "  -- seen; it is\n  update species");
    project.migration("2_everything", &file, "");
    project.migration(
        "3_wren",
        "insert into bird values (1, 'a''b \\\\ \"é\" 🐦; --');\n-- the end",
        "delete from bird where id = 1;\n",
    );
    let outside = "-- dunlin: transaction none\ncreate table egg (id int);\ninsert into egg values (1);\ncreate table nest (id int)";
    project.migration("4_outside", outside, "-- dunlin: transaction none\ndrop table nest;\ndrop table egg;\n");
    project.migration(
        "5_two",
        "create table a (id int);\ninsert into a values (1);\ncreate table b (id int);",
        "drop table b;\ndrop table a;",
    );
    project
}

engines! {
    async fn a_script_leaves_what_a_run_leaves(database: &Database) {
        let (Some(other), true) = (Database::new(database.dialect), database.has_client()) else { return };
        let project = everything(database.dialect);
        let migrations = migrations(&project);
        feed(database, &script(&migrations, database.dialect, "up :"));
        migrations.up(&other.url).await.expect("it is applied");
        assert_eq!(database.schema(), other.schema());
        assert_eq!(rows(database), rows(&other));
        assert_eq!(events(database), events(&other));
        for table in ["bird", "species", "egg", "a"] {
            let all = format!("select * from {table} order by id");
            assert_eq!(database.sql(&all), other.sql(&all));
        }
        assert_eq!(database.sql("select count(*) from dunlin_statements"), "0");
        assert!(migrations.up(&database.url).await.expect("nothing is pending").steps.is_empty());
        assert!(migrations.verify(&database.url).await.expect("findings").is_empty());
        assert_eq!(migrations.history(&database.url).await.expect("the log is whole").len(), 5);

        feed(database, &script(&migrations, database.dialect, "down head:2"));
        migrations.down(&other.url, Target::Migration("2".into())).await.expect("it is reverted");
        assert_eq!(database.schema(), other.schema());
        assert_eq!(rows(database), rows(&other));
        assert_eq!(events(database), events(&other));
        feed(database, &script(&migrations, database.dialect, "up 2:4"));
        migrations.migrator().up_to(&other.url, Target::Migration("4".into())).await.expect("it is applied");
        assert_eq!(database.schema(), other.schema());
        assert_eq!(rows(database), rows(&other));
        assert_eq!(names(&migrations.up(&database.url).await.expect("the rest is applied")), ["5_two"]);
        assert_eq!(migrations.history(&database.url).await.expect("the log is whole").len(), 11);
    }

    async fn a_script_that_is_fed_twice_stops_before_it_changes_anything(database: &Database) {
        if !database.has_client() {
            return;
        }
        let project = birds();
        let migrations = migrations(&project);
        for verb in ["up :", "down head:1", "stamp 1:2"] {
            let script = script(&migrations, database.dialect, verb);
            feed(database, &script);
            let before = (database.schema(), rows(database), events(database));
            let message = database.feed(&script).expect_err("the database stands elsewhere");
            assert!(message.contains("the database does not stand where this script begins"), "{message}");
            assert_eq!((database.schema(), rows(database), events(database)), before, "{verb}");
        }
    }

    async fn a_script_for_another_state_changes_nothing(database: &Database) {
        if !database.has_client() {
            return;
        }
        let project = birds();
        let birds = migrations(&project);
        let (before, from_two) = (database.schema(), script(&birds, database.dialect, "up 2:head"));
        database.feed(&from_two).expect_err("nothing is applied");
        assert_eq!(database.schema(), before);
        assert!(!has(database, "dunlin_migrations"), "it makes no tables either");

        birds.migrator().up_to(&database.url, Target::Migration("2".into())).await.expect("it is applied");
        project.file("versions/1_bird.up.sql", "create table bird (id integer primary key, name varchar(99));\n");
        let edited = script(&migrations(&project), database.dialect, "up 2:head");
        let message = database.feed(&edited).expect_err("another text was applied");
        assert!(message.contains("the database does not stand where this script begins"), "{message}");
        assert!(!has(database, "nest"));
        feed(database, &from_two);
        assert!(has(database, "nest"));
    }

    async fn the_next_run_seals_what_a_script_wrote_and_a_changed_event_is_found(database: &Database) {
        if !database.has_client() {
            return;
        }
        let project = birds();
        let two = migrations(&project);
        two.migrator().up_to(&database.url, Target::Migration("1".into())).await.expect("it is applied");
        feed(database, &script(&two, database.dialect, "up 1:"));
        let unsealed = "select count(*) from dunlin_events where hash = ''";
        assert_eq!(database.sql(unsealed), "2");
        assert_eq!(two.history(&database.url).await.expect("an unsealed end is whole").len(), 3);
        assert!(two.up(&database.url).await.expect("nothing is pending").steps.is_empty());
        assert_eq!(database.sql(unsealed), "2", "a run that finds nothing to do writes nothing");

        project.migration("4_egg", "create table egg (id int);", "drop table egg;");
        let migrations = migrations(&project);
        migrations.up(&database.url).await.expect("it is applied");
        assert_eq!(database.sql(unsealed), "0");
        let read = migrations.history(&database.url).await.expect("the log is whole");
        assert_eq!(read.iter().map(|event| event.detail.contains("script")).collect::<Vec<_>>(), [false, true, true, false]);
        for change in ["os_user = 'x'", "detail = '{}'", "hash = ''"] {
            let before = ["os_user", "detail", "hash"].map(|column| {
                let value = database.sql(&format!("select {column} from dunlin_events where n = 2"));
                format!("{column} = {}", database.dialect.literal(&value))
            });
            database.sql(&format!("update dunlin_events set {change} where n = 2"));
            let broken = migrations.history(&database.url).await.expect_err("it is found");
            assert!(broken.to_string().contains("event 2 "), "{broken}");
            database.sql(&format!("update dunlin_events set {} where n = 2", before.join(", ")));
        }
        migrations.history(&database.url).await.expect("it is as it was");
    }

    async fn a_stamp_by_script_leaves_what_a_stamp_leaves(database: &Database) {
        let (Some(other), true) = (Database::new(database.dialect), database.has_client()) else { return };
        let project = birds();
        let migrations = migrations(&project);
        feed(database, &script(&migrations, database.dialect, "stamp :head"));
        migrations.stamp(&other.url, &[Target::Head]).await.expect("it is stamped");
        assert_eq!((rows(database), events(database)), (rows(&other), events(&other)));
        feed(database, &script(&migrations, database.dialect, "stamp head:1"));
        migrations.stamp(&other.url, &[Target::Migration("1".into())]).await.expect("it is stamped");
        assert_eq!((rows(database), events(database)), (rows(&other), events(&other)));
        assert!(!has(database, "bird"), "nothing was run");
        let kept = async |database: &Database| {
            let events = migrations.history(&database.url).await.expect("the log is whole");
            let mut detail: serde_json::Value = serde_json::from_str(&events[3].detail).expect("JSON");
            let at = detail["applied_at"].take();
            assert!(at.as_str().is_some_and(|at| at.len() == 27), "{at}");
            detail.as_object_mut().and_then(|detail| detail.remove("script"));
            // A number, where there is no other truth.
            if detail["breaking"] == 0 {
                detail["breaking"] = false.into();
            }
            detail
        };
        assert_eq!(kept(database).await, kept(&other).await);
    }

    async fn while_a_run_holds_the_lock_a_script_does_nothing(database: &Database) {
        if !database.has_client() {
            return;
        }
        let project = birds();
        let migrations = migrations(&project);
        let script = migrations.migrator().lock_wait(Duration::from_secs(1));
        let script = script.script(database.dialect, &Target::Base, &Goal::up(Target::Head)).expect("a script").sql;
        let (url, dialect) = (database.url.clone(), database.dialect);
        let (told, heard) = std::sync::mpsc::channel();
        let feeding = move |event: &RunEvent| {
            // Once there is a lock, and before there is a row.
            if let Progress::StepStarted { step: 1, .. } = event.progress {
                told.send(Database::feed_at(dialect, &url, &script)).ok();
            }
        };
        let migrator = migrations.migrator().on_event(feeding);
        assert_eq!(migrator.up(&database.url).await.expect("it is applied").steps.len(), 3);
        let message = heard.try_iter().next().expect("it was fed").expect_err("the lock is held");
        assert!(message.contains("another run holds the lock") || message.contains("database is locked"), "{message}");
        assert_eq!(migrations.history(&database.url).await.expect("the log is whole").len(), 3);
    }

    async fn a_statement_that_fails_ends_the_script_and_status_tells_where(database: &Database) {
        if !database.has_client() {
            return;
        }
        let project = bird();
        project.migration("2_bad", "create table kept (id int);\ninsert into nowhere values (1);\n", "select 1;");
        project.migration("3_nest", "create table nest (id int);", "drop table nest;");
        let migrations = migrations(&project);
        // A fresh SQLite database takes all of them in one transaction, as in a run.
        migrations.migrator().up_to(&database.url, Target::Migration("1".into())).await.expect("it is applied");
        let message = database.feed(&script(&migrations, database.dialect, "up 1:")).expect_err("there is no such table");
        assert!(message.contains("nowhere"), "{message}");
        assert!(!has(database, "nest"));
        let status = migrations.status(&database.url).await.expect("a status");
        if database.dialect.facts().ddl_rolls_back {
            assert!(!has(database, "kept"));
            assert_eq!(status.pending(), 2);
        } else {
            let journal: Vec<_> = status.migrations[1].journal.iter().map(ToString::to_string).collect();
            assert_eq!(journal, ["statement 1 (line 1): in place: create table kept (id int)", "statement 2 (line 2): begun, not in place: insert into nowhere values (1)"]);
            migrations.stamp(&database.url, &[Target::Migration("1".into())]).await.expect("it is settled");
        }
        project.file("versions/2_bad.up.sql", "create table mended (id int);");
        let mended = crate::contract::migrations(&project).up(&database.url).await.expect("it is applied");
        assert_eq!(names(&mended), ["2_bad", "3_nest"]);
        crate::contract::migrations(&project).history(&database.url).await.expect("the log is whole");
    }

    async fn a_script_asserts_what_its_migrations_depend_on_in_other_sets(database: &Database) {
        if !database.has_client() {
            return;
        }
        let (nests, owners) = (Project::new(), Project::new());
        nests.migration("0007_nest", "create table nest (id int);", "drop table nest;");
        owners.migration("1_owner", "-- dunlin: depends-on nests/7\ncreate table owner (nest int);", "drop table owner;");
        let nests = migrations(&nests).set(SetName::new("nests").expect("a name"));
        let owners = migrations(&owners).set(SetName::new("owners").expect("a name"));
        let script = script(&owners, database.dialect, "up :");
        let message = database.feed(&script).expect_err("the other set is not there");
        assert!(message.contains("`nests/7` is not applied"), "{message}");
        assert!(!has(database, "owner"));
        nests.up(&database.url).await.expect("it is applied");
        feed(database, &script);
        assert!(owners.up(&database.url).await.expect("nothing is pending").steps.is_empty());
        assert_eq!(nests.history(&database.url).await.expect("a log").len(), 1);
    }

    async fn a_script_writes_to_the_history_that_the_settings_name(database: &Database) {
        let (Some(other), true) = (Database::new(database.dialect), database.has_client()) else { return };
        let project = birds();
        let birds = migrations(&project);
        let migrator = birds.migrator().history_prefix("a b'c").application("aviary 1.2");
        let script = migrator.script(database.dialect, &Target::Base, &Goal::up(Target::Head)).expect("a script");
        feed(database, &script.sql);
        feed(&other, &script.sql);
        assert!(migrator.up(&database.url).await.expect("nothing is pending").steps.is_empty());
        let log = migrator.history(&database.url).await.expect("a log");
        assert!(log.iter().all(|event| event.application == "aviary 1.2") && log.len() == 3);
    }

    async fn repeatable_files_run_behind_the_steps_and_variables_have_values(database: &Database) {
        let (Some(other), true) = (Database::new(database.dialect), database.has_client()) else { return };
        let project = birds();
        project.migration("4_robin", "-- dunlin: vars name\ninsert into bird values (4, '${name}');", "delete from bird where id = 4;");
        let view = |name: &str, select: &str| {
            let cascade = if database.dialect == Dialect::Postgres { " cascade" } else { "" };
            project.file(&format!("versions/repeatable/{name}.sql"), format!("drop view if exists {name}{cascade};\ncreate view {name} as\n{select};\n"));
        };
        view("singers", "select id, name from bird");
        view("best_singers", "select name from singers where id = 1");
        let migrations = migrations(&project);
        let migrator = migrations.migrator().var("name".parse().expect("a name"), "rob''in");
        let script = |from: &str, goal: Goal| {
            let from = Target::parse(from).expect("a target");
            migrator.script(database.dialect, &from, &goal).expect("a script").sql
        };
        let repeatable = "select name, checksum, stored_sql from dunlin_repeatable order by name";
        feed(database, &script("base", Goal::up(Target::Head)));
        assert_eq!(migrator.up(&other.url).await.expect("it is applied").repeated.len(), 2);
        assert_eq!((database.schema(), rows(database)), (other.schema(), rows(&other)));
        assert_eq!((database.sql(repeatable), events(database)), (other.sql(repeatable), events(&other)));
        assert_eq!(database.sql("select name from bird where id = 4"), "rob'in");
        let nothing = migrator.up(&database.url).await.expect("nothing is due");
        assert!(nothing.steps.is_empty() && nothing.repeated.is_empty());

        feed(database, &script("head", Goal::down(Target::Migration("3".into()))));
        migrator.down(&other.url, Target::Migration("3".into())).await.expect("it is reverted");
        assert_eq!((database.sql(repeatable), database.schema()), (other.sql(repeatable), other.schema()));
        view("singers", "select 1 as id, 'robin' as name from bird");
        let changed = crate::contract::migrations(&project);
        let changed = changed.migrator().var("name".parse().expect("a name"), "rob''in");
        let again = changed.script(database.dialect, &Target::Migration("3".into()), &Goal::up(Target::Head)).expect("a script");
        assert_eq!(again.repeats, ["singers", "best_singers"]);
        feed(database, &again.sql);
        assert_eq!(database.sql("select distinct name from best_singers"), "robin");
        assert!(changed.up(&database.url).await.expect("nothing is due").repeated.is_empty());
        changed.history(&database.url).await.expect("the log is whole");
    }

    async fn labels_merges_and_several_heads_lead_a_script_too(database: &Database) {
        let (Some(other), true) = (Database::new(database.dialect), database.has_client()) else { return };
        let project = Project::new();
        let one = |name: &str, header: &str| {
            let up = format!("-- dunlin: {header}\ncreate table t{} (id int);", name.replace('_', ""));
            project.migration(name, &up, &format!("drop table t{};", name.replace('_', "")));
        };
        one("1_root", "revises base");
        one("2_mail", "revises 1\n-- dunlin: label mail");
        one("3_shop", "revises 1\n-- dunlin: label shop");
        let two = migrations(&project);
        feed(database, &script(&two, database.dialect, "up :mail@head"));
        two.migrator().up_to(&other.url, Target::parse("mail@head").expect("a target")).await.expect("it is applied");
        assert_eq!(rows(database), rows(&other));
        one("4_merge", "revises 2, 3");
        let merged = migrations(&project);
        feed(database, &script(&merged, database.dialect, "up mail:head"));
        merged.up(&other.url).await.expect("it is applied");
        assert_eq!(rows(database), rows(&other));
        feed(database, &script(&merged, database.dialect, "down head:base"));
        assert_eq!(rows(database), "");
        assert_eq!(merged.history(&database.url).await.expect("the log is whole").len(), 8);
    }
}
