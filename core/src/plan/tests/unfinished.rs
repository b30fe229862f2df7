//! Steps that began outside a transaction and did not end.

use expect_test::expect;

use super::given::{chain, check, migrations, rows, shown, unfinished, up};
use super::*;

const TWO: &str = "create table d (i int);\ninsert into d values (1);\n";

/// Three migrations, of which the database has two, the second unfinished, with the file that it has now.
fn world(file: &str, journal: &str) -> (Migrations, Vec<Applied>) {
    let now = migrations(&[("1_a.sql", "select 'up 1';\n"), ("2_b.sql", file), ("3_c.sql", "select 'up 3';\n")]);
    let mut rows: Vec<Applied> = rows(&now).into_iter().take(2).collect();
    unfinished(&mut rows[1], TWO, journal);
    (now, rows)
}

fn with(resume: Resume, (migrations, rows): &(Migrations, Vec<Applied>)) -> String {
    let policy = Policy { unfinished: resume, ..Policy::default() };
    match plan(migrations, rows, &up(), &policy) {
        Ok(plan) => {
            let journal: Vec<&str> = plan.resumptions[0].journal.iter().map(|entry| entry.state.as_str()).collect();
            format!("{} then {}", journal.join(" "), plan.steps.len())
        }
        Err(error) => error.to_string().lines().next().unwrap().to_owned(),
    }
}

#[test]
fn an_interrupted_step_goes_on_and_the_rest_of_the_way_follows() {
    let (migrations, rows) = world(TWO, "done:schema started:recorded");
    check(
        &migrations,
        &rows,
        &up(),
        &expect![[r#"
            note: versions/2_b.sql began to go up and did not end
              statement 1 (line 1): in place: create table d (i int)
              statement 2 (line 2): begun, not in place: insert into d values (1)
            finish up 2_b behind 1
            up 3_c"#]],
    );
}

#[test]
fn a_step_that_was_being_reverted_is_reverted_before_anything_else() {
    let migrations = chain(2);
    let mut rows = rows(&migrations);
    rows[1].state = State::Reverting;
    check(
        &migrations,
        &rows,
        &up(),
        &expect![[r#"
            note: versions/2_b.down.sql began to go down and did not end
            finish down 2_b behind 0
            up 2_b"#]],
    );
}

#[test]
fn a_statement_that_failed_waits_for_a_word() {
    let world = world(TWO, "done:schema failed:recorded");
    assert_eq!(
        with(Resume::Interrupted, &world),
        "versions/2_b.sql began to go up and did not end: statement 2 failed: it is a test"
    );
    assert_eq!(with(Resume::Failed, &world), "done failed then 1");
    assert_eq!(with(Resume::Done(2), &world), "done done then 1");
}

#[test]
fn a_statement_that_nothing_shows_waits_for_an_answer() {
    let world = world(TWO, "done:schema started:unsure");
    for resume in [Resume::Interrupted, Resume::Failed, Resume::Done(1)] {
        assert_eq!(
            with(resume, &world),
            "versions/2_b.sql began to go up and did not end: nothing shows whether statement 2 took effect"
        );
    }
    assert_eq!(with(Resume::Done(2), &world), "done done then 1");
    assert_eq!(with(Resume::Redo(2), &world), "done failed then 1");
}

#[test]
fn only_the_next_statement_can_be_settled() {
    let world = world(TWO, "done:schema failed:recorded");
    for (resume, named) in [(Resume::Redo(1), 1), (Resume::Done(1), 1), (Resume::Done(3), 3)] {
        let expected = format!(
            "versions/2_b.sql began to go up and did not end: statement {named} is not in question, statement 2 is the next to run"
        );
        assert_eq!(with(resume, &world), expected);
    }
}

#[test]
fn what_is_in_place_must_stand_as_it_ran_and_the_rest_may_change() {
    let mended = "create  table d (i int); -- as before\ninsert into d values (2);\nselect 3;\n";
    assert_eq!(with(Resume::Interrupted, &world(mended, "done:schema started:recorded")), "done started then 1");
    let (migrations, rows) = world("create table d (i bigint);\ninsert into d values (1);\n", "done:schema");
    expect![[r#"
        error: versions/2_b.sql began to go up and did not end: statement 1 is in place, or may be, and the file was edited there
          @@ -1,2 +1,2 @@
          -create table d (i int);
          +create table d (i bigint);
           insert into d values (1);
          statement 1 (line 1): in place: create table d (i int)
        hint: put that statement back as it ran (`dunlin restore 2` writes the file that ran); what comes behind it may change; `dunlin mark 2 applied --reason "…"` or `… reverted …` settles it as a whole"#]]
    .assert_eq(&shown(&migrations, &rows, &up()));
    let shortened = world("-- nothing\nselect 1;", "done:schema done:recorded");
    assert!(with(Resume::Failed, &shortened).contains("statement 1 is in place"));
    let edited = world("create table d (i bigint);", "started:schema");
    assert!(with(Resume::Failed, &edited).contains("statement 1 is in place"), "perhaps it is");
}

#[test]
fn what_a_session_knew_is_not_known_to_the_next() {
    let last_key = "insert into c values (1);\ninsert into d values (last_insert_rowid());\n";
    let (migrations, mut rows) = world(last_key, "");
    unfinished(&mut rows[1], last_key, "done:recorded");
    let lost = (migrations, rows);
    assert_eq!(
        with(Resume::Failed, &lost),
        "versions/2_b.sql began to go up and did not end: statement 2 may need what was in a session that is gone"
    );
    assert_eq!(with(Resume::Redo(2), &lost), "done then 1");
    assert_eq!(with(Resume::Done(2), &lost), "done done then 1");
    let temporary = "create temp table d (i int);\ninsert into d values (1);\n";
    let (migrations, mut rows) = world(temporary, "");
    unfinished(&mut rows[1], temporary, "done:schema started:recorded");
    assert!(with(Resume::Interrupted, &(migrations, rows)).contains("statement 2 may need"));
}

#[test]
fn what_no_file_has_is_finished_with_the_stored_sql() {
    let (_, rows) = world(TWO, "done:schema");
    let older = migrations(&[("1_a.sql", "select 'up 1';\n")]);
    let plan = plan(&older, &rows, &up(), &Policy::default()).unwrap();
    assert_eq!(plan.resumptions[0].step.migration.up.text, TWO);
    assert!(plan.steps.is_empty());
}

#[test]
fn resuming_alone_finishes_and_plans_nothing_else() {
    let (migrations, rows) = world(TWO, "done:schema started:recorded");
    let plan = resume(&migrations, &rows, &Policy::default()).unwrap();
    assert_eq!((plan.resumptions.len(), plan.steps.len()), (1, 0));
    let whole = chain(1);
    let plan = resume(&whole, &given::rows(&whole), &Policy::default()).unwrap();
    assert_eq!((plan.is_empty(), plan.nothing_to_do), (true, Some(NothingToDo::NothingUnfinished)));
}
