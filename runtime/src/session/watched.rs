//! A session that is watched while its statements run.
//!
//! Beside the working connection there is a spare one, opened when it is first needed. `watch.rs` says what it is for. All
//! of it happens inside the calls: nothing outlives them.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use async_trait::async_trait;

use super::spare::Spare;
use super::watch::{AtWork, Began, Watch};
use super::{Row, Session, SqlError};
use crate::engine::{Engine, Reached};
use crate::lease::Lease;
use crate::progress::Listener;
use crate::stop::Ear;

/// A session, and who watches it.
pub(crate) struct Watched<'c> {
    inner: Box<dyn Session + 'c>,
    watch: Watch,
}

impl<'c> Watched<'c> {
    pub(crate) fn new(
        inner: Box<dyn Session + 'c>,
        engine: &'static dyn Engine,
        spare: Spare,
        ear: Ear,
        listener: Listener,
    ) -> Watched<'c> {
        let (at_work, lease, limit, blocker) = (AtWork::Somebody, None, None, None);
        let interrupt = Arc::new(AtomicBool::new(false));
        Watched { inner, watch: Watch { engine, ear, listener, spare, at_work, interrupt, lease, limit, blocker } }
    }
}

#[async_trait]
impl Session for Watched<'_> {
    async fn run_telling(&mut self, sql: &str, done: &mut (dyn FnMut() + Send)) -> Result<(), SqlError> {
        let Watched { inner, watch } = self;
        let began = Began::now();
        let mut told = || {
            began.anew();
            done();
        };
        watch.over(&began, inner.run_telling(sql, &mut told)).await
    }

    async fn rows(&mut self, sql: &str) -> Result<Vec<Row>, SqlError> {
        let Watched { inner, watch } = self;
        watch.over(&Began::now(), inner.rows(sql)).await
    }

    async fn attend(&mut self, at_work: AtWork) {
        self.watch.at_work = at_work;
        if at_work == AtWork::Embedded {
            self.inner.look_at(self.watch.interrupt.clone()).await;
        }
    }

    async fn look_at(&mut self, interrupt: Arc<AtomicBool>) {
        self.inner.look_at(interrupt).await;
    }

    async fn pause(&mut self, duration: Duration) -> Result<(), SqlError> {
        self.watch.while_waiting(duration).await
    }

    fn is_stopped(&self) -> bool {
        self.watch.ear.is_stopped()
    }

    async fn spare(&mut self) -> Option<&mut (dyn Session + 'static)> {
        self.watch.spare.session().await
    }

    async fn reached(&mut self) -> Reached {
        self.watch.spare.reached().await
    }

    fn why_alone(&self) -> Option<&str> {
        self.watch.spare.fault()
    }

    fn keep(&mut self, lease: Option<Lease>) {
        self.watch.lease = lease;
    }

    fn limit(&mut self, limit: Option<Duration>) {
        self.watch.limit = limit;
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
