//! Watching over one statement at a time.
//!
//! While a statement runs, the spare connection renews the lease, asks who stands in the way, and ends the statement when it
//! has to end: because the run was told to stop, the lease is lost, or the file limits how long it may take. What is done
//! about it never keeps a statement waiting that has ended by itself.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::spare::Spare;
use super::{SqlError, Trouble};
use crate::engine::Engine;
use crate::error::LEASE_LOST;
use crate::lease::{Lease, Renewal};
use crate::progress::{Listener, Progress};
use crate::stop::Ear;

/// A statement that takes this long is asked what it waits for.
const LOOK_AFTER: Duration = Duration::from_millis(150);
/// And then again after so long.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// How long an answer is waited for that nothing depends on.
const LOOK_LIMIT: Duration = Duration::from_secs(2);
/// A cancellation can come before the statement that it is meant for.
const CANCEL_AGAIN: Duration = Duration::from_millis(200);
/// Once a run was told to stop, what it still has to write down may take this long.
const GRACE: Duration = Duration::from_secs(5);
/// A server that takes no cancellation for so long does not answer any more.
const GIVE_UP_AFTER: Duration = Duration::from_secs(10);

/// Watches one session.
pub(super) struct Watch {
    pub(super) engine: &'static dyn Engine,
    pub(super) ear: Ear,
    pub(super) listener: Listener,
    pub(super) spare: Spare,
    pub(super) at_work: AtWork,
    /// What an embedded engine looks at while it runs a statement.
    pub(super) interrupt: Arc<AtomicBool>,
    pub(super) lease: Option<Lease>,
    /// How long a statement may take, where the server does not see to it itself.
    pub(super) limit: Option<Duration>,
    /// Who stood in the way of the last statement.
    pub(super) blocker: Option<String>,
}

/// What runs the statements of a session, and so can be told to end one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum AtWork {
    /// That is not known. Nothing is changed there yet, and what is under way can be given up.
    #[default]
    Somebody,
    /// An engine in this process.
    Embedded,
    /// The server's connection with this number.
    Connection(i64),
    /// The same, but only as long as it holds this lock: behind a pooler it is somebody else's then.
    Holding(i64, i64),
}

/// Why a statement is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    Stopped,
    LeaseLost,
    TookTooLong,
}

/// The end of a statement, and the tries to bring it about.
#[derive(Debug, Clone, Copy)]
struct Ending {
    reason: Reason,
    /// When whoever runs it is to be told next.
    at: Instant,
    is_told: bool,
    /// Since when that was not heard.
    unheard: Option<Instant>,
}

impl Ending {
    fn at(at: Instant, reason: Reason) -> Ending {
        Ending { reason, at, is_told: false, unheard: None }
    }
}

/// What is to be done beside a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Task {
    End,
    Renew,
    Look,
    /// The statement has reached its limit.
    Limit,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Came {
    Looked,
    Renewed,
    /// Another statement of the message has begun meanwhile, whose time is not up.
    Early,
    /// The statement has to end.
    ToEnd(Reason),
    /// It is time to say so.
    ToTell,
}

/// When the statement at hand began, for whom it is counted.
#[derive(Debug, Clone)]
pub(super) struct Began {
    start: Instant,
    /// Milliseconds after that.
    last: Arc<AtomicU64>,
}

impl Began {
    pub(super) fn now() -> Began {
        Began { start: Instant::now(), last: Arc::default() }
    }

    /// Takes note that another statement of the same message begins.
    pub(super) fn anew(&self) {
        self.last.store(u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn at(&self) -> Instant {
        self.start + Duration::from_millis(self.last.load(Ordering::Relaxed))
    }
}

impl Watch {
    /// Watches over a statement until it ends.
    pub(super) async fn over<T>(
        &mut self,
        began: &Began,
        work: impl Future<Output = Result<T, SqlError>> + Send,
    ) -> Result<T, SqlError> {
        self.blocker = None;
        if self.lease.as_ref().is_some_and(Lease::is_over) {
            return Err(lease_lost());
        }
        let mut ear = self.ear.clone();
        // Whoever was told before is writing down how it ends.
        let (was_told, start) = (self.ear.is_stopped(), Instant::now());
        let mut work = pin!(work);
        let mut look = start + LOOK_AFTER;
        let mut ending = was_told.then(|| Ending::at(start + GRACE, Reason::Stopped));
        let done = loop {
            let (at, task) = self.next(began, look, ending);
            let came = tokio::select! {
                biased;
                done = &mut work => break done,
                () = ear.stopped(), if ending.is_none() => Came::ToEnd(Reason::Stopped),
                came = self.beside(at, task, began, start) => came,
            };
            match came {
                Came::Renewed | Came::Early => {}
                Came::Looked => look = Instant::now() + LOOK_AGAIN,
                Came::ToEnd(_) if self.at_work == AtWork::Somebody => break Err(interrupted()),
                Came::ToEnd(reason) => ending = Some(Ending::at(Instant::now(), reason)),
                Came::ToTell => {
                    // It is waited for, so that it cannot come late and hit the next statement.
                    let is_heard = self.end().await;
                    let Some(ending) = &mut ending else { continue };
                    ending.is_told = true;
                    ending.at = Instant::now() + CANCEL_AGAIN;
                    if is_heard {
                        ending.unheard = None;
                    } else if ending.unheard.get_or_insert_with(Instant::now).elapsed() >= GIVE_UP_AFTER {
                        break Err(no_answer());
                    }
                }
            }
        };
        self.interrupt.store(false, Ordering::Relaxed);
        match done {
            Ok(done) => Ok(done),
            Err(error) => Err(self.explained(error, ending).await),
        }
    }

    /// Watches over a wait, which is cut short when the run is told to stop.
    pub(super) async fn while_waiting(&mut self, duration: Duration) -> Result<(), SqlError> {
        let (mut ear, end) = (self.ear.clone(), Instant::now() + duration);
        loop {
            let renew = self.lease.as_ref().map(Lease::next_renewal).filter(|at| *at < end);
            let work = async {
                tokio::time::sleep_until(renew.unwrap_or(end).into()).await;
                renew.is_none() || self.renew().await
            };
            tokio::select! {
                biased;
                () = ear.stopped() => return Err(interrupted()),
                is_ours = work => {
                    if !is_ours {
                        return Err(lease_lost());
                    }
                    if renew.is_none() {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Returns what is to be done next beside a statement, and when.
    fn next(&self, began: &Began, look: Instant, ending: Option<Ending>) -> (Instant, Task) {
        let renew = self.lease.as_ref().map(|lease| (lease.next_renewal(), Task::Renew));
        let rest = match ending {
            Some(ending) => [Some((ending.at, Task::End)), None],
            None => [Some((look, Task::Look)), self.limit.map(|limit| (began.at() + limit, Task::Limit))],
        };
        let renew = renew.filter(|_| ending.is_none_or(|ending| ending.reason != Reason::LeaseLost));
        rest.into_iter().flatten().chain(renew).min_by_key(|(at, _)| *at).unwrap_or((look, Task::Look))
    }

    /// Waits until something is to be done beside a statement, and does it.
    async fn beside(&mut self, at: Instant, task: Task, began: &Began, start: Instant) -> Came {
        tokio::time::sleep_until(at.into()).await;
        match task {
            Task::End => Came::ToTell,
            Task::Limit if self.limit.is_some_and(|limit| Instant::now() < began.at() + limit) => Came::Early,
            Task::Limit => Came::ToEnd(Reason::TookTooLong),
            Task::Renew if self.renew().await => Came::Renewed,
            Task::Renew => Came::ToEnd(Reason::LeaseLost),
            Task::Look => {
                self.look(start).await;
                Came::Looked
            }
        }
    }

    /// Has whoever runs the statement end it. Says whether that was heard.
    async fn end(&mut self) -> bool {
        self.interrupt.store(true, Ordering::Relaxed);
        let Some(sql) = self.engine.cancel(self.at_work) else { return true };
        if !self.spare.is_there() {
            // It ends by itself, or not at all; nobody else can be asked.
            return true;
        }
        match self.spare.ask(&sql, LOOK_LIMIT).await {
            Ok(_) => true,
            Err(error) => {
                tracing::debug!(%error, "cancelling");
                false
            }
        }
    }

    /// Asks who stands in the way.
    async fn look(&mut self, start: Instant) {
        let (AtWork::Connection(connection) | AtWork::Holding(connection, _)) = self.at_work else { return };
        for question in self.engine.blockers(connection) {
            match self.spare.ask(&question, LOOK_LIMIT).await {
                Ok(rows) => {
                    if let Some(blocker) = rows.first().and_then(|row| row.text(0)) {
                        self.blocker = Some(blocker.to_owned());
                        let (waited, blocker) = (start.elapsed(), blocker.to_owned());
                        self.listener.tell(Progress::Blocked { waited, blocker });
                        return;
                    }
                }
                Err(error) if error.trouble == Trouble::Connection => return,
                // A right or a table may be lacking; the next question asks for less.
                Err(error) => tracing::debug!(%error, "asking who stands in the way"),
            }
        }
    }

    /// Keeps the lease, and says whether it is still ours.
    async fn renew(&mut self) -> bool {
        let Some(lease) = &mut self.lease else { return true };
        match lease.renew(&mut self.spare).await {
            Renewal::Kept => true,
            Renewal::Lost => {
                lease.give_up();
                false
            }
            // The connection may be lost, and another one may be had in time.
            Renewal::Unknown => !lease.is_over(),
        }
    }

    /// Says of an error that it was meant, or that it says that the lease is another's.
    async fn explained(&mut self, mut error: SqlError, ending: Option<Ending>) -> SqlError {
        let reason = ending.filter(|ending| ending.is_told).map(|ending| ending.reason);
        let is_refused = error.code.as_deref().is_some_and(|code| self.engine.refuses_stale_lease(code));
        let is_lost = reason == Some(Reason::LeaseLost) || self.lease.as_ref().is_some_and(Lease::is_over);
        // A file's own statement can fail with the same code.
        let is_lost = is_lost
            || match &self.lease {
                Some(lease) if is_refused => lease.is_lost(&mut self.spare).await,
                _ => false,
            };
        if is_lost {
            return SqlError { completed: error.completed, ..lease_lost() };
        }
        if error.trouble == Trouble::LockTimeout {
            error.blocker.clone_from(&self.blocker);
        }
        match reason.filter(|_| error.trouble != Trouble::Connection) {
            Some(Reason::Stopped) => error.trouble = Trouble::Interrupted,
            Some(Reason::TookTooLong) => {
                let limit = self.limit.unwrap_or_default().as_secs_f64();
                error.message = format!("the statement took longer than its `statement-timeout` of {limit} s");
            }
            Some(Reason::LeaseLost) | None => {}
        }
        error
    }
}

/// The run was told to stop.
pub(crate) fn interrupted() -> SqlError {
    SqlError { trouble: Trouble::Interrupted, ..SqlError::own("interrupted".to_owned()) }
}

fn no_answer() -> SqlError {
    let message = "the server does not answer, and did not end the statement".to_owned();
    SqlError { trouble: Trouble::Connection, ..SqlError::own(message) }
}

fn lease_lost() -> SqlError {
    SqlError { trouble: Trouble::LeaseLost, ..SqlError::own(LEASE_LOST.to_owned()) }
}
