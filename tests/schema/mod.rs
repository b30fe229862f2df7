//! The schema engine: pairs of schemas, both ways, on real databases.
//!
//! `sqlite.pairs` is the corpus; `pairs.rs` reads it, `sqlite.rs` runs it and looks at what came out with pragmas, which the engine
//! itself does not use. `random.rs` makes schemas up.

mod mysql;
mod pairs;
mod random;
pub(crate) mod sqlite;
