//! The ledger: a log of events, each of which carries the hash of the one before it, and the rows that they leave behind.
//!
//! One changed, deleted, inserted or reordered [`Event`] breaks the chain (`chain.rs`). An event that leaves a row in another
//! table of the history carries that row's digest in its [`Detail`] (`row.rs`), so that the rows hang on the chain as well;
//! the event of a step that failed half way carries the digest of all that it left unfinished (`journal_row.rs`).
//! [`audit`](audit()) holds all of them against each other. Hashes and digests are over a canonical form, in which every
//! field stands with its length, so that no two rows have the same.
//!
//! SQL cannot compute them, so a script leaves its events unsealed: without a hash, at the end of the log. The hash that
//! such an event is to get follows from its row, and [`seals`] tells it; the next run writes it.

mod action;
mod audit;
mod canonical;
mod chain;
mod detail;
mod effect;
mod event;
mod expected_head;
mod held_row;
mod journal_row;
mod row;

pub use action::Action;
pub use audit::{Audit, AuditedSet, LedgerFinding, LedgerFindingKind, Tables, audit};
pub use chain::{BrokenChain, Logged, seals};
pub use detail::{Change, Detail, Every, Forgotten, Kept, KeptStatement};
pub use effect::{RowKey, rows_left};
pub use event::Event;
pub use expected_head::{BadHead, ExpectedHead};
pub use held_row::{HeldMigration, HeldRepeatable};
pub use journal_row::{JournalRow, unfinished_digest};
pub use row::{EventRow, LayoutRow, MigrationRow, RepeatableRow, Text};
