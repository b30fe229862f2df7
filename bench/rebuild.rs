//! Building: a crate that embeds many migrations beside one that embeds five, in debug, with its dependencies built.

use std::fs;
use std::process::Command;

use anyhow::Result;

use crate::contest::Contest;
use crate::measure;
use crate::migrations::Shape;
use crate::programs::{Programs, cargo_in, name};

/// Compiles and links programs whose `main.rs` was touched.
pub(crate) fn run(programs: &Programs) -> Result<()> {
    measure::run(cargo_in(programs.root()).args(["build", "--offline"]))?;
    let touch = |count| {
        let main = programs.root().join(name(Shape::Tables, count)).join("src/main.rs");
        // cargo looks at the time of its last change.
        fs::read(&main).and_then(|text| fs::write(&main, text)).map_err(Into::into)
    };
    let build = |count| -> Command {
        let mut command = cargo_in(programs.root());
        command.args(["build", "--offline", "--package", &name(Shape::Tables, count)]);
        command
    };
    Contest::new("rebuilding a crate that embeds migrations", 5)
        .with("5 migrations", move || touch(5), move || build(5))
        .with("1,000 migrations", move || touch(1000), move || build(1000))
        .with("10,000 migrations", move || touch(10_000), move || build(10_000))
        .run()
}
