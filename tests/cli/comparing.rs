//! `diff` with a database on one side: what no migration made is nobody's business.

use expect_test::expect;

use super::{birds, run, session};

#[test]
fn tables_that_no_migration_made_are_named_and_not_shown_as_different() {
    let project = birds();
    run(&project, "up");
    let url = format!("sqlite:{}", project.path().join("app.db").display());
    crate::schema::sqlite::execute(&url, "create table of_others (x); create view seen as select x from of_others");
    project.migration(
        "0004_no_egg",
        "-- dunlin: revises 0003\n\ndrop table egg;\n",
        "create table egg (id integer primary key);\n",
    );
    session(
        &project,
        [
            "diff --from sqlite:app.db --to versions",
            "diff --to sqlite:app.db",
            "diff --from sqlite:app.db --to versions --sql",
            "diff --to sqlite:app.db --format json",
            "diff --from sqlite:app.db --to versions --check",
        ],
        &expect![[r#"
            $ dunlin diff --from sqlite:app.db --to versions
            - table egg
            --- stderr
            note: none of these migrations made `table of_others` and `view seen`, so nothing is said about that
            --- exit 0

            $ dunlin diff --to sqlite:app.db
            + table egg
            --- stderr
            note: none of these migrations made `table of_others` and `view seen`, so nothing is said about that
            --- exit 0

            $ dunlin diff --from sqlite:app.db --to versions --sql
            -- dunlin: foreign-keys off
            -- loses data: table egg is dropped

            drop table egg;
            --- exit 0

            $ dunlin diff --to sqlite:app.db --format json
            {
              "version": 1,
              "changes": [
                {
                  "attributes": [],
                  "change": "added",
                  "kind": "table",
                  "name": "egg"
                },
                {
                  "attributes": [],
                  "change": "added",
                  "kind": "column",
                  "name": "egg.id"
                }
              ],
              "fingerprints": {
                "from": "[checksum]",
                "to": "[checksum]"
              },
              "refused": null,
              "renames": [],
              "sql": "create table egg (id integer primary key);\n",
              "strangers": [
                "table of_others",
                "view seen"
              ]
            }
            --- exit 0

            $ dunlin diff --from sqlite:app.db --to versions --check
            - table egg
            --- stderr
            note: none of these migrations made `table of_others` and `view seen`, so nothing is said about that
            --- exit 8
        "#]],
    );
}
