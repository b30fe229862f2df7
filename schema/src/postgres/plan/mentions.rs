//! What bodies of routines mention: no catalogue says that they need it.
//!
//! A body is run when an index, a materialized view or a stored value that calls it is made, and then what it calls must be there. A
//! body may just as well mention what needs the routine itself, so what is known of needs goes before this.

use std::collections::{BTreeMap, BTreeSet};

use super::graph::{Graph, Node};
use crate::fact::{Fact, Id, Kind};
use crate::graph::{bare, words};

/// Has what a new routine mentions made before it, wherever nothing else says that it comes behind.
pub(super) fn connect(graph: &mut Graph<'_>) {
    let work = graph.work;
    let made: Vec<&Fact> = work.made.iter().filter_map(|id| work.to.get(id)).filter(|fact| has_a_name(fact)).collect();
    let mut named: BTreeMap<String, Vec<&Id>> = BTreeMap::new();
    for fact in &made {
        named.entry(bare(&fact.name)).or_default().push(&fact.id);
    }
    let mut ways = Ways::of(&graph.edges);
    for routine in made.iter().filter(|fact| is_routine(fact)) {
        let words = words(routine);
        for mentioned in words.iter().filter_map(|word| named.get(word)).flatten().filter(|id| ***id != routine.id) {
            let (Some(first), Some(then)) = (graph.making(mentioned), graph.making(&routine.id)) else { continue };
            if first != then && !ways.lead(&then, &first) {
                ways.add(&first, &then);
                graph.edges.insert((first, then));
            }
        }
    }
}

fn is_routine(fact: &Fact) -> bool {
    matches!(fact.id.kind, Kind::Function | Kind::Procedure)
}

fn has_a_name(fact: &Fact) -> bool {
    is_routine(fact)
        || matches!(fact.id.kind, Kind::Aggregate | Kind::Table | Kind::View | Kind::MaterializedView | Kind::Sequence)
}

/// Which statements come behind which.
struct Ways(BTreeMap<Node, Vec<Node>>);

impl Ways {
    fn of(edges: &BTreeSet<(Node, Node)>) -> Ways {
        let mut ways = Ways(BTreeMap::new());
        for (first, then) in edges {
            ways.add(first, then);
        }
        ways
    }

    fn add(&mut self, first: &Node, then: &Node) {
        self.0.entry(first.clone()).or_default().push(then.clone());
    }

    /// Says whether one comes before another.
    fn lead(&self, first: &Node, to: &Node) -> bool {
        let mut seen = BTreeSet::from([first]);
        let mut waiting = vec![first];
        while let Some(node) = waiting.pop() {
            if node == to {
                return true;
            }
            waiting.extend(self.0.get(node).into_iter().flatten().filter(|then| seen.insert(then)));
        }
        false
    }
}
