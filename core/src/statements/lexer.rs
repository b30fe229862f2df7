//! From bytes to tokens, one at a time. What a token means for the end of a statement is decided by its reader.

use super::error::{LexError, LexErrorKind};
use super::quoted::{comment_end, dollar_tag, is_space, is_word, quote_end};
use super::token::{Token, TokenKind};
use crate::dialect::{Dialect, Lexis};

/// Operators of more than one character, longest first, on engines whose operators are fixed.
const OPERATORS: [&[u8]; 14] =
    [b"->>", b"<=>", b"->", b"<<", b">>", b"<=", b">=", b"<>", b"!=", b"==", b"||", b"&&", b":=", b".."];

/// What PostgreSQL reads as one although no operator can be defined of such characters.
const FIXED_OPERATORS: [&[u8]; 3] = [b"::", b":=", b".."];

/// The characters that PostgreSQL makes operators of, and those of them that let one end in `+` or `-`.
const OPERATOR_BYTES: &[u8] = b"+-*/<>=~!@#%^&|`?";
const SPECIAL_OPERATOR_BYTES: &[u8] = b"~!@#%^&|`?";

/// PostgreSQL's longest operator, in bytes.
const LONGEST_OPERATOR: usize = 63;

/// The mysql client's longest delimiter, in bytes.
const LONGEST_DELIMITER: usize = 15;

/// How much of a shell's command a message shows, in characters.
const LONGEST_COMMAND: usize = 32;

#[derive(Debug)]
pub(super) struct Lexer<'sql> {
    sql: &'sql str,
    bytes: &'sql [u8],
    at: usize,
    lexis: &'static Lexis,
    /// What ends a statement in place of `;`.
    delimiter: Option<&'sql str>,
    /// Where the code comments began that are still open, outermost first.
    code: Vec<usize>,
    continuation: Continuation,
}

/// Whether a string here would continue an escape string: PostgreSQL joins strings that have a line break between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Continuation {
    None,
    SameLine,
    NextLine,
}

impl<'sql> Lexer<'sql> {
    pub(super) fn new(sql: &'sql str, dialect: Dialect) -> Self {
        Lexer {
            sql,
            bytes: sql.as_bytes(),
            at: 0,
            lexis: &dialect.facts().lexis,
            delimiter: None,
            code: Vec::new(),
            continuation: Continuation::None,
        }
    }

    /// Whether a bare `;` can end a statement here.
    pub(super) fn semicolon_ends(&self) -> bool {
        self.delimiter.is_none() && self.code.is_empty()
    }

    /// Returns the next token, or `None` at the end. `fresh` says that a statement begins here.
    pub(super) fn next(&mut self, fresh: bool) -> Result<Option<Token>, LexError> {
        let start = self.at;
        let Some(&first) = self.bytes.get(start) else {
            return match self.code.first() {
                Some(&opening) => Err(LexError { kind: LexErrorKind::UnterminatedComment, offset: opening }),
                None => Ok(None),
            };
        };
        let (kind, end) = self.token(start, first, fresh)?;
        self.at = end;
        self.continuation = self.continued(kind, start, end);
        Ok(Some(Token { kind, start, end }))
    }

    fn token(&mut self, start: usize, first: u8, fresh: bool) -> Result<(TokenKind, usize), LexError> {
        if is_space(first) {
            return Ok((TokenKind::Whitespace, self.run(start, is_space)));
        }
        if start == 0 && self.sql.starts_with('\u{feff}') {
            return Ok((TokenKind::Whitespace, '\u{feff}'.len_utf8()));
        }
        if let Some(delimiter) = self.delimiter_at(start) {
            return Ok((TokenKind::Terminator, start + delimiter.len()));
        }
        if let Some(token) = self.comment(start, first, fresh)? {
            return Ok(token);
        }
        if let Some(token) = self.quoted(start, first)? {
            return Ok(token);
        }
        if let Some((_, shell)) = self.lexis.shell_command.filter(|(mark, _)| *mark == char::from(first))
            && (fresh || first == b'\\')
        {
            let kind = LexErrorKind::ShellCommand { command: self.shell_command(start), shell };
            return Err(LexError { kind, offset: start });
        }
        if first.is_ascii_digit() || (first == b'.' && self.byte(start + 1).is_some_and(|byte| byte.is_ascii_digit())) {
            return Ok((TokenKind::Number, self.number_end(start)));
        }
        if let Some(end) = self.parameter_end(start, first) {
            return Ok((TokenKind::Parameter, end));
        }
        if is_word(first) && (first != b'$' || self.lexis.client_delimiter) {
            let end = self.word_end(start);
            let word = self.bytes.get(start..end).unwrap_or_default();
            if fresh && self.lexis.client_delimiter && word.eq_ignore_ascii_case(b"delimiter") {
                return self.delimiter_line(start, end);
            }
            return Ok((TokenKind::Word, end));
        }
        Ok((TokenKind::Symbol, self.operator_end(start)))
    }

    fn comment(&mut self, start: usize, first: u8, fresh: bool) -> Result<Option<(TokenKind, usize)>, LexError> {
        let second = self.byte(start + 1);
        let third = self.byte(start + 2);
        match (first, second) {
            (b'#', _) if self.lexis.hash_comments => Ok(Some((TokenKind::Comment, self.line_end(start)))),
            (b'-', Some(b'-')) => {
                // The mysql client also drops a `--x` that would begin a statement, where it could be nothing else.
                let begins =
                    !self.lexis.hash_comments || fresh || third.is_none_or(|byte| byte <= b' ' || byte == 0x7f);
                Ok(begins.then(|| (TokenKind::Comment, self.line_end(start))))
            }
            (b'/', Some(b'*')) if self.lexis.client_delimiter && third == Some(b'+') => {
                Ok(Some((TokenKind::CodeComment, self.block_comment(start)?)))
            }
            (b'/', Some(b'*')) if self.lexis.client_delimiter && self.code_opens(start) => {
                self.code.push(start);
                Ok(Some((TokenKind::CodeComment, self.code_opening_end(start))))
            }
            (b'/', Some(b'*')) => Ok(Some((TokenKind::Comment, self.block_comment(start)?))),
            (b'*', Some(b'/')) if !self.code.is_empty() => {
                self.code.pop();
                Ok(Some((TokenKind::CodeComment, start + 2)))
            }
            _ => Ok(None),
        }
    }

    fn block_comment(&self, start: usize) -> Result<usize, LexError> {
        match comment_end(self.bytes, start + 2, self.lexis.nested_comments) {
            Some(end) => Ok(end),
            None if self.lexis.open_comments => Ok(self.bytes.len()),
            None => Err(LexError { kind: LexErrorKind::UnterminatedComment, offset: start }),
        }
    }

    fn code_opens(&self, start: usize) -> bool {
        matches!((self.byte(start + 2), self.byte(start + 3)), (Some(b'!'), _) | (Some(b'M'), Some(b'!')))
    }

    /// The version behind `/*!` has five or six digits, and belongs to the opening.
    fn code_opening_end(&self, start: usize) -> usize {
        let bang = if self.byte(start + 2) == Some(b'!') { start + 3 } else { start + 4 };
        let digits = self.run(bang, |byte| byte.is_ascii_digit()) - bang;
        if digits < 5 { bang } else { bang + digits.min(6) }
    }

    fn quoted(&self, start: usize, first: u8) -> Result<Option<(TokenKind, usize)>, LexError> {
        use LexErrorKind::{UnterminatedIdentifier, UnterminatedString};
        use TokenKind::{QuotedIdentifier, String};

        let lexis = self.lexis;
        let (prefix, escapes) = self.string_prefix(start, first);
        let opened = start + prefix + 1;
        let (kind, missing, end) = match self.byte(start + prefix) {
            Some(b'\'') => {
                let continues = prefix == 0 && self.continuation == Continuation::NextLine;
                let backslash = lexis.backslash_escapes || escapes || continues;
                (String, UnterminatedString, quote_end(self.bytes, opened, b'\'', backslash))
            }
            Some(b'"') if lexis.double_quoted_strings => {
                (String, UnterminatedString, quote_end(self.bytes, opened, b'"', lexis.backslash_escapes))
            }
            Some(b'"') => (QuotedIdentifier, UnterminatedIdentifier, quote_end(self.bytes, opened, b'"', false)),
            Some(b'`') if lexis.backticks => {
                (QuotedIdentifier, UnterminatedIdentifier, quote_end(self.bytes, opened, b'`', false))
            }
            Some(b'[') if lexis.brackets => {
                let closing = self.sql.get(opened..).and_then(|rest| rest.find(']'));
                (QuotedIdentifier, UnterminatedIdentifier, closing.map(|length| opened + length + 1))
            }
            Some(b'$') if lexis.dollar_quotes => {
                let Some(tag) = dollar_tag(self.sql, start) else { return Ok(None) };
                let body = start + tag.len();
                let closing = self.sql.get(body..).and_then(|rest| rest.find(tag));
                let missing = LexErrorKind::UnterminatedDollarString { tag: tag.to_owned() };
                (TokenKind::DollarString, missing, closing.map(|length| body + length + tag.len()))
            }
            _ => return Ok(None),
        };
        end.map(|end| Some((kind, end))).ok_or(LexError { kind: missing, offset: start })
    }

    /// Returns the length of a prefix that belongs to the quote behind it, and whether it lets backslashes escape.
    fn string_prefix(&self, start: usize, first: u8) -> (usize, bool) {
        let second = self.byte(start + 1);
        let letter = first.to_ascii_lowercase();
        if second == Some(b'\'') && self.lexis.string_prefixes.contains(&letter) {
            return (1, letter == b'e');
        }
        let unicode = self.lexis.dollar_quotes && letter == b'u' && second == Some(b'&');
        if unicode && matches!(self.byte(start + 2), Some(b'\'' | b'"')) {
            return (2, false);
        }
        (0, false)
    }

    fn continued(&self, kind: TokenKind, start: usize, end: usize) -> Continuation {
        let text = self.bytes.get(start..end).unwrap_or_default();
        match (kind, self.continuation) {
            (TokenKind::String, before) => {
                let escapes = matches!(text.first(), Some(b'e' | b'E')) || before == Continuation::NextLine;
                if escapes { Continuation::SameLine } else { Continuation::None }
            }
            (TokenKind::Whitespace, Continuation::SameLine)
                if text.iter().any(|byte| matches!(byte, b'\n' | b'\r')) =>
            {
                Continuation::NextLine
            }
            (TokenKind::Whitespace, before) => before,
            (TokenKind::Comment, before) if text.starts_with(b"--") => before,
            _ => Continuation::None,
        }
    }

    /// A number takes every word character behind it along: `0x1f`, `1e5`, and names that begin with a digit.
    fn number_end(&self, start: usize) -> usize {
        let digits = |at| self.undelimited(at, |byte| byte.is_ascii_digit() || byte == b'_');
        let mut end = digits(start);
        if self.byte(end) == Some(b'.') && self.byte(end + 1) != Some(b'.') {
            end = digits(end + 1);
        }
        if matches!(self.byte(end), Some(b'e' | b'E'))
            && matches!(self.byte(end + 1), Some(b'+' | b'-'))
            && self.byte(end + 2).is_some_and(|byte| byte.is_ascii_digit())
        {
            end += 2;
        }
        // A dollar behind a number begins a dollar-quoted string.
        self.undelimited(end, |byte| is_word(byte) && byte != b'$')
    }

    fn parameter_end(&self, start: usize, first: u8) -> Option<usize> {
        if !self.lexis.parameter_sigils.contains(&first) {
            return None;
        }
        if self.lexis.dollar_quotes {
            let end = self.run(start + 1, |byte| byte.is_ascii_digit());
            return (end > start + 1).then_some(end);
        }
        let system = first == b'@' && self.byte(start + 1) == Some(b'@');
        let name = if system { start + 2 } else { start + 1 };
        let mut end = self.word_end(name);
        while system && self.byte(end) == Some(b'.') && self.byte(end + 1).is_some_and(is_word) {
            end = self.word_end(end + 1);
        }
        (end > name || first == b'?').then_some(end)
    }

    /// Returns where a word ends: behind its last word character, or before a delimiter, which may be made of such.
    fn word_end(&self, start: usize) -> usize {
        self.undelimited(start, is_word)
    }

    fn undelimited(&self, start: usize, goes_on: impl Fn(u8) -> bool) -> usize {
        let end = self.run(start, goes_on);
        if self.delimiter.is_none() {
            end
        } else {
            (start..end).find(|&at| self.delimiter_at(at).is_some()).unwrap_or(end)
        }
    }

    fn operator_end(&self, start: usize) -> usize {
        let rest = self.bytes.get(start..).unwrap_or_default();
        let operators = if self.lexis.operator_runs { &FIXED_OPERATORS[..] } else { &OPERATORS[..] };
        let fixed = operators.iter().find(|operator| rest.starts_with(operator)).map(|operator| operator.len());
        let length = fixed.unwrap_or_else(|| if self.lexis.operator_runs { operator_length(rest) } else { 1 });
        (start + 1..start + length).find(|&at| self.delimiter_at(at).is_some()).unwrap_or(start + length)
    }

    fn delimiter_at(&self, at: usize) -> Option<&'sql str> {
        let delimiter = self.delimiter.filter(|_| self.code.is_empty())?;
        self.bytes.get(at..)?.starts_with(delimiter.as_bytes()).then_some(delimiter)
    }

    /// Reads the rest of a `DELIMITER` line, of which only the first word counts.
    fn delimiter_line(&mut self, start: usize, word_end: usize) -> Result<(TokenKind, usize), LexError> {
        let end = self.run(word_end, |byte| byte != b'\n');
        let argument =
            self.sql.get(word_end..end).unwrap_or_default().split_ascii_whitespace().next().unwrap_or_default();
        let argument = argument.trim_matches(['\'', '"', '`']);
        if argument.is_empty() || argument.len() > LONGEST_DELIMITER || argument.contains('\\') {
            return Err(LexError { kind: LexErrorKind::Delimiter, offset: start });
        }
        self.delimiter = (argument != ";").then_some(argument);
        Ok((TokenKind::Delimiter, end))
    }

    fn shell_command(&self, start: usize) -> String {
        let mut rest = self.sql.get(start..).unwrap_or_default().chars().take(LONGEST_COMMAND);
        let mark = rest.next();
        mark.into_iter().chain(rest.take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '!' | '?' | '.'))).collect()
    }

    fn line_end(&self, start: usize) -> usize {
        self.run(start, |byte| !self.lexis.line_comment_ends.contains(&byte))
    }

    fn run(&self, start: usize, goes_on: impl Fn(u8) -> bool) -> usize {
        let rest = self.bytes.get(start..).unwrap_or_default();
        start + rest.iter().position(|&byte| !goes_on(byte)).unwrap_or(rest.len())
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }
}

/// Returns the length of the operator that PostgreSQL reads here: a run that stops before a comment, and that ends in `+` or
/// `-` only if it holds a character that standard operators do not.
fn operator_length(text: &[u8]) -> usize {
    let mut length = 0;
    while let Some(byte) = text.get(length).filter(|_| length < LONGEST_OPERATOR) {
        let comment = matches!((byte, text.get(length + 1)), (b'-', Some(b'-')) | (b'/', Some(b'*')));
        if !OPERATOR_BYTES.contains(byte) || (comment && length > 0) {
            break;
        }
        length += 1;
    }
    let run = text.get(..length).unwrap_or_default();
    if !run.iter().any(|byte| SPECIAL_OPERATOR_BYTES.contains(byte)) {
        length = run.iter().rposition(|byte| !matches!(byte, b'+' | b'-')).map_or(1, |last| last + 1);
    }
    length.max(1)
}
