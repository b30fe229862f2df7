//! Where quotes and comments end. Every function takes the offset behind the opening and returns the one behind the closing.

/// Returns where a quoted text ends, in which a doubled quote stands for one and a backslash may take the next byte along.
pub(super) fn quote_end(text: &[u8], opened: usize, quote: u8, backslash_escapes: bool) -> Option<usize> {
    let mut at = opened;
    while let Some(&byte) = text.get(at) {
        if byte == quote {
            if text.get(at + 1) != Some(&quote) {
                return Some(at + 1);
            }
            at += 2;
        } else if byte == b'\\' && backslash_escapes {
            at += 2;
        } else {
            at += 1;
        }
    }
    None
}

/// Returns where a block comment ends. Nested ones count only where the engine counts them.
pub(super) fn comment_end(text: &[u8], opened: usize, nested: bool) -> Option<usize> {
    let mut depth = 1_usize;
    let mut at = opened;
    while let Some(&byte) = text.get(at) {
        match (byte, text.get(at + 1)) {
            (b'*', Some(b'/')) => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return Some(at);
                }
            }
            (b'/', Some(b'*')) if nested => {
                depth += 1;
                at += 2;
            }
            _ => at += 1,
        }
    }
    None
}

/// Returns the dollar-quote tag, such as `$$` or `$body$`, that begins at a `$`; `None` if this `$` begins none.
pub(super) fn dollar_tag(sql: &str, dollar: usize) -> Option<&str> {
    let inside = sql.get(dollar + 1..)?;
    let length = inside.bytes().position(|byte| !(is_word(byte) && byte != b'$')).unwrap_or(inside.len());
    if inside.as_bytes().first().is_some_and(u8::is_ascii_digit) || inside.as_bytes().get(length) != Some(&b'$') {
        return None;
    }
    sql.get(dollar..dollar + length + 2)
}

/// Whether a byte can stand inside a word. Bytes of characters beyond ASCII can, on every engine.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

/// Whether a byte is white space to the engines.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubled_quote_and_an_escaped_one_go_on() {
        assert_eq!(quote_end(b"a''b'c", 0, b'\'', false), Some(5));
        assert_eq!(quote_end(br"a\'b'c", 0, b'\'', true), Some(5));
        assert_eq!(quote_end(br"a\'b'c", 0, b'\'', false), Some(3));
        assert_eq!(quote_end(br"a\", 0, b'\'', true), None);
    }

    #[test]
    fn comments_nest_where_the_engine_nests_them() {
        assert_eq!(comment_end(b"a /* b */ c", 0, true), None);
        assert_eq!(comment_end(b"a /* b */ c */", 0, true), Some(14));
        assert_eq!(comment_end(b"a /* b */ c */", 0, false), Some(9));
        assert_eq!(comment_end(b"/", 0, false), None);
    }

    #[test]
    fn a_dollar_tag_follows_the_rules_of_identifiers() {
        assert_eq!(dollar_tag("$$ x", 0), Some("$$"));
        assert_eq!(dollar_tag("$größe$", 0), Some("$größe$"));
        assert_eq!(dollar_tag("$1$", 0), None);
        assert_eq!(dollar_tag("$a b$", 0), None);
        assert_eq!(dollar_tag("$a", 0), None);
    }
}
