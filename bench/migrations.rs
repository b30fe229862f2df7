//! The migrations that are measured: for dunlin as a directory, for the clients as one script.

use std::fs;
use std::path::Path;

use anyhow::Result;

/// What a set is made of. The SQL is the same for every engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Every migration makes a table of six columns and an index, and writes a row.
    Tables,
    /// Every hundredth makes a table; the others write a row. The schema stays small, as it does in an application.
    Rows,
    /// As [`Shape::Tables`], outside transactions.
    Outside,
    /// Every migration makes a table of eight columns that refers to another one, with a check and two indexes.
    Linked,
}

impl Shape {
    /// Returns the word in the names of programs.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Shape::Tables => "tables",
            Shape::Rows => "rows",
            Shape::Outside => "outside",
            Shape::Linked => "linked",
        }
    }

    /// Returns the file that leads up, as `dunlin new` begins it.
    pub(crate) fn up(self, n: usize) -> String {
        let parent = if n == 1 { "base".to_owned() } else { id(n - 1) };
        let header = format!("-- dunlin: revises {parent}\n");
        match self {
            Shape::Rows if n % 100 != 1 => header + "\n" + &row(n - (n - 1) % 100, n),
            Shape::Rows | Shape::Tables => header + "\n" + &table(n) + &row(n, n),
            Shape::Outside => header + "-- dunlin: transaction none\n\n" + &table(n) + &row(n, n),
            Shape::Linked => header + "\n" + &linked(n),
        }
    }

    /// Returns the file that leads down.
    pub(crate) fn down(self, n: usize) -> String {
        match self {
            Shape::Rows if n % 100 != 1 => format!("delete from t_{} where id = {n};\n", n - (n - 1) % 100),
            Shape::Rows | Shape::Tables | Shape::Outside | Shape::Linked => format!("drop table t_{n};\n"),
        }
    }

    /// Writes the first `count` migrations as a versions directory.
    pub(crate) fn write(self, dir: &Path, count: usize) -> Result<()> {
        fs::create_dir_all(dir)?;
        for n in 1..=count {
            fs::write(dir.join(format!("{}_step.up.sql", id(n))), self.up(n))?;
            fs::write(dir.join(format!("{}_step.down.sql", id(n))), self.down(n))?;
        }
        Ok(())
    }
}

fn id(n: usize) -> String {
    format!("2026{n:010}")
}

fn table(n: usize) -> String {
    format!(
        "create table t_{n} (\n  id integer primary key,\n  name varchar(64) not null,\n  email varchar(120),\n  \
         quantity integer not null default 0,\n  price numeric(10, 2),\n  created_at timestamp null\n);\n\
         create index t_{n}_name on t_{n} (name);\n"
    )
}

/// Returns the statements that make a table which refers to another one.
pub(crate) fn linked(n: usize) -> String {
    let parent = n.div_ceil(2).min(n.saturating_sub(1)).max(1);
    format!(
        "create table t_{n} (\n  id integer primary key,\n  name varchar(64) not null,\n  email varchar(120),\n  \
         quantity integer not null default 0,\n  price numeric(10, 2) check (price >= 0),\n  state varchar(20) default 'new',\n  \
         created_at timestamp null,\n  parent_id integer,\n  \
         foreign key (parent_id) references t_{parent} (id) on delete cascade\n);\n\
         create index t_{n}_name on t_{n} (name);\n\
         create unique index t_{n}_email on t_{n} (email, quantity);\n"
    )
}

fn row(table: usize, n: usize) -> String {
    format!("insert into t_{table} (id, name, quantity) values ({n}, 'number {n}', {n});\n")
}
