//! A file that is mended half way, and the commands that go on with it.

use expect_test::expect;

use super::Interrupted;
use crate::contract::{has, migrations, names, refused, step_failure};
use crate::support::command::Command;
use crate::support::database::Database;
use crate::support::project::Project;
use dunlin::core::checksum::Checksum;
use dunlin::core::variables::Variable;
use dunlin::{Resume, Target};

use super::one_by_one;

engines! {
    async fn a_statement_that_failed_is_tried_again_by_resume_alone(database: &Database) {
        let project = Project::new();
        let file = |third: &str| {
            one_by_one(database.dialect, &["create table a (n integer)", "insert into a values (1)", third, "create table b (n integer)"])
        };
        project.migration("1_step", &file("insert into nowhere values (1)"), "select 1;");
        project.migration("2_next", "create table next (n integer);", "drop table next;");
        let run = |arguments: &[&str]| {
            Command::dunlin(&project).arguments(arguments.iter().copied()).arguments(["--url", &database.url]).run()
        };
        run(&["up"]).expect_code(6);
        for verb in [["up"], ["down"]] {
            let refused = run(&verb).expect_code(3);
            assert!(refused.stderr.contains("statement 3 failed: "), "{}", refused.snapshot());
            assert!(refused.stderr.contains("`dunlin resume`"), "{}", refused.snapshot());
        }
        run(&["resume"]).expect_code(6);
        project.file("versions/1_step.up.sql", file("insert into a values (2)"));
        run(&["up"]).expect_code(3);
        let resumed = run(&["resume"]).expect_code(0);
        assert_eq!(resumed.stdout, "1 migration finished: the database is at 1_step; 1 migration still pending\n");
        assert_eq!(run(&["resume"]).expect_code(0).stdout, "nothing is unfinished: the database is at 1_step; 1 migration still pending\n");
        run(&["up"]).expect_code(0);
        assert_eq!(database.sql("select n from a order by n"), "1\n2");
        assert!(has(database, "b") && has(database, "next"));
        assert_eq!(database.sql("select count(*) from dunlin_statements"), "0");
        let log = database.sql("select action, id from dunlin_events where action <> 'resume' order by n");
        assert_eq!(log, "failed|1\nfailed|1\nup|1\nup|2");
        migrations(&project).history(&database.url).await.expect("the log is whole");
    }

    async fn a_statement_that_failed_may_be_done_by_hand(database: &Database) {
        let project = Project::new();
        let statements = ["create table a (n integer)", "insert into nowhere values (1)", "insert into a values (3)"];
        project.migration("1_step", &one_by_one(database.dialect, &statements), "select 1;");
        step_failure(migrations(&project).up(&database.url).await);
        database.sql("insert into a values (2)");
        let migrations = migrations(&project);
        let wrong = refused(migrations.migrator().resume(&database.url, Resume::Redo(1)).await);
        assert!(wrong[0].to_string().contains("statement 1 is not in question, statement 2 is the next to run"), "{}", wrong[0]);
        migrations.migrator().resume(&database.url, Resume::Done(2)).await.expect("it goes on");
        assert_eq!(database.sql("select n from a order by n"), "2\n3");
    }

    async fn what_is_in_place_must_stand_in_the_file_and_what_comes_behind_may_change(database: &Database) {
        let statements = ["create table a (n integer)", "insert into a values (1)", "insert into a values (2)", "create table b (n integer)"];
        let interrupted = Interrupted::behind(database, 2, &statements).await;
        let file = |statements: [&str; 4]| {
            interrupted.project.file("versions/1_step.up.sql", one_by_one(database.dialect, &statements));
        };
        file([statements[0], "insert into a values (7)", statements[2], statements[3]]);
        for arguments in [&["up"][..], &["resume"], &["resume", "--redo", "3"]] {
            let refused = interrupted.dunlin(arguments).expect_code(3);
            for said in ["statement 2 is in place", "-insert into a values (1);", "+insert into a values (7);"] {
                assert!(refused.stderr.contains(said), "{}", refused.snapshot());
            }
        }
        assert_eq!(database.sql("select n from a"), "1");
        file([statements[0], "INSERT", statements[2], statements[3]]);
        interrupted.dunlin(&["up"]).expect_code(3);

        // Space and comments are no edit, and what has not run may be anything.
        let mended = ["create  table a -- birds\n(n integer)", statements[1], "insert into a values (20)", "create table c (n integer)"];
        file(mended);
        interrupted.dunlin(&["up"]).expect_code(0);
        assert_eq!(database.sql("select n from a order by n"), "1\n20");
        assert!(has(database, "c") && !has(database, "b"));
        let text = one_by_one(database.dialect, &mended);
        let literal = database.dialect.literal(&text);
        let stored = format!("select up_checksum, count(*) from dunlin_migrations where up_sql = {literal} group by 1");
        assert_eq!(database.sql(&stored), format!("{}|1", Checksum::of_text(&text)));
        interrupted.dunlin(&["verify"]).expect_code(0);
    }

    async fn variables_have_their_values_in_a_file_that_is_half_way(database: &Database) {
        let header = "-- dunlin: vars table, width\n-- dunlin: transaction none\n";
        let project = Project::new();
        let statements = |third: &str| {
            format!("{header}create table ${{table}} (name varchar(${{width}}));\ninsert into ${{table}} values ('${{table}}');\n{third};\ninsert into ${{table}} values ('${{width}}');\n")
        };
        project.migration("1_step", &statements("insert into nowhere values ('${table}')"), "select 1;");
        let migrations = migrations(&project);
        let variable = |name: &str| name.parse::<Variable>().expect("a name");
        let migrator = migrations.migrator().var(variable("table"), "wren").var(variable("width"), "20");
        step_failure(migrator.up(&database.url).await);
        let missing = migrations.migrator().resume(&database.url, Resume::Failed).await.expect_err("there are no values");
        assert!(missing.to_string().contains("width"), "{missing}");
        project.file("versions/1_step.up.sql", statements("insert into ${table} values ('mended')"));
        let mended = super::super::migrations(&project);
        let migrator = mended.migrator().var(variable("table"), "wren").var(variable("width"), "20");
        assert_eq!(names(&migrator.resume(&database.url, Resume::Failed).await.expect("it goes on")), ["1_step"]);
        assert_eq!(database.sql("select name from wren order by name"), "20\nmended\nwren");
        assert!(mended.verify(&database.url).await.expect("a status").is_empty());
        assert!(migrator.up(&database.url).await.expect("nothing is left").steps.is_empty());
    }

    async fn a_way_down_that_failed_half_way_goes_on_when_it_is_mended(database: &Database) {
        let project = Project::new();
        let statements = ["create table a (n integer)", "create table b (n integer)", "create table log (n integer)"];
        project.migration("1_step", &one_by_one(database.dialect, &statements), &one_by_one(database.dialect, &["drop table b", "drop table nowhere", "drop table a"]));
        migrations(&project).up(&database.url).await.expect("it is applied");
        step_failure(migrations(&project).down(&database.url, Target::Base).await);
        refused(migrations(&project).up(&database.url).await);
        project.file("versions/1_step.down.sql", one_by_one(database.dialect, &["drop table b", "drop table log", "drop table a"]));
        let migrations = migrations(&project);
        let resumed = migrations.migrator().resume(&database.url, Resume::Failed).await.expect("it goes on");
        assert_eq!(names(&resumed), ["1_step"]);
        assert!(!has(database, "a") && !has(database, "log"));
        assert_eq!(database.sql("select count(*) from dunlin_migrations"), "0");
        migrations.up(&database.url).await.expect("it is applied anew");
    }
}

#[tokio::test]
async fn status_after_a_failure_says_what_is_in_place_and_what_can_be_done() {
    let database = Database::sqlite();
    let statements = ["create table a (n integer)", "insert into nowhere values (1)", "create table b (n integer)"];
    let project = Project::new();
    project.migration("1_step", &one_by_one(database.dialect, &statements), "select 1;");
    let run = |arguments: &[&str]| {
        let run = Command::dunlin(&project).arguments(arguments.iter().copied()).arguments(["--url", &database.url]);
        let snapshot = run.run().snapshot();
        // Who it is differs from machine to machine.
        let lines = snapshot.lines().map(|line| line.split_once(", run by ").map_or(line, |(told, _)| told));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    expect![[r#"
        $ dunlin up --url sqlite://[temporary]/database.sqlite
        --- stderr
        error: versions/1_step.up.sql:3:13: no such table: nowhere (1)
            |
          3 | insert into nowhere values (1);
            |             ^^^^^^^
            statement 2 of 3 failed; the one before it is in place
        hint: mend the file or the data, and `dunlin resume` goes on with that statement; `dunlin status` shows which are in place
        --- exit 6

        $ dunlin status --url sqlite://[temporary]/database.sqlite
        state       migration  applied at (UTC)
        unfinished  1_step     [time]

        1 migration: 0 applied, 0 pending, 1 unfinished; the database is at base

        error: versions/1_step.up.sql began to go up and did not end: statement 2 failed: no such table: nowhere
            statement 1 (line 2): in place: create table a (n integer)
            statement 2 (line 3): failed, not in place: insert into nowhere values (1)
        hint: mend the file or the data, and `dunlin resume` goes on with that statement; `dunlin mark 1 applied --reason "…"` or `… reverted …` settles it as a whole

        last failure: versions/1_step.up.sql:3: no such table: nowhere (1)
          `1_step`, going up at [time]
          statement 2 of 3 failed; it is unfinished
        --- exit 0

        $ dunlin resume --done 1 --url sqlite://[temporary]/database.sqlite
        --- stderr
        error: versions/1_step.up.sql began to go up and did not end: statement 1 is not in question, statement 2 is the next to run
            statement 1 (line 2): in place: create table a (n integer)
            statement 2 (line 3): failed, not in place: insert into nowhere values (1)
        hint: `dunlin resume --done 2` or `dunlin resume --redo 2` settles that one
        --- exit 3
    "#]].assert_eq(&[run(&["up"]), run(&["status"]), run(&["resume", "--done", "1"])].join("\n"));
}
