//! The proc-macro of dunlin, which users reach as `dunlin::embed!`.
//!
//! [`embed!`] reads a directory at compile time with the same code that the runtime and the CLI use, and leaves constant
//! data behind. `arguments.rs` is what stands between its parentheses, `embed.rs` what comes out.

mod arguments;
mod embed;

use arguments::Arguments;
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
