//! What tells whether a DDL statement took effect: a hash over what the catalogue says of the things that it names.
//!
//! The server computes it, in the statement that writes the journal, so that it costs no round trip. Nothing counts that
//! changes by itself: no numbers of rows, no times, no next key.

use dunlin_core::dialect::Dialect;
use dunlin_core::statements::Subject;

/// What the catalogue says, in sections, each behind a line `-- <kind> <column of the schema> <column of the name>`.
const FACTS: &str = include_str!("sql/facts_mysql.sql");

/// What an `ALTER TABLE` or an index can change.
const OF_A_TABLE: [&str; 8] = ["table", "column", "index", "constraint", "key", "reference", "check", "partition"];

/// Which server's catalogue it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Server {
    Mysql,
    Mariadb,
}

/// Returns an expression for the fingerprint. It adds hashes up by exclusive or, so that no length limits it.
pub(super) fn expression(subject: &Subject, server: Server) -> String {
    let sections = FACTS.split("-- ").filter_map(|section| section.split_once('\n'));
    let facts: Vec<String> = sections
        .filter_map(|(heading, sql)| {
            let [kind, schema, name] = heading.split(' ').collect::<Vec<_>>().try_into().ok()?;
            let condition = condition(subject, kind_on(kind, server)?, schema, name)?;
            Some(format!("{}\nwhere {condition}", sql.trim_end()))
        })
        .collect();
    let half =
        |from: u8| format!("hex(bit_xor(cast(conv(substring(sha2(f.fact, 256), {from}, 16), 16, 10) as unsigned)))");
    let (first, second) = (half(1), half(17));
    format!("(select concat(count(*), ':', {first}, {second}) from (\n{}\n) f)", facts.join("\nunion all\n"))
}

/// Returns an expression that is 1 where a table is of an engine without transactions: any table of the database, or one
/// that a statement may change.
pub(super) fn without_transactions(subject: Option<&Subject>) -> String {
    let of = match subject {
        None => Some("t.table_schema = database()".to_owned()),
        Some(subject) => condition(subject, "table", "t.table_schema", "t.table_name"),
    };
    let template = include_str!("sql/without_transactions_mysql.sql");
    of.map_or_else(|| "0".to_owned(), |of| template.trim_end().replace("{of}", &of))
}

fn kind_on(kind: &str, server: Server) -> Option<&str> {
    match (kind.split_once('-'), server) {
        (None, _) => Some(kind),
        (Some((kind, "mariadb")), Server::Mariadb) | (Some((kind, "mysql")), Server::Mysql) => Some(kind),
        (Some(_), _) => None,
    }
}

/// Returns which rows of a section count; `None` is that the statement cannot change what it holds.
fn condition(subject: &Subject, kind: &str, schema: &str, name: &str) -> Option<String> {
    let literal = |text: &str| Dialect::Mysql.literal(text);
    let (table, counts) = match subject {
        Subject::WholeTable(table) => (table, kind == "table"),
        Subject::Table(table) => (table, OF_A_TABLE.contains(&kind)),
        Subject::Named(names) => {
            let names: Vec<String> = names.iter().map(|name| literal(name)).collect();
            let names = names.join(", ");
            let is_its_own = schema == name;
            let schemas = if is_its_own { String::new() } else { format!("{schema} in (database(), {names}) and ") };
            return (!names.is_empty()).then(|| format!("{schemas}{name} in ({names})"));
        }
    };
    // Compared with one value, a catalogue finds the table without looking at others.
    let of = table.schema.as_deref().map_or_else(|| "database()".to_owned(), literal);
    counts.then(|| format!("{schema} = {of} and {name} = {}", literal(&table.name)))
}

#[cfg(test)]
mod tests {
    use dunlin_core::statements::{TableName, split};

    use super::*;

    fn subject(sql: &str) -> Subject {
        split(sql, Dialect::Mysql).expect("it lexes")[0].subject(Dialect::Mysql)
    }

    #[test]
    fn what_is_asked_is_as_little_as_the_statement_can_change() {
        let sections = |sql: &str| expression(&subject(sql), Server::Mariadb).matches("information_schema").count();
        assert_eq!(sections("create table t (a int)"), 1);
        assert_eq!(sections("alter table t add b int"), 8);
        assert_eq!(sections("drop view v"), 15);
    }

    #[test]
    fn names_are_literals() {
        let table = TableName { schema: None, name: "it's".to_owned() };
        let sql = expression(&Subject::WholeTable(table), Server::Mysql);
        assert!(sql.contains("t.table_schema = database() and t.table_name = 'it''s'"), "{sql}");
    }
}
