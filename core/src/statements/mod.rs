//! SQL text as tokens and statements, per engine.
//!
//! The lexer knows where quotes, comments and bodies end and nothing of grammar, so valid SQL never fails here. Begin with
//! [`tokens`], of which every byte of a text belongs to exactly one; [`split`], [`examine`] and [`semantic`] each go over
//! them once.

mod bodies;
mod error;
mod lexer;
mod pattern;
#[cfg(test)]
mod properties;
mod quoted;
mod refusals;
mod semantic;
mod split;
mod token;

pub use error::{LexError, LexErrorKind};
pub use refusals::{Refusal, examine};
pub use semantic::semantic;
pub use split::{Statement, split};
pub use token::{Token, TokenKind, tokens};
