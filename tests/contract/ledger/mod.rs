//! The ledger: whatever is done to the history behind dunlin's back is found, and what dunlin does itself is not.
//!
//! `meddling.rs` changes every column of every table and everything at random, `unfinished.rs` those of a step that did not
//! end; `ends.rs` is about the end of the log, which
//! may be cut off, written by a script, or written by another dunlin.

mod ends;
mod meddling;
mod unfinished;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dunlin::{Audit, Dialect, Error, ExpectedHead, LedgerFindingKind, Migrations, Outcome, Resume, Target};
use dunlin_core::migration::SetName;

use super::birds::{BIRD_DOWN, BIRD_UP, bird, birds, checksum};
use super::reader::Reader;
use super::repeatable::view;
use super::{has, migrations, names, step_failure};
use crate::support::database::Database;
use crate::support::project::Project;

const WIDER: &str = "create table bird (id integer primary key, name varchar(40));\n";

/// Does everything that leaves a trace in the history: up, down, a failure, a skip, stamps that add and remove, an accepted
/// edit, a step outside transactions, repeatable files that run, are forgotten and run again.
async fn history(database: &Database) -> Project {
    let project = birds();
    project.file("versions/repeatable/singers.sql", view(database, "singers", "select id, name from bird"));
    project.file("versions/repeatable/wrens.sql", view(database, "wrens", "select id from bird where id = 1"));
    up(&project, database).await;
    migrations(&project).down(&database.url, Target::Back(1)).await.expect("it is reverted");
    up(&project, database).await;

    project.migration("4_broken", "insert into nowhere values (1);\n", "select 1;\n");
    step_failure(migrations(&project).up(&database.url).await);
    project.remove("versions/4_broken.up.sql").remove("versions/4_broken.down.sql");

    let outside = "-- dunlin: transaction none\ncreate table egg (id integer);\ninsert into egg values (1);\n";
    project.migration("4_egg", outside, "drop table egg;\n");
    up(&project, database).await;
    project.migration("5_owl", "create table owl (id integer);\n", "select 1;\n");
    let owl = migrations(&project);
    owl.migrator().skip(&database.url, "5", "it is there").await.expect("it is skipped");
    project.migration("6_cuckoo", "create table cuckoo (id integer);\n", "-- gone\nselect 1;\n");
    for target in [Target::Head, Target::Migration("5".to_owned()), Target::Head] {
        migrations(&project).stamp(&database.url, &[target]).await.expect("it is stamped");
    }

    project.migration("1_bird", WIDER, BIRD_DOWN);
    let (was, up_now, down) = (checksum(BIRD_UP), checksum(WIDER), checksum(BIRD_DOWN));
    project.file("versions/dunlin.lock", format!("1_bird up={up_now} down={down} parents=base was={was}\n"));
    let singers = view(database, "singers", "select id, name, 1 as version from bird");
    project.file("versions/repeatable/singers.sql", singers);
    assert_eq!(up(&project, database).await.healed, ["1_bird"]);
    project
}

async fn up(project: &Project, database: &Database) -> dunlin::Report {
    migrations(project).up(&database.url).await.expect("it is applied")
}

async fn audit(migrations: &Migrations, database: &Database) -> Audit {
    migrations.migrator().audit(&database.url, None).await.expect("the history can be read")
}

/// Returns all that is found, a line each.
async fn found(migrations: &Migrations, database: &Database) -> Vec<String> {
    audit(migrations, database).await.findings.iter().map(ToString::to_string).collect()
}

engines! {
    async fn what_dunlin_does_leaves_a_whole_ledger(database: &Database) {
        let project = history(database).await;
        let audit = audit(&migrations(&project), database).await;
        assert!(audit.findings.is_empty(), "{:#?}", audit.findings);
        let [set] = &audit.sets[..] else { panic!("{audit:?}") };
        assert_eq!((&*set.set, set.migrations, set.repeatables), ("main", 6, 2));
        let last = "select hash from dunlin_events where n = (select max(n) from dunlin_events)";
        assert_eq!(set.head, Some(database.sql(last)));
        // The migrations that this binary knows do not matter.
        assert!(found(&migrations(&bird()), database).await.is_empty());
        let three = Target::Migration("3".to_owned());
        assert_eq!(names(&migrations(&project).down(&database.url, three).await.expect("it is reverted")), ["6_cuckoo", "5_owl", "4_egg"]);
        assert!(found(&migrations(&project), database).await.is_empty());
    }

    async fn every_text_that_is_stored_hashes_to_its_digest(database: &Database) {
        let odd = "-- \u{1f426} 'it''s' \\ \"q\" `b` $$ ${x} \t\u{e9}\r\ncreate table odd (id integer);\r\n\r\n-- the end  \n";
        let project = bird();
        project.migration("2_odd-slug 🐦", odd, "-- a\\b'c\r\ndrop table odd;");
        project.file("versions/3_one_way.up.sql", "-- dunlin: irreversible it's 'so'\ncreate table way (id integer);");
        project.migration("4_big", &format!("-- {}\nselect 1;\n", "é\\'".repeat(60_000)), "select 1;");
        up(&project, database).await;
        assert!(found(&migrations(&project), database).await.is_empty());
        migrations(&project).migrator().stamp(&database.url, &everything_anew()).await.expect("it is stamped");
        assert!(found(&migrations(&project), database).await.is_empty());
    }

    async fn auditing_only_reads(database: &Database) {
        if let Some(file) = database.url.strip_prefix("sqlite://") {
            std::fs::remove_file(file).expect("an empty file");
        }
        let project = birds();
        let migrations = migrations(&project);
        assert_eq!(audit(&migrations, database).await, Audit::default());
        match database.url.strip_prefix("sqlite://") {
            Some(file) => assert!(!std::path::Path::new(file).exists()),
            None => assert!(!has(database, "dunlin_layout")),
        }
        if let Some(file) = database.url.strip_prefix("sqlite://") {
            std::fs::write(file, "").expect("an empty file");
        }
        migrations.up(&database.url).await.expect("it is applied");
        let Some(reader) = Reader::new(database) else { return };
        let audit = migrations.migrator().audit(&*reader.url, None).await.expect("it may read");
        assert!(audit.is_whole() && audit.sets[0].events == 3, "{audit:?}");
    }

    async fn an_unfinished_step_is_told_and_one_that_was_taken_back_leaves_no_trace(database: &Database) {
        let project = birds();
        up(&project, database).await;
        let down = "-- dunlin: transaction none\ndrop table nowhere;\ndrop table nest;\n";
        project.file("versions/3_nest.down.sql", down);
        let failure = step_failure(migrations(&project).down(&database.url, Target::Back(1)).await);
        assert_eq!(failure.outcome, Outcome::RolledBack);
        assert!(found(&migrations(&project), database).await.is_empty());

        project.file("versions/3_nest.down.sql", "-- dunlin: transaction none\ndrop table nest;\ndrop table nowhere;\n");
        step_failure(migrations(&project).down(&database.url, Target::Back(1)).await);
        assert_eq!(found(&migrations(&project), database).await, ["`3_nest` began to go down and did not end"]);
        database.sql("update dunlin_migrations set slug = 'cuckoo' where id = '3'");
        assert_eq!(found(&migrations(&project), database).await.len(), 3);
        database.sql("update dunlin_migrations set slug = 'nest' where id = '3'");
        migrations(&project).stamp(&database.url, &[Target::Migration("2".to_owned())]).await.expect("it is stamped");
        assert!(found(&migrations(&project), database).await.is_empty());

        let up = "-- dunlin: transaction none\ncreate table egg (id integer);\ncreate table egg (id integer);\n";
        project.file("versions/3_nest.up.sql", up);
        step_failure(migrations(&project).up(&database.url).await);
        assert_eq!(found(&migrations(&project), database).await, ["`3_nest` began to go up and did not end"]);
        migrations(&project).stamp(&database.url, &[Target::Head]).await.expect("it is settled");
        assert!(found(&migrations(&project), database).await.is_empty());
    }

    async fn a_step_that_another_run_finishes_is_covered_as_it_is_then(database: &Database) {
        let project = bird();
        let none = "-- dunlin: transaction none\n";
        project.migration("2_egg", &format!("{none}create table egg (id integer);\ninsert into nowhere values (1);\n"), "select 1;");
        step_failure(migrations(&project).up(&database.url).await);
        // As an earlier dunlin would have begun it, another day.
        let another_day = if database.dialect == Dialect::Sqlite { "'2026-01-01T00:00:00.000000Z'" } else { "'2026-01-01 00:00:00'" };
        database.sql(&format!("update dunlin_migrations set tool_version = '0.0.9', applied_at = {another_day} where id = '2'"));
        let down = format!("{none}drop table egg;\ndrop table nowhere;\n");
        project.migration("2_egg", &format!("{none}create table egg (id integer);\ninsert into egg values (1);\n"), &down);
        let resumed = migrations(&project).migrator().resume(&database.url, Resume::Failed).await.expect("it is mended");
        assert_eq!(names(&resumed), ["2_egg"]);
        assert_eq!(database.sql("select tool_version, state from dunlin_migrations where id = '2'"), "0.0.9|applied");
        assert!(found(&migrations(&project), database).await.is_empty());
        database.sql("update dunlin_migrations set tool_version = '0.0.8' where id = '2'");
        assert_eq!(found(&migrations(&project), database).await.len(), 1);
        database.sql("update dunlin_migrations set tool_version = '0.0.9' where id = '2'");

        step_failure(migrations(&project).down(&database.url, Target::Back(1)).await);
        assert_eq!(found(&migrations(&project), database).await, ["`2_egg` began to go down and did not end"]);
        project.file("versions/2_egg.down.sql", format!("{none}drop table egg;\nselect 1;\n"));
        migrations(&project).migrator().resume(&database.url, Resume::Failed).await.expect("it is mended");
        assert_eq!(database.sql("select id from dunlin_migrations"), "1");
        assert!(found(&migrations(&project), database).await.is_empty());
    }

    async fn a_row_that_was_changed_does_not_become_good_by_an_accepted_edit(database: &Database) {
        let project = bird();
        up(&project, database).await;
        database.sql("update dunlin_migrations set slug = 'cuckoo'");
        project.migration("1_bird", WIDER, BIRD_DOWN);
        let (was, now, down) = (checksum(BIRD_UP), checksum(WIDER), checksum(BIRD_DOWN));
        project.file("versions/dunlin.lock", format!("1_bird up={now} down={down} parents=base was={was}\n"));
        assert_eq!(up(&project, database).await.healed, ["1_bird"]);
        let found = found(&migrations(&project), database).await;
        assert_eq!(found, ["the row of `1` was not as event 1 had left it when event 2 changed it"]);
    }

    async fn an_id_that_was_padded_since_is_still_that_of_its_row(database: &Database) {
        let project = bird();
        up(&project, database).await;
        project.remove("versions/1_bird.up.sql").remove("versions/1_bird.down.sql").migration("001_bird", WIDER, BIRD_DOWN);
        let (was, now, down) = (checksum(BIRD_UP), checksum(WIDER), checksum(BIRD_DOWN));
        project.file("versions/dunlin.lock", format!("001_bird up={now} down={down} parents=base was={was}\n"));
        up(&project, database).await;
        assert_eq!(database.sql("select id, up_checksum from dunlin_migrations"), format!("1|{now}"));
        assert!(found(&migrations(&project), database).await.is_empty());
        migrations(&project).down(&database.url, Target::Base).await.expect("it is reverted");
        assert_eq!(database.sql("select count(*) from dunlin_migrations"), "0");
        assert!(found(&migrations(&project), database).await.is_empty());
    }

    async fn a_history_of_several_pages_is_audited_whole(database: &Database) {
        let project = Project::new();
        for n in 1..=205 {
            project.migration(&format!("{n}_bird"), &format!("select {n};"), "select 1;");
        }
        let migrations = migrations(&project);
        migrations.stamp(&database.url, &[Target::Head]).await.expect("it is stamped");
        let whole = audit(&migrations, database).await;
        assert!(whole.findings.is_empty() && whole.sets[0].migrations == 205, "{:#?}", whole.findings);
        for n in ["1", "100", "101", "200", "201", "205"] {
            database.sql(&format!("update dunlin_migrations set slug = 'cuckoo' where id = '{n}'"));
            assert_eq!(found(&migrations, database).await, [format!("the row of `{n}_cuckoo` is not as event {n} (stamp) left it")]);
            database.sql(&format!("update dunlin_migrations set slug = 'bird' where id = '{n}'"));
        }
    }

    async fn rows_of_other_sets_are_audited_too(database: &Database) {
        let other = SetName::new("other").expect("a name");
        up(&birds(), database).await;
        let owls = Project::new();
        owls.migration("1_owl", "create table owl (id integer);", "drop table owl;");
        let owls = migrations(&owls).set(other);
        owls.up(&database.url).await.expect("it is applied");
        let both = audit(&owls, database).await;
        assert!(both.is_whole() && both.sets.len() == 2, "{both:?}");
        database.sql("update dunlin_migrations set kind = 'stamped' where set_name = 'main' and id = '2'");
        let audit = audit(&owls, database).await;
        assert_eq!(audit.findings.len(), 1);
        assert_eq!(audit.findings[0].set.as_deref(), Some("main"));
    }

    async fn while_others_migrate_nothing_wrong_is_found(database: &Database) {
        let project = bird();
        for n in 2..=30 {
            project.migration(&format!("{n}_wren"), &format!("insert into bird values ({n}, 'wren');"), "delete from bird;");
        }
        up(&birds(), database).await;
        migrations(&project).down(&database.url, Target::Base).await.expect("it is reverted");
        let (is_done, url) = (Arc::new(AtomicBool::new(false)), database.url.clone());
        let told = is_done.clone();
        let migrating = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            for target in [30, 0, 30, 3] {
                let migrations = migrations(&project);
                let target = if target == 0 { Target::Base } else { Target::Migration(target.to_string()) };
                runtime.block_on(migrations.to(&*url, target)).expect("it gets there");
            }
            told.store(true, Ordering::Relaxed);
        });
        let birds = birds();
        let migrations = migrations(&birds);
        let mut audits = 0;
        while !is_done.load(Ordering::Relaxed) {
            let audit = audit(&migrations, database).await;
            // A step that no transaction holds is under way.
            let is_under_way = |kind: &LedgerFindingKind| matches!(kind, LedgerFindingKind::Unfinished { .. });
            assert!(audit.findings.iter().all(|finding| is_under_way(&finding.kind)), "{:#?}", audit.findings);
            audits += 1;
        }
        migrating.join().expect("it does not panic");
        assert!(audits > 0 && found(&migrations, database).await.is_empty());
    }
}

/// Forgets every row, and writes it anew from its file.
fn everything_anew() -> dunlin::Stamp {
    dunlin::Stamp::at([Target::Head]).forgetting(dunlin::Forget::Everything)
}
