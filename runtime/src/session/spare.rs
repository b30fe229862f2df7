//! A second way into the database that a session works on.

use std::time::Duration;

use super::Session;
use crate::beside::Beside;

/// Opened when it is first needed.
pub(crate) struct Spare {
    way: Option<Beside>,
    session: Option<Box<dyn Session>>,
    /// Whether it leads to the server itself and not to a pooler, once that is known.
    is_direct: Option<bool>,
}

/// How long the server may take to let it in.
const LIMIT: Duration = Duration::from_secs(5);

impl Spare {
    pub(crate) fn new(way: Option<Beside>) -> Spare {
        Spare { way, session: None, is_direct: None }
    }

    /// Returns the session; `None` is that there is no second way in.
    pub(crate) async fn session(&mut self) -> Option<&mut (dyn Session + 'static)> {
        if self.session.is_none()
            && let Some(way) = &self.way
        {
            match tokio::time::timeout(LIMIT, way.open()).await {
                Ok(Ok((session, is_direct))) => {
                    self.session = Some(session);
                    self.is_direct.get_or_insert(is_direct);
                }
                Ok(Err(error)) => tracing::debug!(%error, "opening a second connection"),
                Err(_) => tracing::debug!("opening a second connection took too long"),
            }
        }
        self.session.as_deref_mut()
    }

    /// Says whether the server itself answers. Where that cannot be found out, it does.
    pub(crate) async fn is_direct(&mut self) -> bool {
        if self.is_direct.is_none() {
            self.session().await;
        }
        self.is_direct.unwrap_or(true)
    }

    /// Gives up a session that does not answer; the next call opens another one.
    pub(crate) fn forget(&mut self) {
        self.session = None;
    }

    pub(crate) async fn close(self) {
        if let Some(session) = self.session {
            session.close().await;
        }
    }
}
