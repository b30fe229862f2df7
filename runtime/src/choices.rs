//! What can be said before a run about how it is to be done.

use std::time::Duration;

use dunlin_core::plan::Policy;
use dunlin_core::variables::Variable;

use crate::migrator::Migrator;
use crate::options::LockKind;
use crate::patience::LockWait;
use crate::progress::{Listener, RunEvent};
use crate::stop::Stop;
use crate::tenant::Tenant;

impl<'m> Migrator<'m> {
    /// Limits how long a connection is tried that cannot be had yet: the server refuses, is silent, starts up, or lets
    /// nobody more in. If it is not said, it is tried once. A wrong password or an unknown database is told at once.
    ///
    /// A pool tries with its own patience first.
    pub fn connect_wait(mut self, limit: Duration) -> Migrator<'m> {
        self.options.connect_wait = limit;
        self
    }

    /// Limits how long the lock is waited for.
    ///
    /// If it is not said, a run waits as long as the holder is seen to get on, and then for 5 minutes.
    pub fn lock_wait(mut self, limit: Duration) -> Migrator<'m> {
        self.options.lock_wait = LockWait::AtMost(limit);
        self
    }

    /// Limits how long the lock is waited for while its holder is not seen to get on: no statement of theirs runs, and no event
    /// is new in the log. As long as they get on they are waited for.
    pub fn lock_wait_without_progress(mut self, limit: Duration) -> Migrator<'m> {
        self.options.lock_wait = LockWait::WhileItGetsOn(limit);
        self
    }

    /// Chooses the lock that keeps runs of the set apart; see [`LockKind`]. All runs must choose the same.
    pub fn lock_kind(mut self, kind: LockKind) -> Migrator<'m> {
        self.options.lock_kind = kind;
        self
    }

    /// Says how long a lease holds that its holder does not renew: a second at least, and 30 if it is not said.
    pub fn lease_ttl(mut self, ttl: Duration) -> Migrator<'m> {
        self.options.lease_ttl = ttl.max(Duration::from_secs(1));
        self
    }

    /// Ends statements that a run which is gone left running, in place of waiting for them.
    pub fn kill_orphans(mut self) -> Migrator<'m> {
        self.options.kills_orphans = true;
        self
    }

    /// Limits how long DDL waits for a lock on a table, behind which everybody else would wait; 1 second if it is not said,
    /// and `None` for no limit. A file can say it for itself (`-- dunlin: lock-timeout`). PostgreSQL and MySQL only.
    pub fn lock_timeout(mut self, limit: Option<Duration>) -> Migrator<'m> {
        self.options.limits.lock_timeout = limit;
        self
    }

    /// Says for how long such DDL is tried again, after pauses that grow; 10 minutes if it is not said.
    pub fn retry_for(mut self, budget: Duration) -> Migrator<'m> {
        self.options.limits.retry = budget;
        self
    }

    /// Names a URL that leads past poolers. Where there is something to do, it is done there.
    pub fn direct_url(mut self, url: impl Into<String>) -> Migrator<'m> {
        self.options.direct_url = Some(url.into());
        self
    }

    /// Lets runs be told to stop; see [`Stop`].
    pub fn stop_on(mut self, stop: &Stop) -> Migrator<'m> {
        self.options.stop = stop.clone();
        self
    }

    /// Says what may pass that is refused by default.
    pub fn policy(mut self, policy: Policy) -> Migrator<'m> {
        self.options.policy = policy;
        self
    }

    /// Names the history tables `<prefix>_migrations` and so on; the prefix is `dunlin` if it is not said.
    pub fn history_prefix(mut self, prefix: impl Into<String>) -> Migrator<'m> {
        self.options.history_prefix = prefix.into();
        self
    }

    /// Puts the history tables in a schema (on MySQL, a database), which must exist; the connection's own if it is not said.
    pub fn history_schema(mut self, schema: impl Into<String>) -> Migrator<'m> {
        self.options.history_schema = Some(schema.into());
        self
    }

    /// Works for one of many that share a server: on PostgreSQL the schema of this name, which alone unqualified names lead
    /// to; on MySQL the database of this name, in place of that of the URL. The history and the lock are the tenant's own.
    ///
    /// It wants a URL: a pool or a connection is that of one tenant already. A pooler in front of PostgreSQL that cannot
    /// keep a search path refuses the connection.
    pub fn tenant(mut self, name: impl Into<String>) -> Migrator<'m> {
        self.options.tenant = Some(Tenant { name: name.into() });
        self
    }

    /// Lets unqualified names of a tenant lead to these schemas of PostgreSQL too, behind its own: that of extensions say.
    pub fn tenant_path(mut self, schemas: impl IntoIterator<Item = impl Into<String>>) -> Migrator<'m> {
        self.options.tenant_path = schemas.into_iter().map(Into::into).collect();
        self
    }

    /// Names the application in the event log; the package that embeds, if it is not said.
    pub fn application(mut self, application: impl Into<String>) -> Migrator<'m> {
        self.options.application = Some(application.into());
        self
    }

    /// Gives a variable its value, for files that declare it with `-- dunlin: vars`. Every value is recorded in the event log.
    pub fn var(mut self, name: Variable, value: impl Into<String>) -> Migrator<'m> {
        self.options.values.insert(name, value.into());
        self
    }

    /// Tells a function what happens while it happens. It must return quickly: the run waits for it.
    pub fn on_event(mut self, listener: impl Fn(&RunEvent) + Send + Sync + 'static) -> Migrator<'m> {
        self.options.listener = Listener::new(listener);
        self
    }
}
