//! A migration that stands for others, on databases that have none of them, some of them and all of them.

use dunlin::{FindingKind, Goal, MigrationState, Migrations, Stamp, Target};
use dunlin_core::ledger::Action;
use dunlin_core::plan::Kind;

use super::reader::Reader;
use super::{has, is_audited, migrations, names, refused};
use crate::support::database::Database;
use crate::support::project::Project;

/// `2` and `3` of four migrations are put together in `9`.
const ORIGINALS: [(&str, &str, &str); 2] = [
    ("2_nest", "create table nest (bird integer);\ninsert into nest values (1);\n", "drop table nest;\n"),
    ("3_twig", "alter table nest add twig integer;\n", "alter table nest drop column twig;\n"),
];

const SQUASH: (&str, &str, &str) = (
    "9_nests",
    "-- dunlin: revises 1\n-- dunlin: replaces 2, 3\n\ncreate table nest (bird integer, twig integer);\ninsert into nest (bird) values (1);\n",
    "drop table nest;\n",
);

/// Four migrations, as they were before.
fn before() -> Project {
    let project = Project::new();
    project.migration("1_bird", "create table bird (id integer);\n", "drop table bird;\n");
    for (name, up, down) in ORIGINALS {
        project.migration(name, up, down);
    }
    project.migration("4_egg", "create table egg (id integer);\n", "drop table egg;\n");
    project
}

/// The same with the squash beside them.
fn beside() -> Project {
    let project = before();
    project.migration(SQUASH.0, SQUASH.1, SQUASH.2);
    project
}

/// The same when the files of those that it stands for are deleted.
fn alone() -> Project {
    let project = beside();
    for (name, ..) in ORIGINALS {
        project.remove(&format!("versions/{name}.up.sql")).remove(&format!("versions/{name}.down.sql"));
    }
    project
}

/// The ids of the rows and how they came, in the order of their `seq`.
fn held(database: &Database) -> String {
    database.sql("select concat(id, ' ', kind) from dunlin_migrations order by seq").replace('\n', ", ")
}

/// What a whole database has: the tables, and the row that the migrations put in.
fn is_whole(database: &Database) {
    assert!(["bird", "nest", "egg"].iter().all(|table| has(database, table)));
    assert_eq!(database.sql("select count(*) from nest where bird = 1 and twig is null"), "1");
}

async fn events(migrations: &Migrations, database: &Database) -> usize {
    migrations.history(&database.url).await.expect("the log is whole").len()
}

async fn up(migrations: &Migrations, database: &Database) -> Vec<String> {
    let report = migrations.up(&database.url).await.expect("it goes up");
    names(&report).into_iter().map(str::to_owned).collect()
}

async fn down(migrations: &Migrations, database: &Database, target: &str) -> Vec<String> {
    let target = Target::parse(target).expect("a target");
    let report = migrations.down(&database.url, target).await.expect("it goes down");
    names(&report).into_iter().map(str::to_owned).collect()
}

engines! {
    async fn a_fresh_database_takes_the_short_way_and_goes_back_by_it(database: &Database) {
        for project in [beside(), alone()] {
            let migrations = migrations(&project);
            assert_eq!(up(&migrations, database).await, ["1_bird", "9_nests", "4_egg"]);
            is_whole(database);
            assert_eq!(held(database), "1 applied, 9 applied, 4 applied");
            assert!(up(&migrations, database).await.is_empty());
            assert!(migrations.verify(&database.url).await.expect("findings").is_empty());
            is_audited(&migrations, database).await;
            assert_eq!(down(&migrations, database, "1").await, ["4_egg", "9_nests"]);
            assert!(!has(database, "nest"));
            assert_eq!(down(&migrations, database, "base").await, ["1_bird"]);
        }
    }

    async fn a_database_in_the_middle_goes_on_with_the_originals(database: &Database) {
        let old = before();
        migrations(&old).migrator().up_to(&database.url, Target::parse("2").expect("a target")).await.expect("it goes up");
        let project = beside();
        let migrations = migrations(&project);
        let status = migrations.status(&database.url).await.expect("a status");
        let pending = status.migrations.iter().filter(|migration| migration.state == MigrationState::Pending);
        assert_eq!(pending.map(|migration| &*migration.name).collect::<Vec<_>>(), ["3_twig", "4_egg"]);

        let report = migrations.up(&database.url).await.expect("it goes up");
        assert_eq!((names(&report), &report.squashed[..]), (vec!["3_twig", "4_egg"], &["9_nests".to_owned()][..]));
        is_whole(database);
        assert_eq!(held(database), "1 applied, 2 applied, 3 applied, 4 applied, 9 squashed");
        is_audited(&migrations, database).await;

        // Back by the originals; the row that says it goes before it is untrue.
        assert_eq!(down(&migrations, database, "2").await, ["4_egg", "3_twig"]);
        assert_eq!(held(database), "1 applied, 2 applied");
        is_audited(&migrations, database).await;
        assert_eq!(up(&migrations, database).await, ["3_twig", "4_egg"]);
        assert_eq!(down(&migrations, database, "base").await, ["4_egg", "3_twig", "2_nest", "1_bird"]);
        assert_eq!(up(&migrations, database).await, ["1_bird", "9_nests", "4_egg"]);
        is_whole(database);
        is_audited(&migrations, database).await;
    }

    async fn who_may_only_read_finds_nothing_pending_past_it(database: &Database) {
        let (old, project) = (before(), beside());
        up(&migrations(&old), database).await;
        let Some(reader) = Reader::new(database) else { return };
        let migrations = migrations(&project);
        let report = migrations.up(&reader.url).await.expect("nothing is pending");
        assert!(report.steps.is_empty() && report.squashed.is_empty());
        assert_eq!(migrations.up(&database.url).await.expect("nothing is pending").squashed, ["9_nests"]);
    }

    async fn a_database_past_it_has_the_squash_and_nothing_runs(database: &Database) {
        let old = before();
        up(&migrations(&old), database).await;
        let project = beside();
        let migrations = migrations(&project);
        let report = migrations.up(&database.url).await.expect("nothing is pending");
        assert_eq!((report.steps.len(), &report.squashed[..]), (0, &["9_nests".to_owned()][..]));
        is_whole(database);
        let row = database.sql("select kind, state, parents, seq from dunlin_migrations where id = '9'");
        assert_eq!(row, "squashed|applied|1|5");
        let written = events(&migrations, database).await;
        let log = migrations.history(&database.url).await.expect("the log is whole");
        assert_eq!(log.last().map(|event| event.action.clone()), Some(Action::Squash));

        // Once is enough.
        let again = migrations.up(&database.url).await.expect("nothing is pending");
        assert!(again.steps.is_empty() && again.squashed.is_empty());
        assert_eq!(events(&migrations, database).await, written);
        assert!(migrations.verify(&database.url).await.expect("findings").is_empty());
        let status = migrations.status(&database.url).await.expect("a status");
        let squash = status.migrations.iter().find(|migration| migration.name == "9_nests");
        assert_eq!(squash.map(|squash| (squash.state, squash.kind)), Some((MigrationState::Applied, Some(Kind::Squashed))));
        is_audited(&migrations, database).await;

        // A program that was built before goes on as if nothing had happened, and takes the row away with what it says.
        let old = super::migrations(&old);
        assert!(up(&old, database).await.is_empty());
        assert!(old.verify(&database.url).await.expect("findings").is_empty());
        assert_eq!(down(&old, database, "2").await, ["4_egg", "3_twig"]);
        assert_eq!(held(database), "1 applied, 2 applied");
        is_audited(&old, database).await;
    }

    async fn when_the_originals_are_deleted_a_database_past_them_goes_both_ways(database: &Database) {
        let old = before();
        up(&migrations(&old), database).await;
        let project = alone();
        let migrations = migrations(&project);
        let report = migrations.up(&database.url).await.expect("nothing is pending");
        assert_eq!((report.steps.len(), report.squashed.len()), (0, 1));
        assert!(migrations.verify(&database.url).await.expect("findings").is_empty());
        let status = migrations.status(&database.url).await.expect("a status");
        let kinds: Vec<_> = status.migrations.iter().map(|migration| (&*migration.name, migration.kind)).collect();
        assert_eq!(kinds, [
            ("1_bird", Some(Kind::Applied)), ("9_nests", Some(Kind::Squashed)), ("4_egg", Some(Kind::Applied)),
        ]);
        // What was run is taken back, with the SQL that the database stores.
        assert_eq!(down(&migrations, database, "1").await, ["4_egg", "3_twig", "2_nest"]);
        assert!(!has(database, "nest"));
        assert_eq!(held(database), "1 applied");
        is_audited(&migrations, database).await;
        assert_eq!(up(&migrations, database).await, ["9_nests", "4_egg"]);
        is_whole(database);
        is_audited(&migrations, database).await;
    }

    async fn when_the_originals_are_deleted_a_database_in_the_middle_is_told_what_it_needs(database: &Database) {
        let old = before();
        migrations(&old).migrator().up_to(&database.url, Target::parse("2").expect("a target")).await.expect("it goes up");
        let project = alone();
        let migrations = migrations(&project);
        let before = (held(database), database.schema());
        let findings = refused(migrations.up(&database.url).await);
        let expected = FindingKind::Stranded { applied: vec!["2_nest".to_owned()], missing: vec!["3".to_owned()] };
        assert_eq!(findings.iter().map(|finding| &finding.kind).collect::<Vec<_>>(), [&expected]);
        assert_eq!((held(database), database.schema()), before, "nothing was done");
        // The way back is open, and then the short way is too.
        assert_eq!(down(&migrations, database, "1").await, ["2_nest"]);
        assert_eq!(up(&migrations, database).await, ["9_nests", "4_egg"]);
        is_whole(database);
        is_audited(&migrations, database).await;
    }

    async fn many_at_once_write_the_row_once(database: &Database) {
        let old = before();
        up(&migrations(&old), database).await;
        let project = beside();
        let one = || {
            let (url, dir) = (database.url.clone(), project.versions());
            tokio::spawn(async move { Migrations::on_disk(dir).up(url.as_str()).await })
        };
        let all: Vec<_> = (0..6).map(|_| one()).collect();
        let mut wrote = 0;
        for run in all {
            let report = run.await.expect("it does not panic").expect("nothing is pending");
            assert!(report.steps.is_empty());
            wrote += report.squashed.len();
        }
        assert_eq!(wrote, 1);
        assert_eq!(held(database), "1 applied, 2 applied, 3 applied, 4 applied, 9 squashed");
        assert_eq!(events(&migrations(&project), database).await, 5);
        is_audited(&migrations(&project), database).await;
    }

    async fn stamps_go_by_the_way_that_is_named(database: &Database) {
        let project = beside();
        let migrations = migrations(&project);
        let stamp = async |target: &str| {
            let wish = Stamp::at([Target::parse(target).expect("a target")]);
            migrations.migrator().stamp(&database.url, &wish).await.expect("it is stamped");
        };
        stamp("9").await;
        assert_eq!(held(database), "1 stamped, 9 stamped");
        stamp("base").await;
        stamp("2").await;
        assert_eq!(held(database), "1 stamped, 2 stamped");
        stamp("head").await;
        assert_eq!(held(database), "1 stamped, 2 stamped, 3 stamped, 4 stamped");
        assert_eq!(migrations.up(&database.url).await.expect("nothing is pending").squashed, ["9_nests"]);
        stamp("1").await;
        assert_eq!(held(database), "1 stamped");
        is_audited(&migrations, database).await;
    }

    async fn a_script_takes_the_short_way_and_a_client_can_be_fed_with_it(database: &Database) {
        let project = beside();
        let migrations = migrations(&project);
        let goal = Goal::up(Target::Head);
        let engine = dunlin::Dialect::of_url(&database.url).expect("an engine");
        let script = migrations.migrator().script(engine, &Target::Base, &goal).expect("a script");
        let changes: Vec<&str> = script.changes.iter().map(|change| &*change.name).collect();
        assert_eq!(changes, ["1_bird", "9_nests", "4_egg"]);
        if database.has_client() {
            database.feed(&script.sql).expect("it is fed");
            is_whole(database);
            assert!(up(&migrations, database).await.is_empty());
            assert!(migrations.verify(&database.url).await.expect("findings").is_empty());
        }
        let from = Target::parse("2").expect("a target");
        let script = migrations.migrator().script(engine, &from, &goal).expect("a script");
        let changes: Vec<&str> = script.changes.iter().map(|change| &*change.name).collect();
        assert_eq!(changes, ["3_twig", "4_egg"]);
    }

    async fn another_set_that_depends_on_an_original_finds_what_stands_for_it(database: &Database) {
        let project = beside();
        up(&migrations(&project), database).await;
        let other = Project::new();
        other.migration("1_bill", "-- dunlin: depends-on main/2\ncreate table bill (id integer);\n", "drop table bill;\n");
        let other = migrations(&other).set(dunlin_core::migration::SetName::new("other").expect("a name"));
        assert_eq!(up(&other, database).await, ["1_bill"]);
    }
}
