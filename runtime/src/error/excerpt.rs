//! From what a server says about a place to the place in the file.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use dunlin_core::dialect::Dialect;
use dunlin_core::statements::tokens;

use crate::session::Place;

/// Returns the bytes of `text` that a server means. `text` is what was sent.
pub(crate) fn offset_of(text: &str, place: &Place, dialect: Dialect) -> Option<Range<usize>> {
    match place {
        Place::Unknown => None,
        Place::Character(position) => {
            let start = text.char_indices().nth(position.checked_sub(1)?).map(|(offset, _)| offset)?;
            Some(start..end_of_word(text, start))
        }
        Place::Near(near) => {
            let near = near.trim();
            let whole = text.find(near).filter(|_| near.len() > 30).map(|start| start..end_of_word(text, start));
            whole.or_else(|| only_token(text, near, dialect))
        }
    }
}

/// The one token with this text: SQLite names the token, MySQL all that follows. Of several, none is certain.
fn only_token(text: &str, near: &str, dialect: Dialect) -> Option<Range<usize>> {
    let tokens = tokens(text, dialect).ok()?;
    let mut found = tokens.iter().filter(|token| token.kind.is_code()).filter(|token| {
        let rest = text.get(token.start..).unwrap_or_default();
        if near.contains(char::is_whitespace) {
            rest.starts_with(near)
        } else {
            text.get(token.start..token.end) == Some(near)
        }
    });
    let first = found.next()?;
    found.next().is_none().then_some(first.start..first.end)
}

fn end_of_word(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let first = rest.chars().next().map_or(0, char::len_utf8);
    start + word.max(first)
}

/// Shows the lines round a place, with a caret under it.
pub(crate) fn excerpt(text: &str, place: Range<usize>) -> String {
    let snippet = Snippet::source(text).fold(true).annotation(AnnotationKind::Primary.span(place));
    let group = Group::with_level(Level::ERROR).element(snippet);
    let rendered = Renderer::plain().render(&[group]);
    rendered.lines().filter(|line| !line.trim().is_empty() && line.trim() != ":").collect::<Vec<_>>().join("\n")
}
