//! What becomes of values that are put into a column of another type; <https://www.sqlite.org/datatype3.html>.

use super::table::{Column, Table};

/// Which values a column holds, and what it makes of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Affinity {
    Integer,
    Real,
    Numeric,
    Text,
    Blob,
    /// Of a strict table: whatever it is given.
    Any,
}

/// The words of a type's name that give a column its affinity, in the order in which SQLite looks for them. What has none of them is
/// numeric.
const AFFINITIES: [(&str, Affinity); 8] = [
    ("int", Affinity::Integer),
    ("char", Affinity::Text),
    ("clob", Affinity::Text),
    ("text", Affinity::Text),
    ("blob", Affinity::Blob),
    ("real", Affinity::Real),
    ("floa", Affinity::Real),
    ("doub", Affinity::Real),
];

/// What a change of type does to values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conversion {
    /// It keeps them.
    Keeps,
    /// It makes others of them that say the same.
    Rewrites(&'static str),
    /// It makes others of them that may say less.
    Narrows(&'static str),
}

const NUMBER: Conversion = Conversion::Narrows("becomes a number wherever it looks like one");
const SHORT: Conversion = Conversion::Narrows("becomes a text wherever it is a number, with 15 digits at most");
const TEXT: Conversion = Conversion::Rewrites("becomes a text wherever it is a number");
const FRACTION: Conversion = Conversion::Narrows("becomes a fraction, which is not exact beyond 15 digits");
const WHOLE: Conversion = Conversion::Rewrites("becomes an integer wherever it is a whole number");

/// Returns what a change of a column's type does to its values. A table that is not strict keeps values of any class in any column,
/// where they do not look like its own.
pub(super) fn conversion(from: (&Column, &Table<'_>), to: (&Column, &Table<'_>)) -> Conversion {
    use Affinity::{Any, Blob, Integer, Numeric, Real, Text};
    let is_strict = from.1.is_strict();
    match (affinity(from.0, from.1), affinity(to.0, to.1)) {
        (_, Any | Blob) | (Integer | Numeric, Integer | Numeric) | (Real, Real) | (Text, Text) => Conversion::Keeps,
        (Blob, _) if is_strict => Conversion::Keeps,
        (Any | Blob | Text, Integer | Numeric | Real) => NUMBER,
        (Integer, Text) => TEXT,
        (Any | Blob | Real | Numeric, Text) => SHORT,
        (Integer | Numeric, Real) => FRACTION,
        (Real, Integer | Numeric) => WHOLE,
    }
}

/// Says whether a strict table may refuse values that another strict table holds.
pub(super) fn may_refuse(from: (&Column, &Table<'_>), to: (&Column, &Table<'_>)) -> bool {
    use Affinity::{Any, Integer, Real, Text};
    let (before, after) = (affinity(from.0, from.1), affinity(to.0, to.1));
    let fits = matches!((before, after), (_, Any) | (Integer, Real) | (Integer | Real, Text));
    to.1.is_strict() && from.1.is_strict() && before != after && !fits
}

fn affinity(column: &Column, table: &Table<'_>) -> Affinity {
    let words = column.type_words().to_ascii_lowercase();
    if words.is_empty() {
        return Affinity::Blob;
    }
    if words == "any" && table.is_strict() {
        return Affinity::Any;
    }
    AFFINITIES.iter().find(|(part, _)| words.contains(part)).map_or(Affinity::Numeric, |(_, affinity)| *affinity)
}
