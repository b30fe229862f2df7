//! The lines of a leading comment.

use super::DIRECTIVES;

/// What one line of a comment is.
pub(super) enum Reading<'text> {
    Comment,
    Malformed,
    Directive { key: &'text str, value: &'text str },
}

/// Returns the `--` comments before the first statement: line number, and the text behind the dashes.
pub(super) fn leading_comments(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let (mut rest, mut line) = (text, 1);
    std::iter::from_fn(move || {
        loop {
            let blank = rest.len() - rest.trim_start().len();
            line += newlines(&rest[..blank]);
            rest = &rest[blank..];
            if let Some(comment) = rest.strip_prefix("--") {
                let (content, tail) = comment.split_once('\n').unwrap_or((comment, ""));
                let here = line;
                (rest, line) = (tail, line + 1);
                return Some((here, content));
            }
            let block = rest.strip_prefix("/*").filter(|block| !block.starts_with(['!', '+']))?;
            let end = block.find("*/")?;
            line += newlines(&block[..end]);
            rest = &block[end + 2..];
        }
    })
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|&byte| byte == b'\n').count()
}

/// Reads what stands behind the dashes.
///
/// sqlx's `-- no-transaction` is taken as `transaction none`, so that its directories run as they are.
pub(super) fn directive(comment: &str) -> Reading<'_> {
    if comment.trim() == "no-transaction" {
        return Reading::Directive { key: "transaction", value: "none" };
    }
    let Some(said) = comment.trim_start().strip_prefix("dunlin:") else {
        return if means_to_be_one(comment) { Reading::Malformed } else { Reading::Comment };
    };
    let said = said.trim();
    if said.is_empty() || !comment.starts_with(char::is_whitespace) {
        return Reading::Malformed;
    }
    let (key, value) = said.split_once(char::is_whitespace).unwrap_or((said, ""));
    Reading::Directive { key, value: value.trim() }
}

/// The directives of a schema's text.
const OF_SCHEMAS: [&str; 1] = ["rename"];

fn means_to_be_one(comment: &str) -> bool {
    let comment = comment.trim_start_matches(['-', ' ', '\t']);
    let Some((_, said)) = comment.split_at_checked(6).filter(|(word, _)| word.eq_ignore_ascii_case("dunlin")) else {
        return false;
    };
    let mut keys = DIRECTIVES.iter().map(|directive| directive.key).chain(OF_SCHEMAS);
    let first = said.split_whitespace().next().unwrap_or_default();
    said.trim_start().starts_with([':', '='])
        || said.starts_with(char::is_whitespace)
            && keys.any(|key| first.trim_end_matches(':').eq_ignore_ascii_case(key))
}

/// Says whether a comment token, anywhere in a file, is or means to be a directive.
pub fn is_directive(comment: &str) -> bool {
    comment.strip_prefix("--").is_some_and(|comment| match directive(comment) {
        Reading::Comment => false,
        Reading::Malformed => true,
        Reading::Directive { .. } => comment.trim() != "no-transaction",
    })
}
