//! Statements that stand beside each other on one table, put into one.

use crate::plan::Step;
use crate::postgres::atom::{Atom, Text};

/// Puts the constraints of a new table into the text that makes it, and neighbouring clauses of `alter table` into one statement.
/// Which of them is done first is PostgreSQL's own business: what drops goes before what adds.
pub(super) fn steps(atoms: Vec<Atom>) -> Vec<Step> {
    let mut together: Vec<Atom> = Vec::new();
    for atom in atoms {
        match together.last_mut().and_then(|last| Some((joined(last, &atom)?, last))) {
            Some((text, last)) => {
                last.text = text;
                last.hazards.extend(atom.hazards);
                last.behind.extend(atom.behind);
            }
            None => together.push(atom),
        }
    }
    together.into_iter().map(Atom::into_step).collect()
}

fn joined(last: &Atom, next: &Atom) -> Option<Text> {
    match (&last.text, &next.text) {
        (Text::Table { name, sql }, Text::Clause { table, clause }) if name == table => {
            let line = clause.strip_prefix("add constraint ")?;
            let end = sql.rfind("\n)")?;
            // A constraint that is not valid yet would be valid in a new table.
            if line.ends_with(" NOT VALID") {
                return None;
            }
            let (head, tail) = sql.split_at(end);
            let comma = if head.ends_with('(') { "" } else { "," };
            Some(Text::Table { name: name.clone(), sql: format!("{head}{comma}\n    constraint {line}{tail}") })
        }
        (Text::Clause { table: one, clause }, Text::Clause { table: other, clause: next_clause }) if one == other => {
            let clause = if clause.contains(",\n    ") || clause.starts_with("\n    ") {
                format!("{clause},\n    {next_clause}")
            } else {
                format!("\n    {clause},\n    {next_clause}")
            };
            Some(Text::Clause { table: one.clone(), clause })
        }
        _ => None,
    }
}
