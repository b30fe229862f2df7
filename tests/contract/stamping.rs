//! Changing the history without running anything: `stamp` and `skip`.

use dunlin::{Dialect, Error, Forget, Migrations, SkipError, Stamp, StampReport, Target};
use dunlin_core::ledger::{Action, Event};
use dunlin_core::plan::{FindingKind, Kind};
use serde_json::{Value, json};

use super::birds::{BIRD_DOWN, BIRD_UP, birds, checksum};
use super::{has, migrations, names, step_failure};
use crate::support::database::Database;
use crate::support::project::Project;

/// Stamps targets, such as `1 mail@head`.
async fn stamp(migrations: &Migrations, database: &Database, targets: &str) -> StampReport {
    let targets: Vec<Target> = targets.split(' ').map(|target| Target::parse(target).expect("a target")).collect();
    migrations.stamp(&database.url, &targets).await.expect("it is stamped")
}

/// The ids of the rows, in the order of their `seq`.
fn held(database: &Database) -> String {
    database.sql("select id from dunlin_migrations order by seq").replace('\n', " ")
}

fn added(report: &StampReport) -> Vec<&str> {
    report.added.iter().map(|row| &*row.name).collect()
}

fn removed(report: &StampReport) -> Vec<&str> {
    report.removed.iter().map(|row| &*row.name).collect()
}

async fn last_event(migrations: &Migrations, database: &Database) -> Event {
    migrations.history(&database.url).await.expect("the log is whole").pop().expect("an event")
}

fn detail(event: &Event) -> Value {
    serde_json::from_str(&event.detail).expect("JSON")
}

/// Two lines from one root, which hold nothing but a table each.
fn fork() -> Project {
    let project = Project::new();
    for (name, header) in [
        ("1_root", "revises base"),
        ("2_mail", "revises 1\n-- dunlin: label mail"),
        ("3_mail", "revises 2"),
        ("4_shop", "revises 1\n-- dunlin: label shop"),
        ("5_shop", "revises 4"),
    ] {
        let table = name.replace('_', "");
        let up = format!("-- dunlin: {header}\ncreate table t{table} (id int);\n");
        project.migration(name, &up, &format!("drop table t{table};\n"));
    }
    project
}

engines! {
    async fn a_schema_that_is_there_already_is_stamped_and_then_nothing_is_pending(database: &Database) {
        let project = birds();
        database.sql("create table bird (id integer primary key, name varchar(20)); create table nest (bird integer);");
        let migrations = migrations(&project);
        let report = stamp(&migrations, database, "head").await;
        assert_eq!((added(&report), &*report.heads[0]), (vec!["1_bird", "2_wren", "3_nest"], "3_nest"));
        let rows = database.sql("select id, kind, state, seq, parents, up_checksum, down_checksum from dunlin_migrations where id = '1'");
        assert_eq!(rows, format!("1|stamped|applied|1||{}|{}", checksum(BIRD_UP), checksum(BIRD_DOWN)));
        assert_eq!(database.sql("select count(*) from bird"), "0", "nothing was run");
        assert!(migrations.up(&database.url).await.expect("nothing is pending").steps.is_empty());
        assert!(migrations.verify(&database.url).await.expect("findings").is_empty());
        let status = migrations.status(&database.url).await.expect("a status");
        assert!(status.migrations.iter().all(|migration| migration.kind == Some(Kind::Stamped)));
        let events = migrations.history(&database.url).await.expect("the log is whole");
        assert!(events.iter().all(|event| event.action == Action::Stamp) && events.len() == 3);
        assert_eq!(events[0].checksum.map(|checksum| checksum.to_string()), Some(checksum(BIRD_UP)));
        let reverted = migrations.down(&database.url, Target::Base).await.expect("it is reverted");
        assert_eq!(names(&reverted), ["3_nest", "2_wren", "1_bird"]);
    }

    async fn a_stamp_that_changes_nothing_leaves_no_trace(database: &Database) {
        let (project, before) = (birds(), database.schema());
        let report = stamp(&migrations(&project), database, "base").await;
        assert!(report.is_empty() && report.heads.is_empty());
        assert!(!has(database, "dunlin_migrations"));
        assert_eq!(database.schema(), before);
        let plan = Stamp::at([Target::Head]);
        let plan = migrations(&project).migrator().plan_stamp(&database.url, &plan).await.expect("a plan");
        assert_eq!(added(&plan).len(), 3);
        assert!(!has(database, "dunlin_migrations"), "a plan writes nothing");
    }

    async fn nothing_is_lost_with_a_row_that_goes(database: &Database) {
        let project = birds();
        let migrations = migrations(&project);
        migrations.up(&database.url).await.expect("it is applied");
        let at = database.sql("select id from dunlin_migrations where seq = 3");
        assert_eq!(at, "3");
        assert_eq!(removed(&stamp(&migrations, database, "2").await), ["3_nest"]);
        assert!(has(database, "nest"), "nothing was run");
        let event = last_event(&migrations, database).await;
        assert_eq!((event.action.clone(), event.id.as_ref().map(ToString::to_string)), (Action::Stamp, Some("3".to_owned())));
        let mut kept = detail(&event);
        let applied_at = kept["applied_at"].take();
        assert!(applied_at.as_str().is_some_and(|at| at.ends_with('Z')), "{applied_at}");
        let (up, down) = ("create table nest (bird integer);\n", "drop table nest;\n");
        let expected = json!({
            "change": "removed", "slug": "nest", "parents": ["2"], "seq": 3, "kind": "applied", "state": "applied",
            "up_checksum": checksum(up), "down_checksum": checksum(down), "breaking": false, "applied_at": null,
            "up_sql": up, "down_sql": down,
        });
        assert_eq!(kept, expected);
    }

    async fn rows_of_other_branches_stay(database: &Database) {
        let project = fork();
        let migrations = migrations(&project);
        migrations.migrator().up_to(&database.url, Target::Heads).await.expect("it is applied");
        assert_eq!(removed(&stamp(&migrations, database, "shop@base").await), ["5_shop", "4_shop"]);
        assert_eq!(held(database), "1 2 3");
        assert_eq!(added(&stamp(&migrations, database, "4").await), ["4_shop"]);
        assert_eq!(held(database), "1 2 3 4");
        assert_eq!(removed(&stamp(&migrations, database, "mail@base shop@base").await), ["4_shop", "3_mail", "2_mail", "1_root"]);
    }

    async fn d3_several_targets_are_stamped_each_on_its_own(database: &Database) {
        let project = fork();
        let migrations = migrations(&project);
        migrations.migrator().up_to(&database.url, Target::Heads).await.expect("it is applied");
        let report = stamp(&migrations, database, "2 4").await;
        assert_eq!((removed(&report), held(database)), (vec!["5_shop", "3_mail"], "1 2 4".to_owned()));
        assert_eq!(report.heads, ["2_mail", "4_shop"]);
    }

    async fn d4_a_target_before_another_is_no_head_and_up_goes_on_from_there(database: &Database) {
        let project = fork();
        let migrations = migrations(&project);
        let purge = Stamp::at([Target::Migration("2".into()), Target::Migration("3".into())]).forgetting(Forget::Everything);
        let report = migrations.migrator().stamp(&database.url, &purge).await.expect("it is stamped");
        assert_eq!(report.heads, ["3_mail"]);
        assert_eq!((&*report.left_out[0].name, &*report.left_out[0].before), ("2_mail", "3_mail"));
        let up = migrations.migrator().up_to(&database.url, Target::Heads).await.expect("it goes on");
        assert_eq!(names(&up), ["4_shop", "5_shop"]);
    }

    async fn d5_two_targets_below_one_row_are_stamped(database: &Database) {
        let project = fork();
        let merge = "-- dunlin: revises 3, 5\nselect 1;\n";
        project.migration("6_merge", merge, "select 1;\n");
        let migrations = migrations(&project);
        migrations.up(&database.url).await.expect("it is applied");
        let report = stamp(&migrations, database, "2 5").await;
        assert_eq!((removed(&report), held(database)), (vec!["6_merge", "3_mail"], "1 2 4 5".to_owned()));
    }

    async fn d18_after_switching_git_branches_head_is_stamped_from_the_unknown_row(database: &Database) {
        let project = birds();
        project.migration("4_lost", "-- dunlin: revises 2\ncreate table lost (id int);", "drop table lost;");
        migrations(&project).migrator().up_to(&database.url, Target::Heads).await.expect("it is applied");
        project.remove("versions/4_lost.up.sql").remove("versions/4_lost.down.sql");
        let migrations = migrations(&project);
        assert!(matches!(migrations.up(&database.url).await, Err(Error::Plan(_))), "the row stands in the way");
        let report = stamp(&migrations, database, "head").await;
        assert_eq!((removed(&report), report.removed[0].unknown), (vec!["4_lost"], true));
        assert!(migrations.up(&database.url).await.expect("nothing is pending").steps.is_empty());
        let kept = detail(&last_event(&migrations, database).await);
        assert_eq!((&kept["up_sql"], &kept["parents"]), (&json!("-- dunlin: revises 2\ncreate table lost (id int);"), &json!(["2"])));
    }

    async fn a_purge_forgets_every_row_and_writes_those_of_the_targets_anew(database: &Database) {
        let project = birds();
        migrations(&project).up(&database.url).await.expect("it is applied");
        project.file("versions/1_bird.up.sql", "create table bird (id integer primary key, name varchar(99));\n");
        let migrations = migrations(&project);
        let purge = Stamp::at([Target::Migration("2".into())]).forgetting(Forget::Everything);
        let report = migrations.migrator().stamp(&database.url, &purge).await.expect("it is stamped");
        assert_eq!((removed(&report), added(&report)), (vec!["3_nest", "2_wren", "1_bird"], vec!["1_bird", "2_wren"]));
        assert!(migrations.verify(&database.url).await.expect("findings").is_empty());
        assert_eq!(migrations.history(&database.url).await.expect("the log is whole").len(), 8);
        let purge = Stamp::at([Target::Base]).forgetting(Forget::Everything);
        migrations.migrator().stamp(&database.url, &purge).await.expect("it is stamped");
        assert_eq!(held(database), "");
    }

    async fn an_unfinished_step_is_settled_one_way_or_the_other(database: &Database) {
        for (target, expected) in [("2", "2_two"), ("1", "1_bird"), ("head", "3_nest")] {
            let Some(database) = Database::new(database.dialect) else { return };
            let project = crate::contract::birds::bird();
            project.migration("2_two", "-- dunlin: transaction none\ncreate table two (id int);\ninsert into nowhere values (1);", "drop table two;");
            project.migration("3_nest", "create table nest (id int);", "drop table nest;");
            let migrations = migrations(&project);
            step_failure(migrations.up(&database.url).await);
            assert_eq!(database.sql("select state from dunlin_migrations where id = '2'"), "applying");
            let report = stamp(&migrations, &database, target).await;
            assert_eq!(report.heads, [expected]);
            assert_eq!(report.settled.len(), usize::from(target != "1"));
            assert_eq!(report.removed.iter().map(|row| row.unfinished).collect::<Vec<_>>(), vec![true; usize::from(target == "1")]);
            assert_eq!(database.sql("select count(*) from dunlin_statements"), "0");
            assert!(migrations.verify(&database.url).await.expect("findings").is_empty());
            if target == "1" {
                database.sql("drop table two");
                project.file("versions/2_two.up.sql", "create table two (id int);");
                let up = crate::contract::migrations(&project).up(&database.url).await.expect("it is applied");
                assert_eq!(names(&up), ["2_two", "3_nest"]);
            } else {
                assert_eq!(detail(&events_of(&migrations, &database, "2").await)["state"], "applying");
            }
        }
    }

    async fn a_stamp_is_one_transaction(database: &Database) {
        let project = fork();
        let migrations = migrations(&project);
        migrations.up(&database.url).await.err();
        stamp(&migrations, database, "mail@head").await;
        let refuse = match database.dialect {
            Dialect::Sqlite => {
                "create trigger refuse before insert on dunlin_events when new.id = '5' begin select raise(abort, 'no'); end;"
            }
            Dialect::Postgres | Dialect::Mysql => "alter table dunlin_events add constraint refuse check (id <> '5')",
        };
        database.sql(refuse);
        let targets = [Target::Migration("2".into()), Target::Migration("5".into())];
        let failed = migrations.stamp(&database.url, &targets).await.expect_err("the log refuses it");
        assert!(matches!(failed, Error::Database { .. }), "{failed}");
        assert_eq!(held(database), "1 2 3");
        assert_eq!(migrations.history(&database.url).await.expect("the log is whole").len(), 3);
    }

    async fn a_stamp_waits_for_a_run_and_two_stamps_for_each_other(database: &Database) {
        let project = fork();
        std::thread::scope(|scope| {
            let all = ["mail@head", "shop@head", "mail@head", "shop@head"].map(|target| {
                let project = &project;
                scope.spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                    runtime.block_on(async { stamp(&migrations(project), database, target).await.added.len() })
                })
            });
            let added: usize = all.map(|thread| thread.join().expect("it does not panic")).into_iter().sum();
            assert_eq!(added, 5);
        });
        assert_eq!(migrations(&project).history(&database.url).await.expect("the log is whole").len(), 5);
    }

    async fn a_migration_that_was_done_by_hand_is_skipped_with_a_reason(database: &Database) {
        let project = birds();
        let migrations = migrations(&project);
        migrations.migrator().up_to(&database.url, Target::Migration("1".into())).await.expect("it is applied");
        let skipped = migrations.migrator().skip(&database.url, "wren", "the row is there, O'Neil says").await.expect("it is skipped");
        assert_eq!(skipped.name, "2_wren");
        let event = last_event(&migrations, database).await;
        assert_eq!(event.action, Action::Skip);
        assert_eq!(detail(&event)["reason"], "the row is there, O'Neil says");
        assert_eq!(database.sql("select kind, seq from dunlin_migrations where id = '2'"), "stamped|2");
        assert_eq!(database.sql("select count(*) from bird"), "0", "nothing was run");
        assert_eq!(names(&migrations.up(&database.url).await.expect("the rest is applied")), ["3_nest"]);
    }

    async fn what_cannot_be_skipped_is_refused_and_nothing_changes(database: &Database) {
        let project = birds();
        let migrations = migrations(&project);
        let skip = async |name: &str| match migrations.migrator().skip(&database.url, name, "x").await {
            Err(Error::Skip(error)) => error,
            other => panic!("it was to be refused, and it gave {other:?}"),
        };
        assert!(matches!(skip("3").await, SkipError::Early { .. }));
        assert!(!has(database, "dunlin_migrations"));
        migrations.up(&database.url).await.expect("it is applied");
        assert!(matches!(skip("3").await, SkipError::Applied(_)));
        assert!(matches!(skip("nosuch").await, SkipError::Name(_)));
        assert_eq!(migrations.history(&database.url).await.expect("the log is whole").len(), 3);
    }
}

/// The last event about a migration.
async fn events_of(migrations: &Migrations, database: &Database, id: &str) -> Event {
    let events = migrations.history(&database.url).await.expect("the log is whole");
    let mut of = events.into_iter().filter(|event| event.id.as_ref().is_some_and(|event| event.as_str() == id));
    of.next_back().expect("an event")
}

#[tokio::test]
async fn an_edited_row_that_stays_is_still_edited() {
    let database = Database::sqlite();
    let project = birds();
    migrations(&project).up(&database.url).await.expect("it is applied");
    project.file("versions/1_bird.up.sql", "create table bird (id integer primary key, name varchar(99));\n");
    let migrations = migrations(&project);
    stamp(&migrations, &database, "2").await;
    let findings = migrations.verify(&database.url).await.expect("findings");
    assert!(matches!(findings[0].kind, FindingKind::Edited { .. }), "{findings:?}");
}
