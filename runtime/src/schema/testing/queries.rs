//! Seeds and checks, run on a scratch database.

use dunlin_core::location::Location;
use dunlin_core::statements::Statement;

use super::report::{TestFault, TestStage};
use super::subject::Script;
use crate::error::{excerpt, offset_of};
use crate::schema::SchemaError;
use crate::schema::scratch::Scratch;
use crate::session::{Row, SqlError};

/// Puts the rows of a seed in.
pub(super) async fn seed(scratch: &mut Scratch, script: &Script<'_>) -> Result<Option<TestFault>, SchemaError> {
    for statement in &script.statements {
        if let Err(error) = scratch.run(statement.text()).await? {
            return Ok(Some(failing(TestStage::Seed, script, statement, &error)));
        }
    }
    Ok(None)
}

/// Makes the queries of a check, and returns those that do not say yes.
pub(super) async fn check(scratch: &mut Scratch, script: &Script<'_>) -> Result<Vec<TestFault>, SchemaError> {
    let mut faults = Vec::new();
    for statement in &script.statements {
        match scratch.try_rows(statement.text()).await? {
            Err(error) => faults.push(failing(TestStage::Check, script, statement, &error)),
            Ok(rows) if holds(&rows) => {}
            Ok(rows) => faults.push(TestFault::CheckFails {
                file: script.file.shown.clone(),
                location: Location::of(&script.file.text, statement.offset()),
                query: statement.text().to_owned(),
                rows: rows.into_iter().map(|row| row.0).collect(),
            }),
        }
    }
    Ok(faults)
}

/// Says whether there are rows, and something in each of their values.
fn holds(rows: &[Row]) -> bool {
    !rows.is_empty() && rows.iter().flat_map(|row| &row.0).all(|value| value.as_deref().is_some_and(says_yes))
}

/// Says whether a value is neither false, zero nor empty.
fn says_yes(value: &str) -> bool {
    !["", "f", "false"].contains(&value) && value.parse::<f64>() != Ok(0.0)
}

fn failing(stage: TestStage, script: &Script<'_>, statement: &Statement<'_>, error: &SqlError) -> TestFault {
    let (file, start) = (script.file, statement.offset());
    let place = offset_of(statement.text(), &error.place, script.dialect);
    let place = place.map_or(start..start, |place| start + place.start..start + place.end);
    let mut message = format!("{}:{}: {error}", file.shown, Location::of(&file.text, place.start));
    if !place.is_empty() {
        message.push('\n');
        message.push_str(&excerpt(&file.text, place));
    }
    TestFault::Fails { stage, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_holds_if_every_value_is_something() {
        let row = |values: &[Option<&str>]| Row(values.iter().map(|value| value.map(str::to_owned)).collect());
        for yes in ["1", "t", "true", "-1", "0.1", "owl", "F"] {
            assert!(holds(&[row(&[Some(yes)])]), "{yes}");
        }
        for no in ["0", "0.00", "f", "false", ""] {
            assert!(!holds(&[row(&[Some("1"), Some(no)])]), "{no}");
        }
        assert!(!holds(&[row(&[Some("1")]), row(&[None])]));
        assert!(!holds(&[]));
    }
}
