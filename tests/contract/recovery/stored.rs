//! A binary that does not know a migration goes on with it all the same: with the SQL that the history stores.

use super::{Interrupted, one_by_one};
use crate::contract::{has, migrations, names};
use crate::support::database::Database;
use crate::support::project::Project;
use dunlin::Target;

engines! {
    async fn an_older_set_finishes_what_a_newer_one_began(database: &Database) {
        let statements = ["create table a (n integer)", "insert into a values (1)", "insert into a values (2)", "create table b (n integer)"];
        Interrupted::behind(database, 2, &statements).await;
        database.sql("update dunlin_migrations set parents = '0'");
        let older = Project::new();
        older.migration("0_first", "select 1;", "select 1;");
        database.sql("insert into dunlin_migrations select set_name, '0', 'first', '', 0, kind, 'applied', up_checksum, down_checksum, up_sql, down_sql, breaking, applied_at, duration_us, tool_version from dunlin_migrations");
        let (up, down) = ("select 1;", "select 1;");
        let checksum = |text| dunlin::core::checksum::Checksum::of_text(text);
        database.sql(&format!("update dunlin_migrations set up_sql = '{up}', up_checksum = '{}', down_sql = '{down}', down_checksum = '{}' where id = '0'", checksum(up), checksum(down)));
        let report = migrations(&older).up(&database.url).await.expect("it goes on");
        assert_eq!(names(&report), ["1_step"]);
        assert_eq!(database.sql("select n from a order by n"), "1\n2");
        assert!(has(database, "b"));
        assert_eq!(database.sql("select state from dunlin_migrations where id = '1'"), "applied");
    }

    async fn an_older_set_finishes_a_way_down_that_a_newer_one_began(database: &Database) {
        let newer = Project::new();
        newer.migration("1_first", "create table first (n integer);", "drop table first;");
        let up = one_by_one(database.dialect, &["create table a (n integer)", "create table b (n integer)", "create table c (n integer)"]);
        let down = one_by_one(database.dialect, &["drop table c", "drop table b", "drop table a"]);
        newer.migration("2_step", &up, &down);
        migrations(&newer).up(&database.url).await.expect("it is applied");
        newer.file("versions/2_step.down.sql", one_by_one(database.dialect, &["drop table c", "drop table nowhere"]));
        migrations(&newer).down(&database.url, Target::Back(1)).await.expect_err("it is cut off");
        database.sql("delete from dunlin_statements where n = 2");
        let older = Project::new();
        older.migration("1_first", "create table first (n integer);", "drop table first;");
        let report = migrations(&older).up(&database.url).await.expect("it goes on");
        assert_eq!(names(&report), ["2_step"]);
        assert!(!has(database, "a") && has(database, "first"));
        assert_eq!(database.sql("select id from dunlin_migrations"), "1");
    }
}
