//! What a script owes to the client of one engine, and to what files and people set on a session.

use dunlin::{Dialect, Error, Goal, ScriptError, Target};

use super::{feed, script};
use crate::contract::birds::{bird, birds};
use crate::contract::{has, migrations};
use crate::support::database::Database;
use crate::support::project::Project;

#[tokio::test]
async fn what_files_set_on_the_session_ends_with_them() {
    let meddling = [
        (Dialect::Postgres, "select pg_catalog.set_config('search_path', '', false);"),
        (Dialect::Postgres, "set role pg_monitor;"),
        (
            Dialect::Postgres,
            "set standard_conforming_strings = off; set client_encoding = 'LATIN1'; set statement_timeout = 1;",
        ),
        (Dialect::Mysql, "set names latin1; set sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES';"),
        (Dialect::Mysql, "lock tables bird write;"),
        (Dialect::Mysql, "set foreign_key_checks = 0, time_zone = '+09:00', collation_connection = 'utf8mb4_bin';"),
    ];
    for (dialect, meddling) in meddling {
        let Some(database) = Database::new(dialect).filter(Database::has_client) else { continue };
        if meddling.contains("role") {
            let owner = database.sql("select current_user");
            database.superuser_sql(&format!("grant pg_monitor to {owner}"));
        }
        let project = bird();
        project.migration("2_meddling", meddling, "select 1;");
        project.migration("3_outside", &format!("-- dunlin: transaction none\n{meddling}\nselect 1;"), "select 1;");
        project.migration(
            "4_nächste",
            "insert into bird values (1, 'a\\\\b \"é\" 🐦');\ncreate table nest (id int);",
            "select 1;",
        );
        let migrations = migrations(&project);
        feed(&database, &script(&migrations, dialect, "up :"));
        assert_eq!(database.sql("select name from bird"), "a\\\\b \"é\" 🐦", "{meddling}");
        assert!(has(&database, "nest"), "{meddling}");
        assert!(migrations.verify(&database.url).await.expect("findings").is_empty(), "{meddling}");
        assert!(migrations.up(&database.url).await.expect("nothing is pending").steps.is_empty(), "{meddling}");
        migrations.history(&database.url).await.expect("the log is whole");
    }
}

#[tokio::test]
async fn what_was_set_before_a_script_stays_set() {
    let Some(database) = Database::postgres() else { return };
    if !database.has_client() {
        return;
    }
    database.sql("create schema aviary");
    let project = birds();
    let migrations = migrations(&project);
    let script = script(&migrations, Dialect::Postgres, "up :");
    // As somebody who may be several, and has chosen who to be and where.
    let owner = database.sql("select quote_ident(current_user)");
    let script =
        format!("set role {owner};\nset search_path to aviary;\n{script}\ninsert into bird values (2, 'in aviary');\n");
    Database::feed_at(Dialect::Postgres, &database.superuser_url(), &script)
        .unwrap_or_else(|message| panic!("{message}"));
    assert_eq!(database.sql("select name from aviary.bird where id = 2"), "in aviary");
    assert_eq!(database.sql("select count(*) from aviary.dunlin_migrations"), "3");
    assert!(!has(&database, "public.dunlin_migrations"));
}

#[tokio::test]
async fn a_script_keeps_the_foreign_keys_of_sqlite() {
    let database = Database::sqlite();
    if !database.has_client() {
        return;
    }
    let project = Project::new();
    let tables = "create table p (id integer primary key);\n\
                  create table c (id integer primary key, p integer references p (id) on delete cascade);\n\
                  insert into p values (1);\ninsert into c values (1, 1);\n";
    project.migration("1_tables", tables, "drop table c;\ndrop table p;\n");
    let rebuild = "create table new_p (id integer primary key, name text);\ninsert into new_p (id) select id from p;\n\
                   drop table p;\nalter table new_p rename to p;\n";
    project.migration("2_rebuild", rebuild, "select 1;");
    let bare = migrations(&project);
    let message = database.feed(&script(&bare, Dialect::Sqlite, "up :")).expect_err("it would cascade");
    assert!(message.contains("write `-- dunlin: foreign-keys off`"), "{message}");
    assert!(!has(&database, "p"));

    project.file("versions/2_rebuild.up.sql", format!("-- dunlin: foreign-keys off\n{rebuild}"));
    let off = migrations(&project);
    feed(&database, &script(&off, Dialect::Sqlite, "up :"));
    assert_eq!(database.sql("select count(*) from c"), "1");
    project.migration("3_orphan", "-- dunlin: foreign-keys off\ndelete from p;\n", "select 1;");
    let message =
        database.feed(&script(&migrations(&project), Dialect::Sqlite, "up 2:")).expect_err("a row lacks its parent");
    assert!(message.contains("foreign_key_check finds rows without their parents"), "{message}");
    assert_eq!(database.sql("select count(*) from p"), "1");
    project.remove("versions/3_orphan.up.sql").remove("versions/3_orphan.down.sql");
    project.migration("4_orphan", "insert into c values (2, 2);\n", "select 1;");
    let message =
        database.feed(&script(&migrations(&project), Dialect::Sqlite, "up 2:")).expect_err("foreign keys are on");
    assert!(message.to_uppercase().contains("FOREIGN KEY"), "{message}");
}

#[test]
fn what_a_client_would_read_otherwise_is_refused() {
    let project = bird();
    project.migration("2_away", "select 1;\nuse other;\n", "select 1;");
    let refused = |engine| match migrations(&project).migrator().script(engine, &Target::Base, &Goal::up(Target::Head))
    {
        Err(Error::Script(error)) => error,
        other => panic!("it was to be refused, and it gave {other:?}"),
    };
    assert_eq!(
        refused(Dialect::Mysql).to_string().split_once("versions/").map(|(_, rest)| rest.to_owned()),
        Some("2_away.up.sql:2: `use` leads away from the database that a script is fed to".to_owned())
    );
    project.file("versions/2_away.up.sql", "select 4\n/\n2;");
    assert!(matches!(refused(Dialect::Sqlite), ScriptError::Terminator { line: 2, .. }));
}
