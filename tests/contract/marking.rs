//! Counting one migration as applied or as reverted, without running anything: `mark`.

use dunlin::{Error, Mark, MarkError, Migrations, Target};
use dunlin_core::ledger::{Action, Event};
use dunlin_core::plan::State;
use serde_json::{Value, json};

use super::birds::{bird, birds, checksum};
use super::{has, is_audited, migrations, names, step_failure};
use crate::support::database::Database;
use crate::support::project::Project;

const TWO: &str = "-- dunlin: transaction none\ncreate table two (id int);\ninsert into nowhere values (1);\n";

/// Three migrations, of which the second stops half way, applied as far as it goes.
async fn half_way(database: &Database) -> Project {
    let project = bird();
    project.migration("2_two", TWO, "drop table two;\n");
    project.migration("3_nest", "create table nest (id int);\n", "drop table nest;\n");
    step_failure(migrations(&project).up(&database.url).await);
    assert_eq!(rows(database), "1|applied\n2|applying");
    project
}

/// A migration whose way down stops half way, gone down as far as it goes.
async fn half_way_back(database: &Database) -> Project {
    let project = bird();
    let down = "-- dunlin: transaction none\ndrop table two;\ndrop table nowhere;\n";
    project.migration("2_two", "create table two (id int);\n", down);
    migrations(&project).up(&database.url).await.expect("it is applied");
    step_failure(migrations(&project).down(&database.url, Target::Migration("1".into())).await);
    assert_eq!(rows(database), "1|applied\n2|reverting");
    project
}

fn rows(database: &Database) -> String {
    database.sql("select id, state from dunlin_migrations order by seq")
}

async fn mark(migrations: &Migrations, database: &Database, name: &str, mark: Mark) -> dunlin::MarkReport {
    let marked = migrations.migrator().mark(&database.url, name, mark, "Ann says O'Neil did it").await;
    marked.expect("it is marked")
}

async fn refused(migrations: &Migrations, database: &Database, name: &str, mark: Mark) -> MarkError {
    match migrations.migrator().mark(&database.url, name, mark, "x").await {
        Err(Error::Mark(error)) => error,
        other => panic!("it was to be refused, and it gave {other:?}"),
    }
}

/// The last event, and its detail.
async fn last(migrations: &Migrations, database: &Database) -> (Event, Value) {
    let event = migrations.history(&database.url).await.expect("the log is whole").pop().expect("an event");
    let detail = serde_json::from_str(&event.detail).expect("JSON");
    (event, detail)
}

engines! {
    async fn a_step_that_was_ended_by_hand_counts_as_applied(database: &Database) {
        let project = half_way(database).await;
        let migrations = migrations(&project);
        let report = mark(&migrations, database, "two", Mark::Applied).await;
        assert_eq!((&*report.name, report.state, report.journal.len()), ("2_two", Some(State::Applying), 2));
        let row = database.sql("select kind, state, seq, up_checksum from dunlin_migrations where id = '2'");
        assert_eq!(row, format!("stamped|applied|3|{}", checksum(TWO)));
        assert_eq!(database.sql("select count(*) from dunlin_statements"), "0");

        let (event, detail) = last(&migrations, database).await;
        assert_eq!((event.action, event.id.as_ref().map(ToString::to_string)), (Action::Mark, Some("2".to_owned())));
        assert_eq!(event.checksum.map(|checksum| checksum.to_string()), Some(checksum(TWO)));
        let told = ["change", "mark", "reason", "state", "up_sql"].map(|key| detail[key].as_str().expect("a text"));
        assert_eq!(told, ["settled", "applied", "Ann says O'Neil did it", "applying", TWO]);
        let kept = detail["journal"].as_array().expect("a list").iter().map(|entry| {
            let checksum = entry["checksum"].as_str().expect("a checksum");
            assert!(checksum.starts_with("b3:") && !entry["recovery"].is_null(), "{entry}");
            (entry["n"].as_u64(), entry["state"].as_str(), entry["line"].as_u64(), entry["summary"].as_str())
        });
        let journal = [
            (Some(1), Some("done"), Some(2), Some("create table two (id int)")),
            (Some(2), Some("failed"), Some(3), Some("insert into nowhere values (1)")),
        ];
        assert_eq!(kept.collect::<Vec<_>>(), journal, "nothing is lost");
        is_audited(&migrations, database).await;
        assert_eq!(names(&migrations.up(&database.url).await.expect("it goes on")), ["3_nest"]);
        assert!(migrations.verify(&database.url).await.expect("findings").is_empty());
    }

    async fn a_step_that_was_taken_back_by_hand_counts_as_reverted_and_runs_anew(database: &Database) {
        let project = half_way(database).await;
        let report = mark(&migrations(&project), database, "2", Mark::Reverted).await;
        assert_eq!(report.state, Some(State::Applying));
        assert_eq!((rows(database), database.sql("select count(*) from dunlin_statements")), ("1|applied".to_owned(), "0".to_owned()));
        let (event, detail) = last(&migrations(&project), database).await;
        assert_eq!((event.action, &detail["change"], &detail["mark"]), (Action::Mark, &json!("removed"), &json!("reverted")));
        assert_eq!((&detail["up_sql"], detail["journal"].as_array().map(Vec::len)), (&json!(TWO), Some(2)));
        is_audited(&migrations(&project), database).await;
        database.sql("drop table two");
        project.file("versions/2_two.up.sql", "create table two (id int);\n");
        let up = migrations(&project).up(&database.url).await.expect("it runs anew");
        assert_eq!(names(&up), ["2_two", "3_nest"]);
    }

    async fn a_way_down_that_did_not_end_is_settled_one_way_or_the_other(database: &Database) {
        let project = half_way_back(database).await;
        let before = database.sql("select kind, seq, up_checksum, up_sql from dunlin_migrations where id = '2'");
        // What was applied is what counts, whatever the file says now.
        project.file("versions/2_two.up.sql", "create table two (id bigint);\n");
        mark(&migrations(&project), database, "2", Mark::Applied).await;
        assert_eq!(rows(database), "1|applied\n2|applied");
        assert_eq!(database.sql("select kind, seq, up_checksum, up_sql from dunlin_migrations where id = '2'"), before);
        is_audited(&migrations(&project), database).await;
        let findings = migrations(&project).verify(&database.url).await.expect("findings");
        assert!(matches!(findings[0].kind, dunlin::FindingKind::Edited { .. }), "{findings:?}");

        let Some(database) = Database::new(database.dialect) else { return };
        let project = half_way_back(&database).await;
        mark(&migrations(&project), &database, "2", Mark::Reverted).await;
        assert_eq!(rows(&database), "1|applied");
        assert_eq!(database.sql("select count(*) from dunlin_statements"), "0");
        assert_eq!(names(&migrations(&project).up(&database.url).await.expect("it is pending")), ["2_two"]);
    }

    async fn what_somebody_did_by_hand_is_said_and_nothing_is_run(database: &Database) {
        let project = birds();
        let migrations = migrations(&project);
        migrations.migrator().up_to(&database.url, Target::Migration("1".into())).await.expect("it is applied");
        mark(&migrations, database, "2", Mark::Applied).await;
        assert_eq!(database.sql("select count(*) from bird"), "0", "nothing was run");
        let (_, mut detail) = last(&migrations, database).await;
        assert!(detail["row"].take().as_str().is_some_and(|digest| digest.starts_with("b3:")));
        let expected = json!({ "row": null, "change": "added", "mark": "applied", "reason": "Ann says O'Neil did it" });
        assert_eq!(detail, expected);
        assert_eq!(names(&migrations.up(&database.url).await.expect("it goes on")), ["3_nest"]);
        mark(&migrations, database, "3", Mark::Reverted).await;
        assert!(has(database, "nest"), "nothing was run");
        let (_, detail) = last(&migrations, database).await;
        assert_eq!((&detail["kind"], &detail["down_sql"]), (&json!("applied"), &json!("drop table nest;\n")));
        is_audited(&migrations, database).await;
    }

    async fn what_cannot_be_marked_is_refused_and_nothing_changes(database: &Database) {
        let project = birds();
        let migrations = migrations(&project);
        assert!(matches!(refused(&migrations, database, "3", Mark::Applied).await, MarkError::Early { .. }));
        assert!(matches!(refused(&migrations, database, "3", Mark::Reverted).await, MarkError::Already { .. }));
        assert!(!has(database, "dunlin_migrations"));
        migrations.up(&database.url).await.expect("it is applied");
        match refused(&migrations, database, "1", Mark::Reverted).await {
            MarkError::Late { after, .. } => assert_eq!(after, ["3_nest", "2_wren"]),
            other => panic!("{other:?}"),
        }
        assert!(matches!(refused(&migrations, database, "3", Mark::Applied).await, MarkError::Already { .. }));
        assert!(matches!(refused(&migrations, database, "nosuch", Mark::Applied).await, MarkError::Name(_)));
        assert_eq!(migrations.history(&database.url).await.expect("the log is whole").len(), 3);
    }

    async fn what_no_file_has_is_marked_by_what_the_history_stores(database: &Database) {
        let project = half_way(database).await;
        for half in ["2_two.up", "2_two.down", "3_nest.up", "3_nest.down"] {
            project.remove(&format!("versions/{half}.sql"));
        }
        let migrations = migrations(&project);
        mark(&migrations, database, "2_two", Mark::Applied).await;
        let row = database.sql("select state, slug, parents, up_checksum, down_checksum from dunlin_migrations where id = '2'");
        assert_eq!(row, format!("applied|two|1|{}|{}", checksum(TWO), checksum("drop table two;\n")));
        mark(&migrations, database, "2_two", Mark::Reverted).await;
        assert_eq!(rows(database), "1|applied");
        assert!(migrations.up(&database.url).await.expect("nothing is pending").steps.is_empty());
    }

    async fn a_plan_to_mark_changes_nothing(database: &Database) {
        let project = half_way(database).await;
        let migrations = migrations(&project);
        let planned = migrations.migrator().plan_mark(&database.url, "2", Mark::Reverted, "why").await.expect("a plan");
        assert_eq!((&*planned.reason, planned.journal.len()), ("why", 2));
        assert_eq!(rows(database), "1|applied\n2|applying");
    }

    async fn of_two_who_mark_a_step_one_is_too_late(database: &Database) {
        let project = half_way(database).await;
        let (one, other) = (migrations(&project), migrations(&project));
        let (one, other) = (one.migrator(), other.migrator());
        let (one, other) = tokio::join!(
            one.mark(&database.url, "2", Mark::Reverted, "one"),
            other.mark(&database.url, "2", Mark::Reverted, "other"),
        );
        let (won, lost): (Vec<_>, Vec<_>) = [one, other].into_iter().partition(Result::is_ok);
        assert_eq!((won.len(), lost.len()), (1, 1));
        assert!(matches!(lost[0], Err(Error::Mark(MarkError::Already { .. }))), "{lost:?}");
        assert_eq!(migrations(&project).history(&database.url).await.expect("the log is whole").len(), 3);
    }
}
