//! What no text can be read past.

/// A text that cannot be split into statements, and where.
///
/// The message names no place: the caller knows the file and puts its name, line and column in front.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct LexError {
    /// What is wrong.
    pub kind: LexErrorKind,
    /// The byte where it begins: for something that never ends, its opening.
    pub offset: usize,
}

/// What is wrong with a text that cannot be split.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LexErrorKind {
    /// A string literal has no closing quote.
    #[error("unterminated string")]
    UnterminatedString,
    /// A quoted identifier has no closing quote.
    #[error("unterminated quoted identifier")]
    UnterminatedIdentifier,
    /// A dollar-quoted string has no second tag.
    #[error("unterminated dollar-quoted string; the closing `{tag}` is missing")]
    UnterminatedDollarString {
        /// The tag with its dollars, such as `$body$`.
        tag: String,
    },
    /// A block comment has no `*/`.
    #[error("unterminated comment; the closing `*/` is missing")]
    UnterminatedComment,
    /// The rows of such a statement are sent by a client, not by SQL.
    #[error(
        "`COPY … FROM STDIN` needs a client that sends the rows; write INSERT statements, or load the rows by psql"
    )]
    CopyFromStdin,
    /// A command to the engine's own shell, which no server understands.
    #[error("`{command}` is a command of {shell}, not SQL; remove it, or write what it stands for")]
    ShellCommand {
        /// The command's name with what begins it, such as `\connect`.
        command: String,
        /// The shell: `psql` or `sqlite3`.
        shell: &'static str,
    },
    /// `DELIMITER` without a word that could end a statement.
    #[error("`DELIMITER` needs one word of at most 15 bytes without a backslash, such as `//`")]
    Delimiter,
    /// A byte that no engine takes in SQL text.
    #[error("a NUL byte; SQL is text")]
    NulByte,
}
