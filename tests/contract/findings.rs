//! What the history and the files do not agree on: found before anything runs, all of it together.

use dunlin::{Error, Finding, FindingKind, Policy, Target, Verdict};
use dunlin_core::ledger::Action;

use super::birds::{BIRD_DOWN, BIRD_UP, bird, birds, checksum};
use super::{has, migrations, names, refused};
use crate::support::database::Database;
use crate::support::project::Project;

const WIDER: &str = "create table bird (id integer primary key, name varchar(40));\n";

/// Makes a project with `1_bird` alone, and applies it.
async fn applied(database: &Database) -> Project {
    let project = bird();
    migrations(&project).up(&database.url).await.expect("it is applied");
    project
}

engines! {
    async fn an_edited_migration_stops_the_run_before_anything_pending_runs(database: &Database) {
        let project = applied(database).await;
        project.migration("1_bird", WIDER, BIRD_DOWN).migration("2_nest", "create table nest (id int);", "drop table nest;");
        let result = migrations(&project).up(&database.url).await;
        let error = result.as_ref().expect_err("it is refused").to_string();
        assert!(!has(database, "nest"));
        assert_eq!(database.sql("select count(*) from dunlin_events"), "1");

        let expected = [
            "1_bird.up.sql was edited after it was applied on 20",
            &format!("\n  applied  {}\n  in file  {}\n", checksum(BIRD_UP), checksum(WIDER)),
            "\n  -create table bird (id integer primary key, name varchar(20));\
             \n  +create table bird (id integer primary key, name varchar(40));",
        ];
        for text in expected {
            assert!(error.contains(text), "{text} is not in {error}");
        }
        let hints = result.expect_err("it is refused").hints().join("\n");
        assert!(["restore the file", "dunlin lock --accept 1", "dunlin new"].iter().all(|way| hints.contains(way)), "{hints}");
    }

    async fn an_edit_of_a_comment_or_of_line_ends_goes_on(database: &Database) {
        let project = applied(database).await;
        let pending = |n: usize| {
            project.migration(&format!("{n}_more"), &format!("create table more{n} (id int);"), &format!("drop table more{n};"));
        };
        project.migration("1_bird", &BIRD_UP.replace('\n', "\r\n"), &BIRD_DOWN.replace('\n', "\r\n"));
        pending(2);
        let report = migrations(&project).up(&database.url).await.expect("line ends are no edit");
        assert!(report.findings.is_empty(), "{:?}", report.findings);

        project.migration("1_bird", &format!("-- licensed to fly\n{}", BIRD_UP.replace(", ", ",\n  ")), BIRD_DOWN);
        pending(3);
        let report = migrations(&project).up(&database.url).await.expect("a comment is no edit");
        assert_eq!(names(&report), ["3_more"]);
        assert!(matches!(&report.findings[..], [finding] if matches!(finding.kind, FindingKind::Cosmetic { .. })));
    }

    async fn an_accepted_edit_heals_the_row_and_is_logged(database: &Database) {
        let project = applied(database).await;
        let (before, after, down) = (checksum(BIRD_UP), checksum(WIDER), checksum(BIRD_DOWN));
        project.migration("1_bird", WIDER, BIRD_DOWN);
        project.file("versions/dunlin.lock", format!("1_bird up={after} down={down} parents=base was={before}\n"));

        let report = migrations(&project).up(&database.url).await.expect("it is healed");
        assert!(report.steps.is_empty());
        assert_eq!(report.healed, ["1_bird"]);
        assert_eq!(database.sql("select up_checksum, kind, state from dunlin_migrations"), format!("{after}|applied|applied"));
        assert_eq!(database.sql("select count(*) from dunlin_migrations where up_sql like '%varchar(40)%'"), "1");
        let events = migrations(&project).history(&database.url).await.expect("the log can be read");
        assert_eq!(events.last().map(|event| (event.action.clone(), event.detail.contains(&before))), Some((Action::Heal, true)));

        let again = migrations(&project).up(&database.url).await.expect("nothing is left to heal");
        assert!(again.healed.is_empty() && again.findings.is_empty());
    }

    async fn a_new_name_and_an_edited_down_file_are_said_and_go_on(database: &Database) {
        let project = applied(database).await;
        project.remove("versions/1_bird.up.sql").remove("versions/1_bird.down.sql");
        project.migration("1_fowl", BIRD_UP, "drop table if exists bird;\n");
        project.migration("2_nest", "create table nest (id int);", "drop table nest;");
        let report = migrations(&project).up(&database.url).await.expect("it goes on");
        assert_eq!(names(&report), ["2_nest"]);
        let said: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
        assert_eq!(said, ["`1_fowl` was called `1_bird` when it was applied", "the down file of `1_fowl` was edited after it was applied"]);
    }

    async fn an_id_that_was_padded_since_is_still_that_of_its_row(database: &Database) {
        let project = applied(database).await;
        project.remove("versions/1_bird.up.sql").remove("versions/1_bird.down.sql");
        project.migration("001_bird", BIRD_UP, BIRD_DOWN);
        assert_eq!(migrations(&project).status(&database.url).await.expect("a status").pending(), 0);
        migrations(&project).down(&database.url, Target::Base).await.expect("it is reverted");
        assert_eq!(database.sql("select count(*) from dunlin_migrations"), "0");
        assert_eq!(names(&migrations(&project).up(&database.url).await.expect("it is applied")), ["001_bird"]);
    }

    async fn a_missing_migration_refuses_unless_the_policy_lets_it(database: &Database) {
        let project = birds();
        migrations(&project).up(&database.url).await.expect("it is applied");
        let other = bird();
        other.migration("3_nest", "-- dunlin: revises 1\ncreate table nest (bird integer);\n", "drop table nest;\n");
        let findings = refused(migrations(&other).up(&database.url).await);
        assert!(findings.iter().any(|finding| finding.name == "2_wren" && matches!(finding.kind, FindingKind::Missing)), "{findings:?}");

        // As the history knows it, 3 comes after 2.
        let gone = bird();
        gone.migration("4_egg", "create table egg (id int);", "drop table egg;");
        assert!(refused(migrations(&gone).up(&database.url).await).iter().all(|finding| matches!(finding.kind, FindingKind::Missing)));
        let migrations = migrations(&gone);
        let lenient = migrations.migrator().policy(Policy { missing: Verdict::Warn, ..Policy::default() });
        assert_eq!(names(&lenient.up(&database.url).await.expect("it goes on")), ["4_egg"]);
    }

    async fn out_of_order_refuses_with_both_names_unless_the_policy_lets_it(database: &Database) {
        let project = bird();
        project.migration("3_nest", "create table nest (id int);", "drop table nest;");
        migrations(&project).up(&database.url).await.expect("it is applied");
        project.migration("2_wren", "insert into bird values (1, 'wren');", "delete from bird;");

        let migrations = migrations(&project);
        let error = migrations.up(&database.url).await.expect_err("it is refused").to_string();
        assert!(error.contains("2_wren.up.sql is pending, and `3_nest` after it is applied"), "{error}");
        assert_eq!(database.sql("select count(*) from bird"), "0");

        let lenient = migrations.migrator().policy(Policy { out_of_order: Verdict::Warn, ..Policy::default() });
        assert_eq!(names(&lenient.up(&database.url).await.expect("it goes on")), ["2_wren"]);
        let again = migrations.up(&database.url).await.expect("it is in order from now on");
        assert_eq!((names(&again), again.findings.len()), (Vec::new(), 0));
    }

    async fn other_parents_refuse(database: &Database) {
        let project = birds();
        migrations(&project).up(&database.url).await.expect("it is applied");
        project.file("versions/3_nest.up.sql", "-- dunlin: revises 1\ncreate table nest (bird integer);\n");
        let findings = refused(migrations(&project).up(&database.url).await);
        assert!(findings.iter().any(|finding| matches!(finding.kind, FindingKind::Reparented { .. })), "{findings:?}");
    }

    async fn a_database_that_is_ahead_is_said_and_goes_on(database: &Database) {
        let newer = birds();
        migrations(&newer).up(&database.url).await.expect("it is applied");
        let older = bird();
        let report = migrations(&older).up(&database.url).await.expect("it goes on");
        assert!(report.steps.is_empty());
        let said: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
        assert_eq!(said, ["the database is ahead: it has `2_wren`, unknown here", "the database is ahead: it has `3_nest`, unknown here"]);
    }

    async fn a_breaking_migration_keeps_older_binaries_out(database: &Database) {
        let newer = bird();
        newer.migration("2_drop_name", "-- dunlin: breaking\nalter table bird drop column name;", "alter table bird add name varchar(20);");
        migrations(&newer).up(&database.url).await.expect("it is applied");
        let error = migrations(&bird()).up(&database.url).await.expect_err("it is refused");
        assert!(error.is_database_newer(), "{error}");
        assert!(error.to_string().contains("2_drop_name"), "{error}");
    }

    async fn everything_that_does_not_agree_comes_in_one_error(database: &Database) {
        let project = birds();
        migrations(&project).up(&database.url).await.expect("it is applied");
        database.sql("update dunlin_migrations set state = 'applying' where id = '3'; delete from dunlin_migrations where id = '2'");
        project.migration("1_bird", WIDER, BIRD_DOWN);
        let findings = refused(migrations(&project).up(&database.url).await);
        let kinds: Vec<_> = findings.iter().map(|finding| (&*finding.name, std::mem::discriminant(&finding.kind))).collect();
        assert!(findings.iter().any(|finding| finding.name == "1_bird" && matches!(finding.kind, FindingKind::Edited { .. })));
        assert!(findings.iter().any(|finding| finding.name == "2_wren" && matches!(finding.kind, FindingKind::OutOfOrder { .. })));
        assert_eq!(kinds.len(), 2, "{findings:?}");
        let verified = migrations(&project).verify(&database.url).await.expect("verifying does not fail");
        let unfinished = |finding: &Finding| finding.name == "3_nest" && matches!(finding.kind, FindingKind::Unfinished { obstacle: None, .. });
        assert!(verified.iter().any(unfinished), "it would go on by itself: {verified:?}");
        assert_eq!(verified.into_iter().filter(|finding| !unfinished(finding)).collect::<Vec<_>>(), findings);
    }

    async fn an_older_binary_takes_a_newer_database_down_with_the_stored_sql(database: &Database) {
        let newer = birds();
        migrations(&newer).up(&database.url).await.expect("it is applied");
        let report = migrations(&bird()).down(&database.url, Target::Migration("1".to_owned())).await.expect("it is reverted");
        assert_eq!(names(&report), ["3_nest", "2_wren"]);
        assert!(!has(database, "nest"));
        assert_eq!(database.sql("select count(*) from bird"), "0");
        assert!(migrations(&bird()).verify(&database.url).await.expect("a status").is_empty());
    }

    async fn an_irreversible_migration_on_the_way_keeps_everything(database: &Database) {
        let project = bird();
        project.file("versions/2_wren.up.sql", "-- dunlin: irreversible wrens stay\ninsert into bird values (1, 'wren');");
        project.migration("3_nest", "create table nest (id int);", "drop table nest;");
        let migrations = migrations(&project);
        migrations.up(&database.url).await.expect("it is applied");
        let error = migrations.down(&database.url, Target::Base).await.expect_err("there is no way back");
        assert!(matches!(error, Error::Plan(_)) && error.to_string() == "`2_wren` is irreversible: wrens stay", "{error}");
        assert!(has(database, "nest"));
        assert_eq!(names(&migrations.down(&database.url, Target::Back(1)).await.expect("that one has a way back")), ["3_nest"]);
    }
}
