//! The text as far as it means something.

use super::error::LexError;
use super::split::Groups;
use crate::dialect::Dialect;

/// Returns the bytes over which the semantic checksum is taken.
///
/// Two texts have the same bytes exactly if they differ only in comments, white space between tokens, empty statements,
/// the last terminator, and which delimiter a MySQL client is told to use. Words keep their case; literals, quoted names
/// and dollar-quoted bodies are kept byte for byte. Invariant: the form never changes, for databases hold hashes of it.
///
/// Every token is followed by one NUL byte, and every statement by one more; a NUL byte cannot stand in a text.
pub fn semantic(sql: &str, dialect: Dialect) -> Result<Vec<u8>, LexError> {
    let mut bytes = Vec::with_capacity(sql.len());
    for group in Groups::new(sql, dialect) {
        for token in group? {
            bytes.extend_from_slice(sql.as_bytes().get(token.start..token.end).unwrap_or_default());
            bytes.push(0);
        }
        bytes.push(0);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &str, b: &str, dialect: Dialect) -> bool {
        semantic(a, dialect).expect("lexes") == semantic(b, dialect).expect("lexes")
    }

    #[test]
    fn the_form_is_fixed() {
        let bytes = semantic("Select 'a  b'=1 -- c\n ;; x", Dialect::Sqlite).expect("lexes");
        assert_eq!(bytes, b"Select\0'a  b'\0=\x001\0\0x\0\0");
    }

    #[test]
    fn comments_and_white_space_are_cosmetic() {
        for dialect in Dialect::ALL {
            assert!(same("select a=b;", "-- c\nselect  a /* d */ = b ;;\n", dialect));
            assert!(same("select 1", "\u{feff}select 1;", dialect));
            assert!(same("select count(*), -a.b", "select count ( * ) ,\r\n- a . b", dialect));
        }
        assert!(same("select a[1:2]::int", "select a [ 1 : 2 ] :: int", Dialect::Postgres));
        assert!(same("select 2*-1", "select 2 * - 1", Dialect::Postgres));
        assert!(same("select 1 # a", "select 1", Dialect::Mysql));
    }

    #[test]
    fn comments_in_bodies_are_cosmetic_and_in_dollar_quotes_are_not() {
        let body = |inner: &str| format!("create trigger t after insert on a begin {inner} select 1; end");
        assert!(same(&body(""), &body("-- a\n"), Dialect::Sqlite));
        assert!(!same("do $$ a $$", "do $$ /* b */ a $$", Dialect::Postgres));
    }

    #[test]
    fn everything_else_is_a_real_edit() {
        for (a, b) in [
            ("select a", "SELECT a"),
            ("a b", "ab"),
            ("a; b", "a b"),
            ("select 'a b'", "select 'a  b'"),
            ("select 'a''b'", "select 'a' 'b'"),
            ("select x'ab'", "select x 'ab'"),
            ("select \"a\"", "select a"),
        ] {
            for dialect in Dialect::ALL {
                assert!(!same(a, b, dialect), "{a} and {b} on {dialect}");
            }
        }
        assert!(same("select a<@b", "select a <@ b", Dialect::Postgres));
        assert!(!same("select a <@ b", "select a < @ b", Dialect::Postgres));
    }

    #[test]
    fn code_in_comments_of_mysql_is_no_comment() {
        assert!(!same("select 1 /*! + 1 */", "select 1", Dialect::Mysql));
        assert!(!same("select /*+ no_icp(t) */ 1", "select 1", Dialect::Mysql));
        assert!(same("select 1 /*! + 1 */", "select 1", Dialect::Sqlite));
    }

    #[test]
    fn which_delimiter_the_client_uses_is_cosmetic() {
        let body = "create trigger t before insert on a for each row begin set new.b = 1; end";
        let delimited = format!("delimiter //\n{body}//\ndelimiter ;\nselect 1;");
        assert!(same(&delimited, &format!("{body}; select 1"), Dialect::Mysql));
    }
}
