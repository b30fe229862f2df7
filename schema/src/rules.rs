//! What an engine knows: how each kind of thing is made, dropped and altered.

use std::collections::BTreeSet;

use dunlin_core::dialect::Dialect;

use crate::dump::ended;
use crate::fact::{Fact, Id, Kind};
use crate::hazard::Allow;
use crate::picture::Outline;
use crate::plan::{Manner, Plan, Step};
use crate::refusal::Refusal;
use crate::rename::Rename;
use crate::schema::Schema;

/// What becomes of a kind of thing that changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// It holds data: it is altered.
    Carrier,
    /// It is text: it is dropped, and made again.
    Satellite,
    /// It is made with its parent, and changes with it.
    Part,
}

/// How one kind of thing is made and dropped.
#[derive(Debug)]
pub struct KindRule {
    /// The kind.
    pub kind: Kind,
    /// What becomes of it when it changes.
    pub class: Class,
    /// What the engine calls it in `DROP`.
    pub word: &'static str,
    /// What must be allowed before it is dropped.
    pub loses: Option<Allow>,
}

/// Something that holds data and is not what it is to be.
#[derive(Debug, Clone, Copy)]
pub struct Change<'s> {
    /// As it is.
    pub from: &'s Fact,
    /// As it is to be.
    pub to: &'s Fact,
    /// All that is.
    pub before: &'s Schema,
    /// All that is to be.
    pub after: &'s Schema,
    /// How to go about it.
    pub manner: Manner,
}

/// What alters something.
#[derive(Debug)]
pub struct Alteration {
    /// The statements.
    pub steps: Vec<Step>,
    /// What it does to others.
    pub effect: Effect,
    /// Directives that the file needs: `foreign-keys off`.
    pub directives: Vec<&'static str>,
}

/// What altering something does to others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    Alone,
    /// What is part of it goes with it, and is to be made again.
    Children,
    /// All that needs it must be dropped before, and made again behind it.
    Dependants,
    /// These must be dropped before, and made again behind it.
    These(BTreeSet<Id>),
}

/// What an engine knows.
pub trait Rules: Sync {
    /// Returns the engine.
    fn dialect(&self) -> Dialect;

    /// Returns every kind that it has.
    fn kinds(&self) -> &'static [KindRule];

    /// Returns what alters something that holds data.
    fn alter(&self, change: &Change<'_>) -> Result<Alteration, Refusal>;

    /// Plans by itself, where what it knows of needs and order is more than [`crate::plan()`] asks for.
    fn own_plan(&self, _from: &Schema, _to: &Schema, _manner: Manner) -> Option<Result<Plan, Refusal>> {
        None
    }

    /// Plans as several migrations that lock no table for long, where the engine has other statements for that than its usual ones.
    fn online_plans(&self, _from: &Schema, _to: &Schema, _manner: Manner) -> Option<Result<Vec<Plan>, Refusal>> {
        None
    }

    /// Returns other forms of a statement, with which the server refuses what it cannot do while others read and write: the best
    /// first, none if it can only be done while they wait. `None` is that the statement locks nothing for long.
    fn online_forms(&self, _step: &Step, _from: &Schema) -> Option<Vec<String>> {
        None
    }

    /// Returns a name as it is written in a statement.
    fn quoted(&self, name: &str) -> String;

    /// Returns the statements that make something, on the way from one schema to another. What its parent's text has said already
    /// has none.
    fn makes(&self, fact: &Fact, _from: &Schema, _to: &Schema) -> Vec<Step> {
        vec![Step::new(fact, self.making(fact))]
    }

    /// Says whether something goes when what it is part of is dropped, so that no statement need drop it.
    fn goes_along(&self, _fact: &Fact, _parent: &Fact) -> bool {
        true
    }

    /// Returns the statement that drops something.
    fn dropping(&self, rule: &KindRule, fact: &Fact) -> String {
        format!("drop {} {}", rule.word, self.quoted(&fact.name))
    }

    /// Returns the statement that makes something.
    fn making(&self, fact: &Fact) -> String {
        fact.sql.clone()
    }

    /// Says whether something can only be made where the rows that are there fit it.
    fn is_demanding(&self, _fact: &Fact) -> bool {
        false
    }

    /// Returns the statements that drop something, on the way from one schema to another.
    fn drops(&self, rule: &KindRule, fact: &Fact, _from: &Schema, _to: &Schema) -> Vec<String> {
        vec![self.dropping(rule, fact)]
    }

    /// Returns what a file sets before it makes anything, so that it makes the same in the hands of everybody.
    fn preamble(&self) -> Option<&'static str> {
        None
    }

    /// Returns a statement as it stands in a file that the engine's own client reads too.
    fn written(&self, sql: &str) -> String {
        ended(sql, ";", self.dialect())
    }

    /// Says whether an index can be made as soon as its table is there, whatever else is not.
    fn indexes_need_tables_alone(&self) -> bool {
        false
    }

    /// Returns the statement that gives something another name.
    fn rename(&self, rename: &Rename) -> String;

    /// Returns what may have to be dropped before renames, and made again behind them, where the engine makes none with it: each list
    /// is tried when the one before it was not enough.
    fn in_the_way_of<'s>(&self, _renames: &[Rename], _schema: &'s Schema) -> Vec<Vec<&'s Fact>> {
        Vec::new()
    }

    /// Returns the directives that a file needs which drops things.
    fn directives_of_drops(&self, _before: &Schema, _dropped: &[&Fact]) -> Vec<&'static str> {
        Vec::new()
    }

    /// Returns the rule of a kind.
    fn rule(&self, kind: Kind) -> Option<&'static KindRule> {
        self.kinds().iter().find(|rule| rule.kind == kind)
    }

    /// Says whether a text that the engine prints may be another when it has been made from that text: then two schemas are compared
    /// after both were made anew from what was printed.
    fn texts_settle(&self) -> bool {
        false
    }

    /// Says whether a statement only looks at what it is about, and at what has to do with that: then the rest can be left out of its
    /// proof.
    fn is_local(&self) -> bool {
        true
    }

    /// Returns a schema with grants and owners as things of their own, which are compared and planned. An engine that keeps them for all
    /// databases has none in a schema.
    fn with_grants(&self, schema: Schema) -> Schema {
        schema
    }

    /// Returns what is drawn of a table.
    fn outline(&self, schema: &Schema, table: &Fact) -> Outline;

    /// Returns statements that put a row into a table, to be tried until one does: for the proof, which looks whether rows
    /// survive.
    fn seeds(&self, schema: &Schema, table: &Fact) -> Vec<String>;

    /// Returns a query for all rows of a table, of these columns alone.
    fn rows(&self, table: &Fact, columns: &[&str]) -> String;
}

/// Returns what an engine knows.
pub fn rules(dialect: Dialect) -> &'static dyn Rules {
    match dialect {
        Dialect::Sqlite => &crate::sqlite::Sqlite,
        Dialect::Postgres => &crate::postgres::Postgres,
        Dialect::Mysql => &crate::mysql::Mysql,
    }
}
