//! A lock file in which git left the lines of both sides.

use std::collections::HashMap;

use dunlin::core::lockfile::LockFile;

/// Says whether a text holds the marks of a conflict that git left.
pub(super) fn is_in_conflict(text: &str) -> bool {
    let has = |mark: &str| text.lines().any(|line| line.starts_with(mark));
    has("<<<<<<< ") && has(">>>>>>> ")
}

/// Keeps the lines of both sides. Of a migration that one side has open, the sealed line stays; where both sides say
/// different things of one migration, a person must choose.
pub(super) fn joined(text: &str) -> Option<LockFile> {
    let mut kept: Vec<&str> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut is_base = false;
    for line in text.lines() {
        if line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ") {
            is_base = false;
        } else if line.starts_with("||||||| ") {
            is_base = true;
        } else if line == "=======" {
            is_base = false;
        } else if !is_base && !line.starts_with('#') && !line.is_empty() {
            let (id, _) = line.split_once('_')?;
            match places.get(id).and_then(|&place| kept.get_mut(place)) {
                None => {
                    places.insert(id, kept.len());
                    kept.push(line);
                }
                Some(other) if *other == line || line.ends_with(" open") => {}
                Some(other) if other.ends_with(" open") => *other = line,
                Some(_) => return None,
            }
        } else if !is_base {
            kept.push(line);
        }
    }
    LockFile::parse(&kept.join("\n")).ok()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "a test reads better so")]
    fn check(text: &str, expected: Expect) {
        assert!(is_in_conflict(text));
        let b3 = format!("b3:{}", "1".repeat(64));
        let other = format!("b3:{}", "2".repeat(64));
        let joined = joined(&text.replace("b3:1", &b3).replace("b3:2", &other)).map(|lock| lock.render());
        let shown = joined.map_or_else(
            || "a person must choose".to_owned(),
            |lock| {
                let lines: Vec<&str> = lock.lines().filter(|line| !line.starts_with("# ")).collect();
                lines.join("\n").replace(&b3, "b3:1").replace(&other, "b3:2")
            },
        );
        expected.assert_eq(&shown);
    }

    #[test]
    fn the_lines_of_both_sides_stay() {
        check(
            "# Written\n1_a open\n<<<<<<< HEAD\n3_c open\n=======\n2_b open\n>>>>>>> other_branch\n",
            expect![["
                1_a open
                3_c open
                2_b open"]],
        );
    }

    #[test]
    fn a_sealed_line_stays_for_an_open_one_and_the_common_ancestor_goes() {
        check(
            "<<<<<<< HEAD\n1_a up=b3:1 down=- parents=base\n||||||| 12ab\n1_a open\n=======\n1_a open\n2_b open\n>>>>>>> x",
            expect![["
                1_a up=b3:1 down=- parents=base
                2_b open"]],
        );
    }

    #[test]
    fn where_both_sides_say_different_things_a_person_must_choose() {
        let sides =
            "<<<<<<< HEAD\n1_a up=b3:1 down=- parents=base\n=======\n1_a up=b3:2 down=- parents=base\n>>>>>>> x";
        check(sides, expect!["a person must choose"]);
        check("<<<<<<< HEAD\nnonsense\n=======\n>>>>>>> x", expect!["a person must choose"]);
    }
}
