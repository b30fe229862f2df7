//! What the files of new migrations are called: `{id}_{slug}`, unless `file-template` in `dunlin.toml` says otherwise.

use std::str::FromStr;

use dunlin::core::file_name::{BadFileName, FileName};
use dunlin::core::migration::MigrationId;
use dunlin::core::text::{list, nearest};

/// A file's name without its ending, with fields in braces. Whatever fills them, the id is what stands before the first `_`.
#[derive(Debug, Clone)]
pub(crate) struct FileTemplate(String);

/// The fields of a template, of a name as of a text: the id, the slug, and the time in UTC.
pub(crate) const FIELDS: [&str; 8] = ["id", "slug", "year", "month", "day", "hour", "minute", "second"];

/// Why a text is no template.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadTemplate {
    #[error("`{{{field}}}` is no field of a file name{}", .nearest.map_or_else(|| format!("; the fields are {}", list(FIELDS)), |near| format!("; did you mean `{{{near}}}`?")))]
    Field { field: String, nearest: Option<&'static str> },
    #[error("`{template}` makes no file name of a migration: {why}")]
    Name { template: String, why: BadFileName },
    #[error("`{0}` must begin with `{{id}}_`, so that the id ends at the first `_`")]
    Id(String),
    #[error("`{0}` names a folder; the files stand in `dir`")]
    Folder(String),
}

impl FileTemplate {
    /// Returns the name, without its ending. `time` is the time in UTC as an id: `20261121093000`.
    pub(crate) fn name(&self, id: &MigrationId, slug: &str, time: &str) -> String {
        filled(&self.0, &fields(id.as_str(), slug, time))
    }
}

impl Default for FileTemplate {
    fn default() -> FileTemplate {
        FileTemplate("{id}_{slug}".to_owned())
    }
}

impl FromStr for FileTemplate {
    type Err = BadTemplate;

    fn from_str(text: &str) -> Result<FileTemplate, BadTemplate> {
        let sample = filled(text, &fields("1", "x", "20261121093000"));
        if let Some(field) = sample.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map(|(field, _)| field) {
            return Err(BadTemplate::Field { field: field.to_owned(), nearest: nearest(field, FIELDS) });
        }
        if text.contains(['/', '\\']) {
            return Err(BadTemplate::Folder(text.to_owned()));
        }
        let name = FileName::parse(&format!("{sample}.up.sql"))
            .map_err(|why| BadTemplate::Name { template: text.to_owned(), why })?;
        if name.id.as_str() != "1" || !text.starts_with("{id}_") {
            return Err(BadTemplate::Id(text.to_owned()));
        }
        Ok(FileTemplate(text.to_owned()))
    }
}

/// Returns what the fields of a template are filled with.
pub(crate) fn fields<'f>(id: &'f str, slug: &'f str, time: &'f str) -> [(&'static str, &'f str); 8] {
    let part = |start: usize, end: usize| time.get(start..end).unwrap_or_default();
    let [of_id, of_slug, year, month, day, hour, minute, second] = FIELDS;
    [
        (of_id, id),
        (of_slug, slug),
        (year, part(0, 4)),
        (month, part(4, 6)),
        (day, part(6, 8)),
        (hour, part(8, 10)),
        (minute, part(10, 12)),
        (second, part(12, 14)),
    ]
}

/// Fills the fields of a text, each once: what fills one is not looked at again. `${name}` is no field, but a variable.
pub(crate) fn filled(text: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let value = after.split_once('}').and_then(|(name, tail)| {
            let (_, value) = values.iter().find(|(own, _)| *own == name)?;
            Some((*value, tail))
        });
        rest = match value.filter(|_| !before.ends_with('$')) {
            Some((value, tail)) => {
                out.push_str(value);
                tail
            }
            None => {
                out.push('{');
                after
            }
        };
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(template: &str) -> Result<String, String> {
        let template: FileTemplate = template.parse().map_err(|bad: BadTemplate| bad.to_string())?;
        Ok(template.name(&"0007".parse().unwrap(), "add_{id}", "20261121093000"))
    }

    #[test]
    fn fields_are_filled_once() {
        assert_eq!(name("{id}_{slug}").unwrap(), "0007_add_{id}");
        assert_eq!(name("{id}_{year}-{month}-{day}-{slug}").unwrap(), "0007_2026-11-21-add_{id}");
        assert_eq!(filled("${id} {id} '{}' '{1,2}' {ide} {", &[("id", "7")]), "${id} 7 '{}' '{1,2}' {ide} {");
    }

    #[test]
    fn a_template_that_makes_no_file_name_is_refused() {
        let of = |template| name(template).unwrap_err();
        assert_eq!(of("{id}_{slgu}"), "`{slgu}` is no field of a file name; did you mean `{slug}`?");
        assert_eq!(
            of("{id}_{q}"),
            "`{q}` is no field of a file name; the fields are `id`, `slug`, `year`, `month`, `day`, `hour`, `minute` and `second`"
        );
        assert_eq!(of("{slug}_{id}"), "`{slug}_{id}` must begin with `{id}_`, so that the id ends at the first `_`");
        assert_eq!(
            of("{id}-{slug}"),
            "`{id}-{slug}` makes no file name of a migration: no `_` ends the id; a name is `<id>_<slug>.up.sql`"
        );
        assert_eq!(
            of("{id}_{year}.{slug}"),
            "`{id}_{year}.{slug}` makes no file name of a migration: `.x` is neither `up`, `down` nor an engine (`sqlite`, `postgres`, `mysql`)"
        );
        assert_eq!(of("{year}/{id}_{slug}"), "`{year}/{id}_{slug}` names a folder; the files stand in `dir`");
    }
}
