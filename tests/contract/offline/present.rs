//! Scripts that begin where a database is: fed to its client, they leave exactly what the run would leave, row by row.

use dunlin::{Dialect, Error, Goal, Migrations, Policy, Target, Verdict};
use dunlin_core::checksum::Checksum;
use dunlin_core::ledger::LedgerFinding;
use serde_json::Value;

use super::{everything, feed};
use crate::contract::birds::{BIRD_DOWN, BIRD_UP, birds};
use crate::contract::{has, migrations};
use crate::support::database::Database;
use crate::support::project::Project;

/// What the events say beside their columns, but what is computed of their rows.
async fn details(migrations: &Migrations, database: &Database) -> Vec<Value> {
    let events = migrations.history(&database.url).await.expect("the log is whole");
    let detail = |text: &str| {
        let mut detail: Value = serde_json::from_str(text).expect("JSON");
        for key in ["row", "row_before", "script"] {
            detail.as_object_mut().and_then(|detail| detail.remove(key));
        }
        detail
    };
    events.iter().map(|event| detail(&event.detail)).collect()
}

/// All that the history tables hold, but times, how long things took, details and hashes.
fn held(database: &Database) -> String {
    let rows = database.sql(
        "select set_name, id, slug, parents, seq, kind, state, up_checksum, down_checksum, up_sql, down_sql, breaking, \
         tool_version from dunlin_migrations order by set_name, id",
    );
    let events = database.sql(
        "select set_name, n, action, id, checksum, db_user, os_user, host, application, tool_version \
         from dunlin_events order by set_name, n",
    );
    let mut held = format!("{rows}\n--\n{events}\n--\n{}", database.sql("select id, version from dunlin_layout"));
    if has(database, "dunlin_repeatable") {
        let repeatable = database
            .sql("select set_name, name, checksum, stored_sql, tool_version from dunlin_repeatable order by name");
        held += &format!("\n--\n{repeatable}");
    }
    if has(database, "dunlin_statements") {
        held += &format!("\n--\n{}", database.sql("select set_name, id, direction, n, state from dunlin_statements"));
    }
    held
}

/// Two databases in the same state: one is brought on by scripts, the other by runs.
struct Twins<'d> {
    fed: &'d Database,
    run: Database,
}

impl<'d> Twins<'d> {
    fn new(fed: &'d Database) -> Option<Twins<'d>> {
        let run = Database::new(fed.dialect)?;
        fed.has_client().then_some(Twins { fed, run })
    }

    /// Brings both to a goal by a run.
    async fn both(&self, migrations: &Migrations, goal: Goal) {
        for database in [self.fed, &self.run] {
            let ran = migrations.migrator().run((&database.url).into(), goal.clone()).await;
            ran.unwrap_or_else(|error| panic!("{goal}: {error}"));
        }
    }

    /// Brings one to a goal by a script, fed to the client, and the other by a run. Nobody can tell them apart then, and the
    /// script cannot be fed again.
    async fn apart(&self, migrations: &Migrations, goal: &str) {
        self.apart_with(migrations, Policy::default(), goal).await;
    }

    async fn apart_with(&self, migrations: &Migrations, policy: Policy, goal: &str) {
        let (way, target) = goal.split_once(' ').expect("a way and a target");
        let target = Target::parse(target).expect("a target");
        let goal = match way {
            "up" => Goal::up(target),
            "down" => Goal::down(target),
            _ => Goal::to(target),
        };
        let migrator = migrations.migrator().policy(policy).var("name".parse().expect("a name"), "rob''in");
        let outlook = migrator.outlook(&self.fed.url, goal.clone()).await.unwrap_or_else(|e| panic!("{goal}: {e}"));
        let script = outlook.script().unwrap_or_else(|error| panic!("{goal}: {error}"));
        assert!(!script.is_empty(), "{goal}: there is something to do");
        feed(self.fed, &script.sql);
        let report = migrator.run((&self.run.url).into(), goal.clone()).await.unwrap_or_else(|e| panic!("{goal}: {e}"));
        let names = |report: &dunlin::Report| report.steps.iter().map(|step| step.name.clone()).collect::<Vec<_>>();
        assert_eq!(script.changes.iter().map(|change| change.name.clone()).collect::<Vec<_>>(), names(&report));
        self.compare(migrations, &goal.to_string()).await;
        let before = (self.fed.schema(), held(self.fed));
        self.fed.feed(&script.sql).expect_err("it begins elsewhere");
        assert_eq!((self.fed.schema(), held(self.fed)), before, "{goal}: fed again, it changes nothing");
    }

    async fn compare(&self, migrations: &Migrations, goal: &str) {
        assert_eq!(self.fed.schema(), self.run.schema(), "{goal}");
        assert_eq!(held(self.fed), held(&self.run), "{goal}");
        assert_eq!(details(migrations, self.fed).await, details(migrations, &self.run).await, "{goal}");
        let audit = migrations.migrator().audit(&self.fed.url, None).await.expect("it can be read");
        let refuses = |finding: &LedgerFinding| finding.verdict == Verdict::Refuse;
        assert!(!audit.findings.iter().any(refuses), "{goal}: {:#?}", audit.findings);
    }
}

/// A root and two lines from it, of which one has a label.
fn fork() -> Project {
    let project = Project::new();
    let one = |name: &str, header: &str| {
        let table = name.replace('_', "");
        let up = format!("-- dunlin: {header}\ncreate table t{table} (id int);");
        project.migration(name, &up, &format!("drop table t{table};"));
    };
    one("1_root", "revises base");
    one("2_mail", "revises 1\n-- dunlin: label mail");
    one("3_shop", "revises 1\n-- dunlin: label shop");
    one("4_cart", "revises 3");
    project
}

engines! {
    async fn up_down_and_to_leave_what_a_run_leaves(database: &Database) {
        let Some(twins) = Twins::new(database) else { return };
        let project = everything(database.dialect);
        let migrations = migrations(&project);
        for goal in ["to +2", "up head", "to 3", "up 4", "down -1", "to head", "down 2", "up +1", "to head"] {
            twins.apart(&migrations, goal).await;
            for table in ["bird", "egg", "a"].into_iter().filter(|table| has(database, table)) {
                let all = format!("select * from {table} order by id");
                assert_eq!(database.sql(&all), twins.run.sql(&all), "{goal}");
            }
        }
        // A run goes on from there, seals what the scripts wrote, and finds nothing to say.
        twins.both(&migrations, Goal::down(Target::Back(1))).await;
        twins.compare(&migrations, "the run behind them").await;
        let audit = migrations.migrator().audit(&database.url, None).await.expect("it can be read");
        assert_eq!(audit.findings, [], "all is sealed");
        assert!(migrations.verify(&database.url).await.expect("findings").is_empty());
        migrations.history(&database.url).await.expect("the log is whole");
    }

    async fn rows_in_any_order_and_several_heads_are_a_start_like_any_other(database: &Database) {
        let Some(twins) = Twins::new(database) else { return };
        let project = fork();
        let migrations = migrations(&project);
        let line = |target: &str| Goal::up(Target::parse(target).expect("a target"));
        twins.both(&migrations, line("shop@head")).await;
        twins.both(&migrations, line("mail@head")).await;
        twins.apart(&migrations, "down shop@-1").await;
        twins.apart(&migrations, "to heads").await;
        twins.apart(&migrations, "down -1").await;
        project.migration("5_merge", "-- dunlin: revises 2, 4\ncreate table merged (id int);", "drop table merged;");
        let merged = crate::contract::migrations(&project);
        twins.apart(&merged, "up head").await;
        twins.apart(&merged, "to base").await;
    }

    async fn stamped_and_unknown_rows_and_pending_ones_before_them_are_too(database: &Database) {
        let Some(twins) = Twins::new(database) else { return };
        let project = birds();
        let newer = migrations(&project);
        for url in [&database.url, &twins.run.url] {
            newer.migrator().up_to(url, Target::Migration("2".into())).await.expect("it is applied");
            newer.stamp(url, &[Target::Head]).await.expect("it is stamped");
        }
        // What this set does not know, it takes down by the SQL that the history stores.
        let older = Project::new();
        older.migration("1_bird", BIRD_UP, BIRD_DOWN);
        twins.run.sql("create table nest (bird integer)");
        database.sql("create table nest (bird integer)");
        twins.apart(&migrations(&older), "down -1").await;
        assert!(!has(database, "nest"));
        older.migration("4_egg", "create table egg (id int);", "drop table egg;");
        let missing = Policy { missing: Verdict::Warn, ..Policy::default() };
        twins.apart_with(&migrations(&older), missing, "up head").await;
        older.migration("3_late", "create table late (id int);", "drop table late;");
        let late = Policy { out_of_order: Verdict::Warn, ..missing };
        twins.apart_with(&migrations(&older), late, "to head").await;
        twins.apart_with(&migrations(&older), late, "to base").await;
    }

    async fn an_accepted_edit_is_healed_by_the_script_too(database: &Database) {
        let Some(twins) = Twins::new(database) else { return };
        let project = birds();
        twins.both(&migrations(&project), Goal::up(Target::Migration("2".into()))).await;
        let of = |text: &str| Checksum::of_text(text).to_string();
        let mut was = vec![of(BIRD_UP)];
        // With nothing else to do, and then with a step behind it.
        for (width, goal) in [("40", "to 2"), ("60", "up head")] {
            let wider = BIRD_UP.replace("20", width);
            project.migration("1_bird", &wider, BIRD_DOWN);
            let lock = format!("1_bird up={} down={} parents=base was={}\n", of(&wider), of(BIRD_DOWN), was.join(","));
            project.file("versions/dunlin.lock", lock);
            twins.apart(&migrations(&project), goal).await;
            was.push(of(&wider));
        }
    }

    async fn the_repeatable_files_that_are_due_run_and_no_others(database: &Database) {
        let Some(twins) = Twins::new(database) else { return };
        let project = birds();
        project.migration("4_robin", "-- dunlin: vars name\ninsert into bird values (4, '${name}');", "delete from bird where id = 4;");
        let view = |name: &str, select: &str| {
            let cascade = if database.dialect == Dialect::Postgres { " cascade" } else { "" };
            project.file(&format!("versions/repeatable/{name}.sql"), format!("drop view if exists {name}{cascade};\ncreate view {name} as\n{select};\n"));
        };
        view("singers", "select id, name from bird");
        view("best_singers", "select name from singers where id = 1");
        view("nests", "select bird from nest");
        twins.apart(&migrations(&project), "up head").await;
        assert_eq!(database.sql("select name from bird where id = 4"), "rob'in");
        // A change of one runs what mentions it; a step down makes all of them count as never run.
        view("singers", "select 1 as id, 'robin' as name from bird");
        let changed = migrations(&project);
        let outlook = changed.migrator().outlook(&database.url, Goal::to(Target::Head)).await.expect("an outlook").script().expect("a script");
        assert_eq!(outlook.repeats, ["singers", "best_singers"]);
        twins.apart(&changed, "to head").await;
        twins.apart(&changed, "down 3").await;
        // Without the files, the way down still makes them count as never run.
        twins.apart(&changed, "to head").await;
        let bare = Project::new();
        for file in project.files().into_iter().filter(|file| file.starts_with("versions/") && !file.contains("repeatable")) {
            bare.file(&file, project.read(&file));
        }
        twins.apart(&migrations(&bare), "to 3").await;
        assert_eq!(database.sql("select count(*) from dunlin_repeatable"), "0");
    }

    async fn a_script_ends_before_it_changes_anything_if_something_was_done_since(database: &Database) {
        if !database.has_client() {
            return;
        }
        let project = birds();
        let migrations = migrations(&project);
        let migrator = migrations.migrator();
        migrator.up_to(&database.url, Target::Forward(1)).await.expect("it is applied");
        let outlook = migrator.outlook(&database.url, Goal::to(Target::Head)).await.expect("an outlook");
        let script = outlook.script().expect("a script").sql;
        // The rows are what they were, and yet something happened.
        migrator.up_to(&database.url, Target::Forward(1)).await.expect("it is applied");
        migrator.down(&database.url, Target::Back(1)).await.expect("it is reverted");
        let before = (database.schema(), held(database));
        let message = database.feed(&script).expect_err("something was done");
        assert!(message.contains("something was done here since this script was made"), "{message}");
        assert_eq!((database.schema(), held(database)), before);
        // Nor does it lead another database on that has the same rows.
        let Some(other) = Database::new(database.dialect) else { return };
        migrator.up_to(&other.url, Target::Forward(1)).await.expect("it is applied");
        other.feed(&script).expect_err("it is another database");
        assert!(!has(&other, "nest"));
    }
}

#[tokio::test]
async fn what_a_script_cannot_say_is_refused() {
    let Some(database) = Database::mysql() else { return };
    let project = Project::new();
    project.migration("1_away", "create table bird (id int);\nuse mysql;\n", "drop table bird;");
    let migrations = migrations(&project);
    let migrator = migrations.migrator();
    let outlook = migrator.outlook(&database.url, Goal::to(Target::Head)).await.expect("an outlook");
    assert!(matches!(outlook.script(), Err(Error::Script(_))));
}
