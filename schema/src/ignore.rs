//! Names that are left alone.

/// Globs over the names of tables and views: `*` is any text, `?` any one character.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ignored(Vec<String>);

/// The text is no glob.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an empty glob matches nothing")]
pub struct BadGlob;

impl Ignored {
    /// Takes globs. Case does not count.
    pub fn new(globs: impl IntoIterator<Item = impl AsRef<str>>) -> Result<Ignored, BadGlob> {
        let globs: Vec<String> = globs.into_iter().map(|glob| glob.as_ref().to_lowercase()).collect();
        if globs.iter().any(String::is_empty) { Err(BadGlob) } else { Ok(Ignored(globs)) }
    }

    /// Says whether a name is to be left alone.
    pub fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.to_lowercase().chars().collect();
        self.0.iter().any(|glob| is_match(&glob.chars().collect::<Vec<char>>(), &name))
    }
}

fn is_match(glob: &[char], name: &[char]) -> bool {
    match (glob, name) {
        ([], []) => true,
        (['*', rest @ ..], _) => is_match(rest, name) || matches!(name, [_, tail @ ..] if is_match(glob, tail)),
        (['?', rest @ ..], [_, tail @ ..]) => is_match(rest, tail),
        ([own, rest @ ..], [other, tail @ ..]) => own == other && is_match(rest, tail),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_is_a_name_with_gaps() {
        let ignored = Ignored::new(["legacy_*", "T?", "*_old"]).expect("globs");
        for (name, is_ignored) in
            [("legacy_", true), ("Legacy_a", true), ("t1", true), ("t12", false), ("a_old", true), ("old", false)]
        {
            assert_eq!(ignored.matches(name), is_ignored, "{name}");
        }
        assert_eq!(Ignored::new([""]), Err(BadGlob));
    }
}
