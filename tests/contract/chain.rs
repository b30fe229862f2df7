//! The event log: one changed, deleted, inserted or moved event is found.

use dunlin::Error;

use super::birds::birds;
use super::migrations;
use crate::support::database::Database;

/// Lets somebody change the log behind dunlin's back, and returns what reading it gives.
async fn tampered(database: &Database, change: &str) -> String {
    let project = birds();
    let migrations = migrations(&project);
    migrations.up(&database.url).await.expect("it is applied");
    assert_eq!(migrations.history(&database.url).await.expect("the log is whole").len(), 3);
    database.sql(change);
    match migrations.history(&database.url).await {
        Err(Error::UnreadableHistory { what }) => what,
        other => panic!("the change was not found: {other:?}"),
    }
}

engines! {
    async fn an_event_that_was_changed_is_found(database: &Database) {
        let what = tampered(database, "update dunlin_events set os_user = 'somebody' where n = 2").await;
        assert!(what.starts_with("event 2 "), "{what}");
    }

    async fn an_event_that_was_deleted_is_found(database: &Database) {
        let what = tampered(database, "delete from dunlin_events where n = 1").await;
        assert!(what.starts_with("event 2 "), "{what}");
    }

    async fn events_that_changed_places_are_found(database: &Database) {
        let swap = "update dunlin_events set n = 9 where n = 1; update dunlin_events set n = 1 where n = 2; \
                    update dunlin_events set n = 2 where n = 9";
        let what = tampered(database, swap).await;
        assert!(what.starts_with("event 1 "), "{what}");
    }

    async fn an_event_that_was_slipped_in_is_found(database: &Database) {
        let copy = "insert into dunlin_events select set_name, 4, at, action, id, checksum, db_user, os_user, host, \
                    application, tool_version, detail, hash from dunlin_events where n = 3";
        let what = tampered(database, copy).await;
        assert!(what.starts_with("event 4 "), "{what}");
    }

    async fn a_time_that_was_changed_by_a_microsecond_is_found(database: &Database) {
        let next = if database.dialect.facts().time_type == "text" { "'2026-01-01T00:00:00.000001Z'" } else { "at + interval '1' second" };
        let what = tampered(database, &format!("update dunlin_events set at = {next} where n = 3")).await;
        assert!(what.starts_with("event 3 "), "{what}");
    }
}
