//! The pure part of dunlin: what a migration is, what its text means, and what is to be done.
//!
//! Same input, same output, same order. Nothing here reads a clock, the environment or a database; only
//! [`directory`] reads files.

pub mod checksum;
pub mod dialect;
pub mod directory;
pub mod embedded;
pub mod fault;
pub mod file_name;
pub mod fingerprint;
pub mod graph;
pub mod header;
pub mod ledger;
pub mod location;
pub mod lockfile;
pub mod migration;
pub mod plan;
pub mod plan_file;
pub mod repeatable;
pub mod restore;
pub mod squash;
pub mod standing;
pub mod statements;
pub mod target;
pub mod test_file;
pub mod text;
pub mod variables;
