//! What a file of a versions directory is called: `<id>_<slug>[.<engine>].(up|down).sql`.

use crate::dialect::Dialect;
use crate::migration::{BadId, MigrationId, Slug};
use crate::text::nearest;

/// A file name, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileName {
    /// What stands before the first `_`.
    pub id: MigrationId,
    /// What stands after it.
    pub slug: Slug,
    /// The one engine that the file is for; `None` is every engine.
    pub engine: Option<Dialect>,
    /// Which way the file leads.
    pub part: Part,
}

/// Which half of a pair a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// `.up.sql`.
    Up,
    /// `.sql` alone: an up file as sqlx and others write it.
    Plain,
    /// `.down.sql`.
    Down,
}

/// Why a name is no migration's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadFileName {
    /// The ending is `.SQL` or the like.
    #[error("the ending must be `.sql` in lower case")]
    Case,
    /// There is no `_` to end the id.
    #[error("no `_` ends the id; a name is `<id>_<slug>.up.sql`")]
    NoSlug,
    /// The id is empty, too long or has other characters.
    #[error(transparent)]
    Id(#[from] BadId),
    /// The slug is empty or has a control character.
    #[error("the slug after `_` is empty or has a control character")]
    Slug,
    /// A word between the dots says neither an engine nor a direction.
    #[error("`.{word}` is neither `up`, `down` nor an engine (`sqlite`, `postgres`, `mysql`){}", meant(.nearest.as_deref()))]
    Word {
        /// The word.
        word: String,
        /// What was probably meant.
        nearest: Option<String>,
    },
}

fn meant(nearest: Option<&str>) -> String {
    nearest.map_or(String::new(), |nearest| format!("; did you mean `.{nearest}`?"))
}

/// Says whether a name must be read as a migration's: every `*.sql`, in any case.
pub fn claims_to_be_sql(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("sql"))
}

impl FileName {
    /// Takes a name apart.
    pub fn parse(name: &str) -> Result<FileName, BadFileName> {
        let stem = name.strip_suffix(".sql").ok_or(BadFileName::Case)?;
        let mut words = stem.split('.');
        let base = words.next().unwrap_or_default();
        let (mut engine, mut part) = (None, None);
        for word in words {
            match (word, word.parse::<Dialect>()) {
                ("up", _) if part.is_none() => part = Some(Part::Up),
                ("down", _) if part.is_none() => part = Some(Part::Down),
                (_, Ok(dialect)) if engine.is_none() && part.is_none() => engine = Some(dialect),
                _ => {
                    let words = ["up", "down", "sqlite", "postgres", "mysql"];
                    return Err(BadFileName::Word {
                        word: word.to_owned(),
                        nearest: nearest(word, words).map(str::to_owned),
                    });
                }
            }
        }
        let (id, slug) = base.split_once('_').ok_or(BadFileName::NoSlug)?;
        if slug.is_empty() || slug.contains(char::is_control) {
            return Err(BadFileName::Slug);
        }
        Ok(FileName { id: id.parse()?, slug: Slug::from(slug), engine, part: part.unwrap_or(Part::Plain) })
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(name: &str, expected: &Expect) {
        let seen = match FileName::parse(name) {
            Ok(FileName { id, slug, engine, part }) => {
                format!("{id} | {slug} | {} | {part:?}", engine.map_or("any", |engine| engine.facts().word))
            }
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&seen);
    }

    #[test]
    fn names_are_taken_apart() {
        check("0001_create_users.up.sql", &expect!["0001 | create_users | any | Up"]);
        check("20230315220114_drop-events.sql", &expect!["20230315220114 | drop-events | any | Plain"]);
        check("5_add unsigned table.mysql.down.sql", &expect!["5 | add unsigned table | mysql | Down"]);
    }

    #[test]
    fn odd_names_say_what_is_odd() {
        check("0001_a.up.SQL", &expect!["the ending must be `.sql` in lower case"]);
        check("0001-a.up.sql", &expect!["no `_` ends the id; a name is `<id>_<slug>.up.sql`"]);
        check("_a.up.sql", &expect!["the id `` must be 1 to 64 letters and digits"]);
        check("1.2_a.up.sql", &expect!["`.2_a` is neither `up`, `down` nor an engine (`sqlite`, `postgres`, `mysql`)"]);
        check("1_.up.sql", &expect!["the slug after `_` is empty or has a control character"]);
        check(
            "1_a.dwon.sql",
            &expect![
                "`.dwon` is neither `up`, `down` nor an engine (`sqlite`, `postgres`, `mysql`); did you mean `.down`?"
            ],
        );
    }
}
