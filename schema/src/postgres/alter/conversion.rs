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
    /// Each is read as one of the new type, and those that cannot be are refused.
    Parses,
    /// Something of them may be lost.
    Loses,
}

/// Pairs of types of which every value of the first is one of the second.
const WIDER: [(&[&str], &[&str]); 8] = [
    (&["smallint", "integer", "bigint"], &["numeric"]),
    (&["smallint", "integer"], &["double precision"]),
    (&["smallint"], &["real"]),
    (&["real"], &["double precision"]),
    (&["date"], &["timestamp without time zone"]),
    (&["time without time zone"], &["interval"]),
    (&["cidr"], &["inet"]),
    (&["jsonb"], &["json"]),
];

/// Pairs of types of which a value of the first is read as the same one of the second, or refused.
const READ: [(&[&str], &[&str]); 5] = [
    (&["text", "character varying", "character"], &["boolean", "uuid", "json", "xml"]),
    (&["boolean"], &["integer"]),
    (&["date"], &["timestamp with time zone"]),
    (&["timestamp without time zone"], &["timestamp with time zone"]),
    (&["timestamp with time zone"], &["timestamp without time zone"]),
];

const INTEGERS: [&str; 3] = ["smallint", "integer", "bigint"];
const TEXTS: [&str; 3] = ["character varying", "text", "character"];

/// Says whether a type is one of texts, or an array of such. Values of any type become texts without being told, and those that are
/// too long are refused then; a cast that is said would cut them off.
pub(super) fn is_text(kind: &str) -> bool {
    TEXTS.contains(&&*parts(element(kind)).0)
}

/// Says whether a value that loses something as it becomes one of another type may also be refused. Texts take any, times are cut off,
/// and numbers become the nearest fraction.
pub(super) fn may_be_refused(from: &str, to: &str) -> bool {
    let (old, new) = (parts(element(from)).0, parts(element(to)).0);
    let is_time = old.starts_with("time") || old == "date";
    let becomes_fraction = ["real", "double precision"].contains(&&*new) && !is_text(&old);
    !(is_text(&new) || is_time || becomes_fraction)
}

/// Says what becomes of values of a type that become those of another, as PostgreSQL writes them; of domains, as what they are made of.
pub(super) fn conversion(from: &str, to: &str) -> Conversion {
    if from.ends_with(']') != to.ends_with(']') {
        return Conversion::Loses;
    }
    let ((old, old_size), (new, new_size)) = (parts(element(from)), parts(element(to)));
    let rank = |kind: &str| INTEGERS.iter().position(|own| *own == kind);
    match (rank(&old), rank(&new)) {
        (Some(before), Some(after)) if after > before => return Conversion::Widens,
        (Some(_), Some(_)) => return Conversion::Checks,
        (Some(_), None) if new == "numeric" && new_size.get(1).is_some_and(|scale| *scale >= 0) => {
            return Conversion::Checks;
        }
        (Some(_), None) if new == "numeric" && new_size.len() == 1 => return Conversion::Checks,
        _ => {}
    }
    match (TEXTS.contains(&&*old), TEXTS.contains(&&*new)) {
        (true, true) => {
            let length = |size: &[i64]| size.first().copied().unwrap_or(i64::MAX);
            return match new != "character" && length(&new_size) >= length(&old_size) {
                true if old == "character" => Conversion::Widens,
                true => Conversion::Grows,
                false => Conversion::Checks,
            };
        }
        (false, true) if new == "text" || new == "character varying" && new_size.is_empty() => {
            return Conversion::Widens;
        }
        (false, true) => return Conversion::Checks,
        _ => {}
    }
    if old == new {
        return same_type(&old, &old_size, &new_size);
    }
    let is_in =
        |table: &[(&[&str], &[&str])]| table.iter().any(|(olds, news)| olds.contains(&&*old) && news.contains(&&*new));
    // A time keeps six digits of its seconds unless it is told.
    let digits = |size: &[i64]| size.first().copied().unwrap_or(6);
    match () {
        () if is_in(&WIDER) && new_size.is_empty() => Conversion::Widens,
        () if is_in(&READ) && digits(&new_size) >= digits(&old_size) => Conversion::Parses,
        // Of a type of the schema's own, such as an enum, only a text says what it is.
        () if TEXTS.contains(&&*old) && new.contains('.') => Conversion::Parses,
        () => Conversion::Loses,
    }
}

/// A number or a time with other sizes: fewer digits behind the point are rounded.
fn same_type(kind: &str, old: &[i64], new: &[i64]) -> Conversion {
    let size = |sizes: &[i64], n: usize| sizes.get(n).copied();
    let scale = |sizes: &[i64]| size(sizes, usize::from(sizes.len() > 1));
    if kind.starts_with("bit") && old != new {
        let grows = kind != "bit" && (new.is_empty() || size(old, 0) <= size(new, 0) && !old.is_empty());
        return if grows { Conversion::Grows } else { Conversion::Checks };
    }
    if kind == "numeric" {
        return numeric(old, new);
    }
    match (scale(old), scale(new)) {
        (_, None) => Conversion::Grows,
        (Some(before), Some(after)) if after >= before => Conversion::Grows,
        _ => Conversion::Loses,
    }
}

/// Numbers of so many digits, and of those so many behind the point.
fn numeric(old: &[i64], new: &[i64]) -> Conversion {
    let split = |sizes: &[i64]| {
        let behind = sizes.get(1).copied().unwrap_or(0);
        sizes.first().map(|digits| (digits - behind, behind))
    };
    match (split(old), split(new)) {
        (_, None) => Conversion::Grows,
        (None, Some(_)) => Conversion::Loses,
        (Some((_, before)), Some((_, after))) if after < before => Conversion::Loses,
        (Some((before, _)), Some((after, _))) if after < before => Conversion::Checks,
        (Some((_, before)), Some((_, after))) if after == before => Conversion::Grows,
        (Some(_), Some(_)) => Conversion::Widens,
    }
}

/// Returns the type of which a type is an array, or the type itself.
fn element(kind: &str) -> &str {
    kind.strip_suffix("[]").map_or(kind, element)
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
            ("integer", "real", Conversion::Loses),
            ("bigint", "double precision", Conversion::Loses),
            ("integer", "numeric(10,2)", Conversion::Checks),
            ("integer", "numeric(10,-2)", Conversion::Loses),
            ("integer", "boolean", Conversion::Loses),
            ("integer", "character varying(3)", Conversion::Checks),
            ("public.mood", "character varying(3)", Conversion::Checks),
            ("character varying(10)", "text", Conversion::Grows),
            ("text", "character varying(5)", Conversion::Checks),
            ("text[]", "character varying(5)[]", Conversion::Checks),
            ("text", "text[]", Conversion::Loses),
            ("character varying(5)", "character varying(9)", Conversion::Grows),
            ("text", "integer", Conversion::Loses),
            ("text", "public.mood", Conversion::Parses),
            ("text", "uuid", Conversion::Parses),
            ("json", "jsonb", Conversion::Loses),
            ("inet", "cidr", Conversion::Loses),
            ("numeric(10,2)", "numeric(12,2)", Conversion::Grows),
            ("numeric(10,2)", "numeric(12,4)", Conversion::Widens),
            ("numeric(10,2)", "numeric(10,1)", Conversion::Loses),
            ("numeric(5,2)", "numeric(6,4)", Conversion::Checks),
            ("numeric[]", "integer[]", Conversion::Loses),
            ("bit(4)", "bit(8)", Conversion::Checks),
            ("timestamp with time zone", "date", Conversion::Loses),
            ("timestamp with time zone", "timestamp without time zone", Conversion::Parses),
            ("timestamp with time zone", "timestamp(0) without time zone", Conversion::Loses),
            ("timestamp(3) without time zone", "timestamp without time zone", Conversion::Grows),
            ("interval", "interval hour", Conversion::Loses),
        ] {
            assert_eq!(conversion(from, to), becomes, "{from} -> {to}");
        }
    }
}
