//! What a set depends on in another.

use dunlin::core::migration::SetName;

use super::migrations;
use crate::support::database::Database;
use crate::support::project::Project;

engines! {
    async fn a_migration_waits_for_those_of_other_sets_that_it_depends_on(database: &Database) {
        let accounts = Project::new();
        accounts.migration("1_accounts", "create table account (id int);", "drop table account;");
        let orders = Project::new();
        orders.migration("1_orders", "-- dunlin: depends-on accounts/1\ncreate table orders (id int);", "drop table orders;");

        let error = migrations(&orders).up(&database.url).await.expect_err("it is refused");
        assert!(error.to_string().contains("1_orders.up.sql depends on `accounts/1`, which is not applied"), "{error}");

        let set = SetName::new("accounts").expect("a name");
        migrations(&accounts).set(set).up(&database.url).await.expect("it is applied");
        assert_eq!(migrations(&orders).up(&database.url).await.expect("it is applied").steps.len(), 1);
    }
}
