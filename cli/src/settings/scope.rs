//! On which databases a verb runs, in which environment.

use std::path::{Path, PathBuf};

use super::{BadSetting, Settings, Unchosen, Url};
use crate::config_file::{ALL, ConfigFile};
use crate::host::Host;
use crate::options::Options;

/// On what a verb is to be run.
#[derive(Debug)]
pub(crate) enum Scope {
    One(Box<Settings>),
    /// Every database of the file, in its order.
    Each(Vec<Settings>),
}

impl Scope {
    /// Settles every setting. A URL that the program itself gives comes directly after the flag.
    pub(crate) fn new(options: &Options, host: &Host) -> Result<Scope, BadSetting> {
        let config = options.config.clone().or_else(|| host.variable("DUNLIN_CONFIG").map(PathBuf::from));
        let config = config.or_else(|| ConfigFile::find(host.folder()));
        let file = config.as_deref().map(ConfigFile::read).transpose()?.unwrap_or_default();
        let sources = Sources { options, host, config: config.as_deref(), file: &file };

        let env = sources.choice(options.env.as_deref(), "DUNLIN_ENV", "environment", &file.environments(), None)?;
        let names = file.databases(env.as_deref());
        let database = sources.choice(options.database.as_deref(), "DUNLIN_DATABASE", "database", &names, Some(ALL))?;
        match (database, &names[..]) {
            (Some(name), _) if options.own.url.is_some() && options.url.is_none() => {
                Err(BadSetting::UrlIsSaid { from: "the program", name })
            }
            (Some(name), _) if name == ALL => match (&options.url, options.fleet.flag()) {
                (Some(_), _) => Err(BadSetting::UrlIsSaid { from: "`--url`", name }),
                (None, Some(from)) => Err(BadSetting::UrlIsSaid { from, name }),
                (None, None) => sources.each(env.as_deref(), &names).and_then(apart).map(Scope::Each),
            },
            (None, [_, _, ..]) => sources.unchosen(env.as_deref(), names).map(|one| Scope::One(Box::new(one))),
            (database, _) => {
                let database = database.or_else(|| names.first().cloned());
                Settings::new(&sources, env.as_deref(), database.as_deref()).map(|one| Scope::One(Box::new(one)))
            }
        }
    }
}

/// Makes sure that no direct URL leads two databases to one.
fn apart(each: Vec<Settings>) -> Result<Vec<Settings>, BadSetting> {
    let url = |of: &Settings| match &of.url {
        Some(Url::Known { url, .. }) => Some(url.expose().to_owned()),
        Some(Url::Unset { .. }) | None => None,
    };
    let direct = |of: &Settings| of.direct_url.as_ref().map(|url| url.expose().to_owned());
    for (n, one) in each.iter().enumerate() {
        let is_led_with_it = |other: &&Settings| direct(other) == direct(one) && url(other) != url(one);
        if let Some(other) = each.iter().skip(n + 1).filter(|_| one.direct_url.is_some()).find(is_led_with_it) {
            let names = [one, other].map(|of| format!("`{}`", of.database.as_deref().unwrap_or_default()));
            return Err(BadSetting::SharedDirectUrl { names });
        }
    }
    Ok(each)
}

/// Where settings come from.
pub(super) struct Sources<'s> {
    pub(super) options: &'s Options,
    pub(super) host: &'s Host,
    pub(super) config: Option<&'s Path>,
    pub(super) file: &'s ConfigFile,
}

impl Sources<'_> {
    /// Returns the name that was chosen by a flag or a variable, if it is one of those that the file has.
    fn choice(
        &self,
        flag: Option<&str>,
        variable: &'static str,
        what: &'static str,
        known: &[String],
        every: Option<&str>,
    ) -> Result<Option<String>, BadSetting> {
        let Some(name) = flag.or_else(|| self.host.variable(variable)) else { return Ok(None) };
        if known.iter().any(|known| known == name) || (every == Some(name) && !known.is_empty()) {
            return Ok(Some(name.to_owned()));
        }
        let (file, name, known) = (self.config.map(Path::to_owned), name.to_owned(), known.to_owned());
        let bad = BadSetting::Unknown { file, what, name, known };
        match flag {
            Some(_) => Err(bad),
            None => Err(BadSetting::Variable { name: variable, message: bad.to_string() }),
        }
    }

    fn each(&self, env: Option<&str>, names: &[String]) -> Result<Vec<Settings>, BadSetting> {
        names.iter().map(|name| Settings::new(self, env, Some(name))).collect()
    }

    /// Settles what does not depend on which database is meant.
    fn unchosen(&self, env: Option<&str>, names: Vec<String>) -> Result<Settings, BadSetting> {
        let mut settings = Settings::new(self, env, None)?;
        let each = self.each(env, &names)?;
        if self.options.url.is_none() && self.options.own.url.is_none() {
            settings.url = None;
        }
        let files = |of: &Settings| (of.directory(), of.set.clone().unwrap_or_default(), of.up_only);
        let mut rest = each.iter();
        let is_split = match rest.next() {
            Some(first) => {
                (settings.dir, settings.set, settings.up_only) = (first.dir.clone(), first.set.clone(), first.up_only);
                rest.any(|other| files(other) != files(first))
            }
            None => false,
        };
        settings.unchosen = Unchosen { names, is_split };
        Ok(settings)
    }

    /// Returns the folder of the settings file, which its relative paths begin at.
    pub(super) fn base(&self) -> &Path {
        self.config.and_then(Path::parent).unwrap_or(Path::new(""))
    }
}
