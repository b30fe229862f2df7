//! From single files to migrations: which files belong together, and whether both halves are there.

use super::{Pair, SourceFile, Variants, check::check, parallel, path, script};
use crate::dialect::Dialect;
use crate::fault::{Fault, FaultKind};
use crate::file_name::{FileName, Part};
use crate::header::{DIRECTIVES, Files, Header};
use crate::migration::{Direction, Script};

/// Groups files by id, in id order, and checks each group and each text.
pub(super) fn pair(
    shown: &str,
    mut files: Vec<(FileName, SourceFile)>,
    up_only: bool,
    faults: &mut Vec<Fault>,
) -> Vec<Pair> {
    files.sort_by(|(one, _), (other, _)| (&one.id, one.part, one.engine).cmp(&(&other.id, other.part, other.engine)));
    let mut pairs: Vec<Pair> = Vec::with_capacity(files.len() / 2 + 1);
    let is_checked = files.iter().all(|(_, source)| source.checksum.is_some());
    let read = |(name, source): (FileName, SourceFile)| {
        let (script, mut faults) = script(path(shown, &source.name), source);
        if !is_checked {
            check_text(&name, &script, &mut faults);
        }
        (name, script, faults)
    };
    // What a binary carries was checked before, and is not worth a thread.
    let scripts = if is_checked { files.into_iter().map(read).collect() } else { parallel::map(files, read) };
    for (name, script, found) in scripts {
        faults.extend(found);
        match pairs.last_mut().filter(|pair| pair.id == name.id) {
            Some(pair) => add(pair, &name, script, faults),
            None => {
                let (id, slug) = (name.id.clone(), name.slug.clone());
                let (up, down) = (Variants::default(), Variants::default());
                let mut pair =
                    Pair { id, slug, parents: Vec::new(), up, down, was: Vec::new(), fingerprints: Vec::new() };
                add(&mut pair, &name, script, faults);
                pairs.push(pair);
            }
        }
    }
    let is_versioned = pairs.iter().any(|pair| is_numbered(pair.id.as_str(), 'v'));
    for pair in &pairs {
        check_halves(pair, up_only, faults);
        let foreign = match pair.id.as_str() {
            id if is_numbered(id, 'u') => Some("a way back"),
            id if id.eq_ignore_ascii_case("r") => Some("a script to run again"),
            _ => None,
        };
        if let (Some(foreign), Some(up)) = (foreign.filter(|_| is_versioned), pair.up.primary()) {
            faults.push(Fault { file: up.file.clone(), location: None, kind: FaultKind::ForeignName(foreign) });
        }
    }
    pairs
}

/// Says whether an id is a letter and a number, as in `V12__name.sql`.
fn is_numbered(id: &str, letter: char) -> bool {
    let number = id.strip_prefix([letter, letter.to_ascii_uppercase()]);
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Brings pairs into an order of their numbers.
pub(super) fn arranged(pairs: Vec<Pair>, order: Option<Vec<usize>>) -> Vec<Pair> {
    let Some(order) = order else { return pairs };
    let mut pairs: Vec<Option<Pair>> = pairs.into_iter().map(Some).collect();
    order.into_iter().filter_map(|number| pairs.get_mut(number).and_then(Option::take)).collect()
}

fn direction(part: Part) -> Direction {
    match part {
        Part::Up | Part::Plain => Direction::Up,
        Part::Down => Direction::Down,
    }
}

fn add(pair: &mut Pair, name: &FileName, script: Script, faults: &mut Vec<Fault>) {
    let direction = direction(name.part);
    let first = pair.up.primary().or_else(|| pair.down.primary());
    let half = pair.half(direction);
    let twin =
        half.exactly(name.engine).or(first.filter(|_| pair.slug != name.slug || pair.id.as_str() != name.id.as_str()));
    if let Some(twin) = twin {
        let kind = FaultKind::DuplicateId { id: name.id.clone(), other: twin.file.clone() };
        faults.push(Fault { file: script.file, location: None, kind });
        return;
    }
    match direction {
        Direction::Up => pair.up.insert(name.engine, script),
        Direction::Down => pair.down.insert(name.engine, script),
    }
}

fn check_text(name: &FileName, script: &Script, faults: &mut Vec<Fault>) {
    let engines = name.engine.as_ref().map_or(&Dialect::ALL[..], std::slice::from_ref);
    faults.extend(check(script, direction(name.part), engines));
    if name.part != Part::Down {
        return;
    }
    for directive in DIRECTIVES.iter().filter(|directive| directive.files == Files::Up) {
        if script.header.carries(directive.key) {
            let kind = FaultKind::UpOnlyDirective(directive.key);
            faults.push(Fault { file: script.file.clone(), location: None, kind });
        }
    }
}

fn check_halves(pair: &Pair, up_only: bool, faults: &mut Vec<Fault>) {
    let mut fault = |script: &Script, kind| faults.push(Fault { file: script.file.clone(), location: None, kind });
    for (engine, down) in pair.down.iter() {
        let has_up = engine.map_or(pair.up.primary(), |engine| pair.up.get(engine)).is_some();
        if !has_up {
            fault(down, FaultKind::LoneDown);
        }
    }
    for (engine, up) in pair.up.iter() {
        let down = engine.map_or_else(|| pair.down.primary(), |engine| pair.down.get(engine));
        match (down, &up.header.irreversible) {
            (Some(down), Some(_)) => fault(up, FaultKind::NotIrreversible(down.file.clone())),
            (None, None) if !up_only => fault(up, FaultKind::NoDown),
            _ => {}
        }
    }
    if let Some(primary) = pair.up.primary() {
        for (_, up) in pair.up.iter().skip(1) {
            let graph_of = |header: &Header| {
                let Header { revises, depends_on, labels, replaces, .. } = header.clone();
                (revises, depends_on, labels, replaces)
            };
            let stated = graph_of(&up.header);
            let silent = stated == graph_of(&Header::default());
            let agrees = stated == graph_of(&primary.header);
            if !silent && !agrees {
                fault(up, FaultKind::Disagrees(primary.file.clone()));
            }
        }
    }
}
