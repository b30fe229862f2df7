//! Variables: values that go into files that declare them.

use dunlin::core::plan::PlanError;
use dunlin::{Error, Target};

use super::{has, migrations, names, step_failure};
use crate::support::database::Database;
use crate::support::project::Project;

fn project() -> Project {
    let project = Project::new();
    project.migration("1_plain", "create table plain (text varchar(20) default '${table}');", "drop table plain;");
    project.migration(
        "2_bird",
        "-- dunlin: vars table, width\ncreate table ${table} (name varchar(${width}));\ninsert into ${table} values ('${table}');",
        "-- dunlin: vars table\ndrop table ${table};",
    );
    project
}

engines! {
    async fn values_go_into_files_that_declare_them_and_are_recorded(database: &Database) {
        let project = project();
        let migrations = migrations(&project);
        let migrator = |table: &str| {
            let variable = |name: &str| name.parse().expect("a name");
            migrations.migrator().var(variable("table"), table).var(variable("width"), "20").var(variable("unused"), "x")
        };
        assert_eq!(names(&migrator("wren").up(&database.url).await.expect("it is applied")), ["1_plain", "2_bird"]);
        assert_eq!(database.sql("select name from wren"), "wren");
        assert!(database.schema().contains("${table}"), "a file that declares nothing is left alone");

        // What is recorded is the file; the values stand in the log.
        assert!(database.sql("select up_sql from dunlin_migrations where id = '2'").contains("create table ${table}"));
        let events = migrations.history(&database.url).await.expect("the log can be read");
        assert!(!events[0].detail.contains("vars"), "{:?}", events[0]);
        assert!(events[1].detail.contains(r#""vars":{"table":"wren","width":"20"}"#), "{:?}", events[1]);

        // Other values are no edit, and nothing is pending needs none.
        assert!(migrations.up(&database.url).await.expect("nothing is pending").steps.is_empty());
        assert!(migrations.verify(&database.url).await.expect("it is verified").is_empty());
        assert_eq!(names(&migrator("wren").down(&database.url, Target::Back(1)).await.expect("it is reverted")), ["2_bird"]);
        assert!(!has(database, "wren"));
    }

    async fn a_missing_value_is_told_before_anything_runs(database: &Database) {
        let error = migrations(&project()).up(&database.url).await.expect_err("there are no values");
        let Error::Plan(PlanError::MissingValues(missing)) = &error else { panic!("{error}") };
        assert_eq!(missing.len(), 1);
        assert!(error.to_string().ends_with("versions/2_bird.up.sql needs a value for `table` and `width`"), "{error}");
        assert!(!has(database, "plain") && !has(database, "dunlin_migrations"));
    }

    async fn what_a_value_breaks_is_located_in_the_file(database: &Database) {
        let project = project();
        let migrations = migrations(&project);
        let width = ["table", "width"].map(|name| name.parse().expect("a name"));
        let [table, width] = width;
        let migrator = migrations.migrator().var(table, "wren").var(width, "no number");
        let failure = step_failure(migrator.up(&database.url).await);
        assert!(failure.file.ends_with("2_bird.up.sql"), "{failure}");
        assert_eq!(failure.location.map(|location| location.line), Some(2), "{failure}");
    }
}
