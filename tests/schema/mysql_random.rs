//! Schemas of MariaDB that are made up.

use super::chance::{Chance, TABLES, is_right, pairs, told};
use super::mysql::check;
use crate::support::database::Database;

/// How many pairs a run tries.
const PAIRS: usize = 20;

const TYPES: [&str; 22] = [
    "int",
    "bigint unsigned",
    "smallint",
    "decimal(10,2)",
    "double",
    "varchar(20)",
    "varchar(50) character set latin1",
    "varchar(20) collate utf8mb4_bin",
    "char(5)",
    "text",
    "longtext",
    "date",
    "datetime",
    "datetime(3)",
    "timestamp null",
    "enum('a','b')",
    "enum('b','c','a')",
    "set('x','y')",
    "varbinary(20)",
    "json",
    "bit(3)",
    "year",
];

const CONSTRAINTS: [&str; 10] = [
    "",
    "",
    "",
    " not null",
    " default null",
    " comment 'it''s'",
    " invisible",
    " check ({} is not null)",
    " check (length({}) < 90)",
    " comment 'a, (b)'",
];

const OPTIONS: [&str; 10] = [
    "",
    "",
    "",
    " charset latin1",
    " charset utf8mb4 collate utf8mb4_bin",
    " comment 'one'",
    " comment 'two'' ; three'",
    " row_format = dynamic",
    " stats_persistent = 1",
    " engine = Aria",
];

struct Maker<'c> {
    chance: &'c mut Chance,
    sql: String,
    behind: Vec<String>,
    /// Tables that can be referred to.
    referable: Vec<&'static str>,
}

impl Maker<'_> {
    fn table(&mut self, table: &'static str) {
        let option = self.chance.one_of(&OPTIONS);
        let is_inno = !option.contains("Aria");
        let is_divided = self.chance.may(0.15);
        let mut items: Vec<String> = Vec::new();
        let has_id = self.chance.may(0.8);
        if has_id {
            let kind = self.chance.one_of(&["int", "int", "bigint"]);
            let counts = if self.chance.may(0.4) { " auto_increment" } else { "" };
            items.push(format!("id {kind} not null{counts}"));
        }
        let mut names = vec!["p", "q", "r", "s", "t"];
        self.chance.shuffle(&mut names);
        let mut plain: Vec<(&str, &str)> = Vec::new();
        for name in names {
            if self.chance.may(0.6) {
                let (kind, constraint) = (self.chance.one_of(&TYPES), self.chance.one_of(&CONSTRAINTS));
                items.push(format!("{name} {kind}{}", constraint.replace("{}", name)));
                plain.push((name, kind));
            }
        }
        if items.is_empty() {
            items.push("only_one int".to_owned());
        }
        if self.chance.may(0.3) {
            let kept = self.chance.one_of(&["virtual", "stored"]);
            let base = if has_id { "id" } else { "1" };
            let by = self.chance.one_of(&["1", "2"]);
            let place = self.chance.up_to(items.len());
            if !(has_id && items[0].contains("auto_increment")) {
                items.insert(place, format!("g int as ({base} + {by}) {kept}"));
                if self.chance.may(0.4) {
                    items.push("key g_key (g)".to_owned());
                }
            }
        }
        if has_id {
            items.push("primary key (id)".to_owned());
        }
        for (column, kind) in plain.clone() {
            let is_long = kind.contains("text") || kind == "json" || kind.contains("varchar");
            if self.chance.may(0.25) {
                let length = if is_long { "(5)" } else { "" };
                let name = self.chance.one_of(&["k1", "k2", "k3"]);
                let unique = self.chance.one_of(&["", "", "unique "]);
                let also = if self.chance.may(0.3) && has_id { ", id desc" } else { "" };
                if !items.iter().any(|item| item.contains(name)) {
                    items.push(format!("{unique}key {name} ({column}{length}{also})"));
                }
            }
            if self.chance.may(0.1) && (kind.contains("text") || kind.contains("varchar")) && !is_divided {
                items.push(format!("fulltext key f_{column} ({column})"));
            }
            if self.chance.may(0.15) {
                items.push(format!("constraint {table}_{column} check ({column} is null or {column} is not null)"));
            }
        }
        if is_inno && !is_divided {
            for other in self.referable.clone() {
                if self.chance.may(0.4) {
                    let action = self.chance.one_of(&["", " on delete cascade", " on update set null"]);
                    let name =
                        if self.chance.may(0.5) { format!("constraint {table}_{other} ") } else { String::new() };
                    items.insert(0, format!("{other}_id int"));
                    items.push(format!("{name}foreign key ({other}_id) references {other} (id){action}"));
                }
            }
            if has_id && items.iter().any(|item| item.starts_with("id int")) {
                self.referable.push(table);
            }
        }
        let divided = match (is_divided, has_id) {
            (true, true) => {
                items.retain(|item| !item.starts_with("unique"));
                self.chance.one_of(&[
                    " partition by hash (id) partitions 3",
                    " partition by range (id) (partition p0 values less than (10), partition p1 values less than maxvalue)",
                    " partition by range (id) (partition p0 values less than (10), partition p1 values less than (20), partition p2 values less than maxvalue)",
                ])
            }
            _ if self.chance.may(0.07) => " with system versioning",
            _ => "",
        };
        self.sql.push_str(&format!("create table {table} (\n  {}\n){option}{divided};\n", items.join(",\n  ")));
        if let Some((column, _)) = plain.first() {
            if self.chance.may(0.3) {
                let how = self.chance.one_of(&["", "", "sql security invoker ", "algorithm = merge "]);
                self.behind.push(format!("create {how}view see_{table} as select {column} from {table};"));
                if self.chance.may(0.3) {
                    self.behind.push(format!("create view also_{table} as select {column} from see_{table};"));
                }
            }
            for name in ["x", "y", "z"] {
                if self.chance.may(0.15) {
                    let when = self.chance.one_of(&["before update", "after insert", "before update"]);
                    let what = self.chance.one_of(&["set @a = 1", "begin set @a = 2; end", "set @a = old_value()"]);
                    let what = what.replace("old_value()", "3");
                    self.behind.push(format!("create trigger {name}_{table} {when} on {table} for each row {what};"));
                }
            }
        }
    }
}

/// Makes up a schema of a few tables whose names others may have too, so that two of them have much in common.
fn made_up(chance: &mut Chance) -> String {
    let mut maker = Maker { chance, sql: String::new(), behind: Vec::new(), referable: Vec::new() };
    for table in TABLES {
        if maker.chance.may(0.8) {
            maker.table(table);
        }
    }
    for (chance, texts) in [
        (0.4, ["create sequence s;", "create sequence s increment by 2 cycle;"]),
        (0.4, ["create function f(a int) returns int return a;", "create function f(a int) returns int return a + 1;"]),
        (0.3, ["create procedure r() select 1;", "create procedure r(in a int) begin select a; end;"]),
        (
            0.2,
            [
                "create event e on schedule every 1 day starts '2036-01-01 00:00:00' do set @a = 1;",
                "create event e on schedule every 2 day starts '2036-01-01 00:00:00' disable do set @a = 1;",
            ],
        ),
    ] {
        if maker.chance.may(chance) {
            let text = maker.chance.one_of(&texts);
            maker.behind.push(text.to_owned());
        }
    }
    let order = maker.behind.join("\n");
    format!("{}{order}", maker.sql)
}

#[tokio::test]
async fn two_schemas_that_are_made_up_lead_to_one_another() {
    if Database::mysql().is_none() {
        return;
    }
    for pair in pairs(PAIRS, 20 * PAIRS, "insert into {} () values ()", made_up) {
        if let Err(error) = check(&pair).await
            && !is_right(&error)
        {
            panic!("{}", told(&pair, &error));
        }
    }
}
