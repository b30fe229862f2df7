//! The schema engine: pairs of schemas, both ways, on real databases.
//!
//! `sqlite.pairs` is the corpus; `pairs.rs` reads it, `sqlite.rs` runs it and looks at what came out with pragmas, which the engine
//! itself does not use. `postgres.pairs` and `postgres.rs` are the same for PostgreSQL, with `pg_dump` as the judge. `random.rs`,
//! `mysql_random.rs` and `postgres_random.rs` make schemas up; `postgres_values.rs` looks at what no dump tells. `dumps.rs` writes every schema of the corpora down;
//! `written_by_others.rs` takes what the tools of the engines write.

/// Makes tests of the parts of a corpus, so that none takes long: `parts!(of_a_part; name_1: 0 name_2: 1)`.
macro_rules! parts {
    ($of_a_part:path; $($name:ident: $part:literal)*) => {
        $(#[test]
        fn $name() {
            $of_a_part($part);
        })*
    };
}

mod chance;
mod dumps;
mod mysql;
mod mysql_random;
mod pairs;
mod postgres;
mod postgres_online;
mod postgres_random;
mod postgres_values;
mod random;
pub(crate) mod sqlite;
mod sqlite_renames;
mod sqlite_values;
mod threads;
mod written_by_others;
