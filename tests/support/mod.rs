//! What the tests stand on.
//!
//! A test takes a [`Database`], puts migrations into a [`Project`] and runs a [`Command`]; [`engines!`] runs one test on
//! every engine. `servers` keeps the servers behind the databases, `gate` keeps one out of reach, `process` starts, races and kills programs.

#[macro_use]
pub(crate) mod engines;
pub(crate) mod binary;
pub(crate) mod command;
pub(crate) mod database;
pub(crate) mod environment;
pub(crate) mod gate;
pub(crate) mod process;
pub(crate) mod project;
pub(crate) mod redaction;
pub(crate) mod servers;
pub(crate) mod terminal;
