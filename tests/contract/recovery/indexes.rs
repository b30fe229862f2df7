//! Indexes that PostgreSQL builds beside running transactions: what a crash leaves of them, and what it must not touch.

use dunlin::Resume;
use dunlin_core::ledger::Action;

use super::Interrupted;
use crate::contract::{migrations, names, refused, step_failure};
use crate::support::database::Database;
use crate::support::project::Project;

const BIRDS: &str = "create table bird (id integer, name text); insert into bird values (1, 'wren'), (2, 'wren');";

/// Leaves an invalid index, as a build does that is cut off.
fn invalid(database: &Database, index: &str) {
    database
        .try_sql(&format!("insert into bird values (9, 'twice'), (9, 'twice'); {index}"))
        .expect_err("there are twins");
    database.sql("delete from bird where id = 9");
}

fn indexes(database: &Database) -> String {
    database.sql("select indexrelid::regclass, indisvalid, pg_get_indexdef(indexrelid) from pg_index join pg_class on pg_class.oid = indrelid where relname in ('bird', 'nest') order by 1")
}

/// Takes a build up as if an earlier run had begun it.
async fn begun<'d>(database: &'d Database, index: &str) -> Interrupted<'d> {
    let statements = ["create table a (n integer)", "vacuum a", index, "create table b (n integer)"];
    let interrupted = Interrupted::behind(database, 2, &statements).await;
    database.sql(&format!(
        "insert into dunlin_statements select set_name, id, direction, 3, 'started', 'concurrent', 4, 'x', '{}', null, null, null, started_at, '' from dunlin_statements where n = 2",
        dunlin_core::statements::split(index, database.dialect).expect("it lexes")[0].checksum(database.dialect)
    ));
    interrupted
}

#[tokio::test]
async fn invalid_remains_of_the_same_name_are_built_anew() {
    for index in [
        "create unique index concurrently bird_id on bird (id)",
        "create unique index concurrently if not exists bird_id on bird (id)",
        "create unique index concurrently on bird (id)",
    ] {
        for began in [false, true] {
            let Some(database) = Database::postgres() else { return };
            database.sql(BIRDS);
            invalid(&database, index);
            assert!(indexes(&database).contains("|f|"), "{}", indexes(&database));
            let interrupted = if began {
                begun(&database, index).await
            } else {
                Interrupted::behind(
                    &database,
                    2,
                    &["create table a (n integer)", "vacuum a", index, "create table b (n integer)"],
                )
                .await
            };
            migrations(&interrupted.project).up(&database.url).await.unwrap_or_else(|error| panic!("{index}: {error}"));
            let left = indexes(&database);
            assert!(
                left.lines().count() == 1 && left.contains("|t|CREATE UNIQUE INDEX bird_id"),
                "{index}, began {began}: {left}"
            );
        }
    }
}

#[tokio::test]
async fn a_build_that_ended_before_the_crash_is_not_done_again() {
    let of_all_kinds = [
        "create index concurrently i on bird (name)",
        "create unique index concurrently i on bird using btree (id desc nulls last, lower(name)) where id > 0 and name <> ''",
        "create index concurrently i on public.bird (name collate \"C\" text_pattern_ops) include (id) with (fillfactor = 70)",
        "create index concurrently \"I x\" on bird using gin (to_tsvector('english', name))",
        "create index concurrently on bird ((id % 7), name)",
        "create unique index concurrently i on bird (name, id) nulls not distinct",
        "create index concurrently i on only part_1 (n)",
        "create index concurrently on part_1 ((n + 1)) where n > 3",
    ];
    for index in of_all_kinds {
        let Some(database) = Database::postgres() else { return };
        database.sql(BIRDS);
        database.sql("create table parts (n integer) partition by list (n); create table part_1 partition of parts for values in (1)");
        database.sql(index);
        let before = database.sql("select oid, relname from pg_class where relkind = 'i' and relnamespace = 'public'::regnamespace and relname not like 'dunlin%' order by 1");
        let interrupted = begun(&database, index).await;
        migrations(&interrupted.project).up(&database.url).await.unwrap_or_else(|error| panic!("{index}: {error}"));
        let after = database.sql("select oid, relname from pg_class where relkind = 'i' and relnamespace = 'public'::regnamespace and relname not like 'dunlin%' order by 1");
        assert_eq!(after, before, "{index}");
    }
}

#[tokio::test]
async fn another_index_of_that_name_is_refused_and_kept() {
    for other in [
        "create index bird_id on bird (name)",
        "create index bird_id on bird (id)",
        "create unique index bird_id on bird (id) where id > 5",
        "create table nest (id integer); create unique index bird_id on nest (id)",
    ] {
        for (index, began) in [
            ("create unique index concurrently bird_id on bird (id)", true),
            ("create unique index concurrently bird_id on bird (id)", false),
            ("create unique index concurrently if not exists bird_id on bird (id)", false),
            ("create unique index concurrently if not exists bird_id on bird (id)", true),
        ] {
            let Some(database) = Database::postgres() else { return };
            database.sql(&format!("{BIRDS}{other}"));
            let before = indexes(&database);
            let interrupted = if began {
                begun(&database, index).await
            } else {
                Interrupted::behind(
                    &database,
                    2,
                    &["create table a (n integer)", "vacuum a", index, "create table b (n integer)"],
                )
                .await
            };
            let failure = step_failure(migrations(&interrupted.project).up(&database.url).await);
            assert_eq!(failure.statement, Some((3, 4)), "{other}, {index}: {failure}");
            assert!(failure.message.contains("already"), "{failure}");
            assert_eq!(indexes(&database), before, "{other}, {index}, began {began}");
        }
    }
}

#[tokio::test]
async fn an_index_that_was_there_is_what_if_not_exists_asks_for() {
    let Some(database) = Database::postgres() else { return };
    database.sql(&format!("{BIRDS}create index bird_id on bird (id)"));
    let before = indexes(&database);
    let project = Project::new();
    project.migration(
        "1_step",
        "-- dunlin: transaction none\ncreate index concurrently if not exists bird_id on bird (id);",
        "select 1;",
    );
    migrations(&project).up(&database.url).await.expect("it is there");
    assert_eq!(indexes(&database), before);
}

#[tokio::test]
async fn invalid_remains_on_another_table_are_not_touched() {
    let Some(database) = Database::postgres() else { return };
    database.sql(&format!("{BIRDS}create table nest (id integer); insert into nest values (1), (1)"));
    database.try_sql("create unique index concurrently bird_id on nest (id)").expect_err("there are twins");
    let before = indexes(&database);
    let project = Project::new();
    project.migration(
        "1_step",
        "-- dunlin: transaction none\ncreate index concurrently if not exists bird_id on bird (id);",
        "select 1;",
    );
    let failure = step_failure(migrations(&project).up(&database.url).await);
    assert!(failure.message.contains("there is an index bird_id already"), "{failure}");
    assert_eq!(indexes(&database), before);
}

#[tokio::test]
async fn twins_that_are_gone_let_resume_build_the_index() {
    let Some(database) = Database::postgres() else { return };
    database.sql(&format!("{BIRDS}insert into bird values (1, 'twin')"));
    let project = Project::new();
    let up = "-- dunlin: transaction none\ncreate table a (n integer);\ncreate unique index concurrently bird_id on bird (id);\ninsert into a values (1);\n";
    project.migration("1_step", up, "select 1;");
    let failure = step_failure(migrations(&project).up(&database.url).await);
    assert_eq!((failure.statement, failure.code.as_deref()), (Some((2, 3)), Some("23505")), "{failure}");
    refused(migrations(&project).up(&database.url).await);
    step_failure(migrations(&project).migrator().resume(&database.url, Resume::Failed).await);
    database.sql("delete from bird where name = 'twin'");
    let report = migrations(&project).migrator().resume(&database.url, Resume::Failed).await.expect("it goes on");
    assert_eq!(names(&report), ["1_step"]);
    assert_eq!(indexes(&database), "bird_id|t|CREATE UNIQUE INDEX bird_id ON public.bird USING btree (id)");
    assert_eq!(database.sql("select count(*) from a"), "1");
    let events = migrations(&project).history(&database.url).await.expect("the log is whole");
    let actions: Vec<Action> = events.iter().map(|event| event.action.clone()).collect();
    assert_eq!(actions, [Action::Failed, Action::Resume, Action::Failed, Action::Resume, Action::Up]);
}

#[tokio::test]
async fn a_mistake_in_an_index_is_shown_where_it_is() {
    for setup in ["", "create index bird_nam on bird (id);"] {
        let Some(database) = Database::postgres() else { return };
        database.sql(&format!("{BIRDS}{setup}"));
        let project = Project::new();
        let up = "-- dunlin: transaction none\ncreate table a (n integer);\n\ncreate index concurrently if not exists bird_nam on bird (nam);\n";
        project.migration("1_step", up, "select 1;");
        let failure = step_failure(migrations(&project).up(&database.url).await);
        assert_eq!(failure.location.map(|location| location.line), Some(4), "{failure}");
        assert!(failure.message.contains("nam") && !failure.message.contains("dunlin_copy"), "{failure}");
    }
}

#[tokio::test]
async fn a_drop_that_was_cut_off_is_finished_and_one_that_ended_is_not_repeated() {
    for is_gone in [true, false] {
        let Some(database) = Database::postgres() else { return };
        database.sql(&format!("{BIRDS}create index bird_id on bird (id)"));
        let interrupted = begun(&database, "drop index concurrently bird_id").await;
        if is_gone {
            database.sql("drop index bird_id");
        } else {
            // As the first transaction of the drop leaves it.
            database.superuser_sql("update pg_index set indisvalid = false where indexrelid = 'bird_id'::regclass");
        }
        migrations(&interrupted.project).up(&database.url).await.expect("it goes on");
        assert_eq!(indexes(&database), "");
    }
}

#[tokio::test]
async fn what_a_rebuild_left_is_cleared_away() {
    for rebuild in ["reindex index concurrently bird_id", "reindex (concurrently) table bird"] {
        for began in [true, false] {
            let Some(database) = Database::postgres() else { return };
            database.sql(&format!("{BIRDS}create index bird_id on bird (id); create index bird_id_ccnew on bird (id); create index bird_id_ccold1 on bird (id)"));
            database.superuser_sql("update pg_index set indisvalid = false where indexrelid in ('bird_id_ccnew'::regclass, 'bird_id_ccold1'::regclass)");
            let interrupted = if began {
                begun(&database, rebuild).await
            } else {
                Interrupted::behind(&database, 2, &["create table a (n integer)", "vacuum a", rebuild]).await
            };
            migrations(&interrupted.project)
                .up(&database.url)
                .await
                .unwrap_or_else(|error| panic!("{rebuild}: {error}"));
            assert_eq!(
                indexes(&database),
                "bird_id|t|CREATE INDEX bird_id ON public.bird USING btree (id)",
                "{rebuild}"
            );
        }
    }
}

#[tokio::test]
async fn a_role_that_may_make_no_temporary_table_may_build_an_index() {
    let Some(database) = Database::postgres() else { return };
    database.sql(BIRDS);
    let name = database.sql("select current_database()");
    database.superuser_sql(&format!("revoke temporary on database {name} from public; alter database {name} owner to superuser; grant all on schema public to public"));
    let project = Project::new();
    project.migration("1_step", "-- dunlin: transaction none\ncreate index concurrently bird_id on bird (id);\ncreate index concurrently on bird (name);", "select 1;");
    migrations(&project).up(&database.url).await.expect("it is built");
    assert_eq!(indexes(&database).lines().count(), 2);
}

#[tokio::test]
async fn a_partition_that_was_half_detached_is_detached() {
    let detach = "alter table parts detach partition part_1 concurrently";
    for state in ["attached", "pending", "detached"] {
        let Some(database) = Database::postgres() else { return };
        database.sql("create table parts (n integer) partition by list (n); create table part_1 partition of parts for values in (1); insert into parts values (1)");
        let interrupted = begun(&database, detach).await;
        match state {
            "pending" => {
                // It waits for whoever reads the table, and then is cut off.
                let (url, reading) = (database.url.clone(), "begin; select * from parts; select pg_sleep(2); commit");
                std::thread::scope(|scope| {
                    scope.spawn(|| database.try_sql(reading));
                    std::thread::sleep(std::time::Duration::from_millis(700));
                    let cut_off = database.try_sql_as(&url, &format!("set statement_timeout = '300ms'; {detach}"));
                    cut_off.expect_err("it is cut off");
                });
                assert_eq!(database.sql("select inhdetachpending from pg_inherits"), "t");
            }
            "detached" => drop(database.sql(detach)),
            _ => {}
        }
        migrations(&interrupted.project).up(&database.url).await.unwrap_or_else(|error| panic!("{state}: {error}"));
        assert_eq!(database.sql("select count(*) from pg_inherits"), "0", "{state}");
        assert_eq!(database.sql("select n from part_1"), "1", "{state}");
    }
}
