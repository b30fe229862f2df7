//! From what a migration does, in words, to a slug and a comment.

use dunlin::core::checksum::Checksum;
use dunlin::core::dialect::Dialect;
use dunlin::core::directory::check;
use dunlin::core::header::{self, Header};
use dunlin::core::migration::{Direction, Script};

use super::{CannotAdd, Words};

/// A slug is cut after so many characters, so that every file system takes the name.
const LONGEST_SLUG: usize = 60;

impl Words {
    /// Returns the words as one line.
    pub(super) fn line(&self) -> String {
        let (Words::Slug(text) | Words::Message(text)) = self;
        let printable = text.replace(char::is_control, " ");
        printable.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Makes words a slug: lower case, `_` for everything that is no letter or digit.
pub(super) fn slug(words: &Words) -> Result<String, CannotAdd> {
    let line = words.line();
    if line.is_empty() {
        return Err(CannotAdd::NoWords);
    }
    let lower = line.to_lowercase();
    let mut slug = String::new();
    for part in lower.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()) {
        let length = slug.chars().count() + 1 + part.chars().count();
        match slug.is_empty() {
            true => slug.extend(part.chars().take(LONGEST_SLUG)),
            false if length > LONGEST_SLUG => break,
            false => slug.extend(["_", part]),
        }
    }
    if slug.is_empty() { Err(CannotAdd::NoLetters(line)) } else { Ok(slug) }
}

/// Returns a message as a comment of one line. No text can end it, or be read as anything else than a comment.
pub(super) fn comment(words: &Words) -> Option<String> {
    let Words::Message(_) = words else { return None };
    let comment = format!("-- {}\n", words.line());
    Some(if is_only_a_comment(&comment) { comment } else { format!("-- message: {}\n", words.line()) })
}

/// A comment may mean something to dunlin or to another tool.
fn is_only_a_comment(comment: &str) -> bool {
    let text = format!("{comment}select 1;\n");
    if header::parse(&text) != Ok(Header::default()) {
        return false;
    }
    let checksum = Checksum::of_text(&text);
    let script = Script { file: String::new(), text: text.into(), checksum, header: Header::default() };
    check(&script, Direction::Up, &Dialect::ALL).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slug_of(text: &str) -> Result<String, String> {
        slug(&Words::Message(text.to_owned())).map_err(|error| error.to_string())
    }

    fn comment_of(text: &str) -> String {
        comment(&Words::Message(text.to_owned())).unwrap()
    }

    #[test]
    fn a_slug_is_made_of_words() {
        assert_eq!(slug_of("Create the users' table!").unwrap(), "create_the_users_table");
        assert_eq!(slug_of("Über\nalles").unwrap(), "über_alles");
        assert_eq!(slug_of("../.."), Err("`../..` has no letter or digit that could be in a file's name".into()));
        assert_eq!(slug_of(" \n "), Err("the migration has no name".into()));
    }

    #[test]
    fn a_long_slug_ends_with_a_whole_word() {
        let slug = slug_of(&"wren ".repeat(40)).unwrap();
        assert_eq!(slug, ["wren"; 12].join("_"));
        assert_eq!(slug_of(&"ж".repeat(300)).unwrap(), "ж".repeat(60));
    }

    #[test]
    fn d25_no_message_ends_its_comment() {
        assert_eq!(
            comment_of("add \"\"\" and\r\n'; drop table users; --\0*/"),
            "-- add \"\"\" and '; drop table users; -- */\n"
        );
        assert_eq!(comment_of("one\u{2028}two\u{85}three"), "-- one two three\n");
    }

    #[test]
    fn no_message_is_read_as_a_directive() {
        for text in
            ["dunlin: transaction none", "Dunlin = x", "no-transaction", "migrate:up", "+goose Down", "- dunlin:"]
        {
            assert_eq!(comment_of(text), format!("-- message: {text}\n"));
        }
        assert_eq!(comment_of("dunlin is set up"), "-- dunlin is set up\n");
    }
}
