//! A cluster is one database on two nodes.

use sqlx::error::DatabaseError;
use sqlx::{Connection, MySqlConnection, Row};

use crate::support::database::Database;
use crate::support::servers::Cluster;

#[test]
fn both_nodes_are_ready_and_know_each_other() {
    let Some(cluster) = Cluster::new() else { return };
    let database = cluster.database();
    let status = "show global status where variable_name in ('wsrep_ready', 'wsrep_cluster_size')";
    for node in &cluster.nodes {
        let status = database.try_sql_as(&database.url_at(node), status);
        assert_eq!(status.as_deref(), Ok("wsrep_cluster_size|2\nwsrep_ready|ON"));
    }
}

#[test]
fn a_row_that_is_written_on_one_node_is_read_on_the_other() {
    let Some(cluster) = Cluster::new() else { return };
    let database = cluster.database();
    let [first, second] = cluster.nodes.each_ref().map(|node| database.url_at(node));
    let read = "set session wsrep_sync_wait = 15; select name from bird order by name";
    let on = |url, script: &str| database.try_sql_as(url, script).expect("a node that takes it");

    on(&first, "create table bird (name varchar(20) primary key); insert into bird values ('wren');");
    assert_eq!(on(&second, read), "wren");
    on(&second, "insert into bird values ('dunlin');");
    assert_eq!(on(&first, read), "dunlin\nwren");
}

#[tokio::test]
async fn of_two_transactions_that_write_the_same_row_one_is_refused_when_it_commits() {
    let Some(cluster) = Cluster::new() else { return };
    let database = cluster.database();
    let [mut first, mut second] = connections(&cluster, &database).await;
    run(&mut first, "create table bird (id int primary key)").await.expect("a table");
    run(&mut second, "set session wsrep_sync_wait = 15").await.expect("a setting");
    for connection in [&mut first, &mut second] {
        run(connection, "begin").await.expect("a transaction");
        run(connection, "insert into bird values (1)").await.expect("nothing is in the way on this node");
    }
    run(&mut first, "commit").await.expect("the first wins");
    let refusal = run(&mut second, "commit").await.expect_err("both have written the row");
    let code = refusal.as_database_error().and_then(DatabaseError::code);
    assert_eq!(code.as_deref(), Some("40001"), "{refusal}");
}

#[tokio::test]
async fn a_lock_with_a_name_is_that_of_one_node() {
    let Some(cluster) = Cluster::new() else { return };
    let database = cluster.database();
    for connection in &mut connections(&cluster, &database).await {
        let row = sqlx::raw_sql("select get_lock('bird', 0)").fetch_one(connection).await.expect("an answer");
        assert_eq!(row.get_unchecked::<String, _>(0), "1");
    }
}

async fn connections(cluster: &Cluster, database: &Database) -> [MySqlConnection; 2] {
    let [first, second] = cluster.nodes.each_ref().map(|node| database.url_at(node));
    let connect = async |url: &str| MySqlConnection::connect(url).await.expect("a connection");
    [connect(&first).await, connect(&second).await]
}

async fn run(connection: &mut MySqlConnection, statement: &'static str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(statement).execute(connection).await.map(drop)
}
