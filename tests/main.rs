//! The tests of dunlin that need a database, a program or a compiler.
//!
//! `support` is what they stand on: databases, projects, commands. Every other folder is one kind of test; begin with
//! `servers.rs` to see a test on three engines.

#![cfg(test)]

#[macro_use]
mod support;

mod alembic;
mod cli;
mod contract;
mod docs;
mod embed;
mod guides;
mod schema;
mod servers;
mod tidy;
