//! The end of the log: cut off, written by a script, written by an earlier or a newer dunlin, or written anew altogether.

use dunlin::Goal;
use dunlin_core::checksum::Checksum;
use dunlin_core::ledger::{Action, Event};

use super::*;

/// Writes the log anew, every event with the hash that it would have: whoever can write all tables can do that.
async fn written_anew(migrations: &Migrations, database: &Database, change: impl Fn(&mut Event)) {
    let mut events = migrations.history(&database.url).await.expect("the log is whole");
    let mut previous: Option<Checksum> = None;
    for event in &mut events {
        change(event);
        let hash = event.hash(previous.as_ref());
        let quote = |text: &str| database.dialect.literal(text);
        let (detail, action, hash_text) =
            (quote(&event.detail), quote(event.action.as_str()), quote(&hash.to_string()));
        let who = quote(&event.os_user);
        let n = event.n;
        let set = format!("detail = {detail}, action = {action}, os_user = {who}, hash = {hash_text}");
        database.sql(&format!("update dunlin_events set {set} where n = {n}"));
        previous = Some(hash);
    }
}

async fn head(migrations: &Migrations, database: &Database) -> ExpectedHead {
    let audit = audit(migrations, database).await;
    assert!(audit.is_whole(), "{:#?}", audit.findings);
    audit.head(&SetName::default()).expect("a head").parse().expect("a hash")
}

async fn is_expected(migrations: &Migrations, database: &Database, head: &ExpectedHead) -> bool {
    let audit = migrations.migrator().audit(&database.url, Some(head)).await.expect("the history can be read");
    let lacks = |kind: &LedgerFindingKind| matches!(kind, LedgerFindingKind::HeadMissing { matching: 0, .. });
    assert!(audit.findings.iter().all(|finding| lacks(&finding.kind)), "{:#?}", audit.findings);
    audit.is_whole()
}

/// Takes a script that begins at a target.
fn script(migrations: &Migrations, database: &Database, from: &Target, goal: &Goal) -> String {
    migrations.migrator().script(database.dialect, from, goal).expect("a script").sql
}

engines! {
    async fn a_log_whose_end_was_cut_off_is_whole_and_has_not_the_head_that_is_expected(database: &Database) {
        let project = birds();
        let migrations = migrations(&project);
        for target in ["1", "2"] {
            migrations.to(&database.url, Target::Migration(target.to_owned())).await.expect("it gets there");
        }
        let saved = "create table saved_m as select * from dunlin_migrations; create table saved_e as select * from dunlin_events";
        database.sql(saved);
        let earlier = head(&migrations, database).await;
        migrations.down(&database.url, Target::Base).await.expect("it is reverted");
        migrations.up(&database.url).await.expect("it is applied");
        let later = head(&migrations, database).await;
        assert!(is_expected(&migrations, database, &later).await && is_expected(&migrations, database, &earlier).await);

        database.sql(
            "delete from dunlin_migrations; insert into dunlin_migrations select * from saved_m; \
             delete from dunlin_events; insert into dunlin_events select * from saved_e",
        );
        assert!(found(&migrations, database).await.is_empty());
        assert!(is_expected(&migrations, database, &earlier).await);
        assert!(!is_expected(&migrations, database, &later).await);
        database.sql("delete from dunlin_migrations; delete from dunlin_events; delete from dunlin_layout; drop table dunlin_layout; \
                      drop table dunlin_events; drop table dunlin_migrations");
        assert!(found(&migrations, database).await.is_empty());
        assert!(!is_expected(&migrations, database, &later).await);
    }

    async fn a_log_that_was_written_anew_has_not_the_head_that_is_expected(database: &Database) {
        let project = birds();
        let migrations = migrations(&project);
        migrations.up(&database.url).await.expect("it is applied");
        let noted = head(&migrations, database).await;
        written_anew(&migrations, database, |event| event.os_user = "somebody".to_owned()).await;
        assert!(found(&migrations, database).await.is_empty(), "that is what it cannot find");
        assert!(!is_expected(&migrations, database, &noted).await);
    }

    async fn what_a_script_wrote_is_sealed_with_its_rows_by_the_next_run(database: &Database) {
        if !database.has_client() {
            return;
        }
        let project = birds();
        project.file("versions/repeatable/singers.sql", view(database, "singers", "select id, name from bird"));
        let outside = "-- dunlin: transaction none\ncreate table owl (id integer);\ninsert into owl values (1);\n";
        project.migration("4_owl", outside, "drop table owl;\n");
        let four = migrations(&project);
        four.migrator().up_to(&database.url, Target::Migration("1".to_owned())).await.expect("it is applied");
        let all = script(&four, database, &Target::Migration("1".to_owned()), &Goal::up(Target::Head));
        database.feed(&all).unwrap_or_else(|message| panic!("{message}\nin: {all}"));
        let two = Target::Migration("2".to_owned());
        let back = script(&four, database, &Target::Head, &Goal::down(two.clone()));
        database.feed(&back).unwrap_or_else(|message| panic!("{message}\nin: {back}"));
        let again = script(&four, database, &two, &Goal::up(Target::Head));
        database.feed(&again).unwrap_or_else(|message| panic!("{message}\nin: {again}"));

        let audit = audit(&four, database).await;
        assert!(audit.is_whole(), "{:#?}", audit.findings);
        let kinds: Vec<&LedgerFindingKind> = audit.findings.iter().map(|finding| &finding.kind).collect();
        assert!(matches!(&kinds[..], [LedgerFindingKind::Unsealed { from: 2, .. }]), "{kinds:?}");
        assert_eq!(audit.head(&SetName::default()), Some(&*database.sql("select hash from dunlin_events where n = 1")));
        // Of rows that no event covers yet, the SQL is held against the checksums, and those against the events.
        let changes = ["up_sql = 'select 1'", "up_checksum = (select checksum from dunlin_events where n = 1)"];
        for change in changes {
            database.sql(&format!("create table saved as select * from dunlin_migrations; update dunlin_migrations set {change} where id = '3'"));
            assert!(!self::audit(&four, database).await.is_whole(), "{change}");
            database.sql("delete from dunlin_migrations; insert into dunlin_migrations select * from saved; drop table saved");
        }

        project.migration("5_egg", "create table egg (id integer);\n", "drop table egg;\n");
        let five = migrations(&project);
        assert_eq!(names(&five.up(&database.url).await.expect("it is applied")), ["5_egg"]);
        assert!(found(&five, database).await.is_empty());
        for change in ["migrations set slug = 'x' where id = '4'", "repeatable set duration_us = 7", "migrations set seq = 77 where id = '2'"] {
            database.sql(&format!("update dunlin_{change}"));
        }
        let found = found(&five, database).await;
        assert_eq!(found.len(), 3, "{found:#?}");
    }

    async fn what_an_earlier_build_wrote_is_told_and_is_no_fault(database: &Database) {
        let project = history(database).await;
        let migrations = migrations(&project);
        written_anew(&migrations, database, |event| {
            let mut detail: serde_json::Value = serde_json::from_str(&event.detail).expect("JSON");
            detail.as_object_mut().expect("an object").retain(|key, _| key != "row" && key != "row_before");
            event.detail = detail.to_string();
        }).await;
        let first = audit(&migrations, database).await;
        assert!(first.is_whole(), "{:#?}", first.findings);
        let [finding] = &first.findings[..] else { panic!("{:#?}", first.findings) };
        let LedgerFindingKind::NotCovered { rows } = &finding.kind else { panic!("{finding}") };
        assert_eq!(rows.len(), 6 + 2, "{finding}");
        // What such rows hold cannot be told, and that they are there can.
        database.sql("update dunlin_migrations set slug = 'x' where id = '2'");
        assert!(audit(&migrations, database).await.is_whole());
        database.sql("delete from dunlin_migrations where id = '2'");
        assert!(!audit(&migrations, database).await.is_whole());
    }

    async fn an_event_of_a_newer_dunlin_is_read_and_hashed_as_it_is(database: &Database) {
        let project = birds();
        let older = migrations(&project);
        older.up(&database.url).await.expect("it is applied");
        written_anew(&older, database, |event| {
            if event.n == 3 {
                event.action = Action::Unknown("teleport".to_owned());
            }
        }).await;
        let events = older.history(&database.url).await.expect("the log can be read");
        assert_eq!(events[2].action, Action::Unknown("teleport".to_owned()));
        project.migration("4_egg", "create table egg (id integer);\n", "drop table egg;\n");
        let older = migrations(&project);
        assert_eq!(names(&older.up(&database.url).await.expect("it goes on")), ["4_egg"]);
        assert_eq!(found(&older, database).await, ["a newer dunlin wrote `teleport` into the log (3)"]);
        assert!(audit(&older, database).await.is_whole());
        database.sql("update dunlin_events set action = 'telepor' where n = 3");
        assert!(matches!(older.history(&database.url).await, Err(Error::UnreadableHistory { .. })));
    }
}
