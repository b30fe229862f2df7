//! Variables in files: `${name}`, in those that declare it with `-- dunlin: vars name`.
//!
//! A value goes in as it is, before the text is split into statements. In a file that declares nothing, and behind another
//! `$` (where a dollar quote may begin), `${` has no meaning.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use serde::Serialize;

use crate::migration::Script;
use crate::text::list;

/// The name of a variable: letters, digits and `_`, not with a digit first.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Variable(Box<str>);

/// The text cannot name a variable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no variable's name; one is letters, digits and `_`, and does not begin with a digit")]
pub struct BadVariable(pub String);

impl FromStr for Variable {
    type Err = BadVariable;

    fn from_str(text: &str) -> Result<Variable, BadVariable> {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let is_name = text.bytes().all(good) && text.bytes().next().is_some_and(|first| !first.is_ascii_digit());
        if is_name { Ok(Variable(text.into())) } else { Err(BadVariable(text.to_owned())) }
    }
}

impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Variable {
    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The values of variables.
pub type Values = BTreeMap<Variable, String>;

/// A file declares variables that have no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file} needs a value for {}", list(.names))]
pub struct MissingValues {
    /// The file.
    pub file: String,
    /// The variables.
    pub names: Vec<String>,
}

/// Puts values into a script, if it declares variables.
///
/// The checksum stays that of the text as it stands in the file. Fails if a declared variable has no value, used or not.
pub fn substituted<'s>(script: &'s Script, values: &Values) -> Result<Cow<'s, Script>, MissingValues> {
    let declared = &script.header.variables;
    if declared.is_empty() {
        return Ok(Cow::Borrowed(script));
    }
    let missing: Vec<String> =
        declared.iter().filter(|name| !values.contains_key(name)).map(Variable::to_string).collect();
    if !missing.is_empty() {
        return Err(MissingValues { file: script.file.clone(), names: missing });
    }
    let (text, mut filled, mut copied) = (&*script.text, String::with_capacity(script.text.len()), 0);
    for (place, name) in places(text) {
        let value = declared.iter().find(|declared| declared.as_str() == name).and_then(|name| values.get(name));
        if let Some(value) = value {
            filled.push_str(text.get(copied..place.start).unwrap_or_default());
            filled.push_str(value);
            copied = place.end;
        }
    }
    filled.push_str(text.get(copied..).unwrap_or_default());
    Ok(Cow::Owned(Script { text: Cow::Owned(filled), ..script.clone() }))
}

/// Returns the values that a script's variables have.
pub fn used(script: &Script, values: &Values) -> Values {
    let used = script.header.variables.iter().filter_map(|name| values.get_key_value(name));
    used.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Returns every `${…}` of a text, and what stands in the braces.
pub(crate) fn places(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    text.match_indices("${").filter_map(move |(start, _)| {
        let is_quote = text.get(..start).is_some_and(|before| before.ends_with('$'));
        let inside = text.get(start + 2..)?;
        let end = inside.find('}')?;
        (!is_quote).then_some((start..start + 2 + end + 1, inside.get(..end)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checksum::Checksum;

    fn script(text: &'static str) -> Script {
        let header = crate::header::parse(text).unwrap();
        Script { file: "1_a.up.sql".into(), text: text.into(), checksum: Checksum::of_text(text), header }
    }

    fn values(values: &[(&str, &str)]) -> Values {
        values.iter().map(|(name, value)| (name.parse().unwrap(), (*value).to_owned())).collect()
    }

    #[test]
    fn values_go_in_where_the_file_declares_them() {
        let text =
            "-- dunlin: vars role, schema\ngrant select on ${schema}.t to ${role}; select '${role}', $${role}$$;";
        let (script, values) = (script(text), values(&[("role", "it's"), ("schema", "s"), ("other", "x")]));
        let filled = substituted(&script, &values).unwrap();
        assert!(filled.text.ends_with("grant select on s.t to it's; select 'it's', $${role}$$;"), "{}", filled.text);
        assert_eq!(filled.checksum, script.checksum);
        assert_eq!(used(&script, &values).len(), 2);
    }

    #[test]
    fn a_file_that_declares_nothing_stays_as_it_is() {
        let script = script("select '${role}';");
        assert!(matches!(substituted(&script, &values(&[("role", "x")])), Ok(Cow::Borrowed(_))));
    }

    #[test]
    fn a_variable_without_a_value_is_named() {
        let script = script("-- dunlin: vars role\nselect 1;");
        let missing = substituted(&script, &Values::new()).unwrap_err();
        assert_eq!(missing.to_string(), "1_a.up.sql needs a value for `role`");
    }

    #[test]
    fn a_name_is_a_word() {
        assert!("a_1".parse::<Variable>().is_ok());
        for text in ["", "1a", "a-b", "a b", "é"] {
            assert!(text.parse::<Variable>().is_err(), "{text}");
        }
    }
}
