//! Plans between texts as a server prints them. What a server does with them is tried in `tests/schema`.

use expect_test::{Expect, expect};

use super::*;
use crate::plan::{Manner, plan};

fn schema(tables: &[(&str, &str)]) -> Schema {
    let object = |(name, sql): &(&str, &str)| Object {
        kind: Kind::Table,
        name: (*name).to_owned(),
        sql: Some((*sql).to_owned()),
        setting: Setting::default(),
        trigger: None,
        begins_at_once: false,
    };
    let defaults = [("utf8mb4", "utf8mb4_0900_ai_ci"), ("latin1", "latin1_swedish_ci")];
    let catalogue = Catalogue {
        database: "shop".to_owned(),
        charset: ("utf8mb4".to_owned(), "utf8mb4_0900_ai_ci".to_owned()),
        account: "root@localhost".to_owned(),
        collations: Collations::new(defaults.map(|(set, collation)| (set.to_owned(), collation.to_owned()))),
        objects: tables.iter().map(object).collect(),
        ..Catalogue::default()
    };
    read(&catalogue).unwrap_or_else(|refusal| panic!("{refusal}"))
}

fn check(from: &str, to: &str, expected: &Expect) {
    let text = match plan(&schema(&[("t", from)]), &schema(&[("t", to)]), &Mysql, Manner::Shortest) {
        Ok(plan) => plan.steps.iter().map(|step| format!("{}\n", step.sql)).collect(),
        Err(refusal) => refusal.to_string(),
    };
    expected.assert_eq(&text);
}

#[test]
fn what_mysql_puts_into_comments_counts() {
    check(
        "CREATE TABLE `t` (
  `a` int DEFAULT NULL,
  `b` varchar(9) COLLATE utf8mb4_bin DEFAULT NULL,
  KEY `k` (`a`),
  CONSTRAINT `c` CHECK ((`a` > 0))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci",
        "CREATE TABLE `t` (
  `a` int DEFAULT NULL /*!80023 INVISIBLE */,
  `b` varchar(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL,
  KEY `k` (`a`) /*!80000 INVISIBLE */,
  KEY `f` ((lower(`b`)),`a` DESC),
  CONSTRAINT `c` CHECK ((`a` > 0)) /*!80016 NOT ENFORCED */
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci
/*!50100 PARTITION BY HASH (`a`)
PARTITIONS 2 */",
        &expect![[r"
            alter table `t`
              drop constraint `c`,
              modify column `a` int DEFAULT NULL /*!80023 INVISIBLE */,
              alter key `k` invisible,
              add KEY `f` ((lower(`b`)),`a` DESC),
              add CONSTRAINT `c` CHECK ((`a` > 0)) /*!80016 NOT ENFORCED */
            PARTITION BY HASH (`a`)
            PARTITIONS 2
        "]],
    );
}

#[test]
fn a_collation_that_is_not_said_is_the_character_sets_own() {
    let table = |options: &str| format!("CREATE TABLE `t` (\n  `a` text\n) ENGINE=InnoDB {options}");
    check(&table("DEFAULT CHARSET=latin1"), &table("DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci"), &expect![""]);
}

#[test]
fn an_option_that_cannot_be_changed_is_refused() {
    let table = |options: &str| format!("CREATE TABLE `t` (\n  `a` int DEFAULT NULL\n) ENGINE=MyISAM {options}");
    let expected =
        expect!["table t: its option DATA DIRECTORY changes — the server takes it only when a table is made"];
    check(&table(""), &table("DATA DIRECTORY='/disk/'"), &expected);
    check(
        &table("STRANGE=1"),
        &table(""),
        &expect!["table t: its option STRANGE changes — the server takes it only when a table is made"],
    );
}

#[test]
fn what_becomes_of_rows_is_said() {
    let hazards = |from: &str, to: &str| {
        let table = |columns: &str| format!("CREATE TABLE `t` (\n  {columns}\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4");
        let (from, to) = (schema(&[("t", &table(from))]), schema(&[("t", &table(to))]));
        let plan = plan(&from, &to, &Mysql, Manner::Shortest).unwrap_or_else(|refusal| panic!("{refusal}"));
        plan.hazards().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let text = |collation: &str| format!("`a` varchar(9) COLLATE {collation} DEFAULT NULL,\n  UNIQUE KEY `k` (`a`)");
    for (from, to, expected) in [
        (
            "`a` int(11) DEFAULT NULL,\n  KEY `k` (`a`)",
            "`a` int(11) NOT NULL AUTO_INCREMENT,\n  KEY `k` (`a`)",
            expect!["changes values: column t.a gets the next numbers where it is NULL or 0"],
        ),
        (
            "`a` timestamp NULL DEFAULT NULL",
            "`a` timestamp NOT NULL DEFAULT current_timestamp()",
            expect!["changes values: column t.a gets the current time where it is NULL"],
        ),
        (
            "`a` datetime DEFAULT NULL",
            "`a` datetime NOT NULL DEFAULT current_timestamp()",
            expect!["may fail: column t.a needs a value in every row"],
        ),
        (
            &text("utf8mb4_bin"),
            &text("utf8mb4_general_ci"),
            expect![[r"
                may fail: index t.k may not fit the rows that are there
                rewrites table: table t"]],
        ),
        (
            "`a` tinytext CHARACTER SET latin1 DEFAULT NULL",
            "`a` tinytext DEFAULT NULL",
            expect!["loses data: column t.a becomes tinytext, which may not hold all its values"],
        ),
    ] {
        expected.assert_eq(&hazards(from, to));
    }
}

#[test]
fn a_sequence_begins_anew_only_where_it_may_be_past_its_end_and_that_must_be_allowed() {
    let schema = |definition: &str| {
        let object = Object {
            kind: Kind::Sequence,
            name: "s".to_owned(),
            sql: Some(format!("CREATE SEQUENCE `s` {definition} increment by 1 nocache nocycle ENGINE=InnoDB")),
            setting: Setting::default(),
            trigger: None,
            begins_at_once: false,
        };
        read(&Catalogue { objects: vec![object], ..Catalogue::default() }).unwrap_or_else(|refusal| panic!("{refusal}"))
    };
    let check = |from: &str, to: &str, expected: &Expect| {
        let plan =
            plan(&schema(from), &schema(to), &Mysql, Manner::Shortest).unwrap_or_else(|refusal| panic!("{refusal}"));
        let hazards = plan.hazards().into_iter().map(|hazard| format!("{hazard}\n"));
        expected.assert_eq(&hazards.chain(plan.steps.iter().map(|step| format!("{}\n", step.sql))).collect::<String>());
    };
    let all = "start with 1 minvalue 1 maxvalue 1000";
    check(
        all,
        "start with 100 minvalue 100 maxvalue 1000",
        &expect![[r#"
        do setval(`s`, 100, 0)
        alter sequence `s` start with 100 minvalue 100 maxvalue 1000 increment by 1 nocache nocycle
    "#]],
    );
    check(
        all,
        "start with 1 minvalue 1 maxvalue 500",
        &expect![[r#"
        may fail: sequence s may have a next value out of its bounds
        alter sequence `s` start with 1 minvalue 1 maxvalue 500 increment by 1 nocache nocycle
    "#]],
    );
    check(
        "start with 900 minvalue 1 maxvalue 1000",
        all,
        &expect![[r#"
        alter sequence `s` start with 1 minvalue 1 maxvalue 1000 increment by 1 nocache nocycle
    "#]],
    );
    check(
        "start with 900 minvalue 1 maxvalue 1000",
        "start with 1 minvalue 1 maxvalue 500",
        &expect![[r#"
        loses data: sequence s begins anew, with 1
        alter sequence `s` start with 1 minvalue 1 maxvalue 500 increment by 1 nocache nocycle restart with 1
    "#]],
    );
}
