//! What the documentation shows is true: tables are made from the code, commands run.

mod alembic;
pub(crate) mod command_lines;
mod coverage;
mod directives;
mod examples;
mod links;
mod pictures;
mod readme;
mod testing;
mod trouble;
