//! The proc-macros of dunlin, which users reach as `dunlin::embed!` and `dunlin::tests!`.
//!
//! [`embed!`] reads a directory at compile time with the same code that the runtime and the CLI use, and leaves constant
//! data behind. `arguments.rs` is what stands between its parentheses, `embed.rs` what comes out; `tests.rs` adds a test for each migration.

mod arguments;
mod embed;
mod tests;

use arguments::{Arguments, TestArguments};
use proc_macro::TokenStream;

/// Embeds a directory of migrations, checked, in the binary.
///
/// ```ignore
/// static MIGRATIONS: dunlin::Migrations = dunlin::embed!(); // ./versions beside Cargo.toml
/// static AUTH: dunlin::Migrations = dunlin::embed!("db/versions", set = "auth", allow_up_only);
/// ```
///
/// The directory is relative to the `Cargo.toml` of the crate that is being compiled. `set` names the set, which is `main`
/// otherwise; `allow_up_only` lets migrations be without a down file. The value is constant: it can stand in a `static`.
///
/// # Errors
///
/// Every fault of every file, and every sealed file that was edited or deleted, is told in one compile error.
///
/// # Rebuilding
///
/// An edit of a file, and a change of `dunlin.lock`, which `dunlin new` makes, compile the crate again. A file that is put
/// there by hand is seen with this line in the `main` of build.rs: `println!("cargo::rerun-if-changed=versions");`.
#[proc_macro]
pub fn embed(input: TokenStream) -> TokenStream {
    syn::parse::<Arguments>(input)
        .and_then(|arguments| embed::expand(&arguments))
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Makes one `#[test]` of each migration: it goes up, down and up again on a scratch database, and the schemas are compared.
///
/// ```ignore
/// dunlin::tests!(); // ./versions beside Cargo.toml, on SQLite in memory
///
/// mod on_postgres {
///     dunlin::tests!("db/versions", tests = "db/tests", url_env = "TEST_DATABASE_URL");
/// }
/// ```
///
/// A test is called `migration_<id>_<slug>`. `tests` names the folder with seeds (`<id>.seed.sql`) and checks (`<id>.check.sql`),
/// which is `tests` otherwise. On a server, scratch databases are made beside the database of `url`, or of the URL that the variable
/// `url_env` holds when the tests run. `set` and `allow_up_only` are those of `embed!`. The tests need nothing of their crate but
/// `dunlin` with the feature `schema`.
///
/// # Errors
///
/// Those of `embed!`, and files of the folder that are called as if they belonged to a migration and do not.
///
/// # Rebuilding
///
/// As with `embed!`. One more test, `nothing_is_newer_than_these_tests`, fails when a migration, seed or check was added since.
#[proc_macro]
pub fn tests(input: TokenStream) -> TokenStream {
    syn::parse::<TestArguments>(input)
        .and_then(|arguments| tests::expand(&arguments))
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
