//! Which types hold all that another does.

use super::column::Column;
use super::words::words;

/// Whole numbers, each wider than the one before.
const WHOLE: [&str; 5] = ["tinyint", "smallint", "mediumint", "int", "bigint"];

/// Texts and bytes, each longer than the one before, with the bytes that they hold.
const TEXTS: [&str; 4] = ["tinytext", "text", "mediumtext", "longtext"];
const BYTES: [&str; 4] = ["tinyblob", "blob", "mediumblob", "longblob"];
const ROOM: [u64; 4] = [255, 65_535, 16_777_215, 4_294_967_295];

/// How many bytes a character may take.
const CHARACTER: u64 = 4;

/// Says whether a column takes every value of another, unchanged.
pub(super) fn is_wider(from: &Column, to: &Column) -> bool {
    let is_same_charset = match (&from.charset, &to.charset) {
        (Some(from), Some(to)) => {
            from.set == to.set || to.set == "utf8mb4" || (to.set == "utf8mb3" && from.set != "utf8mb4")
        }
        _ => true,
    };
    is_same_charset && (from.kind == to.kind || is_wider_type(&Type::of(from), &Type::of(to)))
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
        ("float", "double") => to.numbers.is_empty(),
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
        ] {
            assert_eq!(is_wider(&column(from), &column(to)), is_wide, "{from} -> {to}");
        }
    }
}
