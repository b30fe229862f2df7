//! Which statement comes before which.

use std::collections::{BTreeMap, BTreeSet};

use super::mentions;
use super::work::Work;
use crate::fact::{Fact, Id, Kind};
use crate::graph;
use crate::schema::Schema;

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Act {
    /// A column lets go of its default or identity, a domain of its default, a partition that moves of its parent.
    Release,
    /// Something is dropped.
    Drop,
    /// Something is altered.
    Alter,
    /// Something is made.
    Make,
    /// What came with something else gets what it has of its own.
    Settle,
    /// A column or a domain gets its default back.
    Restore,
}

/// Something that is done with something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Node {
    pub(super) act: Act,
    pub(super) id: Id,
}

/// All that is to be done.
#[derive(Debug)]
pub(super) struct Order {
    /// In an order that holds.
    pub(super) nodes: Vec<Node>,
    /// What comes before what.
    pub(super) edges: BTreeSet<(Node, Node)>,
}

/// Puts all that is to be done in order. Where things wait for one another in a circle, the first of them goes on: that works, or
/// else the proof refuses it.
pub(super) fn order(work: &Work<'_>) -> Order {
    let graph = Graph::of(work);
    let places = Places::of(work);
    let mut waits: BTreeMap<&Node, BTreeSet<&Node>> = graph.nodes.iter().map(|node| (node, BTreeSet::new())).collect();
    let mut behind: BTreeMap<&Node, Vec<&Node>> = BTreeMap::new();
    for (first, then) in &graph.edges {
        if let Some(waits) = waits.get_mut(then) {
            waits.insert(first);
            behind.entry(first).or_default().push(then);
        }
    }
    let key = |node: &Node| places.of_node(node);
    let mut ready: BTreeSet<(Place, &Node)> =
        waits.iter().filter(|(_, waits)| waits.is_empty()).map(|(node, _)| (key(node), *node)).collect();
    let mut order = Vec::with_capacity(waits.len());
    loop {
        let next = ready.pop_first().map(|(_, node)| node);
        let Some(node) = next.or_else(|| waits.keys().min_by_key(|node| key(node)).copied()) else {
            return Order { nodes: order, edges: graph.edges };
        };
        waits.remove(node);
        order.push(node.clone());
        for then in behind.get(node).into_iter().flatten() {
            if let Some(waits) = waits.get_mut(then) {
                waits.remove(node);
                if waits.is_empty() {
                    ready.insert((key(then), *then));
                }
            }
        }
    }
}

pub(super) struct Graph<'w> {
    pub(super) work: &'w Work<'w>,
    nodes: BTreeSet<Node>,
    pub(super) edges: BTreeSet<(Node, Node)>,
    /// By what something is altered: by itself, or by a type that it has.
    alterers: BTreeMap<Id, Vec<Node>>,
}

impl<'w> Graph<'w> {
    fn of(work: &'w Work<'w>) -> Graph<'w> {
        let node = |act, ids: &mut dyn Iterator<Item = &Id>| -> Vec<Node> {
            ids.map(|id| Node { act, id: id.clone() }).collect()
        };
        let mut nodes = BTreeSet::new();
        nodes.extend(node(Act::Release, &mut work.released.iter()));
        nodes.extend(node(Act::Drop, &mut work.dropped.iter()));
        nodes.extend(node(Act::Alter, &mut work.altered.keys()));
        nodes.extend(node(Act::Make, &mut work.made.iter().filter(|id| !work.absorbed.contains_key(id))));
        nodes.extend(node(Act::Settle, &mut work.absorbed.keys().filter(|id| work.has_its_own(id))));
        nodes.extend(node(Act::Restore, &mut work.restored.iter()));
        let mut alterers: BTreeMap<Id, Vec<Node>> = BTreeMap::new();
        for id in work.altered.keys() {
            let own = Node { act: Act::Alter, id: id.clone() };
            let touched = work.touched.get(id).into_iter().flatten().filter(|touched| *touched != id);
            for id in std::iter::once(id).chain(touched) {
                alterers.entry(id.clone()).or_default().push(own.clone());
            }
        }
        let mut graph = Graph { work, nodes, edges: BTreeSet::new(), alterers };
        graph.connect_what_was();
        graph.connect_what_will_be();
        graph.connect_names();
        graph.connect_what_is_logged();
        mentions::connect(&mut graph);
        graph
    }

    fn edge(&mut self, first: &Node, then: &Node) {
        if first != then && self.nodes.contains(first) && self.nodes.contains(then) {
            self.edges.insert((first.clone(), then.clone()));
        }
    }

    /// Returns what takes something away.
    fn removal(&self, id: &Id) -> Option<Node> {
        if self.work.dropped.contains(id) {
            return Some(Node { act: Act::Drop, id: id.clone() });
        }
        let own = self.work.from.get(id).and_then(|fact| fact.parent.as_ref());
        if let Some(whole) = own.filter(|own| self.work.dropped.contains(own)) {
            // What is inherited goes with its own table, and need not wait for that of the parent.
            return Some(Node { act: Act::Drop, id: whole.clone() });
        }
        let with = self.work.taken.get(id).filter(|with| *with != id)?;
        self.removal(with).or_else(|| Some(Node { act: Act::Alter, id: with.clone() }))
    }

    /// Returns what makes something as it is to be.
    pub(super) fn making(&self, id: &Id) -> Option<Node> {
        let settle = Node { act: Act::Settle, id: id.clone() };
        if self.nodes.contains(&settle) { Some(settle) } else { self.bringing(id) }
    }

    /// Returns what makes something, with that which it comes with.
    fn bringing(&self, id: &Id) -> Option<Node> {
        match self.work.absorbed.get(id) {
            Some(Some(with)) if with != id => {
                self.making(with).or_else(|| Some(Node { act: Act::Alter, id: with.clone() }))
            }
            Some(_) => None,
            None => self.work.made.contains(id).then(|| Node { act: Act::Make, id: id.clone() }),
        }
    }

    fn altering(&self, id: &Id) -> Vec<Node> {
        self.alterers.get(id).cloned().unwrap_or_default()
    }

    /// Whatever needs something goes, lets go or is turned over to something else before that goes or changes.
    fn connect_what_was(&mut self) {
        let work = self.work;
        for fact in work.from.facts() {
            let removal = self.removal(&fact.id);
            let release = Node { act: Act::Release, id: fact.id.clone() };
            let altering = self.altering(&fact.id);
            for need in fact.needs.iter().chain(&fact.parent) {
                let removals = self.removal(need);
                let after = work.to.get(&fact.id);
                let still = after.is_some_and(|after| after.needs.iter().chain(&after.parent).any(|id| id == need));
                if let Some(gone) = &removals {
                    if let Some(own) = &removal {
                        self.edge(own, gone);
                    }
                    self.edge(&release, gone);
                    // What was let go of before need not wait; what it becomes may want the name. A column is its table's own when what
                    // it was inherited from is gone.
                    let is_released = work.released.contains(&fact.id)
                        || fact.id.kind == Kind::Column && super::work::inherited_from(fact) == Some(need);
                    for own in altering.iter().filter(|_| !still) {
                        if is_released { self.edge(gone, own) } else { self.edge(own, gone) }
                    }
                }
                // A partition leaves before what it has of its parent goes with that.
                if let (Some(gone), Some(table)) =
                    (&removals, fact.parent.as_ref().filter(|table| work.moved.contains(table)))
                    && super::work::inherited_from(fact) == Some(need)
                {
                    self.edge(&self.leaving(table), gone);
                }
                if fact.id.kind == Kind::Ownership {
                    continue;
                }
                for alter in self.altering(need) {
                    if work.moved.contains(need) && fact.parent.as_ref() == Some(need) {
                        let was_inherited = fact.attribute("inherited").is_some();
                        if let Some(own) = &removal {
                            let leaves = self.leaving(need);
                            if was_inherited {
                                self.edge(&leaves, own);
                            }
                            if !was_inherited || leaves != alter {
                                self.edge(own, &alter);
                            }
                        }
                        continue;
                    }
                    if let Some(own) = &removal {
                        self.edge(own, &alter);
                    }
                    self.edge(&release, &alter);
                    if !still {
                        for own in &altering {
                            self.edge(own, &alter);
                        }
                    }
                }
            }
        }
    }

    /// Returns what has a table leave what it is a partition of or inherits from.
    fn leaving(&self, table: &Id) -> Node {
        let act = if self.work.released.contains(table) { Act::Release } else { Act::Alter };
        Node { act, id: table.clone() }
    }

    /// Whatever something needs is there, and is what it will be, before it is made or turned over to it.
    fn connect_what_will_be(&mut self) {
        let work = self.work;
        for fact in work.to.facts() {
            let making = self.making(&fact.id);
            let restore = Node { act: Act::Restore, id: fact.id.clone() };
            let release = Node { act: Act::Release, id: fact.id.clone() };
            let altering = self.altering(&fact.id);
            for own in &altering {
                self.edge(&release, own);
                self.edge(own, &restore);
            }
            if let (Some(gone), Some(making)) = (self.removal(&fact.id), &making) {
                self.edge(&gone, making);
            }
            let is_settled = making.as_ref().is_some_and(|own| own.act == Act::Settle);
            if let (Some(brings), Some(making)) = (self.bringing(&fact.id), &making) {
                self.edge(&brings, making);
            }
            for need in fact.needs.iter().chain(&fact.parent) {
                let is_moved = work.moved.contains(need) && fact.parent.as_ref() == Some(need);
                // What a table has already is what its parent is to bring, before that does.
                let is_column = fact.id.kind == Kind::Column && work.from.get(&fact.id).is_some();
                let is_heir = is_column && super::work::inherited_from(fact) == Some(need);
                let table = work.to.get(need).and_then(|need| need.parent.as_ref());
                let is_met = is_heir && table.is_none_or(|table| !work.made.contains(table));
                if let Some(made) = self.making(need) {
                    if let Some(own) = &making {
                        self.edge(&made, own);
                    }
                    for own in &altering {
                        if is_met { self.edge(own, &made) } else { self.edge(&made, own) }
                    }
                    self.edge(&made, &restore);
                    self.edge(&release, &made);
                }
                for alter in self.altering(need) {
                    if is_moved && !is_settled {
                        self.connect_to_move(fact, &alter, making.as_ref(), &altering);
                        continue;
                    }
                    if let Some(own) = &making {
                        self.edge(&alter, own);
                    }
                    self.edge(&alter, &restore);
                    for own in &altering {
                        self.edge(&alter, own);
                    }
                }
            }
        }
    }

    /// What a table is to have when it comes to a parent is there before; what changes when it has left, behind.
    fn connect_to_move(&mut self, fact: &Fact, moves: &Node, making: Option<&Node>, altering: &[Node]) {
        let is_inherited = fact.attribute("inherited").is_some();
        for own in making.into_iter().chain(altering) {
            if is_inherited { self.edge(own, moves) } else { self.edge(moves, own) }
        }
    }

    /// What is logged refers to nothing that is not.
    fn connect_what_is_logged(&mut self) {
        let work = self.work;
        let is_unlogged =
            |schema: &Schema, id: &Id| schema.get(id).is_some_and(|table| table.attribute("unlogged").is_some());
        for key in work.to.facts().filter(|fact| fact.id.kind == Kind::ForeignKey) {
            let Some(table) = &key.parent else { continue };
            let alter = |id: &Id| Node { act: Act::Alter, id: id.clone() };
            for other in key.needs.iter().filter(|id| id.kind == Kind::Table && *id != table) {
                match (is_unlogged(work.from, other), is_unlogged(work.to, other)) {
                    (false, true) => self.edge(&alter(table), &alter(other)),
                    (true, false) => self.edge(&alter(other), &alter(table)),
                    _ => {}
                }
            }
        }
    }

    /// A name is free before something else takes it.
    fn connect_names(&mut self) {
        let work = self.work;
        let mut given_up: BTreeMap<Vec<&str>, Vec<&Id>> = BTreeMap::new();
        for id in work.dropped.iter().chain(work.taken.keys()) {
            for name in names(id) {
                given_up.entry(name).or_default().push(id);
            }
        }
        for id in &work.made {
            let Some(making) = self.making(id) else { continue };
            for old in names(id).iter().filter_map(|name| given_up.get(name)).flatten() {
                if let Some(removal) = self.removal(old) {
                    self.edge(&removal, &making);
                }
            }
        }
    }
}

/// Returns the names that something takes, each with what it must be the only one in.
fn names(id: &Id) -> Vec<Vec<&str>> {
    let part = |n: usize| id.name.get(n).map_or("", String::as_str);
    let last = id.name.last().map_or("", String::as_str);
    match id.kind {
        Kind::Table | Kind::View | Kind::MaterializedView | Kind::Composite => {
            vec![vec!["relation", part(0), last], vec!["type", part(0), last]]
        }
        Kind::Sequence | Kind::Index => vec![vec!["relation", part(0), last]],
        Kind::Enum | Kind::Domain | Kind::Range => vec![vec!["type", part(0), last]],
        Kind::PrimaryKey | Kind::Unique | Kind::Exclusion => {
            vec![vec!["relation", part(0), last], vec!["constraint", part(0), part(1), last]]
        }
        Kind::Check | Kind::ForeignKey => vec![vec!["constraint", part(0), part(1), last]],
        Kind::Function | Kind::Procedure | Kind::Aggregate => vec![vec!["routine", part(0), part(1), last]],
        _ => Vec::new(),
    }
}

/// Where something is done, as far as it may be done anywhere: what is smaller comes first.
type Place = (u8, usize, u8, String, u8, Id);

struct Places {
    /// What is dropped, from what needs others to what others need.
    drops: BTreeMap<Id, usize>,
    /// New tables, those that others refer to first.
    tables: BTreeMap<Id, usize>,
    roots: BTreeMap<Id, Id>,
}

impl Places {
    fn of(work: &Work<'_>) -> Places {
        let drops = graph::order(work.from).into_iter().rev().enumerate().map(|(n, id)| (id, n)).collect();
        let root = |schema: &Schema, fact: &Fact| (fact.id.clone(), schema.root(fact).id.clone());
        let roots = work.to.facts().map(|fact| root(work.to, fact)).collect();
        Places { drops, tables: table_order(work), roots }
    }

    fn of_node(&self, node: &Node) -> Place {
        let id = &node.id;
        match node.act {
            Act::Release => (0, 0, 0, String::new(), 0, id.clone()),
            Act::Drop => (1, self.drops.get(id).copied().unwrap_or_default(), 0, String::new(), 0, id.clone()),
            Act::Alter => {
                let table = if id.kind == Kind::Column { id.name.get(..2).unwrap_or_default() } else { &id.name };
                (2, 0, u8::from(id.kind == Kind::Column), table.join("."), 0, id.clone())
            }
            Act::Make | Act::Settle => {
                let root = self.roots.get(id).unwrap_or(id);
                let table = self.tables.get(root).copied().unwrap_or(usize::MAX);
                let rank = match id.kind {
                    Kind::Table => 0,
                    Kind::Column => 1,
                    kind if super::is_constraint(kind) => 2,
                    _ => 3,
                };
                (3 + phase(id, root), table, 0, root.name.join("."), rank, id.clone())
            }
            Act::Restore => (20, 0, 0, String::new(), 0, id.clone()),
        }
    }
}

fn phase(id: &Id, root: &Id) -> u8 {
    match (id.kind, root.kind) {
        // Whoever gives something away may have no more to say about it.
        (Kind::Privilege, _) => 11,
        (Kind::Owner, _) => 12,
        (Kind::Trigger | Kind::Rule | Kind::Policy, _) => 9,
        (_, Kind::Trigger | Kind::Rule | Kind::Policy) => 10,
        (_, Kind::Schema) => 0,
        (_, Kind::Extension) => 1,
        (_, Kind::Collation) => 2,
        (_, Kind::Enum | Kind::Composite | Kind::Domain | Kind::Range) => 3,
        (Kind::Ownership, _) | (_, Kind::Table) => 5,
        (_, Kind::Sequence) => 4,
        (_, Kind::Function | Kind::Procedure | Kind::Aggregate) => 6,
        (_, Kind::View | Kind::MaterializedView) => 7,
        _ => 10,
    }
}

/// Returns new tables, each behind those that it refers to, where that can be.
fn table_order(work: &Work<'_>) -> BTreeMap<Id, usize> {
    let mut tables: BTreeSet<Id> = work.made.iter().filter(|id| id.kind == Kind::Table).cloned().collect();
    let keys: Vec<&Fact> = work.to.facts().filter(|fact| fact.id.kind == Kind::ForeignKey).collect();
    let mut places = BTreeMap::new();
    while !tables.is_empty() {
        let refers = |table: &&Id| {
            let own = keys.iter().filter(|key| key.parent.as_ref() == Some(*table));
            own.flat_map(|key| &key.needs).any(|need| need != *table && tables.contains(need))
        };
        let next = tables.iter().find(|table| !refers(table)).or(tables.first()).cloned();
        let Some(next) = next else { break };
        tables.remove(&next);
        places.insert(next, places.len());
    }
    places
}
