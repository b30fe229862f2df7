//! PostgreSQL: the server prints what it has, and knows what needs what.
//!
//! [`read()`] makes facts of the rows of `pg_catalog` ([`catalogue`]). What holds data is altered ([`alter`]); everything else is the
//! text that the server prints, which is dropped and made again. Which of that is in the way of something else `pg_depend` says,
//! and so one graph puts all statements in order ([`plan`]): what is dropped, released, altered and made.

mod alter;
mod atom;
mod catalogue;
mod column;
mod grants;
mod name;
mod outline;
mod plan;
mod seed;
mod sequence;

use dunlin_core::dialect::Dialect;

pub use self::catalogue::{Row, read};
use self::name::{literal, qualified, quoted};
use crate::dump::ended;
use crate::fact::{Fact, Id, Kind};
use crate::hazard::Allow;
use crate::name::Name;
use crate::picture::Outline;
use crate::plan::{Manner, Plan};
use crate::refusal::Refusal;
use crate::rename::Rename;
use crate::renamed::Renamed;
use crate::rules::{Alteration, Change, Class, KindRule, Rules};
use crate::schema::Schema;

/// What is known of PostgreSQL.
#[derive(Debug, Clone, Copy)]
pub struct Postgres;

/// Every kind of thing that is planned. [`Kind::Unmodelled`] is none of them, and so is refused.
const KINDS: &[KindRule] = &[
    kind(Kind::Schema, Class::Carrier, "schema", None),
    kind(Kind::Extension, Class::Carrier, "extension", None),
    kind(Kind::Collation, Class::Satellite, "collation", None),
    kind(Kind::Enum, Class::Carrier, "type", None),
    kind(Kind::Domain, Class::Carrier, "domain", None),
    kind(Kind::Composite, Class::Carrier, "type", None),
    kind(Kind::Range, Class::Satellite, "type", None),
    kind(Kind::Sequence, Class::Carrier, "sequence", Some(Allow::DropSequence)),
    kind(Kind::Table, Class::Carrier, "table", Some(Allow::DropTable)),
    kind(Kind::Column, Class::Part, "column", Some(Allow::DropColumn)),
    kind(Kind::Ownership, Class::Satellite, "", None),
    kind(Kind::PrimaryKey, Class::Satellite, "constraint", None),
    kind(Kind::Unique, Class::Satellite, "constraint", None),
    kind(Kind::Exclusion, Class::Satellite, "constraint", None),
    kind(Kind::Check, Class::Satellite, "constraint", None),
    kind(Kind::Index, Class::Satellite, "index", None),
    kind(Kind::ReplicaIdentity, Class::Satellite, "", None),
    kind(Kind::ForeignKey, Class::Satellite, "constraint", None),
    kind(Kind::Function, Class::Satellite, "function", None),
    kind(Kind::Procedure, Class::Satellite, "procedure", None),
    kind(Kind::Aggregate, Class::Satellite, "aggregate", None),
    kind(Kind::View, Class::Satellite, "view", None),
    kind(Kind::MaterializedView, Class::Satellite, "materialized view", None),
    kind(Kind::Trigger, Class::Satellite, "trigger", None),
    kind(Kind::Rule, Class::Satellite, "rule", None),
    kind(Kind::Policy, Class::Satellite, "policy", None),
    kind(Kind::Statistics, Class::Satellite, "statistics", None),
    kind(Kind::EventTrigger, Class::Satellite, "event trigger", None),
    kind(Kind::Privilege, Class::Satellite, "", None),
    kind(Kind::Owner, Class::Satellite, "", None),
    kind(Kind::Comment, Class::Satellite, "", None),
];

impl Rules for Postgres {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn kinds(&self) -> &'static [KindRule] {
        KINDS
    }

    fn quoted(&self, name: &str) -> String {
        quoted(name)
    }

    fn own_plan(&self, from: &Schema, to: &Schema, manner: Manner) -> Option<Result<Plan, Refusal>> {
        Some(plan::plan(from, to, manner))
    }

    /// What is set for a transaction is set for a file: psql has none round it.
    fn written(&self, sql: &str) -> String {
        match sql.strip_prefix("set local ") {
            Some(setting) => format!("set {setting};"),
            None => ended(sql, ";", Dialect::Postgres),
        }
    }

    fn online_plans(&self, from: &Schema, to: &Schema, manner: Manner) -> Option<Result<Vec<Plan>, Refusal>> {
        Some(plan::online(from, to, manner))
    }

    fn alter(&self, change: &Change<'_>) -> Result<Alteration, Refusal> {
        alter::alteration(change)
    }

    fn dropping(&self, rule: &KindRule, fact: &Fact) -> String {
        plan::dropping(rule, fact)
    }

    fn texts_settle(&self) -> bool {
        true
    }

    fn with_grants(&self, schema: Schema) -> Schema {
        grants::with_grants(&schema)
    }

    fn outline(&self, schema: &Schema, table: &Fact) -> Outline {
        outline::outline(schema, table)
    }

    fn seeds(&self, schema: &Schema, table: &Fact) -> Vec<String> {
        seed::seeds(schema, table)
    }

    fn rows(&self, table: &Fact, columns: &[&str]) -> String {
        seed::rows(table, columns)
    }

    fn rename(&self, rename: &Rename) -> String {
        let relation = |name: &Name| qualified(name.schema(), name.last());
        let (from, to) = (quoted(rename.from.last()), quoted(rename.to.last()));
        let owner = rename.owner.as_ref().map(relation).unwrap_or_default();
        match rename.what {
            Renamed::Schema => format!("alter schema {from} rename to {to}"),
            Renamed::Column => format!("alter table {owner} rename column {from} to {to}"),
            Renamed::Constraint => format!("alter table {owner} rename constraint {from} to {to}"),
            Renamed::Value => {
                format!(
                    "alter type {owner} rename value {} to {}",
                    literal(rename.from.last()),
                    literal(rename.to.last())
                )
            }
            Renamed::Table | Renamed::Type | Renamed::Index | Renamed::Sequence | Renamed::View => {
                let word = if rename.kind == Kind::MaterializedView { "materialized view" } else { rename.what.word() };
                let renaming = format!("alter {word} {} rename to {to}", relation(&rename.from));
                // Under its new name first: what keeps its own may be in the way of it there.
                let (before, after) = (rename.from.schema(), rename.to.schema());
                let moving =
                    format!("alter {word} {} set schema {}", qualified(before, rename.to.last()), quoted(after));
                match (before == after, from == to) {
                    (true, _) => renaming,
                    (false, true) => moving,
                    (false, false) => format!("{renaming};\n\n{moving}"),
                }
            }
        }
    }
}

const fn kind(kind: Kind, class: Class, word: &'static str, loses: Option<Allow>) -> KindRule {
    KindRule { kind, class, word, loses }
}

/// Returns the first parts of a thing's name, as they are written: a table with its schema.
fn written(id: &Id, parts: usize) -> String {
    id.name.iter().take(parts).map(|part| quoted(part)).collect::<Vec<_>>().join(".")
}
