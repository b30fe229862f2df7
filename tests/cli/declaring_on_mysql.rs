//! `new --auto` on MySQL where it is more than pairs of schemas.

use super::on;
use crate::support::database::Database;
use crate::support::project::Project;

#[test]
fn an_event_whose_time_moves_is_named_and_left_alone_when_it_is_ignored() {
    let Some(database) = Database::mysql() else { return };
    let project = Project::new();
    let made = "create table t (a int);\ncreate event once on schedule at now() + interval 1 day do delete from t;\n";
    project.file("versions/0001_made.up.sql", made);
    project.file("versions/0001_made.down.sql", "drop event once;\ndrop table t;\n");
    project.file("schema.sql", "create table t (a int, b int);\n");
    let run = on(&project, &database);
    let said = run("new --auto -m more");
    assert!(said.contains("0001_made.up.sql:2 counts its time from when it is made"), "{said}");
    assert!(said.contains("--- exit 3") && !said.contains("wrote"), "{said}");
    project.file("dunlin.toml", "[schema]\nignore = ['once']\n");
    assert!(run("new --auto -m more").contains("wrote"));
}

#[test]
fn an_event_whose_time_moved_and_stays_since_is_compared() {
    let Some(database) = Database::mysql() else { return };
    let project = Project::new();
    let at = "at '2036-01-01 00:00:00'";
    let made = "create event once on schedule at now() + interval 1 day do set @a = 1;\n";
    project.migration("0001_made", made, "drop event once;\n");
    project.migration("0002_stays", &format!("alter event once on schedule {at};\n"), "select 1;\n");
    project.file("schema.sql", format!("create event once on schedule {at} do set @a = 1;\n"));
    let said = on(&project, &database)("new --auto -m more");
    assert!(said.contains("nothing to write"), "{said}");
}
