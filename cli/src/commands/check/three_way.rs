//! Two states of a folder that come from one, put together by file name, as git does.

use std::collections::{BTreeMap, BTreeSet};

use dunlin::core::checksum::normalised;

/// The texts of a folder by file name.
pub(super) type Files = BTreeMap<String, String>;

/// What comes out, and where it takes a person to tell.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Merged {
    pub(super) files: Files,
    pub(super) conflicts: Vec<(String, Conflict)>,
}

/// How two sides changed one file differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conflict {
    Added,
    Edited,
    DeletedHere,
    DeletedThere,
}

/// Puts two sides together. What only one side changed is as that side has it; of what both changed differently, ours stays
/// if it is there. Line endings do not count.
pub(super) fn merge(base: &Files, ours: &Files, theirs: &Files) -> Merged {
    let mut merged = Merged::default();
    let names: BTreeSet<&String> = base.keys().chain(ours.keys()).chain(theirs.keys()).collect();
    for name in names {
        let (was, here, there) = (base.get(name), ours.get(name), theirs.get(name));
        let result = if same(was, there) || same(here, there) {
            here
        } else if same(was, here) {
            there
        } else {
            let conflict = match (was, here, there) {
                (_, None, _) => Conflict::DeletedHere,
                (_, _, None) => Conflict::DeletedThere,
                (None, ..) => Conflict::Added,
                (Some(_), ..) => Conflict::Edited,
            };
            merged.conflicts.push((name.clone(), conflict));
            here.or(there)
        };
        if let Some(text) = result {
            merged.files.insert(name.clone(), text.clone());
        }
    }
    merged
}

fn same(one: Option<&String>, other: Option<&String>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one == other || normalised(one) == normalised(other),
        (one, other) => one == other,
    }
}

/// Takes a lock file apart into its lines by migration, for they are merged like files. Comments do not count.
pub(super) fn lines_of_lock(text: &str) -> Files {
    let lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.filter_map(|line| Some((line.split_once('_')?.0.to_owned(), line.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn files(text: &str) -> Files {
        text.split_whitespace()
            .filter_map(|word| word.split_once('='))
            .map(|(name, text)| (name.into(), text.into()))
            .collect()
    }

    #[expect(clippy::needless_pass_by_value, reason = "a test reads better so")]
    fn check(base: &str, ours: &str, theirs: &str, expected: Expect) {
        let merged = merge(&files(base), &files(ours), &files(theirs));
        let files: Vec<String> = merged.files.iter().map(|(name, text)| format!("{name}={text}")).collect();
        let conflicts: Vec<String> = merged.conflicts.iter().map(|(name, how)| format!(" {name}:{how:?}")).collect();
        expected.assert_eq(&format!("{}{}", files.join(" "), conflicts.concat()));
    }

    #[test]
    fn what_one_side_changed_is_as_that_side_has_it() {
        check("a=1 b=1 c=1 d=1 e=1", "a=2 b=1 d=1 e=1 f=1", "a=1 b=2 c=1 e=1 g=1", expect!["a=2 b=2 e=1 f=1 g=1"]);
    }

    #[test]
    fn what_both_sides_changed_alike_is_no_conflict() {
        check("a=1 b=1", "a=2 c=3", "a=2 c=3", expect!["a=2 c=3"]);
        let (base, windows) = (Files::new(), Files::from([("a".into(), "x\r\ny\r\n".into())]));
        let unix = Files::from([("a".into(), "x\ny\n".into())]);
        assert_eq!(merge(&base, &unix, &windows).conflicts, []);
        assert_eq!(merge(&unix, &windows, &Files::new()).files, base);
    }

    #[test]
    fn what_both_sides_changed_differently_is_a_conflict() {
        check("a=1", "a=2", "a=3", expect!["a=2 a:Edited"]);
        check("", "a=2", "a=3", expect!["a=2 a:Added"]);
        check("a=1", "", "a=3", expect!["a=3 a:DeletedHere"]);
        check("a=1", "a=2", "", expect!["a=2 a:DeletedThere"]);
    }

    #[test]
    fn a_lock_file_is_merged_by_migration() {
        let lines = lines_of_lock("# why\n1_a b up=x down=- parents=base\r\n\n2_c open\n");
        let expected = [("1", "1_a b up=x down=- parents=base"), ("2", "2_c open")];
        assert_eq!(lines, expected.map(|(id, line)| (id.to_owned(), line.to_owned())).into());
    }
}
