//! The rows of PostgreSQL's catalogue, as the statements in `runtime/src/schema/postgres/*.sql` return them.

use serde::Deserialize;

/// A thing that lives in a schema and is told by its name.
#[derive(Debug, Deserialize)]
pub(super) struct SchemaRow {
    pub(super) oid: u32,
    pub(super) name: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct ExtensionRow {
    pub(super) oid: u32,
    pub(super) name: String,
    pub(super) schema: String,
}

/// An enum, a domain, a composite type or a range type. What one of them does not have is null.
#[derive(Debug, Deserialize)]
pub(super) struct TypeRow {
    pub(super) oid: u32,
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) relation: Option<u32>,
    pub(super) labels: Option<Vec<String>>,
    pub(super) base: Option<String>,
    pub(super) not_null: bool,
    pub(super) default: Option<String>,
    pub(super) collation: Option<String>,
    pub(super) attributes: Option<Vec<AttributeRow>>,
    pub(super) subtype: Option<String>,
    pub(super) operator_class: Option<String>,
    pub(super) range_collation: Option<String>,
    pub(super) canonical: Option<String>,
    pub(super) difference: Option<String>,
    pub(super) multirange: Option<String>,
}

/// An attribute of a composite type.
#[derive(Debug, Deserialize)]
pub(super) struct AttributeRow {
    pub(super) name: String,
    pub(super) r#type: String,
    pub(super) collation: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct SequenceRow {
    pub(super) oid: u32,
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) unlogged: bool,
    pub(super) r#type: String,
    pub(super) start: i64,
    pub(super) increment: i64,
    pub(super) minimum: i64,
    pub(super) maximum: i64,
    pub(super) cache: i64,
    pub(super) cycle: bool,
    pub(super) table: Option<u32>,
    pub(super) column: Option<i32>,
    pub(super) is_identity: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct TableRow {
    pub(super) oid: u32,
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) unlogged: bool,
    pub(super) row_security: bool,
    pub(super) force_row_security: bool,
    pub(super) replica_identity: Option<String>,
    pub(super) identity_index: Option<String>,
    pub(super) options: Vec<String>,
    pub(super) partition_key: Option<String>,
    pub(super) bound: Option<String>,
    pub(super) parents: Vec<u32>,
    pub(super) of_type: Option<String>,
    pub(super) tablespace: Option<String>,
    pub(super) access_method: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ColumnRow {
    pub(super) table: u32,
    pub(super) number: i32,
    pub(super) name: String,
    pub(super) r#type: String,
    pub(super) not_null: bool,
    pub(super) is_local: bool,
    pub(super) is_inherited: bool,
    pub(super) default: Option<String>,
    pub(super) generated: String,
    pub(super) identity: String,
    pub(super) collation: Option<String>,
    pub(super) storage: Option<String>,
    pub(super) compression: Option<String>,
    pub(super) statistics: Option<i32>,
    pub(super) options: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ConstraintRow {
    pub(super) oid: u32,
    pub(super) name: String,
    pub(super) r#type: String,
    pub(super) table: Option<u32>,
    pub(super) domain: Option<u32>,
    pub(super) index: Option<u32>,
    pub(super) definition: String,
    pub(super) is_local: bool,
    pub(super) is_inherited: bool,
    pub(super) parent: Option<u32>,
    pub(super) is_clustered: Option<bool>,
    pub(super) is_valid: bool,
    /// The index of a partitioned table that its own is one of.
    pub(super) attached_to: Option<u32>,
    pub(super) options: Option<Vec<String>>,
    pub(super) columns: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct IndexRow {
    pub(super) oid: u32,
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) table: u32,
    pub(super) definition: String,
    pub(super) is_valid: bool,
    pub(super) is_clustered: bool,
    pub(super) parent: Option<u32>,
    pub(super) tablespace: Option<String>,
    pub(super) statistics: Vec<String>,
    pub(super) options: Vec<String>,
    pub(super) columns: Vec<String>,
}

/// A view or a materialized view.
#[derive(Debug, Deserialize)]
pub(super) struct ViewRow {
    pub(super) oid: u32,
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) definition: String,
    pub(super) options: Vec<String>,
    pub(super) is_populated: bool,
    pub(super) tablespace: Option<String>,
    pub(super) access_method: Option<String>,
    pub(super) columns: Vec<ViewColumnRow>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ViewColumnRow {
    pub(super) name: String,
    pub(super) r#type: String,
    pub(super) collation: Option<String>,
    pub(super) default: Option<String>,
    pub(super) storage: Option<String>,
    pub(super) compression: Option<String>,
    pub(super) statistics: Option<i32>,
    pub(super) options: Vec<String>,
}

/// A function, a procedure or an aggregate.
#[derive(Debug, Deserialize)]
pub(super) struct RoutineRow {
    pub(super) oid: u32,
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) arguments: String,
    pub(super) types: String,
    pub(super) result: Option<String>,
    pub(super) defaults: i32,
    pub(super) argument_names: Vec<String>,
    pub(super) definition: Option<String>,
    pub(super) aggregate: Option<AggregateRow>,
}

#[derive(Debug, Deserialize)]
pub(super) struct AggregateRow {
    pub(super) state_function: String,
    pub(super) state_type: String,
    pub(super) state_space: Option<i64>,
    pub(super) final_function: Option<String>,
    pub(super) final_extra: bool,
    pub(super) final_modify: String,
    pub(super) combine_function: Option<String>,
    pub(super) serial_function: Option<String>,
    pub(super) deserial_function: Option<String>,
    pub(super) initial: Option<String>,
    pub(super) moving_state_function: Option<String>,
    pub(super) moving_inverse_function: Option<String>,
    pub(super) moving_state_type: Option<String>,
    pub(super) moving_state_space: Option<i64>,
    pub(super) moving_final_function: Option<String>,
    pub(super) moving_final_extra: bool,
    pub(super) moving_final_modify: String,
    pub(super) moving_initial: Option<String>,
    pub(super) sort_operator: Option<String>,
    pub(super) kind: String,
    pub(super) parallel: String,
}

/// A trigger or a rule.
#[derive(Debug, Deserialize)]
pub(super) struct TriggerRow {
    pub(super) oid: u32,
    pub(super) name: String,
    pub(super) table: u32,
    pub(super) definition: String,
    pub(super) enabled: String,
    pub(super) parent: Option<u32>,
}

#[derive(Debug, Deserialize)]
pub(super) struct EventTriggerRow {
    pub(super) oid: u32,
    pub(super) name: String,
    pub(super) event: String,
    pub(super) tags: Vec<String>,
    pub(super) function: String,
    pub(super) enabled: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct PolicyRow {
    pub(super) oid: u32,
    pub(super) name: String,
    pub(super) table: u32,
    pub(super) is_permissive: bool,
    pub(super) command: String,
    pub(super) roles: Vec<String>,
    pub(super) using: Option<String>,
    pub(super) with_check: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct StatisticsRow {
    pub(super) oid: u32,
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) table: u32,
    pub(super) definition: String,
    pub(super) target: Option<i32>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CollationRow {
    pub(super) oid: u32,
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) provider: String,
    pub(super) locale: Option<String>,
    pub(super) lc_collate: Option<String>,
    pub(super) lc_ctype: Option<String>,
    pub(super) is_deterministic: bool,
    pub(super) rules: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CommentRow {
    pub(super) class: String,
    pub(super) oid: u32,
    pub(super) sub: i32,
    pub(super) text: String,
}

/// Grants and owners, as statements.
#[derive(Debug, Deserialize)]
pub(super) struct KeptRow {
    pub(super) class: String,
    pub(super) oid: u32,
    pub(super) sub: i32,
    pub(super) text: String,
}

/// One thing needs another.
#[derive(Debug, Deserialize)]
pub(super) struct DependencyRow {
    pub(super) class: String,
    pub(super) oid: u32,
    pub(super) sub: i32,
    pub(super) on_class: String,
    pub(super) on_oid: u32,
    pub(super) on_sub: i32,
}

/// A thing of a kind that is not planned.
#[derive(Debug, Deserialize)]
pub(super) struct UnmodelledRow {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) definition: String,
}
