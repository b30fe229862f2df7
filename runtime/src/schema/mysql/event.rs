//! Events whose times are counted from when they are made: no two of them are alike.

use std::collections::BTreeMap;

use dunlin_core::dialect::Dialect;
use dunlin_core::directory::Directory;
use dunlin_core::migration::Direction;
use dunlin_core::statements::{Statement, Subject, Token, split, tokens};
use dunlin_schema::{Id, Kind, Refusal, Schema};

/// What says the time.
const CLOCKS: [&str; 10] = [
    "current_timestamp",
    "now",
    "localtime",
    "localtimestamp",
    "sysdate",
    "utc_timestamp",
    "current_date",
    "curdate",
    "utc_date",
    "unix_timestamp",
];

/// What stands behind a schedule.
const BEHIND: [&str; 6] = ["on", "rename", "enable", "disable", "comment", "do"];

/// Says where in a statement an event is given such a time, and why that cannot be; `None` is that all its times are said.
pub(in crate::schema) fn moving_time(statement: &Statement<'_>) -> Option<(usize, String)> {
    let Subject::Event(name) = statement.subject(Dialect::Mysql) else { return None };
    let sql = statement.text();
    let tokens: Vec<Token> =
        tokens(sql, Dialect::Mysql).ok()?.into_iter().filter(|token| token.kind.is_code()).collect();
    let text = |at: usize| tokens.get(at).and_then(|token| sql.get(token.start..token.end)).unwrap_or_default();
    let is = |at: usize, words: &[&str]| words.iter().any(|word| text(at).eq_ignore_ascii_case(word));
    let start = (0..tokens.len()).find(|at| is(*at, &["schedule"]))?;
    let end = (start..tokens.len()).find(|at| is(*at, &BEHIND)).unwrap_or(tokens.len());
    // To begin at once is what an event does that says nothing.
    let begins_at_once = |at: usize| {
        let behind = if is(at + 1, &["("]) { at + 3 } else { at + 1 };
        is(at - 1, &["starts"]) && !is(behind, &["+", "-"])
    };
    let clock = (start + 1..end).find(|at| is(*at, &CLOCKS) && !begins_at_once(*at))?;
    let message = format!(
        "event `{}` has a time that is counted from when it is made, and so is another each time; give it a time that stays",
        name.name
    );
    Some((tokens.get(clock)?.start, message))
}

/// Makes sure that migrations make the same events each time, as far as a schema has them.
pub(in crate::schema) fn same_each_time(directory: &Directory, schema: &Schema) -> Result<(), Refusal> {
    let mut moving: BTreeMap<String, String> = BTreeMap::new();
    for pair in directory.pairs() {
        let Some(script) = pair.half(Direction::Up).get(Dialect::Mysql) else { continue };
        // Most say nothing of events.
        if !script.text.to_ascii_lowercase().contains("schedule") {
            continue;
        }
        for statement in split(&script.text, Dialect::Mysql).unwrap_or_default() {
            let Subject::Event(name) = statement.subject(Dialect::Mysql) else { continue };
            let place = format!("{}.up.sql:{}", pair.name(), statement.line());
            match moving_time(&statement) {
                Some(_) => _ = moving.insert(name.name.to_lowercase(), place),
                None if says_schedule(&statement) => _ = moving.remove(&name.name.to_lowercase()),
                None => {}
            }
        }
    }
    let is_there = |name: &&String| schema.get(&Id::new(Kind::Event, [name.as_str()])).is_some();
    match moving.iter().find(|(name, _)| is_there(name)) {
        Some((name, place)) => Err(Refusal {
            object: format!("event {name}"),
            what: "nothing can be compared with it".to_owned(),
            why: format!("{place} counts its time from when it is made, so it is another each time"),
            instead: "name it in `ignore` under `[schema]`, or give it a time that stays in a new migration".to_owned(),
        }),
        None => Ok(()),
    }
}

fn says_schedule(statement: &Statement<'_>) -> bool {
    statement.first_words(Dialect::Mysql, usize::MAX).iter().any(|word| word.eq_ignore_ascii_case("schedule"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_is_counted_from_when_an_event_is_made_is_found() {
        let is_moving = |sql: &str| moving_time(&split(sql, Dialect::Mysql).expect("splits")[0]).is_some();
        for sql in [
            "create event e on schedule at current_timestamp + interval 1 day do select 1",
            "/*!50106 CREATE*/ /*!50106 EVENT e ON SCHEDULE AT now() DO select 1 */",
            "alter event e on schedule every 1 day starts now() - interval 1 hour",
        ] {
            assert!(is_moving(sql), "{sql}");
        }
        for sql in [
            "create event e on schedule at '2030-01-01' do select now()",
            "create event e on schedule every 1 day starts current_timestamp() do select now()",
            "alter event e comment 'now()'",
        ] {
            assert!(!is_moving(sql), "{sql}");
        }
    }
}
