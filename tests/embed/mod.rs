//! `embed!`, run by a real compiler.
//!
//! `arguments` is about what stands between its parentheses, `faults` about directories that must not compile, `stale`
//! about binaries that must not be older than their directory, `tested` about `tests!`, `rollback` about those that are older than their database.
//! All but the first build an [`application::Application`].

mod application;
mod arguments;
mod faults;
mod rollback;
mod stale;
mod tested;
