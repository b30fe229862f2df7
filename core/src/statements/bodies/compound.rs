//! The compound statements of MySQL and MariaDB, in the default and in Oracle's grammar.
//!
//! Most of their keywords are also functions, options or names, and even `END` may be a column. So a word counts only
//! where it can begin a statement, or, for the few that divide one, where the innermost open statement waits for it.

use crate::statements::token::TokenKind;

use super::is_any;

/// Words behind which an operand follows, so that an `END` there is a name.
const BEFORE_OPERAND: &[&str] = &[
    "when", "then", "else", "case", "until", "and", "or", "xor", "not", "in", "like", "rlike", "regexp", "between",
    "is", "div", "mod", "interval", "binary", "select", "distinct", "by", "where", "having", "on", "as", "set",
    "return",
];

#[derive(Debug, Default)]
pub(super) struct Compound {
    frames: Vec<Frame>,
    place: Place,
    previous: Previous,
    brackets: usize,
}

/// How a body begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    /// With a statement, which may be a block.
    Statement,
    /// With the contents of a package.
    Package,
    /// With declarations before the `BEGIN` of its block.
    Declarations,
}

/// A statement that waits for its `END`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frame {
    Block,
    If,
    Case,
    /// A `CASE` that is an operand, and how deep in brackets it stands.
    CaseExpression(usize),
    Loop,
    Repeat,
    /// A `REPEAT` behind its `UNTIL`.
    Until,
    Package,
    Declarations,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Where a statement begins.
    #[default]
    Start,
    /// Behind the first word of a statement, which may be a label.
    First,
    Inside,
    Declare,
    /// Before or in a condition of a handler.
    Condition,
    /// Behind a condition of a handler, where `,` or its statement follows.
    Handler,
    /// In the header of a routine of a package.
    Routine,
    /// Behind `END`.
    End,
}

/// The code token before, as far as it changes what a word means.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Previous {
    #[default]
    Operand,
    Operator,
    Dot,
}

impl Compound {
    pub(super) fn new(opening: Opening) -> Self {
        let frames = match opening {
            Opening::Statement => Vec::new(),
            Opening::Package => vec![Frame::Package],
            Opening::Declarations => vec![Frame::Declarations],
        };
        Compound { frames, ..Compound::default() }
    }

    pub(super) fn see(&mut self, kind: TokenKind, text: &str) {
        match kind {
            TokenKind::CodeComment => return,
            TokenKind::Word if self.previous != Previous::Dot => self.word(text),
            TokenKind::Symbol => self.symbol(text),
            _ => self.operand(),
        }
        self.previous = match kind {
            TokenKind::Symbol if text == "." => Previous::Dot,
            TokenKind::Symbol if text != ")" => Previous::Operator,
            TokenKind::Word if self.previous != Previous::Dot && is_any(text, BEFORE_OPERAND) => Previous::Operator,
            _ => Previous::Operand,
        };
    }

    /// Takes note of a `;` and returns whether nothing is open any more.
    pub(super) fn semicolon(&mut self) -> bool {
        while matches!(self.frames.last(), Some(Frame::CaseExpression(_))) {
            self.frames.pop();
        }
        self.brackets = 0;
        self.place = Place::Start;
        self.previous = Previous::Operand;
        self.frames.is_empty()
    }

    fn symbol(&mut self, symbol: &str) {
        match symbol {
            "(" => self.brackets += 1,
            ")" => self.brackets = self.brackets.saturating_sub(1),
            _ => {}
        }
        self.place = match (self.place, symbol) {
            (Place::First, ":") => Place::Start,
            (Place::Handler, ",") => Place::Condition,
            (Place::Start | Place::First | Place::End, _) => Place::Inside,
            (place, _) => place,
        };
    }

    fn operand(&mut self) {
        self.place = match self.place {
            Place::Condition => Place::Handler,
            // A quoted label.
            Place::Start => Place::First,
            Place::First | Place::End => Place::Inside,
            place => place,
        };
    }

    fn word(&mut self, word: &str) {
        let is = |keywords: &[&str]| is_any(word, keywords);
        match self.place {
            Place::Start | Place::Handler => self.begin_statement(word),
            Place::Condition if is(&["for", "not", "sqlstate", "value"]) => {}
            Place::Condition => self.place = Place::Handler,
            Place::Declare if is(&["handler"]) => self.place = Place::Condition,
            Place::Routine if self.brackets == 0 && is(&["as", "is"]) => {
                self.frames.push(Frame::Declarations);
                self.place = Place::Start;
            }
            Place::End if is(&["if", "case", "loop", "while", "repeat", "for"]) => self.place = Place::Inside,
            Place::Declare | Place::Routine => {}
            Place::First | Place::Inside | Place::End => {
                self.place = Place::Inside;
                self.inner_word(word);
            }
        }
    }

    fn begin_statement(&mut self, word: &str) {
        let is = |keyword: &str| keyword.eq_ignore_ascii_case(word);
        let innermost = self.frames.last().copied();
        self.place = if is("begin") {
            // Declarations and a package's own block end with the block.
            if matches!(innermost, Some(Frame::Declarations | Frame::Package)) {
                self.frames.pop();
            }
            self.open(Frame::Block, Place::Start)
        } else if is("if") {
            self.open(Frame::If, Place::Inside)
        } else if is("case") {
            self.open(Frame::Case, Place::Inside)
        } else if is("loop") {
            self.open(Frame::Loop, Place::Start)
        } else if is("while") || is("for") {
            self.open(Frame::Loop, Place::Inside)
        } else if is("repeat") {
            self.open(Frame::Repeat, Place::Start)
        } else if is("until") && innermost == Some(Frame::Repeat) {
            self.frames.pop();
            self.open(Frame::Until, Place::Inside)
        } else if is("end") && innermost.is_some() {
            self.frames.pop();
            Place::End
        } else if is("else") || is("exception") {
            Place::Start
        } else if is("declare") {
            Place::Declare
        } else if (is("procedure") || is("function")) && matches!(innermost, Some(Frame::Package | Frame::Declarations))
        {
            Place::Routine
        } else if is("elseif") || is("elsif") || is("when") {
            Place::Inside
        } else {
            Place::First
        };
    }

    fn open(&mut self, frame: Frame, place: Place) -> Place {
        self.frames.push(frame);
        place
    }

    /// Takes note of a word behind the first of its statement.
    fn inner_word(&mut self, word: &str) {
        let is = |keyword: &str| keyword.eq_ignore_ascii_case(word);
        let innermost = self.frames.last().copied();
        if is("case") {
            self.frames.push(Frame::CaseExpression(self.brackets));
        } else if is("end") && self.previous == Previous::Operand {
            if innermost == Some(Frame::CaseExpression(self.brackets)) {
                self.frames.pop();
            } else if innermost == Some(Frame::Until) && self.brackets == 0 {
                self.frames.pop();
                self.place = Place::End;
            }
        } else if self.brackets == 0 {
            let divides = match innermost {
                Some(Frame::If | Frame::Case | Frame::Block) => is("then") || is("else"),
                Some(Frame::Loop) => is("do") || is("loop"),
                _ => false,
            };
            if divides {
                self.place = Place::Start;
            }
        }
    }
}
