//! Tables that are made anew on SQLite, which can alter little of them.

use super::Place;
use crate::support::database::Database;

/// A table with a generated column, a view on it, and a table whose rows go when its rows go.
fn birds(database: &Database) -> Place<'_> {
    let place = Place::new(database, "a: base");
    let up = "-- dunlin: revises a\n\
              create table bird (id integer primary key, name text collate nocase, loud text as (upper(name)) stored);\n\
              create table egg (id integer primary key, bird integer references bird (id) on delete cascade);\n\
              create view loud_bird as select loud from bird;\n\
              insert into bird (id, name) values (1, 'wren');\ninsert into egg values (10, 1);\n";
    place.project.migration("b_birds", up, "drop view loud_bird;\ndrop table egg;\ndrop table bird;\n");
    place.ok(["up"]);
    place
}

/// Writes a migration that makes the table anew, without what may be null.
fn rebuild(place: &Place<'_>, directive: &str, before: &str, after: &str) {
    let up = format!(
        "-- dunlin: revises b\n{directive}{before}\
         create table new_bird (id integer primary key, name text collate nocase not null, loud text as (upper(name)) stored);\n\
         insert into new_bird (id, name) select id, name from bird;\n\
         drop table bird;\nalter table new_bird rename to bird;\n{after}"
    );
    place.project.migration("c_rebuild", &up, "select 1;");
}

/// Makes sure that nothing happened to the data.
fn untouched(place: &Place<'_>) {
    assert_eq!(place.database.sql("select egg.id, name, loud from egg join bird on bird.id = bird"), "10|wren|WREN");
    assert_eq!((place.database.sql("select * from loud_bird"), place.has("new_bird")), ("WREN".to_owned(), false));
}

const OFF: &str = "-- dunlin: foreign-keys off\n";
const DROP: &str = "drop view loud_bird;\n";
const CREATE: &str = "create view loud_bird as select loud from bird;\n";

#[test]
fn a_rebuild_that_would_delete_rows_of_other_tables_is_refused() {
    let database = Database::sqlite();
    let place = birds(&database);
    rebuild(&place, "", DROP, CREATE);
    let told = place.stops("up", 5);
    assert!(told.contains("rows of `egg`") && told.contains("-- dunlin: foreign-keys off"), "{told}");
    untouched(&place);
}

#[test]
fn a_rebuild_copes_with_views_and_generated_columns() {
    let database = Database::sqlite();
    let place = birds(&database);
    rebuild(&place, OFF, DROP, CREATE);
    place.ok(["up"]);
    untouched(&place);
    assert!(
        database.try_sql("insert into bird (id) values (2)").is_err(),
        "the new table is the one that was asked for"
    );
    assert_eq!(database.sql("select count(*) from bird where name = 'WREN'"), "1", "its collation is the author's");
}

#[test]
fn a_rebuild_that_fails_leaves_nothing_behind() {
    let database = Database::sqlite();
    let place = birds(&database);
    // The view is in the way.
    rebuild(&place, OFF, "", "");
    let told = place.stops("up", 5);
    assert!(told.contains("loud_bird") && told.contains("versions/c_rebuild.up.sql:6:1"), "{told}");
    untouched(&place);
    // The mended file meets nothing that the first attempt left.
    rebuild(&place, OFF, DROP, CREATE);
    place.ok(["up"]);
    untouched(&place);
}
