//! What the files of a new migration hold.

use dunlin::core::checksum::Checksum;
use dunlin::core::dialect::Dialect;
use dunlin::core::directory::{Pair, check};
use dunlin::core::fault::{Fault, FaultKind, Faults};
use dunlin::core::header::{self, Dependency};
use dunlin::core::location::Location;
use dunlin::core::migration::{Direction, Label, MigrationId, Script};

use super::{CannotAdd, Manner, Words, words};
use crate::file_template::{fields, filled};
use crate::templates;

/// The texts that follow the header of each file.
#[derive(Debug, Clone)]
pub(crate) struct Templates {
    pub(crate) up: Template,
    pub(crate) down: Template,
}

/// A text, and where it comes from.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    /// Where it stands, for people.
    pub(crate) file: String,
    pub(crate) text: Text,
}

/// What follows the header of a file.
#[derive(Debug, Clone)]
pub(crate) enum Text {
    /// Something with fields, which are filled.
    WithFields(String),
    /// Something that is to stand there as it is.
    AsItIs(String),
}

impl Templates {
    /// Returns templates of dunlin's own: `new` or `merge`.
    pub(crate) fn own(kind: &str) -> Templates {
        let template = |file: String| Template { text: Text::WithFields(templates::text(&file, &[])), file };
        Templates { up: template(format!("{kind}/up.sql")), down: template(format!("{kind}/down.sql")) }
    }
}

impl Default for Templates {
    fn default() -> Templates {
        Templates::own("new")
    }
}

/// What the up file says about itself.
pub(super) struct Header<'w> {
    pub(super) words: &'w Words,
    pub(super) parents: &'w [&'w Pair],
    pub(super) depends_on: &'w [Dependency],
    pub(super) labels: &'w [Label],
    pub(super) irreversible: Option<&'w str>,
}

/// The texts of both files.
pub(super) struct Texts {
    pub(super) up: String,
    pub(super) down: String,
}

/// Puts the texts together, and checks them.
pub(super) fn texts(header: &Header<'_>, id: &MigrationId, slug: &str, manner: &Manner) -> Result<Texts, CannotAdd> {
    let (message, revises) = (header.words.line(), header.revises());
    let mut values = fields(id.as_str(), slug, &manner.time).to_vec();
    values.extend([("message", &*message), ("revises", &*revises)]);
    let up = whole(&header.text()?, &manner.templates.up, &values, Direction::Up)?;
    let down = whole("", &manner.templates.down, &values, Direction::Down)?;
    Ok(Texts { up, down })
}

fn whole(
    header: &str,
    template: &Template,
    values: &[(&str, &str)],
    direction: Direction,
) -> Result<String, CannotAdd> {
    let body = match &template.text {
        Text::WithFields(text) => filled(text, values),
        Text::AsItIs(text) => text.clone(),
    };
    let text = format!("{header}{body}");
    let faults = faults(&text, header.lines().count(), &template.file, direction);
    Faults::none_or(faults).map_err(CannotAdd::Template)?;
    Ok(text)
}

/// What keeps a text from being run, at its place in the template; that it has no statement yet is no fault.
fn faults(text: &str, header_lines: usize, file: &str, direction: Direction) -> Vec<Fault> {
    let place = |line: usize, column| {
        line.checked_sub(header_lines).filter(|&line| line > 0).map(|line| Location { line, column })
    };
    let header = match header::parse(text) {
        Ok(header) => header,
        Err(bad) => {
            let fault = |bad: header::BadDirective| Fault {
                file: file.to_owned(),
                location: place(bad.line, 1),
                kind: bad.kind.into(),
            };
            return bad.into_iter().map(fault).collect();
        }
    };
    let (file, checksum) = (file.to_owned(), Checksum::of_text(text));
    let script = Script { file, text: text.to_owned().into(), checksum, header };
    let found = check(&script, direction, &Dialect::ALL).into_iter().filter(|fault| fault.kind != FaultKind::Empty);
    found
        .map(|fault| Fault {
            location: fault.location.and_then(|location| place(location.line, location.column)),
            ..fault
        })
        .collect()
}

impl Header<'_> {
    fn revises(&self) -> String {
        match self.parents {
            [] => "base".to_owned(),
            parents => parents.iter().map(|pair| pair.id.as_str()).collect::<Vec<_>>().join(", "),
        }
    }

    fn text(&self) -> Result<String, CannotAdd> {
        let mut text = words::comment(self.words).unwrap_or_default();
        let mut directive = |key: &str, value: &str| text.push_str(&format!("-- dunlin: {key} {value}\n"));
        directive("revises", &self.revises());
        if !self.depends_on.is_empty() {
            let dependency = |on: &Dependency| match &on.set {
                Some(set) => format!("{set}/{}", on.id),
                None => on.id.to_string(),
            };
            directive("depends-on", &self.depends_on.iter().map(dependency).collect::<Vec<_>>().join(", "));
        }
        self.labels.iter().for_each(|label| directive("label", label.as_str()));
        if let Some(reason) = self.irreversible {
            let reason = Words::Message(reason.to_owned()).line();
            if reason.is_empty() {
                return Err(CannotAdd::NoReason);
            }
            directive("irreversible", &reason);
        }
        Ok(text)
    }
}
