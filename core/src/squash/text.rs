//! What the files of a squash hold.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Squash;
use crate::dialect::Dialect;
use crate::header::{Dependency, Header, Wrap, is_directive};
use crate::migration::{Direction, Script};
use crate::statements::{Statement, TokenKind, split, tokens};
use crate::text::join;
use crate::variables::Variable;

/// How many ids stand on one line.
const IDS_ON_A_LINE: usize = 6;

impl Squash<'_> {
    /// Returns the text of one way: the header, and behind it what leads there.
    pub fn text(&self, way: Direction, body: &str) -> String {
        let mut text = Text::default();
        match way {
            Direction::Up => self.graph(&mut text),
            Direction::Down => {}
        }
        self.manner(way, &mut text);
        let Text(mut text) = text;
        // What was planned anew says what it needs itself.
        let mut body = body.trim_start_matches('\n');
        while let Some((line, rest)) = body.split_once('\n')
            && is_directive(line)
            && text.lines().any(|own| own == line)
        {
            body = rest;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        if self.wrap(way) == Wrap::None && self.dialect == Dialect::Postgres {
            text.push_str(&set_for_all(body));
        } else {
            text.push_str(body);
        }
        text
    }

    /// Joins the texts of one way, each under the name of its migration: up in order, down the other way round.
    pub fn joined(&self, way: Direction) -> String {
        let scripts: Vec<_> = self.scripts(way).collect();
        let ordered: Vec<_> = match way {
            Direction::Up => scripts,
            Direction::Down => scripts.into_iter().rev().collect(),
        };
        let pieces =
            ordered.into_iter().map(|(pair, script, _)| format!("-- {}\n{}", pair.name(), body(script, self.dialect)));
        pieces.collect::<Vec<_>>().join("\n")
    }

    fn graph(&self, text: &mut Text) {
        let parents = if self.parents.is_empty() { "base".to_owned() } else { join(&self.parents) };
        text.directive("revises", &parents);
        if !self.depends_on.is_empty() {
            let dependency = |on: &Dependency| match &on.set {
                Some(set) => format!("{set}/{}", on.id),
                None => on.id.to_string(),
            };
            text.directive("depends-on", &join(self.depends_on.iter().map(dependency)));
        }
        for ids in self.replaces.chunks(IDS_ON_A_LINE) {
            text.directive("replaces", &join(ids));
        }
        self.labels().iter().for_each(|label| text.directive("label", label.as_str()));
        if self.headers(Direction::Up).any(|header| header.breaking) {
            text.directive("breaking", "");
        }
        if let Some((name, reason)) = self.irreversible() {
            let reason = reason.map_or(String::new(), |reason| format!(": {reason}"));
            text.directive("irreversible", &format!("as {name} is{reason}"));
        }
    }

    /// Says how the statements are held, so that what one of the files needs, all get.
    fn manner(&self, way: Direction, text: &mut Text) {
        if self.wrap(way) == Wrap::None {
            text.directive("transaction", "none");
        }
        if self.headers(way).any(|header| header.foreign_keys_off) {
            text.directive("foreign-keys", "off");
        }
        for (key, limit) in [
            ("lock-timeout", self.longest(way, |header| header.lock_timeout)),
            ("statement-timeout", self.longest(way, |header| header.statement_timeout)),
        ] {
            if let Some(limit) = limit {
                text.directive(key, &format!("{}ms", limit.as_millis()));
            }
        }
        let variables: BTreeSet<&str> =
            self.headers(way).flat_map(|header| &header.variables).map(Variable::as_str).collect();
        if !variables.is_empty() {
            text.directive("vars", &join(variables));
        }
        let allowed: BTreeSet<(&str, &str)> =
            self.headers(way).flat_map(|header| &header.allow).map(|allow| (&*allow.rule, &*allow.reason)).collect();
        for (rule, reason) in allowed {
            text.directive("allow", &format!("{rule} {reason}"));
        }
    }

    /// Returns the longest of limits that all files have; one without a limit may take its time.
    fn longest(&self, way: Direction, limit: impl Fn(&Header) -> Option<Duration>) -> Option<Duration> {
        let limits: Option<Vec<Duration>> = self.headers(way).map(limit).collect();
        limits?.into_iter().max()
    }
}

#[derive(Default)]
struct Text(String);

impl Text {
    fn directive(&mut self, key: &str, value: &str) {
        self.0.push_str(format!("-- dunlin: {key} {value}").trim_end());
        self.0.push('\n');
    }
}

/// Returns a text whose `set local` is `set`: outside a transaction the former sets nothing on PostgreSQL.
fn set_for_all(body: &str) -> String {
    let dialect = Dialect::Postgres;
    let local = |statement: &Statement<'_>| match statement.first_words(dialect, 2)[..] {
        [set, local] if set.eq_ignore_ascii_case("set") && local.eq_ignore_ascii_case("local") => {
            let start = statement.offset() + statement.text().find(local)?;
            Some(start..start + local.len())
        }
        _ => None,
    };
    let (mut text, mut rest) = (String::new(), 0);
    for local in split(body, dialect).unwrap_or_default().iter().filter_map(local) {
        text.push_str(body.get(rest..local.start).unwrap_or_default().trim_end());
        rest = local.end;
    }
    text + body.get(rest..).unwrap_or_default()
}

/// Returns a text without its directives, so that another one can follow.
fn body(script: &Script, dialect: Dialect) -> String {
    let text = &*script.text;
    let first = split(text, dialect).ok().and_then(|statements| statements.first().map(Statement::offset));
    let (head, rest) = text.split_at(first.unwrap_or(text.len()));
    let is_said = |line: &&str| !is_directive(line.trim_start()) && line.trim() != "-- no-transaction";
    let head: String = head.split_inclusive('\n').filter(is_said).collect();
    let mut body = format!("{}{}", head.trim_start_matches('\n'), rest.trim_end());
    body.push_str(end(text, dialect));
    body
}

/// Returns what a text lacks for another one to follow: the end of its last statement, and the usual delimiter.
fn end(text: &str, dialect: Dialect) -> &'static str {
    let tokens = tokens(text, dialect).unwrap_or_default();
    let last = tokens.iter().rev().find(|token| token.kind.is_code() || token.kind == TokenKind::Terminator);
    let ends_with_code = tokens.iter().rev().find(|token| token.kind != TokenKind::Whitespace) == last;
    let delimiter = tokens.iter().rev().find(|token| token.kind == TokenKind::Delimiter);
    let delimiter = delimiter.and_then(|token| text.get(token.start..token.end)).map(str::trim_end);
    match (last.is_some_and(|last| last.kind != TokenKind::Terminator), delimiter) {
        (_, Some(line)) if !line.ends_with(' ') && !line.ends_with(" ;") => "\nDELIMITER ;\n",
        (true, _) if ends_with_code => ";\n",
        (true, _) => "\n;\n",
        (false, _) => "\n",
    }
}
