//! Several sets in one database, and several databases and schemas beside each other.

use dunlin::{Dialect, Migrations, Target};
use dunlin_core::migration::SetName;
use url::Url;

use super::birds::{bird, birds};
use super::{has, migrations, names};
use crate::support::database::Database;
use crate::support::project::Project;

fn set(project: &Project, name: &'static str) -> Migrations {
    migrations(project).set(SetName::new(name).expect("a set's name"))
}

fn nest() -> Project {
    let project = Project::new();
    project.migration("1_nest", "create table nest (id int);", "drop table nest;");
    project.migration("2_egg", "create table egg (id int);", "drop table egg;");
    project
}

engines! {
    async fn two_sets_do_not_disturb_each_other(database: &Database) {
        let (birds, nests) = (bird(), nest());
        set(&birds, "birds").up(&database.url).await.expect("it is applied");
        assert_eq!(set(&nests, "nests").status(&database.url).await.expect("a status").pending(), 2);
        set(&nests, "nests").up(&database.url).await.expect("it is applied");
        assert!(set(&birds, "birds").verify(&database.url).await.expect("findings").is_empty());
        assert_eq!(names(&set(&nests, "nests").down(&database.url, Target::Base).await.expect("it is reverted")), ["2_egg", "1_nest"]);
        assert!(has(database, "bird") && !has(database, "egg"));
        assert_eq!(set(&birds, "birds").history(&database.url).await.expect("a log").len(), 1);
        assert_eq!(set(&nests, "nests").history(&database.url).await.expect("a log").len(), 4);
    }

    async fn two_sets_can_begin_at_the_same_time(database: &Database) {
        let (birds, nests) = (bird(), nest());
        std::thread::scope(|scope| {
            let both = [("birds", &birds), ("nests", &nests)].map(|(name, project)| {
                scope.spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                    runtime.block_on(async { set(project, name).up(&database.url).await.expect("it is applied").steps.len() })
                })
            });
            assert_eq!(both.map(|thread| thread.join().expect("it does not panic")), [1, 2]);
        });
        assert_eq!(database.sql("select count(*) from dunlin_migrations"), "3");
    }
}

/// Makes a schema, and returns a URL whose search path is this.
fn within(database: &Database, schema: &str, search_path: &str) -> String {
    database.sql(&format!("create schema if not exists {schema}"));
    let mut url = Url::parse(&database.url).expect("a URL");
    url.query_pairs_mut().append_pair("options", &format!("-csearch_path={search_path}"));
    url.into()
}

#[tokio::test]
async fn schemas_have_histories_of_their_own() {
    let Some(database) = Database::new(Dialect::Postgres) else { return };
    let project = birds();
    migrations(&project).up(&database.url).await.expect("it is applied");
    for (schema, search_path) in [("one", "one"), ("two", "two,public"), ("\"Three's\"", "\"Three's\",public")] {
        let url = within(&database, schema, search_path);
        assert_eq!(migrations(&project).status(&url).await.expect("a status").pending(), 3, "{schema}");
        assert!(migrations(&project).history(&url).await.expect("a log").is_empty(), "{schema}");
        assert_eq!(migrations(&project).up(&url).await.expect("it is applied").steps.len(), 3, "{schema}");
        assert!(migrations(&project).up(&url).await.expect("nothing is pending").steps.is_empty(), "{schema}");
        assert_eq!(database.sql(&format!("select count(*) from {schema}.bird")), "1");
        migrations(&project).down(&url, Target::Base).await.expect("it is reverted");
    }
    assert_eq!(database.sql("select count(*) from public.bird"), "1");
    assert_eq!(migrations(&project).status(&database.url).await.expect("a status").pending(), 0);
}

#[tokio::test]
async fn databases_and_schemas_do_not_wait_for_one_another() {
    let Some(database) = Database::new(Dialect::Postgres) else { return };
    let project = bird();
    migrations(&project).up(&database.url).await.expect("it is applied");
    project.migration("2_slow", super::reading::slow(Dialect::Postgres), "delete from bird;");
    let slow = migrations(&project);
    let mut slow = Box::pin(slow.up(&database.url));
    let url = within(&database, "one", "one");
    let other = birds();
    tokio::select! {
        result = &mut slow => panic!("it was to be slow: {result:?}"),
        quick = async { migrations(&other).up(&url).await } => { quick.expect("it is applied"); }
    }
    slow.await.expect("it is applied");
}

#[tokio::test]
async fn a_history_can_stand_in_a_schema_of_its_own() {
    let Some(database) = Database::new(Dialect::Postgres) else { return };
    database.sql("create schema \"Odd 'one'\"");
    let project = birds();
    let migrations = migrations(&project);
    let migrator = migrations.migrator().history_schema("Odd 'one'");
    migrator.up(&database.url).await.expect("it is applied");
    assert!(migrator.up(&database.url).await.expect("nothing is pending").steps.is_empty());
    assert!(has(&database, "public.bird") && !has(&database, "public.dunlin_migrations"));
}
