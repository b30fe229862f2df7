//! The order in which a setting is looked for.

use dunlin::core::variables::Values;

use super::{BadSetting, ScratchUrl, Sources, Url, variable};
use crate::config_file::{FILE_NAME, Section};
use crate::database_url::DatabaseUrl;

/// The variables that can hold a URL; the first that is set counts.
const URLS: [&str; 2] = ["DUNLIN_URL", "DATABASE_URL"];

/// The sections that count for one database, each with its title, and the top of the file.
pub(super) struct Layers<'s> {
    pub(super) sources: &'s Sources<'s>,
    pub(super) chosen: Vec<(String, &'s Section)>,
}

impl Layers<'_> {
    /// Returns the first that is said: by a flag, by a chosen section, by the environment, by the top of the file.
    pub(super) fn first<T, E: ToString>(
        &self,
        flag: Option<T>,
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, E>,
        key: impl Fn(&Section) -> Option<T>,
    ) -> Result<Option<T>, BadSetting> {
        if let Some(said) = flag.or_else(|| self.chosen.iter().find_map(|(_, section)| key(section))) {
            return Ok(Some(said));
        }
        Ok(variable(self.sources.host, name, parse)?.or_else(|| key(self.sources.file.top())))
    }

    /// Returns what only the file can say, and the title of the section that says it; that of the top is empty.
    pub(super) fn said<T>(&self, key: impl Fn(&Section) -> Option<T>) -> Option<(T, &str)> {
        let chosen = self.chosen.iter().find_map(|(title, section)| Some((key(section)?, &**title)));
        chosen.or_else(|| Some((key(self.sources.file.top())?, "")))
    }

    /// Returns the value of every variable: flags before chosen sections before the top of the file, each on its own.
    pub(super) fn values(&self) -> Values {
        let mut values = self.sources.file.top().vars.clone();
        for (_, section) in self.chosen.iter().rev() {
            values.extend(section.vars.clone());
        }
        values.extend(self.sources.options.vars.iter().cloned());
        values
    }

    pub(super) fn url(&self) -> Option<Url> {
        let Sources { options, host, .. } = self.sources;
        let known = |url: DatabaseUrl, from: &str| Some(Url::Known { url, from: from.to_owned() });
        if let Some(url) = &options.url {
            return known(url.clone(), "--url");
        }
        if let Some(url) = &options.own.url {
            return known(url.clone(), "the program");
        }
        let (said, title) = self.said(|section| section.url.clone()).unzip();
        let title = title.unwrap_or_default();
        let variable = URLS.into_iter().find_map(|name| Some((name, host.variable(name)?)));
        match (said, variable) {
            (Some(url), _) if !title.is_empty() => self.url_of_file(&url, &format!("{title} in {FILE_NAME}")),
            (_, Some((name, url))) => known(DatabaseUrl::from(url), name),
            (Some(url), None) => self.url_of_file(&url, FILE_NAME),
            (None, None) => None,
        }
    }

    /// Returns the URL that leads past poolers, if one is said.
    pub(super) fn direct_url(&self) -> Result<Option<DatabaseUrl>, BadSetting> {
        let Sources { options, host, .. } = self.sources;
        if let Some(url) = &options.direct_url {
            return Ok(Some(url.clone()));
        }
        let (said, title) = self.said(|section| section.direct_url.clone()).unzip();
        let is_chosen = title.is_some_and(|title| !title.is_empty());
        let variable = host.variable("DUNLIN_DIRECT_URL").map(DatabaseUrl::from);
        let of_file = said.and_then(|url| self.url_of_file(&url, FILE_NAME));
        match (of_file, variable) {
            (Some(of_file), variable) if is_chosen || variable.is_none() => match of_file {
                Url::Known { url, .. } => Ok(Some(url)),
                Url::Unset { file, name } => Err(BadSetting::NoVariable { file, key: "direct-url", name }),
            },
            (_, variable) => Ok(variable),
        }
    }

    /// Returns the URL of a server for scratch databases, if one is said.
    pub(super) fn scratch_url(&self) -> Option<ScratchUrl> {
        let (said, _) = self.said(|section| section.schema.scratch_url.clone())?;
        let file = self.sources.config?.to_owned();
        let location = self.sources.file.location(said.span().start);
        let url = |text: &str| DatabaseUrl::from(text);
        Some(match said.as_ref().strip_prefix("env:") {
            Some(name) => {
                let value = self.sources.host.variable(name).map(url);
                ScratchUrl { file, location, variable: Some(name.to_owned()), value }
            }
            None => ScratchUrl { file, location, variable: None, value: Some(url(said.as_ref())) },
        })
    }

    fn url_of_file(&self, url: &str, from: &str) -> Option<Url> {
        let from = from.to_owned();
        let Some(name) = url.strip_prefix("env:") else {
            return Some(Url::Known { url: DatabaseUrl::from(url).relative_to(self.sources.base()), from });
        };
        Some(match self.sources.host.variable(name) {
            Some(url) => Url::Known { url: DatabaseUrl::from(url), from },
            None => Url::Unset { file: self.sources.config?.to_owned(), name: name.to_owned() },
        })
    }
}
