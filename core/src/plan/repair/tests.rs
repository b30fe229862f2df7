use expect_test::{Expect, expect};

use super::*;
use crate::checksum::Checksum;
use crate::dialect::Dialect;
use crate::directory::{Directory, Options, SourceFile, UpOnly};
use crate::plan::tests::{graph, row, rows};
use crate::text::diff;

/// Files `1_a.up.sql` and so on, each with its text.
fn files(texts: &[(&str, &str)]) -> Migrations {
    let source = |(name, text): &(&str, &str)| SourceFile {
        name: format!("{name}.sql").into(),
        text: (*text).to_owned().into(),
        checksum: None,
    };
    let options = Options { up_only: UpOnly::Allow, ..Options::default() };
    let directory = Directory::from_files("versions", texts.iter().map(source).collect(), None, options);
    directory.and_then(|directory| directory.migrations(Dialect::Sqlite)).unwrap()
}

const APPLIED: [(&str, &str); 4] =
    [("1_a.up", "select 1;\n"), ("1_a.down", "select -1;\n"), ("2_b.up", "select 2;\n"), ("2_b.down", "select -2;\n")];

fn shown(migrations: &Migrations, applied: &[Applied], kinds: &[RepairKind], names: &[&str]) -> String {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    let plan = match repair(migrations, applied, &Repair { kinds: kinds.to_vec(), names }) {
        Ok(plan) => plan,
        Err(error) => return format!("error: {error}"),
    };
    let mut lines: Vec<String> = Vec::new();
    for mend in &plan.mends {
        lines.push(format!("{} {}: {}", mend.row.name(), mend.cause.kind().as_str(), mend.cause.sentence()));
        for ColumnChange { column, from, to } in mend.changes() {
            let short =
                |text: &Option<String>| text.as_ref().map_or("null".to_owned(), |text| text.chars().take(7).collect());
            match (column, &from, &to) {
                ("up_sql" | "down_sql", from, to) => {
                    let text = |text: &Option<String>| text.clone().unwrap_or_default();
                    lines.extend(diff(&text(from), &text(to)).lines().skip(1).map(|line| format!("  {column} {line}")));
                }
                _ => lines.push(format!("  {column} {} → {}", short(&from), short(&to))),
            }
        }
    }
    lines.extend(plan.left.iter().map(|left| format!("left: {left}")));
    if lines.is_empty() { "nothing".to_owned() } else { lines.join("\n") }
}

#[expect(clippy::needless_pass_by_value, reason = "a test reads better so")]
fn check(migrations: &Migrations, applied: &[Applied], kinds: &[RepairKind], names: &[&str], expected: Expect) {
    expected.assert_eq(&shown(migrations, applied, kinds, names));
}

/// The history of `APPLIED`, and its files with other texts of some.
fn edited(edits: &[(&str, &str)]) -> (Migrations, Vec<Applied>) {
    let text = |(name, text): (&'static str, &'static str)| {
        let edit = edits.iter().find(|(of, _)| *of == name);
        (name, edit.map_or(text, |(_, edit)| edit).to_owned())
    };
    let now: Vec<(&str, String)> = APPLIED.into_iter().map(text).collect();
    let now: Vec<(&str, &str)> = now.iter().map(|(name, text)| (*name, &**text)).collect();
    (files(&now), rows(&files(&APPLIED)))
}

#[test]
fn a_sound_history_needs_nothing() {
    let (migrations, applied) = edited(&[]);
    check(&migrations, &applied, &[], &[], expect!["nothing"]);
    check(&migrations, &applied, &[RepairKind::Cosmetic], &["2"], expect!["left: `2_b` needs no such repair"]);
    check(&migrations, &applied[..1], &[RepairKind::Cosmetic], &["2"], expect!["error: `2_b` is not applied"]);
    check(&migrations, &applied, &[RepairKind::Cosmetic], &["9"], expect!["error: no migration is called `9`"]);
}

#[test]
fn rows_follow_comments_and_white_space_of_both_files() {
    let (migrations, applied) =
        edited(&[("1_a.up", "-- one\nselect 1;\n"), ("2_b.down", "select  -2;\n"), ("2_b.up", "select 22;\n")]);
    check(
        &migrations,
        &applied,
        &[RepairKind::Cosmetic],
        &[],
        expect![[r#"
        1_a cosmetic: its file differs in comments or white space
          up_checksum b3:cc64 → b3:61d7
          up_sql +-- one
          up_sql  select 1;
        2_b cosmetic: its file differs in comments or white space
          down_checksum b3:6e1b → b3:14b4
          down_sql -select -2;
          down_sql +select  -2;"#]],
    );
    check(&migrations, &applied, &[RepairKind::Missing], &[], expect!["nothing"]);
    check(
        &migrations,
        &applied,
        &[RepairKind::Checksums],
        &[],
        expect!["left: the file of `2_b` does something else than what was applied"],
    );
    let (migrations, applied) = edited(&[("1_a.up", "-- dunlin: breaking\nselect 1;\n")]);
    check(
        &migrations,
        &applied,
        &[],
        &[],
        expect![[r#"
        1_a cosmetic: its file differs in comments or white space
          up_checksum b3:cc64 → b3:02d9
          up_sql +-- dunlin: breaking
          up_sql  select 1;
          breaking false → true"#]],
    );
}

#[test]
fn an_edit_is_accepted_where_its_migration_is_named() {
    let (migrations, applied) =
        edited(&[("1_a.up", "select 11;\n"), ("1_a.down", "select -11;\n"), ("2_b.up", "select 22;\n")]);
    check(
        &migrations,
        &applied,
        &[],
        &[],
        expect![[r#"
        left: the file of `1_a` does something else than what was applied
        left: the file of `2_b` does something else than what was applied"#]],
    );
    check(
        &migrations,
        &applied,
        &[RepairKind::Checksums],
        &["1"],
        expect![[r#"
        1_a checksums: its file was edited, and counts as what was applied
          up_checksum b3:cc64 → b3:d72c
          up_sql -select 1;
          up_sql +select 11;
          down_checksum b3:677b → b3:8771
          down_sql -select -1;
          down_sql +select -11;"#]],
    );
    check(&migrations, &applied, &[RepairKind::Cosmetic], &["1"], expect!["left: `1_a` needs no such repair"]);
}

#[test]
fn of_sql_and_checksum_the_file_tells_which_was_altered() {
    let (migrations, mut applied) = edited(&[]);
    let stored = applied[0].stored.as_mut().unwrap();
    (stored.up, stored.down) = ("drop table a;\n".to_owned(), None);
    applied[1].up_checksum = Checksum::of_text("x");
    check(
        &migrations,
        &applied,
        &[],
        &[],
        expect![[r#"
        1_a checksums: its SQL does not have the checksum beside it
          up_sql -drop table a;
          up_sql +select 1;
          down_sql +select -1;
        2_b checksums: its SQL does not have the checksum beside it
          up_checksum b3:3ae7 → b3:c9f4"#]],
    );
    check(&migrations, &applied, &[RepairKind::Cosmetic], &[], expect!["nothing"]);
    // Without the file, the SQL is all that there is.
    let first = files(&APPLIED[2..]);
    applied[1].up_checksum = Checksum::of_text("select 2;\n");
    check(
        &first,
        &applied,
        &[],
        &[],
        expect![[r#"
        1_a checksums: its SQL does not have the checksum beside it
          up_checksum b3:cc64 → b3:d66d
          down_checksum b3:677b → null"#]],
    );
}

#[test]
fn rows_that_no_file_has_go_the_last_first() {
    let all = graph("1_a\n2_b < 1\n3_c < 2\n4_d < 1");
    let known = graph("1_a\n4_d < 1");
    let applied = rows(&all);
    check(
        &known,
        &applied,
        &[],
        &[],
        expect![[r#"
            3_c missing: no file has it, and the row goes
              parents 2 → null
              kind applied → null
              applied_at 2026-03 → null
              up_checksum b3:58a9 → null
              up_sql --- dunlin: revises 2
              up_sql -select 1;
              up_sql \ No newline at end of file
              down_checksum b3:98fc → null
              down_sql -select 2;
              down_sql \ No newline at end of file
            2_b missing: no file has it, and the row goes
              parents 1 → null
              kind applied → null
              applied_at 2026-03 → null
              up_checksum b3:ee45 → null
              up_sql --- dunlin: revises 1
              up_sql -select 1;
              up_sql \ No newline at end of file
              down_checksum b3:98fc → null
              down_sql -select 2;
              down_sql \ No newline at end of file"#]],
    );
    check(
        &known,
        &applied,
        &[RepairKind::Missing],
        &["2"],
        expect!["left: no file has `2_b`, but `3_c` comes after it and stays"],
    );
    check(
        &known,
        &applied,
        &[RepairKind::Missing],
        &["3"],
        expect![[r#"
            3_c missing: no file has it, and the row goes
              parents 2 → null
              kind applied → null
              applied_at 2026-03 → null
              up_checksum b3:58a9 → null
              up_sql --- dunlin: revises 2
              up_sql -select 1;
              up_sql \ No newline at end of file
              down_checksum b3:98fc → null
              down_sql -select 2;
              down_sql \ No newline at end of file"#]],
    );
    check(&graph("1_a"), &applied[..2], &[], &[], expect!["nothing"]);
}

#[test]
fn a_row_that_something_known_comes_after_stays() {
    let all = graph("1_a\n2_b < 1\n3_c < 2");
    check(
        &graph("1_a\n3_c < 1"),
        &rows(&all),
        &[],
        &[],
        expect![[r#"
        left: no file has `2_b`, but `3_c` comes after it and stays
        left: the file of `3_c` says other parents than the history"#]],
    );
}

#[test]
fn what_began_and_did_not_end_is_not_repaired() {
    let (migrations, mut applied) = edited(&[("2_b.up", "-- two\nselect 2;\n")]);
    applied[1].state = State::Applying;
    check(&migrations, &applied, &[], &[], expect!["nothing"]);
    check(&migrations, &applied, &[RepairKind::Cosmetic], &["2"], expect!["left: `2_b` began and did not end"]);
    let lost = Applied { state: State::Applying, ..row(graph("1_a\n2_b < 1").iter().last().unwrap(), 3) };
    check(&graph("1_a"), &[rows(&graph("1_a"))[0].clone(), lost], &[], &[], expect!["nothing"]);
}

#[test]
fn other_parents_are_no_matter_of_a_text() {
    let before = graph("1_a\n2_b < 1\n3_c < 2");
    let now = graph("1_a\n2_b < 1\n3_c < 1");
    check(
        &now,
        &rows(&before),
        &[RepairKind::Cosmetic],
        &[],
        expect!["left: the file of `3_c` says other parents than the history"],
    );
}
