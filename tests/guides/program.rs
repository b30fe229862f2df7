//! The program of `examples/guides`: a delete that can be taken back.

use super::on_both;
use crate::support::binary;
use crate::support::command::{Command, Outcome};
use crate::support::database::Database;

fn guides(database: &Database, arguments: &[&str]) -> Outcome {
    Command::new(binary::example("guides")).variable("DATABASE_URL", &database.url).arguments(arguments).run()
}

#[test]
fn a_deleted_user_is_hidden_and_can_be_restored() {
    on_both(|database| {
        let ok = |arguments: &[&str]| guides(database, arguments).expect_code(0).stdout;
        ok(&["add", "ada", "Ada Lovelace", "ada@example.com"]);
        ok(&["add", "mj", "Mary Jane Watson", "mj@example.com"]);
        ok(&["delete", "ada"]);
        assert_eq!(ok(&["list"]), "mj: Mary Jane Watson <mj@example.com>, active\n");
        assert_eq!(database.sql("select count(*) from users"), "2", "the row is still there");
        ok(&["restore", "ada"]);
        let both = "ada: Ada Lovelace <ada@example.com>, active\nmj: Mary Jane Watson <mj@example.com>, active\n";
        assert_eq!(ok(&["list"]), both);
    });
}

#[test]
fn a_name_that_was_given_away_is_not_given_back() {
    on_both(|database| {
        for arguments in
            [["add", "ada", "Ada Lovelace", "ada@example.com"], ["add", "ada", "Ada Yonath", "y@example.com"]]
        {
            guides(database, &arguments).expect_code(0);
            guides(database, &["delete", "ada"]).expect_code(0);
        }
        guides(database, &["restore", "ada"]).expect_code(0);
        guides(database, &["restore", "ada"]).expect_code(1);
        guides(database, &["delete", "eve"]).expect_code(1);
        assert_eq!(database.sql("select full_name from living_users"), "Ada Yonath");
    });
}

#[test]
fn it_brings_its_own_command_line() {
    on_both(|database| {
        guides(database, &["migrate"]).expect_code(0);
        guides(database, &["migrate", "down", "-3"]).expect_code(0);
        assert_eq!(database.sql("select count(*) from dunlin_migrations"), "10");
        guides(database, &["list"]).expect_code(0);
        assert_eq!(database.sql("select count(*) from dunlin_migrations"), "13");
    });
}
