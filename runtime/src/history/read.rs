//! Reading the history.

use dunlin_core::checksum::Checksum;
use dunlin_core::ledger::{Action, Event};
use dunlin_core::migration::{MigrationId, Slug};
use dunlin_core::plan::{Applied, JournalEntry, JournalState, Kind, State, Stored};

use super::{Head, History, LAYOUT};
use crate::error::Error;
use crate::session::{Row, Session, SqlError, Trouble, render};

/// The state of a set at one moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Snapshot {
    /// Whether the history tables are there.
    pub(crate) exists: bool,
    /// The rows, in the order of their `seq`.
    pub(crate) rows: Vec<Applied>,
}

impl History {
    /// Reads which migrations are applied, in one round trip.
    ///
    /// Tables that are not there mean that nothing is applied. `here` is the engine's condition that the tables are the
    /// session's own.
    pub(crate) async fn snapshot(&self, session: &mut dyn Session, here: &str) -> Result<Snapshot, Error> {
        let here = if self.schema.is_some() { "" } else { here };
        let template = self.fill(include_str!("sql/rows.sql")).replace("{here}", here);
        let sql = render(self.dialect, &template, &[self.set.as_str().into()]);
        let rows = match session.rows(&sql).await {
            Ok(rows) => rows,
            Err(error) if error.trouble == Trouble::MissingTable => return Ok(Snapshot::default()),
            Err(error) => return Err(self.explain(session, error).await),
        };
        let Some(first) = rows.first() else { return Ok(Snapshot::default()) };
        self.check_layout(first.number(0))?;
        let rows: Result<Vec<Applied>, Error> = rows.iter().filter(|row| row.text(1).is_some()).map(applied).collect();
        Ok(Snapshot { exists: true, rows: rows? })
    }

    fn check_layout(&self, found: Option<i64>) -> Result<(), Error> {
        match found {
            Some(found) if found > LAYOUT => {
                Err(Error::NewerLayout { table: self.table("layout"), found, known: LAYOUT })
            }
            _ => Ok(()),
        }
    }

    /// A read that failed may have met a newer layout: its version then says so better than the server does.
    async fn explain(&self, session: &mut dyn Session, error: SqlError) -> Error {
        if error.trouble == Trouble::MissingColumn {
            let sql = format!("select max(version) from {}", self.table("layout"));
            if let Ok(rows) = session.rows(&sql).await
                && let Err(newer) = self.check_layout(rows.first().and_then(|row| row.number(0)))
            {
                return newer;
            }
        }
        Error::database("reading the history", error)
    }

    /// Adds the stored SQL, and what the journal says, to the rows with these ids.
    pub(crate) async fn add_stored(
        &self,
        session: &mut dyn Session,
        rows: &mut [Applied],
        ids: &[MigrationId],
    ) -> Result<(), Error> {
        let reading = |error| Error::database("reading the stored SQL", error);
        for row in rows.iter_mut().filter(|row| ids.contains(&row.id)) {
            let key = [self.set.as_str().into(), row.id.as_str().into()];
            let sql = render(self.dialect, &self.fill(include_str!("sql/stored.sql")), &key);
            if let Some(stored) = session.rows(&sql).await.map_err(reading)?.first() {
                let up = stored.text(1).unwrap_or_default().to_owned();
                row.stored = Some(Stored { up, down: stored.text(2).map(str::to_owned) });
            }
            if row.state != State::Applied {
                let sql = render(self.dialect, &self.fill(include_str!("sql/statements.sql")), &key);
                row.journal = match session.rows(&sql).await {
                    Ok(rows) => rows.iter().filter_map(journal_entry).collect(),
                    Err(error) if error.trouble == Trouble::MissingTable => Vec::new(),
                    Err(error) => return Err(Error::database("reading the journal", error)),
                };
            }
        }
        Ok(())
    }

    /// Returns SQL that answers the clock, the last event and the last `seq`, to be read by [`head`].
    pub(crate) fn head_sql(&self) -> String {
        let set = self.set.as_str();
        render(self.dialect, &self.fill(include_str!("sql/head.sql")), &[set.into(), set.into(), set.into()])
    }

    /// Reads every event of the set, with its hash.
    pub(crate) async fn events(&self, session: &mut dyn Session) -> Result<Vec<(Event, Checksum)>, Error> {
        let sql = render(self.dialect, &self.fill(include_str!("sql/events.sql")), &[self.set.as_str().into()]);
        match session.rows(&sql).await {
            Ok(rows) => rows.iter().map(|row| self.event(row)).collect(),
            Err(error) if error.trouble == Trouble::MissingTable => Ok(Vec::new()),
            Err(error) => Err(self.explain(session, error).await),
        }
    }

    fn event(&self, row: &Row) -> Result<(Event, Checksum), Error> {
        let text = |column| row.text(column).unwrap_or_default().to_owned();
        let unreadable = || Error::UnreadableHistory { what: format!("event {}", text(0)) };
        let event = Event {
            set: self.set.clone(),
            n: row.number(0).and_then(|n| u64::try_from(n).ok()).ok_or_else(unreadable)?,
            at: text(1),
            action: Action::ALL
                .into_iter()
                .find(|action| Some(action.as_str()) == row.text(2))
                .ok_or_else(unreadable)?,
            id: row.text(3).map(str::parse).transpose().map_err(|_| unreadable())?,
            checksum: row.text(4).map(str::parse).transpose().map_err(|_| unreadable())?,
            db_user: text(5),
            os_user: text(6),
            host: text(7),
            application: text(8),
            tool_version: text(9),
            detail: text(10),
        };
        Ok((event, text(11).parse().map_err(|_| unreadable())?))
    }
}

/// What [`History::head_sql`] answers: the time, the last event, and the last `seq`.
pub(crate) fn head(row: Option<&Row>) -> Option<(String, Head, i64)> {
    let row = row?;
    let n = row.number(1).and_then(|n| u64::try_from(n).ok()).unwrap_or_default();
    let hash = row.text(2).and_then(|hash| hash.parse().ok());
    Some((row.text(0)?.to_owned(), Head { n, hash }, row.number(3).unwrap_or_default()))
}

fn applied(row: &Row) -> Result<Applied, Error> {
    let text = |column| row.text(column).unwrap_or_default();
    let unreadable = || Error::UnreadableHistory { what: format!("the row of `{}`", text(1)) };
    let parents = text(3).split(',').filter(|id| !id.is_empty()).map(str::parse);
    Ok(Applied {
        id: text(1).parse().map_err(|_| unreadable())?,
        slug: Slug::from(text(2)),
        parents: parents.collect::<Result<_, _>>().map_err(|_| unreadable())?,
        seq: row.number(4).ok_or_else(unreadable)?,
        kind: Kind::ALL.into_iter().find(|kind| kind.as_str() == text(5)).ok_or_else(unreadable)?,
        state: State::ALL.into_iter().find(|state| state.as_str() == text(6)).ok_or_else(unreadable)?,
        up_checksum: text(7).parse().map_err(|_| unreadable())?,
        down_checksum: row.text(8).map(str::parse).transpose().map_err(|_| unreadable())?,
        breaking: row.number(9) == Some(1),
        applied_at: text(10).to_owned(),
        stored: None,
        journal: Vec::new(),
    })
}

fn journal_entry(row: &Row) -> Option<JournalEntry> {
    Some(JournalEntry {
        n: usize::try_from(row.number(0)?).ok()?,
        state: JournalState::ALL.into_iter().find(|state| Some(state.as_str()) == row.text(1))?,
        line: usize::try_from(row.number(2)?).ok()?,
        summary: row.text(3)?.to_owned(),
    })
}
