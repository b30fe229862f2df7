//! What files made of scratch databases is kept, and believed as long as nothing of it changed.

use super::{birds, command};
use crate::support::database::Database;
use crate::support::project::Project;

#[test]
fn a_scratch_database_is_made_once_for_the_same_files_on_the_same_server() {
    let databases = [Database::postgres(), Database::mysql(), Some(Database::sqlite())];
    for database in databases.into_iter().flatten() {
        let project = birds();
        project.file("schema.sql", "create table bird (id integer primary key, name text);\n");
        let diff = |cache: &str| {
            let run = command(&project, "diff --format json").variable("DATABASE_URL", database.superuser_url());
            let run = run.variable("XDG_CACHE_HOME", project.path().join(cache)).run().expect_code(0);
            run.stdout
        };
        let first = diff("cache");
        assert!(first.contains("\"removed\""), "{first}");
        assert_eq!(kept(&project), 2);
        assert_eq!(diff("cache"), first);
        assert_eq!(kept(&project), 2, "nothing was made anew");

        project.file("schema.sql", "create table bird (id integer primary key, name text, wings integer);\n");
        let second = diff("cache");
        assert_eq!(second, diff("elsewhere"));
        assert_eq!(kept(&project), 3);
        project.migration("0004_nest", "create table nest (id integer primary key);\n", "drop table nest;\n");
        assert_eq!(diff("cache"), diff("elsewhere"));
        assert_eq!(kept(&project), 4);

        // What cannot be read is made anew.
        for file in project.files().iter().filter(|file| file.starts_with("cache/")) {
            project.file(file, "nonsense");
        }
        assert_eq!(diff("cache"), diff("elsewhere"));
        project.file("dunlin.toml", "[schema]\ncache = false\n");
        let settled = diff("third");
        assert_eq!(settled, diff("cache"));
        assert!(!project.path().join("third").exists());
    }
}

fn kept(project: &Project) -> usize {
    project.files().iter().filter(|file| file.starts_with("cache/dunlin/")).count()
}
