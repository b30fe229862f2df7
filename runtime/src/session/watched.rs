//! A session that is watched while its statements run.
//!
//! Beside the working connection there is a spare one, opened when it is first needed. Over it a statement is cancelled
//! when the run is told to stop, the one that stands in its way is asked for, and a lease is kept alive. All of it happens
//! inside the calls: nothing outlives them.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;

use super::spare::Spare;
use super::{Row, Session, SqlError, Trouble};
use crate::engine::Engine;
use crate::lease::{Lease, Renewal};
use crate::progress::{Listener, Progress};
use crate::stop::Ear;

/// A statement that takes this long is asked what it waits for.
const LOOK_AFTER: Duration = Duration::from_millis(150);
/// And then again after so long.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// A cancellation can come before the statement that it is meant for.
const CANCEL_AGAIN: Duration = Duration::from_millis(200);

/// A session, and who watches it.
pub(crate) struct Watched<'c> {
    inner: Box<dyn Session + 'c>,
    watch: Watch,
}

/// Watches one session.
struct Watch {
    engine: &'static dyn Engine,
    ear: Ear,
    listener: Listener,
    spare: Spare,
    /// The working connection's number in the server.
    connection: Option<i64>,
    /// What an embedded engine looks at while it runs a statement.
    interrupt: Arc<AtomicBool>,
    lease: Option<Lease>,
    /// Who stood in the way of the last statement.
    blocker: Option<String>,
}

impl<'c> Watched<'c> {
    pub(crate) fn new(
        inner: Box<dyn Session + 'c>,
        engine: &'static dyn Engine,
        spare: Spare,
        ear: Ear,
        listener: Listener,
    ) -> Watched<'c> {
        let (connection, lease, blocker) = (None, None, None);
        let interrupt = Arc::new(AtomicBool::new(false));
        Watched { inner, watch: Watch { engine, ear, listener, spare, connection, interrupt, lease, blocker } }
    }
}

#[async_trait]
impl Session for Watched<'_> {
    async fn run_telling(&mut self, sql: &str, done: &mut (dyn FnMut() + Send)) -> Result<(), SqlError> {
        let Watched { inner, watch } = self;
        watch.over(inner.run_telling(sql, done)).await
    }

    async fn rows(&mut self, sql: &str) -> Result<Vec<Row>, SqlError> {
        let Watched { inner, watch } = self;
        watch.over(inner.rows(sql)).await
    }

    async fn attend(&mut self, connection: Option<i64>) {
        self.watch.connection = connection;
        self.inner.look_at(self.watch.interrupt.clone()).await;
    }

    async fn look_at(&mut self, interrupt: Arc<AtomicBool>) {
        self.inner.look_at(interrupt).await;
    }

    async fn pause(&mut self, duration: Duration) -> Result<(), SqlError> {
        let sleep = async {
            tokio::time::sleep(duration).await;
            Ok(())
        };
        self.watch.while_waiting(sleep).await
    }

    fn is_stopped(&self) -> bool {
        self.watch.ear.is_stopped()
    }

    async fn spare(&mut self) -> Option<&mut (dyn Session + 'static)> {
        self.watch.spare.session().await
    }

    async fn is_direct(&mut self) -> bool {
        self.watch.spare.is_direct().await
    }

    fn keep(&mut self, lease: Option<Lease>) {
        self.watch.lease = lease;
    }

    fn set_changed(&mut self, changed: bool) {
        self.inner.set_changed(changed);
    }

    async fn close(self: Box<Self>) {
        let Watched { inner, watch } = *self;
        watch.spare.close().await;
        inner.close().await;
    }
}

impl Watch {
    /// Watches over a statement until it ends.
    async fn over<T>(&mut self, work: impl Future<Output = Result<T, SqlError>> + Send) -> Result<T, SqlError> {
        self.blocker = None;
        if self.lease.as_ref().is_some_and(Lease::is_over) {
            return Err(lease_lost());
        }
        let mut work = pin!(work);
        let start = Instant::now();
        let mut look = start + LOOK_AFTER;
        let mut cancel_at: Option<Instant> = None;
        let done = loop {
            let renew = self.lease.as_ref().map(Lease::next_renewal);
            let next = [Some(look), renew, cancel_at].into_iter().flatten().min().unwrap_or(look);
            let is_told = cancel_at.is_some();
            tokio::select! {
                biased;
                done = &mut work => break done,
                () = self.ear.stopped(), if !is_told => cancel_at = Some(Instant::now()),
                () = tokio::time::sleep_until(next.into()) => {
                    let now = Instant::now();
                    if cancel_at.is_some_and(|at| at <= now) {
                        self.cancel().await;
                        cancel_at = Some(Instant::now() + CANCEL_AGAIN);
                    } else if renew.is_some_and(|at| at <= now) {
                        if !self.renew().await {
                            cancel_at = Some(Instant::now());
                        }
                    } else {
                        self.look(start).await;
                        look = Instant::now() + LOOK_AGAIN;
                    }
                }
            }
        };
        self.interrupt.store(false, Ordering::Relaxed);
        done.map_err(|error| self.explained(error, cancel_at.is_some()))
    }

    /// Watches over a wait, which is cut short when the run is told to stop.
    async fn while_waiting(&mut self, wait: impl Future<Output = Result<(), SqlError>> + Send) -> Result<(), SqlError> {
        let mut wait = pin!(wait);
        loop {
            let renew = self.lease.as_ref().map(Lease::next_renewal);
            let next = renew.unwrap_or_else(|| Instant::now() + Duration::from_hours(1));
            tokio::select! {
                biased;
                () = self.ear.stopped() => return Err(interrupted()),
                done = &mut wait => return done,
                () = tokio::time::sleep_until(next.into()) => {
                    if renew.is_some() && !self.renew().await {
                        return Err(lease_lost());
                    }
                }
            }
        }
    }

    /// Says of an error that it was meant, or that it says that the lease is another's.
    fn explained(&self, mut error: SqlError, cancelled: bool) -> SqlError {
        let refused = error.code.as_deref().is_some_and(|code| self.engine.refuses_stale_lease(code));
        if self.lease.as_ref().is_some_and(|lease| lease.is_over() || refused) {
            SqlError { completed: error.completed, ..lease_lost() }
        } else {
            if error.trouble == Trouble::LockTimeout {
                error.blocker.clone_from(&self.blocker);
            }
            if cancelled && error.trouble != Trouble::Connection {
                error.trouble = Trouble::Interrupted;
            }
            error
        }
    }

    /// Has the server end the statement at hand.
    async fn cancel(&mut self) {
        self.interrupt.store(true, Ordering::Relaxed);
        let sql = self.connection.and_then(|connection| self.engine.cancel(connection));
        if let (Some(sql), Some(spare)) = (sql, self.spare.session().await)
            && let Err(error) = spare.run(&sql).await
        {
            tracing::debug!(%error, "cancelling");
        }
    }

    /// Asks who stands in the way.
    async fn look(&mut self, start: Instant) {
        let questions = self.connection.map(|connection| self.engine.blockers(connection)).unwrap_or_default();
        for question in questions {
            let Some(spare) = self.spare.session().await else { return };
            match spare.rows(&question).await {
                Ok(rows) => {
                    if let Some(blocker) = rows.first().and_then(|row| row.text(0)) {
                        self.blocker = Some(blocker.to_owned());
                        let (waited, blocker) = (start.elapsed(), blocker.to_owned());
                        self.listener.tell(Progress::Blocked { waited, blocker });
                        return;
                    }
                }
                // A right or a table may be lacking; the next question asks for less.
                Err(error) => tracing::debug!(%error, "asking who stands in the way"),
            }
        }
    }

    /// Keeps the lease, and says whether it is still ours.
    async fn renew(&mut self) -> bool {
        let Some(lease) = &mut self.lease else { return true };
        let renewal = match self.spare.session().await {
            Some(spare) => lease.renew(spare).await,
            None => Renewal::Unknown,
        };
        match renewal {
            Renewal::Kept => true,
            Renewal::Lost => {
                lease.give_up();
                false
            }
            Renewal::Unknown => {
                // The connection may be lost, and another one may be had in time.
                self.spare.forget();
                !lease.is_over()
            }
        }
    }
}

/// The run was told to stop.
pub(crate) fn interrupted() -> SqlError {
    SqlError { trouble: Trouble::Interrupted, ..SqlError::own("interrupted".to_owned()) }
}

fn lease_lost() -> SqlError {
    let message = "the lease was lost: it was not renewed in time, and another run may hold it".to_owned();
    SqlError { trouble: Trouble::LeaseLost, ..SqlError::own(message) }
}
