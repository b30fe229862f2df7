//! What the guides do with `revision --autogenerate`, done with a declared schema on all three engines: a column comes, changes
//! its type, is renamed; rows are deleted softly; an enum, a foreign key and an index come. Rows are there all the time.

use dunlin_core::dialect::Dialect;

use crate::docs::command_lines::words;
use crate::support::command::Command;
use crate::support::database::Database;
use crate::support::project::Project;

/// One change: what it is called, the schema, and what rows are asked for behind it.
struct Change {
    message: &'static str,
    schema: &'static str,
    query: &'static str,
    answer: &'static str,
}

/// The schemas, in words that all three engines know. What differs is between `{` and `}`; see [`spoken`].
const CHANGES: [Change; 8] = [
    Change {
        message: "Create users table",
        schema: "create table users (id integer primary key, email varchar(80) not null);",
        query: "insert into users (id, email) values (1, 'ada@example.org'); select count(*) from users",
        answer: "1",
    },
    Change {
        message: "Add a name",
        schema: "create table users (id integer primary key, email varchar(80) not null, name varchar(40) default 'nobody');",
        query: "select name from users",
        answer: "nobody",
    },
    Change {
        message: "Widen emails",
        schema: "create table users (id integer primary key, email varchar(200) not null, name varchar(40) default 'nobody');",
        query: "select email from users",
        answer: "ada@example.org",
    },
    Change {
        message: "Call names full names",
        schema: "-- dunlin: rename column users.name -> full_name
create table users (id integer primary key, email varchar(200) not null, full_name varchar(40) default 'nobody');",
        query: "select full_name from users",
        answer: "nobody",
    },
    Change {
        message: "Soft delete",
        schema: "create table users (id integer primary key, email varchar(200) not null, full_name varchar(40) default 'nobody',
  deleted_at {time});",
        query: "select count(*) from users where deleted_at is null",
        answer: "1",
    },
    Change {
        message: "Add user roles",
        schema: "{enum}create table users (id integer primary key, email varchar(200) not null,
  full_name varchar(40) default 'nobody', deleted_at {time}, role {role} not null default 'member');",
        query: "update users set role = 'admin'; select role from users",
        answer: "admin",
    },
    Change {
        message: "Posts have authors",
        schema: "{enum}create table users (id integer primary key, email varchar(200) not null,
  full_name varchar(40) default 'nobody', deleted_at {time}, role {role} not null default 'member');
create table posts (id integer primary key, author integer not null,
  constraint posts_author foreign key (author) references users (id) on delete cascade);",
        query: "insert into posts values (1, 1); select author from posts",
        answer: "1",
    },
    Change {
        message: "Emails are looked up",
        schema: "{enum}create table users (id integer primary key, email varchar(200) not null,
  full_name varchar(40) default 'nobody', deleted_at {time}, role {role} not null default 'member');
create table posts (id integer primary key, author integer not null,
  constraint posts_author foreign key (author) references users (id) on delete cascade);
create unique index users_by_email on users (email);
create index posts_by_author on posts (author);",
        query: "select count(*) from posts",
        answer: "1",
    },
];

/// Returns a schema in the words of an engine.
fn spoken(schema: &str, dialect: Dialect) -> String {
    let (time, role, named) = match dialect {
        Dialect::Sqlite => ("text", "text check (role in ('admin', 'member'))", ""),
        Dialect::Postgres => ("timestamptz", "role", "create type role as enum ('admin', 'member');\n"),
        Dialect::Mysql => ("datetime", "enum('admin', 'member')", ""),
    };
    schema.replace("{time}", time).replace("{role}", role).replace("{enum}", named)
}

#[test]
fn a_schema_grows_as_the_guides_teach_and_every_step_leads_back_on_sqlite() {
    grows(Dialect::Sqlite);
}

#[test]
fn a_schema_grows_as_the_guides_teach_and_every_step_leads_back_on_postgres() {
    grows(Dialect::Postgres);
}

#[test]
fn a_schema_grows_as_the_guides_teach_and_every_step_leads_back_on_mysql() {
    grows(Dialect::Mysql);
}

/// Brings a schema from nothing to the last of the changes, each step there, back, and there again.
fn grows(dialect: Dialect) {
    if let Some(database) = Database::new(dialect) {
        let project = Project::new();
        // Scratch databases are made beside it, which an application's own account may not.
        let run = |line: &str| {
            let words = words(line).expect("a command line");
            let (_, arguments) = words.split_first().expect("a command");
            Command::dunlin(&project).arguments(arguments).variable("DATABASE_URL", database.superuser_url()).run()
        };
        let runs = |line: &str| run(line).expect_code(0);
        runs("dunlin init");
        for (n, change) in CHANGES.iter().enumerate() {
            project.file("schema.sql", spoken(change.schema, dialect));
            runs(&format!("dunlin new --auto --id {:04} -m \"{}\"", n + 1, change.message));
            // What comes goes, and comes again.
            for line in
                ["dunlin up", "dunlin down --yes", "dunlin verify --schema", "dunlin up", "dunlin verify --schema"]
            {
                runs(line);
            }
            let answer = database.superuser_sql(change.query);
            assert_eq!(answer.trim(), change.answer, "{dialect:?}: {}", change.message);
            assert!(runs("dunlin diff").stdout.contains("there is no difference"));
        }
        runs("dunlin lock");
        runs("dunlin check --skip git");
        assert!(runs("dunlin new --auto -m again").stdout.contains("nothing to write"));

        // What loses rows must be meant.
        project.file("schema.sql", spoken(CHANGES[5].schema, dialect));
        let refused = run("dunlin new --auto -m \"No posts\"").expect_code(9);
        assert!(refused.stderr.contains("--allow drop-table"), "{}", refused.stderr);
        runs("dunlin new --auto --id 0009 -m \"No posts\" --allow drop-table");
        runs("dunlin up");
        runs("dunlin down base --yes");
        runs("dunlin verify --schema");
        assert!(runs("dunlin status").stdout.contains("pending  0001_create_users_table"));
    }
}
