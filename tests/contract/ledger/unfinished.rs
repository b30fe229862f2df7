//! A step that began and did not end: whatever is changed in its row and in its journal is found.

use dunlin_core::ledger::{JournalRow, MigrationRow};

use super::meddling::{Saved, another};
use super::*;

/// Takes a step to its third statement, which fails. The journal holds all three.
async fn failed(database: &Database) -> Project {
    let project = history(database).await;
    let file = "-- dunlin: transaction none\ncreate table tern (id integer);\ninsert into tern values (1);\n\
                create table tern (id integer /* ü */);\n";
    project.migration("7_tern", file, "drop table tern;\n");
    let failure = step_failure(migrations(&project).up(&database.url).await);
    assert_eq!(failure.outcome, Outcome::Partial { in_place: 2 }, "{failure}");
    project
}

/// Takes a step to a statement that ends its own connection, as a crash does: no event tells of it.
async fn died(database: &Database) -> Option<Project> {
    let kill = match database.dialect {
        Dialect::Sqlite => return None,
        Dialect::Postgres => "select pg_terminate_backend(pg_backend_pid())",
        Dialect::Mysql => "kill connection_id()",
    };
    let project = history(database).await;
    let file = format!(
        "-- dunlin: transaction none\ncreate table tern (id integer);\ncreate table gull (id integer);\n\
         insert into tern values (1);\n{kill};\n"
    );
    project.migration("7_tern", &file, "drop table tern;\n");
    let failure = step_failure(migrations(&project).up(&database.url).await);
    assert_eq!(failure.outcome, Outcome::Unknown, "{failure}");
    Some(project)
}

/// Returns SQL for everything that can be done to one row of the journal.
fn changes(database: &Database) -> Vec<String> {
    let mut changes = Vec::new();
    for column in JournalRow::COLUMNS {
        let value = another(database.dialect, column);
        changes.push(format!("update dunlin_statements set {column} = {value} where n = 2 and {column} is not null"));
    }
    for (column, value) in [("fingerprint", "'1:2'"), ("message", "'x'"), ("connection", "4711")] {
        changes.push(format!("update dunlin_statements set {column} = {value} where n = 2"));
    }
    for column in ["fingerprint", "message", "connection"] {
        changes.push(format!("update dunlin_statements set {column} = null where {column} is not null"));
    }
    changes.extend(
        [
            "update dunlin_statements set state = 'started' where n = 2",
            "update dunlin_statements set state = 'done' where state <> 'done'",
            "update dunlin_statements set message = '' where message is not null",
            "delete from dunlin_statements where n = 1",
            "delete from dunlin_statements where n = 2",
            "update dunlin_statements set n = 1000 where n = 1; update dunlin_statements set n = 1 where n = 2;
             update dunlin_statements set n = 2 where n = 1000",
        ]
        .map(str::to_owned),
    );
    let columns = JournalRow::COLUMNS.join(", ");
    for (of, value) in [
        ("n", "100"),
        ("n", "0"),
        ("id", "'6'"),
        ("id", "'another'"),
        ("direction", "'down'"),
        ("set_name", "'another'"),
    ] {
        let values = JournalRow::COLUMNS.map(|column| if column == of { value } else { column }).join(", ");
        changes.push(format!(
            "insert into dunlin_statements ({columns}) select {values} from dunlin_statements where n = 2"
        ));
    }
    changes
}

/// Makes sure that every change is found, beside what an unfinished step is told as, and that its finding goes when it is
/// put back. What changes nothing is none.
async fn all_found(project: &Project, database: &Database, changes: &[String]) {
    let (migrations, saved) = (migrations(project), Saved::new(database));
    let (before, rows) = (found(&migrations, database).await, dump(database));
    assert_eq!(before, ["`7_tern` began to go up and did not end"]);
    let mut count = 0;
    for change in changes {
        database.sql(change);
        let now = found(&migrations, database).await;
        if now == before {
            assert_eq!(dump(database), rows, "{change}");
            continue;
        }
        count += 1;
        assert!(now.iter().any(|finding| !before.contains(finding)), "{change} gave {now:#?}");
        saved.put_back();
        assert_eq!(found(&migrations, database).await, before, "put back after {change}");
    }
    assert!(count * 3 > changes.len() * 2, "{count} of {} changed anything", changes.len());
}

fn dump(database: &Database) -> String {
    let journal = format!("select {} from dunlin_statements order by id, n", JournalRow::COLUMNS.join(", "));
    let rows = format!("select {} from dunlin_migrations order by id", MigrationRow::COLUMNS.join(", "));
    format!("{}\n{}", database.sql(&journal), database.sql(&rows))
}

engines! {
    async fn whatever_is_changed_of_a_step_that_failed_is_found(database: &Database) {
        let project = failed(database).await;
        let mut changes = changes(database);
        changes.push("delete from dunlin_statements where n = 3".to_owned());
        changes.push("delete from dunlin_statements".to_owned());
        changes.push("delete from dunlin_migrations where id = '7'".to_owned());
        changes.push("update dunlin_migrations set state = 'applied' where id = '7'".to_owned());
        changes.push("update dunlin_migrations set state = 'reverting' where id = '7'".to_owned());
        for column in MigrationRow::COLUMNS {
            let value = another(database.dialect, column);
            changes.push(format!("update dunlin_migrations set {column} = {value} where id = '7'"));
        }
        all_found(&project, database, &changes).await;

        let tern = "-- dunlin: transaction none\ncreate table tern (id integer);\ninsert into tern values (1);\n";
        project.file("versions/7_tern.up.sql", tern);
        migrations(&project).migrator().resume(&database.url, Resume::Failed).await.expect("it is mended");
        assert!(found(&migrations(&project), database).await.is_empty());
        // What nobody has begun has no journal.
        let columns = JournalRow::COLUMNS.join(", ");
        database.sql(&format!("insert into dunlin_statements ({columns}) select {columns} from saved_dunlin_statements where n = 1"));
        let astray = "the journal has statement 1 of `7` (up), and no such step is unfinished";
        assert_eq!(found(&migrations(&project), database).await, [astray]);
    }

    async fn of_a_step_that_died_only_the_end_of_its_journal_can_be_taken_away(database: &Database) {
        let Some(project) = died(database).await else { return };
        all_found(&project, database, &changes(database)).await;
        let before = found(&migrations(&project), database).await;
        database.sql("delete from dunlin_statements where n > 1");
        assert_eq!(found(&migrations(&project), database).await, before);
    }

    async fn a_step_that_is_gone_on_with_is_covered_as_it_is_then(database: &Database) {
        let project = failed(database).await;
        let again = "-- dunlin: transaction none\ncreate table tern (id integer);\ninsert into tern values (1);\n\
                     insert into tern values (2);\ninsert into nowhere values (1);\n";
        project.file("versions/7_tern.up.sql", again);
        step_failure(migrations(&project).migrator().resume(&database.url, Resume::Failed).await);
        let before = found(&migrations(&project), database).await;
        assert_eq!(before, ["`7_tern` began to go up and did not end"]);
        database.sql("delete from dunlin_events where n = (select n from (select max(n) as n from dunlin_events) last_one)");
        database.sql("delete from dunlin_statements where n > 2");
        assert_eq!(found(&migrations(&project), database).await, before);
        // A resumption says how many were in place.
        database.sql("delete from dunlin_statements where n > 1");
        let found = found(&migrations(&project), database).await;
        assert_eq!(found[1..], ["the journal of `7` lacks statement 2"], "{found:?}");
    }
}
