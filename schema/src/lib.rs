//! What two schemas differ in, and the SQL that leads from one to the other.
//!
//! A database's own catalogue says what a schema is; nothing here parses SQL to find out what it means. What was read there is
//! a set of [`Fact`]s, a [`Schema`]. [`diff`] compares two of them and knows nothing of any engine; [`plan`] turns what differs
//! into statements, in an order that holds, by the [`Rules`] of the engine. The way back is the same plan with its inputs
//! swapped, and [`Pair`] is both, as the texts of two files.
//!
//! This crate is pure. Reading a catalogue, running what was planned on scratch databases, and proving that it leads where it
//! should are the runtime's part (`runtime/src/schema`).
//!
//! # An engine
//!
//! An engine is a folder here with one public value, its [`Rules`], that [`rules`] knows, and
//!
//! - a function from the rows of its catalogue to a [`Schema`];
//! - a table of [`KindRule`]s: what is dropped and made again when it changes (an index, a view, a policy), what holds data and
//!   is altered (a table, an enum), and what is part of its parent's text (a column);
//! - one function for what is altered, [`Rules::alter`].
//!
//! SQLite (`sqlite/`) tells a table from another by the tokens of its `CREATE` text, and alters one by `ADD COLUMN`, `DROP
//! COLUMN` or a rebuild. MySQL (`mysql/`) has the lines of `SHOW CREATE TABLE` as facts, with [`Fact::rank`] for the order of
//! columns, and a line is the clause of the one `ALTER TABLE`. PostgreSQL (`postgres/`) has rows of `pg_catalog` as facts with
//! `pg_depend` as [`Fact::needs`], satellites carry the text that the server prints (`pg_get_indexdef` and its kin); it plans by
//! itself ([`Rules::own_plan`]), as there even the parts of a table are in the way of one another. Whatever order of siblings
//! means something has a rank; the diff compares it.

mod diff;
mod due;
mod dump;
mod fact;
mod file;
mod fingerprint;
mod graph;
mod hazard;
mod ignore;
pub mod mysql;
mod name;
mod pace;
pub mod picture;
mod plan;
pub mod postgres;
mod refusal;
mod rename;
mod renamed;
mod rules;
mod schema;
mod seed;
pub mod sqlite;
mod tree;

pub use diff::{AttributeChange, Delta, diff};
pub use dump::{Grants, dump, making, unmodelled};
pub use fact::{Fact, Id, Kind};
pub use file::Pair;
pub use graph::{concerned, order};
pub use hazard::{Allow, Hazard, HazardKind};
pub use ignore::{BadGlob, Ignored};
pub use name::{Name, folded};
pub use pace::{Pace, in_one_file, plans};
pub use plan::{Manner, Plan, Step, plan, remake};
pub use refusal::Refusal;
pub use rename::{BadRename, Rename, Renames, Said, likely, lossless, possible, without_directives};
pub use renamed::Renamed;
pub use rules::{Alteration, Change, Class, Effect, KindRule, Rules, rules};
pub use schema::Schema;
pub use tree::tree;
