//! Where columns stand.

use std::collections::BTreeSet;

/// Returns those of some names that can stay where they are while the others move, as few as possible: the longest of their
/// subsequences that is in order.
pub(super) fn unmoved<'n>(before: &[&'n str], after: &[&str]) -> BTreeSet<&'n str> {
    let places: Vec<(usize, &'n str)> = after
        .iter()
        .filter_map(|name| before.iter().position(|own| own == name))
        .filter_map(|place| Some((place, *before.get(place)?)))
        .collect();
    // For each, the length of the longest that ends with it, and what stands before it there.
    let mut best: Vec<(usize, Option<usize>)> = Vec::with_capacity(places.len());
    for (at, (place, _)) in places.iter().enumerate() {
        let before = (0..at).filter(|other| places.get(*other).is_some_and(|(other, _)| other < place));
        let longest =
            before.max_by_key(|other| (best.get(*other).map(|(length, _)| *length), std::cmp::Reverse(*other)));
        let length = longest.and_then(|other| best.get(other)).map_or(0, |(length, _)| *length);
        best.push((length + 1, longest));
    }
    let mut last = (0..best.len()).max_by_key(|at| best.get(*at).map(|(length, _)| *length));
    let mut unmoved = BTreeSet::new();
    while let Some(at) = last {
        unmoved.extend(places.get(at).map(|(_, name)| *name));
        last = best.get(at).and_then(|(_, before)| *before);
    }
    unmoved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_few_columns_move_as_possible() {
        for (before, after, stay) in [
            ("a b c d", "a b c d", "a b c d"),
            ("a b c d", "d a b c", "a b c"),
            ("a b c d", "b c d a", "b c d"),
            ("a b c d", "a x c", "a c"),
            ("", "a", ""),
        ] {
            let split = |text: &'static str| text.split_whitespace().collect::<Vec<_>>();
            assert_eq!(
                unmoved(&split(before), &split(after)),
                split(stay).into_iter().collect(),
                "{before} -> {after}"
            );
        }
    }
}
