//! What cannot be read as a declaration or as a database, and is no empty one.

use expect_test::expect;

use super::{birds, run};

#[test]
fn what_is_nearly_a_directive_is_a_fault_in_a_schema_and_in_a_migration() {
    let project = birds();
    let mut session = Vec::new();
    for comment in [
        "-- dunlin rename column bird.name -> title",
        "-- Dunlin: rename column bird.name -> title",
        "--  DUNLIN  Rename: column bird.name -> title",
        "-- dunlin transaction none",
        "-- dunlin writes the migrations",
        "-- dunlins rename nothing",
    ] {
        let text = format!(
            "\n{comment}\ncreate table bird (id integer primary key, name text);\ncreate table egg (id integer primary key);\n"
        );
        project.file("schema.sql", &text).migration(
            "0004_nest",
            &text.replace("table ", "table if not exists "),
            "select 1;\n",
        );
        session.push(comment.to_owned());
        session.push(run(&project, "status").snapshot());
        project.remove("versions/0004_nest.up.sql").remove("versions/0004_nest.down.sql");
        session.push(run(&project, "diff").snapshot());
    }
    expect![[r#"
        -- dunlin rename column bird.name -> title
        $ dunlin status
        --- stderr
        error: versions/0004_nest.up.sql:2:1: write a directive as `-- dunlin: <key> [value]`
        --- exit 3

        $ dunlin diff
        --- stderr
        error: schema.sql:2:1: write a directive as `-- dunlin: rename <what> <old> -> <new>`
        --- exit 3

        -- Dunlin: rename column bird.name -> title
        $ dunlin status
        --- stderr
        error: versions/0004_nest.up.sql:2:1: write a directive as `-- dunlin: <key> [value]`
        --- exit 3

        $ dunlin diff
        --- stderr
        error: schema.sql:2:1: write a directive as `-- dunlin: rename <what> <old> -> <new>`
        --- exit 3

        --  DUNLIN  Rename: column bird.name -> title
        $ dunlin status
        --- stderr
        error: versions/0004_nest.up.sql:2:1: write a directive as `-- dunlin: <key> [value]`
        --- exit 3

        $ dunlin diff
        --- stderr
        error: schema.sql:2:1: write a directive as `-- dunlin: rename <what> <old> -> <new>`
        --- exit 3

        -- dunlin transaction none
        $ dunlin status
        --- stderr
        error: versions/0004_nest.up.sql:2:1: write a directive as `-- dunlin: <key> [value]`
        --- exit 3

        $ dunlin diff
        --- stderr
        error: schema.sql:2:1: write a directive as `-- dunlin: rename <what> <old> -> <new>`
        --- exit 3

        -- dunlin writes the migrations
        $ dunlin status
        state    migration  applied at (UTC)
        pending  0001_bird
        pending  0002_name
        pending  0003_egg
        pending  0004_nest

        4 migrations: 0 applied, 4 pending; the database is at base
        --- exit 0

        $ dunlin diff
        there is no difference
        --- exit 0

        -- dunlins rename nothing
        $ dunlin status
        state    migration  applied at (UTC)
        pending  0001_bird
        pending  0002_name
        pending  0003_egg
        pending  0004_nest

        4 migrations: 0 applied, 4 pending; the database is at base
        --- exit 0

        $ dunlin diff
        there is no difference
        --- exit 0
    "#]]
    .assert_eq(&session.join("\n"));
}
