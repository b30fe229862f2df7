//! What a run is to go by: flags, then the environment, then `dunlin.toml`, then defaults.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use clap::ValueEnum;
use dunlin::core::directory::UpOnly;
use dunlin::core::migration::SetName;
use dunlin::core::text::list;
use dunlin::{Policy, Verdict};

use crate::config_file::{BadConfigFile, ConfigFile};
use crate::database_url::DatabaseUrl;
use crate::duration;
use crate::host::Host;
use crate::options::{Color, Format, Options};

/// The settings of a run, each with the value that counts.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) url: Option<DatabaseUrl>,
    /// What told the URL, for people.
    pub(crate) url_from: &'static str,
    /// The settings file, if there is one.
    pub(crate) config: Option<PathBuf>,
    pub(crate) dir: Option<PathBuf>,
    pub(crate) set: Option<SetName>,
    pub(crate) up_only: UpOnly,
    pub(crate) policy: Policy,
    pub(crate) lock_wait: Duration,
    pub(crate) history_schema: Option<String>,
    pub(crate) history_prefix: Option<String>,
}

/// How the output is to look. It is settled first, so that what is wrong with the rest can be told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    pub(crate) format: Format,
    pub(crate) color: Color,
}

/// Why the settings cannot be taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadSetting {
    #[error(transparent)]
    File(#[from] BadConfigFile),
    #[error("the environment variable {name}: {message}")]
    Variable { name: &'static str, message: String },
    #[error("{}: `url` is to come from the environment variable `{name}`, which is not set", .file.display())]
    NoVariable { file: PathBuf, name: String },
}

/// The variables that can hold a URL; the first that is set counts.
const URLS: [&str; 2] = ["DUNLIN_URL", "DATABASE_URL"];

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

impl Settings {
    /// Settles every setting. A URL that the program itself gives comes directly after the flag.
    pub(crate) fn new(options: &Options, host: &Host) -> Result<Settings, BadSetting> {
        let config = options.config.clone().or_else(|| host.variable("DUNLIN_CONFIG").map(PathBuf::from));
        let config = config.or_else(|| ConfigFile::find(host.folder()));
        let file = config.as_deref().map(ConfigFile::read).transpose()?.unwrap_or_default();
        let base = config.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));

        let flag = |set: bool| set.then_some(true);
        let up_only = first(flag(options.allow_up_only), host, "DUNLIN_ALLOW_UP_ONLY", truth, file.allow_up_only)?;
        let out_of_order =
            first(flag(options.allow_out_of_order), host, "DUNLIN_ALLOW_OUT_OF_ORDER", truth, file.allow_out_of_order)?;
        let missing = first(flag(options.allow_missing), host, "DUNLIN_ALLOW_MISSING", truth, file.allow_missing)?;
        let verdict = |allowed| if allowed == Some(true) { Verdict::Warn } else { Verdict::Refuse };
        let name = |text: &str| SetName::new(text.to_owned());
        let (url, url_from) = url(options, host, file.url.as_deref(), config.as_deref())?;
        Ok(Settings {
            url,
            url_from,
            dir: first(options.dir.clone(), host, "DUNLIN_DIR", PathBuf::from_str, file.dir.map(|dir| base.join(dir)))?,
            set: first(options.set.clone(), host, "DUNLIN_SET", name, file.set)?,
            up_only: match up_only {
                Some(true) => UpOnly::Allow,
                Some(false) => UpOnly::Refuse,
                None => UpOnly::AllowPlain,
            },
            policy: Policy { out_of_order: verdict(out_of_order), missing: verdict(missing), ..Policy::default() },
            lock_wait: first(options.lock_wait, host, "DUNLIN_LOCK_WAIT", duration::parse, file.lock_wait)?
                .unwrap_or(Duration::from_mins(5)),
            history_schema: first(
                options.history_schema.clone(),
                host,
                "DUNLIN_HISTORY_SCHEMA",
                String::from_str,
                file.history_schema,
            )?,
            history_prefix: first(
                options.history_prefix.clone(),
                host,
                "DUNLIN_HISTORY_PREFIX",
                String::from_str,
                file.history_prefix,
            )?,
            config,
        })
    }
}

fn url(
    options: &Options,
    host: &Host,
    file: Option<&str>,
    config: Option<&Path>,
) -> Result<(Option<DatabaseUrl>, &'static str), BadSetting> {
    let taken = |text: &str| Some(DatabaseUrl::from(text));
    if let Some(url) = &options.url {
        return Ok((Some(url.clone()), "--url"));
    }
    if let Some(url) = &options.own.url {
        return Ok((Some(url.clone()), "the program"));
    }
    if let Some((name, url)) = URLS.into_iter().find_map(|name| Some((name, host.variable(name)?))) {
        return Ok((taken(url), name));
    }
    let (Some(url), Some(config)) = (file, config) else { return Ok((None, "")) };
    let from = crate::config_file::FILE_NAME;
    match url.strip_prefix("env:") {
        Some(name) => {
            let unset = || BadSetting::NoVariable { file: config.to_owned(), name: name.to_owned() };
            Ok((taken(host.variable(name).ok_or_else(unset)?), from))
        }
        None => Ok((Some(DatabaseUrl::from(url).relative_to(config.parent().unwrap_or(Path::new("")))), from)),
    }
}

/// Returns the first that is said: by a flag, by the environment, by the file.
fn first<T, E: ToString>(
    flag: Option<T>,
    host: &Host,
    name: &'static str,
    parse: impl Fn(&str) -> Result<T, E>,
    file: Option<T>,
) -> Result<Option<T>, BadSetting> {
    match flag {
        Some(flag) => Ok(Some(flag)),
        None => Ok(variable(host, name, parse)?.or(file)),
    }
}

fn variable<T, E: ToString>(
    host: &Host,
    name: &'static str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<Option<T>, BadSetting> {
    let Some(value) = host.variable(name) else { return Ok(None) };
    let bad = |error: E| BadSetting::Variable { name, message: error.to_string() };
    parse(value).map(Some).map_err(bad)
}

fn one_of<T: ValueEnum>(text: &str) -> Result<T, String> {
    T::from_str(text, true).map_err(|_| {
        let values = T::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        let names: Vec<String> = values.map(|value| value.get_name().to_owned()).collect();
        format!("`{text}` is none of {}", list(names))
    })
}

fn truth(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err(format!("`{text}` is neither `true` nor `false`")),
    }
}
