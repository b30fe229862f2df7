//! Which types hold all that another does.

use super::column::Column;
use super::words::words;

/// Whole numbers, each wider than the one before.
const WHOLE: [&str; 5] = ["tinyint", "smallint", "mediumint", "int", "bigint"];

/// Texts and bytes, each longer than the one before, with the bytes that they hold.
const TEXTS: [&str; 4] = ["tinytext", "text", "mediumtext", "longtext"];
const BYTES: [&str; 4] = ["tinyblob", "blob", "mediumblob", "longblob"];
const ROOM: [u64; 4] = [255, 65_535, 16_777_215, 4_294_967_295];

/// What is called so is part of `utf8mb4`, byte by byte.
const UTF8MB3: [&str; 2] = ["utf8", "utf8mb3"];

/// How many bytes a character may take.
const CHARACTER: u64 = 4;

/// Says whether a column takes every value of another, unchanged.
pub(super) fn is_wider(from: &Column, to: &Column) -> bool {
    let (takes_all, grows) = match (&from.charset, &to.charset) {
        (Some(from), Some(to)) => (takes_charset(&from.set, &to.set), grows(&from.set, &to.set)),
        _ => (true, false),
    };
    let has_room = !grows || room(from).is_none_or(|old| room(to).is_none_or(|new| old * CHARACTER <= new));
    takes_all && has_room && (from.kind == to.kind || is_wider_type(&Type::of(from), &Type::of(to)))
}

/// Says whether a character set has all characters of another.
fn takes_charset(from: &str, to: &str) -> bool {
    from == to || to == "utf8mb4" || (UTF8MB3.contains(&to) && from != "utf8mb4")
}

/// Says whether characters take more bytes in another character set.
fn grows(from: &str, to: &str) -> bool {
    let is_part = from == "ascii" || UTF8MB3.contains(&from);
    from != to && !is_part
}

/// Returns how many bytes a text holds whose type says that in bytes, not in characters.
fn room(column: &Column) -> Option<u64> {
    let at = TEXTS.iter().position(|own| *own == column.base())?;
    ROOM.get(at).copied()
}

struct Type {
    base: String,
    numbers: Vec<u64>,
    values: Vec<String>,
    is_unsigned: bool,
}

impl Type {
    fn of(column: &Column) -> Type {
        let words = words(&column.kind);
        let texts = words.iter().filter(|word| word.text.starts_with('\''));
        Type {
            base: column.base(),
            numbers: words.iter().filter_map(|word| word.text.parse().ok()).collect(),
            values: texts.map(|word| word.text.to_owned()).collect(),
            is_unsigned: words.iter().any(|word| word.is("unsigned")),
        }
    }

    fn number(&self, at: usize) -> u64 {
        self.numbers.get(at).copied().unwrap_or_default()
    }
}

fn is_wider_type(from: &Type, to: &Type) -> bool {
    let place = |of: &[&str], base: &str| of.iter().position(|own| *own == base);
    match (&*from.base, &*to.base) {
        (old, new) if place(&WHOLE, old).is_some() && place(&WHOLE, new).is_some() => {
            let (old, new) = (place(&WHOLE, old), place(&WHOLE, new));
            if from.is_unsigned == to.is_unsigned { new >= old } else { from.is_unsigned && new > old }
        }
        ("decimal", "decimal") => {
            let whole = |of: &Type| of.number(0).saturating_sub(of.number(1));
            to.number(1) >= from.number(1) && whole(to) >= whole(from) && (from.is_unsigned || !to.is_unsigned)
        }
        ("float", "double") => to.numbers.is_empty() && (from.is_unsigned || !to.is_unsigned),
        ("enum" | "set", "enum" | "set") if from.base == to.base => {
            from.values.iter().all(|value| to.values.contains(value))
        }
        ("datetime" | "timestamp" | "time", new) if from.base == new => to.number(0) >= from.number(0),
        ("date", "datetime") | ("enum" | "set", "text" | "mediumtext" | "longtext") => true,
        ("char" | "varchar", "char" | "varchar") => {
            to.number(0) >= from.number(0) && (from.base == to.base || to.base == "varchar")
        }
        ("binary" | "varbinary", "varbinary") | ("bit", "bit") => to.number(0) >= from.number(0),
        ("char" | "varchar", new) => {
            place(&TEXTS, new).and_then(|at| ROOM.get(at)).is_some_and(|room| from.number(0) * CHARACTER <= *room)
        }
        ("binary" | "varbinary", new) => {
            place(&BYTES, new).and_then(|at| ROOM.get(at)).is_some_and(|room| from.number(0) <= *room)
        }
        (old, new) => [TEXTS, BYTES].iter().any(|of| place(of, old).is_some() && place(of, new) >= place(of, old)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mysql::collation::Collations;
    use crate::mysql::words::words;

    #[test]
    fn a_type_is_wider_if_it_holds_every_value() {
        let column = |kind: &str| {
            let sql = format!("`c` {kind}");
            Column::read(&sql, &words(&sql), None, &Collations::default()).expect("a column")
        };
        for (from, to, is_wide) in [
            ("int(11)", "bigint(20)", true),
            ("int(11) unsigned", "bigint(20)", true),
            ("int(11)", "bigint(20) unsigned", false),
            ("varchar(10)", "varchar(20)", true),
            ("varchar(10)", "varchar(5)", false),
            ("varchar(10)", "text", true),
            ("varchar(100)", "tinytext", false),
            ("text", "longtext", true),
            ("text", "varchar(10)", false),
            ("decimal(10,2)", "decimal(12,2)", true),
            ("decimal(10,2)", "decimal(11,4)", false),
            ("enum('a','b')", "enum('b','a','c')", true),
            ("enum('a','b')", "enum('a')", false),
            ("datetime(6)", "datetime", false),
            ("double", "int(11)", false),
            ("float", "double", true),
            ("float", "double unsigned", false),
            ("tinytext character set latin1", "tinytext character set utf8mb4", false),
            ("tinytext character set latin1", "text character set utf8mb4", true),
            ("text character set latin1", "text character set utf8mb4", false),
            ("text character set utf8mb3", "text character set utf8mb4", true),
            ("varchar(9) character set latin1", "varchar(9) character set utf8mb4", true),
        ] {
            assert_eq!(is_wider(&column(from), &column(to)), is_wide, "{from} -> {to}");
        }
    }
}
