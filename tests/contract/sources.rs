//! Where migrations come from, and how large they may be.

use std::fmt::Write;

use dunlin::{Dialect, Error, Migrations, Target};
use include_dir::{Dir, include_dir};

use super::birds::bird;
use super::{has, migrations, names, step_failure};
use crate::support::database::Database;

static INCLUDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/fixtures/contract/included");

engines! {
    async fn a_directory_in_the_binary_is_a_source(database: &Database) {
        let migrations = Migrations::included(&INCLUDED);
        assert_eq!(names(&migrations.up(&database.url).await.expect("it is applied")), ["1_bird", "2_nest"]);
        assert!(migrations.verify(&database.url).await.expect("findings").is_empty());
        migrations.down(&database.url, Target::Base).await.expect("it is reverted");
        assert!(!has(database, "bird"));
    }

    async fn a_file_for_one_engine_stands_in_place_of_the_general_one(database: &Database) {
        let project = bird();
        for dialect in Dialect::ALL {
            project.file(&format!("versions/1_bird.{dialect}.up.sql"), format!("create table bird_of_{dialect} (id int);"));
            project.file(&format!("versions/1_bird.{dialect}.down.sql"), format!("drop table bird_of_{dialect};"));
        }
        migrations(&project).up(&database.url).await.expect("it is applied");
        assert!(has(database, &format!("bird_of_{}", database.dialect)) && !has(database, "bird"));
        migrations(&project).down(&database.url, Target::Base).await.expect("it is reverted");
        assert!(!has(database, &format!("bird_of_{}", database.dialect)));
    }

    async fn a_directive_that_is_not_for_this_engine_does_no_harm(database: &Database) {
        let project = bird();
        let text = "-- dunlin: foreign-keys off\n-- dunlin: lock-timeout 5s\n-- dunlin: statement-timeout 5s\n\
                    insert into bird values (1, 'wren');\ninsert into bird values (2, 'heron');";
        project.migration("2_wren", text, &text.replace("insert into bird values (1, 'wren')", "delete from bird"));
        migrations(&project).up(&database.url).await.expect("it is applied");
        assert_eq!(database.sql("select count(*) from bird"), "2");
        migrations(&project).down(&database.url, Target::Back(1)).await.expect("it is reverted");
    }

    async fn a_byte_order_mark_and_line_ends_of_windows_are_nothing(database: &Database) {
        let project = bird();
        let text = "\u{feff}-- dunlin: transaction none\r\ninsert into bird\r\nvalues (1, 'wren');\r\ninsert into brid values (2, 'a');\r\n";
        project.migration("2_wren", text, "delete from bird;");
        let failure = step_failure(migrations(&project).up(&database.url).await);
        assert_eq!(failure.location.map(|location| location.line), Some(4), "{failure}");
        let other = bird();
        other.migration("2_wren", &text.replace("-- dunlin: transaction none", "--").replace("brid", "bird"), "\u{feff}delete from bird;\r\n");
        let Some(database) = Database::new(database.dialect) else { return };
        migrations(&other).up(&database.url).await.expect("it is applied");
        migrations(&other).down(&database.url, Target::Base).await.expect("it is reverted");
    }

    async fn a_large_file_is_applied_and_stored(database: &Database) {
        let project = bird();
        let mut text = String::with_capacity(6_000_000);
        let mut rows = 0;
        while text.len() < 5_000_000 {
            text.push_str("insert into bird values ");
            for n in 0..500 {
                rows += 1;
                let comma = if n == 0 { "" } else { ",\n" };
                write!(text, "{comma}({rows}, 'it''s bird {rows}')").expect("a string takes text");
            }
            text.push_str(";\n");
        }
        project.migration("2_many", &text, "delete from bird;");
        assert_eq!(migrations(&project).up(&database.url).await.expect("it is applied").steps.len(), 2);
        assert_eq!(database.sql("select count(*) from bird"), rows.to_string());
        assert_eq!(database.sql("select length(up_sql) from dunlin_migrations where id = '2'"), text.len().to_string());
        assert!(migrations(&project).verify(&database.url).await.expect("findings").is_empty());
    }

    async fn faulty_files_are_told_together_and_nothing_is_sent(database: &Database) {
        let project = bird();
        project.file("versions/1_twice.up.sql", "select 1;").file("versions/odd name.sql", "select 1;");
        project.file("versions/3_latin.up.sql", b"select '\xe9';").file("versions/3_latin.down.sql", "select 1;");
        project.migration("4_typo", "-- dunlin: transacton none\nselect 1;", "select 1;");
        let error = migrations(&project).up("postgres://nobody@127.0.0.1:1/nowhere").await.expect_err("it is refused");
        let said = error.to_string();
        assert!(matches!(error, Error::Files(_)), "{said}");
        for file in ["1_twice", "odd name.sql", "3_latin.up.sql", "4_typo.up.sql:1"] {
            assert!(said.contains(file), "{file} is not in {said}");
        }
        assert!(said.contains("did you mean `transaction`?"), "{said}");
        migrations(&project).status(&database.url).await.expect_err("reading refuses as well");
        assert!(!has(database, "dunlin_migrations"));
    }
}

#[tokio::test]
async fn a_lock_file_in_the_binary_is_held_against_the_files() {
    static EDITED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/fixtures/contract/edited");
    let database = Database::sqlite();
    let error = Migrations::included(&EDITED).up(&database.url).await.expect_err("a sealed file was edited");
    assert!(matches!(&error, Error::Files(_)) && error.to_string().contains("1_bird.up.sql"), "{error}");
}
