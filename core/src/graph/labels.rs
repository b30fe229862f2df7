//! Which labels a migration carries.

use super::Revisions;
use crate::migration::Label;

/// Every label, and one bit for each in each migration's row.
#[derive(Debug, Clone)]
pub(super) struct Labels {
    labels: Vec<Label>,
    /// The words of a row.
    width: usize,
    bits: Vec<u64>,
}

impl Labels {
    /// Spreads labels to descendants, and back along a chain that does not fork.
    pub(super) fn spread(revisions: &Revisions) -> Labels {
        let declared = revisions.iter().enumerate().flat_map(|(place, revision)| {
            revision.labels.iter().map(move |label| (place, label.clone())).collect::<Vec<_>>()
        });
        let (places, labels): (Vec<usize>, Vec<Label>) = declared.unzip();
        let width = labels.len().div_ceil(64);
        let mut own = Rows { width, bits: vec![0; width * revisions.len()] };
        for (bit, &place) in places.iter().enumerate() {
            own.bits[place * width + bit / 64] |= 1 << (bit % 64);
        }
        if width == 0 {
            return Labels { labels, width, bits: own.bits };
        }
        let lines = revisions.lines();
        // Only rows of a history that was meddled with can be in a cycle; they inherit what their places let them.
        let order = revisions.graph().order().unwrap_or_else(|_| (0..revisions.len()).collect());
        let mut down = own.clone();
        for &place in &order {
            lines.before(place).iter().for_each(|&parent| down.add(parent, place));
        }
        let mut back = own.where_chains_end(revisions, &order);
        for &place in order.iter().rev() {
            if let &[parent] = lines.before(place)
                && !parts(revisions, parent)
            {
                back.add(place, parent);
            }
        }
        down.bits.iter_mut().zip(back.bits).for_each(|(word, back)| *word |= back);
        Labels { labels, width, bits: down.bits }
    }

    /// Returns the labels of the migration at a place.
    pub(super) fn of(&self, place: usize) -> impl Iterator<Item = &Label> {
        let row = self.bits.get(place * self.width..(place + 1) * self.width).unwrap_or_default();
        let is_set = move |bit: usize| row.get(bit / 64).is_some_and(|word| word >> (bit % 64) & 1 == 1);
        self.labels.iter().enumerate().filter(move |(bit, _)| is_set(*bit)).map(|(_, label)| label)
    }
}

/// Says whether lines part or meet at a migration, so that a label does not spread back over it.
fn parts(revisions: &Revisions, place: usize) -> bool {
    revisions.graph().after(place).len() > 1 || revisions.lines().before(place).len() > 1
}

#[derive(Clone)]
struct Rows {
    width: usize,
    bits: Vec<u64>,
}

impl Rows {
    /// Adds the labels of one row to another.
    fn add(&mut self, from: usize, to: usize) {
        for word in 0..self.width {
            self.bits[to * self.width + word] |= self.bits[from * self.width + word];
        }
    }

    /// Keeps the labels from which one chain leads to a head.
    fn where_chains_end(mut self, revisions: &Revisions, order: &[usize]) -> Rows {
        let mut is_chain = vec![false; revisions.len()];
        for &place in order.iter().rev() {
            let goes_on = revisions.lines().after(place).iter().all(|&child| is_chain[child]);
            is_chain[place] = goes_on && !parts(revisions, place);
        }
        for place in is_chain.iter().enumerate().filter(|(_, is_chain)| !**is_chain).map(|(place, _)| place) {
            self.bits[place * self.width..(place + 1) * self.width].fill(0);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::super::Revision;
    use super::*;

    /// Lines such as `3 < 1 2 & 0 : a b`: a migration, its parents, its dependencies, its labels.
    fn check(graph: &str, expected: &Expect) {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let revision = |line: &str| {
            let (rest, labels) = line.split_once(':').unwrap_or((line, ""));
            let (rest, depends_on) = rest.split_once('&').unwrap_or((rest, ""));
            let (id, parents) = rest.split_once('<').unwrap_or((rest, ""));
            let ids = |text| words(text).iter().map(|id| id.parse().unwrap()).collect();
            Revision {
                id: id.trim().parse().unwrap(),
                slug: "x".into(),
                labels: words(labels).iter().map(|label| label.parse().unwrap()).collect(),
                parents: ids(parents),
                depends_on: ids(depends_on),
                replaces: Vec::new(),
            }
        };
        let revisions = Revisions::new(graph.lines().map(revision).collect());
        let shown = |(place, revision): (usize, &Revision)| {
            let labels: Vec<&str> = revisions.labels(place).map(Label::as_str).collect();
            format!("{}: {}\n", revision.id, labels.join(" "))
        };
        expected.assert_eq(&revisions.iter().enumerate().map(shown).collect::<String>());
    }

    #[test]
    fn a_label_spreads_to_descendants_and_back_along_its_own_chain() {
        check(
            "1\n2 < 1\n3 < 2\n4 < 3 : a\n5 < 4\n6 < 1 : b\n7 < 6\n8 < 6",
            &expect![[r#"
                1: 
                2: a
                3: a
                4: a
                5: a
                6: b
                7: b
                8: b
            "#]],
        );
    }

    #[test]
    fn a_fork_above_or_a_dependant_keeps_a_label_from_spreading_back() {
        check(
            "1\n2 < 1 : a\n3 < 2\n4 < 2",
            &expect![[r#"
                1: 
                2: a
                3: a
                4: a
            "#]],
        );
        check(
            "1\n2 < 1\n3 < 2 : a\n4\n5 < 4 & 2",
            &expect![[r#"
                1: 
                2: 
                3: a
                4: 
                5: 
            "#]],
        );
    }

    #[test]
    fn a_merge_carries_the_labels_of_both_lines() {
        check(
            "1\n2 < 1 : a\n3 < 1 : b c\n4 < 2 3\n5 < 4 : d",
            &expect![[r#"
                1: 
                2: a
                3: b c
                4: a b c
                5: a b c d
            "#]],
        );
    }
}
