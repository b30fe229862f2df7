//! What a statement changes, as far as its words tell.

use super::reader::{ObjectName, Reader};
use super::split::Statement;
use crate::dialect::Dialect;

/// What a statement may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// It makes a table or takes it away, as a whole, or calls it otherwise.
    WholeTable(ObjectName),
    /// It changes a table that is there.
    Table(ObjectName),
    /// It makes, changes or takes away a view.
    View(ObjectName),
    /// The same of a trigger; its table, if the statement tells.
    Trigger(ObjectName, Option<ObjectName>),
    /// The same of a procedure or a function.
    Routine(ObjectName),
    /// The same of an event.
    Event(ObjectName),
    /// The same of a database.
    Database(String),
    /// It takes several tables or views away, or calls them otherwise.
    Several(Pieces),
    /// Something that has one of these names, in the session's own schema or in one of these.
    Named {
        /// Every word and quoted name, each once.
        names: Vec<String>,
        /// Those with a point behind them.
        schemas: Vec<String>,
    },
}

/// Tables or views that one statement is about, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pieces {
    /// They are taken away.
    Drop(Vec<ObjectName>),
    /// Each first one is then called like the second.
    Rename(Vec<(ObjectName, ObjectName)>),
}

impl Pieces {
    /// Returns every name, each once.
    pub fn names(&self) -> Vec<&ObjectName> {
        let all: Vec<&ObjectName> = match self {
            Pieces::Drop(names) => names.iter().collect(),
            Pieces::Rename(pairs) => pairs.iter().flat_map(|(from, to)| [from, to]).collect(),
        };
        let mut each = Vec::new();
        for name in all {
            if !each.contains(&name) {
                each.push(name);
            }
        }
        each
    }

    /// Says whether there are the same names before and after, as when two tables change places.
    pub fn is_circle(&self) -> bool {
        match self {
            Pieces::Drop(_) => false,
            Pieces::Rename(pairs) => {
                let is_new = |name: &ObjectName| !pairs.iter().any(|(from, _)| from == name);
                !pairs.iter().any(|(_, to)| is_new(to))
            }
        }
    }
}

/// What may be made, changed and taken away, and has a name.
const KINDS: [&str; 11] =
    ["table", "tables", "view", "trigger", "procedure", "function", "event", "database", "schema", "index", "sequence"];

/// How far in front the kind stands: behind `or replace`, a definer and the like.
const FAR: usize = 20;

/// How many names of a statement are of interest: those of what it changes stand in front.
const MOST_NAMES: usize = 200;

impl Statement<'_> {
    /// Returns what it may change.
    pub fn subject(&self, dialect: Dialect) -> Subject {
        let reader = Reader::new(self, dialect);
        subject(&reader).unwrap_or_else(|| named(&reader))
    }

    /// Returns the names in it that may be those of schemas: what has a point behind it, and where MySQL's `use` goes.
    pub fn schemas(&self, dialect: Dialect) -> Vec<String> {
        let reader = Reader::new(self, dialect);
        if dialect == Dialect::Mysql && reader.is(0, &["use"]) {
            return reader.identifier(1).into_iter().collect();
        }
        match named(&reader) {
            Subject::Named { schemas, .. } => schemas,
            _ => Vec::new(),
        }
    }
}

/// Returns what `create`, `alter`, `drop` or `rename` is about, if it is of a form that is known.
fn subject(reader: &Reader<'_>) -> Option<Subject> {
    let verb = ["create", "alter", "drop", "rename"].into_iter().find(|verb| reader.is(0, &[verb]))?;
    let kind = kind(reader)?;
    let at = reader.behind_if(kind + 1);
    // PostgreSQL's `alter table only`.
    let at = if reader.is(at, &["only"]) && reader.identifier(at + 1).is_some() { at + 1 } else { at };
    let what = reader.word(kind)?.to_ascii_lowercase();
    if what == "index" {
        // The index may have no name of its own.
        let on = reader.find(at, &["on"])?;
        let on = if reader.is(on + 1, &["only"]) { on + 1 } else { on };
        return Some(Subject::Table(reader.name(on + 1)?.0));
    }
    let (name, end) = reader.name(at)?;
    Some(match (what.as_str(), verb) {
        ("table" | "tables" | "view" | "sequence", "drop") if reader.is(end, &[","]) => {
            Subject::Several(Pieces::Drop(listed(reader, at)?))
        }
        ("table" | "tables", "rename") => match renamed(reader, at)? {
            pairs if pairs.len() == 1 => Subject::WholeTable(name),
            pairs => Subject::Several(Pieces::Rename(pairs)),
        },
        ("table", "alter") => Subject::Table(name),
        ("table" | "tables" | "sequence", _) => Subject::WholeTable(name),
        ("view", _) => Subject::View(name),
        ("trigger", "create") => {
            let on = reader.find(end, &["on"])?;
            Subject::Trigger(name, reader.name(on + 1).map(|(table, _)| table))
        }
        ("trigger", _) => Subject::Trigger(name, None),
        ("procedure" | "function", _) => Subject::Routine(name),
        ("event", _) => Subject::Event(name),
        ("database" | "schema", _) => Subject::Database(name.name),
        _ => return None,
    })
}

/// Returns where the statement says of what kind its subject is.
fn kind(reader: &Reader<'_>) -> Option<usize> {
    // A definer may be called like a kind, and a kind never stands behind a sign.
    let is_kind = |&at: &usize| reader.is(at, &KINDS) && !reader.is(at - 1, &["=", "@", "."]);
    (1..reader.len().min(FAR)).find(is_kind)
}

fn listed(reader: &Reader<'_>, mut at: usize) -> Option<Vec<ObjectName>> {
    let mut names = Vec::new();
    loop {
        let (name, end) = reader.name(at)?;
        names.push(name);
        if !reader.is(end, &[","]) {
            return Some(names);
        }
        at = end + 1;
    }
}

fn renamed(reader: &Reader<'_>, mut at: usize) -> Option<Vec<(ObjectName, ObjectName)>> {
    let mut pairs = Vec::new();
    loop {
        let (from, end) = reader.name(at)?;
        // MariaDB takes a limit for the lock between the two.
        let to = reader.find(end, &["to"])?;
        let (to, end) = reader.name(to + 1)?;
        pairs.push((from, to));
        if !reader.is(end, &[","]) {
            return Some(pairs);
        }
        at = end + 1;
    }
}

fn named(reader: &Reader<'_>) -> Subject {
    let (mut names, mut schemas) = (Vec::new(), Vec::new());
    for at in 0..reader.len() {
        let Some(name) = reader.identifier(at) else { continue };
        if reader.is(at + 1, &["."]) && !schemas.contains(&name) {
            schemas.push(name.clone());
        }
        if !names.contains(&name) {
            names.push(name);
        }
        if names.len() == MOST_NAMES {
            break;
        }
    }
    Subject::Named { names, schemas }
}

#[cfg(test)]
mod tests {
    use super::super::split;
    use super::*;

    fn subject(sql: &str) -> Subject {
        split(sql, Dialect::Mysql).expect("it lexes")[0].subject(Dialect::Mysql)
    }

    fn object(schema: Option<&str>, name: &str) -> ObjectName {
        ObjectName { schema: schema.map(str::to_owned), name: name.to_owned() }
    }

    #[test]
    fn a_table_is_found_behind_the_words_before_its_name() {
        for (sql, expected) in [
            ("create table if not exists t (a int)", Subject::WholeTable(object(None, "t"))),
            ("CREATE TEMPORARY TABLE `a``b` (a int)", Subject::WholeTable(object(None, "a`b"))),
            ("drop table if exists s.t", Subject::WholeTable(object(Some("s"), "t"))),
            ("rename table a to b", Subject::WholeTable(object(None, "a"))),
            ("create table \"t\" (a int)", Subject::WholeTable(object(None, "t"))),
            ("create table /*!32312 if not exists*/ t (a int)", Subject::WholeTable(object(None, "t"))),
            ("create sequence s", Subject::WholeTable(object(None, "s"))),
            ("alter ignore table `s`.`t` add b int", Subject::Table(object(Some("s"), "t"))),
            ("create unique index if not exists i using btree on t (a)", Subject::Table(object(None, "t"))),
            ("create index on t (a)", Subject::Table(object(None, "t"))),
            ("drop index i on s.t", Subject::Table(object(Some("s"), "t"))),
        ] {
            assert_eq!(subject(sql), expected, "{sql}");
        }
    }

    #[test]
    fn other_things_are_found_as_well() {
        let definer = "definer = `table`@`view`";
        for (sql, expected) in [
            (
                "create algorithm = merge definer = a@view sql security invoker view v as select 1",
                Subject::View(object(None, "v")),
            ),
            ("drop view s.v", Subject::View(object(Some("s"), "v"))),
            (
                &*format!("create {definer} trigger g before insert on s.t for each row set new.a = 1"),
                Subject::Trigger(object(None, "g"), Some(object(Some("s"), "t"))),
            ),
            ("drop trigger if exists g", Subject::Trigger(object(None, "g"), None)),
            (
                &*format!("/*!50003 create {definer} */ /*!50003 procedure p() select 1 */"),
                Subject::Routine(object(None, "p")),
            ),
            ("alter function f comment 'it'", Subject::Routine(object(None, "f"))),
            ("create event if not exists e on schedule every 1 day do select 1", Subject::Event(object(None, "e"))),
            ("drop schema if exists d", Subject::Database("d".to_owned())),
        ] {
            assert_eq!(subject(sql), expected, "{sql}");
        }
    }

    #[test]
    fn statements_about_several_name_each() {
        let [a, b, c] = ["a", "b", "c"].map(|name| object(None, name));
        assert_eq!(
            subject("drop table a, s.b"),
            Subject::Several(Pieces::Drop(vec![a.clone(), object(Some("s"), "b")]))
        );
        let Subject::Several(swap) = subject("rename table a wait 5 to c, b to a, c to b") else { panic!("several") };
        assert_eq!(swap.names(), [&a, &c, &b]);
        assert!(swap.is_circle());
        let Subject::Several(chain) = subject("rename table a to b, c to a") else { panic!("several") };
        assert_eq!(chain, Pieces::Rename(vec![(a.clone(), b), (c, a)]));
        assert!(!chain.is_circle());
    }

    #[test]
    fn what_is_of_no_known_form_has_one_of_the_names() {
        let names = |sql| match subject(sql) {
            Subject::Named { names, schemas } => format!("{} in {}", names.join(" "), schemas.join(" ")),
            other => panic!("{other:?}"),
        };
        assert_eq!(names("insert into a.`b``c` values (x.y, 'z') -- c"), "insert into a b`c values x y in a x");
        assert_eq!(names("create server s foreign data wrapper w"), "create server s foreign data wrapper w in ");
    }

    #[test]
    fn names_that_may_be_schemas_are_found_anywhere() {
        let schemas = |sql| split(sql, Dialect::Mysql).expect("it lexes")[0].schemas(Dialect::Mysql).join(" ");
        assert_eq!(schemas("create table a.b as select c.d from `e`.f"), "a c e");
        assert_eq!(schemas("use `a b`"), "a b");
        assert_eq!(schemas("insert into a values (1.5)"), "");
    }
}
