//! Texts that the engines' own tools write, as `schema.sql`: they make what the same schema makes that somebody wrote.

use dunlin::schema::engine::{Ignored, Schema, diff, tree};
use dunlin::schema::{SchemaError, SchemaFile, Schemas};
use dunlin::{Dialect, Migrations};
use expect_test::{Expect, expect};

use super::sqlite::NO_FILES;
use crate::support::database::Database;

async fn declared(text: &str, database: &Database) -> Result<Schema, SchemaError> {
    let migrations = Migrations::included(&NO_FILES);
    let migrator = migrations.migrator();
    let schemas = Schemas::new(&migrator, database.dialect, Ignored::default());
    let shared =
        || Schemas::new(&migrator, database.dialect, Ignored::default()).scratch_beside(database.superuser_url());
    let schemas = if database.dialect == Dialect::Sqlite { schemas } else { shared() };
    let files = [SchemaFile { name: "schema.sql".to_owned(), text: text.to_owned() }];
    Ok(schemas.of_files(&files).await?.schema)
}

async fn makes_the_same(dump: &str, written: &str, database: &Database) {
    let of = async |text| declared(text, database).await.unwrap_or_else(|error| panic!("{error}"));
    let (dump, written) = (of(dump).await, of(written).await);
    assert_eq!(tree(&diff(&written, &dump), &written, &dump).join("\n"), "");
    assert!(written.facts().next().is_some());
}

async fn is_refused(text: &str, database: &Database, expected: Expect) {
    let error = declared(text, database).await.expect_err("it is no schema");
    expected.assert_eq(&error.to_string());
}

#[tokio::test]
async fn what_mysqldump_writes_is_a_schema() {
    let Some(database) = Database::mysql() else { return };
    let written = "
        create sequence numbers start with 5;
        create table people (
            id int primary key auto_increment, name varchar(40) not null default 'x',
            twice int as (id * 2) virtual, seen timestamp not null default current_timestamp on update current_timestamp
        ) comment 'all';
        create table letters (
            id int primary key, writer int, body text, fulltext key words (body),
            constraint wrote foreign key (writer) references people(id) on delete cascade
        );
        create view names as select id, name from people;
        create view authors as select names.name, letters.body from names join letters on letters.writer = names.id;
        create trigger closed before insert on letters for each row begin set new.body = concat(new.body, ';'); end;
        create function one(a int) returns int deterministic begin return a + 1; end;
        create procedure read_all(in a int) begin select a; select one(a); end;
        create event cleared on schedule every 1 day starts '2030-01-01 00:00:00' do begin delete from letters; end;";
    makes_the_same(include_str!("mysqldump.sql"), written, &database).await;
}

#[tokio::test]
async fn a_dump_of_mysql_with_rows_is_refused_where_they_are() {
    let Some(database) = Database::mysql() else { return };
    let dump = "
        /*!40101 SET NAMES utf8mb4 */;
        CREATE TABLE `a` (`b` int(11) DEFAULT NULL);
        LOCK TABLES `a` WRITE;
        /*!40000 ALTER TABLE `a` DISABLE KEYS */;
        INSERT INTO `a` VALUES (1);
        UNLOCK TABLES;";
    let empty = dump.replace("INSERT INTO `a` VALUES (1);", "");
    makes_the_same(&empty, "create table a (b int)", &database).await;
    is_refused(
        dump,
        &database,
        expect!["schema.sql:6:9: `INSERT` declares no schema; rows and settings belong into migrations"],
    )
    .await;
    let elsewhere =
        "CREATE DATABASE /*!32312 IF NOT EXISTS*/ `shop` /*!40100 DEFAULT CHARACTER SET utf8mb4 */; USE `shop`;";
    is_refused(
        elsewhere,
        &database,
        expect!["schema.sql:1:92: `use` leads to another database; a schema is one database's, so dump it without `--databases`"],
    )
    .await;
    let of_server = "/*!50003 SET GLOBAL max_connections = 1 */";
    is_refused(of_server, &database, expect!["schema.sql:1:1: it sets something of the server"]).await;
}

#[tokio::test]
async fn what_the_shell_of_sqlite_writes_is_a_schema() {
    let database = Database::sqlite();
    let written = "
        create table people (id integer primary key autoincrement, name text);
        create virtual table words using fts5(body);
        create view names as select name from people;
        create trigger noted after insert on people begin select 1; select 2; end;
        create index by_name on people (name);";
    let schema = "
CREATE TABLE people (id integer primary key autoincrement, name text);
CREATE TABLE sqlite_sequence(name,seq);
CREATE VIRTUAL TABLE words using fts5(body)
/* words(body) */;
CREATE TABLE IF NOT EXISTS 'words_data'(id INTEGER PRIMARY KEY, block BLOB);
CREATE TABLE IF NOT EXISTS 'words_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;
CREATE VIEW names as select name from people
/* names(name) */;
CREATE TRIGGER noted after insert on people begin select 1; select 2; end;
CREATE INDEX by_name on people (name);
CREATE TABLE sqlite_stat1(tbl,idx,stat);";
    makes_the_same(schema, written, &database).await;
    let dump = "
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE people (id integer primary key autoincrement, name text);
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 VALUES('people',NULL,'2');
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('people',1);
CREATE INDEX by_name on people (name);
COMMIT;";
    let people =
        "create table people (id integer primary key autoincrement, name text); create index by_name on people (name)";
    makes_the_same(dump, people, &database).await;
    let rows = dump.replace("ANALYZE", "INSERT INTO people VALUES(1,'a');\nANALYZE");
    is_refused(
        &rows,
        &database,
        expect!["schema.sql:5:1: `INSERT` declares no schema; rows and settings belong into migrations"],
    )
    .await;
    let hidden = "PRAGMA writable_schema=ON;\nINSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','w','w',0,'');";
    is_refused(
        hidden,
        &database,
        expect!["schema.sql:2:1: `.dump` writes virtual tables as rows of the catalogue; take what `.schema` writes"],
    )
    .await;
}
