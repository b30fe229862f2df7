//! What stands between the parentheses of `embed!` and `tests!`.

use dunlin_core::directory::{Options, UpOnly};
use dunlin_core::migration::SetName;
use dunlin_core::test_file;
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

/// The arguments of `tests!`, checked.
#[derive(Debug)]
pub(crate) struct TestArguments {
    /// What it has in common with `embed!`.
    pub(crate) of: Arguments,
    /// The folder of seeds and checks, relative to the `Cargo.toml`.
    pub(crate) tests: String,
    /// Where that is named, or else the whole macro.
    pub(crate) tests_span: Span,
    /// The server, if it is not SQLite in memory.
    pub(crate) server: Option<Server>,
}

/// Where tests find their server.
#[derive(Debug)]
pub(crate) enum Server {
    /// At a URL that is written there.
    Url(String),
    /// At the URL in a variable of the environment, when the tests run.
    Variable(String),
}

const KEYS: [&str; 2] = ["set", "allow_up_only"];

const TEST_KEYS: [&str; 5] = ["set", "allow_up_only", "tests", "url", "url_env"];

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> syn::Result<Arguments> {
        Arguments::parse_with(input, &KEYS, &mut |_, _, _| Ok(()))
    }
}

impl Parse for TestArguments {
    fn parse(input: ParseStream<'_>) -> syn::Result<TestArguments> {
        let (mut tests, mut tests_span, mut server) = (test_file::FOLDER.to_owned(), Span::call_site(), None);
        let of = Arguments::parse_with(input, &TEST_KEYS, &mut |key: &str, span, value: ParseStream<'_>| {
            let text = text_of(value)?;
            match key {
                "tests" => (tests, tests_span) = (text.value(), text.span()),
                _ if server.is_some() => {
                    return Err(syn::Error::new(span, "there is one server: `url` or `url_env`"));
                }
                "url" => server = Some(Server::Url(text.value())),
                _ => server = Some(Server::Variable(text.value())),
            }
            Ok(())
        })?;
        Ok(TestArguments { of, tests, tests_span, server })
    }
}

/// Reads `= "…"`.
fn text_of(input: ParseStream<'_>) -> syn::Result<LitStr> {
    input.parse::<Token![=]>()?;
    input.parse()
}

/// Takes the value of a key that only one of the macros has.
type Take<'t> = &'t mut dyn FnMut(&str, Span, ParseStream<'_>) -> syn::Result<()>;

impl Arguments {
    fn parse_with(input: ParseStream<'_>, keys: &[&'static str], more: Take<'_>) -> syn::Result<Arguments> {
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
            arguments.take(&key, input, keys, more)?;
            if seen.contains(&key) {
                return Err(syn::Error::new(key.span(), format!("`{key}` stands here a second time")));
            }
            seen.push(key);
            comma(input)?;
        }
        Ok(arguments)
    }

    fn take(&mut self, key: &Ident, input: ParseStream<'_>, keys: &[&'static str], more: Take<'_>) -> syn::Result<()> {
        match key.to_string().as_str() {
            "set" => {
                let name = text_of(input)?;
                self.options.set = SetName::new(name.value()).map_err(|bad| syn::Error::new(name.span(), bad))?;
            }
            "allow_up_only" => self.options.up_only = UpOnly::Allow,
            own if keys.contains(&own) => more(own, key.span(), input)?,
            unknown => {
                let near = nearest(unknown, keys.iter().copied()).map(|near| format!("did you mean `{near}`?"));
                let known = || known(keys);
                let message = format!("unknown argument `{unknown}`; {}", near.unwrap_or_else(known));
                return Err(syn::Error::new(key.span(), message));
            }
        }
        Ok(())
    }
}

/// Lists keys as they are written.
fn known(keys: &[&str]) -> String {
    let written = |key: &&str| match *key {
        "allow_up_only" => format!("`{key}`"),
        key => format!("`{key} = \"…\"`"),
    };
    let mut known: Vec<String> = keys.iter().map(written).collect();
    let last = known.pop().unwrap_or_default();
    format!("{} and {last} are known", known.join(", "))
}

fn comma(input: ParseStream<'_>) -> syn::Result<()> {
    if input.is_empty() { Ok(()) } else { input.parse::<Token![,]>().map(drop) }
}
