//! From a directory to the expression that holds it.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use dunlin_core::directory::{Directory, UpOnly};
use dunlin_core::fault::Faults;
use dunlin_core::lockfile;
use dunlin_core::migration::Script;
use dunlin_core::repeatable::FOLDER;
use dunlin_core::text::count;
use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::arguments::Arguments;

/// Reads the directory and returns an expression of type `dunlin::Migrations`.
pub(crate) fn expand(arguments: &Arguments) -> syn::Result<TokenStream> {
    Ok(embedded(arguments)?.1)
}

/// Does the same, and returns the directory too.
pub(crate) fn embedded(arguments: &Arguments) -> syn::Result<(Directory, TokenStream)> {
    let error = |message: String| syn::Error::new(arguments.span, message);
    let path = manifest_dir().map_err(error)?.join(&arguments.dir);
    if !path.is_dir() {
        return Err(error(no_directory(&arguments.dir, &path)));
    }
    let directory = Directory::read(&path, &arguments.dir, arguments.options.clone())
        .map_err(|faults| error(describe("migrations", &arguments.dir, &faults)))?;
    let tokens = tokens(&directory, &path, arguments);
    Ok((directory, tokens))
}

/// Writes as few tokens as there can be: with thousands of files, each of them counts.
fn tokens(directory: &Directory, path: &Path, arguments: &Arguments) -> TokenStream {
    let absolute = |name: &str| Literal::string(&path.join(name).to_string_lossy());
    let scripts = scripts(directory);
    let names = scripts.iter().map(|(name, _)| &**name);
    let texts = names.clone().map(absolute);
    let checksums: Vec<u8> = scripts.iter().flat_map(|(_, script)| *script.checksum.as_bytes()).collect();
    let checksums = Literal::byte_string(&checksums);
    let was = directory.former_checksums().flat_map(|(id, former)| {
        former.iter().map(move |checksum| {
            let (id, checksum) = (id.as_str(), Literal::byte_string(checksum.as_bytes()));
            quote!((#id, *#checksum),)
        })
    });
    let fingerprints = directory.fingerprints().map(|(id, server, fingerprint)| {
        let (id, fingerprint) = (id.as_str(), fingerprint.to_string());
        quote!((#id, #server, #fingerprint),)
    });
    let digests = directory.digests().map(|digest| match digest {
        Some(digest) => {
            let digest = Literal::byte_string(digest.as_bytes());
            quote!(::core::option::Option::Some(*#digest))
        }
        None => quote!(::core::option::Option::None),
    });
    // Without it, a new file would not be seen before another one changes.
    let lock = directory.lock().map(|_| {
        let lock = absolute(lockfile::FILE_NAME);
        quote!(
            const _: &str = ::core::include_str!(#lock);
        )
    });
    let (dir, built_from) = (&arguments.dir, Literal::string(&path.to_string_lossy()));
    let (set, allow_up_only) = (directory.set().as_str(), arguments.options.up_only == UpOnly::Allow);
    quote! {
        ::dunlin::Migrations::embedded(const {
            #lock
            &::dunlin::__private::Embedded {
                dir: #dir,
                built_from: if ::core::cfg!(debug_assertions) {
                    ::core::option::Option::Some(#built_from)
                } else {
                    ::core::option::Option::None
                },
                set: #set,
                allow_up_only: #allow_up_only,
                application: ::core::concat!(::core::env!("CARGO_PKG_NAME"), " ", ::core::env!("CARGO_PKG_VERSION")),
                files: &::dunlin::__private::EmbeddedFile::list(
                    [#(#names,)*],
                    [#(::core::include_str!(#texts),)*],
                    #checksums,
                ),
                digests: [#(#digests,)*],
                was: &[#(#was)*],
                fingerprints: &[#(#fingerprints)*],
            }
        })
    }
}

/// Returns the files with their names, by name; those of repeatable files begin with their folder.
fn scripts(directory: &Directory) -> Vec<(Cow<'_, str>, &Script)> {
    let halves = directory.pairs().iter().flat_map(|pair| [&pair.up, &pair.down]);
    let versions = halves.flat_map(|half| half.iter().map(|(_, script)| (Cow::Borrowed(name_of(script)), script)));
    let again = directory.repeatable_files().iter().flat_map(|files| files.scripts.iter());
    let again = again.map(|(_, script)| (Cow::Owned(format!("{FOLDER}/{}", name_of(script))), script));
    let mut scripts: Vec<_> = versions.chain(again).collect();
    scripts.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    scripts
}

fn name_of(script: &Script) -> &str {
    script.file.rsplit('/').next().unwrap_or_default()
}

pub(crate) fn manifest_dir() -> Result<PathBuf, String> {
    #[expect(clippy::disallowed_methods, reason = "cargo tells a macro in no other way which crate is compiled")]
    let dir = std::env::var("CARGO_MANIFEST_DIR");
    dir.map(PathBuf::from).map_err(|error| format!("dunlin: cargo's CARGO_MANIFEST_DIR: {error}"))
}

fn no_directory(dir: &str, path: &Path) -> String {
    format!(
        "dunlin: there is no directory `{dir}` beside Cargo.toml\n  looked for {}\nhint: make it with `dunlin init`, or \
         name the one that there is: `embed!(\"db/versions\")`",
        path.display()
    )
}

pub(crate) fn describe(what: &str, dir: &str, faults: &Faults) -> String {
    let number = count(faults.iter().count(), "fault");
    let mut message = format!("dunlin: the {what} in `{dir}` have {number}\n{faults}");
    for hint in faults.hints() {
        message.push_str("\nhint: ");
        message.push_str(&hint);
    }
    message
}
