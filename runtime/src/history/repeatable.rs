//! The rows of repeatable files.

use dunlin_core::checksum::Checksum;
use dunlin_core::dialect::Dialect;
use dunlin_core::ledger::RepeatableRow;
use dunlin_core::repeatable::{Recorded, Records, Repeat};

use super::History;
use crate::error::Error;
use crate::session::{Session, Trouble, Value, known, render};

impl History {
    /// Makes the table of repeatable files where it is not there.
    pub(crate) fn create_repeatable(&self) -> String {
        let long_text = if self.dialect == Dialect::Mysql { "longtext" } else { "text" };
        self.fill(include_str!("sql/create_repeatable.sql")).replace("{long_text}", long_text)
    }

    /// Reads which repeatable files ran last, and with what text. `None` is a table that is not there.
    ///
    /// `here` is the engine's condition that the table is the session's own.
    pub(crate) async fn records(&self, session: &mut dyn Session, here: &str) -> Result<Option<Records>, Error> {
        let condition = match (&self.schema, here) {
            (Some(_), _) | (None, "") => "where".to_owned(),
            (None, here) => format!("{here} and"),
        };
        let template = format!("{}{condition} m.set_name = ?", self.fill(include_str!("sql/repeatable.sql")));
        let rows = match session.rows(&render(self.dialect, &template, &[self.set.as_str().into()])).await {
            Ok(rows) => rows,
            Err(error) if error.trouble == Trouble::MissingTable => return Ok(None),
            Err(error) => return Err(Error::database("reading which repeatable files ran", error)),
        };
        let record = |row: &crate::session::Row| {
            let name = row.text(0).unwrap_or_default().to_owned();
            let checksum = row.text(1).unwrap_or_default().parse();
            let checksum =
                checksum.map_err(|_| Error::UnreadableHistory { what: format!("the row of `repeatable/{name}`") })?;
            Ok((name, Recorded { checksum, applied_at: row.text(2).unwrap_or_default().to_owned() }))
        };
        rows.iter().map(record).collect::<Result<_, _>>().map(Some)
    }

    /// Records that a repeatable file ran. The time is the database's clock, the duration in microseconds.
    ///
    /// Returns the digest of the row beside the SQL, where not only the server knows all of it.
    pub(crate) fn repeated(&self, repeat: &Repeat, at: &Value<'_>, duration: i64) -> (String, Option<Checksum>) {
        let again = match self.dialect {
            Dialect::Mysql => include_str!("sql/repeated_again_mysql.sql"),
            Dialect::Sqlite | Dialect::Postgres => include_str!("sql/repeated_again.sql"),
        };
        let template = self.fill(include_str!("sql/repeated.sql")) + again.trim_end();
        let script = &repeat.repeatable.script;
        // The columns are those of `RepeatableRow::COLUMNS`.
        let values: [Value<'_>; 7] = [
            self.set.as_str().into(),
            repeat.repeatable.name.as_str().into(),
            script.checksum.to_string().into(),
            (&*script.text).into(),
            at.clone(),
            Value::Number(duration),
            env!("CARGO_PKG_VERSION").into(),
        ];
        let sql = render(self.dialect, &template, &values);
        (sql, known(values).map(|values| RepeatableRow::from(values).digest()))
    }

    /// Makes a repeatable file count as never run.
    pub(crate) fn forget_repeatable(&self, name: &str) -> String {
        let template = self.fill("delete from {repeatable} where set_name = ? and name = ?");
        render(self.dialect, &template, &[self.set.as_str().into(), name.into()])
    }

    /// Makes every repeatable file of the set count as never run.
    pub(crate) fn forget_repeatables(&self) -> String {
        let template = self.fill("delete from {repeatable} where set_name = ?");
        render(self.dialect, &template, &[self.set.as_str().into()])
    }
}
