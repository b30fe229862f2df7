//! What partitions have of their parents, and what of that is their own: a name, options, a state.
//!
//! The engine makes such a thing together with what it is inherited from, so the text of its fact is what is said of it then.

use super::rows::{ConstraintRow, IndexRow};
use crate::postgres::alter::options;
use crate::postgres::name::{LONGEST, clipped, qualified, quoted};

/// Returns what gives an index of a partition what it has of its own.
pub(super) fn index(
    row: &IndexRow,
    parent: Option<&IndexRow>,
    table: &str,
    is_free: impl Fn(&str) -> bool,
) -> Vec<String> {
    let name = qualified(&row.schema, &row.name);
    // One that waits for the indexes of its partitions makes none of them.
    if let Some(parent) = parent.filter(|parent| !parent.is_valid) {
        let above = qualified(&parent.schema, &parent.name);
        return vec![row.definition.clone(), format!("alter index {above} attach partition {name}")];
    }
    let usual = usual_name(table, &row.columns, "idx", is_free);
    let mut sql = Vec::new();
    if row.name != usual {
        sql.push(format!("alter index {} rename to {}", qualified(&row.schema, &usual), quoted(&row.name)));
    }
    let above = parent.map(|parent| listed(&parent.options)).unwrap_or_default();
    sql.extend(options(&above, &listed(&row.options)).iter().map(|clause| format!("alter index {name} {clause}")));
    sql
}

/// Returns what gives a constraint of a partition what it has of its own, beside its parent's and the schema of that.
pub(super) fn constraint(
    row: &ConstraintRow,
    parent: Option<(&ConstraintRow, &str)>,
    (schema, table): (&str, &str),
    is_free: impl Fn(&str) -> bool,
) -> Vec<String> {
    let on = qualified(schema, table);
    if let Some((parent, outer)) = parent.filter(|(parent, _)| !parent.is_valid) {
        let (name, definition) = (quoted(&row.name), &row.definition);
        let above = qualified(outer, &parent.name);
        return vec![
            format!("alter table {on} add constraint {name} {definition}"),
            format!("alter index {above} attach partition {}", qualified(schema, &row.name)),
        ];
    }
    let usual = match &*row.r#type {
        "p" => usual_name(table, &[], "pkey", is_free),
        "u" => usual_name(table, &row.columns, "key", is_free),
        "x" => usual_name(table, &row.columns, "excl", is_free),
        _ => parent.map_or(&row.name, |(parent, _)| &parent.name).clone(),
    };
    let mut sql = Vec::new();
    if row.name != usual {
        sql.push(format!("alter table {on} rename constraint {} to {}", quoted(&usual), quoted(&row.name)));
    }
    let list = |row: &ConstraintRow| listed(row.options.as_deref().unwrap_or_default());
    let above = parent.map(|(parent, _)| list(parent)).unwrap_or_default();
    let index = qualified(schema, &row.name);
    sql.extend(options(&above, &list(row)).iter().map(|clause| format!("alter index {index} {clause}")));
    sql.extend((row.is_clustered == Some(true)).then(|| format!("alter table {on} cluster on {}", quoted(&row.name))));
    sql
}

fn listed(options: &[String]) -> String {
    let mut sorted = options.to_vec();
    sorted.sort();
    sorted.join(", ")
}

/// Returns the name that the server gives an index by itself; `ChooseIndexName` in its source.
fn usual_name(table: &str, columns: &[String], label: &str, is_free: impl Fn(&str) -> bool) -> String {
    let columns = columns.join("_");
    let numbered = |number: usize| match number {
        0 => object_name(table, &columns, label),
        _ => object_name(table, &columns, &format!("{label}{number}")),
    };
    (0..100).map(numbered).find(|name| is_free(name)).unwrap_or_else(|| numbered(0))
}

/// Returns a name of three parts, of which the longer one of the first two is cut until it fits; `makeObjectName`.
fn object_name(table: &str, columns: &str, label: &str) -> String {
    let columns = clipped(columns, LONGEST);
    let between = if columns.is_empty() { 1 } else { 2 };
    let room = LONGEST.saturating_sub(label.len() + between);
    let (mut first, mut second) = (table.len(), columns.len());
    while first + second > room {
        if first > second { first -= 1 } else { second -= 1 }
    }
    match (clipped(table, first), clipped(columns, second)) {
        (table, "") => format!("{table}_{label}"),
        (table, columns) => format!("{table}_{columns}_{label}"),
    }
}

#[cfg(test)]
mod tests {
    use super::usual_name;

    #[test]
    fn a_name_is_the_one_that_the_server_gives() {
        let columns = ["a".to_owned(), "b".to_owned()];
        assert_eq!(usual_name("t", &columns, "idx", |_| true), "t_a_b_idx");
        assert_eq!(usual_name("t", &[], "pkey", |_| true), "t_pkey");
        assert_eq!(usual_name("t", &columns, "idx", |name| name != "t_a_b_idx"), "t_a_b_idx1");
        let long = usual_name(&"t".repeat(60), &["c".repeat(60)], "idx", |_| true);
        assert_eq!(long, format!("{}_{}_idx", "t".repeat(29), "c".repeat(29)));
    }
}
