//! dunlin behind a pooler.

use super::birds::bird;
use super::migrations;
use crate::support::database::Database;
use crate::support::servers::{Mode, Pooler};

#[tokio::test]
async fn a_pooler_that_ignores_no_start_up_parameter_lets_us_in() {
    for mode in Mode::ALL {
        let (Some(pooler), Some(database)) = (Pooler::new(mode), Database::postgres()) else { return };
        let status = migrations(&bird()).status(&database.url_at(&pooler.address)).await;
        assert_eq!(status.expect("the pooler lets us in").migrations.len(), 1, "{mode:?}");
    }
}
