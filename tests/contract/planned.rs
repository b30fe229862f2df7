//! Plans that are kept in a file: they run as they were reviewed, or not at all.

use std::time::Duration;

use dunlin::{Error, Goal, Migrations, Moved, PlanFile, Policy, Progress, RunEvent, StalePlan, Target, Verdict};
use dunlin_core::checksum::Checksum;
use dunlin_core::migration::SetName;
use dunlin_core::plan_file::Holding;

use super::birds::{BIRD_DOWN, BIRD_UP, bird, birds};
use super::{has, migrations, names, step_failure};
use crate::support::database::Database;
use crate::support::project::Project;

/// Makes a plan, and reads it back from its text.
async fn planned(migrations: &Migrations, database: &Database, goal: Goal) -> PlanFile {
    let migrator = migrations.migrator();
    let file = migrator.outlook(&database.url, goal).await.and_then(|outlook| outlook.file()).expect("a plan");
    let read = PlanFile::parse(&file.to_text()).expect("it can be read");
    assert_eq!(read, file);
    read
}

async fn run(migrations: &Migrations, database: &Database, file: &PlanFile) -> Result<dunlin::Report, Error> {
    migrations.migrator().run_plan(&database.url, file).await
}

/// Makes sure that a plan is refused, by the check and by the run, and that nothing changes; returns why.
async fn refused(migrations: &Migrations, database: &Database, file: &PlanFile) -> StalePlan {
    let held = |database: &Database| {
        let tables = ["dunlin_migrations", "dunlin_events", "dunlin_repeatable"];
        let all = |table: &str| database.try_sql(&format!("select * from {table}")).unwrap_or_default();
        (database.schema(), tables.map(all))
    };
    let before = held(database);
    let checked = migrations.migrator().check_plan(&database.url, file).await;
    let Err(Error::Stale(checked)) = checked else { panic!("it was to be refused: {checked:#?}") };
    let ran = run(migrations, database, file).await;
    let Err(Error::Stale(ran)) = ran else { panic!("it was to be refused: {ran:#?}") };
    assert_eq!(checked, ran);
    assert_eq!(held(database), before);
    *ran
}

fn head() -> Goal {
    Goal::to(Target::Head)
}

engines! {
    async fn a_plan_runs_as_it_stands_up_and_down(database: &Database) {
        let project = birds();
        let migrations = migrations(&project);
        let file = planned(&migrations, database, head()).await;
        assert!(!has(database, "dunlin_migrations"), "planning writes nothing");
        let url = url::Url::parse(&database.url).expect("a URL");
        assert!(url.password().is_none_or(|password| !file.to_text().contains(password)));
        assert!(url.host_str().filter(|host| !host.is_empty()).is_none_or(|host| !file.to_text().contains(host)));
        assert_eq!(migrations.migrator().check_plan(&database.url, &file).await.expect("it holds").steps.len(), 3);
        assert_eq!(names(&run(&migrations, database, &file).await.expect("it runs")), ["1_bird", "2_wren", "3_nest"]);
        let down = planned(&migrations, database, Goal::to(Target::Migration("1".into()))).await;
        assert_eq!(names(&run(&migrations, database, &down).await.expect("it runs")), ["3_nest", "2_wren"]);
        assert_eq!(migrations.status(&database.url).await.expect("a status").pending(), 2);
        migrations.history(&database.url).await.expect("the log is whole");
    }

    async fn a_plan_of_nothing_says_that_there_is_nothing(database: &Database) {
        let project = birds();
        let migrations = migrations(&project);
        migrations.up(&database.url).await.expect("it is applied");
        let file = planned(&migrations, database, head()).await;
        let report = run(&migrations, database, &file).await.expect("it holds");
        assert!(report.steps.is_empty() && report.nothing_to_do.is_some());
        migrations.down(&database.url, Target::Back(1)).await.expect("it is reverted");
        assert!(!refused(&migrations, database, &file).await.is_done);
    }

    async fn whatever_was_done_since_is_told_and_the_plan_refused(database: &Database) {
        let project = birds();
        let migrations = migrations(&project);
        let migrator = migrations.migrator();
        let first = planned(&migrations, database, Goal::to(Target::Forward(1))).await;
        migrator.up_to(&database.url, Target::Forward(1)).await.expect("it is applied");
        let done = refused(&migrations, database, &first).await;
        assert!(done.is_done && done.to_string().starts_with("everything in the plan is done already"), "{done}");

        let second = planned(&migrations, database, head()).await;
        migrator.up_to(&database.url, Target::Forward(1)).await.expect("it is applied");
        migrator.down(&database.url, Target::Back(1)).await.expect("it is reverted");
        let stale = refused(&migrations, database, &second).await;
        let [Moved::Events { since }] = &stale.moved[..] else { panic!("{stale:#?}") };
        assert_eq!(since.iter().map(|event| event.n).collect::<Vec<_>>(), [2, 3]);
        assert!(!stale.is_done);
    }

    async fn rows_that_were_changed_by_hand_are_found(database: &Database) {
        let project = birds();
        let migrations = migrations(&project);
        migrations.migrator().up_to(&database.url, Target::Forward(2)).await.expect("it is applied");
        let file = planned(&migrations, database, head()).await;
        database.sql("delete from dunlin_migrations where id = '2'");
        let stale = refused(&migrations, database, &file).await;
        assert!(matches!(stale.moved[..], [Moved::Rows { .. }]), "{stale:#?}");
        database.sql("delete from dunlin_migrations; delete from dunlin_events");
        let stale = refused(&migrations, database, &file).await;
        assert!(matches!(stale.moved[..], [Moved::OtherHistory { event: 2, found: None, .. }]), "{stale:#?}");
    }

    async fn another_database_in_the_same_state_is_another_database(database: &Database) {
        let Some(other) = Database::new(database.dialect) else { return };
        let project = birds();
        let migrations = migrations(&project);
        for url in [&database.url, &other.url] {
            migrations.migrator().up_to(url, Target::Forward(1)).await.expect("it is applied");
        }
        let file = planned(&migrations, database, head()).await;
        let stale = refused(&migrations, &other, &file).await;
        assert!(matches!(stale.moved[..], [Moved::OtherHistory { event: 1, found: Some(_), .. }]), "{stale:#?}");
        // An empty one is as good as another.
        let Some(fresh) = Database::new(database.dialect) else { return };
        let Some(as_fresh) = Database::new(database.dialect) else { return };
        let file = planned(&migrations, &fresh, head()).await;
        assert_eq!(run(&migrations, &as_fresh, &file).await.expect("it runs").steps.len(), 3);
    }

    async fn files_that_were_edited_added_or_removed_are_told(database: &Database) {
        let project = birds();
        migrations(&project).migrator().up_to(&database.url, Target::Forward(1)).await.expect("it is applied");
        let file = planned(&migrations(&project), database, head()).await;
        let told = async |project: &Project| {
            let migrations = migrations(project);
            refused(&migrations, database, &file).await.moved.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
        };
        let up = project.read("versions/3_nest.up.sql");
        project.file("versions/3_nest.up.sql", "create table nest (bird bigint);\n");
        let edited = told(&project).await;
        assert!(edited.contains("`up 3_nest`: the up file was edited") && edited.contains(&Checksum::of_text(&up).to_string()), "{edited}");
        project.file("versions/3_nest.up.sql", &up);
        project.file("versions/3_nest.down.sql", "drop table if exists nest;\n");
        assert!(told(&project).await.contains("`up 3_nest`: the down file was edited"));
        project.file("versions/3_nest.down.sql", "drop table nest;\n");
        project.migration("4_egg", "create table egg (id int);", "drop table egg;");
        assert!(told(&project).await.contains("`up 4_egg`: this would be done now, and is not in the plan"));
        project.remove("versions/4_egg.up.sql").remove("versions/4_egg.down.sql");
        project.remove("versions/3_nest.up.sql").remove("versions/3_nest.down.sql");
        assert!(told(&project).await.contains("`up 3_nest`: this would not be done now"));
        project.migration("3_nest", &up, "drop table nest;\n");
        run(&migrations(&project), database, &file).await.expect("all is as it was");
    }

    async fn a_plan_is_for_its_set_and_its_engine(database: &Database) {
        let project = birds();
        let birds = migrations(&project);
        let file = planned(&birds, database, head()).await;
        let other = migrations(&project).set(SetName::new("other").expect("a name"));
        assert!(matches!(refused(&other, database, &file).await.moved[..], [Moved::Set { .. }]));
        let engine = dunlin::Dialect::ALL.into_iter().find(|engine| *engine != database.dialect).expect("another");
        let elsewhere = PlanFile { engine, ..file };
        assert!(matches!(refused(&birds, database, &elsewhere).await.moved[..], [Moved::Engine { .. }]));
    }

    async fn variables_and_what_was_allowed_are_part_of_the_plan(database: &Database) {
        let project = bird();
        project.migration("3_nest", "create table nest (id int);", "drop table nest;");
        migrations(&project).up(&database.url).await.expect("it is applied");
        project.migration("2_wren", "-- dunlin: vars name\ninsert into bird values (1, '${name}');", "delete from bird;");
        let migrations = migrations(&project);
        let name = || "name".parse().expect("a name");
        let lenient = Policy { out_of_order: Verdict::Warn, ..Policy::default() };
        let migrator = migrations.migrator().policy(lenient).var(name(), "a\nb");
        let file = migrator.outlook(&database.url, head()).await.and_then(|outlook| outlook.file()).expect("a plan");
        let file = PlanFile::parse(&file.to_text()).expect("it can be read");
        assert!(file.warnings[0].contains("2_wren.up.sql is pending, and `3_nest` after it is applied"), "{file:#?}");

        let otherwise = migrations.migrator().var(name(), "c").run_plan(&database.url, &file).await;
        let message = otherwise.expect_err("another value was given").to_string();
        assert!(message.contains("`up 2_wren`: the variable `name` has another value"), "{message}");
        assert_eq!(names(&run(&migrations, database, &file).await.expect("it runs")), ["2_wren"]);
        assert_eq!(database.sql("select name from bird").replace("\\n", "\n"), "a\nb");
    }

    async fn heals_and_repeatable_files_are_part_of_the_plan(database: &Database) {
        let project = birds();
        migrations(&project).migrator().up_to(&database.url, Target::Forward(2)).await.expect("it is applied");
        let wider = BIRD_UP.replace("20", "40");
        let of = |text: &str| Checksum::of_text(text).to_string();
        project.migration("1_bird", &wider, BIRD_DOWN);
        let lock = format!("1_bird up={} down={} parents=base was={}\n", of(&wider), of(BIRD_DOWN), of(BIRD_UP));
        project.file("versions/dunlin.lock", lock);
        project.file("versions/repeatable/singers.sql", "drop view if exists singers;\ncreate view singers as\nselect id from bird;\n");
        let planning = migrations(&project);
        let file = planned(&planning, database, head()).await;
        assert_eq!((file.heals.len(), file.steps.len(), file.repeats.len()), (1, 1, 1));
        project.file("versions/repeatable/singers.sql", "drop view if exists singers;\ncreate view singers as\nselect name from bird;\n");
        assert!(matches!(refused(&migrations(&project), database, &file).await.moved[..], [Moved::Edited { .. }]));
        let report = run(&planning, database, &file).await.expect("it runs");
        assert_eq!((report.healed.len(), report.steps.len(), report.repeated.len()), (1, 1, 1));
        assert!(refused(&planning, database, &file).await.is_done);
    }

    async fn where_a_step_did_not_end_there_is_no_plan_to_keep(database: &Database) {
        let project = birds();
        let migrations = migrations(&project);
        migrations.migrator().up_to(&database.url, Target::Forward(2)).await.expect("it is applied");
        let file = planned(&migrations, database, head()).await;
        database.sql("update dunlin_migrations set state = 'reverting' where id = '2'");
        let stale = refused(&migrations, database, &file).await;
        assert_eq!(stale.moved, [Moved::Unfinished { names: vec!["2_wren".to_owned()] }]);
        let migrator = migrations.migrator();
        let outlook = migrator.outlook(&database.url, head()).await.expect("it can go on");
        assert!(matches!(outlook.file(), Err(Error::Unfinished { .. })));
        assert!(matches!(outlook.script(), Err(Error::Unfinished { .. })));
    }

    async fn what_scripts_wrote_is_a_state_like_any_other(database: &Database) {
        if !database.has_client() {
            return;
        }
        let project = birds();
        let migrations = migrations(&project);
        let goal = Goal::to(Target::Forward(2));
        let script = migrations.migrator().outlook(&database.url, goal).await.and_then(|outlook| outlook.script());
        database.feed(&script.expect("a script").sql).unwrap_or_else(|message| panic!("{message}"));
        let file = planned(&migrations, database, head()).await;
        assert_eq!(database.sql("select count(*) from dunlin_events where hash = ''"), "2");
        assert_eq!(names(&run(&migrations, database, &file).await.expect("it runs")), ["3_nest"]);
        migrations.history(&database.url).await.expect("the log is whole");
    }

    async fn a_plan_that_ends_half_way_is_not_gone_on_with(database: &Database) {
        let project = bird();
        project.migration("2_wren", "insert into bird values (1, 'wren');", "delete from bird;");
        let first = migrations(&project);
        first.migrator().up_to(&database.url, Target::Forward(1)).await.expect("it is applied");
        project.migration("3_bad", "insert into nowhere values (1);", "select 1;");
        let migrations = migrations(&project);
        let file = planned(&migrations, database, head()).await;
        let failure = step_failure(run(&migrations, database, &file).await);
        assert_eq!((failure.report.steps.len(), &*failure.name), (1, "3_bad"));
        let stale = refused(&migrations, database, &file).await;
        assert!(matches!(&stale.moved[..], [Moved::Events { .. }]) && !stale.is_done, "{stale:#?}");
    }

    async fn two_runs_of_one_plan_are_one(database: &Database) {
        let project = birds();
        let migrations = migrations(&project);
        migrations.migrator().up_to(&database.url, Target::Forward(1)).await.expect("it is applied");
        let file = planned(&migrations, database, head()).await;
        let (url, other_file, path) = (database.url.clone(), file.clone(), project.versions());
        let (told, heard) = std::sync::mpsc::channel();
        // The other begins while this one has the lock and nothing is recorded yet.
        let begins = move |event: &RunEvent| {
            if let Progress::StepStarted { step: 1, .. } = event.progress {
                let (url, file, path, told) = (url.clone(), other_file.clone(), path.clone(), told.clone());
                std::thread::spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                    let migrations = Migrations::on_disk(path);
                    let migrator = migrations.migrator();
                    told.send(runtime.block_on(migrator.run_plan(&url, &file))).ok();
                });
                std::thread::sleep(Duration::from_millis(300));
            }
        };
        let migrator = migrations.migrator().on_event(begins);
        assert_eq!(migrator.run_plan(&database.url, &file).await.expect("it runs").steps.len(), 2);
        let other = heard.recv_timeout(Duration::from_mins(1)).expect("it ends");
        let Err(Error::Stale(stale)) = other else { panic!("it was to be refused: {other:#?}") };
        // A transaction is all that SQLite locks: between two of them the other may see one step done.
        assert!(stale.is_done || database.dialect == dunlin::Dialect::Sqlite, "{stale:#?}");
        assert!(stale.report.steps.is_empty(), "{stale:#?}");
        let again = migrations.migrator().run_plan(&database.url, &file).await;
        assert!(matches!(&again, Err(Error::Stale(stale)) if stale.is_done), "{again:#?}");
        assert_eq!(database.sql("select count(*) from dunlin_events"), "3");
    }
}

#[tokio::test]
async fn a_plan_knows_which_transaction_holds_what() {
    let holdings = async |database: &Database, project: &Project| {
        let file = planned(&migrations(project), database, head()).await;
        file.steps.iter().map(|step| step.holding).collect::<Vec<_>>()
    };
    let project = birds();
    project.migration("4_outside", "-- dunlin: transaction none\ncreate table egg (id int);", "drop table egg;");
    project.migration("5_two", "insert into egg values (1);\ninsert into egg values (2);", "delete from egg;");
    let fresh = Database::sqlite();
    assert_eq!(
        holdings(&fresh, &project).await,
        [Holding::Own, Holding::Shared, Holding::Shared, Holding::None, Holding::Own]
    );
    migrations(&project).migrator().up_to(&fresh.url, Target::Forward(1)).await.expect("it is applied");
    assert_eq!(holdings(&fresh, &project).await, [Holding::Own, Holding::Own, Holding::None, Holding::Own]);
    let Some(database) = Database::mysql() else { return };
    assert_eq!(
        holdings(&database, &project).await,
        [Holding::None, Holding::Own, Holding::None, Holding::None, Holding::Own]
    );
    // Beside tables that no rollback takes back, nothing is held together.
    database.sql("create table mood (id int) engine = MyISAM");
    assert_eq!(holdings(&database, &project).await, [Holding::None; 5]);
    let file = planned(&migrations(&project), &database, head()).await;
    run(&migrations(&project), &database, &file).await.expect("it runs");
}
