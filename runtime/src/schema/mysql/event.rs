//! Events whose times are counted from when they are made: no two of them are alike.

use dunlin_core::dialect::Dialect;
use dunlin_core::statements::{Statement, Subject, Token, tokens};

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
