//! Tokens, and the one reader that knows which of them end a statement.

use super::bodies::Bodies;
use super::error::{LexError, LexErrorKind};
use super::lexer::Lexer;
use crate::dialect::Dialect;

/// One token and its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// The offset of its first byte.
    pub start: usize,
    /// The offset behind its last byte.
    pub end: usize,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenKind {
    /// A keyword or an identifier without quotes.
    Word,
    /// A number, with all that is written to it.
    Number,
    /// A string literal, with its prefix: `'a'`, `E'a'`, `x'ab'`, and `"a"` in MySQL.
    String,
    /// `"a"`, `` `a` `` or `[a]`.
    QuotedIdentifier,
    /// `$$a$$` or `$tag$a$tag$`.
    DollarString,
    /// `$1`, `?1`, `:name`, `@name`, `@@name`.
    Parameter,
    /// White space, and a byte order mark at the very beginning.
    Whitespace,
    /// `-- a`, `# a` or `/* a */`.
    Comment,
    /// What MySQL executes inside a comment: the opening `/*!50003`, its `*/`, or a whole `/*+ hint */`.
    CodeComment,
    /// The `;` or custom delimiter that ends a statement. A `;` inside a body is a [`TokenKind::Symbol`].
    Terminator,
    /// A whole `DELIMITER` line, without its line break.
    Delimiter,
    /// Everything else: operators, brackets, commas.
    Symbol,
}

impl TokenKind {
    /// Whether the engine acts on such a token: everything but space, comments and what stands between statements.
    pub fn is_code(self) -> bool {
        !matches!(self, Self::Whitespace | Self::Comment | Self::Terminator | Self::Delimiter)
    }
}

/// Returns the tokens of a text. Every byte belongs to exactly one.
///
/// Fails where the text cannot be split any further; the error says where.
pub fn tokens(sql: &str, dialect: Dialect) -> Result<Vec<Token>, LexError> {
    Tokens::new(sql, dialect).collect()
}

/// The tokens of a text, one by one. Ends after the first error.
#[derive(Debug)]
pub(super) struct Tokens<'sql> {
    sql: &'sql str,
    lexer: Lexer<'sql>,
    bodies: Bodies,
    /// The next code token begins a statement.
    fresh: bool,
    /// The error that is found before anything else.
    nul_byte: Option<usize>,
    /// Where the statement begins that is being read.
    began: usize,
    ended: bool,
}

impl<'sql> Tokens<'sql> {
    pub(super) fn new(sql: &'sql str, dialect: Dialect) -> Self {
        Tokens {
            sql,
            lexer: Lexer::new(sql, dialect),
            bodies: Bodies::new(dialect),
            fresh: true,
            nul_byte: sql.find('\0'),
            began: 0,
            ended: false,
        }
    }

    fn read(&mut self) -> Result<Option<Token>, LexError> {
        if let Some(offset) = self.nul_byte {
            return Err(LexError { kind: LexErrorKind::NulByte, offset });
        }
        let Some(mut token) = self.lexer.next(self.fresh)? else { return Ok(None) };
        match token.kind {
            TokenKind::Whitespace | TokenKind::Comment => return Ok(Some(token)),
            TokenKind::Terminator | TokenKind::Delimiter => self.begin_statement(),
            TokenKind::Symbol if self.text(token) == ";" => {
                let ends = self.bodies.semicolon();
                if ends && self.lexer.semicolon_ends() {
                    token.kind = TokenKind::Terminator;
                    self.begin_statement();
                } else {
                    self.fresh = false;
                }
            }
            _ => {
                if self.fresh {
                    self.began = token.start;
                    self.fresh = false;
                }
                let text = self.sql.get(token.start..token.end).unwrap_or_default();
                self.bodies.see(token.kind, text).map_err(|kind| LexError { kind, offset: self.began })?;
            }
        }
        Ok(Some(token))
    }

    fn begin_statement(&mut self) {
        self.fresh = true;
        self.bodies.begin_statement();
    }

    fn text(&self, token: Token) -> &'sql str {
        self.sql.get(token.start..token.end).unwrap_or_default()
    }
}

impl Iterator for Tokens<'_> {
    type Item = Result<Token, LexError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.read().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the tokens but white space, each with the name of its kind.
    fn read(sql: &str, dialect: Dialect) -> String {
        let tokens = tokens(sql, dialect).expect("lexes");
        let code = tokens.iter().filter(|token| !matches!(token.kind, TokenKind::Whitespace));
        code.map(|token| format!("{:?}‹{}›", token.kind, &sql[token.start..token.end])).collect::<Vec<_>>().join(" ")
    }

    fn error(sql: &str, dialect: Dialect) -> (usize, String) {
        let error = tokens(sql, dialect).expect_err("fails");
        (error.offset, error.to_string())
    }

    macro_rules! reads {
        ($dialect:ident $sql:expr, $($token:expr),+) => {
            let tokens = tokens($sql, Dialect::$dialect).expect("lexes");
            let tokens = tokens.into_iter().filter(|token| token.kind != TokenKind::Whitespace);
            let texts: Vec<&str> = tokens.map(|token| &$sql[token.start..token.end]).collect();
            assert_eq!(texts, [$($token),+], "{}", read($sql, Dialect::$dialect));
        };
    }

    #[test]
    fn postgres_reads_its_strings() {
        reads!(Postgres r"'a\' E'b\'c' e'\\' B'1' U&'d' U&", r"'a\'", r"E'b\'c'", r"e'\\'", "B'1'", "U&'d'", "U", "&");
        reads!(Postgres r#"U&"a""b" 'c''d' "e;""#, r#"U&"a""b""#, "'c''d'", r#""e;""#);
        reads!(Postgres "$$a;$b$$ $é$ $$ $é$ a$b$c $1 $2$ $", "$$a;$b$$", "$é$ $$ $é$", "a$b$c", "$1", "$2", "$", "$");
        reads!(Postgres "1$$a$$", "1", "$$a$$");
    }

    #[test]
    fn an_escape_string_goes_on_behind_a_line_break() {
        reads!(Postgres "E'a' -- b\n '\\';' ;", "E'a'", "-- b", "'\\';'", ";");
        reads!(Postgres "'a'\n '\\' ;", "'a'", "'\\'", ";");
        reads!(Postgres "E'a' /* \n */ '\\' ;", "E'a'", "/* \n */", "'\\'", ";");
    }

    #[test]
    fn postgres_reads_operators_as_it_defines_them() {
        reads!(Postgres "a<@-b", "a", "<@-", "b");
        reads!(Postgres "a*-b", "a", "*", "-", "b");
        reads!(Postgres "a::int+/* b */--c", "a", "::", "int", "+", "/* b */", "--c");
        reads!(Postgres "1..2 1.5e-3 .5 1e", "1", "..", "2", "1.5e-3", ".5", "1e");
    }

    #[test]
    fn sqlite_reads_its_quotes_and_parameters() {
        reads!(Sqlite "[a';] `b``;` \"c\" x'00' :a @b $c ?1 ?", "[a';]", "`b``;`", "\"c\"", "x'00'", ":a", "@b", "$c", "?1", "?");
        reads!(Sqlite r"'a\' ;", r"'a\'", ";");
        reads!(Sqlite "a /* b /* c */ d", "a", "/* b /* c */", "d");
        reads!(Sqlite "a->>'$.b' || c", "a", "->>", "'$.b'", "||", "c");
    }

    #[test]
    fn mysql_reads_its_quotes_and_comments() {
        reads!(Mysql r#"'a\'' "b\"" `c\` @d @@e.f @'g'"#, r"'a\''", r#""b\"""#, r"`c\`", "@d", "@@e.f", "@", "'g'");
        reads!(Mysql "a--b -- c\n d # e", "a", "-", "-", "b", "-- c", "d", "# e");
        reads!(Mysql "1e5 2a $b c$", "1e5", "2a", "$b", "c$");
        reads!(Mysql "select 1; --c", "select", "1", ";", "--c");
    }

    #[test]
    fn code_in_comments_of_mysql_is_read() {
        reads!(Mysql "/*!50003 a /* b */ ';*/' */ c", "/*!50003", "a", "/* b */", "';*/'", "*/", "c");
        reads!(Mysql "/*M!100100 a*/ /*!b*/ /*+ c; */ 2*/* d */3", "/*M!100100", "a", "*/", "/*!", "b", "*/", "/*+ c; */", "2", "*", "/* d */", "3");
    }

    #[test]
    fn a_delimiter_line_changes_what_ends_a_statement() {
        let sql = "delimiter $$ \r\nselect 1;end$$ select '$$' $$\nDELIMITER ;\nselect delimiter;";
        assert_eq!(
            read(sql, Dialect::Mysql),
            "Delimiter‹delimiter $$ \r› Word‹select› Number‹1› Symbol‹;› Word‹end› Terminator‹$$› Word‹select› String‹'$$'› \
             Terminator‹$$› Delimiter‹DELIMITER ;› Word‹select› Word‹delimiter› Terminator‹;›"
        );
    }

    #[test]
    fn what_never_ends_is_located_at_its_opening() {
        for dialect in Dialect::ALL {
            assert_eq!(error("select 'é''", dialect), (7, "unterminated string".to_owned()));
        }
        assert_eq!(error("a \"b", Dialect::Postgres), (2, "unterminated quoted identifier".to_owned()));
        assert_eq!(error("a \"b", Dialect::Mysql), (2, "unterminated string".to_owned()));
        assert_eq!(error("a [b", Dialect::Sqlite), (2, "unterminated quoted identifier".to_owned()));
        assert_eq!(
            error("do $a$ $b$", Dialect::Postgres),
            (3, "unterminated dollar-quoted string; the closing `$a$` is missing".to_owned())
        );
        let comment = "unterminated comment; the closing `*/` is missing".to_owned();
        assert_eq!(error("a /* /* b */", Dialect::Postgres), (2, comment.clone()));
        assert_eq!(error("a /* b", Dialect::Mysql), (2, comment.clone()));
        assert_eq!(error("a /*! b", Dialect::Mysql), (2, comment));
        assert!(tokens("a /* b", Dialect::Sqlite).is_ok());
    }

    #[test]
    fn what_only_a_client_understands_is_refused() {
        let copy = "select 1;\ncopy t (a, stdin) from stdin with (format csv);\nit's data\n\\.\n";
        assert_eq!(error(copy, Dialect::Postgres).0, 10);
        assert!(error(copy, Dialect::Postgres).1.starts_with("`COPY … FROM STDIN` needs a client"));
        for fine in ["copy t from program 'a'", "copy t from '/stdin'", "copy (select a from stdin) to stdout"] {
            assert!(tokens(fine, Dialect::Postgres).is_ok(), "{fine}");
        }
        let command = |command, shell| {
            format!("`{command}` is a command of {shell}, not SQL; remove it, or write what it stands for")
        };
        assert_eq!(error("select 1 \\gset", Dialect::Postgres), (9, command("\\gset", "psql")));
        assert_eq!(error("\\restrict a", Dialect::Postgres), (0, command("\\restrict", "psql")));
        assert_eq!(error("select 1;\n.read a.sql", Dialect::Sqlite), (10, command(".read", "sqlite3")));
        assert!(tokens("select a\n.b, '\\c'", Dialect::Sqlite).is_ok());
    }

    #[test]
    fn other_texts_that_are_not_sql_are_refused() {
        for dialect in Dialect::ALL {
            assert_eq!(error("select 'a\0b'", dialect), (9, "a NUL byte; SQL is text".to_owned()));
        }
        for sql in ["delimiter\n", "delimiter a\\b", "delimiter abcdefghijklmnop"] {
            assert!(error(sql, Dialect::Mysql).1.starts_with("`DELIMITER` needs one word"));
        }
    }
}
