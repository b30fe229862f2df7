//! SQL text as tokens and statements, per engine.
//!
//! The lexer knows where quotes, comments and bodies end and nothing of grammar, so valid SQL never fails here. Begin with
//! [`tokens`], of which every byte of a text belongs to exactly one; [`split`], [`examine`] and [`semantic`] each go over
//! them once.

mod bodies;
mod concurrent;
mod error;
mod lexer;
mod pattern;
#[cfg(test)]
mod properties;
mod quoted;
mod reader;
mod recovery;
mod refusals;
mod semantic;
mod session;
mod split;
mod subject;
mod token;

pub use concurrent::{ConcurrentWork, Detachment, IndexBuild};
pub use error::{LexError, LexErrorKind};
pub use reader::ObjectName;
pub use recovery::Recovery;
pub(crate) use refusals::refused_where_journalled;
pub use refusals::{Refusal, examine};
pub use semantic::semantic;
pub use session::is_lost;
pub use split::{Statement, split};
pub use subject::{Pieces, Subject};
pub use token::{Token, TokenKind, tokens};
