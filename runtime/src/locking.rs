//! Taking the lock of a set, and giving it back.
//!
//! Which lock that is, depends on the server: its own, on the working connection; none but those in each step's transaction,
//! behind a pooler, whose connections are not ours; or a lease, where the server's own do not hold everywhere.

use std::time::{Duration, Instant};

use dunlin_core::dialect::Dialect;

use crate::clients::{Client, client_of};
use crate::engine::{Attempt, Holder, Lock, LockKey, Reached, ServerLocks, Survey};
use crate::error::Error;
use crate::history::{LeaseState, Schema};
use crate::lease::{self, Lease, Taking};
use crate::lock_key::KeyHash;
use crate::options::LockKind;
use crate::patience::Patience;
use crate::progress::Progress;
use crate::run::Undertaking;
use crate::session::{AtWork, Session, SqlError, Trouble};
use crate::tenant::Tenant;
use crate::who::Who;

/// What is known of a session that holds the lock.
pub(crate) struct Locked {
    pub(crate) survey: Survey,
    pub(crate) key: LockKey,
    pub(crate) hold: Hold,
    /// What takes back how the session was named.
    back: Option<String>,
}

/// What is held.
#[derive(Debug)]
pub(crate) enum Hold {
    /// The server's own lock.
    Own(Lock),
    /// Nothing between the steps; each step's transaction takes it anew.
    ByStep,
    Lease(Lease),
}

/// After so long it is worth a look whether the client of the holder is gone. Most servers notice that sooner.
const GONE_AFTER: Duration = Duration::from_secs(2);

/// The longest name that PostgreSQL keeps of a session.
const LONGEST_NAME: usize = 63;

impl Undertaking<'_> {
    /// Settles where the history is, and takes the lock. `outside` is for what no transaction holds.
    pub(crate) async fn enter(&mut self, session: &mut dyn Session, outside: bool) -> Result<Locked, Error> {
        session.set_changed(true);
        let reached = if self.engine.may_be_pooled() { session.reached().await } else { Reached::Directly };
        if reached == Reached::ThroughPooler && outside {
            return Err(Error::Pooled);
        }
        let mut survey = self.engine.survey(session).await.map_err(asking)?;
        if reached == Reached::ThroughPooler {
            // The next statement may run on another connection.
            (survey.connection, survey.at_work) = (None, AtWork::Somebody);
        }
        session.attend(survey.at_work).await;
        self.settle_where(&survey)?;
        let key = self.key(&survey, outside);
        let back = self.introduce(session, &key, reached, &mut survey).await?;
        let kind = self.lock_kind(session, &survey, reached, &key, outside).await?;
        let start = Instant::now();
        let hold = self.obtain(session, &survey, &key, kind).await?;
        self.options.listener.tell(Progress::LockObtained { waited: start.elapsed() });
        if let Hold::Lease(lease) = &hold {
            session.keep(Some(lease.clone()));
        }
        let locked = Locked { survey, key, hold, back };
        if !matches!(locked.hold, Hold::ByStep) {
            self.wait_for_orphans(session, &locked).await?;
        }
        Ok(locked)
    }

    /// Gives the lock back. After a failure the connection is to be closed, and the lock ends with it all the same.
    pub(crate) async fn leave(&self, session: &mut dyn Session, locked: Locked) -> Result<(), Error> {
        let giving = |error| Error::database("giving the lock back", error);
        match locked.hold {
            Hold::Own(lock) => self.engine.unlock(session, &locked.key, lock).await.map_err(giving)?,
            Hold::ByStep => {}
            Hold::Lease(lease) => {
                session.keep(None);
                session.rows(&self.history.lease_free(lease.token())).await.map_err(giving)?;
            }
        }
        self.options.listener.tell(Progress::LockReleased);
        match locked.back {
            Some(back) => session.run(&back).await.map_err(giving),
            None => Ok(()),
        }
    }

    /// Names the session for others, who then know whose it is. Returns what takes that back.
    async fn introduce(
        &self,
        session: &mut dyn Session,
        key: &LockKey,
        reached: Reached,
        survey: &mut Survey,
    ) -> Result<Option<String>, Error> {
        // A connection of a pooler's, or one that may be, is not ours to set up.
        let introduction =
            if reached == Reached::Directly { self.engine.introduction(&self.name(key)) } else { Vec::new() };
        let back = (!introduction.is_empty()).then(|| survey.restore.clone());
        for set in introduction {
            match session.run(&set).await {
                Ok(()) => survey.restore.push_str(&format!("{set};\n")),
                Err(error) if matches!(error.trouble, Trouble::Connection | Trouble::Interrupted) => {
                    return Err(asking(error));
                }
                // Not every server can do it, and nothing depends on it.
                Err(error) => tracing::debug!(%error, "introducing"),
            }
        }
        Ok(back)
    }

    /// Returns the name of a run for others: the set, whose key it is, and which process.
    fn name(&self, key: &LockKey) -> String {
        let set: String = self.history.set.as_str().chars().take(30).collect();
        let (hex, Who { process, host, .. }) = (format!("{:016x}", key.number), &self.who);
        format!("dunlin/{set}/{hex}.{process}@{host}").chars().take(LONGEST_NAME).collect()
    }

    async fn lock_kind(
        &self,
        session: &mut dyn Session,
        survey: &Survey,
        reached: Reached,
        key: &LockKey,
        outside: bool,
    ) -> Result<Kind, Error> {
        let engine = self.engine.dialect();
        let wants_lease = self.options.lock_kind == LockKind::Lease || survey.locks == ServerLocks::HoldOnOneNode;
        if engine == Dialect::Sqlite {
            return if wants_lease { Err(Error::NoLease) } else { Ok(Kind::Own) };
        }
        if wants_lease {
            return Ok(Kind::Lease);
        }
        if survey.locks == ServerLocks::Untried {
            // Behind a pooler, both tries could be one connection's.
            let holds = reached != Reached::ThroughPooler && self.holds_everywhere(session, key).await?;
            return Ok(if holds { Kind::Own } else { Kind::Lease });
        }
        Ok(match reached {
            Reached::Directly => Kind::Own,
            Reached::Somehow if outside => Kind::Own,
            // What is right behind a pooler is right everywhere.
            Reached::ThroughPooler | Reached::Somehow => Kind::ByStep,
        })
    }

    /// Tries on a second connection what the first one holds: a server whose locks do nothing gives it to both.
    async fn holds_everywhere(&self, session: &mut dyn Session, key: &LockKey) -> Result<bool, Error> {
        let probing = |error| Error::database("trying whether the server's locks hold", error);
        let key = LockKey { number: key.number.wrapping_add(2), name: format!("{}?", key.name), ..key.clone() };
        let Attempt::Obtained(lock) = self.engine.try_lock(session, &key).await.map_err(probing)? else {
            // Another one is probing, and is held off by it.
            return Ok(true);
        };
        let second = match session.spare().await {
            Some(spare) => match self.engine.try_lock(spare, &key).await.map_err(probing)? {
                Attempt::Obtained(lock) => {
                    self.engine.unlock(spare, &key, lock).await.map_err(probing)?;
                    true
                }
                Attempt::Held(_) => false,
            },
            None => true,
        };
        self.engine.unlock(session, &key, lock).await.map_err(probing)?;
        Ok(!second)
    }

    async fn obtain(
        &self,
        session: &mut dyn Session,
        survey: &Survey,
        key: &LockKey,
        kind: Kind,
    ) -> Result<Hold, Error> {
        if kind == Kind::ByStep {
            return Ok(Hold::ByStep);
        }
        if kind == Kind::Lease {
            if session.spare().await.is_none() {
                return Err(Error::NoSecondConnection { why: session.why_alone().map(str::to_owned) });
            }
            lease::prepare(session, &self.history).await?;
        }
        let mut patience = Patience::new(self.options.lock_wait);
        loop {
            let attempt = self.try_once(session, survey, key, kind).await;
            let mut holder = match attempt.map_err(|error| Error::database("taking the lock", error))? {
                Ok(hold) => return Ok(hold),
                Err(holder) => holder,
            };
            if let Some(holder) = holder.as_mut().filter(|_| patience.waited() >= GONE_AFTER) {
                self.look_after_client(session, holder).await;
            }
            if patience.looks_for_progress() {
                let head = self.history.last(session).await.ok().map(|head| head.n);
                patience.progress(holder.as_ref().is_some_and(|holder| holder.is_active), head);
            }
            patience.wait(session, &self.options.listener, holder).await?;
        }
    }

    /// Looks whether the client of a holder is gone, and ends what the server still does for it, if that is wanted.
    async fn look_after_client(&self, session: &mut dyn Session, holder: &mut Holder) {
        if client_of(session, self.engine, holder.connection).await == Client::Gone {
            holder.who.push_str(", and its client is gone");
            holder.is_gone = true;
            if self.options.kills_orphans {
                self.end(session, holder).await;
            }
        }
    }

    /// Ends a connection that works for nobody. What it did not commit is rolled back.
    async fn end(&self, session: &mut dyn Session, holder: &Holder) {
        let Some(end) = holder.connection.and_then(|connection| self.engine.end(connection)) else { return };
        match session.run(&end).await {
            Ok(()) => tracing::warn!(who = holder.who, "ended"),
            // It may have ended by itself, or be somebody else's.
            Err(error) => tracing::warn!(who = holder.who, %error, "could not be ended"),
        }
    }

    async fn try_once(
        &self,
        session: &mut dyn Session,
        survey: &Survey,
        key: &LockKey,
        kind: Kind,
    ) -> Result<Result<Hold, Option<Holder>>, SqlError> {
        if kind == Kind::Lease {
            let (owner, node) = (self.name(key), &survey.node);
            let ttl = self.options.lease_ttl;
            let taking = lease::try_take(session, self.engine, &self.history, &owner, node, ttl).await?;
            return Ok(match taking {
                Taking::Taken(lease) => Ok(Hold::Lease(lease)),
                Taking::Held(state) => Err(Some(holder(&state, node))),
            });
        }
        Ok(match self.engine.try_lock(session, key).await? {
            Attempt::Obtained(lock) => Ok(Hold::Own(lock)),
            Attempt::Held(holder) => Err(holder),
        })
    }

    /// Waits until the statements of runs that are gone have ended, or ends them.
    async fn wait_for_orphans(&self, session: &mut dyn Session, locked: &Locked) -> Result<(), Error> {
        let name = self.name(&locked.key);
        let Some(question) = self.engine.orphans(&self.history, &locked.survey, &name) else { return Ok(()) };
        let mut patience = Patience::new(self.options.lock_wait);
        loop {
            // Without a history there is nothing that an earlier run could be doing.
            let Ok(rows) = session.rows(&question).await else { return Ok(()) };
            let Some(orphan) = rows.first() else { return Ok(()) };
            let who = format!("what a run that is gone left running: {}", orphan.text(1).unwrap_or_default());
            let orphan = Holder { who, is_active: true, connection: orphan.number(0), is_gone: false };
            if self.options.kills_orphans {
                self.end(session, &orphan).await;
            }
            patience.wait(session, &self.options.listener, Some(orphan)).await?;
        }
    }

    /// From here on every table's name is qualified.
    pub(crate) fn settle_where(&mut self, survey: &Survey) -> Result<(), Error> {
        if let Some(Tenant { name }) = &self.options.tenant
            && self.engine.dialect() == Dialect::Postgres
            && survey.schema.as_ref() != Some(name)
        {
            return Err(Error::NoTenant { name: name.clone() });
        }
        if self.engine.dialect() != Dialect::Sqlite && self.history.schema.is_none() {
            let what = if self.engine.dialect() == Dialect::Mysql { "database" } else { "schema" };
            self.history.schema = Some(Schema::Named(survey.schema.clone().ok_or(Error::NoSchema { what })?));
        }
        Ok(())
    }

    pub(crate) fn key(&self, survey: &Survey, outside: bool) -> LockKey {
        let schema = match &self.history.schema {
            Some(Schema::Named(schema)) => schema.as_str(),
            Some(Schema::Variable(_)) | None => "",
        };
        let parts = ["dunlin", &survey.database, schema, &self.history.prefix, self.history.set.as_str()];
        let set = KeyHash::of(&parts);
        let [parts @ .., _] = parts;
        #[cfg(feature = "sqlite")]
        let file = if outside { crate::engine::lock_file(&survey.database) } else { None };
        #[cfg(not(feature = "sqlite"))]
        let file = None;
        let file = file.filter(|_| outside && self.engine.dialect() == Dialect::Sqlite);
        let owner = self.who.to_string();
        LockKey { number: set.number(), tables: KeyHash::of(&parts).number(), name: set.name(), file, owner }
    }
}

/// Which lock is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Own,
    ByStep,
    Lease,
}

fn asking(error: SqlError) -> Error {
    Error::database("asking the server", error)
}

/// Says who holds a lease.
pub(crate) fn holder(state: &LeaseState, our_node: &str) -> Holder {
    let (owner, seconds) = (&state.owner, state.held_for.as_secs());
    let place = if state.node.is_empty() { String::new() } else { format!(" on {}", state.node) };
    let connection =
        state.connection.map_or_else(String::new, |connection| format!(", connection {connection}{place}"));
    let over = if state.is_expired { ", and it has not renewed its lease in time" } else { "" };
    let who = format!("{owner}{connection}, for {seconds} s{over}");
    let is_near = state.node == our_node;
    let connection = state.connection.filter(|_| is_near);
    Holder { who, is_active: !state.is_expired, connection, is_gone: false }
}
