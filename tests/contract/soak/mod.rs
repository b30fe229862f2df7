//! What can only fail by chance: a short slice every day, and as long as it takes with `tests/run --soak`.

mod cluster;
mod journey;
mod killed;
mod mixture;
mod server_killed;
mod stage;
mod statement_ends;
mod together;

pub(super) use together::migrate;
