//! Repeatable files: views and functions, which run behind the migrations when their text changed.

use dunlin::{Dialect, Error, Migrations, Outcome, RepeatableState, Report, Target};
use dunlin_core::ledger::Action;

use super::birds::{birds, checksum};
use super::reading::sent_by;
use super::{has, migrations, names, step_failure};
use crate::support::command::Command;
use crate::support::database::Database;
use crate::support::process::run_together;
use crate::support::project::Project;

/// Returns a file that makes a view anew, whatever is made from it.
pub(super) fn view(database: &Database, name: &str, select: &str) -> String {
    let cascade = if database.dialect == Dialect::Postgres { " cascade" } else { "" };
    format!("drop view if exists {name}{cascade};\ncreate view {name} as\n{select};\n")
}

/// Three views over `bird`, the second from the first, and one that has nothing to do with them.
fn viewed(database: &Database) -> Project {
    let project = birds();
    project
        .file("versions/repeatable/singers.sql", view(database, "singers", "select id, name from bird"))
        .file(
            "versions/repeatable/best_singers.sql",
            view(database, "best_singers", "select name from singers where id = 1"),
        )
        .file("versions/repeatable/01_nests.sql", view(database, "nests", "select bird from nest"));
    project
}

fn repeated(report: &Report) -> Vec<&str> {
    report.repeated.iter().map(|repeated| &*repeated.name).collect()
}

async fn up(project: &Project, database: &Database) -> Report {
    migrations(project).up(&database.url).await.expect("it is applied")
}

engines! {
    async fn they_run_behind_the_migrations_each_behind_what_it_mentions(database: &Database) {
        let project = viewed(database);
        let report = up(&project, database).await;
        assert_eq!((names(&report).len(), repeated(&report)), (3, vec!["01_nests", "singers", "best_singers"]));
        assert_eq!(database.sql("select name from best_singers"), "wren");
        let events = migrations(&project).history(&database.url).await.expect("the log can be read");
        let last = events.last().expect("an event");
        let text = project.read("versions/repeatable/best_singers.sql");
        assert_eq!((&last.action, &last.id, last.n), (&Action::Repeat, &None, 6));
        assert_eq!(last.checksum.map(|of| of.to_string()), Some(checksum(&text)));
        assert!(last.detail.contains(r#""name":"best_singers""#), "{last:?}");
        assert!(database.sql("select stored_sql from dunlin_repeatable where name = 'best_singers'").contains("create view"));
        assert_eq!(database.sql("select count(*) from dunlin_repeatable where duration_us > 0"), "3");
        assert!(repeated(&up(&project, database).await).is_empty());
    }

    async fn a_changed_file_runs_again_with_what_mentions_it_and_no_other(database: &Database) {
        let project = viewed(database);
        up(&project, database).await;
        project.file("versions/repeatable/singers.sql", view(database, "singers", "select 1 as id, 'robin' as name from bird"));
        let report = up(&project, database).await;
        assert_eq!((names(&report).len(), repeated(&report)), (0, vec!["singers", "best_singers"]));
        assert_eq!(database.sql("select name from best_singers"), "robin");

        project.file("versions/repeatable/best_singers.sql", view(database, "best_singers", "select id from singers"));
        assert_eq!(repeated(&up(&project, database).await), ["best_singers"]);
        assert!(repeated(&up(&project, database).await).is_empty());
    }

    async fn they_wait_until_nothing_is_pending(database: &Database) {
        let project = viewed(database);
        let migrations = migrations(&project);
        let report = migrations.migrator().up_to(&database.url, Target::Forward(2)).await.expect("it is applied");
        assert!(repeated(&report).is_empty() && !has(database, "dunlin_repeatable"));
        let plan = migrations.plan(&database.url, Target::Forward(1)).await.expect("a plan");
        assert_eq!(plan.repeats.len(), 3);
        let report = migrations.migrator().up_to(&database.url, Target::Forward(1)).await.expect("it is applied");
        assert_eq!(repeated(&report).len(), 3);
    }

    async fn a_failure_is_located_and_everything_before_it_stays(database: &Database) {
        let project = viewed(database);
        project.file("versions/repeatable/singers.sql", "drop view if exists singers;\n\ninsert into nowhere values (1);\n");
        let failure = step_failure(migrations(&project).up(&database.url).await);
        assert_eq!((&*failure.name, &failure.id, failure.statement), ("repeatable/singers", &None, Some((2, 2))), "{failure}");
        assert!(failure.file.ends_with("versions/repeatable/singers.sql"), "{failure}");
        assert_eq!(failure.location.map(|location| location.line), Some(3), "{failure}");
        let is_whole = database.dialect.facts().ddl_rolls_back;
        assert_eq!(failure.outcome, if is_whole { Outcome::RolledBack } else { Outcome::Partial { in_place: 1 } });
        assert_eq!((names(&failure.report).len(), repeated(&failure.report)), (3, vec!["01_nests"]));
        let events = migrations(&project).history(&database.url).await.expect("the log can be read");
        let last = events.last().expect("an event");
        assert!(last.action == Action::Failed && last.detail.contains(r#""name":"singers""#), "{last:?}");

        project.file("versions/repeatable/singers.sql", view(database, "singers", "select id, name from bird"));
        assert_eq!(repeated(&up(&project, database).await), ["singers", "best_singers"]);
    }

    async fn what_was_to_run_behind_a_failure_runs_with_the_next_run(database: &Database) {
        let project = viewed(database);
        // SQLite looks into a view when it is asked.
        let best = view(database, "best_singers", "select name from singers") + "select name from best_singers where 1 = 0;\n";
        project.file("versions/repeatable/best_singers.sql", best);
        up(&project, database).await;
        project.file("versions/repeatable/singers.sql", view(database, "singers", "select id from bird"));
        // The file that mentions it is as it was, and fails now.
        let failure = step_failure(migrations(&project).up(&database.url).await);
        assert_eq!((&*failure.name, repeated(&failure.report)), ("repeatable/best_singers", vec!["singers"]), "{failure}");
        step_failure(migrations(&project).up(&database.url).await);
        project.file("versions/repeatable/singers.sql", view(database, "singers", "select id, 'robin' as name from bird"));
        assert_eq!(repeated(&up(&project, database).await), ["singers", "best_singers"]);
    }

    async fn after_a_way_down_all_of_them_run_again(database: &Database) {
        let project = viewed(database);
        let nests = view(database, "nests", "select bird from nest");
        let gone = nests.lines().next().expect("a line").to_owned();
        project.file("versions/3_nest.down.sql", format!("{gone}\ndrop table nest;\n"));
        let migrations = migrations(&project);
        migrations.up(&database.url).await.expect("it is applied");
        let report = migrations.down(&database.url, Target::Back(1)).await.expect("it is reverted");
        assert!(repeated(&report).is_empty());
        assert_eq!(database.sql("select count(*) from dunlin_repeatable"), "0");
        let status = migrations.status(&database.url).await.expect("a status");
        assert!(status.repeatables.iter().all(|repeatable| repeatable.state == RepeatableState::New));
        assert_eq!(repeated(&up(&project, database).await).len(), 3);
        assert_eq!(migrations.history(&database.url).await.expect("the chain is whole").len(), 3 + 3 + 2 + 1 + 3);
    }

    async fn a_migration_that_mentions_one_makes_it_run_again(database: &Database) {
        let project = viewed(database);
        up(&project, database).await;
        let cascade = if database.dialect == Dialect::Postgres { " cascade" } else { "" };
        project.migration("4_drop", &format!("drop view singers{cascade};"), "select 1;");
        assert_eq!(repeated(&up(&project, database).await), ["singers", "best_singers"]);
        assert_eq!(database.sql("select name from best_singers"), "wren");
    }

    async fn processes_that_start_together_run_each_once(database: &Database) {
        let project = viewed(database);
        let migrate = Command::new(env!("CARGO_BIN_EXE_migrate")).argument(project.versions()).argument(&database.url);
        for outcome in run_together(&vec![migrate; 4]) {
            assert_eq!(outcome.code, Some(0), "{}", outcome.snapshot());
        }
        assert_eq!(database.sql("select count(*) from dunlin_events where action = 'repeat'"), "3");
        assert_eq!(database.sql("select count(*) from dunlin_events"), "6");
    }

    async fn a_set_without_them_has_no_table(database: &Database) {
        let project = birds();
        let migrations = migrations(&project);
        migrations.up(&database.url).await.expect("it is applied");
        migrations.status(&database.url).await.expect("a status");
        migrations.down(&database.url, Target::Base).await.expect("it is reverted");
        migrations.up(&database.url).await.expect("it is applied");
        assert!(!has(database, "dunlin_repeatable"));
    }

    async fn reading_tells_how_they_stand_and_changes_nothing(database: &Database) {
        let project = viewed(database);
        let migrations = migrations(&project);
        assert_eq!(migrations.status(&database.url).await.expect("a status").repeatables_due(), 3);
        migrations.up(&database.url).await.expect("it is applied");
        project.file("versions/repeatable/singers.sql", view(database, "singers", "select id, name, 1 as n from bird"));
        project.file("versions/repeatable/wrens.sql", view(database, "wrens", "select id from bird"));
        let migrations = Migrations::on_disk(project.versions());
        let status = migrations.status(&database.url).await.expect("a status");
        let shown: Vec<_> = status.repeatables.iter().map(|of| (&*of.name, of.state, of.applied_at.is_some())).collect();
        let (current, changed, new) = (RepeatableState::Current, RepeatableState::Changed, RepeatableState::New);
        assert_eq!(shown, [("01_nests", current, true), ("singers", changed, true), ("best_singers", current, true), ("wrens", new, false)]);
        assert_eq!((status.pending(), status.repeatables_due()), (0, 2));
        assert!(migrations.verify(&database.url).await.expect("findings").is_empty());
        let plan = migrations.plan(&database.url, Target::Head).await.expect("a plan");
        let due: Vec<_> = plan.repeats.iter().map(|repeat| repeat.repeatable.name.as_str()).collect();
        assert_eq!(due, ["singers", "best_singers", "wrens"]);
        assert_eq!(database.sql("select count(*) from dunlin_events"), "6");
    }

    async fn a_binary_that_the_database_is_ahead_of_leaves_them_alone(database: &Database) {
        let newer = viewed(database);
        newer.migration("4_egg", "create table egg (id integer);", "drop table egg;");
        newer.file("versions/repeatable/singers.sql", view(database, "singers", "select id, name, 2 as version from bird"));
        up(&newer, database).await;
        let older = viewed(database);
        assert!(repeated(&up(&older, database).await).is_empty());
        assert_eq!(migrations(&older).status(&database.url).await.expect("a status").repeatables_due(), 0);
        assert_eq!(database.sql("select version from singers"), "2");
    }

    async fn variables_get_their_values_and_the_checksum_is_the_texts(database: &Database) {
        let project = birds();
        let text = format!("-- dunlin: vars kind\n{}", view(database, "kinds", "select '${kind}' as kind from bird"));
        project.file("versions/repeatable/kinds.sql", &text);
        let migrations = migrations(&project);
        let missing = migrations.up(&database.url).await.expect_err("it has no value");
        assert!(matches!(missing, Error::Plan(_)) && missing.to_string().contains("`kind`"), "{missing}");
        assert!(!has(database, "bird"));
        let migrator = migrations.migrator().var("kind".parse().expect("a name"), "owl");
        assert_eq!(repeated(&migrator.up(&database.url).await.expect("it is applied")), ["kinds"]);
        assert_eq!(database.sql("select kind from kinds"), "owl");
        assert_eq!(database.sql("select checksum from dunlin_repeatable"), checksum(&text));
    }

    async fn a_set_of_nothing_but_repeatable_files_is_a_set(database: &Database) {
        let project = Project::new();
        project.file("versions/repeatable/one.sql", view(database, "one_row", "select 1 as one"));
        assert_eq!(repeated(&up(&project, database).await), ["one"]);
        assert_eq!(database.sql("select one from one_row"), "1");
    }
}

static EMBEDDED: Migrations = dunlin::embed!("fixtures/contract/repeatable");

engines! {
    async fn an_embedded_set_with_them_takes_two_statements_when_nothing_is_to_be_done(database: &Database) {
        let report = EMBEDDED.up(&database.url).await.expect("it is applied");
        assert_eq!((names(&report), repeated(&report)), (vec!["1_bird"], vec!["birds"]));
        let sent = sent_by(&EMBEDDED, database).await;
        assert_eq!(sent.len(), 2, "{sent:#?}");
        database.sql("update dunlin_repeatable set checksum = (select up_checksum from dunlin_migrations)");
        assert_eq!(repeated(&EMBEDDED.up(&database.url).await.expect("it is run again")), ["birds"]);
    }
}

#[tokio::test]
async fn a_table_that_search_path_finds_elsewhere_is_not_this_sets_own() {
    let Some(database) = Database::postgres() else { return };
    let project = viewed(&database);
    up(&project, &database).await;
    database.sql("create schema tenant");
    let tenant = format!("{}?options=-c%20search_path%3Dtenant,public", database.url);
    // The tenant has a history, and no table of repeatable files yet.
    migrations(&birds()).up(&*tenant).await.expect("it is applied");
    let report = migrations(&project).up(&*tenant).await.expect("it is applied");
    assert_eq!((names(&report).len(), repeated(&report).len()), (0, 3));
    assert!(has(&database, "tenant.singers"));
}
