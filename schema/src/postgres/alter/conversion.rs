//! What becomes of values when their type changes.

/// What becomes of values when their type changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conversion {
    /// Nothing.
    Same,
    /// Every one of them fits as it is stored.
    Grows,
    /// Every one of them fits.
    Widens,
    /// Those that do not fit are refused.
    Checks,
    /// Each is read as one of the new type.
    Parses,
    /// Something of them may be lost.
    Loses,
}

impl Conversion {
    /// Says whether it must be said that values are cast.
    pub(super) fn needs_using(self) -> bool {
        matches!(self, Conversion::Parses | Conversion::Loses)
    }
}

/// Types whose values lose something as values of others.
const LOSSY: [(&[&str], &[&str]); 4] = [
    (&["numeric", "real", "double precision", "money"], &["smallint", "integer", "bigint", "real", "money"]),
    (
        &["timestamp without time zone", "timestamp with time zone"],
        &["date", "time without time zone", "time with time zone"],
    ),
    (&["double precision"], &["numeric"]),
    (&["jsonb", "json"], &["boolean", "integer", "bigint", "numeric"]),
];

const INTEGERS: [&str; 3] = ["smallint", "integer", "bigint"];
const TEXTS: [&str; 3] = ["character varying", "text", "character"];

/// Says what becomes of values of a type that become those of another, as PostgreSQL writes them.
pub(super) fn conversion(from: &str, to: &str) -> Conversion {
    let ((old, old_size), (new, new_size)) = (parts(from), parts(to));
    let rank = |kind: &str| INTEGERS.iter().position(|own| *own == kind);
    let is_text = |kind: &str| TEXTS.contains(&kind);
    match (rank(&old), rank(&new)) {
        (Some(before), Some(after)) if after > before => return Conversion::Widens,
        (Some(_), Some(_)) => return Conversion::Checks,
        (Some(_), None) if matches!(&*new, "numeric" | "real" | "double precision") && new_size.is_empty() => {
            return Conversion::Widens;
        }
        _ => {}
    }
    if is_text(&old) && is_text(&new) {
        let length = |size: &[i64]| size.first().copied().unwrap_or(i64::MAX);
        return match new != "character" && length(&new_size) >= length(&old_size) {
            true if old == "character" => Conversion::Widens,
            true => Conversion::Grows,
            false => Conversion::Checks,
        };
    }
    if new == "text" {
        return Conversion::Widens;
    }
    if old == new {
        return same_type(&old, &old_size, &new_size);
    }
    let is_lossy = LOSSY.iter().any(|(olds, news)| olds.contains(&&*old) && news.contains(&&*new));
    if is_lossy { Conversion::Loses } else { Conversion::Parses }
}

/// A number or a time with other sizes: fewer digits behind the point are rounded.
fn same_type(kind: &str, old: &[i64], new: &[i64]) -> Conversion {
    let size = |sizes: &[i64], n: usize| sizes.get(n).copied();
    let scale = |sizes: &[i64]| size(sizes, usize::from(sizes.len() > 1));
    match (scale(old), scale(new)) {
        (_, None) => Conversion::Grows,
        (Some(before), Some(after)) if after >= before && size(new, 0) >= size(old, 0) => {
            let is_stored_so = kind != "bit" && (new.len() < 2 || after == before);
            if is_stored_so { Conversion::Grows } else { Conversion::Widens }
        }
        _ => Conversion::Loses,
    }
}

/// Splits a type into its name and its sizes: `numeric(10,2)`, `timestamp(3) without time zone`.
fn parts(kind: &str) -> (String, Vec<i64>) {
    let (Some(open), Some(close)) = (kind.find('('), kind.find(')')) else { return (kind.to_owned(), Vec::new()) };
    let (name, inner) = (kind.get(..open).unwrap_or_default(), kind.get(open + 1..close).unwrap_or_default());
    let rest = kind.get(close + 1..).unwrap_or_default();
    (format!("{name}{rest}"), inner.split(',').filter_map(|size| size.trim().parse().ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_becomes_of_values_is_said_before() {
        for (from, to, becomes) in [
            ("integer", "bigint", Conversion::Widens),
            ("bigint", "integer", Conversion::Checks),
            ("character varying(10)", "text", Conversion::Grows),
            ("text", "character varying(5)", Conversion::Checks),
            ("character varying(5)", "character varying(9)", Conversion::Grows),
            ("text", "integer", Conversion::Parses),
            ("numeric(10,2)", "numeric(12,2)", Conversion::Grows),
            ("numeric(10,2)", "numeric(12,4)", Conversion::Widens),
            ("numeric(10,2)", "numeric(10,1)", Conversion::Loses),
            ("timestamp with time zone", "date", Conversion::Loses),
            ("timestamp(3) without time zone", "timestamp without time zone", Conversion::Grows),
        ] {
            assert_eq!(conversion(from, to), becomes, "{from} -> {to}");
        }
    }
}
