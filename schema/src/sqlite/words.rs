//! Text of SQLite in a form that is the same for what means the same.
//!
//! Comments and white space do not count, nor does the case of words, nor how a name is quoted. A name that is a keyword keeps
//! quotes: `default "null"` is not `default null`. What stands in double quotes may be a text, which `texts.rs` sees to.

use dunlin_core::dialect::Dialect;
use dunlin_core::statements::{TokenKind, tokens};

use super::keywords::is_keyword;

/// One token that means something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// In the form that is compared.
    pub(super) text: String,
    pub(super) kind: TokenKind,
    /// Its bytes in the text.
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Word {
    /// Says whether it is this keyword or symbol, and no name in quotes.
    pub(super) fn is(&self, word: &str) -> bool {
        matches!(self.kind, TokenKind::Word | TokenKind::Symbol) && self.text == word
    }

    /// Returns the name that it can be, in lower case.
    pub(super) fn name(&self) -> Option<String> {
        match self.kind {
            TokenKind::Word | TokenKind::QuotedIdentifier | TokenKind::String => {
                Some(unquoted(&self.text).to_ascii_lowercase())
            }
            _ => None,
        }
    }
}

/// Returns the words of a text. One that cannot be read has none; SQLite took it, so there is no such text.
pub(super) fn words(sql: &str) -> Vec<Word> {
    let tokens = tokens(sql, Dialect::Sqlite).unwrap_or_default();
    let word = |token: dunlin_core::statements::Token| {
        let text = sql.get(token.start..token.end)?;
        Some(Word { text: canonical(text, token.kind), kind: token.kind, start: token.start, end: token.end })
    };
    tokens.into_iter().filter(|token| token.kind.is_code()).filter_map(word).collect()
}

/// Joins words with a space between.
pub(super) fn joined<'w>(words: impl IntoIterator<Item = &'w Word>) -> String {
    words.into_iter().map(|word| &*word.text).collect::<Vec<_>>().join(" ")
}

/// Returns a name as it is stored, in its own case.
pub(super) fn unquoted(text: &str) -> String {
    let mut characters = text.chars();
    let (Some(open), Some(_)) = (characters.next(), characters.next_back()) else { return text.to_owned() };
    match open {
        '[' => characters.as_str().to_owned(),
        '"' | '`' | '\'' => characters.as_str().replace(&format!("{open}{open}"), &open.to_string()),
        _ => text.to_owned(),
    }
}

/// Returns the names in the brackets that begin at a place: the first word behind each comma.
pub(super) fn bracketed(words: &[Word], open: usize) -> Vec<String> {
    if !words.get(open).is_some_and(|word| word.is("(")) {
        return Vec::new();
    }
    let inside = words.get(open + 1..).unwrap_or_default();
    let mut depth = 0_usize;
    let mut names = Vec::new();
    let mut begins = true;
    for word in inside {
        match () {
            () if word.is("(") => depth += 1,
            () if word.is(")") && depth == 0 => break,
            () if word.is(")") => depth -= 1,
            () if word.is(",") && depth == 0 => {
                begins = true;
                continue;
            }
            () => {}
        }
        if begins {
            names.extend(word.name());
        }
        begins = false;
    }
    names
}

fn canonical(text: &str, kind: TokenKind) -> String {
    match kind {
        TokenKind::QuotedIdentifier => {
            let name = unquoted(text).to_ascii_lowercase();
            let is_plain = !name.is_empty()
                && !name.starts_with(|c: char| c.is_ascii_digit())
                && name.chars().all(|c| c.is_alphanumeric() || c == '_');
            if is_plain && !is_keyword(&name) { name } else { Dialect::Sqlite.quote(&name) }
        }
        // `x'AB'` and `X'ab'` are one value; in a string, case counts.
        TokenKind::String if text.starts_with(['x', 'X']) => text.to_ascii_lowercase(),
        TokenKind::String => text.to_owned(),
        _ => text.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_the_same_reads_the_same() {
        let form = |sql: &str| joined(&words(sql));
        assert_eq!(form("CREATE TABLE [Users](\"Id\" `INT` -- a\n, b'')"), "create table users ( id int , b '' )");
        assert_eq!(form("default \"NULL\" x X'AB' \"a b\" \"\"\"\""), "default \"null\" x x'ab' \"a b\" \"\"\"\"");
        assert_ne!(form("'A'"), form("'a'"));
    }
}
