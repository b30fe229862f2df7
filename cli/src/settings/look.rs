use clap::ValueEnum;
use dunlin::core::text::list;

use super::{BadSetting, variable};
use crate::host::Host;
use crate::options::{Color, Format, Options};

/// How the output is to look. It is settled first, so that what is wrong with the rest can be told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    pub(crate) format: Format,
    pub(crate) color: Color,
}

impl Look {
    /// Settles how the output is to look. What the environment says wrongly counts as not said, and is returned.
    pub(crate) fn new(options: &Options, host: &Host) -> (Look, Result<(), BadSetting>) {
        let format = variable(host, "DUNLIN_FORMAT", one_of::<Format>);
        let color = variable(host, "DUNLIN_COLOR", one_of::<Color>);
        let (format, format_fault) = either(options.format, format);
        let (color, color_fault) = either(options.color, color);
        let fault = format_fault.or(color_fault).map_or(Ok(()), Err);
        (Look { format: format.unwrap_or_default(), color: color.unwrap_or_default() }, fault)
    }
}

fn either<T>(flag: Option<T>, variable: Result<Option<T>, BadSetting>) -> (Option<T>, Option<BadSetting>) {
    match (flag, variable) {
        (Some(flag), _) => (Some(flag), None),
        (None, Ok(variable)) => (variable, None),
        (None, Err(fault)) => (None, Some(fault)),
    }
}

pub(super) fn one_of<T: ValueEnum>(text: &str) -> Result<T, String> {
    T::from_str(text, true).map_err(|_| {
        let values = T::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        let names: Vec<String> = values.map(|value| value.get_name().to_owned()).collect();
        format!("`{text}` is none of {}", list(names))
    })
}
