//! From a directory to one `#[test]` for each of its migrations.

use std::path::Path;

use dunlin_core::directory::{Directory, sql_names};
use dunlin_core::test_file::{TestFileName, of_folder};
use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;

use crate::arguments::{Server, TestArguments};
use crate::embed::{describe, embedded, manifest_dir};

/// Reads the directory and the folder of seeds and checks, and returns the tests.
pub(crate) fn expand(arguments: &TestArguments) -> syn::Result<TokenStream> {
    let error = |message: String| syn::Error::new(arguments.tests_span, message);
    let (directory, migrations) = embedded(&arguments.of)?;
    let folder = manifest_dir().map_err(error)?.join(&arguments.tests);
    let files = files(&folder, arguments, &directory)?;
    let names = files.iter().map(|file| &file.name);
    let paths = files.iter().map(|file| Literal::string(&folder.join(&file.name).to_string_lossy()));
    let (shown, built_from) = (&arguments.tests, Literal::string(&folder.to_string_lossy()));
    let url = match &arguments.server {
        None => quote!(::core::option::Option::None),
        Some(Server::Url(url)) => quote!(::core::option::Option::Some(::std::string::String::from(#url))),
        Some(Server::Variable(name)) => quote!(match ::std::env::var(#name) {
            ::core::result::Result::Ok(url) => ::core::option::Option::Some(url),
            ::core::result::Result::Err(why) => ::core::panic!("{}: {}", #name, why),
        }),
    };
    let tests = directory.pairs().iter().map(|pair| {
        let (name, id) = (function(&pair.name()), pair.id.as_str());
        quote! {
            #[test]
            #[allow(non_snake_case)]
            fn #name() -> ::core::result::Result<(), ::dunlin::__private::TestFailed> {
                ::dunlin::__private::test_migration(&DUNLIN_TESTS, #id, dunlin_tests_url())
            }
        }
    });
    Ok(quote! {
        #[cfg(test)]
        static DUNLIN_TESTS: ::dunlin::__private::TestSource = {
            static MIGRATIONS: ::dunlin::Migrations = #migrations;
            ::dunlin::__private::TestSource {
                migrations: &MIGRATIONS,
                folder: #shown,
                built_from: #built_from,
                files: &[#((#names, ::core::include_str!(#paths)),)*],
            }
        };

        #[cfg(test)]
        fn dunlin_tests_url() -> ::core::option::Option<::std::string::String> {
            #url
        }

        #(#tests)*

        #[test]
        fn nothing_is_newer_than_these_tests() -> ::core::result::Result<(), ::dunlin::__private::TestFailed> {
            ::dunlin::__private::nothing_is_newer(&DUNLIN_TESTS)
        }
    })
}

/// Finds the files of the folder that belong to migrations. A folder that was named must be there.
fn files(folder: &Path, arguments: &TestArguments, directory: &Directory) -> syn::Result<Vec<TestFileName>> {
    let error = |message: String| syn::Error::new(arguments.tests_span, message);
    let shown = &arguments.tests;
    if !folder.is_dir() {
        let is_named = shown != dunlin_core::test_file::FOLDER;
        let missing =
            format!("dunlin: there is no folder `{shown}` beside Cargo.toml\n  looked for {}", folder.display());
        return if is_named { Err(error(missing)) } else { Ok(Vec::new()) };
    }
    let found = sql_names(folder, shown).and_then(|names| of_folder(shown, &names, directory.revisions()));
    found.map_err(|faults| error(describe("tests", shown, &faults)))
}

/// Makes `<id>_<slug>` the name of a test.
fn function(name: &str) -> Ident {
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    Ident::new(&format!("migration_{plain}"), Span::call_site())
}
