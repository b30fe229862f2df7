//! The migrations of `examples/guides`, with rows in the tables.

use dunlin_core::dialect::Dialect;

use super::{Session, on_both};

/// Applies the first migrations and puts two users and a post each into the tables.
fn with_users<'d>(database: &'d crate::support::database::Database, target: &str) -> Session<'d> {
    let session = Session::in_example(database);
    session.ok(["dunlin up 0004"]);
    session.sql(
        "insert into users (username, first_name, last_name, status)
         values ('ada', 'Ada', 'Lovelace', 'active'), ('mj', 'Mary Jane', 'Watson', 'invited')",
    );
    session.sql("insert into posts (author_id, title) select id, 'On ' || last_name from users");
    session.ok([&format!("dunlin up {target}")]);
    session
}

#[test]
fn every_migration_takes_back_what_it_does() {
    on_both(|database| {
        let session = Session::in_example(database);
        let mut shapes = Vec::new();
        while !session.run("dunlin up +1").expect_code(0).stdout.starts_with("nothing") {
            shapes.push(session.shape());
        }
        assert_eq!(shapes.len(), 13);
        for shape in shapes.iter().rev() {
            assert_eq!(&session.shape(), shape);
            session.ok(["dunlin redo", "dunlin down -1"]);
        }
        assert_eq!(session.shape(), "");
    });
}

#[test]
fn the_way_back_keeps_the_rows() {
    on_both(|database| {
        let session = with_users(database, "0004");
        let rows = || {
            let users = "select username, first_name, last_name, status, created_at from users order by username";
            let posts = "select title, author_id, created_at from posts order by title";
            [users, posts].map(|sql| session.sql(sql))
        };
        let before = rows();
        session.ok(["dunlin up", "dunlin down 0004"]);
        assert_eq!(rows(), before);
    });
}

#[test]
fn a_table_that_is_built_anew_keeps_what_refers_to_it() {
    on_both(|database| {
        let session = with_users(database, "0006");
        for line in ["dunlin up 0007", "dunlin up 0010", "dunlin down 0009", "dunlin down 0006"] {
            session.ok([line]);
            let posts =
                "select users.username, posts.title from posts join users on users.id = posts.author_id order by 1";
            assert_eq!(session.sql(posts), "ada|On Lovelace\nmj|On Watson", "after {line}");
        }
        session.sql("insert into users (username, first_name, last_name) values ('new', 'New', 'User')");
        assert_eq!(session.sql("select count(distinct id) from users"), "3");
        if database.dialect == Dialect::Sqlite {
            assert_eq!(session.sql("pragma foreign_key_check"), "");
        }
        session.sql("delete from users where username = 'mj'");
        assert_eq!(session.sql("select title from posts"), "On Lovelace", "the foreign key still cascades");
    });
}

#[test]
fn a_status_that_is_not_known_is_refused() {
    on_both(|database| {
        let session = with_users(database, "head");
        assert_eq!(session.sql("select username, status from users order by username"), "ada|active\nmj|invited");
        session.sql("update users set status = 'suspended' where username = 'mj'");
        let told = database.try_sql("update users set status = 'asleep'").expect_err("the check refuses");
        assert!(told.contains("users_status_is_known"), "{told}");
    });
}

#[test]
fn a_column_is_required_once_it_is_filled() {
    on_both(|database| {
        let session = with_users(database, "0005");
        session.sql("update users set email = 'ada@example.com' where username = 'ada'");
        session.ok(["dunlin up 0006"]);
        let emails = "select username, email from users order by username";
        assert_eq!(session.sql(emails), "ada|ada@example.com\nmj|mj@users.invalid");

        session.sql("insert into users (username, first_name, last_name) values ('late', 'Late', 'Comer')");
        session.stopped("dunlin up 0007", 5);
        assert_eq!(session.applied().last().map(String::as_str), Some("0006"));
        assert_eq!(session.tables(["users", "users_new"]), ["users"], "nothing is left of the attempt");

        session.ok(["dunlin redo", "dunlin up 0007"]);
        assert_eq!(session.sql(emails), "ada|ada@example.com\nlate|late@users.invalid\nmj|mj@users.invalid");
        assert!(database.try_sql("update users set email = null").is_err());

        session.ok(["dunlin down 0005"]);
        assert_eq!(session.sql(emails), "ada|ada@example.com\nlate|NULL\nmj|NULL", "what a user gave stays");
    });
}

#[test]
fn full_names_come_apart_as_they_were_put_together() {
    on_both(|database| {
        let session = with_users(database, "0010");
        assert_eq!(session.sql("select full_name from users order by username"), "Ada Lovelace\nMary Jane Watson");
        assert!(database.try_sql("select first_name from users").is_err());
        session.sql(
            "insert into users (username, full_name, email)
             values ('plato', 'Plato', 'plato@example.com'), ('jm', 'John Maynard Keynes', 'jm@example.com')",
        );

        session.ok(["dunlin down 0009"]);
        let apart = "select username, first_name, last_name from users order by username";
        assert_eq!(session.sql(apart), "ada|Ada|Lovelace\njm|John|Maynard Keynes\nmj|Mary Jane|Watson\nplato|Plato|");
        assert_eq!(session.tables(["former_names"]), [""; 0]);

        session.ok(["dunlin down 0007", "dunlin up 0010"]);
        let whole = "select full_name from users order by username";
        assert_eq!(session.sql(whole), "Ada Lovelace\nJohn Maynard Keynes\nMary Jane Watson\nPlato");
    });
}

#[test]
fn the_name_of_a_deleted_user_is_free_until_the_index_is_taken_back() {
    on_both(|database| {
        let session = with_users(database, "head");
        session.sql("update users set deleted_at = current_timestamp where username = 'ada'");
        assert_eq!(session.sql("select username from living_users"), "mj");
        session
            .sql("insert into users (username, full_name, email) values ('ada', 'Ada Yonath', 'yonath@example.com')");
        let another = "insert into users (username, full_name, email) values ('ada', 'Ada Byron', 'byron@example.com')";
        assert!(database.try_sql(another).is_err(), "among the living it is taken");

        session.stopped("dunlin down 0011", 5);
        assert_eq!(session.applied().last().map(String::as_str), Some("0012"), "the steps before stay reverted");
        session.sql("update users set username = 'ada-2' where deleted_at is null and username = 'ada'");
        session.ok(["dunlin down 0010"]);
        let status = "select username, status from users order by username";
        assert_eq!(session.sql(status), "ada|suspended\nada-2|active\nmj|invited", "nobody is lost");
    });
}
