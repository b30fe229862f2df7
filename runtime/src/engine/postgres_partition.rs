//! A partition that is taken out of its table beside running transactions: in two transactions, of which a crash may leave
//! the first, and then only what finishes it will do.

use dunlin_core::dialect::Dialect;
use dunlin_core::statements::Detachment;

use super::Readiness;
use crate::session::{Session, SqlError};

const STATE: &str = include_str!("sql/partition_state_postgres.sql");

/// Finishes what an earlier run began, as far as that came.
pub(super) async fn finish(session: &mut dyn Session, detachment: &Detachment) -> Result<Readiness, SqlError> {
    let Detachment { table, partition } = detachment;
    let literal = |text: &str| Dialect::Postgres.literal(text);
    let asked = STATE.replace("{table}", &literal(table)).replace("{partition}", &literal(partition));
    let rows = session.rows(&asked).await?;
    match rows.first().and_then(|row| row.text(0)) {
        // It is a partition as before, or nothing is known of it: what is amiss, the server says best.
        Some("attached" | "unknown") | None => Ok(Readiness::Ready),
        Some("pending") => {
            session.run(&format!("alter table {table} detach partition {partition} finalize")).await?;
            Ok(Readiness::InPlace)
        }
        Some(_) => Ok(Readiness::InPlace),
    }
}
