//! What `status` says of the last step that failed.

use dunlin::{LastFailure, Mark, MigrationState, Migrations, Target};
use dunlin_core::migration::Direction;

use super::birds::{bird, birds};
use super::{migrations, step_failure};
use crate::support::database::Database;
use crate::support::project::Project;

async fn last_failure(migrations: &Migrations, database: &Database) -> Option<LastFailure> {
    migrations.status(&database.url).await.expect("a status").last_failure
}

/// `1_bird` is applied, and `2_wren` fails at its second statement.
async fn failed(database: &Database) -> Project {
    let project = bird();
    migrations(&project).up(&database.url).await.expect("it is applied");
    project.migration(
        "2_wren",
        "-- wrens\ninsert into bird values (1, 'wren');\n\ninsert into nowhere values (2);\n",
        "delete from bird;",
    );
    step_failure(migrations(&project).up(&database.url).await);
    project
}

engines! {
    async fn a_step_that_was_rolled_back_is_told_until_it_is_taken(database: &Database) {
        let project = failed(database).await;
        let migrations_now = migrations(&project);
        let status = migrations_now.status(&database.url).await.expect("a status");
        assert_eq!(status.migrations[1].state, MigrationState::Pending);
        let failure = status.last_failure.expect("a failure");
        assert_eq!((&*failure.name, failure.direction), ("2_wren", Direction::Up));
        assert_eq!((failure.line, failure.statement, failure.of), (Some(4), Some(2), Some(2)), "{failure:?}");
        assert!(failure.file.ends_with("versions/2_wren.up.sql"), "{failure:?}");
        assert!(failure.message.contains("nowhere") && failure.code.is_some(), "{failure:?}");
        assert!(failure.rolled_back && !failure.edited_since);
        let event = migrations_now.history(&database.url).await.expect("the log").pop().expect("an event");
        assert_eq!((&failure.at, &failure.os_user, &failure.db_user), (&event.at, &event.os_user, &event.db_user));

        project.file("versions/2_wren.up.sql", "insert into bird values (1, 'wren');\n");
        assert!(last_failure(&migrations(&project), database).await.expect("a failure").edited_since);
        migrations(&project).up(&database.url).await.expect("it is mended");
        assert_eq!(last_failure(&migrations(&project), database).await, None);
    }

    async fn a_failure_is_over_when_its_migration_is_marked_or_gone(database: &Database) {
        let project = failed(database).await;
        migrations(&project).migrator().mark(&database.url, "2", Mark::Applied, "by hand").await.expect("it is marked");
        assert_eq!(last_failure(&migrations(&project), database).await, None);

        let Some(database) = Database::new(database.dialect) else { return };
        let project = failed(&database).await;
        project.remove("versions/2_wren.up.sql").remove("versions/2_wren.down.sql");
        assert_eq!(last_failure(&migrations(&project), &database).await, None);
    }

    async fn of_two_failures_the_newest_that_nothing_came_after_is_told(database: &Database) {
        let project = failed(database).await;
        project.file("versions/2_wren.up.sql", "-- dunlin: revises 1\ninsert into nowhere values (1);\n");
        step_failure(migrations(&project).up(&database.url).await);
        project.migration("3_nest", "-- dunlin: revises 1\ncreate table;\n", "drop table nest;\n");
        let up = |target: &'static str| {
            let project = &project;
            async move { migrations(project).migrator().up_to(&database.url, Target::Migration(target.into())).await }
        };
        step_failure(up("3").await);
        let failure = last_failure(&migrations(&project), database).await.expect("a failure");
        assert_eq!((&*failure.name, failure.statement, failure.of), ("3_nest", Some(1), Some(1)));
        project.file("versions/3_nest.up.sql", "-- dunlin: revises 1\ncreate table nest (id int);\n");
        up("3").await.expect("it is mended");
        assert_eq!(last_failure(&migrations(&project), database).await.expect("a failure").name, "2_wren");
    }

    async fn a_way_down_that_failed_is_told_too(database: &Database) {
        let project = birds();
        migrations(&project).up(&database.url).await.expect("it is applied");
        project.file("versions/3_nest.down.sql", "drop table nowhere;\n");
        step_failure(migrations(&project).down(&database.url, Target::Back(1)).await);
        let failure = last_failure(&migrations(&project), database).await.expect("a failure");
        assert_eq!((failure.direction, failure.line, failure.rolled_back), (Direction::Down, Some(1), true));
        project.file("versions/3_nest.down.sql", "drop table nest;\n");
        migrations(&project).down(&database.url, Target::Back(1)).await.expect("it is mended");
        assert_eq!(last_failure(&migrations(&project), database).await, None);
    }

    async fn a_step_that_is_unfinished_is_told_as_such(database: &Database) {
        let project = bird();
        project.migration("2_two", "-- dunlin: transaction none\ncreate table two (id int);\ninsert into nowhere values (1);", "drop table two;");
        step_failure(migrations(&project).up(&database.url).await);
        let failure = last_failure(&migrations(&project), database).await.expect("a failure");
        assert_eq!((failure.line, failure.statement, failure.of, failure.rolled_back), (Some(3), Some(2), Some(2), false));
    }
}
