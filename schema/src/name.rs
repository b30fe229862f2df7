//! Names as directives say them.

use std::fmt;

use dunlin_core::dialect::Dialect;

/// The name of a thing, behind the names of what it is in where they are said: `app.users`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(Vec<String>);

impl Name {
    /// Returns a name of one part, whatever stands in it.
    pub fn of(name: impl Into<String>) -> Name {
        Name(vec![name.into()])
    }

    /// Returns a name of several parts; `None` is that there are none.
    pub(crate) fn of_parts(parts: &[String]) -> Option<Name> {
        (!parts.is_empty()).then(|| Name(parts.to_vec()))
    }

    /// Returns its parts, the outermost first.
    pub fn parts(&self) -> &[String] {
        &self.0
    }

    /// Returns the thing's own name.
    pub fn last(&self) -> &str {
        self.0.last().map_or("", String::as_str)
    }

    /// Returns the schema of PostgreSQL that it is in: what names none is in the one that everybody has.
    pub(crate) fn schema(&self) -> &str {
        match &self.0[..] {
            [schema, _] => schema,
            _ => "public",
        }
    }

    /// Says whether two are one but for the case of their letters. What is in no schema is in the one that everybody has.
    pub(crate) fn is_like(&self, other: &Name) -> bool {
        let are_alike = |(one, other): (&String, &String)| one.eq_ignore_ascii_case(other);
        let (one, other) = (without_public(&self.0), without_public(&other.0));
        one.len() == other.len() && one.iter().zip(other).all(are_alike)
    }

    /// Returns it as people say it, without quotes.
    pub(crate) fn said(&self) -> String {
        without_public(&self.0).join(".")
    }
}

/// Returns the parts of a name of PostgreSQL as people say them.
pub(crate) fn without_public(parts: &[String]) -> &[String] {
    match parts {
        [schema, rest @ ..] if schema == "public" && !rest.is_empty() => rest,
        _ => parts,
    }
}

/// Returns a name as an engine compares it: SQLite folds ASCII letters, MySQL all of them, and PostgreSQL none of those that it keeps.
pub fn folded(name: &str, dialect: Dialect) -> String {
    match dialect {
        Dialect::Sqlite => name.to_ascii_lowercase(),
        Dialect::Mysql => name.to_lowercase(),
        Dialect::Postgres => name.to_owned(),
    }
}

impl fmt::Display for Name {
    /// Writes it so that it can be read back: plain where that can be, and else in quotes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_plain = |part: &str| {
            let ends = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '.' | '"' | '\'' | '`');
            !part.is_empty() && !part.contains(ends) && !part.contains("->")
        };
        let written = |part: &String| if is_plain(part) { part.clone() } else { Dialect::Postgres.quote(part) };
        f.write_str(&self.0.iter().map(written).collect::<Vec<String>>().join("."))
    }
}

/// Reads the parts of a name from the front of a text, with dots between them; a part is in any of these quotes, or ends at white
/// space, a dot or `->`. Returns them with the rest of the text.
pub(crate) fn parts<'t>(text: &'t str, quotes: &[char]) -> Option<(Vec<String>, &'t str)> {
    let mut parts = Vec::new();
    let mut rest = text.trim_start();
    loop {
        let (part, behind) = part(rest, quotes)?;
        parts.push(part);
        match behind.strip_prefix('.') {
            Some(next) => rest = next,
            None => return Some((parts, behind.trim_start())),
        }
    }
}

fn part<'t>(text: &'t str, quotes: &[char]) -> Option<(String, &'t str)> {
    let Some(quote) = text.chars().next().filter(|first| quotes.contains(first)) else {
        let ends = |(at, c): (usize, char)| {
            c.is_whitespace() || c == '.' || text.get(at..).is_some_and(|rest| rest.starts_with("->"))
        };
        let end = text.char_indices().find(|&found| ends(found)).map_or(text.len(), |(at, _)| at);
        let (own, rest) = text.split_at(end);
        return (!own.is_empty()).then(|| (own.to_owned(), rest));
    };
    let mut own = String::new();
    let mut rest = text.get(1..)?;
    loop {
        let (inside, behind) = rest.split_once(quote)?;
        own.push_str(inside);
        match behind.strip_prefix(quote) {
            // Twice, it stands for itself.
            Some(next) => {
                own.push(quote);
                rest = next;
            }
            None => return (!own.is_empty()).then_some((own, behind)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_written() {
        for name in [&["a"][..], &["app", "my users"], &["a.b", "c\"d"], &["a -> b", "`"]] {
            let name = Name(name.iter().map(|part| (*part).to_owned()).collect());
            let written = format!("{name} -> x");
            let (read, rest) = parts(&written, &['"', '`']).expect("it can be read");
            assert_eq!(read, name.parts(), "{written}");
            assert_eq!(rest, "-> x");
        }
        assert_eq!(parts("\"open", &['"']), None);
        assert_eq!(parts("a..b", &['"']), None);
    }
}
