//! Taking the lock of a set, and giving it back.
//!
//! Which lock that is, depends on the server: its own, on the working connection; none but those in each step's transaction,
//! behind a pooler, whose connections are not ours; or a lease, where the server's own do not hold everywhere.

use std::time::{Duration, Instant};

use dunlin_core::dialect::Dialect;

use crate::engine::{Attempt, Holder, Lock, LockKey, Reached, ServerLocks, Survey};
use crate::error::Error;
use crate::history::{LeaseState, Schema};
use crate::lease::{self, Lease, Taking};
use crate::lock_key::KeyHash;
use crate::options::LockKind;
use crate::progress::Progress;
use crate::run::Undertaking;
use crate::session::{Session, SqlError};
use crate::tenant::Tenant;

/// What is known of a session that holds the lock.
pub(crate) struct Locked {
    pub(crate) survey: Survey,
    pub(crate) key: LockKey,
    pub(crate) hold: Hold,
    /// What names the session for others, and how that is taken back.
    introduced: Option<(String, String)>,
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

/// The longest name that PostgreSQL keeps of a session.
const LONGEST_NAME: usize = 63;

impl Undertaking<'_> {
    /// Settles where the history is, and takes the lock. `outside` is for what no transaction holds.
    pub(crate) async fn enter(&mut self, session: &mut dyn Session, outside: bool) -> Result<Locked, Error> {
        session.set_changed(true);
        let is_direct = !self.engine.may_be_pooled() || session.is_direct().await;
        let reached = if is_direct { Reached::Directly } else { Reached::ThroughPooler };
        if reached == Reached::ThroughPooler && outside {
            return Err(Error::Pooled);
        }
        let asking = |error| Error::database("asking the server", error);
        let mut survey = self.engine.survey(session, reached).await.map_err(asking)?;
        session.attend(survey.connection).await;
        self.settle_where(&survey)?;
        let key = self.key(&survey, outside);
        let introduced = self.introduce(session, &key, reached, &mut survey).await?;
        let kind = self.lock_kind(session, &survey, reached, &key).await?;
        let start = Instant::now();
        let hold = self.obtain(session, &survey, &key, kind).await?;
        self.options.listener.tell(Progress::LockObtained { waited: start.elapsed() });
        if let Hold::Lease(lease) = &hold {
            session.keep(Some(lease.clone()));
        }
        let locked = Locked { survey, key, hold, introduced };
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
        if let Some((_, back)) = locked.introduced {
            session.run(&back).await.map_err(giving)?;
        }
        Ok(())
    }

    /// Names the session for others, who then know whose it is.
    async fn introduce(
        &self,
        session: &mut dyn Session,
        key: &LockKey,
        reached: Reached,
        survey: &mut Survey,
    ) -> Result<Option<(String, String)>, Error> {
        if reached == Reached::ThroughPooler {
            return Ok(None);
        }
        let Some(introduction) = self.engine.introduction(&self.name(key, survey.connection)) else { return Ok(None) };
        let (set, _) = &introduction;
        session.run(set).await.map_err(|error| Error::database("asking the server", error))?;
        survey.restore.push_str(&format!("{set};\n"));
        Ok(Some(introduction))
    }

    /// Returns the name of a run for others: the set, whose key it is, and which run.
    fn name(&self, key: &LockKey, connection: Option<i64>) -> String {
        let set: String = self.history.set.as_str().chars().take(30).collect();
        let hex = format!("{:016x}", key.number);
        let run = format!("{}@{}", connection.unwrap_or_default(), self.who.host);
        format!("dunlin/{set}/{hex}.{run}").chars().take(LONGEST_NAME).collect()
    }

    async fn lock_kind(
        &self,
        session: &mut dyn Session,
        survey: &Survey,
        reached: Reached,
        key: &LockKey,
    ) -> Result<Kind, Error> {
        let engine = self.engine.dialect();
        let wants_lease = self.options.lock_kind == LockKind::Lease || survey.locks == ServerLocks::HoldOnOneNode;
        if engine == Dialect::Sqlite {
            return if wants_lease { Err(Error::NoLease) } else { Ok(Kind::Own) };
        }
        if wants_lease {
            return Ok(Kind::Lease);
        }
        if reached == Reached::ThroughPooler {
            return Ok(Kind::ByStep);
        }
        if survey.locks == ServerLocks::Untried && !self.holds_everywhere(session, key).await? {
            return Ok(Kind::Lease);
        }
        Ok(Kind::Own)
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
                return Err(Error::NoSecondConnection);
            }
            lease::prepare(session, &self.history).await?;
        }
        let mut patience = Patience::new(self.options.lock_wait);
        loop {
            let attempt = self.try_once(session, survey, key, kind).await;
            let holder = match attempt.map_err(|error| Error::database("taking the lock", error))? {
                Ok(hold) => return Ok(hold),
                Err(holder) => holder,
            };
            if self.options.waits_for_progress {
                let head = self.history.last(session).await.map(|head| head.n).unwrap_or_default();
                patience.progress(holder.as_ref().is_some_and(|holder| holder.is_active), head);
            }
            let who = holder.map(|holder| holder.who);
            if patience.is_over() {
                return Err(Error::Locked { waited: patience.waited(), holder: who });
            }
            if patience.is_to_be_told() {
                self.options.listener.tell(Progress::Waiting { waited: patience.waited(), holder: who });
            }
            session
                .pause(patience.next_pause())
                .await
                .map_err(|error| Error::database("waiting for the lock", error))?;
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
            let (owner, node) = (self.name(key, survey.connection), &survey.node);
            let ttl = self.options.lease_ttl;
            let taking = lease::try_take(session, self.engine, &self.history, &owner, node, ttl).await?;
            return Ok(match taking {
                Taking::Taken(lease) => Ok(Hold::Lease(lease)),
                Taking::Held(state) => Err(Some(holder(&state))),
            });
        }
        Ok(match self.engine.try_lock(session, key).await? {
            Attempt::Obtained(lock) => Ok(Hold::Own(lock)),
            Attempt::Held(holder) => Err(holder),
        })
    }

    /// Waits until the statements of runs that are gone have ended, or ends them.
    async fn wait_for_orphans(&self, session: &mut dyn Session, locked: &Locked) -> Result<(), Error> {
        let looking = |error| Error::database("looking for what an earlier run left running", error);
        let name = self.name(&locked.key, locked.survey.connection);
        let Some(question) = self.engine.orphans(&self.history, &name) else { return Ok(()) };
        let mut patience = Patience::new(self.options.lock_wait);
        loop {
            // Without a history there is nothing that an earlier run could be doing.
            let Ok(rows) = session.rows(&question).await else { return Ok(()) };
            let Some(orphan) = rows.first() else { return Ok(()) };
            let who = orphan.text(1).map(|who| format!("what a run that is gone left running: {who}"));
            if self.options.kills_orphans
                && let Some(end) = orphan.number(0).and_then(|connection| self.engine.end(connection))
            {
                tracing::warn!(who, "ending");
                session.run(&end).await.map_err(looking)?;
            } else if patience.is_over() {
                return Err(Error::Locked { waited: patience.waited(), holder: who });
            } else if patience.is_to_be_told() {
                self.options.listener.tell(Progress::Waiting { waited: patience.waited(), holder: who });
            }
            session.pause(patience.next_pause()).await.map_err(looking)?;
        }
    }

    /// From here on every table's name is qualified.
    fn settle_where(&mut self, survey: &Survey) -> Result<(), Error> {
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

    fn key(&self, survey: &Survey, outside: bool) -> LockKey {
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
        LockKey { number: set.number(), tables: KeyHash::of(&parts).number(), name: set.name(), file }
    }
}

/// Which lock is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Own,
    ByStep,
    Lease,
}

fn holder(state: &LeaseState) -> Holder {
    let (owner, seconds) = (&state.owner, state.held_for.as_secs());
    let place = if state.node.is_empty() { String::new() } else { format!(" on {}", state.node) };
    let connection =
        state.connection.map_or_else(String::new, |connection| format!(", connection {connection}{place}"));
    let over = if state.is_expired { ", and it has not renewed its lease in time" } else { "" };
    Holder { who: format!("{owner}{connection}, for {seconds} s{over}"), is_active: !state.is_expired }
}

/// How long to go on waiting, how long to pause, and when to say something.
#[derive(Debug)]
pub(crate) struct Patience {
    limit: Duration,
    start: Instant,
    /// When somebody was last seen to get on.
    progressed: Instant,
    head: u64,
    pause: Duration,
    told: Duration,
}

/// The first pause is short: most runs are.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// A short wait is not worth a word.
const TELL_AFTER: Duration = Duration::from_millis(500);
const TELL_AGAIN: Duration = Duration::from_secs(10);

impl Patience {
    pub(crate) fn new(limit: Duration) -> Patience {
        let now = Instant::now();
        Patience { limit, start: now, progressed: now, head: 0, pause: FIRST_PAUSE, told: Duration::ZERO }
    }

    pub(crate) fn waited(&self) -> Duration {
        self.start.elapsed()
    }

    /// Takes note of signs that the holder gets on, which begin the wait anew.
    pub(crate) fn progress(&mut self, is_active: bool, head: u64) {
        if is_active || head != self.head {
            (self.progressed, self.head) = (Instant::now(), head);
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.progressed.elapsed() >= self.limit
    }

    pub(crate) fn is_to_be_told(&mut self) -> bool {
        let waited = self.waited();
        let now = waited >= TELL_AFTER && waited >= self.told;
        if now {
            self.told = waited + TELL_AGAIN;
        }
        now
    }

    /// Returns how long to pause, twice as long each time. Chance keeps those who wait apart.
    pub(crate) fn next_pause(&mut self) -> Duration {
        let left = self.limit.saturating_sub(self.progressed.elapsed());
        let pause = self.pause.mul_f64(0.75 + chance() / 2.0).min(left);
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        pause
    }
}

/// Returns a number from 0 to just under 1 that nobody can foresee.
pub(crate) fn chance() -> f64 {
    use std::hash::{BuildHasher as _, Hasher as _};
    let bits = std::collections::hash_map::RandomState::new().build_hasher().finish();
    f64::from(u32::try_from(bits >> 32).unwrap_or_default()) / (f64::from(u32::MAX) + 1.0)
}
