//! Which names a text mentions.

use std::collections::HashSet;

use crate::dialect::Dialect;
use crate::statements::{TokenKind, tokens};

/// Returns every word and quoted identifier of a text, in lower case and without its quotes; those in dollar-quoted strings
/// too, which hold the bodies of routines.
pub fn mentioned(text: &str, dialect: Dialect) -> HashSet<String> {
    let mut names = HashSet::new();
    let mut texts = vec![text];
    while let Some(text) = texts.pop() {
        // What is no SQL of its own mentions nothing.
        for token in tokens(text, dialect).unwrap_or_default() {
            let Some(written) = text.get(token.start..token.end) else { continue };
            match token.kind {
                TokenKind::Word => drop(names.insert(written.to_lowercase())),
                TokenKind::QuotedIdentifier => drop(names.insert(unquoted(written).to_lowercase())),
                TokenKind::DollarString => texts.extend(body(written)),
                _ => {}
            }
        }
    }
    names
}

fn unquoted(identifier: &str) -> String {
    let opening = identifier.find(['"', '`', '[']).unwrap_or_default();
    let closing = identifier.chars().next_back().unwrap_or('"');
    let inside = identifier.get(opening + 1..).and_then(|rest| rest.strip_suffix(closing)).unwrap_or_default();
    let mut doubled = [0; 8];
    let once = &*closing.encode_utf8(&mut doubled[..4]);
    inside.replace(&once.repeat(2), once)
}

/// Returns what stands between `$tag$` and `$tag$`.
fn body(string: &str) -> Option<&str> {
    let tag = string.get(1..)?.find('$')? + 2;
    string.get(tag..string.len().checked_sub(tag)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mentions(text: &str, dialect: Dialect, name: &str) -> bool {
        mentioned(text, dialect).contains(name)
    }

    #[test]
    fn a_name_is_mentioned_as_a_word_or_in_quotes() {
        for dialect in Dialect::ALL {
            assert!(mentions("select * from app.Adults a", dialect, "adults"));
            assert!(!mentions("select 'adults', adults_2 -- adults\n/* adults */", dialect, "adults"));
        }
        assert!(mentions("select * from \"Adults\"", Dialect::Postgres, "adults"));
        assert!(mentions("select * from [Adults]", Dialect::Sqlite, "adults"));
        assert!(mentions("select * from `a``b`", Dialect::Mysql, "a`b"));
        assert!(!mentions("select \"adults\"", Dialect::Mysql, "adults"));
    }

    #[test]
    fn the_body_of_a_routine_is_looked_at() {
        let text =
            "create function f() returns int as $f$ begin execute $$ select * from adults $$; end $f$ language plpgsql";
        assert!(mentions(text, Dialect::Postgres, "adults"));
        assert!(!mentions(text, Dialect::Postgres, "f$ begin"));
        assert!(mentions("create view v as select '$$'; select $$ it's $$, w", Dialect::Postgres, "w"));
    }
}
