//! How a run is to go.

use std::time::Duration;

use dunlin_core::plan::Policy;
use dunlin_core::variables::Values;

use crate::patience::LockWait;
use crate::progress::Listener;
use crate::stop::Stop;
use crate::tenant::Tenant;
use crate::tries::Terms;

/// How a run is to go.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) connect_wait: Duration,
    pub(crate) lock_wait: LockWait,
    pub(crate) lock_kind: LockKind,
    /// How long a lease holds that is not renewed.
    pub(crate) lease_ttl: Duration,
    /// Whether statements are ended that a run which is gone left running.
    pub(crate) kills_orphans: bool,
    pub(crate) limits: DdlLimits,
    /// A URL that leads past poolers.
    pub(crate) direct_url: Option<String>,
    pub(crate) policy: Policy,
    pub(crate) history_prefix: String,
    pub(crate) history_schema: Option<String>,
    pub(crate) tenant: Option<Tenant>,
    /// Schemas beside that of the tenant.
    pub(crate) tenant_path: Vec<String>,
    pub(crate) application: Option<String>,
    pub(crate) values: Values,
    pub(crate) listener: Listener,
    pub(crate) stop: Stop,
    pub(crate) journal: Journal,
}

/// Whether statements that no transaction holds are journalled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Journal {
    /// So that a step that does not come to its end can be taken up again.
    #[default]
    Kept,
    /// As the database is thrown away then.
    #[cfg(feature = "schema")]
    LeftOut,
}

/// Which lock keeps runs of a set apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LockKind {
    /// The one that fits the server: its own, or a lease where its own do not hold everywhere.
    #[default]
    Auto,
    /// A lease: a row in `dunlin_lock` that its holder renews.
    Lease,
}

/// How long DDL may make others wait, where a file does not say it itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DdlLimits {
    /// How long a statement waits for a lock on a table; `None` is as long as the server lets it.
    pub(crate) lock_timeout: Option<Duration>,
    /// For how long it is tried again.
    pub(crate) retry: Duration,
}

impl Options {
    /// Returns for how long a connection is tried.
    pub(crate) fn connect_terms(&self) -> Terms {
        Terms { limit: self.connect_wait, listener: self.listener.clone(), stop: self.stop.clone() }
    }
}

impl Default for Options {
    fn default() -> Options {
        Options {
            connect_wait: Duration::ZERO,
            lock_wait: LockWait::WhileItGetsOn(Duration::from_mins(5)),
            lock_kind: LockKind::Auto,
            lease_ttl: Duration::from_secs(30),
            kills_orphans: false,
            limits: DdlLimits { lock_timeout: Some(Duration::from_secs(1)), retry: Duration::from_mins(10) },
            direct_url: None,
            policy: Policy::default(),
            history_prefix: "dunlin".to_owned(),
            history_schema: None,
            tenant: None,
            tenant_path: Vec::new(),
            application: None,
            values: Values::new(),
            listener: Listener::default(),
            stop: Stop::new(),
            journal: Journal::default(),
        }
    }
}
