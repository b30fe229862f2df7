//! Sets that are in the binary: what is whole is seen at a glance, and nothing that is not whole is overlooked.

use dunlin::Migrations;

use super::reading::sent_by;
use crate::support::database::Database;

static EMBEDDED: Migrations = dunlin::embed!("fixtures/contract/embedded");

engines! {
    async fn an_embedded_set_is_held_against_the_history_by_one_statement(database: &Database) {
        assert_eq!(EMBEDDED.up(&database.url).await.expect("it is applied").steps.len(), 3);
        let sent = sent_by(&EMBEDDED, database).await;
        assert_eq!(sent.len(), 1, "{sent:#?}");
        assert!(sent[0].trim_start().to_lowercase().starts_with("select"), "{sent:#?}");
    }

    async fn whatever_a_row_says_otherwise_is_seen_by_an_embedded_set(database: &Database) {
        EMBEDDED.up(&database.url).await.expect("it is applied");
        let changes = [
            ("up_checksum", "(select up_checksum from (select * from dunlin_migrations where id = '1') one)"),
            ("slug", "'robin'"),
            ("parents", "''"),
            ("state", "'applying'"),
        ];
        for (column, value) in changes {
            let kept = database.sql(&format!("select {column} from dunlin_migrations where id = '2'"));
            database.sql(&format!("update dunlin_migrations set {column} = {value} where id = '2'"));
            let is_seen = match EMBEDDED.up(&database.url).await {
                Ok(report) => !report.findings.is_empty(),
                Err(_) => true,
            };
            assert!(is_seen, "{column} = {value}");
            database.sql(&format!("update dunlin_migrations set {column} = '{kept}' where id = '2'"));
        }
        assert!(EMBEDDED.up(&database.url).await.expect("all is as it was").findings.is_empty());
        database.sql("update dunlin_layout set version = 99");
        assert!(EMBEDDED.up(&database.url).await.is_err());
    }
}
