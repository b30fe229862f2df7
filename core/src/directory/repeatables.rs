//! The repeatable files of a directory: their names, their texts, and which of them one engine gets.

use super::{Directory, SourceFile, Variants, check::check, path, script};
use crate::dialect::Dialect;
use crate::fault::{Fault, FaultKind, Faults};
use crate::header::{DIRECTIVES, Files};
use crate::migration::{Direction, Script};
use crate::repeatable::{RepeatableFile, RepeatableFiles, Repeatables, in_folder};

/// Groups files by name, in the order of their names, and checks every text.
pub(super) fn collect(shown: &str, files: Vec<SourceFile>, faults: &mut Vec<Fault>) -> Vec<RepeatableFiles> {
    let mut named = Vec::with_capacity(files.len());
    for source in files {
        let file = path(shown, &source.name);
        match RepeatableFile::parse(in_folder(&source.name).unwrap_or_default()) {
            Ok(name) => named.push((name, file, source)),
            Err(bad) => faults.push(Fault { file, location: None, kind: bad.into() }),
        }
    }
    named.sort_by(|(one, ..), (other, ..)| (&one.name, one.engine).cmp(&(&other.name, other.engine)));
    let mut all: Vec<RepeatableFiles> = Vec::new();
    for (RepeatableFile { name, engine }, file, source) in named {
        let is_checked = source.checksum.is_some();
        let (script, found) = script(file, source);
        faults.extend(found);
        if !is_checked {
            check_text(&script, engine, faults);
        }
        match all.iter_mut().find(|files| files.name.as_str().eq_ignore_ascii_case(name.as_str())) {
            Some(twin) if twin.name != name || twin.scripts.exactly(engine).is_some() => {
                let other = twin.scripts.primary().map_or_else(String::new, |script| script.file.clone());
                faults.push(Fault { file: script.file, location: None, kind: FaultKind::RepeatableTwice { other } });
            }
            Some(twin) => twin.scripts.insert(engine, script),
            None => {
                let mut scripts = Variants::default();
                scripts.insert(engine, script);
                all.push(RepeatableFiles { name, scripts });
            }
        }
    }
    all
}

fn check_text(script: &Script, engine: Option<Dialect>, faults: &mut Vec<Fault>) {
    let engines = engine.as_ref().map_or(&Dialect::ALL[..], std::slice::from_ref);
    let found = check(script, Direction::Up, engines).into_iter();
    faults.extend(found.map(|fault| match fault.kind {
        FaultKind::Empty => Fault { kind: FaultKind::EmptyRepeatable, ..fault },
        _ => fault,
    }));
    for directive in DIRECTIVES.iter().filter(|directive| directive.files != Files::All) {
        if script.header.carries(directive.key) {
            let kind = FaultKind::NotInRepeatable(directive.key);
            faults.push(Fault { file: script.file.clone(), location: None, kind });
        }
    }
}

impl Directory {
    /// Returns the repeatable files, in the order of their names.
    pub fn repeatable_files(&self) -> &[RepeatableFiles] {
        &self.repeatables
    }

    /// Chooses the repeatable files of one engine, in the order in which they run. A name that has none for it is a fault.
    pub fn repeatables(&self, dialect: Dialect) -> Result<Repeatables, Faults> {
        let (mut chosen, mut faults) = (Vec::new(), Vec::new());
        for files in &self.repeatables {
            if let Some(script) = files.scripts.shared(dialect) {
                chosen.push((files.name.clone(), script.clone()));
            } else {
                let file = files.scripts.primary().map_or_else(String::new, |script| script.file.clone());
                let kind = FaultKind::OtherEngine { name: files.name.to_string(), dialect };
                faults.push(Fault { file, location: None, kind });
            }
        }
        Faults::none_or(faults)?;
        Ok(Repeatables::new(&chosen, dialect))
    }
}
