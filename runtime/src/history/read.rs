//! Reading the history.

use std::collections::HashMap;

use dunlin_core::checksum::Checksum;
use dunlin_core::dialect::Dialect;
use dunlin_core::header::{self, Dependency};
use dunlin_core::ledger::{Action, Event, Logged};
use dunlin_core::migration::{Direction, MigrationId, SetName, Slug};
use dunlin_core::plan::{Applied, Kind, State, Stored};
use dunlin_core::repeatable::Records;
use dunlin_core::standing::{self, RECORD, UNIT};

use super::{Head, History, LAYOUT, detail};
use crate::error::Error;
use crate::session::{Row, Session, SqlError, Trouble, Value, render};

/// The state of a set at one moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Snapshot {
    /// Whether the history tables are there.
    pub(crate) exists: bool,
    /// The rows, in the order of their `seq`.
    pub(crate) rows: Vec<Applied>,
    /// Migrations of other sets that are applied, of those that were asked about.
    pub(crate) elsewhere: Vec<Dependency>,
    /// Which repeatable files ran, where that was asked and there is a table of them.
    pub(crate) records: Option<Records>,
}

impl Snapshot {
    /// Says whether steps that can share a transaction do: on SQLite, where nothing is applied.
    pub(crate) fn takes_together(&self, dialect: Dialect) -> bool {
        self.rows.is_empty() && dialect == Dialect::Sqlite
    }
}

impl History {
    /// Reads which migrations are applied, in one round trip.
    ///
    /// Tables that are not there mean that nothing is applied. `here` is the engine's condition that the tables are the
    /// session's own.
    pub(crate) async fn snapshot(&self, session: &mut dyn Session, here: &str) -> Result<Snapshot, Error> {
        let answer = match self.answer(session, here).await {
            Ok(answer) => answer,
            Err(error) if error.trouble == Trouble::MissingTable => return Ok(Snapshot::default()),
            Err(error) => return Err(self.explain(session, error).await),
        };
        let Some(first) = answer.first() else { return Ok(Snapshot::default()) };
        self.check_layout(first.number(0))?;
        let mut rows = records(&answer).map(applied).collect::<Result<Vec<Applied>, Error>>()?;
        rows.sort_by_key(|row| row.seq);
        Ok(Snapshot { exists: true, rows, ..Snapshot::default() })
    }

    /// Returns the digest of the history, if every row of it is whole. It costs a fraction of a snapshot.
    ///
    /// Whatever stands in the way of reading it makes it `None`; a snapshot then says what that is.
    pub(crate) async fn digest(&self, session: &mut dyn Session, here: &str) -> Option<Checksum> {
        let answer = self.answer(session, here).await.ok()?;
        if answer.first()?.number(0) != Some(LAYOUT) {
            return None;
        }
        let whole = |record| {
            let mut from_the_end = str::rsplitn(record, 4, UNIT);
            let state = from_the_end.next();
            from_the_end.nth(2).filter(|_| state == Some(State::Applied.as_str()))
        };
        Some(standing::digest(records(&answer).map(whole).collect::<Option<Vec<&str>>>()?))
    }

    /// Asks for the layout's version and a record of each migration, in one round trip.
    async fn answer(&self, session: &mut dyn Session, here: &str) -> Result<Vec<Row>, SqlError> {
        let here = if self.schema.is_some() { "" } else { here };
        let template = match self.dialect {
            Dialect::Sqlite => include_str!("sql/rows_sqlite.sql"),
            Dialect::Postgres => include_str!("sql/rows_postgres.sql"),
            Dialect::Mysql => include_str!("sql/rows_mysql.sql"),
        };
        let template = self.fill(template).replace("{here}", here);
        let template = template.replace("{unit}", &UNIT.to_string()).replace("{record}", &RECORD.to_string());
        session.rows(&render(self.dialect, &template, &[self.set.as_str().into()])).await
    }

    /// Adds to every row when it was applied.
    pub(crate) async fn add_times(&self, session: &mut dyn Session, rows: &mut [Applied]) -> Result<(), Error> {
        if rows.is_empty() {
            return Ok(());
        }
        let sql = render(self.dialect, &self.fill(include_str!("sql/times.sql")), &[self.set.as_str().into()]);
        let answer = session.rows(&sql).await.map_err(|error| Error::database("reading the history", error))?;
        let times: HashMap<&str, &str> = answer.iter().filter_map(|row| row.text(0).zip(row.text(1))).collect();
        for row in rows {
            row.applied_at = times.get(row.id.as_str()).map_or_else(String::new, |&at| at.to_owned());
        }
        Ok(())
    }

    pub(super) fn check_layout(&self, found: Option<i64>) -> Result<(), Error> {
        match found {
            Some(found) if found > LAYOUT => {
                Err(Error::NewerLayout { table: self.table("layout"), found, known: LAYOUT })
            }
            _ => Ok(()),
        }
    }

    /// A read that failed may have met a newer layout: its version then says so better than the server does.
    pub(super) async fn explain(&self, session: &mut dyn Session, error: SqlError) -> Error {
        if error.trouble == Trouble::NoSchema {
            return Error::NoSchema { what: "database" };
        }
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
                stored.text(0).unwrap_or_default().clone_into(&mut row.applied_at);
                let up = stored.text(1).unwrap_or_default().to_owned();
                row.stored = Some(Stored { up, down: stored.text(2).map(str::to_owned) });
            }
            let direction = match row.state {
                State::Applied => continue,
                State::Applying => Direction::Up,
                State::Reverting => Direction::Down,
            };
            row.journal = self.journal(session, &row.id, direction).await?;
        }
        Ok(())
    }

    /// Adds the stored SQL to rows that hold other SQL than their checksums say.
    ///
    /// The SQL of every row is read, one after the other, so that memory grows with the largest alone.
    pub(crate) async fn add_doubtful(&self, session: &mut dyn Session, rows: &mut [Applied]) -> Result<(), Error> {
        for row in rows.iter_mut().filter(|row| row.stored.is_none()) {
            let id = row.id.clone();
            self.add_stored(session, std::slice::from_mut(row), &[id]).await?;
            if row.holds_what_it_says() {
                row.stored = None;
            }
        }
        Ok(())
    }

    /// Returns those of the migrations of other sets that are applied whole.
    pub(crate) async fn applied_elsewhere(
        &self,
        session: &mut dyn Session,
        asked: &[&Dependency],
    ) -> Result<Vec<Dependency>, Error> {
        let mut applied = Vec::new();
        for dependency in asked {
            let Some(set) = &dependency.set else { continue };
            let template = self.fill("select m.id from {migrations} m where m.set_name = ? and m.state = ?");
            let sql = render(self.dialect, &template, &[set.as_str().into(), State::Applied.as_str().into()]);
            let rows = session.rows(&sql).await.map_err(|error| Error::database("reading the history", error))?;
            let ids = rows.iter().filter_map(|row| row.text(0)?.parse::<MigrationId>().ok());
            let mut is_applied = ids.into_iter().any(|id| id == dependency.id);
            if !is_applied && !rows.is_empty() {
                is_applied = self.stands_for(session, set, &dependency.id).await?;
            }
            if is_applied {
                applied.push((*dependency).clone());
            }
        }
        Ok(applied)
    }

    /// Says whether a set has a migration that stands for another one.
    async fn stands_for(
        &self,
        session: &mut dyn Session,
        set: &SetName,
        migration: &MigrationId,
    ) -> Result<bool, Error> {
        let template = self.fill(
            "select m.up_sql from {migrations} m where m.set_name = ? and m.state = ? and m.kind <> ? \
             and m.up_sql like '%dunlin: replaces%'",
        );
        let (state, kind) = (State::Applied.as_str(), Kind::Squashed.as_str());
        let sql = render(self.dialect, &template, &[set.as_str().into(), state.into(), kind.into()]);
        let rows = session.rows(&sql).await.map_err(|error| Error::database("reading the history", error))?;
        let headers = rows.iter().filter_map(|row| header::parse(row.text(0)?).ok());
        Ok(headers.into_iter().any(|header| header.replaces.contains(migration)))
    }

    /// Returns SQL that answers the clock and the last event, to be read by [`head`]. It costs the same however long the
    /// history is.
    pub(crate) fn head_sql(&self) -> String {
        let set = self.set.as_str();
        render(self.dialect, &self.fill(include_str!("sql/head.sql")), &[set.into(), set.into()])
    }

    /// Reads the last event of the set. Tables that are not there have none.
    pub(crate) async fn last(&self, session: &mut dyn Session) -> Result<Head, Error> {
        match session.rows(&self.head_sql()).await {
            Ok(rows) => Ok(head(rows.first()).map(|(_, head)| head).unwrap_or_default()),
            Err(error) if error.trouble == Trouble::MissingTable => Ok(Head::default()),
            Err(error) => Err(self.explain(session, error).await),
        }
    }

    /// Reads every event of the set, with its hash. `here` is as for [`History::snapshot`].
    pub(crate) async fn events(&self, session: &mut dyn Session, here: &str) -> Result<Vec<Logged>, Error> {
        let here = if self.schema.is_some() { "" } else { here };
        let sql = format!("select max(l.version) from {} l {here}", self.table("layout"));
        let layout = match session.rows(&sql).await {
            Ok(rows) => rows.first().and_then(|row| row.number(0)),
            Err(error) if error.trouble == Trouble::MissingTable => None,
            Err(error) => return Err(self.explain(session, error).await),
        };
        if layout.is_none() {
            return Ok(Vec::new());
        }
        self.check_layout(layout)?;
        let template = self.fill(include_str!("sql/events.sql"));
        let sql = render(self.dialect, &template, &[self.set.as_str().into(), Value::Number(-i64::MAX)]);
        match session.rows(&sql).await {
            Ok(rows) => rows.iter().map(|row| self.event(row)).collect(),
            Err(error) if error.trouble == Trouble::MissingTable => Ok(Vec::new()),
            Err(error) => Err(self.explain(session, error).await),
        }
    }

    /// Reads the events at the end of the log that are not sealed yet, and the hash of the one before them.
    pub(crate) async fn unsealed(&self, session: &mut dyn Session) -> Result<(Option<Checksum>, Vec<Logged>), Error> {
        let reading = |error| Error::database("reading the log", error);
        let template = self.fill(include_str!("sql/sealed.sql"));
        let sealed = session.rows(&render(self.dialect, &template, &[self.set.as_str().into()])).await;
        let sealed = sealed.map_err(reading)?;
        let sealed = sealed.first();
        let n = sealed.and_then(|row| row.number(0)).unwrap_or_default();
        let previous = sealed.and_then(|row| row.text(1)?.parse().ok());
        Ok((previous, self.events_behind(session, n).await?))
    }

    /// Reads an event and those that came after it, each with its hash.
    pub(crate) async fn events_from(&self, session: &mut dyn Session, n: u64) -> Result<Vec<Logged>, Error> {
        self.events_behind(session, i64::try_from(n).unwrap_or(i64::MAX).saturating_sub(1)).await
    }

    async fn events_behind(&self, session: &mut dyn Session, n: i64) -> Result<Vec<Logged>, Error> {
        let template = self.fill(include_str!("sql/events.sql"));
        let sql = render(self.dialect, &template, &[self.set.as_str().into(), Value::Number(n)]);
        let events = session.rows(&sql).await.map_err(|error| Error::database("reading the log", error))?;
        events.iter().map(|row| self.event(row)).collect()
    }

    pub(super) fn event(&self, row: &Row) -> Result<Logged, Error> {
        let text = |column| row.text(column).unwrap_or_default().to_owned();
        let unreadable = || Error::UnreadableHistory { what: format!("event {}", text(0)) };
        let event = Event {
            set: self.set.clone(),
            n: row.number(0).and_then(|n| u64::try_from(n).ok()).ok_or_else(unreadable)?,
            at: text(1),
            action: Action::from(row.text(2).unwrap_or_default()),
            id: row.text(3).map(str::parse).transpose().map_err(|_| unreadable())?,
            checksum: row.text(4).map(str::parse).transpose().map_err(|_| unreadable())?,
            db_user: text(5),
            os_user: text(6),
            host: text(7),
            application: text(8),
            tool_version: text(9),
            detail: text(10),
        };
        let hash = row.text(11).filter(|hash| !hash.is_empty());
        let detail = detail::read(&event.detail);
        Ok(Logged { event, detail, hash: hash.map(str::parse).transpose().map_err(|_| unreadable())? })
    }
}

/// Takes the records out of what the fast SELECT answered: one row with all of them, or one of each.
fn records(answer: &[Row]) -> impl Iterator<Item = &str> {
    let records = answer.iter().filter_map(|row| row.text(1)).flat_map(|text| text.split(RECORD));
    records.filter(|record| !record.is_empty())
}

/// What [`History::head_sql`] answers: the time, and the last event.
pub(crate) fn head(row: Option<&Row>) -> Option<(String, Head)> {
    let row = row?;
    let n = row.number(1).and_then(|n| u64::try_from(n).ok()).unwrap_or_default();
    let hash = row.text(2).and_then(|hash| hash.parse().ok());
    Some((row.text(0)?.to_owned(), Head { n, hash }))
}

/// Reads one record of the fast SELECT, whose fields stand in the order of `sql/rows_*.sql`.
fn applied(record: &str) -> Result<Applied, Error> {
    let mut fields = record.split(UNIT);
    let mut text = || fields.next().unwrap_or_default();
    let (id, slug, parents) = (text(), text(), text());
    let (up_checksum, down_checksum, breaking) = (text(), text(), text());
    let (seq, kind, state) = (text(), text(), text());
    let unreadable = || Error::UnreadableHistory { what: format!("the row of `{id}`") };
    let parents = parents.split(',').filter(|id| !id.is_empty()).map(str::parse);
    let some = |text: &str| text.parse().map_err(|_| unreadable());
    Ok(Applied {
        id: id.parse().map_err(|_| unreadable())?,
        slug: Slug::from(slug),
        parents: parents.collect::<Result<_, _>>().map_err(|_| unreadable())?,
        seq: seq.parse().map_err(|_| unreadable())?,
        kind: Kind::ALL.into_iter().find(|of| of.as_str() == kind).ok_or_else(unreadable)?,
        state: State::ALL.into_iter().find(|of| of.as_str() == state).ok_or_else(unreadable)?,
        up_checksum: some(up_checksum)?,
        down_checksum: if down_checksum.is_empty() { None } else { Some(some(down_checksum)?) },
        breaking: breaking == "1",
        applied_at: String::new(),
        stored: None,
        journal: Vec::new(),
    })
}
