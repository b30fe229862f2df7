//! What is decided, in small worlds, which `given.rs` makes. `names.rs` is about what targets mean, `ways.rs` about what
//! goes up and down, `places.rs` about where a database is and what a range holds.

mod given;
mod names;
mod places;
mod squashes;
mod unfinished;
mod ways;

use std::sync::Arc;

use expect_test::expect;
use given::{answer, asked, chain, check, history, migrations, to, up};
pub(in crate::plan) use given::{graph, row, rows};

use super::*;
use crate::dialect::Dialect;
use crate::graph::{Revision, Revisions};
use crate::migration::Migration;

#[test]
fn what_is_pending_is_applied_in_order() {
    let migrations = chain(3);
    let rows = rows(&migrations);
    check(
        &migrations,
        &[],
        &up(),
        &expect![[r#"
        up 1_a
        up 2_b
        up 3_c"#]],
    );
    check(&migrations, &rows[..2], &up(), &expect!["up 3_c"]);
    check(&migrations, &rows, &up(), &expect!["nothing to do: nothing is pending"]);
    check(&migrations, &rows[..1], &to("+1"), &expect!["up 2_b"]);
    check(
        &migrations,
        &[],
        &to("2"),
        &expect![[r#"
        up 1_a
        up 2_b"#]],
    );
}

#[test]
fn the_last_applied_is_reverted_first() {
    let migrations = chain(3);
    let rows = rows(&migrations);
    check(&migrations, &rows, &to("-1"), &expect!["down 3_c"]);
    check(
        &migrations,
        &rows,
        &to("base"),
        &expect![[r#"
        down 3_c
        down 2_b
        down 1_a"#]],
    );
    check(
        &migrations,
        &rows,
        &to("1"),
        &expect![[r#"
        down 3_c
        down 2_b"#]],
    );
    check(&migrations, &rows[..2], &to("-3"), &expect!["error: 2 migrations are applied, not 3"]);
    check(&migrations, &[], &to("-1"), &expect!["nothing to do: nothing is applied"]);
    check(
        &migrations,
        &rows[..1],
        &Goal::down(Target::Migration("3".into())),
        &expect![[r#"
        error: `3` is not applied
        hint: `dunlin status` lists them"#]],
    );
    check(
        &migrations,
        &rows,
        &Goal::up(Target::Base),
        &expect!["nothing to do: every database is at `base` or past it"],
    );
}

#[test]
fn a_name_that_is_near_is_suggested_and_one_that_is_unclear_listed() {
    let migrations =
        migrations(&[("20260101_create_users.sql", "select 1"), ("20260102_create_orders.sql", "select 1")]);
    check(&migrations, &[], &to("create_user"), &expect!["up 20260101_create_users"]);
    check(
        &migrations,
        &[],
        &to("2026010"),
        &expect!["error: `2026010` could be `20260101_create_users` and `20260102_create_orders`"],
    );
    check(&migrations, &[], &to("create_users"), &expect!["up 20260101_create_users"]);
}

#[test]
fn an_edit_that_matters_refuses_and_one_that_does_not_is_noted() {
    let before =
        migrations(&[("1_a.sql", "create table wings (\n  id integer primary key\n);\n"), ("2_b.sql", "select 1;")]);
    let edited =
        migrations(&[("1_a.sql", "create table wings (\n  id bigint primary key\n);\n"), ("2_b.sql", "select 1;")]);
    let cosmetic = migrations(&[
        ("1_a.sql", "-- licence\ncreate table wings (id integer primary key);"),
        ("2_b.sql", "select 1;"),
    ]);
    let applied = &rows(&before)[..1];
    check(
        &edited,
        applied,
        &up(),
        &expect![[r#"
            error: versions/1_a.sql was edited after it was applied on 2026-03-02
              applied  b3:25afcd11c02514b3c7ee715c31b1fc57044ad19a128d0ebbdffcb676ce53f31f
              in file  b3:99d3c00bbb3e23624432cb57c33e679f9f77a64cbd87adcf0c1677c373d07816
              @@ -1,3 +1,3 @@
               create table wings (
              -  id integer primary key
              +  id bigint primary key
               );
            hint: restore the file with `dunlin restore 1`, or accept the edit with `dunlin lock --accept 1 --reason "…"`, or put the change in a new migration: `dunlin new <slug>`; in a database of your own, `dunlin redo` runs it anew"#]],
    );
    check(
        &cosmetic,
        applied,
        &up(),
        &expect![[r#"
        note: versions/1_a.sql was edited after it was applied, in comments or white space only
        up 2_b"#]],
    );
}

#[test]
fn all_findings_are_reported_together() {
    let before = chain(4);
    let mut applied = rows(&before);
    given::unfinished(
        &mut applied[3],
        "create table d (i int);\ncreate index di on d (i);\n",
        "done:recorded started:unsure",
    );
    applied.remove(1);
    let now = migrations(&[
        ("1_a.up.sql", "select 'edited';\n"),
        ("1_a.down.sql", "select 'down 1';\n"),
        ("2_b.up.sql", "select 'up 2';\n"),
        ("3_other.up.sql", "select 'up 3';\n"),
        ("3_other.down.sql", "select 'down, edited';\n"),
    ]);
    check(
        &now,
        &applied,
        &up(),
        &expect![[r#"
            error: versions/1_a.up.sql was edited after it was applied on 2026-03-02
              applied  b3:cc31351818fd888b4cc7112e9815f402ade9488d37047f067e15385f71f4c553
              in file  b3:b937b1e78cab80e0877b23a054883dc2bb826cb3a5275228cb227013a658729d
              @@ -1 +1 @@
              -select 'up 1';
              +select 'edited';
            4_d began to go up and did not end: nothing shows whether statement 2 took effect
              statement 1 (line 1): in place: create table d (i int)
              statement 2 (line 2): begun, perhaps in place: create index di on d (i)
            versions/2_b.up.sql is pending, and `3_other` after it is applied
            hint: restore the file with `dunlin restore 1`, or accept the edit with `dunlin lock --accept 1 --reason "…"`, or put the change in a new migration: `dunlin new <slug>`; in a database of your own, `dunlin redo` runs it anew
            hint: look, and go on with `dunlin resume --done 2` if it is in place, or `dunlin resume --redo 2` if not; `dunlin mark 4 applied --reason "…"` or `… reverted …` settles it as a whole
            hint: give it an id and `revises` behind what is applied, or apply it now with `--allow-out-of-order`"#]],
    );
}

#[test]
fn a_reverted_edit_does_not_stand_in_the_way_down_and_the_stored_sql_leads_there() {
    let before = chain(2);
    let edited = migrations(&[
        ("1_a.up.sql", "select 'up 1';\n"),
        ("1_a.down.sql", "select 'down 1';\n"),
        ("2_b.up.sql", "select 'edited up';\n"),
        ("2_b.down.sql", "select 'edited down';\n"),
    ]);
    let plan = plan(&edited, &rows(&before), &to("-1"), &Policy::default()).unwrap();
    assert_eq!(plan.steps[0].migration.down.as_ref().unwrap().text, "select 'down 2';\n");
}

#[test]
fn a_row_that_was_changed_by_hand_refuses_whatever_else_it_looks_like() {
    let migrations = chain(2);
    let mut applied = rows(&migrations);
    applied[1].up_checksum = applied[0].up_checksum;
    check(
        &migrations,
        &applied,
        &up(),
        &expect![[r#"
            error: the row of `2_b` was altered: its SQL does not have the checksum beside it
            hint: `dunlin repair checksums` shows what differs, and makes it fit"#]],
    );
}

#[test]
fn an_older_binary_tells_ahead_from_missing() {
    let all = chain(4);
    let applied = rows(&all);
    let older = chain(2);
    check(
        &older,
        &applied,
        &up(),
        &expect![[r#"
            note: the database is ahead: it has `3_c`, unknown here
            note: the database is ahead: it has `4_d`, unknown here
            nothing to do: nothing is pending"#]],
    );
    check(
        &older,
        &applied,
        &to("2"),
        &expect![[r#"
        note: the database is ahead: it has `3_c`, unknown here
        note: the database is ahead: it has `4_d`, unknown here
        down 4_d
        down 3_c"#]],
    );
    let mut breaking = applied.clone();
    breaking[3].breaking = true;
    check(
        &older,
        &breaking,
        &up(),
        &expect![[r#"
        error: the database is newer: `4_d`, unknown here, forbids older binaries to run
        hint: deploy a binary that knows it, or take the database back with `dunlin down`"#]],
    );
    let mut elsewhere = applied;
    elsewhere[2].parents = vec!["1".parse().unwrap()];
    check(
        &older,
        &elsewhere,
        &up(),
        &expect![[r#"
            error: `3_c` is applied, and there is no file of it here
            `4_d` is applied, and there is no file of it here
            hint: restore the file with `dunlin restore 3` (another git branch may have it); if the binary is older than the database, build it anew; to go on without it, `--allow-missing`, or for good `dunlin repair missing --reason "…" --yes`"#]],
    );
}

#[test]
fn an_irreversible_migration_on_the_way_refuses_the_whole_way() {
    let migrations = migrations(&[
        ("1_a.sql", "-- dunlin: irreversible the passwords are gone\nselect 1;"),
        ("2_b.up.sql", "select 1;"),
        ("2_b.down.sql", "select 1;"),
    ]);
    check(
        &migrations,
        &rows(&migrations),
        &to("base"),
        &expect![[r#"
        error: `1_a` is irreversible: the passwords are gone
        hint: nothing was reverted; stop above it with `dunlin down <id>`, or write a new migration"#]],
    );
    check(&migrations, &rows(&migrations), &to("-1"), &expect!["down 2_b"]);
}

#[test]
fn what_was_in_a_database_before_is_never_reverted_there() {
    let migrations = migrations(&[
        ("1_a.up.sql", "select 1;"),
        ("1_a.down.sql", "select 1;"),
        ("2_b.up.sql", "select 1;"),
        ("2_b.down.sql", "select 1;"),
    ]);
    let mut rows = rows(&migrations);
    rows[0].kind = Kind::Baseline;
    check(
        &migrations,
        &rows,
        &to("base"),
        &expect![[r#"
        error: `1_a` is irreversible: it stands for what was in this database before
        hint: nothing was reverted; stop above it with `dunlin down <id>`, or write a new migration"#]],
    );
    check(&migrations, &rows, &to("-1"), &expect!["down 2_b"]);
}

#[test]
fn an_accepted_edit_heals_the_row() {
    let before = migrations(&[("1_a.sql", "select 1;")]);
    let after = Arc::unwrap_or_clone(migrations(&[("1_a.sql", "select 2;")]).iter().next().unwrap().clone());
    let accepted = Migration { was: vec![before.iter().next().unwrap().up.checksum], ..after };
    let revisions = Arc::new(Revisions::new(before.revisions().iter().cloned().collect::<Vec<Revision>>()));
    let now = Migrations::new(before.set().clone(), Dialect::Sqlite, vec![accepted], revisions);
    check(
        &now,
        &rows(&before),
        &up(),
        &expect![[r#"
            note: versions/1_a.sql was edited after it was applied, and the lock file accepts the edit
            heal 1_a
            nothing to do: nothing is pending"#]],
    );
}

#[test]
fn two_heads_need_a_word() {
    let migrations = migrations(&[
        ("1_a.sql", "-- dunlin: revises base\nselect 1;"),
        ("2_b.sql", "-- dunlin: revises 1\nselect 1;"),
        ("3_c.sql", "-- dunlin: revises 1\nselect 1;"),
    ]);
    check(
        &migrations,
        &[],
        &up(),
        &expect![[r#"
            error: there are 2 heads: `2_b` and `3_c`
            hint: apply all of them with `dunlin up heads`, or one with `dunlin up <id>`; `dunlin merge` joins them for good, and `dunlin rebase` puts one behind the other"#]],
    );
    check(
        &migrations,
        &[],
        &to("heads"),
        &expect![[r#"
        up 1_a
        up 2_b
        up 3_c"#]],
    );
    check(
        &migrations,
        &[],
        &to("3"),
        &expect![[r#"
        up 1_a
        up 3_c"#]],
    );
}
