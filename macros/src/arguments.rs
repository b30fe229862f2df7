//! What stands between the parentheses of `embed!`.

use dunlin_core::directory::{Options, UpOnly};
use dunlin_core::migration::SetName;
use dunlin_core::text::nearest;
use proc_macro2::{Ident, Span};
use syn::parse::{Parse, ParseStream};
use syn::{LitStr, Token};

/// The arguments, checked.
#[derive(Debug)]
pub(crate) struct Arguments {
    /// The directory, relative to the `Cargo.toml`.
    pub(crate) dir: String,
    /// Where the directory is named, or else the whole macro.
    pub(crate) span: Span,
    /// How it is to be read.
    pub(crate) options: Options,
}

const KEYS: [&str; 2] = ["set", "allow_up_only"];

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> syn::Result<Arguments> {
        let mut arguments =
            Arguments { dir: "versions".to_owned(), span: Span::call_site(), options: Options::default() };
        if input.peek(LitStr) {
            let dir: LitStr = input.parse()?;
            if dir.value().is_empty() {
                return Err(syn::Error::new(dir.span(), "the directory has no name; `.` is the folder of Cargo.toml"));
            }
            arguments.dir = dir.value();
            arguments.span = dir.span();
            comma(input)?;
        }
        let mut seen: Vec<Ident> = Vec::new();
        while !input.is_empty() {
            if input.peek(LitStr) {
                return Err(input.error("the directory is named once, before everything else"));
            }
            let key: Ident = input.parse()?;
            arguments.take(&key, input)?;
            if seen.contains(&key) {
                return Err(syn::Error::new(key.span(), format!("`{key}` stands here a second time")));
            }
            seen.push(key);
            comma(input)?;
        }
        Ok(arguments)
    }
}

impl Arguments {
    fn take(&mut self, key: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        match key.to_string().as_str() {
            "set" => {
                input.parse::<Token![=]>()?;
                let name: LitStr = input.parse()?;
                self.options.set = SetName::new(name.value()).map_err(|bad| syn::Error::new(name.span(), bad))?;
            }
            "allow_up_only" => self.options.up_only = UpOnly::Allow,
            unknown => {
                let near = nearest(unknown, KEYS).map(|near| format!("did you mean `{near}`?"));
                let known = || "`set = \"…\"` and `allow_up_only` are known".to_owned();
                let message = format!("unknown argument `{unknown}`; {}", near.unwrap_or_else(known));
                return Err(syn::Error::new(key.span(), message));
            }
        }
        Ok(())
    }
}

fn comma(input: ParseStream<'_>) -> syn::Result<()> {
    if input.is_empty() { Ok(()) } else { input.parse::<Token![,]>().map(drop) }
}
