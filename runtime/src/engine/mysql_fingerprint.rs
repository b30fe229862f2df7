//! What tells whether a DDL statement took effect: a hash over what the catalogue says of the things that it names.
//!
//! The server computes it, in the statement that writes the journal, so that it costs no round trip. Nothing counts that
//! changes by itself: no numbers of rows, no times, no next key.

use dunlin_core::dialect::Dialect;
use dunlin_core::statements::{ObjectName, Pieces, Subject};

/// What the catalogue says, in sections, each behind a line `-- <kind> <column of the schema> <column of the name>`.
const FACTS: &str = include_str!("sql/facts_mysql.sql");

const WITHOUT_TRANSACTIONS: &str = include_str!("sql/without_transactions_mysql.sql");

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
            let kind = kind_on(kind, server)?;
            let conditions = if counts(subject, kind) { conditions(subject, schema, name) } else { Vec::new() };
            Some(conditions.into_iter().map(move |condition| format!("{}\nwhere {condition}", sql.trim_end())))
        })
        .flatten()
        .collect();
    let half =
        |from: u8| format!("hex(bit_xor(cast(conv(substring(sha2(f.fact, 256), {from}, 16), 16, 10) as unsigned)))");
    let (first, second) = (half(1), half(17));
    format!("(select concat(count(*), ':', {first}, {second}) from (\n{}\n) f)", facts.join("\nunion all\n"))
}

/// Returns an expression that is 1 where a schema has a table of an engine without transactions.
pub(super) fn without_transactions_in(schema: &str) -> String {
    WITHOUT_TRANSACTIONS.trim_end().replace("{of}", &format!("t.table_schema = {schema}"))
}

/// Returns an expression that is 1 where a statement may write to such a table, itself or through a view, a trigger or a
/// routine.
pub(super) fn without_transactions(subject: &Subject) -> String {
    let tables = conditions(subject, "t.table_schema", "t.table_name").into_iter();
    let tables = tables.map(|of| WITHOUT_TRANSACTIONS.trim_end().replace("{of}", &of));
    let through = [
        ("information_schema.views", "v.table_schema", "v.table_name"),
        ("information_schema.triggers", "v.event_object_schema", "v.event_object_table"),
        ("information_schema.routines", "v.routine_schema", "v.routine_name"),
    ];
    let through = through.into_iter().flat_map(|(catalogue, schema, name)| {
        let conditions = conditions(subject, schema, name).into_iter();
        conditions.map(move |of| format!("exists (select 1 from {catalogue} v where {of})"))
    });
    let all: Vec<String> = tables.chain(through).collect();
    format!("({})", all.join("\nor "))
}

/// Returns an expression that is 1 where all pieces of a statement are done that had begun.
pub(super) fn all_done(pieces: &Pieces) -> String {
    let is_there = |object: &ObjectName| {
        let is = condition(object, "t.table_schema", "t.table_name");
        format!("exists (select 1 from information_schema.tables t where {is})")
    };
    match pieces {
        Pieces::Drop(names) => {
            let gone: Vec<String> = names.iter().map(|name| format!("not {}", is_there(name))).collect();
            gone.join(" and ")
        }
        // They are renamed in order, and the other way round when one of them cannot be.
        Pieces::Rename(pairs) => pairs
            .last()
            .map_or_else(|| "0".to_owned(), |(from, to)| format!("{} and not {}", is_there(to), is_there(from))),
    }
}

fn kind_on(kind: &str, server: Server) -> Option<&str> {
    match (kind.split_once('-'), server) {
        (None, _) => Some(kind),
        (Some((kind, "mariadb")), Server::Mariadb) | (Some((kind, "mysql")), Server::Mysql) => Some(kind),
        (Some(_), _) => None,
    }
}

/// Says whether a statement can change what a section holds.
fn counts(subject: &Subject, kind: &str) -> bool {
    match subject {
        Subject::WholeTable(_) => kind == "table",
        Subject::Table(_) => OF_A_TABLE.contains(&kind),
        Subject::View(_) => ["table", "column", "view"].contains(&kind),
        Subject::Trigger(_, Some(_)) => kind == "table_trigger",
        Subject::Trigger(_, None) => kind == "trigger",
        Subject::Routine(_) => ["routine", "parameter"].contains(&kind),
        Subject::Event(_) => kind == "event",
        Subject::Database(_) => kind == "schema",
        Subject::Several(_) => ["table", "column"].contains(&kind),
        Subject::Named { .. } => kind != "table_trigger",
    }
}

/// Returns which rows of a section count, one condition for each place that the catalogue is to look at.
fn conditions(subject: &Subject, schema: &str, name: &str) -> Vec<String> {
    match subject {
        Subject::WholeTable(object)
        | Subject::Table(object)
        | Subject::View(object)
        | Subject::Trigger(_, Some(object))
        | Subject::Trigger(object, None)
        | Subject::Routine(object)
        | Subject::Event(object) => vec![condition(object, schema, name)],
        Subject::Database(database) => vec![format!("{name} = {}", literal(database))],
        Subject::Several(pieces) => pieces.names().into_iter().map(|object| condition(object, schema, name)).collect(),
        Subject::Named { names, schemas } => {
            let names: Vec<String> = names.iter().map(|name| literal(name)).collect();
            let is_named = format!("{name} in ({})", names.join(", "));
            if names.is_empty() {
                return Vec::new();
            }
            if schema == name {
                return vec![is_named];
            }
            let schemas = std::iter::once("database()".to_owned()).chain(schemas.iter().map(|name| literal(name)));
            schemas.map(|of| format!("{schema} = {of} and {is_named}")).collect()
        }
    }
}

/// Compared with one value each, a catalogue finds what is asked for without looking at anything else.
fn condition(object: &ObjectName, schema: &str, name: &str) -> String {
    let of = object.schema.as_deref().map_or_else(|| "database()".to_owned(), literal);
    format!("{schema} = {of} and {name} = {}", literal(&object.name))
}

fn literal(text: &str) -> String {
    Dialect::Mysql.literal(text)
}

#[cfg(test)]
mod tests {
    use dunlin_core::statements::split;

    use super::*;

    fn subject(sql: &str) -> Subject {
        split(sql, Dialect::Mysql).expect("it lexes")[0].subject(Dialect::Mysql)
    }

    #[test]
    fn what_is_asked_is_as_little_as_the_statement_can_change() {
        let sections = |sql: &str| expression(&subject(sql), Server::Mariadb).matches("information_schema").count();
        assert_eq!(sections("create table t (a int)"), 1);
        assert_eq!(sections("alter table t add b int"), 8);
        assert_eq!(sections("drop view v"), 3);
        assert_eq!(sections("create trigger g before insert on t for each row set new.a = 1"), 1);
        assert_eq!(sections("drop procedure p"), 2);
        assert_eq!(sections("drop database d"), 1);
        assert_eq!(sections("drop table a, b, c"), 6);
        assert_eq!(sections("create server s foreign data wrapper w"), 14);
    }

    #[test]
    fn names_are_literals() {
        let table = ObjectName { schema: None, name: "it's".to_owned() };
        let sql = expression(&Subject::WholeTable(table), Server::Mysql);
        assert!(sql.contains("t.table_schema = database() and t.table_name = 'it''s'"), "{sql}");
    }

    #[test]
    fn no_condition_makes_a_catalogue_look_at_every_database() {
        let asked = without_transactions(&subject("insert into a.b select c from d"));
        assert!(asked.matches("= database() and").count() == 4 && asked.matches("= 'a' and").count() == 4, "{asked}");
    }
}
