//! A statement that fails: where, why, and in which state it leaves the database.

use dunlin::{Migrations, Outcome, Target};
use dunlin_core::ledger::Action;

use super::birds::{bird, birds};
use super::{has, migrations, names, step_failure};
use crate::support::database::Database;
use crate::support::project::Project;

engines! {
    async fn a_failing_statement_is_located(database: &Database) {
        let project = bird();
        migrations(&project).up(&database.url).await.expect("it is applied");
        project.migration("2_wren", "-- wrens\ninsert into bird values (1, 'wren');\n\n  insert into bird valeus (2, 'é');\n", "delete from bird;");
        let failure = step_failure(migrations(&project).up(&database.url).await);
        assert!(failure.file.ends_with("versions/2_wren.up.sql"), "{failure}");
        let location = failure.location.expect("a place");
        assert_eq!((location.line, location.column), (4, 20), "{failure}");
        let excerpt = failure.excerpt.as_deref().expect("an excerpt");
        let lines: Vec<_> = excerpt.lines().collect();
        let caret = lines.iter().position(|line| line.contains("^^^^^^")).expect("a caret");
        assert_eq!(lines[caret].find('^'), lines[caret - 1].find("valeus"), "{excerpt}");
        assert_eq!(failure.statement, Some((2, 2)));
        assert!(failure.code.is_some() && failure.message.contains("valeus"), "{failure}");
        assert_eq!(failure.outcome, Outcome::RolledBack);
    }

    async fn nothing_of_a_step_that_can_be_rolled_back_stays(database: &Database) {
        let project = bird();
        migrations(&project).up(&database.url).await.expect("it is applied");
        project.migration("2_wren", "insert into bird values (1, 'wren');", "delete from bird;");
        project.migration("3_twice", "insert into bird values (2, 'heron');\ninsert into bird values (1, 'wren');", "delete from bird;");
        let failure = step_failure(migrations(&project).up(&database.url).await);
        assert_eq!((failure.statement, failure.outcome), (Some((2, 2)), Outcome::RolledBack));
        assert_eq!(failure.location.map(|location| location.line), Some(2));
        assert_eq!(names(&failure.report), ["2_wren"]);
        assert_eq!(database.sql("select id from bird"), "1");
        assert_eq!(database.sql("select id from dunlin_migrations order by seq"), "1\n2");

        // The failure is in the log, the lock is free, and the mended file runs at once.
        let events = migrations(&project).history(&database.url).await.expect("the log can be read");
        let last = events.last().expect("an event");
        assert_eq!((last.action.clone(), last.id.as_ref().map(ToString::to_string)), (Action::Failed, Some("3".to_owned())));
        project.file("versions/3_twice.up.sql", "insert into bird values (2, 'heron');");
        let report = migrations(&project).up(&database.url).await.expect("it is mended");
        assert_eq!(names(&report), ["3_twice"]);
    }

    async fn a_failure_among_many_steps_is_that_of_its_own_statement(database: &Database) {
        let project = bird();
        let name = |n: usize| format!("{n:03}_birds");
        // Long statements and short ones, so that some share a message and some do not.
        for n in 2..=130 {
            let text = "é".repeat(if n % 40 == 0 { 20_000 } else { n });
            let sql = format!("insert into bird values ({n}, 'wren');\n\nupdate bird set name = 'wren' where name = '{text}';");
            project.migration(&name(n), &sql, "select 1;");
        }
        project.file("versions/117_birds.up.sql", "insert into bird values (117, 'wren');\ninsert into bird values (3, 'twice');");
        let (sender, begun) = std::sync::mpsc::channel();
        let migrations = migrations(&project);
        let listening = migrations.migrator().on_event(move |event| {
            if let dunlin::Progress::StepStarted { name, .. } = &event.progress {
                sender.send(name.clone()).expect("the test listens");
            }
        });
        let failure = step_failure(listening.up(&database.url).await);
        assert!(failure.file.ends_with("117_birds.up.sql"), "{failure}");
        assert_eq!((failure.statement, failure.location.map(|location| location.line)), (Some((2, 2)), Some(2)), "{failure}");
        drop(listening);
        let begun: Vec<String> = begun.iter().collect();
        let expected: Vec<String> = std::iter::once("1_bird".to_owned()).chain((2..=117).map(name)).collect();
        assert_eq!(begun, expected);

        project.file("versions/117_birds.up.sql", "insert into bird values (117, 'wren');");
        super::migrations(&project).up(&database.url).await.expect("it is mended");
        assert_eq!(database.sql("select count(*) from bird"), "129");
        let times = "select count(*) from dunlin_migrations having max(seq) = 130 and sum(duration_us) > 0";
        assert_eq!(database.sql(times), "130");
    }

    async fn the_first_run_of_all_says_what_stayed(database: &Database) {
        let project = birds();
        project.migration("4_broken", "insert into nowhere values (1);", "delete from nowhere;");
        let failure = step_failure(migrations(&project).up(&database.url).await);
        match failure.outcome {
            Outcome::AllRolledBack => {
                assert!(failure.report.steps.is_empty());
                assert!(!has(database, "bird"));
                assert_eq!(database.sql("select count(*) from dunlin_migrations"), "0");
            }
            Outcome::RolledBack => {
                assert_eq!(names(&failure.report), ["1_bird", "2_wren", "3_nest"]);
                assert_eq!(database.sql("select id from dunlin_migrations order by seq"), "1\n2\n3");
            }
            other => panic!("{other:?}"),
        }
        project.file("versions/4_broken.up.sql", "insert into nest values (1);");
        migrations(&project).up(&database.url).await.expect("it is mended");
        assert_eq!(database.sql("select count(*) from dunlin_migrations"), "4");
    }

    async fn a_way_down_that_fails_half_way_tells_what_is_in_place(database: &Database) {
        let project = birds();
        migrations(&project).up(&database.url).await.expect("it is applied");
        project.file("versions/3_nest.down.sql", "drop table nest;\ndrop table nowhere;\n");
        let failure = step_failure(migrations(&project).down(&database.url, Target::Base).await);
        assert_eq!(failure.statement, Some((2, 2)));
        if database.dialect.facts().ddl_rolls_back {
            assert_eq!(failure.outcome, Outcome::RolledBack);
            assert!(has(database, "nest"));
            project.file("versions/3_nest.down.sql", "drop table nest;\n");
            assert_eq!(migrations(&project).down(&database.url, Target::Base).await.expect("it is mended").steps.len(), 3);
        } else {
            assert_eq!(failure.outcome, Outcome::Partial { in_place: 1 });
            assert!(!has(database, "nest"));
            assert_eq!(database.sql("select state from dunlin_migrations where id = '3'"), "reverting");
        }
        assert_eq!(failure.report.steps.len(), 0);
    }

    async fn a_mistake_at_the_very_end_is_the_last_statements(database: &Database) {
        let project = bird();
        migrations(&project).up(&database.url).await.expect("it is applied");
        project.migration("2_open", "insert into bird values (1, 'wren');\ninsert into bird values (2, 'heron'\n", "delete from bird;");
        let failure = step_failure(migrations(&project).up(&database.url).await);
        assert_eq!(failure.statement, Some((2, 2)), "{failure}");
        assert_eq!(failure.location.map(|location| location.line), Some(2), "{failure}");
        assert_eq!(database.sql("select count(*) from bird"), "0");
    }

    async fn a_faulty_file_is_refused_before_anything_runs(database: &Database) {
        let unsound = [
            ("insert into bird values (1, 'wren);\n", "unterminated"),
            ("begin;\ninsert into bird values (1, 'wren');\ncommit;\n", "BEGIN"),
            ("insert into bird values (1, 'wren');\ncommit;\n", "COMMIT"),
        ];
        for (text, expected) in unsound {
            let project = bird();
            project.migration("2_faulty", text, "delete from bird;");
            let error = migrations(&project).up(&database.url).await.expect_err("it is refused");
            let said = error.to_string();
            assert!(said.to_lowercase().contains(&expected.to_lowercase()) && said.contains("2_faulty.up.sql:"), "{said}");
            assert!(!has(database, "bird") && !has(database, "dunlin_migrations"));
        }
    }

    async fn a_faulty_down_file_is_refused_before_anything_is_reverted(database: &Database) {
        let project = birds();
        migrations(&project).up(&database.url).await.expect("it is applied");
        project.file("versions/1_bird.down.sql", "drop table bird;\ncommit;\n");
        migrations(&project).down(&database.url, Target::Base).await.expect_err("it is refused");
        assert!(has(database, "nest"));
    }

    async fn an_unfinished_step_is_told_and_refuses(database: &Database) {
        let project = Project::new();
        let up = "-- dunlin: transaction none\ncreate table a (id int);\ncreate table b (id int);\ncreate table a (id int);\n\
                  create table c (id int);\n";
        project.migration("1_three", up, "drop table a;");
        let failure = step_failure(migrations(&project).up(&database.url).await);
        assert_eq!((failure.statement, failure.outcome), (Some((3, 4)), Outcome::Partial { in_place: 2 }));
        assert_eq!(failure.location.map(|location| location.line), Some(4));
        assert!(failure.to_string().contains("statement 3 of 4 failed; the 2 before it are in place"), "{failure}");
        assert_eq!((has(database, "a"), has(database, "b"), has(database, "c")), (true, true, false));

        let status = migrations(&project).status(&database.url).await.expect("a status");
        let journal: Vec<_> = status.migrations[0].journal.iter().map(ToString::to_string).collect();
        let expected = [
            "statement 1 (line 2): in place: create table a (id int)",
            "statement 2 (line 3): in place: create table b (id int)",
            "statement 3 (line 4): failed, not in place: create table a (id int)",
        ];
        assert_eq!(journal, expected);
        let error = migrations(&project).up(&database.url).await.expect_err("it is refused").to_string();
        assert!(error.contains("began to go up and did not end") && error.contains(expected[2]), "{error}");
        assert_eq!(refused_events(&migrations(&project), database).await, [Action::Failed]);
    }

    async fn a_step_whose_first_statement_fails_leaves_nothing(database: &Database) {
        let project = Project::new();
        project.migration("1_none", "-- dunlin: transaction none\ninsert into nowhere values (1);\ncreate table a (id int);", "drop table a;");
        let failure = step_failure(migrations(&project).up(&database.url).await);
        assert_eq!(failure.outcome, Outcome::RolledBack);
        assert_eq!(database.sql("select count(*) from dunlin_migrations"), "0");
        project.file("versions/1_none.up.sql", "-- dunlin: transaction none\ncreate table a (id int);");
        migrations(&project).up(&database.url).await.expect("it is mended");
    }
}

async fn refused_events(migrations: &Migrations, database: &Database) -> Vec<Action> {
    let events = migrations.history(&database.url).await.expect("the log can be read");
    events.into_iter().map(|event| event.action).collect()
}
