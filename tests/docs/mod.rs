//! What the documentation shows is true: tables are made from the code, commands run.

mod directives;
mod examples;
mod readme;
