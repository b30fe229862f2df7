//! Whether a text can be run: its statements can be told apart, and none of them cannot stand there.

use crate::dialect::Dialect;
use crate::fault::{Fault, FaultKind, Faults};
use crate::header;
use crate::location::Location;
use crate::migration::{Direction, Script};
use crate::statements::{Statement, TokenKind, examine, refused_where_journalled, tokens};
use crate::text::nearest;
use crate::variables::{self, Variable};

/// Checks a text for the engines that it may be run on. What one of them can take is no fault.
pub fn check(script: &Script, direction: Direction, engines: &[Dialect]) -> Vec<Fault> {
    let mut verdicts = engines.iter().map(|&dialect| verdict(script, direction, dialect).1);
    let mut shared = verdicts.next().unwrap_or_default();
    // Nearly every text is fine on the first engine, and then the others have no say.
    while !shared.is_empty() {
        let Some(verdict) = verdicts.next() else { break };
        shared.retain(|(offset, kind)| {
            verdict
                .iter()
                .any(|(place, other)| place == offset && std::mem::discriminant(kind) == std::mem::discriminant(other))
        });
    }
    shared.into_iter().chain(undeclared(script)).map(|(offset, kind)| located(script, offset, kind)).collect()
}

/// What stands as a variable in a file that declares others.
fn undeclared(script: &Script) -> impl Iterator<Item = (usize, FaultKind)> {
    let declared = &script.header.variables;
    let places = (!declared.is_empty()).then(|| variables::places(&script.text)).into_iter().flatten();
    let unknown = places.filter(|(_, name)| declared.iter().all(|declared| declared.as_str() != *name));
    unknown.map(|(place, name)| {
        let nearest = nearest(name, declared.iter().map(Variable::as_str)).map(str::to_owned);
        (place.start, FaultKind::UndeclaredVariable { name: name.to_owned(), nearest })
    })
}

/// Returns a text's statements on one engine, or everything that keeps it from being run there.
pub fn statements(script: &Script, direction: Direction, dialect: Dialect) -> Result<Vec<Statement<'_>>, Faults> {
    let (statements, faults) = verdict(script, direction, dialect);
    Faults::none_or(faults.into_iter().map(|(offset, kind)| located(script, offset, kind)).collect())?;
    Ok(statements)
}

/// Returns what keeps statements from being run one by one, each journalled, that would else run in one transaction.
pub fn journalled(script: &Script, statements: &[Statement<'_>], dialect: Dialect) -> Result<(), Faults> {
    let refused = refused_where_journalled(statements, dialect, script.header.wrap).into_iter();
    Faults::none_or(refused.map(|refusal| located(script, refusal.offset, FaultKind::Refused(refusal))).collect())
}

fn located(script: &Script, offset: usize, kind: FaultKind) -> Fault {
    let location = (kind != FaultKind::Empty).then(|| Location::of(&script.text, offset));
    Fault { file: script.file.clone(), location, kind }
}

fn verdict(script: &Script, direction: Direction, dialect: Dialect) -> (Vec<Statement<'_>>, Vec<(usize, FaultKind)>) {
    let text = &*script.text;
    let (statements, refused) = match examine(text, dialect, script.header.wrap) {
        Ok(examined) => examined,
        Err(error) => return (Vec::new(), vec![(error.offset, FaultKind::Lex(error))]),
    };
    let mut faults: Vec<_> = refused.into_iter().map(|refusal| (refusal.offset, FaultKind::Refused(refusal))).collect();
    let first = statements.first().map_or(text.len(), Statement::offset);
    faults.extend(late_directives(text, first, dialect).map(|offset| (offset, FaultKind::LateDirective)));
    faults.extend(foreign_marks(text, dialect).map(|(offset, mark)| (offset, FaultKind::ForeignMark(mark))));
    if statements.is_empty() && direction == Direction::Up {
        faults.push((0, FaultKind::Empty));
    }
    (statements, faults)
}

/// How other tools divide one file into a way up and a way down. Run whole, it would undo what it does.
const FOREIGN_MARKS: [&str; 9] = [
    "-- migrate:up",
    "-- migrate:down",
    "-- +goose up",
    "-- +goose down",
    "-- +migrate up",
    "-- +migrate down",
    "-- rambler up",
    "-- rambler down",
    "---- create above / drop below ----",
];

fn foreign_marks(text: &str, dialect: Dialect) -> impl Iterator<Item = (usize, &'static str)> {
    let mark = |comment: &str| {
        let comment = comment.to_ascii_lowercase();
        FOREIGN_MARKS.into_iter().find(|mark| comment.starts_with(mark))
    };
    let looks_so =
        text.split('\n').any(|line| line.trim_start().starts_with("--") && mark(line.trim_start()).is_some());
    let tokens = if looks_so { tokens(text, dialect).unwrap_or_default() } else { Vec::new() };
    tokens.into_iter().filter_map(move |token| {
        let comment = text.get(token.start..token.end).filter(|_| token.kind == TokenKind::Comment)?;
        mark(comment).map(|mark| (token.start, mark))
    })
}

fn late_directives(text: &str, first_statement: usize, dialect: Dialect) -> impl Iterator<Item = usize> {
    let tokens = if text.get(first_statement..).is_some_and(|rest| rest.contains("dunlin")) {
        tokens(text, dialect).unwrap_or_default()
    } else {
        Vec::new()
    };
    tokens.into_iter().filter_map(move |token| {
        let is_late = token.kind == TokenKind::Comment && token.start >= first_statement;
        (is_late && text.get(token.start..token.end).is_some_and(header::is_directive)).then_some(token.start)
    })
}
