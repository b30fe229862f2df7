//! `embed!`, run by a real compiler.
//!
//! `arguments` is about what stands between its parentheses, `faults` about directories that must not compile, `stale`
//! about binaries that must not be older than their directory. The last two build an [`application::Application`].

mod application;
mod arguments;
mod faults;
mod stale;
