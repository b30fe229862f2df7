//! The `revises` line of a text.

use dunlin::core::checksum::normalised;
use dunlin::core::header;
use dunlin::core::migration::MigrationId;

/// Writes parents into a text: in the line that states them, or in a new first line. All else stays as it is, byte for
/// byte. `None` is a text whose header cannot be read.
pub(crate) fn with_revises(text: &str, parents: &[MigrationId]) -> Option<String> {
    let ids: Vec<&str> = parents.iter().map(MigrationId::as_str).collect();
    let directive = format!("-- dunlin: revises {}", if ids.is_empty() { "base".to_owned() } else { ids.join(", ") });
    let states = |text: &str| {
        let header = header::parse(&normalised(text)).ok()?;
        Some(header.revises.as_deref() == Some(parents))
    };
    let had_one = header::parse(&normalised(text)).ok()?.revises.is_some();
    if !had_one {
        let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let (mark, rest) = text.split_at(start);
        let end = if rest
            .lines()
            .next()
            .is_some_and(|line| rest.get(line.len()..).is_some_and(|end| end.starts_with("\r\n")))
        {
            "\r\n"
        } else {
            "\n"
        };
        return Some(format!("{mark}{directive}{end}{rest}")).filter(|text| states(text) == Some(true));
    }
    // Which line it is, only the parser knows: the one that changes what the header says.
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        if content.contains("dunlin:") {
            let indent = content.len() - content.trim_start_matches([' ', '\t', '\u{feff}']).len();
            let (before, after) = (text.get(..start + indent)?, text.get(start + content.len()..)?);
            let changed = format!("{before}{directive}{after}");
            if states_only(&changed, text) && states(&changed) == Some(true) {
                return Some(changed);
            }
        }
        start += line.len();
    }
    None
}

/// Says whether two texts' headers differ in nothing but the parents.
fn states_only(changed: &str, text: &str) -> bool {
    let without = |text: &str| {
        let mut header = header::parse(&normalised(text)).ok()?;
        header.revises = None;
        Some(header)
    };
    without(changed).is_some_and(|changed| without(text) == Some(changed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(text: &str) -> String {
        with_revises(text, &["4".parse().unwrap()]).unwrap()
    }

    #[test]
    fn the_line_that_states_them_is_changed_and_nothing_else() {
        assert_eq!(
            changed("-- dunlin: label a\n  -- dunlin:  revises 1, 2\r\n\nselect 1; -- dunlin\n"),
            "-- dunlin: label a\n  -- dunlin: revises 4\r\n\nselect 1; -- dunlin\n"
        );
        assert_eq!(
            changed("/*\n-- dunlin: revises 1\n*/\n-- dunlin: revises 1"),
            "/*\n-- dunlin: revises 1\n*/\n-- dunlin: revises 4"
        );
        assert_eq!(with_revises("-- dunlin: revises 1\n", &[]).unwrap(), "-- dunlin: revises base\n");
    }

    #[test]
    fn a_text_that_states_none_gets_the_line() {
        assert_eq!(changed("select 1;"), "-- dunlin: revises 4\nselect 1;");
        assert_eq!(changed("\u{feff}-- a bird\r\nselect 1;"), "\u{feff}-- dunlin: revises 4\r\n-- a bird\r\nselect 1;");
        assert_eq!(changed(""), "-- dunlin: revises 4\n");
    }

    #[test]
    fn a_header_that_cannot_be_read_is_left_alone() {
        assert_eq!(with_revises("-- dunlin: revsies 1\n", &[]), None);
    }
}
